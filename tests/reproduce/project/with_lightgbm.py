"""Trainings with LightGBM."""

from __future__ import annotations

from typing import Any

import lightgbm
import pandas as pd
from outcome import outcome
from sklearn.model_selection import train_test_split

import mlsnap

FAST: dict[str, Any] = {"objective": "binary", "verbosity": -1, "num_leaves": 7}


def _trained(name: str, customers: pd.DataFrame, **settings: Any) -> dict[str, float]:
    x, y = customers.drop(columns=["left", "joined"]), customers["left"]
    x_train, x_test, y_train, y_test = train_test_split(x, y)
    model = lightgbm.train(FAST | settings, lightgbm.Dataset(x_train, y_train), 20)
    predicted = model.predict(x_test)
    return outcome(name, ((predicted > 0.5) == y_test).mean(), predicted)


@mlsnap.track(create_data_snapshot=True)
def bagged(customers: pd.DataFrame) -> dict[str, float]:
    settings = {"bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.8}
    return _trained("bagged", customers, **settings)


@mlsnap.track(create_data_snapshot=True)
def of_categories(customers: pd.DataFrame, smoothing: float = 1.0) -> dict[str, float]:
    """The order of the categories is that of their appearance, and must stay so."""
    return _trained("of_categories", customers, cat_smooth=smoothing, min_data_per_group=5)


@mlsnap.track(create_data_snapshot=True)
def deterministic(customers: pd.DataFrame) -> dict[str, float]:
    return _trained("deterministic", customers, deterministic=True, force_row_wise=True)
