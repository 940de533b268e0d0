"""The command line, called in this process, and something to call it with."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import PEOPLE, Ended, Run

from mlsnap.cli import main


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run ``mlsnap`` in this process."""

    def run_(*words: str | Path) -> Ended:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words], prog_name="mlsnap")
        return Ended(int(ended.value.code or 0), *capfd.readouterr())

    return run_


@pytest.fixture
def people(project: Path) -> Path:
    """A CSV file in the project."""
    file = project / "people.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    return file


@pytest.fixture
def taken(people: Path, run: Run) -> str:
    """The reference of a snapshot of it with data."""
    assert run("snapshot", people, "--name", "first", "--data").code == 0
    return "people@first"
