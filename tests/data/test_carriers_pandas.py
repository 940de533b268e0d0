"""pandas objects come back from their rows, and from a copy of these, as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from frame_shapes import SHAPES

from mlsnap.data import carriers
from mlsnap.data.digest import digest_of
from mlsnap.data.formats import parquet
from mlsnap.data.parts import write_parts


def assert_same(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    check = pd.testing.assert_series_equal if expected.ndim == 1 else pd.testing.assert_frame_equal
    check(found, expected, check_exact=True)
    assert found.attrs == expected.attrs
    for cell, before in zip(_objects(found), _objects(expected), strict=True):
        assert type(cell) is type(before)
        assert str(cell) == str(before)


def _objects(carried: Any) -> list[Any]:
    columns = carried.to_frame() if carried.ndim == 1 else carried
    kept = [columns.iloc[:, i] for i in range(columns.shape[1])]
    return [cell for column in kept if column.dtype == object for cell in column]


@pytest.mark.parametrize("shape", SHAPES)
def test_comes_back_from_its_rows(shape: str):
    rows = carriers.encode(SHAPES[shape])

    assert_same(carriers.decode(rows.table(), rows.carrier), SHAPES[shape])


@pytest.mark.parametrize("shape", SHAPES)
def test_comes_back_from_a_copy_with_its_carrier_as_json(shape: str, tmp_path: Path):
    rows = carriers.encode(SHAPES[shape])
    digest = digest_of(rows.table())
    files = [tmp_path / name for name in write_parts(rows.table(), tmp_path, digest=digest)]

    stored = parquet.read(files, {}, base=tmp_path).table()
    carrier = json.loads(json.dumps(rows.carrier))

    assert_same(carriers.decode(stored, carrier), SHAPES[shape])
