"""How values are shown: the one place that knows both them and the reports."""

from __future__ import annotations

from mlsnap.report import frames, html, reproductions, tables
from mlsnap.values.difference import Difference
from mlsnap.values.profile import ColumnProfile, Profile
from mlsnap.values.reproduction import Plan, Reproduction
from mlsnap.values.shown import SHOWS, Show


def _one_column(column: ColumnProfile) -> Profile:
    return Profile((column,), column.count, "")


SHOWS[Profile] = Show(tables.profile_text, html.profile_fragment, frames.profile_frame)
SHOWS[Difference] = Show(tables.difference_text, html.difference_fragment, frames.difference_frame)
SHOWS[ColumnProfile] = Show(
    lambda column: tables.profile_text(_one_column(column)),
    lambda column: html.profile_fragment(_one_column(column)),
    lambda column: frames.profile_frame(_one_column(column)),
)
SHOWS[Plan] = Show(reproductions.plan_text, reproductions.plan_fragment)
SHOWS[Reproduction] = Show(reproductions.reproduction_text, reproductions.reproduction_fragment)
