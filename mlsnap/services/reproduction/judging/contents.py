"""What two files hold, place by place, where their bytes differ."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping
from itertools import zip_longest
from math import isinf
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from mlsnap.services.reproduction.judging import verdicts
from mlsnap.services.reproduction.judging.durations import is_duration
from mlsnap.values.reproduction import Tolerance, Verdict

Found = tuple[Verdict, str | None]
"""How two contents relate, and the first place where they part."""

Reader = Callable[[Path, Path, Tolerance], Found]

_PLAIN = re.compile(
    r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:inf|infinity|nan)",
    re.IGNORECASE | re.ASCII,
)
"""A number as programs write it; with further zeros before it, a text is a code."""


def compare(path: str, original: Path, reproduced: Path, tolerance: Tolerance) -> Found:
    """How what two files of other bytes hold relates, read as the name ``path`` says."""
    reader = _READERS.get(PurePosixPath(path).suffix.lower())
    return reader(original, reproduced, tolerance) if reader else (Verdict.DIFFERENT, None)


class _Differences:
    """How two contents relate, place by place."""

    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self._verdict = Verdict.IDENTICAL
        self._first: dict[Verdict, str] = {}
        self._times: dict[str, None] = {}

    def add(self, place: str, before: object, after: object) -> None:
        """Compare two values at one place, as numbers if both are, or both texts of such."""
        verdict = self._of(before, after)
        self._verdict = verdicts.worst((self._verdict, verdict)) or verdict
        self._first.setdefault(verdict, place)

    def skip(self, name: str) -> None:
        """A place that holds a time."""
        self._times[name] = None

    def found(self) -> Found:
        """The worst of all, with a note."""
        notes = [f"at {self._first[self._verdict]}"] if self._verdict in _APART else []
        if self._verdict is Verdict.IDENTICAL:
            notes.append("other bytes, the same values")
        if self._times:
            notes.append(f"but for times: {', '.join(list(self._times)[:3])}")
        return self._verdict, "; ".join(notes)

    def _of(self, before: object, after: object) -> Verdict:
        numbers = _number(before), _number(after)
        is_text = isinstance(before, str), isinstance(after, str)
        if numbers[0] is None or numbers[1] is None or is_text[0] != is_text[1]:
            same = type(before) is type(after) and before == after
            return Verdict.IDENTICAL if same else Verdict.DIFFERENT
        if before == after:
            return Verdict.IDENTICAL
        return verdicts.of_numbers(numbers[0], numbers[1], self._tolerance)


_APART = (Verdict.DIFFERENT, Verdict.EQUIVALENT)


def _number(value: object) -> float | None:
    """The value as a float; ``None`` if it is no number, or one that no float holds."""
    if isinstance(value, str):
        return _number_in(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isinstance(value, float) or abs(value) < 2**53 else None


def _number_in(text: str) -> float | None:
    if not _PLAIN.fullmatch(text):
        return None
    number = float(text)
    is_beyond = abs(number) >= 2**53 if text.lstrip("+-").isdigit() else isinf(number)
    return None if is_beyond and "inf" not in text.lower() else number


def _readable(compare: Reader) -> Reader:
    """``compare``, for files that may not be what their name says."""

    def found(original: Path, reproduced: Path, tolerance: Tolerance) -> Found:
        try:
            return compare(original, reproduced, tolerance)
        except (ValueError, OSError, RecursionError, csv.Error, pa.ArrowException):
            return Verdict.DIFFERENT, "compared by bytes: it cannot be read as its name says"

    return found


@_readable
def _json(original: Path, reproduced: Path, tolerance: Tolerance) -> Found:
    differences = _Differences(tolerance)
    _walk("the top", _parsed(original), _parsed(reproduced), differences)
    return differences.found()


def _parsed(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _walk(place: str, before: Any, after: Any, into: _Differences) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        into.add(f"the keys of {place}", before.keys() - after.keys(), after.keys() - before.keys())
        for key in [each for each in before if each in after]:
            if is_duration(key):
                into.skip(key)
            else:
                _walk(
                    key if place == "the top" else f"{place}.{key}", before[key], after[key], into
                )
    elif isinstance(before, list) and isinstance(after, list):
        into.add(f"the length of {place}", len(before), len(after))
        for number, pair in enumerate(zip(before, after, strict=False)):
            _walk(f"{place}[{number}]", *pair, into)
    else:
        into.add(place, before, after)


@_readable
def _csv(original: Path, reproduced: Path, tolerance: Tolerance) -> Found:
    """Cell by cell under the same heads; columns of times do not count."""
    differences = _Differences(tolerance)
    with _opened(original) as first, _opened(reproduced) as second:
        heads: list[str] = []
        for number, rows in enumerate(zip_longest(csv.reader(first), csv.reader(second))):
            heads = heads or list(rows[0] or ())
            _add_row(number, *rows, heads, differences)
    return differences.found()


def _opened(file: Path) -> TextIO:
    return file.open(newline="", encoding="utf-8")


def _add_row(
    number: int,
    before: list[str] | None,
    after: list[str] | None,
    heads: list[str],
    into: _Differences,
) -> None:
    if before is None or after is None or len(before) != len(after):
        into.add(f"row {number}", len(before or ()), None)
        return
    for head, one, other in zip_longest(heads, before, after, fillvalue=""):
        if number and is_duration(head):
            into.skip(head)
        elif one != other:
            into.add(f"row {number}, {head!r}" if number else "the heads", one, other)


@_readable
def _parquet(original: Path, reproduced: Path, tolerance: Tolerance) -> Found:
    differences = _Differences(tolerance)
    files = pq.ParquetFile(original), pq.ParquetFile(reproduced)
    names = [file.schema_arrow.names for file in files]
    differences.add("the columns", str(names[0]), str(names[1]))
    differences.add("the number of rows", *(file.metadata.num_rows for file in files))
    if len(set(names[0])) < len(names[0]):
        return Verdict.DIFFERENT, "compared by bytes: several columns have one name"
    for name in names[0] if names[0] == names[1] else ():
        # a name with dots may bring further columns along
        _add_column(name, [file.read([name]).column(name) for file in files], differences)
    return differences.found()


def _add_column(name: str, columns: list[pa.ChunkedArray], into: _Differences) -> None:
    """One column at a time; value by value only where it differs."""
    if is_duration(name):
        into.skip(name)
    elif not columns[0].equals(columns[1]):
        values = (each.to_pylist() for each in columns)
        for number, (one, other) in enumerate(zip(*values, strict=False)):
            _walk(f"row {number} of {name!r}", one, other, into)


_READERS: Mapping[str, Reader] = {".json": _json, ".csv": _csv, ".parquet": _parquet}
