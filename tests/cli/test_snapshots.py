import bz2
import contextlib
import gzip
import lzma
import os
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
from command_line import PEOPLE, on_terminal

import mlsnap


def objects(store):
    return [file for file in store.rglob("*") if file.is_file()]


def test_a_snapshot_tells_its_status_and_its_fields(run, people):
    lines = run("snapshot", people, "--name", "first", "--data").out.splitlines()
    assert lines[:3] == [
        "Action status: Running",
        "Action status: Completed",
        "Snapshot people@first",
    ]
    fields = [line[:20].strip() for line in lines[3:]]
    expected = ["name", "dataset", "definition version", "created", "rows", "columns"]
    assert fields == [*expected, "size stored"]


def test_a_snapshot_as_json_is_one_document(run, people):
    stored = run("snapshot", people, "--json").json
    assert (stored["reference"], stored["row_count"], stored["data"]) == ("people@v1", 4, None)


def test_a_registered_dataset_goes_before_a_file_of_its_name(run, people, project):
    run("register", "crew", people)
    (project / "crew").mkdir()
    assert run("snapshot", "crew", "--json").json["reference"] == "crew@v1"


def test_a_file_is_registered_once_and_then_used(run, people):
    run("snapshot", people)
    assert run("snapshot", "people.csv", "--json").json["reference"] == "people@v2"
    assert len(run("datasets", "--json").json) == 1


@pytest.mark.parametrize(
    ("target", "name"), [("data/*.csv", "data"), ("data/", "data"), ("data/a.csv", "a")]
)
def test_a_glob_or_folder_is_called_after_the_folder(run, project, target, name):
    (project / "data").mkdir()
    (project / "data" / "a.csv").write_text(PEOPLE, encoding="utf-8")
    assert run("snapshot", target, "--json").json["dataset"] == name


@pytest.mark.parametrize(("suffix", "module"), [(".gz", gzip), (".bz2", bz2), (".xz", lzma)])
def test_a_compressed_file_is_called_after_what_is_in_it(run, project, suffix, module):
    (project / f"crew.csv{suffix}").write_bytes(module.compress(PEOPLE.encode()))
    assert run("snapshot", f"crew.csv{suffix}", "--json").json["dataset"] == "crew"


def test_a_name_that_is_none_becomes_one(run, project):
    (project / "my people (1).csv").write_text(PEOPLE, encoding="utf-8")
    made = run("snapshot", "my people (1).csv", "--json").json["dataset"]
    assert made.startswith("my_people_1-")


def test_another_file_of_a_dataset_s_name_is_an_error_that_names_both(run, people, project):
    run("snapshot", people)
    other = project / "elsewhere" / "people.csv"
    other.parent.mkdir()
    other.write_text("a\n1\n", encoding="utf-8")
    ended = run("snapshot", other)
    assert ended.code == 3
    fact, hint = ended.error()
    assert str(people) in fact
    assert str(other) in fact
    assert "mlsnap dataset update people" in hint


def test_a_remote_without_data_is_a_usage_error(run, people):
    assert run("snapshot", people, "--remote", "/tmp").code == 2


def test_no_wait_needs_a_name(run, people):
    ended = run("snapshot", people, "--no-wait")
    assert ended.code == 2
    assert "--no-wait needs --name" in ended.err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--name", "latest"], 3, "it means the newest one"),
        (["--name", "x", "--compute-target", "sprak"], 2, "'sprak' is not one of"),
    ],
)
def test_no_wait_refuses_at_once_what_cannot_be(run, people, words, code, message):
    ended = run("snapshot", people, "--no-wait", *words)
    assert (ended.code, message in ended.err) == (code, True)


def test_no_wait_returns_at_once_and_the_snapshot_appears(run, people):
    ended = run("snapshot", people, "--name", "later", "--data", "--no-wait")
    assert ended.code == 0
    assert "`mlsnap list people` lists it when it is ready" in ended.out
    assert wait_for(run, "people", "later")["has_data"]


def wait_for(run, dataset, name):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for each in run("list", dataset, "--json").json:
            if each["name"] == name:
                return each
        time.sleep(0.5)
    raise AssertionError(f"no snapshot {name} within a minute")


def test_no_wait_refuses_a_name_that_is_taken(run, taken):
    ended = run("snapshot", "people", "--name", "first", "--no-wait", "--json")
    assert ended.code == 3
    assert ended.error()[0] == "there is a snapshot people@first already, Completed"


def test_snapshots_are_listed_the_newest_first(run, taken):
    run("snapshot", "people", "--name", "second")
    listed = run("list", "people", "--json").json
    assert [each["name"] for each in listed] == ["second", "first"]
    lines = run("list").out.splitlines()
    assert lines[2].split()[:2] == ["people@second", "2"]
    assert "none" in lines[2].split()
    assert listed[1]["digest"].startswith(lines[3].split()[-1])


