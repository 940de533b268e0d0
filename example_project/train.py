"""Train a classifier of wines on the data as it is now; every run remembers which that was."""

from __future__ import annotations

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

import mlsnap


@mlsnap.track(inputs={"wines": "wine"}, create_data_snapshot=True)
def train(wines: pd.DataFrame, trees: int = 50, test_share: float = 0.3) -> dict[str, float]:
    """Fit a forest that tells the cultivar; nothing is seeded, mlsnap records the random states."""
    measured = wines.drop(columns=["cultivar", "bottled", "note"])
    measured = measured.fillna(measured.median())
    x_train, x_test, y_train, y_test = train_test_split(
        measured, wines["cultivar"], test_size=test_share
    )
    forest = RandomForestClassifier(n_estimators=trees).fit(x_train, y_train)
    return {
        "accuracy": float(accuracy_score(y_test, forest.predict(x_test))),
        "log_loss": float(log_loss(y_test, forest.predict_proba(x_test), labels=forest.classes_)),
    }


if __name__ == "__main__":
    print(train(pd.read_csv("data/wine.csv", parse_dates=["bottled"])))
