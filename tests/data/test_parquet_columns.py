"""Columns of Parquet files, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mlsnap
from mlsnap.data.formats.parquet import columns as parquet_columns
from mlsnap.data.formats.parquet.columns import ParquetColumns, ParquetPart
from mlsnap.data.rows import Rows
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError

ROWS, GROUP = 40_000, 10_000


def table(rows: int = ROWS, *, seed: int = 0) -> pa.Table:
    random = np.random.default_rng(seed)
    numbers = random.integers(0, rows, rows)
    return pa.table(
        {
            "i": numbers,
            "f": pa.array(random.normal(size=rows), mask=numbers % 7 == 0),
            "few": pa.array(numbers % 5).cast(pa.string()),
            "many": pa.array(numbers).cast(pa.string()),
            "l": pa.array([[each, None] for each in numbers.tolist()]),
            "s": pa.array([{"few": each, "a.b": "x"} for each in numbers.tolist()]),
        }
    )


TABLE = table()


def write(file: Path, whole: pa.Table = TABLE, **options: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(whole, file, **options)
    return file


def rows_of(source: Path, **options: Any) -> Rows:
    return open_source(define(source, options=options))


def by_column(rows: Rows) -> pa.Table:
    """The table, put together from columns that were read by themselves."""
    assert rows.column is not None
    columns = [
        pa.chunked_array([_decoded(each) for each in rows.column(position)], field.type)
        for position, field in enumerate(rows.schema)
    ]
    return pa.Table.from_arrays(columns, schema=rows.schema)


def _decoded(array: pa.Array) -> pa.Array:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def is_dictionary(rows: Rows, name: str) -> bool:
    assert rows.column is not None
    first = next(iter(rows.column(rows.schema.names.index(name))))
    return bool(pa.types.is_dictionary(first.type))


# The values -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dictionary", [True, False, ["few"]])
@pytest.mark.parametrize("row_group", [ROWS, ROWS // 3, GROUP])
def test_columns_are_those_of_the_table(tmp_path: Path, dictionary: Any, row_group: int):
    file = write(tmp_path / "x.parquet", use_dictionary=dictionary, row_group_size=row_group)

    assert by_column(rows_of(file)).equals(TABLE)


def test_large_row_groups_are_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet_columns, "_MOST_ROWS", 10_000)
    rows = rows_of(write(tmp_path / "x.parquet"))

    assert by_column(rows).equals(TABLE)
    assert [len(each) for each in rows.column(0)] == [10_000] * 4


def test_columns_can_be_chosen_and_read_in_any_order(tmp_path: Path):
    rows = rows_of(write(tmp_path / "x.parquet"), columns=["s", "few", "i"])

    assert by_column(rows).equals(TABLE.select(["s", "few", "i"]))


def test_several_threads_read_different_columns_at_once(tmp_path: Path):
    rows = rows_of(write(tmp_path / "x.parquet", row_group_size=GROUP))

    def read(position: int) -> pa.ChunkedArray:
        return pa.chunked_array([_decoded(each) for each in rows.column(position)])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(read, list(range(TABLE.num_columns)) * 4))

    for position, column in enumerate(found):
        assert column.equals(TABLE.column(position % TABLE.num_columns))


def test_a_column_whose_name_is_that_of_a_nested_one_is_not_mixed_up_with_it(tmp_path: Path):
    whole = pa.table({"s": [{"x": 1, "y": "a"}] * 9000, "s.x": ["b"] * 9000, "s.y": range(9000)})
    rows = rows_of(write(tmp_path / "x.parquet", whole))

    assert by_column(rows).equals(whole)


# Dictionaries -----------------------------------------------------------------------------------


def test_few_texts_stay_places_in_a_dictionary_and_many_do_not(tmp_path: Path):
    distinct = pa.table({"many": pa.array(np.arange(400_000)).cast(pa.string())})
    assert is_dictionary(rows_of(write(tmp_path / "few.parquet")), "few")
    assert not is_dictionary(rows_of(write(tmp_path / "many.parquet", distinct)), "many")


def test_texts_stored_without_a_dictionary_have_none(tmp_path: Path):
    rows = rows_of(write(tmp_path / "x.parquet", use_dictionary=False))

    assert not is_dictionary(rows, "few")


@pytest.mark.parametrize("type_", [pa.int64(), pa.date32(), pa.binary()])
def test_only_texts_are_read_as_dictionaries(tmp_path: Path, type_: pa.DataType):
    values = pa.array([1, 2] * 10_000, pa.int32()).cast(pa.string())
    values = values.cast(type_) if type_ == pa.binary() else values.cast(pa.int32()).cast(type_)
    rows = rows_of(write(tmp_path / "x.parquet", pa.table({"x": values})))

    assert not is_dictionary(rows, "x")


def test_a_dictionary_that_ends_after_the_first_row_group_is_left(tmp_path: Path):
    """The first row group has few texts, the next so many that the writer gives up."""
    few, many = pa.array(["a", "b"] * 100_000), pa.array(np.arange(400_000)).cast(pa.string())
    whole = pa.table({"x": pa.chunked_array([few, many])})
    file = write(tmp_path / "x.parquet", whole, row_group_size=200_000)

    assert by_column(rows_of(file)).equals(whole)
    assert mlsnap.profile(file) == mlsnap.profile(whole)


# Several files ----------------------------------------------------------------------------------


def test_files_are_read_one_after_the_other(tmp_path: Path):
    halves = [table(seed=1), table(seed=2)]
    for name, half in zip("ab", halves, strict=True):
        write(tmp_path / "in" / f"{name}.parquet", half, row_group_size=GROUP)

    assert by_column(rows_of(tmp_path / "in")).equals(pa.concat_tables(halves))


def test_a_file_without_the_column_has_nothing_or_the_name_of_its_folder(tmp_path: Path):
    write(tmp_path / "in" / "year=2019" / "a.parquet", TABLE.select(["i"]))
    write(tmp_path / "in" / "year=2020" / "a.parquet", TABLE.select(["i", "few"]))
    rows = rows_of(tmp_path / "in")

    found = by_column(rows)

    assert found.column("year").to_pylist() == [2019] * ROWS + [2020] * ROWS
    assert found.column("few").to_pylist() == [None] * ROWS + TABLE.column("few").to_pylist()


def test_types_that_differ_are_cast_to_the_one_that_holds_both(tmp_path: Path):
    narrow = TABLE.select(["i"]).cast(pa.schema([("i", pa.int32())]))
    write(tmp_path / "in" / "1.parquet", narrow)
    write(tmp_path / "in" / "2.parquet", TABLE.select(["i"]))

    found = by_column(rows_of(tmp_path / "in"))

    assert found.schema.field("i").type == pa.int64()
    assert found.column("i").to_pylist() == TABLE.column("i").to_pylist() * 2


@pytest.mark.parametrize("encoded", [0, 1])
def test_a_dictionary_in_one_file_and_texts_in_the_other_are_one_column(
    tmp_path: Path, encoded: int
):
    for number in range(2):
        file = tmp_path / "in" / f"{number}.parquet"
        write(file, TABLE.select(["few"]), use_dictionary=number == encoded)
    twice = pa.concat_tables([TABLE.select(["few"])] * 2)

    assert mlsnap.profile(tmp_path / "in") == mlsnap.profile(twice)


# When -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "row_group", "worth_it"),
    [(ROWS, ROWS, True), (ROWS, GROUP, True), (ROWS, 1000, False), (10, 10, True)],
)
def test_small_row_groups_are_read_whole(tmp_path: Path, rows: int, row_group: int, worth_it: bool):
    found = rows_of(write(tmp_path / "x.parquet", table(rows), row_group_size=row_group))

    assert (found.column is not None) is worth_it
    assert found.row_count == rows


def test_a_file_is_opened_once_a_thread_for_columns_of_no_dictionary(tmp_path: Path):
    file = write(tmp_path / "x.parquet", TABLE.select(["i", "f"]))
    opened: list[pa.NativeFile] = []

    def open_() -> pa.NativeFile:
        opened.append(pa.OSFile(str(file)))
        return opened[-1]

    schema = pq.read_schema(file)
    columns = ParquetColumns([ParquetPart(open_, pq.read_metadata(file), schema, {})], schema)
    found: list[Iterator[pa.Array]] = [list(columns.read(position)) for position in (0, 1)]

    assert [sum(map(len, each)) for each in found] == [ROWS, ROWS]
    assert len(opened) == 1


def test_damage_in_one_column_is_told_when_it_is_read(tmp_path: Path):
    file = write(tmp_path / "x.parquet", TABLE.select(["i", "f"]), compression="none")
    raw = bytearray(file.read_bytes())
    raw[4:200] = bytes(196)
    file.write_bytes(raw)
    rows = rows_of(file)

    with pytest.raises(SourceError, match=r"x\.parquet cannot be read as Parquet"):
        list(rows.column(0))
    assert sum(map(len, rows.column(1))) == ROWS


# Memory -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [1, 2])
def test_batches_that_were_read_are_not_held(tmp_path: Path, files: int):
    """Arrow reads ahead, and keeps what it read, as far as it is asked to go."""
    random = np.random.default_rng(0)
    whole = pa.table({f"x{i}": random.random(1_600_000) for i in range(4)})
    for number in range(files):
        half = whole.slice(number * 1_600_000 // files, 1_600_000 // files)
        file = tmp_path / "in" / f"{number}.parquet"
        write(file, half, row_group_size=1 << 16, compression="none", use_dictionary=False)
    rows, before, most = rows_of(tmp_path / "in"), pa.total_allocated_bytes(), 0

    for batch in rows.batches:
        most = max(most, pa.total_allocated_bytes() - before)
        assert batch.num_rows

    assert most < whole.nbytes / 4
