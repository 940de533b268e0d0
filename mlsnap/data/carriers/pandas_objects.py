"""Columns of Python objects as Arrow values, plus what gives the cells their types again."""

from __future__ import annotations

import base64
import zlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa

from mlsnap.data import mixed
from mlsnap.data.carriers.stored import Encoded

_SPELLINGS = 1 << 20
"""Missing cells of which it is stored how each is spelled."""

_MISSING = {"None": None, "nan": np.nan, "NaT": pd.NaT, "<NA>": pd.NA}

NO_FORM = (pa.ArrowException, TypeError, ValueError, OverflowError)
"""What is raised for values that have no stored form."""


def encode_objects(column: Any) -> Encoded:
    """As the one Arrow type that holds them all, else each as a text that names its type.

    Raises `TypeError` if a cell has no such text.
    """
    present = column.dropna()
    spec = {**_encode_missing(column), "mixed": False}
    if len(set(map(type, present.array))) <= 1:
        try:
            return Encoded(_values(column, present), {**spec, **_cell_type(present)})
        except NO_FORM:
            pass
    texts = pd.Series(None, index=range(len(column)), dtype=object)
    texts[column.notna().to_numpy()] = [mixed.to_text(value) for value in present]
    values = pa.array(texts.to_numpy(), pa.large_string(), from_pandas=True)
    return Encoded(values, spec | {"mixed": True}, mixed.metadata_of(present))


def decode_objects(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    """The Series that was encoded, with a range index."""
    restored = mixed.from_text if spec["mixed"] else _restorer(spec)
    missing = iter(_decode_missing(spec, values.null_count))
    cells = np.empty(len(values), dtype=object)
    for row, cell in enumerate(values.to_pylist()):
        cells[row] = next(missing) if cell is None else restored(cell)
    return pd.Series(cells, dtype=object)


def _values(column: Any, present: Any) -> pa.Array:
    """Cells of a single type, as Arrow has it."""
    if not len(present):
        return pa.array(column.to_numpy(), pa.large_string(), from_pandas=True)
    kind = type(present.array[0])
    if kind in (pd.Timestamp, pd.Timedelta):  # of which Arrow keeps microseconds only
        return _nanoseconds(column, kind)
    if kind is UUID:
        cells = column.map(lambda cell: cell.bytes, na_action="ignore").to_numpy()
        return pa.array(cells, pa.binary(16), from_pandas=True)
    if issubclass(kind, set | frozenset):  # which have another order in every process
        in_order = column.map(lambda cell: sorted(cell, key=repr), na_action="ignore")
        return pa.array(in_order.to_numpy(), from_pandas=True)
    return pa.array(column.to_numpy(), from_pandas=True)


def _nanoseconds(column: Any, kind: type) -> pa.Array:
    """Instants, all of one zone or none, or durations."""
    index: Any
    if kind is pd.Timestamp:
        index = pd.DatetimeIndex(column.to_list())
        type_ = pa.timestamp(index.unit, index.tz)
    else:
        index = pd.TimedeltaIndex(column.to_list())
        type_ = pa.duration(index.unit)
    return pa.array(index.asi8, mask=index.isna()).cast(type_)


# The type of the cells, where Arrow gives back another -------------------------------------------

_RESTORED: dict[type, Callable[[Any], Any]] = {
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    bytearray: bytearray,
    OrderedDict: OrderedDict,
    UUID: lambda cell: UUID(bytes=cell),
    pd.Timestamp: pd.Timestamp,
    pd.Timedelta: pd.Timedelta,
    np.str_: np.str_,
}
_BY_NAME = {kind.__name__: restored for kind, restored in _RESTORED.items()}


def _cell_type(present: Any) -> dict[str, str]:
    """What the cells are beyond Arrow's type, all alike."""
    kind = type(present.array[0]) if len(present) else None
    if kind in _RESTORED:
        return {"cells": kind.__name__}
    if kind is not None and issubclass(kind, np.generic | np.ndarray):
        dtypes = {cell.dtype for cell in present}
        if len(dtypes) == 1 and (dtype := dtypes.pop()).kind in "biuf":
            return {"arrays" if kind is np.ndarray else "scalars": dtype.str}
    return {}


def _restorer(spec: dict[str, Any]) -> Callable[[Any], Any]:
    if "cells" in spec:
        return _BY_NAME[spec["cells"]]
    if "scalars" in spec:
        make: Callable[[Any], Any] = np.dtype(spec["scalars"]).type
        return make
    if "arrays" in spec:
        dtype = np.dtype(spec["arrays"])
        return lambda cell: np.array(cell, dtype)
    return lambda cell: cell


# How missing cells are spelled -------------------------------------------------------------------


def _encode_missing(column: Any) -> dict[str, Any]:
    """One spelling for all, or where they differ the number of each cell's in a list of them."""
    spellings = [_spelling(value) for value in column[column.isna()]]
    names = sorted(set(spellings))
    if len(names) <= 1 or len(spellings) > _SPELLINGS:
        return {"missing": next(iter(spellings), "None")}
    packed = zlib.compress(bytes(names.index(each) for each in spellings))
    return {"missing": names, "each": base64.b64encode(packed).decode()}


def _decode_missing(spec: dict[str, Any], count: int) -> list[Any]:
    if "each" not in spec:
        return [_MISSING[spec["missing"]]] * count
    values = [_MISSING[name] for name in spec["missing"]]
    return [values[number] for number in zlib.decompress(base64.b64decode(spec["each"]))]


def _spelling(value: Any) -> str:
    return text if (text := str(value)) in _MISSING else "None"
