"""JSON records: one a line, or in one array."""

from __future__ import annotations

import json
import lzma
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from mlsnap.data import mixed
from mlsnap.data.files import File, open_stream
from mlsnap.data.formats.jsonlines.blocks import line_blocks
from mlsnap.data.formats.jsonlines.types import (
    ColumnTypes,
    Numbers,
    far_numbers,
    joined,
    lines,
    loaded,
    parse,
    types_of,
)
from mlsnap.data.rows import BATCH_ROWS, Rows, StartAgain
from mlsnap.errors import SourceError


def read(files: Sequence[File], options: Mapping[str, Any], *, base: File) -> Rows:
    """The records of JSON ``files``, file by file.

    A column has the narrowest type that all its values fit: integers, floats, instants (texts
    that are all in ISO 8601), texts, booleans, lists, objects. It is mixed where no type holds
    them all. Records that lack it are null there. Integers keep all digits: beyond int64 they are
    uint64, and a column is mixed where no type holds its numbers exactly. A finite number that
    floats do not reach is an error, null and counted.

    The types are those of the first block of records, as nearly always; when a later one has
    others, all is looked through once, and reading starts again.
    """
    first = next(_blocks(files), None)
    if first is None:
        raise SourceError(f"{files[0]} holds no record", "write one object a line, or an array")
    types = _types_of(first)
    return _rows(files, types if None not in types.values() else _all_types(files))


@dataclass(frozen=True)
class _Block:
    """Some records of a file, one a line; ``start`` of the file's records come before them."""

    file: File
    start: int
    text: bytes


def _rows(files: Sequence[File], types: ColumnTypes) -> Rows:
    counts = _mixed_counts(files, [name for name, type_ in types.items() if type_ is None])
    fields = [
        pa.field(name, pa.string(), metadata=mixed.metadata_of_counts(counts[name]))
        if type_ is None
        else pa.field(name, type_)
        for name, type_ in types.items()
    ]
    if not fields:
        raise SourceError(f"the records of {files[0]} have no field", "write objects with fields")
    schema = pa.schema(fields)
    errors: dict[str, int] = {}
    return Rows(schema, _batches(files, types, schema, errors), errors=errors)


def _batches(
    files: Sequence[File], types: ColumnTypes, schema: pa.Schema, errors: dict[str, int]
) -> Iterator[pa.RecordBatch]:
    for block in _blocks(files):
        table = _table(block, types, schema, errors)
        if table is None or _loses_digits(table, block):
            raise StartAgain(_rows(files, _all_types(files)))
        yield from table.to_batches(BATCH_ROWS)


def _table(
    block: _Block, types: ColumnTypes, schema: pa.Schema, errors: dict[str, int]
) -> pa.Table | None:
    """The records as ``schema`` says; ``None`` if they have other types or columns."""
    text, own = block.text, dict[str, pa.Array]()
    if None in types.values():
        text, own = _without_mixed(block, types, errors)
    try:
        table = parse(text, types)
    except pa.ArrowInvalid:
        if own:
            return None
        table = _reparsed(block, types, errors)
    if table is None or set(table.column_names) | set(own) != set(schema.names):
        return None
    columns = [own.get(name) or table.column(name) for name in schema.names]
    found = pa.table(columns, names=schema.names)
    return found.cast(schema) if found.schema.types == schema.types else None


def _loses_digits(table: pa.Table, block: _Block) -> bool:
    """Whether floats of ``table`` are integers that floats do not hold.

    Python looks at the block again where floats are so large that they may be.
    """
    names, numbers = far_numbers(table), Numbers()
    for values in _numbers(block, names).values() if names else ():
        numbers.add(values)
    return numbers.are_wide


def _reparsed(block: _Block, types: ColumnTypes, errors: dict[str, int]) -> pa.Table | None:
    """What Arrow refuses and Python does not: fields given twice, say."""
    found = _records(block)
    try:
        table = parse(lines(found), types)
    except pa.ArrowInvalid:
        return None
    _count_unreached(block, found, errors)
    return table


