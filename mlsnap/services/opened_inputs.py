"""Data files that a script was seen to open, as inputs of its run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlsnap.errors import MlsnapError
from mlsnap.lineage.opened_files import Opened
from mlsnap.services import call_inputs, calls, script_inputs
from mlsnap.services.call_inputs import Place
from mlsnap.services.calls import InputSnapshot, Tracked
from mlsnap.services.script_inputs import FILES, InputFile
from mlsnap.services.scripts import Script
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import artifacts


@dataclass
class Found:
    """What was found: snapshots, why a rerun would not find the file, and what went wrong."""

    snapshots: list[InputSnapshot] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def find(
    workspace: Workspace, tracked: Tracked, root: Path | None, known: Mapping[str, str]
) -> Found:
    """The files that a script opened and that were no inputs yet, snapshotted.

    ``known`` are the contexts of the run. A file that has changed since it was opened is none: it
    is named in the complaints.
    """
    found, script = Found(), tracked.script
    if script is None or script.opened is None or not script.opened.read:
        return found
    place = root or script.folder
    files = list(_unchanged(script, script.opened, place, found))
    tables = script_inputs.tables_of(
        files, script=tracked.name, workspace=workspace, taken=_contexts(script, known)
    )
    found.problems += script_inputs.out_of_reach(files, argv=script.argv, root=place)
    for table in tables:
        try:
            found.snapshots.append(calls.take_snapshot(workspace, tracked, table))
        except MlsnapError as error:
            found.complaints.append(f"could not snapshot {str(table.value)!r}: {error.fact}")
    return found


def written_again(
    stored: bytes, found: Found, forms: Mapping[Place, dict[str, Any]]
) -> tuple[bytes, list[str]]:
    """The file of a call with the snapshots of what was found among its arguments."""
    call = json.loads(stored)
    places = {each.argument.place: each.argument.value for each in found.snapshots}
    files = {str(place[1]): value for place, value in places.items()}
    tables = {place: forms[place] for place in places}
    ((kind, pairs),) = call["arguments"].get(FILES, {"dict": []}).items()
    added = call_inputs.record({FILES: files}, tables)[0][FILES]["dict"] if files else []
    call["arguments"][FILES] = {"dict": [*(pairs if kind == "dict" else []), *added]}
    call["problems"] += found.problems
    return artifacts.to_bytes(artifacts.to_json(call)), found.problems


def _contexts(script: Script, known: Mapping[str, str]) -> list[str]:
    return [*known, *(each.context for each in script.tables)]


def _unchanged(script: Script, opened: Opened, root: Path, found: Found) -> Iterator[InputFile]:
    before = {Path(str(each.value)).resolve() for each in script.tables}
    for file in script_inputs.opened_files(opened, root=root, folder=script.folder):
        resolved = file.path.resolve()
        if any(resolved == each or resolved.is_relative_to(each) for each in before):
            continue
        if script_inputs.changed_since(file, opened):
            found.complaints.append(
                f"{str(file.path)!r} changed after the script opened it, so it is no input of the "
                "run: name it with --input, then it is read before the script starts"
            )
        else:
            yield file
