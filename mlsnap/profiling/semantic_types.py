"""What texts mean, as far as their form tells."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mlsnap.data.buffers import to_numpy
from mlsnap.values.column import ValueCount

_BYTE = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
_GROUP = "[0-9a-f]{1,4}"
_HEX = "[0-9a-f]"
_DEGREES = r"[+-]?{most}(\.\d+)?"

PATTERNS = {
    "email_address": r"[^@\s,;:<>]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}",
    "ipv4_address": rf"({_BYTE}\.){{3}}{_BYTE}",
    "ipv6_address": (
        rf"({_GROUP}:){{7}}{_GROUP}|({_GROUP}(:{_GROUP}){{0,6}})?::({_GROUP}(:{_GROUP}){{0,6}})?"
    ),
    "url": r"(https?|ftp|s3|gs)://[^\s]+",
    "uuid": rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}",
    "us_phone_number": r"(\+?1[ .-]?)?(\(\d{3}\)[ ]?|\d{3}[ .-])\d{3}[ .-]\d{4}",
    "us_zip_code": r"\d{5}(-\d{4})?",
    "geographic_coordinate": (
        rf"\(?{_DEGREES.format(most='(90|[1-8]?[0-9])')}, ?"
        rf"{_DEGREES.format(most='(180|1[0-7][0-9]|[1-9]?[0-9])')}\)?"
    ),
}
"""The form of the whole text, whatever its case, by what it is taken for."""


class SemanticTypes:
    """How many texts have the form of each semantic type, a monoid under `merge`."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(PATTERNS, 0)

    def update(self, texts: pa.Array, counts: NDArray[np.int64] | None = None) -> None:
        """Take large texts without nulls in, each as often as ``counts`` says."""
        for name, pattern in PATTERNS.items():
            matches = pc.match_substring_regex(texts, rf"^({pattern})$", ignore_case=True)
            if counts is None:
                self._counts[name] += matches.true_count
            else:
                self._counts[name] += int(counts[to_numpy(matches.cast(pa.uint8())) == 1].sum())

    def merge(self, other: SemanticTypes) -> None:
        """Take the texts of ``other`` in."""
        self._counts = {name: count + other._counts[name] for name, count in self._counts.items()}

    def result(self) -> tuple[ValueCount, ...]:
        """The types that any text has the form of, the most frequent first."""
        found = [ValueCount(name, count) for name, count in self._counts.items() if count]
        return tuple(sorted(found, key=lambda each: -each.count))
