"""Reading a table once: its content, digest and profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsnap import settings
from mlsnap.data import carriers
from mlsnap.data.files import File, Stamp
from mlsnap.data.parts import PartsWriter
from mlsnap.data.rows import Rows
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
            writer = rows.given_to(_written)
        writer.finish(digest=self.profile.digest)
        return writer


def read(
    rows: Rows, *, origin: str, definition: Definition | None = None, keep: bool = False
) -> Reading:
    """Read ``rows`` in one pass; ``keep`` writes those that cannot be read again into files."""
    chosen = _settings()

    def profiled(rows: Rows) -> Reading:
        copied = PartsWriter(rows.schema) if keep and not rows.held else None
        with progress.reading(rows.row_count) as step:
            found = profile_rows(
                rows,
                budget=chosen.memory_budget,
                semantic_types=chosen.semantic_types,
                step=step,
                copy=copied.write if copied else None,
            )
        return Reading(found, rows, origin, definition, copied)

    return rows.given_to(profiled)


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
        return Reading(_profiled_on_spark(frame), rows, origin)
    return read(rows, origin=origin, keep=keep)


def read_on_spark(definition: Definition, *, keep: bool = False) -> Reading:
    """Read what a definition names on Spark's executors; rows to keep are read again here."""
    chosen = _settings()
    found, rows = spark_files.profile_files(
        definition, budget=chosen.memory_budget, semantic_types=chosen.semantic_types
    )
    return Reading(found, rows, str(definition.source), definition)


COMPUTE_TARGETS = {"local": read_definition, "spark": read_on_spark}
"""Who reads what a definition names, by name."""


def profile(
    data: Any,
    *,
    format: str | None = None,
    options: Mapping[str, Any] | None = None,
    **more: Any,
) -> Profile:
    """The profile of any table, without storing anything.

    Parameters
    ----------
    data
        A DataFrame (pandas, Polars, Spark), an Arrow table or anything with
        ``__arrow_c_stream__``, an array of one or two dimensions, or the path or URL of a file,
        glob or folder, of the formats that `register_dataset` names.
    format, options
        The format of a path, where its name does not say it, and its read options; these can
        also be given one by one (``profile("people.csv", delimiter=";")``).

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
        chosen = {**(options or {}), **more}
        return read_definition(define(data, format=format, options=chosen)).profile
    return read_frame(data).profile


def _profiled_on_spark(frame: Any) -> Profile:
    chosen = _settings()
    return spark_frames.profile_frame(
        frame, budget=chosen.memory_budget, semantic_types=chosen.semantic_types
    )


def _written(rows: Rows) -> PartsWriter:
    writer = PartsWriter(rows.schema)
    for batch in rows.batches:
        writer.write(batch)
    return writer


def _settings() -> settings.Settings:
    return settings.load(Path.cwd()).settings
