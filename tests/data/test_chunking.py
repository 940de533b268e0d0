"""Chunks are cut where the rows say so, whatever carries them."""

from __future__ import annotations

import hashlib
import math
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.data.chunk_keys import chunk_key
from mlsnap.data.chunking import (
    VERSION,
    bytes_per_row,
    cut,
    mean_rows_for,
    row_hashes,
    telling_columns,
)

MEAN = 16
ROWS = 200_000


def chunks(table: pa.Table, *, mean: int = MEAN) -> list[pa.Table]:
    return list(cut(table.to_batches(), table.schema, mean_rows=mean))


def ends(table: pa.Table, *, mean: int = MEAN) -> list[int]:
    return list(accumulate(map(len, chunks(table, mean=mean))))


def rebatched(table: pa.Table, cuts: list[int]) -> list[pa.RecordBatch]:
    places = [0, *sorted(min(place, len(table)) for place in cuts), len(table)]
    pieces = [table.slice(a, b - a).to_batches() for a, b in pairwise(places)]
    return [batch for piece in pieces for batch in piece]


def numbers(count: int, seed: int = 0) -> pa.Array:
    """Numbers that need no library to be made again."""
    text = b"".join(hashlib.sha256(b"%d %d" % (seed, i)).digest()[:8] for i in range(count))
    return pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(text)])


# What is stored: this never changes ---------------------------------------------------------------


def golden() -> dict[str, pa.Table]:
    wide, few = numbers(300), pc.bit_wise_and(numbers(300, 1), 3)
    valid = pa.array([i % 5 > 0 for i in range(300)])
    texts = pa.array([f"{'x' * (i % 11)}{i * i % 97}" for i in range(300)])
    return {
        "integers": pa.table({"a": wide}),
        "few integers": pa.table({"a": few}),
        "nulls": pa.table({"a": pc.if_else(valid, wide, None)}),
        "floats": pa.table({"a": pc.divide(pc.cast(few, pa.float64()), 3.0)}),
        "instants": pa.table({"a": wide.view(pa.timestamp("us")), "b": few}),
        "decimals": pa.table({"a": few.cast(pa.decimal128(30, 2)), "b": valid}),
        "small numbers": pa.table({"a": few.cast(pa.int8()), "b": valid}),
        "texts": pa.table({"a": texts, "b": few.cast(pa.int16())}),
        "bytes": pa.table({"a": texts.cast(pa.binary())}),
        "constant": pa.table({"a": pa.nulls(300, pa.int64())}),
        "nested": pa.table({"a": pa.array([[i] for i in range(300)])}),
    }


# fmt: off
GOLDEN = {
    "integers": [
        25, 42, 49, 56, 77, 90, 105, 128, 137, 163, 173, 188, 192, 212, 258, 263, 282,
        290, 300
    ],
    "few integers": [
        13, 26, 33, 37, 48, 53, 68, 80, 94, 100, 106, 118, 142, 154, 169, 233, 247, 259,
        275, 300
    ],
    "nulls": [
        6, 25, 65, 87, 96, 113, 131, 148, 159, 163, 169, 185, 246, 260, 277, 287, 300
    ],
    "floats": [
        8, 15, 24, 41, 49, 65, 99, 107, 115, 123, 127, 153, 157, 174, 182, 199, 205,
        213, 223, 229, 234, 285, 300
    ],
    "instants": [
        25, 38, 58, 68, 99, 120, 130, 142, 156, 177, 198, 236, 266, 272, 300
    ],
    "decimals": [
        27, 33, 42, 60, 73, 78, 87, 97, 155, 161, 178, 193, 214, 226, 231, 245, 298, 300
    ],
    "small numbers": [
        13, 54, 63, 74, 91, 104, 147, 204, 208, 229, 235, 244, 248, 267, 272, 277, 283,
        300
    ],
    "texts": [
        10, 49, 55, 59, 68, 87, 96, 100, 105, 109, 113, 140, 181, 185, 189, 195, 209,
        229, 233, 237, 241, 256, 266, 300
    ],
    "bytes": [
        5, 22, 28, 33, 59, 74, 81, 92, 101, 105, 117, 135, 145, 150, 154, 165, 175, 186,
        216, 227, 236, 252, 300
    ],
    "constant": [
        16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 72, 76, 80, 84, 88, 92,
        96, 100, 104, 108, 112, 116, 120, 124, 128, 132, 136, 140, 144, 148, 152, 156,
        160, 164, 168, 172, 176, 180, 184, 188, 192, 196, 200, 204, 208, 212, 216, 220,
        224, 228, 232, 236, 240, 244, 248, 252, 256, 260, 264, 268, 272, 276, 280, 284,
        288, 292, 296, 300
    ],
    "nested": [
        4, 68, 132, 196, 260, 300
    ],
}
# fmt: on


