"""Files at URLs, reached through fsspec: what may stand in a URL, and what lies behind one."""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

from mlsnap.errors import MlsnapError, SourceError, near

EXTRAS: dict[str, str | None] = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gs",
    "gcs": "gs",
    "az": "azure",
    "abfs": "azure",
    "abfss": "azure",
    "ssh": "ssh",
    "sftp": "ssh",
    "http": None,
    "https": None,
    "memory": None,
}
"""The schemes that are read, and the extra that installs what they need.

No others, though fsspec knows more: a definition that somebody else stored is opened, too.
"""

_KNOWN: dict[str, Any] = {"known_hosts": ()}
_OPTIONS = {"ssh": _KNOWN, "sftp": _KNOWN}
"""Options of file systems: of SSH servers only those in the user's ``known_hosts`` are trusted,
which sshfs would not ask for by itself.
"""

_HTTP = ("http://", "https://")

_WITH_USER = ("ssh", "sftp", "az", "abfs", "abfss")
"""Schemes where the part before the ``@`` is a login name or a container, and no secret."""

_SECRET = (
    r"(?i)(^|[^a-z])(sig|sas|jwt|pw|pwd|auth|code)([^a-z]|$)"
    r"|signature|token|secret|passw|credential|authorization|session|api.?key|access.?key"
    r"|key.?id|accessid|^key$|^x-(amz|goog|ms)-"
)
_WILDCARDS = frozenset("*?[")
_OPAQUE = r"[\w+/=.~-]{32,}"

_MARKS = ("ETag", "etag", "md5Hash", "md5", "Content-MD5", "version_id", "generation")
_TIMES = ("LastModified", "last_modified", "Last-Modified", "mtime", "updated", "created")


@dataclass(frozen=True)
class RemoteFile:
    """A file, or a folder of them, at a URL.

    Attributes
    ----------
    url
        Without anything secret; it names the file wherever it is shown.
    path
        Its path in ``filesystem``, an fsspec file system.
    """

    url: str
    path: str = field(repr=False, compare=False)
    filesystem: Any = field(repr=False, compare=False)

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        """The last part of its path."""
        path = urlsplit(self.path).path if self.is_fetched else self.path
        return unquote(path.rstrip("/").rpartition("/")[2])

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts of its path, by which files are sorted."""
        return tuple(self.path.split("/"))

    @property
    def parent(self) -> RemoteFile:
        """The folder it lies in."""
        return self._at(self.path.rstrip("/").rpartition("/")[0])

    @property
    def is_fetched(self) -> bool:
        """Whether it is read from a `copy`: many HTTP servers give no part of a file."""
        return self.url.startswith(_HTTP)

    @cached_property
    def copy(self) -> Path:
        """A copy on this machine, fetched once; it is gone when this object is."""
        folder = tempfile.mkdtemp(prefix="mlsnap-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        copy = Path(folder, re.sub(r"[^\w.-]", "_", self.name)[-100:] or "file")
        with answering(self.url):
            self.filesystem.get_file(self.path, str(copy))
        return copy

    def open(self) -> BinaryIO:
        """The file's bytes, from the start and in any order."""
        if self.is_fetched:
            return self.copy.open("rb")
        with answering(self.url):
            return self.filesystem.open(self.path, "rb")  # type: ignore[no-any-return]

    def is_file(self) -> bool:
        """Whether it is a file, when first asked."""
        return self._kind == "file"

    def is_dir(self) -> bool:
        """Whether it is a folder, when first asked."""
        return self._kind == "directory"

    @property
    def is_glob(self) -> bool:
        """Whether it may be a pattern: never over HTTP, where files cannot be listed."""
        return not self.is_fetched and not _WILDCARDS.isdisjoint(self.path)

    def below(self) -> list[RemoteFile]:
        """All files in the folder and its folders."""
        with answering(self.url):
            return [self._at(path) for path in self.filesystem.find(self.path)]

    def matches(self) -> list[RemoteFile]:
        """All files that the path means when it is taken for a glob."""
        with answering(self.url):
            found = self.filesystem.glob(self.path, detail=True)
        return [self._at(path) for path, info in found.items() if info["type"] == "file"]

    def relative_parts(self, folder: str) -> tuple[str, ...]:
        """Parts of its path below ``folder``."""
        return tuple(self.path.removeprefix(folder).strip("/").split("/"))

    def stamp(self) -> tuple[int | str, ...]:
        """Size, and what else the server says that changes with the file."""
        info = self._info()
        if info is None:
            raise SourceError(f"{self.url} cannot be read: it is gone", "check the URL")
        known = [str(info[key]) for key in (*_MARKS, *_TIMES) if info.get(key)]
        return (int(info.get("size") or 0), *known)

    @cached_property
    def _kind(self) -> str | None:
        info = self._info()
        return str(info["type"]) if info else None

    def _info(self) -> dict[str, Any] | None:
        self.filesystem.invalidate_cache()
        with answering(self.url):
            try:
                return self.filesystem.info(self.path)  # type: ignore[no-any-return]
            except FileNotFoundError as error:
                cause = error.__cause__
                if self.is_fetched and getattr(cause, "status", None) != HTTPStatus.NOT_FOUND:
                    raise failure(self.url, cause or error) from error
                return None

    def _at(self, path: str) -> RemoteFile:
        own = self.url.rstrip("/")
        place = own.removesuffix(self.path)
        url = place + path if place != own else self.filesystem.unstrip_protocol(path)
        return RemoteFile(url, path, self.filesystem)


