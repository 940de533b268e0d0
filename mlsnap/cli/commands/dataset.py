"""``mlsnap dataset show / update / deprecate / archive / reactivate``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.groups import NearNames
from mlsnap.cli.output import print_json, print_view

if TYPE_CHECKING:
    from mlsnap import Dataset
    from mlsnap.values.snapshot import Definition

_TITLES = ["version", "source", "format", "options", "steps", "message"]


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
@click.argument("source", required=False)
@click.option("--message", required=True, metavar="TEXT", help="What changes, and why.")
@options.read_options
@options.steps
@options.tracking_uri
@options.as_json
def update(
    name: str,
    source: str | None,
    *,
    message: str,
    steps: list[dict[str, Any]],
    as_json: bool,
    **how: Any,
) -> None:
    """Add a version of the definition; earlier ones stay.

    Without SOURCE, the source stays, and so does what is not given of format, options and steps. A
    SOURCE is read with the given ones only.
    """
    found = mlsnap.get_dataset(name)
    before = found.get_definition()
    definition = late.define(source, **how) if source else _changed(before, **how)
    version = found.update_definition(definition, message, steps=steps or None)
    made = found.get_definition(version)
    if as_json:
        print_json(made.to_dict())
    else:
        click.echo(f"{name} has the definition {version}: {late.source_text(made)}{_steps(made)}")
        if before.steps and not made.steps:
            click.echo(f"the steps of definition {before.version} are left out", err=True)


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


def _changed(before: Definition, *, format: str | None, options: dict[str, Any]) -> Definition:
    """The definition with another format, or with options, where they are given."""
    if not (format or options):
        return before
    if before.source is None:
        raise click.UsageError("--format and --option need a SOURCE: the dataset has none")
    told = options or before.options
    made: Definition = late.define(before.source, format=format or before.format, options=told)
    return replace(made, steps=before.steps)


def _steps(definition: Definition) -> str:
    count = len(definition.steps)
    return f", {count} {'step' if count == 1 else 'steps'}" if count else ""


def _row(definition: Definition) -> list[object]:
    return [
        definition.version,
        late.source_text(definition),
        definition.format,
        late.options_text(definition),
        late.steps_text(definition),
        definition.message,
    ]
