"""``mlsnap run``."""

from __future__ import annotations

import re
from pathlib import Path

import click

from mlsnap.cli import late, options

_PYTHON = re.compile(r"python[\d.]*(\.exe)?")


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("-m", "is_module", is_flag=True, help="SCRIPT is the name of a module.")
@click.option("--experiment", metavar="NAME", help="The experiment of the run.")
@click.option("--run-name", metavar="NAME", help="Name of the run.  [default: the script's]")
@options.script_inputs
@click.option("--no-inputs", is_flag=True, help="Take only data given by --input.")
@click.option("--data", is_flag=True, help="Store a copy of the data too.")
@click.option("--strict", is_flag=True, help="Fail where the run cannot be recorded.")
@options.tracking_uri
@click.argument("words", metavar="SCRIPT [ARGS]...", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def run(
    context: click.Context,
    words: tuple[str, ...],
    *,
    is_module: bool,
    experiment: str | None,
    run_name: str | None,
    inputs: dict[str, str],
    no_inputs: bool,
    data: bool,
    strict: bool,
) -> None:
    """Track a script with no changed line.

    It runs in a fresh Python as `python SCRIPT ARGS` would, and its exit code is the command's.
    It belongs to the MLflow run that it starts itself, else to a new one. Options on its command
    line become parameters; data files that it is given there, or opens while it runs, become
    inputs of the run. Files that Arrow (for pandas' Parquet too), Polars or DuckDB open are not
    seen: give them as arguments, or by --input.

    PYTHONHASHSEED is 0 unless it is set, so that sets of texts keep their order. NumPy is loaded
    before the script: set thread variables such as OMP_NUM_THREADS outside of it.
    """
    ended = late.start_script(
        late.ScriptOrder(
            *_target(words, is_module=is_module),
            inputs=inputs,
            find_inputs=not no_inputs,
            with_data=data,
            strict=strict or None,
            run_name=run_name,
        ),
        {"MLFLOW_EXPERIMENT_NAME": experiment, "MLFLOW_EXPERIMENT_ID": None} if experiment else {},
    )
    context.exit(ended)


def _target(words: tuple[str, ...], *, is_module: bool) -> tuple[str, tuple[str, ...], bool]:
    """The script or module, its words, and which of both it is; a leading ``python`` goes."""
    if words and not is_module and _PYTHON.fullmatch(Path(words[0]).name):
        words = words[1:]
    if words and not is_module and words[0] == "-m":
        words, is_module = words[1:], True
    if not words or words[0].startswith("-"):
        raise click.UsageError("name the script to run, or -m and a module")
    if not is_module and not Path(words[0]).is_file():
        raise click.UsageError(f"no script {words[0]!r}")
    return words[0], words[1:], is_module
