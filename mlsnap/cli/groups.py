"""Groups of commands: unknown names get near ones, commands are loaded when called."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from mlsnap.cli.exit_codes import exit_code_of
from mlsnap.cli.quiet import quiet
from mlsnap.errors import near
from mlsnap.values.garbage import seldom_collected

_DEBUG = click.Option(
    ["--debug"], is_flag=True, expose_value=False, help="Show tracebacks and all warnings."
)


class NearNames(click.Group):
    """A group that answers an unknown command with the names closest to it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with our words where there is no such command."""
        known, name = self.list_commands(ctx), args[0]
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"no command {name!r}{near(name, known)}")
        return super().resolve_command(ctx, args)


class CommandLine(NearNames):
    """The whole command line; a command's module is imported when the command is called."""

    def __init__(
        self, *args: Any, sections: Mapping[str, Mapping[str, str]] | None = None, **extra: Any
    ) -> None:
        super().__init__(*args, **extra)
        self._sections = sections or {}
        self.params.append(_DEBUG)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, in the order of the help."""
        return [name for commands in self._sections.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, from its module."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"mlsnap.cli.commands.{cmd_name}")
        found = (each for each in vars(module).values() if isinstance(each, click.Command))
        return _with_debug(next(each for each in found if each.name == cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by section, without importing any of them."""
        for title, commands in self._sections.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command; in standalone mode, end the process with its exit code."""
        words = list(sys.argv[1:] if args is None else args)

        def run() -> Any:
            return super(CommandLine, self).main(
                args, prog_name, complete_var, standalone_mode=False, **extra
            )

        if not standalone_mode:
            return run()
        debug = "--debug" in words
        with quiet(debug=debug), seldom_collected():
            sys.exit(exit_code_of(run, debug=debug))


def _with_debug(command: click.Command) -> click.Command:
    if not any("--debug" in each.opts for each in command.params):
        command.params.append(_DEBUG)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _with_debug(each)
    return command
