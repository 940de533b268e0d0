"""What only a terminal gets: colour, and a bar for what takes over a second."""

import re
import subprocess
import sys

from command_line import on_terminal

_WORK = """
import time
from mlsnap.cli.progress import working

with working("counting sheep"):
    time.sleep({seconds})
print("done")
"""


def test_a_table_is_in_colour_on_a_terminal_and_plain_elsewhere(run, people, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    (people.parent / "newer.csv").write_text("name\nAda\n", encoding="utf-8")
    assert "\x1b[" in on_terminal("compare", "people.csv", "newer.csv").out
    assert "\x1b[" not in run("compare", "people.csv", "newer.csv").out


def test_a_bar_appears_for_what_takes_over_a_second():
    out = on_terminal(python=("-c", _WORK.format(seconds=1.6))).out
    assert "counting sheep" in out
    assert out.rstrip().endswith("done")


def test_no_bar_appears_for_what_is_quick():
    assert on_terminal(python=("-c", _WORK.format(seconds=0))).out.split() == ["done"]


_READING = """
import time
import mlsnap.showing
from mlsnap.services.progress import reading

with reading(1_000_000) as step:
    for _ in range(8):
        time.sleep(0.2)
        step(100_000)
print("done")
"""


def test_a_bar_says_how_many_rows_are_done_and_how_fast(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    code = _WORK.replace("    time", "    exec(reading)\n    time").format(seconds=0)
    out = on_terminal(python=("-c", f"reading = {_READING!r}\n{code}")).out
    assert re.search(r"counting sheep .* of 1,000,000 rows, [\d,]+ rows/s", out)


def test_reading_in_python_shows_a_bar_of_its_own_on_a_terminal():
    out = on_terminal(python=("-c", _READING)).out
    assert re.search(r"reading .* of 1,000,000 rows, [\d,]+ rows/s", out)
    assert out.rstrip().endswith("done")


def test_a_terminal_without_control_characters_gets_no_bar(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert on_terminal(python=("-c", _READING)).out.split() == ["done"]


def test_nothing_is_shown_where_no_terminal_is():
    done = subprocess.run(
        [sys.executable, "-c", _READING], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_of_a_wide_profile_a_terminal_gets_the_first_columns_and_a_pipe_all(run, project):
    names = [f"c{number}" for number in range(70)]
    text = ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n"
    (project / "wide.csv").write_text(text, encoding="utf-8")
    shown = on_terminal("profile", "wide.csv").out
    assert "c59 " in shown
    assert "c60 " not in shown
    assert "and 10 more columns" in shown
    assert "c69 " in run("profile", "wide.csv").out
