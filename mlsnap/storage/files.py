"""Files of a remote, whatever it is: written whole or not at all, read, listed, removed.

What fails for a passing reason is tried again. Where the remote is a folder, a file gets its name
after it, and the folder that names it, were handed to the disk: it survives a loss of power.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from fsspec.core import has_magic

from mlsnap.errors import MlsnapError, RemoteError
from mlsnap.storage.remote import Remote, reason
from mlsnap.storage.retries import Tries, again

CHUNK = 1 << 20
"""Bytes read at a time."""

_HINTS = {
    errno.ENOSPC: "free some space there, or choose another remote",
    errno.EDQUOT: "free some of your quota there, or choose another remote",
    errno.ENOTDIR: "a file stands where the remote's folder should be: give a folder",
}
_NO_ACCESS = "get access for reading and writing there, or choose another remote"
_ELSE = "check the connection and the credentials, or choose another remote"
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "modified", "modificationTime")
_RENAMING = ("ssh",)
"""File systems where a file could be seen half-written under its name."""

_BATCH = 1000
"""Files removed with one request, where the remote can."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a remote.

    Attributes
    ----------
    path
        Where it is in the remote's file system.
    size
        Its bytes.
    modified
        When it was written by the remote's own clock, in seconds since 1970; ``None`` where the
        remote does not say.
    etag
        What S3 calls its entity tag, without the quotes.
    """

    path: str
    size: int
    modified: float | None = None
    etag: str | None = None


def place(remote: Remote, *steps: str) -> str:
    """A path below mlsnap's prefix."""
    return str(remote.filesystem.join(remote.root, *steps))


def name_below(remote: Remote, path: str) -> str:
    """A path of the remote, seen from mlsnap's prefix, ``/`` between folders."""
    below = path.removeprefix(remote.root).replace(remote.filesystem.sep, "/")
    return below.lstrip("/")


def look_up(remote: Remote, path: str) -> Entry | None:
    """The file at ``path``; ``None`` if there is none."""

    def ask() -> Entry | None:
        try:
            found = remote.filesystem.info(path)
        except FileNotFoundError as error:
            if cause := _hidden(remote, error):
                raise cause from None
            return None
        return _entry(path, found) if found.get("type") != "directory" else None

    return again(ask)


