"""Delimited text as a stream: the same whatever the blocks, and started again when types change."""

from __future__ import annotations

import bz2
import lzma
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from csv_rule import Ruled, column_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlsnap.data.formats.csv import blocks as csv_blocks
from mlsnap.data.formats.csv import read as read_csv
from mlsnap.data.remote import remote
from mlsnap.data.rows import Rows, StartAgain
from mlsnap.errors import SourceError

CELLS = [
    *("0", "1", "7", "-3", "7.5", "1e3", "true", "false", "", "NA", "oops", "9223372036854775808"),
    *("2016-04-15", "2016-04-15 17:00", "2016-04-15T17:00:00.5", "2016-04-15T17:00Z", "0x1F"),
    *("4/15/2016", "4/15/2016 17:00", "2/30/2016", "0900-01-01", "12:30", "+5", " 6 "),
    *('a "b" c', "a,b", "line\nend", "line\r\nend", '"', "é😀", "nan", "-inf", "a\0b"),
]
PLAIN = [
    *("0", "1", "7", "7.5", "true", "false", "", "NA", "oops", "2016-04-15", "12:30", "+5"),
    *("2016-04-15 17:00", "2016-04-15 17:00:00.5", "2016-04-15T17:00Z", "9223372036854775808"),
    *("9007199254740993", "-8", "18446744073709551616", "2.0"),
]

