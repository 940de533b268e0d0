"""Training functions that deal with MLflow themselves. The tests copy this file into a project."""

from __future__ import annotations

import contextvars
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mlflow
import pandas as pd
from mlflow import start_run

import mlsnap


@mlsnap.track
def starts(df: pd.DataFrame, rate: float = 0.5, **options: Any) -> dict[str, float]:
    with mlflow.start_run(**options):
        mlflow.log_metric("inside", 1.0)
    return {"returned": 2.0}


@mlsnap.track
def starts_by_name(df: pd.DataFrame) -> None:
    with start_run():
        mlflow.log_metric("inside", 1.0)


@mlsnap.track
def starts_and_leaves_open(df: pd.DataFrame) -> None:
    mlflow.start_run()


@mlsnap.track
def ends_and_starts(df: pd.DataFrame) -> None:
    mlflow.end_run()
    with mlflow.start_run():
        mlflow.log_metric("inside", 1.0)


@mlsnap.track
def starts_twice(df: pd.DataFrame) -> None:
    mlflow.start_run()
    mlflow.start_run()


@mlsnap.track
def starts_one_for_each(df: pd.DataFrame, count: int) -> dict[str, float]:
    for number in range(count):
        with mlflow.start_run():
            mlflow.log_metric("number", number)
    return {"count": count}


@mlsnap.track
def sets_experiment(df: pd.DataFrame, name: str, start: bool) -> None:
    mlflow.set_experiment(name)
    if start:
        mlflow.start_run()
    mlflow.log_metric("inside", 1.0)
    if start:
        mlflow.end_run()


@mlsnap.track
def logs_before_it_starts(df: pd.DataFrame, name: str) -> None:
    mlflow.log_metric("before", 1.0)
    mlflow.end_run()
    mlflow.set_experiment(name)
    with mlflow.start_run():
        mlflow.log_metric("inside", 1.0)


@mlsnap.track
def fails_in_its_run(df: pd.DataFrame) -> None:
    with mlflow.start_run():
        raise ValueError("the training's own")


@mlsnap.track
def logs_its_own_params(df: pd.DataFrame, rate: str, config: dict[str, int]) -> None:
    mlflow.log_param("rate", float(rate))
    config.clear()


@mlsnap.track
def parent(df: pd.DataFrame) -> None:
    for number in range(2):
        with mlflow.start_run(nested=True):
            child(df + number, number)


@mlsnap.track
def child(df: pd.DataFrame, number: int) -> dict[str, float]:
    return {"number": number}


@mlsnap.track
def outer_of_starts(df: pd.DataFrame) -> None:
    starts(df, 0.25)


@mlsnap.track
def loads_in_threads(reference: str) -> list[int]:
    with ThreadPoolExecutor(1) as pool:
        return [len(pool.submit(mlsnap.load, reference, "left").result())]


@mlsnap.track
def counts(df: pd.DataFrame) -> dict[str, float]:
    """Something that other processes are asked to do."""
    return {"process": os.getpid(), "total": float(df["x"].sum())}


@mlsnap.track
def maps(df: pd.DataFrame, pool: Any) -> list[dict[str, float]]:
    return list(pool.map(counts, [df + 1, df + 2]))


@mlsnap.track
def fit_sklearn(df: pd.DataFrame, C: float) -> dict[str, float]:  # noqa: N803
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=2 * C).fit(df[["a", "b"]], df["label"])
    return {"returned": float(model.score(df[["a", "b"]], df["label"]))}


@mlsnap.track
def search_sklearn(df: pd.DataFrame) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2)
    search.fit(df[["a", "b"]], df["label"])


@mlsnap.track
def fit_twice(df: pd.DataFrame) -> None:
    from sklearn.linear_model import LogisticRegression

    with mlflow.start_run():
        mlflow.log_metric("own", 1.0)
    LogisticRegression().fit(df[["a", "b"]], df["label"])


@mlsnap.track
def fit_xgboost(df: pd.DataFrame, learning_rate: float) -> None:
    import xgboost

    data = xgboost.DMatrix(df[["a", "b"]], df["label"])
    xgboost.train({"learning_rate": learning_rate}, data, 2)


@mlsnap.track
def fit_lightgbm(df: pd.DataFrame, learning_rate: float) -> None:
    import lightgbm

    data = lightgbm.Dataset(df[["a", "b"]], df["label"])
    lightgbm.train({"learning_rate": learning_rate, "verbose": -1}, data, 2)


@mlsnap.track
def fit_pytorch(df: pd.DataFrame, epochs: int) -> None:
    import network

    network.trainer(epochs).fit(network.Line(), network.batches(df))


@mlsnap.track
def tags(df: pd.DataFrame) -> None:
    mlflow.set_tag("from", "a thread")


@mlsnap.track
def in_given_context(df: pd.DataFrame) -> int:
    def work() -> None:
        tags(df + 1)
        mlsnap.log_snapshot(df, "again")

    with ThreadPoolExecutor(1) as pool:
        pool.submit(contextvars.copy_context().run, work).result()
    return len(df)


@mlsnap.track(strict=True)
def deletes_its_run(df: pd.DataFrame, rate: float = 0.5) -> None:
    mlflow.MlflowClient().delete_run(mlflow.active_run().info.run_id)


@mlsnap.track
def turns_to(df: pd.DataFrame, uri: str, back_to: str | None = None) -> dict[str, float]:
    mlflow.set_tracking_uri(uri)
    with mlflow.start_run():
        mlflow.log_metric("elsewhere", 1.0)
    if back_to:
        mlflow.set_tracking_uri(back_to)
        mlflow.log_metric("back", 1.0)
    return {"returned": 2.0}


@mlsnap.track
def starts_a_child_of_none(df: pd.DataFrame) -> None:
    mlflow.end_run()
    with mlflow.start_run(nested=True):
        mlflow.log_metric("inside", 1.0)


@mlsnap.track
def leaves_a_child_open(df: pd.DataFrame) -> None:
    mlflow.start_run(nested=True)


@mlsnap.track
async def logs_after_its_run(df: pd.DataFrame) -> None:
    with mlflow.start_run():
        pass
    mlflow.log_metric("late", 1.0)


@mlsnap.track
def loads_side_by_side(references: list[str]) -> list[int]:
    with ThreadPoolExecutor(len(references)) as pool:
        return [len(each) for each in pool.map(mlsnap.load, references)]
