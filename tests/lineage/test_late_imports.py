"""States of libraries that a body imports first are recorded and set after the import."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsnap.lineage import late_imports, randomness

LIBRARY = "import random\nown = random.Random()\n"


@pytest.fixture(autouse=True)
def dice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A library with a generator of its own that nothing has imported."""

    def state(module: object) -> list[object]:
        return list(sys.modules["dice"].own.getstate())

    def restore(recorded: list[object]) -> None:
        version, words, gauss = recorded
        sys.modules["dice"].own.setstate((version, tuple(words), gauss))  # type: ignore

    (tmp_path / "dice.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(late_imports.LIBRARIES, "dice", "dice")
    monkeypatch.setitem(randomness._STATES, "dice", state)
    monkeypatch.setitem(randomness._SETTERS, "dice", restore)
    yield
    sys.modules.pop("dice", None)


def rolled() -> float:
    import dice  # type: ignore[import-not-found]

    return float(dice.own.random())


def test_the_state_after_the_import_comes_again() -> None:
    with late_imports.recording() as late:
        first = rolled()
    del sys.modules["dice"]
    with late_imports.replaying(late):
        assert rolled() == first


def test_where_the_library_is_there_already_the_state_is_set_at_once() -> None:
    with late_imports.recording() as late:
        first = rolled()
    with late_imports.replaying(late):
        assert rolled() == first


def test_a_library_that_was_there_before_is_not_late() -> None:
    rolled()
    with late_imports.recording() as late:
        rolled()
    assert late == {}


def test_two_bodies_at_once_both_know() -> None:
    with late_imports.recording() as outer, late_imports.recording() as inner:
        rolled()
    assert outer == inner
    assert list(inner) == ["dice"]


def test_nothing_is_left_behind_when_the_import_or_the_body_fails(tmp_path: Path) -> None:
    before = list(sys.meta_path)
    (tmp_path / "dice.py").write_text("raise RuntimeError('no dice')")
    with pytest.raises(RuntimeError, match="no dice"), late_imports.recording() as late:
        rolled()
    assert late == {}
    assert sys.meta_path == before


def test_a_library_without_a_state_is_imported_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(module: object) -> None:
        raise RuntimeError

    monkeypatch.setitem(randomness._STATES, "dice", fails)
    with late_imports.recording() as late:
        assert 0 <= rolled() < 1
    assert late == {}
