"""``mlsnap reproduce`` for data or code alone, with other values, for many runs, of two runs."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
import workshop
from command_line import Run
from project_folder import settle

from mlsnap.report.reproductions import attempts_text

TRAINING = """
import pandas as pd

import mlsnap


@mlsnap.track(inputs={"path": "people"}, create_data_snapshot=True)
def train(path, factor=2.0, seed=1):
    people = pd.read_csv(path)
    return {"score": float(people["age"].mean()) * factor + seed}
"""


@dataclass(frozen=True)
class Shop:
    """A project with two tracked runs of one training, the second with another seed."""

    folder: Path
    first: str
    second: str


@pytest.fixture(scope="module")
def shop(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("shop")
    shutil.copy(empty_database, home / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        folder = settle(patch, home, f"sqlite:///{home}/mlflow.db")
        (folder / "shop_training.py").write_text(TRAINING)
        (folder / ".gitignore").write_text("*.csv\n__pycache__/\nmlruns/\n")
        pd.DataFrame({"age": [30.0, 41.5, 29.25]}).to_csv(folder / "people.csv", index=False)
        workshop.commit_all(folder)
        training = workshop.import_from(folder, "shop_training")
        mlflow.set_experiment("shop")
        ids = []
        for seed in (1, 2):
            training.train("people.csv", seed=seed)
            ids.append(mlflow.last_active_run().info.run_id)  # type: ignore[union-attr]
        yield Shop(folder, *ids)
        sys.modules.pop("shop_training", None)


def named(report: dict[str, Any]) -> list[str]:
    """The factors of a report, but for what is said of chance whatever was changed."""
    return [each for each in report["factors"] if not each.startswith("randomness: ")]


def test_the_data_alone_comes_into_a_folder(run: Run, shop: Shop, tmp_path: Path) -> None:
    ended = run("reproduce", shop.first, "--data-only", "-o", tmp_path / "data", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["inputs"] == ["people@v1"]
    (file,) = (each for each in (tmp_path / "data").rglob("*") if each.is_file())
    assert file.read_bytes() == (shop.folder / "people.csv").read_bytes()


def test_the_code_alone_comes_into_a_folder_with_the_packages(
    run: Run, shop: Shop, tmp_path: Path
) -> None:
    assert run("reproduce", shop.first, "--code-only", "-o", tmp_path / "code").code == 0
    assert (tmp_path / "code" / "shop_training.py").read_text() == TRAINING
    locked = (tmp_path / "code" / "requirements.lock.txt").read_text().splitlines()
    assert f"pandas=={pd.__version__}" in locked


def test_a_folder_that_holds_something_is_left_alone(run: Run, shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    ended = run("reproduce", shop.first, "--code-only", "-o", tmp_path)
    assert (ended.code, [each.name for each in tmp_path.iterdir()]) == (3, ["mine"])
    assert "exists and is not empty" in ended.error()[0]


def test_another_value_makes_a_what_if_and_names_the_argument(run: Run, shop: Shop) -> None:
    words = ("--param", "seed=5", "--yes", "--json", "--env", "current")
    ended = run("reproduce", shop.first, *words)
    assert ended.code == 1, ended.err
    assert ended.json["what_if"] == ["seed=5"]
    (factor,) = named(ended.json)
    assert factor.startswith("arguments: seed: 1 -> 5")
    made = mlflow.get_run(ended.json["run_id"])
    assert made.data.tags["mlsnap.what_if"] == "seed=5"
    assert "mlsnap.reproduced" not in mlflow.get_run(shop.first).data.tags


def test_an_argument_that_is_none_is_refused(run: Run, shop: Shop) -> None:
    ended = run("reproduce", shop.first, "--param", "sede=5", "--yes")
    assert (ended.code, ended.out) == (3, "")
    assert "near names: 'seed'" in ended.error()[0]


def test_the_last_run_of_an_experiment_is_identical_with_no_factor(run: Run, shop: Shop) -> None:
    words = ("--experiment", "shop", "--last", "1", "--env", "current")
    ended = run("reproduce", *words, "--yes", "--json")
    assert ended.code == 0, ended.err
    (attempt,) = ended.json
    assert attempt["run_id"] == shop.second
    made = attempt["reproduction"]
    assert (made["verdict"], made["factors"], made["what_if"]) == ("identical", [], [])


def test_one_of_many_that_cannot_be_made_again_does_not_stop_the_others(shop: Shop) -> None:
    from mlsnap.services.reproduction.many import reproduce_last

    attempts = list(reproduce_last("shop", 2, params={"nothing": "1"}))
    assert [each.run_id for each in attempts] == [shop.second, shop.first]
    assert [each.reproduction for each in attempts] == [None, None]
    assert "no parameter 'nothing'" in attempts_text(attempts, width=200)


def test_an_experiment_that_is_not_there_is_named(run: Run, shop: Shop) -> None:
    ended = run("reproduce", "--experiment", "shoop", "--yes")
    assert "there is no experiment 'shoop'; near names: 'shop'" in ended.error()[0]


def test_two_runs_that_exist_are_compared_and_nothing_runs(run: Run, shop: Shop) -> None:
    ended = run("reproduce", shop.first, "--against", shop.second, "--json")
    assert ended.code == 1
    assert ended.json["run_id"] == shop.second
    assert ended.json["factors"][0].startswith("arguments: seed: 1 -> 2")


def test_the_code_as_it_is_now_is_named_with_the_changed_file(run: Run, shop: Shop) -> None:
    file = shop.folder / "shop_training.py"
    file.write_text(TRAINING.replace("+ seed", "+ seed + 1"))
    try:
        ended = run(
            *("reproduce", shop.first, "--code", "current", "--env", "current"),
            *("--yes", "--json"),
        )
    finally:
        file.write_text(TRAINING)
    assert ended.code == 1, ended.err
    assert named(ended.json) == ["code: shop_training.py (+1 -1)"]


def test_the_data_as_it_is_now_is_named(run: Run, shop: Shop) -> None:
    file = shop.folder / "people.csv"
    before = file.read_bytes()
    file.write_bytes(before.replace(b"41.5", b"42.5"))
    try:
        ended = run(
            *("reproduce", shop.first, "--data", "current", "--env", "current"),
            *("--yes", "--json"),
        )
    finally:
        file.write_bytes(before)
    assert ended.code == 1, ended.err
    (factor,) = named(ended.json)
    assert factor.startswith("data: the input 'training', people@v1 (3 rows")


def test_a_place_that_is_not_trusted_is_refused_before_anything_runs(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLSNAP_TRUSTED", "https://mlflow.example.org")
    ended = run("reproduce", shop.first, "--yes")
    assert (ended.code, ended.out) == (4, "")
    assert "is not among the places whose code may be run here" in ended.error()[0]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["a" * 32, "--experiment", "shop"],
        ["a" * 32, "--last", "3"],
        ["a" * 32, "--data-only"],
        ["a" * 32, "-o", "somewhere"],
        ["a" * 32, "--data-only", "--code-only", "-o", "somewhere"],
        ["a" * 32, "--rtol", "score=much"],
    ],
)
def test_options_that_do_not_go_together_are_usage_errors(run: Run, words: list[str]) -> None:
    assert run("reproduce", *words, "--yes").code == 2
