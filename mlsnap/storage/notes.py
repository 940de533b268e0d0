"""Small JSON files beside the objects, in which owners, writers and sweepers say what they do.

References lie in ``refs``, one a snapshot; marks in ``marks``, one a process that writes or sweeps.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from mlsnap.data.ahead import in_order
from mlsnap.errors import DataIntegrityError
from mlsnap.storage import files
from mlsnap.storage.entries import Entry
from mlsnap.storage.files import name_below, place, translated
from mlsnap.storage.remote import Remote

REFERENCES = "refs"
MARKS = "marks"
WRITING = ".writing.json"
SWEEPING = ".sweeping.json"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it was read: where it is, what it says, its bytes, and its age in seconds."""

    path: str
    content: dict[str, Any]
    size: int
    age: float


def write_note(remote: Remote, path: str, content: dict[str, Any]) -> None:
    """Write a note, over the one that is there.

    Raises
    ------
    RemoteError
        If the remote refuses, is full or out of reach.
    """
    text = json.dumps({**content, "time": time.time()}, sort_keys=True)
    with translated(remote, f"the note {name_below(remote, path)}", "written"):
        files.write(remote, path, text.encode())


def remove_notes(remote: Remote, *paths: str) -> None:
    """Remove notes; nothing happens to those that are not there."""
    names = ", ".join(name_below(remote, path) for path in paths)
    with translated(remote, f"the notes {names}", "removed"):
        files.remove(remote, paths)


def list_notes(remote: Remote, folder: str) -> list[Entry]:
    """The notes of a folder, and what is left of unfinished ones.

    Raises
    ------
    RemoteError
        If the remote cannot list, refuses or is out of reach.
    """
    with translated(remote, f"the folder {folder}", "listed"):
        return files.listed(remote, place(remote, folder))


def read_notes(remote: Remote, entries: list[Entry], *, now: float | None = None) -> list[Note]:
    """What the notes say, without those that have gone meanwhile.

    ``now`` is the time by the remote's clock, in seconds since 1970; this machine's if ``None``.

    Raises
    ------
    DataIntegrityError
        If one is no note.
    RemoteError
        If the remote refuses or is out of reach.
    """
    wanted = [each for each in entries if each.path.endswith(".json")]
    read = in_order(partial(_read, remote, now=now), wanted, jobs=remote.jobs)
    return [note for note in read if note]


def not_understood(fact: str) -> DataIntegrityError:
    """The error for a note that says something else than it should."""
    return DataIntegrityError(
        fact,
        "find out who changed it; nothing is removed from this remote before it is mended or "
        "taken away",
    )


def _read(remote: Remote, entry: Entry, *, now: float | None) -> Note | None:
    name = name_below(remote, entry.path)
    try:
        with translated(remote, f"the note {name}", "read"):
            text = _text(remote, entry.path)
        if text is None:
            return None
        content = dict(json.loads(text))
        age = _age(entry, content, now)
    except (ValueError, TypeError, KeyError) as error:
        raise not_understood(f"{remote.url}/{name} is no note of mlsnap: {error}") from error
    return Note(entry.path, content, entry.size, age)


def _text(remote: Remote, path: str) -> bytes | None:
    try:
        return b"".join(files.read(remote, path))
    except FileNotFoundError:
        return None


def _age(entry: Entry, content: dict[str, Any], now: float | None) -> float:
    if entry.modified is None:
        return max(0.0, time.time() - float(content["time"]))
    return max(0.0, (time.time() if now is None else now) - entry.modified)
