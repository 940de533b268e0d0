"""From a definition's source to its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from glob import glob
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mlsnap.data.formats import FORMATS
from mlsnap.data.rows import Rows, Stamp
from mlsnap.errors import SourceError, near
from mlsnap.values.snapshot import Definition

_WILDCARDS = frozenset("*?[")


def define(
    source: str | Path, *, format: str | None = None, options: Mapping[str, Any] | None = None
) -> Definition:
    """The definition of a file, glob or folder: absolute path, format and read options.

    Raises
    ------
    SourceError
        If nothing is there, the format is not known, or an option is not one of the format's.
    """
    text = str(source)
    if not text:
        raise SourceError("'' is no path", "name a file, a glob or a folder")
    if "://" in text and not text.startswith("file://"):
        raise SourceError(
            f"{_shown(text)!r} is a URL, and sources are files, globs or folders for now",
            "download it first and register the file",
        )
    path = unquote(text.removeprefix("file://")) if text.startswith("file://") else text
    absolute = str(Path(path).expanduser().absolute())
    definition = Definition(source=absolute, format=format, options=dict(options or {}))
    name = format or _format_of(files_of(definition))
    _check_options(name, definition.options)
    definition = Definition(source=absolute, format=name, options=definition.options)
    files_of(definition)
    return definition


def _shown(url: str) -> str:
    """``url`` without what may be secret: user, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def files_of(definition: Definition) -> list[Path]:
    """The files of a definition, in reading order: sorted by path.

    Of a folder those whose names have an ending of the format (of any, where it names none), but
    not hidden ones, whose path begins with ``.`` or ``_`` somewhere below the folder.
    """
    path = Path(definition.source or "")
    if _is_file(path):
        return [path]
    if path.is_dir():
        endings = _endings(definition.format)
        found = [file for file in path.rglob("*") if _is_data(file, path, endings)]
    elif _WILDCARDS & set(str(path)):
        endings = _endings(None)
        matches = glob(str(path), recursive=True)  # noqa: PTH207 - the pattern is absolute
        found = [Path(each) for each in matches if Path(each).is_file()]
    else:
        raise SourceError(
            f"no file or folder {str(path)!r}{near(path.name, _siblings(path))}",
            "check the path; it is resolved from where the process stands",
        )
    if not found:
        raise SourceError(f"{str(path)!r} holds no data file", f"files end in {', '.join(endings)}")
    return sorted(found)


def open_source(definition: Definition) -> Rows:
    """The rows of a definition's files.

    Raises
    ------
    SourceError
        If they cannot be read, or change while they are.
    """
    if definition.source is None or definition.format is None:
        raise SourceError(
            "the dataset has no source of its own", "hand a frame over: create_snapshot(data=df)"
        )
    return read_files(files_of(definition), definition, base=base_of(definition))


def read_files(files: list[Path], definition: Definition, *, base: Path) -> Rows:
    """The rows of ``files`` below ``base``, read as ``definition`` says."""
    before = stamps_of(files)
    reader = FORMATS[definition.format or _format_of(files)]
    rows: Rows = reader.read(files, definition.options, base=base)
    return replace(rows, stamps=before, check=lambda: check_unchanged(before))


def base_of(definition: Definition) -> Path:
    """The folder that a definition names, or that its files lie in."""
    path = Path(definition.source or "")
    while not path.is_dir():
        path = path.parent
    return path


def check_unchanged(before: Mapping[Path, Stamp]) -> None:
    """`SourceError` that names the first file whose stamp is not what it was."""
    for file, stamp in stamps_of(before).items():
        if stamp != before[file]:
            raise SourceError(
                f"{file} changed while it was being read",
                "wait until whatever writes it has finished, then try again",
            )


def stamps_of(files: Iterable[Path]) -> dict[Path, Stamp]:
    """The stamp of each file: another one where a file changed."""
    stamps = {}
    for file in files:
        try:
            stat = file.stat()
        except OSError as error:
            raise SourceError(
                f"{file} cannot be read: {error.strerror}", "check its permissions"
            ) from error
        stamps[file] = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    return stamps


def _format_of(files: list[Path]) -> str:
    names = {_format_by_name(file): file for file in files}
    if len(names) > 1:
        raise SourceError(
            f"{files[0].parent} holds files of several formats: {', '.join(map(str, names))}",
            "name the one to read with the option format, or with a glob such as '*.csv'",
        )
    return next(iter(names))


def _format_by_name(file: Path) -> str:
    for name, module in FORMATS.items():
        if file.name.lower().endswith(module.SUFFIXES):
            return name
    raise SourceError(
        f"the format of {str(file)!r} is not known by its name",
        f"files end in {', '.join(_endings(None))}; or name the format: {', '.join(FORMATS)}",
    )


def _check_options(format: str, options: Mapping[str, Any]) -> None:
    if format not in FORMATS:
        raise SourceError(
            f"no format {format!r}{near(format, FORMATS)}", f"formats are {', '.join(FORMATS)}"
        )
    known = FORMATS[format].OPTIONS
    for name in options:
        if name not in known:
            raise SourceError(
                f"no option {name!r} for {format} files{near(name, known)}",
                f"options are {', '.join(known)}",
            )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise SourceError(
            f"no file or folder {str(path)!r}: {error.strerror}", "check the path"
        ) from error


def _is_data(file: Path, folder: Path, endings: tuple[str, ...]) -> bool:
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
    return not hidden and file.name.lower().endswith(endings) and file.is_file()


def _endings(format: str | None) -> tuple[str, ...]:
    known = [FORMATS[format]] if format in FORMATS else FORMATS.values()
    return tuple(suffix for module in known for suffix in module.SUFFIXES)


def _siblings(path: Path) -> list[str]:
    return [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
