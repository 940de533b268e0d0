"""Reports as artifacts of runs, where MLflow's own pages show them."""

from __future__ import annotations

from typing import Any

from mlsnap.errors import NotFoundError, SourceError
from mlsnap.report.html import difference_page, drift_page, profile_page
from mlsnap.services.workspace import open_workspace
from mlsnap.tracking import active, artifacts, inputs
from mlsnap.values.difference import Difference
from mlsnap.values.drift import Drift
from mlsnap.values.names import slug
from mlsnap.values.profile import Profile

_FOLDER = "mlsnap/reports"


def log_report(
    value: Profile | Difference | Drift, *, run_id: str | None = None, name: str | None = None
) -> str:
    """Log a profile, a difference or a drift as a report of a run.

    Two artifacts below ``mlsnap/reports``: a self-contained page, which MLflow's pages show, and
    the value as JSON. A report of the same name is replaced.

    Parameters
    ----------
    run_id
        The run; by default the active one.
    name
        What to call the report; by default after what it is of.

    Returns
    -------
    str
        The path of the page among the run's artifacts.

    Raises
    ------
    SourceError
        If ``value`` is something else.
    NotFoundError
        If there is no such run, or none is given and none active.
    TrackingError
        If MLflow does not answer or refuses.
    """
    usual_name, page = _report_of(value, title=name)
    run_id = run_id or active.active_run_id()
    if run_id is None:
        raise NotFoundError(
            "no MLflow run is active, and none was given",
            "give one (`run_id=`, `--log-report`), or call it inside `with mlflow.start_run():`",
        )
    client = open_workspace().catalog.client
    found = inputs.get_run(client, run_id.removeprefix("runs:/")).info.run_id
    path = f"{_FOLDER}/{slug(name or usual_name)}"
    texts = {f"{path}.html": page, f"{path}.json": artifacts.to_json(value.to_dict())}
    artifacts.upload(client, found, texts)
    return f"{path}.html"


def _report_of(value: Any, *, title: str | None) -> tuple[str, str]:
    """What to call the report of a value, and its page."""
    match value:
        case Profile():
            digest = value.digest[:12]
            page = profile_page(value, title=title or f"Profile {digest}", facts={})
            return f"profile-{digest}", page
        case Difference(reference=reference, current=current):
            return f"{reference}-{current}", difference_page(value, title=title)
        case Drift(title=series, against=against):
            return f"drift-{series}-{against}", drift_page(value, title=title)
    raise SourceError(
        f"there is no report of a {type(value).__name__}",
        "log what mlsnap.profile, mlsnap.compare or mlsnap.drift return",
    )
