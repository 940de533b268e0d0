"""Two profiles, compared."""

from __future__ import annotations

from collections.abc import Sequence

from mlsnap.comparing.columns import compare_columns
from mlsnap.comparing.distances import DISTANCES, DistanceFunction
from mlsnap.errors import NotFoundError, near
from mlsnap.values.difference import Difference, Retyped
from mlsnap.values.profile import Profile


def compare_profiles(
    reference: Profile,
    current: Profile,
    *,
    include_columns: Sequence[str] | None = None,
    exclude_columns: Sequence[str] | None = None,
    histogram_compare_method: str | None = "wasserstein",
    reference_name: str = "reference",
    current_name: str = "current",
) -> Difference:
    """What differs between two profiles; every difference is current - reference.

    Parameters
    ----------
    include_columns
        Names of the columns to look at; all if not given.
    exclude_columns
        Names of columns to leave out, also of the included ones.
    histogram_compare_method
        Name of a distance in upper or lower case (``"wasserstein"``, ``"energy"``); ``None``
        for all of them.
    reference_name, current_name
        What the two sides are called in the result.

    Raises
    ------
    NotFoundError
        If a column is in neither profile, or there is no such distance.
    """
    excluded = _excluded(reference, current, include=include_columns, exclude=exclude_columns)
    distances = _distances(histogram_compare_method)
    before = [column for column in reference if column.name not in excluded]
    shared = [(column, current[column.name]) for column in before if column.name in current]
    return Difference(
        reference=reference_name,
        current=current_name,
        reference_rows=reference.row_count,
        current_rows=current.row_count,
        identical=reference.digest == current.digest,
        columns=tuple(
            compare_columns(old, new, distances=distances)
            for old, new in shared
            if old.type == new.type
        ),
        added=tuple(n for n in current.names if n not in reference and n not in excluded),
        removed=tuple(column.name for column in before if column.name not in current),
        retyped=tuple(
            Retyped(old.name, str(old.type), str(new.type))
            for old, new in shared
            if old.type != new.type
        ),
        excluded=tuple(excluded),
    )


def _excluded(
    reference: Profile,
    current: Profile,
    *,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
) -> dict[str, None]:
    """Names of the columns left out, in the reference's order and then the current's."""
    known = dict.fromkeys((*reference.names, *current.names))
    included = set(known if include is None else _checked(include, known))
    excluded = set(_checked(exclude or (), known))
    return dict.fromkeys(n for n in known if n not in included or n in excluded)


def _checked(names: Sequence[str], known: dict[str, None]) -> list[str]:
    chosen = [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in known:
            raise NotFoundError(
                f"column {name!r} is in neither profile{near(str(name), known)}",
                "include_columns and exclude_columns take names of columns of either side",
            )
    return chosen


def _distances(method: str | None) -> dict[str, DistanceFunction]:
    if method is None:
        return DISTANCES
    name = str(method).lower()
    if name not in DISTANCES:
        raise NotFoundError(
            f"no distance {method!r}{near(name, DISTANCES)}",
            f"choose one of {', '.join(DISTANCES)}, or None for all",
        )
    return {name: DISTANCES[name]}
