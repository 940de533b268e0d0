from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import replace
from pathlib import Path

import git_project
import pytest
from git_project import Project, files

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import code as codes
from mlsnap.lineage.changes import Stored, changed_files
from mlsnap.values.lineage import Code, Submodule


def add(project: Project, path: str, source: Project) -> Project:
    """``source`` as a submodule of ``project``, checked out."""
    allowed = ("-c", "protocol.file.allow=always")
    project.git(*allowed, "submodule", "--quiet", "add", str(source.root), path)
    return Project(project.root / path)


@pytest.fixture
def library(tmp_path: Path) -> Project:
    library = git_project.create(tmp_path / "library")
    library.write("lib.py", "x = 1\n")
    library.commit()
    return library


@pytest.fixture
def nested(project: Project, library: Project, tmp_path: Path) -> tuple[Project, Project]:
    """The submodule ``libs/lib`` of a project, and the submodule ``core`` in it."""
    core = git_project.create(tmp_path / "core")
    core.write("core.py", "y = 1\n")
    core.commit()
    outer = add(project, "libs/lib", library)
    inner = add(outer, "core", core)
    outer.commit()
    project.commit()
    return outer, inner


def captured(project: Project, into: Path) -> Code:
    code = codes.capture(project.root, into=into)
    assert code is not None
    assert code.problem is None
    return code


def restored(code: Code, folder: Path, destination: Path) -> Path:
    return codes.restore(code, folder=folder, repository=None, destination=destination)


def test_a_clean_submodule_comes_back(project: Project, library: Project, tmp_path: Path) -> None:
    lib = add(project, "lib", library)
    project.commit()
    code = captured(project, tmp_path / "a")
    assert [each.path for each in code.submodules] == ["lib"]
    assert code.submodules[0].code.commit == lib.git("rev-parse", "HEAD")
    assert not code.dirty
    assert files(restored(code, tmp_path / "a", tmp_path / "restored")) == files(project.root)


def test_dirty_unpushed_and_moved_submodules_come_back(
    project: Project, nested: tuple[Project, Project], tmp_path: Path
) -> None:
    outer, inner = nested
    outer.write("unpushed.py")
    outer.commit()
    outer.write("lib.py", "x = 2\n")
    inner.write("core.py", "y = 2\n")
    inner.write("untracked.py")
    code = captured(project, tmp_path / "a")
    assert code.dirty
    names = {file.name for file in (tmp_path / "a").iterdir()}
    assert names == {"code.bundle", "submodule-1.bundle", "submodule-2.bundle", "uncommitted.patch"}
    assert files(restored(code, tmp_path / "a", tmp_path / "restored")) == files(project.root)
    patch = (tmp_path / "a" / "uncommitted.patch").read_text()
    assert "+++ b/libs/lib/core/untracked.py" in patch


def test_a_restored_tree_with_submodules_is_recorded_as_the_same_commit(
    project: Project, nested: tuple[Project, Project], tmp_path: Path
) -> None:
    nested[1].write("core.py", "y = 2\n")
    code = captured(project, tmp_path / "a")
    again = captured(Project(restored(code, tmp_path / "a", tmp_path / "r")), tmp_path / "b")
    assert (again.commit, again.dirty) == (code.commit, False)


def test_capture_changes_nothing_in_a_submodule(
    project: Project, nested: tuple[Project, Project], tmp_path: Path
) -> None:
    nested[0].write("new.py")
    nested[0].git("add", "new.py")
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    captured(project, tmp_path / "a")
    after = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    assert after == before


def test_a_submodule_that_is_not_checked_out_is_left_empty(
    project: Project, library: Project, tmp_path: Path
) -> None:
    add(project, "lib", library)
    project.commit()
    project.git("submodule", "--quiet", "deinit", "--force", "lib")
    code = captured(project, tmp_path / "a")
    assert (code.submodules, code.dirty) == ((), False)
    tree = restored(code, tmp_path / "a", tmp_path / "restored")
    assert list((tree / "lib").iterdir()) == []


