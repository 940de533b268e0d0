"""What is wrong with a stored part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mlsnap.errors import DataIntegrityError, RemoteError
from mlsnap.storage.hashes import Hashes
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
        kind = RemoteError if self.found is None else DataIntegrityError
        return kind(
            f"{self}; {done}",
            "bring that object back from a backup of the remote, or remove it and push the same "
            "data again; verifying the copy names every damaged part",
        )


def find_fault(
    remote: Remote,
    part: Part,
    *,
    oid: str | None = None,
    keep: Callable[[bytes], None] = lambda chunk: None,
) -> Fault | None:
    """Read the object of a part and compare size, md5 and SHA-256; ``keep`` gets its bytes.

    ``oid`` is the object's name where it is not the part's md5.

    Raises
    ------
    RemoteError
        If the remote refuses or is out of reach.
    """
    name = oid or part.md5
    fault = partial(Fault, part, object_url(remote, name))
    size = object_size(remote, name)
    if size is None:
        return fault()
    if size != part.size:
        return fault("size", f"{part.size} bytes", f"{size} bytes")
    hashes = Hashes()
    for chunk in read_object(remote, name):
        hashes.update(chunk)
        keep(chunk)
    if hashes.md5 != part.md5:
        return fault("md5", part.md5, hashes.md5)
    if hashes.sha256 != part.sha256:
        return fault("SHA-256", part.sha256, hashes.sha256)
    return None
