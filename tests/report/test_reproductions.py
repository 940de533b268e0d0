from dataclasses import replace

import pytest
from reportable import HOSTILE

from mlsnap.report.html import reproduction_page
from mlsnap.report.reproductions import (
    attempts_text,
    plan_fragment,
    plan_text,
    reproduction_fragment,
    reproduction_text,
)
from mlsnap.values.reproduction import (
    Attempt,
    Pair,
    Plan,
    PlannedInput,
    Reproduction,
    Trial,
    Verdict,
)

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
    (Pair("loss", 0.1, 0.1 + 2**-56, Verdict.DIFFERENT),),
    ("environment: numpy 1.26.0 -> 2.0.0",),
    1.25,
)
FULL = replace(
    DONE,
    metrics=(*DONE.metrics, Pair("fit_time", 1.0, 2.0, None, "not judged: a time")),
    params=(Pair("alpha", "1", "1", Verdict.IDENTICAL),),
    predictions=(Pair("model", "c" * 64, "d" * 64, Verdict.EQUIVALENT, "by 1e-16 at most"),),
    artifacts=(Pair("plot.png", "c" * 64, None, Verdict.DIFFERENT, "the rerun has none"),),
    trials=(Trial("the recorded packages", "e" * 32, Verdict.IDENTICAL),),
    conclusion="with the recorded packages the outcome is identical",
)


def lines_of(report, width=120):
    return reproduction_text(report, width=width).splitlines()


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


def test_a_plan_tells_place_changed_arguments_and_warnings():
    changed = replace(PLAN, place="isolated: reused", params=("seed=2",), warnings=("watch out",))
    text = plan_text(changed, width=100)
    assert text.startswith("Plan: what if run train")
    assert {
        "not as recorded  seed=2",
        "place            isolated: reused",
        "warnings         watch out",
    } <= set(text.splitlines())


def test_the_metrics_stand_side_by_side_to_the_last_bit():
    lines = lines_of(DONE)
    assert lines[2].split() == ["loss", "0.1", "0.10000000000000002", "different"]
    assert lines[3] == "verdict: different: something came out different"
    assert lines[4] == "differs: environment: numpy 1.26.0 -> 2.0.0"
    assert lines[5] == f"run {'a' * 32} was made again as {'b' * 32} in 1.2 s"


def test_all_kinds_are_shown_with_what_is_not_judged_and_why():
    text = "\n".join(lines_of(FULL))
    for words in ("not judged: a time", "cccccccccccc…", "by 1e-16 at most", "the rerun has none"):
        assert words in text


def test_trials_and_their_conclusion_are_shown():
    lines = lines_of(FULL)
    assert f"tried: the recorded packages: identical (run {'e' * 32})" in lines
    assert "conclusion: with the recorded packages the outcome is identical" in lines


def test_of_many_pairs_those_that_differ_are_shown_and_the_others_counted():
    alike = [Pair(f"m{number}", 1.0, 1.0, Verdict.IDENTICAL) for number in range(5000)]
    lines = lines_of(replace(DONE, metrics=(*alike, *DONE.metrics)))
    assert lines[2].split()[0] == "loss"
    assert lines[3] == "and 5,000 metrics identical"


def test_a_failed_training_tells_what_it_raised():
    failed = replace(DONE, verdict=Verdict.FAILED, metrics=(), error="ValueError: no\nluck")
    text = reproduction_text(failed)
    assert "verdict: failed: the training raised" in text
    assert "raised: ValueError: no\nraised: luck" in text


@pytest.mark.parametrize("metrics", [(), (Pair("fit_time", 1.0, 2.0, None, "a time"),)])
def test_a_run_of_which_nothing_is_judged_says_that_there_is_nothing_to_compare(metrics):
    text = reproduction_text(replace(DONE, verdict=Verdict.IDENTICAL, metrics=metrics))
    assert "verdict: identical: there was nothing to compare" in text


def test_a_metric_that_is_not_there_shows_as_none():
    gone = replace(DONE, metrics=(Pair("loss", 1.0, None, Verdict.DIFFERENT),))
    assert ["loss", "1.0", "none", "different"] in [line.split() for line in lines_of(gone)]


def test_a_what_if_is_labelled_so():
    text = reproduction_text(replace(DONE, what_if=("seed=2",)))
    assert "verdict: what if, different" in text
    assert "changed: seed=2" in text


def test_two_runs_that_were_held_against_each_other_were_not_made_again():
    text = reproduction_text(replace(DONE, seconds=0.0), width=200)
    assert f"run {'b' * 32} was held against {'a' * 32}" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_steer_no_terminal(text):
    pair = Pair(text, text, text, Verdict.DIFFERENT, text)
    hostile = replace(DONE, params=(pair,), factors=(f"data: {text}",), error=text, what_if=(text,))
    assert "\x1b" not in reproduction_text(hostile)
    assert "\u202e" not in reproduction_text(hostile)


def test_many_reproductions_are_a_line_each_and_counted():
    attempts = [
        Attempt("1" * 32, "first", replace(DONE, verdict=Verdict.IDENTICAL, factors=())),
        Attempt("2" * 32, "second", DONE),
        Attempt("3" * 32, "third", None, "commit gone"),
    ]
    lines = attempts_text(attempts, width=140).splitlines()
    assert lines[2].split() == ["1" * 32, "first", "identical", "1.2"]
    assert lines[3].split()[2:6] == ["different", "1.2", "environment:", "numpy"]
    assert lines[4].endswith("commit gone")
    assert lines[-1] == "1 identical, 1 different, 1 not reproducible"


def test_no_run_to_make_again_is_said():
    assert attempts_text([]) == "no run to make again"


def test_notebooks_get_a_table():
    assert "1.5 kB" in plan_fragment(PLAN)
    assert "verdict: different" in reproduction_fragment(DONE)
    assert "0.1 → 0.10000000000000002" in reproduction_fragment(DONE)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_escaped_in_pages_and_fragments(text):
    pair = Pair(text, text, text, Verdict.DIFFERENT, text)
    hostile = replace(FULL, params=(pair,), factors=(f"data: {text}",), error=text)
    for page in (reproduction_page(hostile), reproduction_fragment(hostile)):
        assert "<script>alert" not in page
        assert "\x1b" not in page
        page.encode()


def test_the_page_tells_the_verdict_the_factors_and_every_pair():
    page = reproduction_page(FULL)
    for words in ("Something came out different", "numpy 1.26.0", "plot.png", "fit_time", "alpha"):
        assert words.lower() in page.lower()
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_a_page_of_nothing_says_so():
    assert "There was nothing to compare." in reproduction_page(replace(DONE, metrics=()))


def test_a_page_has_all_of_many_pairs():
    alike = tuple(Pair(f"m{number}", 1.0, 1.0, Verdict.IDENTICAL) for number in range(300))
    page = reproduction_page(replace(DONE, metrics=(*alike, *DONE.metrics)))
    assert page.count("<tr>") == 302
    assert page.index(">loss<") < page.index(">m0<")
