"""Streams and queries are read batch by batch, as their rows are, and never held as a whole."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from mlsnap.data import carriers
from mlsnap.data.digest import digest_of
from mlsnap.data.rows import BATCH_ROWS
from mlsnap.errors import SourceError

duckdb = pytest.importorskip("duckdb")

NUMBERS = pa.schema([("i", pa.int64()), ("t", pa.string())])


def numbers(start: int, stop: int) -> pa.RecordBatch:
    texts = [str(each) for each in range(start, stop)]
    return pa.record_batch([pa.array(range(start, stop)), pa.array(texts)], schema=NUMBERS)


class Stream:
    """An object of another library that exports an Arrow stream, once."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._reader = pa.RecordBatchReader.from_batches(NUMBERS, batches)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._reader.__arrow_c_stream__(requested_schema)


class Log:
    """Batches that say which of them were made."""

    def __init__(self) -> None:
        self.made: list[int] = []

    def batches(self, count: int) -> Iterator[pa.RecordBatch]:
        for number in range(count):
            self.made.append(number)
            yield numbers(number * 10, number * 10 + 10)


@pytest.mark.parametrize(
    "carry",
    [lambda batches: pa.RecordBatchReader.from_batches(NUMBERS, batches), Stream],
    ids=["reader", "object"],
)
def test_a_stream_is_read_as_its_rows_are(carry: Any):
    log = Log()

    rows = carriers.encode(carry(log.batches(5)))
    batches = iter(rows.batches)

    assert log.made == []
    assert next(batches).column(0).to_pylist() == list(range(10))
    assert len(log.made) < 5
    assert sum(batch.num_rows for batch in batches) == 40


def test_a_stream_has_the_digest_of_the_table_it_makes():
    log = Log()

    rows = carriers.encode(Stream(log.batches(5)))

    assert digest_of(rows.table()) == digest_of(pa.Table.from_batches([numbers(0, 50)]))


def test_large_batches_are_cut():
    whole = numbers(0, BATCH_ROWS + 1)

    rows = carriers.encode(pa.RecordBatchReader.from_batches(NUMBERS, [whole]))

    assert [batch.num_rows for batch in rows.batches] == [BATCH_ROWS, 1]


@pytest.mark.parametrize("batches", [[], [numbers(0, 0)], [numbers(0, 0), numbers(0, 0)]])
def test_a_stream_without_rows_has_its_columns(batches: list[pa.RecordBatch]):
    rows = carriers.encode(pa.RecordBatchReader.from_batches(NUMBERS, batches))

    assert rows.table().schema == NUMBERS
    assert rows.table().num_rows == 0


def test_columns_of_a_stream_with_one_name_are_numbered():
    batch = pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"])
    carried = pa.RecordBatchReader.from_batches(batch.schema, [batch])

    rows = carriers.encode(carried)
    table = rows.table()

    assert table.to_pydict() == {"a": [1], "a.1": [2]}
    assert carriers.decode(table, rows.carrier).column_names == ["a", "a"]


def failing() -> Iterator[pa.RecordBatch]:
    yield numbers(0, 10)
    raise ConnectionResetError("the wire was cut")


@pytest.mark.parametrize(
    ("carried", "name"),
    [
        (pa.RecordBatchReader.from_batches(NUMBERS, failing()), "RecordBatchReader"),
        (Stream(failing()), "Stream"),
    ],
    ids=["reader", "object"],
)
def test_a_stream_that_fails_on_the_way_is_refused_by_name(carried: Any, name: str):
    rows = carriers.encode(carried)

    with pytest.raises(SourceError, match=f"a {name} failed after 10 rows: .*the wire was cut"):
        rows.table()


def test_a_chunked_array_of_structs_is_a_table_when_it_is_handed_over():
    structs = pa.chunked_array([[{"a": 1, "b": "x"}], [{"a": 2, "b": None}]])

    assert carriers.encode(structs).table().to_pydict() == {"a": [1, 2], "b": ["x", None]}
    assert not carriers.is_table(structs)


# DuckDB -----------------------------------------------------------------------------------------


