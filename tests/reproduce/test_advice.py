"""What in a recorded training is known to vary, or to be missing later."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import workshop
from project_folder import settle

import mlsnap
from mlsnap.cli import main
from mlsnap.services.reproduction.causes.advice import advise
from mlsnap.services.reproduction.causes.varying import (
    Advice,
    complaints,
    of_definition,
    of_hardware,
)
from mlsnap.values.snapshot import Definition

TRAIN = """
import mlsnap


@mlsnap.track(inputs={"frame": "bare"})
def careless(frame, n_jobs=2, random_state=None, num_leaves=7):
    return {"rows": len(frame)}


@mlsnap.track(create_data_snapshot=True)
def careful(frame, n_jobs=1, random_state=None):
    return {"rows": len(frame)}


@mlsnap.track
def given(what):
    return {"found": 1}
"""


@pytest.fixture(scope="module")
def runs(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict]:
    """The ids of three runs, by their function."""
    home = tmp_path_factory.mktemp("advice")
    shutil.copy(empty_database, home / "mlflow.db")
    frame = pd.DataFrame({"x": [1, 2, 3]})
    with pytest.MonkeyPatch.context() as patch:
        root = settle(patch, home, f"sqlite:///{home}/mlflow.db")
        patch.setenv("PYTHONHASHSEED", "0")
        patch.setenv("OMP_NUM_THREADS", "1")
        (root / "lesson.py").write_text(TRAIN)
        (root / ".gitignore").write_text("mlruns/\n__pycache__/\n")
        workshop.commit_all(root)
        lesson = workshop.import_from(root, "lesson")
        with mlflow.start_run() as careful:
            lesson.careful(frame)
        patch.delenv("PYTHONHASHSEED")
        patch.delenv("OMP_NUM_THREADS")
        (root / "secrets.pem").write_text("x")
        with mlflow.start_run() as careless:
            lesson.careless(frame)
        with mlflow.start_run() as bare:
            mlflow.log_param("alpha", 1)
        found = {"careful": careful, "careless": careless, "bare": bare}
        yield {name: run.info.run_id for name, run in found.items()}


def found(run_id: str, *, kind: str) -> list[Advice]:
    return [each for each in advise(run_id) if each.kind == kind]


def test_a_careful_training_gets_no_advice_on_its_data_chance_and_code(runs: dict) -> None:
    assert {each.kind for each in advise(runs["careful"])} <= {"environment", "threads"}
    assert found(runs["careful"], kind="threads") == []


def test_a_frame_without_a_copy_will_be_missing(runs: dict) -> None:
    (data,) = found(runs["careless"], kind="data")

    assert (data.effect, data.found) == (
        "missing",
        "bare@v1 was a frame, and has no copy of the data",
    )
    assert "create_data_snapshot=True" in data.mend


def test_chance_that_is_not_recorded_is_named(runs: dict) -> None:
    seed, jobs = (each.found for each in found(runs["careless"], kind="randomness"))

    assert seed.startswith("the hash seed was random")
    assert jobs.startswith("random_state was not set, with n_jobs=2")


def test_threads_and_lightgbm_are_told(runs: dict) -> None:
    mends = [each.mend for each in found(runs["careless"], kind="threads")]

    assert "set deterministic=True and force_row_wise=True" in mends


def test_what_is_left_out_of_the_code_is_named(runs: dict) -> None:
    (code,) = found(runs["careless"], kind="code")

    assert code.found == "the record of the code lacks secrets.pem"


def test_a_run_without_a_tracked_call_says_what_is_recorded(runs: dict) -> None:
    (only,) = advise(runs["bare"])

    assert (only.kind, only.effect) == ("code", "missing")
    assert "@mlsnap.track" in only.mend


def test_what_is_missing_comes_first(runs: dict) -> None:
    effects = [each.effect for each in advise(runs["careless"])]

    assert effects == sorted(effects)


def test_the_command_prints_it_as_a_table_and_as_json(
    runs: dict, capfd: pytest.CaptureFixture[str]
) -> None:
    printed = []
    for words in ([], ["--json"]):
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["doctor", "--run", runs["careless"], *words], prog_name="mlsnap")
        assert not ended.value.code
        printed.append(capfd.readouterr().out)

    assert "has no copy of the data" in printed[0]
    assert json.loads(printed[1])[0].keys() == {"kind", "effect", "found", "mend"}


@pytest.mark.parametrize(
    ("options", "advised"),
    [
        ({"query": "SELECT * FROM orders"}, True),
        ({"query": "SELECT 'order by' FROM orders -- order by id"}, True),
        ({"query": "select * from orders order\nby id"}, False),
        ({"table": "orders"}, True),
    ],
)
def test_rows_of_a_query_without_an_order_may_move(options: dict, advised: bool) -> None:
    definition = Definition("sqlite:///shop.db", "sql", options)

    assert bool(list(of_definition("orders@v1", definition))) is advised


@pytest.mark.parametrize(
    ("accelerators", "settings", "count"),
    [
        ((), {"torch.deterministic_algorithms": "False", "torch.cudnn.benchmark": "True"}, 0),
        (("driver 550",), {"torch.deterministic_algorithms": "False"}, 0),
        (("CUDA 12.4, cuDNN 9",), {"torch.deterministic_algorithms": "True"}, 0),
        (("CUDA 12.4, cuDNN 9",), {"torch.deterministic_algorithms": "False"}, 1),
        (("CUDA 12.4, cuDNN 9",), {"torch.cudnn.benchmark": "True"}, 1),
    ],
)
def test_a_gpu_in_use_needs_its_flags(
    accelerators: tuple[str, ...], settings: dict, count: int
) -> None:
    assert len(list(of_hardware(accelerators, settings))) == count


def test_a_snapshot_of_a_table_without_a_copy_is_complained_of(project: Path) -> None:
    with sqlite3.connect("shop.db") as shop:
        shop.execute("CREATE TABLE orders (id INTEGER)")
        shop.execute("INSERT INTO orders VALUES (1), (2)")
    shop.close()
    source = f"sqlite:///{project}/shop.db"
    orders = mlsnap.register_dataset("orders", source, options={"table": "orders"})

    (complaint,) = complaints([orders.create_snapshot()])

    assert complaint.startswith("the rows of orders@v1 may come in another order each time")


def test_an_ordinary_snapshot_is_not_complained_of(project: Path) -> None:
    wine = mlsnap.register_dataset("wine")

    assert complaints([wine.create_snapshot(data=pd.DataFrame({"x": [1]}))]) == []
