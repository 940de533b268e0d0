"""Equal values have equal hashes, however they are carried, and others have others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.data.common_types import common_type
from mlsnap.data.layout import plain
from mlsnap.data.row_hashes import differing, form_of, row_hashes


def hashes(*columns: pa.Array, like: Sequence[pa.DataType] | None = None) -> list[tuple[int, int]]:
    """The hash of each row of some columns, in the form they share with types ``like`` others."""
    names = [str(number) for number in range(len(columns))]
    types = like or [column.type for column in columns]
    forms = [form_of(column.type, type_) for column, type_ in zip(columns, types, strict=True)]
    batch = pa.record_batch(list(columns), names=names)
    found = row_hashes(batch, list(zip(names, forms, strict=True)))
    return [(int(one), int(other)) for one, other in found]


def agree(one: pa.Array, other: pa.Array) -> bool:
    """Whether two arrays of whatever types hold the same values, as their hashes say."""
    ours, theirs = hashes(one, like=[other.type]), hashes(other, like=[one.type])
    form = form_of(one.type, other.type)
    assert form is not None
    assert differing(one, other, form).tolist() == [
        a != b for a, b in zip(ours, theirs, strict=True)
    ]
    return ours == theirs


DIFFERENT = [
    pa.array([0, 1, -1, 2**63 - 1, -(2**63), None], pa.int64()),
    pa.array([0, 1, 2**64 - 1, 2**63], pa.uint64()),
    pa.array([0.0, 1.0, -1.0, 5e-324, float("nan"), float("inf"), float("-inf"), None]),
    pa.array([0, 1, 0.5, None], pa.float16()),
    pa.array([True, False, None]),
    pa.array(["", "\0", "\0\0", "a", "a\0", "b", "aaaaaaaa", "aaaaaaaaa", "aaaaaaaa\0", None]),
    pa.array(["x" * n for n in [*range(40), *range(120, 140)]]),
    pa.array([b"", b"\0", b"\xff", None]),
    pa.array([[], [None], [[]], [[None]], [[1]], [[1, 1]], [[1], [1]], [[1], []], None]),
    pa.array([{"a": 1, "b": None}, {"a": None, "b": 1}, {"a": None, "b": None}, None]),
    pa.array([Decimal("1.00"), Decimal("-1.00"), Decimal("0.01"), None]),
    pa.array([0, 1, None], pa.timestamp("ns", "UTC")),
    pa.array([0, 1, None], pa.date32()),
    pa.array([pa.MonthDayNano([1, 0, 0]), pa.MonthDayNano([0, 1, 0]), None]),
    pa.nulls(1),
]


@pytest.mark.parametrize("values", DIFFERENT, ids=lambda values: str(values.type))
def test_different_values_have_different_hashes(values: pa.Array) -> None:
    assert len(set(hashes(values))) == len(values)


@pytest.mark.parametrize("values", DIFFERENT, ids=lambda values: str(values.type))
def test_values_of_one_type_differ_where_their_hashes_do(values: pa.Array) -> None:
    values = plain(values)
    places = [0, *range(len(values) - 1)]

    assert agree(values, values)
    assert agree(values, values.take(pa.array(places))) == (len(values) == 1)


def test_neighbouring_rows_have_different_hashes() -> None:
    one, other = np.repeat(np.arange(1 << 10), 1 << 8), np.tile(np.arange(1 << 8), 1 << 10)
    batch = pa.record_batch({"a": one.astype(np.float64), "b": other.astype(np.int8)})
    forms = [(name, form_of(batch[name].type, batch[name].type)) for name in "ab"]

    found = row_hashes(batch, forms)  # type: ignore[arg-type]

    for lane in found.T:
        assert len(np.unique(lane)) == 1 << 18
    bits = np.unpackbits(found.view(np.uint8), axis=1).mean(axis=0)
    assert abs(bits - 0.5).max() < 0.01


SAME = {
    "dictionary": (pa.array(["a", None, "b"]), pa.array(["a", None, "b"]).dictionary_encode()),
    "null in a dictionary": (
        pa.array(["a", None]),
        pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None])),
    ),
    "dictionary without entries": (
        pa.array([None], pa.string()),
        pa.DictionaryArray.from_arrays(pa.array([None], pa.int8()), pa.array([], pa.string())),
    ),
    "run ends": (
        pa.array([7, 7, 8]),
        pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array([7, 8])),
    ),
    "string views": (pa.array(["a", None]), pa.array(["a", None], pa.string_view())),
    "bytes": (pa.array([b"ab"]), pa.array([b"ab"], pa.binary(2))),
    "widths": (pa.array([-1, 7, None], pa.int8()), pa.array([-1, 7, None], pa.int64())),
    "signs": (pa.array([7], pa.uint64()), pa.array([7], pa.int8())),
    "whole floats": (pa.array([1, -2, None, 2**62]), pa.array([1.0, -2.0, None, 2.0**62])),
    "big floats": (pa.array([2**63], pa.uint64()), pa.array([2.0**63])),
    "float widths": (pa.array([0.5, None], pa.float32()), pa.array([0.5, None])),
    "zeros": (pa.array([0.0]), pa.array([-0.0])),
    "whole zeros": (pa.array([0]), pa.array([-0.0])),
    "units": (pa.array([-1, 2], pa.timestamp("s")), pa.array([-1000, 2000], pa.timestamp("ms"))),
    "zones": (
        pa.array([datetime(2020, 1, 1, tzinfo=UTC)]),
        pa.array([datetime(2020, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))]),
    ),
    "durations": (pa.array([-3], pa.duration("ms")), pa.array([-3000], pa.duration("us"))),
    "times": (pa.array([1], pa.time32("s")), pa.array([10**9], pa.time64("ns"))),
    "dates": (pa.array([1], pa.date32()), pa.array([86_400_000], pa.date64())),
    "scales": (pa.array([Decimal("1.5")]), pa.array([Decimal("1.50")])),
    "decimal widths": (
        pa.array([Decimal("1.5")], pa.decimal128(5, 1)),
        pa.array([Decimal("1.5")], pa.decimal256(60, 1)),
    ),
    "no value": (pa.nulls(2), pa.array([None, None], pa.int32())),
    "lists": (pa.array([[1], None, []]), pa.array([[1], None, []], pa.large_list(pa.int8()))),
    "fixed lists": (pa.array([[1, 2]]), pa.array([[1, 2]], pa.list_(pa.int64(), 2))),
    "structs": (pa.array([{"a": 1}]), pa.array([{"a": 1.0}])),
    "slices": (pa.array(["x", "a", "bc"]).slice(1), pa.array(["a", "bc"])),
    "slices of lists": (pa.array([[9], [1, 2], []]).slice(1), pa.array([[1, 2], []])),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_the_same_values_in_other_types_have_the_same_hashes(pair: tuple[Any, Any]) -> None:
    assert agree(*pair)


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_both_sides_have_a_common_type(pair: tuple[Any, Any]) -> None:
    type_ = common_type(pair[0].type, pair[1].type)

    assert agree(*(plain(each).cast(type_, safe=False) for each in pair))


def test_nan_is_nan_whatever_its_bits() -> None:
    odd = np.array([0x7FF8000000000001, 0xFFF8000000000000], np.uint64).view(np.float64)

    assert agree(pa.array(odd), pa.array([float("nan")] * 2, from_pandas=False))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([2**53 + 1]), pa.array([2.0**53])),
        (pa.array([2**63 - 1]), pa.array([2.0**63])),
        (pa.array([-1], pa.int8()), pa.array([2**64 - 1], pa.uint64())),
        (pa.array([0.1], pa.float32()), pa.array([0.1])),
        (pa.array([1], pa.timestamp("s")), pa.array([1], pa.timestamp("ms"))),
    ],
)
def test_numbers_are_compared_exactly(one: pa.Array, other: pa.Array) -> None:
    assert not agree(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.string(), pa.int64()),
        (pa.string(), pa.binary()),
        (pa.bool_(), pa.int8()),
        (pa.date32(), pa.timestamp("s")),
        (pa.timestamp("s"), pa.timestamp("s", "UTC")),
        (pa.list_(pa.string()), pa.list_(pa.int8())),
        (pa.struct([("a", pa.int8())]), pa.struct([("b", pa.int8())])),
        (pa.struct([("a", pa.int8())]), pa.struct([])),
        (pa.decimal256(76, 0), pa.decimal128(5, 5)),
    ],
)
def test_other_types_do_not_compare(one: pa.DataType, other: pa.DataType) -> None:
    assert form_of(one, other) is None
    assert form_of(other, one) is None


def test_the_order_of_columns_counts() -> None:
    one, other = pa.array([1, 2]), pa.array([2, 1])

    assert hashes(one, other)[0] == hashes(other, one)[1]
    assert hashes(one, other)[0] != hashes(one, other)[1]


def test_what_lies_under_a_null_leaves_no_trace() -> None:
    values = pa.array([1, 2, 3])
    valid = pa.py_buffer(bytes([0b101]))
    hidden = pa.Array.from_buffers(pa.int64(), 3, [valid, values.buffers()[1]])

    assert agree(hidden, pa.array([1, None, 3]))


def test_long_texts_are_cut_into_pieces() -> None:
    texts = ["a" * 3_000_000, "", "b" * 5_000_000, "a" * 3_000_000, None, "c"]

    found = hashes(pa.array(texts))

    assert [found.index(each) for each in found] == [0, 1, 2, 0, 4, 5]
    assert found[5] == hashes(pa.array(["c"]))[0]


TEXTS = st.lists(st.none() | st.text(max_size=20), min_size=1, max_size=30)
NESTED = st.lists(
    st.none() | st.lists(st.none() | st.floats(allow_nan=False), max_size=3), max_size=20
)


@settings(max_examples=50)
@given(TEXTS, NESTED)
def test_rows_are_equal_when_their_hashes_are(texts: list[Any], nested: list[Any]) -> None:
    rows = list(zip(texts, nested, strict=False))
    columns = [list(each) for each in zip(*rows, strict=True)] or [[], []]

    found = hashes(pa.array(columns[0], pa.string()), pa.array(columns[1], pa.list_(pa.float64())))

    assert [found.index(each) for each in found] == [rows.index(each) for each in rows]
