"""MLflow without what asking it something does not need."""

import subprocess
import sys

import mlflow

from mlsnap.tracking.slim import slim_mlflow

_ASK = """
import sys
from mlsnap.tracking.slim import slim_mlflow

with slim_mlflow():
    from mlflow import MlflowClient

    MlflowClient("http://localhost:9")
    before = sorted({"IPython", "pandas", "pyspark"} & {k for k, v in sys.modules.items() if v})
import pandas

print(before, None in sys.modules.values(), pandas.DataFrame.__name__)
"""


def test_a_command_that_asks_mlflow_loads_no_frames_notebooks_or_sessions():
    done = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True)
    assert done.stdout == "[] False DataFrame\n"


def test_nothing_happens_where_mlflow_is_there_already():
    before = dict(sys.modules)
    with slim_mlflow():
        during = dict(sys.modules)

    assert mlflow.__name__ in before
    assert before == during == dict(sys.modules)
