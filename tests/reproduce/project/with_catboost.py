"""A training with CatBoost."""

from __future__ import annotations

import catboost
import pandas as pd
from outcome import outcome
from sklearn.model_selection import train_test_split

import mlsnap


@mlsnap.track(create_data_snapshot=True)
def ordered_boosting(customers: pd.DataFrame) -> dict[str, float]:
    x, y = customers.drop(columns=["left", "joined"]), customers["left"]
    x_train, x_test, y_train, y_test = train_test_split(x, y)
    model = catboost.CatBoostClassifier(
        iterations=30, verbose=False, allow_writing_files=False, cat_features=["town", "contract"]
    ).fit(x_train, y_train)
    return outcome("ordered_boosting", model.score(x_test, y_test), model.predict_proba(x_test))
