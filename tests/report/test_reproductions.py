from dataclasses import replace

from mlsnap.report.reproductions import (
    plan_fragment,
    plan_text,
    reproduction_fragment,
    reproduction_text,
)
from mlsnap.values.reproduction import MetricPair, Plan, PlannedInput, Reproduction, Verdict

PLAN = Plan(
    run_id="f" * 32,
    run_name="train",
    functions=("train of train.py",),
    code="the run's bundle",
    patched=True,
    left_out=(".env",),
    inputs=(PlannedInput("training", "crime@v1", "/remote", 1500),),
    environment=("numpy 1.26.0 -> 2.0.0",),
    missing=(),
)
DONE = Reproduction(
    Verdict.DIFFERENT,
    "a" * 32,
    "b" * 32,
    (MetricPair("loss", 0.1, 0.1 + 2**-56, Verdict.DIFFERENT),),
    ("environment: numpy 1.26.0 -> 2.0.0",),
    1.25,
)


def test_a_plan_tells_all_it_needs():
    assert plan_text(PLAN, width=100).splitlines() == [
        f"Plan: make run train ({'f' * 32}) again",
        "calls        train of train.py",
        "code         the run's bundle, with uncommitted changes",
        "left out     .env",
        "data         training: crime@v1 from /remote, 1.5 kB",
        "environment  numpy 1.26.0 -> 2.0.0",
    ]


def test_a_plan_names_what_is_missing():
    text = plan_text(replace(PLAN, missing=("data of input 'training': gone",)), width=100)
    assert text.splitlines()[-1] == "missing      data of input 'training': gone"


def test_the_metrics_stand_side_by_side_to_the_last_bit():
    lines = reproduction_text(DONE, width=120).splitlines()
    assert lines[2].split() == ["loss", "0.1", "0.10000000000000002", "different"]
    assert lines[3] == "verdict: different: a metric came out different"
    assert lines[4] == "differs: environment: numpy 1.26.0 -> 2.0.0"
    assert lines[5] == f"run {'a' * 32} was made again as {'b' * 32} in 1.2 s"


def test_a_failed_training_tells_what_it_raised():
    failed = replace(DONE, verdict=Verdict.FAILED, metrics=(), error="ValueError: no\nluck")
    text = reproduction_text(failed)
    assert "verdict: failed: the training raised" in text
    assert "raised: ValueError: no\nraised: luck" in text


def test_a_run_without_metrics_says_that_there_is_nothing_to_compare():
    text = reproduction_text(replace(DONE, verdict=Verdict.IDENTICAL, metrics=()))
    assert "verdict: identical: there is no metric that could differ" in text


def test_a_metric_that_is_not_there_shows_as_none():
    gone = replace(DONE, metrics=(MetricPair("loss", 1.0, None, Verdict.DIFFERENT),))
    assert ["loss", "1.0", "none", "different"] in [
        line.split() for line in reproduction_text(gone).splitlines()
    ]


def test_notebooks_get_a_table():
    assert "1.5 kB" in plan_fragment(PLAN)
    assert "verdict: different" in reproduction_fragment(DONE)
    assert "0.1 → 0.10000000000000002" in reproduction_fragment(DONE)
