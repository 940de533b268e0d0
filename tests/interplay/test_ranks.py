"""Distributed training: the process of rank 0 records, the others only compute."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import mlflow
import pandas as pd
import pytest
import workshop
from workshop import linked, the_run, training_runs

import mlsnap
from mlsnap.lineage.ranks import is_main_process

FRAME = pd.DataFrame({"x": [1, 2, 3]})


@pytest.mark.parametrize(
    "variables",
    [
        {"RANK": "1", "LOCAL_RANK": "0", "WORLD_SIZE": "2"},
        {"LOCAL_RANK": "1", "WORLD_SIZE": "2"},
        {"LOCAL_RANK": "0", "NODE_RANK": "1"},
        {"OMPI_COMM_WORLD_RANK": "3"},
        {"PMI_RANK": "1"},
        {"SLURM_PROCID": "7"},
    ],
)
def test_a_process_of_another_rank_is_known_by_its_variables(variables: dict[str, str]) -> None:
    assert not is_main_process(variables)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"RANK": "0", "LOCAL_RANK": "0", "SLURM_PROCID": "1"},
        {"SLURM_PROCID": "0"},
        {"RANK": "sergeant", "PMI_RANK": ""},
    ],
)
def test_the_first_process_and_the_only_one_record(variables: dict[str, str]) -> None:
    assert is_main_process(variables)


def test_of_two_processes_one_records_and_all_compute(
    bodies: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    mlsnap.register_dataset("wine").create_snapshot("red", data=FRAME, create_data_snapshot=True)
    command = ["-W", "error::UserWarning:mlsnap", "ranked.py"]
    variables = {"RANK": "1", "WORLD_SIZE": "2"}
    other = workshop.start_python(*command, at=Path.cwd(), **variables)

    workshop.import_from(Path.cwd(), "ranked").train(FRAME)  # this process is of rank 0

    said, _ = other.communicate(timeout=120)
    assert other.returncode == 0, said
    assert [said.strip(), capsys.readouterr().out.strip()] == ["total 6.0 of 3"] * 2
    assert linked(the_run()) == {
        "training": "train.df@v1",
        "wine": "wine@red",
        "validation": "validation@v1",
    }


def test_what_torch_says_counts_before_the_variables(
    bodies: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    store = torch.distributed.FileStore(str(Path.cwd() / "store"), 1)
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        assert is_main_process({"RANK": "1"})
    finally:
        torch.distributed.destroy_process_group()
    assert not is_main_process({"RANK": "1"})


def test_torch_is_never_imported_for_that() -> None:
    before = "torch" in sys.modules

    is_main_process()

    assert ("torch" in sys.modules) is before


def test_another_rank_asks_no_server(bodies: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("RANK", "1")

    assert bodies.counts(FRAME)["total"] == 6
    assert mlsnap.log_snapshot(FRAME) is None
    assert mlflow.active_run() is None


def test_a_run_that_another_rank_has_open_is_left_alone(
    bodies: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mlflow.start_run():
        monkeypatch.setenv("RANK", "1")
        bodies.counts(FRAME)

    assert linked(the_run()) == {}
    assert the_run().data.metrics == {}
    assert len(training_runs()) == 1
