"""What MLflow loads of mlsnap through its entry points.

Every ``import mlflow`` imports this module, so it imports nothing else and does nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from mlflow.data.dataset_source import DatasetSource


class SnapshotSource(DatasetSource):  # type: ignore[misc]
    """Where the data of an mlsnap input comes from: ``mlsnap:/<dataset>@<snapshot>``."""

    def __init__(self, uri: str, run_id: str | None = None) -> None:
        self.uri = uri
        self.run_id = run_id

    @staticmethod
    def _get_source_type() -> str:
        return "mlsnap"

    def load(self, **kwargs: Any) -> Any:
        """The snapshot's data copy as a pandas DataFrame."""
        snapshots = import_module("mlsnap.services.references")
        return snapshots.find_snapshot(self.uri.removeprefix("mlsnap:/")).to_pandas_dataframe()

    @staticmethod
    def _can_resolve(raw_source: Any) -> bool:
        return isinstance(raw_source, str) and raw_source.startswith("mlsnap:/")

    @classmethod
    def _resolve(cls, raw_source: str) -> SnapshotSource:
        return cls(raw_source)

    def to_dict(self) -> dict[str, Any]:
        """As MLflow stores it."""
        return {"uri": self.uri, "run_id": self.run_id}

    @classmethod
    def from_dict(cls, source_dict: dict[str, Any]) -> SnapshotSource:
        """As MLflow reads it back."""
        return cls(source_dict["uri"], source_dict.get("run_id"))
