from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest
from git_project import files

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import archive
from mlsnap.lineage import code as codes
from mlsnap.lineage.changes import Stored, changed_files
from mlsnap.values.lineage import Code


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Sources in no repository."""
    folder = tmp_path / "project"
    write(folder / "train.py", "print(1)\nprint(2)\n")
    write(folder / "shop/__init__.py", "")
    write(folder / "shop/conf.toml", "[model]\nalpha = 0.5\n")
    write(folder / "run.sh", "#!/bin/sh\n").chmod(0o755)
    return folder


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def captured(root: Path, into: Path, here: Path | None = None) -> Code:
    return archive.capture(root, here=here or root, into=into)


def restored(code: Code, folder: Path, destination: Path) -> Path:
    return codes.restore(code, folder=folder, repository=None, destination=destination)


def zipped(file: Path, members: list[tuple[zipfile.ZipInfo | str, str]]) -> Code:
    """An archive of these members, recorded as if it were ours."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members:
            out.writestr(name, content)
    return Code(commit="", head=None, archive=archive._sha256(file))


def test_what_was_archived_comes_back(root: Path, tmp_path: Path) -> None:
    code = captured(root, tmp_path / "a")
    assert (code.commit, code.head, code.problem, code.folder) == ("", None, None, ".")
    assert files(restored(code, tmp_path / "a", tmp_path / "restored")) == files(root)


def test_the_same_files_give_the_same_bytes(root: Path, tmp_path: Path) -> None:
    first = captured(root, tmp_path / "a")
    tree = restored(first, tmp_path / "a", tmp_path / "restored")
    os.utime(tree / "train.py", (1, 1))
    assert captured(tree, tmp_path / "b") == first
    write(tree / "train.py", "print(3)\n")
    assert captured(tree, tmp_path / "c").archive != first.archive


@pytest.mark.parametrize(
    "name",
    [
        ".hidden/x.py",
        ".venv/x.py",
        "node_modules/x.json",
        "lib/site-packages/x.py",
        "mlruns/0/meta.yaml",
        "__pycache__/x.py",
        "data.csv",
        "model.pkl",
    ],
)
def test_what_is_no_source_is_passed_over(name: str, root: Path, tmp_path: Path) -> None:
    before = captured(root, tmp_path / "a")
    write(root / name, "1\n")
    assert captured(root, tmp_path / "b") == before


def test_an_environment_of_any_name_is_passed_over(root: Path, tmp_path: Path) -> None:
    before = captured(root, tmp_path / "a")
    write(root / "my-env/pyvenv.cfg", "")
    write(root / "my-env/lib/x.py", "")
    assert captured(root, tmp_path / "b") == before


def test_large_files_and_likely_secrets_are_named(root: Path, tmp_path: Path) -> None:
    before = captured(root, tmp_path / "a")
    write(root / "credentials.json", "hunter2")
    write(root / "big.json", "x" * 1_000_001)
    code = captured(root, tmp_path / "b")
    assert code.left_out == ("big.json", "credentials.json")
    assert code.archive == before.archive


def test_a_link_out_of_the_folder_is_not_followed(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside.py", "1\n")
    before = captured(root, tmp_path / "a")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    (root / "folder").symlink_to(tmp_path)
    assert captured(root, tmp_path / "b") == before


def test_of_a_folder_with_too_much_in_it_only_imported_modules_are_taken(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root / "imported_alone.py", "")
    monkeypatch.syspath_prepend(root)
    __import__("imported_alone")
    monkeypatch.setattr(archive, "WALK_LIMIT", 2)
    code = captured(root, tmp_path / "a")
    assert list(archive.read(str(code.archive), folder=tmp_path / "a")) == ["imported_alone.py"]


def test_the_working_folder_is_the_root_if_the_sources_are_in_it(root: Path) -> None:
    assert archive.root_of(root / "shop", root) == root.resolve()
    assert archive.root_of(root, root / "shop") == root.resolve()


def test_a_home_folder_is_no_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(root.parent))
    assert archive.root_of(root, root.parent) == root.resolve()
    monkeypatch.setenv("HOME", str(root))
    assert archive.root_of(root / "shop", root) == (root / "shop").resolve()


def test_where_the_process_stood_is_recorded(root: Path, tmp_path: Path) -> None:
    assert captured(root, tmp_path / "a", root / "shop").folder == "shop"
    assert captured(root, tmp_path / "b", tmp_path).folder == "."


def test_the_plan_names_the_archive(root: Path, tmp_path: Path) -> None:
    code = captured(root, tmp_path / "a")
    where = codes.locate(code, folder=tmp_path / "a", repository=None)
    assert where == "the run's archive of sources"
    assert codes.locate(code, folder=tmp_path, repository=None) is None


def test_a_likely_secret_is_named_by_its_place(root: Path, tmp_path: Path) -> None:
    write(root / "shop/keys.py", "import os\nKEY = '" + "AKIA" + "Q4" * 8 + "'\n")
    assert captured(root, tmp_path / "a").suspects == ("shop/keys.py:2",)


