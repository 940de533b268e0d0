"""A copy being written: its objects first, then DVC's list of them, the reference to it last."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from mlsnap.data.ahead import in_order
from mlsnap.errors import RemoteError, SourceError
from mlsnap.storage.entries import Entry
from mlsnap.storage.files import is_http
from mlsnap.storage.hashes import Hashes, hashed
from mlsnap.storage.manifest import check_paths, folder_object
from mlsnap.storage.notes import SWEEPING, WRITING
from mlsnap.storage.objects import (
    object_entry,
    object_url,
    put_bytes,
    put_file,
    read_object,
)
from mlsnap.storage.presence import Presence
from mlsnap.storage.references import Owner, check_owner, owner_to_dict, write_reference
from mlsnap.storage.remote import Remote, reason
from mlsnap.values.snapshot import DataCopy, Definition, Part

_MD5 = re.compile(r"[0-9a-f]{32}")
_LOOK = 0.2
"""Seconds between two looks at whether a sweep has ended; they grow to ten times as much."""


@contextmanager
def writing(remote: Remote, owner: Owner) -> Iterator[Writer]:
    """Mark on ``remote`` that ``owner`` writes a copy, for as long as the block lasts.

    While a sweep is under way it waits. When the block ends without `Writer.finish`, nothing
    refers to what was sent; a later copy finds these objects and does not send them again, and a
    sweep removes them. Any number of processes may write at once, the same objects too.

    On a plain web server no marks are set, as nothing there can be swept.

    Raises
    ------
    RemoteError
        If the remote cannot be written, refuses or is out of reach.
    InvalidNameError
        If the ids of the owner could not be those of a file.
    """
    check_owner(owner)
    if is_http(remote):
        yield Writer(remote, owner, None)
        return
    with Presence(remote, WRITING, owner_to_dict(owner)) as presence:
        _wait_for_sweeps(presence)
        yield Writer(remote, owner, presence)


class Writer:
    """Puts the parts of one copy into a remote; `writing` makes it. Threads may share it."""

    def __init__(self, remote: Remote, owner: Owner, presence: Presence | None) -> None:
        self._remote = remote
        self._owner = owner
        self._presence = presence
        self._there: dict[str, int] = {}
        self._sent: dict[str, int] = {}
        self._etags_are_md5 = True

    def put(
        self,
        path: str,
        content: bytes | bytearray | memoryview,
        *,
        rows: int | None = None,
        key: str | None = None,
    ) -> Part:
        """Store ``content`` as the part ``path``, unless its object is there with its size.

        Raises
        ------
        RemoteError
            If the remote refuses, is full or out of reach, or does not hold what was sent.
        """
        hashes = Hashes()
        hashes.update(content)
        size = memoryview(content).nbytes
        part = Part(path, size, hashes.md5, hashes.sha256, rows, key)
        if not self.has(part):
            put_bytes(self._remote, part.md5, bytes(content))
            self._require_sent(part.md5, part.size)
            self._sent[part.md5] = part.size
        return part

    def put_file(self, folder: Path, path: str) -> Part:
        """Store the file ``path`` of ``folder`` as the part of that path; raises as `put` does.

        Raises
        ------
        SourceError
            If the file cannot be read or changes meanwhile.
        """
        source = folder / path
        try:
            stamp = _stamp(source)
            part = hashed(folder, path)
        except OSError as error:
            raise SourceError(
                f"the file {str(source)!r} cannot be read: {reason(error)}",
                "no snapshot refers to what was stored so far; mend the file and begin again",
            ) from error
        if not self.has(part):
            confirm = partial(_require_unchanged, source, stamp)
            put_file(self._remote, part.md5, source, confirm=confirm)
            self._require_sent(part.md5, part.size)
            self._sent[part.md5] = part.size
        return part

    def has(self, part: Part) -> bool:
        """Whether the object of a part, of this copy or an earlier one, is there with its size.

        Raises
        ------
        RemoteError
            If the remote refuses or is out of reach.
        """
        if self._there.get(part.md5) != part.size:
            entry = object_entry(self._remote, part.md5)
            if entry is None or entry.size != part.size:
                return False
            self._there[part.md5] = part.size
        return True

    def finish(
        self,
        parts: Sequence[Part],
        *,
        reader: Definition,
        verbatim: bool = False,
        mean_rows: int | None = None,
        schema: str | None = None,
    ) -> DataCopy:
        """Store DVC's list of the parts and refer to it: now the copy is there to stay.

        Parameters
        ----------
        parts
            What `put`, `put_file` and `has` said is there, in reading order.
        reader, verbatim, mean_rows, schema
            As in `mlsnap.values.snapshot.DataCopy`.

        Raises
        ------
        DataIntegrityError
            If a path leads out of the copy's folder or is listed twice.
        RemoteError
            If the object of a part is not there, or the remote refuses or is out of reach.
        """
        check_paths(part.path for part in parts)
        self._renew()
        self._require_all(parts)
        name, content = folder_object(parts)
        entry = object_entry(self._remote, name)
        if entry is None or entry.size != len(content):
            put_bytes(self._remote, name, content)
            self._require_sent(name, len(content))
        write_reference(self._remote, self._owner, name)
        return DataCopy(
            md5=name,
            parts=tuple(parts),
            remote=dict(self._remote.record),
            remote_name=self._remote.name,
            reader=reader,
            verbatim=verbatim,
            mean_rows=mean_rows,
            schema=schema,
            sent=sum(self._sent.values()),
        )

    def _renew(self) -> None:
        """After a long sleep of this machine, trust nothing that was seen before."""
        if self._presence and self._presence.lapsed:
            self._presence.touch()
            _wait_for_sweeps(self._presence)
            self._there.clear()

    def _require_all(self, parts: Sequence[Part]) -> None:
        with closing(in_order(self.has, parts, jobs=self._remote.jobs)) as found:
            missing = next(
                (part for part, there in zip(parts, found, strict=True) if not there), None
            )
        if missing:
            raise RemoteError(
                f"part {missing.path!r} is not there any more: no object of {missing.size} bytes "
                f"at {object_url(self._remote, missing.md5)}",
                "take the copy again; if it stays so, check the storage behind the remote",
            )

    def _require_sent(self, oid: str, size: int) -> None:
        entry = object_entry(self._remote, oid)
        if entry is None or entry.size != size:
            found = entry.size if entry else "no"
            raise RemoteError(
                f"the object at {object_url(self._remote, oid)} has {found} bytes after its "
                f"upload, expected {size}",
                "push again; if it stays so, check the storage behind the remote",
            )
        self._require_etag(entry, oid)
        self._there[oid] = size

    def _require_etag(self, entry: Entry, oid: str) -> None:
        """Compare S3's own hash; where the bucket encrypts, it is another one than md5."""
        md5 = oid.removesuffix(".dir")
        told = entry.etag if entry.etag and _MD5.fullmatch(entry.etag) else None
        if told is None or told == md5 or not self._etags_are_md5:
            return
        hashes = Hashes()
        for chunk in read_object(self._remote, oid):
            hashes.update(chunk)
        if hashes.md5 != md5:
            raise RemoteError(
                f"the object at {object_url(self._remote, oid)} has the md5 {hashes.md5} after its "
                f"upload, expected {md5}",
                "push again; if it stays so, check the storage behind the remote",
            )
        self._etags_are_md5 = False


def _wait_for_sweeps(presence: Presence) -> None:
    pause = _LOOK
    while presence.others(SWEEPING):
        time.sleep(pause)
        pause = min(1.5 * pause, 10 * _LOOK)


def _stamp(source: Path) -> tuple[int, int, int]:
    """What changes with a file's content."""
    status = source.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _require_unchanged(source: Path, stamp: tuple[int, int, int]) -> None:
    if not source.is_file() or _stamp(source) != stamp:
        raise SourceError(
            f"the file {str(source)!r} changed while it was copied",
            "begin again when nothing writes to it",
        )
