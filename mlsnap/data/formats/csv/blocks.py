"""Delimited text in blocks of whole records, whatever it is packed in and encoded with."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from mlsnap.data.files import File, open_bytes, open_stream
from mlsnap.data.formats.csv.records import Dialect, records_end
from mlsnap.values.compression import compression_of

START = 1 << 20
"""Bytes at the start of a file in which its header and the types of its columns are found."""

BLOCK = 8 << 20
"""Bytes of text that are parsed at a time."""

LONGEST = 1 << 28
"""Bytes beyond which a record is taken for an open quote."""

BOM = codecs.BOM_UTF8
_LINE = re.compile(rb"[^\r\n]*(?:\r\n?|\n)")
_CANDIDATES = ";\t|"
_SNIFFED = 20
_WINDOWS = 8
_WINDOW = 1 << 17


@dataclass(frozen=True)
class Head:
    """What a file begins with: names of columns, and the first bytes of its records."""

    names: list[str]
    dialect: Dialect
    start: bytes
    lines_before: int
    ended: bool


def open_text(file: File, encoding: str | None) -> BinaryIO:
    """The text of ``file`` as UTF-8 without byte order mark, unpacked.

    UTF-16 is known by its byte order mark. Raises `LookupError` for an unknown encoding; reading
    raises `UnicodeError` for bytes that are none of it.
    """
    text = io.BufferedReader(open_stream(file), START)
    if encoding is None and text.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding = "utf-16"
    if not is_utf8(encoding):
        text = io.BufferedReader(_Recoded(text, encoding or ""), START)
    if text.peek(len(BOM))[: len(BOM)] == BOM:
        text.read(len(BOM))
    return text


def is_utf8(encoding: str | None) -> bool:
    """Whether text in ``encoding`` is UTF-8 already; `LookupError` for an unknown one."""
    return codecs.lookup(encoding or "utf-8").name in ("utf-8", "utf-8-sig")


class _Recoded(io.RawIOBase):
    """The text of ``source`` in UTF-8."""

    def __init__(self, source: BinaryIO, encoding: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._left = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        while not self._left and not self._ended:
            raw = self._source.read(START)
            self._ended = not raw
            self._left = self._decoder.decode(raw, final=self._ended).encode()
        size = min(len(self._left), len(target))
        target[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def close(self) -> None:
        self._source.close()
        super().close()


def read_head(
    text: BinaryIO,
    *,
    delimiter: str | None,
    quote: str,
    skip_rows: int,
    names: list[str] | None,
) -> Head | None:
    """The head of a file; ``None`` where there is nothing but line ends.

    ``delimiter`` is found by the first lines where it is ``None``. Raises `csv.Error` if the
    preamble and header are longer than `START`.
    """
    held = _filled(text, bytearray(), START)
    ended = len(held) < START
    start = bytes(held[_after_lines(held, skip_rows) :]).lstrip(b"\r\n")
    if not start:
        _check_room(ended)
        return None
    decoded = start.decode(errors="surrogateescape")
    dialect = Dialect(delimiter or _sniffed(decoded, quote), quote)
    if names is not None:
        return Head(list(names), dialect, start, skip_rows, ended)
    found, size = _header(decoded, dialect)
    _check_room(ended or size < len(start))
    return Head(found, dialect, start[size:], skip_rows + 1, ended)


def _check_room(has_room: bool) -> None:
    if not has_room:
        raise csv.Error(f"what comes before the first record is longer than {START >> 20} MB")


def _after_lines(start: bytearray, count: int) -> int:
    position = 0
    for _ in range(count):
        line = _LINE.match(start, position)
        if line is None:
            return len(start)
        position = line.end()
    return position


def _header(text: str, dialect: Dialect) -> tuple[list[str], int]:
    """The names in the first record, and its size in bytes."""
    lines = io.StringIO(text, newline="")
    names = next(_records(lines, dialect))
    header = text[: lines.tell()]
    for name in names:
        name.encode()
    return names, len(header.encode(errors="surrogateescape"))


def _records(lines: io.StringIO, dialect: Dialect) -> Iterator[list[str]]:
    if not dialect.quote:
        return csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote)


def _sniffed(text: str, quote: str) -> str:
    """The delimiter by which the first records have as many fields each as the header.

    A comma, unless the header has none and has semicolons, tabs or bars.
    """
    if _fields(text, Dialect(",", quote), most=1) != [1]:
        return ","
    widths = {each: _width(text, Dialect(each, quote)) for each in _CANDIDATES}
    best = max(widths, key=lambda each: widths[each])
    return best if widths[best] > 1 else ","


def _width(text: str, dialect: Dialect) -> int:
    """Fields of each of the first records; 0 where they differ."""
    counts = set(_fields(text, dialect, most=_SNIFFED))
    return counts.pop() if len(counts) == 1 else 0


def _fields(text: str, dialect: Dialect, *, most: int) -> list[int]:
    """Fields of each of the first records but blank ones."""
    records = filter(None, _records(io.StringIO(text, newline=""), dialect))
    try:
        return [len(record) for record in islice(records, most)]
    except csv.Error:
        return []


def blocks(text: BinaryIO, head: Head, *, size: int) -> Iterator[memoryview]:
    """The records of a file, first those of its start, then about ``size`` bytes at a time.

    Raises `csv.Error` if a record is longer than `LONGEST`.
    """
    held = bytearray(head.start)
    ended = head.ended
    while not ended:
        end = records_end(held, head.dialect)
        if end:
            yield memoryview(held)[:end]
        tail = memoryview(held)[end:]
        if len(tail) > LONGEST:
            raise csv.Error(f"a record is longer than {LONGEST >> 20} MB: a quote may be open")
        held = _filled(text, tail, max(size, len(tail)))
        ended = len(held) == len(tail)
    if held:
        yield memoryview(held)


def _filled(text: BinaryIO, tail: memoryview | bytearray, size: int) -> bytearray:
    """``tail`` and the next ``size`` bytes of ``text``, or as many as there are."""
    held = bytearray(len(tail) + size)
    held[: len(tail)] = tail
    view, have = memoryview(held), len(tail)
    while have < len(held) and (got := text.readinto(view[have:])):  # type: ignore[attr-defined]
        have += got
    return held if have == len(held) else held[:have]


def windows(file: File, encoding: str | None) -> list[memoryview]:
    """Whole lines from all over ``file``, its end included, to guess types by.

    None of a file that can be read from its start only. The first lines may be the end of a record
    that has line ends in quotes.
    """
    if compression_of(file.name) or not is_utf8(encoding):
        return []
    with closing(open_bytes(file)) as raw:
        if raw.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return []
        room = max(raw.size() - START - _WINDOW, 0)
        count = min(_WINDOWS, 1 + 2 * room // START)
        return [_lines_at(raw, START + room * step // count) for step in range(1, count + 1)]


def _lines_at(raw: Any, place: int) -> memoryview:
    raw.seek(place - 1)
    held = bytearray(raw.read(_WINDOW + 1))
    begin = held.find(b"\n") + 1
    end = held.rfind(b"\n") + 1
    return memoryview(held)[begin : end or len(held)]
