"""The columns of a table in the words of MLflow's schemas."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from mlflow.types import Schema

import mlsnap
from mlsnap.tracking.schemas import SCHEMA_LIMIT, schema_of

TYPES = [
    *((pa.array([1], width), "integer") for width in (pa.int8(), pa.int32(), pa.uint16())),
    *((pa.array([1], width), "long") for width in (pa.int64(), pa.uint32(), pa.uint64())),
    *((pa.array([1.5], width), "float") for width in (pa.float16(), pa.float32())),
    (pa.array([1.5]), "double"),
    (pa.array([Decimal("1.20")]), "double"),
    (pa.array([True]), "boolean"),
    (pa.array([b"x"]), "binary"),
    (pa.array(["x"]), "string"),
    (pa.array(["x"]).dictionary_encode(), "string"),
    (pa.array([date(2020, 1, 1)]), "datetime"),
    (pa.array([datetime(2020, 1, 1)], pa.timestamp("ms", "Europe/Berlin")), "datetime"),
    (pa.array([time(12)]), "string"),
    (pa.array([timedelta(1)]), "string"),
    (pa.array([[1, 2]]), "Array(long)"),
    (pa.array([[None]]), "Array(Any)"),
    (pa.array([{"a": 1, "b": [{"c": "x"}]}]), "{a: long (optional), b: Array({c: string"),
    (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), "Array({key: string"),
    (pa.array([{"a: b, c": 1}]), "string"),
    (pa.array([{"a<": 1, ">": 2}]), "string"),
    (pa.array([{}], pa.struct([])), "string"),
]


def read(table: pa.Table | pd.DataFrame) -> list[str]:
    text, _ = schema_of(mlsnap.profile(table))
    return list(map(repr, Schema.from_json(json.dumps(json.loads(text)["mlflow_colspec"]))))


@pytest.mark.parametrize(
    ("values", "shown"), TYPES, ids=lambda each: str(getattr(each, "type", ""))
)
def test_a_type_is_told_in_mlflows_words(values: pa.Array, shown: str) -> None:
    (column,) = read(pa.table({"x": values}))

    assert column.startswith(f"'x': {shown}")
    assert column.endswith("(required)")


def test_columns_that_are_empty_or_mixed_can_be_anything() -> None:
    assert read(pa.table({"x": [None]})) == ["'x': Any (optional)"]
    assert read(pd.DataFrame({"x": [1, "a"]})) == ["'x': Any (required)"]


def test_a_column_is_optional_where_a_value_is_missing_or_there_is_none() -> None:
    assert read(pa.table({"x": [1, None]})) == ["'x': long (optional)"]
    assert read(pa.table({"x": pa.array([], pa.int64())})) == ["'x': long (optional)"]


def test_a_schema_that_is_too_long_has_the_first_columns() -> None:
    names = [f"{at} " + "x" * 400 for at in range(1_000)]
    text, count = schema_of(mlsnap.profile(pa.table({name: [1] for name in names})))

    found = [each["name"] for each in json.loads(text)["mlflow_colspec"]]
    assert found == names[:count]
    assert 500 < count < 1_000
    assert SCHEMA_LIMIT - 1_000 < len(text) < SCHEMA_LIMIT + 1_000
