from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from git_project import Project

from mlsnap.lineage import code as codes
from mlsnap.lineage.changes import Stored, changed_files


def stored(project: Project, folder: Path) -> Stored:
    code = codes.capture(project.root, into=folder)
    assert code is not None
    return Stored(code, folder)


def test_each_file_is_named_with_its_lines(project: Project, tmp_path: Path) -> None:
    project.write("old.py", "a\nb\n")
    before = stored(project, tmp_path / "a")
    project.write("train.py", "print(1)\nprint(2)\nprint(4)\n")
    project.write("logo.bin", bytes(reversed(range(256))))
    project.write("with blank.py", "x\n")
    (project.root / "tool.sh").chmod(0o755)
    (project.root / "old.py").unlink()
    after = stored(project, tmp_path / "b")
    expected = (
        "logo.bin (binary)",
        "old.py (+0 -2)",
        "tool.sh (mode)",
        "train.py (+1 -1)",
        "with blank.py (+1 -0)",
    )
    assert changed_files(before, after, repository=None) == expected
    assert changed_files(before, after, repository=project.root) == expected


def test_the_base_of_a_bundle_is_taken_from_the_repository(
    project: Project, tmp_path: Path
) -> None:
    project.push(tmp_path / "remote.git")
    before = stored(project, tmp_path / "a")
    project.write("train.py", "print(1)\n")
    after = stored(project, tmp_path / "b")
    assert changed_files(before, after, repository=project.root) == ("train.py (+0 -2)",)


def test_nothing_is_fetched_from_a_remote(project: Project, tmp_path: Path) -> None:
    project.push(tmp_path / "remote.git")
    before = stored(project, tmp_path / "a")
    project.write("train.py", "print(1)\n")
    after = stored(project, tmp_path / "b")
    assert changed_files(before, after, repository=None) is None


def test_the_same_code_has_no_changes(project: Project, tmp_path: Path) -> None:
    before = stored(project, tmp_path / "a")
    assert changed_files(before, before, repository=None) == ()


def test_what_is_no_commit_is_not_compared(project: Project, tmp_path: Path) -> None:
    before = stored(project, tmp_path / "a")
    hostile = replace(before, code=replace(before.code, commit="--output=" + str(tmp_path / "ran")))
    assert changed_files(before, hostile, repository=project.root) is None
    assert not (tmp_path / "ran").exists()


def test_a_commit_is_not_compared_with_an_archive(project: Project, tmp_path: Path) -> None:
    before = stored(project, tmp_path / "a")
    after = replace(before, code=replace(before.code, commit="", archive="ab" * 32))
    assert changed_files(before, after, repository=project.root) is None


def test_the_commit_is_described_for_the_plan(project: Project, tmp_path: Path) -> None:
    project.commit("Trains faster")
    code = stored(project, tmp_path / "a").code
    told = codes.written_by(code, repository=project.root)
    assert told is not None
    assert told.startswith("Trains faster (Somebody, 20")
    assert codes.written_by(replace(code, head="ab" * 20), repository=project.root) is None
    assert codes.written_by(replace(code, head="--all"), repository=project.root) is None
    assert codes.written_by(code, repository=None) is None
