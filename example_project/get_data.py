"""Write data/wine.csv: the wine table of scikit-learn, with a bottling date and a note each.

``python get_data.py`` writes the first harvest, ``python get_data.py --next`` the one after, in
which some wines are stronger, some measurements are missing and the order is another one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_wine


def first_harvest() -> pd.DataFrame:
    """178 wines, 13 measurements, the cultivar as text."""
    bunch = load_wine(as_frame=True)
    wines = bunch.data.assign(cultivar=[f"cultivar {target}" for target in bunch.target])
    days = np.arange(len(wines)) % 28
    return wines.assign(
        bottled=pd.Timestamp("2024-09-01") + pd.to_timedelta(days, unit="D"),
        note=np.where(wines["color_intensity"] > 6, "deep", "light"),
    )


def next_harvest() -> pd.DataFrame:
    """The same vineyards a year on."""
    wines = first_harvest()
    chance = np.random.default_rng(2025)
    strong = chance.random(len(wines)) < 0.4
    wines["alcohol"] = wines["alcohol"].where(~strong, wines["alcohol"] + 0.6).round(2)
    wines["magnesium"] = wines["magnesium"].mask(chance.random(len(wines)) < 0.1)
    wines["bottled"] += pd.DateOffset(years=1)
    return wines.sample(frac=1, random_state=2025)


def write(wines: pd.DataFrame) -> Path:
    """Write the table where ``train.py`` reads it."""
    path = Path("data/wine.csv")
    path.parent.mkdir(exist_ok=True)
    wines.to_csv(path, index=False)
    return path


if __name__ == "__main__":
    print(write(next_harvest() if "--next" in sys.argv else first_harvest()))
