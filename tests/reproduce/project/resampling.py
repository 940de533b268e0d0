"""A whole script that takes options, and chance from three places."""

import argparse
import random

import mlflow
import numpy as np
import pandas as pd
from outcome import outcome

options = argparse.ArgumentParser()
options.add_argument("file")
options.add_argument("--rounds", type=int, default=20)
given = options.parse_args()

lengths = pd.read_csv(given.file)["text"].str.len().to_numpy()
own = np.random.default_rng()
means = [own.choice(lengths, random.randint(2, 9)).mean() for _ in range(given.rounds)]
mlflow.log_metrics(outcome("resampling", np.random.choice(means), np.array(means)))
