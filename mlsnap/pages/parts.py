"""Parts of pages that take long to make, kept for the next one who asks."""

from __future__ import annotations

import hashlib
import sys
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

_MOST = 64_000_000
"""Bytes of memory that all parts together may take; one emoji makes four of each character."""


class Parts:
    """Parts by what they are made of, those asked for last; safe in threads.

    The key is the content that a part is made of, so that what has changed is made anew, and
    nobody who may not read that content can ask for the part.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._held = 0
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def get(self, kind: str, content: tuple[bytes, ...], make: Callable[[], str]) -> str:
        """What ``make`` makes of ``content``, or made of it before; ``kind`` says who makes."""
        key = _key(kind, content)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._keep(key, made)
        return made

    def _keep(self, key: str, made: str) -> None:
        if key in self._kept or sys.getsizeof(made) > self._most:
            return
        self._kept[key] = made
        self._held += sys.getsizeof(made)
        while self._held > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._held -= sys.getsizeof(oldest)


def _key(kind: str, content: tuple[bytes, ...]) -> str:
    digests = (hashlib.sha256(each).hexdigest() for each in content)
    return " ".join((kind, *digests))


PARTS = Parts()
"""Those of this process."""
