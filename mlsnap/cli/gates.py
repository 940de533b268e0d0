"""Limits on what a command compared: what came of them, and how the command ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mlsnap.cli import late
from mlsnap.cli.exit_codes import DIFFERENT
from mlsnap.cli.output import print_view

if TYPE_CHECKING:
    from mlsnap.values.checks import Check
    from mlsnap.values.difference import Difference
    from mlsnap.values.drift import Drift


def check_of(compared: Difference | Drift, fail_on: tuple[str, ...]) -> Check | None:
    """What comes of ``fail_on``, else of the project's limits; ``None`` where there are none."""
    limits = fail_on or compared.limits
    return compared.check(*limits) if limits else None


def document(compared: Difference | Drift, check: Check | None) -> dict[str, Any]:
    """What was compared for scripts, with the ``check`` if there was one."""
    return compared.to_dict() | ({} if check is None else {"check": check.to_dict()})


def end(context: click.Context, check: Check | None, *, shown: bool) -> None:
    """End the command with 1 if a limit is exceeded; print the check unless it was ``shown``."""
    if check is not None and not shown:
        click.echo()
        print_view(late.check_view(check))
    context.exit(DIFFERENT if check is not None and not check else 0)
