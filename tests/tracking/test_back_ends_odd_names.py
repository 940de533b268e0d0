"""However odd a name or a text is: MLflow takes it, and no two become one."""

from __future__ import annotations

import json
from typing import Any

import mlflow
import pandas as pd
import pytest
from back_ends import unused
from mlflow import MlflowClient
from mlflow.entities import FileInfo, Run

import mlsnap
from mlsnap.errors import ConfigError, MlsnapWarning, SourceError
from mlsnap.services.workspace import open_workspace
from mlsnap.tracking.inputs import inputs_of
from mlsnap.values.names import slug
from mlsnap.values.snapshot import Status

ODD = [
    *("", " ", "x" * 10_000, "x" * 9_999 + "y", "line\nbreak", "nul\0", "nul", "🔑", "🗝", "größe"),
    *("100 %", "100 # ", 'quo"te', "it's", "its", "#?/\\", "..", ".", "a/../b", "a//b", "/a", "a/"),
    *("Age", "age", "AGE", "<b>", "a.b", "a b", "a_b", slug("a b"), "-", "a,b", "a=b", "a@latest"),
]
FEW = ["🔑 it's #?/\\\n\0", "🗝 it's #?/\\\n\0", "x" * 10_000, ".."]
"""For what takes its time."""

WIDE = 400


def run_of(run_id: str) -> Run:
    return MlflowClient().get_run(run_id)


def artifacts(run_id: str, folder: str = "") -> list[str]:
    found: list[FileInfo] = MlflowClient().list_artifacts(run_id, folder or None)
    return [
        path
        for each in found
        for path in (artifacts(run_id, each.path) if each.is_dir else [each.path])
    ]


def frame(names: list[str], shift: int = 0) -> pd.DataFrame:
    """A column of numbers for each name, each with others than the next."""
    return pd.DataFrame({name: [at + shift, at + 1] for at, name in enumerate(names)})


def test_columns_of_any_name(back_end: str) -> None:
    data = frame(ODD)
    dataset = mlsnap.register_dataset(unused("columns"))
    with mlflow.start_run() as run:
        snapshot = dataset.create_snapshot("x", data=data, create_data_snapshot=True)

    pd.testing.assert_frame_equal(snapshot.to_pandas_dataframe(), data)
    assert snapshot.get_profile().names == ODD
    assert {each.name: each.min for each in snapshot.get_profile()} == dict(
        zip(ODD, range(len(ODD)), strict=True)
    )
    (used,) = run_of(run.info.run_id).inputs.dataset_inputs
    assert [each["name"] for each in json.loads(used.dataset.schema)["mlflow_colspec"]] == ODD


def test_each_column_has_metrics_of_its_own(back_end: str) -> None:
    names = [*ODD, *(f"{chr(0x1F600 + at % 50)}{at}" for at in range(WIDE - len(ODD)))]
    profiles = [mlsnap.profile(frame(names, shift)) for shift in (0, 5)]

    with mlflow.start_run() as run:
        mlsnap.log_drift(mlsnap.drift(profiles))

    metrics = run_of(run.info.run_id).data.metrics
    assert sum(key.endswith("/wasserstein_normalised") for key in metrics) == WIDE


def test_contexts_of_any_name(back_end: str) -> None:
    with mlflow.start_run() as run:
        for at, context in enumerate(FEW):
            mlsnap.log_snapshot(pd.DataFrame({"x": [at]}), context=context)

    found = {each.context: each.reference for each in inputs_of(run_of(run.info.run_id))}
    assert len(set(found.values())) == len(FEW)
    for at, context in enumerate(FEW):
        ref = f"runs:/{run.info.run_id}#{context}"
        assert mlsnap.compare(ref, pd.DataFrame({"x": [at]})).identical


def test_arguments_functions_and_results_of_any_name(back_end: str) -> None:
    def fit(**given: Any) -> dict[str, float]:
        return {name: float(at) for at, name in enumerate(FEW)}

    fit.__name__ = "\n🔑" * 300
    tables = {f"table {name}": pd.DataFrame({"x": [at]}) for at, name in enumerate(FEW)}
    values = {f"value {name}": name for name in FEW}
    with pytest.warns(MlsnapWarning, match="cannot be reproduced: [^;]*$"):
        mlsnap.track(fit)(**tables, **values)

    run = run_of(mlflow.last_active_run().info.run_id)
    assert len(inputs_of(run)) == len(FEW)
    assert len({each.reference for each in inputs_of(run)}) == len(FEW)
    assert sorted(run.data.metrics.values()) == list(map(float, range(len(FEW))))
    assert len(run.data.params) == len(FEW)
    assert not any(set("#?") & set(path) or ".." in path for path in artifacts(run.info.run_id))


def test_reports_of_any_name(back_end: str) -> None:
    profile = mlsnap.profile(frame(FEW))
    with mlflow.start_run() as run:
        for name in FEW:
            mlsnap.log_report(profile, name=name)

    paths = artifacts(run.info.run_id, "mlsnap/reports")
    assert sum(path.endswith(".html") for path in paths) == len(FEW)


def test_descriptions_and_tags_of_any_text(back_end: str) -> None:
    name = unused("described")
    tags = {text: text for text in FEW[:2]} | {"half": "\ud800"}
    mlsnap.register_dataset(name, description="🔑 nul\0 \ud800" + "🔑" * 7_000, tags=tags)

    found = mlsnap.get_dataset(name)

    assert found.tags == tags
    assert found.description == r"🔑 nul\x00 \ud800" + "🔑" * 7_000


def test_descriptions_and_tags_that_are_too_long_are_refused(back_end: str) -> None:
    name = unused("described")
    with pytest.raises(ConfigError, match=r"the description .* 8,001 characters; .* keeps 8,000"):
        mlsnap.register_dataset(name, description="x" * 8_001)
    with pytest.raises(ConfigError, match="the tags"):
        mlsnap.register_dataset(name, tags={"key": "🔑" * 1_000})
    assert mlsnap.register_dataset(name, description="x" * 8_000).description == "x" * 8_000


def test_an_error_of_any_text_is_kept_for_those_who_wait(back_end: str) -> None:
    name = unused("failing")
    mlsnap.register_dataset(name)
    workspace = open_workspace()
    held = workspace.creations.claim(workspace.catalog.get(name), "x")
    assert held is not None

    workspace.creations.fail(held, SourceError("no column 'nul\0 \ud800'" + "x" * 9_000, "none"))

    assert workspace.snapshots.status(held.run_id) is Status.FAILED
    assert r"no column 'nul\x00 \ud800'xxx" in workspace.snapshots.error(held.run_id)
