"""What of chance comes up in the body of a call: noted for its run, and brought back."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mlsnap.lineage import entropy, generators, late_imports, randomness
from mlsnap.lineage.entropy import Drawn
from mlsnap.tracking import artifacts, paths
from mlsnap.values.lineage import Body

_GENERATORS = "generators"
"""Among the random states at entry: generators that the function's module made before."""


@dataclass
class Chance:
    """What came up so far."""

    drawn: Drawn = field(default_factory=Drawn)
    late: dict[str, Any] = field(default_factory=dict)

    def files(self, folder: str) -> dict[str, artifacts.Content]:
        """What is stored of it, by path; nothing where nothing came up."""
        if not (self.drawn.entropy or self.late):
            return {}
        body = Body(self.drawn.entropy, self.late)
        text = artifacts.to_json(body.to_dict())
        return {f"{folder}/{paths.BODY}": artifacts.to_bytes(text)}

    def complaints(self) -> list[str]:
        """What of it is not stored, a sentence."""
        if not self.drawn.beyond:
            return []
        most = f"{entropy.MOST:,}"
        return [
            f"more than {most} unseeded generators of a library were made; the rest is not kept"
        ]


@contextmanager
def watching(chance: Chance) -> Iterator[None]:
    """Note in ``chance`` what comes up in the block."""
    with entropy.recording() as chance.drawn, late_imports.recording() as chance.late:
        yield


@contextmanager
def replaying(body: Body) -> Iterator[None]:
    """What a body drew comes up again in the block."""
    with entropy.replaying(body.entropy), late_imports.replaying(body.late):
        yield


def states_at_entry(function: Callable[..., Any]) -> dict[str, Any]:
    """The states of global generators, and of those among the names of the function's module."""
    made = generators.of_module(_names(function))
    return {**randomness.capture(), **({_GENERATORS: made} if made else {})}


def restore(states: dict[str, Any], function: Callable[..., Any]) -> None:
    """Set what `states_at_entry` recorded.

    Raises
    ------
    NotReproducibleError
        If a state cannot be set.
    """
    generators.restore(states.get(_GENERATORS, {}), _names(function))
    randomness.restore({name: each for name, each in states.items() if name != _GENERATORS})


def _names(function: Callable[..., Any]) -> dict[str, Any]:
    plain = inspect.unwrap(function)
    names: dict[str, Any] = getattr(getattr(plain, "__func__", plain), "__globals__", {})
    return names
