"""Quantiles and whiskers of a column, from its sorted values."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from mlsnap.values.profile import QUANTILES

_THOUSANDTHS = [round(share * 1000) for share in QUANTILES.values()]


def quantiles_of(ordered: NDArray[Any]) -> tuple[int | float, ...] | None:
    """The nine stored quantiles of sorted values; ``None`` for no values.

    The averaged inverse CDF: type 2 of Hyndman & Fan, "Sample quantiles in statistical
    packages" (1996), NumPy's ``averaged_inverted_cdf``. Ranks are computed in integers. A
    quantile that is a value of the column keeps its type, so large integers stay exact.
    """
    if not len(ordered):
        return None
    return tuple(_quantile(ordered, share) for share in _THOUSANDTHS)


def whiskers_of(ordered: NDArray[Any], low: Any, high: Any) -> tuple[Any, Any]:
    """The extreme sorted values within 1.5 interquartile ranges of the quartiles (Tukey 1977)."""
    reach = (float(high) - float(low)) * 1.5
    first = ordered.searchsorted(float(low) - reach, "left")
    last = ordered.searchsorted(float(high) + reach, "right") - 1
    return ordered[min(first, len(ordered) - 1)].item(), ordered[max(last, 0)].item()


def _quantile(ordered: NDArray[Any], thousandths: int) -> int | float:
    rank, rest = divmod(len(ordered) * thousandths, 1000)
    upper = ordered[min(rank, len(ordered) - 1)].item()
    if rest or rank == 0:
        return upper  # type: ignore[no-any-return]
    lower = ordered[rank - 1].item()
    return lower if lower == upper else _middle(lower, upper)


def _middle(lower: int | float, upper: int | float) -> int | float:
    if isinstance(lower, int) and isinstance(upper, int):
        return (lower + upper) / 2
    return lower / 2 + upper / 2 if abs(lower) > 1e300 or abs(upper) > 1e300 else (lower + upper) / 2
