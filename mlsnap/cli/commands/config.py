"""``mlsnap config``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from mlsnap import settings
from mlsnap.cli import late, options
from mlsnap.cli.output import print_json, print_view
from mlsnap.cli.project import write_setting
from mlsnap.errors import ConfigError, near


@click.command()
@click.argument("key", required=False)
@click.argument("value", required=False)
@options.as_json
def config(key: str | None, value: str | None, as_json: bool) -> None:
    """List, print or write settings.

    Without KEY all of them, with their origin; with VALUE it is written to .mlsnap/config.toml.
    MLSNAP_* variables weigh more than the file, options of a command more than both.
    """
    if key is not None:
        _check(key)
    if key is not None and value is not None:
        write_setting(Path.cwd(), key, value, force=True)
    listed = _listed()
    if as_json:
        print_json(listed if key is None else {"key": key, **listed[key]})
    elif key is None:
        rows = [[name, _text(each["value"]), each["origin"]] for name, each in listed.items()]
        print_view(late.table_view("", ["setting", "value", "origin"], rows))
    elif value is None:
        click.echo(_text(listed[key]["value"]))
    else:
        click.echo(f"{key} = {_text(listed[key]['value'])} ({listed[key]['origin']})")


def _check(key: str) -> None:
    known = settings.names()
    if key not in known:
        raise ConfigError(f"no setting {key!r}{near(key, known)}", f"settings: {', '.join(known)}")


def _listed() -> dict[str, dict[str, Any]]:
    loaded = settings.load(Path.cwd())
    return {
        name: {"value": value, "origin": loaded.origins.get(name, "default")}
        for name, value in dataclasses.asdict(loaded.settings).items()
    }


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(value)
    return str(value).lower() if isinstance(value, bool) else str("" if value is None else value)
