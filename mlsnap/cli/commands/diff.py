"""``mlsnap diff``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.exit_codes import DIFFERENT
from mlsnap.cli.output import print_json, print_view
from mlsnap.cli.processor import start_numpy


@click.command()
@click.argument("reference", metavar="REFERENCE")
@click.argument("current", metavar="CURRENT")
@click.option(
    "--key", multiple=True, metavar="COLUMN", help="What says which row is which; again for more."
)
@options.columns
@click.option(
    "-n",
    "--limit",
    "count",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Rows of each kind to show.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write all of them, into a new .parquet file.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--exit-code", is_flag=True, help="End with 1 if rows or columns differ.")
@options.tracking_uri
@options.as_json
@click.pass_context
def diff(
    context: click.Context,
    /,
    reference: str,
    current: str,
    *,
    key: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    count: int,
    output: Path | None,
    force: bool,
    exit_code: bool,
    as_json: bool,
) -> None:
    """Show which rows were added, removed or changed.

    Between two tables that hold data: snapshots (from their copies, or else their unchanged
    sources) or files. What both copies share is not read. Without --key a changed row counts as
    removed and added. The file has a column "change"; with --key also "changed_columns", and
    beside each other column its "…_before".
    """
    if output and output.suffix.lower() != ".parquet":
        raise click.UsageError(f"{str(output)!r} does not end in .parquet")
    start_numpy(algebra=False)
    appearing = late.appearing(output, force=force) if output else nullcontext()
    with appearing as unfinished, late.working("comparing rows"):
        found = mlsnap.diff(
            reference,
            current,
            key=key,
            include_columns=include or None,
            exclude_columns=exclude or None,
            examples=count,
        )
        if unfinished:
            late.write_rows(late.Rows(found.rows.schema, found.iter_batches()), unfinished)
    if as_json:
        print_json(found.to_dict())
    else:
        print_view(late.row_difference_view(found))
    if output:
        click.echo(f"wrote {output}", err=True)
    context.exit(DIFFERENT if exit_code and found.differs else 0)
