"""Files that have not changed since they were read are not read again, and give the same."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from racing import race

import mlsnap
from mlsnap import steps
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError
from mlsnap.services import known_files, progress
from mlsnap.services.profiling import Reading, read_definition
from mlsnap.values.work import Work

CONTENT = "n,t\n1,a\n2,b\n"
OTHER = "n,t\n1,a\n3,b\n"


class Profiled:
    """A call that a process of its own can be given."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, _number: int) -> str:
        return mlsnap.profile(self._file).to_json()


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files that were left alone for as long as it takes to be sure of them."""
    folder = tmp_path_factory.mktemp("settled")
    for number in range(24):
        (folder / f"{number}.csv").write_text(CONTENT)
    (folder / "late.csv").write_text("x\n" + "1000000\n" * 290_000 + "7.5\n")
    for below in ("more", "fewer"):
        (folder / below).mkdir()
        for name in ("a.csv", "b.csv"):
            (folder / below / name).write_text(CONTENT)
    pq.write_table(pa.table({"x": pa.array([1, None]), "y": ["a", "b"]}), folder / "x.parquet")
    time.sleep(known_files.SETTLED / 1e9 + 0.1)
    return folder


@pytest.fixture(scope="module")
def names() -> Iterator[str]:
    return iter([f"{number}.csv" for number in range(24)])


@pytest.fixture
def file(project: Path, settled: Path, names: Iterator[str]) -> Path:
    """A settled file that no other test uses, in a project with a cache of its own."""
    return settled / next(names)


@pytest.fixture
def entries(tmp_path: Path) -> Callable[[], list[Path]]:
    """The files of the project's cache."""
    return lambda: sorted((tmp_path / "cache").rglob("*.known*"))


def read(path: Path, **options: Any) -> Reading:
    return read_definition(define(path, options=options))


@contextmanager
def readings() -> Iterator[list[Work]]:
    """The readings of tables in the block."""
    found: list[Work] = []

    @contextmanager
    def watch(work: Work) -> Iterator[progress.Step]:
        found.extend([work] if work.unit == "rows" else [])
        yield lambda _done: None

    with progress.watched_by(watch):
        yield found


def is_read(path: Path, **options: Any) -> bool:
    """Whether a profile of ``path`` takes a reading."""
    with readings() as found:
        mlsnap.profile(path, **options)
    return bool(found)


def test_an_unchanged_file_is_not_read_again(file: Path) -> None:
    assert [is_read(file), is_read(file), is_read(file)] == [True, False, False]


