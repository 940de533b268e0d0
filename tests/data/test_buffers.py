"""Looking at Arrow arrays through NumPy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import mlsnap
from mlsnap.data.buffers import to_numpy
from mlsnap.data.digest import digest_of


def test_a_view_of_an_array_cannot_be_written_to() -> None:
    view = to_numpy(pa.array(np.arange(3)))

    with pytest.raises(ValueError, match="read-only"):
        view.sort()


def test_profiling_leaves_the_rows_of_the_caller_in_their_order() -> None:
    values = np.random.default_rng(1).permutation(70_000)
    table = pa.table({"x": pa.array(values.copy())})
    digest = digest_of(table)

    profile = mlsnap.profile(table)

    assert profile.digest == digest
    assert table.column("x").to_pylist() == values.tolist()
