"""``mlsnap compare``."""

from __future__ import annotations

from pathlib import Path

import click

import mlsnap
from mlsnap.cli import gates, late, options
from mlsnap.cli.output import log_page, print_difference, print_json, write_page
from mlsnap.cli.processor import start_numpy


@click.command()
@click.argument("reference", metavar="REFERENCE")
@click.argument("current", metavar="CURRENT")
@options.columns
@click.option("--method", metavar="DISTANCE", help="wasserstein, energy, ….  [default: all]")
@options.fail_on
@options.html_page
@options.log_report
@options.tracking_uri
@options.as_json
@click.pass_context
def compare(
    context: click.Context,
    reference: str,
    current: str,
    *,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    method: str | None,
    fail_on: tuple[str, ...],
    html: Path | None,
    log_report: str | None,
    as_json: bool,
) -> None:
    """Compare two snapshots, runs, models or files.

    From their profiles alone. Differences are CURRENT - REFERENCE. Ends with 1 if a limit of
    --fail-on or of the project is exceeded.
    """
    start_numpy(algebra=False)
    context.with_resource(late.slim_mlflow())
    with late.working("comparing"):
        difference = mlsnap.compare(
            reference,
            current,
            include_columns=include or None,
            exclude_columns=exclude or None,
            histogram_compare_method=method,
        )
    check = gates.check_of(difference, fail_on)
    if html:
        write_page(html, late.difference_page(difference))
    if log_report:
        log_page(log_report, difference)
    if as_json:
        print_json(gates.document(difference, check))
    else:
        print_difference(difference)
    gates.end(context, check, shown=as_json)
