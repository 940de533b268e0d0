"""Trainings with statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from outcome import outcome

import mlsnap


@mlsnap.track(create_data_snapshot=True)
def by_hour_and_day(trips: pd.DataFrame) -> dict[str, float]:
    pickup = trips["pickup"].dt
    hours = np.sin(pickup.hour / 24 * 2 * np.pi)
    days = pd.get_dummies(pickup.dayofweek, dtype=float, prefix="day", drop_first=True)
    x = sm.add_constant(pd.concat([trips["distance"], hours.rename("hour"), days], axis=1))
    model = sm.OLS(trips["fare"], x).fit()
    return outcome("by_hour_and_day", model.rsquared, model.fittedvalues)


@mlsnap.track(create_data_snapshot=True)
def seasonal(flights: pd.DataFrame) -> dict[str, float]:
    series = flights.set_index("month")["passengers"].asfreq("MS")
    model = sm.tsa.SARIMAX(series, order=(1, 1, 0), seasonal_order=(1, 0, 0, 12))
    fitted = model.fit(disp=False, maxiter=20)
    return outcome("seasonal", fitted.aic, fitted.forecast(12))
