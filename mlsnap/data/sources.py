"""From a definition's source to its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from glob import glob
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mlsnap.data import databases, formats
from mlsnap.data.files import File, Stamp, check_unchanged, folder_path, stamps_of
from mlsnap.data.formats import FORMATS, format_of
from mlsnap.data.remote import RemoteFile, check_url, failure, is_url, remote
from mlsnap.data.rows import Rows, StartAgain
from mlsnap.data.steps import transformed
from mlsnap.errors import MlsnapError, SourceError, near
from mlsnap.values.snapshot import Definition

_WILDCARDS = frozenset("*?[")


def define(
    source: str | Path, *, format: str | None = None, options: Mapping[str, Any] | None = None
) -> Definition:
    """The definition of a file, glob, folder, URL or query: where it is, format and options.

    Raises
    ------
    SourceError
        If nothing is there, the format is not known, an option is not one of the format's, or a
        URL cannot be read or has a password or token in it.
    """
    if databases.is_database(source, format=format, options=options):
        return databases.define(source, options=options)
    place = located(source)
    definition = Definition(source=place, format=format, options=dict(options or {}))
    name = format or _format_of(files_of(definition))
    _check_options(name, definition.options)
    definition = replace(definition, format=name)
    files_of(definition)
    return definition


def located(source: str | Path) -> str:
    """``source`` as definitions store it: an absolute path, or a URL without anything secret.

    Raises
    ------
    SourceError
        If it is empty, or a URL that may not be stored.
    """
    text = str(source)
    if not text:
        raise SourceError("'' is no path", "name a file, a glob or a folder")
    if is_url(text):
        return check_url(text)
    path = unquote(text.removeprefix("file://")) if text.startswith("file://") else text
    return str(Path(path).expanduser().absolute())


def is_local(definition: Definition) -> bool:
    """Whether a definition names files of this machine."""
    return definition.source is not None and not is_url(definition.source)


def files_of(definition: Definition) -> list[File]:
    """The files of a definition, in reading order: sorted by path.

    Of a folder those whose names have an ending of the format (of any, where it names none), but
    not hidden ones, whose path begins with ``.`` or ``_`` somewhere below the folder.
    """
    place = _place(definition)
    if _is_file(place):
        return [place]
    endings = _endings(None)
    if place.is_dir():
        endings = _endings(definition.format)
        found = [file for file in _below(place) if _is_data(file, place, endings)]
    elif _is_glob(place):
        found = _matches(place)
    else:
        raise SourceError(
            f"no file or folder {str(place)!r}{near(place.name, _siblings(place))}",
            "check it; a relative path is resolved from where the process stands",
        )
    if not found:
        raise SourceError(
            f"{str(place)!r} holds no data file", f"files end in {', '.join(endings)}"
        )
    return sorted(found, key=lambda file: file.parts)


def open_source(definition: Definition) -> Rows:
    """The rows of a definition's files, as its steps transform them.

    Raises
    ------
    SourceError
        If they cannot be read, a step does not fit them, or they change while they are read.
    """
    if definition.newer:
        raise SourceError(
            f"the definition says {', '.join(map(repr, definition.newer))}, which this version of "
            "mlsnap does not know",
            "use a newer mlsnap: pip install --upgrade mlsnap",
        )
    if definition.source is None or definition.format is None:
        raise SourceError(
            "the dataset has no source of its own", "hand a frame over: create_snapshot(data=df)"
        )
    if definition.format == databases.FORMAT:
        rows = databases.open_query(definition)
    else:
        rows = read_files(files_of(definition), definition, base=base_of(definition))
    return transformed(rows, definition.steps)


def read_files(files: Sequence[File], definition: Definition, *, base: File) -> Rows:
    """The rows of ``files`` below ``base``, read as ``definition`` says."""
    before = stamps_of(files)
    name = definition.format or _format_of(files)
    with _answering(files):
        rows = formats.read(name, files, definition.options, base=base)
    return _watched(rows, before)


def _watched(rows: Rows, before: dict[File, Stamp]) -> Rows:
    """``rows`` that know whether their files changed, also when they start again."""
    column = rows.column
    return replace(
        rows,
        batches=_watching(rows.batches, before),
        column=column and (lambda position: _watching(column(position), before)),
        stamps=before,
        check=lambda: check_unchanged(before),
    )


def _watching(read: Iterable[Any], before: dict[File, Stamp]) -> Iterator[Any]:
    """What is read, and the reason where reading it fails because its file changed."""
    with _answering(before):
        try:
            yield from read
        except StartAgain as again:
            raise StartAgain(_watched(again.rows, before)) from None
        except SourceError:
            check_unchanged(before)
            raise


@contextmanager
def _answering(files: Iterable[File]) -> Iterator[None]:
    """Say what the library behind remote ``files`` raises as `SourceError`."""
    try:
        yield
    except (MlsnapError, StartAgain):
        raise
    except Exception as error:
        first = next(iter(files))
        if isinstance(first, Path):
            raise
        raise failure(first.url, error) from error


def base_of(definition: Definition) -> File:
    """The folder that a definition names, or that its files lie in."""
    place = _place(definition)
    if isinstance(place, RemoteFile):
        return _remote_base(place)
    while not place.is_dir():
        place = place.parent
    return place


def _remote_base(place: RemoteFile) -> RemoteFile:
    if place.is_file():
        return place.parent
    while place.is_glob:
        place = place.parent
    return place


def _place(definition: Definition) -> File:
    source = definition.source or ""
    return remote(source) if is_url(source) else Path(source)


def _is_glob(place: File) -> bool:
    if isinstance(place, RemoteFile):
        return place.is_glob
    return not _WILDCARDS.isdisjoint(str(place))


def _below(folder: File) -> Iterable[File]:
    return folder.rglob("*") if isinstance(folder, Path) else folder.below()


def _matches(pattern: File) -> list[File]:
    if isinstance(pattern, RemoteFile):
        return list(pattern.matches())
    matches = glob(str(pattern), recursive=True)  # noqa: PTH207 - the pattern is absolute
    return [Path(each) for each in matches if Path(each).is_file()]


def _format_of(files: Sequence[File]) -> str:
    names = {_format_by_name(file): file for file in files}
    if len(names) > 1:
        raise SourceError(
            f"{files[0].parent} holds files of several formats: {', '.join(map(str, names))}",
            "name the one to read with the option format, or with a glob such as '*.csv'",
        )
    return next(iter(names))


def _format_by_name(file: File) -> str:
    for name, each in FORMATS.items():
        if file.name.lower().endswith(each.suffixes):
            return name
    raise SourceError(
        f"the format of {str(file)!r} is not known by its name",
        f"files end in {', '.join(_endings(None))}; or name the format: {', '.join(FORMATS)}",
    )


def _check_options(format: str, options: Mapping[str, Any]) -> None:
    known = format_of(format).options
    for name in options:
        if name not in known:
            raise SourceError(
                f"no option {name!r} for {format} files{near(name, known)}",
                f"options are {', '.join(known)}",
            )


def _is_file(path: File) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        raise SourceError(
            f"no file or folder {str(path)!r}: {error.strerror}", "check the path"
        ) from error


def _is_data(file: File, folder: File, endings: tuple[str, ...]) -> bool:
    hidden = any(part.startswith((".", "_")) for part in _parts_below(file, folder))
    named = not hidden and file.name.lower().endswith(endings)
    return named and (isinstance(file, RemoteFile) or file.is_file())


def _parts_below(file: File, folder: File) -> tuple[str, ...]:
    if isinstance(file, RemoteFile):
        return file.relative_parts(folder_path(folder))
    return file.relative_to(folder_path(folder)).parts


def _endings(format: str | None) -> tuple[str, ...]:
    known = [FORMATS[format]] if format in FORMATS else FORMATS.values()
    return tuple(suffix for each in known for suffix in each.suffixes)


def _siblings(path: File) -> list[str]:
    if isinstance(path, RemoteFile):
        return []
    return [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
