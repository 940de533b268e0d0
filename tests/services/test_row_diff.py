"""Rows added, removed and changed, against what plain Python finds in small tables."""

from __future__ import annotations

import gc
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlsnap
from mlsnap.errors import (
    DataIntegrityError,
    NoDataCopyError,
    NotFoundError,
    RemoteError,
    SourceError,
)
from mlsnap.services import loading
from mlsnap.services.datasets import Dataset
from mlsnap.services.differing import found_rows, places, sides
from mlsnap.services.profiling import read_definition
from mlsnap.values.row_difference import RowDifference

NAN = float("nan")
VIEWS = pa.struct([("a", pa.string_view())])


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows as tuples that compare as values: NaN as itself, lists as tuples."""
    return [tuple(map(_comparable, row.values())) for row in table.to_pylist()]


def _comparable(value: Any) -> Any:
    if isinstance(value, float):
        return "nan" if np.isnan(value) else value + 0.0
    return repr(value) if isinstance(value, list | dict) else value


def of_kind(found: RowDifference, kind: str) -> pa.Table:
    """The rows of one kind, without the column that says which."""
    table = found.to_arrow_table()
    return table.filter(pa.compute.equal(table["change"], kind)).drop_columns(["change"])


def counter(found: RowDifference, kind: str) -> Counter[tuple[Any, ...]]:
    return Counter(rows_of(of_kind(found, kind)))


# Laws ---------------------------------------------------------------------------------------------

ROW = st.tuples(
    st.integers(0, 3),
    st.sampled_from([None, 0.0, -0.0, NAN, 1.5]),
    st.sampled_from([None, "", "a", "longer than eight"]),
    st.none() | st.lists(st.integers(0, 1), max_size=2),
)
SCHEMA = pa.schema(
    [("id", pa.int64()), ("x", pa.float64()), ("s", pa.string()), ("l", pa.list_(pa.int64()))]
)
TABLE = st.lists(ROW, max_size=12)


def table_of(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = [pa.array([row[n] for row in rows], SCHEMA.field(n).type) for n in range(4)]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


@settings(max_examples=20)
@given(TABLE, TABLE)
def test_without_a_key_rows_are_a_multiset(before: Any, after: Any) -> None:
    one, other = table_of(before), table_of(after)
    ours, theirs = Counter(rows_of(one)), Counter(rows_of(other))

    found = mlsnap.diff(one, other)

    assert counter(found, "removed") == ours - theirs
    assert counter(found, "added") == theirs - ours
    assert (found.removed, found.added) == ((ours - theirs).total(), (theirs - ours).total())
    assert found.changed == 0


@settings(max_examples=20)
@given(TABLE, TABLE)
def test_a_difference_leads_from_one_table_to_the_other(before: Any, after: Any) -> None:
    one, other = table_of(before), table_of(after)
    found = mlsnap.diff(one, other, key="id")
    table = of_kind(found, "changed")
    befores = [name if name == "id" else f"{name}_before" for name in SCHEMA.names]

    ours = Counter(rows_of(one)) - Counter(rows_of(of_kind(found, "removed").select(SCHEMA.names)))
    ours -= Counter(rows_of(table.select(befores)))
    ours += Counter(rows_of(table.select(SCHEMA.names)))
    ours += Counter(rows_of(of_kind(found, "added").select(SCHEMA.names)))

    assert ours == Counter(rows_of(other))
    assert found.changed == len(table)


@settings(max_examples=20)
@given(TABLE, TABLE)
def test_the_other_way_round_added_and_removed_change_places(before: Any, after: Any) -> None:
    one, other = table_of(before), table_of(after)

    found, back = mlsnap.diff(one, other, key="id"), mlsnap.diff(other, one, key="id")

    assert (found.added, found.removed, found.changed) == (back.removed, back.added, back.changed)
    assert found.changed_cells == back.changed_cells
    assert counter(found, "added") == counter(back, "removed")


@settings(max_examples=10)
@given(TABLE)
def test_a_table_has_no_difference_from_itself(rows: Any) -> None:
    table = table_of(rows)

    found = mlsnap.diff(table, table, key="id")

    assert found.identical
    assert not found.differs
    assert found.to_arrow_table().num_rows == 0


@settings(max_examples=20)
@given(st.dictionaries(st.integers(0, 8), ROW), st.dictionaries(st.integers(0, 8), ROW))
def test_rows_with_unique_keys_are_joined_by_them(before: Any, after: Any) -> None:
    one, other = ({key: (key, *row[1:]) for key, row in side.items()} for side in (before, after))
    ours = dict(zip(one, rows_of(table_of(list(one.values()))), strict=True))
    theirs = dict(zip(other, rows_of(table_of(list(other.values()))), strict=True))
    changed = [key for key in theirs if key in ours and ours[key] != theirs[key]]

    found = mlsnap.diff(table_of(list(one.values())), table_of(list(other.values())), key="id")

    table = of_kind(found, "changed")
    assert table["id"].to_pylist() == changed
    assert found.added == len(theirs.keys() - ours.keys())
    assert found.removed == len(ours.keys() - theirs.keys())
    assert found.repeated_keys == 0
    assert table["changed_columns"].to_pylist() == [
        [name for n, name in enumerate(SCHEMA.names) if ours[key][n] != theirs[key][n]]
        for key in changed
    ]


# Many rows, little memory -------------------------------------------------------------------------

ROWS = 50_000


@pytest.fixture(scope="module")
def many() -> tuple[pa.Table, pa.Table]:
    """Two tables in other orders: some keys on one side only, most values others."""
    made = np.random.default_rng(1)
    ids = made.permutation(ROWS)
    before = pa.table({"id": ids, "x": ids % 7, "text": pa.array(map(str, ids % 1000))})
    others = made.permutation(ROWS) + 100
    after = pa.table({"id": others, "x": others % 5, "text": pa.array(map(str, others % 1000))})
    return before, after


@pytest.fixture(params=["roomy", "tight"])
def budget(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """With "tight", hashes are in files, in many partitions, and few rows are held at once."""
    if request.param == "tight":
        monkeypatch.setenv("MLSNAP_MEMORY_BUDGET", str(1 << 24))
        monkeypatch.setattr(places, "ROWS", 1 << 10)
        monkeypatch.setattr(places, "STRETCH", 1 << 12)
        monkeypatch.setattr(found_rows, "_COPIES", 1 << 14)
    return request.param


def test_what_is_found_does_not_depend_on_the_memory(many: Any, budget: str) -> None:
    before, after = many
    joined = before.to_pandas().merge(after.to_pandas(), on="id", suffixes=("_before", ""))
    changed = joined[
        (joined["x"] != joined["x_before"]) | (joined["text"] != joined["text_before"])
    ]

    found = mlsnap.diff(before, after, key="id")

    assert (found.added, found.removed, found.changed) == (100, 100, len(changed))
    assert found.changed_cells == {"x": int((joined["x"] != joined["x_before"]).sum())}
    table = of_kind(found, "changed").to_pandas().set_index("id").sort_index()
    expected = changed.set_index("id").sort_index()[table.columns[1:]]
    pd.testing.assert_frame_equal(table.iloc[:, 1:], expected, check_dtype=False)
    ids = set(changed["id"])
    order = [each for each in after["id"].to_pylist() if each in ids]
    assert of_kind(found, "changed")["id"].to_pylist() == order
    assert of_kind(found, "removed")["id"].to_pylist() == [
        each for each in before["id"].to_pylist() if each < 100
    ]


# What counts as a difference ----------------------------------------------------------------------


def test_of_equal_rows_the_surplus_counts() -> None:
    one, other = pa.table({"x": [1, 1, 1, 2]}), pa.table({"x": [1, 2, 1, 1, 1, 1]})

    found = mlsnap.diff(one, other)

    assert (found.added, found.removed) == (2, 0)
    assert of_kind(found, "added")["x"].to_pylist() == [1, 1]


def test_of_a_key_that_is_not_unique_equal_rows_cancel_and_one_that_is_left_changed() -> None:
    one = pa.table({"id": [1, 1, 2, 2, None], "x": [1, 2, 1, 2, 1]})
    other = pa.table({"id": [1, 1, 2, 2, None], "x": [3, 1, 3, 4, 2]})

    found = mlsnap.diff(one, other, key="id")

    assert (found.added, found.removed, found.changed) == (2, 2, 2)
    assert found.repeated_keys == 2
    table = of_kind(found, "changed").select(["id", "x_before", "x"])
    assert table.to_pylist() == [
        {"id": 1, "x_before": 2, "x": 3},
        {"id": None, "x_before": 1, "x": 2},
    ]


def test_a_key_may_have_several_columns() -> None:
    one = pa.table({"a": [1, 1], "b": ["x", "y"], "c": [1, 2]})
    other = pa.table({"c": [1, 3], "b": ["x", "y"], "a": [1, 1]})

    found = mlsnap.diff(one, other, key=["a", "b"])

    assert found.changed_cells == {"c": 1}
    assert found.examples.changed[0].key == {"a": 1, "b": "y"}


def test_rows_in_another_order_do_not_differ_and_are_not_identical() -> None:
    found = mlsnap.diff(pa.table({"x": [1, 2]}), pa.table({"x": [2, 1]}))

    assert not found.differs
    assert not found.identical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([1], pa.int8()), pa.array([1.0])),
        (pa.array(["a"]), pa.array(["a"]).dictionary_encode()),
        (pa.array([1], pa.timestamp("s", "UTC")), pa.array([10**9], pa.timestamp("ns", "UTC"))),
        (pa.nulls(1), pa.array([None], pa.string())),
    ],
)
def test_values_are_compared_whatever_their_types(one: pa.Array, other: pa.Array) -> None:
    found = mlsnap.diff(pa.table({"x": one}), pa.table({"x": other}))

    assert (found.added, found.removed) == (0, 0)
    assert all(each.compared for each in found.retyped)


def test_types_that_do_not_compare_are_left_out_and_told() -> None:
    one, other = pa.table({"id": [1], "x": ["1"]}), pa.table({"id": [1], "x": [1]})

    found = mlsnap.diff(one, other)

    assert found.columns == ("id",)
    (retyped,) = found.retyped
    assert (retyped.name, retyped.reference, retyped.current) == ("x", "string", "int64")
    assert not retyped.compared
    assert found.differs
    assert (found.added, found.removed) == (0, 0)


def test_columns_of_one_side_are_told_apart_and_the_others_compared() -> None:
    one, other = pa.table({"id": [1], "old": [1]}), pa.table({"id": [2], "new": [1]})

    found = mlsnap.diff(one, other)

    assert (found.columns_added, found.columns_removed) == (("new",), ("old",))
    assert (found.added, found.removed) == (1, 1)
    assert found.to_arrow_table().column_names == ["change", "id"]


def test_excluded_columns_are_not_compared_but_the_key_stays() -> None:
    one = pa.table({"id": [1], "x": [1], "seen_at": [1], "seen_by": [1]})
    other = pa.table({"id": [1], "x": [1], "seen_at": [2], "seen_by": [3]})

    found = mlsnap.diff(one, other, key="id", exclude_columns=["seen_*"])
    only = mlsnap.diff(one, other, key="id", include_columns=["x"])

    assert found.excluded == ("seen_at", "seen_by")
    assert not found.differs
    assert only.columns == ("id", "x")


def test_names_that_the_data_has_already_are_kept() -> None:
    one = pa.table({"change": [1], "x": [1], "x_before": [1]})
    other = pa.table({"change": [1], "x": [2], "x_before": [1]})

    table = mlsnap.diff(one, other, key="change").to_arrow_table()

    assert table.column_names == [
        *("change.1", "changed_columns", "change", "x", "x_before.1"),
        *("x_before", "x_before_before"),
    ]
    assert table["x_before.1"].to_pylist() == [1]
    assert table["x_before"].to_pylist() == [1]


def test_integers_and_floats_share_a_type_in_the_rows() -> None:
    one, other = pa.table({"id": [1], "x": [2]}), pa.table({"id": [1], "x": [2.5]})

    table = mlsnap.diff(one, other, key="id").to_arrow_table()

    assert table.select(["x_before", "x"]).to_pylist() == [{"x_before": 2.0, "x": 2.5}]


def test_instants_keep_their_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    moments = [datetime(2020, 10, 25, 2, 30, fold=fold, tzinfo=berlin) for fold in (0, 1)]
    one, other = (pa.table({"id": [1], "at": [moment]}) for moment in moments)

    found = mlsnap.diff(one, other, key="id")

    (changed,) = found.examples.changed
    assert (changed.before["at"], changed.after["at"]) == (moments[0], moments[1])
    assert str(changed.after["at"]) == "2020-10-25 02:30:00+01:00"


def test_examples_are_the_first_rows_as_values_of_python() -> None:
    fine = pa.array([1, 1500], pa.timestamp("ns"))
    one = pa.table({"x": [1], "at": fine[:1], "l": [[1]]})
    other = pa.table({"x": range(3), "at": pa.array([1500, 1000, 1000], fine.type), "l": [[1]] * 3})

    found = mlsnap.diff(one, other, examples=2)

    assert found.examples.added == (
        {"x": 0, "at": "1970-01-01 00:00:00.000001500", "l": (1,)},
        {"x": 1, "at": "1970-01-01 00:00:00.000001000", "l": (1,)},
    )
    assert found.added == 3


@pytest.mark.parametrize("key", [None, "id"])
def test_tables_without_rows(key: str | None) -> None:
    nothing = pa.table({"id": pa.array([], pa.int64()), "x": pa.array([], pa.string())})
    one = pa.table({"id": [1], "x": ["a"]})

    assert mlsnap.diff(nothing, nothing, key=key).identical
    assert mlsnap.diff(nothing, one, key=key).added == 1
    assert mlsnap.diff(one, nothing, key=key).removed == 1


def test_a_thousand_columns() -> None:
    wide = {f"c{n}": np.arange(20) + n for n in range(1000)}
    one = pa.table(wide)
    other = one.set_column(999, "c999", pa.array([-1, *range(1000, 1019)]))

    found = mlsnap.diff(one, other, key="c0")

    assert found.changed_cells == {"c999": 1}
    assert found.to_arrow_table().num_columns == 2 + 1 + 2 * 999


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([["a"], ["b"]], pa.list_(pa.string_view())), pa.array([["a"], ["c"]])),
        (pa.array([1, 2], pa.time32("s")), pa.array([1000, 2001], pa.time32("ms"))),
        (pa.array([1, -1]), pa.array([1, 2**64 - 1], pa.uint64())),
        (pa.array([1, 2]), pa.nulls(2)),
        (pa.array([{"a": "x"}, None]), pa.array([{"a": "x"}, {"a": None}]).cast(VIEWS)),
    ],
    ids=lambda values: str(values.type),
)
def test_rows_of_any_types_are_handed_out(one: pa.Array, other: pa.Array) -> None:
    found = mlsnap.diff(pa.table({"id": [1, 2], "x": one}), pa.table({"id": [1, 2], "x": other}))

    table = found.to_arrow_table()
    removed = table["x"].to_pylist()[: found.removed]
    assert (found.removed, found.added) in ((1, 1), (2, 2))
    assert removed == one.to_pylist()[-found.removed :]
    assert table["x"].to_pylist()[found.removed :] == other.to_pylist()[-found.added :]


def test_a_column_may_have_other_dictionaries_in_each_chunk() -> None:
    type_ = pa.dictionary(pa.int8(), pa.string())
    texts = [f"{n}" for n in range(200)]
    halves = [pa.array(texts[:100]), pa.array(texts[100:])]
    one = pa.chunked_array([half.dictionary_encode().cast(type_) for half in halves])
    other = pa.array([*texts[:150], "new", *texts[151:]])

    found = mlsnap.diff(pa.table({"x": one}), pa.table({"x": other}))

    assert (found.examples.removed, found.examples.added) == (({"x": "150"},), ({"x": "new"},))


def test_objects_of_several_libraries_can_be_compared() -> None:
    frame = pd.DataFrame({"x": [1.0, None], "s": pd.Categorical(["a", "b"])})
    stream = pa.table({"x": [1.0, None], "s": ["a", "c"]}).to_reader()

    found = mlsnap.diff(frame, stream)

    assert (found.added, found.removed) == (1, 1)


def test_a_difference_can_be_had_as_a_frame() -> None:
    found = mlsnap.diff(pa.table({"x": [1, 2]}), pa.table({"x": [2, None]}))

    frame = found.to_pandas()

    assert frame["change"].tolist() == ["removed", "added"]
    assert frame["x"].tolist() == [1, pd.NA]


# Snapshots and files ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def numbers() -> pa.Table:
    made = np.random.default_rng(2)
    return pa.table({"id": np.arange(60_000), "x": made.normal(size=60_000)})


def changed_in(table: pa.Table, row: int) -> pa.Table:
    """The same table with another value in a row."""
    values = table["x"].to_numpy().copy()
    values[row] = 99
    return table.set_column(1, "x", pa.array(values))


def stored_objects(folder: Path) -> dict[str, Path]:
    files = folder.rglob("files/md5/*/*")
    return {f"{file.parent.name}{file.name}": file for file in files}


def test_chunks_that_both_copies_have_are_not_even_fetched(
    wine: Dataset, objects: Path, numbers: pa.Table
) -> None:
    one = wine.create_snapshot("one", data=numbers, create_data_snapshot=True)
    other = changed_in(numbers, 30_000)
    two = wine.create_snapshot("two", data=other, create_data_snapshot=True)
    parts = [{part.md5: part for part in each.record.data.parts} for each in (one, two)]
    shared = parts[0].keys() & parts[1].keys()
    for name in shared:
        stored_objects(objects)[name].unlink()

    found = mlsnap.diff("wine@one", "wine@two", key="id")

    assert len(shared) >= 5
    assert found.rows_skipped == sum(parts[0][name].rows for name in shared)
    assert found.rows_skipped > 40_000
    assert (found.reference_rows, found.current_rows) == (60_000, 60_000)
    assert (found.added, found.removed, found.changed) == (0, 0, 1)
    assert found.examples.changed[0].after == {"x": 99.0}
    assert not found.identical
    with pytest.raises(RemoteError):
        two.to_arrow_table()


def test_skipping_chunks_changes_nothing_even_if_keys_repeat(
    wine: Dataset, numbers: pa.Table
) -> None:
    keyed = numbers.set_column(0, "id", pa.array(np.arange(60_000) % 1000))
    other = changed_in(keyed, 30_000)
    for name, table in (("one", keyed), ("two", other)):
        wine.create_snapshot(name, data=table, create_data_snapshot=True)

    skipping = mlsnap.diff("wine@one", "wine@two", key="id")
    reading = mlsnap.diff(keyed, other, key="id")

    assert skipping.rows_skipped > 0
    assert reading.rows_skipped == 0
    for each in (skipping, reading):
        assert (each.added, each.removed, each.changed) == (0, 0, 1)
    assert skipping.examples == reading.examples


def test_columns_that_are_left_out_do_not_tell_the_same_rows_apart(
    wine: Dataset, numbers: pa.Table
) -> None:
    moved = pa.concat_tables([numbers.slice(30_000), numbers.slice(0, 30_000)])
    tables = {"one": numbers, "two": changed_in(numbers, 30_000), "moved": moved}
    for name, table in tables.items():
        wine.create_snapshot(name, data=table, create_data_snapshot=True)

    found = mlsnap.diff("wine@one", "wine@two", exclude_columns=["x"])
    other = mlsnap.diff("wine@one", "wine@moved", exclude_columns=["x"])

    assert found.rows_skipped > 0
    assert str(found).startswith("The columns that were compared are identical: the same 60,000 ")
    assert other.rows_skipped > 0
    assert str(other).startswith("The same 60,000 rows in another order.")


def test_the_same_content_is_identical_without_a_copy_being_read(
    wine: Dataset, objects: Path
) -> None:
    table = pa.table({"x": [1, 2]})
    wine.create_snapshot("one", data=table, create_data_snapshot=True)
    two = mlsnap.register_dataset("other").create_snapshot("two", data=table)
    for file in stored_objects(objects).values():
        file.unlink()

    found = mlsnap.diff("wine@one", two)

    assert found.identical
    assert found.rows_skipped == 2
    assert found.to_arrow_table().column_names == ["change", "x"]
    with pytest.raises(NotFoundError, match="no column 'y' in the reference"):
        mlsnap.diff("wine@one", two, key="y")


def test_a_snapshot_of_a_frame_without_a_copy_says_so(wine: Dataset) -> None:
    wine.create_snapshot("one", data=pa.table({"x": [1]}))

    with pytest.raises(NoDataCopyError, match="wine@one has no copy of the data"):
        mlsnap.diff("wine@one", pa.table({"x": [2]}))


def test_a_snapshot_without_a_copy_is_read_from_its_unchanged_source(project: Path) -> None:
    Path("x.csv").write_text("x\n1\n2\n")
    mlsnap.register_dataset("x", "x.csv").create_snapshot("one")

    found = mlsnap.diff("x@one", pa.table({"x": [1, 3]}))
    assert (found.added, found.removed) == (1, 1)

    Path("x.csv").write_text("x\n1\n3\n")
    with pytest.raises(DataIntegrityError, match=r"x\.csv is not what x@one recorded"):
        mlsnap.diff("x@one", pa.table({"x": [1, 3]}))


def test_a_copy_of_files_is_read_whole(project: Path) -> None:
    Path("x.csv").write_text("x\n1\n2\n")
    dataset = mlsnap.register_dataset("x", "x.csv")
    reading = read_definition(dataset.get_definition())
    verbatim = loading.snapshot_for(
        dataset._workspace, dataset._entry, reading, with_data=True, verbatim=True
    )
    Path("x.csv").write_text("x\n1\n3\n")

    found = mlsnap.diff(verbatim, "x.csv")

    assert verbatim.is_verbatim
    assert (found.added, found.removed, found.rows_skipped) == (1, 1, 0)
    assert found.current == "x.csv"


def test_files_of_several_formats_are_compared(project: Path) -> None:
    Path("x.csv").write_text("id,x\n1,a\n2,b\n")
    pq.write_table(pa.table({"id": [2, 1], "x": ["b", "c"]}), "x.parquet")

    found = mlsnap.diff("x.csv", "x.parquet", key="id")

    assert found.changed_cells == {"x": 1}


def parquet_files(folder: Path) -> list[str]:
    """Two files of several row groups, in which one row of four is another one."""
    for name, value in (("a.parquet", "d"), ("b.parquet", "e")):
        table = pa.table({"id": [1, 2, 3, 4], "x": ["a", "b", "c", value]})
        pq.write_table(table, folder / name, row_group_size=2)
    return ["a.parquet", "b.parquet"]


def test_parquet_files_are_read_where_they_are(project: Path, scratch: Path) -> None:
    found = mlsnap.diff(*parquet_files(project), key="id")

    assert found.examples.changed[0].after == {"x": "e"}
    assert not [file for file in scratch.rglob("*") if file.is_file()]


def test_row_groups_beyond_the_memory_are_cut_into_blocks(
    project: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sides, "_SHARE", 1 << 40)

    found = mlsnap.diff(*parquet_files(project), key="id")

    assert found.examples.changed[0].after == {"x": "e"}
    assert len(list(scratch.rglob("*.arrows"))) == 2


def test_a_file_that_changes_before_its_rows_are_read_says_so(project: Path) -> None:
    found = mlsnap.diff(*parquet_files(project))
    pq.write_table(pa.table({"id": [5], "x": ["f"]}), "a.parquet")

    with pytest.raises(SourceError, match=r"a\.parquet"):
        found.to_arrow_table()


# Bad input ----------------------------------------------------------------------------------------


def test_what_is_no_reference_and_no_file_says_so(project: Path) -> None:
    with pytest.raises(NotFoundError, match="'nothing' is neither a reference nor a file"):
        mlsnap.diff("nothing", pa.table({"x": [1]}))


def test_a_key_that_is_not_there_gets_near_names() -> None:
    one, other = pa.table({"order": [1]}), pa.table({"order": [1], "odrer": [2]})

    with pytest.raises(NotFoundError, match="no column 'odrer' in the reference; near names: 'or"):
        mlsnap.diff(one, other, key="odrer")
    with pytest.raises(NotFoundError, match="column 'ordre' is in neither"):
        mlsnap.diff(one, other, include_columns=["ordre"])


def test_a_key_whose_types_do_not_compare_says_so() -> None:
    with pytest.raises(SourceError, match="the key 'x' has types that do not compare: string → in"):
        mlsnap.diff(pa.table({"x": ["1"]}), pa.table({"x": [1]}), key="x")


def test_tables_without_a_common_column_say_so() -> None:
    with pytest.raises(SourceError, match="no column that both sides have"):
        mlsnap.diff(pa.table({"x": [1]}), pa.table({"y": [1]}))


def test_a_profile_holds_no_rows() -> None:
    table = pa.table({"x": [1]})

    with pytest.raises(SourceError, match="a profile holds no rows"):
        mlsnap.diff(mlsnap.profile(table), table)


# What is left behind ------------------------------------------------------------------------------


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_temporary_files_are_gone_with_the_difference(project: Path, scratch: Path) -> None:
    Path("x.csv").write_text("id,x\n1,a\n2,b\n")
    Path("y.csv").write_text("id,x\n1,a\n2,c\n")

    found = mlsnap.diff("x.csv", "y.csv", key="id")
    assert list(scratch.iterdir())
    assert found.to_arrow_table().num_rows == 1
    del found
    gc.collect()

    assert not list(scratch.iterdir())


def test_after_an_error_no_temporary_file_is_left(project: Path, scratch: Path) -> None:
    Path("x.csv").write_text("id,x\n1,a\n2,b\n")

    with pytest.raises(NotFoundError):
        mlsnap.diff("x.csv", "gone.csv")

    assert not list(scratch.iterdir())


def test_after_ctrl_c_no_temporary_file_is_left(project: Path, scratch: Path) -> None:
    class Interrupted:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            assert list(scratch.rglob("*.arrows"))
            raise KeyboardInterrupt

    Path("x.csv").write_text("id,x\n1,a\n2,b\n")

    with pytest.raises(KeyboardInterrupt):
        mlsnap.diff("x.csv", Interrupted())

    assert not list(scratch.iterdir())


# How it looks -------------------------------------------------------------------------------------


def test_a_notebook_shows_what_is_in_the_rows_and_runs_none_of_it() -> None:
    evil = "<script>alert(1)</script>"
    one, other = (pa.table({"id": [1], evil: [text]}) for text in ("<b>", "&amp;"))

    shown = mlsnap.diff(one, other, key="id")._repr_html_()

    assert "<script" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "&lt;b&gt; → &amp;amp;" in shown
