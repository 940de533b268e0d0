"""Results as Markdown: for the terminal, and as docs/explanation/performance.md."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from concerns import MLSNAP
from delivered import DELIVERS, STATISTICS, delivered
from results import Result
from targets import TARGETS

PREFACE = """\
# Performance

Written by `python tests/benchmarks --write`: see [contributing](../contributing.md).

Where a section says nothing else, every contender is a whole process, start of the interpreter \
and imports included, given nothing but the path of a file that lies in the page cache. They run \
in turn, round after round, after one \
round that does not count. Times and memory are what the system counted for the process: CPU is \
user and system time of all threads, peak is the most memory that was resident. Figures are \
medians over the rounds; ratios are medians of the rounds' own ratios. The tables are generated \
from a seed.

The limit is what reading alone takes: of Parquet, every column of every row group decoded and \
dropped, by as many threads as there are cores; of CSV, Arrow's streaming reader drained in blocks \
of 8 MB: the parser mlsnap reads CSV with.
"""


def page(results: Mapping[str, Result]) -> str:
    """The whole page."""
    sections = [section(result) for result in results.values()]
    parts = [PREFACE, targets(results), *sections, statistics(results)]
    return "\n".join(parts)


def targets(results: Mapping[str, Result]) -> str:
    """What was to be reached, and what was."""
    rows = [
        (each.text, f"≤ {each.limit:.4g}", _short(each.measured(results)), each.verdict(results))
        for each in TARGETS
    ]
    remarks = [
        f"\n{each.text}: {each.remark}\n"
        for each in TARGETS
        if each.remark and each.verdict(results) != "reached"
    ]
    table = _table(("target", "at most", "measured", ""), rows)
    return f"## Targets, on two cores\n\n{table}{''.join(remarks)}"


def section(result: Result) -> str:
    """One concern: its figures, and under what circumstances they were taken."""
    rows, columns = result.shape
    title = f"## {result.concern.name}: {result.concern.title}"
    size = f"{rows:,} rows x {columns} columns, {_bytes(result.size)}"
    figures = _table(_HEADINGS, [_figures(result, each.name) for each in result.concern.contenders])
    notes = "".join(f"{note}\n\n" for note in _notes(result))
    return f"{title}\n\n{size}, {_rounds(result)}.\n\n{notes}{figures}\n{_circumstances(result)}\n"


def statistics(results: Mapping[str, Result]) -> str:
    """Which statistics each contender delivers."""
    said = _said(results)
    names = [name for name in DELIVERS if name in said]
    rows = [(each, *(delivered(name, each, said[name]) for name in names)) for each in STATISTICS]
    intro = (
        "What a contender says it computed on any of the tables; a cell says how many, of what, "
        "or how exactly. That a statistic was computed is read from the contender's own output."
    )
    return f"## Statistics delivered\n\n{intro}\n\n{_table(('statistic', *names), rows)}"


def _said(results: Mapping[str, Result]) -> dict[str, set[str]]:
    said: dict[str, set[str]] = {}
    for result in results.values():
        for name, each in result.rounds.said.items():
            said.setdefault(name, set()).update(each.get("statistics", ()))
    return said


_HEADINGS = (
    "contender",
    "CPU",
    "wall",
    "peak MiB",
    "sent MiB",
    "CPU ÷ limit",
    "wall ÷ limit",
    "CPU ÷ mlsnap",
    "wall ÷ mlsnap",
)


def _figures(result: Result, name: str) -> tuple[str, ...]:
    rounds, limit = result.rounds, result.concern.limit
    shown = f"{name} (the limit)" if name == limit else name
    if name not in rounds.runs:
        return (shown, *["-"] * (len(_HEADINGS) - 1))
    peak = rounds.median(name, "peak")
    return (
        shown,
        _time(rounds.median(name, "cpu")),
        _time(rounds.median(name, "wall")),
        f"{peak:,.0f}",
        _short(rounds.median(name, "sent")),
        _short(rounds.ratio(name, limit, "cpu")),
        _short(rounds.ratio(name, limit, "wall")),
        _short(rounds.ratio(name, MLSNAP, "cpu")),
        _short(rounds.ratio(name, MLSNAP, "wall")),
    )


def _notes(result: Result) -> Iterator[str]:
    if result.scale != 1:
        yield f"**At {result.scale:g} of the full size, which says nothing about the targets.**"
    if result.concern.remark:
        yield result.concern.remark
    if remark := result.rounds.said.get(MLSNAP, {}).get("remark"):
        yield f"mlsnap: {remark}."
    for name, why in result.rounds.failures.items():
        yield f"{name} has no figures: {why}."
    for name in result.disagreeing:
        said = result.rounds.said[name]
        yield f"{name} saw {said['rows']:,} rows x {said['columns']} columns."


def _rounds(result: Result) -> str:
    counts = {len(runs) for runs in result.rounds.runs.values()}
    number = max(counts, default=0)
    return f"{number} round{'s' * (number != 1)} on {result.when}"


def _circumstances(result: Result) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in result.machine.items())
    others = "" if result.others is None else f" Others took {result.others:.0%} of the cores."
    return f"{machine}.{others} {_versions(result)}."


def _versions(result: Result) -> str:
    """Libraries with their versions; where one has two, who uses which."""
    users: dict[str, list[str]] = {}
    for name, versions in result.versions.items():
        for library, version in versions.items():
            users.setdefault(f"{library} {version}", []).append(name)
    libraries = [library.split()[0] for library in users]
    return ", ".join(
        f"{library} ({', '.join(names)})" if libraries.count(library.split()[0]) > 1 else library
        for library, names in users.items()
    )


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def _short(number: float | None) -> str:
    """Two decimals, or what is left of them: more for what is small, none for what is large."""
    if number is None:
        return "-"
    decimals = 3 if abs(number) < 0.1 else 2 if abs(number) < 10 else 1
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.{decimals}f}"


def _bytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns line up; the first one to the left, others to the right."""
    widths = [max(map(_width, column)) for column in zip(headings, *rows, strict=True)]
    rule = [f":{'-' * (widths[0] - 1)}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    lines = [_line(headings, widths), _line(rule, widths), *(_line(row, widths) for row in rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(padded)} |"


def _width(text: str) -> int:
    return max(3, len(unicodedata.normalize("NFC", text)))
