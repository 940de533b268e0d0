"""What references seldom lead to, imported when first used.

The one door of services to what is heavy: comparing what MLflow holds needs neither pandas nor
DVC. Nothing behind it may import what goes through it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlsnap.services.datasets import Dataset
    from mlsnap.services.profiling import profile
    from mlsnap.services.snapshots import Snapshot

__all__ = ["Dataset", "Snapshot", "profile"]

_HOMES = {
    "Dataset": "mlsnap.services.datasets",
    "Snapshot": "mlsnap.services.snapshots",
    "profile": "mlsnap.services.profiling",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"nothing called {name!r} comes through mlsnap.services.late")
    return getattr(import_module(_HOMES[name]), name)
