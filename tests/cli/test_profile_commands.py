import pytest

import mlsnap


def test_a_profile_is_a_table(run, people):
    lines = run("profile", people).out.splitlines()
    assert lines[0].startswith("4 rows, 4 columns, digest ")
    assert lines[3].split()[:2] == ["name", "string"]


def test_a_profile_as_json_is_what_python_gives(run, people):
    assert run("profile", people, "--json").json == mlsnap.profile(people).to_dict()


def test_a_profile_stores_nothing(run, people):
    run("profile", people)
    assert run("datasets", "--json").json == []


def test_a_profile_takes_read_options(run, project):
    (project / "x.txt").write_text("a|b\n1|2\n", encoding="utf-8")
    words = ("--format", "csv", "--option", "delimiter=|", "--json")
    assert len(run("profile", "x.txt", *words).json["columns"]) == 2


def test_a_profile_writes_a_page_and_says_so_on_stderr(run, people, project):
    ended = run("profile", people, "--html", "p.html", "--json")
    assert ended.err == "wrote p.html\n"
    assert ended.json["row_count"] == 4
    assert "joined" in (project / "p.html").read_text(encoding="utf-8")


@pytest.fixture
def newer(people, project):
    file = project / "newer.csv"
    text = people.read_text(encoding="utf-8").replace("36", "37").replace("active", "here")
    file.write_text(text, encoding="utf-8")
    return file


def test_two_files_are_compared(run, people, newer):
    lines = run("compare", people, newer).out.splitlines()
    assert lines[0] == "The data differs; both sides have 4 rows."
    assert lines[2:4] == ["added: here", "removed: active"]


def test_a_comparison_as_json_is_what_python_gives(run, people, newer):
    found = run("compare", people, newer, "--json").json
    assert found == mlsnap.compare(people, newer).to_dict()
    assert [column["name"] for column in found["columns"]] == ["name", "age", "joined"]


def test_a_snapshot_is_compared_with_a_file(run, taken, newer):
    assert run("compare", taken, newer, "--json").json["reference"] == taken


def test_only_the_named_columns_and_distance_are_compared(run, people, newer):
    words = ("--include", "age", "--include", "name", "--exclude", "name", "--method", "energy")
    found = run("compare", people, newer, *words, "--json").json
    assert [column["name"] for column in found["columns"]] == ["age"]
    assert list(found["columns"][0]["distances"]) == ["energy"]


def test_a_comparison_writes_a_page(run, people, newer, project):
    assert run("compare", people, newer, "--html", "d.html").code == 0
    assert "newer.csv" in (project / "d.html").read_text(encoding="utf-8")


def test_a_difference_is_no_failure(run, people, newer):
    assert run("compare", people, newer).code == 0
