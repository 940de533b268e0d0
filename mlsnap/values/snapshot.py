"""Records of datasets, definitions, snapshots and data copies, as stored in MLflow."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

FORMAT = 1
"""Version of the stored JSON; readers keep understanding every earlier one."""


class DatasetState(StrEnum):
    """Whether a dataset may be used: freely, with a warning, or not at all."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    ARCHIVED = "archived"


class Status(StrEnum):
    """How far the creation of a snapshot has come."""

    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELED = "Canceled"
    DELETED = "Deleted"


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a dataset's data comes from, and what is done to it on the way.

    ``source`` is the absolute path of a file, glob or folder, or ``None`` for a frame handed over
    in Python. ``format`` names a module of ``mlsnap.data.formats``. ``version`` counts from 1; 0 is
    a path that was handed over to a tracked function and is none of the dataset's own.

    Attributes
    ----------
    steps
        Transformation steps in their order, as `mlsnap.steps` makes them.
    newer
        Fields that a newer mlsnap stored and this one does not know; a definition with any is
        shown and kept, but its data is not read.
    """

    source: str | None = None
    format: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    message: str = ""
    steps: tuple[dict[str, Any], ...] = ()
    newer: dict[str, Any] = field(default_factory=dict)

    @property
    def reader(self) -> Definition:
        """What reads its files wherever they are copied to: format and options alone."""
        return Definition(format=self.format, options=self.options)

    def with_steps(self, *steps: Mapping[str, Any]) -> Definition:
        """The same source with these steps, instead of those that it has.

        >>> people = Definition("/data/people.csv", "csv")
        >>> people.with_steps({"step": "drop", "columns": ["a"]}).steps
        ({'step': 'drop', 'columns': ['a']},)
        """
        return dataclasses.replace(self, steps=tuple(dict(each) for each in steps))

    def to_dict(self) -> dict[str, Any]:
        """The definition as JSON-ready values."""
        known = dataclasses.asdict(self)
        del known["newer"]
        return {**known, "steps": list(known["steps"]), **self.newer}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Definition:
        """The definition that `to_dict` made ``stored`` of, in any version of mlsnap."""
        known = {each.name for each in dataclasses.fields(cls)} - {"newer"}
        fields = {key: value for key, value in stored.items() if key in known}
        newer = {key: value for key, value in stored.items() if key not in known}
        return cls(**{**fields, "steps": tuple(fields.get("steps", ())), "newer": newer})


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a data copy: its path in it, its size in bytes, md5 (DVC's name) and SHA-256.

    Attributes
    ----------
    rows
        How many rows it holds; ``None`` for a file of the source.
    key
        Identity of those rows before they were encoded (`mlsnap.data.chunk_keys`), by which a
        later copy knows them again; ``None`` for a file of the source.
    """

    path: str
    size: int
    md5: str
    sha256: str
    rows: int | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Tracked:
    """Data that the user's own DVC project holds, and a snapshot only refers to.

    Attributes
    ----------
    path
        Where the data is, relative to the project's root, ``/`` between folders.
    out
        Of the project's own record of the output that it is or lies in: what the data needs.
    commit
        The git commit that holds that record; ``None`` if none does.
    """

    path: str
    out: dict[str, Any]
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class DataCopy:
    """A stored copy of a snapshot's data: a folder of files in a DVC remote, and how to read it.

    Attributes
    ----------
    md5
        DVC's name of the folder (``<32 hex>.dir``); the plain md5 of a single file that is
        ``tracked`` as such.
    parts
        Its files, in reading order.
    remote
        Options of the DVC remote without secrets: ``url`` and what else is safe to record.
    remote_name
        The name the remote has in the project's DVC config; ``None`` for the embedded one.
    reader
        Definition that reads the folder: ``format`` and ``options``.
    verbatim
        Whether the files are those of the source, byte for byte, or Parquet parts of its rows.
    mean_rows
        Rows of a part on average, which later copies of the dataset keep, so that they share
        parts; ``None`` for files of the source.
    schema
        Arrow schema of the rows, as `mlsnap.data.carriers.stored.schema_to_text` writes it;
        ``None`` for files of the source.
    sent
        Bytes of the parts that the remote did not have before; ``None``: not recorded.
    tracked
        What the data is in the user's own DVC project, where nothing was copied.
    """

    md5: str
    parts: tuple[Part, ...]
    remote: dict[str, str]
    remote_name: str | None
    reader: Definition
    verbatim: bool = False
    mean_rows: int | None = None
    schema: str | None = None
    sent: int | None = field(default=None, compare=False)
    tracked: Tracked | None = None

    @property
    def size(self) -> int:
        """Bytes of all parts together."""
        return sum(part.size for part in self.parts)

    def to_dict(self) -> dict[str, Any]:
        """The copy as JSON-ready values."""
        return {**dataclasses.asdict(self), "reader": self.reader.to_dict()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> DataCopy:
        """The copy that `to_dict` made ``stored`` of, in any version of mlsnap."""
        tracked = stored.get("tracked")
        return cls(
            **{
                **_known(cls, stored),
                "parts": tuple(Part(**_known(Part, each)) for each in stored["parts"]),
                "reader": Definition.from_dict(stored["reader"]),
                "tracked": Tracked(**_known(Tracked, tracked)) if tracked else None,
            }
        )


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who made a snapshot of what, with which mlsnap, at which commit."""

    source: str
    created: str
    creator: str
    mlsnap_version: str
    git_commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRecord:
    """A finished snapshot. ``digest`` is SHA-256 of the content, 64 hex digits.

    ``copy_note`` says what became of its copy since it was made; ``None``: nothing.
    """

    dataset: str
    name: str
    number: int
    run_id: str
    digest: str
    row_count: int
    column_count: int
    definition: Definition
    provenance: Provenance
    data: DataCopy | None = None
    carrier: dict[str, Any] | None = None
    copy_note: str | None = None

    @property
    def reference(self) -> str:
        """How a user names it anywhere: ``dataset@name``."""
        return f"{self.dataset}@{self.name}"

    @property
    def created(self) -> datetime:
        """When it was made, in UTC."""
        return datetime.fromisoformat(self.provenance.created).astimezone(UTC)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON-ready values, with the version of the format."""
        return {
            "format": FORMAT,
            **dataclasses.asdict(self),
            "definition": self.definition.to_dict(),
            "data": self.data.to_dict() if self.data else None,
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> SnapshotRecord:
        """The record that `to_dict` made ``stored`` of, in any version of mlsnap."""
        return cls(
            **{
                **_known(cls, stored),
                "definition": Definition.from_dict(stored["definition"]),
                "provenance": Provenance(**_known(Provenance, stored["provenance"])),
                "data": DataCopy.from_dict(stored["data"]) if stored["data"] else None,
            }
        )


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """A ready snapshot as lists show it. ``created`` is ISO 8601 in UTC, ``size`` in bytes.

    ``pinned`` says when and by whom it was pinned; ``None``: it is not.
    """

    dataset: str
    name: str
    number: int
    run_id: str
    created: str
    digest: str
    row_count: int
    column_count: int
    has_data: bool
    size: int
    pinned: str | None = None


def _known(cls: type[Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The stored fields that this version has; a newer one may have written more."""
    names = {each.name for each in dataclasses.fields(cls)}
    return {key: value for key, value in stored.items() if key in names}
