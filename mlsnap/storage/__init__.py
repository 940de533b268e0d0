"""Data copies in DVC remotes, in DVC's own layout; the only package that imports DVC.

A copy is a folder of files. It lies below ``mlsnap`` in the remote, where ``dvc gc`` of the
user's project does not reach it, and stock ``dvc pull`` brings it back from its pointer.
"""

from mlsnap.storage.leftovers import Leftover, find_leftovers
from mlsnap.storage.pointer import write_pointer
from mlsnap.storage.reading import fetch, read_parts, verify
from mlsnap.storage.references import Owner, Reference, drop_reference, references
from mlsnap.storage.remote import Remote, configured_at, open_remote, reopen_remote
from mlsnap.storage.sweeping import Swept, sweep
from mlsnap.storage.tracked import Found, Refusal, find_tracked, holder_of
from mlsnap.storage.writing import Writer, writing

__all__ = [
    "Found",
    "Leftover",
    "Owner",
    "Reference",
    "Refusal",
    "Remote",
    "Swept",
    "Writer",
    "configured_at",
    "drop_reference",
    "fetch",
    "find_leftovers",
    "find_tracked",
    "holder_of",
    "open_remote",
    "read_parts",
    "references",
    "reopen_remote",
    "sweep",
    "verify",
    "write_pointer",
    "writing",
]
