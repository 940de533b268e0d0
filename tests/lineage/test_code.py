from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import git_project
import pytest
from git_project import Project, files

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import code as codes
from mlsnap.lineage import recording, worktree
from mlsnap.values.lineage import Code


def captured(project: Project, tmp_path: Path) -> Code:
    code = codes.capture(project.root, into=tmp_path / "artifacts")
    assert code is not None
    return code


def restored(code: Code, tmp_path: Path, repository: Path | None = None) -> Path:
    return codes.restore(
        code,
        folder=tmp_path / "artifacts",
        repository=repository,
        destination=tmp_path / "restored",
    )


def staged_and_unstaged(project: Project) -> None:
    project.write("train.py", "print(1)\nprint('staged')\nprint(3)\n")
    project.git("add", "train.py")
    project.write("train.py", "print(1)\nprint('staged')\nprint('unstaged')\n")


def changed_binary(project: Project) -> None:
    project.write("logo.bin", bytes(reversed(range(256))))


def renamed(project: Project) -> None:
    project.git("mv", "train.py", "fit.py")


def renamed_without_git(project: Project) -> None:
    (project.root / "train.py").rename(project.root / "fit.py")


def made_executable(project: Project) -> None:
    (project.root / "tool.sh").chmod(0o755)


def linked(project: Project) -> None:
    (project.root / "link").symlink_to("train.py")
    (project.root / "dangling").symlink_to("nowhere/at all")


def untracked(project: Project) -> None:
    project.write("new/deep/helper.py", "x = 1\n")


def odd_names(project: Project) -> None:
    project.write("with blank.py")
    project.write("größe/naïve ✓.py")
    project.write("*.py")
    project.write(":(top)x")
    project.write('quote"and\\back')
    project.write("line\nbreak")
    project.write("-option")


def deleted(project: Project) -> None:
    (project.root / "tool.sh").unlink()
    project.git("rm", "--quiet", "logo.bin")


def folder_for_file(project: Project) -> None:
    (project.root / "tool.sh").unlink()
    project.write("tool.sh/inner.sh")


def intended(project: Project) -> None:
    project.write("intended.py", "a\n")
    project.git("add", "--intent-to-add", "intended.py")


def conflicting(project: Project) -> None:
    project.git("checkout", "--quiet", "-b", "other")
    project.write("train.py", "other\n")
    project.commit()
    project.git("checkout", "--quiet", "main")
    project.write("train.py", "main\n")
    project.commit()
    with pytest.raises(subprocess.CalledProcessError):
        project.git("merge", "other")


EDITS = (
    staged_and_unstaged,
    changed_binary,
    renamed,
    renamed_without_git,
    made_executable,
    linked,
    untracked,
    odd_names,
    deleted,
    folder_for_file,
    intended,
    conflicting,
)


@pytest.mark.parametrize("edit", EDITS)
def test_the_restored_tree_is_the_work_tree(edit, project: Project, tmp_path: Path) -> None:
    edit(project)
    code = captured(project, tmp_path)
    assert code.dirty
    assert code.problem is None
    assert files(restored(code, tmp_path)) == files(project.root)


@pytest.mark.parametrize("edit", [each for each in EDITS if each is not conflicting])
def test_the_patch_gives_the_same_tree_on_top_of_head(
    edit, project: Project, tmp_path: Path
) -> None:
    edit(project)
    captured(project, tmp_path)
    clone = Project(tmp_path / "clone")
    project.git("clone", "--quiet", str(project.root), str(clone.root))
    clone.git("apply", str(tmp_path / "artifacts" / recording.PATCH))
    assert files(clone.root) == files(project.root)


def everything_git_knows(project: Project) -> tuple[object, ...]:
    git = project.root / ".git"
    return (
        (git / "index").read_bytes(),
        project.git("--no-optional-locks", "status", "--porcelain"),
        project.git("for-each-ref"),
        project.git("count-objects", "-v"),
        sorted(path.relative_to(git).as_posix() for path in git.rglob("*")),
    )