def test_an_empty_list_says_what_to_do(run, project):
    assert run("list").out == "no snapshots; take one with `mlsnap snapshot NAME-or-PATH`\n"


def test_show_tells_everything_of_a_snapshot(run, taken, people, tmp_path):
    out = run("show", taken).out
    for each in (str(people), "sha256:", str(tmp_path / "store"), "no run", "4 rows, 4 columns"):
        assert each in out


def test_show_as_json_holds_the_record_and_the_runs(run, taken):
    shown = run("show", "people@latest", "--json").json
    assert (shown["reference"], shown["status"], shown["runs"]) == (taken, "Completed", [])
    assert shown["definition"]["version"] == 1


def test_show_names_the_runs_that_used_it(run, taken):
    import mlflow

    with mlflow.start_run() as active:
        mlsnap.log_snapshot(mlsnap.get_dataset("people").get_snapshot("first"), "validation")
    assert f"{active.info.run_id} (validation)" in run("show", taken).out
    shown = run("show", active.info.run_id, "--json").json
    assert shown["reference"] == taken
    assert [(use["context"], use["model_uri"]) for use in shown["runs"]] == [("validation", None)]


def test_show_of_a_file_is_its_profile(run, people):
    assert run("show", people).out.startswith("4 rows, 4 columns")
    assert run("show", people, "--json").json["row_count"] == 4


@pytest.mark.parametrize("what", ["people@first", "people.csv"])
def test_show_writes_a_page(run, taken, project, what):
    ended = run("show", what, "--html", "pages/x.html", "--json")
    assert ended.json
    page = (project / "pages" / "x.html").read_text(encoding="utf-8")
    assert what in page
    assert "joined" in page


def test_show_of_a_failed_snapshot_says_why(run, people, project):
    run("register", "people", people)
    people.write_text("a,b\n1,2\n1,2,3,4\n", encoding="utf-8")
    assert run("snapshot", "people", "--name", "bad").code == 3
    ended = run("show", "people@bad")
    assert ended.code == 0
    assert "Failed: SourceError" in ended.out
    assert run("show", "people@bad", "--json").json["status"] == "Failed"


def test_head_prints_the_first_rows(run, taken):
    lines = run("head", taken, "-n", "2").out.splitlines()
    assert lines[0].split() == ["name", "age", "joined", "active"]
    assert len(lines) == 4
    rows = run("head", taken, "-n", "3", "--json").json
    expected = {"name": "Cy", "age": None, "joined": "2021-03-05T00:00:00", "active": True}
    assert rows[2] == expected


def test_head_reads_a_file_too(run, people):
    assert [row["name"] for row in run("head", people, "-n", "1", "--json").json] == ["Ada"]


def names(ended):
    assert ended.code == 0, ended.err
    return [row["name"] for row in ended.json]


def test_a_sample_is_the_first_rows(run, taken):
    words = ("sample", taken, "--strategy", "top_n", "-n", "1")
    assert names(run(*words, "--json")) == ["Ada"]
    assert len(run(*words).out.splitlines()) == 3


def test_a_random_sample_is_the_same_for_the_same_seed(run, taken):
    words = ("sample", taken, "--strategy", "simple_random", "--probability", "0.5", "--json")
    assert names(run(*words, "--seed", "3")) == names(run(*words, "--seed", "3"))
    every = run(*words[:4], "--probability", "1", "--json")
    assert names(every) == ["Ada", "Bob", "Cy", "Di"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--column", "active", "--fraction", "true=1"], ["Ada", "Cy", "Di"]),
        (["--column", "age", "--fraction", "36=1", "--fraction", "41=1"], ["Ada", "Bob"]),
        (["--column", "age", "--fraction", "null=1"], ["Cy"]),
        (["--column", "name", "--fraction", "Di=1.0", "--fraction", "Bob=0"], ["Di"]),
        (["--column", "joined", "--fraction", "2020-01-02=1"], ["Ada"]),
        (["--column", "name", "--column", "active", "--fraction", "Ada,true=1"], ["Ada"]),
    ],
)
def test_a_stratified_sample_reads_values_as_the_column_has_them(run, taken, words, expected):
    ended = run("sample", taken, "--strategy", "stratified", *words, "--seed", "1", "--json")
    assert names(ended) == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["top_n"], "the strategy top_n needs -n"),
        (["simple_random"], "the strategy simple_random needs --probability"),
        (["stratified", "--column", "age"], "the strategy stratified needs --fraction"),
        (["stratified", "--column", "age", "--fraction", "36"], "is not VALUE=SHARE"),
        (["stratified", "--column", "age", "--fraction", "36=2"], "is not VALUE=SHARE"),
        (["bottom_n"], "'bottom_n' is not one of"),
    ],
)
def test_a_sample_without_what_it_needs_is_a_usage_error(run, taken, words, said):
    ended = run("sample", taken, "--strategy", *words)
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_the_data_comes_back_with_the_same_digest(run, taken, project, ending):
    ended = run("get", taken, "-o", f"back.{ending}")
    assert (ended.code, ended.out) == (0, f"wrote back.{ending}\n")
    assert run("compare", taken, f"back.{ending}", "--json").json["identical"]


