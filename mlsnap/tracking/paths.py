"""Where mlsnap stores what, among the artifacts of runs; see docs/reference/stored-format.md."""

from __future__ import annotations

from mlsnap.values.names import slug

RECORD = "mlsnap/snapshot.json"
PROFILE = "mlsnap/profile.json"
REPORT = "mlsnap/profile.html"
DRIFT = "mlsnap/drift.json"
DATA = "mlsnap/data"
"""Of a snapshot's run: the record, the profile and its page, the drift against the snapshot
before, and the DVC project that pulls the copy.
"""

CALLS = "mlsnap/calls"
"""Of a training run: the folders of its tracked calls."""

CALL = "call.json"
BODY = "body.json"
"""In the folder of a call: what it was made of, and what of chance came up in its body."""

REPRODUCTION = "mlsnap/reproduction.json"
REPRODUCTION_PAGE = "mlsnap/reproduction.html"
"""Of a rerun: what came of it."""


def definition(token: str) -> str:
    """Of an index run: a definition of the dataset."""
    return f"mlsnap/definitions/{token}.json"


def input_profile(context: str) -> str:
    """Of a training run: the profile of its input in that context."""
    return f"mlsnap/{slug(context)}/profile.json"


def input_report(context: str) -> str:
    """Of a training run: the page of that profile."""
    return f"mlsnap/{slug(context)}/profile.html"
