"""The first and the second half of a table's rows, as two Parquet files."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq


@contextmanager
def halves() -> Iterator[tuple[str, str]]:
    """Paths of two files with the halves of the file that is the script's first argument."""
    table = pq.read_table(sys.argv[1])
    middle = table.num_rows // 2
    with tempfile.TemporaryDirectory() as scratch:
        paths = Path(scratch) / "reference.parquet", Path(scratch) / "current.parquet"
        pq.write_table(table.slice(0, middle), paths[0])
        pq.write_table(table.slice(middle), paths[1])
        del table
        yield str(paths[0]), str(paths[1])


def shape() -> dict[str, int]:
    """Rows and columns of the whole table."""
    found = pq.read_metadata(sys.argv[1])
    return {"rows": found.num_rows, "columns": found.num_columns}
