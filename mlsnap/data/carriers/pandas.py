"""pandas frames and series: by value into Arrow, with what restores them beside it.

Missing values of any spelling are null; categoricals are their values; an index that is not a
range is a column (or several) at the end, named as pandas names it in Parquet files.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

import pandas as pd
import pyarrow as pa

from mlsnap.data.carriers.pandas_columns import Encoded, decode_column, encode_column
from mlsnap.data.carriers.pandas_labels import (
    decode_labels,
    decode_name,
    encode_labels,
    encode_name,
)
from mlsnap.data.rows import Rows, unique_names
from mlsnap.errors import MlsnapWarning, SourceError


def encode(carried: Any) -> Rows:
    """The rows of a frame or series.

    Raises
    ------
    SourceError
        If a column holds objects that have no stored form; it is named.

    Warns
    -----
    MlsnapWarning
        When the carrier is asked for: if something would come back other than it was (columns,
        labels, index, attrs; by name).
    """
    columns = _columns(carried.to_frame() if isinstance(carried, pd.Series) else carried)
    encoded = {name: _encode(name, column) for name, column in columns.items()}
    fields = [pa.field(k, each.values.type, metadata=each.metadata) for k, each in encoded.items()]
    table = pa.Table.from_arrays([e.values for e in encoded.values()], schema=pa.schema(fields))
    specs = [each.spec for each in encoded.values()]
    return Rows.of_table(table, describe_carrier=lambda: _carrier(carried, table, specs))


def _carrier(carried: Any, table: pa.Table, specs: list[dict[str, Any]]) -> dict[str, Any]:
    series = isinstance(carried, pd.Series)
    frame = carried.to_frame() if series else carried
    carrier = {
        "carrier": "pandas",
        "series": series,
        "nameless": series and carried.name is None,
        "rows": len(frame),
        "columns": specs,
        "labels": encode_labels(frame.columns),
        "index": _encode_index(frame.index),
        "attrs": _json(frame.attrs),
    }
    return carrier | {"inexact": _warned(_inexact(carried, frame, decode(table, carrier)))}


def decode(table: pa.Table, carrier: dict[str, Any] | None) -> Any:
    """The frame or series; a frame with a range index where there is no carrier."""
    if carrier is None:
        return table.to_pandas(types_mapper=_nullable(table).get)
    columns = [
        decode_column(values, spec)
        for values, spec in zip(table.columns, carrier["columns"], strict=True)
    ]
    data = len(columns) - carrier["index"]["levels"]
    frame = pd.DataFrame(dict(enumerate(columns[:data])), index=range(carrier["rows"]))
    frame.index = _decode_index(columns[data:], carrier["index"])
    frame.columns = decode_labels(carrier["labels"])
    frame.attrs = dict(carrier["attrs"])
    if not carrier["series"]:
        return frame
    return frame.iloc[:, 0].rename(None) if carrier["nameless"] else frame.iloc[:, 0]


def _nullable(table: pa.Table) -> dict[pa.DataType, Any]:
    """Nullable dtypes where nulls would turn integers into floats and booleans into objects."""
    holed = {column.type for column in table.columns if column.null_count}
    return {type_: dtype for type_, dtype in _NULLABLE.items() if type_ in holed}


_NULLABLE = {
    pa.bool_(): pd.BooleanDtype(),
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
}


def _columns(frame: Any) -> dict[str, Any]:
    """The frame's columns, then the levels of its index, by the names they have in the table."""
    columns = [column for _, column in frame.items()]
    names = [str(label) for label in frame.columns]
    if not isinstance(frame.index, pd.RangeIndex):
        for level, name in enumerate(frame.index.names):
            names.append(f"__index_level_{level}__" if name is None else str(name))
            columns.append(pd.Series(frame.index.get_level_values(level).array))
    return dict(zip(unique_names(names), columns, strict=True))


def _encode(name: str, column: Any) -> Encoded:
    try:
        return encode_column(column)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise SourceError(
            f"column {name!r} (dtype {column.dtype}) cannot be stored: {error}",
            "drop the column, or turn its values into text or numbers",
        ) from error


def _encode_index(index: Any) -> dict[str, Any]:
    described = {"levels": 0, "names": [encode_name(name) for name in index.names]}
    if isinstance(index, pd.RangeIndex):
        return described | {"range": [index.start, index.stop, index.step]}
    multi = isinstance(index, pd.MultiIndex)
    freq = getattr(index, "freqstr", None)
    return described | {"levels": index.nlevels, "multi": multi, "freq": freq}


def _decode_index(levels: list[Any], described: dict[str, Any]) -> Any:
    names = [decode_name(name) for name in described["names"]]
    if "range" in described:
        return pd.RangeIndex(*described["range"]).rename(names[0])
    if described["multi"]:
        return pd.MultiIndex.from_arrays([level.array for level in levels], names=names)
    index: Any = pd.Index(levels[0].array, name=names[0], dtype=levels[0].dtype)
    if described["freq"] and not isinstance(index, pd.PeriodIndex):
        index.freq = described["freq"]
    return index


def _json(attrs: dict[Any, Any]) -> dict[str, Any]:
    try:
        return json.loads(json.dumps(attrs))  # type: ignore[no-any-return]
    except (TypeError, ValueError):
        return {}


def _warned(inexact: list[str]) -> list[str]:
    if inexact:
        warnings.warn(
            f"{', '.join(inexact)} would come back in another form (the digest and the profile "
            "are right); store texts, numbers or dates to be exact",
            MlsnapWarning,
            stacklevel=3,
        )
    return inexact


def _inexact(carried: Any, frame: Any, decoded: Any) -> list[str]:
    """What decoding does not give back as it was."""
    columns = _columns(frame)
    found = _columns(decoded.to_frame() if isinstance(decoded, pd.Series) else decoded)
    names = [name for name in columns if not _same(columns[name], found[name])]
    rest = {
        f"class {type(carried).__name__}": type(carried) is type(decoded),
        "the index": _same_labels(carried.index, decoded.index),
        "the labels": carried.ndim == 1 or _same_labels(carried.columns, decoded.columns),
        "attrs": carried.attrs == decoded.attrs,
    }
    others = [what for what, same in rest.items() if not same]
    return [*(f"column {name!r}" for name in names), *others]


def _same(column: Any, decoded: Any) -> bool:
    values = column.reset_index(drop=True)
    try:
        pd.testing.assert_series_equal(
            values, decoded.reset_index(drop=True), check_exact=True, check_names=False
        )
    except (AssertionError, ValueError, TypeError):
        return False
    if values.dtype != object:
        return True
    pairs = zip(values, decoded, strict=True)
    return all(type(a) is type(b) and str(a) == str(b) for a, b in pairs)


def _same_labels(labels: Any, decoded: Any) -> bool:
    try:
        pd.testing.assert_index_equal(labels, decoded, exact=True)
    except (AssertionError, ValueError, TypeError):
        return False
    return getattr(labels, "freq", None) == getattr(decoded, "freq", None)