@pytest.mark.parametrize("family", golden())
def test_cuts_are_those_of_earlier_versions(family: str):
    assert VERSION == 1
    assert ends(golden()[family]) == GOLDEN[family]


A, B, C, ALL = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, (1 << 64) - 1


def mixed(word: int) -> int:
    word = (word ^ word >> 30) * B & ALL
    word = (word ^ word >> 27) * C & ALL
    return word ^ word >> 31


def stored_ends(words: list[int], mean: int) -> list[int]:
    """The definition of cuts, for one column whose values are ``words``."""
    made, rows = [0], [0] * 15
    for place, word in enumerate(words, 1):
        row = (C * A + word) & ALL
        rows.append(mixed(row ^ row >> 29))
        window = sum(each * pow(A, back, 1 << 64) for back, each in enumerate(rows[:-17:-1]))
        size = place - made[-1]
        may = size >= mean // 4 and (window & ALL) < (1 << 66) // (3 * mean)
        made += [place] if may or size == 4 * mean else []
    return made[1:] if made[-1] == len(words) else [*made[1:], len(words)]


def test_cuts_follow_their_definition():
    values = pa.array([*numbers(200).to_pylist(), *[None] * 100])
    words = [0xA5A5A5A5A5A5A5A5 if each is None else each & ALL for each in values.to_pylist()]

    assert ends(pa.table({"x": values})) == stored_ends(words, MEAN)


# Laws ---------------------------------------------------------------------------------------------

COLUMN = st.one_of(
    st.lists(st.none() | st.integers(0, 3), max_size=300).map(lambda v: pa.array(v, pa.int64())),
    st.lists(st.none() | st.floats(), max_size=200).map(lambda v: pa.array(v, pa.float64())),
    st.lists(st.none() | st.text(max_size=12), max_size=200).map(
        lambda v: pa.array(v, pa.string())
    ),
    st.lists(st.none() | st.booleans(), max_size=300).map(lambda v: pa.array(v, pa.bool_())),
    st.lists(st.none() | st.lists(st.booleans(), max_size=2), max_size=200).map(
        lambda v: pa.array(v, pa.list_(pa.bool_()))
    ),
)


@settings(max_examples=50)
@given(COLUMN, st.lists(st.integers(0, 300), max_size=6), st.integers(1, 20))
def test_batches_make_no_difference(column: pa.Array, cuts: list[int], mean: int):
    table = pa.table({"x": column})
    made = list(cut(rebatched(table, cuts), table.schema, mean_rows=mean))

    assert [len(chunk) for chunk in made] == [len(chunk) for chunk in chunks(table, mean=mean)]


