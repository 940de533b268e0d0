"""What garbage collection frees, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from mlsnap.report.cells import printable
from mlsnap.report.sizes import bytes_text
from mlsnap.report.statements import counted
from mlsnap.report.tables import as_text, table_view
from mlsnap.values.collection import Collection, RemoteCollection

_TITLES = ["what", "why", "size", "where"]
_STRAY = "left by a process that was killed"


def collection_text(collection: Collection, *, width: int | None = None) -> str:
    """What goes and why, with sizes; what is in no snapshot, by the reason."""
    return as_text(collection_view(collection), width=width)


def collection_view(collection: Collection) -> RenderableType:
    """What `collection_text` shows."""
    rows = [row for each in collection.remotes for row in _rows(each)]
    if collection.runs:
        rows.append((counted(len(collection.runs), "run"), _STRAY, "", "MLflow"))
    table = [table_view("", _TITLES, rows)] if rows else []
    remarks = [line for each in collection.remotes for line in _remarks(each)]
    return Group(*table, *(Text(printable(line)) for line in (_total(collection), *remarks)))


def _rows(remote: RemoteCollection) -> Iterator[tuple[str, str, str, str]]:
    for copy in remote.copies:
        yield f"copy of {copy.snapshot}", copy.why, bytes_text(copy.size), remote.url
    count, size = Counter[str](), Counter[str]()
    for each in remote.objects:
        count[each.why] += 1
        size[each.why] += each.size
    for why in count:
        yield counted(count[why], "object"), why, bytes_text(size[why]), remote.url


def _total(collection: Collection) -> str:
    if collection.is_empty:
        return "nothing to free"
    verb = "would be freed" if collection.dry_run else "freed"
    return f"{bytes_text(collection.size)} {verb}"


def _remarks(remote: RemoteCollection) -> Iterator[str]:
    if remote.kept_for_others:
        copies = counted(remote.kept_for_others, "copy", "copies")
        yield f"kept for another MLflow: {copies} in {remote.url}"
    if remote.problem:
        yield f"left alone: {remote.url}: {remote.problem}"
