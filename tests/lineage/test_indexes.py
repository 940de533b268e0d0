from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlsnap.lineage import indexes
from mlsnap.lineage.indexes import DEFAULT


@pytest.fixture(autouse=True)
def nobodys_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home without any; `PIP_CONFIG_FILE` and `UV_CONFIG_FILE` are files in it."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("PIP", "UV"):
        monkeypatch.setenv(f"{name}_CONFIG_FILE", str(tmp_path / f"{name.lower()}.conf"))
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url =\nextra-index-url =\nfind-links =\ncert =\n"
    )
    indexes.configured.cache_clear()
    yield tmp_path
    indexes.configured.cache_clear()


def test_a_machine_that_was_told_of_none_records_none() -> None:
    assert indexes.configured().urls == (DEFAULT,)
    assert indexes.recorded() == ()


def test_pips_file_is_read_with_its_sections_and_lists(nobodys_configuration: Path) -> None:
    (nobodys_configuration / "pip.conf").write_text(
        "[global]\nindex_url = https://one.example/simple\nfind-links =\n  /a\n  /b\n"
        "extra-index-url =\n  https://two.example https://three.example\n"
        "[install]\nindex-url = https://better.example/simple\n"
        "[list]\nformat = 100%\n"
    )
    found = indexes.configured()
    assert found.urls == (
        "https://better.example/simple",
        "https://two.example",
        "https://three.example",
    )
    assert found.find_links == ("/a", "/b")


def test_a_variable_replaces_what_the_file_says(
    nobodys_configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nobodys_configuration / "pip.conf").write_text("[global]\nindex-url = https://one.example\n")
    monkeypatch.setenv("PIP_INDEX_URL", "https://two.example")
    monkeypatch.setenv("PIP_NO_INDEX", "true")
    assert indexes.configured().urls == ("https://two.example",)
    assert indexes.configured().no_index


def test_what_is_recorded_has_no_credentials_and_what_is_asked_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:hunter2@one.example/simple")
    monkeypatch.setenv("PIP_FIND_LINKS", "https://me:hunter2@two.example/?token=hunter2")
    assert indexes.recorded() == ("https://one.example/simple", "find-links https://two.example/")
    assert indexes.configured().urls == ("https://me:hunter2@one.example/simple",)


def test_uvs_file_and_variables_count_before_pips(
    nobodys_configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nobodys_configuration / "uv.conf").write_text(
        '[[index]]\nname = "own"\nurl = "https://own.example"\ndefault = true\n'
        '[[index]]\nurl = "https://torch.example"\n'
        '[[index]]\nurl = "https://only-for-one.example"\nexplicit = true\n'
    )
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example")
    assert indexes.configured().urls == (
        "https://torch.example",
        "https://own.example",
        "https://pip.example",
    )
    indexes.configured.cache_clear()
    monkeypatch.setenv("UV_INDEX", "named=https://variable.example?a=b")
    assert indexes.configured().urls[0] == "https://variable.example?a=b"


@pytest.mark.parametrize("text", ["\0", "[global", "=", "a = ["])
def test_a_file_that_cannot_be_read_is_passed_over(nobodys_configuration: Path, text: str) -> None:
    for name in ("pip", "uv"):
        (nobodys_configuration / f"{name}.conf").write_text(text)
    assert DEFAULT in indexes.configured().urls


def test_of_a_record_only_places_are_asked() -> None:
    lines = (
        "https://a.example",
        "--pre",
        "-r x",
        "find-links /a",
        "find-links --pre",
        "https://b\n",
    )
    found = indexes.of_record(lines)
    assert found.urls == ("https://a.example",)
    assert found.find_links == ("/a",)