@settings(max_examples=50)
@given(COLUMN, st.integers(1, 20))
def test_chunks_are_the_rows_within_the_limits(column: pa.Array, mean: int):
    table = pa.table({"x": column})
    made = chunks(table, mean=mean)

    together = pa.concat_tables(made).combine_chunks()
    assert together.to_pydict().__repr__() == table.to_pydict().__repr__()
    assert all(max(mean // 4, 1) <= len(chunk) <= 4 * mean for chunk in made[:-1])
    assert len(made[-1]) <= 4 * mean


TEXTS = pa.array([None if i % 7 == 0 else f"{i * i % 31}" * (i % 4) for i in range(400)])
INTEGERS = pa.array([None if i % 7 == 0 else i * i % 31 for i in range(400)])


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        (TEXTS, TEXTS.cast(pa.large_string())),
        (TEXTS, TEXTS.cast(pa.string_view())),
        (TEXTS, TEXTS.dictionary_encode()),
        (TEXTS, TEXTS.dictionary_encode("encode")),
        (TEXTS, pa.concat_arrays([TEXTS, TEXTS]).slice(400)),
        (INTEGERS, INTEGERS.dictionary_encode()),
        (INTEGERS, pc.run_end_encode(INTEGERS)),
        (INTEGERS, pc.if_else(INTEGERS.is_valid(), pc.coalesce(INTEGERS, 99), None)),
    ],
    ids=["large", "view", "dictionary", "null in it", "slice", "numbers", "run ends", "garbage"],
)
def test_layouts_make_no_difference(plain: Any, other: Any):
    assert ends(pa.table({"x": other})) == ends(pa.table({"x": plain}))


def test_batches_may_have_different_dictionaries():
    halves = [TEXTS.slice(0, 150).dictionary_encode(), TEXTS.slice(150).dictionary_encode()]

    assert ends(pa.table({"x": pa.chunked_array(halves)})) == ends(pa.table({"x": TEXTS}))


@pytest.mark.parametrize("value", [-0.0, math.nan, None], ids=str)
def test_odd_numbers_hash_the_same_each_time(value: float | None):
    one, two = (pa.record_batch({"x": pa.array([value, 1.0], pa.float64())}) for _ in range(2))

    assert row_hashes(one, [0]).tolist() == row_hashes(two, [0]).tolist()


@pytest.mark.parametrize("size", range(20))
def test_every_end_of_a_short_text_tells(size: int):
    texts = pa.array(["a" * size, "a" * size + "b", "b" + "a" * size])

    assert len(set(row_hashes(pa.record_batch({"x": texts}), [0]).tolist())) == (3 if size else 2)


# What a new version of a table shares with the one before -----------------------------------------


@pytest.fixture(scope="module")
def table() -> pa.Table:
    made = np.random.default_rng(1)
    return pa.table(
        {
            "when": pa.array(np.sort(made.integers(0, 10**9, ROWS)), pa.timestamp("s")),
            "kind": made.integers(0, 5, ROWS).astype(np.int8),
            "value": np.round(made.normal(size=ROWS), 1),
        }
    )


def new_share(before: pa.Table, after: pa.Table, *, mean: int = 1024) -> float:
    """The share of chunks of ``after`` that are none of ``before``."""
    known = {chunk_key(chunk) for chunk in chunks(before, mean=mean)}
    made = [chunk_key(chunk) for chunk in chunks(after, mean=mean)]
    return sum(each not in known for each in made) / len(made)


def test_mean_chunks_have_about_the_rows_asked_for(table: pa.Table):
    assert 0.8 * ROWS / 1024 < len(chunks(table, mean=1024)) < 1.25 * ROWS / 1024


def test_appended_rows_change_the_end_only(table: pa.Table):
    assert 0 < new_share(table.slice(0, ROWS - 2000), table) < 0.03


def test_inserted_rows_change_the_chunks_around_them(table: pa.Table):
    head = pa.concat_tables([table.slice(5000, 100), table])
    middle = pa.concat_tables([table.slice(0, 9999), table.slice(0, 7), table.slice(9999)])

    assert 0 < new_share(table, head) < 0.03
    assert 0 < new_share(table, middle) < 0.03


def test_removed_rows_change_the_chunks_around_them(table: pa.Table):
    rest = pa.concat_tables([table.slice(0, 70_000), table.slice(70_013)])

    assert 0 < new_share(table, rest) < 0.03


def test_changed_rows_change_their_chunks_only(table: pa.Table):
    part = table.slice(50_000, 200)
    part = part.set_column(2, "value", pc.add(part["value"], 0.1))
    changed = pa.concat_tables([table.slice(0, 50_000), part, table.slice(50_200)])

    assert 0 < new_share(table, changed) < 0.03


