"""Profiles and differences to show, built by hand."""

from datetime import datetime

from mlsnap.values.column import ColumnProfile, Histogram, Kind, Lengths, ValueCount
from mlsnap.values.difference import (
    NO_BASE,
    ColumnDifference,
    Difference,
    Distance,
    Moments,
    Retyped,
    Shapes,
    ValueCountDifference,
)
from mlsnap.values.drift import Drift, DriftStep
from mlsnap.values.profile import Profile

HOSTILE = [
    "<script>alert(1)</script>",
    "\"quoted\" 'twice' & more",
    "</td></table>",
    "</script><script>alert(2)</script>",
    "]]>",
    "<!--",
    "{{ 7 * 7 }}",
    "[bold red]x[/]",
    "😀👩‍👩‍👧",
    "\x1b[31mred\x07",
    "back\u202ewards",
    "two\nlines",
    "half\ud800",
    "",
]
"""Names that a page or a terminal could mistake for something else."""


def ward(name: str = "Ward", **fields):
    return ColumnProfile(
        **{
            "name": name,
            "type": Kind.INTEGER,
            "arrow_type": "int64",
            "count": 10,
            "missing_count": 1,
            "min": 1,
            "max": 44,
            "quantiles": (1, 1, 2, 8, 12.5, 20, 40, 44, 44),
            "mean": 15.25,
            "standard_deviation": 13.123456789,
            "variance": 172.2251,
            "skewness": 0.5,
            "kurtosis": -1.0,
            "zero_count": 0,
            "negative_count": 0,
            "distinct_count": 9,
            "most_common": (ValueCount(1, 2), ValueCount(8, 1)),
            "histogram": Histogram((0.0, 10.0, 20.0, 30.0, 40.0, 50.0), (4, 3, 0, 1, 1)),
            **fields,
        }
    )


def block(name: str = "Block", value: str = "043XX S WOOD ST"):
    return ColumnProfile(
        name=name,
        type=Kind.STRING,
        arrow_type="string",
        count=10,
        missing_count=0,
        empty_count=1,
        min="",
        max=value,
        distinct_count=2,
        most_common=(ValueCount(value, 9), ValueCount("", 1)),
        lengths=Lengths(0, len(value), 1.5),
    )


def day(name: str = "Date"):
    instants = [datetime(2019, 5, 1 + each, 12, 30) for each in range(9)]
    return ColumnProfile(
        name=name,
        type=Kind.DATE,
        arrow_type="timestamp[us]",
        count=10,
        missing_count=0,
        min=instants[0],
        max=instants[-1],
        quantiles=tuple(instants),
    )


def profile(*columns: ColumnProfile, rows: int = 10):
    return Profile(columns or (ward(), block(), day()), rows, "ab" * 32)


def changed(name: str = "Ward", by: float = 0.25, **fields):
    return ColumnDifference(
        **{
            "name": name,
            "type": "INTEGER",
            "count_in_percent": 20.0,
            "missing_in_percent": NO_BASE,
            "percent_missing": 0.05,
            "min": -1.0,
            "max": 2.0,
            "median": 1.5,
            "quantiles": (0.0,) * 9,
            "moments": Moments(mean=1.25, variance=3.0),
            "distances": {"wasserstein": Distance(13 * by, by)},
            **fields,
        }
    )


def recounted(name: str = "Block", value: str = "STREET"):
    return ColumnDifference(
        name=name,
        type="STRING",
        count_in_percent=20.0,
        value_counts=(
            ValueCountDifference("OTHER", 4, None, None),
            ValueCountDifference(value, 5, 8, 60.0),
            ValueCountDifference("NEW", 0, 1, NO_BASE),
        ),
        distances={"wasserstein": Distance(None, reason="text has no order to measure along")},
    )


def difference(*columns: ColumnDifference, **fields):
    return Difference(
        **{
            "reference": "crime@2019",
            "current": "crime@2020",
            "reference_rows": 10,
            "current_rows": 12,
            "identical": False,
            "columns": columns or (recounted(), changed()),
            "added": ("new",),
            "removed": ("gone",),
            "retyped": (Retyped("ID", "INTEGER", "STRING"),),
            "excluded": ("Notes",),
            **fields,
        }
    )


EDGES = Shapes((1.0, 3.0, 5.0, 7.0, 9.0), (0.5, 0.25, 0.125, 0.125), (0.25, 0.25, 0.25, 0.25))
"""Two histograms over shared bins."""


def drifted(name: str = "Age", by: float = 0.25, *, usual: float = 0.1, **fields):
    """A column whose Kolmogorov-Smirnov distance is ``by``."""
    found = {
        "wasserstein": Distance(13 * by, by),
        "kolmogorov_smirnov": Distance(by),
        "total_variation": Distance(None, reason="values lie between points", lower=by, upper=1.0),
        "chi_squared": Distance(None, reason="too few rows"),
    }
    limits = {"kolmogorov_smirnov": usual, "percent_missing": 0.5}
    return changed(name, **{"distances": found, "usual": limits, "shapes": EDGES, **fields})


def redistributed(name: str = "Town", value: str = "Ulm"):
    """A column of texts with the shares of two values."""
    return ColumnDifference(
        name=name,
        type="STRING",
        distances={"total_variation": Distance(0.125)},
        shapes=Shapes((value, "Bonn"), (0.625, 0.375), (0.75, 0.25)),
    )


def drift(*series: tuple[float | None, ...], name: str = "Age", step: str = "crime@v", **fields):
    """A drift with a column per series, its distances at each step."""
    series = series or ((0.05, None, 0.2),)
    steps = [DriftStep(1, f"{step}1", 10, datetime(2026, 1, 1), None, None)]
    for number, found in enumerate(zip(*series, strict=True), start=2):
        known = [(at, by) for at, by in enumerate(found) if by is not None]
        columns = tuple(drifted(f"{name}{at or ''}", by) for at, by in known)
        compared = difference(columns=columns)
        steps.append(DriftStep(number, f"{step}{number}", 12, None, "a1b2", compared))
    return Drift(**{"title": "crime", "against": "first", "steps": tuple(steps), **fields})
