"""A copy is written whole, or nothing refers to it."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from storage_places import FILES, OWNER, READER, Run, Served, left_by_a_dead_process, store

from mlsnap.errors import DataIntegrityError, InvalidNameError, RemoteError
from mlsnap.storage import (
    Owner,
    Remote,
    drop_reference,
    open_remote,
    references,
    verify,
    writing,
)
from mlsnap.storage.notes import SWEEPING
from mlsnap.storage.objects import object_size, put_bytes, remove_object
from mlsnap.storage.presence import STALE, Presence
from mlsnap.values.snapshot import Part

CONTENT = b"rows" * 1000


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


MD5 = md5(CONTENT)


def left_in(remote: Remote) -> list[str]:
    below = Path(remote.root)
    return sorted(each.relative_to(below).as_posix() for each in below.rglob("*") if each.is_file())


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


@contextmanager
def sweeping(remote: Remote) -> Iterator[Presence]:
    with Presence(remote, SWEEPING, {}) as presence:
        yield presence


def test_what_was_put_is_listed_and_referred_to(place: Remote) -> None:
    with writing(place, OWNER) as writer:
        part = writer.put("part-0.bin", CONTENT, rows=7, key="k")
        copy = writer.finish([part], reader=READER, mean_rows=9, schema="s")
    assert part == Part(
        "part-0.bin", 4000, md5(CONTENT), hashlib.sha256(CONTENT).hexdigest(), 7, "k"
    )
    assert (copy.parts, copy.reader, copy.mean_rows, copy.schema) == ((part,), READER, 9, "s")
    assert verify(copy, place) == []
    assert [(each.owner, each.copy) for each in references(place)] == [(OWNER, copy.md5)]


def test_while_a_copy_is_written_its_owner_is_seen(place: Remote) -> None:
    with writing(place, OWNER):
        assert [(each.owner, each.copy) for each in references(place)] == [(OWNER, None)]
    assert references(place) == []


def test_a_block_that_raises_leaves_objects_without_a_reference(remote: Remote) -> None:
    def interrupted() -> None:
        with writing(remote, OWNER) as writer:
            writer.put("part-0.bin", CONTENT)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert left_in(remote) == [f"files/md5/{MD5[:2]}/{MD5[2:]}"]


def test_a_retry_does_not_send_again_what_is_there(remote: Remote) -> None:
    with writing(remote, OWNER) as writer:
        part = writer.put("part-0.bin", CONTENT)
    path = Path(remote.root, "files", "md5", part.md5[:2], part.md5[2:])
    before = path.stat()
    with writing(remote, OWNER) as writer:
        assert writer.has(part)
        assert writer.put("part-0.bin", CONTENT) == part
    assert path.stat() == before


def test_an_object_of_another_size_is_replaced(place: Remote) -> None:
    put_bytes(place, md5(CONTENT), b"cut")
    with writing(place, OWNER) as writer:
        part = writer.put("part-0.bin", CONTENT)
    assert object_size(place, part.md5) == len(CONTENT)


def test_a_writer_says_what_is_there(place: Remote) -> None:
    with writing(place, OWNER) as writer:
        part = writer.put("part-0.bin", CONTENT)
    with writing(place, OWNER) as writer:
        assert writer.has(part)
        assert not writer.has(Part("x", 4001, part.md5, part.sha256))
        assert not writer.has(Part("x", 4, "0" * 32, "0" * 64))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_content_may_be_any_bytes(kind: type, place: Remote) -> None:
    with writing(place, OWNER) as writer:
        part = writer.put("part-0.bin", kind(CONTENT))
    assert object_size(place, part.md5) == len(CONTENT)


def test_empty_content_is_an_object(place: Remote) -> None:
    with writing(place, OWNER) as writer:
        copy = writer.finish([writer.put("empty.bin", b"")], reader=READER)
    assert verify(copy, place) == []


def test_a_copy_without_parts_is_a_copy(place: Remote) -> None:
    with writing(place, OWNER) as writer:
        copy = writer.finish([], reader=READER)
    assert verify(copy, place) == []


def test_threads_share_a_writer(place: Remote) -> None:
    contents = [bytes([number % 5]) * 1000 for number in range(40)]
    with writing(place, OWNER) as writer, ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(writer.put, map(str, range(40)), contents))
        copy = writer.finish(parts, reader=READER)
    assert verify(copy, place) == []


def test_a_part_that_is_gone_is_named_and_nothing_is_referred_to(place: Remote) -> None:
    part = Part("part-0.bin", 5, "0" * 32, "0" * 64)
    with (
        pytest.raises(RemoteError, match=r"part 'part-0\.bin' is not there any more"),
        writing(place, OWNER) as writer,
    ):
        writer.finish([part], reader=READER)
    assert references(place) == []


def test_paths_that_lead_out_of_the_copy_are_refused(remote: Remote) -> None:
    with (
        pytest.raises(DataIntegrityError, match="no plain relative path"),
        writing(remote, OWNER) as writer,
    ):
        writer.finish([writer.put("../x", CONTENT)], reader=READER)
    assert references(remote) == []


@pytest.mark.parametrize("ids", [("../x", "run"), ("store", "a/b"), ("", "run"), ("store", ".x")])
def test_ids_that_are_no_file_names_are_refused(ids: tuple[str, str], remote: Remote) -> None:
    owner = Owner(*ids, "people@spring")
    with pytest.raises(InvalidNameError, match="is no id of a"), writing(remote, owner):
        pass
    with pytest.raises(InvalidNameError, match="is no id of a"):
        drop_reference(remote, owner)
    assert not Path(remote.root).exists()


def test_a_mark_holds_neither_credentials_nor_addresses(remote: Remote) -> None:
    with writing(remote, OWNER):
        (mark,) = left_in(remote)
        said = json.loads(Path(remote.root, mark).read_text())
    assert said.keys() == {"store", "run_id", "snapshot", "process", "time"}


def test_a_writer_waits_for_a_sweep(place: Remote) -> None:
    begun = threading.Event()

    def write() -> None:
        with writing(place, OWNER):
            begun.set()

    with ThreadPoolExecutor(1) as pool:
        with sweeping(place):
            done = pool.submit(write)
            assert not begun.wait(0.7)
        done.result()
    assert begun.is_set()


def test_a_sweep_that_was_killed_long_ago_is_not_waited_for(remote: Remote) -> None:
    with sweeping(remote) as presence:
        age(Path(presence.path), STALE + 1)
        with writing(remote, OWNER):
            pass


@pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="only Linux tells for certain")
def test_a_sweep_that_was_killed_just_now_is_not_waited_for(remote: Remote, run: Run) -> None:
    left_by_a_dead_process(remote, SWEEPING, run)
    assert len(left_in(remote)) == 1
    begun = time.monotonic()
    with writing(remote, OWNER):
        pass
    assert time.monotonic() - begun < STALE / 10


def test_after_a_long_sleep_everything_is_looked_up_again(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(remote, OWNER) as writer:
        part = writer.put("part-0.bin", CONTENT)
        remove_object(remote, part.md5)  # as a sweep does that took the mark for stale
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + STALE)
        with pytest.raises(RemoteError, match="is not there any more"):
            writer.finish([part], reader=READER)


def test_two_writers_of_one_owner_do_not_take_each_others_mark(remote: Remote) -> None:
    with writing(remote, OWNER):
        with writing(remote, OWNER):
            pass
        assert [each.copy for each in references(remote)] == [None]


def test_a_plain_web_server_takes_copies_without_marks(served: Served, folder: Path) -> None:
    remote = open_remote(
        f"http://127.0.0.1:{served.port}/data", project=folder, embedded=folder / "unused"
    )
    copy = store(folder, remote)
    assert len(served.objects) == len({part.md5 for part in copy.parts}) + 1
    assert verify(copy, remote) == []


def test_a_web_server_that_only_reads_refuses(served: Served, folder: Path) -> None:
    served.read_only = True
    remote = open_remote(
        f"http://127.0.0.1:{served.port}/data", project=folder, embedded=folder / "unused"
    )
    with pytest.raises(RemoteError, match=r"cannot be written in the remote .*403"):
        store(folder, remote, files=FILES[:1])
