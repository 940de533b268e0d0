"""Arguments that cannot or must not be stored are named, and the others stored."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import mlflow
import pytest
import workshop
from test_chance_of_a_call import chances, stored

from mlsnap.errors import MlsnapWarning

__all__ = ["chances"]


def said(call: Any, **given: Any) -> str:
    """The one warning of a call."""
    with pytest.warns(MlsnapWarning) as caught:
        call(**given)
    (warning,) = caught
    return str(warning.message)


def everything_stored(run: Any, folder: Path) -> str:
    """All that the run holds, as text."""
    mlflow.artifacts.download_artifacts(run_id=run.info.run_id, dst_path=str(folder))
    files = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    return json.dumps(run.to_dictionary()) + repr(files)


def test_what_cannot_be_stored_is_named_and_the_others_are_stored(chances: ModuleType) -> None:
    text = said(chances.with_arguments, alpha=0.25, what=object())

    assert "argument 'what' is not stored: a value of type object cannot be stored" in text
    assert "give it anew (--param what=VALUE)" in text
    call, _ = stored(workshop.the_run())
    assert call.problems == ()
    assert call.unstored == {"what": "a value of type object cannot be stored"}
    assert call.arguments == {
        "alpha": {"value": {"float": "0x1.0000000000000p-2"}},
        "more": {"dict": []},
    }


def test_of_free_keyword_arguments_each_counts_for_itself(chances: ModuleType) -> None:
    said(chances.with_arguments, depth=3, lock=object())

    call, _ = stored(workshop.the_run())
    assert call.unstored == {"lock": "a value of type object cannot be stored"}
    assert call.arguments["more"] == {"dict": [["depth", {"value": 3}]]}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"api_key": "s3cr3t-value"}, "api_key"),
        ({"what": {"db": {"password": "s3cr3t-value"}}}, "what"),
        ({"what": "postgresql://me:s3cr3t-value@host/db"}, "what"),
    ],
)
def test_a_secret_is_neither_logged_nor_stored_nor_said(
    chances: ModuleType, tmp_path_factory: pytest.TempPathFactory, given: Any, named: str
) -> None:
    text = said(chances.with_arguments, alpha=0.25, **given)

    run = workshop.the_run()
    assert f"argument {named!r} is not stored: " in text
    assert "s3cr3t" not in text
    assert named not in run.data.params
    assert run.data.params["alpha"] == "0.25"
    assert named in stored(run)[0].unstored
    assert "s3cr3t" not in everything_stored(run, tmp_path_factory.mktemp("all"))


def test_a_name_that_only_looks_like_one_is_stored(chances: ModuleType) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chances.with_arguments(max_tokens=5, token_pattern=r"\w+", password=None)

    params = workshop.the_run().data.params
    assert (params["max_tokens"], params["token_pattern"]) == ("5", r"\w+")
    assert stored(workshop.the_run())[0].unstored == {}
