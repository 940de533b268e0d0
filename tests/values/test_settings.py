"""Settings: the project's file, then variables, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsnap import settings
from mlsnap.errors import ConfigError
from mlsnap.settings import PROJECT_FILE, Settings


def own_file(folder: Path, text: str) -> Path:
    file = folder / PROJECT_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_nothing_set_is_the_defaults(tmp_path: Path):
    loaded = settings.load(tmp_path, {})

    assert (loaded.settings, loaded.origins, loaded.project) == (Settings(), {}, tmp_path)


def test_the_own_file_is_read_from_any_folder_below(tmp_path: Path):
    file = own_file(tmp_path, 'remote = "store"\nstrict = true\nrtol = 1\n')
    (tmp_path / "a" / "b").mkdir(parents=True)

    loaded = settings.load(tmp_path / "a" / "b", {})

    assert loaded.settings == Settings(remote="store", strict=True, rtol=1.0)
    assert loaded.origins == dict.fromkeys(["remote", "strict", "rtol"], str(file))
    assert loaded.project == tmp_path


def test_the_table_of_a_pyproject_is_read(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text('[tool.mlsnap]\ntracking_uri = "sqlite:///x.db"\n')

    assert settings.load(tmp_path, {}).settings.tracking_uri == "sqlite:///x.db"


def test_a_pyproject_without_table_is_passed_over(tmp_path: Path):
    own_file(tmp_path, 'remote = "store"\n')
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\n")

    assert settings.load(tmp_path / "a", {}).settings.remote == "store"


def test_the_own_file_wins_over_the_pyproject_beside_it(tmp_path: Path):
    own_file(tmp_path, 'remote = "own"\n')
    (tmp_path / "pyproject.toml").write_text('[tool.mlsnap]\nremote = "shared"\n')

    assert settings.load(tmp_path, {}).settings.remote == "own"


def test_a_variable_wins_over_the_file(tmp_path: Path):
    own_file(tmp_path, 'remote = "file"\nstrict = true\n')

    loaded = settings.load(tmp_path, {"MLSNAP_REMOTE": "variable", "MLSNAP_STRICT": "no"})

    assert loaded.settings == Settings(remote="variable", strict=False)
    assert loaded.origins["remote"] == "MLSNAP_REMOTE"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("remote =", "cannot be read"),
        ('remotes = "x"', "no setting 'remotes' .*; near names: 'remote'"),
        ("strict = 1", "strict = 1 in .* is no bool"),
        ('strict = "yes"', "strict = 'yes' in .* is no bool"),
        ("rtol = true", "rtol = True in .* is no float"),
        ("rtol = nan", "rtol = nan in .* is no float"),
        ("remote = 5", "remote = 5 in .* is no str"),
        ("fail_on = 5", "fail_on = 5 in .* is no list"),
        ("fail_on = [5]", "fail_on in .*: limit 5 is no text"),
        ('fail_on = ["schema", "mean>>5"]', "fail_on in .*: limit 'mean>>5' cannot be understood"),
    ],
)
def test_a_file_with_what_cannot_be_set_is_refused(tmp_path: Path, text: str, message: str):
    own_file(tmp_path, text)

    with pytest.raises(ConfigError, match=message):
        settings.load(tmp_path, {})


@pytest.mark.parametrize("text", ['["schema", "mean>5"]', '"schema; mean>5"'])
def test_limits_are_a_list_or_one_text(tmp_path: Path, text: str):
    own_file(tmp_path, f"fail_on = {text}")

    assert settings.load(tmp_path, {}).settings.fail_on == ("schema", "mean>5")


def test_a_variable_without_text_takes_the_limits_away(tmp_path: Path):
    own_file(tmp_path, 'fail_on = ["schema"]')

    assert settings.load(tmp_path, {"MLSNAP_FAIL_ON": ""}).settings.fail_on == ()


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path):
    own_file(tmp_path, "").write_bytes(b'remote = "\xff"')

    with pytest.raises(ConfigError, match=r"config\.toml cannot be read"):
        settings.load(tmp_path, {})


def test_a_pyproject_whose_entry_is_no_table_is_refused(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text("[tool]\nmlsnap = 5\n")

    with pytest.raises(ConfigError, match=r"tool\.mlsnap in .*pyproject\.toml is no table"):
        settings.load(tmp_path, {})


@pytest.mark.parametrize(
    ("variable", "text"),
    [("STRICT", "perhaps"), ("RTOL", "little"), ("RTOL", "inf"), ("RTOL", "nan")],
)
def test_a_variable_that_cannot_be_read_is_refused(tmp_path: Path, variable: str, text: str):
    with pytest.raises(ConfigError, match=f"= '{text}' in MLSNAP_{variable} is no"):
        settings.load(tmp_path, {f"MLSNAP_{variable}": text})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("remote", 'a "b" \\ ü\n', 'a "b" \\ ü\n'),
        ("strict", "Yes", True),
        ("rtol", "1e-6", 1e-6),
        ("fail_on", ' schema; "a;b".mean > 5; ', ("schema", '"a;b".mean > 5')),
    ],
)
def test_what_is_written_is_read(tmp_path: Path, name: str, text: str, value: object):
    file = settings.write(tmp_path, name, text)

    assert file == tmp_path / PROJECT_FILE
    assert getattr(settings.load(tmp_path, {}).settings, name) == value


def test_writing_one_setting_keeps_the_others(tmp_path: Path):
    settings.write(tmp_path, "remote", "store")
    settings.write(tmp_path, "rtol", "0.5")
    settings.write(tmp_path, "rtol", "0.25")

    assert settings.load(tmp_path, {}).settings == Settings(remote="store", rtol=0.25)


@given(text=st.text(st.characters(codec="utf-8")))
def test_every_text_can_be_written(tmp_path_factory: pytest.TempPathFactory, text: str):
    folder = tmp_path_factory.mktemp("settings")
    file = settings.write(folder, "remote", text)

    assert tomllib.loads(file.read_text(encoding="utf-8"))["remote"] == text


def test_writing_an_unknown_setting_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="no setting 'remot'"):
        settings.write(tmp_path, "remot", "x")
    assert not (tmp_path / PROJECT_FILE).exists()
