"""``mlsnap verify``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from mlsnap.cli import late, options
from mlsnap.cli.exit_codes import DIFFERENT
from mlsnap.cli.output import print_json

if TYPE_CHECKING:
    from mlsnap.services.keeping.verifying import Verified


@click.command()
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--sizes", is_flag=True, help="Look at sizes only, read no bytes.")
@options.tracking_uri
@options.as_json
@click.pass_context
def verify(context: click.Context, reference: str | None, sizes: bool, as_json: bool) -> None:
    """Check the stored data, byte for byte.

    Of one snapshot, or of all that hold data. Ends with 1 if a part of a copy is damaged or
    missing, or a remote is out of reach.
    """
    looked_at = _all(sizes) if reference is None else [_one(reference, sizes)]
    found = []
    for each in looked_at:
        found.append(each)
        if not as_json:
            _print(each, sizes)
    if as_json:
        documents = [dataclasses.asdict(each) for each in found]
        print_json(documents if reference is None else documents[0])
    elif not found:
        click.echo("no snapshot holds data")
    context.exit(DIFFERENT if any(each.faults for each in found) else 0)


def _one(reference: str, sizes: bool) -> Verified:
    found = late.find_snapshot(reference)
    with late.working("checking the copy"):
        return late.verify_snapshot(found, sizes_only=sizes)


def _all(sizes: bool) -> Iterable[Verified]:
    remaining = iter(late.verify_all(sizes_only=sizes))
    while True:
        with late.working("checking the copies"):
            found = next(remaining, None)
        if found is None:
            return
        yield found


def _print(found: Verified, sizes: bool) -> None:
    if not found.faults:
        parts = f"{found.parts} part{'s' * (found.parts != 1)}"
        how = "has its sizes" if sizes else "is as it was stored"
        click.echo(f"{found.reference} {how} ({parts}, {found.size:,} bytes)")
    for fault in found.faults:
        click.echo(f"{found.reference}: {fault}")
