"""A training with XGBoost."""

from __future__ import annotations

import pandas as pd
import xgboost
from outcome import outcome
from sklearn.model_selection import train_test_split

import mlsnap


@mlsnap.track(create_data_snapshot=True)
def subsampled(customers: pd.DataFrame, rounds: int = 20) -> dict[str, float]:
    x, y = customers.drop(columns=["left", "joined"]), customers["left"]
    x_train, x_test, y_train, y_test = train_test_split(x, y)
    model = xgboost.XGBClassifier(
        n_estimators=rounds, tree_method="hist", enable_categorical=True, subsample=0.7, max_depth=4
    ).fit(x_train, y_train)
    return outcome("subsampled", model.score(x_test, y_test), model.predict_proba(x_test))
