"""Objects and zones whose form is not the same everywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlsnap.data import carriers
from mlsnap.data.digest import digest_of

SETS = """
import pandas as pd
from mlsnap.data import carriers
from mlsnap.data.digest import digest_of
frame = pd.DataFrame({"s": pd.Series([{"a", "b", "c"}, None, frozenset("xy")], dtype=object)})
print(digest_of(carriers.encode(frame.iloc[:2]).table()))
"""


def test_sets_have_the_same_digest_in_every_process():
    digests = {
        subprocess.check_output([sys.executable, "-c", SETS], env={"PYTHONHASHSEED": str(seed)})
        for seed in range(4)
    }

    assert len(digests) == 1


def test_scalars_of_numpy_may_stand_among_others():
    own = pd.DataFrame({"x": pd.Series([1, "a", 2.5, True], dtype=object)})
    numpy = pd.DataFrame(
        {"x": pd.Series([np.int64(1), "a", np.float64(2.5), np.bool_(True)], dtype=object)}
    )

    assert digest_of(carriers.encode(numpy).table()) == digest_of(carriers.encode(own).table())


@pytest.mark.parametrize("zone", ["Etc/UTC", "Europe/Berlin", "America/New_York"])
def test_a_relation_has_the_digest_of_its_file_in_every_session(zone: str, tmp_path: Path):
    instants = pa.array([1, 2, None, 4], pa.timestamp("us", "UTC"))
    pq.write_table(table := pa.table({"at": instants, "n": [1, 2, 3, 4]}), tmp_path / "x.parquet")
    connection = duckdb.connect()
    connection.execute(f"SET timezone = '{zone}'")

    relation = connection.read_parquet(str(tmp_path / "x.parquet"))

    assert digest_of(carriers.encode(relation).table()) == digest_of(table)
