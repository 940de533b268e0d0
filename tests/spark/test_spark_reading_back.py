"""Stored tables as Spark frames: types, nulls and order, and what Spark cannot hold."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from test_spark_frames import EVERY_TYPE

import mlsnap
from mlsnap.data.rows import Rows
from mlsnap.errors import NoDataCopyError, SourceError
from mlsnap.spark import tables

DECIMAL = pa.decimal128(9, 2)
SPAN = dt.timedelta(days=-1, microseconds=1)

TYPES: dict[str, tuple[str, pa.Array]] = {
    "boolean": ("boolean", pa.array([True, None, False])),
    "int8": ("tinyint", pa.array([-128, None, 127], pa.int8())),
    "int16": ("smallint", pa.array([1, None, 2], pa.int16())),
    "int32": ("int", pa.array([1, None, 2], pa.int32())),
    "int64": ("bigint", pa.array([2**53 + 1, None, -(2**63)])),
    "uint8": ("smallint", pa.array([255, None, 0], pa.uint8())),
    "uint16": ("int", pa.array([65_535, None, 0], pa.uint16())),
    "uint32": ("bigint", pa.array([2**32 - 1, None, 0], pa.uint32())),
    "uint64": ("decimal(20,0)", pa.array([2**64 - 1, None, 0], pa.uint64())),
    "float16": ("float", pa.array(np.array([1.5, 0, -2], np.float16))),
    "float": ("float", pa.array([0.5, None, float("inf")], pa.float32())),
    "double": ("double", pa.array([0.1, None, -0.0])),
    "decimal": ("decimal(9,2)", pa.array([Decimal("1.50"), None, Decimal(-2)], DECIMAL)),
    "text": ("string", pa.array(["größe", None, ""])),
    "dictionary": ("string", pa.array(["a", None, "a"]).dictionary_encode()),
    "bytes": ("binary", pa.array([b"\x00\xff", None, b""])),
    "day": ("date", pa.array([dt.date(2020, 1, 1), None, dt.date(1600, 2, 29)])),
    "milliseconds": ("timestamp_ntz", pa.array([10**12, None, -1], pa.timestamp("ms"))),
    "whole nanoseconds": ("timestamp_ntz", pa.array([1000, None, 0], pa.timestamp("ns"))),
    "instant": ("timestamp", pa.array([10**15, None, 0], pa.timestamp("us", "Asia/Tokyo"))),
    "span": ("interval day to second", pa.array([SPAN, None, dt.timedelta(0)])),
    "list": ("array<smallint>", pa.array([[1, None], None, []], pa.list_(pa.uint8()))),
    "row": ("struct<a:bigint,b:string>", pa.array([{"a": 1, "b": "x"}, None, {"a": None}])),
    "nothing": ("void", pa.nulls(3)),
}
TABLE = pa.table({name: values for name, (_, values) in TYPES.items()})


def given_back(table: pa.Table) -> Any:
    return tables.frame_of(Rows.of_table(table))


@pytest.fixture(scope="module")
def every_type(spark: Any) -> tuple[dict[str, str], pa.Table]:
    """Spark's types of the columns of a table with all of them, and their values."""
    frame = given_back(TABLE)
    return dict(frame.dtypes), frame.toArrow()


