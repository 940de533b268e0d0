"""What is wrong with a stored part."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mlsnap.errors import DataIntegrityError, RemoteError
from mlsnap.storage.objects import object_size, object_url, read_object
from mlsnap.storage.remote import Remote
from mlsnap.values.snapshot import Part


@dataclass(frozen=True, slots=True)
class Fault:
    """A part whose object is not what was recorded; ``found`` is ``None`` for a missing one."""

    part: Part
    url: str
    what: str = "object"
    expected: str = ""
    found: str | None = None

    def __str__(self) -> str:
        if self.found is None:
            return f"part {self.part.path!r} is missing: no object at {self.url}"
        return (
            f"part {self.part.path!r} is damaged: the object at {self.url} has the {self.what} "
            f"{self.found}, expected {self.expected}"
        )

    def error(self, done: str) -> RemoteError | DataIntegrityError:
        """The fault as an error; ``done`` says how far things had come."""
        if self.found is None:
            return RemoteError(
                f"{self}; {done}",
                "`mlsnap show` says if the copy was freed meanwhile; if not, bring that object "
                "back from a backup of the remote, or take a snapshot of the same data again",
            )
        return DataIntegrityError(
            f"{self}; {done}",
            "bring that object back from a backup of the remote, or remove it and take a snapshot "
            "of the same data again; `mlsnap verify` names every damaged part",
        )


def find_fault(
    remote: Remote,
    part: Part,
    *,
    oid: str | None = None,
    keep: Callable[[bytes], object] = lambda chunk: None,
    md5: bool = True,
) -> Fault | None:
    """Read the object of a part and compare its size and hashes; ``keep`` gets its bytes.

    Parameters
    ----------
    oid
        The object's name where it is not the part's md5.
    md5
        Whether to compare the md5, too. SHA-256 is the stronger of the two, and faster; the md5
        is what DVC will look at.

    Raises
    ------
    RemoteError
        If the remote refuses or is out of reach.
    """
    if wrong := find_size_fault(remote, part, oid=oid):
        return wrong
    name = oid or part.md5
    fault = partial(Fault, part, object_url(remote, name))
    hashes = {"SHA-256": (hashlib.sha256(), part.sha256)}
    if md5:
        hashes["md5"] = (hashlib.md5(usedforsecurity=False), part.md5)
    for chunk in read_object(remote, name):
        for hash_, _ in hashes.values():
            hash_.update(chunk)
        keep(chunk)
    for what, (hash_, expected) in hashes.items():
        if (found := hash_.hexdigest()) != expected:
            return fault(what, expected, found)
    return None


def find_size_fault(remote: Remote, part: Part, *, oid: str | None = None) -> Fault | None:
    """The same from the object's size alone, without reading it."""
    name = oid or part.md5
    fault = partial(Fault, part, object_url(remote, name))
    size = object_size(remote, name)
    if size is None:
        return fault()
    if size != part.size:
        return fault("size", f"{part.size} bytes", f"{size} bytes")
    return None
