"""Counts drawn as bars: as characters for terminals, as an SVG path for pages."""

from __future__ import annotations

from collections.abc import Sequence

from mlsnap.values.column import ColumnProfile

_BLOCKS = "▁▂▃▄▅▆▇█"

HEIGHT = 100
"""Height of a drawn path; each bar is 10 wide."""


def bars_of(column: ColumnProfile) -> tuple[int, ...]:
    """What to draw of a column: its histogram, else the counts of its most common values."""
    if column.histogram:
        return column.histogram.counts
    return tuple(each.count for each in column.most_common[:10])


def sparkline(counts: Sequence[int], *, width: int = 10) -> str:
    """Counts as at most ``width`` characters; a space is no row at all.

    Examples
    --------
    >>> sparkline([1, 2, 4, 0, 8])
    '▁▂▄ █'
    """
    bars = _merged(counts, width)
    top = max(bars, default=0)
    return "".join(_BLOCKS[max(0, -(-8 * each // top) - 1)] if each else " " for each in bars)


def path(counts: Sequence[int]) -> str:
    """Counts as the outline of bars for an SVG ``path``, 10 wide each and up to `HEIGHT` high.

    A bar that is not empty is at least 2 high.
    """
    top = max(counts, default=0)
    heights = [max(2, round(HEIGHT * each / top)) if each else 0 for each in counts]
    bars = "".join(f"V{HEIGHT - height}h9V{HEIGHT}h1" if height else "h10" for height in heights)
    return f"M0 {HEIGHT}{bars}z"


def _merged(counts: Sequence[int], width: int) -> list[int]:
    step = -(-len(counts) // width) or 1
    return [sum(counts[start : start + step]) for start in range(0, len(counts), step)]
