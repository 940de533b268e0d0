"""JSON records: types over all of a file, in lines and arrays."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mlsnap.data import mixed
from mlsnap.data.formats.jsonlines import blocks as json_blocks
from mlsnap.data.rows import Rows, StartAgain
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "records.jsonl"


@pytest.fixture
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few records a block, so that later ones are read apart."""
    monkeypatch.setattr(json_blocks, "BLOCK_BYTES", 64)


def rows(source: Path) -> Rows:
    return open_source(define(source))


def write(file: Path, *records: Any) -> Path:
    file.write_text("".join(f"{json.dumps(each)}\n" for each in records))
    return file


def read(file: Path, *records: Any) -> pa.Table:
    return rows(write(file, *records)).table()


def test_lines_are_records(file: Path):
    table = read(file, {"a": 1, "b": "x"}, {"b": "", "c": True}, {"a": None})

    assert table.schema == pa.schema([("a", pa.int64()), ("b", pa.string()), ("c", pa.bool_())])
    assert table.to_pydict() == {
        "a": [1, None, None],
        "b": ["x", "", None],
        "c": [None, True, None],
    }


def test_an_array_of_records_is_read(tmp_path: Path):
    file = tmp_path / "movies.json"
    movies = [
        {"Title": "The Land Girls", "US Gross": 146083, "Release Date": "Jun 12 1998"},
        {"Title": '[Rec], "2"', "US Gross": None, "Release Date": "Jul 09 2010"},
    ]
    file.write_text("[\n" + ",\n".join(map(json.dumps, movies)) + "]\n")

    assert rows(file).table().to_pylist() == movies


@pytest.mark.parametrize(
    ("ending", "compress"),
    [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)],
)
def test_compressed_files_are_read(tmp_path: Path, ending: str, compress: Any):
    file = tmp_path / f"records.json.{ending}"
    file.write_bytes(compress(b'[{"a": 1}, {"a": 2}]'))

    assert rows(file).table().to_pydict() == {"a": [1, 2]}


def test_files_of_a_folder_are_read_with_the_columns_of_all(tmp_path: Path):
    write(tmp_path / "in.jsonl", {"a": 1})
    write(tmp_path / "more.ndjson", {"a": 1.5, "b": "x"})

    assert rows(tmp_path).table().to_pydict() == {"a": [1.0, 1.5], "b": [None, "x"]}


def test_nested_values_are_kept(file: Path):
    record = {"list": [1, None], "object": {"k": [{"v": "x"}]}}

    table = read(file, record, {"list": [], "object": None})

    assert table.to_pylist() == [record, {"list": [], "object": None}]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2016-04-15", datetime(2016, 4, 15)),
        ("2016-04-15T17:00:00.5", datetime(2016, 4, 15, 17, 0, 0, 500_000)),
        ("2016-04-15T17:00:00+02:00", datetime(2016, 4, 15, 15, tzinfo=UTC)),
    ],
)
def test_texts_that_are_all_instants_are_instants(file: Path, text: str, instant: datetime):
    table = read(file, {"t": text}, {"t": None})

    assert pa.types.is_timestamp(table.schema.field("t").type)
    assert table.to_pydict() == {"t": [instant, None]}


def test_instants_with_and_without_zone_are_text(file: Path):
    texts = ["2016-04-15T17:00:00Z", "2016-04-15T17:00:00"]

    assert read(file, *({"t": text} for text in texts)).to_pydict() == {"t": texts}


def test_numbers_that_are_not_finite_are_read(file: Path):
    table = read(file, {"a": float("inf")}, {"a": float("-inf")}, {"a": 1})

    assert table.to_pydict() == {"a": [float("inf"), float("-inf"), 1.0]}


def test_integers_are_exact(file: Path):
    assert read(file, {"a": 2**53 + 1}, {"a": -(2**63)}).to_pydict() == {"a": [2**53 + 1, -(2**63)]}


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("numbers", [[2**63, 2**64 - 1], [1, *[7] * 50, 2**64 - 1]])
def test_integers_beyond_int64_are_unsigned_where_all_fit(file: Path, numbers: list[int]):
    table = read(file, *({"a": number} for number in numbers))

    assert table.schema.field("a").type == pa.uint64()
    assert table["a"].to_pylist() == numbers


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize(
    "numbers",
    [[2**64, 1], [2**63, -1], [2**60, *[7] * 50, 1.5], [1.5, *[7] * 50, 2**60], [1.5, 2**53 + 1]],
)
def test_numbers_that_no_type_holds_exactly_are_mixed(file: Path, numbers: list[Any]):
    table = read(file, *({"a": number} for number in numbers))

    assert [mixed.from_text(text) for text in table["a"].to_pylist()] == numbers


def test_integers_that_floats_hold_become_floats_beside_decimals(file: Path):
    table = read(file, {"a": 2**53}, {"a": 1.5}, {"a": 1e300})

    assert table["a"].to_pylist() == [2.0**53, 1.5, 1e300]


