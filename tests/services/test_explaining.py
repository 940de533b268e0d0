"""Further reruns that explain a difference; the reruns themselves are played."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlsnap.errors import NotReproducibleError
from mlsnap.services.reproduction.causes.explaining import REPEAT, Rerun, explained
from mlsnap.values.reproduction import Manner, Pair, Place, Reproduction, Source, Verdict


def report(value: float, verdict: Verdict = Verdict.DIFFERENT) -> Reproduction:
    return Reproduction(verdict, "a" * 32, "b" * 32, (Pair("loss", 1.0, value, verdict),))


DIFFERENT = report(2.0)
CURRENT = Manner(Place.CURRENT, Source.CURRENT, Source.CURRENT, {"seed": "2"})


def only(**needed: object) -> Rerun:
    """Reruns that come out as the original did if the manner has these fields."""

    def rerun(manner: Manner) -> Reproduction:
        is_it = all(getattr(manner, name) == value for name, value in needed.items())
        return report(1.0, Verdict.IDENTICAL) if is_it else DIFFERENT

    return rerun


@pytest.mark.parametrize(
    ("rerun", "reset", "culprit"),
    [
        (only(data=Source.RECORDED), "the recorded data", "the data"),
        (only(params={}), "the recorded seed", "seed"),
        (only(code=Source.RECORDED), "the recorded code", "the code"),
        (only(env=Place.ISOLATED), "the recorded packages", "the environment"),
    ],
)
def test_what_brings_the_original_outcome_made_the_difference(
    rerun: Rerun, reset: str, culprit: str
) -> None:
    found = explained(DIFFERENT, CURRENT, rerun)

    assert found.conclusion == (
        f"with {reset} the outcome is identical: {culprit} made the difference"
    )
    assert (found.trials[-1].reset, found.trials[-1].verdict) == (reset, Verdict.IDENTICAL)


def test_reruns_that_differ_from_each_other_vary() -> None:
    found = explained(DIFFERENT, CURRENT, lambda _: report(3.0))

    assert found.conclusion is not None
    assert found.conclusion.startswith("two reruns differ from each other: the training itself")
    assert [each.reset for each in found.trials] == [REPEAT]


def test_reruns_that_agree_with_nothing_to_reset_miss_something_unrecorded() -> None:
    found = explained(DIFFERENT, Manner(), lambda _: DIFFERENT)

    assert found.conclusion == (
        "two reruns agree with each other but not with the original: something went unrecorded"
    )


def test_resets_that_change_nothing_are_named() -> None:
    found = explained(DIFFERENT, replace(CURRENT, params={}), lambda _: DIFFERENT)

    assert found.conclusion is not None
    assert "the recorded data, the recorded code, the recorded packages" in found.conclusion


def test_a_rerun_that_cannot_be_made_is_left_out() -> None:
    def rerun(manner: Manner) -> Reproduction:
        if manner.env is Place.ISOLATED:
            raise NotReproducibleError("a package is gone", "bring it back")
        return DIFFERENT

    found = explained(DIFFERENT, Manner(Place.CURRENT), rerun)

    assert [each.reset for each in found.trials] == [REPEAT]


def test_nothing_is_explained_if_no_rerun_can_be_made() -> None:
    def rerun(manner: Manner) -> Reproduction:
        raise NotReproducibleError("the remote is down", "start it")

    found = explained(DIFFERENT, CURRENT, rerun)

    assert found.conclusion == "no further rerun could be made, so nothing is explained"
    assert found.trials == ()


def test_the_environment_is_reset_in_auto_only_where_it_differs() -> None:
    alike = explained(DIFFERENT, Manner(), only(env=Place.ISOLATED))
    other = replace(DIFFERENT, factors=("environment: numpy 1 -> 2",))
    found = explained(other, Manner(), only(env=Place.ISOLATED))

    assert [each.reset for each in alike.trials] == [REPEAT]
    assert found.trials[-1].reset == "the recorded packages"


def test_times_in_what_is_identical_do_not_make_reruns_vary() -> None:
    def timed(digest: str) -> Reproduction:
        note = "other bytes, the same values; but for times: fit_time"
        pair = Pair("times.json", "0" * 64, digest * 64, Verdict.IDENTICAL, note)
        return replace(DIFFERENT, artifacts=(pair,))

    found = explained(timed("1"), Manner(), lambda manner: timed("2"))
    assert "agree with each other" in (found.conclusion or "")
