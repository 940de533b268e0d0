"""Two artifacts side by side: by their bytes, and where these differ, by what they hold."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from mlsnap.errors import TrackingError
from mlsnap.services.reproduction.judging import verdicts
from mlsnap.services.reproduction.judging.durations import is_duration
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import outcomes
from mlsnap.tracking.outcomes import RunOutcome
from mlsnap.values.reproduction import Pair, Tolerance, Verdict
from mlsnap.values.temporary import temporary_folder

SIZE_LIMIT = 100_000_000
"""Bytes above which an artifact is not read."""

_VARYING = frozenset(
    (
        *(".pkl", ".pickle", ".joblib", ".cloudpickle", ".skops"),
        *(".pt", ".pth", ".ckpt", ".onnx", ".h5", ".hdf5", ".keras", ".cbm"),
        *(".npz", ".zip", ".gz", ".tar", ".tgz", ".feather", ".arrow", ".xlsx"),
        *(".html", ".svg", ".pdf", ".log"),
    )
)
"""Formats that hold times, addresses or an order that differ where what they mean does not."""

_EVENTS = "events.out.tfevents."
"""How TensorBoard names its files, by time, machine and process."""


@dataclass(frozen=True)
class Comparison:
    """The artifacts of two runs, compared one by one."""

    workspace: Workspace
    original: RunOutcome
    reproduced: RunOutcome
    tolerance: Tolerance

    def pair(self, path: str) -> Pair:
        """The artifact ``path`` of both runs."""
        if PurePosixPath(path).name.startswith(_EVENTS):
            return Pair(path, None, None, None, "not judged: TensorBoard's events hold times")
        for run, whose in ((self.original, "original run"), (self.reproduced, "rerun")):
            if path not in run.files:
                return self._lone(path, whose)
        if max(self._sizes(path)) > SIZE_LIMIT:
            return self._by_size(path)
        with temporary_folder() as folder:
            try:
                files = [self._copy(run, path, folder / name) for run, name in self._both()]
                return _compared(path, files[0], files[1], self.tolerance)
            except TrackingError as error:
                return Pair(path, None, None, None, f"not judged: {error.fact}")

    def _both(self) -> tuple[tuple[RunOutcome, str], tuple[RunOutcome, str]]:
        return (self.original, "original"), (self.reproduced, "reproduced")

    def _copy(self, run: RunOutcome, path: str, file: Path) -> Path:
        outcomes.copy_file(self.workspace.catalog.client, run.run, path, file)
        return file

    def _sizes(self, path: str) -> tuple[int, int]:
        return self.original.files[path] or 0, self.reproduced.files[path] or 0

    def _lone(self, path: str, lacking: str) -> Pair:
        """An artifact of one run only: its size stands for it."""
        sizes = [
            _size_text(run.files[path]) if path in run.files else None for run, _ in self._both()
        ]
        return Pair(path, sizes[0], sizes[1], Verdict.DIFFERENT, f"the {lacking} has none")

    def _by_size(self, path: str) -> Pair:
        before, after = self._sizes(path)
        texts = (_size_text(before), _size_text(after))
        if before != after and not _is_varying(path):
            return Pair(path, *texts, Verdict.DIFFERENT, "compared by size")
        note = f"not judged: artifacts above {SIZE_LIMIT:,} bytes are not read"
        return Pair(path, *texts, None, note)


def _compared(path: str, original: Path, reproduced: Path, tolerance: Tolerance) -> Pair:
    digests = _sha256(original), _sha256(reproduced)
    if digests[0] == digests[1]:
        return Pair(path, *digests, Verdict.IDENTICAL)
    if _is_varying(path):
        note = "not judged: bytes of this format differ for equal content"
        return Pair(path, *digests, None, note)
    compare = _READERS.get(PurePosixPath(path).suffix.lower())
    found = compare(original, reproduced, tolerance) if compare else _OTHER_BYTES
    return Pair(path, *digests, *found)


def _is_varying(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in _VARYING


def _size_text(size: int | None) -> str:
    return "there" if size is None else f"{size:,} bytes"


def _sha256(file: Path) -> str:
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


Found = tuple[Verdict, str | None]
"""How two contents relate, and the first place where they part."""

Reader = Callable[[Path, Path, Tolerance], Found]


class _Differences:
    """How two contents relate, place by place."""

    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self._verdict = Verdict.IDENTICAL
        self._first: dict[Verdict, str] = {}
        self._times: dict[str, None] = {}

    def add(self, place: str, before: object, after: object) -> None:
        """Compare two values at one place, as numbers if both are."""
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
        if numbers[0] is None or numbers[1] is None:
            same = type(before) is type(after) and before == after
            return Verdict.IDENTICAL if same else Verdict.DIFFERENT
        if before == after:
            return Verdict.IDENTICAL
        return verdicts.of_numbers(numbers[0], numbers[1], self._tolerance)


_APART = (Verdict.DIFFERENT, Verdict.EQUIVALENT)


def _number(value: object) -> float | None:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 2**53 or isinstance(value, float) else None


_OTHER_BYTES: Found = (Verdict.DIFFERENT, None)


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
        for key in before.keys() & after.keys():
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
    if names[0] == names[1] and len(set(names[0])) == len(names[0]):
        for name in names[0]:
            _add_column(name, [file.read([name]).column(0) for file in files], differences)
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
