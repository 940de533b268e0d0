"""Names of everything mlsnap writes into MLflow; docs/reference/stored-format.md has the format."""

from __future__ import annotations

CATALOG = "mlsnap"
"""Experiment of the index runs; those of the snapshots are ``mlsnap/<dataset>``."""

KIND = "mlsnap.kind"
DATASET = "mlsnap.dataset"
NAME = "mlsnap.name"
NUMBER = "mlsnap.number"
STATE = "mlsnap.state"
DIGEST = "mlsnap.digest"
HAS_DATA = "mlsnap.has_data"
COPY = "mlsnap.copy"
COMPARED_WITH = "mlsnap.compared_with"
PINNED = "mlsnap.pinned"
HEARTBEAT = "mlsnap.heartbeat"
PROCESS = "mlsnap.process"
CREATED = "mlsnap.created"
ERROR = "mlsnap.error"
ENDED = "mlsnap.attempts_ended"
INDEX = "mlsnap.index"
USER_TAGS = "mlsnap.tags"
REPLACED_BY = "mlsnap.replaced_by"
NOTE = "mlflow.note.content"

SNAPSHOT = "mlsnap.snapshot."
"""``mlsnap.snapshot.<context>``: reference of the snapshot a run used in that context."""

INPUT_DIGEST = "mlsnap.digest."
"""``mlsnap.digest.<context>``: its whole digest."""

LOADED = "mlsnap.loaded."
"""``mlsnap.loaded.<reference given>``: the snapshot that ``mlsnap.load`` found for it."""

CALLS = "mlsnap.calls"
"""How many tracked calls a run holds."""

REPRODUCES = "mlsnap.reproduces"
VERDICT = "mlsnap.verdict"
REPRODUCED_BY = "mlsnap.reproduced_by"
REPRODUCED = "mlsnap.reproduced"
"""Of an original: the id of its newest rerun, and the verdict of that."""

WHAT_IF = "mlsnap.what_if"
"""What of a rerun is not as the original recorded it: arguments, code or data."""

NUMBER_CLAIM = "number/"
DEFINITION_CLAIM = "definition/"
CONTENT_CLAIM = "content/"
"""Prefixes of claims on the index run; a slash cannot be in the name of a snapshot."""


def experiment_of(dataset: str) -> str:
    """Name of the experiment that holds a dataset's snapshot runs."""
    return f"{CATALOG}/{dataset}"


def quoted(value: str) -> str:
    """``value`` as a literal of MLflow's filter language (names and ids hold no quotes)."""
    return "'" + value.replace("'", "") + "'"
