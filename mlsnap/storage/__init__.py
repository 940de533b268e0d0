"""Data copies in DVC remotes, in DVC's own layout; the only package that imports DVC.

A copy is a folder of files. It lies below ``mlsnap`` in the remote, where ``dvc gc`` of the
user's project does not reach it, and stock ``dvc pull`` brings it back from its pointer.
"""

from mlsnap.storage.copies import fetch, push, verify
from mlsnap.storage.objects import object_size, remove_object
from mlsnap.storage.pointer import write_pointer
from mlsnap.storage.remote import Remote, open_remote, reopen_remote

__all__ = [
    "Remote",
    "fetch",
    "object_size",
    "open_remote",
    "push",
    "remove_object",
    "reopen_remote",
    "verify",
    "write_pointer",
]
