"""What is measured: a table, and who profiles it. A contender is a script in ``contenders/``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

EDITION = 1
"""Counts up when what `tables` generates or `results` keeps changes: older files are not used."""

MLSNAP = "mlsnap"
NO_DIGEST = "mlsnap, no digest"
DECODING = "decoding, row group by row group"
CSV_READER = "Arrow's CSV reader, drained"
DUCKDB = "DuckDB SUMMARIZE"
POLARS = "Polars describe"
PANDAS = "pandas describe"
PANDAS_MOMENTS = "pandas describe + skew + kurt"
WHYLOGS = "whylogs"
YDATA = "ydata-profiling minimal"

FIRST = "mlsnap, first copy"
FIRST_WHOLE = "mlsnap, snapshot with the first copy"
SECOND = "mlsnap, 1 % of rows appended"
SECOND_WHOLE = "mlsnap, snapshot of them"
INSERTED = "mlsnap, 100 rows at the head"
UPDATED = "mlsnap, 0.1 % of rows updated"
UNCHANGED = "mlsnap, the same rows"
SAME_FILE = "mlsnap, snapshot of the same file"
DVC_FIRST = "one Parquet file, dvc add, dvc push"
DVC_SECOND = "the same, 1 % of rows appended"
BACK = "mlsnap, to_arrow_table"
DVC_BACK = "dvc pull, pq.read_table"

STORED = "mlsnap, from stored profiles"
TABLES = "mlsnap, from the two files"
ALONE = "mlsnap, comparing alone"
WHYLOGS_STORED = "whylogs, from stored profiles"
WHYLOGS_TABLES = "whylogs, from the two files"
EVIDENTLY = "Evidently's drift preset, from the two files"
COMMAND = "mlsnap compare RUN RUN"
OWN_IMPORT = "of which importing mlsnap's own modules"
ON_SERVER = "mlsnap, MLflow is a server"
ON_DATABASE = "mlsnap, MLflow is a database file"
DIFF = "mlsnap.diff"
READ_BOTH = "reading both, one after the other"
BY_NAME = "a snapshot by its name"
BY_DIGEST = "a snapshot by its digest"
LATEST = "the latest snapshot"
FEW_RUNS = "the runs of a snapshot that 5 used"
MANY_RUNS = "the runs of a snapshot that 1,000 used"
OVER_HTTP = ", MLflow is a server"
PAGE_FIRST = ", the first page of a process"
PAGE_OF_DATASETS = "500 datasets"
PAGE_OF_DATASET = "a dataset, its 1,000 snapshots"
PAGE_OF_SNAPSHOT = "a snapshot"
PAGE_OF_COMPARISON = "a comparison"
SEEN = "mlsnap, 20 columns"
SEEN_WIDE = "mlsnap, 500 columns"
SEEN_LARGE = "mlsnap, 20 columns of 6,250,000 rows"
REPRODUCED = "mlsnap reproduce"
FRESH = ", the environment is built first"

SCRIPTS = Path(__file__).parent / "contenders"


@dataclass(frozen=True)
class Contender:
    """Somebody who reads or profiles a file, as a whole process.

    ``script`` is in ``contenders/`` and gets the file's path and the ``arguments``. A ``peer`` runs
    in the environment of ``peers.txt``.
    """

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    peer: bool = False

    silent: ClassVar[bool] = False

    def process(self, python: Path, file: Path) -> list[str]:
        """The command that runs it with the interpreter ``python`` on ``file``."""
        return [str(python), str(SCRIPTS / self.script), str(file), *self.arguments]


@dataclass(frozen=True)
class Command:
    """A program beside the interpreter, which does not say what it computed."""

    name: str
    program: str
    arguments: tuple[str, ...] = ()

    peer: ClassVar[bool] = False
    silent: ClassVar[bool] = True

    def process(self, python: Path, file: Path) -> list[str]:
        """The command that runs it on ``file``."""
        return [str(python.with_name(self.program)), *self.arguments, str(file)]


@dataclass(frozen=True)
class Concern:
    """A table and those who are measured on it.

    The contender ``limit`` only reads. A ``small`` table is of one size at every scale.
    """

    name: str
    title: str
    file: str
    contenders: tuple[Contender | Command, ...]
    limit: str | None = None
    remark: str = ""
    small: bool = False


_MLSNAP = Contender(MLSNAP, "mlsnap_profile.py")
_NO_DIGEST = Contender(NO_DIGEST, "mlsnap_profile.py", ("no_digest",))
_DECODING = Contender(DECODING, "decode.py")
_READ_TABLE = Contender("pq.read_table", "read_table.py")
_CSV_READER = Contender(CSV_READER, "csv_reader.py")
_DUCKDB = Contender(DUCKDB, "duckdb_summarize.py")
_POLARS = Contender(POLARS, "polars_describe.py")
_PANDAS = Contender(PANDAS, "pandas_describe.py")
_PANDAS_MOMENTS = Contender(PANDAS_MOMENTS, "pandas_describe.py", ("moments",))
_WHYLOGS = Contender(WHYLOGS, "whylogs_log.py", peer=True)
_YDATA = Contender(YDATA, "ydata_minimal.py", peer=True)


def _copy(name: str, *arguments: str) -> Contender:
    return Contender(name, "mlsnap_copy.py", arguments)


def _dvc(name: str, *arguments: str) -> Contender:
    return Contender(name, "dvc_copy.py", arguments)


def _compare(name: str, *arguments: str) -> Contender:
    return Contender(name, "mlsnap_compare.py", arguments)


def _whylogs_drift(name: str, *arguments: str) -> Contender:
    return Contender(name, "whylogs_drift.py", arguments, peer=True)


def _links(name: str, what: str) -> tuple[Contender, ...]:
    """On a database file, and on a server."""
    return (
        Contender(name, "mlsnap_links.py", (what, "database")),
        Contender(name + OVER_HTTP, "mlsnap_links.py", (what, "server")),
    )


def _pages(name: str, what: str) -> tuple[Contender, ...]:
    """The first one of a process, and those that follow it."""
    return (
        Contender(name + PAGE_FIRST, "mlsnap_pages.py", (what, "first")),
        Contender(name, "mlsnap_pages.py", (what, "next")),
    )


_OURS = (_MLSNAP, _NO_DIGEST, _DECODING)
_PEERS = (_READ_TABLE, _DUCKDB, _POLARS)

CONCERNS = {
    concern.name: concern
    for concern in (
        Concern(
            "taxi",
            "Taxi trips, Parquet, 20 row groups",
            "taxi.parquet",
            (*_OURS, *_PEERS),
            DECODING,
            "pandas is measured on the slice of a million rows and on the wide table.",
        ),
        Concern(
            "taxi_5m",
            "Taxi trips, the first quarter of them",
            "taxi_5m.parquet",
            (*_OURS, *_PEERS),
            DECODING,
        ),
        Concern(
            "taxi_1m",
            "Taxi trips, the first twentieth of them",
            "taxi_1m.parquet",
            (*_OURS, *_PEERS, _PANDAS_MOMENTS, _WHYLOGS, _YDATA),
            DECODING,
            "whylogs and ydata-profiling are measured on this slice only, since they are slow, and "
            "with older libraries, since they do not import beside numpy 2 or pandas 3.",
        ),
        Concern(
            "wide",
            "500 columns of floats, Parquet",
            "wide.parquet",
            (*_OURS, *_PEERS, _PANDAS),
            DECODING,
        ),
        Concern(
            "strings",
            "Texts of high cardinality (UUID, e-mail, URL, name), Parquet",
            "strings.parquet",
            (*_OURS, *_PEERS),
            DECODING,
        ),
        Concern(
            "csv",
            "Taxi trips, CSV",
            "taxi.csv",
            (_MLSNAP, _NO_DIGEST, _CSV_READER, _DUCKDB, _POLARS),
            CSV_READER,
        ),
        Concern(
            "small",
            "A small Parquet file, process start included",
            "small.parquet",
            (
                Command(MLSNAP, "mlsnap", ("profile",)),
                _DECODING,
                _DUCKDB,
                _POLARS,
                _PANDAS_MOMENTS,
            ),
            DECODING,
            "mlsnap here is the command `mlsnap profile small.parquet`; the others are short "
            "scripts in Python.",
            small=True,
        ),
        Concern(
            "frame",
            "A small DataFrame in memory, one call after import",
            "small.parquet",
            (
                Contender(MLSNAP, "in_process.py", ("mlsnap",)),
                Contender(DUCKDB, "in_process.py", ("duckdb",)),
                Contender(POLARS, "in_process.py", ("polars",)),
                Contender(PANDAS_MOMENTS, "in_process.py", ("pandas",)),
            ),
            small=True,
            remark="Each figure is the median of 101 calls in a process of its own, and the "
            "median of these. Peak memory is of that process.",
        ),
        Concern(
            "copies",
            "Copies of a table in memory, in a DVC remote that is a folder",
            "taxi_5m.parquet",
            (
                _copy(FIRST, "first", "alone"),
                _copy(FIRST_WHOLE, "first"),
                _dvc(DVC_FIRST, "first"),
                _copy(SECOND, "appended", "alone"),
                _copy(SECOND_WHOLE, "appended"),
                _dvc(DVC_SECOND, "appended"),
                _copy(INSERTED, "inserted", "alone"),
                _copy(UPDATED, "updated", "alone"),
                _copy(UNCHANGED, "unchanged", "alone"),
                _copy(SAME_FILE, "file"),
            ),
            remark="The clock runs for the last copy only, where one was made before. A snapshot "
            "takes the profile, the digest and the record besides the copy. Peak memory is of "
            "the whole process, the table included.",
        ),
        Concern(
            "back",
            "A copy in a DVC remote that is a folder, read into memory",
            "taxi.parquet",
            (_copy(BACK, "back"), _dvc(DVC_BACK, "back")),
            remark="The clock runs for the reading only.",
        ),
        Concern(
            "compare",
            "The two halves of a table compared",
            "taxi_1m.parquet",
            (
                _compare(STORED, "stored"),
                _compare(TABLES, "tables"),
                _whylogs_drift(WHYLOGS_STORED, "stored"),
                _whylogs_drift(WHYLOGS_TABLES, "tables"),
                Contender(EVIDENTLY, "evidently_drift.py", peer=True),
            ),
            remark="Evidently needs the rows of both tables; mlsnap and whylogs compare stored "
            "profiles. The clock runs from the files, of profiles or of rows, to the result, all "
            "being imported. Peak memory is of the whole process.",
        ),
        Concern(
            "compare_wide",
            "The profiles of the two halves of 500 columns of floats compared",
            "wide.parquet",
            (_compare(ALONE, "profiles"),),
            remark="The profiles are in memory. Each figure is the median of 9 calls in a process "
            "of its own, and the median of these.",
        ),
        Concern(
            "command",
            "The data of two runs compared on the command line, start included",
            "small.parquet",
            (
                Contender(COMMAND, "mlsnap_command.py", ("whole",)),
                Contender(OWN_IMPORT, "mlsnap_command.py", ("own",)),
            ),
            remark="MLflow is a server on the same machine. Each figure is the median of 5 calls, "
            "and the median of these.",
            small=True,
        ),
        Concern(
            "drift",
            "The drift of 100 snapshots of 50 columns, as a table",
            "wide.parquet",
            (
                Contender(ON_SERVER, "mlsnap_drift.py", ("server",)),
                Contender(ON_DATABASE, "mlsnap_drift.py", ("database",)),
            ),
            remark="Nothing but names is known when the clock starts: the profiles are read from "
            "MLflow. All is imported.",
        ),
        Concern(
            "diff",
            "Two copies, the second with 1 % of rows appended: which rows differ",
            "taxi.parquet",
            (
                Contender(DIFF, "mlsnap_diff.py", ("diff",)),
                Contender(READ_BOTH, "mlsnap_diff.py", ("both",)),
            ),
            remark="The clock runs for the difference, or for reading. Peak memory is of the whole "
            "process, which took the snapshots.",
        ),
        Concern(
            "links",
            "Snapshots and the runs that used them, among 10,000 runs",
            "small.parquet",
            (
                *_links(BY_NAME, "name"),
                *_links(BY_DIGEST, "digest"),
                *_links(LATEST, "latest"),
                *_links(FEW_RUNS, "few"),
                *_links(MANY_RUNS, "many"),
            ),
            remark="One experiment holds the runs, of which half used one of 102 snapshots; each "
            "has 12 parameters and 10 metrics. Each figure is the median of 9 calls in a process "
            "of its own, and the median of these; MLflow is a database file where no server is "
            "named. The table counts for nothing.",
            small=True,
        ),
        Concern(
            "pages",
            "Pages beside MLflow's, of 1,000 snapshots of 500 columns",
            "small.parquet",
            (
                *_pages(PAGE_OF_DATASETS, "datasets"),
                *_pages(PAGE_OF_DATASET, "dataset"),
                *_pages(PAGE_OF_SNAPSHOT, "snapshot"),
                *_pages(PAGE_OF_COMPARISON, "comparison"),
            ),
            remark="What the server takes to make a page, MLflow being a database file: the first "
            "one of a process, or the median of 3 or 4 that follow it. Each snapshot and "
            "comparison is of data that was not shown before; the pages of lists are asked for "
            "again. The datasets are copies of one in the database, the snapshots of four. Peak "
            "memory is of the whole process. The table counts for nothing.",
            small=True,
        ),
        Concern(
            "seen_before",
            "What tracking adds to a training on data that was seen before",
            "small.parquet",
            (
                Contender(SEEN, "mlsnap_seen.py", ("20", "1000")),
                Contender(SEEN_WIDE, "mlsnap_seen.py", ("500", "1000")),
                Contender(SEEN_LARGE, "mlsnap_seen.py", ("20", "6250000")),
            ),
            remark="A call of a tracked function, less one that logs the same parameter and metric "
            "with MLflow itself, less hashing its rows and, where they are 1,000, profiling them: "
            "the median of 15 calls, or of 5 on 1 GB. MLflow is a server on this machine, and the "
            "code is in a git repository that has no remote. The table counts for nothing.",
            small=True,
        ),
        Concern(
            "reproduce",
            "The demo's training made again in an isolated environment",
            "small.parquet",
            (
                Contender(REPRODUCED, "mlsnap_reproduce.py", ("again",)),
                Contender(REPRODUCED + FRESH, "mlsnap_reproduce.py", ("first",)),
            ),
            remark="The command line from its start to its end, from an empty folder; it ends with "
            "0 if the outcome is identical. CPU is of all its processes. Where the environment is "
            "built first, uv has the packages in its cache. The table counts for nothing.",
            small=True,
        ),
    )
}
