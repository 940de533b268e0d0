"""The profile of a Spark frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, chain
from typing import Any

import pyarrow as pa

from mlsnap.data.carriers.spark import arrow_schema, in_schema, map_in_arrow, numbered
from mlsnap.data.carriers.spark_failures import failures
from mlsnap.data.digest import Digest
from mlsnap.errors import SourceError
from mlsnap.spark.merging import changed, profile_of
from mlsnap.spark.records import COLUMNS, Plan, as_batches, summarise
from mlsnap.values.profile import Profile


def is_frame(value: object) -> bool:
    """Whether ``value`` is a Spark frame; Spark is not imported for that."""
    return any(
        each.__name__ == "DataFrame" and each.__module__.startswith("pyspark.sql.")
        for each in type(value).__mro__
    )


def profile_frame(frame: Any, *, budget: int, semantic_types: bool = False) -> Profile:
    """The profile of a Spark frame, made where its rows are.

    The frame is kept on the executors' disks meanwhile: where a row stands is known only when
    the rows of the partitions before it are counted, and a second computation of the frame may
    have them in another order.

    Parameters
    ----------
    budget
        Bytes that a partial profile may take in memory.
    semantic_types
        Whether to look for e-mail addresses and the like among texts.

    Raises
    ------
    SourceError
        If a column has a type that Arrow has not, or Spark fails.
    """
    schema = arrow_schema(frame.schema)
    if not schema.names:
        return Profile((), 0, Digest(schema).hexdigest())
    _refuse_remote(frame)
    with failures():
        return _profile(frame, Plan(schema, 0, budget, semantic_types))


def _profile(frame: Any, plan: Plan) -> Profile:
    from pyspark import StorageLevel

    kept = numbered(frame)
    is_ours = not (kept.storageLevel.useDisk or kept.storageLevel.useMemory)
    if is_ours:
        kept.persist(StorageLevel.DISK_ONLY)
    try:
        counts = _rows_by_partition(kept)
        starts = dict(zip(counts, accumulate(counts.values(), initial=0), strict=False))
        plan = replace(plan, row_count=sum(counts.values()))
        records = map_in_arrow(kept, _summariser(plan, starts), COLUMNS).rdd
        return profile_of(records, plan)
    finally:
        if is_ours:
            kept.unpersist()


def _rows_by_partition(frame: Any) -> dict[int, int]:
    """Rows of each partition that has any, in the partitions' order."""
    from pyspark.sql.functions import spark_partition_id

    counted = frame.groupBy(spark_partition_id().alias("partition")).count().collect()
    return dict(sorted((row["partition"], row["count"]) for row in counted))


def _summariser(plan: Plan, starts: dict[int, int]) -> Any:
    """What each partition does with its batches; ``starts`` has the first row of each."""

    def of_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None
        number = context.partitionId()
        rows = (batch for batch in in_schema(batches, plan.schema) if batch.num_rows)
        first = next(rows, None)
        if first is None:
            return
        if number not in starts:
            raise changed()
        found = summarise(chain([first], rows), plan, start=starts[number], source=number)
        yield from as_batches(found)

    return of_partition


def _refuse_remote(frame: Any) -> None:
    if ".connect." in type(frame).__module__:
        raise SourceError(
            "a frame of a Spark Connect session cannot be profiled: it has no way to the executors",
            "use a classic Spark session, or write the frame to Parquet and name the folder",
        )
