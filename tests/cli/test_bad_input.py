"""Input that cannot be used: exit code 3, the value in the first line, the next step below it."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

LONG = "a" * 300


@pytest.mark.parametrize("command", ["show", "head", "verify", "runs"])
def test_an_unknown_snapshot(run, taken, command):
    ended = run(command, "people@frist")
    assert ended.code == 3
    assert ended.error() == (
        "no snapshot 'frist' in dataset 'people'; near names: 'first'",
        "list them with `mlsnap list people`",
    )


@pytest.mark.parametrize(
    "words",
    [
        ["list", "poeple"],
        ["dataset", "show", "poeple"],
        ["dataset", "archive", "poeple"],
        ["snapshot", "poeple"],
        ["show", "poeple@first"],
        ["compare", "poeple@first", "people.csv"],
    ],
)
def test_an_unknown_dataset(run, taken, words):
    ended = run(*words)
    assert ended.code == 3
    fact, hint = ended.error()
    assert fact == "no dataset 'poeple'; near names: 'people'"
    assert "mlsnap datasets" in hint


def test_an_unknown_replacement_of_a_deprecated_dataset(run, taken):
    ended = run("dataset", "deprecate", "people", "--replaced-by", "persons")
    assert ended.code == 3
    assert "no dataset 'persons'" in ended.error()[0]
    assert run("dataset", "show", "people", "--json").json["state"] == "active"


@pytest.mark.parametrize("command", ["show", "head", "reproduce"])
def test_an_unknown_run(run, project, command):
    words = ["--yes"] if command == "reproduce" else []
    ended = run(command, "0" * 32, *words)
    assert ended.code == 3
    assert f"no run '{'0' * 32}' in this MLflow" in ended.error()[0]


def test_an_unknown_column(run, taken):
    ended = run("compare", taken, taken, "--include", "agee")
    assert ended.code == 3
    assert "column 'agee' is in neither profile; near names: 'age'" in ended.error()[0]


def test_an_unknown_column_of_a_sample(run, taken):
    words = ("--strategy", "stratified", "--column", "agee", "--fraction", "1=1")
    ended = run("sample", taken, *words)
    assert ended.code == 3
    assert ended.error()[0] == "no column 'agee'; near names: 'age'"


def test_an_unknown_distance(run, taken):
    ended = run("compare", taken, taken, "--method", "wassertein")
    assert ended.code == 3
    assert "no distance 'wassertein'; near names: 'wasserstein'" in ended.error()[0]


def test_the_name_of_a_dataset_is_taken(run, taken, people):
    ended = run("register", "people", people)
    assert ended.code == 3
    fact, hint = ended.error()
    assert fact == "a dataset 'people' is registered already"
    assert "--exist-ok" in hint


def test_the_name_of_a_snapshot_is_taken_by_other_content(run, taken, people):
    people.write_text("a\n1\n", encoding="utf-8")
    ended = run("snapshot", "people", "--name", "first")
    assert ended.code == 3
    fact, hint = ended.error()
    assert "'people@first' has other content" in fact
    assert "another name" in hint


@pytest.mark.parametrize("name", ["a/b", "", LONG, "bell\x07", "red\x1b[31m", "two\nlines", "-x"])
def test_an_illegal_name(run, people, name):
    for words in (["register", "--", name, people], ["snapshot", people, f"--name={name}"]):
        ended = run(*words)
        assert ended.code == 3
        fact, hint = ended.error()
        assert "cannot name a" in fact
        assert "use 1 to 100 of the characters" in hint
        assert "\x1b" not in ended.err


@pytest.mark.parametrize("target", ["no/such.csv", "such.csv", "no/*.csv"])
def test_a_missing_file(run, project, target):
    for command in ("snapshot", "profile", "head", "show"):
        ended = run(command, target)
        assert ended.code == 3
        assert str(project / target) in ended.error()[0]


@pytest.mark.parametrize("target", ["", LONG])
def test_a_path_that_can_be_none(run, project, target):
    for command in ("snapshot", "profile"):
        ended = run(command, target)
        assert ended.code == 3
        assert repr(target)[:20] in ended.error()[0] or target in ended.error()[0]


def test_a_missing_file_gets_near_names(run, people):
    assert "near names: 'people.csv'" in run("register", "crew", "poeple.csv").error()[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"name\nJos\xe9\n", "is not text in the encoding"),
        (b"a,b\n1,2\n1,2,3\n", "cannot be read as delimited text"),
    ],
)
def test_a_file_that_is_no_csv(run, project, content, said):
    Path("bad.csv").write_bytes(content)
    for command in ("profile", "snapshot", "head"):
        ended = run(command, "bad.csv")
        assert ended.code == 3
        assert str(project / "bad.csv") in ended.error()[0]
        assert said in ended.error()[0]


def test_a_truncated_parquet_file(run, project):
    pq.write_table(pa.table({"a": range(1000)}), "whole.parquet")
    Path("cut.parquet").write_bytes(Path("whole.parquet").read_bytes()[:-100])
    ended = run("profile", "cut.parquet")
    assert ended.code == 3
    assert "cut.parquet cannot be read as Parquet" in ended.error()[0]


def test_an_unknown_read_option(run, people):
    ended = run("profile", people, "--option", "delimeter=;")
    assert ended.code == 3
    assert "no option 'delimeter' for csv files; near names: 'delimiter'" in ended.error()[0]


def test_no_tracking_server_at_that_address(run, project):
    ended = run("datasets", "--tracking-uri", "http://127.0.0.1:1")
    assert ended.code == 3
    fact, hint = ended.error()
    assert "no MLflow server answers at http://127.0.0.1:1" in fact
    assert "mlflow server" in hint


def test_a_tracking_uri_that_mlflow_does_not_know(run, project):
    ended = run("datasets", "--tracking-uri", "nonsense://x")
    assert ended.code == 3
    assert "nonsense://x" in ended.error()[0]


def test_a_remote_that_is_not_configured(run, people):
    ended = run("snapshot", people, "--data", "--remote", "backup")
    assert ended.code == 3
    fact, hint = ended.error()
    assert "no remote 'backup' in the DVC config" in fact
    assert "dvc remote add backup" in hint


def test_a_remote_that_cannot_be_written(run, people, project):
    (project / "file").write_text("in the way", encoding="utf-8")
    ended = run("snapshot", people, "--name", "x", "--data", "--remote", str(project / "file"))
    assert ended.code == 3
    assert str(project / "file") in ended.error()[0]


@pytest.mark.parametrize("words", [["get", "-o", "x.csv"], ["verify"]])
def test_data_is_asked_for_where_none_was_stored(run, people, words):
    run("snapshot", people, "--name", "bare")
    ended = run(words[0], "people@bare", *words[1:])
    assert ended.code == 3
    fact, hint = ended.error()
    assert "people@bare" in fact
    assert "no copy of the data" in fact
    assert "take one with data" in hint


def test_a_source_that_is_not_what_was_recorded(run, people):
    run("snapshot", people, "--name", "bare")
    people.write_text("a\n1\n", encoding="utf-8")
    ended = run("head", "people@bare")
    assert ended.code == 3
    fact, hint = ended.error()
    assert f"{people} is not what people@bare recorded: digest" in fact
    assert "mlsnap compare people@bare" in hint


def test_the_data_of_the_snapshot_is_gone(run, taken, tmp_path):
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    ended = run("verify", taken)
    assert ended.code == 3
    assert f"nothing is at {tmp_path / 'store'}" in ended.error()[0]
