"""The profile of Parquet files, read by Spark's executors as mlsnap itself reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from mlsnap.data.carriers import spark_sessions
from mlsnap.data.carriers.spark_failures import failures
from mlsnap.data.digest import BLOCK
from mlsnap.data.formats import parquet
from mlsnap.data.rows import BATCH_ROWS, Rows
from mlsnap.data.sources import base_of, files_of, open_source
from mlsnap.errors import SourceError
from mlsnap.spark.merging import profile_of
from mlsnap.spark.records import Plan, Record, summarise
from mlsnap.values.profile import Profile
from mlsnap.values.snapshot import Definition

_TASKS_PER_CORE = 4


@dataclass(frozen=True)
class Task:
    """Neighbouring row groups that one executor reads, and the first row of the table in them."""

    number: int
    start: int
    fragments: tuple[Any, ...]


def profile_files(
    definition: Definition, *, budget: int, semantic_types: bool = False
) -> tuple[Profile, Rows]:
    """The profile of the Parquet files that a definition names, and the rows as they were opened.

    The executors must see the files under the same paths. Spark's own reader takes no part, so
    that types, profile and digest are those of a local reading.

    Parameters
    ----------
    budget
        Bytes that a partial profile may take in memory.
    semantic_types
        Whether to look for e-mail addresses and the like among texts.

    Raises
    ------
    SourceError
        If the source is another one, cannot be read, changes meanwhile, or Spark fails.
    """
    _check(definition)
    rows = open_source(definition)
    groups = list(parquet.row_groups(files_of(definition), base=base_of(definition)))
    plan = Plan(rows.schema, sum(count for _, count in groups), budget, semantic_types)
    context = spark_sessions.active().sparkContext
    tasks = _tasks(groups, plan.row_count // (context.defaultParallelism * _TASKS_PER_CORE))
    with failures():
        records = context.parallelize(tasks, max(1, len(tasks))).flatMap(_reader(plan))
        profile = profile_of(records, plan)
    rows.check()
    return profile, rows


def _check(definition: Definition) -> None:
    """Refuse what executors cannot read piece by piece."""
    if definition.format != "parquet" or definition.steps:
        what = "transformed by steps" if definition.steps else f"{definition.format or 'no'} files"
        raise SourceError(
            f"Spark cannot read {definition.source!r}: it takes Parquet files as they are, and "
            f"this source is {what}",
            'read it with compute_target="local", or hand over a Spark frame',
        )


def _tasks(groups: Sequence[tuple[Any, int]], rows: int) -> list[Task]:
    """Runs of row groups of at least ``rows`` rows, and of at least one block."""
    tasks: list[Task] = []
    start = position = 0
    waiting: list[Any] = []
    for fragment, count in groups:
        waiting.append(fragment)
        position += count
        if position - start >= max(rows, BLOCK):
            tasks.append(Task(len(tasks), start, tuple(waiting)))
            start, waiting = position, []
    return [*tasks, Task(len(tasks), start, tuple(waiting))] if waiting else tasks


def _reader(plan: Plan) -> Any:
    def read(task: Task) -> Iterator[Record]:
        batches = (batch for each in task.fragments for batch in _batches(each, plan.schema))
        return summarise(batches, plan, start=task.start, source=task.number)

    return read


def _batches(fragment: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        yield from fragment.to_batches(schema=schema, columns=schema.names, batch_size=BATCH_ROWS)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"a Spark executor cannot read {fragment.path}: {error}",
            "the executors must see the same files under the same paths, unchanged",
        ) from error
