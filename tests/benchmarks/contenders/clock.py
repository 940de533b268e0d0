"""What a contender measures of itself, where only a part of its process counts."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any


class Clock:
    """CPU seconds of all threads and wall seconds, of what it was told to measure last."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def __call__(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            return work(*arguments, **named)
        finally:
            self.cpu, self.wall = time.process_time() - cpu, time.perf_counter() - wall

    @property
    def figures(self) -> dict[str, float]:
        """What it measured, by the names that results have."""
        return {"cpu": self.cpu, "wall": self.wall}


def repeated(work: Callable[[], Any], *, calls: int, warm_ups: int) -> dict[str, float]:
    """Medians of the CPU and wall seconds of ``calls`` calls, after some that do not count."""
    for _ in range(warm_ups):
        work()
    clock, runs = Clock(), []
    for _ in range(calls):
        clock(work)
        runs.append(clock.figures)
    return {name: median(run[name] for run in runs) for name in clock.figures}
