"""Counts and shares drawn: as characters for terminals, as SVG paths for pages."""

from __future__ import annotations

from collections.abc import Sequence

from mlsnap.values.column import ColumnProfile
from mlsnap.values.difference import Shapes

_BLOCKS = "▁▂▃▄▅▆▇█"

HEIGHT = 100
"""Height of a drawn path; each bar is 10 wide."""

Shares = Sequence[float]
"""Counts, or shares of them: nothing is below 0."""


def bars_of(column: ColumnProfile) -> tuple[int, ...]:
    """What to draw of a column: its histogram, else the counts of its most common values."""
    if column.histogram:
        return column.histogram.counts
    return tuple(each.count for each in column.most_common[:10])


def sparkline(counts: Shares, *, width: int = 10) -> str:
    """Counts as at most ``width`` characters; a space is no row at all.

    Examples
    --------
    >>> sparkline([1, 2, 4, 0, 8])
    '▁▂▄ █'
    """
    bars = _merged(counts, width)
    return _blocks(bars, top=max(bars, default=0))


def sparklines(shapes: Shapes | None, *, width: int = 10) -> tuple[str, str]:
    """Both sides of a column on one scale; no text where there is nothing to draw."""
    if shapes is None:
        return "", ""
    before, after = _merged(shapes.reference, width), _merged(shapes.current, width)
    top = max((*before, *after), default=0)
    return _blocks(before, top=top), _blocks(after, top=top)


def path(counts: Shares) -> str:
    """Counts as the outline of bars for an SVG ``path``, 10 wide each and up to `HEIGHT` high.

    A bar that is not empty is at least 2 high.
    """
    heights = _heights(counts, top=max(counts, default=0))
    return f"M0 {HEIGHT}{''.join(_bar(each, gap=1) for each in heights)}z"


def is_ordered(shapes: Shapes) -> bool:
    """Whether the labels are the edges of bins, so that bars touch."""
    return len(shapes.labels) == len(shapes.reference) + 1


def reference_path(shapes: Shapes) -> str:
    """The reference as filled bars; those of values that have no order leave room beside them."""
    heights = _heights(shapes.reference, top=_top(shapes))
    gap = 0 if is_ordered(shapes) else 6
    return f"M0 {HEIGHT}{''.join(_bar(each, gap=gap) for each in heights)}z"


def current_path(shapes: Shapes) -> str:
    """The current side over it: a line along the tops of bins, or bars beside the reference's."""
    heights = _heights(shapes.current, top=_top(shapes))
    if is_ordered(shapes):
        return f"M0 {HEIGHT}{''.join(f'V{HEIGHT - each}h10' for each in heights)}V{HEIGHT}"
    return f"M4 {HEIGHT}{''.join(_bar(each, gap=6) for each in heights)}z"


def _top(shapes: Shapes) -> float:
    return max((*shapes.reference, *shapes.current), default=0)


def _heights(counts: Shares, *, top: float) -> list[int]:
    return [max(2, round(HEIGHT * each / top)) if each else 0 for each in counts]


def _bar(height: int, *, gap: int) -> str:
    if not height:
        return "h10"
    return f"V{HEIGHT - height}h{10 - gap}V{HEIGHT}" + (f"h{gap}" if gap else "")


def _blocks(bars: Shares, *, top: float) -> str:
    return "".join(_BLOCKS[max(0, int(-(-8 * each // top)) - 1)] if each else " " for each in bars)


def _merged(counts: Shares, width: int) -> list[float]:
    step = -(-len(counts) // width) or 1
    return [sum(counts[start : start + step]) for start in range(0, len(counts), step)]
