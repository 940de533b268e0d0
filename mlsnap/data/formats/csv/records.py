"""Where records of delimited text end: at line ends that are not in quotes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Dialect:
    """How records are written. ``quote`` is empty where nothing is quoted."""

    delimiter: str
    quote: str


def records_end(held: bytearray, dialect: Dialect) -> int:
    """Where the last whole record of ``held``, which begins with one, ends; 0 where none does."""
    stop = len(held)
    for opened, closed in _quoted(held, dialect):
        end = _last_line_end(held, closed + 1, stop)
        if end:
            return end
        stop = opened
    return _last_line_end(held, 0, stop)


def _last_line_end(held: bytearray, begin: int, stop: int) -> int:
    """Past the last line end in ``held[begin:stop]``; 0 where there is none.

    A return at the very end counts for none: a line feed may follow.
    """
    feed = held.rfind(b"\n", begin, stop)
    if feed >= 0 or begin >= stop:
        return feed + 1
    return held.rfind(b"\r", begin, min(stop, len(held) - 1)) + 1


def _quoted(held: bytearray, dialect: Dialect) -> Iterator[tuple[int, int]]:
    """First and last place of what is in quotes, from the last one to the first.

    What is open at the end has its last place there. A doubled quote may end one and begin the
    next.
    """
    data = np.frombuffer(held, np.uint8)
    places = np.flatnonzero(data == ord(dialect.quote)) if dialect.quote else np.empty(0, np.int64)
    begins = np.zeros(256, bool)
    begins[[ord(dialect.delimiter), *b"\r\n"]] = True
    opened, closed = places[0::2], places[1::2]
    before = data[opened[int(len(opened) > 0 and opened[0] == 0) :] - 1]
    if not (begins[before] | (before == ord(dialect.quote or "\0"))).all():
        opened, closed = _field_by_field(places, begins[data[places - 1]], len(held))
    ends = closed if len(closed) == len(opened) else np.append(closed, len(held))
    return zip(map(int, opened[::-1]), map(int, ends[::-1]), strict=True)


def _field_by_field(
    places: NDArray[Any], begins: NDArray[Any], size: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """What is in quotes where some quotes stand inside of fields and are plain characters."""
    at, field_begins = places.tolist(), begins.tolist()
    opened, closed, index = [], [], 0
    while index < len(at):
        if at[index] and not field_begins[index]:
            index += 1
            continue
        last = index + 1
        while last + 1 < len(at) and at[last + 1] == at[last] + 1:
            last += 2
        opened.append(at[index])
        closed.append(at[last] if last < len(at) else size)
        index = last + 1
    return np.array(opened, np.int64), np.array(closed, np.int64)
