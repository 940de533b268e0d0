"""File formats. One module each, with the same face; it is imported when a file of it is read.

``read(files, options, base) -> Rows``
    The rows of all files, in their order; ``base`` is the folder that the source names, or that
    its files lie in. Raises `SourceError`. A file is a path or a `RemoteFile`: its bytes come
    from `mlsnap.data.files`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from mlsnap.data.files import File
from mlsnap.data.rows import Rows
from mlsnap.errors import SourceError, near
from mlsnap.values.compression import COMPRESSIONS


@dataclass(frozen=True)
class Format:
    """What is known of a format without its file.

    Attributes
    ----------
    suffixes
        Endings of the names of files in this format.
    options
        Names of the read options it takes.
    """

    suffixes: tuple[str, ...]
    options: tuple[str, ...] = ()


def _packed(*suffixes: str) -> tuple[str, ...]:
    """Each suffix by itself and as compressed files have it."""
    return tuple(f"{suffix}{packed}" for packed in ("", *COMPRESSIONS) for suffix in suffixes)


FORMATS = {
    "csv": Format(
        _packed(".csv", ".tsv"),
        (
            "delimiter",
            "quote_char",
            "encoding",
            "skip_rows",
            "column_names",
            "column_types",
            "null_values",
            "date_formats",
        ),
    ),
    "parquet": Format((".parquet", ".pq"), ("columns",)),
    "jsonlines": Format(_packed(".jsonl", ".ndjson", ".json")),
    "feather": Format((".feather", ".arrow", ".arrows", ".ipc")),
    "orc": Format((".orc",)),
    "excel": Format((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"), ("sheet", "header")),
}
"""The formats by the name that definitions store, which is the name of their module here."""


def format_of(name: str) -> Format:
    """The format of that name; `SourceError` if there is none."""
    if name not in FORMATS:
        raise SourceError(
            f"no format {name!r}{near(name, FORMATS)}", f"formats are {', '.join(FORMATS)}"
        )
    return FORMATS[name]


def read(name: str, files: Sequence[File], options: Mapping[str, Any], *, base: File) -> Rows:
    """The rows of ``files`` in the format of that name; `SourceError` if they are none of it."""
    format_of(name)
    rows: Rows = import_module(f"{__name__}.{name}").read(files, options, base=base)
    return rows
