"""One pass over the rows gives the same profile and digest, however the rows are carried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from generated import DATES, table
from hypothesis import given, settings
from hypothesis import strategies as st
from partial_profiles import profile_table

import mlsnap
from mlsnap.data import carriers
from mlsnap.data.digest import digest_of
from mlsnap.data.rows import Rows
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError
from mlsnap.profiling.one_pass import digest_rows, profile_rows
from mlsnap.values.profile import Profile

BUDGETS = [1 << 30, 1 << 16]
"""The second allows 2,048 rows, or 256 distinct values, so that buckets come into play."""


def bits(profile: Profile) -> str:
    """Everything a profile holds, floats to the last bit (JSON writes them so)."""
    return profile.to_json()


def rows_of(carried: Any) -> Rows:
    return carriers.encode(carried)


def streamed(whole: pa.Table, size: int) -> Rows:
    """Rows that come batch by batch, in batches of one ``size``, and no other way."""
    batches = whole.to_batches(size)
    return Rows(whole.schema, batches, column=None, row_count=None)


WHOLE = table(rows=2500, seed=1)

STORED = WHOLE.drop_columns(["string_view", "decimal of tens"])
"""The columns that Parquet has a form for."""


def large() -> pa.Table:
    """Rows with more distinct values than there may be buckets."""
    random, rows = np.random.default_rng(2), 150_000
    numbers = random.integers(-(10**17), 10**17, rows)
    return pa.table(
        {
            "floats": random.normal(size=rows) * 10.0 ** random.integers(-9, 9, rows),
            "infinities": np.where(random.random(rows) < 0.1, -np.inf, random.normal(size=rows)),
            "prices": np.round(random.lognormal(5, 2, rows), 2),
            "integers": numbers,
            "instants": pa.array(numbers, pa.timestamp("ns")),
            "decimals": pa.array(numbers).cast(pa.decimal128(19, 0)).cast(pa.decimal128(18, 0)),
            "texts": pa.array(numbers % 100_000).cast(pa.string()),
            "few": random.integers(0, 4, rows) * 1e300,
        }
    )


LARGE = large()


# However they come ------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=BUDGETS, ids=["exact", "in buckets"])
def expected(request: pytest.FixtureRequest) -> tuple[int, str]:
    """A budget, and the profile that every way of reading has to give under it."""
    budget: int = request.param
    return budget, bits(profile_rows(Rows.of_table(WHOLE), budget=budget, threads=1))


@settings(max_examples=6)
@given(
    sizes=st.lists(st.integers(0, 900), min_size=1, max_size=6),
    threads=st.integers(1, 4),
    by_column=st.booleans(),
)
def test_chunks_threads_and_ways_of_reading_leave_no_trace(
    expected: tuple[int, str], sizes: list[int], threads: int, by_column: bool
):
    budget, wanted = expected
    rows = _in_chunks(WHOLE, sizes, by_column=by_column)

    assert bits(profile_rows(rows, budget=budget, threads=threads)) == wanted


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("table", [WHOLE, WHOLE.slice(0, 0)])
def test_the_digest_alone_is_that_of_the_profile(table: pa.Table, threads: int):
    wanted = profile_rows(Rows.of_table(table)).digest

    rows = _in_chunks(table, [7, 400, 90], by_column=True)
    assert digest_rows(rows, threads=threads) == wanted


def test_the_budgets_of_these_tests_make_a_difference():
    small = profile_rows(Rows.of_table(WHOLE), budget=BUDGETS[1])

    assert sum(not each.distinct_exact for each in small) > 20


@settings(max_examples=4)
@given(
    sizes=st.lists(st.sampled_from([1, 10_000, 70_001]), min_size=1, max_size=3),
    threads=st.integers(1, 4),
    by_column=st.booleans(),
)
def test_nor_do_they_where_values_are_told_apart_no_more(
    blurred: str, sizes: list[int], threads: int, by_column: bool
):
    rows = _in_chunks(LARGE, sizes, by_column=by_column)

    assert bits(profile_rows(rows, budget=1 << 20, threads=threads)) == blurred


@pytest.fixture(scope="module")
def blurred() -> str:
    found = profile_rows(Rows.of_table(LARGE), budget=1 << 20, threads=1)

    assert [each.name for each in found if not each.rank_error] == ["texts", "few"]
    return bits(found)


def _in_chunks(whole: pa.Table, sizes: list[int], *, by_column: bool = True) -> Rows:
    parts, start = [], 0
    for size in sizes:
        parts.append(whole.slice(start, size))
        start += size
    chunked = pa.concat_tables([*parts, whole.slice(start)])
    rows = Rows.of_table(chunked)
    return rows if by_column else replace(rows, batches=chunked.to_batches(), column=None)


@pytest.mark.parametrize("rows", [2, 100, 300_000])
def test_batches_of_one_row_and_of_many_are_the_same_rows(rows: int):
    values = np.random.default_rng(0).integers(0, 1 << 40, rows)
    whole = pa.table({"x": values, "t": pa.array(values % 1000).cast(pa.string())})
    size = 1 if rows <= 100 else 70_001

    found = {
        bits(profile_rows(each, threads=threads))
        for threads in (1, 3)
        for each in (Rows.of_table(whole), streamed(whole, size))
    }

    assert len(found) == 1


@pytest.mark.parametrize("threads", [1, 4])
def test_the_summary_of_a_table_gives_the_profile_of_the_pass(threads: int):
    digest = digest_of(WHOLE)
    found = profile_rows(Rows.of_table(WHOLE), threads=threads)

    assert bits(found) == bits(profile_table(WHOLE, digest=digest))


def test_the_order_of_rows_counts_for_the_digest_only():
    shuffled = STORED.take(pa.array(np.random.default_rng(3).permutation(len(STORED))))

    for budget in BUDGETS:
        one, other = (profile_rows(Rows.of_table(t), budget=budget) for t in (STORED, shuffled))
        assert one.digest != other.digest
        assert one.columns == other.columns


# Files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row_group", [2500, 333])
@pytest.mark.parametrize("dictionary", [True, False])
def test_a_parquet_file_has_the_profile_of_its_table(
    tmp_path: Path, row_group: int, dictionary: bool
):
    file = tmp_path / "x.parquet"
    pq.write_table(STORED, file, row_group_size=row_group, use_dictionary=dictionary)

    found = mlsnap.profile(file)

    assert bits(found) == bits(mlsnap.profile(STORED))
    assert found.digest == digest_of(STORED)


def test_rows_of_a_file_are_the_same_by_column_and_by_batch(tmp_path: Path):
    pq.write_table(STORED, file := tmp_path / "x.parquet", row_group_size=1000)
    opened = open_source(define(file))
    by_batch = replace(open_source(define(file)), column=None)

    assert bits(profile_rows(replace(opened, check=lambda: None))) == bits(profile_rows(by_batch))


# Carriers ---------------------------------------------------------------------------------------


def carried() -> pa.Table:
    random = np.random.default_rng(5)
    rows = 2000
    texts = random.choice(["", "a", "größe", "🦑", "x" * 50], rows)
    moments = random.integers(0, 10**9, rows)
    return pa.table(
        {
            "i": random.integers(-(2**63), 2**63 - 1, rows),
            "u": pa.array(random.integers(0, 200, rows), pa.uint8()),
            "f": random.normal(size=rows),
            "h": pa.array(random.normal(size=rows), pa.float32()),
            "b": random.random(rows) < 0.5,
            "s": pa.array(texts.tolist()),
            "t": pa.array(moments, pa.timestamp("us")),
            "z": pa.array(moments, pa.timestamp("us", "Europe/Paris")),
            "d": pa.array(random.integers(0, 10**4, rows).astype(np.int32), pa.date32()),
        }
    )


CARRIERS: dict[str, Any] = {
    "arrow": lambda whole: whole,
    "batch": lambda whole: whole.combine_chunks().to_batches()[0],
    "reader": lambda whole: whole.to_reader(max_chunksize=300),
    "dictionaries": lambda whole: whole.set_column(
        5, "s", whole.column("s").combine_chunks().dictionary_encode()
    ),
    "pandas": lambda whole: whole.to_pandas(date_as_object=True),
    "pandas, nanoseconds": lambda whole: whole.to_pandas().astype({"t": "datetime64[ns]"}),
    "pandas, categories": lambda whole: whole.to_pandas().astype({"s": "category"}),
    "pandas on Arrow": lambda whole: whole.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.from_arrow,
    "polars, lazy": lambda whole: pl.from_arrow(whole).lazy(),
    "polars, categories": lambda whole: pl.from_arrow(whole).cast({"s": pl.Categorical}),
}


@pytest.mark.parametrize("budget", BUDGETS, ids=["exact", "in buckets"])
@pytest.mark.parametrize("name", CARRIERS)
def test_every_carrier_has_the_same_profile(name: str, budget: int):
    whole = carried()
    found = profile_rows(rows_of(CARRIERS[name](whole)), budget=budget)

    assert bits(found) == bits(profile_rows(Rows.of_table(whole), budget=budget))


@pytest.mark.parametrize("budget", BUDGETS, ids=["exact", "in buckets"])
@pytest.mark.parametrize("family", [each for each in DATES if each.startswith("timestamp[s")])
def test_instants_have_the_same_profile_and_digest_in_every_unit(family: str, budget: int):
    seconds = WHOLE.column(family)
    found = {
        bits(profile_rows(Rows.of_table(pa.table({"x": in_unit})), budget=budget))
        for in_unit in (seconds.cast(pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns"))
    }

    assert len(found) == 1


# Reading once -----------------------------------------------------------------------------------


def counting(whole: pa.Table, seen: Counter[object], *, by_column: bool) -> Rows:
    """Rows that count how often each column or batch is read."""

    def batches() -> Iterator[pa.RecordBatch]:
        for number, batch in enumerate(whole.to_batches(100)):
            seen[f"batch {number}"] += 1
            yield batch

    def column(position: int) -> Iterator[pa.Array]:
        for number, chunk in enumerate(whole.column(position).chunks):
            seen[position, number] += 1
            yield chunk

    def check() -> None:
        seen["check"] += 1

    return Rows(
        whole.schema,
        batches(),
        column=column if by_column else None,
        row_count=len(whole),
        check=check,
    )


@pytest.mark.parametrize("threads", [1, 3])
def test_profile_and_digest_read_each_column_once(threads: int):
    whole, seen = pa.concat_tables([carried()] * 3), Counter[object]()

    found = profile_rows(counting(whole, seen, by_column=True), threads=threads)

    assert found.digest == digest_of(whole)
    assert len(seen) == 9 * 3 + 1
    assert set(seen.values()) == {1}


@pytest.mark.parametrize("threads", [1, 3])
def test_profile_digest_and_copy_read_each_batch_once(threads: int):
    whole, seen, kept = carried(), Counter[object](), list[pa.RecordBatch]()

    rows = counting(whole, seen, by_column=True)
    found = profile_rows(rows, threads=threads, copy=kept.append)

    assert found.digest == digest_of(whole) == digest_of(pa.Table.from_batches(kept))
    assert len(seen) == 20 + 1
    assert set(seen.values()) == {1}


def test_without_a_digest_there_is_none():
    assert profile_rows(Rows.of_table(carried()), digest=False).digest == ""


def test_steps_add_up_to_the_rows():
    for rows in (Rows.of_table(carried()), streamed(carried(), 70)):
        steps: list[float] = []
        profile_rows(rows, step=steps.append)
        assert sum(steps) == pytest.approx(2000)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("by_column", [True, False])
def test_what_fails_on_the_way_is_raised_and_the_threads_end(threads: int, by_column: bool):
    def failing(_: int = 0) -> Iterator[Any]:
        batch = carried().to_batches(100)[0]
        yield batch.column(0) if by_column else batch
        raise SourceError("the wire was cut", "mend it")

    rows = Rows(carried().schema, failing(), column=failing if by_column else None)

    with pytest.raises(SourceError, match="the wire was cut"):
        profile_rows(rows, threads=threads)


# What was handed over ---------------------------------------------------------------------------


def test_a_pandas_frame_over_numpy_arrays_is_left_as_it_was():
    random = np.random.default_rng(6)
    arrays = {"i": random.permutation(100_000), "f": random.normal(size=100_000)}
    arrays["f"][::7] = -0.0
    frame = pd.DataFrame({name: array.copy() for name, array in arrays.items()}, copy=False)
    frame["t"] = frame["i"].to_numpy().view("M8[us]")
    frame["s"] = frame["i"].astype(str)
    before = frame.copy(deep=True)

    mlsnap.profile(frame)

    pd.testing.assert_frame_equal(frame, before)
    assert np.signbit(frame["f"].to_numpy()[::7]).all()


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint64, np.float32, np.float64])
@pytest.mark.parametrize("budget", BUDGETS, ids=["exact", "in buckets"])
def test_writable_buffers_under_an_arrow_table_are_left_as_they_were(dtype: Any, budget: int):
    values = np.random.default_rng(7).permutation(100_000).astype(dtype)
    before = values.copy()
    buffers = [None, pa.py_buffer(values)]
    array = pa.Array.from_buffers(pa.from_numpy_dtype(dtype), len(values), buffers)

    profile_rows(Rows.of_table(pa.table({"x": array})), budget=budget)

    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("budget", BUDGETS, ids=["exact", "in buckets"])
def test_columns_of_every_type_are_left_as_they_were(budget: int):
    before = digest_of(WHOLE)
    profile_rows(Rows.of_table(WHOLE), budget=budget)

    assert digest_of(WHOLE) == before


def test_a_polars_frame_is_left_as_it_was():
    frame = pl.from_arrow(carried())
    before = frame.clone().to_dict(as_series=False)

    mlsnap.profile(frame)

    assert frame.to_dict(as_series=False) == before


def test_a_numpy_array_is_left_as_it_was():
    values = np.random.default_rng(8).permutation(200_000).reshape(-1, 2)
    before = values.copy()

    mlsnap.profile(values)

    np.testing.assert_array_equal(values, before)
