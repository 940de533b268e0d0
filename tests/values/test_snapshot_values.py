"""Records come back from JSON."""

import json
from datetime import UTC, datetime

import pytest

from mlsnap.values.snapshot import DataCopy, Definition, Part, Provenance, SnapshotRecord

DEFINITION = Definition("/data/crime.csv", "csv", {"delimiter": ";"}, 3, "other columns")
COPY = DataCopy(
    md5="0" * 32 + ".dir",
    parts=(Part("part-000000.parquet", 10, "1" * 32, "2" * 64), Part("b", 5, "3" * 32, "4" * 64)),
    remote={"url": "/remote"},
    remote_name=None,
    reader=Definition(format="parquet"),
)
RECORD = SnapshotRecord(
    dataset="crime",
    name="snapshot_2019",
    number=2,
    run_id="0" * 32,
    digest="ab" * 32,
    row_count=10,
    column_count=22,
    definition=DEFINITION,
    provenance=Provenance("/data/crime.csv", "2026-11-01T12:00:00+01:00", "me", "0.1.0"),
    data=COPY,
    carrier={"carrier": "numpy", "shape": [2, 3]},
)


@pytest.mark.parametrize("definition", [DEFINITION, Definition()])
def test_a_definition_comes_back(definition: Definition):
    assert Definition.from_dict(json.loads(json.dumps(definition.to_dict()))) == definition


def test_a_data_copy_comes_back():
    assert DataCopy.from_dict(json.loads(json.dumps(COPY.to_dict()))) == COPY


def test_a_data_copy_is_as_large_as_its_parts():
    assert COPY.size == 15


def test_a_record_comes_back_with_its_format():
    stored = json.loads(json.dumps(RECORD.to_dict()))

    assert stored["format"] == 1
    assert SnapshotRecord.from_dict(stored) == RECORD


def test_a_record_without_data_comes_back():
    stored = {**RECORD.to_dict(), "data": None, "carrier": None}

    found = SnapshotRecord.from_dict(json.loads(json.dumps(stored)))

    assert (found.data, found.carrier) == (None, None)


def test_a_record_knows_its_reference_and_its_time_in_utc():
    assert RECORD.reference == "crime@snapshot_2019"
    assert RECORD.created == datetime(2026, 11, 1, 11, tzinfo=UTC)
    assert RECORD.created.tzinfo is UTC
