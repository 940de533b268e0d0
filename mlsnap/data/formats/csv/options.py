"""How delimited files are to be read: the options of the format, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv

from mlsnap.data.casting import type_named
from mlsnap.data.formats.csv.records import Dialect
from mlsnap.data.parsing import DATE_FORMS, check_form
from mlsnap.errors import SourceError


@dataclass(frozen=True)
class CsvOptions:
    """The options that the user named, or their defaults.

    Attributes
    ----------
    delimiter
        ``None`` where each file shows its own.
    missing
        Texts that stand for no value in columns other than text.
    own_missing
        Texts that the user says stand for no value, in text too.
    """

    delimiter: str | None
    quote: str
    encoding: str | None
    skip_rows: int
    column_names: list[str] | None
    types: dict[str, pa.DataType]
    date_forms: tuple[str, ...]
    missing: tuple[str, ...]
    own_missing: tuple[str, ...]

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> CsvOptions:
        """Raises `SourceError` for a value that cannot be used."""
        convert = arrow_csv.ConvertOptions()
        own = tuple(options.get("null_values", ()))
        try:
            if own:
                convert.null_values = ["", *own]
            _check(options)
        except (TypeError, ValueError, OverflowError) as error:
            raise SourceError(
                f"options {dict(options)!r} cannot be used: {error}", "mend the value it names"
            ) from error
        return cls(
            delimiter=options.get("delimiter"),
            quote=options.get("quote_char", '"') or "",
            encoding=options.get("encoding"),
            skip_rows=options.get("skip_rows", 0),
            column_names=options.get("column_names"),
            types=_types(options.get("column_types", {})),
            date_forms=(*_date_forms(options.get("date_formats", ())), *DATE_FORMS),
            missing=tuple(convert.null_values),
            own_missing=own,
        )

    def parsing(self, dialect: Dialect, **more: Any) -> arrow_csv.ParseOptions:
        """How Arrow finds the fields of a file."""
        return arrow_csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            newlines_in_values=True,
            **more,
        )

    def converting(self, types: Mapping[str, pa.DataType]) -> arrow_csv.ConvertOptions:
        """How Arrow finds values: of ``types``, or of the narrowest type in other columns."""
        return arrow_csv.ConvertOptions(
            column_types=types,
            timestamp_parsers=[arrow_csv.ISO8601],
            null_values=list(self.missing),
        )


def _check(options: Mapping[str, Any]) -> None:
    arrow_csv.ReadOptions(
        skip_rows=options.get("skip_rows", 0), column_names=options.get("column_names")
    )
    arrow_csv.ParseOptions(
        delimiter=options.get("delimiter", ","), quote_char=options.get("quote_char", '"')
    )
    if options.get("skip_rows", 0) < 0:
        raise ValueError("skip_rows is negative")
    if options.get("delimiter") in ("\r", "\n"):
        raise ValueError("a line end is no delimiter")


def _types(names: Mapping[str, str]) -> dict[str, pa.DataType]:
    return {column: type_named(str(name)) for column, name in names.items()}


def _date_forms(own: Sequence[str]) -> tuple[str, ...]:
    for form in own:
        check_form(form)
    return tuple(own)
