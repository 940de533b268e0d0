"""NumPy arrays of one or two dimensions: columns named by their position."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.rows import Rows
from mlsnap.errors import MlsnapWarning, SourceError


def encode(carried: NDArray[Any]) -> Rows:
    """The rows of an array. NaN stays NaN, NaT is null.

    Raises
    ------
    SourceError
        If the array is masked, or its dtype has no stored form (objects, complex, structured).

    Warns
    -----
    MlsnapWarning
        When the carrier is asked for: if the array would come back as a plain one
        (`numpy.matrix`).
    """
    if isinstance(carried, np.ma.MaskedArray):
        raise SourceError(
            "a masked array cannot be stored", "fill it, or pass a DataFrame with missing values"
        )
    array = np.asarray(carried)
    matrix = array[:, None] if array.ndim == 1 else array
    names = [str(index) for index in range(matrix.shape[1])]
    table = pa.table([_column(matrix[:, index]) for index in range(len(names))], names=names)
    return Rows.of_table(table, describe_carrier=lambda: _carrier(carried, array))


def decode(table: pa.Table, carrier: dict[str, Any]) -> NDArray[Any]:
    """The array, with its dtype, shape and memory order."""
    dtype, shape = np.dtype(carrier["dtype"]), carrier["shape"]
    array = np.empty(shape, dtype, order=carrier["order"])
    matrix = array[:, None] if array.ndim == 1 else array
    for index, column in enumerate(table.columns):
        matrix[:, index] = column.to_numpy().astype(dtype)
    return array


def _carrier(carried: NDArray[Any], array: NDArray[Any]) -> dict[str, Any]:
    _warn(carried)
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    carrier = {"carrier": "numpy", "dtype": array.dtype.str, "shape": list(array.shape)}
    return carrier | {"order": order}


def _warn(carried: NDArray[Any]) -> None:
    if type(carried) not in (np.ndarray, np.memmap):
        warnings.warn(
            f"a {type(carried).__name__} comes back as a plain array (the digest and the profile "
            "are right)",
            MlsnapWarning,
            stacklevel=3,
        )


def _column(values: NDArray[Any]) -> pa.Array:
    if values.dtype.kind == "S":
        return pa.array(values.tolist(), pa.large_binary())
    try:
        if values.dtype.kind not in "biufMmU":
            raise TypeError("it is neither number, boolean, date nor text")
        return pa.array(values.astype(values.dtype.newbyteorder("=")), from_pandas=False)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise SourceError(
            f"an array of {values.dtype} cannot be stored: {error}",
            "pass a DataFrame with one type a column, or an array of another dtype",
        ) from error
