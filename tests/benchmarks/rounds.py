"""Contenders in turn, round after round, so that what else the machine does meets all alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from concerns import Command, Concern, Contender
from processes import FailedRunError, Run, measure


@dataclass(frozen=True)
class Rounds:
    """What each contender took in each round, what it said, and why some have no figures."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def median(self, name: str, figure: str) -> float | None:
        """The median over the rounds; ``None`` for one who has no figures."""
        runs = self.runs.get(name)
        figures = [getattr(run, figure) for run in runs or ()]
        return median(figures) if figures and None not in figures else None

    def ratio(self, name: str, other: str | None, figure: str) -> float | None:
        """The median of the rounds' own ratios of one contender to another."""
        return self._paired(name, other, figure, lambda one, two: one / two)

    def difference(self, name: str, other: str | None, figure: str) -> float | None:
        """The median of the rounds' own differences of one contender and another."""
        return self._paired(name, other, figure, lambda one, two: one - two)

    def _paired(
        self, name: str, other: str | None, figure: str, how: Callable[[float, float], float]
    ) -> float | None:
        pairs = zip(self.runs.get(name, []), self.runs.get(other or "", []), strict=False)
        found = [how(getattr(one, figure), getattr(two, figure)) for one, two in pairs]
        return median(found) if found else None


@dataclass(frozen=True)
class Course:
    """How rounds are run: interpreters by `Contender.peer` (or why there is none), and limits."""

    pythons: Mapping[bool, Path | FailedRunError]
    repeat: int
    timeout: float
    tell: Callable[[str], None]


def compete(concern: Concern, file: Path, course: Course) -> Rounds:
    """Run all contenders once to warm up, then in ``course.repeat`` rounds.

    One who fails is not run again and has no figures.
    """
    rounds = Rounds()
    for number in range(course.repeat + 1):
        for contender in concern.contenders:
            if contender.name not in rounds.failures:
                _run(contender, file, course, into=rounds, warm_up=not number)
                course.tell(_news(concern, contender, rounds, number))
    return rounds


def _run(
    contender: Contender | Command, file: Path, course: Course, *, into: Rounds, warm_up: bool
) -> None:
    try:
        run, said = _measured(contender, file, course)
    except FailedRunError as error:
        into.failures[contender.name] = str(error)
        into.runs.pop(contender.name, None)
        return
    into.said[contender.name] = said
    if not warm_up:
        into.runs.setdefault(contender.name, []).append(run)


def _measured(
    contender: Contender | Command, file: Path, course: Course
) -> tuple[Run, dict[str, Any]]:
    python = course.pythons[contender.peer]
    if isinstance(python, FailedRunError):
        raise python
    command = contender.process(python, file)
    run, said = measure(command, timeout=course.timeout, silent=contender.silent)
    if "wall" in said:  # it timed itself
        run = Run(said["cpu"], said["wall"], run.peak, said.get("sent"))
    return run, said


def _news(concern: Concern, contender: Contender | Command, rounds: Rounds, number: int) -> str:
    which = f"round {number}" if number else "warm-up"
    runs = rounds.runs.get(contender.name)
    outcome = rounds.failures.get(contender.name) or (f"{runs[-1].wall:.2f} s" if runs else "done")
    return f"{concern.name}, {which}, {contender.name}: {outcome}"
