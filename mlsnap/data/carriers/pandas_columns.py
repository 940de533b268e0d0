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
from mlsnap.data.carriers.pandas_objects import decode_objects, encode_objects
from mlsnap.data.carriers.stored import (
    Encoded,
    array_from_text,
    array_to_text,
    in_layout,
    one_array,
    type_from_text,
    type_to_text,
)
from mlsnap.data.layout import plain

_NO_TIME = np.iinfo(np.int64).min


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


def is_exact(spec: dict[str, Any]) -> bool:
    """Whether decoding gives back what was encoded, whatever the values are.

    Of the other kinds some depend on their values, or on the versions of pandas and Arrow.
    """
    return bool(spec["kind"] == "numpy")


def column_of(index: Any) -> Any:
    """The values of an index, or of a level of one, as a Series."""
    return pd.Series(index.array, dtype=index.dtype)


def index_of(column: Any, freq: str | None = None) -> Any:
    """The values of a Series as an index, with the name of a `frequency`."""
    index: Any = pd.Index(column.array, dtype=column.dtype, tupleize_cols=False)
    if freq:
        index.freq = freq
    return index


def frequency(index: Any) -> str | None:
    """The name of an index's frequency; ``None`` if it has none that its name stands for.

    Periods have theirs in their dtype.
    """
    name = None if isinstance(index, pd.PeriodIndex) else getattr(index, "freqstr", None)
    try:
        return name if name and pd.tseries.frequencies.to_offset(name) == index.freq else None
    except ValueError:
        return None


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


_COMPLEX = {"complex64": pa.float32(), "complex128": pa.float64()}


def _encode_complex(column: Any) -> Encoded:
    values = column.to_numpy()
    type_ = _COMPLEX[values.dtype.name]
    parts = [
        pa.array(np.ascontiguousarray(part).astype(part.dtype.newbyteorder("=")), type_)
        for part in (values.real, values.imag)
    ]
    return Encoded(pa.StructArray.from_arrays(parts, ["real", "imag"]), {"dtype": values.dtype.str})


def _decode_complex(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    made = np.empty(len(values), np.dtype(spec["dtype"]))
    made.real, made.imag = (pc.struct_field(values, [part]).to_numpy() for part in (0, 1))
    return pd.Series(made)


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
    index = column.cat.categories
    categories, spec, metadata = encode_column(column_of(index))
    codes = column.cat.codes.to_numpy()
    values = categories.take(pa.array(codes.astype(np.int64), mask=codes < 0))
    if metadata:
        metadata = mixed.metadata_of(column.dropna())
    stored = {
        "categories": array_to_text(categories),
        "of": spec,
        "ordered": column.cat.ordered,
        "freq": frequency(index),
    }
    return Encoded(values, stored, metadata)


def _decode_category(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    categories = _decode_array(array_from_text(spec["categories"]), spec["of"])
    index = index_of(categories, spec.get("freq"))
    codes = np.full(len(values), -1, np.int64)
    present = decode_column(values.drop_null(), spec["of"])
    codes[values.is_valid().to_numpy()] = index.get_indexer(index_of(present))
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
    plain_fill = not isinstance(column.dtype.fill_value, np.generic)
    stored = {"of": spec, "fill": array_to_text(fill.values), "plain_fill": plain_fill}
    return Encoded(values, stored, metadata)


def _decode_sparse(values: pa.ChunkedArray, spec: dict[str, Any]) -> Any:
    dense = decode_column(values, spec["of"])
    fill = _decode_array(array_from_text(spec["fill"]), spec["of"]).iloc[0]
    if spec.get("plain_fill") and isinstance(fill, np.generic):
        fill = fill.item()
    return dense.astype(pd.SparseDtype(dense.dtype, fill))


# The kinds ---------------------------------------------------------------------------------------


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
    "complex": _Kind(
        lambda dtype: isinstance(dtype, np.dtype) and dtype.name in _COMPLEX,
        _encode_complex,
        _decode_complex,
    ),
    "object": _Kind(lambda dtype: bool(dtype == np.dtype(object)), encode_objects, decode_objects),
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
