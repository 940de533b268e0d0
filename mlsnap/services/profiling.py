"""Reading a table once: its content, digest and profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mlsnap import settings
from mlsnap.data import carriers
from mlsnap.data.files import File, Stamp, changed_meanwhile
from mlsnap.data.kept import KeptRows
from mlsnap.data.rows import Rows
from mlsnap.data.sources import define, open_source
from mlsnap.profiling.one_pass import digest_rows, profile_rows
from mlsnap.services import known_files, progress
from mlsnap.spark import files as spark_files
from mlsnap.spark import frames as spark_frames
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import Definition

_QUICK = ("parquet", "feather", "orc")
"""Formats that are read again rather than kept."""

_QUICKER_ASKED = 1 << 20
"""Cells of a frame whose profile takes longer than asking whether its digest is known."""


@dataclass(frozen=True)
class Reading:
    """A table that was read, what it looked like, and where it came from.

    ``known`` is its profile, if it was made while the digest was. ``origin`` is a sentence for
    people; ``definition`` is ``None`` for a frame handed over. ``kept`` are the rows, if they had
    to be kept while they were read.
    """

    digest: str
    known: Profile | None
    rows: Rows
    origin: str
    definition: Definition | None = None
    kept: KeptRows | None = None

    @classmethod
    def of_profile(cls, profile: Profile, rows: Rows, origin: str, *more: Any) -> Reading:
        """A table whose profile is made."""
        return cls(profile.digest, profile, rows, origin, *more)

    @cached_property
    def profile(self) -> Profile:
        """The profile; of rows in memory it may be made only now."""
        if self.known is not None:
            return self.known
        return replace(_profile(self.rows, digest=False), digest=self.digest)

    @property
    def carrier(self) -> dict[str, Any] | None:
        """What restores the object that carried the rows; ``None`` for files."""
        return self.rows.carrier

    @property
    def stamps(self) -> dict[File, Stamp]:
        """What tells the files that were read apart from changed ones."""
        return self.rows.stamps

    def file_names(self, base: Path) -> list[str]:
        """Paths of the files in the folder ``base``, in reading order, ``/`` between folders."""
        return [Path(str(file)).relative_to(base).as_posix() for file in self.stamps]

    @property
    def comes_again(self) -> bool:
        """Whether `again` gives these very rows: out of memory or a file of our own, or out of
        files whose stamps say that they are the same.
        """
        return self.kept is not None or self.rows.held or _are_files(self.rows, self.definition)

    def again(self) -> Rows:
        """The rows once more: those in memory, those that were kept, or read from their source.

        Raises
        ------
        SourceError
            If the source is gone, or its files are others than those that were read.
        """
        if self.kept is not None:
            return self.kept.rows()
        if self.rows.held:
            return self.rows
        rows = open_source(self.definition or Definition())
        if _named(rows.stamps) != _named(self.stamps):
            raise changed_meanwhile(self.origin)
        return rows


def read(
    rows: Rows, *, origin: str, definition: Definition | None = None, keep: bool = False
) -> Reading:
    """Read ``rows`` in one pass; ``keep`` keeps those that cannot well be read again."""

    def profiled(rows: Rows) -> Reading:
        kept = KeptRows(rows.schema) if keep and _is_once(rows, definition) else None
        found = _profile(rows, copy=kept.write if kept else None)
        return Reading.of_profile(found, rows, origin, definition, kept)

    return rows.given_to(profiled)


def read_definition(definition: Definition, *, keep: bool = False) -> Reading:
    """Read what a definition names; files that have not changed since are not read again."""
    origin = str(definition.source)
    sight = known_files.look(definition, _settings())
    if sight and (known := sight.recall()):
        return Reading.of_profile(*known, origin, definition)
    reading = read(open_source(definition), origin=origin, definition=definition, keep=keep)
    if sight:
        sight.keep(reading.profile, reading.rows.schema)
    return reading


def read_frame(frame: Any, *, keep: bool = False, may_be_known: bool = False) -> Reading:
    """Read a frame handed over in Python; one of Spark where its rows are, unless they are kept.

    Of a large frame that ``may_be_known`` only the digest is computed, until the profile is asked
    for.
    """
    kind = type(frame)
    origin = f"frame handed over ({kind.__module__.partition('.')[0]}.{kind.__name__})"
    rows = carriers.encode(frame)
    if spark_frames.is_frame(frame) and not keep:
        return Reading.of_profile(_profiled_on_spark(frame), rows, origin)
    if may_be_known and _is_large(rows):
        return Reading(_digest(rows), None, rows, origin)
    return read(rows, origin=origin, keep=keep)


def read_on_spark(definition: Definition, *, keep: bool = False) -> Reading:
    """Read what a definition names on Spark's executors; rows to keep are read again here."""
    chosen = _settings()
    found, rows = spark_files.profile_files(
        definition, budget=chosen.memory_budget, semantic_types=chosen.semantic_types
    )
    return Reading.of_profile(found, rows, str(definition.source), definition)


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

    Of local files that have not changed since they were read it is the remembered one, unless the
    setting ``remember_files`` is off.

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


def _profile(rows: Rows, **how: Any) -> Profile:
    chosen = _settings()
    with progress.reading(rows.row_count) as step:
        return profile_rows(
            rows,
            budget=chosen.memory_budget,
            semantic_types=chosen.semantic_types,
            step=step,
            **how,
        )


def _digest(rows: Rows) -> str:
    with progress.reading(rows.row_count) as step:
        return digest_rows(rows, budget=_settings().memory_budget, step=step)


def _is_large(rows: Rows) -> bool:
    """Whether rows are in memory, and many."""
    cells = (rows.row_count or 0) * len(rows.schema)
    return rows.held and rows.column is not None and cells >= _QUICKER_ASKED


def _profiled_on_spark(frame: Any) -> Profile:
    chosen = _settings()
    return spark_frames.profile_frame(
        frame, budget=chosen.memory_budget, semantic_types=chosen.semantic_types
    )


def _is_once(rows: Rows, definition: Definition | None) -> bool:
    """Whether rows cannot be had again, or only with the work of parsing texts."""
    quick = rows.column is not None or (definition and definition.format in _QUICK)
    return not rows.held and not (quick and _are_files(rows, definition))


def _are_files(rows: Rows, definition: Definition | None) -> bool:
    """Whether rows are those of files, whose stamps are more than a size, and of nothing else."""
    stamps = rows.stamps.values()
    return bool(definition and not definition.steps and stamps) and all(
        len(stamp) > 1 for stamp in stamps
    )


def _named(stamps: Mapping[File, Stamp]) -> dict[str, Stamp]:
    return {str(file): stamp for file, stamp in stamps.items()}


def _settings() -> settings.Settings:
    return settings.load(Path.cwd()).settings
