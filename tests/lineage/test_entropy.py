"""What unseeded generators draw is noted, and comes again in a rerun."""

from __future__ import annotations

import asyncio
import json
import os
import random
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import numpy as np
import pytest

from mlsnap.lineage import entropy, randomness


def state_of_names() -> list[Any]:
    module: Any = np.random.bit_generator
    return [module.randbits, random.Random.seed, random.seed]


def seeded_global(seed: Callable[[], None], draw: Callable[[], float]) -> float:
    seed()
    return draw()


DRAWS: dict[str, Callable[[], Any]] = {
    "default_rng": lambda: np.random.default_rng().random(),
    "RandomState": lambda: np.random.RandomState().random_sample(),
    "SeedSequence": lambda: np.random.SeedSequence().entropy,
    "a wide SeedSequence": lambda: np.random.SeedSequence(pool_size=8).entropy,
    "SFC64": lambda: np.random.Generator(np.random.SFC64()).random(),
    "np.random.seed": lambda: seeded_global(np.random.seed, np.random.random),
    "Random": lambda: random.Random().random(),
    "random.seed": lambda: seeded_global(random.seed, random.random),
}


def all_draws() -> list[Any]:
    return [draw() for draw in DRAWS.values()]


@pytest.mark.parametrize("name", DRAWS)
def test_what_was_drawn_comes_again(name: str) -> None:
    states = randomness.capture()
    with entropy.recording() as drawn:
        first = [DRAWS[name](), DRAWS[name]()]
    assert first[0] != first[1]
    assert DRAWS[name]() not in first

    randomness.restore(states)
    with entropy.replaying(json.loads(json.dumps(drawn.entropy))) as replay:
        assert [DRAWS[name](), DRAWS[name]()] == first
    assert replay.fresh == 0


def test_a_replay_is_recorded_like_any_other_body() -> None:
    with entropy.recording() as drawn:
        all_draws()
    with entropy.replaying(drawn.entropy), entropy.recording() as again:
        all_draws()
    assert again.entropy == drawn.entropy


def test_draws_beyond_the_recorded_ones_are_fresh_and_counted() -> None:
    with entropy.recording() as drawn:
        once = np.random.default_rng().random()
    with entropy.replaying(drawn.entropy) as replay, entropy.recording() as again:
        found = [np.random.default_rng().random() for _ in range(3)]
    assert found[0] == once
    assert len(set(found)) == 3
    assert replay.fresh == 2
    assert len(again.entropy["numpy"]) == 3


@pytest.mark.parametrize("text", ["no number", "-0x1", hex(1 << 128)])
def test_a_record_that_is_damaged_gives_fresh_draws(text: str) -> None:
    with entropy.replaying({"numpy": [text]}) as replay:
        np.random.default_rng()
    assert replay.fresh == 1


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_stays_exchanged_whatever_is_raised(error: type[BaseException]) -> None:
    before = state_of_names()
    inside: list[Any] = []

    def body() -> None:
        with entropy.recording(), entropy.replaying({}):
            inside.extend(state_of_names())
            raise error

    with pytest.raises(error):
        body()
    assert all(now != was for now, was in zip(inside, before, strict=True))
    assert state_of_names() == before


def test_seeded_generators_are_as_ever_and_not_noted() -> None:
    def draws() -> list[Any]:
        random.seed(4)
        np.random.seed(5)
        modern = np.random.default_rng(6).random()
        return [random.random(), np.random.rand(), random.Random("x").random(), modern]

    expected = draws()
    with entropy.recording() as drawn:
        assert draws() == expected
    assert drawn.entropy == {}


def test_two_threads_with_a_body_each_do_not_mix() -> None:
    both = threading.Barrier(2)

    def body(count: int) -> tuple[int, list[str]]:
        with entropy.recording() as drawn:
            both.wait()
            for _ in range(count):
                np.random.default_rng()
            both.wait()
        return count, drawn.entropy["numpy"]

    with ThreadPoolExecutor(2) as threads:
        for count, noted in threads.map(body, (20, 50)):
            assert len(noted) == len(set(noted)) == count


def test_coroutines_that_take_turns_do_not_mix() -> None:
    async def body(count: int) -> int:
        with entropy.recording() as drawn:
            for _ in range(count):
                np.random.default_rng()
                await asyncio.sleep(0)
        return len(drawn.entropy["numpy"])

    async def both() -> list[int]:
        return list(await asyncio.gather(body(3), body(5)))

    assert asyncio.run(both()) == [3, 5]


def test_threads_of_a_body_have_a_row_of_their_own() -> None:
    def drawn_in(work: Callable[[], Any]) -> None:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(work).result()

    with entropy.recording() as drawn:
        drawn_in(np.random.default_rng)
        np.random.default_rng()
        drawn_in(lambda: copy_context().run(np.random.default_rng))
        context = copy_context()
        drawn_in(lambda: context.run(np.random.default_rng))
    assert {name: len(noted) for name, noted in drawn.entropy.items()} == {
        "numpy": 2,
        "numpy in threads": 2,
    }


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_process_draws_for_itself() -> None:
    with entropy.replaying({"numpy": ["0x5"]}) as replay:
        read, write = os.pipe()
        if not (child := os.fork()):
            os.write(write, str(np.random.SeedSequence().entropy).encode())
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 100) != b"5"
        assert np.random.SeedSequence().entropy == 5
    assert replay.fresh == 0


def test_names_of_temporary_files_are_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "_name_sequence", None)
    with entropy.recording() as drawn, tempfile.TemporaryDirectory():
        pass
    assert drawn.entropy == {}


def test_what_mlsnap_draws_itself_is_no_part_of_it() -> None:
    with entropy.recording() as drawn, entropy.replaying({"numpy": ["0x5"]}):
        with entropy.unnoticed():
            assert np.random.SeedSequence().entropy != 5
        assert np.random.SeedSequence().entropy == 5
    assert drawn.entropy == {"numpy": ["0x5"]}


def test_more_draws_than_are_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entropy, "MOST", 2)
    with entropy.recording() as drawn:
        for _ in range(5):
            random.Random()
    assert len(drawn.entropy["random"]) == 2
    assert drawn.beyond == 3


def test_unseeded_generators_differ_while_they_are_noted() -> None:
    with entropy.recording():
        found = {random.Random().random() for _ in range(100)}
        found |= {np.random.default_rng().random() for _ in range(100)}
    assert len(found) == 200


def test_torch_seeds_itself_the_same_again() -> None:
    torch = pytest.importorskip("torch")

    def body() -> list[Any]:
        return [torch.seed(), torch.rand(3).tolist(), torch.random.seed(), torch.initial_seed()]

    original = torch.seed
    with entropy.recording() as drawn:
        first = body()
    with entropy.replaying(drawn.entropy):
        assert body() == first
    assert torch.seed is original
