"""``mlsnap runs``."""

from __future__ import annotations

import click

from mlsnap.cli import late, options
from mlsnap.cli.output import print_json, print_view

_TITLES = ["run", "name", "experiment", "context", "status", "model", "reproduces", "verdict"]
_FIELDS = (
    "run_id",
    "run_name",
    "experiment",
    "context",
    "status",
    "model_uri",
    "reproduces",
    "verdict",
)


@click.command()
@click.argument("reference", metavar="REF")
@options.tracking_uri
@options.as_json
def runs(reference: str, as_json: bool) -> None:
    """List the runs and models that used a snapshot.

    The newest first; a run has a line for each context and each model that came of it.
    """
    found = late.find_snapshot(reference)
    rows = late.records(found.runs())
    if as_json:
        print_json(rows)
    elif rows:
        cells = ([row[field] for field in _FIELDS] for row in rows)
        print_view(late.table_view("", _TITLES, cells))
    else:
        click.echo(f"no run used {found.reference}")
