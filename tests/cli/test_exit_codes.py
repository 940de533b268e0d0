import json
import logging
import subprocess
import sys
import warnings

import click
import pytest

from mlsnap.cli.exit_codes import exit_code_of
from mlsnap.cli.groups import CommandLine
from mlsnap.cli.output import print_json
from mlsnap.cli.quiet import quiet
from mlsnap.errors import MlsnapWarning, NotFoundError, NotReproducibleError


def raising(error):
    def run():
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFoundError("f", "h"), 3),
        (NotReproducibleError("f", "h"), 4),
        (click.UsageError("wrong"), 2),
        (click.Abort(), 130),
        (RuntimeError("boom"), 3),
        (PermissionError(13, "Permission denied", "x"), 3),
    ],
)
def test_an_error_has_its_exit_code(error, code, capsys):
    assert exit_code_of(raising(error), debug=False) == code
    assert "Traceback" not in capsys.readouterr().err


def test_an_error_is_two_lines_whatever_is_in_it(capsys):
    exit_code_of(raising(NotFoundError("a\nb\x1b[31m\u2028c", "d\r\n  e")), debug=False)
    assert capsys.readouterr().err == "Error: a b\\x1b[31m c\nHint: d e\n"


def test_what_nobody_expected_is_two_lines_too(capsys):
    exit_code_of(raising(RuntimeError("boom")), debug=False)
    expected = "Error: RuntimeError: boom\nHint: this was not expected; --debug shows where it"
    assert capsys.readouterr().err == f"{expected} happened\n"


def test_debug_shows_the_traceback_before_them(capsys):
    exit_code_of(raising(NotFoundError("f", "h")), debug=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-2:] == ["Error: f", "Hint: h"]


@pytest.mark.parametrize("words", [["--debug", "list", "nope"], ["list", "nope", "--debug"]])
def test_debug_may_stand_before_and_after_the_command(run, project, words):
    ended = run(*words)
    assert ended.code == 3
    assert ended.err.splitlines()[0].startswith("Traceback")


def test_debug_may_stand_after_a_command_of_a_group(run, project):
    assert "Traceback" in run("dataset", "show", "nope", "--debug").err


def test_debug_leaves_stdout_to_the_command(run, people):
    assert run("snapshot", people, "--json", "--debug").json["dataset"] == "people"


def test_only_mlsnap_s_warnings_are_shown(capsys):
    with quiet(debug=False):
        warnings.warn("theirs", UserWarning, stacklevel=1)
        warnings.warn("ours\nin two lines", MlsnapWarning, stacklevel=1)
    assert capsys.readouterr().err == "Warning: ours in two lines\n"


def test_debug_shows_all_warnings(capsys):
    with quiet(debug=True):
        warnings.simplefilter("always")
        warnings.warn("theirs", UserWarning, stacklevel=1)
    assert capsys.readouterr().err.startswith("Warning: theirs (UserWarning, ")


def test_logs_are_silent_while_a_command_runs_and_not_after(caplog):
    with quiet(debug=False):
        logging.getLogger("theirs").error("now")
    logging.getLogger("theirs").error("after")
    assert caplog.messages == ["after"]


def test_inside_another_command_errors_pass_through(project):
    from mlsnap.cli import main

    with pytest.raises(NotFoundError):
        main.main(["list", "nope"], standalone_mode=False)


def test_a_name_outside_of_the_table_is_no_command():
    group = CommandLine(sections={"All": {"list": "List"}})
    assert group.get_command(click.Context(group), "groups") is None


def test_a_first_command_on_a_new_database_prints_json_and_nothing_else(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    done = subprocess.run(
        [sys.executable, "-m", "mlsnap", "snapshot", "a.csv", "--json", "--tracking-uri", uri],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("{")
    assert done.stderr == ""


def test_output_that_the_terminal_cannot_encode_is_escaped(tmp_path):
    (tmp_path / "a.csv").write_text("naïve→\n1\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mlsnap", "profile", "a.csv"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        env={"PYTHONIOENCODING": "latin-1", "PATH": ""},
    )
    assert b"na\xefve\\u2192" in done.stdout


def test_numbers_that_json_has_no_form_for_are_named(capsys):
    print_json({"a": [float("nan"), float("-inf"), 1.5, None]})
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == {
        "a": [{"float": "nan"}, {"float": "-inf"}, 1.5, None]
    }
