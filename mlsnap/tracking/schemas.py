"""The columns of a table in the words of MLflow's schemas."""

from __future__ import annotations

import json
from typing import Any

from mlsnap.values.column import ColumnProfile, Kind
from mlsnap.values.profile import Profile

SCHEMA_LIMIT = 250_000
"""Characters of a schema: MLflow takes 1,048,575, and gives them back with every search of runs."""

_SIMPLE = {
    "bool": "boolean",
    "int8": "integer",
    "int16": "integer",
    "int32": "integer",
    "uint8": "integer",
    "uint16": "integer",
    "int64": "long",
    "uint32": "long",
    "uint64": "long",
    "float16": "float",
    "float32": "float",
    "float64": "double",
    "string": "string",
    "binary": "binary",
    "date": "datetime",
    "time": "string",
    "duration": "string",
    "null": "any",
}
_BEGINNINGS = {"timestamp": "datetime", "decimal": "double"}


def schema_of(profile: Profile) -> tuple[str, int]:
    """MLflow's schema as JSON, of as many columns from the first on as fit; and their number."""
    columns: list[str] = []
    left = SCHEMA_LIMIT
    for each in profile:
        column = json.dumps(_column(each))
        left -= len(column) + 1
        if left < 0:
            break
        columns.append(column)
    return f'{{"mlflow_colspec":[{",".join(columns)}]}}', len(columns)


def _column(column: ColumnProfile) -> dict[str, Any]:
    complete = column.count > 0 and column.missing_count == 0
    return {**_type_of(column), "name": column.name, "required": complete}


def _type_of(column: ColumnProfile) -> dict[str, Any]:
    if column.type is Kind.MIXED:
        return {"type": "any"}
    return _parsed(column.arrow_type) or {"type": "string"}


def _parsed(name: str) -> dict[str, Any] | None:
    """MLflow's type for the ``name`` of an Arrow type; ``None`` if it has none.

    >>> _parsed("list<struct<a: int8>>")["items"]["properties"]
    {'a': {'type': 'integer', 'required': False}}
    """
    simple = _SIMPLE.get(name) or _BEGINNINGS.get(name.partition("[")[0].partition("(")[0])
    if simple:
        return {"type": simple}
    outer, _, inner = name.removesuffix(">").partition("<")
    if not name.endswith(">") or outer not in ("list", "struct"):
        return None
    return _array(inner) if outer == "list" else _object(inner)


def _array(inner: str) -> dict[str, Any] | None:
    items = _parsed(inner)
    return items and {"type": "array", "items": items}


def _object(inner: str) -> dict[str, Any] | None:
    """The fields of a struct; names that look like several fields leave it without a type."""
    properties: dict[str, Any] = {}
    for field in _split(inner):
        name, colon, type_ = field.partition(": ")
        parsed = _parsed(type_)
        if not colon or parsed is None or name in properties:
            return None
        properties[name] = {**parsed, "required": False}
    return {"type": "object", "properties": properties}


def _split(inner: str) -> list[str]:
    """The fields between the commas that are not inside of other brackets."""
    fields, depth = [""], 0
    for piece in inner.split(", "):
        joined = depth > 0
        depth += sum(map(piece.count, "<([")) - sum(map(piece.count, ">)]"))
        fields[-1:] = [f"{fields[-1]}, {piece}"] if joined else [*fields[-1:], piece]
    return fields[1:]