def test_capture_changes_nothing_in_the_repository(project: Project, tmp_path: Path) -> None:
    for edit in (staged_and_unstaged, changed_binary, untracked, linked):
        edit(project)
    before = everything_git_knows(project)
    assert captured(project, tmp_path).problem is None
    assert everything_git_knows(project) == before


def test_an_edit_in_the_instant_of_the_commit_is_seen(project: Project, tmp_path: Path) -> None:
    project.git("config", "core.trustctime", "false")
    instant = (1_700_000_000, 1_700_000_000)
    file = project.write("same_size.py", "1\n")
    os.utime(file, instant)
    project.commit()
    project.write("same_size.py", "2\n")
    os.utime(file, instant)
    os.utime(project.root / ".git" / "index", instant)
    assert captured(project, tmp_path).dirty


def test_a_clean_unpushed_commit_is_head_itself_and_bundled(
    project: Project, tmp_path: Path
) -> None:
    code = captured(project, tmp_path)
    assert code.commit == code.head == project.git("rev-parse", "HEAD")
    assert not code.dirty
    assert [file.name for file in (tmp_path / "artifacts").iterdir()] == ["code.bundle"]
    assert files(restored(code, tmp_path)) == files(project.root)


def test_a_clean_pushed_commit_needs_no_file(project: Project, tmp_path: Path) -> None:
    project.push(tmp_path / "remote.git")
    code = captured(project, tmp_path)
    assert list((tmp_path / "artifacts").iterdir()) == []
    assert code.remote == str(tmp_path / "remote.git")
    assert files(restored(code, tmp_path)) == files(project.root)


def test_an_unpushed_commit_with_edits_comes_back_from_bundle_and_remote(
    project: Project, tmp_path: Path
) -> None:
    project.push(tmp_path / "remote.git")
    project.write("unpushed.py")
    project.commit()
    untracked(project)
    code = captured(project, tmp_path)
    assert files(restored(code, tmp_path)) == files(project.root)


def test_a_bundle_holds_only_what_the_remote_lacks(project: Project, tmp_path: Path) -> None:
    project.write("large.txt", "".join(f"{number**3}\n" for number in range(50_000)))
    project.commit()
    project.push(tmp_path / "remote.git")
    untracked(project)
    captured(project, tmp_path)
    assert (tmp_path / "artifacts" / "code.bundle").stat().st_size < 2_000


def test_a_merge_of_two_pushed_branches_comes_back(project: Project, tmp_path: Path) -> None:
    project.push(tmp_path / "remote.git")
    project.git("checkout", "--quiet", "-b", "other")
    project.write("other.py")
    project.commit()
    project.git("push", "--quiet", "origin", "other")
    project.git("checkout", "--quiet", "main")
    project.write("main.py")
    project.commit()
    project.git("push", "--quiet", "origin", "main")
    project.git("merge", "--quiet", "--no-edit", "other")
    assert files(restored(captured(project, tmp_path), tmp_path)) == files(project.root)


def test_a_commit_on_another_remote_only_is_bundled(project: Project, tmp_path: Path) -> None:
    project.push(tmp_path / "remote.git")
    project.write("on_fork.py")
    project.commit()
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "fork.git")], check=True)
    project.git("remote", "add", "fork", str(tmp_path / "fork.git"))
    project.git("push", "--quiet", "fork", "HEAD:refs/heads/main")
    assert project.git("branch", "--remotes", "--contains", "HEAD").strip() == "fork/main"
    code = captured(project, tmp_path)
    assert code.remote == str(tmp_path / "remote.git")
    assert files(restored(code, tmp_path)) == files(project.root)


def test_a_repository_without_a_commit_is_recorded(tmp_path: Path) -> None:
    project = git_project.create(tmp_path / "project")
    project.write("staged.py")
    project.git("add", "staged.py")
    project.write("untracked.py")
    code = captured(project, tmp_path)
    assert (code.head, code.branch, code.dirty) == (None, "main", True)
    assert files(restored(code, tmp_path)) == files(project.root)


