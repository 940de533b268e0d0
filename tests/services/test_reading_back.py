"""Stored rows come back verified: whole, batch by batch, some columns; damage is named."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import mlsnap
from mlsnap.data.batching import in_groups, of_rows
from mlsnap.errors import (
    DataIntegrityError,
    MlsnapWarning,
    NoDataCopyError,
    NotFoundError,
    RemoteError,
    SourceError,
)
from mlsnap.services.datasets import Dataset
from mlsnap.services.sampling import sample
from mlsnap.services.snapshots import Snapshot
from mlsnap.values.snapshot import Part

ROWS = 60_000


def numbers(rows: int = ROWS) -> pa.Table:
    draw = np.random.default_rng(7)
    town = pa.array(["Bonn", "Köln", None, ""] * (rows // 4))
    return pa.table({"id": np.arange(rows), "value": draw.normal(size=rows), "town": town})


@pytest.fixture
def table() -> pa.Table:
    return numbers()


@pytest.fixture
def kept(wine: Dataset, table: pa.Table) -> Snapshot:
    """A snapshot of the table, in several parts."""
    made = wine.create_snapshot("kept", data=table, create_data_snapshot=True)
    assert made.record.data is not None
    assert len(made.record.data.parts) >= 4
    return made


@pytest.fixture
def files(project: Path) -> Snapshot:
    """A snapshot whose copy holds the source's files."""
    for name in ("a", "b"):
        pd.DataFrame({"x": [1, 2, 3], "y": ["a", "", name]}).to_csv(f"{name}.csv", index=False)

    @mlsnap.track(inputs={"path": "kept"}, create_data_snapshot=True)
    def train(path: str) -> None: ...

    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
        train("*.csv")
    (made,) = mlsnap.get_dataset("kept").get_all_snapshots()
    assert made.is_verbatim
    return made


def parts_of(snapshot: Snapshot) -> tuple[Part, ...]:
    assert snapshot.record.data is not None
    return snapshot.record.data.parts


def object_of(snapshot: Snapshot, number: int) -> Path:
    """Where a part of a copy is on disk."""
    assert snapshot.record.data is not None
    md5 = parts_of(snapshot)[number].md5
    return Path(snapshot.record.data.remote["url"], "files", "md5", md5[:2], md5[2:])


