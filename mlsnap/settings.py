"""Settings: project file, then ``MLSNAP_*`` variables, then arguments; the last one wins."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsnap.errors import ConfigError, near
from mlsnap.values.limits import parse_limit, split_limits

PROJECT_FILE = Path(".mlsnap") / "config.toml"
PREFIX = "MLSNAP_"

LEAST_BUDGET = 1 << 24
"""Bytes of memory that no profile can do without."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user may set.

    Attributes
    ----------
    tracking_uri
        Where MLflow is, unless MLflow itself is told (``MLFLOW_TRACKING_URI`` or
        ``mlflow.set_tracking_uri``); ``None``: MLflow's default.
    remote
        Where data copies go: the name of a remote of the project's DVC config, a URL or a
        folder; ``None``: the project's default remote, else a folder in ``data_directory``.
    data_directory
        Where the embedded remote lies; ``None``: the user's data directory.
    strict
        Whether a failure of mlsnap's bookkeeping raises in tracked functions.
    rtol
        Relative tolerance within which a reproduced metric is equivalent.
    memory_budget
        Bytes of memory that a profile may use; also written ``512MB`` or ``2GiB``. Columns that
        would need more are summarised: see `mlsnap.profiling.multiset`.
    semantic_types
        Whether profiles tell how many texts of a column are e-mail addresses, IP addresses, URLs
        and the like (`mlsnap.profiling.semantic_types`).
    remember_files
        Whether profiles of local files are remembered until the files change.
    cache_directory
        Where they are; ``None``: the user's cache directory.
    fail_on
        Limits that differences and drifts are held against if not told otherwise, see
        `mlsnap.values.limits`: a list of texts, in a variable one text with ``;`` between them.
    trusted
        Tracking servers and repositories whose runs may be made again: URLs, hosts or folders, as
        a list like ``fail_on``; empty: all, after asking.
    """

    tracking_uri: str | None = None
    remote: str | None = None
    data_directory: str | None = None
    strict: bool = False
    rtol: float = 1e-9
    memory_budget: int = 1 << 30
    semantic_types: bool = False
    remember_files: bool = True
    cache_directory: str | None = None
    fail_on: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, where each of them came from, and the project folder they hold for."""

    settings: Settings
    origins: dict[str, str]
    project: Path


def load(start: Path, environment: Mapping[str, str] = os.environ) -> Loaded:
    """The settings of the project that ``start`` lies in.

    The project is the nearest folder, upwards, with ``.mlsnap/config.toml`` or a
    ``pyproject.toml`` that has ``[tool.mlsnap]``; ``start`` itself where there is none.

    Raises
    ------
    ConfigError
        If a file cannot be read, or names a setting or value that does not exist.
    """
    project, file, stored = _project(start.absolute())
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, value in stored.items():
        values[name], origins[name] = _checked(name, value, str(file)), str(file)
    for name in names():
        variable = PREFIX + name.upper()
        if variable in environment:
            values[name], origins[name] = _parsed(name, environment[variable], variable), variable
    return Loaded(Settings(**values), origins, project)


def names() -> list[str]:
    """Names of all settings."""
    return [field.name for field in dataclasses.fields(Settings)]


def write(project: Path, name: str, text: str) -> Path:
    """Store one setting in the project's ``.mlsnap/config.toml``; returns the file."""
    file = project / PROJECT_FILE
    stored = _read(file) if file.exists() else {}
    stored[name] = _parsed(name, text, "the command line")
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{key} = {_toml(value)}" for key, value in stored.items()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _toml(value: Any) -> str:
    """A plain value as TOML, which writes it as JSON does, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _project(start: Path) -> tuple[Path, Path | None, dict[str, Any]]:
    for folder in (start, *start.parents):
        own = folder / PROJECT_FILE
        if own.is_file():
            return folder, own, _read(own)
        shared = folder / "pyproject.toml"
        if shared.is_file() and "mlsnap" in (tool := _read(shared).get("tool", {})):
            return folder, shared, _table(tool["mlsnap"], shared)
    return start, None, {}


def _table(value: Any, file: Path) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise ConfigError(f"tool.mlsnap in {file} is no table", "begin it with a line [tool.mlsnap]")


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}", "mend or remove that file") from error


def _checked(name: str, value: Any, origin: str) -> Any:
    kind = _kind(name, origin)
    if kind in (int, tuple) and isinstance(value, str):
        return _parsed(name, value, origin)
    if kind is tuple and isinstance(value, list):
        return _several(name, value, origin)
    number = kind is float and isinstance(value, int) and not isinstance(value, bool)
    if (number or isinstance(value, kind)) and _possible(float(value) if number else value):
        return kind(value)
    noun = "list" if kind is tuple else kind.__name__
    raise ConfigError(f"{name} = {value!r} in {origin} is no {noun}", f"write it as a {noun}")


def _possible(value: Any) -> bool:
    """Whether a number is finite, and a size one that can be worked with."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value >= LEAST_BUDGET
    return not isinstance(value, float) or math.isfinite(value)


def _size(text: str) -> int:
    """Bytes, given as ``1073741824``, ``512MB`` (10**6) or ``2GiB`` (2**30)."""
    number, unit = re.fullmatch(r"\s*([\d.]+)\s*([a-zA-Z]*)\s*", text).groups()  # type: ignore
    return int(float(number) * _UNITS[unit.lower().removesuffix("b")])


_UNITS = {"": 1} | {
    f"{letter}{binary}": (1024 if binary else 1000) ** power
    for power, letter in enumerate("kmgt", 1)
    for binary in ("", "i")
}


def _several(name: str, texts: Iterable[Any], origin: str) -> tuple[str, ...]:
    if name != "fail_on":
        return tuple(str(each) for each in texts if str(each).strip())
    try:
        return tuple(parse_limit(each).text for each in texts)
    except ConfigError as error:
        raise ConfigError(f"{name} in {origin}: {error.fact}", error.hint) from None


def _parsed(name: str, text: str, origin: str) -> Any:
    kind = _kind(name, origin)
    if kind is tuple:
        return _several(name, split_limits(text), origin)
    try:
        value = _PARSERS.get(kind, kind)(text)
        if _possible(value):
            return value
        raise ValueError(text)
    except (AttributeError, KeyError, ValueError):
        raise ConfigError(
            f"{name} = {text!r} in {origin} is no {_WORDS[kind]}",
            f"a {_WORDS[kind]} is {_EXAMPLES[kind]}",
        ) from None


_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_WORDS: dict[type, str] = {bool: "bool", float: "float", int: "size", str: "str"}
_EXAMPLES: dict[type, str] = {
    bool: "true or false",
    float: "a number such as 1e-9",
    int: "a size such as 512MB or 2GiB, of 16 MiB at least",
    str: "a text",
}
_PARSERS: dict[type, Callable[[str], Any]] = {
    bool: lambda text: _TRUTH[text.lower()],
    int: _size,
}


def _kind(name: str, origin: str) -> type:
    if name not in names():
        raise ConfigError(
            f"no setting {name!r} (in {origin}){near(name, names())}",
            f"settings are {', '.join(names())}",
        )
    default = getattr(Settings(), name)
    return str if default is None else type(default)
