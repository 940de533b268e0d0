"""Limits that nobody set cry no wolf over two random halves of a table, and see real changes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import mlsnap
from mlsnap.comparing.profiles import compare_profiles
from mlsnap.data.sources import define, open_source
from mlsnap.errors import SourceError
from mlsnap.values.checks import Check
from mlsnap.values.profile import Profile

PAIRS = 100
TABLES = "MLSNAP_TABLES"


def generated(rows: int, *, seed: int = 0) -> pa.Table:
    """Heavy tails, ties, many and few texts, sparse nulls, dates, a rare flag."""
    random = np.random.default_rng(seed)
    day = random.integers(0, 400, rows).astype("datetime64[D]")
    return pa.table(
        {
            "cauchy": random.standard_cauchy(rows),
            "zipf": random.zipf(1.6, rows),
            "name": np.char.add("n", random.integers(0, rows, rows).astype(str)),
            "town": random.choice(["a", "b", "c", "d", "e"], rows, p=[0.5, 0.3, 0.1, 0.06, 0.04]),
            "sparse": pa.array(random.lognormal(size=rows), mask=random.random(rows) < 0.07),
            "day": day,
            "rare": random.random(rows) < 0.02,
        }
    )


def wide(columns: int, rows: int) -> pa.Table:
    random = np.random.default_rng(1)
    return pa.table({f"x{i}": random.gamma(0.5, size=rows) for i in range(columns)})


def tumours() -> pa.Table:
    """569 rows of 4 measurements and a class, from the data that scikit-learn comes with."""
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        pytest.skip("scikit-learn is not installed")
    file = Path(package.origin).parent / "datasets" / "data" / "breast_cancer.csv"
    cells = np.loadtxt(file, delimiter=",", skiprows=1)
    return pa.table({str(i): cells[:, i] for i in (*range(4), 30)})


def rows_of(table: pa.Table, positions: np.ndarray) -> pa.Table:
    return table.take(pa.array(np.sort(positions)))


def parts(table: pa.Table, number: int, *, seed: int = 0) -> list[Profile]:
    """Profiles of parts that a table is randomly cut into."""
    order = np.random.default_rng(seed).permutation(len(table))
    return [mlsnap.profile(rows_of(table, part)) for part in np.array_split(order, number)]


def checked(reference: Profile, current: Profile) -> Check:
    return compare_profiles(reference, current, histogram_compare_method=None).check()


def alarms(pairs: Iterable[tuple[Profile, Profile]]) -> list[str]:
    """What is said of each pair that raises any alarm."""
    return [str(found.exceeded[0]) for pair in pairs if not (found := checked(*pair))]


def halves(table: pa.Table) -> Iterator[tuple[Profile, Profile]]:
    for seed in range(PAIRS):
        first, second = parts(table, 2, seed=seed)
        yield first, second


@pytest.mark.parametrize("rows", [60, 500, 5000])
def test_parts_of_a_table_raise_no_alarm(rows: int) -> None:
    pairs = list(combinations(parts(generated(15 * rows), 15), 2))
    assert len(pairs) >= PAIRS
    assert len(alarms(pairs)) <= 1


def test_parts_of_a_wide_table_raise_no_alarm() -> None:
    assert not alarms(combinations(parts(wide(119, 1200), 6), 2))


def test_random_halves_of_a_real_table_raise_no_alarm() -> None:
    assert len(alarms(halves(tumours()))) <= 1


def real_tables() -> Iterator[pa.Table]:
    for file in sorted(Path(os.environ[TABLES]).iterdir()):
        options = {"encoding": "cp1252"} if "1252" in file.name else {}
        try:
            yield open_source(define(str(file), options=options)).given_to(
                lambda rows: rows.table()
            )
        except (SourceError, OSError):
            continue  # no table


@pytest.mark.skipif(TABLES not in os.environ, reason=f"{TABLES} names no folder of tables")
def test_random_halves_of_the_tables_in_a_folder_raise_no_alarm() -> None:
    for table in real_tables():
        assert len(alarms(halves(table))) <= 1


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return generated(5000, seed=3)


def changed(table: pa.Table, column: str, values: object) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, pa.array(values))


def exceeded(reference: pa.Table, current: pa.Table) -> list[tuple[str | None, str]]:
    found = checked(mlsnap.profile(reference), mlsnap.profile(current))
    return [(each.column, each.measure) for each in found.exceeded]


def test_a_column_shifted_by_half_a_deviation_is_an_alarm(table: pa.Table) -> None:
    normal = np.random.default_rng(4).normal(10.0, 2.0, len(table))
    before, after = changed(table, "zipf", normal), changed(table, "zipf", normal + 1.0)
    assert exceeded(before, after) == [("zipf", "kolmogorov_smirnov")]


def test_a_doubled_category_is_an_alarm(table: pa.Table) -> None:
    towns = table["town"].to_numpy()
    other = np.flatnonzero(towns == "a")[: int((towns == "b").sum())]
    doubled = towns.copy()
    doubled[other] = "b"
    assert exceeded(table, changed(table, "town", doubled)) == [("town", "total_variation")]


def test_nulls_that_appear_are_an_alarm(table: pa.Table) -> None:
    missing = np.arange(len(table)) % 10 == 0
    fewer = pa.array(table["cauchy"].to_numpy(), mask=missing)
    assert exceeded(table, changed(table, "cauchy", fewer)) == [("cauchy", "percent_missing")]


def test_an_added_column_is_an_alarm(table: pa.Table) -> None:
    more = table.append_column("new", table["rare"])
    assert exceeded(table, more) == [("new", "added")]
