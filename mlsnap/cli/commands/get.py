"""``mlsnap get``."""

from __future__ import annotations

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
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@options.tracking_uri
@options.as_json
def get(reference: str, output: str, force: bool, as_json: bool) -> None:
    """Bring the stored data back.

    Into one .parquet or .csv file, or the copy's own files into a new or empty folder (its name
    ends in /). Every byte is checked on the way.
    """
    target = Path(output)
    into_folder = output.endswith(("/", "\\")) or target.is_dir()
    if not into_folder and target.suffix.lower() not in _ENDINGS:
        raise click.UsageError(f"{output!r} ends neither in .parquet nor .csv nor, a folder, in /")
    if into_folder:
        _bring_files(reference, target)
    else:
        _bring_table(reference, target, force=force)
    if as_json:
        print_json({"reference": reference, "path": str(target.absolute())})
    else:
        click.echo(f"wrote {output}")


def _bring_files(reference: str, folder: Path) -> None:
    with late.working("bringing the data"):
        late.find_snapshot(reference).download(folder)


def _bring_table(reference: str, file: Path, *, force: bool) -> None:
    with late.appearing(file, force=force) as unfinished, late.working("bringing the data"):
        late.write_table(late.find_snapshot(reference).to_arrow_table(), unfinished)
