"""A mark on a remote that says "I am at work", for as long as that is so.

Writers and sweepers each set their own mark first and look for the other's then, so that of two
at least one sees the other. What counts as the age of a mark is measured by the remote's clock.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from types import TracebackType
from typing import Any, Self

from mlsnap.storage.entries import Entry
from mlsnap.storage.files import place
from mlsnap.storage.notes import (
    MARKS,
    Note,
    list_notes,
    read_notes,
    remove_notes,
    write_note,
)
from mlsnap.storage.remote import Remote
from mlsnap.values.processes import is_gone, this_process

STALE = 600.0
"""Seconds after which a mark that nobody touches counts no longer."""

_BEAT = 30.0
"""Seconds between two touches."""

_FAREWELL = 5.0
"""Seconds within which a mark is taken away, or left to become stale."""


class Presence:
    """A mark, set when the block begins, kept fresh by a thread, taken away when it ends."""

    def __init__(self, remote: Remote, kind: str, content: dict[str, Any]) -> None:
        self.remote = remote
        self.path = place(remote, MARKS, secrets.token_hex(8) + kind)
        self._content = {**content, "process": this_process()}
        self._touched = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="mlsnap mark", daemon=True)

    def __enter__(self) -> Self:
        try:
            self.touch()
        except BaseException:
            self._remove()
            raise
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._remove()

    @property
    def lapsed(self) -> bool:
        """Whether others may have taken the mark for stale: this machine slept, or was cut off."""
        return time.time() - self._touched > STALE / 2

    def touch(self) -> None:
        """Set the mark anew.

        Raises
        ------
        RemoteError
            If the remote refuses, is full or out of reach.
        """
        begun = time.time()
        write_note(self.remote, self.path, self._content)
        self._touched = begun

    def others(self, kind: str) -> list[Note]:
        """The marks of a kind that others keep fresh."""
        return [note for note in self._marks(kind) if not is_stale(note)]

    def now(self) -> float | None:
        """The time by the remote's clock, in seconds since 1970; ``None`` if it says no times."""
        return self._now(list_notes(self.remote, MARKS))

    def _marks(self, kind: str) -> list[Note]:
        entries = list_notes(self.remote, MARKS)
        wanted = [each for each in entries if each.path.endswith(kind) and each.path != self.path]
        return read_notes(self.remote, wanted, now=self._now(entries))

    def _now(self, entries: list[Entry]) -> float | None:
        mine = next((each for each in entries if each.path == self.path), None)
        if mine is None or mine.modified is None:
            return None
        return mine.modified + time.time() - self._touched

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT):
            with contextlib.suppress(Exception):
                self.touch()

    def _remove(self) -> None:
        """Take the mark away, but do not wait for a remote that is gone."""
        thread = threading.Thread(target=self._try_to_remove, name="mlsnap mark", daemon=True)
        thread.start()
        thread.join(_FAREWELL)

    def _try_to_remove(self) -> None:
        with contextlib.suppress(Exception):  # it is stale after a while
            remove_notes(self.remote, self.path)


def is_stale(note: Note) -> bool:
    """Whether the process that set a mark has gone, as far as can be known."""
    return note.age > STALE or is_gone(note.content.get("process"))
