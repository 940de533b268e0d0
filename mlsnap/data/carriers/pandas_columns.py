"""One pandas column as Arrow values plus what restores its dtype.

A kind of dtype is a test and a pair of functions in `_KINDS`; the first kind whose test holds is
taken. Decoding sees plain values (`mlsnap.data.layout`), dates in any unit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.data import mixed
from mlsnap.data.carriers.stored import (
    array_from_text,
    array_to_text,
    in_layout,
    one_array,
    type_from_text,
    type_to_text,
)
from mlsnap.data.layout import plain

_NO_TIME = np.iinfo(np.int64).min


class Encoded(NamedTuple):
    """Plain values, a JSON-ready description of their dtype, and metadata for their field."""

    values: pa.Array
    spec: dict[str, Any]
    metadata: dict[bytes, bytes] | None = None


def encode_column(column: Any) -> Encoded:
    """A Series as `Encoded`. Raises `TypeError` and Arrow's errors where there is no form."""
    for name, kind in _KINDS.items():
        if kind.holds(column.dtype):
            values, spec, metadata = kind.encode(column)
            return Encoded(plain(one_array(values)), {"kind": name, **spec}, metadata)
    raise TypeError(f"dtype {column.dtype} has no stored form")


def decode_column(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    """The Series that was encoded, with a range index."""
    return _KINDS[spec["kind"]].decode(values, spec)


def _decode_array(values: pa.Array, spec: dict[str, Any]) -> Any:
    return decode_column(pa.chunked_array([values]), spec)


# Numbers, booleans, dates of NumPy dtypes -------------------------------------------------------


def _encode_numpy(column: Any) -> Encoded:
    native = column.to_numpy().astype(column.dtype.newbyteorder("="), copy=False)
    return Encoded(pa.array(native, from_pandas=True), {"dtype": column.dtype.str})


def _decode_numpy(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    dtype = np.dtype(spec["dtype"])
    if dtype.kind in "Mm":
        unit = np.datetime_data(dtype)[0]
        type_ = pa.timestamp(unit) if dtype.kind == "M" else pa.duration(unit)
        return pd.Series(_counts(values, type_).view(dtype))
    return pd.Series(values.to_numpy(zero_copy_only=False).astype(dtype, copy=True))


def _counts(values: pa.ChunkedArray, type_: pa.DataType) -> Any:
    """Units of ``type_`` since its origin, pandas' mark for what is missing."""
    return values.cast(type_).cast(pa.int64()).fill_null(_NO_TIME).to_numpy().copy()


# Timestamps with a zone, periods ----------------------------------------------------------------


def _encode_zoned(column: Any) -> Encoded:
    type_ = pa.timestamp(column.dtype.unit, column.dtype.tz)
    counts = pa.array(column.array.asi8, mask=column.isna().to_numpy())
    return Encoded(counts.cast(type_), {"unit": type_.unit, "zone": type_.tz})


def _decode_zoned(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    unit, zone = spec["unit"], spec["zone"]
    instants = _counts(values, pa.timestamp(unit, zone)).view(f"M8[{unit}]")
    return pd.Series(pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(zone))


def _encode_period(column: Any) -> Encoded:
    """Periods by their beginning."""
    freq = column.dtype.freq
    unit = "ns" if isinstance(freq, pd.offsets.Tick) and freq.nanos % 10**9 else "s"
    starts = column.array.asfreq(unit, how="start").asi8
    values = pa.array(starts, mask=column.isna().to_numpy()).cast(pa.timestamp(unit))
    name = str(column.dtype).removeprefix("period[").removesuffix("]")
    return Encoded(values, {"freq": name, "unit": unit})


def _decode_period(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    starts = _counts(values, pa.timestamp(spec["unit"]))
    periods = pd.arrays.PeriodArray(starts, dtype=pd.PeriodDtype(spec["unit"]))
    return pd.Series(periods.asfreq(spec["freq"], how="start"))


# Nullable numbers and booleans, strings, Arrow dtypes: pandas' own Arrow protocol ---------------


def _encode_nullable(column: Any) -> Encoded:
    return Encoded(pa.array(column.array), {"dtype": str(column.dtype)})


def _decode_nullable(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    dtype = pd.api.types.pandas_dtype(spec["dtype"])
    return pd.Series(dtype.__from_arrow__(values), dtype=dtype)  # type: ignore[union-attr]


def _encode_string(column: Any) -> Encoded:
    storage = column.dtype.storage.removesuffix("_numpy")
    spec = {"storage": storage, "nan": column.dtype.na_value is not pd.NA}
    return Encoded(pa.array(column.array, from_pandas=True), spec)


def _decode_string(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    dtype = _string_dtype(spec["storage"], nan=spec["nan"])
    return pd.Series(dtype.__from_arrow__(values), dtype=dtype)


def _string_dtype(storage: str, *, nan: bool) -> Any:
    if not nan:
        return pd.StringDtype(storage)
    try:
        return pd.StringDtype(storage, na_value=np.nan)
    except TypeError:  # pandas 2.2
        return pd.StringDtype("pyarrow_numpy")


def _encode_arrow(column: Any) -> Encoded:
    values = column.array.__arrow_array__()
    return Encoded(values, {"type": type_to_text(values.type)})


def _decode_arrow(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    return pd.Series(pd.arrays.ArrowExtensionArray(in_layout(values, type_from_text(spec["type"]))))


# Categories: their values, and the categories in their order ------------------------------------


def _encode_category(column: Any) -> Encoded:
    categories, spec, metadata = encode_column(pd.Series(column.cat.categories.array))
    codes = column.cat.codes.to_numpy()
    values = categories.take(pa.array(codes.astype(np.int64), mask=codes < 0))
    if metadata:
        metadata = mixed.metadata_of(column.dropna())
    stored = {"categories": array_to_text(categories), "of": spec, "ordered": column.cat.ordered}
    return Encoded(values, stored, metadata)


def _decode_category(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    categories = _decode_array(array_from_text(spec["categories"]), spec["of"])
    index = pd.Index(categories.array, dtype=categories.dtype)
    codes = np.full(len(values), -1, np.int64)
    present = decode_column(values.drop_null(), spec["of"])
    codes[values.is_valid().to_numpy()] = index.get_indexer(pd.Index(present.array))
    return pd.Series(pd.Categorical.from_codes(codes, index, ordered=spec["ordered"]))


# Intervals, sparse values -----------------------------------------------------------------------


def _encode_interval(column: Any) -> Encoded:
    left = encode_column(pd.Series(column.array.left))
    right = encode_column(pd.Series(column.array.right))
    fields = [pa.field("left", left.values.type), pa.field("right", right.values.type)]
    missing = pa.array(column.isna().to_numpy())
    values = pa.StructArray.from_arrays([left.values, right.values], fields=fields, mask=missing)
    return Encoded(values, {"closed": column.dtype.closed, "of": left.spec})


def _decode_interval(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    left, right = (decode_column(pc.struct_field(values, [side]), spec["of"]) for side in (0, 1))
    return pd.Series(pd.arrays.IntervalArray.from_arrays(left, right, closed=spec["closed"]))


def _encode_sparse(column: Any) -> Encoded:
    values, spec, metadata = encode_column(column.sparse.to_dense())
    fill = encode_column(pd.Series([column.dtype.fill_value], dtype=column.dtype.subtype))
    return Encoded(values, {"of": spec, "fill": array_to_text(fill.values)}, metadata)


def _decode_sparse(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    dense = decode_column(values, spec["of"])
    fill = _decode_array(array_from_text(spec["fill"]), spec["of"])
    return dense.astype(pd.SparseDtype(dense.dtype, fill.iloc[0]))


# Python objects ---------------------------------------------------------------------------------

_MISSING = {"None": None, "nan": np.nan, "NaT": pd.NaT, "<NA>": pd.NA}


def _encode_object(column: Any) -> Encoded:
    """As the one Arrow type that holds them all, else each as a text that names its type."""
    spec = {"missing": _missing(column), "mixed": False}
    present = column.dropna()
    if len(set(map(type, present.array))) <= 1:
        try:
            type_ = None if len(present) else pa.large_string()
            return Encoded(pa.array(_in_order(column, present), type_, from_pandas=True), spec)
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            pass
    texts = pd.Series(None, index=range(len(column)), dtype=object)
    texts[column.notna().to_numpy()] = [mixed.to_text(value) for value in present]
    values = pa.array(texts.to_numpy(), pa.large_string(), from_pandas=True)
    return Encoded(values, spec | {"mixed": True}, mixed.metadata_of(present))


def _in_order(column: Any, present: Any) -> Any:
    """The cells; the members of sets, which have another order in every process, in one of ours."""
    if not len(present) or not isinstance(present.array[0], set | frozenset):
        return column.to_numpy()
    return column.map(lambda cell: sorted(cell, key=repr), na_action="ignore").to_numpy()


def _missing(column: Any) -> str:
    """How this column spells a missing value."""
    spellings = (str(value) for value in column[column.isna()])
    return next((each for each in spellings if each in _MISSING), "None")


def _decode_object(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    missing = _MISSING[spec["missing"]]
    decode: Callable[[Any], Any] = mixed.from_text if spec["mixed"] else lambda cell: cell
    cells = np.empty(len(values), dtype=object)
    for row, cell in enumerate(values.to_pylist()):
        cells[row] = missing if cell is None else decode(cell)
    return pd.Series(cells, dtype=object)


class _Kind(NamedTuple):
    holds: Callable[[Any], bool]
    encode: Callable[[Any], Encoded]
    decode: Callable[[pa.ChunkedArray, dict[str, Any]], Any]


def _is(dtype_class: Any) -> Callable[[Any], bool]:
    return lambda dtype: isinstance(dtype, dtype_class)


_KINDS = {
    "numpy": _Kind(
        lambda dtype: isinstance(dtype, np.dtype) and dtype.kind in "biufMm",
        _encode_numpy,
        _decode_numpy,
    ),
    "object": _Kind(lambda dtype: bool(dtype == np.dtype(object)), _encode_object, _decode_object),
    "category": _Kind(_is(pd.CategoricalDtype), _encode_category, _decode_category),
    "zoned": _Kind(_is(pd.DatetimeTZDtype), _encode_zoned, _decode_zoned),
    "period": _Kind(_is(pd.PeriodDtype), _encode_period, _decode_period),
    "interval": _Kind(_is(pd.IntervalDtype), _encode_interval, _decode_interval),
    "sparse": _Kind(_is(pd.SparseDtype), _encode_sparse, _decode_sparse),
    "string": _Kind(_is(pd.StringDtype), _encode_string, _decode_string),
    "arrow": _Kind(_is(pd.ArrowDtype), _encode_arrow, _decode_arrow),
    "nullable": _Kind(
        lambda dtype: hasattr(dtype, "__from_arrow__"), _encode_nullable, _decode_nullable
    ),
}
