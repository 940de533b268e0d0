"""What makes a training vary by itself, as can be seen while it is recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mlsnap.data import databases
from mlsnap.lineage import machine
from mlsnap.services.snapshots import Snapshot
from mlsnap.values.snapshot import Definition

_ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)
_QUOTED = re.compile(r"'[^']*'|--[^\n]*|/\*.*?\*/", re.DOTALL)


class Effect(StrEnum):
    """What comes of it: a rerun may come out different, or there may be none."""

    VARIES = "varies"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that stands between a training and its reproduction.

    Attributes
    ----------
    kind
        What it is about: data, arguments, code, environment, hardware, threads or randomness.
    found
        What the run has, a sentence.
    mend
        The setting that mends it in trainings to come.
    """

    kind: str
    effect: Effect
    found: str
    mend: str


def complaints(snapshots: Sequence[Snapshot]) -> list[str]:
    """What will really vary of a training that just ran on ``snapshots``, a sentence each.

    Data with a copy comes back in the order that it had.
    """
    records = [each.record for each in snapshots]
    unkept = [each for each in records if each.data is None]
    found = [
        *(advice for each in unkept for advice in of_definition(each.reference, each.definition)),
        *of_hardware(machine.accelerators(), machine.settings()),
    ]
    return [f"{each.found} ({each.mend})" for each in found]


def of_hardware(accelerators: Sequence[str], settings: Mapping[str, str]) -> Iterator[Advice]:
    """GPUs in use without the flags that make them repeat themselves."""
    if not any(each.startswith("CUDA") for each in accelerators):
        return
    if settings.get("torch.deterministic_algorithms") == "False":
        yield Advice(
            "hardware",
            Effect.VARIES,
            "PyTorch computed on a GPU without deterministic algorithms",
            "call torch.use_deterministic_algorithms(True), and set the variable "
            "CUBLAS_WORKSPACE_CONFIG=:4096:8",
        )
    if settings.get("torch.cudnn.benchmark") == "True":
        yield Advice(
            "hardware",
            Effect.VARIES,
            "cuDNN chose its algorithms by how fast they were",
            "set torch.backends.cudnn.benchmark = False",
        )
    if settings.get("tensorflow.op_determinism") == "False":
        yield Advice(
            "hardware",
            Effect.VARIES,
            "TensorFlow computed on a GPU without deterministic operations",
            "call tf.config.experimental.enable_op_determinism()",
        )


def of_definition(reference: str, definition: Definition) -> Iterator[Advice]:
    """A query or table that may give its rows in another order each time."""
    if definition.format != databases.FORMAT:
        return
    query = definition.options.get("query")
    if query is None or not _ORDERED.search(_QUOTED.sub("", str(query))):
        asked = "its query has no ORDER BY" if query else "a table has no order"
        yield Advice(
            "data",
            Effect.VARIES,
            f"the rows of {reference} may come in another order each time: {asked}",
            "define the dataset with a query that ends in ORDER BY and a key",
        )
