import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

import mlsnap
import mlsnap.cli.commands
from mlsnap.cli import SECTIONS, main

TABLE = {name: line for commands in SECTIONS.values() for name, line in commands.items()}
FILES = {
    file.stem for file in Path(mlsnap.cli.commands.__path__[0]).glob("*.py") if file.stem[0] != "_"
}
HEAVY = "mlflow dvc pandas numpy pyarrow scipy rich jinja2 sqlalchemy"

_HELP_OF_ALL = """
import contextlib, sys
from mlsnap.cli import SECTIONS, main

for words in ([], *([name] for commands in SECTIONS.values() for name in commands)):
    with contextlib.suppress(SystemExit):
        main([*words, "--help"], prog_name="mlsnap")
print(sorted(set(sys.argv[1].split()) & set(sys.modules)), file=sys.stderr)
"""


def test_every_file_of_commands_is_in_the_table():
    assert set(TABLE) == FILES


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_table_says_what_the_command_says_of_itself(name):
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert TABLE[name] == command.get_short_help_str(limit=100).rstrip(".")


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_file_of_commands_holds_one_command(name):
    module = import_module(f"mlsnap.cli.commands.{name}")
    found = [each for each in vars(module).values() if isinstance(each, click.Command)]
    inside = [each for group in found if isinstance(group, click.Group) for each in group.commands]
    assert [each.name for each in found if each.name not in inside] == [name]


def test_no_help_loads_a_heavy_library():
    done = subprocess.run(
        [sys.executable, "-c", _HELP_OF_ALL, HEAVY], capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"


def test_help_lists_every_command(run):
    ended = run("--help")
    assert ended.code == 0
    for name, line in TABLE.items():
        assert f"  {name} " in ended.out
        assert " ".join(line.split()[:3]) in ended.out


@pytest.mark.parametrize("name", sorted({*TABLE} - {"run"}))  # stdout is the script's there
def test_every_command_takes_json_and_debug(name):
    command = main.get_command(click.Context(main), name)
    commands = command.commands.values() if isinstance(command, click.Group) else [command]
    for each in commands:
        flags = {flag for parameter in each.params for flag in parameter.opts}
        assert {"--json", "--debug"} <= flags


def test_the_version_is_the_package_s(run):
    assert run("--version").out == f"mlsnap {mlsnap.__version__}\n"


@pytest.mark.parametrize(
    ("words", "near"), [(["snapshto"], "'snapshot'"), (["dataset", "shwo"], "'show'")]
)
def test_an_unknown_command_gets_near_names_and_ends_with_2(run, words, near):
    ended = run(*words)
    assert ended.code == 2
    assert f"no command {words[-1]!r}; near names: {near}" in ended.err


def test_an_unknown_option_ends_with_2(run):
    assert run("list", "--nonsense").code == 2


def test_the_shell_completes_commands_and_options():
    def completed(words, position):
        variables = {"_MLSNAP_COMPLETE": "bash_complete", "COMP_WORDS": words}
        return subprocess.run(
            [sys.executable, "-m", "mlsnap"],
            env={**os.environ, **variables, "COMP_CWORD": str(position)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()

    assert completed("mlsnap snap", 1) == ["plain,snapshot"]
    assert "plain,--no-wait" in completed("mlsnap snapshot --no", 2)
