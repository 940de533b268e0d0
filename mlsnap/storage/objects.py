"""Objects of a remote: files named by their md5, in the layout of DVC 3.

No cache, lock or index: an object is there under its name with all of its bytes, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from mlsnap.storage import files
from mlsnap.storage.entries import Entry
from mlsnap.storage.files import name_below, place, translated
from mlsnap.storage.remote import Remote, object_steps

_MODE = 0o444
"""What DVC trusts an object of a folder by."""

_OBJECT = re.compile(r"files/md5/([0-9a-f]{2})/([0-9a-f]{30}(?:\.dir)?)")


def object_url(remote: Remote, oid: str) -> str:
    """Where the object is, without credentials, for messages."""
    return "/".join((remote.url, *object_steps(oid)))


def object_path(remote: Remote, oid: str) -> str:
    """Where the object is in the remote's file system."""
    return place(remote, *object_steps(oid))


def object_size(remote: Remote, oid: str) -> int | None:
    """Bytes of an object; ``None`` if it is not there.

    Raises
    ------
    RemoteError
        If the remote refuses or is out of reach.
    """
    entry = object_entry(remote, oid)
    return entry.size if entry else None


def object_entry(remote: Remote, oid: str) -> Entry | None:
    """What the remote says of an object, as `object_size` does; ``None`` if it is not there."""
    with _translated(remote, oid, "looked up"):
        return files.look_up(remote, object_path(remote, oid))


def put_file(
    remote: Remote, oid: str, source: Path, *, confirm: Callable[[], None] = lambda: None
) -> None:
    """Store the content of ``source`` as an object, over what is there under its name.

    ``confirm`` is called when all is copied, before the object gets its name where the remote is
    a folder; if it raises, the object is taken back.

    Raises
    ------
    RemoteError
        If the remote refuses, is full or out of reach.
    """
    with _translated(remote, oid, "written"):
        files.send(remote, object_path(remote, oid), source, mode=_MODE, confirm=confirm)


def put_bytes(remote: Remote, oid: str, content: bytes) -> None:
    """Store ``content`` as an object; raises as `put_file` does."""
    with _translated(remote, oid, "written"):
        files.write(remote, object_path(remote, oid), content, mode=_MODE)


def read_object(remote: Remote, oid: str) -> Iterator[bytes]:
    """The content of an object, in chunks.

    Raises
    ------
    RemoteError
        If it is not there, or the remote refuses or is out of reach.
    """
    with _translated(remote, oid, "read"):
        yield from files.read(remote, object_path(remote, oid))


def remove_object(remote: Remote, oid: str) -> None:
    """Remove an object; nothing happens if it is not there.

    Raises
    ------
    RemoteError
        If the remote refuses or is out of reach.
    """
    with _translated(remote, oid, "removed"):
        files.remove(remote, [object_path(remote, oid)])


def all_entries(remote: Remote) -> list[Entry]:
    """Every file among the objects, finished or not.

    Raises
    ------
    RemoteError
        If the remote cannot list, refuses or is out of reach.
    """
    with translated(remote, "the list of objects", "read"):
        return files.listed(remote, place(remote, "files", "md5"))


def name_of(remote: Remote, entry: Entry) -> str | None:
    """The object's name; ``None`` for a file that is no object."""
    found = _OBJECT.fullmatch(name_below(remote, entry.path))
    return "".join(found.groups()) if found else None


def _translated(remote: Remote, oid: str, done: str) -> AbstractContextManager[None]:
    return translated(remote, f"object {oid}", done)
