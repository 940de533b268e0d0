"""How a value is shown is not its own business: the faces bind a `Show` to its class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Show:
    """The ways to look at one class of values."""

    text: Callable[[Any], str]
    html: Callable[[Any], str] | None = None
    frame: Callable[[Any], Any] | None = None


SHOWS: dict[type, Show] = {}
"""Filled by ``mlsnap.showing``, the one place that knows both values and reports."""


class Shown:
    """A value with a table to look at, once the faces have said how."""

    __slots__ = ()

    def __str__(self) -> str:
        show = SHOWS.get(type(self))
        return show.text(self) if show else object.__repr__(self)

    __repr__ = __str__

    def _repr_html_(self) -> str | None:
        show = SHOWS.get(type(self))
        return show.html(self) if show and show.html else None

    def to_pandas(self) -> Any:
        """The value as a pandas DataFrame."""
        show = SHOWS.get(type(self))
        if not show or not show.frame:
            raise TypeError(f"{type(self).__name__} has no table form")
        return show.frame(self)
