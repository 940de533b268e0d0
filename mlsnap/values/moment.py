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


def moment_of(text: str) -> datetime:
    """The moment that ISO 8601 ``text`` says; in UTC where it names no zone.

    Examples
    --------
    >>> moment_of("2019-05-04T13:07:59").isoformat()
    '2019-05-04T13:07:59+00:00'
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
