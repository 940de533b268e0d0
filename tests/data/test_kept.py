"""Rows that come once can be had again until they are copied."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pytest

from mlsnap.data.digest import digest_of
from mlsnap.data.kept import KeptRows
from mlsnap.errors import SourceError


def kept(table: pa.Table, *, size: int = 2) -> KeptRows:
    made = KeptRows(table.schema)
    for batch in table.to_batches(size):
        made.write(batch)
    return made


TABLES = {
    "numbers and texts": pa.table({"x": [1, None, 3], "y": ["a", "b", None]}),
    "no rows": pa.table({"x": pa.array([], pa.int64())}),
    "no columns": pa.table({}),
    "different dictionaries": pa.table(
        {
            "x": pa.chunked_array(
                [pa.array(["b"]).dictionary_encode(), pa.array(["a", "b"]).dictionary_encode()]
            )
        }
    ),
    "views": pa.table({"x": pa.array(["a", None], pa.string_view())}),
    "nested": pa.table({"x": [{"a": [1, None]}, None]}),
}


@pytest.mark.parametrize("kind", TABLES)
def test_the_rows_come_back_any_number_of_times(kind: str):
    rows = kept(TABLES[kind])

    digests = {digest_of(rows.rows().table()) for _ in range(2)}
    assert digests == {digest_of(TABLES[kind])}


class Secret(pa.ExtensionType):
    """A type that nobody registered."""

    def __init__(self) -> None:
        super().__init__(pa.int64(), "tests.secret")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""


def test_a_type_that_is_not_known_is_that_of_its_values():
    values = pa.array([1, None])
    table = pa.table({"x": Secret().wrap_array(values)})

    assert kept(table).rows().table()["x"].to_pylist() == [1, None]


def test_fields_keep_what_mlsnap_wrote_to_them():
    field = pa.field("x", pa.string(), metadata={"mlsnap.mixed": '{"int": 1}'})
    table = pa.table([pa.array(["1"])], schema=pa.schema([field]))

    assert kept(table).rows().schema.field("x").metadata == field.metadata


def test_the_file_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    rows = kept(TABLES["nested"])

    assert list(tmp_path.iterdir()) == []
    assert rows.rows().table().num_rows == 2


def test_no_room_for_the_rows_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))

    with pytest.raises(SourceError, match=r"the rows cannot be kept in .*gone until") as raised:
        kept(TABLES["nested"])
    assert "TMPDIR" in raised.value.hint
