"""Objects of modules by where they are: module and qualified name."""

from __future__ import annotations

import importlib
import re
import sys
from functools import reduce
from typing import Any

MAIN = "__main__"

SCRIPT_MODULE = "mlsnap_script_"
"""Begins the name under which a script is loaded again."""

_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def path_of(value: Any) -> list[str] | None:
    """Module and qualified name that lead to ``value``; ``None`` if none do.

    >>> path_of(path_of) == ["mlsnap.lineage.import_paths", "path_of"], path_of(lambda: 0)
    (True, None)
    """
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not (isinstance(module, str) and isinstance(name, str)):
        return None
    try:
        found = reduce(getattr, name.split("."), sys.modules.get(module))
    except AttributeError:
        return None
    return [_as_recorded(module), name] if found is value else None


def at(module: str, name: str, *, main: str) -> Any:
    """What the path leads to; ``main`` stands for a script.

    `ValueError` or `AttributeError` if it leads nowhere.
    """
    if not _MODULE.fullmatch(module):
        raise ValueError(f"{module!r} is no module's name")
    try:
        found = importlib.import_module(main if module == MAIN else module)
    except ImportError as error:
        raise ValueError(f"module {module!r} cannot be imported") from error
    return reduce(getattr, name.split("."), found)


def _as_recorded(module: str) -> str:
    """The name that stays the same in a rerun; what ``python -m NAME`` runs has one, too."""
    if module.startswith(SCRIPT_MODULE):
        return MAIN
    spec = getattr(sys.modules[MAIN], "__spec__", None) if module == MAIN else None
    return spec.name if spec else module
