"""A callback of PyTorch Lightning's trainer."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mlsnap.hooks.inputs import link, warned

if TYPE_CHECKING:
    from lightning.pytorch import Callback
else:
    _NAME = "pytorch_lightning" if "pytorch_lightning" in sys.modules else "lightning.pytorch"
    Callback = import_module(_NAME).Callback


class SnapshotCallback(Callback):  # type: ignore[misc]
    """Tables become inputs of the run when fitting starts, each in the context of its name.

    The run is that of the trainer's ``MLFlowLogger``, else the active one. Of several processes
    the first one records; a failure is a warning.

    >>> Trainer(callbacks=[SnapshotCallback(training=train, validation=test)])  # doctest: +SKIP
    """

    def __init__(self, **tables: Any) -> None:
        self._tables = tables

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Called by the trainer in each of its processes."""
        if not trainer.is_global_zero:
            return
        run_id = None
        with warned("could not ask the logger for its run"):
            run_id = next((each.run_id for each in trainer.loggers if _is_mlflow(each)), None)
        for context, table in self._tables.items():
            link(table, context=context, run_id=run_id)


def _is_mlflow(logger: Any) -> bool:
    return any(kind.__name__ == "MLFlowLogger" for kind in type(logger).__mro__)