def is_url(text: str) -> bool:
    """Whether ``text`` is a URL of another place than this machine's files."""
    return "://" in text and not text.startswith("file://")


def shown(url: str) -> str:
    """``url`` without what may be secret: user, password, query and fragment.

    >>> shown("https://me:secret@host/data.csv?sig=secret")
    'https://host/data.csv'
    """
    scheme, _, rest = url.partition("://")
    host, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def check_url(url: str) -> str:
    """``url`` as it may be stored: without fragment.

    Raises
    ------
    SourceError
        If nothing reads its scheme, or it has a password, a signature or a token in it.
    """
    scheme = url.partition("://")[0].lower()
    if scheme not in EXTRAS:
        raise SourceError(
            f"{shown(url)!r} is a URL of a kind that is not read{near(scheme, EXTRAS)}",
            f"URLs begin with {', '.join(f'{each}://' for each in EXTRAS)}; "
            "or download it and name the file",
        )
    if _holds_secret(scheme, url):
        raise SourceError(
            f"the URL {shown(url)!r} has a password, key or token in it, which would be stored",
            "leave it out: credentials come from the environment and the configuration files of "
            "the storage (AWS_…, GOOGLE_…, AZURE_…, ~/.ssh/config, ~/.netrc); or download the file",
        )
    return url.partition("#")[0] if url.startswith(_HTTP) else url


def _holds_secret(scheme: str, url: str) -> bool:
    user, at, _ = url.partition("://")[2].partition("/")[0].rpartition("@")
    if at and (":" in user or scheme not in _WITH_USER):
        return True
    query = parse_qsl(re.split(r"[?#]", url, maxsplit=1)[1]) if re.search(r"[?#]", url) else []
    return any(re.search(_SECRET, key) or re.fullmatch(_OPAQUE, value) for key, value in query)


def remote(url: str) -> RemoteFile:
    """What lies at ``url``; nothing is asked of the server yet.

    Raises
    ------
    SourceError
        If the URL may not be used, or a package for its scheme is not installed.
    """
    import fsspec

    check_url(url)
    with answering(url):
        filesystem, path = fsspec.url_to_fs(url, **_OPTIONS.get(url.partition("://")[0], {}))
    return RemoteFile(url, path, filesystem)


@contextmanager
def answering(url: str) -> Iterator[None]:
    """Say what a storage's library raises as `SourceError`, without credentials."""
    try:
        yield
    except (MlsnapError, FileNotFoundError):
        raise
    except ImportError as error:
        raise _not_installed(url, error) from error
    except Exception as error:
        raise failure(url, error) from error


def failure(url: str, error: BaseException) -> SourceError:
    """That the file at ``url`` cannot be read because of a foreign ``error``."""
    text = re.sub(r"[\w+.-]+://[^\s'\"<>]+", lambda found: shown(found[0]), str(error))
    return SourceError(
        f"{shown(url)} cannot be read: {text or type(error).__name__}",
        "check the URL, the network, and that the credentials in the environment or in the "
        "storage's own configuration files may read it",
    )


def _not_installed(url: str, error: ImportError) -> SourceError:
    scheme = url.partition("://")[0].lower()
    extra = EXTRAS[scheme]
    what = f"mlsnap[{extra}]" if extra else "mlsnap"
    return SourceError(
        f"{shown(url)} needs a package for {scheme}:// that is not installed: {error}",
        f'pip install "{what}"',
    )
