"""Some rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, SupportsIndex

import numpy as np
import pandas as pd
import pyarrow as pa

from mlsnap.data import carriers
from mlsnap.data.rows import Rows
from mlsnap.errors import NotFoundError, near

Seed = int | np.random.Generator | None


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Rows as a frame in which integers with nulls among them stay integers."""
    frame: pd.DataFrame = carriers.decode(table, None)
    return frame


def sample(table: pa.Table, strategy: str, arguments: Mapping[str, Any]) -> pa.Table:
    """Rows of ``table`` in their order, chosen by a strategy of `STRATEGIES`.

    Raises
    ------
    NotFoundError
        If the strategy or a column is not known.
    """
    if strategy not in STRATEGIES:
        raise NotFoundError(
            f"no sampling strategy {strategy!r}{near(strategy, STRATEGIES)}",
            f"strategies are {', '.join(STRATEGIES)}",
        )
    return STRATEGIES[strategy](table, **arguments)


def rows_needed(strategy: str, arguments: Mapping[str, Any]) -> int | None:
    """How many rows of the beginning the sample is made of; ``None`` for all."""
    count = arguments.get("n") if strategy == "top_n" else None
    return max(int(count), 0) if isinstance(count, SupportsIndex) else None


def sample_rows(rows: Rows, strategy: str, arguments: Mapping[str, Any]) -> pa.Table:
    """The same of rows that are still to be read; only those of the sample are held."""
    needed = rows_needed(strategy, arguments)
    if needed is not None:
        return sample(rows.given_to(partial(_first, count=needed)), strategy, arguments)
    return rows.given_to(partial(_drawn, strategy=strategy, arguments=arguments))


def _first(rows: Rows, count: int) -> pa.Table:
    """The first ``count`` rows, and maybe some more."""
    batches: list[pa.RecordBatch] = []
    for batch in rows.batches:
        batches.append(batch)
        if sum(each.num_rows for each in batches) >= count:
            break
    return pa.Table.from_batches(batches, rows.schema)


def _drawn(rows: Rows, strategy: str, arguments: Mapping[str, Any]) -> pa.Table:
    """The sample, batch by batch: the draws go on from one to the next."""
    drawing = {**arguments, "seed": np.random.default_rng(arguments.get("seed"))}
    kept = [sample(rows.schema.empty_table(), strategy, drawing)]
    for batch in rows.batches:
        kept.append(sample(pa.Table.from_batches([batch]), strategy, drawing))
    rows.check()
    return pa.concat_tables(kept)


def top_n(table: pa.Table, n: int) -> pa.Table:
    """The first ``n`` rows."""
    return table.slice(0, max(n, 0))


def simple_random(table: pa.Table, probability: float, seed: Seed = None) -> pa.Table:
    """Each row with the same ``probability`` (0-1)."""
    return table.filter(pa.array(_draw(table.num_rows, seed) < probability))


def stratified(
    table: pa.Table,
    columns: Sequence[str],
    fractions: Mapping[tuple[Any, ...], float],
    seed: Seed = None,
) -> pa.Table:
    """Each row with the probability that ``fractions`` gives its values in ``columns``.

    Strata that ``fractions`` does not name are left out.
    """
    for name in columns:
        if name not in table.column_names:
            raise NotFoundError(
                f"no column {name!r}{near(name, table.column_names)}",
                f"columns are {', '.join(table.column_names)}",
            )
    strata, positions = _strata(table, columns)
    shares = np.array([fractions.get(stratum, 0.0) for stratum in strata], dtype=float)
    return table.filter(pa.array(_draw(table.num_rows, seed) < shares[positions]))


STRATEGIES: dict[str, Callable[..., pa.Table]] = {
    "top_n": top_n,
    "simple_random": simple_random,
    "stratified": stratified,
}
"""The ways to sample, by name."""


def _draw(rows: int, seed: Seed) -> Any:
    return np.random.default_rng(seed).random(rows)


def _strata(table: pa.Table, columns: Sequence[str]) -> tuple[list[tuple[Any, ...]], Any]:
    """The distinct combinations of values, and which of them each row has."""
    numbered = table.select(list(columns)).append_column("", pa.array(range(table.num_rows)))
    grouped = numbered.group_by(list(columns), use_threads=False).aggregate([("", "list")])
    strata = [tuple(row[name] for name in columns) for row in grouped.to_pylist()]
    positions = np.zeros(table.num_rows, dtype=np.int64)
    for number, rows in enumerate(grouped.column("_list")):
        positions[rows.values.to_numpy()] = number
    return strata, positions
