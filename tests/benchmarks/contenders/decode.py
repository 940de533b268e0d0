"""The limit: a Parquet file decoded and dropped, column by column of each row group."""

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq

path = sys.argv[1]
metadata = pq.read_metadata(path)
columns = metadata.schema.to_arrow_schema().names
local = threading.local()


def decode(place: tuple[int, str]) -> None:
    """Read one column of one row group with the thread's own reader."""
    if not hasattr(local, "file"):
        local.file = pq.ParquetFile(path, metadata=metadata)
    group, column = place
    local.file.read_row_group(group, columns=[column], use_threads=False)


with ThreadPoolExecutor(os.cpu_count()) as threads:
    places = [(group, column) for group in range(metadata.num_row_groups) for column in columns]
    for _ in threads.map(decode, places):
        pass

shape = {"rows": metadata.num_rows, "columns": len(columns)}
print(json.dumps({**shape, "statistics": [], "versions": {"pyarrow": pa.__version__}}))
