"""A script with options: the order of a set hangs on the hash seed, chance is of three places."""

import argparse
import random

import mlflow
import numpy as np
import pandas as pd
from outcome import outcome
from sklearn.linear_model import SGDClassifier

options = argparse.ArgumentParser()
options.add_argument("file")
options.add_argument("--rounds", type=int, default=20)
given = options.parse_args()

letters = pd.read_csv(given.file)
words = list({word for text in letters["text"] for word in text.split()})
counts = np.array([[text.split().count(word) for word in words] for text in letters["text"]])
model = SGDClassifier(loss="log_loss", max_iter=5, tol=None).fit(counts, letters["spam"])
predicted = model.predict_proba(counts)[:, 0]
own = np.random.default_rng()
means = [own.choice(predicted, random.randint(2, 9)).mean() for _ in range(given.rounds)]
score = model.score(counts, letters["spam"]) + np.random.choice(means)
mlflow.log_metrics(outcome("words", score, np.concatenate([predicted, means])))
