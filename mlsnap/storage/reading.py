"""Copies brought back from a remote, each byte of them checked before anybody gets it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar

from mlsnap.data.ahead import in_order
from mlsnap.storage.faults import Fault, find_fault, find_size_fault
from mlsnap.storage.landing import landing
from mlsnap.storage.manifest import check_copy, folder_object, is_one_file
from mlsnap.storage.remote import Remote
from mlsnap.values.snapshot import DataCopy, Part

OnBytes = Callable[[int], object]
"""Told the number of further bytes that have arrived, by one thread at a time."""

Made = TypeVar("Made")

_TRIES = 2
"""How often a part is read before it is called damaged: a transfer may have failed."""


def read_parts(
    copy: DataCopy,
    remote: Remote,
    *,
    make: Callable[[Part, memoryview], Made],
    parts: Sequence[Part] | None = None,
    on_bytes: OnBytes | None = None,
) -> Generator[Made, None, None]:
    """What ``make`` makes of each part's content, in the order of the parts.

    Some threads fetch ahead, check size and SHA-256, and only then call ``make``; closing the
    iterator ends them. Nothing is written to this machine's disk.

    Parameters
    ----------
    make
        Called with a part and its content, by several threads at once.
    parts
        Only these of the copy's parts, in this order.
    on_bytes
        Told of the bytes that arrive.

    Raises
    ------
    DataIntegrityError
        If an object is not what was recorded, or the record itself is not sound.
    RemoteError
        If an object is missing, or the remote refuses.
    """
    check_copy(copy)
    wanted = copy.parts if parts is None else parts
    report = _in_turn(on_bytes)

    def bring(numbered: tuple[int, Part]) -> Made:
        number, part = numbered
        done = f"it is part {number} of the {len(wanted)} asked for, and none of it was handed out"
        return make(part, _tried(partial(_in_memory, remote, part, report), done))

    return in_order(bring, enumerate(wanted, 1), jobs=remote.jobs, size=lambda each: each[1].size)


def fetch(
    copy: DataCopy, remote: Remote, destination: Path, *, on_bytes: OnBytes | None = None
) -> Path:
    """Bring a copy's files back, each checked by size and SHA-256.

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
        Told of the bytes that arrive.

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
    report = _in_turn(on_bytes)
    with landing(destination, [part.path for part in copy.parts]) as folder:

        def bring(part: Part) -> Path:
            return _tried(partial(_in_file, remote, part, report, folder / part.path), done)

        for _ in in_order(bring, copy.parts, jobs=remote.jobs):
            pass
    return destination


def verify(
    copy: DataCopy, remote: Remote, *, sizes_only: bool = False, on_bytes: OnBytes | None = None
) -> list[str]:
    """Read a whole copy and say what is wrong with it.

    One sentence per missing or damaged part; none if all is well. DVC's own list of the files
    counts as a part, and md5, DVC's own check, is looked at as well. No file is written.
    ``sizes_only`` reads nothing: it finds what is missing or has another size.

    Raises
    ------
    DataIntegrityError
        If the record of the copy is not sound.
    RemoteError
        If the remote refuses or is out of reach.
    """
    check_copy(copy)
    of_parts, of_listing = _in_turn(on_bytes), _in_turn(None)

    def look(part: Part, oid: str | None = None) -> Fault | None:
        if sizes_only:
            return find_size_fault(remote, part, oid=oid)
        report = of_listing if oid else of_parts
        return find_fault(remote, part, oid=oid, keep=lambda chunk: report(len(chunk)))

    faults = list(in_order(look, copy.parts, jobs=remote.jobs))
    if not is_one_file(copy):
        faults.append(look(_listing(copy), copy.md5))
    return [str(fault) for fault in faults if fault]


def _tried(bring: Callable[[], Made | Fault], done: str) -> Made:
    """What ``bring`` brings, or the second of two equal misfortunes as an error."""
    for _ in range(_TRIES):
        found = bring()
        if not isinstance(found, Fault):
            return found
        if found.found is None:
            break
    assert isinstance(found, Fault)
    raise found.error(done)


def _in_memory(remote: Remote, part: Part, report: OnBytes) -> memoryview | Fault:
    content, filled = memoryview(bytearray(part.size)), 0

    def keep(chunk: bytes) -> None:
        nonlocal filled
        end = filled + len(chunk)
        if end <= part.size:  # else its hash will say so
            content[filled:end] = chunk
        filled = end
        report(len(chunk))

    return find_fault(remote, part, keep=keep, md5=False) or content


def _in_file(remote: Remote, part: Part, report: OnBytes, target: Path) -> Path | Fault:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:

        def keep(chunk: bytes) -> None:
            file.write(chunk)
            report(len(chunk))

        return find_fault(remote, part, keep=keep, md5=False) or target


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
