"""``mlsnap reproduce``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.confirmation import confirm, require_answer
from mlsnap.cli.exit_codes import DIFFERENT, NOT_REPRODUCIBLE, TRAINING_RAISED
from mlsnap.cli.output import print_json, print_view
from mlsnap.values.reproduction import Attempt, Place, Plan, Reproduction, Source, Verdict

_EXIT_CODES = {Verdict.DIFFERENT: DIFFERENT, Verdict.FAILED: TRAINING_RAISED}
_WORST_FIRST = (TRAINING_RAISED, NOT_REPRODUCIBLE, DIFFERENT)


@click.command()
@click.argument("run", metavar="RUN", required=False)
@click.option("--from-model", metavar="MODEL", help="The run that a model came of: models:/NAME/3.")
@click.option("--experiment", metavar="NAME", help="The last runs of an experiment, one by one.")
@click.option("--last", type=click.IntRange(min=1), help="How many of them.  [default: 10]")
@click.option(
    "--env",
    type=click.Choice([each.value for each in Place]),
    default=Place.AUTO.value,
    help="Where it runs: the current environment, an isolated one built from the recorded "
    "packages, or, auto, the current one where it is as recorded.",
    show_default=True,
)
@click.option(
    "--code",
    type=click.Choice([each.value for each in Source]),
    default=Source.RECORDED.value,
    help="The code of the run, or that in this folder.",
    show_default=True,
)
@click.option(
    "--data",
    type=click.Choice([each.value for each in Source]),
    default=Source.RECORDED.value,
    help="The data of the run, or what its sources hold now.",
    show_default=True,
)
@options.params
@options.tolerances
@click.option("--atol", type=click.FloatRange(min=0), default=0.0, help="Absolute tolerance.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="PATTERN",
    help="Metrics, params or artifacts not to judge; again for more.",
)
@click.option("--explain", is_flag=True, help="Look for the cause of a difference: more reruns.")
@click.option("--against", metavar="RUN", help="Run nothing: judge this run as the rerun.")
@click.option("--data-only", is_flag=True, help="Only bring the data into the folder --output.")
@click.option("--code-only", is_flag=True, help="Only bring the code into the folder --output.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option("--dry-run", is_flag=True, help="Print the plan, run nothing.")
@options.html_page
@options.yes
@options.tracking_uri
@options.as_json
@click.pass_context
def reproduce(
    context: click.Context,
    run: str | None,
    *,
    from_model: str | None,
    experiment: str | None,
    last: int | None,
    env: str,
    code: str,
    data: str,
    params: dict[str, str],
    rtol: tuple[float | None, dict[str, float]],
    atol: float,
    ignore: tuple[str, ...],
    explain: bool,
    against: str | None,
    data_only: bool,
    code_only: bool,
    output: Path | None,
    dry_run: bool,
    html: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Make a tracked run again and compare the outcome.

    It runs the code that the run recorded, so it prints the plan and asks first. Ends with 0 if
    the outcome is the same (or within --rtol), 1 if not, 4 if something it needs is missing, 5 if
    the training raised. RUN is a run's id, bare or as runs:/ID.
    """
    given = [each is not None for each in (run, from_model, experiment)]
    if sum(given) != 1:
        raise click.UsageError("name one of RUN, --from-model and --experiment")
    if last is not None and experiment is None:
        raise click.UsageError("--last needs --experiment")
    if (data_only or code_only) != (output is not None) or (data_only and code_only):
        raise click.UsageError("--data-only or --code-only, and --output FOLDER, go together")
    judged: dict[str, Any] = {
        "rtol": rtol[0],
        "atol": atol,
        "tolerances": rtol[1],
        "ignore": ignore,
    }
    how = {**judged, "env": env, "code": code, "data": data, "params": params, "explain": explain}
    if experiment is not None:
        _reproduce_last(context, experiment, last or 10, how, yes=yes, as_json=as_json)
        return
    run_id = late.run_of_model(from_model) if from_model else str(run)
    if output is not None:
        _bring(run_id, output, data_only=data_only, as_json=as_json)
    elif against is not None:
        _show(context, late.compare_runs(run_id, against, **judged), html, as_json=as_json)
    elif dry_run:
        _print_plan(run_id, how, as_json=as_json)
    else:
        require_answer(yes=yes)
        agreed = _asking(yes=yes, as_json=as_json)
        report = mlsnap.reproduce(run_id, confirm=agreed, **how)
        _show(context, report, html, as_json=as_json)


def _show(
    context: click.Context, report: Reproduction, html: Path | None, *, as_json: bool
) -> None:
    if html is not None:
        html.write_text(late.reproduction_page(report), encoding="utf-8")
    if as_json:
        print_json(report.to_dict())
    else:
        print_view(late.reproduction_view(report))
    context.exit(_EXIT_CODES.get(report.verdict, 0))


def _reproduce_last(
    context: click.Context,
    experiment: str,
    last: int,
    how: dict[str, Any],
    *,
    yes: bool,
    as_json: bool,
) -> None:
    require_answer(yes=yes)
    attempts = list(
        late.reproduce_last(
            experiment, last, confirm=_asking(yes=yes, as_json=as_json, quiet=yes), **how
        )
    )
    if as_json:
        print_json([each.to_dict() for each in attempts])
    else:
        print_view(late.attempts_view(attempts))
    codes = {_exit_code(each) for each in attempts}
    context.exit(next((code for code in _WORST_FIRST if code in codes), 0))


def _exit_code(attempt: Attempt) -> int:
    if attempt.reproduction is None:
        return NOT_REPRODUCIBLE
    return _EXIT_CODES.get(attempt.reproduction.verdict, 0)


def _bring(run_id: str, folder: Path, *, data_only: bool, as_json: bool) -> None:
    with late.working("bringing the data" if data_only else "bringing the code"):
        found = late.bring_data(run_id, folder) if data_only else late.bring_code(run_id, folder)
    if as_json:
        print_json({"path": str(folder.absolute()), "inputs" if data_only else "code": found})
    else:
        click.echo(f"wrote {folder}")


def _print_plan(run_id: str, how: dict[str, Any], *, as_json: bool) -> None:
    plan = late.plan(run_id, **{name: how[name] for name in ("env", "code", "data", "params")})
    if as_json:
        print_json(plan.to_dict())
    else:
        print_view(late.plan_view(plan))
    late.require_possible(plan)


def _asking(*, yes: bool, as_json: bool, quiet: bool = False) -> Callable[[Plan], bool]:
    def agreed(plan: Plan) -> bool:
        if not (quiet or (yes and as_json)):
            print_view(late.plan_view(plan), err=as_json)
        confirm("run this code?", yes=yes)
        return True

    return agreed
