"""Feather and ORC files, and Arrow streams: whole, by column, and several as one table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather, orc

from mlsnap.data.rows import BATCH_ROWS, Rows
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError

TABLE = pa.table(
    {
        "a": [1, 2, None],
        "b.c": ["x", "", None],
        "list": [[1], [], None],
        "object": [{"k": 1}, None, {"k": 2}],
    }
)

Write = Callable[[pa.Table, Path], None]


def write_stream(table: pa.Table, file: Path) -> None:
    with pa.ipc.new_stream(str(file), table.schema) as writer:
        writer.write_table(table)


def write_file(table: pa.Table, file: Path) -> None:
    with pa.ipc.new_file(str(file), table.schema) as writer:
        writer.write_table(table, max_chunksize=2)


def write_feather(table: pa.Table, file: Path) -> None:
    feather.write_feather(table, str(file))


def write_orc(table: pa.Table, file: Path) -> None:
    orc.write_table(table, str(file))


WRITERS = {
    "x.feather": write_feather,
    "x.arrow": write_file,
    "x.ipc": write_file,
    "x.arrows": write_stream,
    "x.orc": write_orc,
}
every_kind = pytest.mark.parametrize(("name", "write"), WRITERS.items())
every_kind_by_column = pytest.mark.parametrize(
    ("name", "write"), [each for each in WRITERS.items() if each[1] is not write_stream]
)


def rows(source: Path) -> Rows:
    return open_source(define(source))


def by_column(found: Rows) -> dict[str, list[object]]:
    assert found.column is not None
    return {
        field.name: pa.chunked_array(list(found.column(place)), field.type).to_pylist()
        for place, field in enumerate(found.schema)
    }


@every_kind
def test_a_file_is_read(name: str, write: Write, tmp_path: Path):
    write(TABLE, tmp_path / name)

    assert rows(tmp_path / name).table().equals(TABLE)


@every_kind
def test_a_file_without_rows_has_its_columns(name: str, write: Write, tmp_path: Path):
    write(TABLE.slice(0, 0), tmp_path / name)

    assert rows(tmp_path / name).table().equals(TABLE.slice(0, 0))


@every_kind
def test_large_batches_come_in_pieces(name: str, write: Write, tmp_path: Path):
    write(pa.table({"a": range(2 * BATCH_ROWS + 1)}), tmp_path / name)

    assert max(batch.num_rows for batch in rows(tmp_path / name).batches) <= BATCH_ROWS


@every_kind_by_column
def test_a_column_is_read_by_itself(name: str, write: Write, tmp_path: Path):
    write(TABLE, tmp_path / name)

    assert by_column(rows(tmp_path / name)) == TABLE.to_pydict()


def test_a_stream_has_no_columns_to_read_by_themselves(tmp_path: Path):
    write_stream(TABLE, tmp_path / "x.arrows")

    assert rows(tmp_path / "x.arrows").column is None


@every_kind
def test_files_of_compatible_schemas_are_one_table(name: str, write: Write, tmp_path: Path):
    write(pa.table({"a": pa.array([1], pa.int32()), "b": ["x"]}), tmp_path / f"1{name}")
    write(pa.table({"c": [0.5], "a": pa.array([2**40])}), tmp_path / f"2{name}")

    found = rows(tmp_path)

    assert found.schema == pa.schema([("a", pa.int64()), ("b", pa.string()), ("c", pa.float64())])
    expected = {"a": [1, 2**40], "b": ["x", None], "c": [None, 0.5]}
    assert found.table().to_pydict() == expected
    assert found.column is None or by_column(found) == expected


def test_dictionaries_and_plain_texts_make_one_column(tmp_path: Path):
    write_feather(pa.table({"a": pa.array(["x", "y"]).dictionary_encode()}), tmp_path / "1.feather")
    write_feather(pa.table({"a": ["z"]}), tmp_path / "2.feather")

    assert rows(tmp_path).table().equals(pa.table({"a": ["x", "y", "z"]}))


def test_columns_of_one_name_are_numbered(tmp_path: Path):
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
    write_file(twice, tmp_path / "x.arrow")

    found = rows(tmp_path / "x.arrow")

    assert found.table().to_pydict() == by_column(found) == {"a": [1], "a.1": [2]}


@every_kind
def test_files_of_different_types_are_refused(name: str, write: Write, tmp_path: Path):
    write(pa.table({"a": [1]}), tmp_path / f"1{name}")
    write(pa.table({"a": ["x"]}), tmp_path / f"2{name}")

    with pytest.raises(SourceError, match=r"2 files, first .*, do not make one table"):
        rows(tmp_path)


@every_kind
@pytest.mark.parametrize("left", [0, 3, 100])
def test_a_truncated_file_is_refused(name: str, write: Write, left: int, tmp_path: Path):
    file = tmp_path / name
    write(TABLE, file)
    file.write_bytes(file.read_bytes()[:left])

    with pytest.raises(SourceError, match=rf"{name} cannot be read as (Arrow|ORC)") as error:
        rows(file)
    assert "check that the file is complete" in error.value.hint


def test_an_orc_file_knows_its_rows(tmp_path: Path):
    write_orc(TABLE, tmp_path / "x.orc")

    assert rows(tmp_path / "x.orc").row_count == 3
