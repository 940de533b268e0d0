"""Trainings by hand, with generators of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from outcome import outcome

import mlsnap

GENERATOR = np.random.default_rng(0)


@mlsnap.track(create_data_snapshot=True)
def bootstrap(patients: pd.DataFrame, rounds: int = 50) -> dict[str, float]:
    """An unseeded generator: the operating system's entropy."""
    return _resampled("bootstrap", patients, np.random.default_rng(), rounds)


@mlsnap.track(create_data_snapshot=True)
def of_the_module(patients: pd.DataFrame, rounds: int = 50) -> dict[str, float]:
    """A generator that was there before the call."""
    return _resampled("of_the_module", patients, GENERATOR, rounds)


def _resampled(
    name: str, patients: pd.DataFrame, chance: np.random.Generator, rounds: int
) -> dict[str, float]:
    target = patients["target"].to_numpy()
    means = [chance.choice(target, len(target)).mean() for _ in range(rounds)]
    return outcome(name, float(np.std(means)), np.array(means))
