import json
import subprocess
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path

import mlflow
import pandas as pd
import pytest

import mlsnap
from mlsnap.errors import MlsnapWarning
from mlsnap.services import script_process
from mlsnap.services.script_orders import ScriptOrder

CSV = "x,y\n1,2\n3,4\n"
READ = "from pathlib import Path\nread = lambda name: Path(name).read_text()\n"


def _init(folder):
    for words in (
        ["init", "--quiet"],
        ["add", "."],
        [
            *("-c", "user.name=somebody", "-c", "user.email=somebody@example.invalid"),
            *("commit", "--quiet", "-m", "Train"),
        ],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)


@pytest.fixture
def here(project):
    """A repository in which data is not tracked."""
    (project / ".gitignore").write_text("*.csv\n*.parquet\n", encoding="utf-8")
    _init(project)
    return project


@pytest.fixture
def script(monkeypatch):
    """Track a script in this process, as the fresh one would; its exit code."""

    def track(source, *argv, at="train.py", **order):
        file = Path(at)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source), encoding="utf-8")
        return run(str(file), *argv, **order)

    def run(target, *argv, **order):
        monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        monkeypatch.setattr(sys, "path", list(sys.path))
        text = json.dumps(asdict(ScriptOrder(target, argv, **order)))
        monkeypatch.setattr(sys, "argv", ["-c", text])
        try:
            script_process.main()
        except SystemExit as ended:
            return ended.code
        return 0

    track.again = run
    return track


def _run():
    (run,) = mlflow.search_runs(
        search_all_experiments=True, filter_string="tags.mlsnap.calls = '1'", output_format="list"
    )
    return run


def _call(run):
    (folder,) = mlflow.MlflowClient().list_artifacts(run.info.run_id, "mlsnap/calls")
    return mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/{folder.path}/call.json")


def _inputs(run):
    prefix = "mlsnap.snapshot."
    tags = run.data.tags.items()
    return {key.removeprefix(prefix): value for key, value in tags if key.startswith(prefix)}


def test_a_script_gets_a_run_of_its_name_and_its_options_as_parameters(here, script):
    assert script("", "--lr", "0.1", "out", "--fast", at="fit.py") == 0
    run = _run()
    assert run.info.run_name == "fit"
    assert run.info.status == "FINISHED"
    assert run.data.params == {"lr": "0.1", "arg0": "out", "fast": "True"}


def test_the_run_that_a_script_starts_is_the_one(here, script):
    script(
        "import mlflow\nwith mlflow.start_run(run_name='own'):\n    mlflow.log_param('lr', 1)",
        "--lr=2",
    )
    assert _run().info.run_name == "own"
    assert _run().data.params == {"lr": "1"}


def test_data_files_on_the_command_line_are_inputs(here, script):
    Path("crime.csv").write_text(CSV, encoding="utf-8")
    script("", "--train", "crime.csv")
    assert _inputs(_run()) == {"train": "train.train@v1"}


def test_a_data_file_belongs_to_the_dataset_that_has_it_as_source(here, script):
    Path("crime.csv").write_text(CSV, encoding="utf-8")
    mlsnap.register_dataset("crime", "crime.csv")
    script("", "crime.csv")
    assert _inputs(_run()) == {"crime": "crime@v1"}


def test_data_files_that_a_script_opens_are_inputs_and_stored_with_the_call(here, script):
    Path("side.csv").write_text(CSV, encoding="utf-8")
    script("import pandas as pd\npd.read_csv('side.csv')")
    assert _inputs(_run()) == {"side": "train.side@v1"}
    ((key, form),) = _call(_run())["arguments"]["files"]["dict"]
    assert (key, form["table"]["reference"]) == ("side.csv", "train.side@v1")


def test_parquet_that_arrow_opens_is_an_input_where_it_is_named(here, script):
    pd.DataFrame({"x": [1, 2]}).to_parquet("table.parquet")
    script("import sys, pandas as pd\npd.read_parquet(sys.argv[1])", "table.parquet")
    assert _inputs(_run()) == {"table": "train.table@v1"}


def test_what_a_script_wrote_itself_is_no_input(here, script):
    script(f"{READ}Path('o.csv').write_text('a\\n1\\n')\nread('o.csv')")
    assert _inputs(_run()) == {}


def test_what_git_tracks_is_no_input_unless_it_is_named(here, script):
    Path("tracked.csv").write_text(CSV, encoding="utf-8")
    subprocess.run(["git", "add", "--force", "tracked.csv"], check=True)
    script(f"{READ}read('tracked.csv')")
    assert _inputs(_run()) == {}


