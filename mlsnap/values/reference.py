"""How a user names a snapshot anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlsnap.errors import NotFoundError, SourceError

FORMS = "a reference is DATASET@SNAPSHOT, DATASET@latest, runs:/ID, models:/NAME/VERSION or a file"
"""What a user may write, as hints say it."""

_RUN_ID = re.compile(r"[0-9a-f]{32}")
_SNAPSHOT = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,99})@(.+)")
_LATEST = re.compile(r"latest(?:~(\d+))?")
_DIGEST = re.compile(r"sha256:([0-9a-f]{6,64})")
_MODEL = re.compile(r"(models:/(?:[^/]+/(?:\d+|latest)|[^/]+?@[\w-]+|m-[^/@#]+)/?)(?:#(.+))?", re.S)
"""A registered model's name may hold anything but a slash and a colon, ``#`` and ``@`` too."""


@dataclass(frozen=True, slots=True)
class ByName:
    """``crime@snapshot_2019``."""

    dataset: str
    name: str


@dataclass(frozen=True, slots=True)
class ByAge:
    """``crime@latest`` and ``crime@latest~1``: ``back`` snapshots before the newest."""

    dataset: str
    back: int


@dataclass(frozen=True, slots=True)
class ByDigest:
    """``crime@sha256:<6 to 64 hex digits>``."""

    dataset: str
    prefix: str


@dataclass(frozen=True, slots=True)
class ByRun:
    """``runs:/<id>`` or a bare run id; ``#context`` picks one of several inputs."""

    run_id: str
    context: str | None


@dataclass(frozen=True, slots=True)
class ByModel:
    """``models:/name/3``, ``…/latest``, ``…@alias``, ``models:/m-…``; ``#context`` as for runs."""

    uri: str
    context: str | None


@dataclass(frozen=True, slots=True)
class ByPath:
    """A file, glob or folder, profiled on the spot."""

    path: str


Reference = ByName | ByAge | ByDigest | ByRun | ByModel | ByPath


def parse(text: str) -> Reference:
    """What ``text`` refers to; anything that is no other form is a path.

    >>> parse("crime@latest~1")
    ByAge(dataset='crime', back=1)
    >>> parse("runs:/0123456789abcdef0123456789abcdef#testing").context
    'testing'
    """
    if model := _MODEL.fullmatch(text):
        return ByModel(model[1].rstrip("/"), model[2])
    place, _, context = text.partition("#")
    if place.startswith("models:/"):
        return ByModel(place, context or None)
    if place.startswith("runs:/") or _RUN_ID.fullmatch(place):
        return ByRun(place.removeprefix("runs:/").strip("/"), context or None)
    if found := _SNAPSHOT.fullmatch(text):
        return _of_dataset(found[1], found[2])
    return ByPath(text)


def _of_dataset(dataset: str, selector: str) -> Reference:
    if latest := _LATEST.fullmatch(selector):
        return ByAge(dataset, int(latest[1] or 0))
    if digest := _DIGEST.fullmatch(selector):
        return ByDigest(dataset, digest[1])
    return ByName(dataset, selector)


@contextmanager
def reading_path(text: str) -> Iterator[None]:
    """Reading what `ByPath` took for a file; one that is not there may be a mistyped reference."""
    try:
        yield
    except SourceError as error:
        if Path(text).exists() or "/" in text:
            raise
        raise NotFoundError(
            f"{text!r} is neither a reference nor a file that can be read: {error.fact}", FORMS
        ) from error
