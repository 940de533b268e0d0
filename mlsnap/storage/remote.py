"""Where copies live: a DVC remote, and mlsnap's own prefix of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import url2pathname

from dvc.config import Config, RemoteNotFoundError
from dvc.exceptions import DvcException
from dvc.fs import get_cloud_fs
from dvc.fs import get_fs_config as configured_options
from dvc_objects.fs.errors import RemoteMissingDepsError

from mlsnap.errors import ConfigError, MlsnapError, RemoteError, near
from mlsnap.storage.record import bare, is_url, login, recordable, scheme_of, without_secrets
from mlsnap.storage.retries import again
from mlsnap.values.snapshot import DataCopy

PREFIX = "mlsnap"
"""Folder of a remote that is mlsnap's own: ``dvc gc`` of the user's project leaves it alone."""

_EXTRAS = {"dvc-s3": "s3", "dvc-gs": "gs", "dvc-azure": "azure", "dvc-ssh": "ssh"}
_NOT_OURS = ("version_aware", "worktree", "tmp_dir")


@dataclass(frozen=True)
class Remote:
    """An open remote.

    Attributes
    ----------
    name
        Its name in the project's DVC config; ``None`` for a plain location.
    record
        ``url`` of mlsnap's prefix and the options that are safe to write down.
    filesystem
        DVC's file system that reaches it.
    root
        Path of the prefix in that file system.
    """

    name: str | None
    record: dict[str, str]
    filesystem: Any = field(repr=False, compare=False)
    root: str = field(repr=False, compare=False)

    @property
    def url(self) -> str:
        """Address of mlsnap's prefix, without credentials."""
        return self.record["url"]

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return bool(self.filesystem.protocol == "local")

    @property
    def jobs(self) -> int:
        """How many objects to move at once."""
        return min(4, os.cpu_count() or 1) if self.is_local else int(self.filesystem.jobs)


def open_remote(target: str | None, *, project: Path, embedded: Path) -> Remote:
    """The remote to put new copies in.

    Parameters
    ----------
    target
        Name of a remote of the DVC project at or above ``project``; or a URL (``remote://NAME/…``
        too); or a path that begins with ``/``, ``.``, ``~`` or a drive, relative ones meant from
        ``project``; or ``None`` for that project's default remote, ``embedded`` without one.
    project
        Folder to look from. Nothing in it changes.
    embedded
        Local folder to fall back to; made when the first copy is written.

    Raises
    ------
    RemoteError
        If the DVC config has no such remote, the URL cannot be used, or the DVC plug-in for its
        scheme is not installed.
    ConfigError
        If the project's DVC config cannot be read.
    """
    config = _config(project)
    if target is not None and _is_location(target):
        return _open(None, _prefixed(config, url=_location(target, project)))
    name = target.lower() if target is not None else _default(config)
    if name is None:
        return _open(None, _prefixed(config, url=_location(str(embedded), project)))
    return _open(name, _prefixed(config, name=name))


def open_own(name: str | None, *, project: Path) -> Remote | None:
    """The remote that the DVC project at or above ``project`` keeps its own data in.

    ``name`` is that of one of its remotes; ``None`` means its default one. ``None`` is returned
    where there is none, or where it keeps the data under the names and versions of a cloud.

    Raises
    ------
    RemoteError, ConfigError
        As `open_remote` says.
    """
    config = _config(project)
    name = name or _default(config)
    options = _options(config, name=name) if name else {}
    if not name or options.get("version_aware") or options.get("worktree"):
        return None
    return _open(name, options)


def open_cache(project: Path) -> Remote | None:
    """The cache of the DVC project at or above ``project``, for reading; ``None`` without one."""
    config = _config(project)
    if config.dvc_dir is None:
        return None
    place = config["cache"].get("dir") or str(Path(config.dvc_dir) / "cache")
    return _open(None, {"url": place}) if Path(place).is_dir() else None


def reopen_remote(copy: DataCopy, *, project: Path) -> Remote:
    """The remote that holds ``copy``, for reading.

    A remote of the DVC project at or above ``project`` that has the recorded address comes
    first, as its config may hold credentials; else the recorded address is used, with none but
    the options that `mlsnap.storage.record` allows.

    Raises
    ------
    RemoteError
        If nothing is at the recorded address, or it cannot be reached.
    ConfigError
        If the project's DVC config cannot be read.
    """
    remote = recorded_remote(copy, project=project)
    _require_there(remote, copy)
    return remote


def recorded_remote(copy: DataCopy, *, project: Path) -> Remote:
    """The same, whether or not anything is there."""
    return _known(_config(project), copy) or _open(None, recordable(copy.remote))


def configured_at(copy: DataCopy, *, project: Path) -> Remote | None:
    """The same, if the DVC project at or above ``project`` has a remote at the recorded address.

    Nothing that was recorded is opened: that may be any address, written by anybody.
    """
    return _known(_config(project), copy)


def object_steps(oid: str) -> tuple[str, ...]:
    """The way to an object from a remote's root, in the layout of DVC 3."""
    return "files", "md5", oid[:2], oid[2:]


