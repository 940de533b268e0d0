"""An operation that is killed at its first change of the world, then at its second, …, to its end.

``python killing.py OPERATION`` in a project prints, as JSON, at which changes it was killed. Each
time it begins in the same state, and another process checks what the kill left.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import TemporaryDirectory

import effects
import forking
import pandas as pd

import mlsnap
from mlsnap.errors import NotFoundError
from mlsnap.services.datasets import Dataset
from mlsnap.services.snapshots import Snapshot
from mlsnap.storage import leftovers
from mlsnap.tracking import standing
from mlsnap.values.snapshot import Status

PROJECT = Path.cwd()
WORLD = PROJECT.parent
REMOTE = WORLD / "store" / "remote" / "mlsnap"


@dataclass(frozen=True)
class Operation:
    """What to do after ``prepare``; ``check`` looks at what a kill left, and does it to its end."""

    prepare: Callable[[], object]
    do: Callable[[], object]
    check: Callable[[int], object]


def frame(name: str) -> pd.DataFrame:
    """The rows of the snapshot of that name."""
    return pd.DataFrame({"x": range(50), "name": [name] * 50})


def create(name: str) -> Snapshot:
    frame(name).to_csv(PROJECT / "people.csv", index=False)
    return mlsnap.get_dataset("people").create_snapshot(name, create_data_snapshot=True)


def prepare() -> None:
    """A dataset with one snapshot that is to stay."""
    frame("kept").to_csv(PROJECT / "people.csv", index=False)
    mlsnap.register_dataset("people", "people.csv")
    create("kept").pin()


def prepare_litter() -> None:
    """Besides it a snapshot whose copy nobody needs, and what creations left."""
    prepare()
    create("unused")
    folder = REMOTE / "files" / "md5" / "aa"
    folder.mkdir(exist_ok=True)
    (folder / ("0" * 30)).write_bytes(b"an object that nothing refers to")
    (folder / ".0123456789abcdef.tmp").write_bytes(b"half an object")


def prepare_doomed() -> None:
    """Besides it a snapshot to delete."""
    prepare()
    create("doomed")


def register() -> Dataset:
    return mlsnap.register_dataset("wine", "people.csv", exist_ok=True)


def check_registered(number: int) -> None:
    """It is registered, or it can be; either way there is one of the name, with its source."""
    assert {each.name for each in mlsnap.search_datasets()} <= {"people", "wine"}
    assert register().get_definition().source == str(PROJECT / "people.csv")
    assert [each.name for each in mlsnap.search_datasets()] == ["people", "wine"]


def check_created(number: int) -> None:
    """All of it is there, or nothing to be seen; it can be created, and no object is too many.

    At every second change the garbage is collected before it is created again.
    """
    people = mlsnap.get_dataset("people")
    if "new" in listed():
        people.get_snapshot("new").pin()
        check_whole(people.get_snapshot("new"))
    else:
        with suppress(NotFoundError):
            assert people.get_snapshot("new").get_status() is not Status.COMPLETED
    if number % 2:
        check_swept()
    create("new").pin()
    check_whole(people.get_snapshot("new"))
    check_swept()


def delete() -> None:
    mlsnap.get_dataset("people").delete_snapshot("doomed")


def check_deleted(number: int) -> None:
    """All of it is there, or nothing to be seen; then it is deleted, and no object is too many."""
    people = mlsnap.get_dataset("people")
    if "doomed" in listed():
        check_whole(people.get_snapshot("doomed"))
        delete()
    assert listed() == {"kept"}
    with suppress(NotFoundError):
        people.get_snapshot("doomed")
        raise AssertionError("it is neither there nor deleted")
    check_swept()


def collect() -> None:
    mlsnap.gc(dry_run=False, older_than=0)


def check_collected(number: int) -> None:
    """What goes is gone or whole; then it is gone, and no object is too many."""
    unused = mlsnap.get_dataset("people").get_snapshot("unused")
    if unused.is_data_snapshot_available():
        check_whole(unused)
    check_swept()
    assert not mlsnap.get_dataset("people").get_snapshot("unused").is_data_snapshot_available()


def check_whole(snapshot: Snapshot) -> None:
    assert snapshot.name in listed()
    assert snapshot.get_status() is Status.COMPLETED
    assert snapshot.verify() == []
    pd.testing.assert_frame_equal(snapshot.to_pandas_dataframe(), frame(snapshot.name))
    assert snapshot.get_profile().digest == snapshot.digest


def check_swept() -> None:
    """After a collection nothing is in the remote but what complete snapshots need."""
    collected = mlsnap.gc(dry_run=False, older_than=0)
    assert [each.problem for each in collected.remotes] == [None], collected
    snapshots = mlsnap.get_dataset("people").get_all_snapshots()
    copies = [each.record.data for each in snapshots if each.record.data]
    needed = {part.md5 for copy in copies for part in copy.parts} | {copy.md5 for copy in copies}
    files = [each for each in REMOTE.rglob("*") if each.is_file()]
    objects = {"".join(each.parts[-2:]) for each in files if "md5" in each.parts}
    assert objects == needed, f"too many: {objects - needed}, too few: {needed - objects}"
    others = [each for each in files if "md5" not in each.parts]
    assert len(others) == len(copies), f"{len(copies)} copies, {others}"


def listed() -> set[str]:
    names = [each.name for each in mlsnap.get_dataset("people").get_all_snapshots()]
    assert len(set(names)) == len(names), names
    return set(names)


OPERATIONS = {
    "register": Operation(prepare, register, check_registered),
    "create": Operation(prepare, partial(create, "new"), check_created),
    "delete": Operation(prepare_doomed, delete, check_deleted),
    "gc": Operation(prepare_litter, collect, check_collected),
}


def step_through(operation: Operation) -> list[str]:
    """At which changes the operation was killed, until it ran to its end."""
    killed = []
    with the_same(operation.prepare) as begin:
        for number in count(1):
            begin()
            end = forking.run(partial(_killed_at, number, operation.do))
            if not end.killed:
                end.get()
                return killed
            killed.append(end.value)
            checked = forking.run(partial(_check, operation, number))
            assert checked.code == 0, f"killed at {number}, {end.value!r}: {checked.error}"
    raise AssertionError("unreachable")


@contextmanager
def the_same(prepare: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """What brings the world back to how ``prepare`` left it."""
    os.chdir("/")
    forking.run(partial(_at_home, prepare)).get()
    with TemporaryDirectory() as folder:
        copytree(WORLD, f"{folder}/world")

        def begin() -> None:
            for each in WORLD.iterdir():
                rmtree(each) if each.is_dir() else each.unlink()
            copytree(f"{folder}/world", WORLD, dirs_exist_ok=True)

        yield begin


def _at_home(work: Callable[[], object]) -> None:
    os.chdir(PROJECT)
    work()


def _killed_at(number: int, work: Callable[[], object]) -> None:
    left = number

    def count_down(effect: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            forking.die(effect.replace(f"{WORLD}/", ""))

    os.chdir(PROJECT)
    effects.watch(count_down, WORLD)
    work()


def _check(operation: Operation, number: int) -> None:
    """``check``, with what is silent dead at once, instead of after minutes."""
    os.chdir(PROJECT)
    standing.SILENCE = leftovers.STALE = 0.0
    operation.check(number)
    check_whole(mlsnap.get_dataset("people").get_snapshot("kept"))


def main() -> None:
    logging.disable(logging.INFO)
    forking.warm_up()
    print(json.dumps(step_through(OPERATIONS[sys.argv[1]])))


if __name__ == "__main__":
    main()
