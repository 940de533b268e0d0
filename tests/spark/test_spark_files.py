"""Parquet files that Spark's executors read: the snapshot is the local one, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import mlsnap
from mlsnap.cli import main
from mlsnap.errors import ConfigError, MlsnapWarning, SourceError

ROWS = 150_000


@pytest.fixture
def folder(project: Path) -> Path:
    """Partitioned files of different but compatible types, whose row groups end inside blocks."""
    numbers = np.arange(ROWS)
    texts = pa.array([f"v{number % 7}" for number in range(ROWS)])
    one = pa.table({"n": pa.array(numbers, pa.int32()), "t": texts.dictionary_encode()})
    two = pa.table({"n": pa.array(-numbers), "x": pa.array(np.random.default_rng(1).random(ROWS))})
    for name, table, rows in (("k=1", one, 70_000), ("k=x", two, 33_333)):
        (project / "taxi" / name).mkdir(parents=True)
        pq.write_table(table, project / "taxi" / name / "part.parquet", row_group_size=rows)
    return project / "taxi"


def test_a_folder_gives_the_snapshot_that_it_gives_locally(spark: Any, folder: Path) -> None:
    taxi = mlsnap.register_dataset("taxi", folder)

    made = taxi.create_snapshot("here", compute_target="spark", create_data_snapshot=True)

    assert made.get_profile() == mlsnap.profile(folder)
    assert taxi.create_snapshot("here", compute_target="local").digest == made.digest
    assert made.to_arrow_table().num_rows == 2 * ROWS


def test_chosen_columns_and_files_without_rows_are_read_as_they_are_locally(
    spark: Any, project: Path
) -> None:
    for name, rows in (("a", 0), ("b", 3), ("c", 0)):
        pq.write_table(pa.table({"x": range(rows), "y": [0.5] * rows}), project / f"{name}.parquet")
    for pattern, options in (("*.parquet", {"columns": ["y"]}), ("a.parquet", {})):
        source = str(project / pattern)
        few = mlsnap.register_dataset(f"d{len(options)}", source, options=options)

        made = few.create_snapshot(compute_target="spark")

        assert made.get_profile() == mlsnap.profile(source, **options)


def test_a_file_that_executors_cannot_read_is_one_clear_error(spark: Any, folder: Path) -> None:
    taxi = mlsnap.register_dataset("taxi", folder)
    broken = folder / "k=x" / "part.parquet"
    content = bytearray(broken.read_bytes())
    content[1000:5000] = bytes(4000)
    broken.write_bytes(content)

    with pytest.raises(SourceError, match=f"a Spark executor cannot read {broken}") as error:
        taxi.create_snapshot("here", compute_target="spark")

    assert "the same files under the same paths" in error.value.hint
    assert taxi.get_all_snapshots() == []


def test_other_sources_are_refused_with_the_way_out(spark: Any, project: Path) -> None:
    (project / "a.csv").write_text("x\n1\n")
    dataset = mlsnap.register_dataset("a", project / "a.csv")

    with pytest.raises(SourceError, match="this source is csv files") as error:
        dataset.create_snapshot(compute_target="spark")
    with pytest.raises(ConfigError, match="a DataFrame handed over is in this process"):
        dataset.create_snapshot(compute_target="spark", data=pd.DataFrame({"x": [1]}))

    assert 'compute_target="local"' in error.value.hint


def test_the_command_line_takes_a_target(spark: Any, folder: Path) -> None:
    words = ["snapshot", str(folder), "--name", "here", "--compute-target", "spark", "--json"]

    ended = CliRunner().invoke(main, words)

    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout)["digest"] == mlsnap.profile(folder).digest


def test_an_unknown_target_names_the_known_ones(project: Path) -> None:
    dataset = mlsnap.register_dataset("frames")

    with pytest.raises(ConfigError, match="near names: 'spark'") as error:
        dataset.create_snapshot(compute_target="sparc", data=pd.DataFrame({"x": [1]}))

    assert "compute targets are local, spark" in error.value.hint


def test_a_spark_frame_is_kept_and_comes_back_to_a_snapshot(spark: Any, project: Path) -> None:
    frame = spark.range(0, 100, 1, 3).selectExpr("id", "array(id, null) as pair")
    dataset = mlsnap.register_dataset("frames")

    bare = dataset.create_snapshot("bare", data=frame, wait=False)
    bare.wait_for_completion(timeout=300)
    kept = dataset.create_snapshot("kept", data=frame, create_data_snapshot=True)

    assert kept.digest == bare.digest
    assert kept.get_profile() == bare.get_profile()
    assert kept.to_arrow_table().column("id").to_pylist() == list(range(100))


def test_a_tracked_spark_argument_becomes_an_input_of_the_run(spark: Any, project: Path) -> None:
    @mlsnap.track(inputs={"frame": "numbers"}, create_data_snapshot=True)
    def train(frame: Any) -> dict[str, float]:
        return {"rows": frame.count()}

    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):  # no git here
        train(spark.range(0, 10, 1, 2))

    assert mlsnap.get_dataset("numbers").get_snapshot("v1").get_profile()["id"].max == 9
