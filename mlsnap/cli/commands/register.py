"""``mlsnap register``."""

from __future__ import annotations

from typing import Any

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.output import print_json, print_view


@click.command()
@click.argument("name")
@click.argument("source", required=False)
@click.option("--description", default="", metavar="TEXT", help="What it is.")
@options.tags
@options.read_options
@options.steps
@click.option("--exist-ok", is_flag=True, help="Keep a dataset of that name as it is.")
@options.tracking_uri
@options.as_json
def register(name: str, source: str | None, as_json: bool, **how: Any) -> None:
    """Register a dataset under a name.

    SOURCE is a CSV, Parquet, JSON, Feather, ORC or Excel file, a glob (in quotes) or a folder of
    them, or a URL of one (s3://, gs://, az://, ssh://, https://); without one, frames are handed
    over in Python.
    """
    dataset = mlsnap.register_dataset(name, source, **how)
    if as_json:
        print_json(dataset.to_dict())
    else:
        print_view(late.facts_view(f"Dataset {dataset.name}", late.dataset_facts(dataset)))
