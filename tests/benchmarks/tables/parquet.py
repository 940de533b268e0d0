"""Parquet files with the writer's own defaults, one row group a table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def write(path: Path, groups: Iterable[pa.Table]) -> None:
    """Write each of ``groups`` as a row group of its own."""
    groups = iter(groups)
    first = next(groups)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first, row_group_size=first.num_rows)
        for group in groups:
            writer.write_table(group, row_group_size=group.num_rows)
