"""What came of a rerun, written to its run and, in short, to the original."""

from __future__ import annotations

from mlsnap.report.html import reproduction_page
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import artifacts, paths, runs
from mlsnap.values.reproduction import Reproduction


def log(workspace: Workspace, report: Reproduction) -> None:
    """Store a report as JSON and as a page with the new run, and the verdict as tags of both.

    A what-if says nothing about the original, which is left as it is then.
    """
    client = workspace.catalog.client
    runs.set_verdict(client, report)
    artifacts.upload(
        client,
        report.run_id,
        {
            paths.REPRODUCTION: artifacts.to_json(report.to_dict()),
            paths.REPRODUCTION_PAGE: reproduction_page(report),
        },
    )
