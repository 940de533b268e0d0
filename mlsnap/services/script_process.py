"""The fresh process in which a script is tracked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mlsnap.errors import MlsnapError
from mlsnap.lineage import code
from mlsnap.lineage.import_paths import MAIN
from mlsnap.lineage.opened_files import watched
from mlsnap.services import script_inputs
from mlsnap.services.bookkeeping import Bookkeeper
from mlsnap.services.calls import Tracked
from mlsnap.services.script_orders import ScriptOrder
from mlsnap.services.scripts import Script, module_file, own_traceback, put_first
from mlsnap.services.workspace import open_workspace

ERROR = 3
INTERRUPTED = 130


def main() -> None:
    """Track the script that the command line of this process orders, and end with its code."""
    order = ScriptOrder(**json.loads(sys.argv[1]))
    bookkeeper: Bookkeeper | None = None
    try:
        script = _script(order)
        with watched(script_inputs.ENDINGS if order.find_inputs else ()) as opened:
            script = replace(script, opened=opened)
            bookkeeper = Bookkeeper(Tracked(script, with_data=order.with_data), order.strict)
            run(script, bookkeeper)
    except SystemExit:
        raise
    except BaseException as error:
        sys.exit(_told(error))
    finally:
        if bookkeeper and bookkeeper.run_id:
            _tell_run(bookkeeper.run_id, bookkeeper.used)


def run(script: Script, bookkeeper: Bookkeeper) -> None:
    """Run a script as a tracked call; what it raises goes through."""
    with bookkeeper.around((), script.arguments):
        script(**script.arguments)


def _script(order: ScriptOrder) -> Script:
    script = found_script(order.target, order.argv, is_module=order.is_module)
    files = [
        *script_inputs.declared(order.inputs),
        *(script_inputs.named(order.argv) if order.find_inputs else ()),
    ]
    with suppress(MlsnapError):  # tracking says what is wrong with it, if something is
        workspace = open_workspace() if files else None
        tables = script_inputs.tables_of(files, script=script.name, workspace=workspace)
        root = code.find_root(script.file) or script.folder
        problems = script_inputs.out_of_reach(files, argv=order.argv, root=root)
        script = replace(script, tables=tables, problems=tuple(problems))
    return replace(script, run_name=order.run_name)


def found_script(target: str, argv: Sequence[str], *, is_module: bool) -> Script:
    """A script or module, whose place is first on ``sys.path`` from now on, as in Python."""
    if is_module:
        put_first(Path.cwd())
        module, file = module_file(target)
        return Script(file, module, tuple(argv))
    file = Path(os.path.abspath(target))  # noqa: PTH100 - links stay, as Python has it
    put_first(file.resolve().parent)
    return Script(file, MAIN, tuple(argv), shown=target)


def _tell_run(run_id: str, used: Sequence[str]) -> None:
    of_what = f" used {', '.join(used)}" if used else ""
    again = f"`mlsnap reproduce {run_id}` makes it again"
    print(f"mlsnap: run {run_id}{of_what}; {again}", file=sys.stderr)


def _told(error: BaseException) -> int:
    """Say on stderr what was raised, as Python does; the exit code."""
    found = own_traceback(error)
    if isinstance(error, MlsnapError) and found is None:
        print(f"Error: {error.fact}\nHint: {error.hint}", file=sys.stderr)
        return ERROR
    sys.excepthook(type(error), error.with_traceback(found), found)
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
