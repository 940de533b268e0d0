"""A run of many calls, made again once from an empty folder; then each call on its own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import polars as pl
import pytest
import workshop

import mlsnap
from mlsnap.values.reproduction import Reproduction


@dataclass(frozen=True)
class Experience:
    """One reproduction, with what there was before and after it."""

    report: Reproduction
    original: tuple[dict[str, Any], dict[str, Any]]
    work_tree: tuple[dict[str, bytes], dict[str, bytes]]


@pytest.fixture(scope="module")
def made(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Experience]:
    folder = tmp_path_factory.mktemp("reproduction")
    with pytest.MonkeyPatch.context() as patch:
        shutil.copy(empty_database, folder / "mlflow.db")
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        patch.setenv("MLSNAP_DATA_DIRECTORY", str(folder / "store"))
        patch.setenv("DVC_SITE_CACHE_DIR", str(folder / "dvc-site"))
        root, elsewhere = folder / "project", folder / "elsewhere"
        elsewhere.mkdir()
        patch.chdir(_project(root))
        run_id = _train(workshop.import_from(root, "lab").training)
        _move_on(root)
        before = _as_dict(run_id), _files(root)
        patch.chdir(elsewhere)
        report = mlsnap.reproduce(f"runs:/{run_id}")
        after = _as_dict(run_id), _files(root)
        yield Experience(report, (before[0], after[0]), (before[1], after[1]))


def _project(root: Path) -> Path:
    (root / "lab").mkdir(parents=True)
    (root / "lab" / "__init__.py").write_text("from lab import training\n")
    shutil.copy(Path(__file__).with_name("lab.py"), root / "lab" / "training.py")
    (root / ".gitignore").write_text("*.csv\nmlruns/\n__pycache__/\n")
    workshop.commit_all(root)
    _shift(root, 2)
    return root


def _shift(root: Path, number: int) -> None:
    module = root / "lab" / "training.py"
    text = module.read_text().partition("\nSHIFT = ")
    module.write_text(f"{text[0]}\nSHIFT = {number}\n{text[2].partition(chr(10))[2]}")


def _train(lab: ModuleType) -> str:
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical(["b", "a", None], categories=["c", "b", "a"], ordered=True),
            "when": pd.to_datetime(["2020-02-29", None, "1999-12-31"]).tz_localize("Europe/Rome"),
            "count": pd.array([1, None, 3], dtype="Int16"),
        },
        index=pd.Index(["r", "s", "t"], name="row"),
    )
    frame.attrs["unit"] = "cm"
    fast = pl.DataFrame({"x": [1, None], "c": pl.Series(["u", "v"], dtype=pl.Categorical)})
    array = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(3, 2))
    parts = {"train": frame[["count"]], "test": (pd.DataFrame({"x": [1.5]}))}
    wine = mlsnap.register_dataset("wine")
    for shift in (0, 1):
        wine.create_snapshot(data=pd.DataFrame({"x": [shift, 2]}), create_data_snapshot=True)
    for name in ("one.csv", "two.csv", "three.csv"):
        Path(name).write_text("x\n1\n")
    with mlflow.start_run() as run:
        several = (array[0], array[1])
        lab.carriers(frame, frame["count"], fast, array, parts, *several, more=parts["test"])
        lab.typed(Path("a/b"), lab.Mode.EXACT, (1, 2), 0.1 + 0.2, {3}, b"4", name=[None])
        lab.chance()
        asyncio.run(lab.slowly(3))
        lab.Model.score(4)
        lab.Model.build(5)
        lab.shifted()
        lab.loading()
        lab.file("one.csv")
        lab.kept_file(Path("two.csv"))
        lab.kept_files("t*.csv")
    return str(run.info.run_id)


def _move_on(root: Path) -> None:
    """Time passes: newer data, newer code, files that are gone."""
    newer = pd.DataFrame({"x": [100]})
    mlsnap.get_dataset("wine").create_snapshot(data=newer, create_data_snapshot=True)
    _shift(root, 3)
    Path("two.csv").unlink()
    Path("three.csv").write_text("x\n9\n")


def _as_dict(run_id: str) -> dict[str, Any]:
    return dict(mlflow.get_run(run_id).to_dictionary())


def _files(root: Path) -> dict[str, bytes]:
    found = (file for file in root.rglob("*") if "mlruns" not in file.parts)
    return {str(file): file.read_bytes() for file in found if file.is_file()}


def test_the_verdict_of_all_is_identical(made: Experience) -> None:
    differing = [each for each in made.report.metrics if each.verdict != "identical"]

    assert differing == []
    assert (made.report.verdict, made.report.error) == ("identical", None)


@pytest.mark.parametrize(
    "metric",
    [
        *(
            "pandas",
            "categorical",
            "series",
            "polars",
            "ndarray",
            "dict of frames",
            "star arguments",
        ),
        *("types", "random", "numpy", "async", "static", "class"),
        *("uncommitted", "latest", "before", "path", "kept", "pattern"),
    ],
)
def test_each_call_saw_the_same(made: Experience, metric: str) -> None:
    (pair,) = (each for each in made.report.metrics if each.name == metric)

    assert pair.original is not None
    assert pair.original == pair.reproduced


def test_code_that_was_not_committed_comes_along(made: Experience) -> None:
    (pair,) = (each for each in made.report.metrics if each.name == "uncommitted")

    assert pair.reproduced == 2.0


def test_loading_the_latest_gives_what_was_the_latest(made: Experience) -> None:
    run = mlflow.get_run(made.report.run_id)

    assert run.data.metrics["latest"] == 3.0
    assert mlsnap.load("wine@latest")["x"].tolist() == [100]


def test_the_new_run_points_to_the_original_and_has_the_verdict(made: Experience) -> None:
    run = mlflow.get_run(made.report.run_id)

    assert run.data.tags["mlsnap.reproduces"] == made.report.original_run_id
    assert run.data.tags["mlsnap.verdict"] == "identical"
    assert run.info.status == "FINISHED"
    stored = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/mlsnap/reproduction.json")
    assert stored["verdict"] == "identical"


def test_the_new_run_has_the_same_inputs_and_parameters(made: Experience) -> None:
    old, new = (mlflow.get_run(each) for each in (made.report.original_run_id, made.report.run_id))

    assert workshop.linked(new) == workshop.linked(old)
    assert new.data.params.keys() == old.data.params.keys()
    assert new.data.params["mode"] == "Mode.EXACT"


def test_the_original_run_is_as_it_was_but_for_two_tags(made: Experience) -> None:
    before, after = made.original
    tags = after["data"]["tags"]
    told = {name: tags.pop(name) for name in ("mlsnap.reproduced_by", "mlsnap.reproduced")}

    assert after == before
    assert told == {"mlsnap.reproduced_by": made.report.run_id, "mlsnap.reproduced": "identical"}


def test_the_work_tree_is_as_it_was(made: Experience) -> None:
    before, after = made.work_tree

    assert after == before