def test_what_a_submodule_leaves_out_is_said(
    project: Project, library: Project, tmp_path: Path
) -> None:
    lib = add(project, "lib", library)
    lib.write(".env", "PASSWORD=hunter2\n")
    lib.write("keys.py", "KEY = '" + "AKIA" + "Q4" * 8 + "'\n")
    code = captured(project, tmp_path / "a")
    assert (code.left_out, code.suspects) == (("lib/.env",), ("lib/keys.py:1",))


def test_what_keeps_a_submodule_from_coming_back_is_said(
    project: Project, library: Project, tmp_path: Path
) -> None:
    library.write("second.py")
    library.commit()
    lib = Project(project.root / "lib")
    project.git("clone", "--quiet", "--depth=1", f"file://{library.root}", str(lib.root))
    lib.git("remote", "remove", "origin")
    project.git("-c", "advice.addEmbeddedRepo=false", "add", "lib")
    code = codes.capture(project.root, into=tmp_path / "a")
    assert code is not None
    assert code.problem == (
        "submodule 'lib': the repository is a shallow clone whose commits are on no remote branch"
    )


def test_a_submodule_that_git_cannot_read_is_a_problem(
    project: Project, library: Project, tmp_path: Path
) -> None:
    add(project, "lib", library)
    project.commit()
    (project.root / ".git/modules/lib/index").write_bytes(b"no index at all")
    code = codes.capture(project.root, into=tmp_path / "a")
    assert code is not None
    assert code.problem is not None
    assert "git could not record the code: " in code.problem


def test_changes_in_a_submodule_are_named(
    project: Project, nested: tuple[Project, Project], tmp_path: Path
) -> None:
    before = Stored(captured(project, tmp_path / "a"), tmp_path / "a")
    nested[1].write("core.py", "y = 2\n")
    after = Stored(captured(project, tmp_path / "b"), tmp_path / "b")
    assert changed_files(before, after, repository=project.root) == (
        "libs/lib/core/core.py (+1 -1)",
    )


def test_a_stored_code_reads_back_with_its_submodules(
    project: Project, nested: tuple[Project, Project], tmp_path: Path
) -> None:
    code = captured(project, tmp_path / "a")
    assert Code.from_dict(json.loads(json.dumps(dataclasses.asdict(code)))) == code


@pytest.mark.parametrize(
    "path", ["../evil", "/tmp/evil", "src", "link/evil", ".git/modules/x", "a\0b", "", "a\nb", "-x"]
)
def test_a_recorded_submodule_that_the_commit_lacks_is_refused(
    path: str, project: Project, library: Project, tmp_path: Path
) -> None:
    project.write("src/x.py")
    (project.root / "link").symlink_to(tmp_path)
    code = captured(project, tmp_path / "a")
    theirs = captured(library, tmp_path / "b")
    shutil.copy(tmp_path / "b/code.bundle", tmp_path / "a/submodule-1.bundle")
    before = sorted(each for each in tmp_path.rglob("*"))
    with pytest.raises(NotReproducibleError, match="which its commit does not have"):
        restored(
            replace(code, submodules=(Submodule(path, theirs),)),
            tmp_path / "a",
            tmp_path / "restored",
        )
    outside = [each for each in tmp_path.rglob("*") if "restored" not in each.parts]
    assert sorted(outside) == before


def test_no_url_of_gitmodules_is_used(project: Project, library: Project, tmp_path: Path) -> None:
    add(project, "lib", library)
    ran = tmp_path / "ran"
    project.write(
        ".gitmodules",
        f'[submodule "lib"]\n\tpath = lib\n\turl = ext::sh -c touch% {ran}\n'
        f"\tupdate = !touch {ran}\n",
    )
    project.commit()
    code = captured(project, tmp_path / "a")
    assert (restored(code, tmp_path / "a", tmp_path / "r1") / "lib/lib.py").exists()
    alone = replace(code, submodules=())
    assert list((restored(alone, tmp_path / "a", tmp_path / "r2") / "lib").iterdir()) == []
    assert not ran.exists()
