"""The key of a chunk: the same for the same rows, another one for any others."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.data import carriers
from mlsnap.data.chunk_keys import chunk_key
from mlsnap.data.parts import decode, encode, part_rows

D = Decimal


def key(values: Any, type_: pa.DataType | None = None, *, name: str = "x") -> str:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, type_)
    return chunk_key(pa.table({name: array}))


TABLES = {
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
    "wide decimals": pa.table({"x": pa.array([D(10) ** 70, None], pa.decimal256(76, 2))}),
    "texts": pa.table({"größe": ["a", "", None, "größe"]}),
    "bytes": pa.table({"x": [b"\x00", b"", None]}),
    "days": pa.table({"x": [date(1969, 12, 31), None]}),
    "times": pa.table({"x": [time(23, 59, 59, 1), None]}),
    "times in seconds": pa.table({"x": pa.array([1, None], pa.time32("s"))}),
    "instants": pa.table({"x": pa.array([datetime(1969, 12, 31), None], pa.timestamp("us"))}),
    "instants in a zone": pa.table({"x": pa.array([1, None], pa.timestamp("ns", "UTC"))}),
    "instants in seconds": pa.table({"x": pa.array([2**40], pa.timestamp("s"))}),
    "durations": pa.table({"x": [timedelta(days=-1), None]}),
    "lists": pa.table({"x": [[1, None], [], None]}),
    "lists of instants": pa.table({"x": pa.array([[1], None], pa.list_(pa.timestamp("s")))}),
    "maps": pa.table({"x": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int8()))}),
    "structs": pa.table({"x": [{"a": 1, "b": ["x"]}, None, {"a": None, "b": None}]}),
    "two columns": pa.table({"x": [1, 2], "y": ["a", None]}),
    "several types": carriers.encode(
        pd.DataFrame({"x": pd.Series(["1", 1, None, D("1.0")], dtype=object)})
    ).table(),
}

GOLDEN = {
    "no columns": "41e7f71ce8d61c79ab1731f023841411",
    "no rows": "62301b7ecb334d5af3711b903522b185",
    "nulls": "6fccb5283399d48fdfa5e6d6cddba384",
    "booleans": "542d920082e6be06ebf9d4115c7369e0",
    "int8": "e68f9c6d63de1e52516d833d0be99a40",
    "int64": "7b61fdd8ef0f3ec3a7990e872918718f",
    "uint64": "224dc2a13c8430a16c0885e77ce1ab35",
    "float16": "1838f2c620ede332ab093c3f30b78202",
    "float32": "8724c757325aff403fdd9e0576a39b2c",
    "float64": "bc9972f43173c8d8a0666678953db077",
    "decimals": "d64d1ef7af2ff442a546b3c5e7d3761c",
    "wide decimals": "1711f6a2b067b227b5ead9b72dac2c08",
    "texts": "4d7cbec10b6a5b2154dc8eeb31cf5dea",
    "bytes": "04bdc71f83d5d42eec598e9cda588a70",
    "days": "b5e95d30ad88aa8e5ff9b9ada79a025b",
    "times": "f13fb9cc6214fbd9d3dd683e21368aff",
    "times in seconds": "94dde24d9e343ea50d3eb67eaef664fb",
    "instants": "0fc834d5ff788a681e4a6f30995c9c66",
    "instants in a zone": "a4c4c63cda8b56f620623559e931e68e",
    "instants in seconds": "2f80ed9cabfe4cee05799e5bb091e962",
    "durations": "444b21b40496e471067c43f203b86a34",
    "lists": "45bbd9eb1d7f5adde6c02455832b5f5c",
    "lists of instants": "e0a1476833101056614fbcdc5a8c2b7a",
    "maps": "81f6f259315f8805d2766882c1a4a693",
    "structs": "d08a6b4ae5895aeacb1ba68ca6446b0e",
    "two columns": "6ea05c285033df1d4cf69fc47a02e854",
    "several types": "4e74d8cd34f7c78095572dba05d90066",
}


@pytest.mark.parametrize("family", TABLES)
def test_is_what_earlier_versions_stored(family: str):
    assert chunk_key(TABLES[family]) == GOLDEN[family]


def test_follows_its_definition():
    head = json.dumps([[["x", "int64", ""]], 3]).encode()
    values = struct.pack("<QQ", 3, 1) + bytes([0b10100000]) + struct.pack("<2q", 7, -1)

    expected = xxhash.xxh3_128(b"mlsnap chunk 1\n" + head + values).hexdigest()

    assert key([7, None, -1]) == expected


@pytest.mark.parametrize("family", TABLES)
def test_a_part_that_is_read_back_has_the_key(family: str):
    rows = part_rows(TABLES[family])

    assert chunk_key(decode(encode(rows)).cast(rows.schema)) == chunk_key(TABLES[family])


def test_all_families_have_keys_of_their_own():
    assert len({chunk_key(table) for table in TABLES.values()}) == len(TABLES)


COLUMN = st.one_of(
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)).map(lambda v: pa.array(v, pa.int64())),
    st.lists(st.none() | st.floats()).map(lambda v: pa.array(v, pa.float64())),
    st.lists(st.none() | st.text(max_size=4)).map(lambda v: pa.array(v, pa.string())),
    st.lists(st.none() | st.booleans()).map(lambda v: pa.array(v, pa.bool_())),
    st.lists(st.none() | st.lists(st.none() | st.text(max_size=2), max_size=3)).map(
        lambda v: pa.array(v, pa.list_(pa.string()))
    ),
    st.lists(st.none() | st.fixed_dictionaries({"a": st.none() | st.booleans()})).map(
        lambda v: pa.array(v, pa.struct([("a", pa.bool_())]))
    ),
)


def content(array: pa.Array) -> tuple[pa.DataType, str]:
    """What two arrays share if and only if they are the same."""
    bits = array.to_pylist()
    if pa.types.is_float64(array.type):
        bits = [None if value is None else struct.pack("<d", value) for value in bits]
    return array.type, repr(bits)


@settings(max_examples=50)
@given(COLUMN, COLUMN)
def test_keys_are_equal_if_and_only_if_the_rows_are(one: pa.Array, other: pa.Array):
    assert (key(one) == key(other)) == (content(one) == content(other))


@settings(max_examples=50)
@given(COLUMN, st.integers(0, 5), st.integers(0, 5))
def test_pieces_and_slices_make_no_difference(array: pa.Array, start: int, size: int):
    rows = array.slice(start)
    pieces = pa.chunked_array([rows.slice(0, size), rows.slice(size)], array.type)

    assert key(rows) == key(pieces) == key(pa.concat_arrays([rows]))


@pytest.mark.parametrize("size", [1, 7, 8, 9, 64])
def test_what_lies_under_nulls_makes_no_difference(size: int):
    valid = pa.array([place % 3 > 0 for place in range(size)]).buffers()[1]
    held = [
        pa.array([place * factor if place % 3 == 0 else place for place in range(size)])
        for factor in (5, 7)
    ]
    masked = [pa.Array.from_buffers(pa.int64(), size, [valid, h.buffers()[1]]) for h in held]

    assert held[0] != held[1] or size < 4
    assert key(masked[0]) == key(masked[1])
    assert key(masked[0]) == key([p if p % 3 else None for p in range(size)], pa.int64())


TEXTS = pa.array(["b", "", None, "a", "b"])


@pytest.mark.parametrize(
    "other",
    [
        TEXTS.cast(pa.large_string()),
        TEXTS.cast(pa.string_view()),
        TEXTS.dictionary_encode(),
        TEXTS.dictionary_encode("encode"),
        pc.run_end_encode(TEXTS),
        pa.DictionaryArray.from_arrays(
            pa.array([1, 2, None, 0, 1], pa.int8()), ["a", "b", "", "never"]
        ),
    ],
    ids=["large", "view", "dictionary", "null in it", "run ends", "more than is used"],
)
def test_layouts_of_text_make_no_difference(other: pa.Array):
    assert key(other) == key(TEXTS)


def test_metadata_and_nullability_make_no_difference():
    field = pa.field("x", pa.int64(), nullable=False, metadata={"made": "here"})
    table = pa.table([pa.array([1])], schema=pa.schema([field], metadata={"made": "there"}))

    assert chunk_key(table) == key([1])


NAN = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([0.0]), pa.array([-0.0])),
        (pa.array([math.nan]), pa.array([NAN])),
        (pa.array([math.nan]), pa.array([None], pa.float64())),
        (pa.array([1], pa.int32()), pa.array([1], pa.int64())),
        (pa.array([1], pa.timestamp("s")), pa.array([1000], pa.timestamp("ms"))),
        (pa.array([1], pa.timestamp("s")), pa.array([1], pa.timestamp("s", "UTC"))),
        (pa.array([D("1.5")], pa.decimal128(5, 1)), pa.array([D("1.50")], pa.decimal128(5, 2))),
        (pa.array(["a", "bc"]), pa.array(["ab", "c"])),
        (pa.array(["a"]), pa.array([b"a"])),
        (pa.array(["", None]), pa.array([None, ""])),
        (pa.array([[], None], pa.list_(pa.int8())), pa.array([None, []], pa.list_(pa.int8()))),
        (pa.array([{"a": 1}]), pa.array([{"b": 1}])),
    ],
    ids=str,
)
def test_whatever_a_part_stores_makes_a_difference(one: pa.Array, other: pa.Array):
    assert key(one) != key(other)


def test_names_order_and_number_of_columns_make_a_difference():
    tables = [{"a": [1], "b": [1]}, {"b": [1], "a": [1]}, {"a": [1]}, {"a, b": [1]}, {}]

    assert len({chunk_key(pa.table(each)) for each in tables}) == len(tables)


def test_texts_are_not_values_of_several_types():
    mixed = TABLES["several types"]
    plain = mixed.cast(mixed.schema.set(0, mixed.schema.field(0).remove_metadata()))

    assert chunk_key(plain) != chunk_key(mixed)


def test_the_counts_of_other_rows_types_make_no_difference():
    values = ["1", 1, None, D("1.0")]
    more = carriers.encode(pd.DataFrame({"x": pd.Series([*values, 2.5], dtype=object)})).table()

    assert chunk_key(more.slice(0, 4)) == chunk_key(TABLES["several types"])


def test_two_thousand_columns_have_a_key():
    wide = pa.table({f"c{i}": [i, None] for i in range(2000)})

    assert chunk_key(wide) == chunk_key(wide) != chunk_key(wide.drop_columns(["c7"]))


def test_needs_no_pandas():
    code = (
        "import sys, pyarrow as pa; from mlsnap.data.chunk_keys import chunk_key;"
        "from mlsnap.data.chunking import cut; from mlsnap.data.parts import encode, part_rows\n"
        "batch = pa.RecordBatch.from_struct_array(pa.StructArray.from_arrays("
        "[pa.nulls(9, pa.int64()), pa.nulls(9, pa.string())], ['a', 'b']))\n"
        "for chunk in cut([batch], batch.schema, mean_rows=4):\n"
        "    chunk_key(chunk), encode(part_rows(chunk))\n"
        "print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
