"""The list of a copy's files, and the object that is the list for DVC."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

from mlsnap.errors import DataIntegrityError
from mlsnap.values.snapshot import DataCopy, Part

_MD5 = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DRIVE = re.compile(r"[A-Za-z]:")


def folder_object(parts: Iterable[Part]) -> tuple[str, bytes]:
    """Name and content of DVC's object for a folder of ``parts``.

    The layout is that of DVC 3: a JSON list of ``{md5, relpath}`` in the order of the paths,
    named by its md5 with ``.dir`` behind.
    """
    entries = sorted(({"md5": part.md5, "relpath": part.path} for part in parts), key=_relpath)
    content = json.dumps(entries, sort_keys=True).encode()
    return f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}.dir", content


def folder_entries(name: str, content: bytes) -> list[tuple[str, str]]:
    """Path and md5 of each file of a folder, out of DVC's object for it.

    Raises
    ------
    ValueError
        If ``content`` is not what ``name`` says, or no list of DVC; the message tells which, as
        the end of a sentence.
    """
    if f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}.dir" != name:
        raise ValueError("is damaged")
    try:
        return [(str(each["relpath"]), str(each["md5"])) for each in json.loads(content)]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError("is no list of DVC") from error


def check_paths(paths: Iterable[str]) -> None:
    """Refuse what would not be a file inside the copy's own folder.

    Raises
    ------
    DataIntegrityError
        If a path is empty, absolute, has a drive, a backslash, a NUL or an empty, ``.`` or ``..``
        part, or is listed twice.
    """
    seen: set[str] = set()
    for path in paths:
        if not _is_inside(path):
            raise _refused(f"the data copy lists {path!r}, which is no plain relative path")
        if path in seen:
            raise _refused(f"the data copy lists {path!r} twice")
        seen.add(path)


def is_one_file(copy: DataCopy) -> bool:
    """Whether DVC has no list of the copy's files: a single one that the user's project tracks."""
    return copy.tracked is not None and not copy.md5.endswith(".dir")


def check_copy(copy: DataCopy) -> None:
    """Refuse a record of a copy that is not one that mlsnap writes.

    Raises
    ------
    DataIntegrityError
        If a path is refused by `check_paths`, a hash is none, or DVC's name of the folder does
        not follow from the parts.
    """
    check_paths(part.path for part in copy.parts)
    for part in copy.parts:
        if not (_MD5.fullmatch(part.md5) and _SHA256.fullmatch(part.sha256)):
            raise _refused(f"the data copy lists {part.path!r} with hashes that are none")
    if copy.md5 != (expected := _name(copy)):
        raise _refused(f"the data copy is named {copy.md5!r}, but its list of files {expected!r}")


def _name(copy: DataCopy) -> str:
    """DVC's name of what the parts are."""
    if is_one_file(copy) and len(copy.parts) == 1:
        return copy.parts[0].md5
    return folder_object(copy.parts)[0]


def _relpath(entry: dict[str, str]) -> str:
    return entry["relpath"]


def _is_inside(path: str) -> bool:
    steps = path.split("/")
    plain = all(step not in ("", ".", "..") and not _DRIVE.match(step) for step in steps)
    return plain and "\\" not in path and "\0" not in path


def _refused(fact: str) -> DataIntegrityError:
    return DataIntegrityError(
        fact,
        "nothing was read or written; a record like this was not written by mlsnap, so find out "
        "who changed it before using it",
    )