def write(remote: Remote, path: str, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file, over what is there; ``mode`` is what it gets where the remote is a folder."""
    if remote.is_local:
        again(partial(_write_in_place, Path(path), content, mode))
    elif is_http(remote):
        _post(remote, path, content)
    else:
        put = partial(remote.filesystem.pipe_file, value=content)
        again(partial(_upload, remote, path, put))


def send(
    remote: Remote,
    path: str,
    source: Path,
    *,
    mode: int = 0o644,
    confirm: Callable[[], None] = lambda: None,
) -> None:
    """Write a file with the content of ``source``; if ``confirm`` raises, it is taken back."""
    if remote.is_local:
        again(partial(_copy_in_place, source, Path(path), mode, confirm))
    else:
        confirm()
        again(partial(_upload, remote, path, partial(remote.filesystem.put_file, str(source))))
        with _taken_back(remote, path):
            confirm()


def read(remote: Remote, path: str) -> Iterator[bytes]:
    """The content of a file in chunks; after a cut connection, from where it was cut."""
    done, tries = 0, Tries()
    while True:
        try:
            for chunk in _read_from(remote, path, done):
                done += len(chunk)
                yield chunk
        except Exception as error:
            tries.wait_or_raise(error)
        else:
            return


def read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of a binary file, `CHUNK` bytes at a time."""
    while chunk := file.read(CHUNK):
        yield chunk


def listed(remote: Remote, folder: str) -> list[Entry]:
    """The files in a folder and those below it; none if there is no such folder."""
    if remote.is_local:
        return list(_walk(folder))
    return again(partial(_find, remote, folder))


def remove(remote: Remote, paths: Sequence[str]) -> None:
    """Remove files, many at once where the remote can; those that are not there are no matter."""
    if has_magic(remote.root):  # fsspec would take the paths for patterns
        for path in paths:
            again(partial(_remove_one, remote, path))
        return
    for start in range(0, len(paths), _BATCH):
        again(partial(_remove, remote, list(paths[start : start + _BATCH])))


def is_http(remote: Remote) -> bool:
    """Whether it is a plain web server, which can neither list nor remove."""
    return remote.filesystem.protocol in ("http", "https")


@contextmanager
def translated(remote: Remote, what: str, done: str) -> Iterator[None]:
    """A failure of the remote as `RemoteError`; clouds raise what their libraries please."""
    try:
        yield
    except MlsnapError:
        raise
    except Exception as error:
        if remote.is_local and not isinstance(error, OSError):
            raise
        raise RemoteError(
            f"{what} cannot be {done} in the remote {remote.url}: {reason(error)}", _hint(error)
        ) from error


def _hint(error: BaseException) -> str:
    if isinstance(error, PermissionError) or getattr(error, "errno", None) == errno.EROFS:
        return _NO_ACCESS
    return _HINTS.get(getattr(error, "errno", None) or 0, _ELSE)


def _hidden(remote: Remote, error: FileNotFoundError) -> BaseException | None:
    """What went wrong instead: fsspec's HTTP says "not found" to every failure."""
    cause = error.__cause__
    absent = isinstance(cause, FileNotFoundError) or getattr(cause, "status", None) in (404, 410)
    return cause if is_http(remote) and not absent else None


def _entry(path: str, info: dict[str, Any]) -> Entry:
    etag = info.get("ETag")
    return Entry(
        path,
        int(info.get("size") or 0),
        next((when for name in _TIMES if (when := _seconds(info.get(name))) is not None), None),
        etag.strip('"') if isinstance(etag, str) else None,
    )


def _seconds(when: object) -> float | None:
    """A time as the file systems of fsspec give it, in seconds since 1970."""
    if isinstance(when, str) and when:
        with suppress(ValueError):
            when = datetime.fromisoformat(when)
    if isinstance(when, str) and when:
        with suppress(ValueError):
            when = parsedate_to_datetime(when)
    if isinstance(when, datetime):
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    if isinstance(when, int | float):
        return when / 1000 if when > 1e11 else float(when)
    return None


def _read_from(remote: Remote, path: str, done: int) -> Iterator[bytes]:
    try:
        with remote.filesystem.open(path, "rb") as file:
            if done:
                _skip(file, done)
            yield from read_chunks(file)
    except FileNotFoundError as error:
        if cause := _hidden(remote, error):
            raise cause from None
        raise


def _skip(file: IO[bytes], count: int) -> None:
    try:
        file.seek(count)
    except (ValueError, OSError):  # a stream of a server that gives no ranges
        while count:
            count -= len(file.read(min(count, CHUNK))) or count


def _walk(folder: str) -> Iterator[Entry]:
    with suppress(FileNotFoundError), os.scandir(folder) as found:
        for each in found:
            if each.is_dir(follow_symlinks=False):
                yield from _walk(each.path)
                continue
            with suppress(FileNotFoundError):
                status = each.stat()
                yield Entry(each.path, status.st_size, status.st_mtime)


def _find(remote: Remote, folder: str) -> list[Entry]:
    below = remote.filesystem.fs
    below.invalidate_cache()
    try:
        found = below.find(folder, detail=True)
    except FileNotFoundError:
        return []
    finally:
        below.invalidate_cache()  # or the next look at an object would see this listing
    files = ((path, info) for path, info in found.items() if info.get("type") != "directory")
    return [_entry(path, info) for path, info in files]


def _remove(remote: Remote, paths: list[str]) -> None:
    try:
        remote.filesystem.remove(paths)
    except FileNotFoundError:
        for path in paths:
            _remove_one(remote, path)


def _remove_one(remote: Remote, path: str) -> None:
    with suppress(FileNotFoundError):
        remote.filesystem.rm_file(path)


def _write_in_place(target: Path, content: bytes, mode: int) -> None:
    with _appearing(target, mode) as written:
        written.write(content)


def _copy_in_place(source: Path, target: Path, mode: int, confirm: Callable[[], None]) -> None:
    with _appearing(target, mode) as written, source.open("rb") as read:
        for chunk in read_chunks(read):
            written.write(chunk)
        confirm()


@contextmanager
def _appearing(target: Path, mode: int) -> Iterator[IO[bytes]]:
    """A file that gets its name, and its mode, when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(_unfinished_name())
    try:
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(mode)
        unfinished.replace(target)
        _sync_folder(target.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _unfinished_name() -> str:
    return f".{secrets.token_hex(8)}.tmp"


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems know no such thing
            os.fsync(opened)
    finally:
        os.close(opened)


def _upload(remote: Remote, path: str, put: Callable[[str], object]) -> None:
    filesystem = remote.filesystem
    folder = filesystem.parent(path)
    filesystem.makedirs(folder)
    if filesystem.protocol not in _RENAMING:
        put(path)
        return
    unfinished = filesystem.join(folder, _unfinished_name())
    put(unfinished)
    filesystem.mv(unfinished, path)


def _post(remote: Remote, path: str, content: bytes) -> None:
    """From a file: dvc-http sends nothing else as its ``method`` option says."""
    with TemporaryDirectory(prefix="mlsnap-") as folder:
        source = Path(folder, "content")
        source.write_bytes(content)
        send(remote, path, source)


@contextmanager
def _taken_back(remote: Remote, path: str) -> Iterator[None]:
    """What the block raises, after the file at ``path`` was removed."""
    try:
        yield
    except BaseException:
        with suppress(Exception):
            remote.filesystem.rm_file(path)
        raise
