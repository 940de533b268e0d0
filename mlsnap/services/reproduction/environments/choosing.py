"""The Python environment in which a run is made again."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import environment as environments
from mlsnap.lineage import lock as locks
from mlsnap.lineage.lock import Lock
from mlsnap.services.reproduction.environments import built, overlay, uv
from mlsnap.services.reproduction.environments.built import Built
from mlsnap.services.workspace import Workspace
from mlsnap.values.lineage import Environment
from mlsnap.values.reproduction import Place

_AS_RECORDED = "the current one, which is as recorded"
_LINES = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """Which environment a rerun would have; nothing is built for it.

    Attributes
    ----------
    place
        `Place.CURRENT` or `Place.ISOLATED`.
    how
        What it is, a sentence.
    differences
        How it would differ from the recorded one, a line each.
    missing
        Why it cannot be had, a sentence each; empty if it can.
    sources
        Addresses that packages would come from by the record alone: this machine was told of none.
    """

    place: Place
    how: str
    differences: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """An environment that is there.

    Attributes
    ----------
    python
        Its interpreter.
    isolated
        Whether it is another one than that of this process, without mlsnap in it.
    how
        What it is, a sentence.
    differences
        How its packages differ from the recorded ones, a line each.
    """

    python: Path
    isolated: bool
    how: str
    differences: tuple[str, ...] = ()


def folder_of(workspace: Workspace) -> Path:
    """Where built environments are kept: in the cache directory of mlsnap."""
    chosen = workspace.settings.cache_directory or platformdirs.user_cache_dir("mlsnap")
    return Path(chosen).expanduser().absolute() / "environments"


def plan(environment: Environment, place: Place, *, cache: Path) -> Planned:
    """Which environment `prepare` would give.

    Raises
    ------
    NotReproducibleError
        If a package of the record is none.
    """
    here = environments.capture()
    lock = locks.requirements(environment)
    other = environments.package_differences(environment, here)
    if place is Place.CURRENT or (place is Place.AUTO and not other):
        lines = environments.differences(environment, _in_child(here, environment))
        how = f"the current one, whose packages differ: {_shortly(other)}" if other else ""
        return Planned(Place.CURRENT, how or _AS_RECORDED, tuple(lines))
    known = built.find(cache, environment, lock)
    return Planned(
        Place.ISOLATED,
        _how(environment, lock, known),
        (
            *environments.differences(environment, _rebuilt(here, environment)),
            *lock.unlocked,
            *(known.differences if known else ()),
        ),
        _missing(environment, known),
        _sources(environment),
    )


def prepare(environment: Environment, place: Place, *, cache: Path) -> Prepared:
    """The environment for a rerun: this one, or one that is built, or was built before.

    It is kept in the folder ``cache``, by its packages, Python and platform. What uv says while it
    builds goes to stderr.

    Raises
    ------
    NotReproducibleError
        If it cannot be built; the message names the package, Python or program that is missing.
    ConfigError
        If ``cache`` cannot be written to, or is full.
    """
    planned = plan(environment, place, cache=cache)
    if planned.place is Place.CURRENT:
        return Prepared(Path(sys.executable), False, planned.how, planned.differences)
    if planned.missing:
        raise NotReproducibleError("; ".join(planned.missing), uv.USE_CURRENT)
    lock = locks.requirements(environment)
    known = built.find(cache, environment, lock)
    ready = known or built.build(cache, environment, lock)
    how = _how(environment, lock, ready if known else None)
    return Prepared(ready.python, True, how, (*lock.unlocked, *ready.differences))


def _how(environment: Environment, lock: Lock, known: Built | None) -> str:
    if known is not None:
        return f"isolated: reused, built on {known.date}"
    return (
        f"isolated: built with uv from {len(lock.requirements)} locked packages "
        f"({environment.implementation} {environment.python})"
    )


def _missing(environment: Environment, known: Built | None) -> tuple[str, ...]:
    no_uv = (uv.MISSING,) if known is None and uv.find() is None else ()
    return (*no_uv, *overlay.lacking(environment))


def _sources(environment: Environment) -> tuple[str, ...]:
    asked = uv.foreign(environment)
    own = [origin.get("url") for origin in environment.origins.values() if "folder" not in origin]
    named = (each for each in own if isinstance(each, str) and not each.startswith("file:"))
    return tuple(dict.fromkeys((*asked.urls, *asked.find_links, *named)))


def _in_child(here: Environment, recorded: Environment) -> Environment:
    """This environment as a fresh process would have it: variables are as recorded.

    What its libraries are told is the code's doing.
    """
    return replace(
        here,
        variables=recorded.variables,
        settings=recorded.settings,
        libraries=recorded.libraries,
    )


def _rebuilt(here: Environment, recorded: Environment) -> Environment:
    """The recorded environment on this machine."""
    return replace(
        recorded,
        platform=here.platform,
        machine=here.machine,
        cpu=here.cpu,
        cpu_count=here.cpu_count,
        accelerators=here.accelerators,
    )


def _shortly(lines: list[str]) -> str:
    more = f" and {len(lines) - _LINES} more" if len(lines) > _LINES else ""
    return ", ".join(lines[:_LINES]) + more
