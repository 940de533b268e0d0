"""mlsnap: dataset snapshots for MLflow runs, with the data in DVC.

Names are imported when they are first used, so that ``import mlsnap`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlsnap.decorator import Input, track
    from mlsnap.services.comparison.comparing import compare
    from mlsnap.services.comparison.drift_metrics import log_drift
    from mlsnap.services.comparison.drifting import drift
    from mlsnap.services.datasets import Dataset
    from mlsnap.services.differing.diffing import diff
    from mlsnap.services.keeping.collecting import gc
    from mlsnap.services.loading import load, log_snapshot
    from mlsnap.services.profiling import profile
    from mlsnap.services.registry import get_dataset, register_dataset, search_datasets
    from mlsnap.services.reporting import log_report
    from mlsnap.services.reproduction.reproducing import reproduce
    from mlsnap.services.snapshots import Snapshot

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "Input",
    "Snapshot",
    "compare",
    "diff",
    "drift",
    "gc",
    "get_dataset",
    "load",
    "log_drift",
    "log_report",
    "log_snapshot",
    "profile",
    "register_dataset",
    "reproduce",
    "search_datasets",
    "track",
]

_HOMES = {
    "Dataset": "mlsnap.services.datasets",
    "Input": "mlsnap.decorator",
    "Snapshot": "mlsnap.services.snapshots",
    "compare": "mlsnap.services.comparison.comparing",
    "diff": "mlsnap.services.differing.diffing",
    "drift": "mlsnap.services.comparison.drifting",
    "gc": "mlsnap.services.keeping.collecting",
    "get_dataset": "mlsnap.services.registry",
    "load": "mlsnap.services.loading",
    "log_drift": "mlsnap.services.comparison.drift_metrics",
    "log_report": "mlsnap.services.reporting",
    "log_snapshot": "mlsnap.services.loading",
    "profile": "mlsnap.services.profiling",
    "register_dataset": "mlsnap.services.registry",
    "reproduce": "mlsnap.services.reproduction.reproducing",
    "search_datasets": "mlsnap.services.registry",
    "track": "mlsnap.decorator",
}

_WITHOUT_OBJECTS = ("compare", "diff", "drift", "log_drift", "profile")
"""What gives neither datasets nor snapshots, whose showing brings MLflow, DVC and pandas."""


def __getattr__(name: str) -> Any:
    if name == "steps":
        return import_module("mlsnap.steps")
    if name not in _HOMES:
        raise AttributeError(f"module 'mlsnap' has no attribute {name!r}")
    import_module("mlsnap.showing" if name in _WITHOUT_OBJECTS else "mlsnap.showing_objects")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "steps"])
