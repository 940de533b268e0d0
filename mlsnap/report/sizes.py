"""Numbers of bytes in words."""

from __future__ import annotations


def bytes_text(size: int) -> str:
    """A number of bytes, in the unit that leaves one to three digits before the point.

    Examples
    --------
    >>> bytes_text(512), bytes_text(20_480), bytes_text(554_000_000)
    ('512 bytes', '20.5 kB', '554.0 MB')
    """
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{size} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
