"""How two numbers, and what two runs logged, relate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from mlsnap.errors import ConfigError
from mlsnap.services.reproduction.judging.durations import is_duration
from mlsnap.services.reproduction.judging.outcomes import (
    IGNORED,
    TIME,
    compare_metrics,
    compare_params,
)
from mlsnap.services.reproduction.judging.verdicts import is_anything_judged, of_numbers, overall
from mlsnap.services.reproduction.reproducing import tolerance_of
from mlsnap.values.reproduction import Pair, Tolerance, Verdict

METRICS = st.dictionaries(st.text(min_size=1, max_size=5), st.floats(), max_size=4)
EXACT = Tolerance(0.0)

Points = Mapping[int, Sequence[float]]


def metric(name: str, tolerance: Tolerance = EXACT, *histories: Points) -> Pair:
    """A metric of which both runs have these histories, the last step last."""
    last = [list(each.values())[-1][-1] for each in histories]
    (pair,) = compare_metrics(
        {name: last[0]},
        {name: last[1]},
        tolerance,
        histories=lambda names: ({names[0]: histories[0]}, {names[0]: histories[1]}),
    )
    return pair


@given(METRICS)
@examples(max_examples=50)
def test_a_run_is_identical_to_itself(metrics: dict[str, float]) -> None:
    assert overall(compare_metrics(metrics, metrics, EXACT)) is Verdict.IDENTICAL


@given(METRICS, METRICS)
@examples(max_examples=50)
def test_the_verdict_is_the_same_in_both_directions(
    one: dict[str, float], other: dict[str, float]
) -> None:
    there = overall(compare_metrics(one, other, Tolerance(1e-6)))

    assert there is overall(compare_metrics(other, one, Tolerance(1e-6)))


@given(st.floats(min_value=1, max_value=1e300))
@examples(max_examples=50)
def test_the_next_float_is_equivalent_and_not_identical(value: float) -> None:
    assert of_numbers(value, math.nextafter(value, math.inf), Tolerance()) is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (math.nan, math.nan, Verdict.IDENTICAL),
        (math.nan, -math.nan, Verdict.IDENTICAL),
        (math.inf, math.inf, Verdict.IDENTICAL),
        (math.inf, 1e308, Verdict.DIFFERENT),
        (math.nan, 1.0, Verdict.DIFFERENT),
        (0.0, -0.0, Verdict.EQUIVALENT),
        (1.0, 1.001, Verdict.DIFFERENT),
    ],
)
def test_special_numbers(before: float, after: float, expected: Verdict) -> None:
    assert of_numbers(before, after, Tolerance(1e-6)) is expected


def test_the_tolerance_is_relative_to_the_larger() -> None:
    assert of_numbers(100.0, 101.0, Tolerance(0.00991)) is Verdict.EQUIVALENT
    assert of_numbers(101.0, 100.0, Tolerance(0.00991)) is Verdict.EQUIVALENT
    assert of_numbers(100.0, 101.0, Tolerance(0.00989)) is Verdict.DIFFERENT


def test_an_absolute_tolerance_holds_near_zero() -> None:
    assert of_numbers(0.0, 1e-12, Tolerance(1e-9)) is Verdict.DIFFERENT
    assert of_numbers(0.0, 1e-12, Tolerance(1e-9, atol=1e-10)) is Verdict.EQUIVALENT


def test_a_metric_may_have_a_tolerance_of_its_own() -> None:
    tolerance = Tolerance(0.0, metrics={"auc": 0.1})
    pairs = compare_metrics({"auc": 1.0, "f1": 1.0}, {"auc": 1.01, "f1": 1.01}, tolerance)

    assert [each.verdict for each in pairs] == ["equivalent", "different"]


def test_a_metric_that_one_run_lacks_is_different() -> None:
    (pair,) = compare_metrics({"m": 1.0}, {}, EXACT)

    assert (pair.original, pair.reproduced, pair.verdict) == (1.0, None, Verdict.DIFFERENT)
    assert pair.note == "the rerun has none"


def test_system_metrics_are_left_out() -> None:
    assert compare_metrics({"system/cpu": 1.0}, {"system/cpu": 2.0}, EXACT) == ()


def test_the_worst_pair_decides() -> None:
    pairs = compare_metrics({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 2.0}, EXACT)

    assert overall(pairs) is Verdict.DIFFERENT


def test_histories_that_part_are_different_though_they_end_alike() -> None:
    pair = metric("loss", EXACT, {0: [3.0], 1: [2.0], 2: [1.0]}, {0: [3.0], 1: [2.5], 2: [1.0]})

    assert pair.verdict is Verdict.DIFFERENT
    assert pair.note == "1 of 3 values differ, first at step 1: 2.0 became 2.5"


def test_a_history_that_ends_early_is_different_and_says_where() -> None:
    pair = metric("loss", EXACT, {0: [3.0], 1: [2.0], 2: [2.0]}, {0: [3.0], 1: [2.0]})

    assert pair.verdict is Verdict.DIFFERENT
    assert pair.note == "1 of 3 values differ, 3 became 2, first at step 2: 2.0 became none"


def test_histories_within_the_tolerance_are_equivalent() -> None:
    pair = metric("loss", Tolerance(1e-6), {0: [1.0], 1: [2.0]}, {0: [1.0 + 1e-9], 1: [2.0]})

    assert pair.verdict is Verdict.EQUIVALENT


def test_histories_of_nothing_but_nan_are_identical() -> None:
    assert metric("m", EXACT, {0: [math.nan]}, {0: [math.nan]}).verdict is Verdict.IDENTICAL


def test_times_are_shown_and_not_judged() -> None:
    (pair,) = compare_metrics({"fit_time": 1.0}, {"fit_time": 2.0}, EXACT)

    assert (pair.original, pair.reproduced, pair.verdict, pair.note) == (1.0, 2.0, None, TIME)


def test_a_time_with_a_tolerance_of_its_own_is_judged() -> None:
    tolerance = Tolerance(0.0, metrics={"fit_time": 0.1})
    (pair,) = compare_metrics({"fit_time": 1.0}, {"fit_time": 2.0}, tolerance)

    assert pair.verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    "name",
    [
        *("fit_time", "epochSeconds", "train/step_ms", "duration", "samples/s", "it/sec"),
        *("tokens_per_second", "time_taken", "time_per_epoch", "time_s", "time"),
    ],
)
def test_names_of_times(name: str) -> None:
    assert is_duration(name)


@pytest.mark.parametrize("name", ["time_steps", "timely", "loss/min", "rms", "params_s", "", "ß"])
def test_names_of_other_things(name: str) -> None:
    assert not is_duration(name)


def test_ignored_names_are_shown_and_not_judged() -> None:
    (pair,) = compare_metrics({"a/b": 1.0}, {"a/b": 2.0}, Tolerance(0.0, ignored=("a/*",)))

    assert (pair.original, pair.verdict, pair.note) == (1.0, None, IGNORED)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("0.1", "0.1", Verdict.IDENTICAL),
        ("0.1", "0.10", Verdict.DIFFERENT),
        ("<function f at 0x7f12ab34>", "<function f at 0x7faa0000>", Verdict.IDENTICAL),
        ("<function f at 0x7f12ab34>", "<function g at 0x7f12ab34>", Verdict.DIFFERENT),
    ],
)
def test_params_are_texts_but_for_addresses(before: str, after: str, expected: Verdict) -> None:
    (pair,) = compare_params({"p": before}, {"p": after}, EXACT)

    assert pair.verdict is expected


def test_a_param_of_the_rerun_alone_is_different() -> None:
    (pair,) = compare_params({}, {"p": "1"}, EXACT)

    assert (pair.verdict, pair.note) == (Verdict.DIFFERENT, "the original run has none")


def test_nothing_judged_is_told_from_something_judged() -> None:
    times = compare_metrics({"fit_time": 1.0}, {"fit_time": 2.0}, EXACT)

    assert overall(times) is Verdict.IDENTICAL
    assert not is_anything_judged(times)
    assert is_anything_judged(compare_params({"p": "1"}, {"p": "1"}, EXACT))


@pytest.mark.parametrize("number", [-1.0, math.nan, math.inf])
def test_a_tolerance_that_is_none_is_refused_before_anything_runs(number: float) -> None:
    with pytest.raises(ConfigError, match=r"the tolerance loss=.* is none\nHint: give 0 or more"):
        tolerance_of(0.0, 0.0, tolerances={"loss": number}, ignore=())


def test_a_single_pattern_is_not_taken_for_its_letters() -> None:
    assert tolerance_of(0.0, 0.0, tolerances=None, ignore="*_ms").ignored == ("*_ms",)
