"""``mlsnap delete``."""

from __future__ import annotations

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.confirmation import confirm, require_answer
from mlsnap.cli.output import print_json


@click.command()
@click.argument("reference", metavar="REF")
@options.yes
@options.tracking_uri
@options.as_json
def delete(reference: str, yes: bool, as_json: bool) -> None:
    """Delete a snapshot; its name stays taken.

    Its data stays in the remote, as other snapshots may share it. Runs that used it keep their
    profile of it.
    """
    require_answer(yes=yes)
    found = late.find_snapshot(reference)
    confirm(f"delete the snapshot {found.reference}?", yes=yes)
    mlsnap.get_dataset(found.dataset_name).delete_snapshot(found.name)
    if as_json:
        print_json({"deleted": found.reference})
    else:
        click.echo(f"deleted {found.reference}")
