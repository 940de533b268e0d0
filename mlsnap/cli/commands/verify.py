"""``mlsnap verify``."""

from __future__ import annotations

import click

from mlsnap.cli import late, options
from mlsnap.cli.exit_codes import DIFFERENT
from mlsnap.cli.output import print_json


@click.command()
@click.argument("reference", metavar="REF")
@options.tracking_uri
@options.as_json
@click.pass_context
def verify(context: click.Context, reference: str, as_json: bool) -> None:
    """Check the stored data, byte for byte.

    Ends with 1 if a part of the copy is damaged or missing.
    """
    found = late.find_snapshot(reference)
    copy = late.copy_of(found.record)
    with late.working("checking the copy"):
        faults = found.verify()
    parts, size = len(copy.parts), copy.size
    if as_json:
        print_json({"reference": found.reference, "parts": parts, "faults": faults})
    elif not faults:
        click.echo(f"{found.reference} is as it was stored ({parts} parts, {size:,} bytes)")
    for fault in [] if as_json else faults:
        click.echo(fault)
    context.exit(DIFFERENT if faults else 0)
