"""What measures should not exceed between two tables that are alike."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mlsnap.comparing.pair import Pair
from mlsnap.values.difference import Distance

FLOORS = {
    "kolmogorov_smirnov": 0.1,
    "total_variation": 0.1,
    "percent_missing": 0.05,
    "percent_not_finite": 0.05,
}
"""Smaller changes are no alarm, however sure it is that they are no chance."""

ALPHA = 0.001
"""Probability that chance alone raises any alarm in a whole table."""


def usual_of(pair: Pair, distances: Mapping[str, Distance], *, columns: int) -> dict[str, float]:
    """By measure, what should not be exceeded in one of so many compared columns.

    Each is the measure's floor, or what two random samples of the same rows exceed with a
    probability of `ALPHA` divided by the number of alarms in the table (Bonferroni). With n and m
    rows and s = 1 / n + 1 / m, a probability d is left beyond

    - √(s ln(2 / d) / 2) by the Kolmogorov-Smirnov statistic (Dvoretzky, Kiefer & Wolfowitz 1956,
      with the constant of Massart 1990; Wei & Dudley 2012 for two samples), and by the difference
      of two shares of missing rows, or of NaN and infinite ones (Hoeffding 1963);
    - √(s (k - 1)) / 2 + √(s ln(1 / d) / 2) by the total variation distance over k classes: the
      first term bounds its mean (Cauchy-Schwarz), the second the rest (McDiarmid 1989).

    Measures that are not defined in the column, or were not computed, are left out.
    """
    chance = ALPHA / (3 * columns)
    rows = _spread(pair.reference.count, pair.current.count)
    held = _spread(*_rows_with_value(pair))
    chances = {"percent_missing": _tail(rows, chance / 2)}
    if pair.reference.percent_not_finite or pair.current.percent_not_finite:
        chances["percent_not_finite"] = chances["percent_missing"]
    if _is_known(distances.get("kolmogorov_smirnov")):
        chances["kolmogorov_smirnov"] = _tail(held, chance / 2)
    elif _is_known(distances.get("total_variation")):
        mean = math.sqrt(held * max(_classes(pair) - 1, 0)) / 2
        chances["total_variation"] = mean + _tail(held, chance)
    if not math.isfinite(rows):
        return {}
    return {name: max(FLOORS[name], chances[name]) for name in FLOORS if name in chances}


def _tail(spread: float, chance: float) -> float:
    return math.sqrt(spread * math.log(1 / chance) / 2)


def _spread(reference: int, current: int) -> float:
    return 1 / reference + 1 / current if reference and current else math.inf


def _rows_with_value(pair: Pair) -> tuple[int, int]:
    if pair.no_axis is None:
        return pair.overlay.rows
    return pair.reference.not_missing_count, pair.current.not_missing_count


def _classes(pair: Pair) -> int:
    """Values stored on either side, and one for all others."""
    return len(pair.categories.keys) + any(side.rest for side in pair.categories.sides)


def _is_known(distance: Distance | None) -> bool:
    return distance is not None and distance.least is not None
