"""Data that the user's own DVC project keeps, so that a snapshot need only refer to it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dvc.exceptions import DvcException

from mlsnap.data.ahead import in_order
from mlsnap.errors import MlsnapError, RemoteError
from mlsnap.storage.hashes import hashed
from mlsnap.storage.manifest import check_copy, folder_entries, folder_object
from mlsnap.storage.objects import object_size, object_url, read_object
from mlsnap.storage.remote import (
    Remote,
    open_cache,
    open_own,
    reason,
    recorded_remote,
    reopen_remote,
)
from mlsnap.values.snapshot import DataCopy, Definition, Part, Tracked

if TYPE_CHECKING:
    from mlsnap.storage.outputs import Output


@dataclass(frozen=True, slots=True)
class Found:
    """Files that a DVC project keeps just as they are here.

    Attributes
    ----------
    copy
        Where they are; its ``tracked.commit`` is left open.
    recorded_in
        The project's files that say so, which belong into git.
    """

    copy: DataCopy
    recorded_in: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Files that DVC tracks but nothing can refer to; ``why`` is a sentence for people."""

    why: str


def find_tracked(
    base: Path, files: Sequence[str], *, reader: Definition, project: Path
) -> Found | Refusal | None:
    """What the DVC project above some files keeps of them; ``None`` if it does not track them.

    It keeps them if they are all of an output of the project (of a ``.dvc`` file or a stage) or
    one file of it, are what the project's record says, and their objects are on the remote of
    the output, as far as names and sizes tell. Nothing in the project changes, nor in its cache.

    Parameters
    ----------
    base
        The folder of the files.
    files
        Their paths in ``base``, in reading order, ``/`` between folders.
    reader
        How to read them.
    project
        The folder that later readers look for a DVC config from.
    """
    place = base / files[0] if len(files) == 1 else base
    root = _project_above(place)
    if root is None:
        return None
    shown = place.relative_to(root).as_posix()
    try:
        output = _output_of(place, root)
        own = open_own(output.remote, project=root) if output else None
        if output is None or own is None or not _is_all(files, place, output):
            return None
        tracked = Tracked(shown, output.entry)
        copy = DataCopy("", (), dict(own.record), own.name, reader, verbatim=True, tracked=tracked)
        remote = recorded_remote(copy, project=project)
        copy = _completed(copy, _Check(base, files, place, output, remote))
    except _RefusedError as refused:
        return Refusal(f"{shown} is tracked by DVC but {refused}")
    except (DvcException, MlsnapError, OSError) as error:
        told = error.fact if isinstance(error, MlsnapError) else reason(error)
        return Refusal(f"what DVC keeps of {shown} cannot be told: {told}")
    return Found(copy, output.recorded_in)


def _project_above(place: Path) -> Path | None:
    """The root of the DVC project that ``place`` lies in."""
    return next((each for each in place.absolute().parents if (each / ".dvc").is_dir()), None)


def holder_of(copy: DataCopy, *, project: Path) -> Remote:
    """The remote to read ``copy`` from.

    For data that is only referred to this is the recorded remote, or the cache of the DVC project
    at or above ``project`` if that alone has all of the data.

    Raises
    ------
    RemoteError
        If neither has it, or what has it is out of reach.
    ConfigError
        If the project's DVC config cannot be read.
    """
    if copy.tracked is None:
        return reopen_remote(copy, project=project)
    check_copy(copy)
    remote = recorded_remote(copy, project=project)
    missing = _missing(remote, copy.parts)
    if missing is None:
        return remote
    cache = open_cache(project)
    if cache and _missing(cache, copy.parts) is None:
        return cache
    raise _gone(copy.tracked, object_url(remote, missing.md5))


class _RefusedError(Exception):
    """Why tracked files cannot be referred to, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class _Check:
    """Files, the output that they are or are in, and the remote that should have them."""

    base: Path
    files: Sequence[str]
    place: Path
    output: Output
    remote: Remote


def _output_of(place: Path, root: Path) -> Output | None:
    from mlsnap.storage.outputs import output_of  # loads all of DVC

    return output_of(place, root)


def _is_all(files: Sequence[str], place: Path, output: Output) -> bool:
    """Whether the files are all of the output, by their number, or a single one of it."""
    if len(files) == 1:
        return True
    return place == output.path and len(files) in (output.entry.get("nfiles"), _count(place))


def _count(folder: Path) -> int:
    return sum(len(names) for _, _, names in os.walk(folder))


def _completed(copy: DataCopy, check: _Check) -> DataCopy:
    """The copy with its parts, if they are what DVC recorded and pushed."""
    expected = _recorded(check)
    parts = _hashed(check)
    name = parts[0].md5 if len(parts) == 1 else folder_object(parts)[0]
    if name != expected:
        raise _changed()
    _require_pushed(check.remote, parts)
    return replace(copy, md5=name, parts=parts)


def _recorded(check: _Check) -> str | None:
    """DVC's name of the object that the files should be."""
    output = check.output
    if output.md5 is None or _has_other_size(check):
        raise _changed()
    if object_size(check.remote, output.md5) is None:
        raise _not_pushed(check.remote, output.path.name)
    if check.place == output.path:
        return output.md5
    return _listing(output.md5, check.remote).get(check.place.relative_to(output.path).as_posix())


def _has_other_size(check: _Check) -> bool:
    """Whether a look at the sizes is enough to see a change."""
    recorded = check.output.entry.get("size")
    if recorded is None or check.place != check.output.path:
        return False
    return bool(recorded != sum((check.base / each).stat().st_size for each in check.files))


def _listing(name: str, remote: Remote) -> dict[str, str]:
    """Object of each file of a folder that DVC keeps."""
    content = b"".join(read_object(remote, name))
    try:
        return dict(folder_entries(name, content))
    except ValueError as error:
        raise _RefusedError(f"its list of files on the remote {remote.url} {error}") from error


def _hashed(check: _Check) -> tuple[Part, ...]:
    look = partial(hashed, check.base)
    if len(check.files) == 1:  # here, where Ctrl-C ends it at once
        return (look(check.files[0]),)
    return tuple(in_order(look, check.files, jobs=os.cpu_count() or 1))


def _require_pushed(remote: Remote, parts: Sequence[Part]) -> None:
    if missing := _missing(remote, parts):
        raise _not_pushed(remote, missing.path)


def _missing(remote: Remote, parts: Sequence[Part]) -> Part | None:
    """The first part whose object is not there with its size."""
    sizes = in_order(lambda part: object_size(remote, part.md5), parts, jobs=remote.jobs)
    with closing(sizes):
        return next(
            (part for part, size in zip(parts, sizes, strict=True) if size != part.size), None
        )


def _gone(tracked: Tracked, url: str) -> RemoteError:
    commit = f" (commit {tracked.commit[:12]})" if tracked.commit else ""
    return RemoteError(
        f"no object at {url}, or not all of it: the snapshot only referred to {tracked.path} of "
        f"the DVC project{commit}, whose `dvc gc` may have removed it",
        "somebody's clone of that project may still have the file, or its object in the cache: "
        "`dvc push` there brings it back; `mlsnap pin` keeps a copy that `dvc gc` cannot take",
    )


def _changed() -> _RefusedError:
    return _RefusedError("has changes that are not committed to DVC")


def _not_pushed(remote: Remote, path: str) -> _RefusedError:
    return _RefusedError(f"not pushed: {path} is not in the remote {remote.url}")
