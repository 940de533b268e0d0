"""Delimited text files, compressed ones too."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from mlsnap.data.rows import Rows, unique_names
from mlsnap.data.types import is_binary, is_text
from mlsnap.errors import SourceError

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

DATE_FORMATS = (
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
)
"""Forms in which dates are recognised, besides ISO 8601. Day-first forms only when asked for."""


def read(files: Sequence[Path], options: Mapping[str, Any], *, base: Path) -> Rows:
    """The rows of delimited ``files``, file by file.

    Types are those of the first megabyte of a file; a later value that does not fit its column's
    type is an error: null, and counted. An empty field is an empty text in a text column and
    missing in any other.

    Options: ``delimiter`` (``,``; a tab for ``.tsv``), ``quote_char``, ``encoding`` (``utf8``),
    ``skip_rows``, ``column_names`` (then the first line is data), ``column_types`` (name to Arrow
    type name), ``null_values``, ``date_formats`` (`strptime` forms, tried before `DATE_FORMATS`).
    """
    errors: dict[str, int] = {}
    tables = [_read_file(file, options, errors) for file in files]
    return Rows.of_table(_concatenate(tables, files), errors=errors)


def _read_file(file: Path, options: Mapping[str, Any], errors: dict[str, int]) -> pa.Table:
    reading = _Reading(file, options)
    table = reading.table()
    for index, type_ in enumerate(reading.first_types()):
        if is_text(table.schema.field(index).type) and not is_text(type_):
            name = table.column_names[index]
            values, wrong = reading.parse(table.column(index), type_)
            table = table.set_column(index, name, values)
            errors[name] = errors.get(name, 0) + wrong
    return table


class _Reading:
    """One file and the way to read it."""

    def __init__(self, file: Path, options: Mapping[str, Any]) -> None:
        self._file = file
        delimiter = options.get("delimiter", "\t" if ".tsv" in file.name else ",")
        self._read = arrow_csv.ReadOptions(
            encoding=options.get("encoding", "utf8"),
            skip_rows=options.get("skip_rows", 0),
            column_names=options.get("column_names"),
        )
        self._parse = arrow_csv.ParseOptions(
            delimiter=delimiter,
            quote_char=options.get("quote_char", '"'),
            newlines_in_values=True,
        )
        self._convert = arrow_csv.ConvertOptions(
            column_types=_types(options.get("column_types", {})),
            timestamp_parsers=_parsers(options.get("date_formats", ())),
        )
        if "null_values" in options:
            self._convert.null_values = list(options["null_values"])

    def table(self) -> pa.Table:
        """All rows; a column whose values fit no narrower type is text."""
        try:
            table = arrow_csv.read_csv(self._file, self._read, self._parse, self._convert)
        except (pa.ArrowInvalid, UnicodeError, LookupError) as error:
            raise _unreadable(self._file, error) from error
        for field in table.schema:
            if is_binary(field.type):
                raise _not_text(self._file, f"column {field.name!r} holds other bytes")
        return table.rename_columns(unique_names(table.column_names))

    def first_types(self) -> list[pa.DataType]:
        """The columns' types as the first megabyte shows them; text for a null column."""
        with arrow_csv.open_csv(self._file, self._read, self._parse, self._convert) as reader:
            return [pa.string() if pa.types.is_null(t) else t for t in reader.schema.types]

    def parse(self, texts: pa.ChunkedArray, type_: pa.DataType) -> tuple[pa.ChunkedArray, int]:
        """``texts`` as values of ``type_``, and how many of them are none (they become null)."""
        encoded = texts.combine_chunks().dictionary_encode()
        values = self._parse_values(encoded.dictionary, type_)
        parsed = pa.concat_arrays(values).take(encoded.indices)
        absent = pc.is_in(texts, pa.array(self._convert.null_values, pa.string()))
        wrong = pc.and_not(pc.is_null(parsed), absent.combine_chunks())
        return pa.chunked_array([parsed]), int(pc.sum(wrong).as_py() or 0)

    def _parse_values(self, texts: pa.Array, type_: pa.DataType) -> list[pa.Array]:
        """Halve what does not parse until the single wrong values stand alone."""
        if not len(texts):
            return [pa.array([], type_)]
        try:
            return [self._parse_all(texts, type_)]
        except pa.ArrowInvalid:
            if len(texts) == 1:
                return [pa.nulls(1, type_)]
            middle = len(texts) // 2
            first, second = texts.slice(0, middle), texts.slice(middle)
            return self._parse_values(first, type_) + self._parse_values(second, type_)

    def _parse_all(self, texts: pa.Array, type_: pa.DataType) -> pa.Array:
        lines = io.BytesIO()
        arrow_csv.write_csv(pa.table({"value": texts}), lines)
        convert = arrow_csv.ConvertOptions(
            column_types={"value": type_},
            timestamp_parsers=self._convert.timestamp_parsers,
            null_values=self._convert.null_values,
            quoted_strings_can_be_null=True,
        )
        lines.seek(0)
        read = arrow_csv.read_csv(
            lines,
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=convert,
        )
        return read.column(0).combine_chunks()


def _types(names: Mapping[str, str]) -> dict[str, pa.DataType]:
    try:
        return {column: pa.type_for_alias(name) for column, name in names.items()}
    except ValueError as error:
        raise SourceError(
            f"column_types {dict(names)!r} name no Arrow type: {error}",
            "use names such as int64, double, string, bool, date32, timestamp[us]",
        ) from error


def _parsers(own: Iterable[str]) -> list[Any]:
    return [*own, arrow_csv.ISO8601, *DATE_FORMATS]


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
