"""Drift as a pandas frame in long form."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mlsnap.values.difference import ColumnDifference
from mlsnap.values.drift import Drift

_STEP = {"number": "int64", "at": "datetime64[us, UTC]", "drifted": "bool"}
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
    rows = [
        {
            "number": step.number,
            "name": step.name,
            "at": step.at,
            "column": name,
            "type": column.type,
            "drifted": bool(column.drifted),
            **column.measures(),
        }
        for step in drift
        for name, column in step.compared().items()
    ]
    measures = _UNCHANGED.measures()
    titles = dict.fromkeys(
        (
            "number",
            "name",
            "at",
            "column",
            "type",
            "drifted",
            *measures,
            *(t for r in rows for t in r),
        )
    )
    frame = pd.DataFrame(
        {title: pd.Series([row.get(title) for row in rows], dtype=object) for title in titles}
    )
    return frame.astype(_STEP | {each: "float64" for each in titles if _is_number(each, rows)})


def _is_number(title: str, rows: list[dict[str, Any]]) -> bool:
    measured = title not in ("name", "column", "type", *_STEP)
    return measured and not any(isinstance(row.get(title), str) for row in rows)
