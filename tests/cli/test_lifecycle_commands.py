"""delete, gc, pin, unpin and verify, as a user meets them."""

import os
import shutil

import mlflow
import pytest
from command_line import on_terminal

import mlsnap


def objects(store):
    return [each for each in store.rglob("files/md5/*/*") if each.is_file()]


def use(reference):
    with mlflow.start_run(run_name="calm fox") as active:
        mlsnap.log_snapshot(mlsnap.get_dataset("people").get_snapshot(reference), "training")
    return active.info.run_id


def damage(store):
    part = max(objects(store), key=lambda each: each.stat().st_size)
    part.chmod(0o644)
    part.write_bytes(part.read_bytes()[:-1] + b"?")


def test_delete_says_how_much_it_freed(run, taken, tmp_path):
    ended = run("delete", taken, "--yes")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("deleted people@first: ")
    assert ended.out.endswith(" freed\n")
    assert objects(tmp_path / "store") == []


def test_delete_says_what_stays_for_others(run, taken, people):
    run("snapshot", people, "--name", "second", "--data")
    assert run("delete", taken, "--yes").out.endswith(" stay for other snapshots\n")
    assert run("get", "people@second", "-o", "back.csv").code == 0


def test_delete_of_a_profile_says_nothing_of_data(run, people):
    run("snapshot", people, "--name", "bare")
    assert run("delete", "people@bare", "--yes").out == "deleted people@bare\n"


def test_delete_refuses_what_a_run_uses(run, taken):
    run_id = use("first")
    ended = run("delete", taken, "--yes")
    assert ended.code == 3
    fact, hint = ended.error()
    assert fact == f"the snapshot people@first is used by run {run_id} (calm fox, training)"
    assert "--force" in hint


def test_delete_by_force_names_what_breaks(run, taken):
    run_id = use("first")
    ended = run("delete", taken, "--force", "--yes", "--json")
    assert ended.err == f"used by run {run_id} (calm fox, training)\n"
    assert ended.json["deleted"] == taken
    assert ended.json["broken"] == [f"run {run_id} (calm fox, training)"]
    assert run("show", taken).code == 3


def test_delete_names_what_breaks_before_it_asks(taken):
    run_id = use("first")
    ended = on_terminal(
        "delete", taken, "--force", react=lambda process, terminal: os.write(terminal, b"n\n")
    )
    assert ended.code == 130
    before, _, _ = ended.out.partition("[y/N]")
    assert f"used by run {run_id}" in before
    assert mlsnap.get_dataset("people").get_snapshot("first").verify() == []


def test_delete_refuses_a_pinned_snapshot(run, taken):
    run("pin", taken)
    ended = run("delete", taken, "--force", "--yes")
    assert ended.code == 3
    assert ended.error()[1] == "`mlsnap unpin people@first` takes the pin away"
    run("unpin", taken)
    assert run("delete", taken, "--yes").code == 0


def test_delete_without_the_remote_warns_that_the_objects_stay(run, taken, tmp_path):
    shutil.move(tmp_path / "store", tmp_path / "unplugged")
    ended = run("delete", taken, "--yes")
    assert (ended.code, ended.out) == (0, "deleted people@first\n")
    [line] = ended.err.splitlines()
    assert line.startswith("Warning: people@first is deleted, but its objects stay in the remote")


def test_pins_are_shown_and_listed(run, taken):
    assert run("pin", taken).out == "pinned people@first\n"
    assert "pinned" in run("show", taken).out
    assert run("show", taken, "--json").json["pinned"]
    assert ", pinned" in run("list").out
    assert run("list", "--json").json[0]["pinned"]
    assert run("unpin", taken, "--json").json == {"reference": taken, "pinned": None}
    assert "pinned" not in run("show", taken).out


def test_a_pin_of_no_data_is_an_error(run, people):
    run("snapshot", people, "--name", "bare")
    ended = run("pin", "people@bare")
    assert ended.code == 3
    assert "no copy of the data" in ended.error()[0]


