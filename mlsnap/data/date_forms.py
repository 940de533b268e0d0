"""Texts in forms such as ``%m/%d/%Y %H:%M`` as instants, all at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlsnap.data.buffers import bytes_of, offsets_of

_LIMITS = {"%Y": (1, 9999), "%m": (1, 12), "%d": (1, 31), "%H": (0, 23), "%I": (1, 12)}
_LIMITS |= {"%M": (0, 59), "%S": (0, 59)}
"""The numbers that directives stand for, first and last. They have up to two digits, years four."""

_SETS = (
    {"%Y", "%m", "%d"},
    {"%Y", "%m", "%d", "%H", "%M"},
    {"%Y", "%m", "%d", "%H", "%M", "%S"},
    {"%Y", "%m", "%d", "%I", "%M", "%p"},
    {"%Y", "%m", "%d", "%I", "%M", "%S", "%p"},
)
"""Which directives make an instant together."""


def read_form(texts: pa.Array, form: str) -> pa.Array | None:
    """The instants that ``texts`` are in ``form``, to the second; null where they are none.

    Leading zeros of all but the year may be left out. ``None`` if the form has directives other
    than the usual numbers and ``%p``.
    """
    parts = re.findall(r"%.|[^%]+", form)
    directives = [part for part in parts if part.startswith("%")]
    if set(directives) not in _SETS or len(set(directives)) < len(directives):
        return None
    cursor = _Cursor.at_start_of(texts.cast(pa.large_string()))
    fields: dict[str, NDArray[Any]] = {}
    for part in parts:
        if part in _LIMITS:
            fields[part] = cursor.number(part)
        elif part == "%p":
            fields[part] = cursor.afternoon()
        else:
            cursor.pass_over(part.encode())
    days, exists = _days(fields)
    cursor.demand(exists & (cursor.place == cursor.end))
    return _instants(days * 86_400 + _seconds(fields), cursor.good)


@dataclass
class _Cursor:
    """A place in each of many texts, and whether all was as expected up to there."""

    data: NDArray[np.uint8]
    place: NDArray[np.int64]
    end: NDArray[np.int64]
    good: NDArray[np.bool_]

    @classmethod
    def at_start_of(cls, texts: pa.Array) -> _Cursor:
        offsets = offsets_of(texts)
        data = np.append(bytes_of(texts), np.uint8(0))
        present = np.ones(len(texts), bool)
        if texts.null_count:
            present = offsets[1:] > offsets[:-1]
        return cls(data, offsets[:-1].copy(), offsets[1:], present)

    def demand(self, holds: NDArray[np.bool_]) -> None:
        """Take those for bad where it does not hold; they go no further."""
        self.good &= holds

    def pass_over(self, literal: bytes) -> None:
        """Expect these bytes."""
        for byte in literal:
            self.demand(self._byte(0) == byte)
            self.place += 1

    def number(self, directive: str) -> NDArray[np.int64]:
        """The number at the place."""
        most_digits, least_digits = (4, 4) if directive == "%Y" else (2, 1)
        value = np.zeros(len(self.place), np.int64)
        for index in range(most_digits):
            digit = self._byte(0) - np.uint8(ord("0"))
            found = digit < 10
            value = np.where(found, value * 10 + digit, value)
            self.place += found
            if index < least_digits:
                self.demand(found)
        least, most = _LIMITS[directive]
        self.demand((value >= least) & (value <= most))
        return value

    def afternoon(self) -> NDArray[np.bool_]:
        """Whether it says PM, and not AM, in letters of any size."""
        first, second = (self._byte(index) & 0xDF for index in range(2))
        after: NDArray[np.bool_] = first == ord("P")
        self.demand((after | (first == ord("A"))) & (second == ord("M")))
        self.place += 2
        return after

    def _byte(self, ahead: int) -> NDArray[np.uint8]:
        """The byte so far ahead of the place, 0 beyond the end of the text."""
        at = self.place + ahead
        byte: NDArray[np.uint8] = self.data[np.minimum(at, len(self.data) - 1)]
        byte[at >= self.end] = 0
        return byte


def _days(fields: dict[str, NDArray[Any]]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since 1970, and whether the month has such a day."""
    months = ((fields["%Y"] - 1970) * 12 + fields["%m"] - 1).astype("datetime64[M]")
    first, following = (
        each.astype("datetime64[D]").view(np.int64) for each in (months, months + 1)
    )
    day = first + fields["%d"] - 1
    return day, day < following


def _seconds(fields: dict[str, NDArray[Any]]) -> NDArray[np.int64]:
    """Seconds since midnight."""
    hours = fields.get("%H", np.int64(0))
    if "%I" in fields:
        hours = fields["%I"] % 12 + 12 * fields["%p"]
    seconds: NDArray[np.int64] = (
        hours * 3600 + fields.get("%M", np.int64(0)) * 60 + fields.get("%S", np.int64(0))
    )
    return seconds


def _instants(seconds: NDArray[np.int64], good: NDArray[np.bool_]) -> pa.Array:
    bitmap = pa.py_buffer(np.packbits(good, bitorder="little"))
    return pa.Array.from_buffers(
        pa.timestamp("s"), len(good), [bitmap, pa.py_buffer(np.ascontiguousarray(seconds))]
    )
