"""A whole script that names no function: the order of a set depends on the hash seed."""

import mlflow
import pandas as pd
from outcome import outcome
from sklearn.linear_model import SGDClassifier

letters = pd.read_csv("letters.csv")
words = list({word for text in letters["text"] for word in text.split()})
counts = [[text.split().count(word) for word in words] for text in letters["text"]]
model = SGDClassifier(loss="log_loss", max_iter=5, tol=None).fit(counts, letters["spam"])
score = model.score(counts, letters["spam"])
mlflow.log_metrics(outcome("words", score, model.predict_proba(counts)))
