"""Options that several commands have."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mlsnap.errors import ConfigError
from mlsnap.values.limits import parse_limit

F = TypeVar("F", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
"""``as_json``: whether a script is reading."""

yes = click.option("--yes", is_flag=True, help="Do not ask.")

html_page = click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write it as a page for the browser.",
)

log_report = click.option(
    "--log-report", metavar="RUN", help="Also log it, as a page and as JSON, to a run of MLflow."
)


def tracking_uri(command: F) -> F:
    """``--tracking-uri``: which MLflow the process, and what it starts, talks to."""
    return click.option(
        "--tracking-uri",
        metavar="URI",
        expose_value=False,
        callback=_talk_to,
        help="Which MLflow to talk to.  [default: what MLflow or the settings say]",
    )(command)


def fail_on(command: F) -> F:
    """``fail_on``: limits that end the command with 1, see `mlsnap.cli.gates`."""
    return click.option(
        "--fail-on",
        multiple=True,
        metavar="LIMIT",
        callback=lambda context, parameter, given: tuple(_limit(each) for each in given),
        help="End with 1 beyond a limit: schema, drift, 'wasserstein_normalised>0.1', "
        "'age.percent_missing>0.02', …; again for more.  [default: the setting fail_on]",
    )(command)


def columns(command: F) -> F:
    """``include`` and ``exclude``: which columns to look at."""
    include = "Only these: a name, or a pattern such as 'lat*'; again for more."
    exclude = "All but these: a name or a pattern; again for more."
    only = click.option("--include", multiple=True, metavar="COLUMN", help=include)
    without = click.option("--exclude", multiple=True, metavar="COLUMN", help=exclude)
    return only(without(command))


def _limit(given: str) -> str:
    try:
        return parse_limit(given).text
    except ConfigError as error:
        raise click.BadParameter(f"{error.fact}; {error.hint}") from error


def _pairs(
    flag: str, name: str, *, pair: Callable[[str], tuple[str, Any]], help: str
) -> Callable[[F], F]:
    """An option that takes KEY=VALUE as often as it is given; the command gets a dict."""
    return click.option(
        flag,
        name,
        multiple=True,
        metavar="KEY=VALUE",
        callback=lambda context, parameter, given: dict(pair(each) for each in given),
        help=f"{help}; again for more.",
    )


def read_options(command: F) -> F:
    """``format`` and ``options``: how to read the files of a source."""
    format_ = click.option("--format", metavar="FORMAT", help="Format, where names do not say it.")
    read = "Read option such as delimiter=';' or skip_rows=2"
    return format_(_pairs("--option", "options", pair=_read_option, help=read)(command))


def steps(command: F) -> F:
    """``steps``: transformation steps, in the order they are given."""
    return click.option(
        "--step",
        "steps",
        multiple=True,
        metavar="JSON",
        callback=lambda context, parameter, given: [_step(each) for each in given],
        help="""Transformation step such as '{"step": "select", "columns": ["a"]}'; again for """
        "more, in their order.",
    )(command)


def tags(command: F) -> F:
    """``tags``: by key."""
    return _pairs("--tag", "tags", pair=_pair, help="A tag")(command)


def script_inputs(command: F) -> F:
    """``inputs``: paths by context."""
    given = "A data file or folder that the script reads, by its context"
    return _pairs("--input", "inputs", pair=_pair, help=given)(command)


def params(command: F) -> F:
    """``params``: other values for recorded arguments, by name."""
    given = "Another value for an argument: the run made is a what-if"
    return _pairs("--param", "params", pair=_pair, help=given)(command)


def tolerances(command: F) -> F:
    """``rtol``: the relative tolerance, or ``None``, and those of single metrics by name."""
    return click.option(
        "--rtol",
        multiple=True,
        metavar="X|METRIC=X",
        callback=lambda context, parameter, given: _tolerances(given),
        help="Relative tolerance of metrics, or of one; again for more.  [default: the setting "
        "rtol]",
    )(command)


def _tolerances(given: tuple[str, ...]) -> tuple[float | None, dict[str, float]]:
    named = {name: _tolerance(text) for name, text in map(_pair, (g for g in given if "=" in g))}
    plain = [_tolerance(text) for text in given if "=" not in text]
    return (plain[-1] if plain else None), named


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < math.inf:
        raise click.BadParameter(f"{text!r} is no number of at least 0")
    return value


def _talk_to(context: click.Context, parameter: click.Parameter, uri: str | None) -> None:
    if uri is not None and not context.resilient_parsing:
        os.environ["MLFLOW_TRACKING_URI"] = uri


def _read_option(given: str) -> tuple[str, Any]:
    key, value = _pair(given)
    try:
        return key, json.loads(value, parse_constant=_no_number)
    except ValueError:
        return key, value


def _step(given: str) -> dict[str, Any]:
    try:
        step = json.loads(given, parse_constant=_no_number)
    except ValueError as error:
        raise click.BadParameter(f"{given!r} is not JSON: {error}") from error
    if not isinstance(step, dict):
        raise click.BadParameter(f"{given!r} is no JSON object")
    return step


def _pair(given: str) -> tuple[str, str]:
    key, separator, value = given.partition("=")
    if not key or not separator:
        raise click.BadParameter(f"{given!r} is not KEY=VALUE")
    return key, value


def _no_number(token: str) -> Any:
    raise ValueError(f"{token} is not JSON")
