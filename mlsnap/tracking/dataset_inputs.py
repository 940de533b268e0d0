"""A snapshot as MLflow's own pages show it: the dataset input of a run."""

from __future__ import annotations

import json
from typing import Any

from mlflow.entities import Dataset, DatasetInput, InputTag

from mlsnap.tracking.schemas import schema_of
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import SnapshotRecord
from mlsnap.values.texts import storable

SCHEME = "mlsnap:/"
"""How the source of an input begins; a reference follows."""

SHORT_DIGEST = 32
"""Hex digits of a digest that MLflow's dataset inputs carry: it takes 36 characters."""

SOURCE_TYPE = "mlsnap"
"""How MLflow's dataset inputs name us as their source."""

_INPUT_CONTEXT = "mlflow.data.context"
_CONTEXT_LIMIT = 500
_SOURCE_SHOWN = 500


def dataset_input(record: SnapshotRecord, profile: Profile, context: str) -> DatasetInput:
    """The dataset input of a run that uses the snapshot in ``context``."""
    tag = InputTag(_INPUT_CONTEXT, storable(context, _CONTEXT_LIMIT))
    return DatasetInput(dataset_of(record, profile), [tag])


def context_of(used: DatasetInput) -> str:
    """The context in which a run has an input; ``unnamed`` where nobody gave one."""
    return next((str(each.value) for each in used.tags if each.key == _INPUT_CONTEXT), "unnamed")


def dataset_of(record: SnapshotRecord, profile: Profile) -> Dataset:
    """The snapshot as MLflow stores a dataset, once per experiment."""
    schema, columns = schema_of(profile)
    source = {"uri": SCHEME + record.reference, "run_id": record.run_id}
    return Dataset(
        name=record.reference,
        digest=record.digest[:SHORT_DIGEST],
        source_type="mlsnap",
        source=json.dumps(source),
        schema=schema,
        profile=json.dumps(_summary(record, profile, columns)),
    )


def _summary(record: SnapshotRecord, profile: Profile, in_schema: int) -> dict[str, Any]:
    """What MLflow's dataset panel shows: flat and small, it travels with every search."""
    whole = len(profile)
    cut = {"columns_in_schema": f"the first {in_schema} of {whole}"} if in_schema < whole else {}
    return {
        "num_rows": profile.row_count,
        "num_columns": whole,
        **cut,
        "missing": f"{100 * profile.percent_missing:.4g} % of cells",
        "errors": sum(each.error_count for each in profile),
        "snapshot": record.reference,
        "source": storable(record.provenance.source, _SOURCE_SHOWN),
        "definition_version": record.definition.version,
        "created": record.provenance.created,
        "data_copy_bytes": record.data.size if record.data else 0,
    }
