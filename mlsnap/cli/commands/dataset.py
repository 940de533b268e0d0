"""``mlsnap dataset show / update / deprecate / archive / reactivate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.groups import NearNames
from mlsnap.cli.output import print_json, print_view

if TYPE_CHECKING:
    from mlsnap import Dataset
    from mlsnap.values.snapshot import Definition

_TITLES = ["version", "source", "format", "options", "message"]


@click.group(cls=NearNames)
def dataset() -> None:
    """Show a dataset, change its definition or its state."""


@dataset.command()
@click.argument("name")
@options.tracking_uri
@options.as_json
def show(name: str, as_json: bool) -> None:
    """Show a dataset and all versions of its definition."""
    found = mlsnap.get_dataset(name)
    definitions = found.get_definitions().values()
    if as_json:
        print_json({**_described(found), "definitions": [each.to_dict() for each in definitions]})
        return
    print_view(late.facts_view(f"Dataset {name}", late.dataset_facts(found)))
    click.echo()
    print_view(late.table_view("Definitions", _TITLES, map(_row, definitions)))


@dataset.command()
@click.argument("name")
@click.argument("source")
@click.option("--message", required=True, metavar="TEXT", help="What changes, and why.")
@options.read_options
@options.tracking_uri
@options.as_json
def update(
    name: str,
    source: str,
    *,
    message: str,
    format: str | None,
    options: dict[str, Any],
    as_json: bool,
) -> None:
    """Add a version of the definition; earlier ones stay."""
    found = mlsnap.get_dataset(name)
    definition = late.define(source, format=format, options=options)
    version = found.update_definition(definition, message)
    if as_json:
        print_json(found.get_definition(version).to_dict())
    else:
        click.echo(f"{name} has the definition {version}: {definition.source}")


@dataset.command()
@click.argument("name")
@click.option("--replaced-by", metavar="OTHER", help="The dataset to use instead.")
@options.tracking_uri
@options.as_json
def deprecate(name: str, replaced_by: str | None, as_json: bool) -> None:
    """From now on using it warns."""
    found = mlsnap.get_dataset(name)
    found.deprecate(replaced_by)
    _tell_state(found, as_json)


@dataset.command()
@click.argument("name")
@options.tracking_uri
@options.as_json
def archive(name: str, as_json: bool) -> None:
    """From now on using it is an error; its snapshots stay readable."""
    found = mlsnap.get_dataset(name)
    found.archive()
    _tell_state(found, as_json)


@dataset.command()
@click.argument("name")
@options.tracking_uri
@options.as_json
def reactivate(name: str, as_json: bool) -> None:
    """It may be used again."""
    found = mlsnap.get_dataset(name)
    found.reactivate()
    _tell_state(found, as_json)


def _tell_state(found: Dataset, as_json: bool) -> None:
    if as_json:
        print_json(found.to_dict())
    else:
        instead = f"; use {found.replaced_by!r} instead" if found.replaced_by else ""
        click.echo(f"the dataset {found.name!r} is {found.state}{instead}")


def _described(found: Dataset) -> dict[str, Any]:
    return {**found.to_dict(), "snapshots": len(found.summaries())}


def _row(definition: Definition) -> list[object]:
    return [
        definition.version,
        late.source_text(definition),
        definition.format,
        late.options_text(definition),
        definition.message,
    ]
