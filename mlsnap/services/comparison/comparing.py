"""Comparing any two things that have a profile."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlsnap import settings
from mlsnap.comparing.profiles import compare_profiles
from mlsnap.services.references import find_profile
from mlsnap.values.difference import Difference


def compare(
    reference: Any,
    current: Any,
    *,
    include_columns: Sequence[str] | None = None,
    exclude_columns: Sequence[str] | None = None,
    histogram_compare_method: str | None = None,
) -> Difference:
    """What differs between two tables, from their profiles alone.

    Its `check` holds it against the project's limits (setting ``fail_on``), or those it is given.

    Parameters
    ----------
    reference, current
        Each a reference (``crime@2019``, ``runs:/<id>``, ``models:/crime/3``, …), a `Snapshot`,
        a `Profile`, a table, or the path of a file. Differences are current - reference.
    include_columns, exclude_columns
        Only these columns; not these columns. Names or patterns (``price_*``).
    histogram_compare_method
        The distance to compute, such as ``"wasserstein"`` or ``"jensen_shannon"``; ``None`` for
        all.

    Raises
    ------
    NotFoundError
        If a reference, a column or the method is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> before, after = pd.DataFrame({"x": [1, 2, 3]}), pd.DataFrame({"x": [2, 3, 4]})
    >>> compare(before, after)["x"].wasserstein
    1.0
    """
    base = find_profile(reference, default_name="reference")
    other = find_profile(current, default_name="current")
    difference = compare_profiles(
        base.profile,
        other.profile,
        include_columns=include_columns,
        exclude_columns=exclude_columns,
        histogram_compare_method=histogram_compare_method,
        reference_name=base.name,
        current_name=other.name,
    )
    limits = settings.load(Path.cwd()).settings.fail_on
    return dataclasses.replace(difference, limits=limits)
