"""The laws of a content's identity, and its stored form."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.data import carriers
from mlsnap.data.digest import BLOCK, Digest, digest_of
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError

D = Decimal
MOMENTS = [datetime(1969, 12, 31, 23, 59, 59), datetime(2262, 1, 1), None]


def digest(values: Any, type_: pa.DataType | None = None, *, name: str = "x") -> str:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, type_)
    return digest_of(pa.table({name: array}))


# The stored form: these never change ------------------------------------------------------------

GOLDEN_TABLES = {
    "no columns": pa.table({}),
    "no rows": pa.table({"x": pa.array([], pa.int64())}),
    "nulls": pa.table({"x": pa.nulls(3)}),
    "booleans": pa.table({"x": [True, None, False]}),
    "int8": pa.table({"x": pa.array([-128, None, 127], pa.int8())}),
    "int64": pa.table({"x": [1, None, -(2**63)]}),
    "uint64": pa.table({"x": pa.array([0, 2**64 - 1], pa.uint64())}),
    "float16": pa.table({"x": np.array([1.5, -0.0], np.float16)}),
    "float32": pa.table({"x": pa.array([0.1, None, math.nan], pa.float32())}),
    "float64": pa.table({"x": [0.1, None, math.inf, -0.0, math.nan]}),
    "decimals": pa.table({"x": pa.array([D("1.50"), None], pa.decimal128(9, 2))}),
    "texts": pa.table({"größe": ["a", "", None, "größe"]}),
    "bytes": pa.table({"x": [b"\x00", b"", None]}),
    "days": pa.table({"x": [date(1969, 12, 31), None]}),
    "times": pa.table({"x": [time(23, 59, 59, 1), None]}),
    "instants": pa.table({"x": pa.array(MOMENTS, pa.timestamp("us"))}),
    "instants in a zone": pa.table({"x": pa.array(MOMENTS, pa.timestamp("us", "UTC"))}),
    "instants far off": pa.table({"x": pa.array([2**40], pa.timestamp("s"))}),
    "durations": pa.table({"x": [timedelta(days=-1), None]}),
    "intervals": pa.table({"x": pa.array([(1, 2, 3), None], pa.month_day_nano_interval())}),
    "lists": pa.table({"x": [[1, None], [], None]}),
    "maps": pa.table({"x": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int8()))}),
    "structs": pa.table({"x": [{"a": 1, "b": ["x"]}, None, {"a": None, "b": None}]}),
    "two columns": pa.table({"x": [1, 2], "y": ["a", None]}),
    "two blocks": pa.table({"x": np.arange(BLOCK + 1)}),
    "several types": carriers.encode(
        pd.DataFrame({"x": pd.Series(["1", 1, None, D("1.0")], dtype=object)})
    ).table(),
}

GOLDEN = {
    "no columns": "62261ea5add5f5b8f9fc9111811cf50f774112eebed101b4e83d922632dc21e0",
    "no rows": "51825682e168291139ff2911cb5cf47cf30534b61d8e5f7bad70199aaafb4b86",
    "nulls": "54394f41004f958fb99e46ba7edc9f628f92d8a870b89f536c7ed51ae2fdf9c9",
    "booleans": "27180ad275a51097a290edc524e93a9d5eb70341deb98c1b917fb3206a605b94",
    "int8": "b6a894d8a4755ae70f8933dc8138b3934bf4fab7ff0aa2fe0a4f968cadce7436",
    "int64": "094345657654fa8f6e59cbcbadb05e09ab74a12ceb6409f6d2f12e2542f77700",
    "uint64": "9132e253b61b1d7e9dc61ad3ee08a5b551f11af959e208c9c55ae65805ba5643",
    "float16": "dabe07650628f4ddd5455bbc6b89ba1438b2163df346fffc640094b5bdf195a0",
    "float32": "a0a42576cd2f096a8f59b8769e9788ae6df3f049f79e12928e6e7599cf951c19",
    "float64": "aa8d39be53aa90d73798910659c95a9ba650d3f4cc1739f7caa157a8242cb370",
    "decimals": "9af2fa75b41f423f51613c8a1d571c46c77da8d0abcbd392e6e3395d45a4df65",
    "texts": "90281d2a9252303e720e39b3bf275c6eb7eaf89dd77c151bb2a0f2df071dec89",
    "bytes": "8e0dbf38ab058f5edd028ac3ce2e61d3cb30c3364c1c03941d3618d19cb7f83c",
    "days": "158701a6c7a328553a76120f8a669c410655ed32c66392ea3cbd50ff0578f9b4",
    "times": "394ce749555d532e3438cc73130bfa7f318aecab759a6e56f0cc3ccdf2827231",
    "instants": "cabae1dd6e0150483885cf6d33b793bf53ab0a7385b005acbbc6a83ac765e9c7",
    "instants in a zone": "b6a58d7989855e97c7f47281a8964b44e50594ea476f1b77c6d4ca7fe6380457",
    "instants far off": "6d1715ec9974d7646a630d3190e40a41706dcec81a71dc38eb6348e921c68a0f",
    "durations": "8cd537bcfcc819506139fbc0018d197df54f4cb6919f016342fe1e50ff84f586",
    "intervals": "2edba614c5cf324e434b7c2e0a6da5b7b751584fd32609f58968e76218ac2bec",
    "lists": "96730a65256906e5b51b6d8162c5635f2e569913989276d7de8bc90fcc681bdb",
    "maps": "993832054d9f8506d5e7b2f3fe1cb7b98d4195f6b64a91f390bcc0981348c8a0",
    "structs": "3cb2006a524c98324399d4f70b89c88f7a4897feac8fa75b7b9f7b6c131b08d0",
    "two columns": "42a16d5be9146aa868d890673135b950d0e9e765f901d1e886042bb81f536c96",
    "two blocks": "cdbe7cde3ec9bb5ba75a087b0198856c30683ad0f6572a79100df0c203873aff",
    "several types": "5b3c475192869a389f580e103439099a5b373b369c5962b1d7c98fc88f9fbfb3",
}


@pytest.mark.parametrize("family", GOLDEN_TABLES)
def test_is_what_earlier_versions_stored(family: str):
    assert digest_of(GOLDEN_TABLES[family]) == GOLDEN[family]


def test_follows_its_definition():
    block = struct.pack("<QQ", 3, 1) + bytes([0b10100000]) + struct.pack("<2q", 7, -1)
    column = hashlib.sha256(hashlib.sha256(block).digest()).digest()
    head = json.dumps([[["x", "int64", ""]], 3]).encode()

    expected = hashlib.sha256(b"mlsnap digest 1\n" + head + column).hexdigest()

    assert digest([7, None, -1]) == expected


# The same rows ----------------------------------------------------------------------------------

COLUMNS = {
    "integers": st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)).map(
        lambda values: pa.array(values, pa.int64())
    ),
    "floats": st.lists(st.none() | st.floats()).map(lambda values: pa.array(values, pa.float64())),
    "texts": st.lists(st.none() | st.text(max_size=4)).map(
        lambda values: pa.array(values, pa.string())
    ),
    "booleans": st.lists(st.none() | st.booleans()).map(
        lambda values: pa.array(values, pa.bool_())
    ),
    "lists": st.lists(st.none() | st.lists(st.none() | st.text(max_size=2), max_size=3)).map(
        lambda values: pa.array(values, pa.list_(pa.string()))
    ),
    "structs": st.lists(st.none() | st.fixed_dictionaries({"a": st.none() | st.booleans()})).map(
        lambda values: pa.array(values, pa.struct([("a", pa.bool_())]))
    ),
}
COLUMN = st.one_of(*COLUMNS.values())


@given(COLUMN, st.lists(st.integers(0, 40), max_size=4))
def test_chunks_make_no_difference(array: pa.Array, cuts: list[int]):
    edges = [0, *sorted(cuts), len(array)]
    chunks = [array.slice(a, max(b - a, 0)) for a, b in pairwise(edges)]
    whole = pa.concat_arrays(chunks) if chunks else array

    assert digest(pa.chunked_array(chunks, array.type)) == digest(whole)


@given(COLUMN, st.integers(0, 5))
def test_slices_are_their_own_rows(array: pa.Array, start: int):
    part = array.slice(start)

    assert digest(part) == digest(pa.array(part.to_pylist(), array.type))


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
def test_batches_around_the_block_size_make_no_difference(size: int):
    table = pa.table({"x": np.arange(3 * BLOCK + 5), "y": np.arange(3 * BLOCK + 5) % 7 == 0})
    batches = Digest(table.schema)
    for batch in [table.to_batches(size)[0], *table.slice(size).to_batches(size * 10)]:
        batches.update(batch)

    assert batches.hexdigest() == digest_of(table)


def test_can_be_asked_on_the_way():
    growing = Digest(pa.schema([("x", pa.int64())]))
    growing.update(pa.record_batch({"x": [1]}))

    assert growing.hexdigest() == growing.hexdigest() == digest([1])
    growing.update(pa.record_batch({"x": [2]}))
    assert growing.hexdigest() == digest([1, 2])


TEXT_LAYOUTS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.uint32(), pa.large_string(), ordered=True),
]


@given(st.lists(st.none() | st.text(max_size=20)))
def test_layouts_of_text_make_no_difference(values: list[str | None]):
    array = pa.array(values, pa.string())

    assert len({digest(array.cast(type_)) for type_ in TEXT_LAYOUTS}) == 1


@given(st.lists(st.none() | st.binary(min_size=2, max_size=2)))
def test_layouts_of_bytes_make_no_difference(values: list[bytes | None]):
    layouts = [pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(2)]

    assert len({digest(values, type_) for type_ in layouts}) == 1


@given(st.lists(st.none() | st.lists(st.none() | st.integers(0, 9), min_size=2, max_size=2)))
def test_layouts_of_lists_make_no_difference(values: list[Any]):
    one = pa.int64()
    layouts = [pa.list_(one), pa.large_list(one), pa.list_view(one), pa.large_list_view(one)]

    assert len({digest(values, type_) for type_ in [*layouts, pa.list_(one, 2)]}) == 1


def test_a_map_is_the_list_of_its_entries():
    entries = pa.list_(pa.struct([("key", pa.string()), ("value", pa.int64())]))
    pairs = [[("a", 1), ("b", None)], None, []]
    rows = [[{"key": "a", "value": 1}, {"key": "b", "value": None}], None, []]

    assert digest(pairs, pa.map_(pa.string(), pa.int64())) == digest(rows, entries)


@pytest.mark.parametrize(
    "array",
    [
        pa.array([3, None, 3]),
        pa.array([{"a": 1}, {"a": 2}, {"a": 1}]),
        pa.array([[1], [2], [1]]),
        pa.array([date(2020, 1, 1), None, date(2020, 1, 1)]),
    ],
    ids=["integers", "structs", "lists", "dates"],
)
def test_dictionaries_of_any_type_are_their_values(array: pa.Array):
    indices = pa.array([0, 1, 0], pa.int8())

    assert digest(pa.DictionaryArray.from_arrays(indices, array.slice(0, 2))) == digest(array)


def test_dictionaries_inside_of_structs_and_lists_are_their_values():
    texts = pa.array(["a", "b", "a"])
    outer = pa.StructArray.from_arrays([texts.dictionary_encode()], ["a"])
    lists = pa.ListArray.from_arrays([0, 1, 3], texts.dictionary_encode())

    assert digest(outer) == digest(pa.StructArray.from_arrays([texts], ["a"]))
    assert digest(lists) == digest(pa.ListArray.from_arrays([0, 1, 3], texts))


def test_batches_may_have_different_dictionaries():
    halves = [pa.array(["b"]).dictionary_encode(), pa.array(["a", "b"]).dictionary_encode()]

    assert digest(pa.chunked_array(halves)) == digest(["b", "a", "b"])


def test_run_ends_are_their_values():
    array = pa.array([1, 1, None, 2])

    assert digest(pc.run_end_encode(array)) == digest(array)
    assert digest(pc.run_end_encode(array).slice(1)) == digest(array.slice(1))


def test_extension_types_are_their_storage():
    storage = pa.array([b"0123456789abcdef", None], pa.binary(16))

    assert digest(pa.ExtensionArray.from_storage(pa.uuid(), storage)) == digest(storage)


@given(st.lists(st.none() | st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1))))
def test_units_of_instants_make_no_difference(moments: list[datetime | None]):
    whole = [moment and moment.replace(microsecond=0) for moment in moments]

    assert len({digest(whole, pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")}) == 1


@pytest.mark.parametrize("seconds", [2**33 + 1, 2**43 + 1, -(2**43) - 1])
def test_units_make_no_difference_beyond_the_range_of_nanoseconds(seconds: int):
    found = {
        digest(pa.array([seconds, 0], pa.timestamp("s")).cast(pa.timestamp(unit)))
        for unit, factor in {"s": 1, "ms": 10**3, "us": 10**6}.items()
        if abs(seconds) * factor < 2**63
    }

    assert len(found) == 1


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_units_of_durations_and_times_make_no_difference(unit: str):
    spans = [timedelta(seconds=-5), None]
    times = [time(1, 2, 3), None]
    clock = pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)

    assert digest(spans, pa.duration(unit)) == digest(spans, pa.duration("us"))
    assert digest(times, clock) == digest(times, pa.time64("us"))


def test_days_are_days_in_both_widths():
    days = [date(1900, 2, 28), None, date(9999, 12, 31)]

    assert digest(days, pa.date32()) == digest(days, pa.date64())


def test_widths_of_decimals_make_no_difference():
    cells = [D("-1.50"), None]
    widths = [pa.decimal32, pa.decimal64, pa.decimal128, pa.decimal256]

    assert len({digest(cells, width(9, 2)) for width in widths}) == 1


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_minus_zero_is_zero(dtype: Any):
    assert digest(np.array([-0.0], dtype)) == digest(np.array([0.0], dtype))


def test_every_nan_is_the_same():
    payloads = [0x7FF8000000000000, 0x7FF8000000000001, 0xFFF8000000000000, 0x7FF0000000000001]

    found = {digest(np.array([bits], np.uint64).view(np.float64)) for bits in payloads}

    assert len(found) == 1


def test_zeros_and_nans_inside_of_lists_are_the_same():
    assert digest([[-0.0], [math.nan]]) == digest([[0.0], [-math.nan]])


def test_what_lies_under_a_null_does_not_count():
    masked = pa.Array.from_buffers(
        pa.int64(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(struct.pack("<2q", 5, 99))]
    )

    assert digest(masked) == digest([5, None])


def test_metadata_and_nullability_do_not_count():
    strict = pa.schema([pa.field("x", pa.int64(), nullable=False, metadata={"k": "v"})])
    table = pa.table({"x": [1]}).cast(strict.with_metadata({"a": "b"}))

    assert digest_of(table) == digest([1])


# Other rows -------------------------------------------------------------------------------------


@given(COLUMN, st.data())
def test_other_rows_have_another_digest(array: pa.Array, data: st.DataObject):
    other = data.draw(next(s for k, s in COLUMNS.items() if _kind(k, array)))
    same = _normal(array.to_pylist()) == _normal(other.to_pylist())

    assert (digest(array) == digest(other)) is same


def _kind(name: str, array: pa.Array) -> bool:
    tests = {
        "integers": pa.types.is_int64,
        "floats": pa.types.is_float64,
        "texts": pa.types.is_string,
        "booleans": pa.types.is_boolean,
        "lists": pa.types.is_list,
        "structs": pa.types.is_struct,
    }
    return tests[name](array.type)


def _normal(values: Any) -> str:
    return repr([0.0 if value == 0 and isinstance(value, float) else value for value in values])


BASE = pa.table({"x": [1, 2, None], "y": ["a", "", None]})


@pytest.mark.parametrize(
    "changed",
    [
        pa.table({"x": [1, 3, None], "y": ["a", "", None]}),
        pa.table({"x": [1, 2, 0], "y": ["a", "", None]}),
        pa.table({"x": [1, 2, None], "y": ["a", None, None]}),
        pa.table({"x": [1, 2, None], "y": ["a", "", ""]}),
        pa.table({"x": [1, 2, None], "z": ["a", "", None]}),
        pa.table({"y": ["a", "", None], "x": [1, 2, None]}),
        pa.table({"x": [2, 1, None], "y": ["", "a", None]}),
        pa.table({"x": [1, 2], "y": ["a", ""]}),
        pa.table({"x": pa.array([1, 2, None], pa.int32()), "y": ["a", "", None]}),
        pa.table({"x": pa.array([1, 2, None], pa.float64()), "y": ["a", "", None]}),
        pa.table({"x": [1, 2, None], "y": [b"a", b"", None]}),
        BASE.append_column("z", pa.nulls(3)),
    ],
    ids=[
        "value",
        "null to value",
        "empty to null",
        "null to empty",
        "name",
        "order of columns",
        "order of rows",
        "fewer rows",
        "width",
        "type",
        "text to bytes",
        "a column more",
    ],
)
def test_a_change_gives_another_digest(changed: pa.Table):
    assert digest_of(changed) != digest_of(BASE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        ([["a"], ["b"]], [["a", "b"], []]),
        ([[None], []], [[], [None]]),
        ([[], None], [None, []]),
        ([[[1]], [[2]]], [[[1], [2]], []]),
        ([{"a": None}], [None]),
        ([math.nan], [None]),
        ([0.0], [5e-324]),
    ],
)
def test_neighbours_are_told_apart(one: list[Any], other: list[Any]):
    type_ = pa.array([*one, *other]).type

    assert digest(one, type_) != digest(other, type_)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.timestamp("us"), pa.timestamp("us", "UTC")),
        (pa.timestamp("us", "UTC"), pa.timestamp("us", "Europe/Paris")),
        (pa.timestamp("us"), pa.duration("us")),
        (pa.decimal128(9, 2), pa.decimal128(10, 2)),
        (pa.int64(), pa.uint64()),
        (pa.float32(), pa.float64()),
        (pa.null(), pa.int64()),
        (pa.struct([("a", pa.int8())]), pa.struct([("b", pa.int8())])),
        (pa.list_(pa.int8()), pa.list_(pa.int16())),
    ],
)
def test_types_are_told_apart(one: pa.DataType, other: pa.DataType):
    assert digest([None], one) != digest([None], other)


def test_a_change_in_the_last_row_of_many_is_noticed():
    values = np.arange(3 * BLOCK)
    changed = values.copy()
    changed[-1] = 0

    assert digest(values) != digest(changed)


def test_texts_of_several_types_are_no_texts():
    mixed = carriers.encode(pd.DataFrame({"x": pd.Series([1, "a"], dtype=object)})).table()
    texts = mixed.cast(pa.schema([("x", pa.large_string())]))

    assert digest_of(mixed) != digest_of(texts)


# Carriers ---------------------------------------------------------------------------------------


def test_every_carrier_of_the_same_rows_has_the_same_digest(tmp_path):
    table = pa.table({"i": [1, 2], "f": [0.5, -1.0], "s": ["a", ""], "b": [True, False]})
    pq.write_table(table, tmp_path / "x.parquet")
    arrow_csv.write_csv(table, tmp_path / "x.csv")
    files = [open_source(define(tmp_path / f"x.{end}")).table() for end in ("parquet", "csv")]
    frame = table.to_pandas()
    objects = [table, frame, frame.astype({"s": "category"}), pl.from_arrow(table)]
    objects += [frame.convert_dtypes(dtype_backend="pyarrow"), frame.astype({"i": "Int64"})]
    objects += [pl.from_arrow(table).lazy(), table.to_batches()[0], table.to_reader()]

    found = {digest_of(carriers.encode(each).table()) for each in objects}

    assert found | {digest_of(each) for each in files} == {digest_of(table)}


def test_nan_is_missing_in_pandas_and_a_value_elsewhere():
    values = np.array([1.0, np.nan])

    frame = carriers.encode(pd.DataFrame({"0": values})).table()
    array = carriers.encode(values).table()
    polars = carriers.encode(pl.DataFrame({"0": values})).table()

    assert digest_of(frame) == digest([1.0, None], name="0")
    assert digest_of(array) == digest_of(polars) == digest([1.0, math.nan], name="0")


def test_an_index_that_is_no_range_is_part_of_the_content():
    plain = pd.DataFrame({"x": [1, 2]})

    def content(frame: pd.DataFrame) -> str:
        return digest_of(carriers.encode(frame).table())

    assert content(plain.set_axis(["a", "b"])) != content(plain)
    assert content(plain.set_axis(pd.RangeIndex(5, 7))) == content(plain)


def test_a_union_is_refused_by_name():
    union = pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2])] * 2)

    with pytest.raises(SourceError, match="column 'x' is a union"):
        digest(union)
    with pytest.raises(SourceError, match="column 'x' is a union"):
        digest(pa.StructArray.from_arrays([union], ["inner"]))
