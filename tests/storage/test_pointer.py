"""Stock DVC brings a copy back from its pointer alone."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from storage_places import FILES, READER, Run, Served, store

from mlsnap.errors import DataIntegrityError, InvalidNameError
from mlsnap.storage import Found, find_tracked, open_remote, write_pointer
from mlsnap.values.snapshot import DataCopy


@pytest.fixture
def pointer(copy: DataCopy, tmp_path: Path) -> Path:
    folder = tmp_path / "machine" / "pointer"
    write_pointer(copy, folder, name="crime")
    return folder


def test_dvc_pull_brings_the_files(pointer: Path, folder: Path, dvc: Run) -> None:
    assert sorted(each.name for each in pointer.iterdir()) == [".dvc", "crime.dvc"]
    dvc(pointer, "pull", "-q")
    for name in FILES:
        assert (pointer / "crime" / name).read_bytes() == (folder / name).read_bytes()


def test_dvc_pull_over_http_brings_the_files(
    served: Served, folder: Path, tmp_path: Path, dvc: Run
) -> None:
    url = f"http://127.0.0.1:{served.port}/data"
    remote = open_remote(url, project=tmp_path, embedded=tmp_path / "unused")
    copy = store(folder, remote)
    write_pointer(copy, tmp_path / "pointer", name="crime")
    dvc(tmp_path / "pointer", "pull", "-q")
    for name in FILES:
        assert (tmp_path / "pointer/crime" / name).read_bytes() == (folder / name).read_bytes()


def test_dvc_pull_refuses_a_damaged_object(copy: DataCopy, pointer: Path) -> None:
    md5 = copy.parts[0].md5
    path = Path(copy.remote["url"], "files", "md5", md5[:2], md5[2:])
    path.chmod(0o644)
    path.write_bytes(b"x" * copy.parts[0].size)
    path.chmod(0o444)
    pull = [sys.executable, "-m", "dvc", "pull", "-q"]
    assert subprocess.run(pull, cwd=pointer, capture_output=True, check=False).returncode != 0


def test_the_pointer_is_a_small_dvc_project(copy: DataCopy, pointer: Path) -> None:
    assert (pointer / "crime.dvc").read_text().splitlines() == [
        "outs:",
        f"- md5: {copy.md5}",
        "  size: 210000",
        "  nfiles: 4",
        "  hash: md5",
        '  path: "crime"',
        "  remote: mlsnap",
    ]
    assert [line.strip() for line in (pointer / ".dvc/config").read_text().splitlines()] == [
        "[core]",
        "no_scm = true",
        "remote = mlsnap",
        "['remote \"mlsnap\"']",
        f"url = {copy.remote['url']}",
        "verify = true",
    ]


def test_only_harmless_options_are_written(copy: DataCopy, tmp_path: Path) -> None:
    record = {
        "url": "s3://id:hidden@bucket/mlsnap",
        "endpointurl": "http://minio:9000",
        "secret_access_key": "hidden",
    }
    write_pointer(dataclasses.replace(copy, remote=record), tmp_path, name="crime")
    config = (tmp_path / ".dvc" / "config").read_text()
    assert "endpointurl = http://minio:9000" in config
    assert "url = s3://bucket/mlsnap" in config
    assert "hidden" not in config


@pytest.mark.parametrize("name", ["../crime", "a/b", "", "crime: [x"])
def test_a_name_that_is_no_file_name_is_refused(name: str, copy: DataCopy, tmp_path: Path) -> None:
    with pytest.raises(InvalidNameError, match="cannot name a pointer"):
        write_pointer(copy, tmp_path / "pointer", name=name)
    assert not (tmp_path / "pointer").exists()


def test_a_number_as_a_name_stays_a_text(copy: DataCopy, tmp_path: Path, dvc: Run) -> None:
    write_pointer(copy, tmp_path / "pointer", name="2019")
    dvc(tmp_path / "pointer", "pull", "-q")
    assert (tmp_path / "pointer" / "2019" / FILES[0]).is_file()


@pytest.fixture
def one_file(project: Path, tmp_path: Path, dvc: Run) -> DataCopy:
    """A file that a DVC project keeps, and that is only referred to."""
    (project / "crime.csv").write_text("x\n1\n")
    dvc(project, "add", "-q", "crime.csv")
    dvc(project, "push", "-q")
    found = find_tracked(project, ["crime.csv"], reader=READER, project=tmp_path)
    assert isinstance(found, Found)
    return found.copy


def test_dvc_pull_brings_a_file_that_is_referred_to(
    one_file: DataCopy, tmp_path: Path, dvc: Run
) -> None:
    pointer = tmp_path / "machine" / "pointer"
    write_pointer(one_file, pointer, name="theft")

    dvc(pointer, "pull", "-q")

    assert (pointer / "crime.csv").read_text() == "x\n1\n"
    assert "nfiles" not in (pointer / "theft.dvc").read_text()


def test_a_single_files_name_must_follow_from_its_part(one_file: DataCopy, tmp_path: Path) -> None:
    other = dataclasses.replace(one_file, md5="0" * 32)
    with pytest.raises(DataIntegrityError, match="is named '00000000000000000000000000000000'"):
        write_pointer(other, tmp_path / "pointer", name="theft")


def test_only_data_that_is_referred_to_may_be_a_single_file(
    one_file: DataCopy, tmp_path: Path
) -> None:
    other = dataclasses.replace(one_file, tracked=None)
    with pytest.raises(DataIntegrityError, match=r"its list of files '\w{32}\.dir'"):
        write_pointer(other, tmp_path / "pointer", name="theft")
