"""Measures mlsnap beside decoding and its peers: ``python tests/benchmarks``.

Tables and results are kept in a cache folder, ``--data``: what was measured last of each concern
goes onto the page. Needs Linux or macOS, and the dependency group ``benchmark``.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import machine
from concerns import CONCERNS, EDITION, Concern
from environments import peers_python
from page import page, section, statistics, targets
from platformdirs import user_cache_path
from processes import FailedRunError, measure
from results import Result, keep, kept
from rounds import Course, compete

PAGE = machine.ROOT / "docs" / "explanation" / "performance.md"
GENERATE = Path(__file__).with_name("generate.py")
A_DAY = 86_400.0


def main() -> int:
    """Measure what the arguments ask for and print it; 2 for arguments that make no sense."""
    arguments = _arguments()
    os.environ["MLSNAP_REMEMBER_FILES"] = "false"  # every round reads its file
    concerns = [_chosen(CONCERNS[name], arguments.contenders) for name in arguments.only]
    folder = arguments.data / f"edition-{EDITION}" / f"scale-{arguments.scale:g}"
    results = {}
    for concern in concerns:
        file = _table(folder / concern.file, arguments.scale)
        results[concern.name] = result = _measured(concern, file, arguments)
        if not arguments.contenders:
            keep(result, folder / "results")
        print(section(result), flush=True)
    print(statistics(results))
    print(targets(results))
    if arguments.write:
        arguments.write.write_text(page(kept(folder / "results")), encoding="utf-8")
    return 0


def _measured(concern: Concern, file: Path, arguments: argparse.Namespace) -> Result:
    facts = machine.facts()
    pythons: dict[bool, Path | FailedRunError] = {False: Path(sys.executable)}
    if any(each.peer for each in concern.contenders):
        pythons[True] = _peers(arguments.data)
    course = Course(pythons, arguments.repeat, arguments.timeout, _tell)
    when = datetime.now(UTC).date().isoformat()
    others = machine.watch_others()
    rounds = compete(concern, file, course)
    size = file.stat().st_size
    scale = 1.0 if concern.small else arguments.scale
    return Result(concern, rounds, when, scale, size, facts, others())


def _peers(folder: Path) -> Path | FailedRunError:
    try:
        return peers_python(folder)
    except FailedRunError as error:
        return error


def _table(file: Path, scale: float) -> Path:
    if not file.exists():
        _tell(f"generating {file}")
        measure([sys.executable, GENERATE, file, f"{scale}"], timeout=A_DAY)
    return file


def _chosen(concern: Concern, contenders: Sequence[str]) -> Concern:
    wanted = [each for each in concern.contenders if not contenders or each.name in contenders]
    return dataclasses.replace(concern, contenders=tuple(wanted))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("tests/benchmarks", description=__doc__)
    add = parser.add_argument
    names = ", ".join(CONCERNS)
    everybody = sorted({each.name for concern in CONCERNS.values() for each in concern.contenders})
    add("--only", type=_listed, default=list(CONCERNS), help=f"concerns, with commas: {names}")
    add(
        "--contenders",
        type=_listed_by_semicolon,
        default=[],
        help="contenders, with semicolons (results are not kept then): " + "; ".join(everybody),
    )
    add("--repeat", type=int, default=5, help="rounds after the warm-up (5)")
    add("--scale", type=float, default=1.0, help="fraction of the tables' full size (1)")
    add("--timeout", type=float, default=900.0, help="seconds a single process may take (900)")
    add(
        "--data",
        type=Path,
        default=user_cache_path("mlsnap") / "benchmarks",
        help="folder for tables, results and the peers' environment (%(default)s)",
    )
    add(
        "--write",
        type=Path,
        nargs="?",
        const=PAGE,
        help=f"write all kept results as a page ({PAGE.relative_to(machine.ROOT)})",
    )
    found = parser.parse_args()
    if unknown := [name for name in found.only if name not in CONCERNS]:
        parser.error(f"no concern {unknown[0]!r}; there are {names}")
    if unknown := [name for name in found.contenders if name not in everybody]:
        parser.error(f"no contender {unknown[0]!r}; there are {'; '.join(everybody)}")
    if found.write == PAGE and found.scale != 1:
        parser.error("the page of the docs is of the full sizes; give --write a file of your own")
    if found.repeat < 1 or found.scale <= 0:
        parser.error("--repeat must be 1 or more, --scale more than 0")
    return found


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",")]


def _listed_by_semicolon(text: str) -> list[str]:
    return [each.strip() for each in text.split(";")]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except FailedRunError as error:
        sys.exit(f"a table was not generated: {error}")
