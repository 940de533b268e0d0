"""DuckDB's SUMMARIZE of a Parquet or CSV file."""

import json
import sys

import duckdb

summary = duckdb.execute(f"SUMMARIZE FROM '{sys.argv[1]}'")
names = [column[0] for column in summary.description or []]
rows = summary.fetchall()
shape = {"rows": rows[0][names.index("count")], "columns": len(rows)}
statistics = [name for name in names if name not in ("column_name", "column_type")]
print(json.dumps({**shape, "statistics": statistics, "versions": {"duckdb": duckdb.__version__}}))
