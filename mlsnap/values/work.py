"""Work that takes a while, as those who watch it are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Work:
    """A table that is read, or bytes that are moved or looked at.

    Attributes
    ----------
    doing
        What is being done, as in "sending".
    unit
        What is counted.
    total
        How many of them there are; ``None`` where that is not known.
    """

    doing: str
    unit: Literal["rows", "bytes"]
    total: int | None
