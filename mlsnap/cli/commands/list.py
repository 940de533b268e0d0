"""``mlsnap list``."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.output import print_json, print_view

if TYPE_CHECKING:
    from mlsnap.values.snapshot import SnapshotSummary

_TITLES = ["snapshot", "number", "created (UTC)", "rows", "columns", "data copy", "digest"]


@click.command("list")
@click.argument("dataset", required=False)
@options.tracking_uri
@options.as_json
def list_snapshots(dataset: str | None, as_json: bool) -> None:
    """List snapshots, the newest first.

    Of DATASET, or of all datasets. Only snapshots that are ready are listed; `mlsnap show` tells
    how far another one is.
    """
    datasets = [mlsnap.get_dataset(dataset)] if dataset else mlsnap.search_datasets()
    found = [summary for each in datasets for summary in each.summaries()]
    if as_json:
        print_json([dataclasses.asdict(each) for each in found])
    elif found:
        print_view(late.table_view("", _TITLES, map(_row, found)))
    else:
        click.echo("no snapshots; take one with `mlsnap snapshot NAME-or-PATH`")


def _row(summary: SnapshotSummary) -> list[object]:
    return [
        f"{summary.dataset}@{summary.name}",
        summary.number,
        summary.created[:19].replace("T", " "),
        summary.row_count,
        summary.column_count,
        _copy(summary),
        summary.digest[:12],
    ]


def _copy(summary: SnapshotSummary) -> str:
    size = late.bytes_text(summary.size) if summary.has_data else "none"
    return f"{size}, pinned" if summary.pinned else size
