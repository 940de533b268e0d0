"""A copy sends what the copy before does not have, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from mlsnap import storage
from mlsnap.data.carriers.stored import schema_from_text
from mlsnap.data.digest import digest_of
from mlsnap.data.parts import part_path
from mlsnap.data.sources import define
from mlsnap.errors import SourceError
from mlsnap.services import progress
from mlsnap.services.copies import pushing
from mlsnap.services.profiling import Reading, read_definition, read_frame
from mlsnap.values.snapshot import DataCopy, Definition
from mlsnap.values.work import Work

ROWS = 400_000


@pytest.fixture(scope="module")
def table() -> pa.Table:
    made = np.random.default_rng(1)
    return pa.table(
        {
            "when": pa.array(np.sort(made.integers(0, 10**9, ROWS)), pa.timestamp("ms")),
            "kind": pa.array(made.choice(["red", "green", "blue"], ROWS)).dictionary_encode(),
            "value": made.normal(size=ROWS),
        }
    )


class Bucket:
    """A local remote that counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.remote = storage.open_remote(str(folder), project=folder.parent, embedded=folder)
        self._pushed = 0

    def push(self, data: Any, **options: Any) -> DataCopy:
        """Copy a table or a reading into it."""
        reading = data if isinstance(data, Reading) else read_frame(data, keep=True)
        self._pushed += 1
        owner = storage.Owner("here", f"run{self._pushed}", f"wine@v{self._pushed}")
        return pushing.push_table(reading, self.remote, owner, **options)

    def objects(self) -> dict[str, int]:
        """The objects by their names, and their sizes."""
        found = self.folder.rglob("files/md5/*/*")
        return {f"{file.parent.name}{file.name}": file.stat().st_size for file in found}

    def sends(self, work: Callable[[], DataCopy]) -> float:
        """The bytes of new parts that ``work`` makes, as a share of all that its copy has."""
        before = self.objects()
        copy = work()
        return sum(self.size_of_new(before)) / copy.size

    def size_of_new(self, before: dict[str, int]) -> list[int]:
        new = self.objects().keys() - before.keys()
        return [self.objects()[name] for name in new if not name.endswith(".dir")]

    def rows(self, copy: DataCopy) -> pa.Table:
        """What the parts of a copy hold, in their order."""
        files = [next(self.folder.rglob(f"files/md5/{p.md5[:2]}/{p.md5[2:]}")) for p in copy.parts]
        return pa.concat_tables([pq.read_table(file) for file in files])


@pytest.fixture
def bucket(project: Path, tmp_path: Path) -> Bucket:
    return Bucket(tmp_path / "bucket")


@pytest.fixture
def nothing_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(rows: pa.Table) -> pa.Buffer:
        raise AssertionError(f"{len(rows)} rows were encoded")

    monkeypatch.setattr(pushing, "encode", refuse)


# What a copy is -----------------------------------------------------------------------------------


def test_a_copy_holds_the_rows_in_their_order(bucket: Bucket, table: pa.Table) -> None:
    copy = bucket.push(table)

    assert digest_of(bucket.rows(copy)) == digest_of(table)
    assert [part.path for part in copy.parts] == [part_path(n) for n in range(len(copy.parts))]
    assert [part.rows for part in copy.parts] == [
        pq.read_metadata(bucket.folder / f"mlsnap/files/md5/{p.md5[:2]}/{p.md5[2:]}").num_rows
        for p in copy.parts
    ]
    assert copy.mean_rows == 4096
    assert 0.7 * ROWS / 4096 < len(copy.parts) < 1.4 * ROWS / 4096


def test_a_copy_knows_its_schema(bucket: Bucket) -> None:
    table = pa.table({"x": pa.array([1], pa.timestamp("s")), "y": pa.array([[1]])})

    schema = schema_from_text(bucket.push(table).schema or "")

    assert schema == pa.schema([("x", pa.timestamp("s")), ("y", pa.large_list(pa.int64()))])


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_of_hardly_any_rows_is_one_part(bucket: Bucket, rows: int) -> None:
    table = pa.table({"x": pa.array(range(rows), pa.int64())})

    copy = bucket.push(table)

    assert [part.rows for part in copy.parts] == [rows]
    assert bucket.rows(copy).equals(table)


def test_wide_rows_make_short_parts(bucket: Bucket) -> None:
    wide = pa.table({f"c{i}": pa.array(np.arange(4000.0) * i) for i in range(1000)})

    copy = bucket.push(wide)

    assert copy.mean_rows == 2048
    assert sum(part.rows or 0 for part in copy.parts) == 4000


def test_another_carrier_of_the_same_rows_sends_nothing(bucket: Bucket, table: pa.Table) -> None:
    bucket.push(table)
    other = table.set_column(1, "kind", table["kind"].cast(pa.large_string())).to_batches(7777)

    assert bucket.sends(lambda: bucket.push(pa.Table.from_batches(other))) == 0


# What the next copy sends -------------------------------------------------------------------------


