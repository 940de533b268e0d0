"""Every code block of the README and of docs/ is run here, or says why not."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GUIDES = sorted((ROOT / "docs" / "how-to").glob("*.md"))
SET_UP = "python3 -m venv"
NOT_RUN = {"text": "an outline or the output of a command"}

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

PEOPLE = "name,age,town\nAda,36,London\nBlaise,39,Paris\nCarl,,Göttingen\nEmmy,53,Erlangen\n"


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in _BLOCK.finditer(page.read_text(encoding="utf-8"))]


def run(command: list[str], folder: Path, variables: dict[str, str]) -> str:
    environment = {**os.environ, **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def people(project: Path) -> Path:
    (project / "people.csv").write_text(PEOPLE, encoding="utf-8")
    run(["git", "init", "--quiet"], project, {})
    return project


def latest_run() -> str:
    import mlflow

    found = mlflow.search_runs(experiment_ids=["0"], output_format="list", max_results=1)
    return found[0].info.run_id if found else ""


def run_in_shell(text: str, folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run(["sh", "-euc", text], folder, {"PATH": path, "RUN": latest_run()})


def is_plain(line: str) -> bool:
    """Whether a line is one ``mlsnap`` command, and nothing that only a shell understands."""
    operators = shlex.shlex(line, posix=True, punctuation_chars=True)
    operators.whitespace_split = True
    variables = "$" in line.replace("$RUN", "")
    return not variables and ["mlsnap", *list(operators)[1:]] == shlex.split(line)


def run_commands(text: str) -> None:
    """Run lines that are each a plain ``mlsnap`` command as a shell would, in this process."""
    from mlsnap.cli import main

    for line in text.replace("$RUN", latest_run()).splitlines():
        assert is_plain(line), f"no way to run {line!r}"
        words = shlex.split(line)[1:]
        with pytest.raises(SystemExit) as ended:
            main(words, prog_name="mlsnap")
        assert not ended.value.code, line


def test_every_block_of_the_readme_runs_in_its_order(people: Path) -> None:
    for language, text in blocks(ROOT / "README.md"):
        if text.startswith(SET_UP):
            continue  # .ci/run runs these two in a fresh clone
        if language == "python":
            file = people / text.splitlines()[0].removeprefix("# ")
            file.write_text(text, encoding="utf-8")
            run([sys.executable, "-W", "error::UserWarning:mlsnap", file.name], people, {})
        else:
            assert language == "sh", f"no way to run a block of {language!r}"
            run_commands(text)  # a process of its own for each would take seconds to start
    assert (people / "spring.parquet").exists()


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_every_block_of_a_guide_runs_in_its_order(page: Path, people: Path) -> None:
    shared: dict[str, object] = {"__name__": "__main__"}
    for language, text in blocks(page):
        if language == "python":  # in this process, since each further one takes seconds to start
            exec(compile(text, page.name, "exec"), shared)
        elif language == "sh" and all(map(is_plain, text.splitlines())):
            run_commands(text)
        elif language == "sh":
            run_in_shell(text, people)
        else:
            assert language in NOT_RUN, f"no way to run a block of {language!r}"


def test_the_readme_has_two_set_up_commands_and_the_gate_runs_both() -> None:
    commands = [text for _, text in blocks(ROOT / "README.md") if text.startswith(SET_UP)]
    assert len(commands) == 2
    assert all(len(command.splitlines()) == 1 for command in commands)
    assert "/^python3 -m venv/p" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", sorted({*PAGES[1:]} - {*GUIDES}), ids=lambda page: page.name)
def test_blocks_of_other_pages_say_why_they_are_not_run(page: Path) -> None:
    assert {language for language, _ in blocks(page)} <= set(NOT_RUN)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_to_files(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_changelog_begins_with_this_version() -> None:
    import mlsnap

    changelog = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE)[1] == mlsnap.__version__


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    reasons = (ROOT / "docs" / "explanation" / "decisions.md").read_text(encoding="utf-8")
    for requirement in project["dependencies"]:
        name = re.split(r"[^\w-]", requirement)[0]
        assert f"| {name} |" in reasons
