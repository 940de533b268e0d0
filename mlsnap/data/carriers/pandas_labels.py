"""Labels and names of a pandas frame as JSON."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

from mlsnap.data.carriers.pandas_columns import (
    column_of,
    decode_column,
    encode_column,
    frequency,
    index_of,
)
from mlsnap.data.carriers.pandas_objects import NO_FORM
from mlsnap.data.carriers.stored import array_from_text, array_to_text
from mlsnap.values import scalars


def encode_labels(labels: Any) -> dict[str, Any]:
    """Column labels of any kind; a single one that has no stored form as text."""
    names = [encode_name(name) for name in labels.names]
    if isinstance(labels, pd.MultiIndex):
        levels = [labels.get_level_values(level) for level in range(labels.nlevels)]
        return {"levels": [encode_labels(level) for level in levels], "names": names}
    if isinstance(labels, pd.RangeIndex):
        return {"range": [labels.start, labels.stop, labels.step], "names": names}
    try:
        values, spec, _ = encode_column(column_of(labels))
    except NO_FORM:
        return {"each": [encode_name(label) for label in labels], "names": names}
    return {
        "values": array_to_text(values),
        "spec": spec,
        "freq": frequency(labels),
        "names": names,
    }


def decode_labels(stored: dict[str, Any]) -> Any:
    """The labels that `encode_labels` made ``stored`` of."""
    names = [decode_name(name) for name in stored["names"]]
    if "levels" in stored:
        levels = [decode_labels(level) for level in stored["levels"]]
        return pd.MultiIndex.from_arrays(levels, names=names)
    if "range" in stored:
        return pd.RangeIndex(*stored["range"]).rename(names[0])
    if "each" in stored:
        each = [decode_name(label) for label in stored["each"]]
        return pd.Index(each, dtype=object, tupleize_cols=False).rename(names[0])
    return _decode_values(stored).rename(names[0])


def encode_name(name: Any) -> Any:
    """A label, or the name of an index: tuples as lists, what JSON cannot hold as text."""
    if isinstance(name, tuple):
        return {"tuple": [encode_name(each) for each in name]}
    stored = scalars.to_json(name.item() if hasattr(name, "item") else name)
    return stored if isinstance(stored, dict | str | int | float | None) else str(name)


def decode_name(stored: Any) -> Any:
    """The name that `encode_name` made ``stored`` of."""
    if isinstance(stored, dict) and "tuple" in stored:
        return tuple(decode_name(each) for each in stored["tuple"])
    return scalars.from_json(stored)


def _decode_values(stored: dict[str, Any]) -> Any:
    values = pa.chunked_array([array_from_text(stored["values"])])
    return index_of(decode_column(values, stored["spec"]), stored["freq"])
