"""Sweeps remove what nobody needs, and nothing else."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest
from storage_places import FILES, OWNER, Run, Served, left_by_a_dead_process, store

from mlsnap.errors import DataIntegrityError, RemoteError
from mlsnap.storage import (
    Leftover,
    Owner,
    Remote,
    Swept,
    drop_reference,
    find_leftovers,
    open_remote,
    references,
    sweep,
    verify,
    writing,
)
from mlsnap.storage.leftovers import find_needs
from mlsnap.storage.notes import SWEEPING, WRITING
from mlsnap.storage.objects import object_path, object_size, put_bytes, remove_object
from mlsnap.storage.presence import STALE, Presence
from mlsnap.storage.references import owner_to_dict
from mlsnap.values.snapshot import DataCopy

OTHER = Owner("other-store", "other-run", "towns@autumn")
DAY = 86_400.0


def objects_of(copy: DataCopy) -> set[str]:
    return {copy.md5, *(part.md5 for part in copy.parts)}


def names(found: list[Leftover] | tuple[Leftover, ...]) -> set[str]:
    return {each.name for each in found}


def age(path: str | Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_what_is_referred_to_stays(place: Remote, folder: Path) -> None:
    copy = store(folder, place)
    assert find_leftovers(place, grace=0) == []
    assert sweep(place, grace=0) == Swept(())
    assert verify(copy, place) == []


def test_an_empty_remote_is_clean(place: Remote) -> None:
    assert find_leftovers(place, grace=0) == []
    assert sweep(place, grace=0) == Swept(())


def test_of_two_copies_only_what_the_dropped_one_had_alone_goes(
    place: Remote, folder: Path
) -> None:
    first = store(folder, place)
    second = store(folder, place, owner=OTHER, files=FILES[:2])
    drop_reference(place, OWNER)
    swept = sweep(place, grace=0)
    assert names(swept.removed) == objects_of(first) - objects_of(second)
    assert verify(second, place) == []
    assert {object_size(place, name) for name in names(swept.removed)} == {None}


def test_references_of_the_dead_go_with_what_they_needed(place: Remote, folder: Path) -> None:
    copy = store(folder, place)
    found = find_leftovers(place, dead=[OWNER], grace=0)
    assert names(found) == objects_of(copy)
    assert {each.why for each in found} == {"only people@spring needed it"}
    assert len(references(place)) == 1
    assert names(sweep(place, dead=[OWNER], grace=0).removed) == objects_of(copy)
    assert references(place) == []


def test_a_reference_of_another_store_counts_whoever_is_dead(place: Remote, folder: Path) -> None:
    copy = store(folder, place, owner=Owner("other-store", OWNER.run_id, "people@spring"))
    assert sweep(place, dead=[OWNER], grace=0) == Swept(())
    assert verify(copy, place) == []


def test_copies_without_references_are_kept_by_name(place: Remote, folder: Path) -> None:
    copy = store(folder, place)
    drop_reference(place, OWNER)
    assert sweep(place, keep=[copy.md5], grace=0) == Swept(())
    part = copy.parts[0].md5
    assert part not in names(sweep(place, keep=[part], grace=0).removed)


def test_leftovers_have_a_size_an_age_and_a_reason(place: Remote) -> None:
    put_bytes(place, "ab" * 16, b"content")
    (found,) = find_leftovers(place, grace=0)
    assert (found.name, found.size, found.why) == ("ab" * 16, 7, "no snapshot refers to it")
    assert 0 <= found.age < 60


def test_what_is_younger_than_the_grace_stays(place: Remote) -> None:
    put_bytes(place, "ab" * 16, b"content")
    assert find_leftovers(place) == []
    assert sweep(place) == Swept(())
    assert object_size(place, "ab" * 16) == 7


def test_what_is_older_than_the_grace_goes(remote: Remote) -> None:
    put_bytes(remote, "ab" * 16, b"content")
    put_bytes(remote, "cd" * 16, b"content")
    age(object_path(remote, "ab" * 16), DAY + 60)
    assert names(sweep(remote).removed) == {"ab" * 16}


def test_a_sweep_keeps_within_the_names_it_is_given(place: Remote, folder: Path) -> None:
    copy = store(folder, place)
    put_bytes(place, "ab" * 16, b"content")
    swept = sweep(place, dead=[OWNER], grace=0, within=objects_of(copy))
    assert names(swept.removed) == objects_of(copy)
    assert object_size(place, "ab" * 16) == 7


def test_lists_of_files_go_before_their_parts(remote: Remote, folder: Path) -> None:
    copy = store(folder, remote)
    swept = sweep(remote, dead=[OWNER], grace=0)
    assert swept.removed[0].name == copy.md5


def test_while_a_copy_is_written_nothing_goes(place: Remote, folder: Path) -> None:
    put_bytes(place, "ab" * 16, b"content")
    with writing(place, OWNER):
        assert sweep(place, grace=0) == Swept((), OWNER)
    assert names(sweep(place, grace=0).removed) == {"ab" * 16}


def test_a_sweep_leaves_no_mark(place: Remote) -> None:
    with writing(place, OWNER):
        sweep(place, grace=0)
    sweep(place, grace=0)
    assert not [each for each in place.filesystem.find(place.root) if "marks" in each]


def test_a_writer_that_was_killed_long_ago_holds_nothing_up(remote: Remote) -> None:
    with Presence(remote, WRITING, owner_to_dict(OWNER)) as presence:
        age(presence.path, STALE + 1)
        put_bytes(remote, "ab" * 16, b"content")
        found = sweep(remote, grace=0).removed
    assert [each.why for each in found] == [
        "no snapshot refers to it",
        "the mark of a process that has ended",
    ]


@pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="only Linux tells for certain")
def test_a_writer_that_was_killed_just_now_holds_nothing_up(remote: Remote, run: Run) -> None:
    left_by_a_dead_process(remote, WRITING, run)
    assert references(remote) == []
    assert len(sweep(remote, grace=0).removed) == 1


def test_two_sweeps_at_once_do_no_harm(place: Remote) -> None:
    put_bytes(place, "ab" * 16, b"content")
    with Presence(place, SWEEPING, {}):
        assert names(sweep(place, grace=0).removed) == {"ab" * 16}


def test_unfinished_uploads_go_when_they_are_old(remote: Remote, folder: Path) -> None:
    store(folder, remote)
    for below in ("files/md5/ab", "refs/store", "marks"):
        (Path(remote.root) / below).mkdir(parents=True, exist_ok=True)
        (Path(remote.root) / below / ".0123.tmp").write_bytes(b"half")
    assert find_leftovers(remote) == []
    age(Path(remote.root, "files/md5/ab/.0123.tmp"), DAY + 60)
    assert names(find_leftovers(remote)) == {"files/md5/ab/.0123.tmp"}
    assert len(sweep(remote, grace=0).removed) == 2


def test_an_unfinished_mark_may_be_that_of_another_sweep(remote: Remote) -> None:
    mark = Path(remote.root, "marks", ".0123.tmp")
    mark.parent.mkdir(parents=True)
    mark.write_bytes(b"half")
    assert sweep(remote, grace=0) == Swept(())
    age(mark, STALE + 1)
    assert names(sweep(remote, grace=0).removed) == {"marks/.0123.tmp"}


def test_uploads_in_pieces_that_did_not_end_go(bucket: Remote) -> None:
    name, _, prefix = bucket.root.partition("/")
    for key in (f"{prefix}/files/md5/ab/cd", "elsewhere/x"):
        bucket.filesystem.fs.call_s3("create_multipart_upload", Bucket=name, Key=key)
    found = sweep(bucket, grace=0).removed
    assert names(found) == {"files/md5/ab/cd"}
    left = bucket.filesystem.fs.list_multipart_uploads(name)
    assert [each["Key"] for each in left] == ["elsewhere/x"]


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_when_a_needed_list_of_files_is_bad_nothing_goes(
    damage: str, place: Remote, folder: Path
) -> None:
    copy = store(folder, place)
    put_bytes(place, "ab" * 16, b"content")
    if damage == "missing":
        remove_object(place, copy.md5)
    else:
        put_bytes(place, copy.md5, b"[]")
    with pytest.raises(DataIntegrityError) as raised:
        sweep(place, grace=0)
    assert raised.value.fact.endswith(f"{copy.md5[2:]}, is {damage}")
    assert "the list of files of the copy of people@spring" in raised.value.fact
    assert "delete that snapshot" in raised.value.hint
    assert object_size(place, "ab" * 16) == 7
    assert names(sweep(place, dead=[OWNER], grace=0).removed) >= {"ab" * 16}


def test_a_missing_list_of_the_dead_is_no_matter(remote: Remote, folder: Path) -> None:
    copy = store(folder, remote)
    remove_object(remote, copy.md5)
    removed = sweep(remote, dead=[OWNER], grace=0).removed
    assert names(removed) == objects_of(copy) - {copy.md5}


def test_files_that_are_not_ours_stay(remote: Remote) -> None:
    stray = Path(remote.root, "files", "md5", "README.txt")
    stray.parent.mkdir(parents=True)
    stray.write_text("mine")
    age(stray, 10 * DAY)
    assert sweep(remote, grace=0) == Swept(())
    assert stray.exists()


def test_a_prefix_that_looks_like_a_pattern_is_meant_as_it_is(bucket: Remote) -> None:
    name = bucket.root.partition("/")[0]
    for prefix in ("data[12]", "data1"):
        other = open_remote(f"s3://{name}/{prefix}", project=Path(), embedded=Path("unused"))
        put_bytes(other, "ab" * 16, b"content")
        if prefix == "data[12]":
            odd = other
    assert names(sweep(odd, grace=0).removed) == {"ab" * 16}
    assert object_size(odd, "ab" * 16) is None
    assert object_size(other, "ab" * 16) == 7


def test_after_a_sweep_a_copy_can_be_written_again(place: Remote, folder: Path) -> None:
    store(folder, place)
    sweep(place, dead=[OWNER], grace=0)
    assert verify(store(folder, place), place) == []


def test_a_plain_web_server_cannot_be_swept(served: Served, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{served.port}/data"
    remote = open_remote(url, project=tmp_path, embedded=tmp_path / "unused")
    with pytest.raises(RemoteError, match="can neither list nor remove"):
        sweep(remote, grace=0)


def test_a_read_only_folder_says_so(remote: Remote, folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write all")
    store(folder, remote)
    Path(remote.root).chmod(0o555)
    with pytest.raises(RemoteError, match="Permission denied"):
        sweep(remote, grace=0)


KILLED_SWEEPS = """
import os, sys
from pathlib import Path
from storage_places import OWNER
from mlsnap.storage import find_leftovers, open_remote, references, sweep

