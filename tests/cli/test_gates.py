"""``--fail-on``: how a comparison ends beyond a limit."""

from __future__ import annotations

from pathlib import Path

import pytest

import mlsnap
from mlsnap.settings import PROJECT_FILE


@pytest.fixture
def older(project: Path) -> Path:
    file = project / "older.csv"
    file.write_text("name,age\nAda,36\nBob,41\nCy,29\n", encoding="utf-8")
    return file


@pytest.fixture
def newer(project: Path) -> Path:
    file = project / "newer.csv"
    file.write_text("name,age,town\nAda,36,Rome\nBob,81,Bonn\nCy,69,Oslo\n", encoding="utf-8")
    return file


def limits_of_project(project: Path, text: str) -> None:
    file = project / PROJECT_FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")


def test_without_a_limit_a_comparison_ends_with_0(run, older, newer):
    ended = run("compare", older, newer)
    assert ended.code == 0
    assert "\n\n" not in ended.out


def test_beyond_a_limit_it_ends_with_1_and_a_table_of_what_is(run, older, newer):
    ended = run("compare", older, newer, "--fail-on", "age.mean>20", "--fail-on", "schema")
    difference, _, failed = ended.out.partition("\n\n")
    assert ended.code == 1
    assert ended.err == ""
    assert difference.startswith("The data differs")
    assert failed.splitlines()[0] == "limits exceeded in 2 places:"
    assert failed.splitlines()[3].split() == ["age", "mean", "26.6667", "age.mean>20"]
    assert failed.splitlines()[4].split() == ["town", "added", "schema"]


def test_within_all_limits_it_ends_with_0_and_says_so(run, older, newer):
    ended = run("compare", older, newer, "--fail-on", "age.mean>50")
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "within all limits: age.mean>50"


def test_scripts_get_the_check_in_the_document(run, older, newer):
    ended = run("compare", older, newer, "--fail-on", "added>0", "--json")
    assert ended.code == 1
    assert ended.json["check"] == mlsnap.compare(older, newer).check("added>0").to_dict()
    assert ended.json["check"]["passed"] is False


def test_without_a_limit_the_document_has_no_check(run, older, newer):
    assert run("compare", older, newer, "--json").json == mlsnap.compare(older, newer).to_dict()


def test_a_page_is_written_beyond_a_limit_too(run, older, newer, project):
    assert run("compare", older, newer, "--fail-on", "schema", "--html", "x.html").code == 1
    assert (project / "x.html").exists()


@pytest.mark.parametrize("limit", ["mean>>5", "mean", "mean>nan"])
def test_what_is_no_limit_is_wrong_usage(run, older, newer, limit):
    ended = run("compare", older, newer, "--fail-on", limit)
    assert ended.code == 2
    assert f"limit {limit!r}" in ended.err
    assert "age.percent_missing>0.02" in ended.err


@pytest.mark.parametrize(
    ("limit", "fact"),
    [
        ("agee.mean>5", "no column 'agee' for the limit 'agee.mean>5'; near names: 'age'"),
        ("meen>5", "the measure 'meen' of the limit 'meen>5'; near names: 'mean'"),
    ],
)
def test_unknown_names_are_an_error_and_nothing_is_printed(run, older, newer, limit, fact):
    ended = run("compare", older, newer, "--fail-on", limit, "--html", "x.html")
    assert ended.code == 3
    assert fact in ended.error()[0]
    assert ended.out == ""
    assert not Path("x.html").exists()


def test_a_distance_that_was_not_computed_is_an_error(run, older, newer):
    words = ("--method", "energy", "--fail-on", "wasserstein>1")
    assert "the measure 'wasserstein'" in run("compare", older, newer, *words).error()[0]


def test_the_limits_of_the_project_hold_without_the_option(run, older, newer, project):
    limits_of_project(project, 'fail_on = ["added>0"]\n')
    ended = run("compare", older, newer)
    assert ended.code == 1
    assert "added>0" in ended.out


def test_the_option_takes_the_place_of_the_projects_limits(run, older, newer, project):
    limits_of_project(project, 'fail_on = ["added>0"]\n')
    assert run("compare", older, newer, "--fail-on", "removed>0").code == 0


def test_limits_are_set_and_shown_by_config(run, project):
    ended = run("config", "fail_on", 'schema; "a;b".mean>5')
    assert ended.code == 0
    assert (project / PROJECT_FILE).read_text() == r'fail_on = ["schema", "\"a;b\".mean>5"]' + "\n"
    assert run("config", "fail_on").out == 'schema; "a;b".mean>5\n'
    assert run("config", "fail_on", "--json").json["value"] == ["schema", '"a;b".mean>5']


def test_what_is_no_limit_is_not_set(run, project):
    fact, hint = run("config", "fail_on", "mean>>5").error()
    assert fact == "fail_on in the command line: limit 'mean>>5' cannot be understood"
    assert "schema, drift, or MEASURE>NUMBER" in hint
    assert not (project / PROJECT_FILE).exists()


def test_snapshots_are_held_against_the_projects_limits(run, people, project):
    limits_of_project(project, 'fail_on = ["row_count_in_percent<-10"]\n')
    data = mlsnap.register_dataset("people", people)
    before = data.create_snapshot("a")
    people.write_text("\n".join(people.read_text(encoding="utf-8").splitlines()[:4]) + "\n")
    after = data.create_snapshot("b")
    check = after.compare_profiles(before).check()
    assert [each.value for each in check.exceeded] == [-25.0]
    assert run("compare", "people@a", "people@b").code == 1


def test_every_step_of_a_drift_is_held_against_limits(run, older, newer):
    ended = run("drift", older, newer, newer, "--fail-on", "age.mean>20")
    assert ended.code == 1
    failed = [line for line in ended.out.splitlines() if line.endswith("age.mean>20")]
    assert len(failed) == 2
    assert run("drift", older, newer, "--fail-on", "age.mean>50").code == 0


def test_a_drift_for_scripts_has_the_check_in_its_document(run, older, newer):
    ended = run("drift", older, newer, "--fail-on", "schema", "--json")
    assert ended.code == 1
    assert [each["column"] for each in ended.json["check"]["exceeded"]] == ["town"]
