"""Objects of a remote: files named by their md5, in the layout of DVC 3.

No cache, lock or index: an object is there under its name with all of its bytes, or not at all.
"""

from __future__ import annotations

import errno
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from mlsnap.errors import MlsnapError, RemoteError
from mlsnap.storage.remote import Remote, reason

CHUNK = 1 << 20
"""Bytes read at a time."""

_HINTS = {
    errno.ENOSPC: "free some space there, or choose another remote",
    errno.EDQUOT: "free some of your quota there, or choose another remote",
    errno.ENOTDIR: "a file stands where the remote's folder should be: give a folder",
}
_NO_ACCESS = "get access for reading and writing there, or choose another remote"
_ELSE = "check the connection and the credentials, or choose another remote"


def object_url(remote: Remote, oid: str) -> str:
    """Where the object is, without credentials, for messages."""
    return "/".join((remote.url, *_steps(oid)))


def object_size(remote: Remote, oid: str) -> int | None:
    """Bytes of an object; ``None`` if it is not there.

    Raises
    ------
    RemoteError
        If the remote refuses or is out of reach.
    """
    with _translated(remote, oid, "looked up"):
        try:
            return int(remote.filesystem.info(_path(remote, oid))["size"])
        except FileNotFoundError as error:
            if cause := _hidden(remote, error):
                raise cause from None
            return None


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
        if remote.is_local:
            _copy_in_place(source, Path(_path(remote, oid)), confirm)
        else:
            _upload(remote, oid, source, confirm)


def put_bytes(remote: Remote, oid: str, content: bytes) -> None:
    """Store ``content`` as an object; raises as `put_file` does."""
    with TemporaryDirectory(prefix="mlsnap-") as folder:
        source = Path(folder, oid)
        source.write_bytes(content)
        put_file(remote, oid, source)


def read_object(remote: Remote, oid: str) -> Iterator[bytes]:
    """The content of an object, in chunks.

    Raises
    ------
    RemoteError
        If it is not there, or the remote refuses or is out of reach.
    """
    with _translated(remote, oid, "read"), remote.filesystem.open(_path(remote, oid), "rb") as file:
        yield from read_chunks(file)


def read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of a binary file, `CHUNK` bytes at a time."""
    while chunk := file.read(CHUNK):
        yield chunk


def remove_object(remote: Remote, oid: str) -> None:
    """Remove an object; nothing happens if it is not there.

    Raises
    ------
    RemoteError
        If the remote refuses or is out of reach.
    """
    with _translated(remote, oid, "removed"), suppress(FileNotFoundError):
        remote.filesystem.remove(_path(remote, oid))


def _steps(oid: str) -> tuple[str, ...]:
    return "files", "md5", oid[:2], oid[2:]


def _path(remote: Remote, oid: str) -> str:
    return str(remote.filesystem.join(remote.root, *_steps(oid)))


def _hidden(remote: Remote, error: FileNotFoundError) -> BaseException | None:
    """What went wrong instead: fsspec's HTTP says "not found" to every failure."""
    cause = error.__cause__
    absent = isinstance(cause, FileNotFoundError) or getattr(cause, "status", None) in (404, 410)
    return cause if remote.filesystem.protocol in ("http", "https") and not absent else None


def _copy_in_place(source: Path, target: Path, confirm: Callable[[], None]) -> None:
    with _appearing(target) as written, source.open("rb") as read:
        for chunk in read_chunks(read):
            written.write(chunk)
        confirm()


@contextmanager
def _appearing(target: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name, and DVC's mode 0444, when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with unfinished.open("xb") as file:
            yield file
        unfinished.chmod(0o444)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _upload(remote: Remote, oid: str, source: Path, confirm: Callable[[], None]) -> None:
    path = _path(remote, oid)
    confirm()
    remote.filesystem.makedirs(remote.filesystem.parent(path))
    remote.filesystem.put_file(str(source), path)
    try:
        confirm()
    except BaseException:
        with suppress(Exception):
            remote.filesystem.remove(path)
        raise


@contextmanager
def _translated(remote: Remote, oid: str, done: str) -> Iterator[None]:
    """A failure of the remote as `RemoteError`; clouds raise what their libraries please."""
    try:
        yield
    except MlsnapError:
        raise
    except Exception as error:
        if remote.is_local and not isinstance(error, OSError):
            raise
        raise RemoteError(
            f"object {oid} cannot be {done} in the remote {remote.url}: {reason(error)}",
            _hint(error),
        ) from error


def _hint(error: BaseException) -> str:
    if isinstance(error, PermissionError) or getattr(error, "errno", None) == errno.EROFS:
        return _NO_ACCESS
    return _HINTS.get(getattr(error, "errno", None) or 0, _ELSE)
