"""DVC's list of a folder's files, and what may stand in it."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.meta import Meta
from dvc_data.hashfile.tree import Tree
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.errors import DataIntegrityError
from mlsnap.storage import Remote, fetch, verify, write_pointer
from mlsnap.storage.manifest import check_paths, folder_entries, folder_object
from mlsnap.values.snapshot import DataCopy, Part

NAME = st.text(
    st.characters(blacklist_characters="/\\:\0", blacklist_categories=["Cs"]), min_size=1
)
PATH = st.lists(NAME.filter(lambda name: name not in (".", "..")), min_size=1, max_size=3)
HOSTILE = [
    "",
    "..",
    "../x",
    "a/../../x",
    "./x",
    "a//b",
    "a/",
    "/etc/passwd",
    "..\\x",
    "C:/x",
    "c:x",
    "a/C:x",
    "a\0b",
]


@given(st.sets(PATH.map("/".join), max_size=8))
def test_the_list_is_the_one_that_dvc_makes(paths: set[str]) -> None:
    parts = [Part(path, 1, f"{hash(path) % 2**64:032x}", "") for path in paths]
    tree = Tree()
    for part in parts:
        tree.add(tuple(part.path.split("/")), Meta(), HashInfo("md5", part.md5))
    tree.digest()
    assert folder_object(parts) == (tree.oid, tree.as_bytes())


@given(st.sets(PATH.map("/".join), max_size=8))
def test_the_list_says_which_files_there_are(paths: set[str]) -> None:
    md5s = {path: f"{hash(path) % 2**64:032x}" for path in paths}
    listed = folder_object([Part(path, 1, md5, "") for path, md5 in md5s.items()])
    assert dict(folder_entries(*listed)) == md5s


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"[]", "is damaged"), (b"{", "no list"), (b"3", "no list"), (b'[{"md5": "a"}]', "no list")],
)
def test_what_is_no_list_is_refused(content: bytes, what: str) -> None:
    name = hashlib.md5(b"" if what == "is damaged" else content).hexdigest()
    with pytest.raises(ValueError, match=what):
        folder_entries(f"{name}.dir", content)


@given(st.sets(PATH.map("/".join)))
def test_plain_relative_paths_are_accepted(paths: set[str]) -> None:
    check_paths(paths)


@pytest.mark.parametrize("path", HOSTILE)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(DataIntegrityError) as raised:
        check_paths(["fine", path])
    assert repr(path) in raised.value.fact


def test_a_path_that_is_listed_twice_is_refused() -> None:
    with pytest.raises(DataIntegrityError, match="lists 'a' twice"):
        check_paths(["a", "b", "a"])


def forged(copy: DataCopy, **changes: str) -> DataCopy:
    parts = (dataclasses.replace(copy.parts[0], **changes), *copy.parts[1:])
    return dataclasses.replace(copy, parts=parts, md5=folder_object(parts)[0])


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_path_is_refused_before_anything_is_written(
    path: str, copy: DataCopy, remote: Remote, tmp_path: Path
) -> None:
    with pytest.raises(DataIntegrityError):
        fetch(forged(copy, path=path), remote, tmp_path / "deep" / "back")
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize("md5", ["../../../../etc/passwd", "ab", "G" * 32])
def test_a_hash_that_is_none_is_refused(md5: str, copy: DataCopy, remote: Remote) -> None:
    with pytest.raises(DataIntegrityError, match="with hashes that are none"):
        verify(forged(copy, md5=md5), remote)


def test_a_record_whose_name_does_not_follow_from_its_parts_is_refused(
    copy: DataCopy, tmp_path: Path
) -> None:
    with pytest.raises(DataIntegrityError, match=r"is named '0{32}\.dir'"):
        write_pointer(dataclasses.replace(copy, md5="0" * 32 + ".dir"), tmp_path, name="crime")
