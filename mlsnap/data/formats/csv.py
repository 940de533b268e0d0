"""Delimited text files, compressed ones too."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from mlsnap.data.parsing import DATE_FORMS, MOST_WRONG, Parsed, parse, parse_dates
from mlsnap.data.rows import Rows, unique_names
from mlsnap.data.types import is_binary, is_text
from mlsnap.errors import SourceError, near

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".csv.bz2", ".tsv.bz2", ".csv.zst", ".tsv.zst")
OPTIONS = (
    "delimiter",
    "quote_char",
    "encoding",
    "skip_rows",
    "column_names",
    "column_types",
    "null_values",
    "date_formats",
)

TOLERATED = 0.1
"""The share of wrong values beyond which a column is text after all."""

_COARSE = (pa.date32(), pa.timestamp("s"), pa.timestamp("s", "UTC"))
_WIDER = {pa.int64(): pa.float64(), pa.date32(): pa.timestamp("s")}


def read(files: Sequence[Path], options: Mapping[str, Any], *, base: Path) -> Rows:
    """The rows of delimited ``files``, file by file.

    A column has the narrowest type that all values of a file fit, else the one that fits all of
    its first megabyte and nine tenths of the rest: the other values are errors, null and counted.
    An empty field is an empty text in a text column and missing in any other. Dates are known in
    ISO 8601 and `DATE_FORMS`.

    Options: ``delimiter`` (``,``; a tab for ``.tsv``), ``quote_char``, ``encoding`` (``utf8``),
    ``skip_rows``, ``column_names`` (then the first line is data), ``column_types`` (name to Arrow
    type name), ``null_values`` (texts that are missing, besides the empty one),
    ``date_formats`` (`strptime` forms, tried before `DATE_FORMS`).
    """
    errors: dict[str, int] = {}
    tables = [_read_file(_Reading.of(file, options), errors) for file in files]
    return Rows.of_table(_concatenate(tables, files), errors=errors)


def _read_file(reading: _Reading, errors: dict[str, int]) -> pa.Table:
    table = reading.table()
    for name, parsed in list(reading.retyped(table)):
        table = table.set_column(table.column_names.index(name), name, parsed.values)
        if parsed.wrong:
            errors[name] = errors.get(name, 0) + parsed.wrong
    return _with_instants(reading.without_own_nulls(table), named=reading.types)


def _with_instants(table: pa.Table, *, named: Collection[str]) -> pa.Table:
    """Days as instants at midnight, as pandas reads them, and instants in microseconds.

    Types that the options name stay what they are.
    """
    fields = [
        field.with_type(pa.timestamp("us", getattr(field.type, "tz", None)))
        if field.type in _COARSE and field.name not in named
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


@dataclass(frozen=True)
class _Reading:
    """One file and the way to read it."""

    file: Path
    types: dict[str, pa.DataType]
    date_forms: tuple[str, ...]
    own_nulls: tuple[str, ...]
    arrow: tuple[Any, Any, Any]

    @classmethod
    def of(cls, file: Path, options: Mapping[str, Any]) -> _Reading:
        types = _types(options.get("column_types", {}))
        try:
            arrow = _arrow_options(file, options, types)
        except (TypeError, ValueError) as error:
            raise SourceError(
                f"options {dict(options)!r} cannot be used: {error}", "mend the value it names"
            ) from error
        forms = (*_date_forms(options.get("date_formats", ())), *DATE_FORMS)
        return cls(file, types, forms, tuple(options.get("null_values", ())), arrow)

    @property
    def missing(self) -> list[str]:
        """Texts that are no values in columns other than text."""
        return list(self.arrow[2].null_values)

    def table(self) -> pa.Table:
        """All rows; a column whose values fit no narrower type is text."""
        try:
            table = arrow_csv.read_csv(self.file, *self.arrow)
            names = table.column_names
        except (pa.ArrowException, OSError, UnicodeError, LookupError) as error:
            raise _unreadable(self.file, error) from error
        for field in table.schema:
            if is_binary(field.type):
                raise _not_text(self.file, f"column {field.name!r} holds other bytes")
        return table.rename_columns(unique_names(names))

    def retyped(self, table: pa.Table) -> Iterator[tuple[str, Parsed]]:
        """The text columns of ``table`` that are of another type, parsed as that."""
        self._check_types(table)
        texts = [field.name for field in table.schema if is_text(field.type)]
        start = self._start() if texts else pa.table({})
        for name in texts:
            parsed = self._parsed(name, table.column(name), start.column(name))
            if parsed is not None:
                yield name, parsed

    def without_own_nulls(self, table: pa.Table) -> pa.Table:
        """``table`` with null for the texts that the option ``null_values`` names."""
        for index, field in enumerate(table.schema):
            if self.own_nulls and is_text(field.type):
                absent = pc.is_in(table.column(index), pa.array(self.own_nulls, field.type))
                values = pc.if_else(absent, pa.scalar(None, field.type), table.column(index))
                table = table.set_column(index, field.name, values)
        return table

    def _start(self) -> pa.Table:
        """The first megabyte, typed by itself."""
        with arrow_csv.open_csv(self.file, *self.arrow) as reader:
            table = pa.Table.from_batches(islice(reader, 1), reader.schema)
        return table.rename_columns(unique_names(table.column_names))

    def _parsed(self, name: str, texts: pa.ChunkedArray, start: pa.ChunkedArray) -> Parsed | None:
        if name in self.types:
            return self._as_asked(name, texts)
        if pa.types.is_null(start.type):
            return None
        if is_text(start.type):
            return self._as_dates(texts, start)
        types = [start.type, *([_WIDER[start.type]] if start.type in _WIDER else [])]
        tried = [parse(texts, type_, missing=self.missing) for type_ in types]
        return _best([each for each in tried if each])

    def _as_asked(self, name: str, texts: pa.ChunkedArray) -> Parsed | None:
        type_ = self.types[name]
        if is_text(type_):
            return None
        if pa.types.is_timestamp(type_):
            dates = parse_dates(texts, self.date_forms, missing=self.missing)
            if not dates.wrong:
                return dates
        parsed = parse(texts, type_, missing=self.missing)
        if parsed is None:
            raise SourceError(
                f"column {name!r} of {self.file} is no {type_}: more than {MOST_WRONG} different "
                "values do not parse",
                "give it another type in the option column_types",
            )
        return parsed

    def _as_dates(self, texts: pa.ChunkedArray, start: pa.ChunkedArray) -> Parsed | None:
        known = parse_dates(start, self.date_forms, missing=self.missing)
        if known.wrong or known.values.null_count == len(known.values):
            return None
        return _best([parse_dates(texts, self.date_forms, missing=self.missing)])

    def _check_types(self, table: pa.Table) -> None:
        for name in self.types:
            if name not in table.column_names:
                raise SourceError(
                    f"column_types name {name!r}, which {self.file} does not have"
                    f"{near(name, table.column_names)}",
                    "name a column of the file",
                )


def _best(tried: list[Parsed]) -> Parsed | None:
    """The one with the fewest wrong values, if those are few."""
    fine = [each for each in tried if each.wrong_share <= TOLERATED]
    return min(fine, key=lambda each: each.wrong, default=None)


def _arrow_options(
    file: Path, options: Mapping[str, Any], types: Mapping[str, pa.DataType]
) -> tuple[Any, Any, Any]:
    name = file.name.lower()
    tabs = any(name.endswith(suffix) for suffix in SUFFIXES if suffix.startswith(".tsv"))
    read = arrow_csv.ReadOptions(
        encoding=options.get("encoding", "utf8"),
        skip_rows=options.get("skip_rows", 0),
        column_names=options.get("column_names"),
    )
    parse = arrow_csv.ParseOptions(
        delimiter=options.get("delimiter", "\t" if tabs else ","),
        quote_char=options.get("quote_char", '"'),
        newlines_in_values=True,
    )
    convert = arrow_csv.ConvertOptions(
        column_types={column: pa.string() for column in types},
        timestamp_parsers=[arrow_csv.ISO8601],
    )
    if "null_values" in options:
        convert.null_values = ["", *options["null_values"]]
    return read, parse, convert


def _types(names: Mapping[str, str]) -> dict[str, pa.DataType]:
    try:
        return {column: pa.type_for_alias(name) for column, name in names.items()}
    except ValueError as error:
        raise SourceError(
            f"column_types {dict(names)!r} name no Arrow type: {error}",
            "use names such as int64, double, string, bool, date32, timestamp[us]",
        ) from error


def _date_forms(own: Sequence[str]) -> tuple[str, ...]:
    for form in own:
        if "%z" in form:
            raise SourceError(
                f"the date format {form!r} has a zone", "zones are read in ISO 8601 only"
            )
    return tuple(own)


def _concatenate(tables: list[pa.Table], files: Sequence[Path]) -> pa.Table:
    if len(tables) == 1:
        return tables[0]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise SourceError(
            f"{len(files)} files, first {files[0]}, do not make one table: {error}",
            "name the type of that column for all files with the option column_types",
        ) from error


def _unreadable(file: Path, error: Exception) -> SourceError:
    text = str(error)
    if "Empty CSV" in text:
        return SourceError(f"{file} is empty", "write a header line at least")
    if "UTF8" in text or isinstance(error, UnicodeError):
        return _not_text(file, text)
    return SourceError(
        f"{file} cannot be read as delimited text: {text}",
        "check the line it names, or set options such as delimiter, quote_char and skip_rows",
    )


def _not_text(file: Path, detail: str) -> SourceError:
    return SourceError(
        f"{file} is not text in the encoding it was read with (UTF-8 unless named): {detail}",
        "name its encoding: options={'encoding': 'cp1252'}, or --option encoding=cp1252",
    )