def _count_unreached(block: _Block, found: list[dict[str, Any]], errors: dict[str, int]) -> None:
    """Count values that are missing because no float reaches them."""
    for line, record in zip(_lines(block.text), found, strict=True):
        if None not in record.values():
            continue
        for name, value in json.loads(line).items():
            if value is not None and record[name] is None:
                errors[name] = errors.get(name, 0) + 1


def _without_mixed(
    block: _Block, types: ColumnTypes, errors: dict[str, int]
) -> tuple[bytes, dict[str, pa.Array]]:
    """The records without their mixed columns, and those."""
    found = _records(block)
    _count_unreached(block, found, errors)
    names = [name for name, type_ in types.items() if type_ is None]
    own = {name: pa.array([_mixed_text(each.get(name)) for each in found]) for name in names}
    rest = [{key: value for key, value in each.items() if key not in own} for each in found]
    return lines(rest), own


def _mixed_text(value: Any) -> str | None:
    """A value of a mixed column; objects and lists are the texts of themselves."""
    if value is None:
        return None
    return mixed.to_text(json.dumps(value) if isinstance(value, dict | list) else value)


def _mixed_counts(files: Sequence[File], names: list[str]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for block in _blocks(files) if names else ():
        for record in _records(block):
            for name in names:
                if (value := record.get(name)) is not None:
                    counts[name][type(value).__name__] += 1
    return counts


def _all_types(files: Sequence[File]) -> ColumnTypes:
    types: ColumnTypes = {}
    for block in _blocks(files):
        types = joined(types, _types_of(block))
    floats = [name for name, type_ in types.items() if type_ == pa.float64()]
    return {**types, **_exact_types(files, floats)}


def _exact_types(files: Sequence[File], names: list[str]) -> ColumnTypes:
    """The types that hold the numbers of some columns without loss."""
    found = {name: Numbers() for name in names}
    for block in _blocks(files) if names else ():
        for name, values in _numbers(block, names).items():
            found[name].add(values)
    return {name: numbers.type for name, numbers in found.items()}


def _numbers(block: _Block, names: list[str]) -> dict[str, list[Any]]:
    records = _records(block)
    return {name: [record.get(name) for record in records] for name in names}


def _types_of(block: _Block) -> ColumnTypes:
    try:
        return types_of(block.text)
    except (ValueError, AttributeError, TypeError):
        _records(block)
        raise


def _records(block: _Block) -> list[dict[str, Any]]:
    """The records as Python objects; `SourceError` that names the first that is none."""
    return [_record(line, block, number) for number, line in enumerate(_lines(block.text), 1)]


def _lines(text: bytes) -> list[bytes]:
    return [line for line in text.split(b"\n") if line.strip()]


def _record(line: bytes, block: _Block, number: int) -> dict[str, Any]:
    place = f"record {block.start + number} of {block.file}"
    try:
        record = loaded(line)
    except ValueError as error:
        raise SourceError(
            f"{place} is not JSON: {error}",
            "write one object a line, or one array of objects; the format can be named with the "
            "option format",
        ) from error
    if not isinstance(record, dict):
        raise SourceError(
            f"{place} is no object but of type {type(record).__name__}",
            "records are objects: {…}, one a line, or in one array",
        )
    return record


def _blocks(files: Sequence[File]) -> Iterator[_Block]:
    for file in files:
        start = 0
        for text in _texts(file):
            yield _Block(file, start, text)
            start += len(_lines(text))


def _texts(file: File) -> Iterator[bytes]:
    try:
        with open_stream(file) as stream:
            for text in line_blocks(stream):
                str(text, "utf-8")
                yield text
    except SourceError:
        raise
    except UnicodeError as error:
        raise SourceError(f"{file} is not UTF-8: {error}", "write it again in UTF-8") from error
    except (OSError, EOFError, lzma.LZMAError, ValueError) as error:
        raise SourceError(
            f"{file} cannot be read as JSON: {error}", "check that the file is complete"
        ) from error
