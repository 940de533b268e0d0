"""``mlsnap doctor``."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from mlsnap.cli import late, options
from mlsnap.cli.exit_codes import ERROR
from mlsnap.cli.output import print_json, print_view

_TITLES = ["check", "state", "found", "to mend it"]


@click.command()
@options.tracking_uri
@options.as_json
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check what is configured, reachable, too old, and how to mend it.

    Ends with 3 if there is a problem; a warning is none.
    """
    with late.working("checking"):
        checks = late.checkup(Path.cwd())
    if as_json:
        print_json([dataclasses.asdict(each) for each in checks])
    else:
        rows = [[each.name, each.state, each.found, each.mend] for each in checks]
        print_view(late.table_view("", _TITLES, rows))
    context.exit(ERROR if any(each.state == "problem" for each in checks) else 0)
