"""What is known to differ between two runs, the likeliest cause first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsnap.lineage import code
from mlsnap.lineage.changes import Stored, changed_files
from mlsnap.lineage.environment_differences import differences_by_kind
from mlsnap.services.reproduction.recorded import Recorded
from mlsnap.tracking import outcomes
from mlsnap.values.lineage import Body, Call, tables_of

KINDS = ("data", "arguments", "code", "environment", "hardware", "threads", "randomness")
"""How factors begin; also their order."""

_MOST_FILES = 8
_MOST_PACKAGES = 8
_SHOWN = 80
"""Characters of an argument's value."""

_NUMERIC = (
    *("python", "numpy", "scipy", "pandas", "scikit-learn", "torch", "tensorflow", "keras"),
    *("jax", "jaxlib", "lightgbm", "xgboost", "catboost", "statsmodels", "pyarrow", "polars"),
    *("numba", "threadpoolctl", "joblib", "mkl", "cupy", "prophet", "implicit", "transformers"),
)
"""Packages that results come out of, those that most do first."""

_UNSEEDED = frozenset({"None", "null", ""})


@dataclass(frozen=True)
class Side:
    """What of one run could make a difference.

    ``folders`` hold the files of its calls; ``rows`` is the number of rows of each snapshot, by
    reference.
    """

    calls: Sequence[Call]
    bodies: Sequence[Body] = ()
    folders: Sequence[Path] = ()
    params: Mapping[str, str] | None = None
    rows: Mapping[str, int] | None = None


def between(original: Recorded, reproduced: Recorded) -> tuple[str, ...]:
    """What differs between two recorded runs: sentences that begin with one of `KINDS`, in that
    order. Also what of the original no rerun can restore, at the end.
    """
    sides = [
        Side(
            each.calls,
            each.bodies,
            each.folders,
            each.run.data.params,
            outcomes.input_rows(each.run),
        )
        for each in (original, reproduced)
    ]
    return of_sides(*sides, repository=code.find_root(Path.cwd()))


def of_sides(
    original: Side, reproduced: Side, *, repository: Path | None = None
) -> tuple[str, ...]:
    """The same of what is known of two runs; ``repository`` may have the code of both."""
    found: list[str] = []
    if len(original.calls) != len(reproduced.calls):
        counts = f"{len(original.calls)} tracked calls became {len(reproduced.calls)}"
        found.append(f"code: {counts}")
    pairs = list(zip(original.calls, reproduced.calls, strict=False))
    for number, (before, after) in enumerate(pairs):
        found += _data(before, after, original.rows or {}, reproduced.rows or {})
        found += _arguments(before, after)
        folders = _nth(original.folders, number), _nth(reproduced.folders, number)
        found += _code(before, after, folders, repository)
        found += _surroundings(before, after)
        found += _chance(before, after)
        found += _entropy(_nth(original.bodies, number), _nth(reproduced.bodies, number))
    found += _unseeded(original.params or {})
    return tuple(sorted(dict.fromkeys(found), key=_rank))


def _rank(factor: str) -> int:
    return KINDS.index(factor.partition(":")[0])


def _nth(several: Sequence[Any], number: int) -> Any:
    return several[number] if number < len(several) else None


def _data(
    before: Call, after: Call, rows: Mapping[str, int], rows_now: Mapping[str, int]
) -> Iterator[str]:
    seen, now = tables_of(before), tables_of(after)
    for context, table in seen.items():
        was = f"data: the input {context!r}, {_table_text(table, rows)}"
        if context not in now:
            yield f"{was}, is not there any more"
        elif now[context]["digest"] != table["digest"]:
            yield f"{was}, became {_table_text(now[context], rows_now)}"
    for context in now.keys() - seen.keys():
        yield f"data: the input {context!r}, {_table_text(now[context], rows_now)}, is new"


def _table_text(table: Mapping[str, Any], rows: Mapping[str, int]) -> str:
    count = rows.get(table["reference"])
    size = f"{count:,} rows, " if count is not None else ""
    return f"{table['reference']} ({size}digest {table['digest'][:12]})"


