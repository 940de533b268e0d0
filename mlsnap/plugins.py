"""What MLflow loads of mlsnap through its entry points.

Every ``import mlflow`` imports this module, so it imports nothing of its own and does nothing.
MLflow wants the class that a constructor is annotated with, not its name: annotations are not
postponed here.
"""

import functools
import json
from importlib import import_module
from typing import Any

from mlflow.data.dataset import Dataset
from mlflow.data.dataset_source import DatasetSource
from mlflow.data.pyfunc_dataset_mixin import PyFuncConvertibleDatasetMixin

_SCHEME = "mlsnap:/"


class SnapshotSource(DatasetSource):  # type: ignore[misc]
    """Where the data of an mlsnap input comes from: ``mlsnap:/<dataset>@<snapshot>``."""

    def __init__(self, uri: str, run_id: str | None = None) -> None:
        self.uri = uri
        self.run_id = run_id

    @staticmethod
    def _get_source_type() -> str:
        return "mlsnap"

    @property
    def snapshot(self) -> Any:
        """The `mlsnap.Snapshot`; `NotFoundError` if there is none, or not any more."""
        return _services().snapshot_at(self.uri, self.run_id)

    def load(self, columns: Any = None) -> Any:
        """The snapshot's data as a pandas DataFrame, or only some columns of it.

        The stored copy is read where there is one, else the source, whose content must still be
        the recorded one. Arrow tables and batches: ``source.snapshot.to_arrow_table()``, ….
        """
        return _services().frame_of(self.snapshot, columns)

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return isinstance(raw_source, str) and raw_source.startswith(_SCHEME)

    @classmethod
    def _resolve(cls, raw_source: str) -> "SnapshotSource":
        return cls(raw_source)

    def to_dict(self) -> dict[str, Any]:
        """As MLflow stores it: a moving reference such as ``crime@latest`` is settled by then."""
        if self.run_id is None:
            self.uri, self.run_id = _services().settled(self.uri)
        return {"uri": self.uri, "run_id": self.run_id}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> "SnapshotSource":
        """As MLflow reads it back."""
        return cls(source_dict["uri"], source_dict.get("run_id"))


class SnapshotDataset(Dataset, PyFuncConvertibleDatasetMixin):  # type: ignore[misc]
    """A snapshot as a dataset of MLflow: to log, to load, to evaluate a model on.

    Made by `from_mlsnap`.
    """

    def __init__(self, snapshot: Any, targets: str | None, predictions: str | None) -> None:
        self.snapshot = snapshot
        self.targets = targets
        self.predictions = predictions
        self._entity = _services().entity_of(snapshot)
        source = SnapshotSource.from_json(self._entity.source)
        super().__init__(source, self._entity.name, self._entity.digest)

    def _compute_digest(self) -> str:
        return str(self._entity.digest)

    @functools.cached_property
    def df(self) -> Any:
        """The data as a pandas DataFrame, read when it is first asked for."""
        return _services().frame_of(self.snapshot)

    def load(self) -> Any:
        """The same as `df`."""
        return self.df

    @property
    def profile(self) -> Any:
        """The summary that MLflow stores; ``snapshot.get_profile()`` has all of it."""
        return json.loads(self._entity.profile)

    @property
    def schema(self) -> Any:
        """The columns as an `mlflow.types.Schema`; None for a table without."""
        columns = json.loads(self._entity.schema)["mlflow_colspec"]
        schema = import_module("mlflow.types").Schema
        return schema.from_json(json.dumps(columns)) if columns else None

    def to_dict(self) -> dict[str, str]:
        """As MLflow stores it."""
        own = {"schema": self._entity.schema, "profile": self._entity.profile}
        return {**super().to_dict(), **own}

    def to_pyfunc(self) -> Any:
        """As `mlflow.data.pandas_dataset.PandasDataset`."""
        return self._of_pandas().to_pyfunc()

    def to_evaluation_dataset(self, path: Any = None, feature_names: Any = None) -> Any:
        """As `mlflow.data.pandas_dataset.PandasDataset`, for ``mlflow.models.evaluate``."""
        return self._of_pandas().to_evaluation_dataset(path, feature_names)

    def _of_pandas(self) -> Any:
        return import_module("mlflow.data.pandas_dataset").PandasDataset(
            self.df, self.source, self.targets, self.name, self.digest, self.predictions
        )


def from_mlsnap(
    snapshot: Any,
    name: str | None = None,
    digest: str | None = None,
    *,
    targets: str | None = None,
    predictions: str | None = None,
) -> SnapshotDataset:
    """A snapshot as a dataset of MLflow: ``mlflow.data.from_mlsnap("crime@latest")``.

    ``mlflow.log_input`` makes it an input of a run, ``mlflow.models.evaluate`` evaluates on it.

    Parameters
    ----------
    snapshot
        A reference (``crime@latest``, ``runs:/<id>``, ``mlsnap:/crime@v1``, …), or a `Snapshot`.
    name, digest
        What its name, ``<dataset>@<snapshot>``, has to be, and how its digest has to begin.
    targets, predictions
        The columns that hold them, for evaluation.

    Raises
    ------
    NotFoundError
        If there is no such snapshot.
    DatasetStateError
        If its dataset is archived.
    InvalidNameError, DataIntegrityError
        If it has another name or digest.
    """
    found = _services().usable_snapshot(snapshot, name, digest)
    return SnapshotDataset(found, targets, predictions)


def _services() -> Any:
    return import_module("mlsnap.services.mlflow_sources")
