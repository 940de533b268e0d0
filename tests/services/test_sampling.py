"""Some rows of a table, by each of the strategies."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.errors import DataIntegrityError, NotFoundError
from mlsnap.services.datasets import Dataset
from mlsnap.services.sampling import sample

ROWS = 2000
TABLE = pa.table(
    {"x": range(ROWS), "side": ["left", "right", None, "left"] * (ROWS // 4)},
)
SEEDS = st.integers(0, 2**32)


@given(st.integers(-5, ROWS + 5))
def test_top_n_is_the_beginning(count: int) -> None:
    assert sample(TABLE, "top_n", {"n": count}).equals(TABLE.slice(0, max(count, 0)))


@given(st.floats(0, 1), SEEDS)
def test_a_seed_gives_the_same_rows_in_their_order(probability: float, seed: int) -> None:
    arguments = {"probability": probability, "seed": seed}

    drawn = sample(TABLE, "simple_random", arguments)

    assert drawn.equals(sample(TABLE, "simple_random", arguments))
    assert drawn["x"].to_pylist() == sorted(set(drawn["x"].to_pylist()))


@given(SEEDS)
def test_a_random_sample_has_about_its_share_of_rows(seed: int) -> None:
    drawn = sample(TABLE, "simple_random", {"probability": 0.5, "seed": seed})

    assert abs(drawn.num_rows - ROWS / 2) < 6 * (ROWS * 0.25) ** 0.5


@given(SEEDS)
def test_each_stratum_has_its_own_share_and_others_are_left_out(seed: int) -> None:
    fractions = {("left",): 0.25, (None,): 1.0}

    drawn = sample(TABLE, "stratified", {"columns": ["side"], "fractions": fractions, "seed": seed})

    sides = drawn["side"].to_pylist()
    assert sides.count(None) == ROWS / 4
    assert sides.count("right") == 0
    assert abs(sides.count("left") - ROWS / 8) < 6 * (ROWS / 2 * 0.1875) ** 0.5


def test_an_unknown_strategy_is_named_with_those_near_it() -> None:
    with pytest.raises(NotFoundError, match="no sampling strategy 'top'; near names: 'top_n'\nHin"):
        sample(TABLE, "top", {"n": 1})


def test_an_unknown_column_is_named_with_those_near_it() -> None:
    with pytest.raises(
        NotFoundError, match="no column 'sid'; near names: 'side'\nHint: columns ar"
    ):
        sample(TABLE, "stratified", {"columns": ["sid"], "fractions": {}})


def test_a_snapshot_shows_rows_of_its_copy_or_of_the_unchanged_source(wine: Dataset) -> None:
    frame = pd.DataFrame({"x": [1, 2, 3]})
    kept = wine.create_snapshot("x", data=frame, create_data_snapshot=True)
    frame.to_csv("wine.csv", index=False)
    wine.update_definition("wine.csv", "a file now")
    bare = wine.create_snapshot("y")

    assert kept.head(2)["x"].tolist() == bare.head(2)["x"].tolist() == [1, 2]
    frame.head(1).to_csv("wine.csv", index=False)
    assert kept.head(2)["x"].tolist() == [1, 2]
    with pytest.raises(DataIntegrityError, match="is not what wine@y recorded"):
        bare.head(2)
