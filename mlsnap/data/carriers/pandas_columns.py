"""One pandas column as Arrow values plus what restores its dtype.

A kind of dtype is a pair of functions in `_KINDS`; the first kind whose test holds is taken.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.values import scalars

Encoded = tuple[pa.Array, dict[str, Any], dict[bytes, bytes] | None]


def encode_column(column: Any) -> Encoded:
    """The values of a Series, a JSON-ready description of its dtype, and field metadata."""
    for kind, (holds, encode, _) in _KINDS.items():
        if holds(column.dtype):
            array, spec, metadata = encode(column)
            return array, {"kind": kind, **spec}, metadata
    raise TypeError(f"dtype {column.dtype} has no stored form")


def decode_column(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    """The Series that was encoded, with a range index."""
    return _KINDS[spec["kind"]][2](values, spec)


def _array(values: pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)


def _one(values: Any) -> pa.Array:
    return _array(values) if isinstance(values, pa.ChunkedArray) else values


# Numbers, booleans, dates of NumPy dtypes -------------------------------------------------------


def _encode_numpy(column: Any) -> Encoded:
    return pa.array(column.to_numpy(), from_pandas=True), {"dtype": column.dtype.str}, None


def _decode_numpy(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    dtype = np.dtype(spec["dtype"])
    if dtype.kind in "Mm":
        counts = values.cast(pa.int64()).fill_null(np.iinfo(np.int64).min)
        return pd.Series(counts.to_numpy().view(dtype))
    return pd.Series(values.to_numpy(zero_copy_only=False).astype(dtype, copy=True))


# Zoned timestamps, nullable, string and Arrow dtypes: pandas' own Arrow protocol ---------------


def _encode_extension(column: Any) -> Encoded:
    array = _one(pa.array(column.array, from_pandas=True))
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    spec = {"dtype": _dtype_name(column.dtype)}
    return array, spec, None


def _encode_zoned(column: Any) -> Encoded:
    dtype = column.dtype
    counts = pa.array(column.array.asi8, mask=column.isna().to_numpy())
    return counts.cast(pa.timestamp(dtype.unit, str(dtype.tz))), {"dtype": str(dtype)}, None


def _dtype_name(dtype: Any) -> str:
    if isinstance(dtype, pd.StringDtype):
        return f"string[{dtype.storage}]" if dtype.na_value is pd.NA else f"str[{dtype.storage}]"
    return str(dtype)


def _dtype(name: str) -> Any:
    if name.startswith("str["):
        return pd.StringDtype(name[4:-1], na_value=np.nan)  # type: ignore[call-arg]
    return pd.api.types.pandas_dtype(name)


def _decode_extension(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    dtype = _dtype(spec["dtype"])
    return pd.Series(dtype.__from_arrow__(values), dtype=dtype)


def _encode_arrow(column: Any) -> Encoded:
    array = _one(column.array.__arrow_array__())
    return array, {}, None


def _decode_arrow(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    return pd.Series(pd.arrays.ArrowExtensionArray(values))


# Categories: their values, and the categories in their order -----------------------------------


def _encode_category(column: Any) -> Encoded:
    categories, spec, metadata = encode_column(column.cat.categories.to_series())
    codes = column.cat.codes.to_numpy()
    indices = pa.array(codes.astype(np.int64), mask=codes < 0)
    values = categories.take(indices)
    stored = {"categories": _to_text(categories), "of": spec, "ordered": column.cat.ordered}
    return values, stored, metadata


def _decode_category(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    stored = _from_text(spec["categories"])
    categories = decode_column(pa.chunked_array([stored]), spec["of"])
    codes = pc.index_in(_array(values).cast(stored.type), stored).fill_null(-1)
    index = pd.Index(categories.array, dtype=categories.dtype)
    return pd.Series(
        pd.Categorical.from_codes(codes.to_numpy(), index, ordered=spec["ordered"])
    )


def _to_text(array: pa.Array) -> str:
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([array], names=["values"])
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return base64.b64encode(sink.getvalue()).decode()


def _from_text(text: str) -> pa.Array:
    return _array(pa.ipc.open_stream(base64.b64decode(text)).read_all().column(0))


# Periods, sparse values ------------------------------------------------------------------------


def _encode_period(column: Any) -> Encoded:
    ordinals = column.array.asi8
    array = pa.array(ordinals, mask=np.asarray(column.isna()))
    return array, {"dtype": str(column.dtype)}, None


def _decode_period(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    ordinals = values.fill_null(np.iinfo(np.int64).min).to_numpy()
    freq = pd.api.types.pandas_dtype(spec["dtype"]).freq  # type: ignore[union-attr]
    return pd.Series(pd.PeriodIndex.from_ordinals(ordinals, freq=freq))


def _encode_sparse(column: Any) -> Encoded:
    array, spec, metadata = encode_column(column.sparse.to_dense())
    return array, {"dtype": str(column.dtype), "of": spec}, metadata


def _decode_sparse(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    return decode_column(values, spec["of"]).astype(spec["dtype"])


# Python objects --------------------------------------------------------------------------------


def _encode_object(column: Any) -> Encoded:
    """As the one Arrow type that holds them all, else each as JSON text that names its type."""
    spec = {"missing": _missing(column)}
    values = column.to_numpy()
    present = values[~column.isna().to_numpy()]
    kinds = {type(value) for value in present}
    if kinds <= {str}:
        return pa.array(values, pa.large_string(), from_pandas=True), spec, None
    if len(kinds) == 1:
        try:
            return _one(pa.array(values, from_pandas=True)), spec, None
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            pass
    array, metadata = _encode_mixed(column)
    return array, {"mixed": True, **spec}, metadata


_MISSING = {"None": None, "nan": np.nan, "NaT": pd.NaT, "<NA>": pd.NA}


def _missing(column: Any) -> str:
    """How this column spells a missing value."""
    return next((str(value) for value in column[column.isna()]), "None")


def _encode_mixed(column: Any) -> tuple[pa.Array, dict[bytes, bytes]]:
    missing = column.isna().to_numpy()
    present = [value for value, hole in zip(column, missing, strict=True) if not hole]
    texts = iter([json.dumps(_tagged(value)) for value in present])
    stored = [None if hole else next(texts) for hole in missing]
    counts = Counter(type(value).__name__ for value in present)
    metadata = {b"mlsnap.mixed": json.dumps(counts, sort_keys=True).encode()}
    return pa.array(stored, pa.large_string()), metadata


def _tagged(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    stored = scalars.to_json(value)
    if type(value) in _JSON or isinstance(stored, dict) and not isinstance(value, dict):
        return stored
    raise TypeError(f"a {type(value).__name__} among values of other types")


_JSON = (str, int, float, bool)


def _decode_object(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    cells = values.to_pylist()
    if spec.get("mixed"):
        cells = [cell and scalars.from_json(json.loads(cell)) for cell in cells]
    missing = _MISSING[spec["missing"]]
    if missing is not None:
        holes = values.is_null().to_pylist()
        cells = [missing if hole else cell for cell, hole in zip(cells, holes, strict=True)]
    return pd.Series(cells, dtype=object)


def _is_numpy(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "biufMm"


_KINDS: dict[str, tuple[Any, Any, Any]] = {
    "numpy": (_is_numpy, _encode_numpy, _decode_numpy),
    "category": (
        lambda dtype: isinstance(dtype, pd.CategoricalDtype), _encode_category, _decode_category),
    "zoned": (
        lambda dtype: isinstance(dtype, pd.DatetimeTZDtype), _encode_zoned, _decode_extension),
    "period": (lambda dtype: isinstance(dtype, pd.PeriodDtype), _encode_period, _decode_period),
    "sparse": (lambda dtype: isinstance(dtype, pd.SparseDtype), _encode_sparse, _decode_sparse),
    "arrow": (lambda dtype: isinstance(dtype, pd.ArrowDtype), _encode_arrow, _decode_arrow),
    "object": (lambda dtype: dtype == object, _encode_object, _decode_object),
    "extension": (
        lambda dtype: isinstance(dtype, pd.api.extensions.ExtensionDtype),
        _encode_extension, _decode_extension),
}
