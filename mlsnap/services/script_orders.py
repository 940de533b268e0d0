"""The order to track a script, and the start of the fresh process that does.

Loads nothing heavy: all that is loaded there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

_START = (
    "import sys; sys.flags.safe_path or sys.path.pop(0); "
    "from mlsnap.services.script_process import main; main()"
)


@dataclass(frozen=True)
class ScriptOrder:
    """What to run and how to track it.

    Attributes
    ----------
    target
        The path of a script, or the name of a module if ``is_module``.
    inputs
        Paths of data files and folders by context, beside those that ``argv`` names.
    find_inputs
        Whether data files that the command line names and that the script opens are inputs.
    with_data
        Whether snapshots get a copy of the data.
    """

    target: str
    argv: tuple[str, ...] = ()
    is_module: bool = False
    inputs: Mapping[str, str] = field(default_factory=dict)
    find_inputs: bool = True
    with_data: bool = False
    strict: bool | None = None
    run_name: str | None = None


def start_script(order: ScriptOrder, variables: Mapping[str, str | None]) -> int:
    """Run a script in a fresh process of this Python; returns its exit code.

    ``variables`` come on top of those of this process; one that is ``None`` is taken away. Sets of
    texts have the same order each time, unless PYTHONHASHSEED is set already.
    """
    wanted = {"PYTHONHASHSEED": "0", **os.environ, **variables}
    child = subprocess.Popen(
        [sys.executable, "-c", _START, json.dumps(asdict(order))],
        env={name: value for name, value in wanted.items() if value is not None},
    )
    with _handing_on_signals(child):
        ended = child.wait()
    return 128 - ended if ended < 0 else ended


@contextmanager
def _handing_on_signals(child: subprocess.Popen[Any]) -> Iterator[None]:
    """Ctrl-C reaches the child by itself: it decides what that means."""

    def hand_on(number: int, frame: object) -> None:
        with suppress(ProcessLookupError):
            child.send_signal(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda number, frame: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, hand_on),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
