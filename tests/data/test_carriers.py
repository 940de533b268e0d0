"""Arrays, Polars and Arrow objects come back as they were; what cannot is said by name."""

from __future__ import annotations

import json
import warnings
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mlsnap.data import carriers
from mlsnap.data.digest import digest_of
from mlsnap.data.formats import parquet
from mlsnap.data.parts import write_parts
from mlsnap.errors import MlsnapWarning, SourceError


@pytest.fixture(params=["from its rows", "from a copy"])
def back(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Encodes an object and decodes it again, with its carrier through JSON."""

    def trip(carried: Any) -> Any:
        rows = carriers.encode(carried)
        table, carrier = rows.table(), json.loads(json.dumps(rows.carrier))
        if request.param == "from a copy":
            names = write_parts(table, tmp_path, digest=digest_of(table))
            table = parquet.read([tmp_path / each for each in names], {}, base=tmp_path).table()
        return carriers.decode(table, carrier)

    return trip


class Stream:
    """Any object of another library that exports an Arrow stream."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


# NumPy ------------------------------------------------------------------------------------------

ARRAYS = {
    "rows first": np.arange(6.0).reshape(2, 3),
    "columns first": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "one dimension": np.array([1, 2, 3], np.int8),
    "one column": np.array([[1], [2]]),
    "no values": np.array([]),
    "no rows": np.empty((0, 3), np.float32),
    "no columns": np.empty((3, 0)),
    "every second": np.arange(10)[::2],
    "backwards": np.array([[1, 2]], np.uint64)[:, ::-1],
    "other byte order": np.array([1, 2], ">i4"),
    "half floats with nan": np.array([1.5, np.nan], np.float16),
    "infinities and minus zero": np.array([np.inf, -0.0]),
    "booleans": np.array([[True, False]]),
    "large unsigned": np.array([2**64 - 1], np.uint64),
    "texts": np.array(["größe", "", "a"]),
    "bytes": np.array([b"a", b"\xff\xfe"]),
    "days": np.array(["2020-01-01", "NaT"], "M8[D]"),
    "seconds": np.array(["0001-01-01", "NaT"], "M8[s]"),
    "durations": np.array([1, "NaT"], "m8[ms]"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_comes_back_with_dtype_shape_and_order(back: Any, name: str):
    array = ARRAYS[name]

    found = back(array)

    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(found, array)
    assert found.flags.f_contiguous == array.copy(order="K").flags.f_contiguous
    assert found.flags.writeable


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([object()]), "an array of object cannot be stored"),
        (np.array([1 + 2j]), "an array of complex128 cannot be stored"),
        (np.array(["2020"], "M8[Y]"), r"an array of datetime64\[Y\] cannot be stored"),
        (np.zeros(1, [("a", "i4")]), "cannot be stored: it is neither number"),
        (np.ma.masked_array([1, 2], [True, False]), "a masked array cannot be stored"),
    ],
    ids=["objects", "complex", "years", "structured", "masked"],
)
def test_an_array_without_stored_form_is_refused(array: Any, message: str):
    with pytest.raises(SourceError, match=message):
        carriers.encode(array)


def test_a_matrix_is_said_to_come_back_as_an_array():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        matrix = np.matrix([[1, 2]])

    with pytest.warns(MlsnapWarning, match="a matrix comes back as a plain array"):
        assert carriers.encode(matrix).carrier


# Polars -----------------------------------------------------------------------------------------

POLARS = pl.DataFrame(
    {
        "enum": pl.Series(["a", "b", None], dtype=pl.Enum(["unused", "b", "a"])),
        "categories": pl.Series(["b", "a", None], dtype=pl.Categorical),
        "lists of enums": pl.Series([["a"], [], None], dtype=pl.List(pl.Enum(["b", "a"]))),
        "texts": ["a", "", None],
        "floats": [float("nan"), -0.0, None],
        "uint8": pl.Series([255, 0, None], dtype=pl.UInt8),
        "days": [date(2020, 1, 1), date(1, 1, 1), None],
        "times": [time(1, 2, 3, 4), time(0), None],
        "durations": pl.Series([timedelta(1), timedelta(0), None], dtype=pl.Duration("ms")),
        "zoned": pl.Series([datetime(2020, 1, 1)] * 3, dtype=pl.Datetime("ns", "Europe/Paris")),
        "arrays": pl.Series([[1, 2], [3, 4], None], dtype=pl.Array(pl.Int16, 2)),
        "decimals": pl.Series([Decimal("1.50"), Decimal(2), None], dtype=pl.Decimal(10, 2)),
        "bytes": [b"", b"\xff", None],
        "structs": [{"a": 1, "b": "x"}, {"a": None, "b": None}, None],
        "nulls": [None, None, None],
    }
)


