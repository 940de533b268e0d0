"""Limits as they are written, and differences held against them."""

from __future__ import annotations

import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.errors import ConfigError, LimitExceededError, NotFoundError
from mlsnap.values.checks import Check, Exceeded, Undecided
from mlsnap.values.difference import (
    NO_BASE,
    ColumnDifference,
    Difference,
    Distance,
    Moments,
    Retyped,
)
from mlsnap.values.drift import Drift, DriftStep
from mlsnap.values.limits import parse_limit, split_limits

AXIS = "text has no order to measure along"


def numbers(name: str = "age", **fields: Any) -> ColumnDifference:
    changed = {
        "not_missing_in_percent": 0.0,
        "percent_missing": 0.03,
        "quantiles": (0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 9.0),
        "moments": Moments(mean=-6.0, skewness=math.nan),
        "distances": {
            "wasserstein": Distance(6.0, 0.5),
            "kolmogorov_smirnov": Distance(0.3),
            "total_variation": Distance(0.2),
        },
    }
    return ColumnDifference(name=name, type="INTEGER", **{**changed, **fields})


def texts(name: str = "town", **fields: Any) -> ColumnDifference:
    distances = {
        "wasserstein": Distance(None, reason=AXIS),
        "kolmogorov_smirnov": Distance(None, reason=AXIS),
        "total_variation": Distance(None, reason="some values", lower=0.1, upper=0.6),
    }
    return ColumnDifference(name=name, type="STRING", **{"distances": distances, **fields})


def between(*columns: ColumnDifference, **fields: Any) -> Difference:
    return Difference(
        **{
            "reference": "a",
            "current": "b",
            "reference_rows": 200,
            "current_rows": 150,
            "identical": False,
            "columns": columns,
            **fields,
        }
    )


def beyond(difference: Difference, *limits: str) -> list[tuple[str | None, float | None]]:
    return [(each.column, each.value) for each in difference.check(*limits).exceeded]


@pytest.mark.parametrize(
    ("text", "column", "measure", "bound"),
    [
        ("mean>5", None, "mean", 5.0),
        ("  age.mean\t>= -1e3 ", "age", "mean", -1000.0),
        ("a.b.mean<.5", "a.b", "mean", 0.5),
        ('"a.b".mean<=0', "a.b", "mean", 0.0),
        ("Primary Type.mean>1", "Primary Type", "mean", 1.0),
        ('"a>b;""c""\n".mean>1', 'a>b;"c"\n', "mean", 1.0),
        ('"".mean>1', "", "mean", 1.0),
        ("50%>1", None, "50%", 1.0),
        ("99.9%>1", None, "99.9%", 1.0),
        ("age.99.9%>1", "age", "99.9%", 1.0),
        ("abs( age.mean )>1", "age", "mean", 1.0),
        ("lat*.mean>1", "lat*", "mean", 1.0),
    ],
)
def test_a_limit_is_taken_apart(text: str, column: str | None, measure: str, bound: float) -> None:
    limit = parse_limit(text)
    assert (limit.column, limit.measure, limit.bound) == (column, measure, bound)
    assert limit.text == text.strip()


