"""A stage of a DVC pipeline whose script is tracked refers to the data that DVC has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from dvc.cli import main
from workshop import commit_all, linked, the_run

import mlsnap

SCRIPT = """\
import mlsnap

@mlsnap.track(inputs={"path": "people"}, create_data_snapshot=True)
def train(path):
    with open(path) as lines, open("model.txt", "w") as model:
        model.write(str(len(lines.readlines())))

if __name__ == "__main__":
    train("data/people.csv")
"""
CONFIG = """\
[core]
    remote = store
['remote "store"']
    url = {url}
"""
STAGES = """\
stages:
  train:
    cmd: {python} train.py
    deps: [train.py, data/people.csv]
    outs: [model.txt]
"""


def dvc(*arguments: str) -> None:
    assert main([*arguments, "--quiet"]) == 0


@pytest.mark.filterwarnings("ignore:_NoneStep")
def test_the_stage_is_run_and_its_dependency_is_not_copied(project: Path, tmp_path: Path) -> None:
    commit_all(project)
    (project / "data").mkdir()
    (project / "data" / "people.csv").write_text("name,age\nAda,36\nEmmy,53\n")
    (project / "train.py").write_text(SCRIPT)
    (project / "dvc.yaml").write_text(STAGES.format(python=sys.executable))
    (project / ".dvc").mkdir()
    (project / ".dvc" / "config").write_text(CONFIG.format(url=tmp_path / "remote"))
    dvc("add", "data/people.csv")
    dvc("push")
    commit_all(project)

    dvc("repro")

    assert (project / "model.txt").read_text() == "3"
    assert linked(the_run()) == {"training": "people@v1"}
    data = mlsnap.get_dataset("people").get_snapshot("v1").record.data
    assert data is not None
    assert data.tracked is not None
    assert data.tracked.path == "data/people.csv"
    assert not (tmp_path / "remote" / "mlsnap").exists()
