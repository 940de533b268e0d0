"""Copies go to a remote, come back equal, and say what is wrong with them."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from storage_places import FILES, Run, Served, store

from mlsnap.errors import ConfigError, DataIntegrityError, RemoteError, SourceError
from mlsnap.storage import Remote, fetch, open_remote, reopen_remote, verify
from mlsnap.storage.objects import remove_object
from mlsnap.values.snapshot import DataCopy


def content(folder: Path) -> dict[str, bytes]:
    files = (each for each in folder.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in files}


def stamps(remote: Remote) -> dict[Path, tuple[int, int]]:
    files = [each for each in Path(remote.root, "files").rglob("*") if each.is_file()]
    return {each: (each.stat().st_ino, each.stat().st_mtime_ns) for each in files}


def stored(copy: DataCopy, number: int) -> Path:
    md5 = copy.parts[number].md5
    return Path(copy.remote["url"], "files", "md5", md5[:2], md5[2:])


def damage(path: Path, change: Callable[[bytes], bytes]) -> None:
    changed = change(path.read_bytes())
    path.chmod(0o644)
    path.write_bytes(changed)


def flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def over_http(served: Served, tmp_path: Path) -> Remote:
    url = f"http://127.0.0.1:{served.port}/data"
    return open_remote(url, project=tmp_path, embedded=tmp_path / "unused")


class Interrupted(BaseException):
    """Stands for what ends a transfer from outside."""


def interrupt(_: int) -> None:
    raise Interrupted


def test_what_was_pushed_comes_back_equal(copy: DataCopy, folder: Path, tmp_path: Path) -> None:
    remote = reopen_remote(copy, project=tmp_path)
    back = fetch(copy, remote, tmp_path / "deep" / "back")
    assert back == tmp_path / "deep" / "back"
    assert content(back) == content(folder)


def test_a_copy_names_its_parts_in_reading_order(copy: DataCopy, folder: Path) -> None:
    assert [part.path for part in copy.parts] == list(FILES)
    assert copy.size == sum(len(each) for each in content(folder).values())


def test_a_copy_survives_its_record(copy: DataCopy) -> None:
    assert DataCopy.from_dict(copy.to_dict()) == copy


def test_objects_bear_the_mode_that_dvc_trusts(copy: DataCopy, remote: Remote) -> None:
    assert {path.stat().st_mode & 0o777 for path in stamps(remote)} == {0o444}


def test_pushing_again_uploads_nothing(copy: DataCopy, folder: Path, remote: Remote) -> None:
    before = stamps(remote)
    assert store(folder, remote) == copy
    assert stamps(remote) == before


def test_of_many_files_only_the_changed_one_is_uploaded(
    copy: DataCopy, folder: Path, remote: Remote
) -> None:
    before = stamps(remote)
    (folder / FILES[1]).write_bytes(b"changed")
    changed = store(folder, remote)
    after = stamps(remote)
    new = {path.parent.name + path.name for path in after.keys() - before.keys()}
    assert new == {changed.parts[1].md5, changed.md5}
    assert {path: after[path] for path in before} == before


def test_equal_files_share_one_object(folder: Path, remote: Remote) -> None:
    for name in ("a", "b", "c"):
        (folder / name).write_bytes(b"equal")
    store(folder, remote, files=("a", "b", "c"))
    assert len(stamps(remote)) == 2


def test_an_object_of_the_wrong_size_is_replaced(
    copy: DataCopy, folder: Path, remote: Remote
) -> None:
    damage(stored(copy, 0), lambda data: data[:-1])
    store(folder, remote)
    assert verify(copy, remote) == []


def test_an_object_that_was_removed_is_pushed_again(
    copy: DataCopy, folder: Path, remote: Remote
) -> None:
    remove_object(remote, copy.parts[0].md5)
    remove_object(remote, copy.parts[0].md5)
    store(folder, remote)
    assert verify(copy, remote) == []


def test_progress_adds_up_to_the_size(folder: Path, remote: Remote, tmp_path: Path) -> None:
    arrived: list[int] = []
    copy = store(folder, remote)
    fetch(copy, remote, tmp_path / "back", on_bytes=arrived.append)
    assert sum(arrived) == copy.size


def test_a_sound_copy_verifies_without_leaving_files(
    copy: DataCopy, remote: Remote, tmp_path: Path
) -> None:
    before = content(tmp_path)
    assert verify(copy, remote) == []
    assert content(tmp_path) == before


def test_a_flipped_bit_is_named(copy: DataCopy, remote: Remote, tmp_path: Path) -> None:
    damage(stored(copy, 1), flipped)
    with pytest.raises(DataIntegrityError) as raised:
        fetch(copy, remote, tmp_path / "back")
    fact = raised.value.fact
    assert "part 'part-1.bin' is damaged" in fact
    assert f"the object at {stored(copy, 1)} has the SHA-256" in fact
    assert f"expected {copy.parts[1].sha256}; 4 parts were asked for" in fact
    assert f"nothing was written to {tmp_path / 'back'}" in fact
    assert "from a backup of the remote" in raised.value.hint


def test_a_truncated_object_is_named(copy: DataCopy, remote: Remote, tmp_path: Path) -> None:
    damage(stored(copy, 2), lambda data: data[:100])
    with pytest.raises(DataIntegrityError) as raised:
        fetch(copy, remote, tmp_path / "back")
    fact = raised.value.fact
    assert "part 'sub/part-2.bin' is damaged" in fact
    assert "has the size 100 bytes, expected 70000 bytes" in fact


def test_a_missing_object_is_named(copy: DataCopy, remote: Remote, tmp_path: Path) -> None:
    remove_object(remote, copy.parts[0].md5)
    with pytest.raises(RemoteError) as raised:
        fetch(copy, remote, tmp_path / "back")
    assert f"part 'part-0.bin' is missing: no object at {stored(copy, 0)}" in raised.value.fact


def test_content_with_the_right_md5_but_another_sha256_is_named(
    copy: DataCopy, remote: Remote, tmp_path: Path
) -> None:
    first = dataclasses.replace(copy.parts[0], sha256="0" * 64)
    forged = dataclasses.replace(copy, parts=(first, *copy.parts[1:]))
    with pytest.raises(DataIntegrityError, match="has the SHA-256 "):
        fetch(forged, remote, tmp_path / "back")


@pytest.mark.parametrize("number", range(len(FILES) - 1))
def test_after_an_error_nothing_is_left_behind(
    number: int, copy: DataCopy, remote: Remote, tmp_path: Path
) -> None:
    damage(stored(copy, number), flipped)
    before = set(tmp_path.iterdir())
    with pytest.raises(DataIntegrityError):
        fetch(copy, remote, tmp_path / "deep" / "back")
    assert set(tmp_path.iterdir()) == before


def test_after_an_error_files_of_the_destination_are_as_before(
    copy: DataCopy, remote: Remote, tmp_path: Path
) -> None:
    back = tmp_path / "back"
    back.mkdir()
    (back / FILES[0]).write_bytes(b"mine")
    damage(stored(copy, 1), flipped)
    with pytest.raises(DataIntegrityError):
        fetch(copy, remote, back)
    assert content(back) == {FILES[0]: b"mine"}


def test_fetching_again_replaces_what_is_there(
    copy: DataCopy, remote: Remote, folder: Path, tmp_path: Path
) -> None:
    back = fetch(copy, remote, tmp_path / "back")
    (back / FILES[0]).write_bytes(b"edited")
    assert content(fetch(copy, remote, back)) == content(folder)


def test_every_damaged_or_missing_part_has_its_sentence(copy: DataCopy, remote: Remote) -> None:
    damage(stored(copy, 0), flipped)
    damage(stored(copy, 1), lambda data: data + b"!")
    remove_object(remote, copy.parts[2].md5)
    remove_object(remote, copy.md5)
    sentences = verify(copy, remote)
    assert [sentence.partition(":")[0] for sentence in sentences] == [
        "part 'part-0.bin' is damaged",
        "part 'part-1.bin' is damaged",
        "part 'sub/part-2.bin' is missing",
        "part 'list of files' is missing",
    ]


def test_an_interrupted_fetch_leaves_nothing(
    copy: DataCopy, remote: Remote, tmp_path: Path
) -> None:
    before = set(tmp_path.iterdir())
    with pytest.raises(Interrupted):
        fetch(copy, remote, tmp_path / "back", on_bytes=interrupt)
    assert set(tmp_path.iterdir()) == before


def test_a_remote_that_cannot_be_written_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    remote = open_remote(str(tmp_path / "file"), project=tmp_path, embedded=tmp_path)
    with pytest.raises(RemoteError) as raised:
        store(folder, remote, files=("part-0.bin",))
    assert f"in the remote {tmp_path / 'file' / 'mlsnap'}: Not a directory" in raised.value.fact
    assert "give a folder" in raised.value.hint


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_read_only_remote_is_named(folder: Path, tmp_path: Path, remote: Remote) -> None:
    (tmp_path / "store").mkdir(mode=0o555)
    with pytest.raises(RemoteError) as raised:
        store(folder, remote)
    assert "Permission denied" in raised.value.fact
    assert "get access" in raised.value.hint


PUSH_WITH_A_LIMIT = """
import resource, sys
from pathlib import Path
from mlsnap.storage import Owner, open_remote, writing
folder, store = map(Path, sys.argv[1:])
remote = open_remote(str(store), project=store, embedded=store)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    with writing(remote, Owner("store", "run", "people@spring")) as writer:
        writer.put_file(folder, "part-0.bin")
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits there")
def test_a_remote_that_takes_no_more_is_named_and_left_clean(
    folder: Path, tmp_path: Path, run: Run
) -> None:
    place = tmp_path / "store"
    said = run(tmp_path, sys.executable, "-c", PUSH_WITH_A_LIMIT, str(folder), str(place))
    assert f"cannot be written in the remote {place / 'mlsnap'}: File too large" in said
    assert "Hint: " in said
    assert content(place) == {}


