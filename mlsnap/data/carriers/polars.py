"""Polars frames and series."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl
import pyarrow as pa

from mlsnap.data.carriers import arrow
from mlsnap.data.carriers.stored import schema_to_text
from mlsnap.data.rows import Rows
from mlsnap.errors import MlsnapWarning, SourceError


def encode(carried: Any) -> Rows:
    """The rows of a frame or a series; a lazy frame's query runs as they are read.

    Raises
    ------
    SourceError
        If a column holds Python objects or another type that Arrow has not (it is named), or the
        query of a lazy frame fails.

    Warns
    -----
    MlsnapWarning
        When the carrier is asked for: if columns would come back with another dtype; by name.
    """
    if isinstance(carried, pl.LazyFrame):
        return _of_lazy(carried)
    frame = carried.to_frame() if isinstance(carried, pl.Series) else carried
    kind = "series" if isinstance(carried, pl.Series) else "frame"
    table = _to_arrow(frame)
    return Rows.of_table(table, describe_carrier=lambda: _carrier(frame, kind))


def decode(table: pa.Table, carrier: dict[str, Any]) -> pl.DataFrame | pl.LazyFrame | pl.Series:
    """The frame, lazy frame or series, with its own categorical and enum types."""
    restored = arrow.restore(table, carrier["schema"])
    frame = pl.from_arrow(restored)
    assert isinstance(frame, pl.DataFrame)
    frame.columns = restored.column_names
    if carrier["kind"] == "series":
        return frame.to_series()
    return frame.lazy() if carrier["kind"] == "lazy" else frame


def _of_lazy(frame: pl.LazyFrame) -> Rows:
    try:
        start = frame.collect_schema().to_frame()
    except pl.exceptions.PolarsError as error:
        fact = f"a LazyFrame cannot be read: {str(error).partition(chr(10))[0]}"
        raise SourceError(fact, "mend its query; `collect()` shows all that is wrong") from error
    rows = arrow.of_stream(_collected(frame), _to_arrow(start).schema, name="LazyFrame")
    return replace(rows, describe_carrier=lambda: _carrier(start, "lazy"))


def _collected(frame: pl.LazyFrame) -> Iterator[pa.RecordBatch]:
    """Batches of the result, in its order; all at once where this Polars has no other way."""
    streams = hasattr(frame, "collect_batches")
    for part in frame.collect_batches(maintain_order=True) if streams else [frame.collect()]:
        yield from part.to_arrow().to_batches()


def _carrier(frame: pl.DataFrame, kind: str) -> dict[str, Any]:
    table = frame.clear().to_arrow()
    carrier = {"carrier": "polars", "kind": kind, "schema": schema_to_text(table.schema)}
    _warn(frame, decode(table, carrier | {"kind": "frame"}))
    return carrier


def _to_arrow(frame: pl.DataFrame) -> pa.Table:
    """The frame's Arrow table; its columns one by one where Arrow refuses it, to name the one."""
    for name, dtype in frame.schema.items():
        try:
            if dtype == pl.Object:
                raise TypeError("it holds Python objects")
            frame.select(pl.col(name).head(0)).to_arrow()
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise SourceError(
                f"column {name!r} (dtype {dtype}) cannot be stored: {error}",
                "drop the column, or cast it to a type that Arrow has",
            ) from error
    return frame.to_arrow()


def _warn(frame: pl.DataFrame, decoded: Any) -> None:
    names = [name for name, dtype in frame.schema.items() if decoded.schema[name] != dtype]
    if names:
        warnings.warn(
            f"columns {', '.join(map(repr, names))} come back with another dtype "
            "(the values, the digest and the profile are right)",
            MlsnapWarning,
            stacklevel=3,
        )
