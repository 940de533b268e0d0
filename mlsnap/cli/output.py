"""What commands print: tables for people, one JSON document for scripts, pages."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlsnap.cli import late
from mlsnap.values.scalars import to_json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mlsnap.values.difference import Difference
    from mlsnap.values.drift import Drift
    from mlsnap.values.profile import Profile

_UNFOLDED = 10_000
"""Width for pipes and files: no line is folded."""


def print_view(view: RenderableType, *, err: bool = False) -> None:
    """Print a table: in colour and as wide as the terminal, or plain."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        console = late.Console(file=stream, markup=False, emoji=False, highlight=False)
        console.print(view)
    else:
        click.echo(late.as_text(view, width=_UNFOLDED), err=err)


def print_profile(profile: Profile) -> None:
    """Print a profile: a terminal gets the first columns of a wide one, a pipe or file all."""
    print_view(late.profile_view(profile, most=_most_columns()))


def print_difference(difference: Difference) -> None:
    """Print a difference: a terminal gets the most changed columns, a pipe or file all."""
    print_view(late.difference_view(difference, most=_most_columns()))


def print_drift(drift: Drift, *, measure: str | None) -> None:
    """Print a drift: a terminal gets the most drifted columns, a pipe or file all."""
    print_view(late.drift_view(drift, measure=measure, most=_most_columns()))


def print_json(value: Any) -> None:
    """Print one strict JSON document: what JSON has no form for is ``{type: text}``."""
    click.echo(json.dumps(_strict(value), indent=2, allow_nan=False))


def write_page(file: Path, page: str) -> None:
    """Write an HTML page; its folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
    click.echo(f"wrote {file}", err=True)


def log_page(run_id: str, value: Any) -> None:
    """Log a value as a report of a run."""
    click.echo(f"logged {late.log_report(value, run_id=run_id)} to run {run_id}", err=True)


def _most_columns() -> int | None:
    return late.MOST_COLUMNS if sys.stdout.isatty() else None


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _strict(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(each) for each in value]
    return to_json(value)
