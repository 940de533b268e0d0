"""How the data drifted over a series of snapshots, runs or batches."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mlsnap import settings
from mlsnap.comparing.profiles import compare_profiles
from mlsnap.comparing.selection import left_out
from mlsnap.errors import NotFoundError, SourceError
from mlsnap.services.comparison.series import (
    Member,
    Series,
    of_anything,
    of_experiment,
    of_runs,
    profiles_of,
)
from mlsnap.services.references import Named, find_profile
from mlsnap.values.difference import Difference
from mlsnap.values.drift import Drift, DriftStep
from mlsnap.values.names import is_name
from mlsnap.values.profile import Profile

FIRST, PREVIOUS = "first", "previous"

_WAYS = (
    "give a dataset (`mlsnap drift crime`), tables in their order, an experiment (experiment=, "
    "--experiment) or runs (runs=, --run)"
)

Read = tuple[Member, Profile]
Compare = Callable[[Named, Named], Difference]


def drift(
    what: Any = None,
    *,
    runs: Sequence[str] | None = None,
    experiment: str | None = None,
    against: Any = FIRST,
    include_columns: Sequence[str] | None = None,
    exclude_columns: Sequence[str] | None = None,
    histogram_compare_method: str | None = None,
    last: int | None = None,
    context: str | None = None,
) -> Drift:
    """How the data drifted over a series of snapshots, runs or batches, from profiles alone.

    Parameters
    ----------
    what
        The name of a dataset: its ready snapshots by number. Or a list of anything that has a
        profile (references, snapshots, tables, paths of files), in its order.
    runs
        Instead: ids of runs, in this order; the profiles of their inputs are read from the runs
        themselves, so they are there even if the snapshots are not.
    experiment
        Instead: name or id of an experiment of MLflow; the inputs of all its runs, oldest first.
        Runs without such an input are left out (`Drift.left_out` says how many), and so are
        those in MLflow's bin.
    against
        What each is compared with: ``"first"``, ``"previous"``, or a baseline: a reference
        (``"models:/crime/3"``: what that model was trained on), a snapshot, a table, a path; for a
        dataset also the name of one of its snapshots.
    include_columns, exclude_columns
        Only these columns; not these columns: names and patterns (``lat*``).
    histogram_compare_method
        The distance to compute; ``None`` for all.
    last
        How many to look at: the newest ones. By default all.
    context
        Which input of a run, where it has several; by default the one it was trained on.

    Raises
    ------
    NotFoundError
        If there is no such dataset, experiment, run, input, baseline or column, or nothing to
        follow; if a run that was named, or the baseline, has lost its profile. Where they were
        looked for, snapshots and runs that have lost theirs are left out, and
        `Drift.left_out` says so.
    SourceError
        If not exactly one of ``what``, ``runs`` and ``experiment`` is given, ``last`` is not at
        least 1, or there is a ``context`` and no runs.

    Examples
    --------
    >>> import pandas as pd
    >>> weeks = [pd.DataFrame({"x": [0, 1, 2, step]}) for step in (3, 3, 7)]
    >>> drift(weeks).series("x", "wasserstein")
    [None, 0.0, 1.0]
    """
    series = _series(what, runs, experiment, context=context, last=last)
    read, lost = _read(series)
    baseline = None if against in (FIRST, PREVIOUS) else _baseline(series, against)
    compare = _comparison(
        [profile for _, profile in read] + ([baseline.profile] if baseline else []),
        include=include_columns,
        exclude=exclude_columns,
        method=histogram_compare_method,
    )
    return Drift(
        title=series.title,
        against=baseline.name if baseline else against,
        steps=tuple(_steps(read, baseline or against, compare)),
        dataset=series.dataset,
        left_out=(*series.left_out, *lost),
    )


def _series(
    what: Any,
    runs: Sequence[str] | None,
    experiment: str | None,
    *,
    context: str | None,
    last: int | None,
) -> Series:
    if sum(each is not None for each in (what, runs, experiment)) != 1:
        raise SourceError("drift follows one series, not none or several", _WAYS)
    if context is not None and runs is None and experiment is None:
        raise SourceError(
            f"context {context!r} picks among the inputs of runs, and this is a series of none",
            "leave it out; of one run in a list, name the input as runs:/ID#CONTEXT",
        )
    if last is not None and last < 1:
        raise SourceError(f"the last {last} of a series are none", "ask for at least 1")
    if runs is not None:
        return of_runs(runs, context=context, last=last)
    if experiment is not None:
        return of_experiment(experiment, context=context, last=last)
    return of_anything(what, last=last)


def _read(series: Series) -> tuple[list[Read], list[str]]:
    """The members with their profiles; of those that have lost it, a sentence."""
    found = list(zip(series.members, profiles_of(series), strict=True))
    gone = [(member, error) for member, error in found if isinstance(error, NotFoundError)]
    read = [(member, profile) for member, profile in found if isinstance(profile, Profile)]
    if gone and not (series.sought and read):
        member, error = gone[0]
        raise NotFoundError(f"{member.name} has lost its profile: {error.fact}", error.hint)
    if not read:
        raise NotFoundError(f"nothing to follow in {series.title}", _WAYS)
    return read, [f"{member.name} has lost its profile" for member, _ in gone]


def _baseline(series: Series, against: Any) -> Named:
    if series.dataset and isinstance(against, str) and is_name(against):
        against = f"{series.dataset}@{against}"
    return find_profile(against, default_name="baseline")


def _steps(read: Sequence[Read], against: Named | str, compare: Compare) -> Iterator[DriftStep]:
    before: Named | None = None if isinstance(against, str) else against
    for member, profile in read:
        this = Named(member.name, profile)
        yield DriftStep(
            number=member.number,
            name=member.name,
            rows=profile.row_count,
            at=member.at,
            run_id=member.run_id,
            difference=compare(before, this) if before else None,
        )
        if before is None or against == PREVIOUS:
            before = this


def _comparison(
    profiles: Sequence[Profile],
    *,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
    method: str | None,
) -> Compare:
    """Compares two of the ``profiles``; the same two are compared once."""
    limits = settings.load(Path.cwd()).settings.fail_on
    names = list(dict.fromkeys(name for profile in profiles for name in profile.names))
    excluded = left_out(names, include=include, exclude=exclude)
    known: dict[tuple[int, int], Difference] = {}

    def compare(reference: Named, current: Named) -> Difference:
        sides = reference.profile, current.profile
        pair = id(sides[0]), id(sides[1])
        if pair not in known:
            here = [name for name in excluded if any(name in side for side in sides)]
            found = compare_profiles(
                *sides, exclude_columns=here, histogram_compare_method=method, details=False
            )
            known[pair] = dataclasses.replace(found, limits=limits)
        return dataclasses.replace(known[pair], reference=reference.name, current=current.name)

    return compare
