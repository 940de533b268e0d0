"""Moments as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def moment_text(moment: datetime) -> str:
    """A moment to the second, in UTC.

    Examples
    --------
    >>> moment_text(datetime(2019, 5, 4, 13, 7, 59, tzinfo=UTC))
    '2019-05-04 13:07:59 UTC'
    """
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
