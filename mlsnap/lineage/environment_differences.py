"""What differs between two environments, as readable lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlsnap.lineage.variables import THREADS, VARIABLES
from mlsnap.values.lineage import Environment

KINDS = ("environment", "hardware", "threads")

OWN = frozenset({"mlsnap", "pip", "uv"})
"""Packages that bring a run back, and are no part of it."""

_COUNTED = {
    "openblas": "OPENBLAS_NUM_THREADS",
    "mkl": "MKL_NUM_THREADS",
    "blis": "BLIS_NUM_THREADS",
    "openmp": "OMP_NUM_THREADS",
}
"""The variable that sets the threads of a library, by threadpoolctl's name of its interface."""


def differences(reference: Environment, current: Environment) -> list[str]:
    """What differs, one readable line each; empty if nothing does.

    Of what only one of the two was asked about (libraries, settings), nothing is said; nor of
    mlsnap, pip and uv.

    >>> old = Environment("3.11.7", "Linux", "x86_64", "cpu", 4, {"numpy": "2.0.0"})
    >>> new = Environment("3.11.7", "Linux", "x86_64", "cpu", 4, {}, {"OMP_NUM_THREADS": "2"})
    >>> differences(old, new)
    ['numpy 2.0.0 -> not installed', 'variable OMP_NUM_THREADS: unset -> 2']
    """
    return [line for lines in differences_by_kind(reference, current).values() for line in lines]


def differences_by_kind(reference: Environment, current: Environment) -> dict[str, list[str]]:
    """The same lines by what they are about: each of `KINDS`, with an empty list for none."""
    return {
        "environment": [
            *package_differences(reference, current),
            *_facts(reference, current, "platform"),
            *_settings(reference, current, threads=False),
            *_variables(reference, current, [name for name in VARIABLES if name not in THREADS]),
        ],
        "hardware": [
            *_facts(reference, current, "machine", "cpu", "cpu_count"),
            *_libraries(reference, current, "architecture"),
            *_accelerators(reference, current),
        ],
        "threads": [
            *_libraries(reference, current, "num_threads", "threading_layer"),
            *_settings(reference, current, threads=True),
            *_variables(reference, _without_restored(reference, current), THREADS),
        ],
    }


def package_differences(reference: Environment, current: Environment) -> list[str]:
    """How Python and the packages differ: lines, empty if they are the same."""
    return [
        *_facts(reference, current, "python", "implementation"),
        *_changes(_stated(reference, current), _stated(current, reference), "not installed"),
    ]


def threads_of(environment: Environment) -> dict[str, str]:
    """Values of thread variables that give libraries the threads they had there.

    >>> threads_of(Environment("3.11.7", "Linux", "x86_64", "cpu", 4, {}))["OMP_NUM_THREADS"]
    '4'
    """
    count = str(environment.settings.get("torch.num_threads", environment.cpu_count))
    used = dict.fromkeys(THREADS, count) | {"LOKY_MAX_CPU_COUNT": str(environment.cpu_count)}
    for library in environment.libraries:
        variable = _COUNTED.get(str(library.get("internal_api")))
        if variable or library.get("user_api") == "openmp":
            used[variable or "OMP_NUM_THREADS"] = str(library.get("num_threads", count))
    return {**used, **{k: v for k, v in environment.variables.items() if k in THREADS}}


def _without_restored(reference: Environment, current: Environment) -> Environment:
    """``current`` without the variables that only say what ``reference`` had of itself."""
    had = threads_of(reference)
    kept = {
        name: value
        for name, value in current.variables.items()
        if name in reference.variables or had.get(name) != value
    }
    return replace(current, variables=kept)


def _facts(reference: Environment, current: Environment, *names: str) -> Iterator[str]:
    for name in names:
        before, now = getattr(reference, name), getattr(current, name)
        if before != now:
            yield f"{name.replace('_', ' ')} {before} -> {now}"


def _stated(environment: Environment, other: Environment) -> dict[str, str]:
    """The version of each package, with its commit or archive if it came of one.

    A folder that is part of the code, in either, is the code's to compare.
    """
    ours = {
        name
        for each in (environment, other)
        for name, origin in each.origins.items()
        if "folder" in origin
    }
    return {
        name: version + _origin(environment.origins.get(name, {}))
        for name, version in environment.packages.items()
        if name not in OWN | ours
    }


def _origin(origin: Mapping[str, Any]) -> str:
    vcs = origin.get("vcs_info")
    if isinstance(vcs, Mapping):
        return f" ({origin.get('url')}@{vcs.get('commit_id')})"
    return f" ({origin.get('url')})" if "archive_info" in origin else ""


def _settings(reference: Environment, current: Environment, *, threads: bool) -> Iterator[str]:
    """Settings of libraries that both had in use."""
    shared = {
        name
        for name in reference.settings.keys() & current.settings.keys()
        if name.endswith("_threads") == threads
    }
    before, now = ({k: each.settings[k] for k in shared} for each in (reference, current))
    yield from _changes(before, now, "unset", separator=": ")


def _variables(reference: Environment, current: Environment, names: Sequence[str]) -> Iterator[str]:
    before, now = (
        {f"variable {name}": each.variables[name] for name in names if name in each.variables}
        for each in (reference, current)
    )
    yield from _changes(before, now, "unset", separator=": ")


def _libraries(reference: Environment, current: Environment, *facts: str) -> Iterator[str]:
    """Facts about the libraries that both had in use, as often as they had them."""
    before, now = _by_name(reference), _by_name(current)
    for name in sorted(before.keys() & now.keys()):
        for fact in facts:
            old, new = before[name].get(fact), now[name].get(fact)
            if old is not None and new is not None and old != new:
                yield f"{name} {fact.replace('_', ' ')}: {old} -> {new}"


def _by_name(environment: Environment) -> dict[str, dict[str, Any]]:
    """Libraries by what tells them apart; those of one name are numbered."""
    found: dict[str, dict[str, Any]] = {}
    seen: Counter[str] = Counter()
    for library in environment.libraries:
        name = f"{library.get('internal_api')} {library.get('prefix')}"
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} ({seen[name]})"] = library
    return found


def _accelerators(reference: Environment, current: Environment) -> Iterator[str]:
    if reference.accelerators != current.accelerators:
        before, now = (", ".join(each.accelerators) or "none" for each in (reference, current))
        yield f"accelerators {before} -> {now}"


def _changes(
    reference: Mapping[str, str], current: Mapping[str, str], missing: str, separator: str = " "
) -> Iterator[str]:
    for name in sorted(reference.keys() | current.keys()):
        before, now = reference.get(name, missing), current.get(name, missing)
        if before != now:
            yield f"{name}{separator}{before} -> {now}"
