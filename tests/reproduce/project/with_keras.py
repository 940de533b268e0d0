"""A training with Keras on JAX."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from outcome import outcome

import mlsnap


@mlsnap.track(create_data_snapshot=True)
def dense(digits: np.ndarray, epochs: int = 2) -> dict[str, float]:
    x, y = digits[:, :-1] / 16, digits[:, -1].astype(int)
    model = keras.Sequential(
        [
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    history = model.fit(x, y, epochs=epochs, batch_size=64, verbose=0)
    return outcome("dense", history.history["loss"][-1], model.predict(x, verbose=0))
