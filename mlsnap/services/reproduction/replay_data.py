"""The data of a recorded call, brought back for a rerun."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlsnap import storage
from mlsnap.data import carriers, databases
from mlsnap.data.digest import digest_of
from mlsnap.data.parts import write_parts
from mlsnap.data.sources import is_local, open_source, read_files
from mlsnap.errors import DataIntegrityError, MlsnapError, NotReproducibleError
from mlsnap.lineage.paths import inside
from mlsnap.services.copies import pulling
from mlsnap.services.references import find_snapshot
from mlsnap.services.workspace import Workspace
from mlsnap.values.reproduction import PlannedInput, Source
from mlsnap.values.snapshot import Definition, SnapshotRecord


def plan_input(workspace: Workspace, context: str, reference: str, source: Source) -> PlannedInput:
    """Where the data of a snapshot would come from, or why it cannot be had."""
    lacking = ""
    try:
        record = find_snapshot(reference, workspace).record
        if record.data is None and record.definition.source is not None:
            lacking = f"{reference} has no copy of its rows, and "
        if source is Source.CURRENT and (now := _as_it_is_now(workspace, record)):
            return PlannedInput(context, reference, f"{now.source}, as it is now")
        acting = acts(record.definition)
        if record.data is not None:
            storage.holder_of(record.data, project=workspace.project)
        elif not acting:
            pulling.reread(record)
    except MlsnapError as error:
        return PlannedInput(context, reference, "nowhere", problem=f"{lacking}{error.fact}")
    if record.data is None:
        origin = f"its source {record.definition.source}, unchanged"
        return PlannedInput(context, reference, f"{origin}; {acting}" if acting else origin)
    return PlannedInput(context, reference, record.data.remote["url"], record.data.size)


def acts(definition: Definition) -> str | None:
    """What reading a recorded definition does beside reading files; ``None``: nothing.

    It is written by whoever wrote the record: a query goes to any server with the values of any
    variables, and a function is any that can be imported.
    """
    if definition.source is None:
        return None
    functions = [str(each.get("function")) for each in definition.steps if _is_call(each)]
    if functions:
        return f"reading it calls {', '.join(functions)}"
    if definition.format == databases.FORMAT or not is_local(definition):
        return "reading it asks that server"
    return None


def _is_call(step: Mapping[str, Any]) -> bool:
    return step.get("step") == "function"


def bring(
    workspace: Workspace, table: dict[str, Any], folder: Path, *, source: Source
) -> dict[str, Any]:
    """Bring a recorded table's data to ``folder``; returns what `restore` needs there.

    With the current ``source`` it is what the dataset's own source holds now, if it has one.
    """
    record = find_snapshot(table["reference"], workspace).record
    if source is Source.CURRENT and (now := _as_it_is_now(workspace, record)):
        return _bring_current(table, now, folder)
    if record.digest != table["digest"]:
        raise DataIntegrityError(
            f"{record.reference} has the digest {record.digest[:16]}…, the run recorded "
            f"{table['digest'][:16]}…",
            "the run's record or the snapshot was changed; trust neither",
        )
    folder.mkdir(parents=True)
    if table["carrier"] and table["carrier"]["carrier"] == "path":
        return {"path": str(_bring_path(workspace, record, table["carrier"], folder))}
    if record.data is not None:
        files = pulling.fetch_files(workspace, record, folder)
        reader = record.data.reader
    else:
        names = write_parts(pulling.reread(record), folder, digest=record.digest)
        files, reader = [folder / name for name in names], pulling.TABLE
    return {
        "files": [str(file) for file in files],
        "base": str(folder),
        "reader": reader.to_dict(),
    }


def restore(table: dict[str, Any], brought: dict[str, Any]) -> Any:
    """The object that a function was called with, from what `bring` brought.

    Raises
    ------
    DataIntegrityError
        If the rows are not the recorded ones.
    """
    if "path" in brought:
        return brought["path"] if table["carrier"]["type"] == "str" else Path(brought["path"])
    reader = Definition.from_dict(brought["reader"])
    files = [Path(each) for each in brought["files"]]
    rows = read_files(files, reader, base=Path(brought["base"])).table()
    if (found := digest_of(rows)) != table["digest"]:
        if brought.get("current"):
            return carriers.decode(rows, None)
        raise DataIntegrityError(
            f"the data of {table['reference']} has the digest {found[:16]}…, recorded "
            f"{table['digest'][:16]}…",
            f"check the copy with `mlsnap verify {table['reference']}`",
        )
    return carriers.decode(rows, table["carrier"])


def _as_it_is_now(workspace: Workspace, record: SnapshotRecord) -> Definition | None:
    """The definition of what a snapshot was taken of, else of its dataset; ``None``: a frame."""
    if record.definition.source is not None:
        return record.definition
    own = workspace.catalog.definition(workspace.catalog.get(record.dataset))
    return own if own.source is not None else None


def _bring_current(table: dict[str, Any], now: Definition, folder: Path) -> dict[str, Any]:
    if table["carrier"] and table["carrier"]["carrier"] == "path":
        return {"path": str(now.source)}
    folder.mkdir(parents=True)
    rows = open_source(now).table()
    names = write_parts(rows, folder, digest=digest_of(rows))
    return {
        "files": [str(folder / name) for name in names],
        "base": str(folder),
        "reader": pulling.TABLE.to_dict(),
        "current": True,
    }


def _bring_path(
    workspace: Workspace, record: SnapshotRecord, carrier: dict[str, Any], folder: Path
) -> Path | str:
    """The files that a function was given a path of: their copy, else the unchanged source."""
    if record.data is not None and record.data.verbatim:
        files = pulling.fetch_files(workspace, record, folder)
        source = str(carrier["source"])
        return files[0] if len(files) == 1 and source != "." else inside(folder, source)
    try:
        pulling.reread(record)
    except MlsnapError as error:
        raise NotReproducibleError(
            f"the function was given the path of {record.reference}, whose files are not stored: "
            f"{error.fact}",
            _how_to_keep(record),
        ) from error
    return str(record.definition.source)


def _how_to_keep(record: SnapshotRecord) -> str:
    if record.definition.steps:
        return (
            "the copy holds the rows that the definition's steps made; load those "
            f"(mlsnap.load({record.reference!r})) instead of opening the path"
        )
    return "track paths with create_data_snapshot=True: then the files are kept byte for byte"