def test_one_percent_appended(bucket: Bucket, table: pa.Table) -> None:
    before = bucket.push(table.slice(0, ROWS - ROWS // 100))

    assert 0 < bucket.sends(lambda: bucket.push(table, before=before)) <= 0.05


def test_a_copy_says_how_much_of_it_was_sent(bucket: Bucket, table: pa.Table) -> None:
    before = bucket.push(table.slice(0, ROWS - ROWS // 100))
    objects = bucket.objects()

    copy = bucket.push(table, before=before)

    assert before.sent == before.size
    assert copy.sent == sum(bucket.size_of_new(objects))


def test_a_hundred_rows_at_the_head(bucket: Bucket, table: pa.Table) -> None:
    before = bucket.push(table)
    longer = pa.concat_tables([table.slice(777, 100), table])

    assert 0 < bucket.sends(lambda: bucket.push(longer, before=before)) <= 0.04


def test_a_tenth_of_a_percent_updated(bucket: Bucket, table: pa.Table) -> None:
    before = bucket.push(table)
    part = table.slice(ROWS // 2, ROWS // 1000)
    part = part.set_column(2, "value", pc.add(part["value"], 1))
    updated = pa.concat_tables([table.slice(0, ROWS // 2), part, table.slice(ROWS // 2 + 400)])

    assert 0 < bucket.sends(lambda: bucket.push(updated, before=before)) <= 0.05


def test_the_same_rows_under_another_name_are_not_encoded_again(
    bucket: Bucket, table: pa.Table, request: pytest.FixtureRequest
) -> None:
    before = bucket.push(table)
    objects = bucket.objects()
    request.getfixturevalue("nothing_is_encoded")

    copy = bucket.push(table, before=before)

    assert copy.parts == before.parts
    assert bucket.objects() == objects


def test_an_unchanged_source_is_not_even_opened(
    bucket: Bucket, table: pa.Table, project: Path, request: pytest.FixtureRequest
) -> None:
    pq.write_table(table, "x.parquet")
    reading = read_definition(define("x.parquet"))
    before = bucket.push(reading)
    objects = bucket.objects()
    Path("x.parquet").unlink()
    request.getfixturevalue("nothing_is_encoded")

    copy = bucket.push(reading, before=before, unchanged=True)

    assert copy == before
    assert bucket.objects() == objects


def test_a_part_that_went_missing_is_made_again(bucket: Bucket, table: pa.Table) -> None:
    before = bucket.push(table)
    objects = bucket.objects()
    lost = before.parts[3].md5
    next(bucket.folder.rglob(f"files/md5/{lost[:2]}/{lost[2:]}")).unlink()

    copy = bucket.push(table, before=before, unchanged=True)

    assert copy == before
    assert bucket.objects() == objects


def test_the_mean_of_the_copy_before_is_kept(bucket: Bucket, table: pa.Table) -> None:
    before = bucket.push(table.slice(0, 100_000))

    assert bucket.push(table, before=replace(before, mean_rows=16_384)).mean_rows == 16_384
    assert bucket.push(table, before=replace(before, mean_rows=131_072)).mean_rows == 4096


def test_a_copy_of_an_earlier_format_is_no_help_and_no_harm(
    bucket: Bucket, table: pa.Table
) -> None:
    copy = bucket.push(table)
    old = replace(
        copy,
        mean_rows=None,
        schema=None,
        parts=tuple(replace(part, rows=None, key=None) for part in copy.parts),
    )

    assert bucket.push(table, before=old, unchanged=True) == copy


# Where the rows come from -------------------------------------------------------------------------


def test_rows_that_come_once_are_kept_until_they_are_copied(
    bucket: Bucket, table: pa.Table
) -> None:
    stream = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(50_000))
    reading = read_frame(stream, keep=True)

    assert digest_of(bucket.rows(bucket.push(reading))) == reading.profile.digest
    assert digest_of(bucket.rows(bucket.push(reading))) == digest_of(table)


def test_texts_are_parsed_once(bucket: Bucket, project: Path) -> None:
    pa.csv.write_csv(pa.table({"x": range(1000)}), "x.csv")
    reading = read_definition(define("x.csv"), keep=True)
    Path("x.csv").unlink()

    assert bucket.rows(bucket.push(reading)).column("x").to_pylist() == list(range(1000))


@pytest.mark.parametrize("keep", [False, True])
def test_rows_that_turn_out_to_need_other_types_are_copied_from_the_beginning(
    bucket: Bucket, project: Path, keep: bool
) -> None:
    Path("late.csv").write_text("x\n" + "1000000\n" * 290_000 + "7.5\n" + "1000000\n" * 310_000)
    reading = read_definition(define("late.csv"), keep=keep)

    rows = bucket.rows(bucket.push(reading))

    assert digest_of(rows) == reading.profile.digest
    assert rows.num_rows == 600_001
    assert pc.min(rows["x"]).as_py() == 7.5


def test_a_source_that_changed_since_it_was_read_is_not_copied(
    bucket: Bucket, project: Path
) -> None:
    pq.write_table(pa.table({"x": [1, 2]}), "x.parquet")
    reading = read_definition(define("x.parquet"))
    pq.write_table(pa.table({"x": [1, 3]}), "x.parquet")

    with pytest.raises(SourceError, match=r"x\.parquet changed while it was being read"):
        bucket.push(reading)
    assert bucket.objects() == {}


def test_a_file_that_came_to_a_folder_is_noticed(bucket: Bucket, project: Path) -> None:
    Path("folder").mkdir()
    pq.write_table(pa.table({"x": [1, 2]}), "folder/a.parquet")
    reading = read_definition(define("folder"))
    pq.write_table(pa.table({"x": [1, 3]}), "folder/b.parquet")

    with pytest.raises(SourceError, match="folder changed while it was being read"):
        bucket.push(reading)


def test_steps_that_give_other_rows_each_time_are_noticed(bucket: Bucket, project: Path) -> None:
    pytest.importorskip("duckdb")
    pq.write_table(pa.table({"x": range(100)}), "x.parquet")
    chance = Definition(
        str(Path("x.parquet").absolute()),
        "parquet",
        steps=({"step": "derive", "column": "y", "expression": "random()"},),
    )

    with pytest.raises(SourceError, match="gave other rows when it was read again"):
        bucket.push(read_definition(chance))
    assert bucket.push(read_definition(chance, keep=True)).parts[0].rows == 100


def test_a_gone_source_says_so(bucket: Bucket) -> None:
    stream = pa.RecordBatchReader.from_batches(pa.schema([("x", pa.int64())]), [])

    with pytest.raises(SourceError, match="no source of its own"):
        bucket.push(read_frame(stream))


# When something goes wrong ------------------------------------------------------------------------


def test_a_column_that_parquet_refuses_ends_the_copy(bucket: Bucket) -> None:
    odd = pa.table({"x": range(100_000), "odd": pa.array([{}] * 100_000, pa.struct([]))})

    with pytest.raises(SourceError, match=r"column 'odd' \(.*\) cannot be written as Parquet"):
        bucket.push(odd)
    assert bucket.objects() == {}


def test_after_an_error_nothing_more_is_begun(bucket: Bucket, table: pa.Table) -> None:
    begun: list[float] = []

    class Watch:
        def __enter__(self) -> Callable[[float], None]:
            return self.step

        def __exit__(self, *error: object) -> None: ...

        def step(self, done: float) -> None:
            begun.append(done)
            raise InterruptedError("enough")

    with progress.watched_by(lambda work: Watch()), pytest.raises(InterruptedError, match="enough"):
        pushing.push_table(read_frame(table), bucket.remote, storage.Owner("here", "run", "wine@x"))

    assert 0 < len(begun) < 20
    assert not [each for each in threading.enumerate() if each.name.startswith("mlsnap")]
    assert not [name for name in bucket.objects() if name.endswith(".dir")]


def test_the_bytes_that_are_sent_are_told(bucket: Bucket, table: pa.Table) -> None:
    told: list[tuple[Work, float]] = []

    class Watch:
        def __init__(self, work: Work) -> None:
            self.work = work

        def __enter__(self) -> Callable[[float], None]:
            return lambda done: told.append((self.work, done))

        def __exit__(self, *error: object) -> None: ...

    reading = read_frame(table)
    with progress.watched_by(Watch):
        copy = bucket.push(reading)

    assert {(work.doing, work.unit) for work, _ in told} == {("sending", "bytes")}
    assert sum(done for _, done in told) == copy.size


# Files as they are --------------------------------------------------------------------------------


def test_files_are_copied_byte_for_byte(bucket: Bucket, project: Path) -> None:
    Path("folder/2020").mkdir(parents=True)
    for name, value in (("a.csv", 1), ("2020/b.csv", 2)):
        Path("folder", name).write_text(f"x\n{value}\n")
    reading = read_definition(define("folder"))
    owner = storage.Owner("here", "run", "wine@x")

    copy = pushing.push_files(reading, bucket.remote, owner)

    assert copy.verbatim
    assert [part.path for part in copy.parts] == ["2020/b.csv", "a.csv"]
    files = [next(bucket.folder.rglob(f"files/md5/{p.md5[:2]}/{p.md5[2:]}")) for p in copy.parts]
    assert [file.read_text() for file in files] == ["x\n2\n", "x\n1\n"]
    assert copy.reader.format == "csv"
    assert {part.key for part in copy.parts} == {None}


def test_a_file_that_goes_while_others_are_copied_is_named(bucket: Bucket, project: Path) -> None:
    for name in ("a.csv", "b.csv"):
        Path(name).write_text("x\n1\n")
    reading = read_definition(define("*.csv", format="csv"))
    Path("b.csv").unlink()

    with pytest.raises(SourceError, match=r"the file '.*b\.csv' cannot be read"):
        pushing.push_files(reading, bucket.remote, storage.Owner("here", "run", "wine@x"))
    assert not [name for name in bucket.objects() if name.endswith(".dir")]
