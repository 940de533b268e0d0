"""Who needs what of a remote is said beside the objects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from storage_places import FILES, OWNER, store

from mlsnap.errors import DataIntegrityError
from mlsnap.storage import Owner, Remote, drop_reference, references

OTHER = Owner("other-store", OWNER.run_id, "people@spring")


def note_of(remote: Remote, owner: Owner) -> Path:
    return Path(remote.root, "refs", owner.store, f"{owner.run_id}.json")


def test_an_empty_remote_has_no_references(place: Remote) -> None:
    assert references(place) == []


def test_stores_share_a_remote(place: Remote, folder: Path) -> None:
    store(folder, place)
    store(folder, place, owner=OTHER, files=FILES[:2])
    assert {each.owner for each in references(place)} == {OWNER, OTHER}


def test_a_reference_lies_under_the_ids_of_its_owner(remote: Remote, folder: Path) -> None:
    copy = store(folder, remote)
    said = json.loads(note_of(remote, OWNER).read_text())
    assert said.pop("time") > 0
    assert said == {
        "store": "store",
        "run_id": "run",
        "snapshot": "people@spring",
        "copy": copy.md5,
    }


def test_a_new_copy_of_an_owner_replaces_the_reference(place: Remote, folder: Path) -> None:
    store(folder, place)
    copy = store(folder, place, files=FILES[:1])
    assert [each.copy for each in references(place)] == [copy.md5]


def test_a_dropped_reference_is_gone_and_may_be_dropped_again(place: Remote, folder: Path) -> None:
    store(folder, place)
    store(folder, place, owner=OTHER)
    drop_reference(place, OWNER)
    drop_reference(place, OWNER)
    assert [each.owner for each in references(place)] == [OTHER]


def test_a_reference_has_an_age(place: Remote, folder: Path) -> None:
    store(folder, place)
    (reference,) = references(place)
    assert 0 <= reference.age < 60


@pytest.mark.parametrize(
    "said",
    ["", "[1]", "{}", '{"time": 1, "store": "s", "run_id": "r", "snapshot": "x", "copy": "../y"}'],
)
def test_what_is_no_reference_is_named(said: str, remote: Remote, folder: Path) -> None:
    store(folder, remote)
    note_of(remote, OWNER).write_text(said)
    with pytest.raises(DataIntegrityError) as raised:
        references(remote)
    assert "run.json" in raised.value.fact
    assert "nothing is removed" in raised.value.hint
