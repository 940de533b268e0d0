"""All pages of a search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def every(search: Callable[[str | None], Any]) -> Iterator[Any]:
    """The results of ``search(page_token)``, page after page, until there is no next one."""
    token = None
    while True:
        page = search(token)
        yield from page
        token = page.token
        if not token:
            return
