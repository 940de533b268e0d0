"""Numbers that stood row by row in memory stand so again: sums of them have the same last bits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlsnap.data import carriers


def again(frame: pd.DataFrame) -> pd.DataFrame:
    rows = carriers.encode(frame)
    return carriers.decode(rows.table(), rows.carrier)


ROWS = np.arange(12.0).reshape(4, 3)
BY_ROW = pd.DataFrame(ROWS, columns=list("abc"), copy=False)


@pytest.mark.parametrize(
    "frame",
    [
        BY_ROW,
        pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}),
        pd.concat([BY_ROW, pd.DataFrame({"target": [1.0, 0.0, 1.0, 0.0]})], axis=1),
        pd.concat([pd.DataFrame({"when": pd.date_range("2020", periods=4)}), BY_ROW], axis=1),
        BY_ROW.iloc[:1],
        BY_ROW.iloc[:0],
    ],
    ids=["by row", "by column", "with a target", "after dates", "one row", "no row"],
)
def test_a_frame_keeps_its_layout(frame: pd.DataFrame) -> None:
    brought = again(frame)

    pd.testing.assert_frame_equal(brought, frame)
    for name in frame.columns:
        pd.testing.assert_series_equal(brought[name], frame[name])
    assert _orders(brought) == _orders(frame)


def test_what_is_selected_from_it_has_the_same_order() -> None:
    frame = pd.concat([BY_ROW, pd.DataFrame({"target": [1.0, 0.0, 1.0, 0.0]})], axis=1)

    found, wanted = (each.drop(columns="target").to_numpy() for each in (again(frame), frame))

    assert found.flags.c_contiguous == wanted.flags.c_contiguous


def _orders(frame: pd.DataFrame) -> list[bool]:
    columns = [frame[name].to_numpy() for name in frame.columns]
    return [len(each) < 2 or each.flags.c_contiguous for each in columns]
