"""``mlsnap unpin``."""

from __future__ import annotations

import click

from mlsnap.cli import late, options
from mlsnap.cli.output import print_json


@click.command()
@click.argument("reference", metavar="REF")
@options.tracking_uri
@options.as_json
def unpin(reference: str, as_json: bool) -> None:
    """Take the pin of a snapshot away.

    A copy that was made when it was pinned stays until `mlsnap gc` frees it.
    """
    found = late.find_snapshot(reference)
    found.unpin()
    if as_json:
        print_json({"reference": found.reference, "pinned": None})
    else:
        click.echo(f"unpinned {found.reference}")
