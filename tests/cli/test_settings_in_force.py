import json
import subprocess
from pathlib import Path

import pytest
from command_line import spawn

import mlsnap


@pytest.fixture
def bare(monkeypatch, project):
    """A project to which nothing says where MLflow and the data are."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    monkeypatch.delenv("MLSNAP_DATA_DIRECTORY")
    return project


def test_init_makes_the_project_s_file_and_says_what_it_found(run, project, tmp_path):
    ended = run("init")
    assert ended.code == 0
    assert (project / ".mlsnap" / "config.toml").is_file()
    for each in (str(project), str(tmp_path / "mlflow.db"), str(tmp_path / "store"), "register"):
        assert each in ended.out


def test_init_writes_only_what_it_is_told(run, project):
    found = run("init", "--remote", "../elsewhere", "--json").json
    assert found["DVC remote"] == str(project.parent / "elsewhere" / "mlsnap")
    stored = (project / ".mlsnap" / "config.toml").read_text(encoding="utf-8")
    assert stored == 'remote = "../elsewhere"\n'


def test_init_finds_the_project_s_dvc_remote(run, project):
    (project / ".dvc").mkdir()
    (project / ".dvc" / "config").write_text(
        f"[core]\n    remote = ours\n['remote \"ours\"']\n    url = {project}/dvc\n",
        encoding="utf-8",
    )
    assert run("init", "--json").json["DVC remote"].endswith("('ours' of the DVC config)")


def test_init_overwrites_nothing_unless_forced(run, project):
    run("init", "--remote", "/a")
    assert run("init", "--remote", "/a").code == 0
    ended = run("init", "--remote", "/b")
    assert ended.code == 3
    assert "remote is '/a' in" in ended.error()[0]
    assert ended.error()[1] == "pass --force to overwrite it"
    assert run("init", "--remote", "/b", "--force", "--json").json["DVC remote"] == "/b/mlsnap"


def test_settings_in_pyproject_are_not_hidden_by_a_second_file(run, project):
    (project / "pyproject.toml").write_text("[tool.mlsnap]\nrtol = 0.1\n", encoding="utf-8")
    ended = run("config", "remote", "/a")
    assert ended.code == 3
    assert "pyproject.toml" in ended.error()[0]
    assert "[tool.mlsnap]" in ended.error()[1]
    assert run("init").code == 0
    assert run("config", "rtol").out == "0.1\n"


def test_config_lists_values_with_their_origin(run, project, monkeypatch):
    run("config", "strict", "true")
    monkeypatch.setenv("MLSNAP_RTOL", "0.5")
    listed = run("config", "--json").json
    file = str(project / ".mlsnap" / "config.toml")
    assert listed["strict"] == {"value": True, "origin": file}
    assert listed["rtol"] == {"value": 0.5, "origin": "MLSNAP_RTOL"}
    assert listed["remote"] == {"value": None, "origin": "default"}
    assert ["strict", "true", file] in [line.split() for line in run("config").out.splitlines()]


def test_config_prints_and_writes_one_setting(run, project):
    assert run("config", "remote").out == "\n"
    written = run("config", "remote", "/a")
    assert written.out == f"remote = /a ({project}/.mlsnap/config.toml)\n"
    assert run("config", "remote").out == "/a\n"
    assert run("config", "remote", "--json").json["value"] == "/a"


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["rtlo"], "no setting 'rtlo'; near names: 'rtol'"),
        (["rtol", "much"], "rtol = 'much' in the command line is no float"),
    ],
)
def test_a_setting_that_cannot_be_used_is_an_error(run, project, words, fact):
    ended = run("config", *words)
    assert ended.code == 3
    assert ended.error()[0] == fact


def test_a_file_that_cannot_be_read_is_an_error(run, project):
    (project / ".mlsnap").mkdir()
    (project / ".mlsnap" / "config.toml").write_text("remote = ", encoding="utf-8")
    ended = run("config")
    assert ended.code == 3
    assert "config.toml cannot be read" in ended.error()[0]


def test_an_argument_weighs_more_than_a_variable_and_that_more_than_the_file(
    run, people, project, monkeypatch
):
    def copied_to(*words):
        made = run("snapshot", people, "--data", *words, "--json").json
        return Path(made["data"]["remote"]["url"]).parent.name

    run("config", "remote", "./file")
    assert copied_to() == "file"
    monkeypatch.setenv("MLSNAP_REMOTE", "./variable")
    assert copied_to() == "variable"
    assert copied_to("--remote", "./argument") == "argument"


def test_the_tracking_uri_comes_from_file_variable_argument_in_that_weight(bare, tmp_path):
    def used(*words, **variables):
        ended = spawn("doctor", "--json", *words, **variables)
        (check,) = [check for check in ended.json if check["name"] == "MLflow"]
        return Path(check["found"].partition(",")[0]).name

    in_file, variable, argument = (f"sqlite:///{tmp_path}/{n}" for n in ("file", "var", "arg"))
    (bare / ".mlsnap").mkdir()
    settings = f"tracking_uri = {json.dumps(in_file)}\ndata_directory = {json.dumps(str(tmp_path))}"
    (bare / ".mlsnap" / "config.toml").write_text(settings, encoding="utf-8")
    assert used() == "file"
    assert used(MLSNAP_TRACKING_URI=variable) == "var"
    assert used("--tracking-uri", argument, MLSNAP_TRACKING_URI=variable) == "arg"


def states(ended):
    return {check["name"]: check["state"] for check in ended.json}


def test_doctor_says_what_is_there(run, project):
    ended = run("doctor", "--json")
    assert ended.code == 0
    found = states(ended)
    healthy = ("mlsnap", "python", "mlflow", "dvc", "pandas", "pyarrow", "settings", "MLflow")
    assert all(found[name] == "ok" for name in (*healthy, "catalog", "DVC remote"))
    assert "0 datasets" in [check["found"] for check in ended.json]


def test_doctor_leaves_nothing_in_the_remote(run, project, tmp_path):
    run("doctor")
    assert [file for file in (tmp_path / "store").rglob("*") if file.is_file()] == []


def test_doctor_is_a_table_for_people(run, project):
    lines = run("doctor").out.splitlines()
    assert lines[0].split() == ["check", "state", "found", "to", "mend", "it"]
    assert lines[2].split() == ["mlsnap", "ok", mlsnap.__version__]


def test_doctor_says_whether_the_code_is_in_a_repository(run, project):
    assert states(run("doctor", "--json"))["git"] == "warning"
    subprocess.run(["git", "init", "--quiet"], check=True)
    assert states(run("doctor", "--json"))["git"] == "ok"


@pytest.mark.parametrize("name", ["git", "uv"])
def test_doctor_says_what_is_not_installed(run, project, monkeypatch, tmp_path, name):
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    ended = run("doctor", "--json")
    (check,) = [check for check in ended.json if check["name"] == name]
    assert check["found"] == "not installed"
    assert name in check["mend"]


def test_doctor_ends_with_3_if_no_server_answers(run, project):
    ended = run("doctor", "--tracking-uri", "http://127.0.0.1:1", "--json")
    assert ended.code == 3
    (check,) = [check for check in ended.json if check["state"] == "problem"]
    assert check["name"] == "MLflow"
    assert "http://127.0.0.1:1" in check["found"]
    assert "mlflow server" in check["mend"]


def test_doctor_goes_on_after_settings_that_cannot_be_read(run, project):
    (project / ".mlsnap").mkdir()
    (project / ".mlsnap" / "config.toml").write_text("rmeote = 1", encoding="utf-8")
    ended = run("doctor", "--json")
    assert ended.code == 3
    assert states(ended)["settings"] == "problem"
    assert states(ended)["MLflow"] == "ok"


def test_doctor_finds_a_remote_that_cannot_be_written(run, project, monkeypatch):
    (project / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("MLSNAP_REMOTE", str(project / "file"))
    ended = run("doctor", "--json")
    assert ended.code == 3
    (check,) = [check for check in ended.json if check["state"] == "problem"]
    assert check["name"] == "DVC remote"
    assert str(project / "file") in check["found"]


def test_doctor_makes_no_database(bare, tmp_path):
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    ended = spawn("doctor", "--json", **home)
    assert ended.code == 0
    assert "made at its first use" in ended.out
    assert list(bare.iterdir()) == []
