"""Twenty processes on one remote: writers of the same and of other copies, and sweepers.

Run with the folder of the remote and the seconds it takes; prints what came of it as JSON. It is
a program of its own, as it forks, which a process with threads must not.
"""

from __future__ import annotations

import collections
import json
import os
import random
import sys
import time
import traceback
from pathlib import Path

from mlsnap.storage import Owner, Remote, drop_reference, open_remote, sweep, verify, writing
from mlsnap.values.snapshot import Definition

WRITERS, SWEEPERS = 17, 3


def write(remote: Remote, owner: Owner, chance: random.Random) -> str:
    """A copy of a few of the same parts; it has to be whole for as long as it is referred to."""
    with writing(remote, owner) as writer:
        parts = [writer.put(str(each), bytes([each]) * 5_000) for each in _some(chance)]
        if chance.random() < 0.2:
            return "abandoned"
        copy = writer.finish(parts, reader=Definition(format="parquet"))
    time.sleep(chance.uniform(0, 0.3))
    faults = verify(copy, remote)
    if faults:
        return f"damaged: {faults}"
    if chance.random() < 0.7:
        drop_reference(remote, owner)
    return "whole"


def clean(remote: Remote, _: Owner, chance: random.Random) -> str:
    """A sweep of everything that nobody needs, whatever its age."""
    swept = sweep(remote, grace=0.0)
    time.sleep(chance.uniform(0, 0.05))
    return "busy" if swept.busy else "removed" if swept.removed else "clean"


def _some(chance: random.Random) -> list[int]:
    return chance.sample(range(12), chance.randint(1, 5))


def _work(number: int, place: Path, seconds: float) -> collections.Counter[str]:
    remote = open_remote(str(place), project=place, embedded=place)
    chance, act = random.Random(number), write if number < WRITERS else clean
    ends, said = time.monotonic() + seconds, collections.Counter[str]()
    while time.monotonic() < ends:
        said[act(remote, Owner("store", f"run-{number}", f"people@v{number}"), chance)] += 1
        if act is write and time.time() % 2 > 1:  # now and then sweepers have it to themselves
            time.sleep(1)
    return said


def _child(number: int, place: Path, seconds: float, answers: int) -> None:
    try:
        said = _work(number, place, seconds)
    except BaseException:
        said = collections.Counter([f"failed: {traceback.format_exc()}"])
    os.write(answers, f"{json.dumps(said)}\n".encode())
    os._exit(0)


def main(place: Path, seconds: float) -> None:
    reading, answers = os.pipe()
    for number in range(WRITERS + SWEEPERS):
        if os.fork() == 0:
            _child(number, place, seconds, answers)
    os.close(answers)
    total = collections.Counter[str]()
    with os.fdopen(reading) as lines:
        for line in lines:
            total.update(json.loads(line))
    print(json.dumps(total))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
