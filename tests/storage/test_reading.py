"""Parts come back in memory: in order, checked, a few ahead, and what is wrong is named."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from storage_places import Served, store

from mlsnap.errors import DataIntegrityError, RemoteError
from mlsnap.storage import Remote, fetch, open_remote, read_parts, verify
from mlsnap.storage.objects import put_bytes, remove_object
from mlsnap.values.snapshot import DataCopy, Part

NAMES = tuple(f"part-{number}.bin" for number in range(12))


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest) -> Remote:
    """A remote in a folder, and one in a real S3 server."""
    found: Remote = request.getfixturevalue({"folder": "remote", "s3": "bucket"}[request.param])
    return found


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of small files."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        (folder / name).write_bytes(bytes([number]) * (1000 + number))
    return folder


@pytest.fixture
def stored(many: Path, place: Remote) -> DataCopy:
    return store(many, place, files=NAMES)


def content_of(part: Part, content: memoryview) -> bytes:
    return bytes(content)


def all_of(copy: DataCopy, remote: Remote) -> list[bytes]:
    return list(read_parts(copy, remote, make=content_of))


def replace(remote: Remote, part: Part, content: bytes) -> None:
    """Put something else under a part's name, as a fault of the storage would."""
    remove_object(remote, part.md5)
    put_bytes(remote, part.md5, content)


def flipped(size: int, number: int) -> bytes:
    return bytes([number ^ 1]) + bytes([number]) * (size - 1)


def test_parts_come_in_order_with_their_content(
    stored: DataCopy, place: Remote, many: Path
) -> None:
    assert all_of(stored, place) == [(many / name).read_bytes() for name in NAMES]


def test_only_the_parts_that_are_asked_for_are_read(stored: DataCopy, place: Remote) -> None:
    for part in stored.parts[2:]:
        remove_object(place, part.md5)
    found = list(read_parts(stored, place, make=content_of, parts=stored.parts[:2]))
    assert [len(each) for each in found] == [1000, 1001]


def test_progress_adds_up_to_what_is_read(stored: DataCopy, place: Remote) -> None:
    read: list[int] = []
    checked: list[int] = []
    list(read_parts(stored, place, make=content_of, on_bytes=read.append))
    verify(stored, place, on_bytes=checked.append)
    assert sum(read) == sum(checked) == stored.size


def test_a_flipped_bit_is_named_and_not_handed_out(stored: DataCopy, place: Remote) -> None:
    part = stored.parts[4]
    replace(place, part, flipped(part.size, 4))
    got: list[str] = []

    with pytest.raises(DataIntegrityError) as raised:
        list(read_parts(stored, place, make=lambda part, content: got.append(part.path)))

    fact = raised.value.fact
    assert fact.startswith(f"part 'part-4.bin' is damaged: the object at {place.url}/files/md5/")
    assert " has the SHA-256 " in fact
    assert f"expected {part.sha256}; it is part 5 of the 12 asked for, and none of it" in fact
    assert "from a backup of the remote" in raised.value.hint
    assert "part-4.bin" not in got


@pytest.mark.parametrize("cut", [slice(0, 10), slice(0, 0)])
def test_a_truncated_object_is_named(stored: DataCopy, place: Remote, cut: slice) -> None:
    part = stored.parts[0]
    replace(place, part, bytes(part.size)[cut])

    with pytest.raises(DataIntegrityError, match=r"part 'part-0\.bin' is damaged") as raised:
        all_of(stored, place)

    assert f"{cut.stop} bytes, expected {part.size} bytes" in raised.value.fact


def test_a_missing_object_is_named(stored: DataCopy, place: Remote) -> None:
    remove_object(place, stored.parts[11].md5)
    with pytest.raises(RemoteError, match=r"part 'part-11\.bin' is missing: no object at"):
        all_of(stored, place)


def test_after_an_error_nothing_is_on_this_disk(
    stored: DataCopy, place: Remote, tmp_path: Path
) -> None:
    remove_object(place, stored.parts[3].md5)
    before = set(tmp_path.rglob("*"))
    for bring in (all_of, lambda *given: fetch(*given, tmp_path / "deep" / "back")):
        with pytest.raises(RemoteError):
            bring(stored, place)
    assert set(tmp_path.rglob("*")) == before


def test_a_transfer_that_failed_once_is_made_again(
    served: Served, many: Path, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{served.port}/data"
    remote = open_remote(url, project=tmp_path, embedded=tmp_path / "unused")
    copy = store(many, remote, files=NAMES)
    part = copy.parts[0]
    path = f"/data/mlsnap/files/md5/{part.md5[:2]}/{part.md5[2:]}"
    whole, served.objects[path] = served.objects[path], flipped(part.size, 0)
    made: list[bytes] = []

    def mend_after_the_first_look() -> None:
        made.append(b"")
        if len(made) > 3:
            served.objects[path] = whole

    served.asked = mend_after_the_first_look
    (found,) = read_parts(copy, remote, make=content_of, parts=[part])

    assert found == whole
    assert len(made) > 3


def test_a_record_that_is_not_sound_is_refused_before_anything_is_read(
    copy: DataCopy, remote: Remote
) -> None:
    first = dataclasses.replace(copy.parts[0], path="../outside")
    forged = dataclasses.replace(copy, parts=(first, *copy.parts[1:]))
    with pytest.raises(DataIntegrityError, match=r"lists '\.\./outside', which is no plain"):
        read_parts(forged, remote, make=content_of)


def test_a_new_folder_appears_with_all_of_its_files_or_not_at_all(
    copy: DataCopy, remote: Remote, tmp_path: Path
) -> None:
    target = tmp_path / "back"
    seen: list[bool] = []
    fetch(copy, remote, target, on_bytes=lambda count: seen.append(target.exists()))
    assert not any(seen)
    assert target.is_dir()
    assert target.stat().st_mode & 0o777 == (tmp_path / "folder").stat().st_mode & 0o777