def test_two_archives_are_compared_file_by_file(root: Path, tmp_path: Path) -> None:
    before = Stored(captured(root, tmp_path / "a"), tmp_path / "a")
    write(root / "train.py", "print(1)\nprint(3)\nprint(4)\n")
    write(root / "new.py", "1\n")
    (root / "run.sh").chmod(0o644)
    (root / "shop/conf.toml").unlink()
    after = Stored(captured(root, tmp_path / "b"), tmp_path / "b")
    assert changed_files(before, after, repository=None) == (
        "new.py (+1 -0)",
        "run.sh (mode)",
        "shop/conf.toml (+0 -2)",
        "train.py (+2 -1)",
    )
    assert changed_files(before, before, repository=None) == ()
    assert changed_files(before, Stored(after.code, tmp_path), repository=None) is None


def test_a_changed_archive_is_not_unpacked(root: Path, tmp_path: Path) -> None:
    code = captured(root, tmp_path / "a")
    file = tmp_path / "a" / archive.ARCHIVE
    file.write_bytes(file.read_bytes().replace(b"print(1)", b"print(9)"))
    with pytest.raises(NotReproducibleError, match="is not the recorded one"):
        restored(code, tmp_path / "a", tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def test_a_missing_archive_is_said(tmp_path: Path) -> None:
    code = Code(commit="", head=None, archive="ab" * 32)
    with pytest.raises(NotReproducibleError, match=r"the run has no sources\.zip"):
        restored(code, tmp_path, tmp_path / "restored")


def linked(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return member


def with_nul() -> zipfile.ZipInfo:
    member = zipfile.ZipInfo("x.py")
    member.filename = member.orig_filename = "x.py\0../../evil.py"
    return member


@pytest.mark.parametrize(
    "members",
    [
        [("../evil.py", "1")],
        [("a/../../evil.py", "1")],
        [("/tmp/evil.py", "1")],
        [("a//evil.py", "1")],
        [("./evil.py", "1")],
        [("a\\..\\evil.py", "1")],
        [("C:evil.py", "1")],
        [("evil\n.py", "1")],
        [(".git/config", "1")],
        [("a/.GIT/hooks/post-checkout", "1")],
        [("folder/", "")],
        [(linked("link"), "/tmp")],
        [(linked("link"), "/tmp"), ("link/evil.py", "1")],
        [("a", "1"), ("a/evil.py", "1")],
        [(with_nul(), "1")],
    ],
    ids=lambda members: repr(members[-1][0])[:40],
)
def test_a_hostile_member_is_refused(
    members: list[tuple[zipfile.ZipInfo | str, str]], tmp_path: Path
) -> None:
    code = zipped(tmp_path / "a" / archive.ARCHIVE, [("good.py", "1"), *members])
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(NotReproducibleError, match=r"the run's sources\.zip has "):
        restored(code, tmp_path / "a", tmp_path / "restored")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    code = zipped(tmp_path / "a" / archive.ARCHIVE, [("x.py", "1"), ("x.py", "2")])
    with pytest.raises(NotReproducibleError, match="has two members of one name"):
        restored(code, tmp_path / "a", tmp_path / "restored")


def test_an_archive_that_unpacks_to_more_than_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "UNPACKED_LIMIT", 10_000)
    code = zipped(tmp_path / "a" / archive.ARCHIVE, [("bomb.py", "0" * 10_001)])
    assert (tmp_path / "a" / archive.ARCHIVE).stat().st_size < 200
    with pytest.raises(NotReproducibleError, match="takes more than 10,000 bytes"):
        restored(code, tmp_path / "a", tmp_path / "restored")


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a" / archive.ARCHIVE
    zipped(file, [("bomb.py", "0" * 10_000)])
    file.write_bytes(file.read_bytes().replace((10_000).to_bytes(4, "little"), b"\5\0\0\0"))
    code = Code(commit="", head=None, archive=archive._sha256(file))
    with pytest.raises(NotReproducibleError, match="cannot be read"):
        restored(code, tmp_path / "a", tmp_path / "restored")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(10)])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    file = write(tmp_path / "a" / archive.ARCHIVE, "")
    file.write_bytes(content)
    code = Code(commit="", head=None, archive=archive._sha256(file))
    with pytest.raises(NotReproducibleError, match="cannot be read"):
        restored(code, tmp_path / "a", tmp_path / "restored")


def test_a_file_whose_name_is_no_text_is_left_alone(root: Path, tmp_path: Path) -> None:
    try:
        (root / os.fsdecode(b"caf\xe9.py")).write_text("print(3)\n")
    except OSError as error:
        pytest.skip(f"this file system takes no such name: {error}")
    code = captured(root, tmp_path / "call")
    assert "train.py" in files(restored(code, tmp_path / "call", tmp_path / "again"))
