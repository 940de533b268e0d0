"""Spark frames: profiled where their rows are, with the profile and digest of the same rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

import mlsnap
from mlsnap.data import carriers
from mlsnap.data.layout import plain_table
from mlsnap.errors import SourceError

EVERY_TYPE = """
select * from values
  (1, 1Y, 2S, 9007199254740993L, 1.5D, 2.5F, 1.25BD, 'a', X'01', true, date'2020-01-01',
   timestamp'2020-01-01 12:00:00', timestamp_ntz'2020-01-01 12:00:00', interval 1 day,
   array(1, null), map('k', timestamp'2020-01-01 12:00:00'), struct(1, 'y'), null),
  (null, null, null, null, null, null, null, null, null, null, null,
   null, null, null, null, null, null, null),
  (-1, 2Y, 3S, -9007199254740993L, double('nan'), float('-inf'), -0.05BD, '', X'', false,
   date'1020-01-01', timestamp'1920-06-01 12:00:00.000001', timestamp_ntz'1920-01-01 12:00:00',
   interval -1 day 2 seconds, array(), map(), struct(null, null), null)
as t(i, `a.b`, s, l, d, f, dec, text, bytes, b, day, instant, ntz, span, list, map, row, nothing)
"""


def test_a_frame_of_every_type_is_what_its_arrow_table_is(spark: Any) -> None:
    frame = spark.sql(EVERY_TYPE)

    assert mlsnap.profile(frame) == mlsnap.profile(frame.toArrow())


def test_a_frame_of_numbers_is_what_the_arrow_table_of_the_same_values_is(spark: Any) -> None:
    frame = spark.createDataFrame([(1, None), (2, float("nan"))], "n int, x double")
    columns = {"n": pa.array([1, 2], pa.int32()), "x": pa.array([None, float("nan")])}

    assert mlsnap.profile(frame) == mlsnap.profile(pa.table(columns))


def test_blocks_that_lie_in_several_partitions_are_hashed_as_one(spark: Any) -> None:
    frame = spark.range(0, 300_000, 1, 7).selectExpr("id", "id % 1000 / 7 as x", "'v' || id as v")
    with_empty_ones = frame.where("id < 42857 or id > 128570")

    for each in (frame, with_empty_ones):
        ids = [row.id for row in each.select("id").toLocalIterator()]
        columns = {"id": ids, "x": [n % 1000 / 7 for n in ids], "v": [f"v{n}" for n in ids]}
        assert mlsnap.profile(each) == mlsnap.profile(pa.table(columns))


def test_many_small_partitions_are_merged_to_one_profile(spark: Any) -> None:
    frame = spark.range(0, 200, 1, 12)

    assert mlsnap.profile(frame) == mlsnap.profile(pa.table({"id": range(200)}))


@pytest.mark.parametrize("condition", ["id < 0", "id = 3"])
def test_no_row_and_one_row_have_their_profiles(spark: Any, condition: str) -> None:
    frame = spark.range(0, 10, 1, 3).where(condition)

    assert mlsnap.profile(frame) == mlsnap.profile(frame.toArrow())


def test_columns_of_one_name_are_told_apart(spark: Any) -> None:
    frame = spark.range(3).selectExpr("id as a", "id + 1 as a")

    profile = mlsnap.profile(frame)

    assert profile.names == ["a", "a.1"]
    assert (profile["a"].max, profile["a.1"].max) == (2, 3)


def test_a_frame_without_columns_has_an_empty_profile(spark: Any) -> None:
    assert mlsnap.profile(spark.range(3).select()) == mlsnap.profile(pa.table({}))


def test_nothing_is_collected(spark: Any) -> None:
    frame = spark.range(0, 1_500_000, 1, 6).selectExpr("id", "sha2(string(id % 1000), 256) as v")
    with pytest.raises(Exception, match="maxResultSize"):  # Spark raises what Java raised
        frame.toArrow()

    profile = mlsnap.profile(frame)

    assert profile.row_count == 1_500_000
    assert (profile["id"].min, profile["id"].max) == (0, 1_499_999)
    assert profile["v"].distinct_count == 1000


def test_beyond_the_memory_budget_the_summary_is_the_local_one(
    spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLSNAP_MEMORY_BUDGET", "16MiB")

    profile = mlsnap.profile(spark.range(0, 700_000, 1, 4))

    assert not profile["id"].distinct_exact
    assert profile == mlsnap.profile(pa.table({"id": range(700_000)}))


def test_a_frame_computed_at_random_is_computed_once(spark: Any) -> None:
    def some_rows(_: int) -> Iterator[tuple[float]]:
        for _ in range(random.randrange(1000, 2000)):
            yield (random.random(),)

    rows = spark.sparkContext.range(0, 4, 1, 4).flatMap(some_rows)
    frame = spark.createDataFrame(rows, "x double")

    assert 4000 <= mlsnap.profile(frame).row_count < 8000


def test_nothing_stays_behind_and_what_the_user_keeps_is_kept(spark: Any) -> None:
    kept = spark.range(0, 100, 1, 3).cache()
    kept.count()

    mlsnap.profile(kept)

    assert spark.sparkContext._jsc.getPersistentRDDs().size() == 1
    assert kept.is_cached
    kept.unpersist()


def test_a_type_that_arrow_has_not_is_named(spark: Any) -> None:
    frame = spark.sql("select interval 1 month as rent")

    with pytest.raises(SourceError, match="column 'rent' has the Spark type interval month") as e:
        mlsnap.profile(frame)

    assert "cast it to text" in e.value.hint


def test_a_failing_executor_is_one_clear_error(spark: Any) -> None:
    frame = spark.range(0, 10, 1, 2).selectExpr("raise_error('row ' || id || ' is bad') as x")

    with pytest.raises(SourceError, match=r"^Spark failed: .* is bad"):
        mlsnap.profile(frame)


def test_a_frame_comes_back_with_its_types_from_stored_rows(spark: Any) -> None:
    frame = spark.sql(EVERY_TYPE)
    rows = carriers.encode(frame)
    carrier = rows.carrier

    back = carriers.decode(plain_table(rows.table()), carrier)

    assert [each.dataType.typeName() for each in back.schema] == [
        each.dataType.typeName() for each in frame.schema
    ]
    assert back.columns == frame.columns
    assert mlsnap.profile(back) == mlsnap.profile(frame.toArrow())
