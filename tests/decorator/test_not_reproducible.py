"""Functions that no name leads to are said when they are tracked, and tracked all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from workshop import linked, run_python, the_run

import mlsnap
from mlsnap.errors import MlsnapWarning, NotReproducibleError

FRAME = pd.DataFrame({"x": [1, 2, 3]})

CODE = """
import pandas as pd, mlsnap

@mlsnap.track
def fit(df):
    return {"rows": float(len(df))}

print(fit(pd.DataFrame({"x": [1, 2, 3]})))
"""


def said(function: Callable[..., Any]) -> str:
    """The one warning of a tracked call of ``function``."""
    with pytest.warns(MlsnapWarning) as caught:
        assert mlsnap.track(function)(FRAME) == 3
    (warning,) = caught
    return str(warning.message)


def test_a_lambda(project: Path) -> None:
    assert "cannot be reproduced: 'test_a_lambda.<locals>.<lambda>' is a lambda" in said(
        lambda df: df.shape[0]
    )


def test_a_nested_function(project: Path) -> None:
    def fit(df: pd.DataFrame) -> int:
        return len(df)

    assert "fit' is defined inside another function: no name leads to it" in said(fit)
    assert the_run().info.status == "FINISHED"
    assert linked(the_run()) == {"training": "fit.df@v1"}


@pytest.mark.parametrize("place", ["<ipython-input-1>", "<string>"])
def test_a_function_of_a_notebook_or_the_command_line(project: Path, place: str) -> None:
    cell: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("def fit(df):\n    return len(df)\n", place, "exec"), cell)

    assert f"'fit' is defined in '{place}' (a prompt or a notebook)" in said(cell["fit"])


def test_what_was_said_is_said_again_by_the_reproduction(project: Path) -> None:
    said(lambda df: df.shape[0])

    with pytest.raises(NotReproducibleError, match="is a lambda"):
        mlsnap.reproduce(the_run().info.run_id)


def test_code_from_stdin(project: Path) -> None:
    output = run_python("-", at=project, stdin=CODE)

    assert "{'rows': 3.0}" in output
    assert output.count("MlsnapWarning") == 1
    assert "cannot be reproduced: 'fit' is defined in '<stdin>'" in output
    assert linked(the_run()) == {"training": "fit.df@v1"}
