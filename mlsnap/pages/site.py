"""What a page is made from: a store, addresses, and what the caller may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mlsnap.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Site:
    """The pages as one caller sees them.

    Attributes
    ----------
    workspace
        The store that is shown.
    address
        Where these pages are, as a path without a slash at its end: ``/mlsnap``, ``/px/mlsnap``.
    mlflow
        Where MLflow's own pages are, without a slash at its end: ``""``, ``/px``,
        ``http://host:5000``.
    may_read
        Whether the caller may read the experiment of that id. A page neither shows nor names what
        belongs to an experiment that they may not read, and a page of it is not there for them.
    nonce
        What the page's own ``<script nonce="…">`` has to bear to be run.
    """

    workspace: Workspace
    address: str
    mlflow: str
    may_read: Callable[[str], bool]
    nonce: str = ""
