"""``mlsnap doctor``."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from mlsnap.cli import late, options
from mlsnap.cli.exit_codes import ERROR
from mlsnap.cli.output import print_json, print_view

_TITLES = ["check", "state", "found", "to mend it"]
_ADVICE_TITLES = ["about", "a rerun", "found", "to mend it"]
_NOTHING = "nothing in this run's record is known to vary, or to be missing later"


@click.command()
@click.option("--run", "run_id", metavar="RUN", help="What may keep this run from coming back.")
@options.tracking_uri
@options.as_json
@click.pass_context
def doctor(context: click.Context, run_id: str | None, as_json: bool) -> None:
    """Check what is configured, reachable, too old, and how to mend it.

    Ends with 3 if there is a problem; a warning is none. With --run: what of a recorded training
    is known to vary when it is made again, or to be missing later.
    """
    if run_id is not None:
        _advise(run_id, as_json)
        return
    with late.working("checking"):
        checks = late.checkup(Path.cwd())
    if as_json:
        print_json([dataclasses.asdict(each) for each in checks])
    else:
        rows = [[each.name, each.state, each.found, each.mend] for each in checks]
        print_view(late.table_view("", _TITLES, rows))
    context.exit(ERROR if any(each.state == "problem" for each in checks) else 0)


def _advise(run_id: str, as_json: bool) -> None:
    with late.working("reading the run's record"):
        advice = late.advise(run_id)
    if as_json:
        print_json([dataclasses.asdict(each) for each in advice])
    elif advice:
        rows = [[each.kind, each.effect, each.found, each.mend] for each in advice]
        print_view(late.table_view("", _ADVICE_TITLES, rows))
    else:
        print_view(_NOTHING)
