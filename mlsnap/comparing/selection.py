"""Which columns to look at, by name and pattern."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from mlsnap.errors import NotFoundError, near


def left_out(
    known: Sequence[str],
    *,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
) -> dict[str, None]:
    """Those of the ``known`` names that are not included, or excluded, in their order."""
    included = set(known) if include is None else _chosen(include, known)
    excluded = _chosen(exclude or (), known)
    return dict.fromkeys(name for name in known if name not in included or name in excluded)


def _chosen(texts: Sequence[str], known: Collection[str]) -> set[str]:
    several = [texts] if isinstance(texts, str) else texts
    return {name for text in several for name in _named(text, known)}


def _named(text: str, known: Collection[str]) -> list[str]:
    """The column of that name, else those that it matches as a pattern."""
    if text in known:
        return [text]
    matching = [name for name in known if fnmatchcase(name, str(text))]
    if not matching:
        raise NotFoundError(
            f"column {text!r} is in neither profile{near(str(text), known)}",
            "include_columns and exclude_columns take names of columns of either side, "
            "or patterns such as 'price_*'",
        )
    return matching
