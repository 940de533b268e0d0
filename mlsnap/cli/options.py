"""Options that several commands have."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

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


def tracking_uri(command: F) -> F:
    """``--tracking-uri``: which MLflow the process, and what it starts, talks to."""
    return click.option(
        "--tracking-uri",
        metavar="URI",
        expose_value=False,
        callback=_talk_to,
        help="Which MLflow to talk to.  [default: what MLflow or the settings say]",
    )(command)


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
