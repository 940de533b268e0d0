"""Models, loaded to predict with: that runs code which whoever logged them wrote."""

from __future__ import annotations

from typing import Any

import mlflow

from mlsnap.tracking.variables import variables


def load(uri: str) -> Any:
    """The model at ``uri`` as MLflow's generic one, with ``predict``."""
    with variables({"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}):
        return mlflow.pyfunc.load_model(uri)


def input_names(model: Any) -> list[str] | None:
    """Names of the columns that a model takes, by its signature; ``None`` if it names none."""
    schema = model.metadata.get_input_schema()
    if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
        return None
    return [str(name) for name in schema.input_names()]


def example_of(model: Any) -> Any:
    """The input that a model was logged with as an example; ``None`` if with none."""
    return model.input_example
