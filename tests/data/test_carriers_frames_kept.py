"""pandas frames come back from a snapshot's copy equal, or what is not kept was named before."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import mlsnap
from mlsnap.errors import MlsnapWarning, SourceError

UNITS = ("s", "ms", "us", "ns")
MOMENTS = ["2021-03-28T00:30:00", None, "1969-12-31T23:59:59"]
SPANS = pd.to_timedelta(["1s", None, "-1D"])
INTEGERS = [f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)]
TEXTS = pd.Index(["b", "a"], dtype=object)
OWN = pd.DateOffset(months=1, days=1)
DAYS = pd.date_range("2020-01-01", periods=3, freq="D")


def column(values: Any, dtype: Any = None) -> pd.Series:
    return pd.Series(values, dtype=dtype)


def objects(*values: Any) -> pd.Series:
    cells = np.empty(3, dtype=object)
    for row, value in enumerate(values):
        cells[row] = value
    return pd.Series(cells, dtype=object)


def codes(*of_values: int, of: Any, ordered: bool = False) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(of_values, of, ordered=ordered))


def arrow(values: Any, type_: pa.DataType) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([values], type_)))


COLUMNS: dict[str, pd.Series] = {
    **{f"moments in {unit}": column(MOMENTS, f"M8[{unit}]") for unit in UNITS},
    **{f"zoned in {unit}": column(MOMENTS, f"datetime64[{unit}, Asia/Tokyo]") for unit in UNITS},
    **{f"spans in {unit}": column(SPANS).astype(f"m8[{unit}]") for unit in UNITS},
    **{f"{name} with a hole": column([1, None, 0], name) for name in INTEGERS},
    "Float32": column([0.5, None, -0.0], "Float32"),
    "boolean": column([True, None, False], "boolean"),
    "minus zero": column([-0.0, 0.0, np.nan]),
    "float16": column([-0.0, np.inf, np.nan], "float16"),
    "complex64": column(np.array([1 + 2j, -0.0, complex("nan")], "c8")),
    "complex128": column([1 + 2j, complex(np.nan, 1), complex("-inf")]),
    "string in Python": column(["a", None, ""], "string[python]"),
    "string in Arrow": column(["a", None, ""], "string[pyarrow]"),
    "ordered, one unused": codes(1, -1, 0, of=["x", "low", "high"], ordered=True),
    "categories of object texts": codes(1, -1, 0, of=TEXTS),
    "categories of integers": codes(1, -1, 0, of=pd.Index([30, 10, 20], dtype="int16")),
    "categories of days": codes(1, -1, 0, of=DAYS),
    "categories of days in a zone": codes(1, -1, 0, of=DAYS.tz_localize("Asia/Tokyo")),
    "categories of nullable integers": codes(1, -1, 0, of=pd.Index([2, 1], dtype="Int64")),
    "categories that no row has": codes(-1, -1, -1, of=["a"]),
    "Arrow NaN and null": arrow([float("nan"), None, -0.0], pa.float64()),
    "Arrow maps": arrow([[("a", 1)], None, []], pa.map_(pa.string(), pa.int8())),
    "sparse": column(pd.arrays.SparseArray([0.0, np.nan, 1.5], fill_value=0.0)),
    "sparse float32": column(pd.arrays.SparseArray(np.array([1, np.nan, 1], "float32"))),
    "periods": column(pd.period_range("2020-01", periods=3, freq="Q-MAR")),
    "intervals": column(pd.arrays.IntervalArray.from_tuples([(0, 1), None, (1, 5)], "both")),
    "Decimal": objects(Decimal("1.50"), None, Decimal("-2.25")),
    "date": objects(dt.date(2020, 1, 1), None, dt.date(1, 1, 1)),
    "time": objects(dt.time(1, 2, 3, 4), None, dt.time(0)),
    "datetime": objects(dt.datetime(2020, 1, 1, 2, 3, 4, 5), None, dt.datetime(1, 1, 1)),
    "Timestamp": objects(pd.Timestamp("2020-01-01T00:00:00.000000001"), pd.NaT, pd.Timestamp(0)),
    "Timestamp in a zone": objects(pd.Timestamp("2020", tz="UTC"), pd.NaT, pd.NaT),
    "Timedelta": objects(pd.Timedelta(1, "ns"), pd.NaT, pd.Timedelta(days=-1)),
    "UUID": objects(UUID(int=5), None, UUID(int=2**127)),
    "bytes": objects(b"", None, b"\x00\xff"),
    "bytearray": objects(bytearray(b"a"), None, bytearray()),
    "texts and numbers": objects("1", None, 1),
    "whole and broken numbers": objects(1, True, 1.0),
    "large integers": objects(2**70, -1, None),
    "lists": objects([1, None], [], None),
    "tuples": objects((1, 2), (), None),
    "sets": objects({2, 1}, set(), None),
    "frozensets": objects(frozenset("a"), frozenset(), None),
    "dicts": objects({"a": 1}, {"a": None}, None),
    "ordered dicts": objects(OrderedDict(b=1, a=2), OrderedDict(b=3, a=4), None),
    "arrays": objects(np.array([1.5, -0.0]), np.array([]), None),
    "scalars of NumPy": objects(np.float32(1.5), np.float32(-1), None),
    "missing in every way": objects(None, np.nan, pd.NaT),
    "missing beside texts": objects("a", np.nan, None),
    "missing as NA": objects(True, pd.NA, None),
    "half a surrogate pair": objects("\ud800", "a", None),
}

INDEXES: dict[str, Any] = {
    "range": pd.RangeIndex(5, -1, -2, name="row"),
    "object texts": pd.Index(["b", "a", None], dtype=object, name="key"),
    "string": pd.Index(["b", "a", None], dtype="string", name="key"),
    "several types": pd.Index(["a", 1, None], dtype=object),
    "tuples": pd.Index([(1, 2), (3, 4), (5, 6)], tupleize_cols=False),
    "UUIDs": pd.Index([UUID(int=each) for each in range(3)]),
    "nullable integers": pd.Index([1, None, 2], dtype="Int64"),
    "business days": pd.date_range("2020-01-06", periods=3, freq="B", name="day"),
    "quarters of an hour": pd.date_range("2020", periods=3, freq="15min", tz="Europe/Berlin"),
    "backwards": pd.date_range("2020", periods=3, freq="-1D"),
    "seconds": pd.DatetimeIndex(["2020", "2021", "2020"]).as_unit("s"),
    "spans": pd.timedelta_range("1h", periods=3, freq="90min"),
    "periods": pd.period_range("2020-01-06", periods=3, freq="W-TUE"),
    "categories": pd.CategoricalIndex(["a", None, "b"], ["c", "b", "a"], ordered=True),
    "intervals": pd.interval_range(pd.Timestamp("2020"), periods=3, closed="left"),
    "levels of all kinds": pd.MultiIndex.from_arrays(
        [DAYS, pd.Categorical(["a", "b", "a"]), pd.Index([1, 2, 3], dtype="int8"), ["x"] * 3],
        names=["day", "k", "k", ("a", 1)],
    ),
    "levels with holes": pd.MultiIndex.from_arrays([["a", None, "b"], [1.5, np.nan, 2]]),
}

LABELS: dict[str, Any] = {
    "numbers": pd.Index([2, 0, 1], name="cols"),
    "twice the same": pd.Index(["a", "b", "a"]),
    "object texts": pd.Index(["a", "b", "c"], dtype=object, name="cols"),
    "several types": pd.Index(["1", 1, 2.5], dtype=object),
    "missing in two ways": pd.Index([None, np.nan, "a"], dtype=object),
    "tuples": pd.Index([(1, "a"), (2, "b"), (3, "c")], tupleize_cols=False, name=("x", 1)),
    "days": DAYS,
    "levels": pd.MultiIndex.from_tuples([("a", 1), ("a", 1), ("b", 2)], names=["k", None]),
    "half a surrogate pair": pd.Index(["\ud800", "a", "b"], dtype=object),
}

ATTRS: dict[Any, Any] = {
    "unit": "m",
    "levels": [1, {"a": None}],
    1: (1, 2.5),
    ("a", 1): {3: {1, 2}},
    "infinite": float("inf"),
    "since": dt.datetime(2020, 1, 1),
    "price": Decimal("1.50"),
    "raw": b"\xff",
    "size": np.int64(3),
}


def assert_equal(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    for side, before in ((found.index, expected.index), (found.columns, expected.columns)):
        pd.testing.assert_index_equal(side, before, exact=True)
        assert getattr(side, "freq", None) == getattr(before, "freq", None)
        assert repr(side.names) == repr(before.names)
        assert [*map(repr, side)] == [*map(repr, before)]
    assert found.attrs == expected.attrs


def is_same(found: pd.Series, expected: pd.Series) -> bool:
    """Whether dtype, bits and Python's own types of two columns are the same."""
    try:
        pd.testing.assert_series_equal(found, expected, check_exact=True, check_names=False)
    except AssertionError:
        return False
    return [*map(type, found), *map(repr, found)] == [*map(type, expected), *map(repr, expected)]


