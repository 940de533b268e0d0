"""What of chance came up in a body is stored beside the call, and comes up again."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import mlflow
import numpy as np
import pytest
import workshop

from mlsnap.services import chance
from mlsnap.tracking import artifacts, paths, runs
from mlsnap.values.lineage import Body, Call


@pytest.fixture
def chances(project: Path) -> ModuleType:
    """The module ``chances`` beside this file, as part of a project in git."""
    shutil.copy(Path(__file__).with_name("chances.py"), project)
    workshop.commit_all(project)
    return workshop.import_from(project, "chances")


def stored(run: Any, number: int = 0) -> tuple[Call, Body]:
    client = mlflow.MlflowClient()
    run_id = run.info.run_id
    folder = runs.calls_of(client, run_id)[number]
    call = Call.from_dict(artifacts.read_json(client, run_id, f"{folder}/call.json"))
    if not artifacts.exists(client, run_id, f"{folder}/{paths.BODY}"):
        return call, Body()
    return call, Body.from_dict(artifacts.read_json(client, run_id, f"{folder}/{paths.BODY}"))


def counts(body: Body) -> dict[str, int]:
    return {library: len(drawn) for library, drawn in body.entropy.items()}


def test_what_unseeded_generators_drew_gives_the_same_again(chances: ModuleType) -> None:
    first = chances.unseeded()
    _, body = stored(workshop.the_run())
    assert counts(body) == {"numpy": 1, "random": 1}

    assert chances.unseeded() != first
    with chance.replaying(Body.from_dict(json.loads(json.dumps(body.to_dict())))):
        assert chances.unseeded() == first


def test_a_training_without_any_stores_no_file(chances: ModuleType) -> None:
    chances.seeded()
    run = workshop.the_run()
    (folder,) = runs.calls_of(mlflow.MlflowClient(), run.info.run_id)
    found = [each.path for each in mlflow.MlflowClient().list_artifacts(run.info.run_id, folder)]
    assert f"{folder}/{paths.BODY}" not in found
    assert f"{folder}/call.json" in found


def test_it_follows_the_call_to_the_run_that_the_body_starts(chances: ModuleType) -> None:
    first = chances.in_own_run()
    _, body = stored(workshop.the_run())
    assert counts(body) == {"numpy": 1}
    with chance.replaying(body):
        assert chances.in_own_run() == first


def test_a_tracked_call_in_a_body_is_part_of_it(chances: ModuleType) -> None:
    first = chances.outer()
    _, body = stored(workshop.the_run())
    assert counts(body) == {"numpy": 2, "random": 1}
    with chance.replaying(body):
        assert chances.outer() == first


def test_two_calls_in_a_run_have_a_record_each(chances: ModuleType) -> None:
    with mlflow.start_run():
        results = [chances.unseeded(), chances.unseeded()]
    run = workshop.the_run()
    for number, result in enumerate(results):
        with chance.replaying(stored(run, number)[1]):
            assert chances.unseeded() == result


def test_a_training_that_fails_is_recorded_and_leaves_nothing_exchanged(
    chances: ModuleType,
) -> None:
    module: Any = np.random.bit_generator
    before = (module.randbits, random.seed, random.Random.seed)
    with pytest.raises(ValueError, match="after a draw"):
        chances.failing()
    assert counts(stored(workshop.the_run())[1]) == {"numpy": 1}
    assert (module.randbits, random.seed, random.Random.seed) == before


def test_coroutines_at_once_have_a_record_each(chances: ModuleType) -> None:
    async def both() -> list[int]:
        return list(await asyncio.gather(chances.slowly(2), chances.slowly(5)))

    asyncio.run(both())

    found = {run.data.params["count"]: counts(stored(run)[1]) for run in workshop.training_runs()}
    assert found == {"2": {"numpy": 2}, "5": {"numpy": 5}}


def test_a_generator_that_the_module_made_before_goes_on_where_it_was(
    chances: ModuleType,
) -> None:
    with mlflow.start_run():
        results = [chances.made_before(), chances.made_before()]
    call, _ = stored(workshop.the_run(), 1)
    chance.restore(call.randomness, chances.made_before)
    assert chances.made_before() == results[1] != results[0]
