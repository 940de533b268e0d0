"""A recorded script, run again where its code and data were brought to."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import arguments, entry
from mlsnap.lineage.import_paths import MAIN
from mlsnap.lineage.opened_files import watched
from mlsnap.lineage.paths import inside
from mlsnap.services import command_lines, script_inputs
from mlsnap.services.bookkeeping import Bookkeeper
from mlsnap.services.call_inputs import TableArgument
from mlsnap.services.calls import Tracked
from mlsnap.services.script_inputs import FILES
from mlsnap.services.script_process import found_script, run
from mlsnap.services.scripts import Script
from mlsnap.values.lineage import Call


def prepare(
    call: Call, brought: Mapping[str, str], *, root: Path, params: Mapping[str, str]
) -> Callable[[], None]:
    """Put a script's data to where it looks for it; returns what runs it, as a tracked call.

    Parameters
    ----------
    brought
        The path of the data of each of its inputs, by context.
    root
        Where its code lies. The process stands where the script did in it.
    params
        Other values for options on its command line.

    Raises
    ------
    NotReproducibleError
        If the script is missing, or a file of its code is in the place of its data.
    """
    folder = Path.cwd()
    file = entry.find_script(call.entry, root=root)
    argv = command_lines.with_values(arguments.decode(call.arguments["argv"]["value"]), params)
    tables = _tables(call)
    places = {
        key: _placed(key, Path(brought[table["context"]]), root=root, folder=folder)
        for key, table in tables.items()
    }
    elsewhere = {key: str(path) for key, path in places.items() if folder / key != path}
    script = _script(call, file, tuple(argv))
    script = replace(
        script,
        given=tuple(command_lines.with_paths(argv, elsewhere)),
        tables=tuple(_argument(key, table, places[key]) for key, table in tables.items()),
    )
    return lambda: _run(script)


def _script(call: Call, file: Path | None, argv: tuple[str, ...]) -> Script:
    if file is None or call.entry.module != MAIN:
        return found_script(call.entry.module, argv, is_module=True)
    return found_script(os.path.relpath(file), argv, is_module=False)


def _run(script: Script) -> None:
    with watched(script_inputs.ENDINGS) as opened:
        script = replace(script, opened=opened)
        run(script, Bookkeeper(Tracked(script, with_data=False), None))


def _tables(call: Call) -> dict[str, dict[str, Any]]:
    """The recorded tables by the names that the script has for their files."""
    stored = call.arguments.get(FILES, {}).get("dict", [])
    return {str(arguments.decode(key)): form["table"] for key, form in stored if "table" in form}


def _argument(key: str, table: Mapping[str, Any], path: Path) -> TableArgument:
    dataset = str(table["reference"]).partition("@")[0]
    return TableArgument((FILES, key), (table["context"],), path, dataset, table["context"])


def _placed(key: str, source: Path, *, root: Path, folder: Path) -> Path:
    """Where the data is for the script: the recorded place, if that lies in the scratch folder.

    A file that lies there already came with the code, and must be the same.
    """
    if Path(key).is_absolute() or not _is_inside(root, folder / key):
        return source
    place = inside(root, str(folder / key))
    if source.is_dir():
        for each in sorted(source.rglob("*")):
            if each.is_file():
                below = each.relative_to(source)
                _put(each, inside(root, str(place / below)), shown=f"{key}/{below.as_posix()}")
    else:
        _put(source, place, shown=key)
    return folder / key


def _is_inside(root: Path, path: Path) -> bool:
    try:
        inside(root, str(path))
    except NotReproducibleError:
        return False
    return True


def _put(source: Path, place: Path, *, shown: str) -> None:
    if place.exists():
        if not filecmp.cmp(source, place, shallow=False):
            raise NotReproducibleError(
                f"the code of the run holds another file {shown!r} than the data that the script "
                "read",
                "look at the data with `mlsnap get`, and at the code with --code-only",
            )
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, place)
