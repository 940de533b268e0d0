"""What two runs of a real MLflow logged, side by side."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mlsnap
from mlsnap.services.reproduction.judging import artifacts, outcomes, predictions
from mlsnap.services.reproduction.judging.outcomes import Outcome
from mlsnap.services.workspace import open_workspace
from mlsnap.values.reproduction import Pair, Tolerance, Verdict

TRAINED_ON = pd.DataFrame({"y": [1, 2, 3], "x": [1.0, 2.0, 4.0]})
CSV = "name,score,fit_time\na,{score},{time}\n"


def linear(slope: float) -> Any:
    """A model that predicts a multiple of its only column."""

    class Linear(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
        def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
            return model_input.iloc[:, 0] * slope

    return Linear()


@dataclass(frozen=True)
class Compared:
    """A comparison that was made in a project, for all tests to look at."""

    outcome: Outcome

    def pair(self, kind: str, name: str) -> Pair:
        (found,) = (each for each in getattr(self.outcome, kind) if each.name == name)
        return found


@pytest.fixture(scope="module")
def compared(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compared]:
    folder = tmp_path_factory.mktemp("outcomes")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own, of models
        shutil.copy(empty_database, folder / "mlflow.db")
        uri = f"sqlite:///{folder}/mlflow.db"
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        patch.setenv("MLSNAP_DATA_DIRECTORY", str(folder / "store"))
        patch.chdir(folder)
        experiment = mlflow.create_experiment("outcomes", (folder / "artifacts").as_uri())
        points = mlsnap.register_dataset("points")
        points.create_snapshot(data=TRAINED_ON, create_data_snapshot=True)
        runs = [_logged(folder, number, experiment) for number in (0, 1)]
        yield Compared(
            outcomes.compare(
                open_workspace(),
                *runs,
                tolerance=Tolerance(1e-6, ignored=("ignored.*",)),
                launch=_launch,
            )
        )


def _launch(file: Path) -> str | None:
    return None if predictions.main(str(file)) == 0 else "failed"


def _logged(folder: Path, number: int, experiment: str) -> str:
    """A run; the second one differs in what its names say."""
    files = folder / str(number)
    (files / "sub").mkdir(parents=True)
    (files / "same.txt").write_text("same")
    (files / "sub" / "other.txt").write_text(str(number))
    (files / "weights.pkl").write_bytes(bytes([number]))
    (files / "ignored.txt").write_text(str(number))
    (files / "close.csv").write_text(CSV.format(score=0.5 + number * 1e-9, time=number))
    (files / "far.csv").write_text(CSV.format(score=0.5 + number, time=number))
    order = {"a": 1, "b": 2} if number else {"b": 2, "a": 1}
    (files / "order.json").write_text(json.dumps(order))
    (files / "broken.json").write_text("{" * (number + 1))
    table = pa.table({"x": [1.0, 2.0 + number * 1e-9]})
    pq.write_table(table, files / "table.parquet")
    (files / f"only{number}.txt").write_text("")
    with mlflow.start_run(experiment_id=experiment) as run:
        mlsnap.log_snapshot(mlsnap.get_dataset("points").get_snapshot("v1"))
        mlflow.log_params({"alpha": 1, "seed": number})
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1) + (number if step == 1 else 0), step=step)
        mlflow.log_metric("nan", float("nan"))
        mlflow.log_artifacts(str(files))
        mlflow.log_dict({"run": number}, "mlsnap/own.json")
        example = pd.DataFrame({"x": [1.0, 2.0]})
        for name, given in (("model", example), ("sole", None), ("other", example.add_prefix("z"))):
            mlflow.pyfunc.log_model(
                name=name,
                python_model=linear(2.0 + number * 1e-9),
                input_example=given,
                pip_requirements=[],
            )
    return str(run.info.run_id)


def test_params_are_paired_by_name(compared: Compared) -> None:
    found = {each.name: each.verdict for each in compared.outcome.params}

    assert found == {"alpha": Verdict.IDENTICAL, "seed": Verdict.DIFFERENT}


def test_the_whole_history_of_a_metric_counts(compared: Compared) -> None:
    pair = compared.pair("metrics", "loss")

    assert (pair.original, pair.reproduced, pair.verdict) == (1 / 3, 1 / 3, Verdict.DIFFERENT)
    assert pair.note == "1 of 3 values differ, first at step 1: 0.5 became 1.5"
    assert compared.pair("metrics", "nan").verdict is Verdict.IDENTICAL


@pytest.mark.parametrize(
    ("path", "verdict", "note"),
    [
        ("same.txt", Verdict.IDENTICAL, None),
        ("sub/other.txt", Verdict.DIFFERENT, None),
        ("weights.pkl", None, "not judged: bytes of this format differ for equal content"),
        ("ignored.txt", None, outcomes.IGNORED),
        ("close.csv", Verdict.EQUIVALENT, "at row 1, 'score'; but for times: fit_time"),
        ("far.csv", Verdict.DIFFERENT, "at row 1, 'score'; but for times: fit_time"),
        ("order.json", Verdict.IDENTICAL, "other bytes, the same values"),
        ("broken.json", Verdict.DIFFERENT, "compared by bytes: it cannot be read as its name says"),
        ("table.parquet", Verdict.EQUIVALENT, "at row 1 of 'x'"),
        ("only0.txt", Verdict.DIFFERENT, "the rerun has none"),
        ("only1.txt", Verdict.DIFFERENT, "the original run has none"),
    ],
)
def test_artifacts_are_compared(
    compared: Compared, path: str, verdict: Verdict | None, note: str | None
) -> None:
    pair = compared.pair("artifacts", path)

    assert (pair.verdict, pair.note) == (verdict, note)


def test_files_of_mlsnap_and_of_models_are_no_artifacts_to_compare(compared: Compared) -> None:
    names = [each.name for each in compared.outcome.artifacts]

    assert not [each for each in names if each.startswith(("mlsnap/", "model"))]


@pytest.mark.parametrize(
    ("name", "verdict", "note"),
    [
        (
            "model",
            Verdict.EQUIVALENT,
            "on 3 rows of points@v1; 3 of 3 differ, by 4e-09 at most",
        ),
        ("other", Verdict.EQUIVALENT, "on its own example; 2 of 2 differ, by 2e-09 at most"),
        (
            "sole",
            None,
            "not judged: it has neither an input example nor a signature that names columns",
        ),
    ],
)
def test_models_are_judged_by_what_they_predict(
    compared: Compared, name: str, verdict: Verdict | None, note: str
) -> None:
    pair = compared.pair("predictions", name)

    assert (pair.verdict, pair.note) == (verdict, note)


def test_a_large_artifact_is_compared_by_size(project: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(artifacts, "SIZE_LIMIT", 3)
    runs = []
    for text in ("four", "five"):
        with mlflow.start_run() as run:
            mlflow.log_text(text, "same.txt")
            mlflow.log_text(text * len(runs), "other.txt")
        runs.append(run.info.run_id)
    found = outcomes.compare(open_workspace(), *runs, tolerance=Tolerance()).artifacts

    assert [each.verdict for each in found] == [Verdict.DIFFERENT, None]
    assert found[0].note == "compared by size"
    assert found[1].note == "not judged: artifacts above 3 bytes are not read"


def test_runs_that_logged_nothing_have_nothing_to_compare(project: Path) -> None:
    runs = []
    for _ in range(2):
        with mlflow.start_run() as run:
            runs.append(run.info.run_id)
    found = outcomes.compare(open_workspace(), *runs, tolerance=Tolerance())

    assert list(found) == []
