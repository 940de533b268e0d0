"""A table in memory written to one Parquet file, with `dvc add` and `dvc push`; or pulled back.

Arguments: the file, and what happens to its rows between the first copy and the one measured
(`changes`), or ``back`` for `dvc pull` and reading the file.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from changes import CHANGES


def dvc(*words: str) -> None:
    """Run the command as a user does."""
    subprocess.run([sys.executable, "-m", "dvc", "--quiet", *words], check=True)


def cpu() -> float:
    """Seconds of this process and of those it waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def measured(work: Callable[[], object]) -> dict[str, float]:
    """What ``work`` took, and what it added to the remote."""
    held, began, wall = _stored(), cpu(), time.perf_counter()
    work()
    taken = time.perf_counter() - wall
    return {"cpu": cpu() - began, "wall": taken, "sent": (_stored() - held) / 2**20}


def push(table: pa.Table) -> None:
    """The copy that a user of DVC makes."""
    pq.write_table(table, "data.parquet")
    dvc("add", "data.parquet")
    dvc("push")


def pull() -> None:
    """The way back."""
    dvc("pull")
    pq.read_table("data.parquet")


def _stored() -> int:
    return sum(file.stat().st_size for file in Path("remote").rglob("*") if file.is_file())


def figures(table: pa.Table, what: str) -> dict[str, float]:
    if what == "back":
        push(table)
        del table
        shutil.rmtree(".dvc/cache")
        Path("data.parquet").unlink()
        return measured(pull)
    before, after = CHANGES[what](table)
    if before is not None:
        push(before)
    return measured(lambda: push(after))


def main() -> None:
    path, what = Path(sys.argv[1]).absolute(), sys.argv[2]
    table = pq.read_table(path)
    shape = {"rows": table.num_rows, "columns": table.num_columns}
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        os.environ |= {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": f"{scratch}/site"}
        dvc("init", "--no-scm")
        dvc("remote", "add", "--default", "storage", f"{scratch}/remote")
        found = figures(table, what)
        os.chdir("/")
    versions = {"dvc": version("dvc"), "pyarrow": pa.__version__}
    print(json.dumps({**shape, **found, "versions": versions}))


main()