def kept(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as it comes back from a copy; any warning is an error."""
    frames = mlsnap.register_dataset("frames", exist_ok=True)
    return frames.create_snapshot(data=frame, create_data_snapshot=True).to_pandas_dataframe()


def test_columns_of_every_kind_come_back(project: Path) -> None:
    found = kept(pd.DataFrame(COLUMNS))

    assert list(found.columns) == list(COLUMNS)
    assert [name for name in COLUMNS if not is_same(found[name], COLUMNS[name])] == []


def test_columns_of_every_kind_come_back_without_rows(project: Path) -> None:
    expected = pd.DataFrame(COLUMNS).iloc[:0]

    assert_equal(kept(expected), expected)


def test_categories_come_back_in_their_order_with_their_dtype(project: Path) -> None:
    found = kept(pd.DataFrame(COLUMNS))

    for name, before in COLUMNS.items():
        if isinstance(before.dtype, pd.CategoricalDtype):
            assert found[name].cat.ordered == before.cat.ordered
            pd.testing.assert_index_equal(
                found[name].cat.categories, before.cat.categories, exact=True
            )


@pytest.mark.parametrize("name", INDEXES)
def test_an_index_comes_back(project: Path, name: str) -> None:
    expected = pd.DataFrame({"x": [1.5, 2.5, -0.0]}, index=INDEXES[name])

    assert_equal(kept(expected), expected)


@pytest.mark.parametrize("name", LABELS)
def test_labels_come_back(project: Path, name: str) -> None:
    expected = pd.DataFrame([[1, 2.5, "a"], [2, -0.0, None]], columns=LABELS[name])

    assert_equal(kept(expected), expected)


def test_attrs_come_back(project: Path) -> None:
    expected = pd.DataFrame({"x": [1]})
    expected.attrs = ATTRS

    found = kept(expected).attrs

    assert found == ATTRS
    assert repr(found) == repr(ATTRS)


def test_a_frame_that_allows_no_label_twice_comes_back_so(project: Path) -> None:
    expected = pd.DataFrame({"x": [1]}).set_flags(allows_duplicate_labels=False)

    assert not kept(expected).flags.allows_duplicate_labels


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (pd.DataFrame({"a": 1, "x": objects([(1, 2)], None, None)}), "column 'x'"),
        (pd.DataFrame({"x": objects({"a": 1}, {"b": 2}, None)}), "column 'x'"),
        (pd.DataFrame({"x": objects(Decimal("1.5"), Decimal("1.50"), None)}), "column 'x'"),
        (pd.DataFrame({"x": objects(dt.time(1, tzinfo=dt.UTC), None, None)}), "column 'x'"),
        (pd.DataFrame({"x": 1}, index=pd.date_range("2020", periods=3, freq=OWN)), "the index"),
    ],
    ids=["nested tuples", "other keys", "other scales", "times in a zone", "own frequency"],
)
def test_what_does_not_come_back_is_named_when_the_snapshot_is_taken(
    project: Path, frame: pd.DataFrame, what: str
) -> None:
    frames = mlsnap.register_dataset("frames")

    with pytest.warns(MlsnapWarning, match=f"^{what} would come back in another form"):
        made = frames.create_snapshot(data=frame, create_data_snapshot=True)

    assert len(made.to_pandas_dataframe()) == len(frame)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((object(), None, None), "cannot be stored: .*object"),
        (([1, "a"], None, None), "cannot be stored: a list among values of other types"),
        (({1: "a"}, None, None), "cannot be stored: a dict among values of other types"),
    ],
    ids=["objects", "mixed lists", "numbers for keys"],
)
def test_what_has_no_form_is_refused_by_name_and_nothing_is_left(
    project: Path, values: Any, message: str
) -> None:
    frames = mlsnap.register_dataset("frames")

    with pytest.raises(SourceError, match=rf"column 'x' \(dtype object\) {message}"):
        frames.create_snapshot(data=pd.DataFrame({"x": objects(*values)}))

    assert frames.get_all_snapshots() == []
