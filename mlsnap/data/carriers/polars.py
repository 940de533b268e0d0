"""Polars frames and series."""

from __future__ import annotations

import warnings
from typing import Any

import polars as pl
import pyarrow as pa

from mlsnap.data.carriers import arrow
from mlsnap.data.carriers.stored import schema_to_text
from mlsnap.data.rows import Rows
from mlsnap.errors import MlsnapWarning, SourceError


def encode(carried: Any) -> Rows:
    """The rows of a frame (a lazy one is collected) or a series.

    Raises
    ------
    SourceError
        If a column holds Python objects or another type that Arrow has not; it is named.

    Warns
    -----
    MlsnapWarning
        If columns would come back with another dtype; they are named.
    """
    frame = _frame(carried)
    table = _to_arrow(frame)
    carrier = {
        "carrier": "polars",
        "kind": _kind(carried),
        "schema": schema_to_text(table.schema),
    }
    _warn(frame, decode(table.slice(0, 0), carrier | {"kind": "frame"}))
    return Rows.of_table(table, carrier=carrier)


def decode(table: pa.Table, carrier: dict[str, Any]) -> pl.DataFrame | pl.LazyFrame | pl.Series:
    """The frame, lazy frame or series, with its own categorical and enum types."""
    restored = arrow.restore(table, carrier["schema"])
    frame = pl.from_arrow(restored)
    assert isinstance(frame, pl.DataFrame)
    frame.columns = restored.column_names
    if carrier["kind"] == "series":
        return frame.to_series()
    return frame.lazy() if carrier["kind"] == "lazy" else frame


def _frame(carried: Any) -> pl.DataFrame:
    if isinstance(carried, pl.LazyFrame):
        return carried.collect()
    return carried.to_frame() if isinstance(carried, pl.Series) else carried


def _kind(carried: Any) -> str:
    if isinstance(carried, pl.LazyFrame):
        return "lazy"
    return "series" if isinstance(carried, pl.Series) else "frame"


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