def flip(file: Path) -> None:
    content = file.read_bytes()
    middle = len(content) // 2
    damage(file, content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


def truncate(file: Path) -> None:
    damage(file, file.read_bytes()[:-7])


def damage(file: Path, content: bytes) -> None:
    file.chmod(0o644)
    file.write_bytes(content)


def remove(file: Path) -> None:
    file.unlink()


WAYS: dict[str, Callable[[Snapshot], object]] = {
    "table": lambda snapshot: snapshot.to_arrow_table(),
    "frame": lambda snapshot: snapshot.to_pandas_dataframe(),
    "some columns": lambda snapshot: snapshot.to_arrow_table(columns=["town"]),
    "batches": lambda snapshot: list(snapshot.iter_batches()),
    "files": lambda snapshot: snapshot.download("copy"),
}
"""Everything that reads a copy to its end."""

DAMAGES = {
    flip: (DataIntegrityError, "is damaged: .* has the SHA-256 "),
    truncate: (DataIntegrityError, r"is damaged: .* has the size \d+ bytes, expected \d+ bytes"),
    remove: (RemoteError, "is missing: no object at "),
}


def test_a_table_comes_back_with_its_values(kept: Snapshot, table: pa.Table) -> None:
    assert kept.to_arrow_table().to_pydict() == table.to_pydict()


def test_an_arrow_table_has_its_names_and_layouts_again(wine: Dataset) -> None:
    towns = pa.array(["Bonn", None, "Bonn"])
    handed = pa.table([towns, towns.dictionary_encode()], names=["town", "town"])

    made = wine.create_snapshot("x", data=handed, create_data_snapshot=True)

    assert made.to_arrow_table().equals(handed, check_metadata=True)
    assert made.to_arrow_table(["town.1"]).column_names == ["town.1"]


def test_batches_have_the_rows_that_are_asked_for_in_order(kept: Snapshot, table: pa.Table) -> None:
    batches = list(kept.iter_batches(batch_rows=7_001))

    assert [each.num_rows for each in batches[:-1]] == [7_001] * (ROWS // 7_001)
    assert pa.Table.from_batches(batches).to_pydict() == table.to_pydict()


def test_only_some_columns_come_in_the_order_that_is_asked_for(
    kept: Snapshot, table: pa.Table
) -> None:
    expected = table.select(["town", "id"]).to_pydict()

    assert kept.to_arrow_table(columns=["town", "id"]).to_pydict() == expected
    batches = kept.iter_batches(columns=("town", "id"))
    assert pa.Table.from_batches(batches).to_pydict() == expected
    assert list(kept.to_pandas_dataframe(columns=["town", "id"])) == ["town", "id"]
    assert kept.to_arrow_table(columns="town").column_names == ["town"]


@pytest.mark.parametrize("way", ["to_arrow_table", "to_pandas_dataframe", "iter_batches"])
def test_an_unknown_column_is_named_at_once_with_those_near_it(kept: Snapshot, way: str) -> None:
    with pytest.raises(
        NotFoundError, match="no column 'twon'; near names: 'town'\nHint: the columns are 'id', "
    ):
        getattr(kept, way)(columns=["id", "twon"])


@pytest.mark.parametrize(
    ("columns", "fact"),
    [([], "no column is asked for"), (["id", "town", "id"], "column 'id' is asked for twice")],
)
def test_no_column_or_one_twice_is_refused(kept: Snapshot, columns: list[str], fact: str) -> None:
    with pytest.raises(SourceError, match=fact):
        kept.to_arrow_table(columns=columns)


def test_batches_of_no_rows_are_refused(kept: Snapshot) -> None:
    with pytest.raises(SourceError, match="batches cannot have 0 rows\nHint: ask for one"):
        kept.iter_batches(batch_rows=0)


def test_an_empty_table_comes_back_empty(wine: Dataset) -> None:
    frame = pd.DataFrame({"x": pd.Series([], dtype="int32"), "y": pd.Series([], dtype="str")})
    made = wine.create_snapshot("none", data=frame, create_data_snapshot=True)

    pd.testing.assert_frame_equal(made.to_pandas_dataframe(), frame)
    assert made.to_arrow_table(columns=["y"]).num_rows == 0
    assert list(made.iter_batches()) == []
    assert made.head().empty


def test_without_a_copy_there_are_no_batches(wine: Dataset) -> None:
    bare = wine.create_snapshot("bare", data=pd.DataFrame({"x": [1]}))
    with pytest.raises(NoDataCopyError, match="wine@bare holds a profile but no copy"):
        bare.iter_batches()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("harm", DAMAGES)
def test_damage_is_named_and_leaves_nothing_behind(
    kept: Snapshot, project: Path, way: str, harm: Callable[[Path], None]
) -> None:
    harm(object_of(kept, 2))
    kind, said = DAMAGES[harm]

    with pytest.raises(kind, match=rf"part 'part-000002\.parquet' {said}"):
        WAYS[way](kept)

    assert not (project / "copy").exists()
    (sentence,) = kept.verify()
    assert sentence.startswith("part 'part-000002.parquet' is ")


@pytest.mark.parametrize("harm", DAMAGES)
def test_damage_of_source_files_is_named(files: Snapshot, harm: Callable[[Path], None]) -> None:
    harm(object_of(files, 1))
    kind, said = DAMAGES[harm]
    for way in ("table", "frame", "batches", "files"):
        with pytest.raises(kind, match=rf"part 'b\.csv' {said}"):
            WAYS[way](files)


def test_batches_before_a_damaged_part_are_sound(kept: Snapshot, table: pa.Table) -> None:
    flip(object_of(kept, 3))
    sound = sum(part.rows or 0 for part in parts_of(kept)[:3])
    got: list[pa.RecordBatch] = []

    with pytest.raises(DataIntegrityError):
        got.extend(kept.iter_batches(batch_rows=1_000))

    assert len(got) == sound // 1_000
    assert pa.Table.from_batches(got).to_pydict() == table.slice(0, 1_000 * len(got)).to_pydict()


def test_the_first_rows_need_the_first_part_only(kept: Snapshot, table: pa.Table) -> None:
    for number in range(1, len(parts_of(kept))):
        remove(object_of(kept, number))

    assert kept.head(3)["id"].tolist() == [0, 1, 2]
    assert kept.sample("top_n", {"n": np.int64(2)})["id"].tolist() == [0, 1]


def test_a_seed_draws_the_same_rows_of_a_copy_as_of_the_table(
    kept: Snapshot, table: pa.Table
) -> None:
    random = {"probability": 0.01, "seed": 5}
    strata = {"columns": ["town"], "fractions": {("Bonn",): 0.5, (None,): 0.1}, "seed": 5}
    for strategy, arguments in (("simple_random", random), ("stratified", strata)):
        expected = sample(table, strategy, arguments)["id"].to_pylist()
        assert kept.sample(strategy, arguments)["id"].tolist() == expected


def test_source_files_come_in_batches_and_columns_too(files: Snapshot) -> None:
    assert files.to_arrow_table(columns=["y"]).to_pydict() == {"y": ["a", "", "a", "a", "", "b"]}
    (batch,) = files.iter_batches(columns=["y", "x"])
    assert batch.to_pydict() == {"y": ["a", "", "a", "a", "", "b"], "x": [1, 2, 3] * 2}
    assert files.head(2)["x"].tolist() == [1, 2]
    with pytest.raises(NotFoundError, match="no column 'z'"):
        files.iter_batches(columns=["z"])


def test_what_was_begun_ends_when_a_loop_is_left(kept: Snapshot) -> None:
    with closing(kept.iter_batches(batch_rows=10)) as batches:
        assert next(batches).num_rows == 10
        assert readers()
    assert not readers()


def readers() -> list[str]:
    """Threads that fetch and decode."""
    names = (each.name for each in threading.enumerate())
    return [name for name in names if name.startswith("mlsnap_")]


def test_batches_need_the_memory_of_a_few_parts(wine: Dataset) -> None:
    rows = 1_000_000
    wide = pa.table({f"x{number}": np.arange(rows) * number for number in range(12)})
    made = wine.create_snapshot("wide", data=wide, create_data_snapshot=True)
    whole = wide.nbytes
    del wide
    before, most = pa.total_allocated_bytes(), 0

    for _ in made.iter_batches():
        most = max(most, pa.total_allocated_bytes() - before)

    assert 0 < most < whole / 3


CATEGORIES = pd.CategoricalDtype(["low", "high", "unused"], ordered=True)


@pytest.fixture
def frame() -> pd.DataFrame:
    """A frame whose carrier says a lot."""
    days = pd.date_range("2020-01-01", periods=4, tz="Europe/Berlin", name="day")
    found = pd.DataFrame(
        {
            "level": pd.Series(["high", "low", None, "low"], dtype=CATEGORIES).array,
            7: pd.array([1, None, 3, 4], dtype="Int32"),
            "half": np.array([0.5, np.nan, 1, 2], dtype="float32"),
        },
        index=days,
    )
    found.attrs["unit"] = "mm"
    return found


@pytest.mark.parametrize("columns", [["half", "level"], [7], ["level"], ["half", 7, "level"]])
def test_some_columns_of_a_frame_are_its_own_with_index_and_dtypes(
    wine: Dataset, frame: pd.DataFrame, columns: list[object]
) -> None:
    made = wine.create_snapshot("frame", data=frame, create_data_snapshot=True)

    found = made.to_pandas_dataframe(columns=columns)

    expected = frame[columns]
    pd.testing.assert_frame_equal(found, expected, check_freq=True)
    assert found.attrs == expected.attrs
    assert list(found.columns) == columns


def test_the_index_alone_is_a_frame_without_columns(wine: Dataset, frame: pd.DataFrame) -> None:
    made = wine.create_snapshot("frame", data=frame, create_data_snapshot=True)
    found = made.to_pandas_dataframe(columns=["day"])
    assert found.shape == (4, 0)
    assert found.index.equals(frame.index)
    assert made.to_arrow_table(columns=["day"]).num_columns == 1


@pytest.mark.parametrize("columns", [[("a", "x")], [("b", "x"), ("a", "y")]])
def test_columns_of_several_levels_are_asked_for_as_they_are(
    wine: Dataset, columns: list[object]
) -> None:
    labels = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")])
    frame = pd.DataFrame(np.arange(6).reshape(2, 3), columns=labels)
    made = wine.create_snapshot("levels", data=frame, create_data_snapshot=True)

    pd.testing.assert_frame_equal(made.to_pandas_dataframe(columns=columns), frame[columns])


def test_a_dot_in_a_name_is_no_way_into_a_structure(wine: Dataset) -> None:
    inner = pa.array([{"b": 1, "c": 2}], pa.struct([("b", pa.int64()), ("c", pa.int64())]))
    made = wine.create_snapshot(
        "dots", data=pa.table({"a": inner, "a.b": [3]}), create_data_snapshot=True
    )

    assert made.to_arrow_table(columns=["a.b"]).to_pydict() == {"a.b": [3]}
    assert made.to_arrow_table(columns=["a"]).to_pydict() == {"a": [{"b": 1, "c": 2}]}


def pieces(lengths: list[int]) -> Iterator[pa.RecordBatch]:
    start = 0
    for length in lengths:
        yield pa.record_batch({"x": pa.array(range(start, start + length), pa.int64())})
        start += length


@pytest.mark.parametrize("lengths", [[], [0], [10], [3, 0, 4], [25, 1, 9], [1] * 21, [10, 10]])
def test_batches_are_cut_anew(lengths: list[int]) -> None:
    found = list(of_rows(pieces(lengths), 10))

    assert [each.num_rows for each in found[:-1]] == [10] * (len(found) - 1)
    assert [x for each in found for x in each["x"].to_pylist()] == list(range(sum(lengths)))
    assert all(each.num_rows for each in found)


def test_groups_end_at_rows_or_bytes() -> None:
    by_rows = [len(each) for each in in_groups(pieces([4, 4, 4, 1]), rows=8, size=1 << 20)]
    by_bytes = [len(each) for each in in_groups(pieces([4, 4, 4, 1]), rows=1 << 20, size=32)]
    assert (by_rows, by_bytes) == ([8, 5], [4, 4, 4, 1])