def test_a_number_that_floats_do_not_reach_is_an_error(file: Path):
    file.write_text('{"a": 1e400}\n{"a": Infinity}\n{"a": 1.5}\n')
    found = rows(file)

    assert found.table()["a"].to_pylist() == [None, float("inf"), 1.5]
    assert found.errors == {"a": 1}


def test_the_last_of_two_values_of_a_field_counts(file: Path):
    file.write_text('{"a": 1, "a": 2}\n{"a": 3}\n')

    assert rows(file).table().to_pydict() == {"a": [2, 3]}


def test_values_of_several_types_are_mixed(file: Path):
    table = read(file, {"m": 1, "a": 1}, {"m": "x"}, {"m": [1, {"q": 2}]}, {"m": None}, {"m": 1.5})

    field = table.schema.field("m")
    assert mixed.type_counts(field) == {"int": 1, "str": 1, "list": 1, "float": 1}
    texts = table.column("m").to_pylist()
    assert [text and mixed.from_text(text) for text in texts] == [
        1,
        "x",
        '[1, {"q": 2}]',
        None,
        1.5,
    ]
    assert table.column("a").to_pylist() == [1, None, None, None, None]


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize(
    ("early", "late", "expected"),
    [
        (1, 1.5, pa.float64()),
        (None, 3, pa.int64()),
        ("2016-04-15", "soon", pa.string()),
        ("x", "2016-04-15", pa.string()),
        ({"k": 1}, {"l": "x"}, pa.struct([("k", pa.int64()), ("l", pa.string())])),
        ([], [1], pa.list_(pa.int64())),
    ],
)
def test_a_late_value_widens_the_column(file: Path, early: Any, late: Any, expected: pa.DataType):
    table = read(file, *[{"a": early}] * 50, {"a": late})

    assert table.schema.field("a").type == expected
    assert table.num_rows == 51


@pytest.mark.usefixtures("_small_blocks")
def test_a_late_value_of_another_type_makes_the_column_mixed(file: Path):
    table = read(file, *({"a": number} for number in range(50)), {"a": "n/a"})

    assert mixed.type_counts(table.schema.field("a")) == {"int": 50, "str": 1}
    assert [mixed.from_text(text) for text in table.column("a").to_pylist()] == [*range(50), "n/a"]


@pytest.mark.usefixtures("_small_blocks")
def test_a_late_column_is_null_before(file: Path):
    table = read(file, *[{"a": 1}] * 50, {"b": 2})

    assert table.column("b").to_pylist() == [None] * 50 + [2]


@pytest.mark.usefixtures("_small_blocks")
def test_reading_starts_again_when_later_values_need_other_types(file: Path):
    found = rows(write(file, *[{"a": 1}] * 50, {"a": 1.5}))

    with pytest.raises(StartAgain) as again:
        list(found.batches)
    assert again.value.rows.schema == pa.schema([("a", pa.float64())])
    assert again.value.rows.stamps == found.stamps


@pytest.mark.usefixtures("_small_blocks")
def test_a_file_that_changes_after_reading_started_again_is_refused(file: Path):
    found = rows(write(file, *[{"a": 1}] * 50, {"a": 1.5}))
    with pytest.raises(StartAgain) as again:
        list(found.batches)
    write(file, {"a": 1.5})

    with pytest.raises(SourceError, match=r"records\.jsonl changed while it was being read"):
        again.value.rows.table()


@pytest.mark.usefixtures("_small_blocks")
def test_a_record_may_be_longer_than_a_block(file: Path):
    long = "x" * 3_000_000

    assert read(file, {"a": "y"}, {"a": long}).to_pydict() == {"a": ["y", long]}


def test_five_thousand_columns_are_read(file: Path):
    table = read(file, {f"c{n}": n for n in range(5000)}, {"c4999": 1.5})

    assert table.num_columns == 5000
    assert table.column("c4999").to_pylist() == [4999.0, 1.5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no record"),
        ("[]", "holds no record"),
        ("{}\n{}\n", "have no field"),
        ('{"a": 1}\n{"a":\n', r"record 2 of .*records\.jsonl is not JSON"),
        ('{"a": 1}\n\n[1]\n', r"record 2 of .*records\.jsonl is no object but of type list"),
        ("[1, 2]", r"record 1 of .*records\.jsonl is no object but of type int"),
        ('[{"a": 1},', "the array that it begins with does not end"),
    ],
)
def test_what_is_no_table_of_records_is_refused(file: Path, text: str, message: str):
    file.write_text(text)

    with pytest.raises(SourceError, match=message):
        rows(file).table()


def test_text_in_another_encoding_is_refused(file: Path):
    file.write_bytes('{"a": "Köln"}'.encode("latin-1"))

    with pytest.raises(SourceError, match=r"records\.jsonl is not UTF-8"):
        rows(file)


@pytest.mark.parametrize("ending", ["gz", "bz2", "zst", "xz"])
def test_a_file_that_is_not_compressed_as_it_says_is_refused(tmp_path: Path, ending: str):
    file = tmp_path / f"x.json.{ending}"
    file.write_bytes(b"{}")

    with pytest.raises(SourceError, match=rf"x\.json\.{ending} cannot be read as JSON"):
        rows(file)
