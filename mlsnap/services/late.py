"""What a service seldom needs of another one, imported when first used.

The one door to everything heavy: comparing what MLflow holds needs neither pandas nor DVC.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlsnap import storage
    from mlsnap.services.datasets import Dataset
    from mlsnap.services.profiling import profile
    from mlsnap.services.snapshots import Snapshot

__all__ = ["Dataset", "Snapshot", "profile", "storage"]

_HOMES = {
    "Dataset": "mlsnap.services.datasets",
    "Snapshot": "mlsnap.services.snapshots",
    "profile": "mlsnap.services.profiling",
}


def __getattr__(name: str) -> Any:
    if name == "storage":
        return import_module("mlsnap.storage")
    if name not in _HOMES:
        raise AttributeError(f"nothing called {name!r} comes through mlsnap.services.late")
    return getattr(import_module(_HOMES[name]), name)
