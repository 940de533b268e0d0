"""The tables that are profiled: made once, from a seed, a row group at a time.

`TABLES` has for each file what writes it, given where to and the scale: the fraction of the full
size that is wanted. ``small.parquet`` is always of one size.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tables import delimited, floats, parquet, taxi, texts

SMALL_ROWS = 10_000


def _taxi(groups: int) -> Callable[[Path, float], None]:
    def write(path: Path, scale: float) -> None:
        rows = _scaled(1_000_000, scale)
        parquet.write(path, (taxi.trips(group, rows) for group in range(groups)))

    return write


def _floats(path: Path, scale: float) -> None:
    parquet.write(path, [floats.measurements(_scaled(200_000, scale))])


def _texts(path: Path, scale: float) -> None:
    rows = _scaled(1_000_000, scale)
    parquet.write(path, (texts.customers(group, rows) for group in range(10)))


def _delimited(path: Path, scale: float) -> None:
    rows = _scaled(1_000_000, scale)
    delimited.write(path, lambda group: taxi.trips(group, rows), size=int(2e9 * scale))


def _small(path: Path, scale: float) -> None:
    parquet.write(path, [taxi.trips(0, SMALL_ROWS).select(taxi.TWELVE)])


def _scaled(rows: int, scale: float) -> int:
    return max(1, round(rows * scale))


TABLES: dict[str, Callable[[Path, float], None]] = {
    "taxi.parquet": _taxi(20),
    "taxi_5m.parquet": _taxi(5),
    "taxi_1m.parquet": _taxi(1),
    "wide.parquet": _floats,
    "strings.parquet": _texts,
    "taxi.csv": _delimited,
    "small.parquet": _small,
}
