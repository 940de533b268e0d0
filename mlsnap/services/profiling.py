"""Reading a table once: its content, digest and profile."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlsnap.data import carriers
from mlsnap.data.digest import Digest
from mlsnap.data.rows import Rows, Stamp
from mlsnap.data.sources import define, open_source
from mlsnap.profiling.table import profile_table
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import Definition


@dataclass(frozen=True)
class Reading:
    """A table that was read, what it looked like, and where it came from.

    ``origin`` is a sentence for people; ``definition`` is ``None`` for a frame handed over, and
    ``stamps`` tells the files apart from changed ones.
    """

    profile: Profile
    table: pa.Table
    carrier: dict[str, Any] | None
    origin: str
    definition: Definition | None = None
    stamps: dict[Path, Stamp] = field(default_factory=dict)


def read(rows: Rows, *, origin: str, definition: Definition | None = None) -> Reading:
    """Read ``rows`` in one pass."""
    digest = Digest(rows.schema)
    batches = []
    for batch in rows.batches:
        digest.update(batch)
        batches.append(batch)
    rows.check()
    table = pa.Table.from_batches(batches, rows.schema)
    profile = profile_table(table, digest=digest.hexdigest(), errors=rows.errors)
    return Reading(profile, table, rows.carrier, origin, definition, rows.stamps)


def read_definition(definition: Definition) -> Reading:
    """Read the files that a definition names."""
    return read(open_source(definition), origin=str(definition.source), definition=definition)


def read_frame(frame: Any) -> Reading:
    """Read a frame handed over in Python."""
    kind = type(frame)
    return read(
        carriers.encode(frame),
        origin=f"frame handed over ({kind.__module__.partition('.')[0]}.{kind.__name__})",
    )


def profile(data: Any, **options: Any) -> Profile:
    """The profile of any table, without storing anything.

    Parameters
    ----------
    data
        A DataFrame (pandas, Polars), an Arrow table or anything with ``__arrow_c_stream__``, an
        array of one or two dimensions, or the path of a CSV or Parquet file, glob or folder.
    options
        Read options of a path's format; ``format`` names the format itself.

    Raises
    ------
    SourceError
        If ``data`` is no table or cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> profile(pd.DataFrame({"age": [30, 40, None]}))["age"].mean
    35.0
    """
    if isinstance(data, str | Path):
        format_name = options.pop("format", None)
        return read_definition(define(data, format=format_name, options=options)).profile
    return read_frame(data).profile
