"""Snapshots as users hold them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from mlsnap.comparing.profiles import compare_profiles
from mlsnap.errors import NameTakenError, SnapshotFailedError, SourceError
from mlsnap.services import sampling
from mlsnap.services.columns import Columns
from mlsnap.services.copies import pulling
from mlsnap.services.keeping import deleting, pinning
from mlsnap.services.workspace import Workspace
from mlsnap.spark import tables as spark_tables
from mlsnap.tracking.snapshots import not_ready
from mlsnap.tracking.uses import Use, uses_of
from mlsnap.values.difference import Difference
from mlsnap.values.profile import Profile
from mlsnap.values.shown import Shown
from mlsnap.values.snapshot import SnapshotRecord, Status

_RUN_COLUMNS = ["run_id", "context", "model_uri", "run_name", "status", "reproduces"]
_RUN_COLUMNS += ["verdict", "experiment", "started"]


class Snapshot(Shown):
    """An immutable record of a dataset: profile, digest, provenance, optionally a data copy.

    Made by `Dataset.create_snapshot`, found by `Dataset.get_snapshot`.
    """

    def __init__(self, workspace: Workspace, dataset: str, name: str, run_id: str) -> None:
        self._workspace = workspace
        self.dataset_name = dataset
        self.name = name
        self.run_id = run_id

    @cached_property
    def record(self) -> SnapshotRecord:
        """Everything stored about it but the profile; raises while it is not complete."""
        seen = self._workspace.snapshots.standing(self.run_id)
        status = Status.DELETED if seen is None or seen.hidden else seen.status
        if seen is None or status is not Status.COMPLETED:
            raise not_ready(self.reference, status)
        return self._workspace.snapshots.record(self.run_id, copy=seen.copy)

    @property
    def reference(self) -> str:
        """How to name it anywhere: ``dataset@name``."""
        return f"{self.dataset_name}@{self.name}"

    @property
    def digest(self) -> str:
        """SHA-256 of the content, 64 hex digits."""
        return self.record.digest

    @property
    def row_count(self) -> int:
        """Rows of the table."""
        return self.record.row_count

    @property
    def is_verbatim(self) -> bool:
        """Whether its copy holds the source's files byte for byte."""
        return self.record.data is not None and self.record.data.verbatim

    def get_status(self) -> Status:
        """How far its creation is: Running, Completed, Failed, Canceled or Deleted.

        A creation whose process has ended, or has not given a sign of life for a minute, has
        failed.
        """
        return self._workspace.snapshots.status(self.run_id)

    def wait_for_completion(
        self,
        show_output: bool = True,
        status_update_frequency: float = 10,
        timeout: float | None = None,
    ) -> Snapshot:
        """Wait until the snapshot is complete; returns it. Ctrl-C ends the waiting only.

        Parameters
        ----------
        show_output
            Whether to print ``Action status: …`` at each look.
        status_update_frequency
            Seconds between two looks.
        timeout
            Seconds after which waiting ends; ``None``: never.

        Raises
        ------
        SnapshotFailedError
            If the creation failed or was cancelled, or the time is over.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while (status := self.get_status()) is Status.RUNNING:
            if show_output:
                print(f"Action status: {status}", flush=True)
            left = status_update_frequency if end is None else end - time.monotonic()
            if left <= 0:
                raise SnapshotFailedError(
                    f"the snapshot {self.reference} is not complete after {timeout:g} s",
                    "wait longer; its creation goes on",
                )
            time.sleep(min(left, status_update_frequency))
        if show_output:
            print(f"Action status: {status}", flush=True)
        if status is not Status.COMPLETED:
            why, _, hint = self._workspace.snapshots.error(self.run_id).partition("\nHint: ")
            again = "create it again under the same name"
            raise SnapshotFailedError(
                f"the snapshot {self.reference} is {status}: {why}",
                f"{hint or 'mend the cause'}; then {again}",
            )
        return self

    def get_profile(self) -> Profile:
        """The stored profile."""
        return self._profile

    @cached_property
    def _profile(self) -> Profile:
        return self._workspace.snapshots.profile(self.run_id)

    def is_data_snapshot_available(self) -> bool:
        """Whether it holds a copy of the data."""
        return self.get_status() is Status.COMPLETED and self.record.data is not None

    def to_pandas_dataframe(self, columns: Columns = None) -> pd.DataFrame:
        """The data from the stored copy, verified; equal to the frame that was handed over.

        Parameters
        ----------
        columns
            Only these, in this order; by default all. A frame that was handed over is cut as
            ``frame[columns]`` is: its index stays, and its labels can be named as the profile
            names them.

        Raises
        ------
        NoDataCopyError
            If no copy was taken.
        NotFoundError, SourceError
            If a column is not there; if none is asked for, or one twice.
        RemoteError, DataIntegrityError
            If the copy cannot be had, or is not what was stored.
        """
        frame: pd.DataFrame = pulling.fetch_frame(self._workspace, self.record, columns)
        return frame

    def to_arrow_table(self, columns: Columns = None) -> pa.Table:
        """The data from the stored copy as an Arrow table; a frame's index is columns of it.

        An Arrow table that was handed over has its names and layouts again. With ``columns``, only
        these, in this order, texts and lists in their large layouts. Errors as
        `to_pandas_dataframe`.
        """
        return pulling.fetch_arrow(self._workspace, self.record, columns)

    def to_spark_dataframe(self, columns: Columns = None) -> Any:
        """The data from the stored copy, verified, as a frame of the active Spark session.

        Where none is active, Spark makes one. The rows keep their order. A session on this
        machine reads them, whenever it needs them, out of a temporary folder that lives as long
        as this process; one of a cluster gets the whole table through this process. A Spark frame
        that was handed over has its types again; other tables get Spark's nearest: `uint64`
        becomes a decimal, an instant has microseconds.

        ``columns``: only these, in this order. Errors as `to_pandas_dataframe`, and:

        Raises
        ------
        SourceError
            If Spark has no type for a column or one of its values, naming it; or if Spark is not
            installed or does not start.
        """
        with pulling.open_rows(self._workspace, self.record, columns) as rows:
            return spark_tables.frame_of(rows, self.record.carrier)

    def iter_batches(
        self, columns: Columns = None, batch_rows: int = 65_536
    ) -> Generator[pa.RecordBatch, None, None]:
        """The data from the stored copy in batches of ``batch_rows`` rows, but for the last one.

        The table is never held: a few parts of the copy are fetched, verified and decoded ahead
        of the loop. A copy that holds source files is read through first, into a temporary file,
        as nothing else tells that they still mean the same. Errors as `to_pandas_dataframe`; a
        damaged part is met where its rows would be.
        """
        if batch_rows < 1:
            raise SourceError(f"batches cannot have {batch_rows} rows", "ask for one at least")
        return pulling.read_batches(self._workspace, self.record, columns, batch_rows=batch_rows)

    def download(self, folder: str | Path) -> Path:
        """Bring the copy's files into ``folder``, which must be new or empty; returns it.

        They appear there together, when the last one is verified.
        """
        target = Path(folder).absolute()
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise NameTakenError(f"{target} exists and is not empty", "name a new folder")
        pulling.fetch_files(self._workspace, self.record, target)
        return target

    def verify(self, *, sizes_only: bool = False) -> list[str]:
        """Check the copy on the remote; one sentence for each part that is damaged or missing.

        ``sizes_only`` reads no bytes: it finds what is missing or has another size.
        `NoDataCopyError` if no copy was taken.
        """
        return pulling.verify(self._workspace, self.record, sizes_only=sizes_only)

    @property
    def pinned(self) -> str | None:
        """When and by whom it was pinned; ``None``: it is not."""
        seen = self._workspace.snapshots.standing(self.run_id)
        return seen.pinned if seen else None

    def pin(self) -> None:
        """Keep its data from `mlsnap.gc`, whether or not anything uses it, and from deletion.

        Data that it only refers to is copied, so that it no longer depends on the project that
        it belongs to.

        Raises
        ------
        NoDataCopyError
            If it holds no data.
        RemoteError, DataIntegrityError
            If data that it refers to cannot be had, or is not what was recorded.
        """
        pinning.pin(self._workspace, self.record)
        del self.record

    def require_unused(self, *, force: bool = False) -> tuple[str, ...]:
        """What deleting it would break, in words; `SnapshotInUseError` if that is forbidden."""
        seen = self._workspace.snapshots.standing(self.run_id)
        return deleting.require_unused(self._workspace, seen, force=force) if seen else ()

    def unpin(self) -> None:
        """Take the pin away; a copy that was made for it stays until `mlsnap.gc` frees it."""
        pinning.unpin(self._workspace, self.run_id)

    def head(self, count: int = 5) -> pd.DataFrame:
        """The first ``count`` rows, from the copy or else the unchanged source."""
        return self.sample("top_n", {"n": count})

    def sample(self, strategy: str, arguments: Mapping[str, Any]) -> pd.DataFrame:
        """Some rows: ``top_n`` {n}, ``simple_random`` {probability, seed} or ``stratified``
        {columns, seed, fractions}; from the copy or else the unchanged source.
        """
        first = sampling.rows_needed(strategy, arguments)
        with pulling.sampled_rows(self._workspace, self.record, first=first) as rows:
            return sampling.frame_of(sampling.sample_rows(rows, strategy, arguments))

    def compare_profiles(
        self,
        other: Snapshot,
        include_columns: Sequence[str] | None = None,
        exclude_columns: Sequence[str] | None = None,
        histogram_compare_method: str | None = "wasserstein",
    ) -> Difference:
        """What differs: this snapshot is the current side, ``other`` the reference."""
        difference = compare_profiles(
            other.get_profile(),
            self.get_profile(),
            include_columns=include_columns,
            exclude_columns=exclude_columns,
            histogram_compare_method=histogram_compare_method,
            reference_name=other.reference,
            current_name=self.reference,
        )
        return dataclasses.replace(difference, limits=self._workspace.settings.fail_on)

    def uses(self) -> list[Use]:
        """The runs that used it, newest first."""
        return uses_of(self._workspace.catalog.client, self.record)

    def runs(self) -> pd.DataFrame:
        """The runs that used it, newest first: ``run_id``, ``context``, ``model_uri``, ….

        A run has a row for each context in which it used the snapshot, and for each model that
        came of it; ``model_uri`` is ``None`` where none did. ``verdict`` is that of a reproduction,
        ``started`` a `datetime` in UTC.
        """
        rows = [
            {
                "run_id": use.run_id,
                "context": use.context,
                "model_uri": model,
                "run_name": use.run_name,
                "status": use.status,
                "reproduces": use.reproduces,
                "verdict": use.verdict,
                "experiment": use.experiment,
                "started": use.started,
            }
            for use in self.uses()
            for model in use.model_uris or (None,)
        ]
        return pd.DataFrame(rows, columns=_RUN_COLUMNS, dtype=object)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON-ready values."""
        return self.record.to_dict()


def seen_snapshot(workspace: Workspace, run: Any, profile: Profile | None) -> Snapshot:
    """The ready snapshot whose run a search has just found; one request.

    Its profile is fetched when it is asked for, unless it is known.
    """
    record = workspace.snapshots.record_of(run)
    return known_snapshot(workspace, record, profile)


def known_snapshot(
    workspace: Workspace, record: SnapshotRecord, profile: Profile | None
) -> Snapshot:
    """The snapshot of which everything, or all but the profile, is known already."""
    found = Snapshot(workspace, record.dataset, record.name, record.run_id)
    found.record = record
    if profile is not None:
        found._profile = profile
    return found
