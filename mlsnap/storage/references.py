"""Who needs which copy: small files beside the objects, so that many servers can share a remote."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlsnap.errors import InvalidNameError
from mlsnap.storage.files import is_http, place
from mlsnap.storage.notes import (
    MARKS,
    REFERENCES,
    WRITING,
    Note,
    list_notes,
    not_understood,
    read_notes,
    remove_notes,
    write_note,
)
from mlsnap.storage.presence import is_stale
from mlsnap.storage.remote import Remote

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_COPY = re.compile(r"[0-9a-f]{32}\.dir")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose copy it is.

    Attributes
    ----------
    store
        Identity of the MLflow that holds the snapshot: up to 100 letters, digits, ``_``, ``-``.
    run_id
        The snapshot's run there, of the same characters.
    snapshot
        The snapshot's reference, for people; it does not tell owners apart.
    """

    store: str
    run_id: str
    snapshot: str


@dataclass(frozen=True, slots=True)
class Reference:
    """That ``owner`` needs a copy, or is writing one.

    Attributes
    ----------
    owner
        Who needs it.
    copy
        DVC's name of the folder (``<32 hex>.dir``); ``None`` while it is being written.
    age
        Seconds since it was written, or touched by who is writing.
    """

    owner: Owner
    copy: str | None
    age: float


def references(remote: Remote) -> list[Reference]:
    """What the owners of all stores need of a remote, and what is being written to it.

    Marks of writers that have gone are left out. Ages follow this machine's clock.

    Raises
    ------
    DataIntegrityError
        If a reference is none.
    RemoteError
        If the remote cannot list, refuses or is out of reach.
    """
    needed = read_notes(remote, list_notes(remote, REFERENCES))
    marks = [each for each in list_notes(remote, MARKS) if each.path.endswith(WRITING)]
    written = (note for note in read_notes(remote, marks) if not is_stale(note))
    return [*map(reference_in, needed), *map(reference_in, written)]


def write_reference(remote: Remote, owner: Owner, copy: str) -> None:
    """Say that ``owner`` needs ``copy``, and no other one."""
    if not is_http(remote):
        write_note(remote, _path(remote, owner), {**owner_to_dict(owner), "copy": copy})


def drop_reference(remote: Remote, owner: Owner) -> None:
    """Say that ``owner`` needs its copy no longer; nothing happens if it never said it does.

    Raises
    ------
    RemoteError
        If the remote refuses or is out of reach.
    InvalidNameError
        If the ids of the owner could not be those of a file.
    """
    if not is_http(remote):
        remove_notes(remote, _path(remote, owner))


def check_owner(owner: Owner) -> None:
    """`InvalidNameError` if the ids of ``owner`` could not be those of a file."""
    for what, text in (("store", owner.store), ("run", owner.run_id)):
        if not _ID.fullmatch(text):
            raise InvalidNameError(
                f"{text!r} is no id of a {what}",
                "an id has up to 100 letters, digits, '_' and '-', and begins with no sign",
            )


def owner_to_dict(owner: Owner) -> dict[str, str]:
    """An owner as a note says it."""
    return {"store": owner.store, "run_id": owner.run_id, "snapshot": owner.snapshot}


def reference_in(note: Note) -> Reference:
    """What a note of an owner says; `DataIntegrityError` if it says something else."""
    said = note.content
    texts = [said.get(each) for each in ("store", "run_id", "snapshot")]
    store, run_id, snapshot = (text if isinstance(text, str) else "" for text in texts)
    copy = said.get("copy")
    if not (store and run_id) or not (copy is None or _is_copy(copy)):
        raise not_understood(f"{note.path} names no owner and copy")
    return Reference(Owner(store, run_id, snapshot), copy, note.age)


def _is_copy(text: object) -> bool:
    return isinstance(text, str) and _COPY.fullmatch(text) is not None


def _path(remote: Remote, owner: Owner) -> str:
    check_owner(owner)
    return place(remote, REFERENCES, owner.store, f"{owner.run_id}.json")
