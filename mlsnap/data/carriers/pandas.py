"""pandas frames and series: by value into Arrow, with what restores them beside it.

Missing values of any spelling are null; categoricals are their values; an index that is not a
range is a column (or several) at the end, named as pandas names it in Parquet files.
"""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd
import pyarrow as pa

from mlsnap.data.carriers.pandas_attrs import decode_attrs, encode_attrs
from mlsnap.data.carriers.pandas_columns import (
    column_of,
    decode_column,
    encode_column,
    frequency,
    index_of,
    is_exact,
)
from mlsnap.data.carriers.pandas_labels import (
    decode_labels,
    decode_name,
    encode_labels,
    encode_name,
)
from mlsnap.data.carriers.pandas_layout import frame_of, rows_together
from mlsnap.data.carriers.pandas_objects import NO_FORM
from mlsnap.data.carriers.stored import Encoded
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
    attrs, left_out = encode_attrs(frame.attrs)
    carrier = {
        "carrier": "pandas",
        "series": series,
        "nameless": series and carried.name is None,
        "rows": len(frame),
        "columns": specs,
        "labels": encode_labels(frame.columns),
        "index": _encode_index(frame.index),
        "attrs": attrs,
        "unique_labels": not frame.flags.allows_duplicate_labels,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas' own, of dtypes and checks that will change
        inexact = _inexact(carried, frame, table, carrier)
    return carrier | {
        "rows_together": rows_together([column for _, column in frame.items()]),
        "inexact": _warned([*inexact, *(f"attrs {key}" for key in left_out)]),
    }


def decode(table: pa.Table, carrier: dict[str, Any] | None) -> Any:
    """The frame or series; a frame with a range index where there is no carrier."""
    if carrier is None:
        return table.to_pandas(types_mapper=_nullable(table).get)
    columns = [
        decode_column(values, spec)
        for values, spec in zip(table.columns, carrier["columns"], strict=True)
    ]
    data = len(columns) - carrier["index"]["levels"]
    frame = frame_of(columns[:data], carrier.get("rows_together", ()), rows=carrier["rows"])
    frame.index = _decode_index(columns[data:], carrier["index"])
    frame.columns = decode_labels(carrier["labels"])
    frame.attrs = decode_attrs(carrier["attrs"])
    frame = frame.set_flags(allows_duplicate_labels=not carrier.get("unique_labels", False))
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
    names = [_text(label) for label in frame.columns]
    if not isinstance(frame.index, pd.RangeIndex):
        for level, name in enumerate(frame.index.names):
            names.append(f"__index_level_{level}__" if name is None else _text(name))
            columns.append(column_of(frame.index.get_level_values(level)))
    return dict(zip(unique_names(names), columns, strict=True))


def _text(label: Any) -> str:
    """A label as the name of a column, which half a surrogate pair cannot stand in."""
    return str(label).encode("utf-8", "backslashreplace").decode()


def _encode(name: str, column: Any) -> Encoded:
    try:
        return encode_column(column)
    except NO_FORM as error:
        raise SourceError(
            f"column {name!r} (dtype {column.dtype}) cannot be stored: {error}",
            "drop the column, or turn its values into text or numbers",
        ) from error


def _encode_index(index: Any) -> dict[str, Any]:
    described = {"levels": 0, "names": [encode_name(name) for name in index.names]}
    if isinstance(index, pd.RangeIndex):
        return described | {"range": [index.start, index.stop, index.step]}
    multi = isinstance(index, pd.MultiIndex)
    levels = [index.get_level_values(level) for level in range(index.nlevels)]
    freqs = [frequency(level) for level in levels]
    return described | {"levels": index.nlevels, "multi": multi, "freqs": freqs}


def _decode_index(levels: list[Any], described: dict[str, Any]) -> Any:
    names = [decode_name(name) for name in described["names"]]
    if "range" in described:
        return pd.RangeIndex(*described["range"]).rename(names[0])
    indexes = [index_of(*each) for each in zip(levels, described["freqs"], strict=True)]
    if described["multi"]:
        return pd.MultiIndex.from_arrays(indexes, names=names)
    return indexes[0].rename(names[0])


def _warned(inexact: list[str]) -> list[str]:
    if inexact:
        warnings.warn(
            f"{', '.join(inexact)} would come back in another form (the digest and the profile "
            "are right); store texts, numbers or dates to be exact",
            MlsnapWarning,
            stacklevel=3,
        )
    return inexact


def _inexact(carried: Any, frame: Any, table: pa.Table, carrier: dict[str, Any]) -> list[str]:
    """What decoding does not give back as it was."""
    columns = _columns(frame)
    stored = list(zip(table.columns, carrier["columns"], strict=True))
    names = [
        name
        for (name, column), (values, spec) in zip(columns.items(), stored, strict=True)
        if not (is_exact(spec) or _same(column, decode_column(values, spec)))
    ]
    levels = stored[len(stored) - carrier["index"]["levels"] :]
    index = _decode_index([decode_column(*level) for level in levels], carrier["index"])
    rest = {
        f"class {type(carried).__name__}": type(carried) in (pd.DataFrame, pd.Series),
        "the index": _same_labels(carried.index, index),
        "the labels": carried.ndim == 1
        or _same_labels(carried.columns, decode_labels(carrier["labels"])),
    }
    others = [what for what, same in rest.items() if not same]
    return [*(f"column {name!r}" for name in names), *others]


def _same(column: Any, decoded: Any) -> bool:
    values = column.reset_index(drop=True)
    try:
        pd.testing.assert_series_equal(
            values, decoded.reset_index(drop=True), check_exact=True, check_names=False
        )
    except NotImplementedError:  # dtypes of Arrow that pandas does not know
        same_dtype = bool(values.dtype == decoded.dtype)
        return same_dtype and bool(_as_arrow(values).equals(_as_arrow(decoded)))
    except (AssertionError, ValueError, TypeError):
        return False
    if values.dtype != object:
        return True
    pairs = zip(values, decoded, strict=True)
    return all(type(a) is type(b) and str(a) == str(b) for a, b in pairs)


def _as_arrow(column: Any) -> pa.ChunkedArray:
    return pa.chunked_array(column.array.__arrow_array__())


def _same_labels(labels: Any, decoded: Any) -> bool:
    try:
        pd.testing.assert_index_equal(labels, decoded, exact=True)
    except (AssertionError, ValueError, TypeError):
        return False
    return getattr(labels, "freq", None) == getattr(decoded, "freq", None)
