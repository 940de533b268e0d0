"""The process in which a run's calls are made again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import environment as environments
from mlsnap.services.reproduction.environments import overlay
from mlsnap.services.reproduction.environments.choosing import Prepared
from mlsnap.services.reproduction.environments.processes import Ended, run_shown
from mlsnap.values.lineage import Call, Environment

_MODULE = "mlsnap.services.reproduction.rerun"
_PREDICTIONS = "mlsnap.services.reproduction.judging.predictions"
_WORDS = 300
_OF_THE_SHELL = ("MLFLOW_RUN_ID", "MLFLOW_TRACKING_URI")
_OF_THIS_PYTHON = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "CONDA_PREFIX"),
    "PYTHONDONTWRITEBYTECODE",  # an environment that is kept is compiled once
)


def call_again(order: dict[str, Any], folder: Path, prepared: Prepared) -> str | None:
    """Run `rerun` with ``order`` in a fresh process; what the training raised, or ``None``.

    What it prints goes to stderr. It has the recorded variables, and none of those that would be
    recorded and were not set; an interrupt ends it and all that it started.

    Raises
    ------
    NotReproducibleError
        If it could not be called.
    """
    file = folder / "order.json"
    file.write_text(json.dumps(order), encoding="utf-8")
    recorded = Call.from_dict(order["calls"][0]["call"]).environment
    variables = {
        **variables_of(recorded, prepared, folder, root=Path(order["root"])),
        "MLFLOW_TRACKING_URI": order["tracking_uri"],
    }
    # in the folder, whose modules come first: nothing of the user's folder may
    command = [str(prepared.python), "-m", _MODULE, str(file)]
    ended = run_shown(command, at=folder, variables=variables)
    told = Path(order["ended"])
    failure = json.loads(told.read_text(encoding="utf-8")) if told.exists() else None
    if not failure:
        returned = failure is not None and ended.code == 0
        return None if returned else _unheard(ended, folder, prepared, variables)
    if "missing" in failure:
        raise NotReproducibleError(failure["missing"], failure["hint"])
    return str(failure["raised"])


def launcher(
    recorded: Environment, prepared: Prepared, folder: Path, *, code: dict[str, Any]
) -> Callable[[Path], str | None]:
    """What runs `predictions` with the file of an order in ``prepared``, and says how it failed.

    The code of the order ``code`` of a rerun can be imported there, as models may be of it.
    """
    root = Path(code["root"])
    variables = variables_of(recorded, prepared, folder, root=root)
    paths = [str(root / each) for each in code["calls"][0]["call"]["entry"]["paths"]]
    inherited = variables.get("PYTHONPATH", "")
    variables["PYTHONPATH"] = os.pathsep.join([*filter(None, [inherited]), *paths])

    def launch(order: Path) -> str | None:
        command = [str(prepared.python), "-m", _PREDICTIONS, str(order)]
        ended = run_shown(command, at=folder, variables=variables, keep=True)
        return None if ended.code == 0 else _last_words(ended)

    return launch


def variables_of(
    recorded: Environment, prepared: Prepared, folder: Path, *, root: Path | None = None
) -> dict[str, str]:
    """Environment variables for a process in ``prepared`` that is as the recorded one was.

    An isolated one gets this mlsnap, from a copy in ``folder``, the packages that are part of the
    code below ``root``, and nothing of the user's ``PYTHONPATH``.
    """
    unset = {*environments.VARIABLES, *_OF_THE_SHELL}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    restored = {**kept, **_threads(recorded), **_listed(recorded.variables)}
    if not prepared.isolated:
        return restored
    copied = folder / "packages"
    if not copied.exists():
        overlay.make(copied, recorded, root=root)
    own = {name: value for name, value in restored.items() if name not in _OF_THIS_PYTHON}
    programs = (str(prepared.python.parent), own.get("PATH", os.defpath))
    return {
        **own,
        "PATH": os.pathsep.join(programs),
        "PYTHONPATH": str(copied),
        "PYTHONNOUSERSITE": "1",
    }


def _threads(recorded: Environment) -> dict[str, str]:
    """The recorded numbers of threads, where this machine would give others of itself.

    Libraries take as many as there are CPUs; a number of processes can only be made smaller.
    """
    here = environments.capture()
    different = environments.differences_by_kind(recorded, here)["threads"]
    if recorded.cpu_count == here.cpu_count and not different:
        return {}
    return environments.threads_of(recorded)


def _listed(variables: dict[str, str]) -> dict[str, str]:
    """Those that may be set: a record that was changed by hand sets nothing else."""
    known = environments.VARIABLES
    return {k: v for k, v in variables.items() if k in known and v.isprintable()}


def _unheard(ended: Ended, folder: Path, prepared: Prepared, variables: dict[str, str]) -> str:
    """How a process ended that could not say it itself, after seeing whether it ever began."""
    if prepared.isolated and ended.code > 0:
        command = [str(prepared.python), "-c", f"import {_MODULE}"]
        tried = run_shown(command, at=folder, variables=variables, keep=True)
        if tried.code != 0:
            raise NotReproducibleError(
                f"mlsnap does not run in the recorded environment: {_last_words(tried)}",
                "pass `--env current` to use this environment",
            )
    return str(ended)


def _last_words(ended: Ended) -> str:
    """What a process printed last, as that mostly says why it ended; else how it ended."""
    lines = [line.strip() for line in ended.said.splitlines() if line.strip()]
    return f"{lines[-1][:_WORDS]} ({ended})" if lines else str(ended)
