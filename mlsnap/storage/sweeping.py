"""What nobody needs is removed, while nobody writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mlsnap.errors import RemoteError
from mlsnap.storage import files
from mlsnap.storage.files import is_http, translated
from mlsnap.storage.leftovers import GRACE, Leftover, Thing, find_needs, find_things
from mlsnap.storage.notes import SWEEPING, WRITING
from mlsnap.storage.objects import all_entries
from mlsnap.storage.presence import Presence
from mlsnap.storage.references import Owner, drop_reference, reference_in
from mlsnap.storage.remote import Remote
from mlsnap.storage.uploads import abort_upload

_BATCH = 500
"""Files removed between two looks at whether the remote is still the sweep's own."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed; or nothing, because ``busy`` was writing a copy."""

    removed: tuple[Leftover, ...]
    busy: Owner | None = None


def sweep(
    remote: Remote,
    *,
    keep: Collection[str] = (),
    dead: Collection[Owner] = (),
    grace: float = GRACE,
    within: Collection[str] | None = None,
) -> Swept:
    """Remove what nobody needs, and the references of ``dead``, unless a copy is being written.

    References go first, then DVC's lists of files, then their parts: whenever it ends, what is
    referred to is whole, and the rest is what the next sweep removes. The age of everything is
    measured by the remote's own clock. Several sweeps at once do each other no harm.

    Parameters
    ----------
    remote, keep, dead, grace
        As for `mlsnap.storage.find_leftovers`.
    within
        Names of objects that it is limited to; ``None`` for all. The references of ``dead`` go
        in any case.

    Raises
    ------
    DataIntegrityError
        If the list of files of a copy that is needed is missing or damaged, or a reference is
        none: what is needed cannot be told then, and nothing is removed.
    RemoteError
        If the remote can neither list nor remove, refuses or is out of reach.
    """
    _require_sweepable(remote)
    with Presence(remote, SWEEPING, {}) as presence:
        writers = presence.others(WRITING)
        if writers:
            return Swept((), reference_in(writers[0]).owner)
        now = presence.now()
        entries = all_entries(remote)
        needs = find_needs(remote, keep=keep, dead=dead)
        things = find_things(remote, entries, needs, grace=grace, now=now)
        if within is not None:
            things = [each for each in things if each.leftover.name in within]
        for reference in needs.dropped:
            drop_reference(remote, reference.owner)
        _remove(remote, [each for each in things if each.is_folder], presence)
        _remove(remote, [each for each in things if not each.is_folder], presence)
        _require_gone(remote, things)
    return Swept(tuple(each.leftover for each in things))


def _remove(remote: Remote, things: Sequence[Thing], presence: Presence) -> None:
    for start in range(0, len(things), _BATCH):
        if presence.lapsed:
            raise RemoteError(
                f"the sweep of {remote.url} was held up for too long to go on",
                "begin again; what was removed so far was needed by nobody",
            )
        few = things[start : start + _BATCH]
        with translated(remote, f"{len(few)} objects that nobody needs", "removed"):
            files.remove(remote, [each.path for each in few if each.path])
        for each in few:
            if each.upload:
                abort_upload(remote, each.upload)


def _require_gone(remote: Remote, things: Sequence[Thing]) -> None:
    """S3 answers a removal that it refused with success."""
    if remote.is_local or not things:
        return
    paths = {each.path for each in things}
    left = [entry.path for entry in all_entries(remote) if entry.path in paths]
    if left:
        raise RemoteError(
            f"{len(left)} of {len(things)} objects that nobody needs are still in the remote "
            f"{remote.url}",
            "get access for removing there; nothing that is needed was touched",
        )


def _require_sweepable(remote: Remote) -> None:
    if is_http(remote):
        raise RemoteError(
            f"the remote {remote.url} is a plain web server, which can neither list nor remove",
            "remove what is not needed on the server itself",
        )
