"""Reproductions that come out different, fail, or are refused."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import ModuleType

import mlflow
import pandas as pd
import pytest
import workshop

import mlsnap
from mlsnap.errors import ConfigError, NotFoundError, NotReproducibleError
from mlsnap.lineage import installed
from mlsnap.values.reproduction import Plan

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@pytest.fixture
def lab(project: Path) -> ModuleType:
    (project / "lab").mkdir()
    (project / "lab" / "__init__.py").write_text("from lab import training\n")
    shutil.copy(Path(__file__).with_name("lab.py"), project / "lab" / "training.py")
    (project / ".gitignore").write_text("*.csv\n*.txt\nmlruns/\n__pycache__/\n")
    workshop.commit_all(project)
    return workshop.import_from(project, "lab").training  # type: ignore[no-any-return]


def refused(match: str) -> str:
    """The reproduction of the only run is refused, and makes no run."""
    with pytest.raises(NotReproducibleError, match=match) as no:
        mlsnap.reproduce(workshop.the_run().info.run_id)
    assert len(workshop.training_runs()) == 1
    return str(no.value)


WEIGHED = """
import kitchen_scales

import mlsnap


@mlsnap.track
def train() -> dict[str, float]:
    return {"weight": kitchen_scales.weigh(3.0)}
"""


def test_another_version_of_a_package_is_named(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folders stand for two environments that differ in this package alone."""
    old, new = (_installed(tmp_path / version, version) for version in ("1.0", "1.1"))
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.syspath_prepend(str(old))
    monkeypatch.setattr(installed, "_distributions", installed._distributions.__wrapped__)
    (project / "weighed.py").write_text(WEIGHED)
    workshop.commit_all(project)
    workshop.import_from(project, "weighed").train()
    inherited = filter(None, [str(new), os.environ.get("PYTHONPATH")])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(inherited))

    report = mlsnap.reproduce(workshop.the_run().info.run_id, env="current")

    assert report.verdict == "different"
    assert report.factors[0] == "environment: kitchen-scales 1.0 -> 1.1"


def _installed(folder: Path, version: str) -> Path:
    """A folder with a package that weighs otherwise in each version."""
    described = folder / f"kitchen_scales-{version}.dist-info"
    described.mkdir(parents=True)
    (folder / "kitchen_scales.py").write_text(f"def weigh(x):\n    return {version} * x\n")
    (described / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: kitchen-scales\nVersion: {version}\n"
    )
    return folder


def test_what_lies_outside_makes_a_difference_and_factors_are_named(
    lab: ModuleType, tmp_path: Path
) -> None:
    file = tmp_path / "outside"
    file.write_text("1")
    with mlflow.start_run() as run:
        lab.outside(str(file))
        lab.near(str(file))
    file.write_text("2")

    report = mlsnap.reproduce(run.info.run_id)

    assert report.verdict == "different"
    assert report.factors != ()
    assert {pair.name: pair.verdict for pair in report.metrics} == {
        "outside": "different",
        "near": "equivalent",
    }
    new = mlflow.get_run(report.run_id)
    assert new.data.tags["mlsnap.verdict"] == "different"
    assert new.info.status == "FINISHED"


