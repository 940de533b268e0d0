"""Parquet files, folders and globs of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes columns to a file below the test's folder; returns the file."""

    def write(name: str, **columns: Any) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), file)
        return file

    return write


def read(source: Path, **options: Any) -> pa.Table:
    return open_source(define(source, options=options)).table()


def test_a_file_is_read(write: Any):
    table = read(write("x.parquet", a=[1, None], b=["x", ""]))

    assert table.to_pydict() == {"a": [1, None], "b": ["x", ""]}


def test_a_file_without_rows_has_its_columns(write: Any):
    table = read(write("x.parquet", a=pa.array([], pa.int8())))

    assert table.schema == pa.schema([("a", pa.int8())])


def test_the_files_of_a_folder_are_read_in_the_order_of_their_paths(write: Any, tmp_path: Path):
    write("in/b.parquet", a=[2])
    write("in/a/z.parquet", a=[1])
    write("in/c.pq", a=[3])

    assert read(tmp_path / "in").to_pydict() == {"a": [1, 2, 3]}


def test_hidden_files_of_a_folder_are_left_out(write: Any, tmp_path: Path):
    write("in/a.parquet", a=[1])
    write("in/.b.parquet", a=[2])
    write("in/_temporary/c.parquet", a=[3])

    assert read(tmp_path / "in").to_pydict() == {"a": [1]}


def test_a_folder_may_itself_lie_in_a_hidden_one(write: Any, tmp_path: Path):
    write(".cache/in/a.parquet", a=[1])

    assert read(tmp_path / ".cache" / "in").num_rows == 1


def test_names_of_hive_folders_are_columns(write: Any, tmp_path: Path):
    write("in/year=2019/city=K%C3%B6ln/a.parquet", a=[1])
    write("in/year=2020/city=Bonn/a.parquet", a=[2])

    assert read(tmp_path / "in").to_pydict() == {
        "a": [1, 2],
        "year": [2019, 2020],
        "city": ["Köln", "Bonn"],
    }


def test_a_file_in_a_hive_folder_has_no_column_of_it(write: Any):
    assert read(write("year=2019/a.parquet", a=[1])).column_names == ["a"]


def test_a_folder_in_a_hive_folder_has_no_column_of_that(write: Any, tmp_path: Path):
    write("x=1/in/y=2/a.parquet", a=[1])

    assert read(tmp_path / "x=1" / "in").to_pydict() == {"a": [1], "y": [2]}


def test_hive_folders_of_a_glob_are_columns(write: Any, tmp_path: Path):
    write("in/year=2019/a.parquet", a=[1])
    write("in/year=2020/a.parquet", a=[2])

    found = read(tmp_path / "in" / "year=*" / "*.parquet")

    assert found.to_pydict() == {"a": [1, 2], "year": [2019, 2020]}


def test_columns_of_later_files_are_not_lost(write: Any, tmp_path: Path):
    write("in/1.parquet", a=pa.array([1], pa.int32()))
    write("in/2.parquet", a=[2**40], b=["x"])

    table = read(tmp_path / "in")

    assert table.to_pydict() == {"a": [1, 2**40], "b": [None, "x"]}


def test_dictionaries_and_plain_texts_make_one_column(write: Any, tmp_path: Path):
    write("in/1.parquet", a=pa.array(["x"]).dictionary_encode())
    write("in/2.parquet", a=["y"])

    assert read(tmp_path / "in").to_pydict() == {"a": ["x", "y"]}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (pa.int32(), pa.int64(), pa.int64()),
        (pa.int64(), pa.float64(), pa.float64()),
        (pa.timestamp("us"), pa.timestamp("ns"), pa.timestamp("ns")),
        (pa.string(), pa.large_string(), pa.large_string()),
        (pa.null(), pa.string(), pa.string()),
        (pa.list_(pa.int32()), pa.list_(pa.int64()), pa.list_(pa.int64())),
    ],
)
def test_types_that_differ_give_way_to_one_that_holds_both(
    write: Any, tmp_path: Path, one: pa.DataType, other: pa.DataType, expected: pa.DataType
):
    empty = [None, None]
    write("in/1.parquet", a=pa.array(empty, one))
    write("in/2.parquet", a=pa.array(empty, other))

    table = read(tmp_path / "in")

    assert table.schema.field("a").type == expected
    assert table.column("a").to_pylist() == empty * 2


def test_instants_in_different_units_stay_the_same_instants(write: Any, tmp_path: Path):
    instant = datetime(2016, 4, 15, 17, 0, 0, 1)
    write("in/1.parquet", a=pa.array([instant], pa.timestamp("us")))
    write("in/2.parquet", a=pa.array([instant], pa.timestamp("ns")))

    assert read(tmp_path / "in").column("a").cast(pa.timestamp("us")).to_pylist() == [instant] * 2


def test_an_instant_beyond_the_finer_unit_is_refused(write: Any, tmp_path: Path):
    write("in/1.parquet", a=pa.array([datetime(9999, 1, 1)], pa.timestamp("us")))
    write("in/2.parquet", a=pa.array([None], pa.timestamp("ns")))

    with pytest.raises(SourceError, match=r"one of 2 files, first .*1\.parquet, cannot be read"):
        read(tmp_path / "in")


def test_files_of_different_types_are_refused(write: Any, tmp_path: Path):
    write("in/1.parquet", a=[1])
    write("in/2.parquet", a=["x"])

    with pytest.raises(SourceError, match=r"2 files, first .*1\.parquet, do not make one table"):
        read(tmp_path / "in")


def test_columns_can_be_chosen(write: Any):
    file = write("x.parquet", **{"a": [1], "b.c": [2], "d[0]": [3]})

    assert read(file, columns=["d[0]", "b.c"]).to_pydict() == {"d[0]": [3], "b.c": [2]}


def test_a_chosen_column_that_is_not_there_is_refused(write: Any):
    file = write("x.parquet", ward=[1])

    with pytest.raises(SourceError, match="names 'wart', which is not there; near names: 'ward'"):
        read(file, columns=["wart"])


def test_columns_of_one_name_are_refused(tmp_path: Path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
    pq.write_table(table, tmp_path / "x.parquet")

    with pytest.raises(SourceError, match="duplicate field names"):
        read(tmp_path / "x.parquet")


@pytest.mark.parametrize("left", [0, 10, 200])
def test_a_truncated_file_is_refused(write: Any, left: int):
    file = write("x.parquet", a=list(range(1000)))
    file.write_bytes(file.read_bytes()[:left])

    with pytest.raises(SourceError, match=r"x\.parquet cannot be read as Parquet") as error:
        read(file)
    assert "check that the file is complete" in error.value.hint


def test_a_file_with_damage_in_the_middle_is_refused(write: Any):
    file = write("x.parquet", a=list(range(1000)))
    raw = bytearray(file.read_bytes())
    raw[4:64] = bytes(60)
    file.write_bytes(raw)

    with pytest.raises(SourceError, match=r"x\.parquet cannot be read as Parquet"):
        read(file)
