"""``mlsnap compare``."""

from __future__ import annotations

from pathlib import Path

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.output import print_json, print_view, write_page
from mlsnap.cli.processor import start_numpy


@click.command()
@click.argument("reference", metavar="REFERENCE")
@click.argument("current", metavar="CURRENT")
@click.option("--include", multiple=True, metavar="COLUMN", help="Only it; again for more.")
@click.option("--exclude", multiple=True, metavar="COLUMN", help="All but it; again for more.")
@click.option("--method", metavar="DISTANCE", help="wasserstein or energy.  [default: all]")
@options.html_page
@options.tracking_uri
@options.as_json
def compare(
    reference: str,
    current: str,
    *,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    method: str | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Compare two snapshots, runs, models or files.

    From their profiles alone. Differences are CURRENT - REFERENCE.
    """
    start_numpy(algebra=False)
    with late.working("comparing"):
        difference = mlsnap.compare(
            reference,
            current,
            include_columns=include or None,
            exclude_columns=exclude or None,
            histogram_compare_method=method,
        )
    if html:
        sides = {"reference": difference.reference, "current": difference.current}
        title = f"{difference.reference} and {difference.current}"
        write_page(html, late.difference_page(difference, title=title, facts=sides))
    if as_json:
        print_json(difference.to_dict())
    else:
        print_view(late.difference_view(difference))
