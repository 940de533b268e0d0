"""Writes docs/reference/command-line.md from the commands themselves.

``python tests/docs/command_reference.py``
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from mlsnap.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"


def page() -> str:
    """The page as the commands say it."""
    sections = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in helps(main, "mlsnap")]
    return "# The command line\n\n" + "\n".join(sections)


def helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """The help of a command and of all below it, at a width of 90."""
    context = click.Context(command, info_name=name, max_content_width=90, terminal_width=90)
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            assert below is not None
            yield from helps(below, f"{name} {each}")


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
