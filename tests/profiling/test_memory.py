"""The memory budget holds, however many rows there are: seen from outside of the process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

STATUS = Path("/proc/self/status")

pytestmark = pytest.mark.skipif(
    not STATUS.exists(), reason="the peak memory of a process is read from /proc"
)

BUDGET = 192 << 20
ROWS, GROUP = 6_400_000, 100_000
"""More rows than such a budget lets be held one by one."""

CHILD = """
import json, re, sys
from dataclasses import replace
from pathlib import Path
from mlsnap.data.sources import define, open_source
from mlsnap.profiling.one_pass import profile_rows

file, budget, way, *columns = sys.argv[1:]
rows = open_source(define(Path(file), options={"columns": columns}))
if way == "batches":
    rows = replace(rows, column=None)
columns = profile_rows(rows, budget=int(budget), threads=2).columns
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(json.dumps([int(peak[1]) * 1024, [
    [each.name, each.distinct_exact, each.distinct_count, each.rank_error] for each in columns
]]))
"""


def rows(random: Any, count: int) -> pa.Table:
    """Rows of a hundred bytes, in which hardly a value occurs twice."""
    numbers = random.integers(0, 10**15, count)
    texts = pa.array(numbers).cast(pa.string())
    return pa.table(
        {
            "float": random.normal(size=count),
            "other": random.random(count),
            "integer": random.integers(0, 1 << 60, count),
            "instant": pa.array(random.integers(0, 1 << 60, count), pa.timestamp("ns")),
            "decimal": pa.array(numbers).cast(pa.decimal128(19, 0)).cast(pa.decimal128(18, 0)),
            "text": pc.binary_join_element_wise("a text of sixty bytes or so: ", texts, texts, ""),
        }
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of three times the budget, and one of a few rows."""
    folder, random = tmp_path_factory.mktemp("memory"), np.random.default_rng(0)
    found = {"large": folder / "large.parquet", "small": folder / "small.parquet"}
    few = rows(random, 10)
    pq.write_table(few, found["small"])
    with pq.ParquetWriter(
        found["large"], few.schema, compression="none", use_dictionary=False
    ) as writer:
        for _ in range(ROWS // GROUP):
            writer.write_table(rows(random, GROUP), row_group_size=GROUP)
    assert found["large"].stat().st_size > 3 * BUDGET
    return found


def profiled(file: Path, *arguments: str) -> tuple[int, list[Any]]:
    """The peak memory of a process that profiles the file, in bytes, and what it found."""
    command = [sys.executable, "-c", CHILD, str(file), str(BUDGET), *arguments]
    peak, columns = json.loads(subprocess.check_output(command, text=True))
    return peak, columns


NUMBERS = ["float", "other", "integer", "instant", "decimal"]


@pytest.mark.parametrize(
    "arguments",
    [["columns", *NUMBERS, "text"], ["batches", *NUMBERS]],
    ids=["a file of three times the budget", "batches of numbers"],
)
def test_more_rows_than_can_be_held_are_profiled_within_the_budget(
    files: dict[str, Path], arguments: list[str]
):
    little, _ = profiled(files["small"], *arguments)
    peak, columns = profiled(files["large"], *arguments)

    assert peak - little <= BUDGET
    for name, exact, distinct, rank_error in columns:
        assert not exact
        assert distinct == pytest.approx(ROWS, rel=0.04)
        assert (name == "text") or 0 < rank_error < 1e-3
