"""How code may end the process that it runs in."""

from __future__ import annotations


def ends_well(error: BaseException | None) -> bool:
    """Whether it is what ``sys.exit()`` or ``sys.exit(0)`` raises: an end without an error.

    >>> ends_well(SystemExit()), ends_well(SystemExit(7)), ends_well(SystemExit("bad data"))
    (True, False, False)
    """
    code = error.code if isinstance(error, SystemExit) else 1
    return code is None or (isinstance(code, int) and code == 0)
