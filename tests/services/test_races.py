"""Eight real processes that want the same name at the same moment."""

from __future__ import annotations

import uuid
from collections import Counter
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from racing import End, race, register, register_unless_there, take, train, update

import mlsnap


def check_a_name_with_one_content(dataset: str, ends: list[End]) -> None:
    """One process makes the snapshot; the others get it, or are told who does."""
    being_created = f"the snapshot '{dataset}@same' is being created by another process"
    assert ("made", "same") in ends
    assert set(ends) <= {("made", "same"), ("NameTakenError", being_created)}
    assert mlsnap.get_dataset(dataset).get_snapshot("same").row_count == 50


def check_a_name_with_several_contents(dataset: str, ends: list[End]) -> None:
    """Exactly one process has the name."""
    assert Counter(kind for kind, _ in ends) == {"made": 1, "NameTakenError": 7}
    winner = ends.index(("made", "contested"))
    assert mlsnap.get_dataset(dataset).get_snapshot("contested").row_count == winner + 1


def check_no_name(dataset: str, ends: list[End]) -> None:
    """Each process has a name and a number of its own."""
    snapshots = {each.name: each for each in mlsnap.get_dataset(dataset).summaries()}
    assert {kind for kind, _ in ends} == {"made"}
    assert sorted(name for _, name in ends) == sorted(f"v{number}" for number in range(1, 9))
    for at, (_, name) in enumerate(ends):
        assert snapshots[name].number == int(name.removeprefix("v"))
        assert snapshots[name].row_count == at + 1


def check_registration(dataset: str, ends: list[End]) -> None:
    """One process registers the dataset, the others are told that it is there."""
    winners = [at for at, (kind, _) in enumerate(ends) if kind == "made"]
    assert [mlsnap.get_dataset(dataset).description] == [str(at) for at in winners]
    for kind, fact in ends:
        assert kind == "made" or fact == f"a dataset {dataset!r} is registered already"


def check_updates(dataset: str, ends: list[End]) -> None:
    """Each update has a version of its own, and none is lost."""
    assert sorted(ends) == [("made", str(version)) for version in range(2, 10)]
    definitions = mlsnap.get_dataset(dataset).get_definitions()
    assert {definitions[int(version)].message: at for at, (_, version) in enumerate(ends)} == {
        str(at): at for at in range(8)
    }


def check_trainings(dataset: str, ends: list[End]) -> None:
    """One of them makes the snapshot of the data that all use."""
    assert ends == [("made", "v1")] * 8
    used = mlsnap.get_dataset(dataset).get_snapshot("v1")
    assert [each.name for each in mlsnap.get_dataset(dataset).summaries()] == ["v1"]
    assert len(used.runs()) == 8


def check_all(prefix: str) -> None:
    pd.DataFrame({"x": [1]}).to_csv("data.csv", index=False)
    named, unnamed = f"{prefix}-named", f"{prefix}-unnamed"
    for name in (named, unnamed):
        mlsnap.register_dataset(name, "data.csv")

    ends = race(
        partial(take, unnamed, None),
        partial(take, named, "same", rows=50),
        partial(take, named, "contested"),
        partial(register, f"{prefix}-new"),
        partial(register_unless_there, f"{prefix}-either"),
        partial(update, named, str(Path("data.csv").absolute())),
        partial(train, f"{prefix}-trained"),
    )

    check_no_name(unnamed, ends[0])
    check_a_name_with_one_content(named, ends[1])
    check_a_name_with_several_contents(named, ends[2])
    check_registration(f"{prefix}-new", ends[3])
    assert ends[4] == [("made", f"{prefix}-either")] * 8
    check_updates(named, ends[5])
    check_trainings(f"{prefix}-trained", ends[6])


def test_in_one_database_every_name_is_claimed_once(project: Path) -> None:
    check_all("wine")


def test_on_one_server_every_name_is_claimed_once(
    project: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)

    check_all(f"race-{uuid.uuid4().hex[:8]}")
