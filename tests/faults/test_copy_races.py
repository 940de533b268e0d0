"""Twenty processes that take copies at one moment, while another collects garbage all the time."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from crowds import PROCESSES
from forking import drive

BEING_CREATED = "the snapshot '{}' is being created by another process"
OTHER_CONTENT = "the snapshot '{}' has other content: "

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")


def check_one_content(ends: list[list[str]]) -> None:
    """One process makes the snapshot; the others get it, or are told who does."""
    made = {run_id for kind, run_id in ends if kind == "made"}
    told = {fact for kind, fact in ends if kind == "NameTakenError"}
    assert {kind for kind, _ in ends} <= {"made", "NameTakenError"}
    assert len(made) == 1
    assert told <= {BEING_CREATED.format("one@same")}


def check_several_contents(ends: list[list[str]], ready: dict[str, int]) -> None:
    """Exactly one process has the name, and its rows are there."""
    name = "several@contested"
    assert Counter(kind for kind, _ in ends) == {"made": 1, "NameTakenError": PROCESSES - 1}
    for number, (kind, fact) in enumerate(ends):
        if kind == "made":
            assert ready[name] == 30 + number
        else:
            assert fact.startswith((BEING_CREATED.format(name), OTHER_CONTENT.format(name)))


def check_own_names(ends: list[list[str]], rows: list[int]) -> None:
    """Each process has a snapshot of its own, with its rows."""
    assert {kind for kind, _ in ends} == {"made"}
    assert len({run_id for _, run_id in ends}) == PROCESSES
    assert rows == [30 + number % 5 for number in range(PROCESSES)]


def test_every_name_has_one_winner_and_every_copy_is_whole(project: Path) -> None:
    told: dict[str, Any] = drive("crowds.py", at=project)

    ends, ready = told["ends"], told["ready"]
    check_one_content(ends["one_content"])
    check_several_contents(ends["several_contents"], ready)
    check_own_names(ends["names"], [ready[f"names@s{at}"] for at in range(PROCESSES)])
    check_own_names(ends["datasets"], [ready[f"own-{at}@first"] for at in range(PROCESSES)])
    assert told["collected"] > 1
