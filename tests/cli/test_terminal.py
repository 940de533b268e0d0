"""What only a terminal gets: colour, and a bar for what takes over a second."""

from conftest import on_terminal

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
