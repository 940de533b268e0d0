"""Definitions as they are registered: complete, and seen to fit their source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlsnap.data.sources import open_source
from mlsnap.data.steps import check_fit, completed
from mlsnap.errors import SourceError
from mlsnap.values.snapshot import Definition

Steps = Sequence[Mapping[str, Any]]


def checked(definition: Definition, steps: Steps | None = None) -> Definition:
    """The definition with ``steps``, or its own, as they are stored.

    The source is opened to see that they fit.

    Raises
    ------
    SourceError
        If a step is not known, lacks an argument, or names a column that is not there.
    """
    if steps is not None:
        definition = definition.with_steps(*steps)
    if not definition.steps:
        return definition
    if definition.source is None:
        raise SourceError(
            "steps transform the rows of a source, and this definition has none",
            "name a source, or transform the frame before it is handed over",
        )
    complete = replace(definition, steps=completed(definition.steps))
    check_fit(open_source(replace(definition, steps=())), complete.steps)
    return complete