@pytest.mark.parametrize("name", TYPES)
def test_each_type_has_its_own_in_spark(
    every_type: tuple[dict[str, str], pa.Table], name: str
) -> None:
    expected, values = TYPES[name]
    types, found = every_type

    assert types[name] == expected
    assert pa.types.is_timestamp(values.type) == pa.types.is_timestamp(found[name].type)
    if pa.types.is_timestamp(values.type):
        microseconds = pa.timestamp("us", values.type.tz)
        assert found[name].cast(microseconds).to_pylist() == values.cast(microseconds).to_pylist()
    else:
        assert found[name].to_pylist() == values.to_pylist()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            pa.array([1], pa.timestamp("ns")),
            r"column 'x\.y' \(timestamp\[ns\]\) has a value that Spark cannot hold as timestamp",
        ),
        (
            pa.nulls(1, pa.time64("us")),
            r"column 'x\.y' has the Arrow type time64\[us\]: Spark has no type for time64",
        ),
        (
            pa.array([1], pa.decimal256(60, 2)),
            r"column 'x\.y' has the Arrow type decimal256\(60, 2\): Spark has no type for dec",
        ),
        (
            pa.nulls(1, pa.list_(pa.month_day_nano_interval())),
            r"column 'x\.y' has the Arrow type list<.*Spark has no type for month_day_nano_inter",
        ),
    ],
    ids=["nanoseconds", "times of day", "many digits", "months"],
)
def test_what_spark_cannot_hold_is_named(spark: Any, values: pa.Array, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        given_back(pa.table({"a": [1], "x.y": values}))


def test_a_table_of_many_files_keeps_its_order(spark: Any) -> None:
    descending = np.arange(3_000_000)[::-1]
    table = pa.table({"n": descending, "x": descending / 7})
    assert table.nbytes > tables.FILE_BYTES

    frame = given_back(table)

    assert frame.rdd.getNumPartitions() == 2
    found = [row.n for row in frame.where("n % 10000 = 0").toLocalIterator()]
    assert found == list(range(2_990_000, -1, -10_000))


def test_a_table_larger_than_the_driver_takes_is_given_back(spark: Any) -> None:
    table = pa.table({"n": np.arange(2_000_000)})
    assert table.nbytes > 2 * 2**20  # spark.driver.maxResultSize

    assert given_back(table).selectExpr("sum(n) as s").first().s == 1_999_999 * 1_000_000


def test_a_table_without_rows_has_its_columns(spark: Any) -> None:
    frame = given_back(TABLE.slice(0, 0))

    assert frame.dtypes == [(name, expected) for name, (expected, _) in TYPES.items()]
    assert frame.count() == 0


def test_a_table_without_columns_has_its_rows(spark: Any, project: Path) -> None:
    snapshot = mlsnap.register_dataset("bare").create_snapshot(
        data=pd.DataFrame(index=pd.RangeIndex(0)), create_data_snapshot=True
    )

    assert snapshot.to_spark_dataframe().columns == []


def test_names_with_dots_and_capitals_are_kept(spark: Any) -> None:
    frame = given_back(pa.table({"a.b": [1], "A": [2], "a": [3], "": [4], "größe": [5]}))

    assert frame.columns == ["a.b", "A", "a", "", "größe"]
    assert list(frame.first()) == [1, 2, 3, 4, 5]


def test_a_snapshot_comes_back_with_the_index_as_a_column(spark: Any, project: Path) -> None:
    data = pd.DataFrame({"x": [1.5, None], "c": pd.Categorical(["b", "a"])}, index=["p", "q"])
    data.index.name = "key"
    made = mlsnap.register_dataset("wine").create_snapshot(data=data, create_data_snapshot=True)

    frame = made.to_spark_dataframe()

    assert frame.columns == ["x", "c", "key"]
    assert [tuple(row) for row in frame.collect()] == [(1.5, "b", "p"), (None, "a", "q")]


def test_only_some_columns_come_back_in_the_order_asked_for(spark: Any, project: Path) -> None:
    data = pd.DataFrame({"a": [1], "b": ["x"], "c": [2.5]})
    made = mlsnap.register_dataset("wine").create_snapshot(data=data, create_data_snapshot=True)

    assert [tuple(row) for row in made.to_spark_dataframe(["c", "a"]).collect()] == [(2.5, 1)]


def test_a_spark_frame_comes_back_with_its_types(spark: Any, project: Path) -> None:
    data = spark.sql(EVERY_TYPE)
    made = mlsnap.register_dataset("wine").create_snapshot(data=data, create_data_snapshot=True)

    frame = made.to_spark_dataframe()

    assert frame.dtypes == data.dtypes
    assert mlsnap.profile(frame).digest == made.digest
    assert made.to_spark_dataframe(["map", "i"]).dtypes == [
        ("map", "map<string,timestamp>"),
        ("i", "int"),
    ]


def test_a_snapshot_of_files_comes_back(spark: Any, project: Path) -> None:
    Path("late.csv").write_text("x\n" + "1000000\n" * 290_000 + "7.5\n")
    made = mlsnap.register_dataset("late", "late.csv").create_snapshot(create_data_snapshot=True)

    frame = made.to_spark_dataframe()

    assert frame.dtypes == [("x", "double")]
    assert frame.selectExpr("min(x) as m").first().m == 7.5


def test_a_source_is_given_as_it_is_now(spark: Any, project: Path) -> None:
    Path("late.csv").write_text("x\n" + "1000000\n" * 290_000 + "7.5\n")
    late = mlsnap.register_dataset("late", "late.csv")

    assert late.to_spark_dataframe().selectExpr("min(x) as m").first().m == 7.5


def test_a_snapshot_without_a_copy_has_no_rows_to_give(spark: Any, project: Path) -> None:
    made = mlsnap.register_dataset("wine").create_snapshot(data=pd.DataFrame({"x": [1]}))

    with pytest.raises(NoDataCopyError, match="holds a profile but no copy"):
        made.to_spark_dataframe()
