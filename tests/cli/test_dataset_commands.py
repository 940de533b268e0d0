"""Definitions with steps, on the command line."""

from __future__ import annotations

import json
import time

import pytest

SELECT = '{"step": "select", "columns": ["age"]}'
CAST = '{"step": "cast", "types": {"age": "int16"}}'


@pytest.fixture
def crew(run, people):
    assert run("register", "crew", people).code == 0
    return people


def test_a_dataset_is_registered_with_steps_in_their_order(run, people):
    ended = run("register", "crew", people, "--step", SELECT, "--step", CAST, "--json")
    assert ended.code == 0
    assert ended.json["definition"]["steps"] == [json.loads(SELECT), json.loads(CAST)]
    assert run("snapshot", "crew", "--json").json["column_count"] == 1


def test_an_update_with_steps_alone_keeps_the_source(run, crew):
    ended = run("dataset", "update", "crew", "--step", SELECT, "--message", "ages")
    assert ended.out == f"crew has the definition 2: {crew}, 1 step\n"
    stored = run("dataset", "show", "crew", "--json").json["definitions"][1]
    assert (stored["source"], stored["message"]) == (str(crew), "ages")
    assert stored["steps"] == [json.loads(SELECT)]


def test_an_update_with_options_alone_keeps_source_and_steps(run, crew):
    run("dataset", "update", "crew", "--step", SELECT, "--message", "ages")
    words = ("--option", 'null_values=["x"]', "--message", "x is nothing", "--json")
    stored = run("dataset", "update", "crew", *words).json
    assert (stored["options"], stored["steps"]) == ({"null_values": ["x"]}, [json.loads(SELECT)])
    assert stored["version"] == 3


def test_an_update_with_a_source_says_that_it_leaves_the_steps_out(run, crew):
    run("dataset", "update", "crew", "--step", SELECT, "--message", "ages")
    ended = run("dataset", "update", "crew", crew, "--message", "all again")
    assert ended.out == f"crew has the definition 3: {crew}\n"
    assert ended.err == "the steps of definition 2 are left out\n"


def test_options_need_a_source_where_the_dataset_has_none(run, project):
    run("register", "frames")
    ended = run("dataset", "update", "frames", "--format", "csv", "--message", "x")
    assert ended.code == 2
    assert "need a SOURCE: the dataset has none" in ended.err


def test_show_lists_every_version_with_its_steps(run, crew):
    steps = ("--step", SELECT, "--step", CAST)
    run("dataset", "update", "crew", *steps, "--message", "ages")
    out = run("dataset", "show", "crew").out
    assert "select: age" in out
    assert "cast: age = int16" in out
    assert "ages" in out


@pytest.mark.parametrize(
    ("given", "message"),
    [("select age", "is not JSON"), ('["select"]', "is no JSON object"), ("NaN", "is not JSON")],
)
def test_a_step_that_is_no_json_object_is_a_usage_error(run, crew, given, message):
    ended = run("dataset", "update", "crew", "--step", given, "--message", "x")
    assert ended.code == 2
    assert message in ended.err


def test_a_step_that_does_not_fit_is_an_error_with_near_names(run, crew):
    step = '{"step": "select", "columns": ["agee"]}'
    ended = run("dataset", "update", "crew", "--step", step, "--message", "x")
    assert ended.code == 3
    assert ended.error()[0] == "step 1 (select): no column 'agee'; near names: 'age'"
    assert len(run("dataset", "show", "crew", "--json").json["definitions"]) == 1


def test_a_snapshot_is_taken_of_an_older_definition(run, crew):
    run("dataset", "update", "crew", "--step", SELECT, "--message", "ages")
    old = run("snapshot", "crew", "--definition-version", "1", "--json").json
    new = run("snapshot", "crew", "--json").json
    assert (old["definition"]["version"], new["definition"]["version"]) == (1, 2)
    assert old["column_count"] > new["column_count"] == 1


def test_a_snapshot_shows_the_steps_it_was_made_by(run, crew):
    run("dataset", "update", "crew", "--step", SELECT, "--message", "ages")
    run("snapshot", "crew", "--name", "ages")
    assert "select: age" in run("show", "crew@ages").out


def test_the_version_goes_along_to_a_process_that_is_not_waited_for(run, crew):
    run("dataset", "update", "crew", "--step", SELECT, "--message", "ages")
    words = ("--name", "old", "--definition-version", "1", "--no-wait")
    assert run("snapshot", "crew", *words).code == 0
    end = time.monotonic() + 60
    while not run("list", "crew", "--json").json:
        assert time.monotonic() < end
        time.sleep(0.5)
    assert run("show", "crew@old", "--json").json["definition"]["version"] == 1


@pytest.mark.parametrize("words", [(), ("--name", "x", "--no-wait")])
def test_a_version_that_is_not_there_is_an_error(run, crew, words):
    ended = run("snapshot", "crew", "--definition-version", "7", *words)
    assert ended.code == 3
    assert ended.error() == ("no definition 7 of dataset 'crew'", "its versions are 1")


def test_a_dataset_is_not_replaced_by_itself(run, crew):
    ended = run("dataset", "deprecate", "crew", "--replaced-by", "crew")
    assert ended.code == 3
    assert ended.error()[0] == "the dataset 'crew' cannot be replaced by itself"


def test_an_archived_dataset_names_what_replaced_it_and_keeps_its_snapshots(run, crew):
    run("register", "staff", crew)
    run("snapshot", "crew", "--name", "x", "--data")
    run("dataset", "deprecate", "crew", "--replaced-by", "staff")
    assert run("dataset", "archive", "crew").out == (
        "the dataset 'crew' is archived; use 'staff' instead\n"
    )
    refused = run("snapshot", "crew", "--name", "y")
    assert (refused.code, refused.error()[0]) == (
        3,
        "the dataset 'crew' is archived; use 'staff' instead",
    )
    assert run("verify", "crew@x").code == 0
    assert run("head", "crew@x").code == 0
