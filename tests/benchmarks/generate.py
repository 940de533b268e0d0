"""Writes a table of `tables.TABLES`: ``python tests/benchmarks/generate.py FOLDER/taxi.csv 0.1``.

A process of its own, so that its memory is not counted among that of what is measured.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tables import TABLES


def generate(path: Path, scale: float) -> None:
    """Write the table that ``path`` is named after; it is there when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"unfinished-{path.name}")
    TABLES[path.name](unfinished, scale)
    unfinished.replace(path)


if __name__ == "__main__":
    generate(Path(sys.argv[1]), float(sys.argv[2]))
    print(json.dumps({"bytes": Path(sys.argv[1]).stat().st_size}))
