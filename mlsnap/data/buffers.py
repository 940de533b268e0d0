"""Arrow arrays as NumPy arrays and back, without a copy.

Arrow's own ways between the two import pandas, which takes longer than profiling a small table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_TYPES = {
    np.dtype(name): getattr(pa, name)()
    for name in (
        *(f"{sign}int{width}" for sign in ("", "u") for width in (8, 16, 32, 64)),
        *(f"float{width}" for width in (16, 32, 64)),
    )
}

_DTYPES = {type_: dtype for dtype, type_ in _TYPES.items()}


def to_numpy(array: pa.Array, dtype: Any = None) -> NDArray[Any]:
    """A read-only view of the values of a primitive ``array``; nulls hold anything.

    ``dtype`` is how to look at the buffer where the type is none of NumPy's numbers.
    """
    dtype = np.dtype(dtype) if dtype else _DTYPES[array.type]
    if not len(array):
        return np.empty(0, dtype)
    view = np.frombuffer(array.buffers()[1], dtype)[array.offset : array.offset + len(array)]
    view.flags.writeable = False
    return view


def to_arrow(values: NDArray[Any]) -> pa.Array:
    """An Arrow array of numbers without nulls, over the same memory."""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(
        _TYPES[values.dtype], len(values), [None, pa.py_buffer(values)], null_count=0
    )


def offsets_of(array: pa.Array) -> NDArray[np.int64]:
    """Where each value of a large text or binary ``array`` begins in `bytes_of`; one entry more
    than there are values.
    """
    buffer = array.buffers()[1]
    if buffer is None:
        return np.zeros(len(array) + 1, np.int64)
    return np.frombuffer(buffer, np.int64)[array.offset : array.offset + len(array) + 1]


def bytes_of(array: pa.Array) -> NDArray[np.uint8]:
    """All bytes that the offsets of a text or binary ``array`` point into."""
    data = array.buffers()[2]
    return np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
