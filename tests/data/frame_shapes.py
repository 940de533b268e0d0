"""pandas objects of every shape that a training may be handed, by name."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

MOMENTS = ["2021-03-28T00:30:00", "1969-12-31T23:59:59", None]


def frame(values: Any, dtype: Any = None, **more: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": pd.Series(values, dtype=dtype, **more)})


def categorical(values: Any, categories: Any, *, ordered: bool = False) -> pd.DataFrame:
    return frame(pd.Categorical(values, categories=categories, ordered=ordered))


def with_index(index: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(len(index))}, index=index)


def with_labels(labels: Any) -> pd.DataFrame:
    return pd.DataFrame(np.arange(2 * len(labels)).reshape(2, -1), columns=labels)


def with_attrs(attrs: Any) -> pd.DataFrame:
    made = frame([1, 2])
    made.attrs = attrs
    return made


DTYPES = {
    "booleans": frame([True, False]),
    "int8": frame([-128, 127], "int8"),
    "uint64 beyond int64": frame([0, 2**64 - 1], "uint64"),
    "int64 beyond 2^53": frame([2**53 + 1, -(2**63)]),
    "float16 with a hole": frame([1.5, None], "float16"),
    "float32 with a hole": frame([0.1, None], "float32"),
    "float64 with every oddity": frame([np.nan, np.inf, -np.inf, 5e-324, 1.7e308]),
    "other byte order": frame(np.array([1, 2], ">i4")),
    "Int64": frame([2**62 + 1, None], "Int64"),
    "UInt8": frame([255, None], "UInt8"),
    "Float32": frame([0.5, None], "Float32"),
    "boolean": frame([True, None], "boolean"),
    "datetime64[s]": frame(MOMENTS, "datetime64[s]"),
    "datetime64[ns]": frame(MOMENTS, "datetime64[ns]"),
    "datetime64[s] beyond nanoseconds": frame(np.array(["0001-01-01", "9999-12-31"], "M8[s]")),
    "timedelta64[s]": frame(pd.to_timedelta(["1s", "-3D", None])).astype("timedelta64[s]"),
    "timedelta64[ns]": frame(pd.to_timedelta(["1ns", None])).astype("timedelta64[ns]"),
    "UTC": frame(MOMENTS, "datetime64[us, UTC]"),
    "a zone, over a change of clocks": frame(
        pd.date_range("2021-03-28", periods=6, freq="30min", tz="UTC").tz_convert("Europe/Paris")
    ),
    "a fixed offset": frame(
        pd.Series(pd.to_datetime(MOMENTS)).dt.tz_localize(dt.timezone(dt.timedelta(hours=5.5)))
    ),
    "zone in seconds": frame(MOMENTS, "datetime64[s, UTC]"),
}

TEXTS = {
    "object of str and None": frame(["a", "", None], object),
    "object of str and nan": frame(["a", "", np.nan], object),
    "string": frame(["a", "", None], "string"),
    "string in Python": frame(["a", "", None], "string[python]"),
    "string in Arrow": frame(["a", "", None], "string[pyarrow]"),
    "str": frame(["a", "", None], "str") if pd.__version__ >= "3" else frame(["a", ""]),
}

CATEGORIES = {
    "texts": categorical(["b", "a", None], ["b", "a"]),
    "ordered, one unused": categorical(["low", "high"], ["low", "mid", "high"], ordered=True),
    "integers": categorical([3, 1, None], [3, 2, 1]),
    "dates": categorical(
        pd.to_datetime(["2020-01-02", None]), pd.to_datetime(["2020-01-02", "2020-01-01"])
    ),
    "intervals, as pandas.cut makes them": frame(pd.cut([1, 5, 9, 99], [0, 4, 10])),
    "booleans": categorical([True, None], [True, False]),
    "of several types": categorical(["a", 1, None, 1], ["a", 1, 2.5]),
    "none": categorical([None, None], []),
}

EXTENSIONS = {
    "periods by month": frame(pd.PeriodIndex(["2020-01", "1950-12", None], freq="M")),
    "periods by quarter": frame(pd.PeriodIndex(["2020Q1", "1950Q4"], freq="Q-MAR")),
    "periods of two days": frame(pd.PeriodIndex(["2020-01-01", "2020-01-03"], freq="2D")),
    "periods of milliseconds": frame(pd.PeriodIndex(["2020-01-01 00:00:00.123"], freq="ms")),
    "intervals": frame(pd.arrays.IntervalArray.from_tuples([(0, 1), (1, 5)], closed="left")),
    "intervals of floats": frame(pd.arrays.IntervalArray.from_tuples([(0.5, 1.5), None])),
    "intervals of dates": frame(pd.interval_range(pd.Timestamp("2020-01-01"), periods=2)),
    "sparse floats": frame(pd.arrays.SparseArray([0.0, 1.5, np.nan])),
    "sparse integers": frame(pd.arrays.SparseArray([0, 0, 7], fill_value=0)),
    "sparse booleans": frame(pd.arrays.SparseArray([False, True])),
    "Arrow int8": frame([1, None], pd.ArrowDtype(pa.int8())),
    "Arrow string": frame(["a", None], pd.ArrowDtype(pa.string())),
    "Arrow dictionary": frame(["a", None], pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))),
    "Arrow list": frame([[1, 2], None], pd.ArrowDtype(pa.list_(pa.int64()))),
    "Arrow struct": frame([{"a": 1}, None], pd.ArrowDtype(pa.struct([("a", pa.int8())]))),
    "Arrow decimal": frame([Decimal("1.50"), None], pd.ArrowDtype(pa.decimal128(9, 2))),
    "Arrow timestamp": frame([0, None], pd.ArrowDtype(pa.timestamp("s", "UTC"))),
}

OBJECTS = {
    "booleans and None": frame([True, None, False], object),
    "integers": frame([1, 2], object),
    "integers beyond 64 bits": frame([2**70, -1, None], object),
    "dates": frame([dt.date(1, 1, 1), None], object),
    "times": frame([dt.time(23, 59, 59, 999999), None], object),
    "decimals": frame([Decimal("1.50"), Decimal("-2.25"), None], object),
    "infinite decimals": frame([Decimal("Infinity")], object),
    "bytes": frame([b"", b"\x00\xff", None], object),
    "lists": frame([[1, 2], [], None], object),
    "dicts": frame([{"a": 1}, {"a": 2}], object),
    "half a surrogate pair": frame(["\ud800", "a", None], object),
    "texts and numbers": frame(["1", 1, 1.5, True, None], object),
    "dates, decimals and bytes": frame([dt.date(2020, 1, 1), Decimal("1.0"), b"x"], object),
    "nothing but None": frame([None, None], object),
    "nothing but nan": frame([np.nan, np.nan], object),
    "nothing but NaT": frame([pd.NaT], object),
    "no rows": frame([], object),
}

INDEXES = {
    "range with a start and a step": with_index(pd.RangeIndex(5, 11, 3, name="row")),
    "integers": with_index([7, 3, 3]),
    "texts": with_index(pd.Index(["b", "a"], name="key")),
    "floats": with_index([0.5, np.nan]),
    "dates with a frequency": with_index(pd.date_range("2020-01-01", periods=3, freq="D")),
    "dates in a zone": with_index(pd.date_range("2020-01-01", periods=3, freq="h", tz="UTC")),
    "durations": with_index(pd.timedelta_range("1h", periods=2, freq="h")),
    "periods": with_index(pd.period_range("2020-01", periods=2, freq="M")),
    "categories": with_index(pd.CategoricalIndex(["b", "a"], ["b", "a", "c"], ordered=True)),
    "intervals": with_index(pd.interval_range(0, 2)),
    "two levels": with_index(pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["k", None])),
    "one level": with_index(pd.MultiIndex.from_arrays([["a", "b"]])),
    "named like a column": with_index(pd.Index(["b", "a"], name="x")),
    "named by a number": with_index(pd.Index(["b", "a"], name=7)),
    "named by a tuple": with_index(pd.Index(["b", "a"], name=("a", 1))),
}

LABELS = {
    "numbers": with_labels([0, 1, 5]),
    "numbers from a range": with_labels(pd.RangeIndex(2, 4)),
    "numbers and texts": with_labels(["a", 1, 2.5]),
    "twice the same": with_labels(["a", "b", "a"]),
    "alike as texts": with_labels(["1", 1]),
    "dates": with_labels(pd.date_range("2020-01-01", periods=2, freq="D")),
    "periods": with_labels(pd.period_range("2020", periods=2, freq="Y")),
    "categories": with_labels(pd.CategoricalIndex(["b", "a"])),
    "two levels": with_labels(pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None])),
    "tuples in a name": with_labels(pd.Index(["a"], name=("x", 1))),
    "None among them": with_labels(["a", None]),
    "an empty text": with_labels(["", " "]),
    "not ASCII, with dots and slashes": with_labels(["größe", "a.b", "a/b", "😀"]),
}

WHOLE = {
    "no rows": frame([], "int64"),
    "no columns": pd.DataFrame(index=pd.RangeIndex(3)),
    "no columns, but an index": pd.DataFrame(index=["a", "b"]),
    "nothing": pd.DataFrame(),
    "attrs": with_attrs({"unit": "m", "levels": [1, {"a": None}]}),
    "wide": pd.DataFrame(np.arange(400).reshape(2, 200)),
    "a slice": pd.DataFrame({"x": range(10), "y": list("abcdefghij")}).iloc[2:8:2],
}

SERIES = {
    "named": pd.Series([1.5, None], name="x"),
    "unnamed": pd.Series(["a", None], dtype=object),
    "named by a number": pd.Series([1, 2], name=0),
    "named by a tuple": pd.Series([1, 2], name=("a", 1)),
    "with an index": pd.Series([1, 2], index=["a", "b"], name="x"),
    "of categories": pd.Series(["a", "b"], dtype="category"),
    "no rows": pd.Series([], dtype="float64"),
}

SHAPES: dict[str, Any] = {
    f"{family}: {name}": shape
    for family, shapes in {
        "dtype": DTYPES,
        "text": TEXTS,
        "categories": CATEGORIES,
        "extension": EXTENSIONS,
        "objects": OBJECTS,
        "index": INDEXES,
        "labels": LABELS,
        "whole": WHOLE,
        "series": SERIES,
    }.items()
    for name, shape in shapes.items()
}
