"""The tables that trainings are called with, by the name of their argument."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn import datasets


def patients() -> pd.DataFrame:
    """Ten measurements and how a disease went on."""
    return datasets.load_diabetes(as_frame=True).frame


def tumours() -> pd.DataFrame:
    """Thirty measurements and whether the tumour is benign."""
    return datasets.load_breast_cancer(as_frame=True).frame


def wines() -> pd.DataFrame:
    """Thirteen measurements and the cultivar."""
    return datasets.load_wine(as_frame=True).frame


def digits() -> np.ndarray:
    """600 images of 64 pixels, and in the last column the digit."""
    images, digit = datasets.load_digits(return_X_y=True)
    return np.column_stack([images, digit])[:600]


def customers(rows: int = 1500) -> pd.DataFrame:
    """Numbers with gaps, dates, categories in order of appearance and of size, and who left."""
    chance = np.random.default_rng(1)
    town = chance.choice(["Turin", "Pisa", "Arles", "Basel", "Ghent"], rows)
    contract = chance.choice(["month", "year", "two years"], rows)
    joined = pd.Timestamp("2019-01-01") + pd.to_timedelta(chance.integers(0, 900, rows), "D")
    income = np.where(chance.random(rows) < 0.05, np.nan, chance.lognormal(8, 0.4, rows))
    stays = (contract != "month") + chance.normal(0, 0.7, rows) + (town == "Pisa")
    return pd.DataFrame(
        {
            "age": chance.integers(18, 90, rows),
            "income": income,
            "town": pd.Categorical(town, categories=pd.unique(town)),
            "contract": pd.Categorical(contract, ["month", "year", "two years"], ordered=True),
            "joined": joined,
            "left": stays < 0.5,
        }
    )


def trips(rows: int = 1200) -> pd.DataFrame:
    """When a taxi set off, how far it went, and the fare."""
    chance = np.random.default_rng(2)
    seconds = chance.integers(0, 30 * 86_400, rows)
    distance = chance.gamma(2.0, 1.5, rows)
    return pd.DataFrame(
        {
            "pickup": pd.Timestamp("2019-03-01") + pd.to_timedelta(seconds, "s"),
            "distance": distance,
            "fare": 2.5 + 2.1 * distance + chance.normal(0, 0.8, rows),
        }
    )


def flights() -> pd.DataFrame:
    """Passengers by month: a trend, a season and some chance."""
    chance, month = np.random.default_rng(3), np.arange(96)
    passengers = 110 + 2.4 * month + 25 * np.sin(month * np.pi / 6) + chance.normal(0, 5, 96)
    start = pd.date_range("1949-01-01", periods=96, freq="MS")
    return pd.DataFrame({"month": start, "passengers": passengers})


def listens(rows: int = 4000) -> pd.DataFrame:
    """Who heard what how often."""
    chance = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "listener": chance.integers(0, 300, rows),
            "song": chance.zipf(1.6, rows) % 120,
            "times": chance.integers(1, 30, rows),
        }
    )
