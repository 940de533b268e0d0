"""Objects that carry tables in Python. One file a library, with the same face.

``encode(carried) -> Rows``
    Its rows in the normal form of digests, with a ``carrier`` that says how to restore it, made
    when first asked for. Streams and queries are read as the rows are, batch by batch.
``decode(table, carrier) -> object``
    The object again, equal to the one that was encoded.

A library's file is imported only when an object of that library, or a carrier of it, turns up.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pyarrow as pa

from mlsnap.data.layout import plain_table
from mlsnap.data.rows import Rows
from mlsnap.errors import SourceError

_LIBRARIES = {
    "pandas": "pandas",
    "numpy": "numpy",
    "polars": "polars",
    "pyarrow": "arrow",
    "duckdb": "duckdb",
    "pyspark": "spark",
}
_TABLES = {
    ("pandas", "DataFrame"),
    ("pandas", "Series"),
    ("numpy", "ndarray"),
    ("polars", "DataFrame"),
    ("polars", "LazyFrame"),
    ("polars", "Series"),
    ("pyspark", "DataFrame"),
    ("pyarrow", "Table"),
    ("pyarrow", "RecordBatch"),
}
_OTHERS = {
    ("pyarrow", "RecordBatchReader"),
    ("pyarrow", "ChunkedArray"),
}
"""They export Arrow streams, but reading one would empty it, and the other is a single column
unless it holds structs."""


def is_table(value: object) -> bool:
    """Whether ``value`` carries a table that can be read without harm to it.

    Arrays do if they have one or two dimensions. A stream that can be read only once is no such
    table, though `encode` takes it.
    """
    names = {_name(each) for each in type(value).__mro__}
    if names & _TABLES:
        return _library(value) != "numpy" or getattr(value, "ndim", 0) in (1, 2)
    return _exports_stream(value) and not names & _OTHERS


def encode(value: Any) -> Rows:
    """The rows of a table in any carrier.

    Raises
    ------
    SourceError
        If ``value`` carries no table, or holds what cannot be stored; the column is named.
    """
    if not (is_table(value) or _exports_stream(value)):
        raise SourceError(
            f"a {type(value).__name__} is no table",
            "hand over a DataFrame, an Arrow table, an array, or a path",
        )
    return _module(_LIBRARIES.get(_library(value), "arrow")).encode(value)  # type: ignore[no-any-return]


def decode(table: pa.Table, carrier: dict[str, Any] | None) -> Any:
    """The object that was encoded as ``table`` and ``carrier``; a DataFrame for a file's rows.

    ``table`` may have another layout, or other units of time: it needs the same digest only.
    """
    name = carrier["carrier"] if carrier else "pandas"
    return _module(name).decode(plain_table(table), carrier)


def _exports_stream(value: object) -> bool:
    return hasattr(type(value), "__arrow_c_stream__")


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{name}")


def _library(value: object) -> str:
    for each in type(value).__mro__:
        library = each.__module__.partition(".")[0]
        if library in _LIBRARIES:
            return library
    return ""


def _name(type_: type) -> tuple[str, str]:
    return type_.__module__.partition(".")[0], type_.__name__
