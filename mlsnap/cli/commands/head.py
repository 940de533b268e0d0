"""``mlsnap head``."""

from __future__ import annotations

import click

from mlsnap.cli import options
from mlsnap.cli.rows import print_rows, sampled


@click.command()
@click.argument("reference", metavar="REF")
@click.option("-n", "count", type=click.IntRange(min=0), default=5, show_default=True, help="Rows.")
@options.tracking_uri
@options.as_json
def head(reference: str, count: int, as_json: bool) -> None:
    """Print the first rows.

    From the stored copy, or else from the source if it is unchanged.
    """
    print_rows(sampled(reference, "top_n", {"n": count}), as_json=as_json)