@given(st.text())
def test_a_quoted_name_can_be_any_text(name: str) -> None:
    quoted = name.replace('"', '""')
    for written in (f'"{quoted}".mean>1', f'abs("{quoted}".mean)>1'):
        limit = parse_limit(written)
        assert (limit.column, limit.measure) == (name, "mean")
        assert split_limits(f" {written} ;schema") == (written, "schema")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mean", "limit 'mean' cannot be understood"),
        ("shema", "cannot be understood; near names: 'schema'"),
        ("mean>", "cannot be understood"),
        ("mean>1>2", "cannot be understood"),
        ("mean=1", "cannot be understood"),
        ('a".mean>1', "cannot be understood"),
        ("", "cannot be understood"),
        ("age.>1", "does not end in the name of a measure"),
        ("|mean|>1", "does not end in the name of a measure"),
        ("mean>many", "'many' in limit 'mean>many' is no finite number"),
        ("mean>nan", "'nan' in limit 'mean>nan' is no finite number"),
        ("mean<inf", "'inf' in limit 'mean<inf' is no finite number"),
        (5, "limit 5 is no text"),
    ],
)
def test_what_is_no_limit_is_refused(text: Any, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        between(numbers()).check(text)
    assert message in refused.value.fact
    assert "age.percent_missing>0.02" in refused.value.hint


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("wasserstein_normalised>0.1", 0.5),
        ("wasserstein_normalised>0.5", None),
        ("wasserstein_normalised>=0.5", 0.5),
        ("mean<0", -6.0),
        ("mean>5", None),
        ("abs(mean)>5", -6.0),
        ("mean<=-6", -6.0),
        ("50%>3", 4.0),
        ("99.9%>8", 9.0),
        ("age.percent_missing>0.02", 0.03),
        ("a*.percent_missing>0.02", 0.03),
    ],
)
def test_a_value_is_held_against_its_bound(limit: str, value: float | None) -> None:
    expected = [] if value is None else [("age", value)]
    found = beyond(between(numbers()), limit)
    assert [(column, abs(each or 0)) for column, each in found] == [
        (column, abs(each)) for column, each in expected
    ]


def test_a_limit_without_column_holds_for_all_that_have_the_measure() -> None:
    difference = between(numbers("age"), texts(), numbers("income", percent_missing=0.0))
    assert beyond(difference, "wasserstein>1") == [("age", 6.0), ("income", 6.0)]


def test_an_exact_name_wins_over_its_reading_as_a_pattern() -> None:
    difference = between(numbers("a*"), numbers("ab"))
    assert beyond(difference, "a*.wasserstein>1") == [("a*", 6.0)]
    assert [column for column, _ in beyond(difference, "a?.wasserstein>1")] == ["a*", "ab"]
    with pytest.raises(NotFoundError):
        difference.check('"a?".wasserstein>1')


def test_retyped_columns_are_held_against_limits_too() -> None:
    difference = between(retyped=(Retyped("age", "INTEGER", "DECIMAL", numbers()),))
    assert beyond(difference, "wasserstein>1") == [("age", 6.0)]


def test_a_percentage_without_base_is_infinite() -> None:
    difference = between(numbers(missing_in_percent=NO_BASE))
    (found,) = difference.check("age.missing_in_percent>50").exceeded
    assert (found.value, found.remark) == (math.inf, "the reference has no base")


def test_a_constant_that_changed_is_infinitely_many_deviations_away() -> None:
    changed = numbers("age", distances={"wasserstein": Distance(6.0)})
    same = numbers("still", distances={"wasserstein": Distance(0.0)})
    assert beyond(between(changed, same), "wasserstein_normalised>0.1") == [("age", math.inf)]


def test_the_lower_bound_of_a_distance_is_held_against_a_maximum() -> None:
    assert beyond(between(texts()), "total_variation>0.05") == [("town", 0.1)]


def test_a_limit_between_the_bounds_of_a_distance_is_undecided() -> None:
    check = between(texts()).check("town.total_variation>0.2")
    assert check
    assert check.undecided == (
        Undecided("town.total_variation>0.2", "total_variation", "town", "it lies from 0.1 to 0.6"),
    )


def test_a_distance_without_upper_bound_may_be_infinite() -> None:
    distance = Distance(None, lower=0.3, reason="some values")
    check = between(texts(distances={"chi_squared": distance})).check("chi_squared>1")
    assert [each.remark for each in check.undecided] == ["it lies from 0.3 to inf"]


def test_the_table_has_measures_of_its_own() -> None:
    difference = between(numbers(), added=("x", "y"), removed=("z",))
    limits = ("row_count_in_percent<-20", "added>1", "removed>1")
    assert beyond(difference, *limits) == [(None, -25.0), (None, 2.0)]


