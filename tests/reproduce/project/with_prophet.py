"""A training with Prophet."""

from __future__ import annotations

import pandas as pd
from outcome import outcome
from prophet import Prophet

import mlsnap


@mlsnap.track(create_data_snapshot=True)
def forecast(flights: pd.DataFrame) -> dict[str, float]:
    """The bounds of the forecast are drawn by chance."""
    history = flights.rename(columns={"month": "ds", "passengers": "y"})
    model = Prophet(uncertainty_samples=100).fit(history)
    future = model.predict(model.make_future_dataframe(12, freq="MS"))
    return outcome("forecast", future["yhat"].iloc[-1], future[["yhat", "yhat_lower"]])