def reason(error: BaseException) -> str:
    """What a foreign error says, in one line and without credentials."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(without_secrets(text).split())


def _config(project: Path) -> Config:
    folder = project.expanduser().absolute()
    found = next((at for at in (folder, *folder.parents) if (at / ".dvc").is_dir()), None)
    try:
        return Config(str(found / ".dvc") if found else None)
    except (DvcException, OSError) as error:
        raise ConfigError(
            f"the DVC config of {found or 'this user'} cannot be read: {reason(error)}",
            "mend it; `dvc config --list` shows what DVC makes of it",
        ) from error


def _default(config: Config) -> str | None:
    return config["core"].get("remote") if config.dvc_dir else None


def _options(config: Config, **which: str) -> dict[str, Any]:
    """Options of the remote with that ``name`` or ``url``."""
    name = which.get("name") or which["url"].partition("://")[2].partition("/")[0]
    with _translated(f"the remote {bare(which.get('url', name))}"):
        try:
            return dict(configured_options(config, **which))
        except RemoteNotFoundError as error:
            raise _unknown(name, config) from error


def _prefixed(config: Config, **which: str) -> dict[str, Any]:
    """The same for mlsnap's prefix of it."""
    options = _options(config, **which)
    return {**options, "url": _inside(options["url"])}


def _unknown(name: str, config: Config) -> RemoteError:
    known = sorted(config["remote"])
    listed = f"it has {', '.join(map(repr, known))}" if known else "it has none"
    return RemoteError(
        f"no remote {name!r} in the DVC config{near(name, known)} ({listed})",
        f"add it with `dvc remote add {name} URL`, or give a URL or a path",
    )


def _known(config: Config, copy: DataCopy) -> Remote | None:
    """The configured remote at the copy's address; the one with all its options first."""
    found = [remote for name in config["remote"] if (remote := _at(config, name, copy))]
    return min(found, key=lambda remote: remote.record != copy.remote, default=None)


def _at(config: Config, name: str, copy: DataCopy) -> Remote | None:
    with suppress(RemoteError):
        options = (_options if copy.tracked else _prefixed)(config, name=name)
        if bare(options["url"]) == copy.remote["url"]:
            return _open(name, options)
    return None


def _is_location(target: str) -> bool:
    return is_url(target) or re.match(r"[/.~]|[A-Za-z]:[\\/]", target) is not None


def _location(target: str, project: Path) -> str:
    """A URL as it is, a path as an absolute one."""
    if scheme_of(target) == "file":
        target = url2pathname(target[len("file://") :])
    return target if is_url(target) else _absolute(project / Path(target).expanduser())


def _absolute(path: Path) -> str:
    """As DVC makes the paths in its config absolute: links stay as they are."""
    return os.path.normpath(path.absolute())


def _inside(location: str) -> str:
    """The place of mlsnap's prefix in a remote."""
    if is_url(location):
        return f"{location.rstrip('/')}/{PREFIX}"
    return str(Path(location) / PREFIX)


def _open(name: str | None, options: Mapping[str, Any]) -> Remote:
    url = bare(options["url"])
    _refuse_query(options["url"])
    with _translated(f"the remote {url}"):
        opened = {**login(options["url"]), **options, "url": url}
        kind, settings, root = get_cloud_fs(None, **opened)
        kept = {key: value for key, value in settings.items() if key not in _NOT_OURS}
        return Remote(name, recordable({**settings, "url": url}), kind(**kept), root)


def _refuse_query(url: str) -> None:
    if is_url(url) and re.search(r"[?#]", url):
        raise RemoteError(
            f"the remote {bare(url)} has a query or a fragment in its URL, which DVC cannot use",
            "give the plain URL, and credentials with `dvc remote modify --local NAME OPTION`",
        )


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except MlsnapError:
        raise
    except (ImportError, RemoteMissingDepsError) as error:
        raise RemoteError(
            f"{what} needs a plug-in of DVC that is not installed: {reason(error)}",
            f"install it with `pip install {_package(error)}`",
        ) from error
    except Exception as error:
        raise RemoteError(
            f"{what} cannot be opened: {reason(error)}",
            "check its options with `dvc config --list`, or give another URL or path",
        ) from error


def _package(error: Exception) -> str:
    named = re.search(r"dvc-\w+", str(error))
    plugin = named.group() if named else f"dvc-{getattr(error, 'protocol', 's3')}"
    return f"'mlsnap[{_EXTRAS[plugin]}]'" if plugin in _EXTRAS else plugin


def _require_there(remote: Remote, copy: DataCopy) -> None:
    try:
        place = remote.filesystem.join(remote.root, *object_steps(copy.md5))
        there = any(again(partial(remote.filesystem.exists, each)) for each in (place, remote.root))
    except Exception as error:
        raise RemoteError(
            f"the remote {remote.url} cannot be reached: {reason(error)}",
            "check the connection and the credentials (`dvc remote modify --local` keeps them)",
        ) from error
    if not there:
        raise RemoteError(
            f"nothing is at {remote.url}, where the data copy was stored",
            "mount it or ask for access to it, or bring the moved folder back to that address",
        )
