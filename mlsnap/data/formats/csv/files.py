"""One delimited file: its columns, and its blocks as values and tallies."""

from __future__ import annotations

import csv
import lzma
import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.data.files import File
from mlsnap.data.formats.csv import blocks as csv_blocks
from mlsnap.data.formats.csv.blocks import Head, blocks, open_text, read_head, windows
from mlsnap.data.formats.csv.options import CsvOptions
from mlsnap.data.formats.csv.parts import Part, PartReader, parsed
from mlsnap.data.formats.csv.types import Column, Tally, family_of
from mlsnap.data.parsing import MOST_WRONG
from mlsnap.data.rows import unique_names
from mlsnap.errors import SourceError, near
from mlsnap.values.compression import uncompressed

_MOST_THREADS = 8
_AHEAD = 3
"""Megabytes after the start that are looked at in a file that has to be read from its start."""

_PADDED = r"^\s*[-+]?0\d+\s*$"
_ROW = re.compile(r"Row #(\d+)")

_Read = TypeVar("_Read")
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class CsvFile:
    """A file whose start was looked at: names and columns are known.

    Attributes
    ----------
    start
        The values of its start, each column of the narrowest type that they fit.
    text
        The whole records of its start.
    """

    file: File
    options: CsvOptions
    head: Head
    start: pa.Table
    text: memoryview
    columns: list[Column]

    @classmethod
    def of(cls, file: File, options: CsvOptions) -> CsvFile:
        """Read the start of ``file``. Raises `SourceError` if it cannot be read."""
        with _opened(file, options) as text:
            head = _head(file, text, options)
            first = next(blocks(text, head, size=csv_blocks.START), memoryview(b""))
        with _readable(file, head.lines_before):
            start = parsed(first, head, options)
            texts = parsed(first, head, options, texts=head.names)
        columns = [
            _column(options, field.name, field.type, texts.column(index))
            for index, field in enumerate(start.schema)
        ]
        return cls(file, options, head, start, first, columns)._known()

    def _known(self) -> CsvFile:
        """The columns as the start shows them."""
        return self.like(self._start_tallies(), whole=False)

    def _start_tallies(self) -> list[Tally]:
        reader = self._reader(self.schema_of([Tally()] * len(self.columns)))
        return reader.read(self.start, self.text).tallies

    def like(self, tallies: Iterable[Tally], *, whole: bool) -> CsvFile:
        """The file with its columns as ``tallies`` show them."""
        pairs = zip(self.columns, tallies, strict=True)
        return replace(self, columns=[each.like(tally, whole=whole) for each, tally in pairs])

    @property
    def names(self) -> list[str]:
        """Names of the columns, unique."""
        return self.head.names

    @property
    def is_whole(self) -> bool:
        """Whether the start is all of it."""
        return self.head.ended

    def schema_of(self, tallies: Iterable[Tally]) -> pa.Schema:
        """The types of the columns, if their values were ``tallies``."""
        pairs = zip(self.columns, tallies, strict=True)
        types = [column.type_of(tally) for column, tally in pairs]
        return pa.schema(list(zip(self.names, types, strict=True)))

    def guess(self, *, further: bool) -> list[Tally]:
        """Tallies of the start and, if asked for, of some places further on."""
        reader = self._reader(self.schema_of([Tally()] * len(self.columns)))
        known = reader.read(self.start, self.text).tallies
        self.check(known)
        if self.is_whole or not further:
            return known
        return summed([known, *self._tallies_further_on(reader)])

    def parts(self, schema: pa.Schema) -> Iterator[Part]:
        """The file's blocks as batches of ``schema``, in order."""
        reader = self._reader(schema)
        with self._blocks(csv_blocks.BLOCK) as found:
            first = next(found, memoryview(b""))
            if reader.takes(self.start) and len(first) <= len(self.head.start):
                start = reader.read(self.start, first)
                yield start
                yield from self._later_parts(reader, found, start.row_count)
            else:
                yield from self._later_parts(reader, chain([first], found), 0)

    def _later_parts(
        self, reader: PartReader, found: Iterator[memoryview], row_count: int
    ) -> Iterator[Part]:
        row_count += self.head.lines_before
        with closing(_in_order(reader, found)) as results:
            while True:
                with _readable(self.file, row_count):
                    part = next(results, None)
                if part is None:
                    return
                row_count += part.row_count
                yield part

    def check(self, tallies: Iterable[Tally]) -> None:
        """`SourceError` if a type was asked for that a column is not of, or a column is missing."""
        for name in self.options.types:
            if name not in self.names:
                raise SourceError(
                    f"column_types name {name!r}, which {self.file} does not have"
                    f"{near(name, self.names)}",
                    "name a column of the file",
                )
        if not self.options.types:
            return
        for name, column, tally in zip(self.names, self.columns, tallies, strict=True):
            if column.asked is not None and len(tally.odd) > MOST_WRONG:
                raise SourceError(
                    f"column {name!r} of {self.file} is no {column.asked}: more than {MOST_WRONG} "
                    "different values do not parse",
                    "give it another type in the option column_types",
                )

    def _reader(self, schema: pa.Schema) -> PartReader:
        return PartReader(self.head, self.options, self.columns, schema)

    @contextmanager
    def _blocks(self, size: int) -> Iterator[Iterator[memoryview]]:
        if self.is_whole:
            yield iter([memoryview(self.head.start)])
            return
        with _opened(self.file, self.options) as text:
            text.read(csv_blocks.START)
            yield blocks(text, self.head, size=size)

    def _tallies_further_on(self, reader: PartReader) -> Iterator[list[Tally]]:
        with self._blocks(csv_blocks.START) as found:
            places = windows(self.file, self.options.encoding) or islice(found, 1, 1 + _AHEAD)
            for place in places:
                tallies = reader.guess(place)
                if tallies is not None:
                    yield tallies


