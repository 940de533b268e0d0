"""How values are shown: the one place that knows both them and the reports.

A report is imported when something is shown: pandas, Jinja and rich cost more than a small profile.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from mlsnap.report.bars import work_bar
from mlsnap.services import progress
from mlsnap.values.checks import Check
from mlsnap.values.collection import Collection
from mlsnap.values.column import ColumnProfile
from mlsnap.values.difference import Difference
from mlsnap.values.drift import Drift
from mlsnap.values.profile import Profile
from mlsnap.values.reproduction import Plan, Reproduction
from mlsnap.values.row_difference import RowDifference
from mlsnap.values.shown import SHOWS, Show

Look = Callable[[Any], Any]


def _late(module: str, function: str) -> Look:
    def look(value: Any) -> Any:
        return getattr(import_module(f"mlsnap.report.{module}"), function)(value)

    return look


def _as_profile(look: Look) -> Look:
    """A column looks like the profile of a table that has no other."""
    return lambda column: look(Profile((column,), column.count, ""))


def _table(name: str) -> tuple[Look, Look, Look]:
    """Text, HTML and frame of a value that is a table."""
    return (
        _late("tables", f"{name}_text"),
        _late("html", f"{name}_fragment"),
        _late("frames", f"{name}_frame"),
    )


SHOWS[Profile] = Show(*_table("profile"))
SHOWS[Difference] = Show(
    _late("difference_tables", "difference_text"),
    _late("html", "difference_fragment"),
    _late("frames", "difference_frame"),
)
SHOWS[Drift] = Show(
    _late("drift_tables", "drift_text"),
    _late("html", "drift_fragment"),
    _late("drift_frames", "drift_frame"),
)
SHOWS[ColumnProfile] = Show(*map(_as_profile, _table("profile")))
SHOWS[Check] = Show(
    _late("checks", "check_text"), _late("checks", "check_fragment"), _late("frames", "check_frame")
)
SHOWS[Plan] = Show(_late("reproductions", "plan_text"), _late("reproductions", "plan_fragment"))
SHOWS[Reproduction] = Show(
    _late("reproductions", "reproduction_text"), _late("reproductions", "reproduction_fragment")
)
SHOWS[RowDifference] = Show(
    _late("row_differences", "row_difference_text"),
    _late("row_differences", "row_difference_fragment"),
    _late("row_frames", "row_difference_frame"),
)
SHOWS[Collection] = Show(_late("collections", "collection_text"))

progress.watch_all(work_bar)
