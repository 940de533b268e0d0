"""Files of a remote, whatever it is: written whole or not at all, read, listed, removed.

What fails for a passing reason is tried again.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO

from fsspec.core import has_magic

from mlsnap.errors import MlsnapError, RemoteError
from mlsnap.storage import local_files
from mlsnap.storage.entries import Entry, entry_of, unfinished_name
from mlsnap.storage.local_files import CHUNK, read_chunks
from mlsnap.storage.remote import Remote, reason
from mlsnap.storage.retries import Tries, again
from mlsnap.values.temporary import temporary_folder

_HINTS = {
    errno.ENOSPC: "free some space there, or choose another remote",
    errno.EDQUOT: "free some of your quota there, or choose another remote",
    errno.ENOTDIR: "a file stands where the remote's folder should be: give a folder",
}
_NO_ACCESS = "get access for reading and writing there, or choose another remote"
_ELSE = "check the connection and the credentials, or choose another remote"
_RENAMING = ("ssh",)
"""File systems where a file could be seen half-written under its name."""

_BATCH = 1000
"""Files removed with one request, where the remote can."""


def place(remote: Remote, *steps: str) -> str:
    """A path below mlsnap's prefix."""
    return str(remote.filesystem.join(remote.root, *steps))


def name_below(remote: Remote, path: str) -> str:
    """A path of the remote, seen from mlsnap's prefix, ``/`` between local_files."""
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
        return entry_of(path, found) if found.get("type") != "directory" else None

    return again(ask)


def write(remote: Remote, path: str, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file, over what is there; ``mode`` is what it gets where the remote is a folder."""
    if remote.is_local:
        again(partial(local_files.write, Path(path), content, mode))
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
        again(partial(local_files.copy, source, Path(path), mode, confirm))
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


def listed(remote: Remote, folder: str) -> list[Entry]:
    """The files in a folder and those below it; none if there is no such folder."""
    if remote.is_local:
        return list(local_files.walk(folder))
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
    return [entry_of(path, info) for path, info in files]


def _remove(remote: Remote, paths: list[str]) -> None:
    try:
        remote.filesystem.remove(paths)
    except FileNotFoundError:
        for path in paths:
            _remove_one(remote, path)


def _remove_one(remote: Remote, path: str) -> None:
    with suppress(FileNotFoundError):
        remote.filesystem.rm_file(path)


def _upload(remote: Remote, path: str, put: Callable[[str], object]) -> None:
    filesystem = remote.filesystem
    folder = filesystem.parent(path)
    filesystem.makedirs(folder)
    if filesystem.protocol not in _RENAMING:
        put(path)
        return
    unfinished = filesystem.join(folder, unfinished_name())
    put(unfinished)
    filesystem.mv(unfinished, path)


def _post(remote: Remote, path: str, content: bytes) -> None:
    """From a file: dvc-http sends nothing else as its ``method`` option says."""
    with temporary_folder() as folder:
        source = folder / "content"
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