def test_the_same_tree_gives_the_same_commit(project: Project, tmp_path: Path) -> None:
    untracked(project)
    first = captured(project, tmp_path)
    assert captured(project, tmp_path) == first
    project.write("new/deep/helper.py", "x = 2\n")
    assert captured(project, tmp_path).commit != first.commit


def test_a_restored_tree_is_recorded_as_the_same_commit(project: Project, tmp_path: Path) -> None:
    project.push(tmp_path / "remote.git")
    untracked(project)
    code = captured(project, tmp_path)
    again = codes.capture(restored(code, tmp_path, project.root), into=tmp_path / "again")
    assert again is not None
    assert (again.commit, again.dirty, again.problem) == (code.commit, False, None)
    assert again.remote == code.remote
    assert (tmp_path / "again" / "code.bundle").exists()


def test_likely_secrets_are_left_out_and_named(project: Project, tmp_path: Path) -> None:
    secrets = [".env", "conf/.env.local", "server.pem", "a.KEY", "id_rsa", "credentials.json"]
    for name in secrets:
        project.write(name, "hunter2\n")
    project.git("add", ".env")
    project.write("helper.py")
    code = captured(project, tmp_path)
    names = files(restored(code, tmp_path)).keys()
    assert "helper.py" in names
    assert not names & set(secrets)
    assert code.left_out == tuple(sorted(secrets))


def test_no_artifact_holds_a_secret(project: Project, tmp_path: Path) -> None:
    project.write(".env", "hunter2\n")
    project.git("add", ".env")
    untracked(project)
    captured(project, tmp_path)
    kept = list((tmp_path / "artifacts").iterdir())
    assert len(kept) == 2
    assert all(b"hunter2" not in file.read_bytes() for file in kept)
    clone = Project(tmp_path / "clone")
    project.git(
        "clone", "--quiet", "--bare", str(kept[0].with_name("code.bundle")), str(clone.root)
    )
    assert ".env" not in clone.git("log", "--all", "--name-only", "--format=")


def test_a_committed_secret_stays_as_committed(project: Project, tmp_path: Path) -> None:
    project.write(".env", "PASSWORD=example\n")
    project.commit()
    assert not captured(project, tmp_path).dirty
    project.write(".env", "PASSWORD=hunter2\n")
    code = captured(project, tmp_path)
    assert (code.dirty, code.left_out) == (False, (".env",))
    assert (restored(code, tmp_path) / ".env").read_text() == "PASSWORD=example\n"


@pytest.mark.parametrize(
    "name", ["mlruns/0/meta.yaml", "mlflow.db", "mlflow.db-journal", "mlartifacts/x", ".mlsnap/x"]
)
def test_files_of_mlflow_and_mlsnap_are_no_change(
    name: str, project: Project, tmp_path: Path
) -> None:
    project.write(name)
    code = captured(project, tmp_path)
    assert (code.dirty, code.left_out) == (False, ())


def test_compiled_and_ignored_files_are_no_change(project: Project, tmp_path: Path) -> None:
    project.write("__pycache__/train.cpython-311.pyc")
    project.write("old.pyc")
    project.write("ignored/data.csv")
    code = captured(project, tmp_path)
    assert (code.dirty, code.left_out) == (False, ())


def test_an_untracked_large_file_is_left_out_and_named(project: Project, tmp_path: Path) -> None:
    project.write("just_fits.txt", b"x" * worktree.FILE_LIMIT)
    project.write("too_large.txt", b"x" * (worktree.FILE_LIMIT + 1))
    code = captured(project, tmp_path)
    assert code.left_out == ("too_large.txt",)
    assert "just_fits.txt" in files(restored(code, tmp_path))


