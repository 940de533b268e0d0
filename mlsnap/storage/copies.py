"""Copies of data: folders of files pushed to a remote, brought back, and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar

from mlsnap.errors import RemoteError, SourceError
from mlsnap.storage.faults import find_fault
from mlsnap.storage.hashes import hashed
from mlsnap.storage.landing import landing
from mlsnap.storage.manifest import check_copy, check_paths, folder_object
from mlsnap.storage.objects import object_size, object_url, put_bytes, put_file
from mlsnap.storage.remote import Remote, reason
from mlsnap.values.snapshot import DataCopy, Definition, Part

OnBytes = Callable[[int], None]
T = TypeVar("T")
R = TypeVar("R")


def push(
    folder: Path,
    remote: Remote,
    *,
    files: Sequence[str],
    reader: Definition,
    on_bytes: OnBytes | None = None,
) -> DataCopy:
    """Store files of a folder as a copy; what the remote has already is not sent again.

    Parameters
    ----------
    folder
        Where the files are; nothing in it changes.
    remote
        Where the copy goes.
    files
        Their paths in ``folder``, in reading order, ``/`` between folders.
    reader
        How to read the folder.
    on_bytes
        Called with the size of each file that is done, by one thread at a time.

    Raises
    ------
    SourceError
        If a file cannot be read or changes meanwhile.
    DataIntegrityError
        If a path leads out of ``folder`` or is listed twice.
    RemoteError
        If the remote refuses, or does not hold what was sent.
    """
    check_paths(files)
    push_one = partial(_push_file, folder, remote, report=_in_turn(on_bytes))
    parts = tuple(_in_threads(push_one, files, jobs=remote.jobs))
    name, content = folder_object(parts)
    if object_size(remote, name) != len(content):
        put_bytes(remote, name, content)
        _require_size(remote, name, len(content))
    return DataCopy(name, parts, dict(remote.record), remote.name, reader)


def fetch(
    copy: DataCopy, remote: Remote, destination: Path, *, on_bytes: OnBytes | None = None
) -> Path:
    """Bring a copy's files back, each checked by size, md5 and SHA-256.

    They get their names in ``destination``, over files of the same names, after the last one was
    checked; after an error none of them is there.

    Parameters
    ----------
    copy
        What to bring.
    remote
        Where it is.
    destination
        Folder for the files, made if need be.
    on_bytes
        Called with the number of further bytes that have arrived, by one thread at a time.

    Raises
    ------
    DataIntegrityError
        If an object is not what was recorded, or the record itself is not sound.
    RemoteError
        If an object is missing, or the remote refuses.
    ConfigError
        If ``destination`` cannot be written.
    """
    check_copy(copy)
    done = f"{len(copy.parts)} parts were asked for, and nothing was written to {destination}"
    with landing(destination, [part.path for part in copy.parts]) as folder:
        receive = partial(_receive, remote, folder, report=_in_turn(on_bytes), done=done)
        _in_threads(receive, copy.parts, jobs=remote.jobs)
    return destination


def verify(copy: DataCopy, remote: Remote) -> list[str]:
    """Read a whole copy and say what is wrong with it.

    One sentence per missing or damaged part; none if all is well. DVC's own list of the files
    counts as a part. No file is written.

    Raises
    ------
    DataIntegrityError
        If the record of the copy is not sound.
    RemoteError
        If the remote refuses or is out of reach.
    """
    check_copy(copy)
    faults = _in_threads(partial(find_fault, remote), copy.parts, jobs=remote.jobs)
    faults.append(find_fault(remote, _listing(copy), oid=copy.md5))
    return [str(fault) for fault in faults if fault]


def _push_file(folder: Path, remote: Remote, path: str, *, report: OnBytes) -> Part:
    source = folder / path
    try:
        stamp = _stamp(source)
        part = hashed(folder, path)
    except OSError as error:
        raise SourceError(
            f"the file {str(source)!r} cannot be read: {reason(error)}",
            "no snapshot refers to what was stored so far; mend the file and begin again",
        ) from error
    if object_size(remote, part.md5) != part.size:
        put_file(remote, part.md5, source, confirm=partial(_require_unchanged, source, stamp))
        _require_size(remote, part.md5, part.size)
    report(part.size)
    return part


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


def _require_size(remote: Remote, oid: str, expected: int) -> None:
    found = object_size(remote, oid)
    if found != expected:
        raise RemoteError(
            f"the object at {object_url(remote, oid)} has {found or 'no'} bytes after its upload, "
            f"expected {expected}",
            "push again; if it stays so, check the storage behind the remote",
        )


def _receive(remote: Remote, folder: Path, part: Part, *, report: OnBytes, done: str) -> None:
    target = folder / part.path
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:

        def keep(chunk: bytes) -> None:
            file.write(chunk)
            report(len(chunk))

        if fault := find_fault(remote, part, keep=keep):
            raise fault.error(done)


def _listing(copy: DataCopy) -> Part:
    """DVC's list of the files, as if it were one of them."""
    name, content = folder_object(copy.parts)
    sha256 = hashlib.sha256(content).hexdigest()
    return Part("list of files", len(content), name.removesuffix(".dir"), sha256)


def _in_turn(on_bytes: OnBytes | None) -> OnBytes:
    """``on_bytes`` for many threads: called by one at a time, or not at all."""
    lock = Lock()

    def report(count: int) -> None:
        if on_bytes:
            with lock:
                on_bytes(count)

    return report


def _in_threads(function: Callable[[T], R], items: Iterable[T], *, jobs: int) -> list[R]:
    """Results in the order of ``items``; after an error nothing more is begun."""
    with ThreadPoolExecutor(jobs, thread_name_prefix="mlsnap") as pool:
        futures = [pool.submit(function, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
