"""pandas frames and series: by value into Arrow, with what restores them beside it.

Missing values of any spelling are null; categoricals are their values; an index that is not a
range is a column (or several) at the end, named as pandas names it in Parquet files.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from mlsnap.data.carriers.pandas_columns import decode_column, encode_column
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
        If columns would come back other than they were; they are named.
    """
    series = isinstance(carried, pd.Series)
    frame = carried.to_frame() if series else carried
    names = unique_names([_text(label) for label in frame.columns])
    labels, levels = _index_columns(frame, names)
    columns = [frame.iloc[:, position] for position in range(frame.shape[1])] + levels
    encoded = [_encode(name, column) for name, column in zip(names + labels, columns, strict=True)]
    carrier = {
        "carrier": "pandas",
        "series": series,
        "nameless": series and carried.name is None,
        "rows": len(frame),
        "columns": [spec for _, _, spec in encoded],
        "labels": _encode_labels(frame.columns),
        "index": _index(frame.index, len(levels)),
        "attrs": _attrs(frame),
        "inexact": _inexact(names + labels, columns, encoded),
    }
    fields = [field for field, _, _ in encoded]
    arrays = [array for _, array, _ in encoded]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    return Rows.of_table(table, carrier=carrier)


def decode(table: pa.Table, carrier: dict[str, Any] | None) -> Any:
    """The frame or series; a frame with a range index where there is no carrier."""
    if carrier is None:
        return table.to_pandas()
    columns = [
        decode_column(array, spec)
        for array, spec in zip(table.columns, carrier["columns"], strict=True)
    ]
    data = len(columns) - carrier["index"]["levels"]
    frame = pd.DataFrame(dict(enumerate(columns[:data])), index=range(carrier["rows"]))
    frame.index = _decode_index(columns[data:], carrier["index"])
    frame.columns = _decode_labels(carrier["labels"])
    frame.attrs = dict(carrier["attrs"])
    if not carrier["series"]:
        return frame
    return frame.iloc[:, 0].rename(None) if carrier["nameless"] else frame.iloc[:, 0]


def _text(label: Any) -> str:
    return label if isinstance(label, str) else str(label)


def _encode(name: str, column: Any) -> tuple[pa.Field, pa.Array, dict[str, Any]]:
    try:
        array, spec, metadata = encode_column(column)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise SourceError(
            f"column {name!r} (dtype {column.dtype}) cannot be stored: {error}",
            "drop the column, or turn its values into text or numbers",
        ) from error
    return pa.field(name, array.type, metadata=metadata), array, spec


def _inexact(names: list[str], columns: list[Any], encoded: list[Any]) -> list[str]:
    """Names of the columns that decoding would not give back as they are."""
    found = [
        name
        for name, column, (_, array, spec) in zip(names, columns, encoded, strict=True)
        if not _same(column, decode_column(pa.chunked_array([array]), spec))
    ]
    if found:
        warnings.warn(
            f"columns {', '.join(map(repr, found))} hold values that come back in another form "
            "(the digest and the profile are right); store them as text or numbers to be exact",
            MlsnapWarning,
            stacklevel=2,
        )
    return found


def _same(column: Any, decoded: Any) -> bool:
    values = column.reset_index(drop=True)
    try:
        pd.testing.assert_series_equal(
            values, decoded, check_exact=True, check_freq=False, check_names=False
        )
    except (AssertionError, ValueError, TypeError):
        return False
    return values.dtype != object or _same_types(values, decoded)


def _same_types(values: Any, decoded: Any) -> bool:
    return all(type(a) is type(b) for a, b in zip(values, decoded, strict=True))


def _index_columns(frame: Any, names: list[str]) -> tuple[list[str], list[Any]]:
    index = frame.index
    if isinstance(index, pd.RangeIndex):
        return [], []
    labels = [
        f"__index_level_{level}__" if name is None else _text(name)
        for level, name in enumerate(index.names)
    ]
    levels = [index.get_level_values(level).to_series() for level in range(index.nlevels)]
    return unique_names(names + labels)[len(names) :], levels


def _index(index: Any, levels: int) -> dict[str, Any]:
    names = [_encode_labels(pd.Index([name])) if name is not None else None for name in index.names]
    described: dict[str, Any] = {"levels": levels, "names": names}
    if not levels:
        described["range"] = [index.start, index.stop, index.step]
    elif not isinstance(index, pd.MultiIndex):
        described["freq"] = getattr(index, "freqstr", None)
    return described


def _decode_index(levels: list[Any], described: dict[str, Any]) -> Any:
    names = [None if name is None else _decode_labels(name)[0] for name in described["names"]]
    if "range" in described:
        return pd.RangeIndex(*described["range"], name=names[0])
    if len(levels) > 1 or "freq" not in described:
        return pd.MultiIndex.from_arrays([level.array for level in levels], names=names)
    index = pd.Index(levels[0].array, name=names[0], dtype=levels[0].dtype)
    if described["freq"]:
        index.freq = described["freq"]  # type: ignore[attr-defined]
    return index


def _encode_labels(labels: Any) -> dict[str, Any]:
    """Column labels: text as it is, other kinds as a one-column Arrow stream."""
    name = labels.names[0] if labels.nlevels == 1 else None
    if labels.nlevels > 1:
        rows = [_encode_labels(pd.Index(list(row), dtype=object)) for row in labels]
        return {"multi": rows, "names": [_text(n) if n is not None else None for n in labels.names]}
    kept = {"name": name if name is None else _text(name)}
    if isinstance(labels, pd.RangeIndex):
        return {"range": [labels.start, labels.stop, labels.step], **kept}
    array, spec, _ = encode_column(pd.Series(labels.array))
    if not _is_plain(array.type):
        return {"texts": [_text(label) for label in labels], **kept}
    return {"values": array.to_pylist(), "type": str(array.type), "spec": spec, **kept}


def _decode_labels(stored: dict[str, Any]) -> Any:
    if "range" in stored:
        return pd.RangeIndex(*stored["range"], name=stored["name"])
    if "multi" in stored:
        rows = [tuple(_decode_labels(row)) for row in stored["multi"]]
        return pd.MultiIndex.from_tuples(rows, names=stored["names"])
    if "texts" in stored:
        return pd.Index(stored["texts"], name=stored["name"])
    array = pa.array(stored["values"], pa.type_for_alias(stored["type"]))
    decoded = decode_column(pa.chunked_array([array]), stored["spec"])
    return pd.Index(decoded.array, name=stored["name"], dtype=decoded.dtype)


def _is_plain(type_: pa.DataType) -> bool:
    """Whether JSON holds values of the type."""
    tests = (pa.types.is_integer, pa.types.is_large_string, pa.types.is_string,
             pa.types.is_boolean, pa.types.is_float64)
    return any(test(type_) for test in tests)


def _attrs(frame: Any) -> dict[str, Any]:
    try:
        return json.loads(json.dumps(frame.attrs))  # type: ignore[no-any-return]
    except (TypeError, ValueError):
        return {}
