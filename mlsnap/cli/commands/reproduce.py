"""``mlsnap reproduce``."""

from __future__ import annotations

from collections.abc import Callable

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.confirmation import confirm, require_answer
from mlsnap.cli.exit_codes import DIFFERENT, TRAINING_RAISED
from mlsnap.cli.output import print_json, print_view
from mlsnap.values.reproduction import Plan, Verdict

_EXIT_CODES = {Verdict.DIFFERENT: DIFFERENT, Verdict.FAILED: TRAINING_RAISED}


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--env", type=click.Choice(["current"]), default="current", help="Where it runs.")
@click.option("--rtol", type=click.FloatRange(min=0), help="Relative tolerance of metrics.")
@click.option("--dry-run", is_flag=True, help="Print the plan, run nothing.")
@options.yes
@options.tracking_uri
@options.as_json
@click.pass_context
def reproduce(
    context: click.Context,
    run: str,
    *,
    env: str,
    rtol: float | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Make a tracked run again and compare the outcome.

    It runs the code that the run recorded, so it prints the plan and asks first. Ends with 0 if
    the metrics are the same (or within --rtol), 1 if not, 4 if something it needs is missing, 5 if
    the training raised. RUN is a run's id, bare or as runs:/ID.
    """
    if dry_run:
        _print_plan(run, as_json=as_json)
        return
    require_answer(yes=yes)
    agreed = _asking(yes=yes, as_json=as_json)
    report = mlsnap.reproduce(run, env=env, rtol=rtol, confirm=agreed)
    if as_json:
        print_json(report.to_dict())
    else:
        print_view(late.reproduction_view(report))
    context.exit(_EXIT_CODES.get(report.verdict, 0))


def _print_plan(run: str, *, as_json: bool) -> None:
    with late.recorded_run(run) as recorded:
        plan = late.plan_of(recorded)
    if as_json:
        print_json(plan.to_dict())
    else:
        print_view(late.plan_view(plan))
    late.require_possible(plan)


def _asking(*, yes: bool, as_json: bool) -> Callable[[Plan], bool]:
    def agreed(plan: Plan) -> bool:
        if not (yes and as_json):
            print_view(late.plan_view(plan), err=as_json)
        confirm("run this code?", yes=yes)
        return True

    return agreed