def test_pushes_at_the_same_time_do_no_harm(folder: Path, remote: Remote) -> None:
    def once(_: int) -> DataCopy:
        return store(folder, remote)

    with ThreadPoolExecutor(8) as pool:
        copies = list(pool.map(once, range(16)))
    assert copies == [copies[0]] * 16
    assert verify(copies[0], remote) == []
    assert len(stamps(remote)) == len(FILES) + 1


def test_a_destination_that_is_a_file_is_named(
    copy: DataCopy, remote: Remote, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        fetch(copy, remote, tmp_path / "file")


def test_a_file_that_is_not_there_is_named(folder: Path, remote: Remote) -> None:
    with pytest.raises(SourceError, match=r"gone\.bin' cannot be read: No such file"):
        store(folder, remote, files=("gone.bin",))


def test_the_default_remote_keeps_a_copy_through_the_users_own_gc(
    project: Path, folder: Path, dvc: Run, tmp_path: Path
) -> None:
    remote = open_remote(None, project=project, embedded=tmp_path / "unused")
    copy = store(folder, remote)
    unused = tmp_path / "shared" / "files" / "md5" / "00" / ("0" * 30)
    unused.parent.mkdir(parents=True)
    unused.write_bytes(b"nothing in the project refers to this")
    dvc(project, "gc", "-q", "-w", "-c", "-f")
    assert not unused.exists()
    assert verify(copy, remote) == []


def test_a_copy_goes_over_http_and_back(served: Served, folder: Path, tmp_path: Path) -> None:
    copy = store(folder, over_http(served, tmp_path))
    remote = reopen_remote(copy, project=tmp_path)
    assert verify(copy, remote) == []
    assert content(fetch(copy, remote, tmp_path / "back")) == content(folder)
    assert f"/data/mlsnap/files/md5/{copy.md5[:2]}/{copy.md5[2:]}" in served.objects


def test_a_damaged_object_behind_http_is_named(
    served: Served, folder: Path, tmp_path: Path
) -> None:
    remote = over_http(served, tmp_path)
    copy = store(folder, remote)
    md5 = copy.parts[0].md5
    served.objects[f"/data/mlsnap/files/md5/{md5[:2]}/{md5[2:]}"] = b"x" * copy.parts[0].size
    assert [sentence.partition(":")[0] for sentence in verify(copy, remote)] == [
        "part 'part-0.bin' is damaged"
    ]


def test_a_read_only_http_remote_is_named(served: Served, folder: Path, tmp_path: Path) -> None:
    served.read_only = True
    remote = over_http(served, tmp_path)
    with pytest.raises(RemoteError) as raised:
        store(folder, remote)
    assert f"cannot be written in the remote {remote.url}: 403" in raised.value.fact
    assert served.objects == {}
