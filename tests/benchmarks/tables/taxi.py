"""Taxi trips: 18 columns of every common type, with the quirks that real ones have.

Rows are in order of pick-up; distances are lognormal with zeroes, fares have refunds, flat rates
and a few absurd values; places are drawn by a power law; a few columns have nulls; every trip has
an identifier of its own and every taxi one out of 13,500.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from tables.columns import Numbers, Random, chosen, hexadecimal, picked, random, with_nulls

TABLE = 1
DAYS = 9
"""Days that the trips of one row group are spread over."""

_FIRST = np.datetime64("2019-01-01", "us").astype(np.int64)
_DAY = 86_400_000_000
_PLACES = 265
_TAXIS = hexadecimal(random(TABLE, 1 << 20), 13_500)
_PAYMENTS = ("Credit card", "Cash", "No charge", "Dispute", "Unknown", "")

TWELVE = [
    "vendor_id",
    "pickup",
    "dropoff",
    "passengers",
    "distance",
    "rate",
    "from_place",
    "to_place",
    "stored",
    "payment",
    "fare",
    "taxi",
]
"""The columns of the small table."""


def trips(group: int, rows: int) -> pa.Table:
    """The trips of a row group; ``group`` counts from 0."""
    source = random(TABLE, group)
    distance = _distances(source, rows)
    seconds = np.maximum(1, distance * 180 * source.gamma(4, 0.25, rows) + 120).astype(np.int64)
    to_airport = source.random(rows) < 0.025
    return pa.table(
        {
            "vendor_id": source.choice(np.array([1, 2, 6], np.int32), rows, p=[0.3, 0.69, 0.01]),
            **_times(source, group, seconds),
            "passengers": with_nulls(source, _passengers(source, rows), 0.035),
            "distance": distance,
            "rate": with_nulls(source, _rates(source, rows), 0.035),
            "from_place": _places(source, rows, 37),
            "to_place": _places(source, rows, 59),
            "stored": _stored(source, rows),
            "payment": chosen(source, rows, _PAYMENTS, (0.66, 0.3, 0.02, 0.01, 0.005, 0.005)),
            **_amounts(source, distance, seconds, to_airport),
            "latitude": with_nulls(source, _latitudes(source, to_airport), 0.005),
            "seconds": seconds,
            "shared": with_nulls(source, source.random(rows) < 0.13, 0.01),
            "taxi": picked(source.integers(0, len(_TAXIS), rows), _TAXIS),
            "trip": hexadecimal(source, rows),
        }
    )


def _times(source: Random, group: int, seconds: Numbers) -> dict[str, pa.Array]:
    since = np.sort(source.random(len(seconds))) * DAYS * _DAY
    pickup = _FIRST + group * DAYS * _DAY + since.astype(np.int64) // 1_000_000 * 1_000_000
    kind = pa.timestamp("us")
    dropoff = pickup + seconds * 1_000_000
    return {"pickup": pa.array(pickup, kind), "dropoff": pa.array(dropoff, kind)}


def _distances(source: Random, rows: int) -> Numbers:
    miles = np.round(source.lognormal(0.6, 0.9, rows), 2)
    return np.where(source.random(rows) < 0.01, 0, miles)


def _passengers(source: Random, rows: int) -> Numbers:
    return source.choice(np.arange(7.0), rows, p=[0.02, 0.7, 0.15, 0.05, 0.03, 0.03, 0.02])


def _rates(source: Random, rows: int) -> Numbers:
    return source.choice([1, 2, 3, 4, 5, 99], rows, p=[0.94, 0.025, 0.01, 0.005, 0.01, 0.01])


def _places(source: Random, rows: int, stride: int) -> Numbers:
    return (source.zipf(1.3, rows) % _PLACES * stride % _PLACES + 1).astype(np.int32)


def _stored(source: Random, rows: int) -> pa.Array:
    codes = with_nulls(source, (source.random(rows) < 0.01).astype(np.int32), 0.035)
    return pa.array(["N", "Y"]).take(codes)


def _latitudes(source: Random, to_airport: Numbers) -> Numbers:
    return 40.75 + 0.04 * source.standard_normal(len(to_airport)) - 0.11 * to_airport


def _amounts(
    source: Random, distance: Numbers, seconds: Numbers, to_airport: Numbers
) -> dict[str, Any]:
    rows = len(distance)
    fare = np.round((2.5 + distance * 2.5 + seconds / 120) * 2) / 2
    fare[source.random(rows) < 0.002] *= -1
    fare[to_airport] = 52
    absurd = source.random(rows) < 1e-6
    fare[absurd] = source.uniform(1_000, 300_000, absurd.sum())
    generosity = source.choice([0, 0, 0.1, 0.15, 0.2, 0.25, 0.3], rows)
    tip = np.maximum(0, np.round(fare * generosity * (0.9 + 0.2 * source.random(rows)), 2))
    total = fare + tip + source.choice([0, 0.5, 1, 2.5], rows) + 0.8
    return {"fare": fare, "tip": tip, "total": total}
