"""``mlsnap delete``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.confirmation import confirm, require_answer
from mlsnap.cli.output import print_json

if TYPE_CHECKING:
    from mlsnap.services.keeping.deleting import Deleted


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--force", is_flag=True, help="Even if runs or models use it.")
@options.yes
@options.tracking_uri
@options.as_json
def delete(reference: str, force: bool, yes: bool, as_json: bool) -> None:
    """Delete a snapshot; its name stays taken.

    Its data goes with it, but for what other snapshots share. A snapshot that runs or models use
    is only deleted with --force: they keep their profile of it, but can no longer be reproduced.
    A pinned one has to be unpinned first.
    """
    require_answer(yes=yes)
    found = late.find_snapshot(reference)
    for broken in found.require_unused(force=force):
        click.echo(f"used by {broken}", err=True)
    confirm(f"delete the snapshot {found.reference}?", yes=yes)
    with late.working("deleting"):
        deleted = mlsnap.get_dataset(found.dataset_name).delete_snapshot(found.name, force=force)
    if as_json:
        said = deleted.to_dict()
        print_json({"deleted": said.pop("reference"), **said})
    else:
        click.echo(f"deleted {found.reference}{_data(deleted)}")


def _data(deleted: Deleted) -> str:
    if deleted.left or not (deleted.freed or deleted.shared):
        return ""
    shared = f", {late.bytes_text(deleted.shared)} stay for other snapshots"
    return f": {late.bytes_text(deleted.freed)} freed{shared if deleted.shared else ''}"
