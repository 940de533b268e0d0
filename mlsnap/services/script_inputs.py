"""The data files of a script: those that its command line names, and those that it opens."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mlsnap.data.formats import FORMATS
from mlsnap.data.sources import located
from mlsnap.errors import MlsnapError, NotReproducibleError
from mlsnap.lineage import git
from mlsnap.lineage.entry import is_installed
from mlsnap.lineage.opened_files import Opened, stamp
from mlsnap.services.call_inputs import TableArgument
from mlsnap.services.command_lines import is_file, words_of
from mlsnap.services.workspace import Workspace
from mlsnap.values.names import slug

ENDINGS = tuple(suffix for each in FORMATS.values() for suffix in each.suffixes)
FILES = "files"
"""The parameter of a script that its input files are recorded under."""

_OWN = ("mlruns", "mlartifacts", "__pycache__")


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file or folder that a script reads.

    ``key`` is how the script names it, or its path relative to where the process stands.
    """

    key: str
    path: Path
    context: str


def named(argv: Sequence[str]) -> Iterator[InputFile]:
    """The data files that a command line names, in the context of their option or stem."""
    for word in words_of(argv):
        value = word.value or ""
        if value.lower().endswith(ENDINGS) and is_file(value) and _holds_rows(Path(value)):
            yield InputFile(value, Path(value), word.option or _stem(Path(value)))


def declared(given: Mapping[str, str]) -> Iterator[InputFile]:
    """The inputs that the user declares: paths by context."""
    for context, path in given.items():
        yield InputFile(path, Path(path), context)


def tables_of(
    files: Iterable[InputFile],
    *,
    script: str,
    workspace: Workspace | None,
    taken: Iterable[str] = (),
) -> tuple[TableArgument, ...]:
    """The files as inputs of a call, each once, and each in a context of its own.

    A file belongs to the dataset of its name that has it as its source, else to
    ``<script>.<context>``.
    """
    found: dict[Path, TableArgument] = {}
    contexts = set(taken)
    for file in files:
        place = Path(located(file.path))
        if place in found:
            continue
        context = next(each for each in _numbered(file.context) if each not in contexts)
        contexts.add(context)
        dataset = _registered(workspace, file) or f"{script}.{context}"
        found[place] = TableArgument((FILES, file.key), (context,), file.path, dataset, context)
    return tuple(found.values())


def out_of_reach(files: Iterable[InputFile], *, argv: Sequence[str], root: Path) -> list[str]:
    """Why a script will not find its files when it is run again elsewhere, a sentence each.

    Files below ``root`` are put to where they lie there; other paths can be changed on the command
    line alone.
    """
    named_ones = {word.value for word in words_of(argv)}
    return [
        f"the script opens {str(file.path)!r}, which lies outside of {str(root)!r}, by a path of "
        "its own: give the path as an argument of the script instead"
        for file in files
        if file.key not in named_ones and not _lies_below(file.path, root)
    ]


def opened_files(opened: Opened, *, root: Path, folder: Path) -> list[InputFile]:
    """What a script opened for reading that is data, and neither code nor its own output."""
    files = [each for each in opened.read if _is_data(each, root)]
    tracked = _tracked(files, root)
    return [
        InputFile(_key(file, root, folder), file, _stem(file))
        for file in files
        if file not in tracked and _holds_rows(file)
    ]


def changed_since(file: InputFile, opened: Opened) -> bool:
    """Whether a file is no more what it was when it was opened."""
    try:
        return stamp(file.path) != opened.read[file.path]
    except OSError:
        return True


def _registered(workspace: Workspace | None, file: InputFile) -> str | None:
    """The dataset of the file's, or the context's, name that has the file as its source."""
    if workspace is None:
        return None
    for name in dict.fromkeys((file.context, _stem(file.path))):
        with suppress(MlsnapError, OSError):
            entry = workspace.catalog.get(slug(name))
            if workspace.catalog.definition(entry).source == located(file.path):
                return entry.name
    return None


def _numbered(context: str) -> Iterator[str]:
    yield context
    number = 2
    while True:
        yield f"{context}-{number}"
        number += 1


def _stem(file: Path) -> str:
    """The name without its endings.

    >>> _stem(Path("data/crime.csv.gz"))
    'crime'
    """
    ending = max(
        (each for each in ENDINGS if file.name.lower().endswith(each)), key=len, default=""
    )
    return file.name[: len(file.name) - len(ending)] or file.name


def _is_data(file: Path, root: Path) -> bool:
    if is_installed(file.resolve()) or not is_file(str(file)):
        return False
    if not _lies_below(file, root):
        return not file.name.lower().endswith(".json")  # what libraries keep their settings in
    parts = file.resolve().relative_to(root.resolve()).parts
    return not any(part.startswith(".") or part in _OWN for part in parts)


def _lies_below(file: Path, root: Path) -> bool:
    """Whether a rerun can put a file at its place: links may lead elsewhere."""
    place = Path(os.path.abspath(file))  # noqa: PTH100 - links stay, `..` goes
    return place.is_relative_to(root) or place.resolve().is_relative_to(root.resolve())


def _key(file: Path, root: Path, folder: Path) -> str:
    if not _lies_below(file, root):
        return str(file)
    return Path(os.path.relpath(file, folder)).as_posix()


def _tracked(files: Sequence[Path], root: Path) -> set[Path]:
    """Those that git tracks: they come with the code."""
    below = [file for file in files if _lies_below(file, root)]
    if not below:
        return set()
    words = ("--literal-pathspecs", "ls-files", "-z", "--full-name", "--", *map(str, below))
    try:
        listed = git.paths(*words, at=root)
    except (subprocess.CalledProcessError, NotReproducibleError):
        return set()
    tracked = {(root / each).resolve() for each in listed}
    return {file for file in below if file.resolve() in tracked}


def _holds_rows(file: Path) -> bool:
    """Whether a file holds rows: JSON may be settings instead, which are one object."""
    if not file.name.lower().endswith(".json"):
        return True
    try:
        with file.open("rb") as opened:
            line = opened.readline(1 << 20).strip()
            return line.startswith(b"[") or (isinstance(json.loads(line), dict) and any(opened))
    except (OSError, ValueError):
        return False
