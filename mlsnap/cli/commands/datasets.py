"""``mlsnap datasets``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.output import print_json, print_view

if TYPE_CHECKING:
    from mlsnap import Dataset

_TITLES = ["name", "state", "source", "definition", "snapshots", "description"]


@click.command()
@options.tracking_uri
@options.as_json
def datasets(as_json: bool) -> None:
    """List the registered datasets."""
    found = mlsnap.search_datasets()
    if as_json:
        print_json([each.to_dict() for each in found])
    elif found:
        print_view(late.table_view("", _TITLES, map(_row, found)))
    else:
        click.echo("no datasets; register one with `mlsnap register NAME SOURCE`")


def _row(dataset: Dataset) -> list[object]:
    return [
        dataset.name,
        dataset.state,
        late.source_text(dataset.get_definition()),
        dataset.definition_version,
        len(dataset.summaries()),
        dataset.description,
    ]
