"""``mlsnap sample``."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click

from mlsnap.cli import options
from mlsnap.cli.rows import print_rows, sampled

_READINGS: tuple[Callable[[str], Any], ...] = (
    str,
    json.loads,
    lambda text: json.loads(text.lower()),
    datetime.fromisoformat,
    date.fromisoformat,
)
"""What a value on the command line can mean in a column, whatever the column's type is."""


@click.command()
@click.argument("reference", metavar="REF")
@click.option(
    "--strategy",
    type=click.Choice(["top_n", "simple_random", "stratified"]),
    required=True,
    help="How rows are chosen.",
)
@click.option("-n", "--n", "count", type=click.IntRange(min=0), help="top_n: number of rows.")
@click.option("--probability", type=click.FloatRange(0, 1), help="simple_random: of each row.")
@click.option("--seed", type=int, help="For the same rows every time.")
@click.option("--column", "columns", multiple=True, help="stratified: a column that makes strata.")
@click.option(
    "--fraction",
    "fractions",
    multiple=True,
    metavar="VALUE=SHARE",
    help="stratified: share of the rows with VALUE (comma-separated for several columns).",
)
@options.tracking_uri
@options.as_json
def sample(reference: str, strategy: str, as_json: bool, **given: Any) -> None:
    """Print some rows.

    From the stored copy, or else from the source if it is unchanged. Strata that no --fraction
    names are left out.
    """
    arguments = _ARGUMENTS[strategy](given)
    print_rows(sampled(reference, strategy, arguments), as_json=as_json)


def _top_n(given: dict[str, Any]) -> dict[str, Any]:
    return {"n": _required(given["count"], "top_n", "-n")}


def _simple_random(given: dict[str, Any]) -> dict[str, Any]:
    probability = _required(given["probability"], "simple_random", "--probability")
    return {"probability": probability, "seed": given["seed"]}


def _stratified(given: dict[str, Any]) -> dict[str, Any]:
    columns = _required(given["columns"], "stratified", "--column")
    fractions = _required(given["fractions"], "stratified", "--fraction")
    shares = {
        stratum: share
        for text in fractions
        for stratum, share in _fraction(text, len(columns)).items()
    }
    return {"columns": columns, "fractions": shares, "seed": given["seed"]}


_ARGUMENTS = {"top_n": _top_n, "simple_random": _simple_random, "stratified": _stratified}


def _required(value: Any, strategy: str, option: str) -> Any:
    if value in (None, ()):
        raise click.UsageError(f"the strategy {strategy} needs {option}")
    return value


def _fraction(text: str, columns: int) -> dict[tuple[Any, ...], float]:
    """``text`` as shares of all strata that it can mean."""
    values, _, share = text.rpartition("=")
    parts = [values] if columns == 1 else next(csv.reader([values]), [])
    try:
        number = float(share)
    except ValueError:
        number = -1.0
    if len(parts) != columns or not 0 <= number <= 1:
        raise click.UsageError(
            f"--fraction {text!r} is not VALUE=SHARE with {columns} value(s) and a share 0-1"
        )
    return dict.fromkeys(itertools.product(*map(_meanings, parts)), number)


def _meanings(text: str) -> list[Any]:
    found = []
    for reading in _READINGS:
        try:
            value = reading(text)
        except ValueError:
            continue
        found += [] if isinstance(value, list | dict) else [value]
    return found
