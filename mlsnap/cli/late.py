"""What commands use of the layers below, imported when first used.

The one door to everything heavy: help and completion of all commands stay quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from mlsnap.cli.health import checkup
    from mlsnap.cli.progress import working
    from mlsnap.cli.records import records
    from mlsnap.cli.table_files import appearing, write_rows
    from mlsnap.data.rows import Rows
    from mlsnap.data.sources import define, open_source
    from mlsnap.pages.standalone import standalone_server
    from mlsnap.report.cells import printable
    from mlsnap.report.checks import check_view
    from mlsnap.report.collections import collection_view
    from mlsnap.report.difference_tables import difference_view
    from mlsnap.report.drift_tables import drift_view
    from mlsnap.report.facts import facts_view
    from mlsnap.report.html import (
        difference_page,
        drift_page,
        profile_page,
        reproduction_page,
    )
    from mlsnap.report.records import (
        all_facts,
        options_text,
        source_text,
        steps_text,
    )
    from mlsnap.report.reproductions import attempts_view, plan_view, reproduction_view
    from mlsnap.report.row_differences import row_difference_view
    from mlsnap.report.sizes import bytes_text
    from mlsnap.report.statements import MOST_COLUMNS
    from mlsnap.report.tables import as_text, profile_view, table_view
    from mlsnap.services.comparison.drift_metrics import log_drift
    from mlsnap.services.copies.pulling import open_rows
    from mlsnap.services.keeping.collecting import collect, plan_of_collection
    from mlsnap.services.keeping.verifying import verify_all, verify_snapshot
    from mlsnap.services.references import find_profile, find_snapshot
    from mlsnap.services.remotes import configured_remote, remote_of
    from mlsnap.services.reporting import log_report
    from mlsnap.services.reproduction.causes.advice import advise
    from mlsnap.services.reproduction.extracting import bring_code, bring_data
    from mlsnap.services.reproduction.many import reproduce_last
    from mlsnap.services.reproduction.planning import require_possible
    from mlsnap.services.reproduction.reproducing import compare_runs, plan, run_of_model
    from mlsnap.services.sampling import frame_of, sample_rows
    from mlsnap.services.script_orders import ScriptOrder, start_script
    from mlsnap.services.workspace import open_workspace
    from mlsnap.showing_objects import dataset_facts, snapshot_facts
    from mlsnap.tracking.addresses import safe_uri
    from mlsnap.tracking.server import tracking_uri
    from mlsnap.tracking.slim import slim_mlflow

__all__ = [
    "MOST_COLUMNS",
    "Console",
    "Rows",
    "ScriptOrder",
    "advise",
    "all_facts",
    "appearing",
    "as_text",
    "attempts_view",
    "bring_code",
    "bring_data",
    "bytes_text",
    "check_view",
    "checkup",
    "collect",
    "collection_view",
    "compare_runs",
    "configured_remote",
    "dataset_facts",
    "define",
    "difference_page",
    "difference_view",
    "drift_page",
    "drift_view",
    "facts_view",
    "find_profile",
    "find_snapshot",
    "frame_of",
    "log_drift",
    "log_report",
    "open_rows",
    "open_source",
    "open_workspace",
    "options_text",
    "plan",
    "plan_of_collection",
    "plan_view",
    "printable",
    "profile_page",
    "profile_view",
    "records",
    "remote_of",
    "reproduce_last",
    "reproduction_page",
    "reproduction_view",
    "require_possible",
    "row_difference_view",
    "run_of_model",
    "safe_uri",
    "sample_rows",
    "slim_mlflow",
    "snapshot_facts",
    "source_text",
    "standalone_server",
    "start_script",
    "steps_text",
    "table_view",
    "tracking_uri",
    "verify_all",
    "verify_snapshot",
    "working",
    "write_rows",
]

_NAMES = {
    "mlsnap.cli.health": ("checkup",),
    "mlsnap.cli.progress": ("working",),
    "mlsnap.cli.records": ("records",),
    "mlsnap.cli.table_files": ("appearing", "write_rows"),
    "mlsnap.data.rows": ("Rows",),
    "mlsnap.data.sources": ("define", "open_source"),
    "mlsnap.pages.standalone": ("standalone_server",),
    "mlsnap.report.cells": ("printable",),
    "mlsnap.report.checks": ("check_view",),
    "mlsnap.report.collections": ("collection_view",),
    "mlsnap.report.difference_tables": ("difference_view",),
    "mlsnap.report.drift_tables": ("drift_view",),
    "mlsnap.report.facts": ("facts_view",),
    "mlsnap.report.html": ("difference_page", "drift_page", "profile_page", "reproduction_page"),
    "mlsnap.report.records": (
        "all_facts",
        "options_text",
        "source_text",
        "steps_text",
    ),
    "mlsnap.report.reproductions": ("attempts_view", "plan_view", "reproduction_view"),
    "mlsnap.report.row_differences": ("row_difference_view",),
    "mlsnap.report.sizes": ("bytes_text",),
    "mlsnap.report.statements": ("MOST_COLUMNS",),
    "mlsnap.report.tables": ("as_text", "profile_view", "table_view"),
    "mlsnap.services.comparison.drift_metrics": ("log_drift",),
    "mlsnap.services.copies.pulling": ("open_rows",),
    "mlsnap.services.keeping.collecting": ("collect", "plan_of_collection"),
    "mlsnap.services.keeping.verifying": ("verify_all", "verify_snapshot"),
    "mlsnap.services.references": ("find_profile", "find_snapshot"),
    "mlsnap.services.remotes": ("configured_remote", "remote_of"),
    "mlsnap.services.reporting": ("log_report",),
    "mlsnap.services.reproduction.causes.advice": ("advise",),
    "mlsnap.services.reproduction.extracting": ("bring_code", "bring_data"),
    "mlsnap.services.reproduction.many": ("reproduce_last",),
    "mlsnap.services.reproduction.planning": ("require_possible",),
    "mlsnap.services.reproduction.reproducing": ("compare_runs", "plan", "run_of_model"),
    "mlsnap.services.sampling": ("frame_of", "sample_rows"),
    "mlsnap.services.script_orders": ("ScriptOrder", "start_script"),
    "mlsnap.services.workspace": ("open_workspace",),
    "mlsnap.showing_objects": ("dataset_facts", "snapshot_facts"),
    "mlsnap.tracking.addresses": ("safe_uri",),
    "mlsnap.tracking.server": ("tracking_uri",),
    "mlsnap.tracking.slim": ("slim_mlflow",),
    "rich.console": ("Console",),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"nothing called {name!r} comes through mlsnap.cli.late")
    return getattr(import_module(_HOMES[name]), name)
