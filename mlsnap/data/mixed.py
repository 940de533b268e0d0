"""Columns of Python objects of several types: each value as JSON text that names its type."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from mlsnap.values import scalars
from mlsnap.values.scalars import Scalar

KEY = b"mlsnap.mixed"
"""Metadata of a field whose texts are such values: how many there are of each type, as JSON."""

_TYPES = (str, int, float, bool)


def is_mixed(field: pa.Field) -> bool:
    """Whether the texts of ``field`` are values of several types."""
    return bool(field.metadata and KEY in field.metadata)


def type_counts(field: pa.Field) -> dict[str, int]:
    """How many values of each type a mixed ``field`` held when it was encoded."""
    return dict(json.loads(field.metadata[KEY]))


def metadata_of(values: Iterable[object]) -> dict[bytes, bytes]:
    """Metadata of the field that will hold ``values``."""
    return metadata_of_counts(Counter(type(_plain(value)).__name__ for value in values))


def metadata_of_counts(counts: Mapping[str, int]) -> dict[bytes, bytes]:
    """Metadata of a field with ``counts`` values of each type."""
    return {KEY: json.dumps(counts, sort_keys=True).encode()}


def to_text(value: Any) -> str:
    """``value`` as JSON; `TypeError` if it is none of the types that cells can have."""
    value = _plain(value)
    stored = scalars.to_json(value)
    if type(value) in _TYPES or (isinstance(stored, dict) and not isinstance(value, dict)):
        return json.dumps(stored)
    raise TypeError(f"a {type(value).__name__} among values of other types")


def _plain(value: Any) -> Any:
    """A scalar of NumPy as Python's own."""
    return value.item() if isinstance(value, np.generic) else value


def from_text(text: str) -> Scalar:
    """The value that `to_text` made ``text`` of."""
    return scalars.from_json(json.loads(text))  # type: ignore[no-any-return]