def test_a_file_that_changed_after_it_was_opened_is_named(here, script):
    Path("log.csv").write_text(CSV, encoding="utf-8")
    with pytest.warns(MlsnapWarning, match=r"log\.csv' changed after the script opened it"):
        script(f"{READ}read('log.csv')\nPath('log.csv').write_text('x\\n5\\n')")
    assert _inputs(_run()) == {}


def test_data_outside_of_the_project_must_be_an_argument(here, script, tmp_path):
    file = tmp_path / "far.csv"
    file.write_text(CSV, encoding="utf-8")
    with pytest.warns(MlsnapWarning, match="give the path as an argument of the script"):
        script(f"{READ}read({str(file)!r})")
    (problem,) = _call(_run())["problems"]
    assert "far.csv" in problem


def test_inputs_can_be_turned_off_and_declared(here, script):
    Path("side.csv").write_text(CSV, encoding="utf-8")
    Path("other.csv").write_text(CSV, encoding="utf-8")
    script(f"{READ}read('side.csv')", find_inputs=False, inputs={"mine": "other.csv"})
    assert _inputs(_run()) == {"mine": "train.mine@v1"}


def test_settings_in_json_are_no_input(here, script):
    Path("config.json").write_text('{\n  "lr": 1\n}\n', encoding="utf-8")
    script("", "--config", "config.json")
    assert _inputs(_run()) == {}


def test_secrets_on_the_command_line_are_not_stored(here, script):
    with pytest.warns(MlsnapWarning, match="argument 'password' is not stored"):
        script("import sys\nassert sys.argv[2] == 'hunter22'", "--password", "hunter22")
    assert _run().data.params == {}
    assert "hunter22" not in json.dumps(_call(_run()))


def test_a_script_that_ends_itself_without_an_error_has_finished(here, script):
    assert script("import sys\nsys.exit(0)") == 0
    assert _run().info.status == "FINISHED"


def test_the_exit_code_of_a_script_goes_through(here, script):
    assert script("import sys\nsys.exit(7)") == 7
    assert _run().info.status == "FAILED"


def test_a_traceback_begins_in_the_script(here, script, capsys):
    assert script("def f():\n    raise ValueError('bad')\n\nf()") == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].lstrip().startswith(f'File "{here}/train.py", line 4, in <module>')
    assert lines[-2] == "ValueError: bad"
    assert _run().info.status == "FAILED"


def test_the_run_and_the_snapshots_it_used_are_told(here, script, capsys):
    Path("crime.csv").write_text(CSV, encoding="utf-8")
    script("", "--train", "crime.csv")
    told, run_id = capsys.readouterr(), _run().info.run_id
    again = f"`mlsnap reproduce {run_id}` makes it again"
    assert told.err == f"mlsnap: run {run_id} used train.train@v1; {again}\n"
    assert told.out == ""


def test_a_syntax_error_is_told_without_our_frames(here, script, capsys):
    assert script("x = = 1") == 1
    files = [line for line in capsys.readouterr().err.splitlines() if "File " in line]
    assert files
    assert all("mlsnap" not in line.replace(str(here), "") for line in files)


def test_a_script_is_the_main_module_with_its_folder_first(here, script, capsys):
    (here / "sub").mkdir()
    (here / "sub" / "near_by.py").write_text("VALUE = 5", encoding="utf-8")
    assert (
        script(
            """
        import sys, near_by
        main = sys.modules["__main__"]
        print(near_by.VALUE, main.__dict__ is globals(), __name__, __spec__, sys.argv)
        """,
            "a",
            at="sub/fit.py",
        )
        == 0
    )
    assert capsys.readouterr().out.strip() == "5 True __main__ None ['sub/fit.py', 'a']"


def test_a_module_runs_as_python_runs_it(here, script, capsys):
    (here / "fitting").mkdir()
    (here / "fitting" / "__init__.py").touch()
    (here / "fitting" / "fit.py").write_text(
        "from . import __name__ as p\nprint(p, __spec__.name, __package__)", encoding="utf-8"
    )
    assert script.again("fitting.fit", is_module=True) == 0
    assert capsys.readouterr().out.strip() == "fitting fitting.fit fitting"
    entry = _call(_run())["entry"]
    assert (entry["module"], entry["file"]) == ("fitting.fit", "fitting/fit.py")


def test_a_module_that_is_not_there_is_named(here, script, capsys):
    assert script.again("no_such_module", is_module=True) == 3
    assert capsys.readouterr().err.startswith("Error: no module 'no_such_module'")


def test_a_script_without_a_repository_is_recorded_too(project, script):
    assert script("print(1)") == 0
    call = _call(_run())
    assert call["problems"] == []
    assert call["entry"]["file"] == "train.py"