remote = open_remote(sys.argv[1], project=Path(), embedded=Path())

def dying_at(count):
    def die(event, _):
        nonlocal count
        count -= event == "os.remove"
        if count == 0:
            os._exit(9)
    return die

for number in range(1, 20):
    if (child := os.fork()) == 0:
        sys.addaudithook(dying_at(number))
        sweep(remote, dead=[OWNER], grace=0)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
    owners = [each.owner.snapshot for each in references(remote)]
    print(number, "people@spring" in owners, "towns@autumn" in owners, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_killed_sweep_leaves_whole_copies_or_what_the_next_one_removes(
    tmp_path: Path, remote: Remote, folder: Path, run: Run
) -> None:
    store(folder, remote)
    kept = store(folder, remote, owner=OTHER, files=FILES[:1])
    program = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}){KILLED_SWEEPS}"
    where = str(Path(remote.root).parent)
    said = run(tmp_path, sys.executable, "-c", program, where)
    lines = [line.split() for line in said.splitlines()]
    assert len(lines) > 3  # so often it died
    assert {each[2] for each in lines} == {"True"}
    assert [each[1] for each in lines] == ["True", *["False"] * (len(lines) - 1)]
    assert verify(kept, remote) == []
    assert find_leftovers(remote, grace=0) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_twenty_processes_lose_nothing(tmp_path: Path, run: Run) -> None:
    program = str(Path(__file__).with_name("racing_storage.py"))
    said = json.loads(run(tmp_path, sys.executable, program, str(tmp_path / "store"), "4"))
    assert set(said) <= {"whole", "abandoned", "busy", "removed", "clean"}
    assert "whole" in said
    assert {"busy", "removed", "clean"} & set(said)

    remote = open_remote(str(tmp_path / "store"), project=tmp_path, embedded=tmp_path)
    sweep(remote, grace=0)
    assert find_leftovers(remote, grace=0) == []
    needed = find_needs(remote, keep=(), dead=()).names
    assert [name for name in needed if object_size(remote, name) is None] == []
