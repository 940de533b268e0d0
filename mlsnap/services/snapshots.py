"""Snapshots as users hold them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from mlsnap.comparing.profiles import compare_profiles
from mlsnap.errors import NameTakenError, SnapshotFailedError
from mlsnap.services import copies, sampling
from mlsnap.services.workspace import Workspace
from mlsnap.tracking.inputs import Use, uses_of
from mlsnap.values.difference import Difference
from mlsnap.values.profile import Profile
from mlsnap.values.shown import Shown
from mlsnap.values.snapshot import SnapshotRecord, Status


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
        status = self.get_status()
        if status is not Status.COMPLETED:
            raise SnapshotFailedError(
                f"the snapshot {self.reference} is {status}, not Completed",
                "wait with wait_for_completion(), or create it again under the same name",
            )
        return self._workspace.snapshots.record(self.run_id)

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

        A creation that has not given a sign of life for a minute has failed.
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
        return self._workspace.snapshots.profile(self.record.run_id)

    def is_data_snapshot_available(self) -> bool:
        """Whether it holds a copy of the data."""
        return self.get_status() is Status.COMPLETED and self.record.data is not None

    def to_pandas_dataframe(self) -> pd.DataFrame:
        """The data from the stored copy, verified; equal to the frame that was handed over.

        Raises
        ------
        NoDataCopyError
            If no copy was taken.
        RemoteError, DataIntegrityError
            If the copy cannot be had, or is not what was stored.
        """
        frame: pd.DataFrame = copies.to_frame(self.to_arrow_table(), self.record.carrier)
        return frame

    def to_arrow_table(self) -> pa.Table:
        """The data from the stored copy as an Arrow table; errors as `to_pandas_dataframe`."""
        return copies.fetch_table(self._workspace, self.record)

    def download(self, folder: str | Path) -> Path:
        """Bring the copy's files into ``folder``, which must be new or empty; returns it."""
        target = Path(folder).absolute()
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise NameTakenError(f"{target} exists and is not empty", "name a new folder")
        with copies.scratch() as scratch:
            copies.fetch_files(self._workspace, self.record, scratch / "data")
            shutil.copytree(scratch / "data", target, dirs_exist_ok=True)
        return target

    def verify(self) -> list[str]:
        """Check the copy on the remote; one sentence for each part that is damaged or missing.

        `NoDataCopyError` if no copy was taken.
        """
        return copies.verify(self._workspace, self.record)

    def head(self, count: int = 5) -> pd.DataFrame:
        """The first ``count`` rows, from the copy or else the unchanged source."""
        return self.sample("top_n", {"n": count})

    def sample(self, strategy: str, arguments: Mapping[str, Any]) -> pd.DataFrame:
        """Some rows: ``top_n`` {n}, ``simple_random`` {probability, seed} or ``stratified``
        {columns, seed, fractions}; from the copy or else the unchanged source.
        """
        table = copies.read_table(self._workspace, self.record)
        return sampling.frame_of(sampling.sample(table, strategy, arguments))

    def compare_profiles(
        self,
        other: Snapshot,
        include_columns: Sequence[str] | None = None,
        exclude_columns: Sequence[str] | None = None,
        histogram_compare_method: str | None = "wasserstein",
    ) -> Difference:
        """What differs: this snapshot is the current side, ``other`` the reference."""
        return compare_profiles(
            other.get_profile(),
            self.get_profile(),
            include_columns=include_columns,
            exclude_columns=exclude_columns,
            histogram_compare_method=histogram_compare_method,
            reference_name=other.reference,
            current_name=self.reference,
        )

    def uses(self) -> list[Use]:
        """The runs that used it, newest first."""
        return uses_of(self._workspace.catalog.client, self.record)

    def runs(self) -> pd.DataFrame:
        """The runs that used it, newest first: ``run_id``, ``context``, ``model_uri``, ….

        A run that made several models has a row for each; one that made none has ``None``.
        """
        rows = [
            {
                "run_id": use.run_id,
                "context": use.context,
                "model_uri": model,
                "run_name": use.run_name,
                "status": use.status,
                "reproduces": use.reproduces,
            }
            for use in self.uses()
            for model in use.model_uris or (None,)
        ]
        columns = ["run_id", "context", "model_uri", "run_name", "status", "reproduces"]
        return pd.DataFrame(rows, columns=columns, dtype=object)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON-ready values."""
        return self.record.to_dict()
