"""Polars frames and series."""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa

from mlsnap.data.rows import Rows


def encode(carried: Any) -> Rows:
    """The rows of a frame (a lazy one is collected) or a series."""
    if isinstance(carried, pl.LazyFrame):
        carried = carried.collect()
    series = isinstance(carried, pl.Series)
    frame = carried.to_frame() if series else carried
    carrier = {"carrier": "polars", "series": series, "names": frame.columns}
    return Rows.of_table(frame.to_arrow(), carrier=carrier | {"schema": _schema(frame)})


def decode(table: pa.Table, carrier: dict[str, Any]) -> Any:
    """The frame or series, with its own categorical and enum types."""
    frame = pl.from_arrow(table.rename_columns(carrier["names"]))
    assert isinstance(frame, pl.DataFrame)
    for name, categories in carrier["schema"].items():
        dtype = pl.Enum(categories) if categories is not None else pl.Categorical
        frame = frame.with_columns(pl.col(name).cast(dtype))
    return frame.to_series() if carrier["series"] else frame


def _schema(frame: pl.DataFrame) -> dict[str, list[str] | None]:
    """What Arrow text has to be cast back to: an enum's categories, or ``None`` for categorical."""
    return {
        name: dtype.categories.to_list() if isinstance(dtype, pl.Enum) else None
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Enum | pl.Categorical)
    }
