"""Columns and profiles to compare, made from plain values."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np

from mlsnap.comparing.distances import DISTANCES
from mlsnap.comparing.pair import Pair
from mlsnap.profiling.distribution import distribution_of
from mlsnap.profiling.ordered import Listed
from mlsnap.values.column import QUANTILES, ColumnProfile, Kind, ValueCount
from mlsnap.values.profile import Profile


def distance(name: str, reference: ColumnProfile, current: ColumnProfile):
    return DISTANCES[name](Pair(reference, current))


def numbers(values: Any, *, name: str = "x", kind: Kind = Kind.DECIMAL, **fields: Any):
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    quantiles = np.quantile(ordered, list(QUANTILES.values()), method="averaged_inverted_cdf")
    return ColumnProfile(
        **{
            "name": name,
            "type": kind,
            "arrow_type": "double",
            "count": len(ordered),
            "missing_count": 0,
            "min": ordered[0].item(),
            "max": ordered[-1].item(),
            "quantiles": tuple(quantiles.tolist()),
            "mean": float(ordered.mean()),
            "standard_deviation": float(ordered.std(ddof=1)) if len(ordered) > 1 else np.nan,
            "distribution": distribution_of(Listed(ordered)),
            **fields,
        }
    )


def booleans(true: int, false: int):
    return ColumnProfile(
        name="x",
        type=Kind.BOOLEAN,
        arrow_type="bool",
        count=true + false,
        missing_count=0,
        min=false == 0,
        max=true > 0,
        distribution=distribution_of(Listed(np.repeat([0.0, 1.0], [false, true]))),
    )


def instants(*seconds: float, name: str = "x"):
    def shown(second: float) -> datetime:
        return datetime.fromtimestamp(second, UTC).replace(tzinfo=None)

    return ColumnProfile(
        name=name,
        type=Kind.DATE,
        arrow_type="timestamp[us]",
        count=len(seconds),
        missing_count=0,
        min=shown(min(seconds)),
        max=shown(max(seconds)),
        quantiles=tuple(shown(sorted(seconds)[len(seconds) // 2]) for _ in QUANTILES),
        distribution=distribution_of(Listed(np.sort(np.asarray(seconds, dtype=np.float64)))),
    )


def texts(*values: str | None, name: str = "x", stored: int | None = None):
    counts = Counter(value for value in values if value is not None)
    return ColumnProfile(
        name=name,
        type=Kind.STRING,
        arrow_type="string",
        count=len(values),
        missing_count=values.count(None),
        empty_count=values.count(""),
        distinct_count=len(counts),
        most_common=tuple(ValueCount(*each) for each in counts.most_common(stored)),
    )


def nothing(kind: Kind = Kind.DECIMAL, *, name: str = "x", rows: int = 3):
    return ColumnProfile(name=name, type=kind, arrow_type="double", count=rows, missing_count=rows)


def table(*columns: ColumnProfile, digest: str = "00" * 32):
    return Profile(columns, columns[0].count if columns else 0, digest)
