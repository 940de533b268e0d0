from pathlib import Path

import mlflow

SCRIPT = """
import sys
from multiprocessing import get_context

def double(number):
    return 2 * number

if __name__ == "__main__":
    import mlflow, numpy as np, pandas as pd
    seen = pd.read_csv("side.csv")["x"].sum()
    with get_context("spawn").Pool(1) as pool:
        seen += sum(pool.map(double, [1, 2]))
    with mlflow.start_run():
        chance = np.random.rand() + np.random.default_rng().random()
        mlflow.log_metrics({"m": float(seen + chance), "set": list({"a", "b", "c"}).index("a")})
        print("argv", sys.argv)
        sys.exit(4)
"""


def test_a_script_without_a_repository_fails_the_same_way_again(run, project, monkeypatch):
    (project / "sub").mkdir()
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    Path("sub/fit.py").write_text(SCRIPT, encoding="utf-8")
    Path("side.csv").write_text("x\n1\n2\n", encoding="utf-8")
    ended = run("run", "--experiment", "e", "--data", "--", "python", "sub/fit.py", "--lr", "1")
    assert (ended.code, ended.out) == (4, "argv ['sub/fit.py', '--lr', '1']\n")
    (first,) = mlflow.search_runs(experiment_names=["e"], output_format="list")
    assert (first.info.status, first.data.params) == ("FAILED", {"lr": "1"})
    Path("side.csv").unlink()
    again = run("reproduce", first.info.run_id, "--env", "current", "--yes", "--json").json
    assert {each["name"]: each["verdict"] for each in again["metrics"]} == {
        "m": "identical",
        "set": "identical",
    }


def test_what_is_no_script_is_wrong_usage(run, project):
    assert run("run").code == 2
    ended = run("run", "python", "missing.py")
    assert ended.code == 2
    assert "no script 'missing.py'" in ended.err
