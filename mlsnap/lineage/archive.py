"""Code without a git repository: its sources as one archive, the same bytes for the same files."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import leaks, worktree
from mlsnap.values.lineage import Code

ARCHIVE = "sources.zip"
"""Source files, each stored as it is."""

WALK_LIMIT = 20_000
"""Entries of folders that are looked at; where there are more, only imported modules are taken."""

FILES_LIMIT = 100_000
"""Files above which an archive is none of ours."""

UNPACKED_LIMIT = 2 * worktree.TOTAL_LIMIT
"""Bytes above which an archive is not unpacked."""

_CODE = (
    *(".py", ".pyi", ".pyx", ".pxd", ".c", ".h", ".cpp", ".r", ".sql", ".sh", ".j2", ".jinja"),
    *(".toml", ".cfg", ".ini", ".conf", ".yaml", ".yml", ".json", ".txt", ".lock"),
)
_NO_CODE = ("node_modules", "site-packages", "dist-packages", "conda-meta")
_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"[^\x00-\x1f\x7f\\:\ud800-\udfff]+")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def root_of(imported_from: Path, here: Path) -> Path:
    """The folder whose sources are the code: ``here`` if it has ``imported_from`` inside.

    A folder that holds more than one project (the home folder, the one for temporary files) is
    not taken for one.
    """
    folder, here = imported_from.resolve(), here.resolve()
    return here if folder.is_relative_to(here) and not _is_broad(here) else folder


def capture(root: Path, *, here: Path, into: Path) -> Code:
    """Stores the sources below ``root`` in ``into``, and describes them.

    Source files and small configuration files up to 1 MB each, without hidden folders,
    environments, MLflow's and mlsnap's own files and likely secrets. ``here`` is where the process
    stands.
    """
    root, here = root.resolve(), here.resolve()
    found = _walk(root)
    sizes = {path: (root / path).stat().st_size for path in found if not worktree.is_secret(path)}
    taken = sorted(worktree.within_limits(sizes))
    into.mkdir(parents=True, exist_ok=True)
    contents = {path: (root / path).read_bytes() for path in taken}
    _write(into / ARCHIVE, root, contents)
    return Code(
        commit="",
        head=None,
        archive=_sha256(into / ARCHIVE),
        folder=here.relative_to(root).as_posix() if here.is_relative_to(root) else ".",
        left_out=tuple(sorted(set(found).difference(taken))[: worktree.LISTED]),
        suspects=leaks.in_files(contents.items()),
    )


def file_of(folder: Path | None) -> Path | None:
    """The archive among the files of a call, if there is one."""
    file = folder / ARCHIVE if folder else None
    return file if file and file.is_file() else None


def restore(sha256: str, *, folder: Path | None, destination: Path) -> Path:
    """Unpacks the archive of a call's ``folder`` into ``destination``, an empty or new folder.

    Raises
    ------
    NotReproducibleError
        If there is none, if it is not the one of ``sha256``, or a member could be written anywhere
        else or is no file; nothing is unpacked then.
    """
    contents = read(sha256, folder=folder)
    destination.mkdir(parents=True, exist_ok=True)
    for name, (content, is_program) in contents.items():
        file = destination / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as stream:
            stream.write(content)
        if is_program:
            file.chmod(0o755)
    return destination


def read(sha256: str, *, folder: Path | None) -> dict[str, tuple[bytes, bool]]:
    """Content of each member by its path, and whether it can be executed; all are checked.

    `restore` says what is raised.
    """
    file = file_of(folder)
    if file is None:
        raise NotReproducibleError(
            f"the run has no {ARCHIVE}", "look whether its artifacts were deleted"
        )
    if file.stat().st_size > UNPACKED_LIMIT or (found := _sha256(file)) != sha256:
        given = "too large" if file.stat().st_size > UNPACKED_LIMIT else f"SHA-256 {found}"
        raise _untrusted(f"is not the recorded one (recorded SHA-256 {sha256}, found {given})")
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check(members)
            return {each.filename: (archive.read(each), _is_program(each)) for each in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
        raise _untrusted(f"cannot be read: {error}") from error


def _is_broad(folder: Path) -> bool:
    several = (Path.home(), Path(tempfile.gettempdir()))
    return any(each.resolve().is_relative_to(folder) for each in several)


def _walk(root: Path) -> list[str]:
    """Source files below ``root``, relative to it; only imported ones where there is too much."""
    found, seen = [], 0
    for folder, folders, files in os.walk(root):
        seen += len(folders) + len(files)
        if seen > WALK_LIMIT or _is_broad(root):
            return sorted(_imported(root))
        folders[:] = [each for each in folders if _has_code(Path(folder) / each)]
        below = Path(folder).relative_to(root)
        found += [(below / each).as_posix() for each in files if each.lower().endswith(_CODE)]
    return [path for path in found if _is_readable(root, path)]


def _imported(root: Path) -> Iterator[str]:
    """Files of modules that this process has imported from below ``root``."""
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    for file in {Path(each).resolve() for each in files if isinstance(each, str)}:
        if file.is_relative_to(root) and file.suffix in _CODE:
            path = file.relative_to(root)
            inner = all(_has_code(root / each) for each in list(path.parents)[:-1])
            if inner and _is_readable(root, path.as_posix()):
                yield path.as_posix()


def _has_code(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in _NO_CODE or worktree.is_own(folder.name):
        return False
    return not any((folder / mark).exists() for mark in _ENVIRONMENT_MARKS)


def _is_readable(root: Path, path: str) -> bool:
    """Whether it is a file below ``root``, links followed, that its name lets be stored."""
    file = root / path
    is_plain = file.is_file() and os.access(file, os.R_OK) and file.resolve().is_relative_to(root)
    return is_plain and _is_safe(path) and not worktree.is_own(path)


def _write(file: Path, root: Path, contents: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for path, content in contents.items():
            member = zipfile.ZipInfo(path, _EPOCH)
            mode = 0o755 if os.access(root / path, os.X_OK) else 0o644
            member.create_system, member.external_attr = 3, (stat.S_IFREG | mode) << 16
            archive.writestr(member, content)


def _check(members: list[zipfile.ZipInfo]) -> None:
    """`NotReproducibleError` unless every member is a file below the folder, each once."""
    names = [each.filename for each in members]
    if len(members) > FILES_LIMIT or sum(each.file_size for each in members) > UNPACKED_LIMIT:
        raise _untrusted(f"takes more than {UNPACKED_LIMIT:,} bytes or {FILES_LIMIT:,} files")
    for each in members:
        kind = stat.S_IFMT(each.external_attr >> 16)
        # what the reader takes for the name is cut at a NUL; the name as written is not
        if not _is_safe(each.orig_filename) or each.orig_filename != each.filename:
            raise _untrusted(f"has a member {each.orig_filename!r}, which leads elsewhere")
        if kind not in (0, stat.S_IFREG) or each.compress_type not in _METHODS:
            raise _untrusted(f"has a member {each.filename!r}, which is no plain file")
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    if len(set(names)) < len(names) or folders.intersection(names):
        raise _untrusted("has two members of one name")


def _is_safe(path: str) -> bool:
    parts = path.split("/")
    outside = any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    return not outside and all(_NAME.fullmatch(part) for part in parts)


def _is_program(member: zipfile.ZipInfo) -> bool:
    return bool(member.external_attr >> 16 & stat.S_IXUSR)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _untrusted(why: str) -> NotReproducibleError:
    return NotReproducibleError(
        f"the run's {ARCHIVE} {why}", "the run's artifacts were changed or damaged: do not run it"
    )