def test_a_polars_frame_comes_back(back: Any):
    found = back(POLARS)

    assert found.schema == POLARS.schema
    assert found.equals(POLARS, null_equal=True)


@pytest.mark.parametrize("frame", [POLARS.clear(), pl.DataFrame(), POLARS[1:2]])
def test_a_polars_frame_with_few_rows_comes_back(back: Any, frame: pl.DataFrame):
    found = back(frame)

    assert found.schema == frame.schema
    assert found.equals(frame)


@pytest.mark.parametrize("name", ["", "x"])
def test_a_polars_series_comes_back(back: Any, name: str):
    series = pl.Series(name, ["b", "a"], dtype=pl.Categorical)

    assert back(series).equals(series, check_dtypes=True, check_names=True)


def test_a_lazy_frame_comes_back_lazy(back: Any):
    found = back(POLARS.lazy())

    assert isinstance(found, pl.LazyFrame)
    assert found.collect().equals(POLARS)


@pytest.mark.parametrize(
    ("series", "dtype"),
    [
        (pl.Series([object()], dtype=pl.Object), "Object"),
        (pl.Series([1], dtype=pl.Int128), "Int128"),
    ],
)
def test_a_polars_column_that_arrow_has_not_is_refused_by_name(series: pl.Series, dtype: str):
    with pytest.raises(SourceError, match=rf"column 'y' \(dtype {dtype}\) cannot be stored"):
        carriers.encode(pl.DataFrame({"x": [1], "y": series}))


# Arrow ------------------------------------------------------------------------------------------

ARROW = pa.table(
    {
        "text": ["a", None],
        "large": pa.array(["a", None], pa.large_string()),
        "view": pa.array(["a", None], pa.string_view()),
        "dictionary": pa.array(["a", None]).dictionary_encode(),
        "fixed": pa.array([b"ab", None], pa.binary(2)),
        "seconds": pa.array([1, None], pa.timestamp("s", "UTC")),
        "date64": pa.array([date(2020, 1, 1), None], pa.date64()),
        "decimal32": pa.array([Decimal("1.5"), None], pa.decimal32(5, 2)),
        "map": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int8())),
        "list": pa.array([["a"], None], pa.list_(pa.string())),
        "pairs": pa.array([[1, 2], None], pa.list_(pa.int64(), 2)),
        "struct": pa.array([{"a": "x"}, None], pa.struct([("a", pa.string())])),
        "uuid": pa.ExtensionArray.from_storage(
            pa.uuid(), pa.array([b"0123456789abcdef", None], pa.binary(16))
        ),
    }
).replace_schema_metadata({"made": "here"})


def test_an_arrow_table_comes_back_with_layouts_and_metadata(back: Any):
    found = back(ARROW)

    assert found.schema.equals(ARROW.schema, check_metadata=True)
    assert found.equals(ARROW)


def test_a_batch_comes_back_as_a_batch(back: Any):
    batch = ARROW.to_batches()[0]

    assert back(batch).equals(batch)


@pytest.mark.parametrize("carried", [ARROW.to_reader(), Stream(ARROW)], ids=["reader", "stream"])
def test_a_stream_comes_back_as_a_table(carried: Any):
    rows = carriers.encode(carried)

    assert carriers.decode(rows.table(), rows.carrier).equals(ARROW)


@pytest.mark.parametrize("table", [ARROW.slice(0, 0), pa.table({})], ids=["rows", "columns"])
def test_an_arrow_table_without_comes_back(back: Any, table: pa.Table):
    assert back(table).equals(table)


def test_arrow_columns_of_one_name_come_back(back: Any):
    table = pa.Table.from_arrays([pa.array([1]), pa.array(["a"])], ["x", "x"])

    assert back(table).equals(table)


def test_a_layout_that_arrow_cannot_give_back_is_warned_about_by_name():
    table = pa.table({"x": pa.array([[1]], pa.list_view(pa.int64())), "y": [1]})
    rows = carriers.encode(table)

    with pytest.warns(MlsnapWarning, match="columns 'x' come back in another Arrow layout"):
        carrier = rows.carrier
    assert carriers.decode(rows.table(), carrier).to_pylist() == table.to_pylist()


# pandas: what is not exact, and what is refused -------------------------------------------------


def objects(*values: Any) -> pd.DataFrame:
    return pd.DataFrame({"y": [1] * len(values), "x": pd.Series(values, dtype=object)})


def with_attrs() -> pd.DataFrame:
    frame = pd.DataFrame({"x": [1]})
    frame.attrs = {"other": 1, "key": object()}
    return frame


class Own(pd.DataFrame):
    """A subclass, as many libraries have one."""


