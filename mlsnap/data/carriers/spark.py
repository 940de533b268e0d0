"""Spark frames. Their rows come to this process partition by partition, never all at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from mlsnap.data.carriers import spark_sessions
from mlsnap.data.carriers.spark_failures import failures
from mlsnap.data.carriers.stored import in_layout
from mlsnap.data.rows import Rows, unique_names
from mlsnap.errors import SourceError

_PLAIN = {
    "NullType": pa.null(),
    "BooleanType": pa.bool_(),
    "ByteType": pa.int8(),
    "ShortType": pa.int16(),
    "IntegerType": pa.int32(),
    "LongType": pa.int64(),
    "FloatType": pa.float32(),
    "DoubleType": pa.float64(),
    "StringType": pa.string(),
    "CharType": pa.string(),
    "VarcharType": pa.string(),
    "BinaryType": pa.binary(),
    "DateType": pa.date32(),
    "TimeType": pa.time64("ns"),
    "TimestampType": pa.timestamp("us", "UTC"),
    "TimestampNTZType": pa.timestamp("us"),
    "DayTimeIntervalType": pa.duration("us"),
}
"""Arrow types by Spark's: those of `DataFrame.toArrow`, with every instant in UTC."""

_NULLABLE = ("nullable", "containsNull", "valueContainsNull")


def encode(carried: Any) -> Rows:
    """The rows of a frame, in the order in which it would be collected.

    Raises
    ------
    SourceError
        If a column has a type that Arrow has not; it is named.
    """
    schema = arrow_schema(carried.schema)
    return Rows(
        schema,
        _streamed(carried, schema),
        describe_carrier=lambda: {"carrier": "spark", "schema": carried.schema.jsonValue()},
    )


def decode(table: pa.Table, carrier: dict[str, Any]) -> Any:
    """A frame of the active Spark session, else of a new one; any column of it may be null."""
    schema = stored_schema(carrier)
    columns = [
        in_layout(column, field.type)
        for column, field in zip(table.columns, arrow_schema(schema), strict=True)
    ]
    numbered = pa.table(columns, numbers(len(columns)))
    return created(spark_sessions.active(), numbered, schema)


def stored_schema(carrier: dict[str, Any]) -> Any:
    """The schema of the frame that was encoded, but any column may be null."""
    spark_sessions.active()
    from pyspark.sql.types import StructType

    return StructType.fromJson(_nullable(carrier["schema"]))


def created(session: Any, table: pa.Table, schema: Any) -> Any:
    """A frame with a Spark ``schema`` of a table whose columns are called by `numbers`."""
    with _no_word_of_pandas():
        frame = session.createDataFrame(table, numbered_schema(schema))
    return frame.toDF(*schema.names)


def arrow_schema(schema: Any) -> pa.Schema:
    """The Arrow schema of the rows of a frame with a Spark ``schema``; names are unique.

    Raises
    ------
    SourceError
        If a column has a type that Arrow has not; it is named.
    """
    names = unique_names(schema.names)
    return pa.schema(
        [(name, _column_type(name, field)) for name, field in zip(names, schema, strict=True)]
    )


def numbered(frame: Any) -> Any:
    """``frame`` with positions for column names.

    Spark misreads dots in names, and refuses a name that occurs twice.
    """
    return frame.toDF(*numbers(len(frame.schema)))


def numbered_schema(schema: Any) -> Any:
    """A Spark ``schema`` with positions for column names."""
    from pyspark.sql.types import StructField, StructType

    return StructType(
        [
            StructField(name, field.dataType, metadata=field.metadata)
            for name, field in zip(numbers(len(schema)), schema, strict=True)
        ]
    )


def numbers(count: int) -> list[str]:
    """Positions as names of columns."""
    return [f"c{position}" for position in range(count)]


def map_in_arrow(
    frame: Any, function: Callable[[Iterator[pa.RecordBatch]], Iterator[Any]], result: Any
) -> Any:
    """A frame of what ``function`` makes of each partition's Arrow batches, on the executors.

    ``result`` is its Spark schema.

    ``frame`` is a `numbered` one; `in_schema` gives its batches their own names and types.
    """
    with _no_word_of_pandas():
        return frame.mapInArrow(function, result)


def in_schema(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The batches that Spark hands out, as the `arrow_schema` of their frame has them."""
    for batch in batches:
        columns = [
            column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def to_bytes(batch: pa.RecordBatch) -> bytes:
    """A batch as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return bytes(sink.getvalue())


def from_bytes(stored: bytes) -> Iterator[pa.RecordBatch]:
    """The batches of an Arrow stream."""
    with pa.ipc.open_stream(stored) as stream:
        yield from stream


def _streamed(frame: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    def as_rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in in_schema(batches, schema):
            yield pa.record_batch({"batch": pa.array([to_bytes(batch)], pa.binary())})

    if not schema.names:
        return
    with failures():
        for row in map_in_arrow(numbered(frame), as_rows, "batch binary").toLocalIterator():
            yield from from_bytes(row.batch)


def _column_type(name: str, field: Any) -> pa.DataType:
    try:
        return _arrow_type(field.dataType)
    except KeyError as unknown:
        raise SourceError(
            f"column {name!r} has the Spark type {field.dataType.simpleString()}: Arrow has no "
            f"type for {unknown.args[0]}",
            "drop the column, or cast it to text: df.withColumn(name, col.cast('string'))",
        ) from unknown


def _arrow_type(type_: Any) -> pa.DataType:
    """The Arrow type of a Spark type; `KeyError` with the Spark type's name if there is none."""
    name = type(type_).__name__
    if name == "DecimalType":
        return pa.decimal128(type_.precision, type_.scale)
    if name == "ArrayType":
        return pa.list_(_arrow_type(type_.elementType))
    if name == "MapType":
        return pa.map_(_arrow_type(type_.keyType), _arrow_type(type_.valueType))
    if name == "StructType":
        return pa.struct([(field.name, _arrow_type(field.dataType)) for field in type_])
    if hasattr(type_, "sqlType"):
        return _arrow_type(type_.sqlType())
    return _PLAIN[name]


def _nullable(form: Any) -> Any:
    """The JSON of a Spark type with nulls allowed everywhere, as Arrow's conversions need it."""
    if isinstance(form, list):
        return [_nullable(each) for each in form]
    if not isinstance(form, dict):
        return form
    return {
        key: key in _NULLABLE or (each if key == "metadata" else _nullable(each))
        for key, each in form.items()
    }


@contextmanager
def _no_word_of_pandas() -> Iterator[None]:
    """Spark warns of every pandas that is newer than itself, though no pandas takes part here."""
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="PySpark does not yet fully support pandas", category=FutureWarning
        )
        yield
