import time

import pandas as pd
import pytest

import mlsnap
from mlsnap.tracking.server import connect

FRAME = pd.DataFrame({"a": [1, 2, 3]})


@pytest.fixture
def dataset(project):
    return mlsnap.register_dataset("wine", description="red", tags={"year": "2019"})


def fields(shown):
    return dict(line.split("  ", 1) for line in repr(shown).splitlines()[1:])


def test_a_snapshot_shows_its_fields(dataset):
    made = dataset.create_snapshot("first", create_data_snapshot=True, data=FRAME)
    found = dataset.get_snapshot("first")
    assert repr(found).splitlines()[0] == "Snapshot wine@first"
    shown = fields(found)
    assert list(shown) == [
        *("name", "dataset", "definition version", "created", "rows", "columns", "size stored"),
    ]
    assert shown["rows"].strip() == "3"
    assert repr(made) == repr(found) == str(found)
    assert "<strong>Snapshot wine@first</strong>" in found._repr_html_()


def test_a_failed_snapshot_shows_why(project):
    file = project / "x.csv"
    file.write_text("a\n1\n", encoding="utf-8")
    dataset = mlsnap.register_dataset("x", file)
    file.write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match="is empty"):
        dataset.create_snapshot("bad")
    assert "Failed: SourceError" in fields(dataset.get_snapshot("bad"))["status"]


def test_a_dataset_shows_its_fields(dataset):
    dataset.create_snapshot("first", data=FRAME)
    shown = {name: value.strip() for name, value in fields(dataset).items()}
    assert shown == {
        "name": "wine",
        "description": "red",
        "tags": "year=2019",
        "state": "active",
        "definition version": "1",
        "source": "frames handed over in Python",
        "snapshots": "1",
    }


def test_a_deprecated_dataset_shows_what_replaces_it(dataset):
    mlsnap.register_dataset("wine2")
    dataset.deprecate("wine2")
    assert fields(dataset)["state"].strip() == "deprecated, replaced by wine2"


def test_showing_never_raises_when_mlflow_is_gone(dataset, tmp_path):
    made = dataset.create_snapshot("first", data=FRAME)
    known = dataset.get_snapshot("first")
    assert known.row_count == 3
    (tmp_path / "mlflow.db").write_bytes(b"")
    connect.__globals__["_client"].cache_clear()
    started = time.monotonic()
    assert "not known" in repr(dataset)
    assert "not known" in repr(made) or "rows" in repr(made)
    assert fields(known)["rows"].strip() == "3"
    assert time.monotonic() - started < 30
