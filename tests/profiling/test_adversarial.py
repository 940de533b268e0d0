"""Tables that break things, through the front door."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from generated import FAMILIES
from generated import column as generated
from profiled import common

import mlsnap
from mlsnap.data import carriers
from mlsnap.data.digest import digest_of
from mlsnap.profiling.one_pass import profile_rows
from mlsnap.values.column import ColumnProfile
from mlsnap.values.profile import Profile


def profile(**columns: Any) -> Profile:
    """The profile of a table; its JSON is strict and comes back the same, too."""
    found = mlsnap.profile(pa.table(columns))
    assert Profile.from_json(found.to_json()) == found
    return found


def profiled(values: Any, type_: pa.DataType | None = None) -> ColumnProfile:
    array = values if isinstance(values, pa.Array) else pa.array(values, type_)
    return profile(x=array)["x"]


# Little or nothing ------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("rows", [0, 2])
def test_a_column_of_nulls_has_counts_only(family: str, rows: int):
    type_ = generated(family, rows=20).type
    found = profiled(pa.nulls(rows, type_))

    assert (found.count, found.missing_count) == (rows, rows)
    assert found.min is found.max is found.mean is found.lengths is found.distribution is None
    assert found.most_common == ()


@pytest.mark.parametrize("family", [each for each in FAMILIES if each != "null"])
def test_a_single_row_is_all_there_is(family: str):
    values = generated(family, rows=20)
    found = profiled(values.slice(values.is_valid().to_pylist().index(True, 9), 1))

    assert found.count == 1
    assert found.min == found.max
    assert found.distinct_count in (None, 1)
    assert found.distribution is None or found.distribution.at == (1,)


def test_no_columns_and_no_rows_is_a_table():
    found = mlsnap.profile(pa.table({}))

    assert (len(found), found.row_count, found.percent_missing) == (0, 0, 0.0)


def test_a_frame_with_rows_but_no_columns_is_a_table():
    found = mlsnap.profile(pd.DataFrame(index=range(3)))

    assert found.digest == digest_of(carriers.encode(pd.DataFrame(index=range(3))).table())


def test_a_file_with_a_header_only_has_its_columns(tmp_path: Path):
    (tmp_path / "x.csv").write_text("a,b\n")
    found = mlsnap.profile(tmp_path / "x.csv")

    assert (found.names, found.row_count) == (["a", "b"], 0)


def test_an_empty_file_is_refused_by_name(tmp_path: Path):
    (tmp_path / "x.csv").touch()

    with pytest.raises(mlsnap.errors.SourceError, match=r"x\.csv"):
        mlsnap.profile(tmp_path / "x.csv")


def test_a_parquet_file_without_rows_has_its_columns(tmp_path: Path):
    pq.write_table(pa.table({"a": pa.array([], pa.string())}), tmp_path / "x.parquet")
    found = mlsnap.profile(tmp_path / "x.parquet")

    assert (found.names, found.row_count, found["a"].arrow_type) == (["a"], 0, "string")


def test_chunks_without_rows_are_passed_over():
    none = pa.array([], pa.int64())
    chunked = pa.chunked_array([none, pa.array([1, 2]), none, pa.array([3]), none])

    assert mlsnap.profile(pa.table({"x": chunked})) == profile(x=pa.array([1, 2, 3]))


# A lot ------------------------------------------------------------------------------------------


def test_five_thousand_columns_are_profiled():
    values = np.arange(20).reshape(4, 5)
    table = pa.table({f"c{i}": values[:, i % 5] + i for i in range(5000)})
    found = mlsnap.profile(table)

    assert len(found) == 5000
    assert found["c4999"].max == 19 + 4999
    assert found.digest == digest_of(table)


@pytest.mark.parametrize(
    "value", [0, -(2**63), 0.1, -0.0, math.inf, "", "x" * 1000, True, Decimal("1.5"), b"\0"]
)
def test_a_hundred_thousand_rows_of_one_value(value: Any):
    found = profiled(pa.repeat(pa.scalar(value), 100_000))

    assert (found.min, found.max) in [(value, value), (None, None)]
    assert found.distinct_count == 1
    assert found.lengths is None or found.lengths.mean == len(value)
    assert common(found) in ([(value, 100_000)], [])
    assert found.skewness is None or math.isnan(found.skewness)
    assert found.variance in (None, 0.0) or math.isnan(found.variance)


# Numbers ----------------------------------------------------------------------------------------


def test_integers_of_any_size_keep_every_digit():
    found = profile(
        low=pa.array([-(2**63), -(2**63) + 1], pa.int64()),
        high=pa.array([2**64 - 1, 2**64 - 2], pa.uint64()),
        wide=pa.array([Decimal(10**38 - 1), Decimal(1 - 10**38)], pa.decimal128(38, 0)),
        wider=pa.array([Decimal("9" * 76), Decimal(1)], pa.decimal256(76, 0)),
    )

    assert (found["low"].min, found["low"].max) == (-(2**63), -(2**63) + 1)
    assert (found["high"].min, found["high"].max) == (2**64 - 2, 2**64 - 1)
    assert (found["wide"].min, found["wide"].max) == (1 - 10**38, 10**38 - 1)
    assert found["wider"].max == int("9" * 76)


def test_integers_from_end_to_end_have_finite_moments():
    found = profiled([-(2**63), 2**63 - 1, 0])

    assert found.mean == pytest.approx(0, abs=2**10)
    assert found.standard_deviation == pytest.approx(2**63)
    assert found.histogram.counts[0] == found.histogram.counts[-1] == 1


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([math.inf] * 3, math.inf),
        ([-math.inf] * 3, -math.inf),
        ([math.inf, -math.inf], math.nan),
        ([1.0, math.inf], math.inf),
    ],
)
def test_infinities_make_the_mean_infinite_and_the_spread_unknown(values: Any, mean: float):
    found = profiled(values)

    assert found.mean == pytest.approx(mean, nan_ok=True)
    assert math.isnan(found.standard_deviation)
    assert found.infinity_count == sum(map(math.isinf, values))
    assert (found.min, found.max) == (min(values), max(values))


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([-math.inf] * 8 + [5.0, 6.0], (-math.inf, -math.inf)),
        ([math.inf] * 8 + [5.0, 6.0], (math.inf, math.inf)),
        ([-math.inf, *range(8), math.inf], (0, 7)),
    ],
)
def test_whiskers_between_infinities_are_values_within_reach(values: Any, ends: Any):
    found = profiled(pa.array(values, pa.float64()))

    assert (found.whisker_low, found.whisker_high) == ends


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_nothing_but_nan(dtype: Any):
    found = profiled(np.full(5, np.nan, dtype))

    assert (found.nan_count, found.missing_count, found.distinct_count) == (5, 0, 0)
    assert (found.min, found.mean, found.quantiles, found.histogram) == (None,) * 4


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("start", [1.0, -3.3, 1e9, 1e300, 5e-324, 1e-310])
def test_bins_between_neighbouring_floats_ascend(start: float, step: int):
    values = np.sort(start + np.arange(step + 1) * np.spacing(start))
    found = profiled(values).histogram

    assert list(found.edges) == sorted(found.edges)
    assert min(found.counts) >= 0
    assert (found.edges[0], found.edges[-1]) == (values[0], values[-1])


def test_dictionaries_of_numbers_may_hold_nan_null_and_repeats():
    dictionary = pa.array([1.0, math.nan, None, 1.0, -0.0, 0.0, 9.0])
    indices = pa.array([0, 1, 2, 3, 4, 5, None, 0], pa.uint64())
    found = profiled(pa.DictionaryArray.from_arrays(indices, dictionary))
    plain = profiled([1.0, math.nan, None, 1.0, -0.0, 0.0, None, 1.0])

    assert found == plain
    assert (found.nan_count, found.missing_count, found.zero_count) == (1, 2, 2)


@pytest.mark.parametrize("width", [pa.int8(), pa.uint8(), pa.int32(), pa.uint32(), pa.uint64()])
def test_dictionaries_of_any_width_are_their_values(width: pa.DataType):
    indices = pa.array([1, 0, None, 1], width)
    for values in (["a", "b"], [b"a", b"b"], [True, False], [1, 2], [Decimal("1.5"), Decimal(2)]):
        encoded = pa.DictionaryArray.from_arrays(indices, pa.array(values))
        plain = pa.array([values[1], values[0], None, values[1]], encoded.type.value_type)
        assert profiled(encoded) == profiled(plain)


def test_decimals_may_have_more_places_than_digits():
    units = pa.array([5, -20, None, 5], pa.int64())
    words = pa.py_buffer(np.column_stack([[5, -20, 0, 5], [0, -1, 0, 0]]).astype(np.int64))
    array = pa.Array.from_buffers(pa.decimal128(4, 6), 4, [units.buffers()[0], words])
    found = profiled(array)

    assert (found.min, found.max) == (Decimal("-0.000020"), Decimal("0.000005"))
    assert found.mean == pytest.approx(-1e-5 / 3)


# Nested -----------------------------------------------------------------------------------------


def deep(depth: int, *, lists: bool) -> pa.Array:
    array = pa.array([1, None, 3])
    for _ in range(depth):
        if lists:
            array = pa.ListArray.from_arrays(pa.array([0, 2, 2, len(array)], pa.int32()), array)
        else:
            array = pa.StructArray.from_arrays(
                [array, array], ["a", "b"], mask=pa.array([False, True, False])
            )
    return array


@pytest.mark.parametrize("lists", [True, False], ids=["lists", "structs"])
def test_five_levels_are_counted_on_the_outside(lists: bool):
    found = profiled(deep(5, lists=lists))

    assert (found.type, found.missing_count) == (("LIST", 0) if lists else ("DATAROW", 1))


def test_lists_of_structs_of_lists_of_texts_have_lengths():
    found = profiled([[{"a": [["x", None], []]}, None], [], None, [{"a": None}]])

    assert (found.lengths.min, found.lengths.max, found.empty_count) == (0, 2, 1)
    assert found.arrow_type == "list<struct<a: list<list<string>>>>"


# Names ------------------------------------------------------------------------------------------


def test_columns_of_one_name_are_told_apart():
    table = pa.Table.from_arrays([pa.array([1]), pa.array(["a"]), pa.array([2.5])], ["x", "x", "x"])
    found = mlsnap.profile(table)

    assert found.names == ["x", "x.1", "x.2"]
    assert [each.max for each in found] == [1, "a", 2.5]


@pytest.mark.parametrize("name", ["", " ", "a.b", "größe 🦑", "x" * 5000, "line\nbreak", "nul\0"])
def test_any_name_is_a_name(name: str):
    assert profile(**{name: [1]}).names == [name]


def test_names_that_are_no_texts_are_written_as_such():
    frame = pd.DataFrame([[1, 2, 3]], columns=[0, (1, "a"), None])

    assert mlsnap.profile(frame).names == ["0", "(1, 'a')", "None"]


# Mixed ------------------------------------------------------------------------------------------


def test_objects_of_several_types_count_by_value_and_type():
    values = [1, "1", 1.0, True, None, Decimal(1), b"1", 1, "1"]
    found = mlsnap.profile(pd.DataFrame({"x": pd.Series(values, dtype=object)}))["x"]

    assert (found.type, found.missing_count, found.distinct_count) == ("MIXED", 1, 6)
    assert sorted((str(v), n) for v, n in common(found) if n > 1) == [("1", 2), ("1", 2)]


def test_many_mixed_values_are_the_same_in_any_pieces():
    values = pd.Series([i if i % 3 else f"{i}" for i in range(3000)] * 2, dtype=object)
    rows = carriers.encode(pd.DataFrame({"x": values}))
    table = rows.table()
    parts = pa.concat_tables([table.slice(0, 1000), table.slice(1000)])

    assert profile_rows(carriers.encode(parts)).columns == profile_rows(rows).columns
    assert profile_rows(rows)["x"].distinct_count == 3000


# Polars -----------------------------------------------------------------------------------------


def test_types_that_only_polars_has_are_profiled():
    frame = pl.DataFrame(
        {
            "e": pl.Series(["a", "b", "a"], dtype=pl.Enum(["b", "a"])),
            "c": pl.Series(["a", None, "a"], dtype=pl.Categorical),
            "d": pl.Series([Decimal("1.5"), None, Decimal(2)], dtype=pl.Decimal(20, 3)),
            "n": pl.Series([None, None, None], dtype=pl.Null),
            "l": pl.Series([[1.5], [], None], dtype=pl.List(pl.Float32)),
        }
    )
    found = mlsnap.profile(frame)

    assert common(found["e"]) == [("a", 2), ("b", 1)]
    assert (found["c"].missing_count, found["d"].max, found["n"].type) == (1, Decimal(2), "NULL")
    assert found["l"].lengths.max == 1
