"""NumPy arrays of one or two dimensions: columns named by their position."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.rows import Rows
from mlsnap.errors import SourceError


def encode(carried: NDArray[Any]) -> Rows:
    """The rows of an array. Structured, complex and object arrays are refused."""
    array = np.asarray(carried)
    if array.dtype.kind not in "biufMmUS":
        raise SourceError(
            f"an array of {array.dtype} cannot be stored",
            "pass a DataFrame with one type a column",
        )
    matrix = array.reshape(len(array), -1) if array.ndim == 1 else array
    columns = [_column(matrix[:, index]) for index in range(matrix.shape[1])]
    table = pa.table(columns, names=[str(index) for index in range(matrix.shape[1])])
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    carrier = {"carrier": "numpy", "dtype": array.dtype.str, "shape": list(array.shape)}
    return Rows.of_table(table, carrier=carrier | {"order": order})


def decode(table: pa.Table, carrier: dict[str, Any]) -> NDArray[Any]:
    """The array, with its dtype, shape and memory order."""
    dtype, shape = np.dtype(carrier["dtype"]), carrier["shape"]
    if not table.num_columns:
        return np.empty(shape, dtype, order=carrier["order"])
    columns = [_values(column, dtype) for column in table.columns]
    return np.stack(columns, axis=1).reshape(shape).copy(order=carrier["order"])


def _column(values: NDArray[Any]) -> pa.Array:
    if values.dtype.kind == "S":
        return pa.array(values.tolist(), pa.large_binary())
    return pa.array(values, from_pandas=False)


def _values(column: pa.ChunkedArray, dtype: np.dtype[Any]) -> NDArray[Any]:
    return column.to_numpy(zero_copy_only=False).astype(dtype)  # type: ignore[no-any-return]
