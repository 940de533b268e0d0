"""Rows that a reference leads to, printed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlsnap.cli import late
from mlsnap.cli.output import print_json, print_view
from mlsnap.values.reference import ByPath, parse

if TYPE_CHECKING:
    import pandas as pd

_BESIDE = 8
"""Cells that a terminal shows beside each other; few rows of more columns are turned."""


def sampled(reference: str, strategy: str, arguments: Mapping[str, Any]) -> pd.DataFrame:
    """Some rows of a snapshot or a file."""
    with late.working("reading"):
        if isinstance(parse(reference), ByPath):
            rows = late.open_source(late.define(reference))
            return late.frame_of(late.sample_rows(rows, strategy, arguments))
        return late.find_snapshot(reference).sample(strategy, arguments)


def print_rows(frame: pd.DataFrame, *, as_json: bool) -> None:
    """Print a frame: a table, or a list with an object per row."""
    rows = late.records(frame)
    if as_json:
        print_json(rows)
        return
    titles = [str(name) for name in frame.columns]
    cells = [[row[title] for title in titles] for row in rows]
    if sys.stdout.isatty() and len(titles) > _BESIDE and len(rows) <= _BESIDE:
        numbers = map(str, range(1, len(rows) + 1))
        print_view(late.table_view("", ["column", *numbers], zip(titles, *cells, strict=True)))
    else:
        print_view(late.table_view("", titles, cells))
