"""Two profiles of one column, compared."""

from __future__ import annotations

from collections.abc import Mapping

from mlsnap.comparing.counts import in_percent, value_counts
from mlsnap.comparing.distances import DistanceFunction
from mlsnap.comparing.pair import Pair
from mlsnap.comparing.scale import subtracted
from mlsnap.comparing.shapes import shapes_of
from mlsnap.comparing.usual import usual_of
from mlsnap.values.column import ColumnProfile
from mlsnap.values.difference import ColumnDifference, Moments


def compare_columns(
    reference: ColumnProfile,
    current: ColumnProfile,
    *,
    distances: Mapping[str, DistanceFunction],
    compared: int = 1,
    details: bool = True,
) -> ColumnDifference:
    """What differs between two columns, one of so many ``compared``, with each of ``distances``.

    Without ``details``, counts of values and shapes to draw are left out.
    """
    pair = Pair(reference, current)
    found = {name: distance(pair) for name, distance in distances.items()}
    return ColumnDifference(
        name=reference.name,
        type=str(reference.type),
        count_in_percent=in_percent(reference.count, current.count),
        missing_in_percent=in_percent(reference.missing_count, current.missing_count),
        not_missing_in_percent=in_percent(reference.not_missing_count, current.not_missing_count),
        error_in_percent=in_percent(reference.error_count, current.error_count),
        empty_in_percent=in_percent(reference.empty_count, current.empty_count),
        percent_missing=current.percent_missing - reference.percent_missing,
        percent_not_finite=current.percent_not_finite - reference.percent_not_finite,
        min=subtracted(reference.min, current.min),
        max=subtracted(reference.max, current.max),
        median=subtracted(reference.quantile("50%"), current.quantile("50%")),
        quantiles=_quantiles(reference, current),
        moments=_moments(reference, current),
        value_counts=value_counts(reference, current) if details else (),
        distances=found,
        arrow_types=_arrow_types(reference, current),
        shapes=shapes_of(pair) if details else None,
        usual=usual_of(pair, found, columns=compared),
    )


def _arrow_types(reference: ColumnProfile, current: ColumnProfile) -> tuple[str, str] | None:
    both = (reference.arrow_type, current.arrow_type)
    return both if both[0] != both[1] else None


def _quantiles(reference: ColumnProfile, current: ColumnProfile) -> tuple[float, ...] | None:
    if not reference.quantiles or not current.quantiles:
        return None
    pairs = zip(reference.quantiles, current.quantiles, strict=True)
    changes = [subtracted(before, after) for before, after in pairs]
    known = tuple(change for change in changes if change is not None)
    return known if len(known) == len(changes) else None


def _moments(reference: ColumnProfile, current: ColumnProfile) -> Moments:
    return Moments(
        mean=subtracted(reference.mean, current.mean),
        standard_deviation=subtracted(reference.standard_deviation, current.standard_deviation),
        variance=subtracted(reference.variance, current.variance),
        skewness=subtracted(reference.skewness, current.skewness),
        kurtosis=subtracted(reference.kurtosis, current.kurtosis),
    )
