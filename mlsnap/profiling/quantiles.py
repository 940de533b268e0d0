"""Quantiles and whiskers of a column, from its sorted values."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from mlsnap.values.profile import QUANTILES

Number = int | float

_THOUSANDTHS = [round(share * 1000) for share in QUANTILES.values()]


def quantiles_of(ordered: NDArray[Any]) -> tuple[Number, ...]:
    """The nine stored quantiles of sorted values; one at least.

    The averaged inverse CDF: type 2 of Hyndman & Fan, "Sample quantiles in statistical
    packages" (1996), NumPy's ``averaged_inverted_cdf``. Ranks are computed in integers. A
    quantile of integers that is one itself is an integer, so large ones stay exact.
    """
    return tuple(_quantile(ordered, share) for share in _THOUSANDTHS)


def whiskers_of(ordered: NDArray[Any], low: Number, high: Number) -> tuple[Number, Number]:
    """The extreme values within 1.5 interquartile ranges of the quartiles (Tukey 1977).

    Parameters
    ----------
    ordered
        Sorted values, one at least.
    low, high
        Their quartiles.
    """
    reach = (float(high) - float(low)) * 1.5
    first = int(ordered.searchsorted(float(low) - reach, "left"))
    last = int(ordered.searchsorted(float(high) + reach, "right")) - 1
    return ordered[min(first, len(ordered) - 1)].item(), ordered[max(last, 0)].item()


def _quantile(ordered: NDArray[Any], thousandths: int) -> Number:
    rank, rest = divmod(len(ordered) * thousandths, 1000)
    upper: Number = ordered[rank].item()
    return upper if rest else _middle(ordered[rank - 1].item(), upper)


def _middle(lower: Number, upper: Number) -> Number:
    if isinstance(lower, int) and isinstance(upper, int):
        total = lower + upper
        return total / 2 if total % 2 else total // 2
    largest = max(abs(lower), abs(upper))
    return lower / 2 + upper / 2 if largest > 1e300 else (lower + upper) / 2
