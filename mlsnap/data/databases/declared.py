"""The Arrow types of what databases declare for the columns of a result."""

from __future__ import annotations

import pyarrow as pa

_POSTGRESQL = {
    16: pa.bool_(),
    17: pa.binary(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    25: pa.string(),
    26: pa.int64(),
    114: pa.string(),
    700: pa.float32(),
    701: pa.float64(),
    1042: pa.string(),
    1043: pa.string(),
    1082: pa.date32(),
    1083: pa.time64("us"),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
    1186: pa.duration("us"),
    2950: pa.uuid(),
    3802: pa.string(),
}
"""By the object identifiers of PostgreSQL's built-in types, which are the same everywhere."""

_NUMERIC = 1700

_SQLITE = (
    (("BOOL",), pa.bool_()),
    (("DATETIME", "TIMESTAMP"), pa.timestamp("us")),
    (("DATE",), pa.date32()),
    (("INT",), pa.int64()),
    (("CHAR", "CLOB", "TEXT"), pa.string()),
    (("BLOB",), pa.binary()),
    (("REAL", "FLOA", "DOUB"), pa.float64()),
)


def in_postgresql(code: int, precision: int | None, scale: int | None) -> pa.DataType | None:
    """The type of a column with this type code in a cursor's description."""
    if code == _NUMERIC and precision is not None:
        return pa.decimal128(precision, scale or 0) if precision <= 38 else None
    return _POSTGRESQL.get(code)


def in_sqlite(name: str) -> pa.DataType | None:
    """The type of a column with this type name, by the rules of SQLite's affinity and its uses."""
    for parts, type_ in _SQLITE:
        if any(part in name.upper() for part in parts):
            return type_
    return None
