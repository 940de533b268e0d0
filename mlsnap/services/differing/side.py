"""One of the two tables of a row difference, before its rows are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import pyarrow as pa

from mlsnap.data.blocks import Blocks, blocks_of
from mlsnap.values.snapshot import Part, SnapshotRecord

Open = Callable[[Path, Sequence[Part]], Blocks]


@dataclass(frozen=True)
class Side:
    """A table to compare.

    Attributes
    ----------
    name
        What it is called.
    open
        Its rows, but for those of some parts; given a folder for what has to be kept of them.
    record
        Of the snapshot that it is.
    parts
        The parts of its copy, if that was written part by part.
    schema
        Of a snapshot, read from what is stored of it.
    """

    name: str
    open: Open
    record: SnapshotRecord | None = None
    parts: tuple[Part, ...] = ()
    schema: Callable[[], pa.Schema] = lambda: pa.schema([])

    def nothing(self) -> Blocks:
        """Its columns without a row; those of a snapshot without parts are of no type."""
        schema = self.schema()
        return blocks_of(schema.empty_table())


def shared_parts(one: Side, other: Side) -> tuple[list[Part], list[Part]]:
    """The parts of each side that hold the same rows as one of the other, one by one."""
    keys = Counter(part.key for part in one.parts) & Counter(part.key for part in other.parts)
    return _first_of(keys, one.parts), _first_of(keys, other.parts)


def starts_of(parts: Sequence[Part], chosen: Sequence[Part]) -> list[tuple[int, str | None]]:
    """The places at which some of the ``parts`` begin, and what they hold."""
    ends = accumulate((part.rows or 0 for part in parts), initial=0)
    paths = {part.path for part in chosen}
    return [
        (start, part.key) for start, part in zip(ends, parts, strict=False) if part.path in paths
    ]


def _first_of(keys: Counter[str | None], parts: Sequence[Part]) -> list[Part]:
    left, found = Counter(keys), []
    for part in parts:
        if left[part.key]:
            left[part.key] -= 1
            found.append(part)
    return found
