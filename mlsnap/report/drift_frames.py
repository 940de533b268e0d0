"""Drift as a pandas frame in long form."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mlsnap.values.difference import ColumnDifference
from mlsnap.values.drift import Drift, DriftStep

_TYPES = {"number": "int64", "at": "datetime64[us, UTC]", "drifted": "bool"}
_PLACE = ("number", "name", "at", "column", "type", "drifted")
_UNCHANGED = ColumnDifference(name="", type="")


def drift_frame(drift: Drift) -> pd.DataFrame:
    """A row per step and compared column: ``number``, ``name`` and ``at`` of the step, ``column``,
    ``type``, whether it ``drifted``, and its differences as ``difference.to_pandas()`` has them.

    Examples
    --------
    >>> frame = drift_frame(Drift("crime", "first", ()))
    >>> frame.pivot(index="number", columns="column", values="mean").shape
    (0, 0)
    """
    rows = [_row(step, column) for step in drift for column in step.compared.values()]
    measures = dict.fromkeys(_UNCHANGED.measures())
    for row in rows:
        measures |= dict.fromkeys(row)
    titles = list(dict.fromkeys((*_PLACE, *measures)))
    frame = pd.DataFrame(
        {title: pd.Series([row.get(title) for row in rows], dtype=object) for title in titles}
    )
    return frame.astype(_TYPES | {each: "float64" for each in titles if _is_number(each, rows)})


def _row(step: DriftStep, column: ColumnDifference) -> dict[str, Any]:
    place = (step.number, step.name, step.at, column.name, column.type, bool(column.drifted))
    return {**dict(zip(_PLACE, place, strict=True)), **column.measures()}


def _is_number(title: str, rows: list[dict[str, Any]]) -> bool:
    return title not in _PLACE and not any(isinstance(row.get(title), str) for row in rows)
