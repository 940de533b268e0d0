"""``mlsnap profile``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.garbage import importing_for_good
from mlsnap.cli.output import print_json, print_profile, write_page
from mlsnap.cli.processor import start_numpy


@click.command()
@click.argument("path")
@options.read_options
@options.html_page
@options.as_json
def profile(
    path: str, *, format: str | None, options: dict[str, Any], html: Path | None, as_json: bool
) -> None:
    """Profile a file without storing anything.

    PATH is a CSV, Parquet, JSON, Feather, ORC or Excel file, a glob (in quotes) or a folder of
    them, or a URL of one (s3://, gs://, az://, ssh://, https://).
    """
    with importing_for_good():
        start_numpy(algebra=False)
        read = mlsnap.profile
    with late.working(f"profiling {path}"):
        found = read(path, format=format, options=options)
    if html:
        write_page(html, late.profile_page(found, title=path, facts={}))
    if as_json:
        print_json(found.to_dict())
    else:
        print_profile(found)
