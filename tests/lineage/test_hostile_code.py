"""Recorded code that somebody tampered with: nothing is written or run outside of the folder."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import git_project
import pytest
from git_project import Project, files

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import code as codes
from mlsnap.lineage.paths import inside
from mlsnap.values.lineage import Code


def captured(project: Project, tmp_path: Path) -> Code:
    code = codes.capture(project.root, into=tmp_path / "artifacts")
    assert code is not None
    return code


def restored(code: Code, tmp_path: Path) -> Path:
    return codes.restore(
        code,
        folder=tmp_path / "artifacts",
        repository=None,
        destination=tmp_path / "scratch" / "code",
    )


def outside(tmp_path: Path) -> list[tuple[Path, int]]:
    """All that lies outside of the scratch folder, with the times of files."""
    found = (each for each in tmp_path.rglob("*") if "scratch" not in each.parts)
    return sorted((each, each.lstat().st_mtime_ns) for each in found if not each.is_dir())


def tree_of(project: Project, entries: list[tuple[str, str, str]]) -> str:
    """A tree with entries of any mode and name, which git itself would not add."""
    raw = b"".join(
        f"{mode} {name}".encode() + b"\0" + bytes.fromhex(blob) for mode, name, blob in entries
    )
    made = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
        cwd=project.root,
        input=raw,
        capture_output=True,
        check=True,
    )
    return made.stdout.decode().strip()


def blob_of(project: Project, content: str) -> str:
    file = project.root.parent / "blob"
    file.write_text(content)
    return project.git("hash-object", "-w", str(file))


def with_tree(project: Project, tree: str, tmp_path: Path) -> Code:
    """The run of a commit of ``tree``, bundled as mlsnap does."""
    commit = project.git("commit-tree", tree, "-m", "hostile")
    project.git("update-ref", "refs/mlsnap/code", commit)
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir()
    project.git("bundle", "create", "--quiet", str(artifacts / "code.bundle"), "refs/mlsnap/code")
    return Code(commit=commit, head=commit)


def test_a_file_is_not_written_through_a_link_of_the_commit(
    project: Project, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    link, evil = blob_of(project, str(target)), blob_of(project, "evil\n")
    inner = tree_of(project, [("100644", "evil.py", evil)])
    code = with_tree(
        project, tree_of(project, [("120000", "a", link), ("40000", "a", inner)]), tmp_path
    )
    before = outside(tmp_path)
    with suppress(NotReproducibleError):  # git may also leave the file out, or the link
        restored(code, tmp_path)
    assert (tmp_path / "scratch" / "code" / ".git").is_dir()
    assert outside(tmp_path) == before
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "git~1", "a/../../../evil"])
def test_a_tree_that_leads_out_is_not_checked_out(
    name: str, project: Project, tmp_path: Path
) -> None:
    evil = blob_of(project, "evil\n")
    inner = tree_of(project, [("100644", "evil.py", evil)])
    code = with_tree(project, tree_of(project, [("40000", name, inner)]), tmp_path)
    before = outside(tmp_path)
    with pytest.raises(NotReproducibleError, match=r"cannot be checked out|was not found"):
        restored(code, tmp_path)
    assert outside(tmp_path) == before
    assert not list((tmp_path / "scratch").rglob("evil.py"))


@pytest.mark.parametrize("folder", ["..", "/etc", "link", "link/below", "a\0b", "../" * 30 + "etc"])
def test_the_folder_of_a_process_cannot_lead_out(
    folder: str, project: Project, tmp_path: Path
) -> None:
    (project.root / "link").symlink_to(tmp_path)
    tree = restored(captured(project, tmp_path), tmp_path)
    with pytest.raises(NotReproducibleError, match="leads out of the code's folder"):
        inside(tree, folder)


def test_further_refs_of_a_bundle_are_not_taken(project: Project, tmp_path: Path) -> None:
    code = captured(project, tmp_path)
    project.git("update-ref", "refs/mlsnap/code", str(code.commit))
    project.git("branch", "evil")
    project.git("tag", "v1")
    bundle = str(tmp_path / "artifacts" / "code.bundle")
    project.git("bundle", "create", "--quiet", bundle, "--all")
    tree = restored(code, tmp_path)
    refs = Project(tree).git("for-each-ref", "--format=%(refname)").splitlines()
    assert refs == ["refs/mlsnap/code"]
    assert files(tree) == files(project.root)


HOSTILE = [
    "$(touch ran)",
    "`touch ran`",
    "; touch ran",
    "--output=ran",
    "a\nb",
    "../../ran",
    "x\x1b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_recorded_branch_head_or_remote_is_never_run(
    text: str, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = captured(project, tmp_path)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    before = outside(tmp_path)
    tree = restored(replace(code, branch=text, head=text, remote=text), tmp_path)
    assert files(tree) == files(project.root)
    assert codes.written_by(replace(code, head=text), repository=project.root) is None
    assert outside(tmp_path) == before
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["ext::touch {ran}", "--upload-pack=touch {ran}", "fd::3,4", "a\nb"]
)
def test_a_recorded_remote_never_runs_a_command(url: str, project: Project, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    code = replace(captured(project, tmp_path), remote=url.format(ran=ran))
    (tmp_path / "artifacts" / "code.bundle").unlink()
    with pytest.raises(NotReproducibleError, match="refused, not a URL or path"):
        restored(code, tmp_path)
    assert not ran.exists()


def test_attributes_of_the_commit_run_no_filter_and_no_hook(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    project.write(".gitattributes", "*.py filter=evil diff=evil merge=evil ident\n")
    project.write(".githooks/post-checkout", f"#!/bin/sh\ntouch {ran}\n").chmod(0o755)
    code = captured(project, tmp_path)
    settings = tmp_path / "gitconfig"
    settings.write_text(
        f'[filter "evil"]\n\tsmudge = touch {ran}; cat\n\tprocess = touch {ran}\n'
        f"[core]\n\thooksPath = .githooks\n\tfsmonitor = touch {ran}\n"
        f'[diff "evil"]\n\ttextconv = touch {ran}\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    assert files(restored(code, tmp_path)) == files(project.root)
    assert not ran.exists()


def test_the_variables_of_a_hook_do_not_lead_elsewhere(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = captured(project, tmp_path)
    other = git_project.create(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    before = outside(tmp_path)
    assert files(restored(code, tmp_path)) == files(project.root)
    assert outside(tmp_path) == before


def test_a_bundle_that_is_a_link_to_a_pipe_does_not_hang(project: Project, tmp_path: Path) -> None:
    code = captured(project, tmp_path)
    bundle = tmp_path / "artifacts" / "code.bundle"
    bundle.unlink()
    os.mkfifo(tmp_path / "pipe")
    bundle.symlink_to(tmp_path / "pipe")
    with pytest.raises(NotReproducibleError, match="the run has no bundle and no remote"):
        restored(code, tmp_path)