LAW = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@contextmanager
def sizes(*, start: int, block: int) -> Iterator[None]:
    """Files whose types are found in ``start`` bytes and that are read in blocks of ``block``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_blocks, "START", start)
        patch.setattr(csv_blocks, "BLOCK", block)
        yield


def opened(file: Path, **options: Any) -> Rows:
    return read_csv([file], options, base=file.parent)


def everything(file: Path, **options: Any) -> tuple[pa.Table, dict[str, int]]:
    """All rows and errors, started again where types change."""
    rows = opened(file, **options)
    try:
        return pa.Table.from_batches(rows.batches, rows.schema).combine_chunks(), rows.errors
    except StartAgain as again:
        rows = again.rows
        return pa.Table.from_batches(rows.batches, rows.schema).combine_chunks(), rows.errors


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def written(rows: list[list[str]], *, always: bool) -> str:
    lines = []
    for row in rows:
        plain = not always and not any(set(cell) & set('",\r\n') for cell in row)
        lines.append(",".join(row if plain else map(quoted, row)))
    return "a,b,c\n" + "\n".join(lines) + "\n"


def lines_of(*cells: tuple[str, int]) -> str:
    """A column ``x`` with each cell so many times, and another one beside it."""
    return "x,pad\n" + "".join(f"{cell},pad\n" * count for cell, count in cells)


@LAW
@given(
    st.lists(st.lists(st.sampled_from(CELLS), min_size=3, max_size=3), min_size=1, max_size=30),
    st.booleans(),
    st.sampled_from([1, 3, 16, 64, 200]),
    st.sampled_from([16, 64]),
)
def test_rows_and_errors_do_not_depend_on_blocks(
    tmp_path: Path, rows: list[list[str]], always: bool, block: int, start: int
):
    file = tmp_path / "x.csv"
    file.write_bytes(written(rows, always=always).encode())

    with sizes(start=start, block=1 << 20):
        whole = everything(file)
    with sizes(start=start, block=block):
        parts = everything(file)

    assert parts[0].schema == whole[0].schema
    assert parts[0].to_pydict().__repr__() == whole[0].to_pydict().__repr__()
    assert parts[1] == whole[1]


@LAW
@given(
    st.lists(st.sampled_from(PLAIN), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(PLAIN), min_size=1, max_size=3, unique=True),
    st.data(),
)
def test_types_are_those_of_the_rule_over_whole_columns(
    tmp_path: Path, usual: list[str], rare: list[str], data: st.DataObject
):
    begin = data.draw(st.lists(st.sampled_from(usual), min_size=4, max_size=4))
    cells = st.one_of(*[st.sampled_from(usual)] * 9, st.sampled_from(rare))
    texts = begin + data.draw(st.lists(cells, max_size=40))
    file = tmp_path / "x.csv"
    file.write_text("x\n" + "".join(f"{quoted(text)}\n" for text in texts))
    start = len("x\n" + "".join(f"{quoted(text)}\n" for text in begin))

    with sizes(start=start, block=32):
        table, errors = everything(file)

    expected = as_shown(column_of(texts))
    assert (table.schema.field("x").type, errors.get("x", 0)) == (expected.type, expected.errors)
    assert repr(table["x"].to_pylist()) == repr(expected.values)


def as_shown(ruled: Ruled) -> Ruled:
    """Days and whole seconds as instants in microseconds."""
    if ruled.type not in (pa.date32(), pa.timestamp("s"), pa.timestamp("s", "UTC")):
        return ruled
    shown = pa.timestamp("us", getattr(ruled.type, "tz", None))
    return Ruled(pa.array(ruled.values, ruled.type).cast(shown).to_pylist(), shown, ruled.errors)


# Types that change late -------------------------------------------------------------------------


def test_a_wider_type_that_a_look_into_the_middle_shows_needs_one_reading(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("7", 200_000), ("7.5", 100_000), ("7", 200_000)))
    rows = opened(file)

    assert rows.schema.field("x").type == pa.float64()
    assert sum(batch.num_rows for batch in rows.batches) == 500_000


def test_a_single_late_value_of_a_wider_type_starts_again(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("7", 290_000), ("7.5", 1), ("7", 310_000)))
    rows = opened(file)

    with pytest.raises(StartAgain) as again:
        list(rows.batches)
    assert rows.schema.field("x").type == pa.int64()
    assert again.value.rows.schema.field("x").type == pa.float64()
    assert sum(batch.num_rows for batch in again.value.rows.batches) == 600_001


def test_a_look_that_misled_starts_again(tmp_path: Path):
    file = tmp_path / "x.csv"
    inside = '"' + "7.5,pad\n" * 50_000 + '"'
    file.write_text(lines_of(("7", 200_000)) + f"7,{inside}\n" + "7,pad\n" * 200_000)

    table, errors = everything(file)

    assert opened(file).schema.field("x").type == pa.float64()
    assert table.schema.field("x").type == pa.int64()
    assert errors == {}


def test_a_late_bad_cell_is_an_error_of_that_cell_only(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("7", 300_000), ("oops", 1), ("7", 300_000)))
    rows = opened(file)

    values = pa.Table.from_batches(rows.batches)["x"]

    assert (values.type, values.null_count, rows.errors) == (pa.int64(), 1, {"x": 1})


def test_a_column_that_is_blank_at_first_has_the_type_of_what_follows(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("", 300_000), ("7", 10), ("7.5", 1)))

    assert everything(file)[0].schema.field("x").type == pa.float64()


def test_zeros_and_ones_before_true_and_false_are_booleans(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("0", 200_000), ("1", 200_000), ("true", 3), ("1", 9)))

    table, errors = everything(file)

    assert table["x"].to_pylist()[-13:] == [True] * 13
    assert errors == {}


def test_instants_beyond_nanoseconds_are_errors_where_nanoseconds_are_needed(tmp_path: Path):
    file = tmp_path / "x.csv"
    days = ("2016-04-15", 120_000)
    file.write_text(lines_of(days, ("0900-01-01", 1), days, ("2016-04-15 17:00:00.5", 1), days))

    table, errors = everything(file)

    assert table.schema.field("x").type == pa.timestamp("ns")
    assert (table["x"].null_count, errors) == (1, {"x": 1})


def test_files_have_the_types_that_hold_all_of_them(tmp_path: Path):
    for name, content in {"a": "x\n7\n", "b": lines_of(("1", 300_000), ("7.5", 1))}.items():
        (tmp_path / f"{name}.csv").write_text(content)

    table = read_csv(sorted(tmp_path.iterdir()), {}, base=tmp_path).table()

    assert table.schema == pa.schema([("x", pa.float64()), ("pad", pa.string())])
    assert table["x"].to_pylist()[:2] == [7.0, 1.0]
    assert table["pad"].null_count == 1


def test_a_column_of_a_file_that_was_not_looked_at_is_found(tmp_path: Path):
    for number in range(40):
        extra = ",late" if number == 38 else ""
        (tmp_path / f"{number:02}.csv").write_text(f"x{extra}\n1{extra}\n")
    rows = read_csv(sorted(tmp_path.iterdir()), {}, base=tmp_path)

    assert rows.schema.names == ["x"]
    assert rows.table()["late"].to_pylist()[37:] == [None, "late", None]


def test_files_that_turn_out_not_to_go_together_late_are_refused(tmp_path: Path):
    (tmp_path / "a.csv").write_text(lines_of(("1", 300_000)))
    (tmp_path / "b.csv").write_text(lines_of(("a", 300_000)))
    rows = read_csv(sorted(tmp_path.iterdir()), {}, base=tmp_path)

    with pytest.raises(SourceError, match=r"2 files, .* do not make one table: .*Field x"):
        rows.table()


def test_a_stream_may_be_left_early(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("7", 500_000)))
    batches = iter(opened(file).batches)

    assert len(list(islice(batches, 1))) == 1
    batches.close()


# Shapes of files --------------------------------------------------------------------------------


def test_a_ragged_line_late_in_the_file_is_named(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("7", 2_000_000)) + "7,pad,more\n")
    rows = opened(file)

    with pytest.raises(SourceError, match="row 2000002: Expected 2 columns, got 3: 7,pad,more"):
        rows.table()


def test_a_line_without_end_at_the_end_is_read(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("7", 300_000)) + "8,end")

    assert everything(file)[0].slice(300_000).to_pylist() == [{"x": 8, "pad": "end"}]


def test_fields_of_a_megabyte_are_read(tmp_path: Path):
    file = tmp_path / "x.csv"
    long = "ab\n" * 400_000
    file.write_text("x,y\n" + f'"{long}",1\n' * 3)

    with sizes(start=1 << 20, block=1 << 16):
        table, _ = everything(file)

    assert table["x"].to_pylist() == [long] * 3


def test_five_thousand_columns_are_read(tmp_path: Path):
    names = ",".join(f"c{i}" for i in range(5000))
    row = ",".join(["1"] * 5000)
    late = ",".join(["1.5"] * 5000)
    file = tmp_path / "x.csv"
    file.write_text(f"{names}\n" + f"{row}\n" * 150 + f"{late}\n")

    table, errors = everything(file)

    assert set(table.schema.types) == {pa.float64()}
    assert (table.num_rows, errors) == (151, {})


def test_nul_bytes_are_characters(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_bytes(b"x\na\0b\n\0\n")

    assert everything(file)[0].to_pylist() == [{"x": "a\0b"}, {"x": "\0"}]


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("7", 200_000)) + '"' + "7,pad\n" * 500_000)
    monkeypatch.setattr(csv_blocks, "LONGEST", 1 << 20)
    monkeypatch.setattr(csv_blocks, "BLOCK", 1 << 20)

    with pytest.raises(SourceError, match="a record is longer than 1 MB"):
        opened(file).table()


@pytest.mark.parametrize("text", ['5" pipe', 'a "b" c', '""x'])
def test_quotes_inside_of_fields_are_characters(tmp_path: Path, text: str):
    file = tmp_path / "x.csv"
    file.write_text("x,y\n" + f'{text},"line\nend"\n' * 20)

    with sizes(start=64, block=50):
        table, _ = everything(file)

    assert table["y"].to_pylist() == ["line\nend"] * 20
    assert table["x"].to_pylist() == [text.replace('""', "")] * 20


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress])
def test_packed_files_are_read(tmp_path: Path, pack: Callable[[bytes], bytes]):
    file = tmp_path / ("x.csv.bz2" if pack is bz2.compress else "x.csv.xz")
    file.write_bytes(pack(lines_of(("7", 400_000), ("8", 1)).encode()))

    assert everything(file)[0]["x"].to_pylist()[-2:] == [7, 8]


def test_a_packed_file_that_was_cut_off_is_refused(tmp_path: Path):
    file = tmp_path / "x.csv.xz"
    file.write_bytes(lzma.compress(lines_of(("7", 10)).encode())[:-20])

    with pytest.raises(SourceError, match="cannot be read as delimited text"):
        everything(file)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_text_with_a_byte_order_mark_needs_no_encoding(tmp_path: Path, encoding: str):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("größe😀", 200_000)), encoding=encoding)

    table, _ = everything(file)

    assert table.column_names == ["x", "pad"]
    assert table["x"].unique().to_pylist() == ["größe😀"]


def test_bytes_late_in_the_file_that_are_no_text_are_refused(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_bytes(lines_of(("a", 300_000)).encode() + b"\xff,pad\n")
    rows = opened(file)

    with pytest.raises(SourceError, match="is not text in the encoding it was read with"):
        rows.table()


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter_is_seen_by_the_first_lines(tmp_path: Path, delimiter: str):
    file = tmp_path / "x.csv"
    file.write_text('a;b\n1;"2;5"\n3;4,5\n'.replace(";", delimiter))

    assert everything(file)[0].to_pydict() == {"a": [1, 3], "b": [f"2{delimiter}5", "4,5"]}


@pytest.mark.parametrize("text", ["a;b\n1\n2\n", "a;b,c\n1;2,3\n", "a\n1;2\n"])
def test_a_comma_is_the_delimiter_where_nothing_else_is_plain(tmp_path: Path, text: str):
    file = tmp_path / "x.csv"
    file.write_text(text)

    header = text.partition("\n")[0]

    assert everything(file)[0].column_names == header.split(",")


def test_a_preamble_may_have_anything_in_it(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text('made "by hand\r\nfor, you\rand\n\nx,y\n1,2\n')

    assert everything(file, skip_rows=3)[0].to_pylist() == [{"x": 1, "y": 2}]


def test_a_preamble_that_hides_the_header_is_refused(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text(lines_of(("7", 300_000)))

    with pytest.raises(SourceError, match="before the first record is longer than 1 MB"):
        opened(file, skip_rows=250_000)


def test_a_header_that_never_ends_is_refused(tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text('"x' + "7,pad\n" * 300_000)

    with pytest.raises(SourceError, match=r"cannot be read as delimited text: field larger"):
        opened(file)


def test_a_file_at_a_url_is_read(tmp_path: Path):
    file = remote("memory://csv-stream/x.csv")
    with file.filesystem.open(file.path, "wb") as target:
        target.write(lines_of(("7", 300_000), ("oops", 1)).encode())
    rows = read_csv([file], {}, base=file)

    assert rows.table()["x"].null_count == 1
    assert rows.errors == {"x": 1}


def test_pandas_is_not_imported(tmp_path: Path):
    (tmp_path / "x.csv").write_text("a,b,c,d\n1,x,4/15/2016,2016-04-15\noops,?,2/30/2016,\n" * 9)
    code = (
        "import sys; from pathlib import Path;"
        "from mlsnap.data.formats.csv.files import CsvFile;"
        "from mlsnap.data.formats.csv.options import CsvOptions;"
        "options = CsvOptions.of({'null_values': ['?'], 'column_types': {'a': 'int64'}});"
        "file = CsvFile.of(Path('x.csv'), options);"
        "list(file.parts(file.schema_of(file.guess(further=True))));"
        "print('pandas' in sys.modules)"
    )

    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert run.stdout == "False\n"
