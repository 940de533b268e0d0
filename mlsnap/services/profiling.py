"""Reading a table once: its content, digest and profile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsnap import settings
from mlsnap.data import carriers
from mlsnap.data.files import File, Stamp
from mlsnap.data.parts import PartsWriter
from mlsnap.data.rows import Rows, StartAgain
from mlsnap.data.sources import define, open_source
from mlsnap.profiling.one_pass import profile_rows
from mlsnap.services import progress
from mlsnap.spark import files as spark_files
from mlsnap.spark import frames as spark_frames
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import Definition


@dataclass(frozen=True)
class Reading:
    """A table that was read, what it looked like, and where it came from.

    ``origin`` is a sentence for people; ``definition`` is ``None`` for a frame handed over.
    ``copied`` are the rows as Parquet files, if they were kept while they were read.
    """

    profile: Profile
    rows: Rows
    origin: str
    definition: Definition | None = None
    copied: PartsWriter | None = None

    @property
    def carrier(self) -> dict[str, Any] | None:
        """What restores the object that carried the rows; ``None`` for files."""
        return self.rows.carrier

    @property
    def stamps(self) -> dict[File, Stamp]:
        """What tells the files that were read apart from changed ones."""
        return self.rows.stamps

    def parts(self) -> PartsWriter:
        """The rows as Parquet files, written and checked; they are gone with what is returned.

        Raises
        ------
        SourceError
            If Parquet has no form for a column's type, or the source is gone.
        DataIntegrityError
            If what was written does not have the digest of what was read.
        """
        writer = self.copied
        if writer is None:
            rows = self.rows if self.rows.held else open_source(self.definition or Definition())
            writer = PartsWriter(rows.schema)
            for batch in rows.batches:
                writer.write(batch)
        writer.finish(digest=self.profile.digest)
        return writer


def read(
    rows: Rows, *, origin: str, definition: Definition | None = None, keep: bool = False
) -> Reading:
    """Read ``rows`` in one pass; ``keep`` writes those that cannot be read again into files."""
    copied = PartsWriter(rows.schema) if keep and not rows.held else None
    try:
        with progress.reading(rows.row_count) as step:
            found = profile_rows(
                rows,
                budget=_budget(),
                step=step,
                copy=copied.write if copied else None,
            )
    except StartAgain as again:
        return read(again.rows, origin=origin, definition=definition, keep=keep)
    return Reading(found, rows, origin, definition, copied)


def read_definition(definition: Definition, *, keep: bool = False) -> Reading:
    """Read what a definition names."""
    origin = str(definition.source)
    return read(open_source(definition), origin=origin, definition=definition, keep=keep)


def read_frame(frame: Any, *, keep: bool = False) -> Reading:
    """Read a frame handed over in Python; one of Spark where its rows are, unless they are kept."""
    kind = type(frame)
    origin = f"frame handed over ({kind.__module__.partition('.')[0]}.{kind.__name__})"
    rows = carriers.encode(frame)
    if spark_frames.is_frame(frame) and not keep:
        return Reading(spark_frames.profile_frame(frame, budget=_budget()), rows, origin)
    return read(rows, origin=origin, keep=keep)


def read_on_spark(definition: Definition, *, keep: bool = False) -> Reading:
    """Read what a definition names on Spark's executors; rows to keep are read again here."""
    found, rows = spark_files.profile_files(definition, budget=_budget())
    return Reading(found, rows, str(definition.source), definition)


COMPUTE_TARGETS = {"local": read_definition, "spark": read_on_spark}
"""Who reads what a definition names, by name."""


def profile(data: Any, **options: Any) -> Profile:
    """The profile of any table, without storing anything.

    Parameters
    ----------
    data
        A DataFrame (pandas, Polars, Spark), an Arrow table or anything with
        ``__arrow_c_stream__``, an array of one or two dimensions, or the path or URL of a file,
        glob or folder, of the formats that `register_dataset` names.
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


def _budget() -> int:
    return settings.load(Path.cwd()).settings.memory_budget
