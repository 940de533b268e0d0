"""What lies on a remote that nobody needs, and why."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from mlsnap.data.ahead import in_order
from mlsnap.errors import DataIntegrityError
from mlsnap.storage.entries import Entry, is_unfinished
from mlsnap.storage.files import name_below
from mlsnap.storage.manifest import folder_entries
from mlsnap.storage.notes import MARKS, REFERENCES, list_notes, read_notes
from mlsnap.storage.objects import all_entries, name_of, object_size, object_url, read_object
from mlsnap.storage.presence import STALE, is_stale
from mlsnap.storage.references import Owner, Reference, reference_in
from mlsnap.storage.remote import Remote
from mlsnap.storage.uploads import Upload, find_uploads

GRACE = 86_400.0
"""Seconds that what nobody needs is left alone."""

_FOLDER = ".dir"


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that nobody needs.

    Attributes
    ----------
    name
        The object's name; of another file its path below mlsnap's prefix.
    size
        Its bytes; 0 for an upload in pieces, of which S3 does not say it.
    age
        Seconds since it was written.
    why
        Why it goes, for people.
    """

    name: str
    size: int
    age: float
    why: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A leftover, and what to remove of the remote: the file at ``path``, or an upload."""

    leftover: Leftover
    path: str | None = None
    upload: Upload | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is DVC's list of the parts of a copy."""
        return self.leftover.name.endswith(_FOLDER)


@dataclass(frozen=True, slots=True)
class Needs:
    """What is needed of a remote, by whose references; and what those that are gone needed.

    Attributes
    ----------
    names
        Of the objects.
    gone
        The snapshot that needed an object last, by the object's name.
    dropped
        References that do not count.
    """

    names: frozenset[str]
    gone: dict[str, str]
    dropped: tuple[Reference, ...]


def find_leftovers(
    remote: Remote,
    *,
    keep: Collection[str] = (),
    dead: Collection[Owner] = (),
    grace: float = GRACE,
) -> list[Leftover]:
    """What `mlsnap.storage.sweep` would remove. Nothing is written or removed.

    Parameters
    ----------
    remote
        Where to look.
    keep
        DVC's names of further copies that are needed (``<32 hex>.dir``), for what was stored
        without references, and of single objects.
    dead
        Whose references do not count.
    grace
        How old in seconds something has to be; ages follow this machine's clock.

    Raises
    ------
    DataIntegrityError
        If the list of files of a copy that is needed is missing or damaged, or a reference is
        none: what is needed cannot be told then.
    RemoteError
        If the remote cannot list, refuses or is out of reach.
    """
    entries = all_entries(remote)
    needs = find_needs(remote, keep=keep, dead=dead)
    things = find_things(remote, entries, needs, grace=grace, now=None)
    return [thing.leftover for thing in things]


def find_needs(remote: Remote, *, keep: Collection[str], dead: Collection[Owner]) -> Needs:
    """What is needed; raises as `find_leftovers` does."""
    try:
        return _needs(remote, keep, dead)
    except DataIntegrityError:  # another sweep may have dropped a reference, and its copy, since
        return _needs(remote, keep, dead)


def find_things(
    remote: Remote, entries: Iterable[Entry], needs: Needs, *, grace: float, now: float | None
) -> list[Thing]:
    """What of the files ``entries`` and beside them is not needed, lists of files first.

    ``now`` is the time by the remote's clock, in seconds since 1970; this machine's if ``None``.
    """
    moment = time.time() if now is None else now
    references = list_notes(remote, REFERENCES)
    things = [
        *_objects(remote, entries, needs, moment),
        *_unfinished(remote, chain(entries, references), moment),
        *_uploads(remote, moment),
    ]
    old = [each for each in things if each.leftover.age >= grace]
    return sorted([*old, *_marks(remote, now)], key=lambda each: not each.is_folder)


def _needs(remote: Remote, keep: Collection[str], dead: Collection[Owner]) -> Needs:
    notes = read_notes(remote, list_notes(remote, REFERENCES))
    found = [reference_in(note) for note in notes]
    ids = {(owner.store, owner.run_id) for owner in dead}
    dropped = tuple(each for each in found if (each.owner.store, each.owner.run_id) in ids)
    living = [each for each in found if each not in dropped]
    wanted = {name: "a snapshot of this MLflow" for name in keep if name.endswith(_FOLDER)}
    wanted |= {each.copy: each.owner.snapshot for each in living if each.copy}
    names = set(keep) | set(wanted)
    names.update(*in_order(lambda each: _listed(remote, *each), wanted.items(), jobs=remote.jobs))
    return Needs(frozenset(names), _gone(remote, dropped), dropped)


def _listed(remote: Remote, name: str, snapshot: str) -> set[str]:
    """The objects of the parts of a copy that is needed."""
    where = f"the list of files of the copy of {snapshot}, {object_url(remote, name)},"
    hint = (
        "nothing was removed, as it cannot be told what that copy needs; bring the object back "
        "from a backup of the remote, or delete that snapshot"
    )
    if object_size(remote, name) is None:
        raise DataIntegrityError(f"{where} is missing", hint)
    content = b"".join(read_object(remote, name))
    try:
        return {md5 for _, md5 in folder_entries(name, content)}
    except ValueError as error:
        raise DataIntegrityError(f"{where} {error}", hint) from error


def _gone(remote: Remote, dropped: Iterable[Reference]) -> dict[str, str]:
    """Which snapshot needed an object last, as far as the lists are there."""
    gone: dict[str, str] = {}
    for each in dropped:
        if each.copy:
            gone[each.copy] = each.owner.snapshot
            with suppress(DataIntegrityError):
                gone |= dict.fromkeys(
                    _listed(remote, each.copy, each.owner.snapshot), each.owner.snapshot
                )
    return gone


def _objects(remote: Remote, entries: Iterable[Entry], needs: Needs, now: float) -> Iterator[Thing]:
    for entry in entries:
        name = name_of(remote, entry)
        if name and name not in needs.names:
            snapshot = needs.gone.get(name)
            why = f"only {snapshot} needed it" if snapshot else "no snapshot refers to it"
            yield _thing(entry, name, now, why)


def _unfinished(remote: Remote, entries: Iterable[Entry], now: float) -> Iterator[Thing]:
    for entry in entries:
        name = name_below(remote, entry.path)
        if is_unfinished(name):
            yield _thing(entry, name, now, "an upload that did not end")


def _uploads(remote: Remote, now: float) -> Iterator[Thing]:
    for upload in find_uploads(remote):
        why = "an upload in pieces that did not end"
        yield Thing(Leftover(upload.name, 0, max(0.0, now - upload.begun), why), upload=upload)


def _marks(remote: Remote, now: float | None) -> Iterator[Thing]:
    """Those that count no longer; an unfinished one may be another sweep's, whatever the grace."""
    entries = list_notes(remote, MARKS)
    moment = time.time() if now is None else now
    for thing in _unfinished(remote, entries, moment):
        if thing.leftover.age > STALE:
            yield thing
    for note in read_notes(remote, entries, now=now):
        if is_stale(note):
            why = "the mark of a process that has ended"
            name = name_below(remote, note.path)
            yield Thing(Leftover(name, note.size, note.age, why), path=note.path)


def _thing(entry: Entry, name: str, now: float, why: str) -> Thing:
    age = max(0.0, now - entry.modified) if entry.modified is not None else 0.0
    return Thing(Leftover(name, entry.size, age, why), path=entry.path)