def test_rows_where_there_were_none_are_infinitely_many_more() -> None:
    difference = between(numbers(), reference_rows=0)
    assert beyond(difference, "row_count_in_percent>1000") == [(None, math.inf)]


def test_schema_is_every_added_removed_and_retyped_column() -> None:
    difference = between(
        numbers(), added=("x",), removed=("y",), retyped=(Retyped("z", "STRING", "DATE"),)
    )
    check = difference.check("schema")
    assert [(each.column, each.measure) for each in check.exceeded] == [
        ("x", "added"),
        ("y", "removed"),
        ("z", "retyped"),
    ]
    assert check.exceeded[-1].remark == "STRING → DATE"


@pytest.mark.parametrize(("more_missing", "alarms"), [(0.02, 0), (0.9, 1)])
def test_a_column_of_nulls_is_retyped_only_if_that_is_no_chance(
    more_missing: float, alarms: int
) -> None:
    emptied = numbers("x", percent_missing=more_missing, usual={"percent_missing": 0.05})
    difference = between(retyped=(Retyped("x", "INTEGER", "NULL", emptied),))
    assert len(difference.check("schema").exceeded) == alarms


def test_drift_is_every_measure_beyond_what_is_usual() -> None:
    usual = {"kolmogorov_smirnov": 0.25, "percent_missing": 0.05}
    difference = between(
        numbers(usual=usual),
        numbers("lost", percent_missing=-0.2, usual={"percent_missing": 0.1}),
        texts(usual={"total_variation": 0.05}),
    )
    assert difference.check("drift").exceeded == (
        Exceeded("drift", "kolmogorov_smirnov", "age", 0.3, 0.25),
        Exceeded("drift", "percent_missing", "lost", -0.2, 0.1),
        Exceeded("drift", "total_variation", "town", 0.1, 0.05),
    )


def test_drift_is_not_judged_by_distances_that_were_not_computed() -> None:
    narrowed = numbers(distances={"wasserstein": Distance(6.0)})
    with pytest.raises(NotFoundError) as refused:
        between(narrowed).check()
    assert refused.value.fact == (
        "drift cannot be judged without kolmogorov_smirnov and total_variation"
    )
    assert "histogram_compare_method=None" in refused.value.hint


def test_a_table_that_lost_all_rows_has_drifted() -> None:
    assert beyond(between(numbers(), current_rows=0), "drift") == [(None, -100.0)]


def test_tables_that_share_no_column_have_drifted() -> None:
    (found,) = between(added=("x",), removed=("y",)).check("drift").exceeded
    assert found.remark == "no column was compared"


@pytest.mark.parametrize(
    ("fields", "remark"),
    [
        ({"removed": ("gone",)}, "removed"),
        ({"retyped": (Retyped("gone", "STRING", "DATE"),)}, "STRING → DATE"),
        ({"columns": (texts("gone"),)}, AXIS),
        ({"columns": (texts("gone", distances={}), numbers())}, "not defined for STRING"),
    ],
)
def test_a_limit_on_a_column_that_cannot_be_judged_is_exceeded(
    fields: dict[str, Any], remark: str
) -> None:
    difference = between(**{"columns": (numbers(),), **fields})
    (found,) = difference.check("gone.wasserstein>1").exceeded
    assert (found.column, found.value) == ("gone", None)
    assert remark in (found.remark or "")


@pytest.mark.parametrize("where", ["added", "excluded"])
def test_a_limit_on_a_new_or_excluded_column_is_undecided(where: str) -> None:
    check = between(numbers(), **{where: ("x",)}).check("x.mean>1")
    assert check
    assert check.undecided[0].remark.startswith(where)


def test_a_limit_that_no_column_can_be_held_against_is_exceeded() -> None:
    (found,) = between(texts()).check("wasserstein>1").exceeded
    assert (found.column, found.remark) == (None, "not defined in any column")


def test_an_undefined_number_is_no_value() -> None:
    (found,) = between(numbers()).check("age.skewness>1").exceeded
    assert found.value is None


