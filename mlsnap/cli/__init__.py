"""The command line. One file a command in ``commands``, loaded when it is called."""

from __future__ import annotations

import click

import mlsnap
from mlsnap.cli.groups import CommandLine

SECTIONS = {
    "Start": {
        "demo": "Walk through snapshots, tracked runs, compare and reproduce on shipped data",
        "init": "Set up a project: find MLflow and DVC, write .mlsnap/config.toml",
        "doctor": "Check what is configured, reachable, too old, and how to mend it",
        "config": "List, print or write settings",
    },
    "Datasets": {
        "register": "Register a dataset under a name",
        "datasets": "List the registered datasets",
        "dataset": "Show a dataset, change its definition or its state",
    },
    "Snapshots": {
        "snapshot": "Take a snapshot of a dataset or a file",
        "list": "List snapshots, the newest first",
        "show": "Show what is stored of a snapshot, or the profile of a file",
        "head": "Print the first rows",
        "sample": "Print some rows",
        "get": "Bring the stored data back",
        "verify": "Check the stored data, byte for byte",
        "pin": "Keep a snapshot and its data, whether or not anything uses them",
        "unpin": "Take the pin of a snapshot away",
        "delete": "Delete a snapshot; its name stays taken",
        "gc": "Free data that no snapshot, run, model or pin needs",
    },
    "Profiles and runs": {
        "profile": "Profile a file without storing anything",
        "compare": "Compare two snapshots, runs, models or files",
        "diff": "Show which rows were added, removed or changed",
        "drift": "Show how data drifted over snapshots, runs or files",
        "runs": "List the runs and models that used a snapshot",
        "run": "Track a script with no changed line",
        "reproduce": "Make a tracked run again and compare the outcome",
        "ui": "Show MLflow's pages with mlsnap's, until Ctrl-C",
    },
}
"""The one-line help of each command, by the name of its module, as ``mlsnap --help`` shows it."""

_HELP = """Dataset snapshots for MLflow runs, with the data in DVC.

A snapshot is named DATASET@SNAPSHOT, DATASET@latest, DATASET@latest~1 or DATASET@sha256:PREFIX;
by a run that used it: runs:/ID or the bare id, #CONTEXT to pick one of several inputs; or by a
model: models:/NAME/VERSION. A plain file is profiled on the spot.
"""

_EPILOG = """Exit codes: 0 fine, 1 beyond a limit, different or damaged, 2 wrong usage, 3 an error,
4 cannot be reproduced, 5 the training itself raised, 130 interrupted.

Shell completion: eval "$(_MLSNAP_COMPLETE=bash_source mlsnap)" in ~/.bashrc; zsh_source and
fish_source for other shells.
"""


@click.group(cls=CommandLine, sections=SECTIONS, help=_HELP, epilog=_EPILOG)
@click.version_option(mlsnap.__version__, prog_name="mlsnap", message="%(prog)s %(version)s")
def main() -> None:
    """The entry point; what it says of itself is `_HELP`."""
