"""What differs between the calls of two runs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mlsnap.services.reproduction.causes.factors import KINDS, Side, of_sides
from mlsnap.values.lineage import Body, Call, Code, Entry, Environment

CALL = Call(
    entry=Entry("m", "f"),
    code=Code("a" * 40, "a" * 40),
    environment=Environment("3.11", "Linux", "x86", "cpu", 2, {}, {"PYTHONHASHSEED": "0"}),
    arguments={"alpha": {"value": 1}},
    randomness={"random": {"state": 1}},
)


def factors(before: Call, after: Call, **more: Any) -> tuple[str, ...]:
    return of_sides(Side([before], **more), Side([after], **more))


def changed(**fields: Any) -> Call:
    return dataclasses.replace(CALL, **fields)


def around(**fields: Any) -> Call:
    return changed(environment=dataclasses.replace(CALL.environment, **fields))


def table(digest: str, reference: str) -> dict[str, Any]:
    return {"table": {"context": "training", "digest": digest * 64, "reference": reference}}


def test_nothing_differs_between_a_run_and_itself() -> None:
    assert factors(CALL, CALL) == ()


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (changed(arguments={"alpha": {"value": 2}}), "arguments: alpha: 1 -> 2"),
        (changed(arguments={}), "arguments: alpha: 1 -> not given"),
        (changed(code=Code("b" * 40, None)), f"code: commit {'a' * 12} became {'b' * 12}"),
        (around(packages={"x": "1"}), "environment: x not installed -> 1"),
        (around(cpu="other"), "hardware: cpu cpu -> other"),
    ],
)
def test_what_differs_is_a_factor(after: Call, sentence: str) -> None:
    assert factors(CALL, after) == (sentence,)


def test_threads_are_a_factor_of_their_own() -> None:
    variables = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    (found,) = factors(
        around(variables=variables), around(variables=variables | {"OMP_NUM_THREADS": "2"})
    )

    assert found.startswith("threads: ")
    assert "OMP_NUM_THREADS" in found


def test_other_data_is_a_factor_with_rows_and_digests() -> None:
    before = Side([changed(arguments={"df": table("a", "crime@v1")})], rows={"crime@v1": 1000})
    after = Side([changed(arguments={"df": table("b", "crime@v2")})], rows={"crime@v2": 1001})

    assert of_sides(before, after) == (
        "data: the input 'training', crime@v1 (1,000 rows, digest aaaaaaaaaaaa), became "
        "crime@v2 (1,001 rows, digest bbbbbbbbbbbb)",
    )


def test_an_input_that_is_gone_or_new_is_a_factor() -> None:
    before, after = changed(arguments={"df": table("a", "crime@v1")}), changed(arguments={})

    assert any(each.endswith("is not there any more") for each in factors(before, after))
    assert any(each.endswith("is new") for each in factors(after, before))


def test_a_call_that_is_missing_is_a_factor() -> None:
    assert of_sides(Side([CALL, CALL]), Side([CALL])) == ("code: 2 tracked calls became 1",)


def test_an_unknown_hash_seed_is_a_factor() -> None:
    unknown = around(variables={})

    assert factors(unknown, unknown)[0].startswith("randomness: the hash seed of the original")


def test_a_generator_that_was_not_in_use_at_entry_is_a_factor() -> None:
    after = changed(randomness={"random": {"state": 1}, "torch": {"state": 2}})

    assert factors(CALL, after) == ("randomness: the state of torch was not captured",)


def test_entropy_drawn_more_often_than_recorded_is_a_factor() -> None:
    before = Side([CALL], [Body({"numpy": ["1a"]})])
    after = Side([CALL], [Body({"numpy": ["1a", "2b"]})])

    assert of_sides(before, after) == (
        "randomness: numpy asked for entropy once, in the rerun 2 times",
    )


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"n_jobs": "2", "random_state": "None"}, 1),
        ({"best__n_jobs": "-1", "best__random_state": "None"}, 1),
        ({"n_jobs": "2", "random_state": "0"}, 0),
        ({"n_jobs": "1", "random_state": "None"}, 0),
        ({"n_jobs": "2"}, 0),
    ],
)
def test_an_unseeded_estimator_of_several_jobs_is_a_factor(
    params: dict[str, str], count: int
) -> None:
    assert len(factors(CALL, CALL, params=params)) == count


def test_the_likeliest_causes_come_first() -> None:
    after = dataclasses.replace(
        around(packages={"zlib": "1"}, cpu="other"),
        arguments={"alpha": {"value": 2}, "df": table("a", "x@v1")},
        code=Code("b" * 40, None),
    )
    kinds = [each.partition(":")[0] for each in factors(CALL, after)]

    assert kinds == sorted(kinds, key=KINDS.index)
    assert {"data", "arguments", "code", "environment", "hardware"} <= set(kinds)


def test_packages_that_compute_come_first_and_many_are_counted() -> None:
    packages = {f"a{number:02d}": "1" for number in range(20)} | {"scipy": "1", "numpy": "1"}
    found = factors(CALL, around(packages=packages))

    assert found[0] == "environment: numpy not installed -> 1"
    assert found[1] == "environment: scipy not installed -> 1"
    assert found[-1] == "environment: and 14 more differences"


def test_a_long_argument_is_cut() -> None:
    (found,) = factors(CALL, changed(arguments={"alpha": {"value": "x" * 1000}}))

    assert len(found) < 120