@pytest.mark.parametrize("name", ["late.csv", "x.parquet", "more"])
def test_what_is_remembered_is_what_reading_gives(
    project: Path, settled: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(settled / name)
    with readings() as found:
        remembered = read(settled / name)
    monkeypatch.setenv("MLSNAP_REMEMBER_FILES", "false")
    fresh = read(settled / name)

    assert not found
    assert remembered.profile == fresh.profile
    assert remembered.stamps == fresh.stamps
    assert remembered.rows.schema == fresh.rows.schema
    assert remembered.rows.table().equals(open_source(define(settled / name)).table())


def test_few_bytes_of_an_unchanged_file_are_read(project: Path, settled: Path) -> None:
    counts = Path("/proc/self/io")
    if not counts.exists():
        pytest.skip("this system does not count what a process reads")
    file = settled / "late.csv"

    def bytes_read() -> int:
        before = counts.read_text().split()[1]
        read(file)
        return int(counts.read_text().split()[1]) - int(before)

    assert bytes_read() > file.stat().st_size
    assert bytes_read() < file.stat().st_size / 10


def test_a_snapshot_of_an_unchanged_file_has_the_same_profile_and_data(file: Path) -> None:
    table = mlsnap.register_dataset("table", file)
    first = table.create_snapshot()
    with readings() as found:
        second = table.create_snapshot(create_data_snapshot=True)

    assert not found
    assert second.get_profile() == first.get_profile()
    pd.testing.assert_frame_equal(second.to_pandas_dataframe(), pd.read_csv(file))


def test_other_content_of_the_same_size_and_time_is_noticed(file: Path) -> None:
    before = file.stat()
    mlsnap.profile(file)

    file.write_text(OTHER)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    after = file.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert mlsnap.profile(file)["n"].max == 3


def test_another_file_moved_into_its_place_is_noticed(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(OTHER)
    shutil.copystat(file, other)
    mlsnap.profile(file)

    other.replace(file)

    assert mlsnap.profile(file)["n"].max == 3


def test_a_touched_file_is_read_again(file: Path) -> None:
    mlsnap.profile(file)
    file.touch()

    assert is_read(file)


def test_a_file_that_has_just_changed_is_not_remembered(
    file: Path, entries: Callable[[], list[Path]]
) -> None:
    file.write_text(CONTENT)

    assert [is_read(file), is_read(file)] == [True, True]
    assert not entries()


def test_a_file_with_an_old_time_that_has_just_changed_is_not_remembered(file: Path) -> None:
    file.write_text(CONTENT)
    os.utime(file, (0, 0))

    assert [is_read(file), is_read(file)] == [True, True]


def test_each_set_of_options_is_remembered_by_itself(file: Path) -> None:
    mlsnap.profile(file)

    assert is_read(file, column_types={"n": "string"})
    assert mlsnap.profile(file, column_types={"n": "string"})["n"].type == "STRING"
    assert mlsnap.profile(file)["n"].type == "INTEGER"


@pytest.mark.parametrize(
    ("name", "value"), [("MLSNAP_SEMANTIC_TYPES", "true"), ("MLSNAP_MEMORY_BUDGET", "20MB")]
)
def test_settings_that_change_a_profile_are_heeded(
    file: Path, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlsnap.profile(file)
    monkeypatch.setenv(name, value)

    assert is_read(file)


def test_steps_that_depend_on_the_rows_alone_are_remembered(file: Path) -> None:
    definition = define(file).with_steps(steps.select("n"))
    read_definition(definition)

    with readings() as found:
        assert read_definition(definition).profile.names == ["n"]
    assert not found


def test_steps_that_may_ask_for_the_time_are_not(file: Path) -> None:
    pytest.importorskip("duckdb")
    definition = define(file).with_steps(steps.derive("at", "now()"))
    first = read_definition(definition).profile

    assert read_definition(definition).profile["at"].max > first["at"].max


def test_a_file_that_joins_a_folder_is_noticed(project: Path, settled: Path) -> None:
    folder = settled / "more"
    mlsnap.profile(folder)
    (folder / "c.csv").write_text(CONTENT)

    assert mlsnap.profile(folder).row_count == 6


def test_a_file_that_leaves_a_glob_is_noticed(project: Path, settled: Path) -> None:
    mlsnap.profile(settled / "fewer" / "*.csv")
    (settled / "fewer" / "a.csv").unlink()

    assert mlsnap.profile(settled / "fewer" / "*.csv").row_count == 2


def test_a_file_that_is_gone_is_an_error(file: Path) -> None:
    definition = define(file)
    read_definition(definition)
    file.unlink()

    with pytest.raises(SourceError, match="no file or folder"):
        read_definition(definition)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:],
        lambda content: b"\0" * len(content),
    ],
    ids=["empty", "cut off", "a bit flipped", "zeros"],
)
def test_a_damaged_entry_is_none(
    file: Path, entries: Callable[[], list[Path]], damage: Callable[[bytes], bytes]
) -> None:
    mlsnap.profile(file)
    (entry,) = entries()
    entry.write_bytes(damage(entry.read_bytes()))

    assert [is_read(file), is_read(file)] == [True, False]


def test_a_cache_that_cannot_be_written_is_passed_over(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv("MLSNAP_CACHE_DIRECTORY", str(tmp_path / "occupied"))

    assert [is_read(file), is_read(file)] == [True, True]


def test_nothing_is_remembered_where_that_is_switched_off(
    file: Path, entries: Callable[[], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLSNAP_REMEMBER_FILES", "false")

    assert [is_read(file), is_read(file)] == [True, True]
    assert not entries()


def test_only_the_user_may_read_what_is_remembered(
    file: Path, entries: Callable[[], list[Path]]
) -> None:
    mlsnap.profile(file)

    (entry,) = entries()
    assert entry.stat().st_mode & 0o077 == 0
    assert entry.parent.stat().st_mode & 0o077 == 0


def test_entries_that_nobody_used_for_long_go(
    file: Path, entries: Callable[[], list[Path]]
) -> None:
    mlsnap.profile(file)
    (old,) = entries()
    long_ago = time.time() - known_files.AGE - 1
    os.utime(old, (long_ago, long_ago))
    foreign = old.with_name("notes.txt")
    foreign.write_text("not ours")
    os.utime(foreign, (long_ago, long_ago))

    mlsnap.profile(file, delimiter=";")

    assert old not in entries()
    assert len(entries()) == 1
    assert foreign.exists()


def test_processes_that_read_at_one_moment_get_the_same(file: Path, settled: Path) -> None:
    ended = [end for ends in race(Profiled(file), Profiled(file)) for end in ends]

    assert set(ended) == {("made", mlsnap.profile(file).to_json())}
    assert not is_read(file)
