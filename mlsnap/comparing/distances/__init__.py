"""One file a distance, each with ``NAME`` and ``distance``; a new file here is a new distance."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from mlsnap.comparing.pair import Pair
from mlsnap.values.difference import Distance

DistanceFunction = Callable[[Pair], Distance]


def _found() -> dict[str, DistanceFunction]:
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return {module.NAME: module.distance for module in modules}


DISTANCES: dict[str, DistanceFunction] = _found()
"""The distances by the name they have in tables, in alphabetical order."""
