"""Delimited text files, compressed ones too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from mlsnap.data.csv_files import CsvFile, summed
from mlsnap.data.csv_options import CsvOptions
from mlsnap.data.csv_types import Tally
from mlsnap.data.files import File
from mlsnap.data.rows import Rows, StartAgain
from mlsnap.errors import SourceError

_LOOKED_AT = 16
"""Files of a dataset whose start is looked at before the first one is read."""


def read(files: Sequence[File], options: Mapping[str, Any], *, base: File) -> Rows:
    """The rows of delimited ``files``, file by file, as a stream.

    A column has the narrowest type that all values of a file fit, else the one that fits all of
    its first megabyte and nine tenths of the rest: the other values are errors, null and counted.
    A narrow type gives way to a wider one of its kind: integers to decimals, days to instants. An
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

    def opened(self, file: File) -> CsvFile:
        return self.looked_at.get(file) or CsvFile.of(file, self.options)

    def guess(self) -> pa.Schema:
        """The schema as some of the files show it."""
        step = -(-len(self.files) // _LOOKED_AT)
        self.looked_at.update((file, self.opened(file)) for file in self.files[::step])
        known = list(self.looked_at.values())
        schemas = [each.schema_of(each.guess(further=each is known[0])) for each in known]
        certain = all(each.is_whole for each in known)
        return self.unified(schemas) if certain else _unified_somehow(schemas)

    def unified(self, schemas: list[pa.Schema]) -> pa.Schema:
        try:
            return pa.unify_schemas(schemas, promote_options="permissive")
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise SourceError(
                f"{len(self.files)} files, first {self.files[0]}, do not make one table: {error}",
                "name the type of that column for all files with the option column_types",
            ) from error


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


def _rows(source: _Source, schema: pa.Schema, *, certain: bool = False) -> Rows:
    errors: dict[str, int] = {}
    return Rows(schema, _batches(source, schema, errors, certain=certain), errors=errors)


def _batches(
    source: _Source, schema: pa.Schema, errors: dict[str, int], *, certain: bool
) -> Iterator[pa.RecordBatch]:
    """Batches of ``schema`` as long as all values are of it; types are counted to the end."""
    schemas, is_right = [], True
    for each in source.files:
        file = source.opened(each)
        if certain:
            file = file.as_text(schema)
        tallies = [Tally()] * len(file.columns)
        for part in file.parts(schema):
            tallies = summed([tallies, part.tallies])
            file.check(tallies)
            is_right = is_right and part.batch is not None
            if is_right and part.row_count:
                yield part.batch
        schemas.append(file.schema_of(tallies))
        _add_errors(errors, file, tallies, schema)
    found = source.unified(schemas)
    if is_right and found == schema:
        return
    if certain:
        raise SourceError(
            f"{source.files[0]} or a file beside it changed while it was being read",
            "wait until whatever writes it has finished, then try again",
        )
    raise StartAgain(_rows(source, found, certain=True))


def _add_errors(
    errors: dict[str, int], file: CsvFile, tallies: list[Tally], schema: pa.Schema
) -> None:
    for name, column, tally in zip(file.names, file.columns, tallies, strict=True):
        index = schema.get_field_index(name)
        count = column.errors_in(tally, schema.field(index).type) if index >= 0 else 0
        if count:
            errors[name] = errors.get(name, 0) + count
