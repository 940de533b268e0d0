"""What went wrong around a tracked call, said in one warning."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from mlsnap.errors import MlsnapError, MlsnapWarning

_OWN = ("mlsnap", "contextlib")


class Complaints:
    """Sentences that are collected until they are said. If ``strict``, failures raise instead."""

    def __init__(self, name: str, strict: bool | None) -> None:
        self.strict = strict
        self._name = name
        self._lines: list[str] = []

    def add(self, lines: Iterable[str]) -> None:
        """More sentences."""
        self._lines += lines

    @contextmanager
    def guarded(self, failure: str) -> Iterator[None]:
        """A block whose exceptions are complaints, which begin with ``failure``."""
        try:
            yield
        except Exception as error:
            if self.strict:
                raise
            shown = error.fact if isinstance(error, MlsnapError) else f"{error!r}"
            self._lines.append(f"{failure}: {shown}")

    def __len__(self) -> int:
        """How many are not said yet."""
        return len(self._lines)

    def warn(self) -> None:
        """Say them, at the line of the user's code that called."""
        if self._lines:
            text = "; ".join(self._lines)
            self._lines = []
            warnings.warn(
                f"mlsnap, tracking {self._name!r}: {text}", MlsnapWarning, stacklevel=_level()
            )


def _level() -> int:
    """How many frames above the one that warns the user's call is."""
    frame: FrameType | None = sys._getframe(1)
    level = 0
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] in _OWN:
        frame, level = frame.f_back, level + 1
    return level + 1