def _arguments(before: Call, after: Call) -> Iterator[str]:
    """Plain arguments; the tables among them are compared by digest."""
    for name in sorted({*before.arguments, *after.arguments}):
        forms = [_plain(each.arguments.get(name)) for each in (before, after)]
        if forms[0] != forms[1]:
            yield f"arguments: {name}: {_value(forms[0])} -> {_value(forms[1])}"


def _plain(form: object) -> object:
    if isinstance(form, dict):
        return {key: "table" if key == "table" else _plain(each) for key, each in form.items()}
    return [_plain(each) for each in form] if isinstance(form, list) else form


def _value(form: object) -> str:
    if form is None:
        return "not given"
    while isinstance(form, dict) and len(form) == 1:
        (form,) = form.values()
    text = json.dumps(form, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _code(
    before: Call, after: Call, folders: tuple[Path | None, Path | None], repository: Path | None
) -> Iterator[str]:
    first, second = before.code, after.code
    if first is None or second is None or _is_same_code(before, after):
        return
    files = changed_files(
        Stored(first, folders[0]), Stored(second, folders[1]), repository=repository
    )
    if files is None:
        names = [(each.commit or each.archive or "none")[:12] for each in (first, second)]
        noun = "commit" if first.commit and second.commit else "code"
        yield f"code: {noun} {names[0]} became {names[1]}"
    else:
        yield from _first_ones("code", files, _MOST_FILES, "files")


def _is_same_code(before: Call, after: Call) -> bool:
    kept = [
        (each.code.commit, each.code.archive, each.code.submodules)
        for each in (before, after)
        if each.code
    ]
    return kept[0] == kept[1]


def _first_ones(kind: str, lines: Sequence[str], most: int, noun: str) -> Iterator[str]:
    yield from (f"{kind}: {line}" for line in lines[:most])
    if len(lines) > most:
        yield f"{kind}: and {len(lines) - most} more {noun}"


def _surroundings(before: Call, after: Call) -> Iterator[str]:
    lines = differences_by_kind(before.environment, after.environment)
    for kind, found in lines.items():
        ranked = sorted(found, key=_relevance)
        yield from _first_ones(kind, ranked, _MOST_PACKAGES, "differences")


def _relevance(line: str) -> int:
    name = line.partition(" ")[0]
    return _NUMERIC.index(name) if name in _NUMERIC else len(_NUMERIC)


def _chance(before: Call, after: Call) -> Iterator[str]:
    """Sources of chance that a rerun could not restore."""
    seeds = [each.environment.variables.get("PYTHONHASHSEED") for each in (before, after)]
    if seeds[0] in (None, "random"):
        yield (
            "randomness: the hash seed of the original run is not known "
            "(PYTHONHASHSEED was not set)"
        )
    for name, state in sorted(before.randomness.items()):
        if state is None:
            yield f"randomness: the state of {name} was not captured"
        elif name not in after.randomness:
            yield f"randomness: {name} had a state, and was not in use in the rerun"
    for name in sorted(after.randomness.keys() - before.randomness.keys()):
        yield f"randomness: the state of {name} was not captured"


def _entropy(before: Body | None, after: Body | None) -> Iterator[str]:
    """Generators that were made more or less often than recorded."""
    drawn = [each.entropy if each else {} for each in (before, after)]
    for name in sorted({*drawn[0], *drawn[1]}):
        counts = [len(each.get(name, ())) for each in drawn]
        if counts[0] != counts[1]:
            yield (
                f"randomness: {name} asked for entropy {_times(counts[0])}, "
                f"in the rerun {_times(counts[1])}"
            )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _unseeded(params: Mapping[str, str]) -> Iterator[str]:
    """Estimators without a seed that several processes fit: these take entropy of their own."""
    for name, value in sorted(params.items()):
        prefix, _, last = name.rpartition("__")
        seed = f"{prefix}__random_state" if prefix else "random_state"
        if last == "n_jobs" and value not in ("1", *_UNSEEDED) and params.get(seed) in _UNSEEDED:
            yield f"randomness: {seed} was not set, with {name}={value} processes or threads"