def test_a_changed_tracked_file_is_taken_whatever_its_size(
    project: Project, tmp_path: Path
) -> None:
    project.write("notebook.ipynb")
    project.commit()
    project.write("notebook.ipynb", b"x" * (worktree.FILE_LIMIT + 1))
    code = captured(project, tmp_path)
    assert code.left_out == ()
    assert files(restored(code, tmp_path)) == files(project.root)


def test_the_smallest_untracked_files_are_taken_up_to_a_total(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worktree, "TOTAL_LIMIT", 100)
    project.write("image_1.png", b"x" * 60)
    project.write("image_2.png", b"x" * 61)
    project.write("code.py", b"x" * 40)
    assert captured(project, tmp_path).left_out == ("image_2.png",)


def test_a_bundle_above_the_limit_is_not_kept(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "SIZE_LIMIT", 300)
    untracked(project)
    code = captured(project, tmp_path)
    assert code.problem is not None
    assert code.problem.startswith("the commits that are on no remote branch take ")
    assert "300 at most" in code.problem
    assert not (tmp_path / "artifacts" / "code.bundle").exists()


def test_an_embedded_repository_is_passed_over(project: Project, tmp_path: Path) -> None:
    git_project.create(project.root / "vendored").commit()
    assert not captured(project, tmp_path).dirty


def test_a_linked_worktree_is_recorded(project: Project, tmp_path: Path) -> None:
    project.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = Project(tmp_path / "side")
    staged_and_unstaged(side)
    code = captured(side, tmp_path)
    assert code.branch == "side"
    assert files(restored(code, tmp_path)) == files(side.root)


def test_a_rebase_in_progress_is_recorded(project: Project, tmp_path: Path) -> None:
    project.git("checkout", "--quiet", "-b", "side")
    project.write("train.py", "side\n")
    project.commit()
    project.git("checkout", "--quiet", "main")
    project.write("train.py", "main\n")
    project.commit()
    with pytest.raises(subprocess.CalledProcessError):
        project.git("rebase", "side")
    before = everything_git_knows(project)
    code = captured(project, tmp_path)
    assert (code.branch, code.problem) == (None, None)
    assert everything_git_knows(project) == before
    assert files(restored(code, tmp_path)) == files(project.root)


def test_a_shallow_clone_is_recorded(project: Project, tmp_path: Path) -> None:
    project.write("second.py")
    project.commit()
    shallow = Project(tmp_path / "shallow")
    project.git("clone", "--quiet", "--depth=1", f"file://{project.root}", str(shallow.root))
    untracked(shallow)
    code = captured(shallow, tmp_path)
    assert code.problem is None
    assert files(restored(code, tmp_path)) == files(shallow.root)


def test_a_shallow_clone_that_lost_its_remote_is_a_problem(
    project: Project, tmp_path: Path
) -> None:
    project.write("second.py")
    project.commit()
    shallow = Project(tmp_path / "shallow")
    project.git("clone", "--quiet", "--depth=1", f"file://{project.root}", str(shallow.root))
    shallow.git("remote", "remove", "origin")
    assert captured(shallow, tmp_path).problem == (
        "the repository is a shallow clone whose commits are on no remote branch"
    )