def test_the_copy_s_own_files_come_into_a_folder(run, taken, project):
    told = run("get", taken, "-o", "back/", "--json").json
    assert told == {"reference": taken, "path": str(project / "back")}
    assert pd.read_parquet(project / "back")["name"].tolist() == ["Ada", "Bob", "Cy", "Di"]


def test_get_never_overwrites_unless_forced(run, taken, project):
    (project / "mine.csv").write_text("mine", encoding="utf-8")
    ended = run("get", taken, "-o", "mine.csv")
    assert ended.code == 3
    assert ended.error()[0] == "mine.csv exists"
    assert (project / "mine.csv").read_text(encoding="utf-8") == "mine"
    assert run("get", taken, "-o", "mine.csv", "--force").code == 0
    assert "Ada" in (project / "mine.csv").read_text(encoding="utf-8")


def test_get_into_a_full_folder_is_an_error(run, taken, project):
    ended = run("get", taken, "-o", str(project))
    assert ended.code == 3
    assert "exists and is not empty" in ended.error()[0]


def test_a_failed_get_leaves_nothing_behind(run, taken, project, tmp_path):
    before = sorted(project.iterdir())
    for each in objects(tmp_path / "store"):
        each.unlink()
    assert run("get", taken, "-o", "back.csv").code == 3
    assert sorted(project.iterdir()) == before


def test_get_to_another_ending_is_a_usage_error(run, taken):
    ended = run("get", taken, "-o", "back.xlsx")
    assert ended.code == 2
    assert "'back.xlsx' ends neither in .parquet nor .csv" in ended.err


def test_verify_says_that_the_copy_is_as_it_was_stored(run, taken):
    ended = run("verify", taken)
    assert ended.code == 0
    assert ended.out.startswith("people@first is as it was stored (1 part, ")
    assert run("verify", taken, "--json").json["faults"] == []


def damage(store):
    part = max(objects(store), key=lambda file: file.stat().st_size)
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.chmod(0o644)
    part.write_bytes(content)


def test_verify_ends_with_1_and_names_the_damaged_part(run, taken, tmp_path):
    damage(tmp_path / "store")
    ended = run("verify", taken)
    assert ended.code == 1
    assert "part 'part-000000.parquet' is damaged" in ended.out
    assert len(run("verify", taken, "--json").json["faults"]) == 1


def test_damaged_data_does_not_come_back(run, taken, tmp_path):
    damage(tmp_path / "store")
    ended = run("get", taken, "-o", "back.csv")
    assert ended.code == 3
    assert "is damaged" in ended.error()[0]


def test_delete_without_a_terminal_needs_yes(run, taken):
    ended = run("delete", taken)
    assert ended.code == 2
    assert "pass --yes" in ended.err
    assert run("delete", taken, "--yes", "--json").json["deleted"] == taken
    gone = run("show", taken)
    assert gone.code == 3
    assert gone.error()[1] == "it was deleted; its name stays taken"


def test_delete_says_what_it_deleted(run, taken):
    assert run("delete", "people@latest", "--yes").out.startswith("deleted people@first: ")


def test_delete_asks_on_a_terminal(run, taken):
    ended = on_terminal("delete", taken, react=lambda process, terminal: os.write(terminal, b"n\n"))
    assert "delete the snapshot people@first? [y/N]" in ended.out
    assert ended.code == 130
    assert run("show", taken).code == 0


def interrupt(process: subprocess.Popen[bytes], terminal: int) -> None:
    """Press Ctrl-C, and again as a person would if the prompt came up just after the first."""
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
            return


def test_an_interrupt_ends_with_130(taken):
    ended = on_terminal("delete", taken, react=interrupt)
    assert ended.code == 130
    assert "Interrupted." in ended.out
    assert "Traceback" not in ended.out


def test_a_terminal_shows_few_rows_of_many_columns_turned(project):
    wide = ",".join(f"column_{number}" for number in range(12))
    Path("wide.csv").write_text(f"{wide}\n{','.join(['7'] * 12)}\n", encoding="utf-8")
    ended = on_terminal("head", "wide.csv")
    shown = [line.split()[0] for line in ended.out.splitlines() if line.startswith("column_")]
    assert shown == [f"column_{number}" for number in range(12)]
