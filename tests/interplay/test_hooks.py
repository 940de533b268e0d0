"""Hooks of frameworks and recipes: what they read becomes inputs of one run."""

from __future__ import annotations

import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import mlflow
import pandas as pd
import pytest
from workshop import linked, the_run, training_runs

import mlsnap
from mlsnap.errors import MlsnapWarning

FRAME = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [0.0, 1, 0, 1], "label": [0.0, 1, 0, 1]})
NOWHERE = "http://127.0.0.1:9"


class TestScikitLearn:
    @pytest.fixture
    def pipeline(self) -> Any:
        sklearn = pytest.importorskip("sklearn.pipeline", reason="scikit-learn is not installed")
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        return sklearn.make_pipeline(StandardScaler(), LogisticRegression())

    @pytest.mark.filterwarnings("ignore:.*cannot be reproduced")
    def test_the_fit_of_a_pipeline_is_tracked_and_the_pipeline_stays_as_it_is(
        self, pipeline: Any, project: Path
    ) -> None:
        mlsnap.track(pipeline.fit)(FRAME[["a", "b"]], FRAME["label"])

        assert linked(the_run()) == {"X": "fit.X@v1", "y": "fit.y@v1"}
        stored = pickle.dumps(pipeline)
        assert b"mlsnap" not in stored
        assert pickle.loads(stored).predict(FRAME[["a", "b"]]).tolist() == [0, 1, 0, 1]

    @pytest.mark.filterwarnings("ignore:.*cannot be reproduced")
    def test_a_search_over_clones_in_processes_has_one_input_of_each(
        self, pipeline: Any, project: Path
    ) -> None:
        from sklearn.model_selection import GridSearchCV

        search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1.0]}, cv=2, n_jobs=1)
        mlsnap.track(inputs={"X": "features"})(search.fit)(FRAME[["a", "b"]], FRAME["label"])

        assert linked(the_run()) == {"X": "features@v1", "y": "fit.y@v1"}


@pytest.mark.filterwarnings("ignore::FutureWarning")
class TestLightning:
    @pytest.fixture
    def network(self, bodies: ModuleType) -> ModuleType:
        pytest.importorskip("lightning", reason="PyTorch Lightning is not installed")
        import network

        return network

    @pytest.fixture
    def callback(self, network: ModuleType) -> Any:
        from mlsnap.hooks.lightning import SnapshotCallback

        return SnapshotCallback(training=FRAME, validation=FRAME * 2)

    def test_tables_are_inputs_of_the_active_run(self, network: ModuleType, callback: Any) -> None:
        with mlflow.start_run():
            network.trainer(callbacks=[callback]).fit(network.Line(), network.batches(FRAME))

        assert linked(the_run()) == {"training": "training@v1", "validation": "validation@v1"}

    def test_tables_are_inputs_of_the_loggers_run(
        self, network: ModuleType, callback: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from lightning.pytorch.loggers import MLFlowLogger
        from mlflow.tracking._tracking_service import utils

        monkeypatch.setattr(utils, "_tracking_uri", None)  # which the logger sets
        logger = MLFlowLogger("Default", tracking_uri=mlflow.get_tracking_uri())
        trainer = network.trainer(callbacks=[callback], logger=logger)
        trainer.fit(network.Line(), network.batches(FRAME))

        assert the_run().info.run_id == logger.run_id
        assert linked(the_run()).keys() == {"training", "validation"}
        assert "loss" in the_run().data.metrics

    def test_a_server_that_is_away_is_a_warning_and_the_training_goes_on(
        self, network: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from mlsnap.hooks.lightning import SnapshotCallback

        with mlflow.start_run(), monkeypatch.context() as away:
            away.setenv("MLFLOW_TRACKING_URI", NOWHERE)
            trainer = network.trainer(callbacks=[SnapshotCallback(training=FRAME)])
            with pytest.warns(MlsnapWarning, match="could not link 'training': no MLflow server"):
                trainer.fit(network.Line(), network.batches(FRAME))

        assert trainer.state.finished


class TestKedro:
    @pytest.fixture
    def run(self, project: Path) -> Any:
        pytest.importorskip("kedro", reason="Kedro is not installed")
        from kedro.framework.hooks.manager import _create_hook_manager
        from kedro.io import DataCatalog, MemoryDataset
        from kedro.pipeline import node, pipeline
        from kedro.runner import SequentialRunner

        from mlsnap.hooks.kedro import SnapshotHooks

        def run(fit: Any) -> Any:
            """As Kedro's session does it."""
            hooks = _create_hook_manager()
            hooks.register(SnapshotHooks())
            made = pipeline(
                [
                    node(lambda df: df.dropna(), "raw", "clean"),
                    node(fit, ["clean", "raw", "params:rate"], "model"),
                ]
            )
            catalog = DataCatalog({"raw": MemoryDataset(FRAME), "params:rate": MemoryDataset(0.5)})
            told: dict[str, Any] = {
                "run_params": {"pipeline_name": "fitting"},
                "pipeline": made,
                "catalog": catalog,
            }
            hooks.hook.before_pipeline_run(**told)
            try:
                result = SequentialRunner().run(made, catalog, hooks)
            except Exception as error:
                hooks.hook.on_pipeline_error(error=error, **told)
                raise
            hooks.hook.after_pipeline_run(run_result=result, **told)
            return result["model"].load()

        return run

    def test_what_the_pipeline_begins_with_is_the_input_of_one_run(self, run: Any) -> None:
        def fit(clean: Any, raw: Any, rate: float) -> float:
            mlflow.log_metric("inside", rate)
            return rate

        assert run(fit) == 0.5

        assert (the_run().info.run_name, the_run().info.status) == ("fitting", "FINISHED")
        assert linked(the_run()) == {"raw": "raw@v1"}
        assert the_run().data.metrics == {"inside": 0.5}
        assert mlflow.active_run() is None

    def test_a_node_that_starts_a_run_has_this_one(self, run: Any) -> None:
        def fit(clean: Any, raw: Any, rate: float) -> float:
            with mlflow.start_run(run_name="mine"):
                mlflow.log_metric("inside", rate)
            return rate

        assert run(fit) == 0.5
        assert the_run().info.run_name == "mine"
        assert linked(the_run()) == {"raw": "raw@v1"}

    def test_a_tracked_node_is_a_call_of_the_run(self, run: Any) -> None:
        @mlsnap.track
        def fit(clean: Any, raw: Any, rate: float) -> float:
            return rate

        with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
            run(fit)

        assert linked(the_run()) == {
            "raw": "raw@v1",
            "clean": "fit.clean@v1",
            "fit.raw": "fit.raw@v1",
        }
        assert the_run().data.params == {"rate": "0.5"}

    def test_a_node_that_fails_fails_the_run(self, run: Any) -> None:
        def fit(clean: Any, raw: Any, rate: float) -> float:
            raise ValueError("the node's own")

        with pytest.raises(ValueError, match="own"):
            run(fit)

        assert [each.info.status for each in training_runs()] == ["FAILED"]

    def test_a_server_that_is_away_is_a_warning_and_the_pipeline_runs(
        self, run: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", NOWHERE)

        with pytest.warns(MlsnapWarning, match="could not open a run: no MLflow server"):
            assert run(lambda clean, raw, rate: rate) == 0.5