def test_few_distinct_values_still_give_cuts():
    flags = pa.table({"x": pa.array(np.random.default_rng(2).random(ROWS) < 0.5)})

    assert 0 < new_share(flags, pa.concat_tables([flags.slice(7, 100), flags])) < 0.03


def test_texts_alone_give_cuts():
    names = pa.table({"x": pa.array([f"name {i * i % 9973}" for i in range(20_000)])})

    assert 0 < new_share(names, pa.concat_tables([names.slice(7, 100), names]), mean=128) < 0.05


# Special tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [pa.table({}), pa.table({"x": pa.array([], pa.int64())})])
def test_no_rows_are_one_chunk(table: pa.Table):
    assert [len(chunk) for chunk in chunks(table)] == [0]


def test_one_row_is_one_chunk():
    assert ends(pa.table({"x": [1]})) == [1]


@pytest.mark.parametrize(
    "column",
    [pa.array(np.zeros(1000)), pa.nulls(1000), pa.array([[1]] * 1000)],
    ids=["constant", "null", "nested"],
)
def test_rows_that_do_not_differ_are_cut_at_the_most(column: pa.Array):
    assert {len(chunk) for chunk in chunks(pa.table({"x": column}))[1:-1]} == {4 * MEAN}


def test_two_thousand_columns_are_cut_by_four():
    wide = pa.table({f"c{i}": numbers(100, i % 3) for i in range(2000)})

    assert telling_columns(wide.schema) == [0, 500, 1000, 1500]
    assert len(chunks(wide)) > 2


@pytest.mark.parametrize(
    ("types", "chosen"),
    [
        ([pa.bool_(), pa.int64(), pa.string(), pa.timestamp("s")], [1, 3]),
        ([pa.bool_(), pa.int64(), pa.string(), pa.int8()], [1, 2, 0, 3]),
        ([pa.int32(), pa.date64(), pa.float32(), pa.time32("s"), pa.binary(3)], [0, 1, 2, 3]),
        ([pa.string(), pa.int32(), pa.date32()], [1, 2, 0]),
        ([pa.dictionary(pa.int8(), pa.string()), pa.bool_()], [0, 1]),
        ([pa.list_(pa.int64()), pa.struct([("a", pa.int64())]), pa.null()], []),
        ([pa.decimal128(9, 2), pa.string()], [0]),
        ([*[pa.float64()] * 8, pa.int32()], [0, 2, 4, 6]),
    ],
    ids=str,
)
def test_columns_are_chosen_by_their_types(types: list[pa.DataType], chosen: list[int]):
    schema = pa.schema([(f"c{i}", type_) for i, type_ in enumerate(types)])

    assert telling_columns(schema) == chosen


# The mean -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row_count", "width", "mean"),
    [
        (0, 0, 4096),
        (1_000_000, 100, 4096),
        (3_000_000, 100, 16_384),
        (20_000_000, 100, 65_536),
        (10**9, 100, 131_072),
        (10**9, 1_000, 16_384),
        (10**6, 16_000, 1024),
        (10**6, 10**6, 256),
    ],
)
def test_the_mean_follows_the_size_of_the_table(row_count: int, width: float, mean: int):
    assert mean_rows_for(row_count, width) == mean


@pytest.mark.parametrize(
    ("before", "mean"),
    [(4096, 4096), (131_072, 131_072), (1024, 1024), (1023, 16_384), (None, 16_384)],
)
def test_the_mean_of_the_copy_before_stays_unless_it_is_far_off(before: int | None, mean: int):
    assert mean_rows_for(3_000_000, 100, before=before) == mean


def test_the_width_of_rows_is_that_of_the_first_in_any_layout():
    texts = pa.table({"x": [1, 2], "y": ["ab", "cd"]})
    coded = texts.set_column(1, "y", texts["y"].dictionary_encode())

    widths = [bytes_per_row(each.to_batches(), each.schema) for each in (texts, coded)]
    assert [round(width) for width in widths] == [8 + 2 + 8] * 2
    assert bytes_per_row([], texts.schema) == 0
