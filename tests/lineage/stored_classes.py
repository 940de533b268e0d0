"""Classes whose objects a stored argument can be."""

from __future__ import annotations

import threading
from collections import namedtuple
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


@dataclass
class Plain:
    rate: float = 0.1
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Frozen:
    inner: Plain
    path: Path = Path("x")


@dataclass
class Computed:
    """Its constructor would not take what it holds."""

    start: int
    twice: int = field(init=False)
    never_set: int = field(init=False, repr=False, compare=False)
    seed: InitVar[int] = 0

    def __post_init__(self, seed: int) -> None:
        if self.start > 9:
            raise ValueError("too much")
        self.twice = 2 * self.start
        self.noted = seed

    @cached_property
    def lock(self) -> Any:
        return threading.Lock()


@dataclass
class Derived(Plain, Generic[T]):
    value: T | None = None


@dataclass
class WithLock:
    lock: Any = field(default_factory=threading.Lock)


class Point(NamedTuple):
    x: float
    y: float = 0.0


Pair = namedtuple("Pair", "a b")


class Tool:
    def use(self) -> None:
        pass


def loss(a: float) -> float:
    return a


NOT_A_CLASS = {"x": 1}
