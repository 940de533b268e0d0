import pytest


def test_a_dataset_is_registered_with_all_that_is_said_of_it(run, people):
    ended = run(
        *("register", "crew", people, "--description", "who is aboard", "--tag", "team=a=b"),
        *("--tag", "year=2020", "--json"),
    )
    assert ended.code == 0
    assert ended.json["description"] == "who is aboard"
    assert ended.json["tags"] == {"team": "a=b", "year": "2020"}
    assert ended.json["definition"]["source"] == str(people)


def test_registering_shows_the_dataset(run, people):
    lines = run("register", "crew", people).out.splitlines()
    assert lines[0] == "Dataset crew"
    assert ["source", str(people)] in [line.split() for line in lines]


def test_read_options_are_json_where_they_can_be(run, project):
    file = project / "strange.txt"
    file.write_text("a comment\nname;age\nAda;36\n", encoding="utf-8")
    options = ("--option", "delimiter=;", "--option", "skip_rows=1", "--format", "csv")
    stored = run("register", "strange", file, *options, "--json").json["definition"]
    assert stored["options"] == {"delimiter": ";", "skip_rows": 1}
    assert run("snapshot", "strange", "--json").json["column_count"] == 2


def test_a_number_that_is_not_json_stays_text(run, people):
    ended = run("register", "crew", people, "--option", "encoding=NaN", "--json")
    assert ended.json["definition"]["options"] == {"encoding": "NaN"}


@pytest.mark.parametrize("given", ["delimiter", "=;"])
def test_an_option_without_key_and_value_is_a_usage_error(run, people, given):
    ended = run("register", "crew", people, "--option", given)
    assert ended.code == 2
    assert f"{given!r} is not KEY=VALUE" in ended.err


def test_exist_ok_keeps_the_dataset_that_is_there(run, people, project):
    run("register", "crew", people)
    other = project / "other.csv"
    other.write_text("a\n1\n", encoding="utf-8")
    ended = run("register", "crew", other, "--exist-ok", "--json")
    assert ended.code == 0
    assert ended.json["definition"]["source"] == str(people)


def test_a_dataset_without_a_source_takes_frames(run, project):
    assert "frames handed over in Python" in run("register", "frames").out


def test_datasets_are_listed_by_name(run, people):
    assert run("datasets").out.startswith("no datasets; register one")
    run("register", "b", people)
    run("register", "a", people, "--description", "first")
    assert [each["name"] for each in run("datasets", "--json").json] == ["a", "b"]
    lines = run("datasets").out.splitlines()
    assert lines[2].split() == ["a", "active", str(people), "1", "0", "first"]


def test_an_update_adds_a_definition_and_keeps_the_first(run, people, project):
    run("register", "crew", people)
    newer = project / "newer.txt"
    newer.write_text("name;age\nEd;50\n", encoding="utf-8")
    words = ("--message", "new year", "--format", "csv", "--option", "delimiter=;")
    assert run("dataset", "update", "crew", newer, *words, "--json").json["version"] == 2
    shown = run("dataset", "show", "crew", "--json").json
    assert [each["version"] for each in shown["definitions"]] == [1, 2]
    assert shown["definitions"][1]["message"] == "new year"
    assert "delimiter=';'" in run("dataset", "show", "crew").out


def test_an_update_says_which_version_it_made(run, people):
    run("register", "crew", people)
    ended = run("dataset", "update", "crew", people, "--message", "again")
    assert ended.out == f"crew has the definition 2: {people}\n"


def test_an_update_needs_a_message(run, people):
    run("register", "crew", people)
    assert run("dataset", "update", "crew", people).code == 2


def test_using_a_deprecated_dataset_warns_in_one_line(run, people):
    run("register", "crew", people)
    run("register", "staff", people)
    told = run("dataset", "deprecate", "crew", "--replaced-by", "staff")
    assert told.out == "the dataset 'crew' is deprecated; use 'staff' instead\n"
    ended = run("snapshot", "crew")
    assert ended.code == 0
    assert ended.err == "Warning: the dataset 'crew' is deprecated; use 'staff' instead\n"


def test_a_dataset_is_archived_and_brought_back(run, people):
    run("register", "crew", people)
    assert run("dataset", "archive", "crew", "--json").json["state"] == "archived"
    refused = run("snapshot", "crew")
    assert refused.code == 3
    assert refused.error() == (
        "the dataset 'crew' is archived",
        "bring it back with `mlsnap dataset reactivate crew`",
    )
    assert run("dataset", "reactivate", "crew").out == "the dataset 'crew' is active\n"
    assert run("snapshot", "crew").code == 0
    assert run("dataset", "deprecate", "crew", "--json").json["state"] == "deprecated"