def test_a_training_that_raises_in_the_rerun_fails_with_its_error(
    lab: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_text("1")
    lab.outside(str(tmp_path / "outside"), fail_with="-1")
    (tmp_path / "outside").write_text("-1")

    report = mlsnap.reproduce(workshop.the_run().info.run_id)

    assert report.verdict == "failed"
    assert report.error == "ValueError: the file says -1"
    new = mlflow.get_run(report.run_id)
    assert (new.info.status, new.data.tags["mlsnap.verdict"]) == ("FAILED", "failed")


def test_the_plan_tells_of_versions_of_models_that_may_be_registered_again(
    lab: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_text("1")
    lab.outside(str(tmp_path / "outside"))
    run_id, told = workshop.the_run().info.run_id, list[Plan]()
    client = mlflow.MlflowClient()
    client.create_registered_model("churn")
    client.create_model_version("churn", str(tmp_path), run_id)

    def declined(plan: Plan) -> bool:
        told.append(plan)
        return False

    with pytest.raises(NotReproducibleError):
        mlsnap.reproduce(run_id, confirm=declined)

    assert told[0].warnings[-1] == (
        "it registered versions of the model churn: if the training does so itself, it will "
        "register further ones"
    )


def test_a_rerun_that_dies_is_failed_too(lab: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("1")
    lab.outside(str(tmp_path / "outside"))
    (tmp_path / "outside").write_text("die")

    report = mlsnap.reproduce(workshop.the_run().info.run_id)

    assert (report.verdict, report.error) == ("failed", "the process ended with code 7")
    assert mlflow.get_run(report.run_id).info.status == "FAILED"


SCRIPT = """
import sys

import mlflow
import pandas as pd

import mlsnap
from shared import FACTOR

mlflow.set_tracking_uri("sqlite:///mlflow.db")


@mlsnap.track(inputs={"df": "wine"}, create_data_snapshot=True)
def train(df, alpha):
    return {"total": float(df["x"].sum()) * alpha * FACTOR}


if __name__ == "__main__":
    train(pd.DataFrame({"x": [1, 2, 3]}), float(sys.argv[1]))
else:
    assert "pytest" not in sys.modules
"""


def test_a_function_of_a_script_is_made_again_from_a_clone(
    project: Path, tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(empty_database, project / "mlflow.db")
    (project / "scripts").mkdir()
    (project / "scripts" / "train.py").write_text(SCRIPT)
    (project / "scripts" / "shared.py").write_text("FACTOR = 10\n")
    (project / ".gitignore").write_text("mlflow.db\nmlruns/\n")
    workshop.commit_all(project)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")

    output = workshop.run_python("-W", "error::UserWarning", "scripts/train.py", "0.5", at=project)

    assert "MlsnapWarning" not in output
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    run = workshop.the_run()
    (project / "scripts" / "train.py").write_text("raise SystemExit('not this one')")
    clone = tmp_path / "clone"
    workshop.git(tmp_path, "clone", "--quiet", str(project), str(clone))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mlflow.db")
    monkeypatch.chdir(clone)
    report = mlsnap.reproduce(run.info.run_id)
    assert (report.verdict, report.error) == ("identical", None)
    assert [(pair.name, pair.reproduced) for pair in report.metrics] == [("total", 30.0)]


def test_a_frame_without_a_copy_cannot_come_back(lab: ModuleType) -> None:
    lab.without_copy(FRAME)

    assert "data of input 'training': the snapshot bare@v1 has no copy of the data" in refused(
        "cannot be made again"
    )


def test_a_path_without_a_copy_needs_its_source_unchanged(lab: ModuleType) -> None:
    FRAME.to_csv("one.csv", index=False)
    lab.file("one.csv")
    (FRAME + 1).to_csv("one.csv", index=False)

    refused(r"data of input 'training': .*one\.csv is not what files@v1 recorded: digest")
    Path("one.csv").unlink()
    refused(r"'training': files@v1 has no copy of its rows, and no file or folder .*one\.csv")


def test_a_deleted_snapshot_is_named(lab: ModuleType) -> None:
    FRAME.to_csv("two.csv", index=False)
    lab.kept_file(Path("two.csv"))
    mlsnap.get_dataset("kept").delete_snapshot("v1", force=True)

    refused("data of input 'training': no snapshot 'v1' in dataset 'kept'")


def test_data_that_was_loaded_is_needed_too(lab: ModuleType) -> None:
    wine = mlsnap.register_dataset("wine")
    for shift in (0, 1):
        wine.create_snapshot(data=FRAME + shift, create_data_snapshot=True)
    lab.loading()
    wine.delete_snapshot("v1", force=True)

    refused("no snapshot 'v1' in dataset 'wine'")


def test_the_plan_is_shown_before_anything_runs_and_can_be_declined(
    lab: ModuleType, project: Path
) -> None:
    FRAME.to_csv("two.csv", index=False)
    lab.kept_file(Path("two.csv"))
    (project / "lab" / "__init__.py").write_text("from lab import training  # changed\n")
    seen: list[Plan] = []

    def decline(plan: Plan) -> bool:
        seen.append(plan)
        return False

    with pytest.raises(NotReproducibleError, match="was not made again: the plan was declined"):
        mlsnap.reproduce(workshop.the_run().info.run_id, confirm=decline)

    (plan,) = seen
    assert plan.functions == ("kept_file of lab/training.py",)
    assert [(each.context, each.reference) for each in plan.inputs] == [("training", "kept@v1")]
    assert plan.inputs[0].size > 0
    assert (plan.patched, plan.missing, plan.environment) == (False, (), ())
    assert len(workshop.training_runs()) == 1


def test_a_run_that_tracked_nothing_says_what_is_tracked(project: Path) -> None:
    with mlflow.start_run():
        mlflow.log_param("alpha", 1)

    refused("recorded no call that could be made again\nHint: only functions under @mlsn")


def test_an_unknown_run_is_named(project: Path) -> None:
    with pytest.raises(NotFoundError, match="no run '00000000000000000000000000000000' in this ML"):
        mlsnap.reproduce("runs:/" + "0" * 32)


def test_an_unknown_environment_is_refused(project: Path) -> None:
    with pytest.raises(
        ConfigError, match="no environment 'docker'\nHint: choose auto, isolated, current"
    ):
        mlsnap.reproduce("0" * 32, env="docker")
