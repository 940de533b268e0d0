"""What the engine is to reach on a machine of two cores. Nothing is asserted: it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from concerns import (
    ALONE,
    BACK,
    BY_DIGEST,
    BY_NAME,
    COMMAND,
    CSV_READER,
    DECODING,
    DIFF,
    DUCKDB,
    DVC_BACK,
    DVC_FIRST,
    DVC_SECOND,
    FEW_RUNS,
    FIRST,
    INSERTED,
    LATEST,
    MANY_RUNS,
    MLSNAP,
    NO_DIGEST,
    ON_DATABASE,
    ON_SERVER,
    OWN_IMPORT,
    PAGE_FIRST,
    PAGE_OF_COMPARISON,
    PAGE_OF_DATASET,
    PAGE_OF_DATASETS,
    PAGE_OF_SNAPSHOT,
    PANDAS,
    POLARS,
    READ_BOTH,
    REPRODUCED,
    SAME_FILE,
    SECOND,
    SEEN,
    SEEN_LARGE,
    UNCHANGED,
    UPDATED,
)
from results import Result


@dataclass(frozen=True, kw_only=True)
class Target:
    """A figure of a contender that is to be at most ``limit``.

    With ``over``, the figure divided by that of another contender; with ``above``, less that of
    another one. ``remark`` says what stands in the way where it is not reached.
    """

    text: str
    concern: str
    figure: str
    limit: float
    of: str = MLSNAP
    over: str | None = None
    above: str | None = None
    remark: str = ""

    def measured(self, results: Mapping[str, Result]) -> float | None:
        """The figure; ``None`` where it was not measured."""
        if self.concern not in results:
            return None
        rounds = results[self.concern].rounds
        if self.over:
            return rounds.ratio(self.of, self.over, self.figure)
        if self.above:
            return rounds.difference(self.of, self.above, self.figure)
        return rounds.median(self.of, self.figure)

    def verdict(self, results: Mapping[str, Result]) -> str:
        """Reached or not reached, or that it was not measured."""
        measured = self.measured(results)
        if measured is None:
            return "not measured"
        return "reached" if measured <= self.limit else "**not reached**"


_DRIFT = (
    "half of it is comparing 5,000 pairs of columns; most of the rest is reading 54 MB of JSON, of "
    "which the means of empty intervals make 600,000 small objects. Columns of floats only are "
    "the worst case"
)

_PAGES = {
    PAGE_OF_DATASETS: 0.5,
    PAGE_OF_DATASET: 0.5,
    PAGE_OF_SNAPSHOT: 0.6,
    PAGE_OF_COMPARISON: 0.6,
}
"""Wall seconds that a page may take."""

TARGETS = (
    Target(
        text="taxi: CPU of the profile with its digest, over decoding",
        concern="taxi",
        figure="cpu",
        over=DECODING,
        limit=2.2,
        remark="SHA-256 of the 3 GB of values alone takes a third of the time of decoding",
    ),
    Target(
        text="taxi: CPU without the digest, over decoding",
        concern="taxi",
        figure="cpu",
        of=NO_DIGEST,
        over=DECODING,
        limit=1.9,
    ),
    Target(
        text="taxi, first quarter: CPU with the digest, over decoding",
        concern="taxi_5m",
        figure="cpu",
        over=DECODING,
        limit=2.6,
    ),
    Target(
        text="taxi: wall time over DuckDB SUMMARIZE",
        concern="taxi",
        figure="wall",
        over=DUCKDB,
        limit=0.25,
    ),
    Target(
        text="taxi: wall time over Polars describe",
        concern="taxi",
        figure="wall",
        over=POLARS,
        limit=0.5,
    ),
    Target(text="taxi: peak memory in MiB", concern="taxi", figure="peak", limit=1024),
    Target(
        text="wide: wall time over pandas describe",
        concern="wide",
        figure="wall",
        over=PANDAS,
        limit=0.25,
    ),
    Target(
        text="strings: wall time over decoding",
        concern="strings",
        figure="wall",
        over=DECODING,
        limit=1.5,
    ),
    Target(
        text="strings: wall time over DuckDB SUMMARIZE",
        concern="strings",
        figure="wall",
        over=DUCKDB,
        limit=1.0,
    ),
    Target(
        text="csv: wall time over the CSV reader",
        concern="csv",
        figure="wall",
        over=CSV_READER,
        limit=1.3,
    ),
    Target(
        text="frame: wall seconds of a profile",
        concern="frame",
        figure="wall",
        limit=0.015,
    ),
    Target(
        text="small: wall seconds of `mlsnap profile` more than DuckDB's",
        concern="small",
        figure="wall",
        above=DUCKDB,
        limit=0.2,
    ),
    Target(
        text="copies, 1 % of rows appended: bytes sent over those of the first copy",
        concern="copies",
        figure="sent",
        of=SECOND,
        over=FIRST,
        limit=0.03,
    ),
    Target(
        text="copies, 100 rows at the head: bytes sent over those of the first copy",
        concern="copies",
        figure="sent",
        of=INSERTED,
        over=FIRST,
        limit=0.04,
    ),
    Target(
        text="copies, 0.1 % of rows updated: bytes sent over those of the first copy",
        concern="copies",
        figure="sent",
        of=UPDATED,
        over=FIRST,
        limit=0.05,
    ),
    Target(
        text="copies, the same rows: MiB sent (the reference, and no part)",
        concern="copies",
        figure="sent",
        of=UNCHANGED,
        limit=0.001,
    ),
    Target(
        text="copies, first: wall time over one Parquet file with dvc add and push",
        concern="copies",
        figure="wall",
        of=FIRST,
        over=DVC_FIRST,
        limit=1.5,
    ),
    Target(
        text="copies, 1 % of rows appended: wall time over the same with DVC",
        concern="copies",
        figure="wall",
        of=SECOND,
        over=DVC_SECOND,
        limit=0.333,
    ),
    Target(
        text="copies, same file: wall seconds of a snapshot with a copy",
        concern="copies",
        figure="wall",
        of=SAME_FILE,
        limit=0.5,
    ),
    Target(
        text="back: wall time over dvc pull and pq.read_table",
        concern="back",
        figure="wall",
        of=BACK,
        over=DVC_BACK,
        limit=1.3,
    ),
    Target(
        text="compare_wide: CPU seconds of all distances of 500 columns",
        concern="compare_wide",
        figure="cpu",
        of=ALONE,
        limit=0.15,
        remark="some 0.4 ms a column, in many small NumPy calls: curves of some 300 points each, "
        "laid over one grid, and nine distances of them",
    ),
    Target(
        text="command: wall seconds of `mlsnap compare RUN RUN`",
        concern="command",
        figure="wall",
        of=COMMAND,
        limit=2.0,
    ),
    Target(
        text="command: seconds of importing mlsnap's own modules",
        concern="command",
        figure="wall",
        of=OWN_IMPORT,
        limit=0.4,
    ),
    Target(
        text="drift: wall seconds, MLflow is a server",
        concern="drift",
        figure="wall",
        of=ON_SERVER,
        limit=3.0,
        remark=_DRIFT,
    ),
    Target(
        text="drift: wall seconds, MLflow is a database file",
        concern="drift",
        figure="wall",
        of=ON_DATABASE,
        limit=3.0,
        remark=_DRIFT,
    ),
    Target(
        text="diff: wall time over reading both copies",
        concern="diff",
        figure="wall",
        of=DIFF,
        over=READ_BOTH,
        limit=0.1,
    ),
    *(
        Target(
            text=f"links: wall seconds to find {what}",
            concern="links",
            figure="wall",
            of=what,
            limit=0.5,
        )
        for what in (BY_NAME, BY_DIGEST, LATEST, FEW_RUNS, MANY_RUNS)
    ),
    *(
        Target(
            text=f"pages: wall seconds of {name}",
            concern="pages",
            figure="wall",
            of=name,
            limit=limit,
        )
        for page, limit in _PAGES.items()
        for name in (page + PAGE_FIRST, page)
    ),
    Target(
        text="seen_before: wall seconds that tracking adds",
        concern="seen_before",
        figure="wall",
        of=SEEN,
        limit=0.1,
    ),
    Target(
        text="seen_before: wall seconds that tracking adds on 1 GB",
        concern="seen_before",
        figure="wall",
        of=SEEN_LARGE,
        limit=0.5,
    ),
    Target(
        text="reproduce: wall seconds of the demo, environment cached",
        concern="reproduce",
        figure="wall",
        of=REPRODUCED,
        limit=15,
    ),
)
