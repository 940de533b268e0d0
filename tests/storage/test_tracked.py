"""What the user's own DVC project keeps is found as DVC sees it, and nothing there changes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from storage_places import Run

from mlsnap.errors import RemoteError
from mlsnap.storage import Found, Refusal, fetch, find_tracked, holder_of, reopen_remote, verify
from mlsnap.values.snapshot import DataCopy, Definition

READER = Definition(format="csv", options={"delimiter": ";"})


@pytest.fixture(scope="module")
def _tracked(_template: Path, dvc: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = shutil.copytree(_template, tmp_path_factory.mktemp("tracked") / "project")
    data = project / "data"
    for name, text in {"a.csv": "x\n1\n", "sub/b.csv": "x\n2\n"}.items():
        path = data / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (data / "crime.csv").write_text("x\n3\n")
    dvc(project, "add", "-q", "data/folder", "data/crime.csv")
    dvc(project, "push", "-q")
    return project


@pytest.fixture
def data(_tracked: Path, project: Path, tmp_path: Path) -> Path:
    """A tracked folder and a tracked file, pushed."""
    shutil.copytree(_tracked, project, dirs_exist_ok=True)
    shutil.copytree(_tracked.parent / "shared", tmp_path / "shared")
    return project / "data"


def find(base: Path, *files: str, project: Path | None = None) -> Found | Refusal | None:
    return find_tracked(base, files, reader=READER, project=project or base)


def found(base: Path, *files: str) -> DataCopy:
    result = find(base, *files)
    assert isinstance(result, Found), result
    return result.copy


def refused(base: Path, *files: str) -> str:
    result = find(base, *files)
    assert isinstance(result, Refusal), result
    return result.why


def state(folder: Path) -> dict[Path, tuple[int, bytes | None]]:
    return {
        each: (each.stat().st_mtime_ns, each.read_bytes() if each.is_file() else None)
        for each in (folder, *folder.rglob("*"))
    }


def object_path(copy: DataCopy, md5: str) -> Path:
    return Path(copy.remote["url"], "files", "md5", md5[:2], md5[2:])


def test_a_tracked_file_is_referred_to_by_its_md5(data: Path, tmp_path: Path) -> None:
    copy = found(data, "crime.csv")

    assert copy.md5 == copy.parts[0].md5
    assert copy.parts[0].path == "crime.csv"
    assert copy.remote == {"url": str(tmp_path / "shared")}
    assert (copy.remote_name, copy.reader, copy.verbatim) == ("shared", READER, True)
    assert copy.tracked is not None
    assert copy.tracked.path == "data/crime.csv"
    assert copy.tracked.out == {"md5": copy.md5, "size": 4, "hash": "md5", "path": "crime.csv"}


def test_the_files_that_record_it_are_named(data: Path) -> None:
    result = find(data, "crime.csv")
    assert isinstance(result, Found)
    assert result.recorded_in == (data / "crime.csv.dvc",)


def test_a_tracked_folder_is_referred_to_by_its_list_of_files(data: Path) -> None:
    copy = found(data / "folder", "a.csv", "sub/b.csv")

    assert copy.md5.endswith(".dir")
    assert object_path(copy, copy.md5).is_file()
    assert [part.path for part in copy.parts] == ["a.csv", "sub/b.csv"]


def test_the_files_of_a_tracked_folder_keep_the_order_of_reading(data: Path) -> None:
    copy = found(data / "folder", "sub/b.csv", "a.csv")

    assert [part.path for part in copy.parts] == ["sub/b.csv", "a.csv"]
    assert verify(copy, reopen_remote(copy, project=data)) == []


def test_one_file_of_a_tracked_folder_is_referred_to(data: Path) -> None:
    copy = found(data / "folder", "sub/b.csv")

    assert (copy.md5, copy.parts[0].path) == (copy.parts[0].md5, "sub/b.csv")
    assert copy.tracked is not None
    assert copy.tracked.path == "data/folder/sub/b.csv"


def test_some_files_of_a_tracked_folder_are_not_referred_to(data: Path, dvc: Run) -> None:
    (data / "folder" / "README.md").write_text("about")
    dvc(data, "add", "-q", "folder")
    dvc(data, "push", "-q")

    assert find(data / "folder", "a.csv", "sub/b.csv") is None


def test_the_output_of_a_stage_is_referred_to(project: Path, dvc: Run) -> None:
    (project / "dvc.yaml").write_text("stages:\n  s:\n    cmd: echo x > y.csv\n    outs: [y.csv]\n")
    dvc(project, "repro", "-q")
    dvc(project, "push", "-q")

    result = find(project, "y.csv")

    assert isinstance(result, Found)
    assert result.recorded_in == (project / "dvc.yaml", project / "dvc.lock")


@pytest.mark.parametrize("files", [["crime.csv"], ["folder/a.csv", "folder/sub/b.csv"]])
def test_what_is_referred_to_comes_back(data: Path, tmp_path: Path, files: list[str]) -> None:
    base = data / "folder" if len(files) > 1 else data
    names = [(data / each).relative_to(base).as_posix() for each in files]
    copy = DataCopy.from_dict(found(base, *names).to_dict())

    remote = reopen_remote(copy, project=tmp_path)
    fetch(copy, remote, tmp_path / "back")

    assert verify(copy, remote) == []
    for name in names:
        assert (tmp_path / "back" / name).read_bytes() == (base / name).read_bytes()


def test_a_changed_file_is_refused(data: Path) -> None:
    (data / "crime.csv").unlink()
    (data / "crime.csv").write_text("x\n4\n")
    assert refused(data, "crime.csv") == (
        "data/crime.csv is tracked by DVC but has changes that are not committed to DVC"
    )


def test_a_file_of_another_size_is_refused(data: Path) -> None:
    (data / "crime.csv").unlink()
    (data / "crime.csv").write_text("x\n3\n4\n")
    assert "has changes that are not committed to DVC" in refused(data, "crime.csv")


@pytest.mark.parametrize("files", [["a.csv", "sub/b.csv"], ["a.csv"]])
def test_a_changed_file_of_a_folder_is_refused(data: Path, files: list[str]) -> None:
    (data / "folder" / "a.csv").unlink()
    (data / "folder" / "a.csv").write_text("x\n9\n")
    assert "has changes that are not committed to DVC" in refused(data / "folder", *files)


def test_a_file_added_to_a_tracked_folder_is_refused(data: Path) -> None:
    (data / "folder" / "new.csv").write_text("x\n9\n")
    assert "has changes" in refused(data / "folder", "a.csv", "new.csv", "sub/b.csv")
    assert "has changes" in refused(data / "folder", "new.csv")


def test_a_file_that_is_not_pushed_is_refused(data: Path, tmp_path: Path, dvc: Run) -> None:
    (data / "new.csv").write_text("x\n5\n")
    dvc(data, "add", "-q", "new.csv")
    assert refused(data, "new.csv") == (
        f"data/new.csv is tracked by DVC but not pushed: new.csv is not in the remote "
        f"{tmp_path / 'shared'}"
    )


def test_a_folder_that_lost_a_file_on_the_remote_is_refused(data: Path) -> None:
    copy = found(data / "folder", "a.csv", "sub/b.csv")
    object_path(copy, copy.parts[1].md5).unlink()
    assert "not pushed: sub/b.csv is not in the remote" in refused(
        data / "folder", "a.csv", "sub/b.csv"
    )


def test_an_object_of_another_size_does_not_count_as_pushed(data: Path) -> None:
    path = object_path(copy := found(data, "crime.csv"), copy.md5)
    path.chmod(0o644)
    path.write_text("x")
    assert "not pushed" in refused(data, "crime.csv")


def test_a_stage_that_never_ran_is_refused(project: Path) -> None:
    (project / "dvc.yaml").write_text("stages:\n  s:\n    cmd: 'true'\n    outs: [y.csv]\n")
    (project / "y.csv").write_text("x\n1\n")
    assert "has changes that are not committed to DVC" in refused(project, "y.csv")


def test_a_project_that_cannot_be_read_is_said(data: Path) -> None:
    (data / "crime.csv.dvc").write_text("outs: 5\n")
    assert refused(data, "crime.csv").startswith("what DVC keeps of data/crime.csv cannot be told")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("  hash: md5\n", ""),  # as DVC 2 wrote it
        lambda text: text + "  cache: false\n",
        lambda text: text + "  push: false\n",
    ],
)
def test_what_is_not_on_the_remote_by_md5_counts_as_not_tracked(data: Path, change: object) -> None:
    record = data / "crime.csv.dvc"
    assert callable(change)
    record.write_text(change(record.read_text()))
    assert find(data, "crime.csv") is None


def test_a_cloud_versioned_remote_counts_as_none(data: Path, project: Path) -> None:
    with (project / ".dvc" / "config.local").open("a") as config:
        config.write("['remote \"shared\"']\n    version_aware = true\n")
    assert find(data, "crime.csv") is None


def test_a_project_without_a_remote_keeps_nothing(data: Path, project: Path) -> None:
    (project / ".dvc" / "config").write_text("")
    assert find(data, "crime.csv") is None


def test_the_remote_that_is_named_for_the_output_counts(
    data: Path, project: Path, tmp_path: Path, dvc: Run
) -> None:
    dvc(project, "remote", "add", "-q", "other", str(tmp_path / "other"))
    record = data / "crime.csv.dvc"
    record.write_text(record.read_text() + "  remote: other\n")
    assert f"is not in the remote {tmp_path / 'other'}" in refused(data, "crime.csv")

    dvc(project, "push", "-q")

    copy = found(data, "crime.csv")
    assert (copy.remote_name, copy.remote) == ("other", {"url": str(tmp_path / "other")})


def test_a_file_that_dvc_does_not_track_is_not_found(data: Path) -> None:
    (data / "own.csv").write_text("x\n5\n")
    assert find(data, "own.csv") is None


def test_a_file_outside_of_any_project_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("x\n5\n")
    assert find(tmp_path, "own.csv") is None


def test_no_secret_of_the_remote_is_kept(data: Path, project: Path) -> None:
    with (project / ".dvc" / "config.local").open("a") as config:
        config.write("['remote \"shared\"']\n    verify = true\n    token = hidden\n")
    record = data / "crime.csv.dvc"
    record.write_text(record.read_text() + "  meta:\n    key: hidden\n")
    result = find(data, "crime.csv")
    assert "hidden" not in repr(result)


def test_nothing_in_the_project_changes(
    data: Path, project: Path, home: Path, variables: dict[str, str]
) -> None:
    (project / ".dvc" / ".gitignore").unlink()
    site = Path(variables["DVC_SITE_CACHE_DIR"])
    before = state(project), state(site)

    found(data, "crime.csv")
    found(data / "folder", "a.csv", "sub/b.csv")

    assert (state(project), state(site)) == before


def test_a_clone_without_a_cache_gains_none(data: Path, project: Path, tmp_path: Path) -> None:
    clone = shutil.copytree(project, tmp_path / "clone", symlinks=True)
    for name in ("cache", "tmp"):
        shutil.rmtree(clone / ".dvc" / name)
    before = state(clone)

    copy = found(clone / "data" / "folder", "a.csv", "sub/b.csv")

    assert state(clone) == before
    assert replace(copy, tracked=None) == replace(
        found(data / "folder", "a.csv", "sub/b.csv"), tracked=None
    )


def test_data_is_read_from_the_remote_that_is_recorded(data: Path) -> None:
    copy = found(data, "crime.csv")
    assert holder_of(copy, project=data).url == copy.remote["url"]


def test_the_cache_of_the_project_is_read_where_the_remote_has_lost_the_data(
    data: Path, project: Path, tmp_path: Path
) -> None:
    copy = found(data, "crime.csv")
    object_path(copy, copy.md5).unlink()

    remote = holder_of(copy, project=project)

    assert remote.url == str(project / ".dvc" / "cache")
    assert (fetch(copy, remote, tmp_path / "back") / "crime.csv").read_text() == "x\n3\n"


def test_data_that_is_gone_everywhere_is_named(data: Path, project: Path) -> None:
    copy = found(data, "crime.csv")
    object_path(copy, copy.md5).unlink()
    shutil.rmtree(project / ".dvc" / "cache")

    with pytest.raises(RemoteError) as gone:
        holder_of(copy, project=project)

    assert gone.value.fact.startswith(f"no object at {object_path(copy, copy.md5)}")
    assert "only referred to data/crime.csv of the DVC project" in gone.value.fact
    assert "`mlsnap pin` keeps a copy" in gone.value.hint


def test_the_config_of_the_readers_own_project_opens_the_remote(
    data: Path, tmp_path: Path, dvc: Run
) -> None:
    copy = found(data, "crime.csv")
    reader = tmp_path / "reader"
    (reader / ".dvc").mkdir(parents=True)
    (reader / ".dvc" / "config").write_text(
        f"['remote \"theirs\"']\n    url = {copy.remote['url']}\n"
    )
    assert holder_of(copy, project=reader).name == "theirs"
