"""The page of a snapshot's first rows: from copies of remotes of the server's own only."""

from __future__ import annotations

import threading
from pathlib import Path

import orjson
import pandas as pd
import pytest
from mlflow import MlflowClient
from shown import Page, site

import mlsnap
from mlsnap.errors import MlsnapWarning
from mlsnap.pages.deadline import within
from mlsnap.pages.parts import Parts
from mlsnap.pages.rows_page import rows_page
from mlsnap.services.snapshots import Snapshot

HOSTILE = "<img src=x onerror=alert(1)>"


def taken(data: pd.DataFrame, *, copy: bool = True, remote: str | None = None) -> Snapshot:
    crime = mlsnap.register_dataset("crime")
    return crime.create_snapshot(data=data, create_data_snapshot=copy, target_datastore=remote)


def shown() -> Page:
    return Page(rows_page(site(), "crime", "v1"))


def record_file(snapshot: Snapshot) -> Path:
    place = MlflowClient().get_run(snapshot.run_id).info.artifact_uri.removeprefix("file://")
    return Path(place) / "mlsnap" / "snapshot.json"


def rows_of(page: Page) -> int:
    return len([each for each in page.all("th") if each.get("scope") == "row"])


def test_the_first_hundred_rows_are_shown(project):
    taken(pd.DataFrame({"age": range(300), "town": [None] + ["Ulm"] * 299}))
    page = shown()
    assert rows_of(page) == 100
    assert "The first 100 of 300 rows , from the stored copy." in page.text
    assert "1 0 \N{EN DASH} 2 1 Ulm" in page.text


def test_the_first_fifty_columns_are_shown(project):
    taken(pd.DataFrame({f"column {number}": [number] for number in range(120)}))
    page = shown()
    assert "the first 50 of 120 columns" in page.text
    assert "column 49" in page.text
    assert "column 50" not in page.text


def test_what_is_in_the_data_stays_text_and_is_cut(project):
    taken(pd.DataFrame({HOSTILE: [HOSTILE, "x" * 10_000]}))
    page = shown()
    assert HOSTILE in page.text
    assert not page.all("img")
    assert "x" * 200 not in page.html


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"a": pd.Series([], dtype="int64")}),
        pd.DataFrame({"a": [[1, 2], None], "b": [{"c": 1}, {"c": 2}]}),
        pd.DataFrame({"a": [1, "two", None, 3.5]}),
        pd.DataFrame({"a": pd.to_datetime(["2020-01-01", None], utc=True), "a.b": [1, 2]}),
        pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]),
    ],
    ids=["empty", "nested", "mixed", "instants", "duplicate names"],
)
def test_odd_tables_are_shown(project, data):
    taken(data)
    assert rows_of(shown()) == len(data)


def test_a_snapshot_without_a_copy_says_so(project):
    taken(pd.DataFrame({"age": [1]}), copy=False)
    assert "holds a profile but no copy of the data" in shown().text


def test_a_copy_of_source_files_is_not_parsed_by_a_server(project):
    (project / "data.csv").write_text("a\n1\n")

    @mlsnap.track(inputs={"path": "crime"}, create_data_snapshot=True)
    def train(path: str) -> None: ...

    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
        train("data.csv")
    assert mlsnap.get_dataset("crime").get_snapshot("v1").is_verbatim
    assert "kept as the files of its source" in shown().text


def test_a_remote_that_is_not_the_servers_own_is_not_opened(project, tmp_path):
    taken(pd.DataFrame({"age": [1]}), remote=str(tmp_path / "elsewhere"))
    text = shown().text
    assert "lies in a remote that this server is not set up for" in text
    assert "elsewhere" not in text


def test_a_remote_of_the_servers_dvc_config_is_its_own(project, tmp_path):
    taken(pd.DataFrame({"age": [4711]}), remote=str(tmp_path / "elsewhere"))
    (project / ".dvc").mkdir()
    (project / ".dvc" / "config").write_text(
        f"['remote \"shared\"']\n url = {tmp_path}/elsewhere\n"
    )
    assert "4711" in shown().text


@pytest.mark.parametrize("url", ["/etc", "http://169.254.169.254/latest", "ssh://host/data"])
def test_a_recorded_address_is_compared_and_never_followed(project, url):
    file = record_file(taken(pd.DataFrame({"age": [1]})))
    record = orjson.loads(file.read_bytes())
    record["data"]["remote"] = {"url": url}
    file.write_bytes(orjson.dumps(record))
    assert "not set up for" in shown().text


def test_a_recorded_reader_is_not_used(project):
    file = record_file(taken(pd.DataFrame({"age": [1]})))
    record = orjson.loads(file.read_bytes())
    steps = [{"step": "function", "function": "os:abort", "arguments": {}, "sha256": "0" * 64}]
    record["data"] |= {"schema": None, "reader": {**record["data"]["reader"], "steps": steps}}
    file.write_bytes(orjson.dumps(record))
    assert "kept as the files of its source" in shown().text


@pytest.mark.parametrize("part", [{"data": 3}, {"data": {"parts": []}}, {"provenance": None}])
def test_a_record_that_is_none_is_told_in_a_sentence(project, part):
    file = record_file(taken(pd.DataFrame({"age": [1]})))
    file.write_bytes(orjson.dumps(orjson.loads(file.read_bytes()) | part))
    assert "record is not there any more" in shown().text


def test_data_that_was_changed_is_not_shown(project, tmp_path):
    taken(pd.DataFrame({"age": [1]}))
    for part in (tmp_path / "store" / "remote" / "mlsnap" / "files").rglob("*"):
        if part.is_file() and part.suffix != ".dir":
            part.chmod(0o644)
            part.write_bytes(b"x" * part.stat().st_size)
    page = shown()
    assert "cannot be had from where it is kept" in page.text
    assert str(tmp_path) not in page.html


def test_data_that_was_lost_is_told_in_a_sentence(project, tmp_path):
    taken(pd.DataFrame({"age": [1]}))
    (tmp_path / "store" / "remote").rename(tmp_path / "store" / "moved")
    assert "cannot be had from where it is kept" in shown().text


def test_what_does_not_answer_in_time_is_not_waited_for():
    answers = threading.Event()
    with pytest.raises(TimeoutError, match=r"did not come within 0\.01 seconds"):
        within(0.01, answers.wait)
    answers.set()


def test_what_nobody_waits_for_does_not_pile_up():
    answers = threading.Event()
    for _ in range(4):
        with pytest.raises(TimeoutError, match="did not come"):
            within(0.01, answers.wait)
    with pytest.raises(TimeoutError, match="still waits"):
        within(0.01, answers.wait)
    answers.set()
    assert within(10, lambda: "done") == "done"


def test_what_fails_meanwhile_fails_here():
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 / 0)


def test_a_part_is_made_once_of_the_same_content_and_again_of_other():
    parts, made = Parts(), []
    for content in (b"a", b"a", b"b"):
        parts.get("profile", (content,), lambda content=content: made.append(content) or "text")
    assert made == [b"a", b"b"]
