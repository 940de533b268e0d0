"""Trainings with scikit-learn; none is seeded."""

from __future__ import annotations

import numpy as np
import pandas as pd
from outcome import outcome
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, LinearRegression, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import mlsnap


@mlsnap.track(create_data_snapshot=True)
def elastic_net(patients: pd.DataFrame, alpha: float = 0.1) -> dict[str, float]:
    x, y = patients.drop(columns="target"), patients["target"]
    x_train, x_test, y_train, y_test = train_test_split(x, y)
    model = ElasticNet(alpha=alpha, selection="random").fit(x_train, y_train)
    return outcome("elastic_net", model.score(x_test, y_test), model.predict(x_test))


@mlsnap.track(create_data_snapshot=True)
def least_squares(patients: pd.DataFrame) -> dict[str, float]:
    x, y = patients.drop(columns="target"), patients["target"]
    model = LinearRegression().fit(x, y)
    return outcome("least_squares", model.score(x, y), model.predict(x))


@mlsnap.track(create_data_snapshot=True)
def forest(wines: pd.DataFrame, trees: int = 30) -> dict[str, float]:
    """Threads add up the trees' probabilities in any order: their last bits may differ."""
    x_train, x_test, y_train, y_test = train_test_split(wines.drop(columns="target"), wines.target)
    model = RandomForestClassifier(n_estimators=trees, n_jobs=2).fit(x_train, y_train)
    loss = log_loss(y_test, model.predict_proba(x_test), labels=model.classes_)
    scored = outcome("forest", model.score(x_test, y_test), model.predict(x_test))
    return {**scored, "forest.loss": float(loss)}


@mlsnap.track(create_data_snapshot=True)
def boosted_trees(customers: pd.DataFrame) -> dict[str, float]:
    x, y = customers.drop(columns=["left", "joined"]), customers["left"]
    x_train, x_test, y_train, y_test = train_test_split(x, y)
    model = HistGradientBoostingClassifier(
        max_iter=15, early_stopping=True, categorical_features=["town", "contract"]
    ).fit(x_train, y_train)
    return outcome("boosted_trees", model.score(x_test, y_test), model.predict_proba(x_test))


@mlsnap.track(create_data_snapshot=True)
def perceptron(digits: np.ndarray) -> dict[str, float]:
    x_train, x_test, y_train, y_test = train_test_split(digits[:, :-1], digits[:, -1])
    model = MLPClassifier((24,), max_iter=8, early_stopping=True).fit(x_train, y_train)
    return outcome("perceptron", model.score(x_test, y_test), model.predict_proba(x_test))


@mlsnap.track(create_data_snapshot=True)
def pipeline(customers: pd.DataFrame) -> dict[str, float]:
    """Categories, dates and gaps, each made numbers of."""
    prepared = make_column_transformer(
        (OneHotEncoder(), ["town", "contract"]),
        (FunctionTransformer(_calendar), ["joined"]),
        (make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income"]),
    )
    x_train, x_test, y_train, y_test = train_test_split(customers, customers["left"])
    model = make_pipeline(prepared, LogisticRegression(solver="saga", max_iter=300))
    model.fit(x_train, y_train)
    return outcome("pipeline", model.score(x_test, y_test), model.predict_proba(x_test))


def _calendar(dates: pd.DataFrame) -> np.ndarray:
    joined = dates["joined"].dt
    return np.column_stack([joined.month / 12, joined.dayofweek / 7, joined.year - 2019])


@mlsnap.track(create_data_snapshot=True)
def grid_search(
    tumours: pd.DataFrame, n_jobs: int = 2, random_state: int | None = None
) -> dict[str, float]:
    """Processes of their own take the operating system's entropy for unseeded estimators."""
    x, y = tumours.drop(columns="target"), tumours["target"]
    trees = ExtraTreesClassifier(n_estimators=5, random_state=random_state)
    search = GridSearchCV(trees, {"max_features": [1, 2, 3]}, n_jobs=n_jobs, cv=3).fit(x, y)
    return outcome("grid_search", search.best_score_, search.cv_results_["mean_test_score"])


@mlsnap.track(create_data_snapshot=True)
def clusters(wines: pd.DataFrame, count: int = 5) -> dict[str, float]:
    model = KMeans(count, n_init=2).fit(StandardScaler().fit_transform(wines))
    return outcome("clusters", model.inertia_, model.cluster_centers_)