def test_a_repository_with_sha256_ids_is_recorded(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.root.mkdir()
    project.git("init", "--quiet", "--object-format=sha256")
    project.write("a.py")
    project.commit()
    project.write("b.py")
    code = captured(project, tmp_path)
    assert len(code.commit) == 64
    assert files(restored(code, tmp_path)) == files(project.root)


def test_git_variables_of_a_calling_hook_are_ignored(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("src/train.py")
    head = project.commit()
    other = git_project.create(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "no such index"))
    assert codes.find_root(project.root / "src") == project.root
    assert captured(project, tmp_path).commit == head


def test_hooks_do_not_run(project: Project, tmp_path: Path) -> None:
    hook = project.write(".git/hooks/post-index-change", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    for name in ("reference-transaction", "post-checkout", "pre-auto-gc"):
        (project.root / ".git" / "hooks" / name).symlink_to(hook)
    untracked(project)
    restored(captured(project, tmp_path), tmp_path, project.root)
    assert not (tmp_path / "ran").exists()
    project.git("add", "new")
    assert (tmp_path / "ran").exists()


def test_no_filter_of_the_user_runs_on_restore(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write(".gitattributes", "*.py filter=upper\n")
    code = captured(project, tmp_path)
    config = tmp_path / "gitconfig"
    config.write_text(f'[filter "upper"]\n\tsmudge = touch {tmp_path}/ran; cat\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    assert files(restored(code, tmp_path)) == files(project.root)
    assert not (tmp_path / "ran").exists()


def test_what_git_cannot_read_is_a_problem_and_no_exception(
    project: Project, tmp_path: Path
) -> None:
    head = project.git("rev-parse", "HEAD")
    (project.root / ".git" / "index").write_bytes(b"no index at all")
    code = captured(project, tmp_path)
    assert code.commit == head
    assert code.problem is not None
    assert code.problem.startswith("git could not record the code: ")


def test_folder_branch_and_head_are_recorded(project: Project, tmp_path: Path) -> None:
    project.write("src/train.py")
    code = codes.capture(project.root / "src", into=tmp_path / "artifacts")
    assert code is not None
    assert (code.folder, code.branch) == ("src", "main")
    assert code.head == project.git("rev-parse", "HEAD")
    project.git("checkout", "--quiet", "--detach")
    assert captured(project, tmp_path).branch is None


def test_there_is_no_code_outside_of_a_repository(tmp_path: Path) -> None:
    assert codes.find_root(tmp_path) is None
    assert codes.capture(tmp_path, into=tmp_path / "artifacts") is None
    assert not (tmp_path / "artifacts").exists()


def test_there_is_no_root_without_git(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert codes.find_root(project.root) is None


def test_restore_prefers_no_place_and_changes_no_repository(
    project: Project, tmp_path: Path
) -> None:
    project.push(tmp_path / "remote.git")
    untracked(project)
    code = captured(project, tmp_path)
    before = everything_git_knows(project)
    restored(code, tmp_path, project.root)
    assert everything_git_knows(project) == before


def test_restore_works_from_the_local_repository_alone(project: Project, tmp_path: Path) -> None:
    code = replace(captured(project, tmp_path), remote=None)
    tree = codes.restore(
        code, folder=None, repository=project.root, destination=tmp_path / "restored"
    )
    assert files(tree) == files(project.root)


def test_a_commit_that_no_branch_holds_any_more_is_found_locally(
    project: Project, tmp_path: Path
) -> None:
    project.write("gone.py")
    project.commit()
    code = captured(project, tmp_path)
    project.git("reset", "--quiet", "--hard", "HEAD~")
    tree = codes.restore(
        code, folder=None, repository=project.root, destination=tmp_path / "restored"
    )
    assert (tree / "gone.py").exists()


def test_a_commit_that_is_nowhere_is_named_with_the_places(
    project: Project, tmp_path: Path
) -> None:
    project.push(tmp_path / "remote.git")
    code = replace(captured(project, tmp_path), commit="ab" * 20)
    with pytest.raises(NotReproducibleError) as caught:
        restored(code, tmp_path, project.root)
    assert f"commit {'ab' * 20} was not found" in caught.value.fact
    assert f"the repository {project.root}: fatal: " in caught.value.fact
    assert f"the remote {tmp_path / 'remote.git'}: fatal: " in caught.value.fact


def test_a_run_without_bundle_and_remote_says_so(project: Project, tmp_path: Path) -> None:
    code = captured(project, tmp_path)
    with pytest.raises(NotReproducibleError, match="the run has no bundle and no remote"):
        codes.restore(code, folder=None, repository=None, destination=tmp_path / "restored")


def test_a_damaged_bundle_is_named(project: Project, tmp_path: Path) -> None:
    code = captured(project, tmp_path)
    bundle = tmp_path / "artifacts" / "code.bundle"
    bundle.write_bytes(b"something else\n")
    with pytest.raises(NotReproducibleError, match="is not a git bundle"):
        restored(code, tmp_path)


def test_a_cut_bundle_leads_nowhere(project: Project, tmp_path: Path) -> None:
    code = captured(project, tmp_path)
    bundle = tmp_path / "artifacts" / "code.bundle"
    bundle.write_bytes(bundle.read_bytes()[:-40])
    with pytest.raises(NotReproducibleError, match="looked in the run's bundle: "):
        restored(code, tmp_path)


def test_a_bundle_of_another_commit_is_not_taken(project: Project, tmp_path: Path) -> None:
    code = replace(captured(project, tmp_path), commit="ab" * 20)
    with pytest.raises(NotReproducibleError, match="was not found"):
        restored(code, tmp_path)


@pytest.mark.parametrize("commit", ["--upload-pack=touch ran", "main", "", "ab" * 19, "AB" * 20])
def test_what_is_no_commit_id_is_refused(commit: str, project: Project, tmp_path: Path) -> None:
    code = replace(captured(project, tmp_path), commit=commit)
    with pytest.raises(NotReproducibleError, match="no commit id"):
        restored(code, tmp_path)
    assert codes.locate(code, folder=None, repository=project.root) is None


@pytest.mark.parametrize(
    "url", ["ext::sh -c touch% ran", "--upload-pack=touch ran", "fd::17", "ssh://-oProxyCommand=x/"]
)
def test_a_hostile_remote_is_refused(url: str, project: Project, tmp_path: Path) -> None:
    code = replace(captured(project, tmp_path), remote=url)
    with pytest.raises(NotReproducibleError, match="refused, not a URL or path of a repository"):
        codes.restore(code, folder=None, repository=None, destination=tmp_path / "restored")
    assert codes.locate(code, folder=None, repository=None) is None


def test_a_folder_that_holds_something_is_not_written_to(project: Project, tmp_path: Path) -> None:
    code = captured(project, tmp_path)
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored" / "mine.txt").touch()
    with pytest.raises(NotReproducibleError, match="is not an empty folder"):
        restored(code, tmp_path)


def test_the_plan_names_the_bundle(project: Project, tmp_path: Path) -> None:
    code = captured(project, tmp_path)
    bundle = tmp_path / "artifacts" / "code.bundle"
    assert codes.locate(code, folder=bundle.parent, repository=None) == "the run's bundle"


def test_the_plan_names_what_the_bundle_stands_on(project: Project, tmp_path: Path) -> None:
    project.push(tmp_path / "remote.git")
    untracked(project)
    code = captured(project, tmp_path)
    bundle = tmp_path / "artifacts" / "code.bundle"
    base = f"the run's bundle on top of {code.head[:12]} from "
    assert codes.locate(code, folder=bundle.parent, repository=None) == (
        f"{base}the remote {tmp_path / 'remote.git'}"
    )
    assert codes.locate(code, folder=bundle.parent, repository=project.root) == (
        f"{base}the repository {project.root}"
    )


def test_a_remote_that_is_gone_leads_nowhere(project: Project, tmp_path: Path) -> None:
    project.push(tmp_path / "remote.git")
    code = captured(project, tmp_path)
    assert codes.locate(code, folder=None, repository=None) is not None
    (tmp_path / "remote.git").rename(tmp_path / "elsewhere.git")
    assert codes.locate(code, folder=None, repository=None) is None


def test_the_plan_names_a_repository_only_if_it_has_the_commit(
    project: Project, tmp_path: Path
) -> None:
    code = captured(project, tmp_path)
    other = git_project.create(tmp_path / "other")
    assert codes.locate(code, folder=None, repository=other.root) is None
    assert codes.locate(code, folder=None, repository=project.root) == (
        f"the repository {project.root}"
    )