@pytest.mark.parametrize(
    ("carried", "what"),
    [
        (objects(np.array([1, 2]), np.array([1.5])), "column 'x'"),
        (objects(np.float64(1.5), np.float32(1.5)), "column 'x'"),
        (objects({"a": 1}, {"b": 2}), "column 'x'"),
        (objects([(1, 2)]), "column 'x'"),
        (objects(Decimal("1.5"), Decimal("1.50")), "column 'x'"),
        (objects(Decimal("NaN"), Decimal(1)), "column 'x'"),
        (objects(pd.Timestamp("2020-01-01 00:00:00.000000001"), "a"), "column 'x'"),
        (pd.DataFrame([[1]], columns=pd.Index([object], dtype=object)), "the labels"),
        (pd.DataFrame({"x": [1]}, index=pd.Index([1], name=object)), "the index"),
        (with_attrs(), "attrs 'key'"),
        (Own({"x": [1]}), "class Own"),
    ],
)
def test_what_pandas_would_not_get_back_is_warned_about_by_name(carried: Any, what: str):
    rows = carriers.encode(carried)

    with pytest.warns(MlsnapWarning, match=f"^{what} would come back in another form"):
        carrier = rows.carrier
    assert carrier["inexact"] == [what]
    assert len(carriers.decode(rows.table(), carrier)) == len(carried)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([object()], "cannot be stored: .*object"),
        ([{1, 2}, "a"], "cannot be stored: a set among values of other types"),
        ([pd.Series([1]), 1], "cannot be stored: a Series among values of other types"),
    ],
    ids=["objects", "sets", "frames"],
)
def test_pandas_objects_without_stored_form_are_refused_by_name(values: Any, message: str):
    with pytest.raises(SourceError, match=rf"column 'x' \(dtype object\) {message}"):
        carriers.encode(objects(*values))


def test_a_pandas_dtype_without_stored_form_is_refused_by_name():
    column = pd.Series(np.array([1 + 2j], np.clongdouble))

    with pytest.raises(SourceError, match=r"column 'x' \(dtype complex\d+\) cannot be stored"):
        carriers.encode(pd.DataFrame({"x": column}))


def test_an_index_without_stored_form_is_refused_by_name():
    with pytest.raises(SourceError, match=r"column '__index_level_0__' \(dtype object\)"):
        carriers.encode(pd.DataFrame({"x": [1]}, index=[object()]))


def test_nothing_is_warned_about_that_comes_back(recwarn: pytest.WarningsRecorder):
    rows = carriers.encode(objects("a", None))

    assert rows.carrier["inexact"] == []
    assert not recwarn


def test_a_frame_comes_back_from_rows_that_another_carrier_stored():
    frame = pd.DataFrame({"x": pd.Series(["2020-01-01"], dtype="datetime64[s]"), "s": ["a"]})
    stored = pa.table({"x": pa.array([datetime(2020, 1, 1)], pa.timestamp("ns")), "s": ["a"]})
    rows = carriers.encode(frame)

    assert digest_of(stored) == digest_of(rows.table())
    pd.testing.assert_frame_equal(carriers.decode(stored, rows.carrier), frame)


def test_rows_of_a_file_come_back_as_a_frame():
    found = carriers.decode(pa.table({"x": pa.array(["a"]).dictionary_encode()}), None)

    pd.testing.assert_frame_equal(found, pd.DataFrame({"x": ["a"]}))


# What is a table --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame(),
        pd.Series([1]),
        np.zeros(2),
        np.zeros((2, 2)),
        POLARS,
        POLARS.lazy(),
        POLARS["texts"],
        ARROW,
        ARROW.to_batches()[0],
        Stream(ARROW),
    ],
    ids=lambda value: type(value).__name__,
)
def test_is_a_table(value: Any):
    assert carriers.is_table(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        1,
        "x.csv",
        [1],
        {"a": [1]},
        np.float64(1),
        np.array(1),
        np.zeros((1, 1, 1)),
        pd.DataFrame,
        pl.DataFrame,
        pd.Index([1]),
        pa.array([1]),
        pa.chunked_array([[1]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_is_no_table(value: Any):
    assert not carriers.is_table(value)


def test_a_stream_that_reading_would_empty_is_no_table():
    reader = ARROW.to_reader()

    assert not carriers.is_table(reader)
    assert reader.read_all().equals(ARROW)


def test_what_is_no_table_is_refused():
    with pytest.raises(SourceError, match="a list is no table"):
        carriers.encode([1, 2])


def test_a_stream_of_single_values_is_refused():
    with pytest.raises(SourceError, match="a ChunkedArray cannot be read as an Arrow table"):
        carriers.encode(pa.chunked_array([[1]]))
