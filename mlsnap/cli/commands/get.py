"""``mlsnap get``."""

from __future__ import annotations

import csv
from pathlib import Path

import click

from mlsnap.cli import late, options
from mlsnap.cli.output import print_json

_ENDINGS = (".parquet", ".csv")


@click.command()
@click.argument("reference", metavar="REF")
@click.option(
    "-o", "--output", required=True, metavar="PATH", help="A .parquet or .csv file, or a folder/."
)
@click.option(
    "--columns",
    metavar="A,B",
    callback=lambda context, parameter, given: None if given is None else _names(given),
    help='Only these columns, in this order, into a file; "a,b" is a name with a comma.',
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@options.tracking_uri
@options.as_json
def get(reference: str, output: str, columns: list[str] | None, force: bool, as_json: bool) -> None:
    """Bring the stored data back.

    Into one .parquet or .csv file, or the copy's own files into a new or empty folder (its name
    ends in /). Every byte is checked on the way, and what is written appears when it is complete;
    a table of any size needs little memory.
    """
    target = Path(output)
    into_folder = output.endswith(("/", "\\")) or target.is_dir()
    if not into_folder and target.suffix.lower() not in _ENDINGS:
        raise click.UsageError(f"{output!r} ends neither in .parquet nor .csv nor, a folder, in /")
    if into_folder and columns is not None:
        raise click.UsageError("--columns needs a file: a folder gets the copy's own files, whole")
    if into_folder:
        _bring_files(reference, target)
    else:
        _bring_table(reference, target, columns, force=force)
    if as_json:
        print_json({"reference": reference, "path": str(target.absolute())})
    else:
        click.echo(f"wrote {output}")


def _bring_files(reference: str, folder: Path) -> None:
    with late.working("bringing the data"):
        late.find_snapshot(reference).download(folder)


def _bring_table(reference: str, file: Path, columns: list[str] | None, *, force: bool) -> None:
    workspace = late.open_workspace()
    with late.appearing(file, force=force) as unfinished, late.working("bringing the data"):
        record = late.find_snapshot(reference, workspace).record
        with late.open_rows(workspace, record, columns) as rows:
            late.write_rows(rows, unfinished)


def _names(given: str) -> list[str]:
    """Names with commas between them, quoted as in CSV where they have one themselves."""
    return next(csv.reader([given]), [])
