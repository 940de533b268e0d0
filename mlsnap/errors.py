"""Every error mlsnap raises: the fact with its values, then the next step.

::

    MlsnapError
    ├── InvalidNameError        ValueError        a name that MLflow or a path could not carry
    ├── NotFoundError           LookupError       no such dataset, snapshot, run or column
    ├── NameTakenError          FileExistsError   the name belongs to other content
    ├── SourceError             ValueError        data that is missing or cannot be read
    ├── DatasetStateError       RuntimeError      an archived dataset refuses to be used
    ├── SnapshotInUseError      RuntimeError      a snapshot that runs, models or a pin hold
    ├── NoDataCopyError         LookupError       the snapshot holds no copy of the data
    ├── DataIntegrityError      ValueError        data that is not what was recorded
    ├── TrackingError           ConnectionError   MLflow does not answer, or refuses
    ├── RemoteError             OSError           the DVC remote is missing or refuses
    ├── SnapshotFailedError     RuntimeError      a creation that ended without a snapshot
    ├── NotReproducibleError    RuntimeError      something a rerun needs is gone
    ├── LimitExceededError      RuntimeError      data that differs by more than it may
    └── ConfigError             ValueError        a setting or limit that cannot be used
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MlsnapError(Exception):
    """What went wrong, with its values, and what to do next."""

    def __init__(self, fact: str, hint: str) -> None:
        super().__init__(fact, hint)
        self.fact = fact
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.fact}\nHint: {self.hint}"


class InvalidNameError(MlsnapError, ValueError):
    """A name of a dataset, snapshot or context that cannot be used."""


class NotFoundError(MlsnapError, LookupError):
    """A dataset, snapshot, run or column that is not there."""


class NameTakenError(MlsnapError, FileExistsError):
    """A name that belongs to something else already."""

    __str__ = MlsnapError.__str__


class SourceError(MlsnapError, ValueError):
    """Data that is missing, cannot be read, or changed while being read."""


class DatasetStateError(MlsnapError, RuntimeError):
    """A dataset whose state forbids what was asked."""


class SnapshotInUseError(MlsnapError, RuntimeError):
    """A snapshot that cannot be deleted: runs or models use it, or it is pinned."""


class NoDataCopyError(MlsnapError, LookupError):
    """The data was asked for, but only its profile was stored."""


class DataIntegrityError(MlsnapError, ValueError):
    """Data whose content is not the recorded one."""


class TrackingError(MlsnapError, ConnectionError):
    """MLflow does not answer, or refuses."""

    __str__ = MlsnapError.__str__


class RemoteError(MlsnapError, OSError):
    """The DVC remote is missing, read-only or refuses."""

    __str__ = MlsnapError.__str__


class SnapshotFailedError(MlsnapError, RuntimeError):
    """The creation of a snapshot failed, was cancelled or did not end in time."""


class NotReproducibleError(MlsnapError, RuntimeError):
    """Something a rerun needs is missing."""


class LimitExceededError(MlsnapError, RuntimeError):
    """Data that differs from its reference by more than a limit allows."""


class ConfigError(MlsnapError, ValueError):
    """A setting or limit that cannot be used."""


class MlsnapWarning(UserWarning):
    """mlsnap could not do its part; what it accompanies goes on."""


class DeprecatedDatasetWarning(MlsnapWarning):
    """A deprecated dataset was used; the message names its replacement."""


def near(name: str, known: Iterable[str]) -> str:
    """The end of a "not found" sentence: the known names closest to ``name``, or nothing."""
    close = get_close_matches(name, list(known), n=3)
    return "; near names: " + ", ".join(repr(each) for each in close) if close else ""
