"""Two profiles, compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlsnap.comparing.columns import compare_columns
from mlsnap.comparing.distances import DISTANCES, DistanceFunction
from mlsnap.comparing.selection import left_out
from mlsnap.errors import NotFoundError, near
from mlsnap.values.column import ColumnProfile
from mlsnap.values.difference import ColumnDifference, Difference, Retyped
from mlsnap.values.profile import Profile


def compare_profiles(
    reference: Profile,
    current: Profile,
    *,
    include_columns: Sequence[str] | None = None,
    exclude_columns: Sequence[str] | None = None,
    histogram_compare_method: str | Sequence[str] | None = "wasserstein",
    reference_name: str = "reference",
    current_name: str = "current",
    details: bool = True,
) -> Difference:
    """What differs between two profiles; every difference is current - reference.

    Parameters
    ----------
    include_columns
        Names of the columns to look at, or patterns of names (``price_*``; ``?`` and ``[ab]`` as
        in file names, case counts); all if not given. A column's exact name is no pattern.
    exclude_columns
        Names or patterns of columns to leave out, also of the included ones.
    histogram_compare_method
        Name of a distance in upper or lower case (``"wasserstein"``, ``"energy"``), or several;
        ``None`` for all of them.
    reference_name, current_name
        What the two sides are called in the result.
    details
        Whether to give the counts of values and the shapes to draw of each column, which take
        most of the space.

    Raises
    ------
    NotFoundError
        If a column is in neither profile, a pattern matches none, or there is no such distance.
    """
    known = list(dict.fromkeys((*reference.names, *current.names)))
    excluded = left_out(known, include=include_columns, exclude=exclude_columns)
    before = [name for name in reference.names if name not in excluded]
    after = [name for name in current.names if name not in excluded]
    shared = [name for name in before if name in current]
    differences = _differences(
        [(reference[name], current[name]) for name in shared],
        distances=_distances(histogram_compare_method),
        details=details,
    )
    return Difference(
        reference=reference_name,
        current=current_name,
        reference_rows=reference.row_count,
        current_rows=current.row_count,
        identical=reference.digest == current.digest,
        columns=tuple(each for each in differences if isinstance(each, ColumnDifference)),
        added=tuple(name for name in after if name not in reference),
        removed=tuple(name for name in before if name not in current),
        retyped=tuple(each for each in differences if isinstance(each, Retyped)),
        excluded=tuple(excluded),
        reordered=shared != [name for name in after if name in reference],
    )


def _differences(
    pairs: Sequence[tuple[ColumnProfile, ColumnProfile]],
    *,
    distances: Mapping[str, DistanceFunction],
    details: bool,
) -> list[ColumnDifference | Retyped]:
    found: list[ColumnDifference | Retyped] = []
    for old, new in pairs:
        difference = compare_columns(
            old, new, distances=distances, compared=len(pairs), details=details
        )
        same = old.type == new.type
        found.append(
            difference
            if same
            else Retyped(old.name, str(old.type), str(new.type), difference=difference)
        )
    return found


def _distances(method: str | Sequence[str] | None) -> dict[str, DistanceFunction]:
    if method is None:
        return DISTANCES
    methods = method if isinstance(method, list | tuple) else [method]
    return {name: DISTANCES[name] for name in map(_distance_name, methods)}


def _distance_name(method: object) -> str:
    name = str(method).lower()
    if name not in DISTANCES:
        raise NotFoundError(
            f"no distance {method!r}{near(name, DISTANCES)}",
            f"choose one of {', '.join(DISTANCES)}, or None for all",
        )
    return name
