"""What is put around MLflow's functions, and where mlsnap knows MLflow's inside."""

import functools
import re
from pathlib import Path
from typing import Any

import mlflow
import pytest

import mlsnap
from mlsnap.tracking.wrapping import wrap

_PRIVATE = re.compile(r"\b(?:fluent|mlflow(?:\.\w+)*|repository)\._(?!_)\w+")


def _named(function: Any, *given: Any) -> tuple[str, Any]:
    return "instead", function(*given)


def test_what_is_put_around_later_stays_and_is_not_wrapped_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mlflow, "odd_name", lambda number: number + 1, raising=False)
    wrap("odd_name", _named)
    ours = mlflow.odd_name

    @functools.wraps(ours)
    def theirs(number: int) -> Any:
        return "theirs", ours(number)

    monkeypatch.setattr(mlflow, "odd_name", theirs)
    wrap("odd_name", _named)
    assert mlflow.odd_name(1) == ("theirs", ("instead", 2))


def test_a_function_that_the_name_comes_to_mean_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow, "odd_name", lambda number: number + 1, raising=False)
    wrap("odd_name", _named)
    monkeypatch.setattr(mlflow, "odd_name", lambda number: number + 2)
    wrap("odd_name", _named)
    assert mlflow.odd_name(1) == ("instead", 3)


def test_private_names_of_mlflow_are_in_one_file() -> None:
    root = Path(mlsnap.__file__).parent
    users = {
        file.relative_to(root).as_posix()
        for file in root.rglob("*.py")
        if _PRIVATE.search(file.read_text(encoding="utf-8"))
    }
    assert users == {"tracking/internals.py"}
