"""How two runs' metrics and calls relate."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.services.reproduction.verdicts import compare_metrics, factors, overall
from mlsnap.values.lineage import Call, Code, Entry, Environment
from mlsnap.values.reproduction import Verdict

METRICS = st.dictionaries(st.text(min_size=1, max_size=5), st.floats(), max_size=4)

CALL = Call(
    entry=Entry("m", "f"),
    code=Code("a" * 40, "a" * 40),
    environment=Environment("3.11", "Linux", "x86", "cpu", 2, {}, {"PYTHONHASHSEED": "0"}),
    arguments={"alpha": {"value": 1}},
    randomness={},
)


def verdict(before: float, after: float, rtol: float = 1e-9) -> Verdict:
    return overall(compare_metrics({"m": before}, {"m": after}, rtol=rtol))


@given(METRICS)
def test_a_run_is_identical_to_itself(metrics: dict[str, float]) -> None:
    assert overall(compare_metrics(metrics, metrics, rtol=0.0)) is Verdict.IDENTICAL


@given(METRICS, METRICS)
def test_the_verdict_is_the_same_in_both_directions(
    one: dict[str, float], other: dict[str, float]
) -> None:
    there = overall(compare_metrics(one, other, rtol=1e-6))

    assert there is overall(compare_metrics(other, one, rtol=1e-6))


@given(st.floats(min_value=1, max_value=1e300))
def test_the_next_float_is_equivalent_and_not_identical(value: float) -> None:
    assert verdict(value, math.nextafter(value, math.inf)) is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (math.nan, math.nan, Verdict.IDENTICAL),
        (math.inf, math.inf, Verdict.IDENTICAL),
        (math.nan, 1.0, Verdict.DIFFERENT),
        (0.0, -0.0, Verdict.EQUIVALENT),
        (1.0, 1.001, Verdict.DIFFERENT),
    ],
)
def test_special_numbers(before: float, after: float, expected: Verdict) -> None:
    assert verdict(before, after) is expected


def test_the_tolerance_is_relative_to_the_larger() -> None:
    assert verdict(100.0, 101.0, rtol=0.00991) is Verdict.EQUIVALENT
    assert verdict(101.0, 100.0, rtol=0.00991) is Verdict.EQUIVALENT
    assert verdict(100.0, 101.0, rtol=0.00989) is Verdict.DIFFERENT


def test_a_metric_that_one_run_lacks_is_different() -> None:
    (pair,) = compare_metrics({"m": 1.0}, {}, rtol=1e-9)

    assert (pair.original, pair.reproduced, pair.verdict) == (1.0, None, Verdict.DIFFERENT)


def test_system_metrics_are_left_out() -> None:
    assert compare_metrics({"system/cpu": 1.0}, {"system/cpu": 2.0}, rtol=0.0) == ()


def test_the_worst_metric_decides() -> None:
    pairs = compare_metrics({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 2.0}, rtol=0.0)

    assert overall(pairs) is Verdict.DIFFERENT


def table(digest: str) -> dict[str, Any]:
    return {"table": {"context": "training", "digest": digest * 64, "reference": "a@b"}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"arguments": {"alpha": {"value": 2}}}, "arguments: 'alpha' differs"),
        ({"code": Code("b" * 40, None)}, f"code: commit {'a' * 12} became {'b' * 12}"),
        (
            {"environment": dataclasses.replace(CALL.environment, packages={"x": "1"})},
            "environment: x not installed -> 1",
        ),
    ],
)
def test_what_differs_between_the_calls_is_a_factor(changes: dict[str, Any], sentence: str) -> None:
    assert factors([CALL], [dataclasses.replace(CALL, **changes)]) == (sentence,)
    assert factors([CALL], [CALL]) == ()


def test_other_data_is_a_factor_with_both_digests() -> None:
    before = dataclasses.replace(CALL, arguments={"df": table("a")})
    after = dataclasses.replace(CALL, arguments={"df": table("b")})

    assert factors([before], [after]) == (
        f"data: the input 'training' had the digest {'a' * 16}…, now {'b' * 16}…",
    )


def test_a_call_that_is_missing_is_a_factor() -> None:
    assert factors([CALL, CALL], [CALL]) == ("code: 2 tracked calls became 1",)


def test_an_unknown_hash_seed_is_a_factor() -> None:
    unknown = dataclasses.replace(CALL, environment=Environment("3.11", "", "", "", 2, {}))

    assert factors([unknown], [unknown])[0].startswith("randomness: the hash seed of the original")
