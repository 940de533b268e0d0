"""Which of the processes of a distributed training this is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping

_RANKS = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID")
"""Variables that hold it, of torchrun, Open MPI, MPICH, PMIx and Slurm: the innermost first."""

_PARTS = ("LOCAL_RANK", "NODE_RANK")
"""What launchers set that give no rank over all machines; the first process is 0 in both."""


def is_main_process(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process records: the one of rank 0, or the only one.

    What ``torch.distributed`` says counts before what the launcher has set, if the training has
    imported and initialised it.

    >>> is_main_process({}), is_main_process({"RANK": "0", "LOCAL_RANK": "0"})
    (True, True)
    >>> is_main_process({"RANK": "8", "LOCAL_RANK": "0"}), is_main_process({"LOCAL_RANK": "1"})
    (False, False)
    """
    rank = _torch_rank()
    if rank is None:
        rank = next(_numbers(_RANKS, environment), None)
    if rank is None:
        return not any(_numbers(_PARTS, environment))
    return rank == 0


def _numbers(names: tuple[str, ...], environment: Mapping[str, str]) -> Iterator[int]:
    """Those that are set to a number; other programs use such names too."""
    for name in names:
        value = environment.get(name, "")
        if value.isascii() and value.isdigit():
            yield int(value)


def _torch_rank() -> int | None:
    torch = sys.modules.get("torch")
    distributed = getattr(torch, "distributed", None)
    if distributed and distributed.is_available() and distributed.is_initialized():
        return int(distributed.get_rank())
    return None
