"""Registering datasets and finding them again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlsnap.data.sources import define
from mlsnap.errors import ConfigError, NameTakenError, NotFoundError
from mlsnap.services.datasets import Dataset
from mlsnap.services.definitions import checked
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking.catalog import DatasetEntry
from mlsnap.values.names import check_name
from mlsnap.values.snapshot import Definition

_TEXT_LIMIT = 8000


def register_dataset(
    name: str,
    source: str | Path | None = None,
    *,
    description: str = "",
    tags: Mapping[str, str] | None = None,
    exist_ok: bool = False,
    format: str | None = None,
    options: Mapping[str, Any] | None = None,
    steps: Sequence[Mapping[str, Any]] = (),
) -> Dataset:
    """Register a dataset under a name.

    Parameters
    ----------
    name
        1 to 100 letters, digits, ``_``, ``.`` or ``-``, a letter or digit first.
    source
        A file (CSV, Parquet, JSON lines or an array of records, Feather or Arrow, ORC, Excel), a
        glob or a folder of them, here or at a URL (``s3://``, ``gs://``, ``az://``, ``ssh://``,
        ``https://``; credentials come from the environment); ``None`` for a dataset whose
        frames are handed over in Python.
    exist_ok
        Whether an existing dataset of that name is returned, as it is, instead of an error.
    format, options
        The format, where the file's name does not say it, and its read options
        (``delimiter``, ``encoding``, …).
    steps
        What is done to the rows, in this order; `mlsnap.steps` makes them.

    Raises
    ------
    InvalidNameError, SourceError, ConfigError
        If the name cannot be used, nothing can be read at ``source``, or a step does not fit, or
        the description or the tags have over 8,000 characters.
    NameTakenError
        If the name is registered already.
    """
    check_name(name, "dataset")
    _check_length("description", description)
    _check_length("tags", json.dumps(dict(tags or {})))
    workspace = open_workspace()
    if exist_ok and name in workspace.catalog.names():
        return Dataset(workspace, workspace.catalog.get(name))
    definition = Definition() if source is None else define(source, format=format, options=options)
    definition = checked(definition, steps)
    try:
        entry = workspace.catalog.create(
            name, definition, description=description, user_tags=tags or {}
        )
    except NameTakenError:
        if not exist_ok:
            raise
        entry = workspace.catalog.get(name)
    return Dataset(workspace, entry)


def _check_length(what: str, text: str) -> None:
    if len(text) > _TEXT_LIMIT:
        raise ConfigError(
            f"the {what} of the dataset would be {len(text):,} characters; MLflow keeps "
            f"{_TEXT_LIMIT:,}",
            "shorten it, and keep the rest where it can link to",
        )


def get_dataset(name: str) -> Dataset:
    """The dataset of that name; `NotFoundError` with near names if there is none."""
    workspace = open_workspace()
    return Dataset(workspace, workspace.catalog.get(name))


def search_datasets() -> list[Dataset]:
    """All registered datasets, by name."""
    workspace = open_workspace()
    return [Dataset(workspace, entry) for entry in workspace.catalog.search()]


def open_dataset(
    workspace: Workspace, name: str, definition: Definition | None = None
) -> DatasetEntry:
    """The dataset of that name, registered on the spot if there is none."""
    try:
        return workspace.catalog.get(name)
    except NotFoundError:
        check_name(name, "dataset")
    try:
        return workspace.catalog.create(
            name, definition or Definition(), description="", user_tags={}
        )
    except NameTakenError as taken:
        try:
            return workspace.catalog.get(name)
        except NotFoundError:
            raise taken from None