def summed(tallies: Iterable[list[Tally]]) -> list[Tally]:
    """Tallies of several blocks together, column by column."""
    return [sum(column, Tally()) for column in zip(*tallies, strict=True)]


def _column(options: CsvOptions, name: str, type_: pa.DataType, texts: pa.ChunkedArray) -> Column:
    asked = options.types.get(name)
    if asked is not None:
        forms = options.date_forms if pa.types.is_timestamp(asked) else ()
        return Column(None, forms, options.missing, asked=asked)
    padded = pc.any(pc.match_substring_regex(texts, _PADDED)).as_py()
    return Column(family_of(type_), options.date_forms, options.missing, padded=bool(padded))


def _head(file: File, text: Any, options: CsvOptions) -> Head:
    tabs = uncompressed(file.name).lower().endswith(".tsv")
    head = read_head(
        text,
        delimiter=options.delimiter or ("\t" if tabs else None),
        quote=options.quote,
        skip_rows=options.skip_rows,
        names=options.column_names,
    )
    if head is None:
        raise SourceError(f"{file} is empty", "write a header line at least")
    return replace(head, names=unique_names(head.names))


def _in_order(
    function: Callable[[_Read], _Made], items: Iterator[_Read]
) -> Generator[_Made, None, None]:
    """What ``function`` makes of each item, in their order; several are worked on at a time."""
    first = list(islice(items, 2))
    if len(first) < 2:
        yield from map(function, first)
        return
    threads = min(pa.cpu_count(), _MOST_THREADS)
    waiting: deque[Future[_Made]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="mlsnap-csv")
    try:
        for item in chain(first, items):
            waiting.append(pool.submit(function, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _opened(file: File, options: CsvOptions) -> Iterator[Any]:
    with _readable(file), closing(open_text(file, options.encoding)) as text:
        yield text


@contextmanager
def _readable(file: File, rows_before: int = 0) -> Iterator[None]:
    """Say what Python and Arrow find wrong with ``file`` as `SourceError`."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError, lzma.LZMAError, csv.Error) as error:
        raise _unreadable(file, _numbered(str(error), rows_before)) from error
    except UnicodeError as error:
        raise _not_text(file, str(error)) from error
    except LookupError as error:
        raise _unreadable(file, str(error)) from error


def _numbered(message: str, rows_before: int) -> str:
    return _ROW.sub(lambda row: f"row {int(row[1]) + rows_before}", message)


def _unreadable(file: File, detail: str) -> SourceError:
    if "UTF8" in detail:
        return _not_text(file, detail)
    return SourceError(
        f"{file} cannot be read as delimited text: {detail}",
        "check the line it names, or set options such as delimiter, quote_char and skip_rows",
    )


def _not_text(file: File, detail: str) -> SourceError:
    return SourceError(
        f"{file} is not text in the encoding it was read with (UTF-8 unless named): {detail}",
        "name its encoding: options={'encoding': 'cp1252'}, or --option encoding=cp1252",
    )
