"""``mlsnap pin``."""

from __future__ import annotations

import click

from mlsnap.cli import late, options
from mlsnap.cli.output import print_json


@click.command()
@click.argument("reference", metavar="REF")
@options.tracking_uri
@options.as_json
def pin(reference: str, as_json: bool) -> None:
    """Keep a snapshot and its data, whether or not anything uses them.

    Neither `mlsnap gc` nor `mlsnap delete` takes it. Data of a DVC project that the snapshot only
    refers to is copied.
    """
    found = late.find_snapshot(reference)
    with late.working("pinning"):
        found.pin()
    if as_json:
        print_json({"reference": found.reference, "pinned": found.pinned})
    else:
        click.echo(f"pinned {found.reference}")
