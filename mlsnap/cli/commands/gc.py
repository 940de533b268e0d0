"""``mlsnap gc``."""

from __future__ import annotations

import click

from mlsnap.cli import late, options
from mlsnap.cli.confirmation import confirm, require_answer
from mlsnap.cli.output import print_json, print_view


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go, remove nothing.")
@click.option(
    "--older-than",
    metavar="SPAN",
    default="24h",
    show_default=True,
    help="Leave alone what is younger: 90m, 24h, 7d, ….",
)
@click.option("--remote", metavar="REMOTE", help="Only this one: a DVC remote, a URL or a folder.")
@options.yes
@options.tracking_uri
@options.as_json
def gc(dry_run: bool, older_than: str, remote: str | None, yes: bool, as_json: bool) -> None:
    """Free data that no snapshot, run, model or pin needs.

    What deleted snapshots and failed creations left, and the copies of snapshots that no run used
    and that are not pinned; of these the profile and the record stay. Runs count until `mlflow
    gc`, and what other MLflow servers keep in the same remote always counts.
    """
    if not dry_run:
        require_answer(yes=yes)
    with late.working("looking for what nothing needs"):
        plan = late.plan_of_collection(late.open_workspace(), older_than=older_than, remote=remote)
    outcome = plan.outcome
    if not dry_run and not outcome.is_empty:
        if not yes:
            print_view(late.collection_view(outcome), err=as_json)
        confirm("remove this for good?", yes=yes)
        with late.working("freeing"):
            outcome = late.collect(plan)
    if as_json:
        print_json(outcome.to_dict())
    else:
        print_view(late.collection_view(outcome))
