"""A claim: written once, whoever tries."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

from mlsnap.errors import TrackingError
from mlsnap.tracking.claims import claim, holder_of


@pytest.fixture
def run_id(project: Path) -> str:
    return str(mlflow.MlflowClient().create_run("0").info.run_id)


def test_the_first_has_it_and_keeps_it(run_id: str) -> None:
    client = mlflow.MlflowClient()

    assert claim(client, run_id, "name", "one")
    assert not claim(client, run_id, "name", "two")
    assert holder_of(client, run_id, "name") == "one"


def test_claiming_again_with_the_same_value_is_true_again(run_id: str) -> None:
    client = mlflow.MlflowClient()

    assert claim(client, run_id, "name", "one")
    assert claim(client, run_id, "name", "one")


def test_names_that_differ_in_case_or_by_dots_are_different(run_id: str) -> None:
    client = mlflow.MlflowClient()

    for name in ("a.b", "A.b", "a-b", "a_b", "a"):
        assert claim(client, run_id, name, name)
    assert holder_of(client, run_id, "b") is None


def test_a_run_that_refuses_is_said(run_id: str) -> None:
    client = mlflow.MlflowClient()
    client.delete_run(run_id)

    with pytest.raises(TrackingError, match=f"MLflow could not write 'name' on run {run_id}"):
        claim(client, run_id, "name", "one")
