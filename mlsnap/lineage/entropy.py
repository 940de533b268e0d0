"""What unseeded generators are seeded with while a tracked body runs, noted and fed back.

``numpy.random.default_rng()``, ``random.Random()``, ``torch.seed()`` and the like ask the operating
system. The names through which they do are exchanged for the time of a body, and only then. What
they get is as random as before: it is noted on the way.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

MOST = 100_000
"""Draws of one library that are noted; further ones are only counted."""

OF_THREADS = " in threads"
"""Ends the name of a library for what it drew in threads that have not the body's context."""

_BITS = 256
_TORCH_BITS = 53  # what torch.seed() draws
_NOT_THE_TRAINING = ("mlflow", "mlsnap", "tempfile", "multiprocessing", "urllib3", "sqlalchemy")
"""Who asks for reasons of their own, another number of times in a rerun."""


@dataclass(eq=False)
class Drawn:
    """What was drawn, in order, as hexadecimal texts, by library."""

    entropy: dict[str, list[str]] = field(default_factory=dict)
    beyond: int = 0
    process: int = field(default_factory=os.getpid)

    def note(self, library: str, value: int) -> None:
        """Add a draw; those beyond `MOST` are counted in ``beyond``."""
        noted = self.entropy.setdefault(library, [])
        if len(noted) < MOST:
            noted.append(hex(value))
        else:
            self.beyond += 1


@dataclass(eq=False)
class Replay:
    """What is fed back, by library; ``fresh`` counts the draws for which nothing was left."""

    left: dict[str, deque[str]]
    fresh: int = 0
    process: int = field(default_factory=os.getpid)

    def next(self, library: str, bits: int) -> int | None:
        """The next recorded draw, or ``None`` if there is none of at most ``bits`` bits."""
        try:
            value = int(self.left[library].popleft(), 16)
        except (KeyError, IndexError, ValueError):
            value = -1
        if 0 <= value < 1 << bits:
            return value
        self.fresh += 1
        return None


S = TypeVar("S", Drawn, Replay)


class _Scope(Generic[S]):
    """The body that code belongs to: that of its context, else the only one there is.

    A thread has a context of its own, unless it is given one (`contextvars.copy_context`); with
    two bodies under way it belongs to neither. A forked process belongs to none.
    """

    def __init__(self, name: str) -> None:
        self._own: ContextVar[S | None] = ContextVar(name, default=None)
        self._open: list[S] = []

    @contextmanager
    def opened(self, each: S) -> Iterator[S]:
        token = self._own.set(each)
        self._open.append(each)
        try:
            yield each
        finally:
            self._open.remove(each)
            self._own.reset(token)

    def current(self) -> tuple[S | None, bool]:
        """It, and whether by its context."""
        own = self._own.get()
        found = own or (self._open[0] if len(self._open) == 1 else None)
        is_here = found is not None and found.process == os.getpid()
        return (found if is_here else None), own is not None


_recorded: _Scope[Drawn] = _Scope("mlsnap_recorded_entropy")
_replayed: _Scope[Replay] = _Scope("mlsnap_replayed_entropy")
_silent: ContextVar[bool] = ContextVar("mlsnap_own_entropy", default=False)


@contextmanager
def recording() -> Iterator[Drawn]:
    """Note what is drawn in the block, and in threads that it starts.

    Two blocks at once, in threads or coroutines, have a record each.
    """
    with _exchanged(), _recorded.opened(Drawn()) as drawn:
        yield drawn


@contextmanager
def replaying(entropy: Mapping[str, list[str]]) -> Iterator[Replay]:
    """Feed back what was recorded, in its order; what is drawn beyond that is fresh."""
    left = {library: deque(values) for library, values in entropy.items()}
    with _exchanged(), _replayed.opened(Replay(left)) as replay:
        yield replay


@contextmanager
def unnoticed() -> Iterator[None]:
    """What mlsnap draws itself in a body is neither noted nor fed back."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def watch_new() -> None:
    """Exchange the names of libraries that were imported since the block began."""
    with _lock:
        if _blocks:
            _exchange()


def _draw(library: str, bits: int, fresh: Callable[[int], int]) -> int:
    if _silent.get() or _asker() in _NOT_THE_TRAINING:
        return fresh(bits)
    drawn, is_own = _recorded.current()
    replay, is_replayed_here = _replayed.current()
    name = library if is_own or is_replayed_here else library + OF_THREADS
    value = replay.next(name, bits) if replay else None
    value = fresh(bits) if value is None else value
    if drawn:
        drawn.note(name, value)
    return value


def _asker() -> str:
    """The package of the code that made the generator, below this module and `random`."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_globals.get("__name__") in (__name__, "random"):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _system(bits: int) -> int:
    return int.from_bytes(os.urandom((bits + 7) // 8), "little") >> (-bits % 8)


_lock = threading.RLock()
_blocks: list[object] = []
_put_back: dict[str, Callable[[], None]] = {}


@contextmanager
def _exchanged() -> Iterator[None]:
    """The names are exchanged while at least one block is open."""
    block = object()
    try:
        with _lock:
            _blocks.append(block)
            _exchange()
        yield
    finally:
        with _lock:
            _blocks.remove(block)
            if not _blocks:
                _restore()


def _exchange() -> None:
    for name, exchange in _LIBRARIES.items():
        if name not in _put_back and (put_back := exchange()):
            _put_back[name] = put_back


def _restore() -> None:
    while _put_back:
        _put_back.popitem()[1]()


def _exchange_python() -> Callable[[], None]:
    seed, bound = random.Random.seed, random.seed

    def seeded(self: random.Random, a: Any = None, version: int = 2) -> None:
        seed(self, _draw("random", _BITS, _system) if a is None else a, version)

    wrapped = _named_like(seed, seeded)
    python: Any = random.Random
    hidden: Any = random._inst  # whose methods the module's names are
    python.seed = wrapped
    random.seed = hidden.seed

    def put_back() -> None:
        if python.seed is wrapped:
            python.seed = seed
        random.seed = bound

    return put_back


def _exchange_numpy() -> Callable[[], None] | None:
    module = sys.modules.get("numpy.random.bit_generator")
    original = getattr(module, "randbits", None)
    return _set(module, "randbits", lambda k: _draw("numpy", k, original)) if original else None


def _exchange_torch() -> Callable[[], None] | None:
    torch = sys.modules.get("torch")
    module = getattr(torch, "random", None)
    original = getattr(module, "seed", None)
    if original is None or not hasattr(torch, "manual_seed"):
        return None

    def seed() -> int:
        value = _draw("torch", _TORCH_BITS, _system)
        torch.manual_seed(value)  # type: ignore[union-attr]
        return value

    wrapped = _named_like(original, seed)
    undo = [_set(each, "seed", wrapped) for each in (torch, module)]

    def put_back() -> None:
        for each in undo:
            each()

    return put_back


def _named_like(original: Any, wrapped: Any) -> Any:
    for name in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(wrapped, name, getattr(original, name))
    return wrapped


def _set(module: Any, name: str, value: Any) -> Callable[[], None]:
    """Set a name of a module; what is returned puts it back, unless it was exchanged again."""
    before = getattr(module, name)
    setattr(module, name, value)
    return lambda: setattr(module, name, before) if getattr(module, name) is value else None


_LIBRARIES: dict[str, Callable[[], Callable[[], None] | None]] = {
    "random": _exchange_python,
    "numpy": _exchange_numpy,
    "torch": _exchange_torch,
}
