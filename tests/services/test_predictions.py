"""Predictions of two models, compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlsnap.services.reproduction.judging.predicted import arrays_of, compare
from mlsnap.values.reproduction import Pair, Tolerance, Verdict


def compared(before: Any, after: Any, rtol: float = 1e-6, atol: float = 0.0) -> Pair:
    return compare("model", arrays_of(before), arrays_of(after), Tolerance(rtol, atol))


@pytest.mark.parametrize(
    ("before", "after", "verdict", "note"),
    [
        ([1.0, np.nan], [1.0, np.nan], Verdict.IDENTICAL, None),
        ([1.0, 2.0], [1.0, 2.0 + 1e-9], Verdict.EQUIVALENT, "1 of 2 differ, by 1e-09 at most"),
        ([1.0, 2.0], [1.0, 2.5], Verdict.DIFFERENT, "1 of 2 differ, by 0.5 at most"),
        ([1.0, np.inf], [1.0, 2.0], Verdict.DIFFERENT, "1 of 2 differ, by infinite at most"),
        ([1.0], [1.0, 2.0], Verdict.DIFFERENT, "the shape (1,) became (2,)"),
        (["a", "b"], ["a", "b"], Verdict.IDENTICAL, None),
        (["a", "b"], ["a", "c"], Verdict.DIFFERENT, "1 of 2 differ"),
        ([1, 2], [1, 3], Verdict.DIFFERENT, "1 of 2 differ, by 1 at most"),
        ([], [], Verdict.IDENTICAL, None),
    ],
)
def test_predictions_are_compared_value_by_value(
    before: list[Any], after: list[Any], verdict: Verdict, note: str | None
) -> None:
    pair = compared(before, after)

    assert (pair.verdict, pair.note) == (verdict, note)


def test_an_absolute_tolerance_holds_near_zero() -> None:
    assert compared([0.0], [1e-12]).verdict is Verdict.DIFFERENT
    assert compared([0.0], [1e-12], atol=1e-10).verdict is Verdict.EQUIVALENT


def test_frames_are_compared_output_by_output() -> None:
    before, after = pd.DataFrame({"a": [1.0], "b": [2.0]}), pd.DataFrame({"a": [1.0], "b": [3.0]})

    assert compared(before, before.copy()).verdict is Verdict.IDENTICAL
    assert compared(before, after).verdict is Verdict.DIFFERENT
    assert compared(before, before[["a"]]).note == "outputs a, b became a"


@pytest.mark.parametrize("wrap", [np.array, pd.Series, list, lambda each: {"y": each}])
def test_what_carries_the_predictions_does_not_matter(wrap: Any) -> None:
    assert compared(wrap([1.0, 2.0]), wrap([1.0, 2.0])).verdict is Verdict.IDENTICAL


def test_missing_labels_are_equal() -> None:
    assert compared(pd.Series(["a", None]), pd.Series(["a", None])).verdict is Verdict.IDENTICAL


def test_long_arrays_in_cells_are_compared_to_their_last_value() -> None:
    before, after = np.zeros(2000), np.zeros(2000)
    after[1000] = 1e-12
    found = compared({"e": cells(before)}, {"e": cells(after)})
    assert (found.verdict, found.note) == (Verdict.DIFFERENT, "1 of 1 differ")


def cells(*values: Any) -> Any:
    """An output whose values are arrays."""
    return pd.Series(list(values), dtype=object)
