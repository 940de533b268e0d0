"""``mlsnap drift``."""

from __future__ import annotations

from pathlib import Path

import click

import mlsnap
from mlsnap.cli import gates, late, options
from mlsnap.cli.output import log_page, print_drift, print_json, write_page
from mlsnap.cli.processor import start_numpy


@click.command()
@click.argument("tables", nargs=-1, metavar="[DATASET | REF...]")
@click.option("--experiment", metavar="NAME", help="The inputs of all runs of an experiment.")
@click.option("--run", "runs", multiple=True, metavar="RUN", help="That of a run; again for more.")
@click.option(
    "--against",
    default="first",
    show_default=True,
    metavar="BASELINE",
    help="first, previous, or a reference, such as models:/NAME/VERSION.",
)
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N.")
@click.option("--context", metavar="CONTEXT", help="Which input, where runs have several.")
@options.columns
@click.option("--measure", metavar="MEASURE", help="What to show, such as mean or energy.")
@click.option("--log", is_flag=True, help="Also log it as metrics of MLflow.")
@options.fail_on
@options.html_page
@options.log_report
@options.tracking_uri
@options.as_json
@click.pass_context
def drift(
    click_context: click.Context,
    /,
    tables: tuple[str, ...],
    *,
    experiment: str | None,
    runs: tuple[str, ...],
    against: str,
    last: int | None,
    context: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    measure: str | None,
    log: bool,
    fail_on: tuple[str, ...],
    html: Path | None,
    log_report: str | None,
    as_json: bool,
) -> None:
    """Show how data drifted over snapshots, runs or files.

    Over the snapshots of DATASET; over REFs in their order, files among them; or over the inputs
    of runs. From their profiles alone. Ends with 1 if a limit of --fail-on or of the project is
    exceeded.
    """
    if sum(map(bool, (tables, experiment, runs))) != 1:
        raise click.UsageError("give one of DATASET, REF…, --experiment or --run")
    start_numpy(algebra=False)
    click_context.with_resource(late.slim_mlflow())
    with late.working("comparing"):
        found = mlsnap.drift(
            (tables[0] if len(tables) == 1 else tables) or None,
            runs=runs or None,
            experiment=experiment,
            against=against,
            include_columns=include or None,
            exclude_columns=exclude or None,
            last=last,
            context=context,
        )
    check = gates.check_of(found, fail_on)
    if log:
        click.echo(f"logged to run {late.log_drift(found)}", err=True)
    if html:
        write_page(html, late.drift_page(found))
    if log_report:
        log_page(log_report, found)
    if as_json:
        print_json(gates.document(found, check))
    else:
        print_drift(found, measure=measure)
    gates.end(click_context, check, shown=as_json)
