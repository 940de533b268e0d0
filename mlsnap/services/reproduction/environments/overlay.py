"""The folder that brings this mlsnap, and the code's own packages, into another environment."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, requires
from pathlib import Path
from typing import Any

import mlsnap
from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import installed
from mlsnap.lineage.paths import inside
from mlsnap.values.lineage import Environment

_PACKAGE = Path(mlsnap.__file__).parent
_LEFT_OUT = shutil.ignore_patterns("_example_project", "*.tmp")


def make(folder: Path, environment: Environment, *, root: Path | None = None) -> Path:
    """Fill ``folder``, to be put on ``PYTHONPATH``: it needs no index and no installation.

    mlsnap is the running one, whatever was recorded. Packages that were installed from the code
    itself are known by name and version, and imported, after all others, from the code in
    ``root``.

    Raises
    ------
    NotReproducibleError
        If the record names a folder outside of ``root``.
    """
    shutil.copytree(_PACKAGE, folder / "mlsnap", ignore=_LEFT_OUT)
    _describe(folder, "mlsnap", mlsnap.__version__, entry_points=_entry_points())
    for name, origin in environment.origins.items():
        version = environment.packages.get(name)
        if "folder" in origin and version and name != "mlsnap":
            _describe(folder, name, version)
    if root is not None:
        _append_to_path(folder, list(_folders(environment, root.resolve())))
    return folder


def lacking(environment: Environment) -> tuple[str, ...]:
    """Why this mlsnap could not run there: sentences that name packages it needs; empty if none.

    Versions are not looked at: another one may do.
    """
    names = sorted(set(_needed()).difference(environment.packages))
    if not names:
        return ()
    return (
        f"the recorded environment has no {', '.join(names)}, which mlsnap "
        f"{mlsnap.__version__} needs: use `--env current`",
    )


def _needed() -> Iterator[str]:
    try:
        lines = requires("mlsnap") or []
    except PackageNotFoundError:
        return
    for line in lines:
        requirement, _, marker = line.partition(";")
        if not marker:
            yield installed.normalised(_name_of(requirement))


def _name_of(requirement: str) -> str:
    end = next((at for at, sign in enumerate(requirement) if sign in "<>=!~[ (@"), None)
    return requirement[:end]


def _folders(environment: Environment, root: Path) -> Iterator[str]:
    """Where the code's own packages may lie, in a flat layout or below ``src``."""
    for origin in environment.origins.values():
        if "folder" in origin:
            own = inside(root, str(origin["folder"]))
            yield from (str(each) for each in (own / "src", own) if each.is_dir())


def _append_to_path(folder: Path, paths: list[str]) -> None:
    """At the end, as an editable installation does; ``PYTHONPATH`` would hide Python's modules."""
    text = f"import sys\n\nsys.path += {list(dict.fromkeys(paths))!r}\n"
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")


def _entry_points() -> str:
    """Those through which MLflow finds mlsnap's classes."""
    try:
        found: Distribution = distribution("mlsnap")
    except PackageNotFoundError:
        return ""
    return found.read_text("entry_points.txt") or ""


def _describe(folder: Path, name: str, version: str, *, entry_points: str = "") -> None:
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    described = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    if described.parent != folder:
        raise _refused(name, version)
    described.mkdir()
    (described / "METADATA").write_text(text, encoding="utf-8")
    (described / "entry_points.txt").write_text(entry_points, encoding="utf-8")


def _refused(name: Any, version: Any) -> NotReproducibleError:
    return NotReproducibleError(
        f"the run records {f'{name} {version}'!r} as a package, which is none",
        "the record was changed by hand: do not run it",
    )
