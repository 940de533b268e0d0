"""A CSV file of about a given size."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pyarrow as pa
from pyarrow import csv


def write(path: Path, group: Callable[[int], pa.Table], *, size: int) -> None:
    """Write ``group(0)``, ``group(1)``, … until the file has at least ``size`` bytes."""
    first = group(0)
    with csv.CSVWriter(path, first.schema) as writer:
        writer.write_table(first)
        for number in count(1):
            if path.stat().st_size >= size:
                return
            writer.write_table(group(number))