def test_a_relation_is_read_batch_by_batch():
    rows = carriers.encode(duckdb.sql(f"SELECT range AS i FROM range({3 * BATCH_ROWS})"))

    sizes = [batch.num_rows for batch in rows.batches]

    assert sum(sizes) == 3 * BATCH_ROWS
    assert max(sizes) <= BATCH_ROWS
    assert rows.column is None


def test_a_relation_comes_back_as_one():
    relation = duckdb.sql("SELECT i, i % 2 = 0 AS even, 'ö' || i AS t FROM range(5) AS r(i)")
    rows = carriers.encode(relation)
    table, carrier = rows.table(), json.loads(json.dumps(rows.carrier))

    found = carriers.decode(table, carrier)

    assert isinstance(found, duckdb.DuckDBPyRelation)
    assert (found.columns, found.types) == (relation.columns, relation.types)
    assert found.fetchall() == relation.fetchall()


def test_a_relation_is_a_table_and_is_not_emptied():
    relation = duckdb.sql("SELECT 7 AS x")

    assert carriers.is_table(relation)
    assert carriers.encode(relation).table().num_rows == 1
    assert relation.fetchall() == [(7,)]


@pytest.mark.parametrize("late", [0, 200_000])
def test_a_relation_that_fails_is_refused(late: int):
    query = (
        f"SELECT CASE WHEN i >= {late} THEN error('boom') ELSE i END AS x FROM range(250000) r(i)"
    )

    with pytest.raises(SourceError, match=r"DuckDBPyRelation .*boom"):
        carriers.encode(duckdb.sql(query)).table()


def test_a_connection_is_no_table():
    with pytest.raises(SourceError, match="a DuckDBPyConnection is no table"):
        carriers.encode(duckdb.connect().execute("SELECT 1"))


# Polars -----------------------------------------------------------------------------------------


def test_a_lazy_frame_is_read_batch_by_batch():
    frame = pl.LazyFrame({"i": range(3 * BATCH_ROWS)}).with_columns(t=pl.col("i").cast(pl.String))

    rows = carriers.encode(frame)

    assert rows.column is None
    assert digest_of(rows.table()) == digest_of(carriers.encode(frame.collect()).table())


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.LazyFrame({"a": [1]}).select("b"), "a LazyFrame cannot be read: .*b"),
        (
            pl.LazyFrame({"a": ["x"]}).cast(pl.Int64),
            "a LazyFrame failed after 0 rows: .*column 'a'",
        ),
    ],
    ids=["column", "cast"],
)
def test_a_lazy_frame_whose_query_fails_is_refused(frame: pl.LazyFrame, message: str):
    with pytest.raises(SourceError, match=message):
        carriers.encode(frame).table()


# Memory -----------------------------------------------------------------------------------------

PEAK = """
import re, sys
from pathlib import Path
import duckdb, pyarrow as pa
import polars as pl
from mlsnap.data import carriers
file, kind = sys.argv[1:]
carried = {
    "relation": lambda: duckdb.read_parquet(file),
    "reader": lambda: pa.RecordBatchReader.from_stream(duckdb.read_parquet(file)),
    "lazy": lambda: pl.scan_parquet(file),
}[kind]()
rows = carriers.encode(carried)
assert sum(batch.num_rows for batch in rows.batches) == 8_000_000
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(int(peak[1]) // 1024)  # not what getrusage says, which begins with the parent's peak
"""


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Rows that take 928 MB in memory."""
    file = str(tmp_path_factory.mktemp("large") / "x.parquet")
    query = "SELECT i, hash(i) AS h, printf('%0100d', i) AS t FROM range(8000000) AS r(i)"
    duckdb.sql(query).write_parquet(file)
    return file


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a peak is seen in /proc")
@pytest.mark.parametrize("kind", ["relation", "reader", "lazy"])
def test_a_stream_is_never_held_as_a_whole(kind: str, large_file: str):
    said = subprocess.check_output([sys.executable, "-c", PEAK, large_file, kind], text=True)

    peak = int(said.split()[-1])  # what comes before is DuckDB's progress
    assert peak < 1000  # MB, libraries and all