@pytest.mark.parametrize("change", [-100.0, NO_BASE])
def test_a_column_with_values_on_one_side_only_exceeds_limits_on_distances(change: Any) -> None:
    distances = {"wasserstein": Distance(None, reason="no values on the current side")}
    lost = numbers("lost", not_missing_in_percent=change, distances=distances)
    (found,) = between(numbers(), lost).check("wasserstein>10").exceeded
    assert (found.column, found.remark) == ("lost", "a side has no values")


def test_identical_data_is_within_limits_that_cannot_be_judged() -> None:
    assert between(texts(), identical=True).check("wasserstein>1", "town.mean>1", "drift")


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("wassertein>1", "the measure 'wassertein' of the limit 'wassertein>1'; near names: 'wass"),
        ("hellinger>1", "nothing compared has the measure 'hellinger'"),
        ("age.added>1", "nothing compared has the measure 'added'"),
        ("kolmogorov_smirnov_normalised>1", "'kolmogorov_smirnov_normalised'"),
        ("agee.mean>1", "no column 'agee' for the limit 'agee.mean>1'; near names: 'age'"),
        ("inc*.mean>1", "no column 'inc*'"),
    ],
)
def test_unknown_names_are_refused(limit: str, message: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        between(numbers()).check("schema", limit)
    assert message in refused.value.fact


def test_without_limits_the_projects_are_taken_and_else_the_usual_ones() -> None:
    assert between(numbers(), limits=("mean>5",)).check().limits == ("mean>5",)
    assert between(numbers()).check().limits == ("schema", "drift")


def test_the_limits_of_a_project_are_no_part_of_the_difference() -> None:
    plain, limited = between(numbers()), between(numbers(), limits=("mean>5",))
    assert plain == limited
    assert plain.to_dict() == limited.to_dict()


def test_require_names_the_first_of_what_is_exceeded() -> None:
    difference = between(*(numbers(name) for name in "abcde"), removed=("f",))
    check = difference.check("schema", "wasserstein>1")
    assert not check
    with pytest.raises(LimitExceededError) as stopped:
        check.require()
    assert stopped.value.fact == (
        "limits are exceeded in 6 places: f.removed, limit schema; a.wasserstein is 6, limit "
        "wasserstein>1; b.wasserstein is 6, limit wasserstein>1; and 3 more"
    )


def test_require_lets_pass_what_is_within_all_limits() -> None:
    between(numbers()).check("schema").require()


def test_a_check_as_json_says_whether_it_passed() -> None:
    found = between(numbers(missing_in_percent=NO_BASE)).check("missing_in_percent>5").to_dict()
    assert found["passed"] is False
    assert found["exceeded"][0]["value"] == {"float": "inf"}
    assert pickle.loads(pickle.dumps(Check(("schema",)))) == Check(("schema",))


def series(*differences: Difference | None) -> Drift:
    steps = (
        DriftStep(number, f"d@{number}", 1, None, None, each)
        for number, each in enumerate(differences, 1)
    )
    return Drift("d", "first", tuple(steps))


def test_a_drift_is_held_against_limits_step_by_step() -> None:
    check = series(None, between(numbers()), between(numbers("new"))).check("wasserstein>1")
    assert [(each.step, each.column) for each in check.exceeded] == [("d@2", "age"), ("d@3", "new")]
    assert check.compared == 2


def test_a_column_that_some_steps_do_not_have_is_judged_where_it_is() -> None:
    check = series(between(numbers("old")), between(numbers())).check("age.wasserstein>1")
    assert [each.step for each in check.exceeded] == ["d@2"]


def test_a_drift_without_differences_is_within_all_limits() -> None:
    assert series(None).check("age.mean>1")


def test_a_drift_takes_the_limits_of_the_project() -> None:
    assert series(None, between(numbers(), limits=("mean>5",))).check().limits == ("mean>5",)
    assert series(None).check().limits == ("schema", "drift")
