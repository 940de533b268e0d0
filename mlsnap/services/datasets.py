"""Registered datasets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mlsnap.data.sources import define, open_source
from mlsnap.errors import ConfigError, InvalidNameError
from mlsnap.services import creation, linking, readers, sampling
from mlsnap.services.creation import Order
from mlsnap.services.definitions import checked
from mlsnap.services.keeping import deleting
from mlsnap.services.keeping.deleting import Deleted
from mlsnap.services.profiling import read_definition
from mlsnap.services.readers import Read, Reader
from mlsnap.services.remotes import remote_of
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace
from mlsnap.spark import tables as spark_tables
from mlsnap.tracking import active
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.values.names import check_snapshot_name
from mlsnap.values.profile import Profile
from mlsnap.values.shown import Shown
from mlsnap.values.snapshot import DatasetState, Definition, SnapshotSummary


class Dataset(Shown):
    """A registered name: where data comes from, and the snapshots taken of it."""

    def __init__(self, workspace: Workspace, entry: DatasetEntry) -> None:
        self._workspace = workspace
        self._entry = entry

    @property
    def name(self) -> str:
        """The registered name."""
        return self._entry.name

    @property
    def description(self) -> str:
        """What was said of it at registration."""
        return self._entry.description

    @property
    def tags(self) -> dict[str, str]:
        """The tags given at registration."""
        return dict(self._entry.tags)

    @property
    def state(self) -> DatasetState:
        """active, deprecated or archived."""
        return self._entry.state

    @property
    def replaced_by(self) -> str | None:
        """The dataset to use instead of a deprecated one."""
        return self._entry.replaced_by

    @property
    def definition_version(self) -> int:
        """The newest version of its definition."""
        return max(self._entry.definitions)

    def get_definition(self, version: int | None = None) -> Definition:
        """A version of the definition, the newest by default."""
        return self._workspace.catalog.definition(self._entry, version)

    def get_definitions(self) -> dict[int, Definition]:
        """All versions of the definition, oldest first."""
        return {version: self.get_definition(version) for version in self._entry.definitions}

    def update_definition(
        self,
        definition: Definition | str | Path,
        message: str,
        *,
        steps: Sequence[Mapping[str, Any]] | None = None,
        **options: Any,
    ) -> int:
        """Add a version of the definition; returns its number. Earlier ones stay.

        Parameters
        ----------
        definition
            A definition, such as ``dataset.get_definition().with_steps(…)``; or the path of a
            file, glob or folder, or a URL, read with ``options``, without the steps of the
            version before.
        message
            What changes, and why.
        steps
            Transformation steps, made by `mlsnap.steps`; of a definition, instead of its own.

        Raises
        ------
        SourceError
            If nothing can be read there, or a step cannot be used or does not fit the source.
        """
        if not isinstance(definition, Definition):
            definition = define(definition, options=options)
        definition = dataclasses.replace(checked(definition, steps), message=message)
        version = self._workspace.catalog.add_definition(self._entry, definition)
        self._refresh()
        return version

    def create_snapshot(
        self,
        snapshot_name: str | None = None,
        compute_target: str | None = "local",
        create_data_snapshot: bool = False,
        target_datastore: str | None = None,
        *,
        data: Any = None,
        definition_version: int | None = None,
        wait: bool = True,
    ) -> Snapshot:
        """Take a snapshot: always a profile, on request a copy of the data.

        Inside an active MLflow run the snapshot also becomes an input of that run.

        Parameters
        ----------
        snapshot_name
            Unique in the dataset, as `register_dataset` says of names; ``v<number>`` if left out.
        compute_target
            ``"local"``, on all cores of this machine; ``"spark"``, on the executors of the active
            Spark session, for Parquet files that they see under the same paths. Both give the
            same snapshot. A Spark frame is always read by its own session.
        create_data_snapshot
            Whether to store a copy of the data in the DVC remote.
        target_datastore
            Name of a remote of the project's DVC config, a URL or a folder; by default the
            setting ``remote``, else the project's default remote, else the embedded one. Only
            where none is named, files that the project's DVC tracks, unchanged and pushed, are
            referred to instead of copied.
        data
            A frame to take the snapshot of, instead of the dataset's source.
        definition_version
            The version of the definition to read; the newest by default.
        wait
            ``False`` returns at once; see `Snapshot.wait_for_completion`.

        Returns
        -------
        Snapshot
            The new one, or the existing one of that name if its content is the same.

        Raises
        ------
        InvalidNameError, NameTakenError
            If the name cannot be used, or belongs to other content.
        SourceError, RemoteError
            If the data cannot be read, or the copy not be stored.
        DatasetStateError
            If the dataset is archived.
        NotFoundError
            If it has no such version.
        """
        if snapshot_name is not None:
            check_snapshot_name(snapshot_name)
        read = readers.reads_at(compute_target)
        self._refresh()
        creation.check_usable(self._entry)
        remote = remote_of(self._workspace, target_datastore) if create_data_snapshot else None
        reader = self._reader(
            data, definition_version, read, detached=not wait, keep=remote is not None
        )
        order = Order(reader, remote, refers=target_datastore is None)
        run_id = active.active_run_id()
        if wait:
            made = creation.create(self._workspace, self._entry, order, name=snapshot_name)
            self._link(made, run_id)
        else:
            made = creation.start(
                self._workspace,
                self._entry,
                order,
                name=snapshot_name,
                then=lambda ready: self._link(ready, run_id),
            )
        self._refresh()
        return made

    def get_snapshot(self, snapshot_name: str) -> Snapshot:
        """The snapshot of that name, whatever its status.

        Raises
        ------
        NotFoundError
            If there is none, or it was deleted.
        """
        self._refresh()
        found = self._workspace.snapshots.find(self._entry, snapshot_name)
        return Snapshot(self._workspace, self.name, snapshot_name, found)

    def get_all_snapshots(self) -> list[Snapshot]:
        """All ready snapshots, the newest first."""
        return [
            Snapshot(self._workspace, self.name, each.name, each.run_id)
            for each in self.summaries()
        ]

    def summaries(self) -> list[SnapshotSummary]:
        """What lists show of all ready snapshots, the newest first; one search, nothing read."""
        self._refresh()
        return self._workspace.snapshots.ready(self._entry)

    def delete_snapshot(self, snapshot_name: str, *, force: bool = False) -> Deleted:
        """Delete a snapshot: its run goes to MLflow's deleted runs, its name stays taken.

        Of its data copy, the objects go that no other copy needs. Where the remote is out of
        reach, or a copy is being written to it just now, they stay until `mlsnap.gc`, and a
        warning says so. Data that it only refers to is left alone.

        Parameters
        ----------
        snapshot_name
            Which one.
        force
            Whether to delete it even if runs, or models that came of them, use it.

        Returns
        -------
        Deleted
            What used it, and how many bytes were freed.

        Raises
        ------
        NotFoundError
            If there is none, or it was deleted.
        SnapshotInUseError
            If it is pinned; or if runs use it and ``force`` is false.
        """
        self.get_snapshot(snapshot_name)
        return deleting.delete(self._workspace, self._entry, snapshot_name, force=force)

    def get_profile(self) -> Profile:
        """The profile of the source as it is now; nothing is stored."""
        creation.check_usable(self._entry)
        return read_definition(self.get_definition()).profile

    def to_pandas_dataframe(self) -> pd.DataFrame:
        """The source as it is now."""
        creation.check_usable(self._entry)
        return sampling.frame_of(open_source(self.get_definition()).table())

    def to_spark_dataframe(self) -> Any:
        """The source as it is now, as `Snapshot.to_spark_dataframe` gives the copy."""
        creation.check_usable(self._entry)
        return spark_tables.frame_of(open_source(self.get_definition()))

    def head(self, count: int = 5) -> pd.DataFrame:
        """The first ``count`` rows of the source as it is now."""
        return self.sample("top_n", {"n": count})

    def sample(self, strategy: str, arguments: Mapping[str, Any]) -> pd.DataFrame:
        """Some rows of the source as it is now; strategies as `Snapshot.sample` has them."""
        creation.check_usable(self._entry)
        rows = open_source(self.get_definition())
        return sampling.frame_of(sampling.sample_rows(rows, strategy, arguments))

    def deprecate(self, replaced_by: str | None = None) -> None:
        """From now on using it warns, and names ``replaced_by``.

        Raises
        ------
        NotFoundError
            If ``replaced_by`` is not registered.
        InvalidNameError
            If it is this dataset itself.
        """
        if replaced_by == self.name:
            raise InvalidNameError(
                f"the dataset {self.name!r} cannot be replaced by itself",
                "name another dataset, or none",
            )
        if replaced_by is not None:
            self._workspace.catalog.get(replaced_by)
        self._set_state(DatasetState.DEPRECATED, replaced_by)

    def archive(self) -> None:
        """From now on new snapshots, reading its source, tracking it and `mlsnap.load` are errors.

        What was taken of it stays readable, comparable and reproducible.
        """
        self._set_state(DatasetState.ARCHIVED, self.replaced_by)

    def reactivate(self) -> None:
        """It may be used again."""
        self._set_state(DatasetState.ACTIVE, None)

    def to_dict(self) -> dict[str, Any]:
        """What is registered, as JSON-ready values."""
        return {
            "name": self.name,
            "description": self.description,
            "tags": self.tags,
            "state": self.state.value,
            "replaced_by": self.replaced_by,
            "definition": self.get_definition().to_dict(),
        }

    def _reader(
        self, data: Any, version: int | None, read: Read, *, detached: bool, keep: bool
    ) -> Reader:
        if data is None:
            definition = self.get_definition(version)
            return lambda: read(definition, keep=keep)
        if version is not None:
            raise ConfigError(
                f"a frame handed over is not read by definition {version}",
                "leave out data, or definition_version",
            )
        return readers.of_frame(data, read, keep=keep, detached=detached)

    def _link(self, snapshot: Snapshot, run_id: str | None) -> None:
        if run_id is not None:
            linking.link_freely(self._workspace, run_id, snapshot)

    def _set_state(self, state: DatasetState, replaced_by: str | None) -> None:
        self._entry = self._workspace.catalog.set_state(self._entry, state, replaced_by=replaced_by)

    def _refresh(self) -> None:
        self._entry = self._workspace.catalog.get(self.name)
