"""What MLflow finds of mlsnap where its wheel is installed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pandas as pd

import mlsnap

FOUND = """
import json, sys
import mlflow

loaded = [name for name in sys.modules if name.partition(".")[0] == "mlsnap"]
dataset = mlflow.data.from_mlsnap("wine@latest")
with mlflow.start_run() as run:
    mlflow.log_input(dataset, context="testing")
used = mlflow.get_run(run.info.run_id).inputs.dataset_inputs[0]
print(json.dumps({
    "loaded": sorted(loaded),
    "name": dataset.name,
    "again": mlflow.data.get_source(used).load()["x"].tolist(),
    "resolved": mlflow.data.dataset_source_registry.resolve_dataset_source(
        "mlsnap:/wine@first"
    ).load()["x"].tolist(),
}))
"""


def test_mlflow_gets_both_plug_ins_for_next_to_nothing(wheel_python: Path, project: Path) -> None:
    data = pd.DataFrame({"x": [1, 2, 3]})
    mlsnap.register_dataset("wine").create_snapshot("first", data=data, create_data_snapshot=True)

    command = [wheel_python, "-W", "error::UserWarning", "-c", FOUND]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {
        "loaded": ["mlsnap", "mlsnap.plugins"],
        "name": "wine@first",
        "again": [1, 2, 3],
        "resolved": [1, 2, 3],
    }
