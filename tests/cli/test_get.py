"""``mlsnap get``: the data in one file or a folder, complete or not there at all."""

import csv
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from command_line import PATIENCE, on_terminal

import mlsnap

ROWS = 40_000


@pytest.fixture
def table():
    draw = np.random.default_rng(5)
    return pa.table(
        {"id": np.arange(ROWS), "a,b": draw.normal(size=ROWS), "town": ["Köln", None] * 20_000}
    )


@pytest.fixture
def kept(project, table):
    """The reference of a snapshot of it, in several parts."""
    dataset = mlsnap.register_dataset("kept")
    made = dataset.create_snapshot("first", data=table, create_data_snapshot=True)
    assert len(made.record.data.parts) > 2
    return "kept@first"


def objects(store: Path) -> list[Path]:
    return sorted(each for each in store.rglob("files/md5/*/*") if each.suffix != ".dir")


def test_into_a_parquet_file(run, kept, table, project):
    assert run("get", kept, "-o", "out.parquet").out == "wrote out.parquet\n"
    assert pq.read_table("out.parquet").to_pydict() == table.to_pydict()
    assert [each.name for each in project.iterdir() if each.name != "mlruns"] == ["out.parquet"]


def test_into_a_csv_file(run, kept, table):
    assert run("get", kept, "-o", "deep/out.csv").code == 0
    with Path("deep", "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id", "a,b", "town"]
    assert [float(row[1]) for row in rows[1:]] == table["a,b"].to_pylist()


def test_into_a_folder_come_the_copys_own_files(run, kept, table):
    assert run("get", kept, "-o", "out/").code == 0
    assert pq.read_table("out").to_pydict() == table.to_pydict()
    assert len(list(Path("out").iterdir())) > 2


@pytest.mark.parametrize("name", ["out.parquet", "out.csv"])
def test_only_some_columns_in_the_order_that_is_asked_for(run, kept, table, name):
    assert run("get", kept, "-o", name, "--columns", 'town,"a,b"').code == 0
    found = pa.csv.read_csv(name) if name.endswith("csv") else pq.read_table(name)
    assert found.column_names == ["town", "a,b"]
    assert found["a,b"].to_pylist() == table["a,b"].to_pylist()


def test_an_unknown_column_is_named(run, kept):
    ended = run("get", kept, "-o", "out.parquet", "--columns", "id,twon")
    assert ended.code == 3
    assert ended.error()[0] == "no column 'twon'; near names: 'town'"
    assert not Path("out.parquet").exists()


def test_columns_of_a_folder_are_a_usage_error(run, kept):
    ended = run("get", kept, "-o", "out/", "--columns", "id")
    assert ended.code == 2
    assert "a folder gets the copy's own files, whole" in ended.err


def test_an_empty_table_is_a_file_with_its_columns(run, project):
    frame = pd.DataFrame({"x": pd.Series([], dtype="int32"), "y": pd.Series([], dtype="str")})
    mlsnap.register_dataset("none").create_snapshot("x", data=frame, create_data_snapshot=True)
    for name in ("out.csv", "out.parquet"):
        assert run("get", "none@x", "-o", name).code == 0
    assert Path("out.csv").read_text() == '"x","y"\n'
    assert pq.read_schema("out.parquet").names == ["x", "y"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array([[1]]), "large_list<item: int64>"),
        (pa.array([{"a": 1}]), "struct<a: int64>"),
        (pa.array([b"a"]), "large_binary"),
    ],
)
def test_a_column_that_csv_has_no_form_for_is_named(run, project, values, said):
    table = pa.table({"plain": [1], "odd": values})
    mlsnap.register_dataset("odd").create_snapshot("x", data=table, create_data_snapshot=True)

    ended = run("get", "odd@x", "-o", "out.csv")

    assert ended.code == 3
    fact, hint = ended.error()
    assert fact.startswith(f"column 'odd' ({said}) cannot be written as .csv: ")
    assert "name a .parquet file, or leave the column out with --columns" in hint
    assert not Path("out.csv").exists()
    assert run("get", "odd@x", "-o", "out.csv", "--columns", "plain").code == 0
    assert run("get", "odd@x", "-o", "out.parquet").code == 0


def test_dates_and_durations_can_be_csv(run, project):
    frame = pd.DataFrame(
        {
            "at": pd.to_datetime(["2020-07-01"]).tz_localize("Europe/Berlin"),
            "for": [timedelta(seconds=5)],
        }
    )
    mlsnap.register_dataset("days").create_snapshot("x", data=frame, create_data_snapshot=True)
    assert run("get", "days@x", "-o", "out.csv").code == 0
    assert "2020-07-01 00:00:00" in Path("out.csv").read_text()


@pytest.mark.parametrize("target", ["out.parquet", "out.csv", "out/"])
def test_a_damaged_part_is_named_and_nothing_is_left(run, kept, tmp_path, project, target):
    damaged = objects(tmp_path / "store")[1]
    damaged.chmod(0o644)
    damaged.write_bytes(bytes(damaged.stat().st_size))
    before = sorted(project.rglob("*"))

    ended = run("get", kept, "-o", target)

    assert ended.code == 3
    fact, hint = ended.error()
    assert f"is damaged: the object at {damaged} has the SHA-256 " in fact
    assert "from a backup of the remote" in hint
    assert sorted(project.rglob("*")) == before


def test_a_file_that_is_there_stays_unless_forced(run, kept):
    Path("out.csv").write_text("mine")
    assert run("get", kept, "-o", "out.csv").error()[0] == "out.csv exists"
    assert Path("out.csv").read_text() == "mine"
    assert run("get", kept, "-o", "out.csv", "--force").code == 0
    assert Path("out.csv").read_text() != "mine"


def large_snapshot() -> str:
    rows = 3_000_000
    draw = np.random.default_rng(1)
    table = pa.table({f"x{number}": draw.normal(size=rows) for number in range(3)})
    dataset = mlsnap.register_dataset("large")
    return dataset.create_snapshot("x", data=table, create_data_snapshot=True).reference


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT there")
def test_ctrl_c_leaves_nothing(project):
    reference = large_snapshot()
    before = sorted(project.rglob("*"))
    with subprocess.Popen(
        [sys.executable, "-m", "mlsnap", "get", reference, "-o", "out.csv"],
        stderr=subprocess.PIPE,
    ) as process:
        wait_until(lambda: any(each.stat().st_size for each in project.glob(".out-*")), process)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=PATIENCE)[1]

    assert process.returncode == 130
    assert said.decode() == "\nInterrupted.\n"
    assert sorted(project.rglob("*")) == before


def wait_until(there, process):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, "it ended too early"
        if there():
            return
        time.sleep(0.005)
    raise AssertionError("it did not begin within a minute")


def test_a_terminal_sees_bytes_and_their_rate(project):
    shown = on_terminal("get", large_snapshot(), "-o", "out.csv").out
    assert "bringing the data" in shown
    assert "MB/s" in shown
    assert "fetching " in shown
