"""Delimited text files, compressed ones too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from mlsnap.data.files import File, changed_meanwhile
from mlsnap.data.formats.csv.files import CsvFile, summed
from mlsnap.data.formats.csv.options import CsvOptions
from mlsnap.data.formats.csv.types import FAMILIES, NUMBERS, Column, Numbers, Tally
from mlsnap.data.rows import Rows, StartAgain
from mlsnap.data.schemas import unified
from mlsnap.errors import SourceError

_LOOKED_AT = 16
"""Files of a dataset whose start is looked at before the first one is read."""

_HINT = "name the type of that column for all files with the option column_types"
_NUMBERS = set(FAMILIES[NUMBERS])
_MOST_AGAIN = 2
"""How often other types may turn out to be right in files that stay the same."""


def read(files: Sequence[File], options: Mapping[str, Any], *, base: File) -> Rows:
    """The rows of delimited ``files``, file by file, as a stream.

    A column has the narrowest type that all its values in a file fit, else the one that most of
    them and at least nine tenths fit: the other values are errors, null and counted; else it is
    text. Wherever values stand, the type is the same. Integers keep all digits: beyond int64 they
    are uint64, beyond that text, and they are floats beside decimals only within 2**53. A column
    with integers like 007 in its first megabyte is one of numbers only if it has no errors. An
    empty field is an empty text in a text column and missing in any other. Dates are known in ISO
    8601 and `DATE_FORMS`.

    Types are first taken from a look at some places in the files. If others turn out to be right,
    reading the batches ends in `StartAgain`.

    Options: ``delimiter`` (a tab for ``.tsv``; else ``,``, or the one of ``;``, tab and ``|`` that
    cuts the first lines into equally many fields, if the header has no comma), ``quote_char``,
    ``encoding`` (``utf8``; UTF-16 is known by its byte order mark), ``skip_rows``,
    ``column_names`` (then the first line is data), ``column_types`` (name to Arrow type name),
    ``null_values`` (texts that are missing, besides the empty one), ``date_formats`` (`strptime`
    forms, tried before `DATE_FORMS`).
    """
    source = _Source(list(files), CsvOptions.of(options))
    return _rows(source, source.guess())


@dataclass(frozen=True)
class _Source:
    """The files and how they are read. Those that were looked at are kept."""

    files: list[File]
    options: CsvOptions
    looked_at: dict[File, CsvFile] = field(default_factory=dict)
    known: dict[File, list[Column]] = field(default_factory=dict)

    def opened(self, file: File) -> CsvFile:
        found = self.looked_at.get(file) or CsvFile.of(file, self.options)
        return replace(found, columns=self.known.get(file, found.columns))

    def guessed(self, file: CsvFile, *, further: bool) -> pa.Schema:
        """The schema as the start of a file shows it, and places further on."""
        tallies = file.guess(further=further)
        better = file.like(tallies, whole=False)
        self.known[file.file] = better.columns
        return better.schema_of(tallies)

    def guess(self) -> pa.Schema:
        """The schema as some of the files show it."""
        step = -(-len(self.files) // _LOOKED_AT)
        self.looked_at.update((file, self.opened(file)) for file in self.files[::step])
        known = list(self.looked_at.values())
        schemas = [self.guessed(each, further=each is known[0]) for each in known]
        certain = all(each.is_whole for each in known)
        return self.unified(schemas) if certain else _unified_somehow(schemas)

    def unified(self, schemas: list[pa.Schema]) -> pa.Schema:
        return unified(schemas, self.files, hint=_HINT)

    def exact(self, schemas: list[pa.Schema], numbers: Mapping[str, Numbers]) -> pa.Schema:
        """As `unified`, where no number of several files may become another one."""
        found = self.unified(schemas)
        for position, column in enumerate(found):
            types = {each.field(column.name).type for each in schemas if column.name in each.names}
            types -= {pa.null()}
            if column.name in self.options.types or len(types) < 2 or not types <= _NUMBERS:
                continue
            type_ = numbers[column.name].type
            if type_ == pa.string() or (pa.float64() in types and type_ != pa.float64()):
                raise SourceError(
                    f"{len(self.files)} files, first {self.files[0]}, do not make one table: no "
                    f"type holds all numbers of column {column.name!r} exactly",
                    _HINT,
                )
            found = found.set(position, column.with_type(type_))
        return found


def _unified_somehow(schemas: list[pa.Schema]) -> pa.Schema:
    """One schema; text where the files seem to have types that do not go together."""
    if all(schema == schemas[0] for schema in schemas):
        return schemas[0]
    columns: dict[str, pa.DataType] = {}
    for each in (column for schema in schemas for column in schema):
        known = pa.schema([(each.name, columns.get(each.name, each.type))])
        try:
            both = pa.unify_schemas([known, pa.schema([each])], promote_options="permissive")
            columns[each.name] = both.field(0).type
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            columns[each.name] = pa.string()
    return pa.schema(list(columns.items()))


def _rows(source: _Source, schema: pa.Schema, *, again: int = 0) -> Rows:
    errors: dict[str, int] = {}
    return Rows(schema, _batches(source, schema, errors, again=again), errors=errors)


def _batches(
    source: _Source, schema: pa.Schema, errors: dict[str, int], *, again: int
) -> Iterator[pa.RecordBatch]:
    """Batches of ``schema`` as long as all values are of it; types are counted to the end."""
    schemas, columns, is_right = [], {}, True
    numbers: dict[str, Numbers] = {}
    for each in source.files:
        file = source.opened(each)
        tallies = [Tally()] * len(file.columns)
        for part in file.parts(schema):
            tallies = summed([tallies, part.tallies])
            file.check(tallies)
            is_right = is_right and part.batch is not None
            if is_right and part.row_count:
                yield part.batch
        schemas.append(file.schema_of(tallies))
        for name, tally in zip(file.names, tallies, strict=True):
            numbers[name] = numbers.get(name, Numbers()) + tally.numbers
        columns[each] = file.like(tallies, whole=True).columns
        _add_errors(errors, file, tallies, schema)
    found = source.exact(schemas, numbers)
    if is_right and found == schema:
        return
    if again == _MOST_AGAIN:
        raise changed_meanwhile(f"{source.files[0]} or a file beside it")
    raise StartAgain(_rows(replace(source, known=columns), found, again=again + 1))


def _add_errors(
    errors: dict[str, int], file: CsvFile, tallies: list[Tally], schema: pa.Schema
) -> None:
    for name, column, tally in zip(file.names, file.columns, tallies, strict=True):
        index = schema.get_field_index(name)
        count = column.errors_in(tally, schema.field(index).type) if index >= 0 else 0
        if count:
            errors[name] = errors.get(name, 0) + count
