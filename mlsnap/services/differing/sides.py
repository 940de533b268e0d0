"""From what a user names to a table whose rows can be told from those of another."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from mlsnap import settings
from mlsnap.data import carriers
from mlsnap.data.blocks import Blocks, blocks_of, keep
from mlsnap.data.row_groups import row_groups_of
from mlsnap.data.rows import Rows
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError
from mlsnap.services import late
from mlsnap.services.differing.side import Side
from mlsnap.values.profile import Profile
from mlsnap.values.reference import ByPath, parse, reading_path
from mlsnap.values.snapshot import Part

_SHARE = 8
"""Part of the memory budget that row groups which are read may have, before they are decoded."""


def find_side(what: Any, *, default_name: str) -> Side:
    """The table that a reference, a snapshot, a path or an object that carries one means.

    Raises
    ------
    NotFoundError
        If there is none of that name.
    SourceError
        If it is no table.
    """
    if isinstance(what, Profile):
        raise SourceError("a profile holds no rows", "name the snapshot, or hand the table over")
    if isinstance(what, str | Path):
        text = str(what)
        if isinstance(parse(text), ByPath):
            return Side(text, partial(_open_path, text))
        found: Side = _snapshots().side_of_reference(text)
        return found
    if isinstance(what, late.Snapshot):
        side: Side = _snapshots().side_of(what, what.reference)
        return side
    return Side(default_name, partial(_open_frame, what))


def _snapshots() -> Any:
    """What makes sides of snapshots; it brings MLflow and DVC, which files do without."""
    return import_module("mlsnap.services.differing.snapshot_side")


def _open_path(text: str, folder: Path, left_out: Sequence[Part]) -> Blocks:
    with reading_path(text):
        definition = define(text)
        if groups := row_groups_of(definition, most=_most_bytes()):
            return groups
        rows = open_source(definition)
    return rows.given_to(partial(_kept, folder=folder))


def _most_bytes() -> int:
    """Bytes of a row group, as it is in its file, that each core may read at once."""
    return settings.load(Path.cwd()).settings.memory_budget // (_SHARE * (os.cpu_count() or 1))


def _open_frame(frame: Any, folder: Path, left_out: Sequence[Part]) -> Blocks:
    rows = carriers.encode(frame)
    return blocks_of(rows.table()) if rows.held else rows.given_to(partial(_kept, folder=folder))


def _kept(rows: Rows, *, folder: Path) -> Blocks:
    blocks = keep(rows, folder / "rows")
    rows.check()
    return blocks
