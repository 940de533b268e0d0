"""Random states of libraries that a tracked body is the first to import.

Their state right after the import is recorded, and set again at the same moment of a rerun.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.machinery import ModuleSpec
from typing import Any

from mlsnap.lineage import entropy, randomness

LIBRARIES = {"numpy.random": "numpy", "torch": "torch", "tensorflow": "tensorflow"}
"""The module that sets a library's generators up, and the library."""


@contextmanager
def recording() -> Iterator[dict[str, Any]]:
    """The states, by library, of those that are imported in the block, in whichever thread."""
    found: dict[str, Any] = {}

    def note(library: str) -> None:
        with suppress(Exception):  # the import itself went well
            if (state := randomness.capture_one(library)) is not None:
                found[library] = state

    with _told(note):
        yield found


@contextmanager
def replaying(late: Mapping[str, Any]) -> Iterator[None]:
    """Set recorded states after the imports in the block; at once where that is done already."""

    def restore(library: str) -> None:
        if library in late:
            randomness.restore({library: late[library]})

    for module, library in LIBRARIES.items():
        if module in sys.modules:
            restore(library)
    with _told(restore):
        yield


@contextmanager
def _told(imported: Callable[[str], None]) -> Iterator[None]:
    finder = _Finder(imported)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        finder.closed = True
        with suppress(ValueError):
            sys.meta_path.remove(finder)


class _Finder:
    """Finds nothing itself: it has the loader of a library tell when it is done."""

    def __init__(self, imported: Callable[[str], None]) -> None:
        self._imported = imported
        self.closed = False

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """What the finders after this one find."""
        if name not in LIBRARIES or self not in sys.meta_path:
            return None
        following = sys.meta_path[sys.meta_path.index(self) + 1 :]
        found = (finder.find_spec(name, path, target) for finder in following)
        spec = next((each for each in found if each is not None), None)
        if spec is not None and spec.loader is not None:
            self._watch(spec.loader, LIBRARIES[name])
        return spec

    def _watch(self, loader: Any, library: str) -> None:
        execute = loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            if not self.closed:
                entropy.watch_new()
                self._imported(library)

        with suppress(AttributeError):  # a loader that takes no attributes
            loader.exec_module = exec_module