def test_gc_says_what_would_go_and_why(run, taken, tmp_path):
    before = objects(tmp_path / "store")
    ended = run("gc", "--dry-run", "--older-than", "0s")
    lines = ended.out.splitlines()
    assert lines[0].split() == ["what", "why", "size", "where"]
    assert lines[2].startswith("copy of people@first")
    assert "no run, model or pin uses it" in lines[2]
    assert lines[-1].endswith("would be freed")
    assert objects(tmp_path / "store") == before


def test_gc_leaves_what_is_young(run, taken):
    ended = run("gc", "--yes")
    assert (ended.code, ended.out) == (0, "nothing to free\n")


def test_gc_frees_and_show_says_so(run, taken, tmp_path):
    ended = run("gc", "--older-than", "0s", "--yes", "--json")
    assert ended.code == 0
    [remote] = ended.json["remotes"]
    assert [each["snapshot"] for each in remote["copies"]] == [taken]
    assert ended.json["size"] > 0
    assert objects(tmp_path / "store") == []
    assert "freed by gc, as nothing used it" in run("show", taken).out
    assert "none" in run("list").out
    refused = run("get", taken, "-o", "back.csv")
    assert refused.code == 3
    assert "freed by gc" in refused.error()[0]


def test_gc_asks_on_a_terminal_only(run, taken):
    ended = run("gc", "--older-than", "0s")
    assert ended.code == 2
    assert "pass --yes" in ended.err


def test_gc_shows_the_plan_before_it_asks(taken):
    ended = on_terminal(
        "gc", "--older-than", "0s", react=lambda process, terminal: os.write(terminal, b"n\n")
    )
    assert ended.code == 130
    before, _, _ = ended.out.partition("remove this for good?")
    assert "people@first" in before
    assert mlsnap.get_dataset("people").get_snapshot("first").verify() == []


def test_gc_with_nothing_to_free_does_not_ask(project):
    ended = on_terminal("gc")
    assert ended.code == 0
    assert "nothing to free" in ended.out
    assert "[y/N]" not in ended.out


def test_gc_of_an_age_that_is_none_is_an_error(run, project):
    ended = run("gc", "--dry-run", "--older-than", "soon")
    assert ended.code == 3
    assert ended.error()[0] == "'soon' is no time span"


def test_gc_of_one_remote(run, taken, project):
    words = ("gc", "--older-than", "0s", "--yes", "--remote", project / "elsewhere", "--json")
    assert run(*words).json["remotes"][0]["copies"] == []


def test_verify_checks_all_snapshots_with_data(run, taken, people):
    run("snapshot", people, "--name", "bare")
    run("snapshot", people, "--name", "second", "--data")
    ended = run("verify")
    assert ended.code == 0
    assert [line.split(" is ")[0] for line in ended.out.splitlines()] == ["people@second", taken]


def test_verify_of_nothing_says_so(run, project):
    assert run("verify").out == "no snapshot holds data\n"
    assert run("verify", "--json").json == []


@pytest.mark.parametrize("words", [[], ["people@first"]])
def test_verify_names_a_damaged_part(run, taken, tmp_path, words):
    damage(tmp_path / "store")
    ended = run("verify", *words)
    assert ended.code == 1
    assert ended.out.startswith("people@first: part ")
    assert "is damaged" in ended.out


def test_verify_by_sizes_reads_nothing_but_misses_nothing_missing(run, taken, tmp_path):
    damage(tmp_path / "store")
    assert run("verify", "--sizes").out.startswith("people@first has its sizes")
    max(objects(tmp_path / "store"), key=lambda each: each.stat().st_size).unlink()
    ended = run("verify", taken, "--sizes")
    assert ended.code == 1
    assert "is missing" in ended.out


def test_verify_goes_on_where_a_remote_is_away(run, taken, people, project):
    run("snapshot", people, "--name", "there", "--data", "--remote", project / "there")
    shutil.rmtree(project / "there")
    ended = run("verify", "--json")
    assert ended.code == 1
    found = {each["reference"]: each["faults"] for each in ended.json}
    assert found[taken] == []
    assert found["people@there"][0].startswith("nothing is at ")
