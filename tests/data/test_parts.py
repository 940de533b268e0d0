"""Rows as the files of a copy: the same bytes for the same rows, and nothing lost."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlsnap.data import carriers
from mlsnap.data.chunk_keys import chunk_key
from mlsnap.data.digest import digest_of
from mlsnap.data.formats import parquet
from mlsnap.data.parts import (
    PART_ROWS,
    check_part,
    decode,
    encode,
    part_path,
    part_rows,
    write_parts,
)
from mlsnap.errors import DataIntegrityError, SourceError


def encoded(table: pa.Table) -> bytes:
    return encode(part_rows(table)).to_pybytes()


TEXTS = pa.array(["b", "", None, "a"])
LISTS = pa.array([["b"], [], None, [None]])


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        (TEXTS, TEXTS.cast(pa.large_string())),
        (TEXTS, TEXTS.cast(pa.string_view())),
        (TEXTS, TEXTS.dictionary_encode()),
        (TEXTS, pa.chunked_array([TEXTS.slice(0, 1), TEXTS.slice(1)])),
        (TEXTS, pa.concat_arrays([TEXTS, TEXTS]).slice(4)),
        (LISTS, LISTS.cast(pa.large_list(pa.string_view()))),
        (LISTS, LISTS.cast(pa.list_(pa.dictionary(pa.int8(), pa.string())))),
    ],
    ids=["large", "view", "dictionary", "chunks", "slice", "lists", "lists of dictionaries"],
)
def test_the_same_rows_are_the_same_bytes(plain: Any, other: Any):
    assert encoded(pa.table({"x": other})) == encoded(pa.table({"x": plain}))


def test_metadata_of_other_tools_is_left_out():
    frame = pd.DataFrame({"x": [1, 2]})
    marked = pa.Table.from_pandas(frame).replace_schema_metadata({"made": "here"})

    assert encoded(marked) == encoded(pa.table({"x": [1, 2]}))


def test_rows_of_several_types_are_the_same_bytes_whatever_else_the_column_holds():
    values = [1, "a", None]
    few, more = (
        carriers.encode(pd.DataFrame({"x": pd.Series(each, dtype=object)})).table()
        for each in (values, [*values, 2.5])
    )

    assert encoded(more.slice(0, 3)) == encoded(few)


def test_a_part_is_one_row_group_with_dictionaries_for_texts_that_come_again():
    rows = 5000
    table = pa.table(
        {
            "number": np.zeros(rows),
            "again": [f"{place % 4000}" for place in range(rows)],
            "few": ["a", "b"] * (rows // 2),
            "all different": [f"{place}" for place in range(rows)],
            "missing": pa.nulls(rows, pa.string()),
        }
    )
    with pq.ParquetFile(pa.BufferReader(encode(part_rows(table)))) as file:
        group = file.metadata.row_group(0)
        columns = [group.column(position) for position in range(table.num_columns)]

    assert file.metadata.num_row_groups == 1
    assert [column.has_dictionary_page for column in columns] == [False, False, True, False, True]
    assert {column.compression for column in columns} == {"ZSTD"}


def test_some_columns_of_a_part_can_be_read():
    content = encode(part_rows(pa.table({"x": [1, None], "y": ["a", "b"], "z": [1.5, 2.5]})))

    assert decode(content, ["z", "x"]).to_pydict() == {"z": [1.5, 2.5], "x": [1, None]}


ROWS = {
    "nulls": pa.nulls(2),
    "half floats": np.array([1.5, np.nan], np.float16),
    "minus zero": [-0.0, None],
    "uint64": pa.array([2**64 - 1, None], pa.uint64()),
    "decimals": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
    "wide decimals": pa.array([Decimal(10) ** 70, None], pa.decimal256(76, 2)),
    "small decimals": pa.array([Decimal("1.50"), None], pa.decimal32(9, 2)),
    "bytes of fixed length": pa.array([b"ab", None], pa.binary(2)),
    "days": pa.array([date(1, 1, 1), None], pa.date64()),
    "times in seconds": pa.array([time(1, 2, 3), None], pa.time32("s")),
    "times in nanoseconds": pa.array([1, None], pa.time64("ns")),
    "instants in seconds": pa.array([datetime(1, 1, 1), None], pa.timestamp("s")),
    "instants in nanoseconds": pa.array([-1, None], pa.timestamp("ns", "Europe/Paris")),
    "durations": pa.array([timedelta(days=-1), None], pa.duration("s")),
    "lists": [[1, None], None],
    "lists of fixed length": pa.array([[1, 2], None], pa.list_(pa.int8(), 2)),
    "maps": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int8())),
    "structs": [{"a": {"b": [None, "x"]}}, None],
    "dictionaries of structs": pa.DictionaryArray.from_arrays([0, None], pa.array([{"a": 1}])),
}


@pytest.mark.parametrize("kind", ROWS)
def test_what_is_encoded_is_what_was_read(kind: str):
    rows = part_rows(pa.table({"größe": ROWS[kind]}))

    check_part(encode(rows), rows.schema, key=chunk_key(rows))


@pytest.mark.parametrize("kind", ROWS)
def test_reads_back_to_the_same_digest(kind: str, tmp_path: Path):
    table = pa.table({"größe": ROWS[kind]})
    names = write_parts(table, tmp_path, digest=digest_of(table))

    back = parquet.read([tmp_path / name for name in names], {}, base=tmp_path).table()

    assert digest_of(back) == digest_of(table)
    assert back.num_rows == 2


def test_columns_of_several_types_stay_so(tmp_path: Path):
    table = carriers.encode(pd.DataFrame({"x": pd.Series([1, "a", None], dtype=object)})).table()
    names = write_parts(table, tmp_path, digest=digest_of(table))

    back = pq.read_table(tmp_path / names[0])

    assert digest_of(back) == digest_of(table)


def test_rows_are_cut_into_parts_of_equal_size(tmp_path: Path):
    table = pa.table({"x": np.arange(2 * PART_ROWS + 1)})
    names = write_parts(table, tmp_path, digest=digest_of(table))

    assert names == [f"part-{number:06d}.parquet" for number in range(3)]
    rows = [pq.read_metadata(tmp_path / name).num_rows for name in names]
    assert rows == [PART_ROWS, PART_ROWS, 1]


@pytest.mark.parametrize("table", [pa.table({"x": pa.array([], pa.int64())}), pa.table({})])
def test_no_rows_are_one_part(table: pa.Table, tmp_path: Path):
    assert write_parts(table, tmp_path, digest=digest_of(table)) == ["part-000000.parquet"]
    assert pq.read_table(tmp_path / "part-000000.parquet").column_names == table.column_names


@pytest.mark.parametrize(
    "column",
    [
        pa.array([{}, None], pa.struct([])),
        pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        pa.array([2**60], pa.timestamp("s")),
    ],
    ids=["structs of nothing", "intervals", "instants beyond milliseconds"],
)
def test_what_parquet_cannot_hold_is_refused_by_name(column: pa.Array):
    table = pa.table({"fine": [1] * len(column), "odd": column})

    with pytest.raises(SourceError, match=r"column 'odd' \(.*\) cannot be written as Parquet"):
        encode(part_rows(table))


def test_another_digest_is_refused(tmp_path: Path):
    with pytest.raises(DataIntegrityError, match=r"does not hold what was read: .*, not 0000"):
        write_parts(pa.table({"x": [1]}), tmp_path, digest="00" * 32)


def test_a_part_with_other_rows_is_refused():
    rows = part_rows(pa.table({"x": [1]}))
    content = encode(part_rows(pa.table({"x": [2]})))

    with pytest.raises(DataIntegrityError, match=r"does not hold what was read: key .*…, not"):
        check_part(content, rows.schema, key=chunk_key(rows))


def test_a_part_whose_values_do_not_fit_the_type_is_refused():
    rows = part_rows(pa.table({"x": pa.array([1], pa.int8())}))
    content = encode(part_rows(pa.table({"x": [1000]})))

    with pytest.raises(DataIntegrityError, match=r"does not hold what was read: Integer value"):
        check_part(content, rows.schema, key=chunk_key(rows))


def test_two_thousand_columns_are_a_part():
    rows = part_rows(pa.table({f"c{i}": [i, None] for i in range(2000)}))

    check_part(encode(rows), rows.schema, key=chunk_key(rows))


def test_parts_are_named_in_their_order():
    assert [part_path(number) for number in (0, 12)] == [
        "part-000000.parquet",
        "part-000012.parquet",
    ]
