"""A script that runs as ``__main__``, as Python itself would run it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any, cast

from mlsnap.errors import NotFoundError
from mlsnap.lineage.import_paths import MAIN
from mlsnap.lineage.opened_files import Opened
from mlsnap.services.call_inputs import TableArgument
from mlsnap.services.command_lines import params_of, secrets_of, without_secrets
from mlsnap.values.exits import ends_well


@dataclass(frozen=True)
class Script:
    """A script or module, and how it is run.

    Attributes
    ----------
    file
        Its absolute path.
    module
        The import name of what ``python -m`` runs; ``__main__`` for a script.
    argv
        The words after its name, as they are recorded.
    given
        The words after its name, as it sees them: others where the data lies at another place.
    tables
        Its input files that are known before it runs; ``problems`` says which of them will not be
        found when it is run again.
    opened
        Collects the files that it opens; ``None`` if they do not matter.
    """

    file: Path
    module: str = MAIN
    argv: tuple[str, ...] = ()
    given: tuple[str, ...] | None = None
    run_name: str | None = None
    shown: str | None = None
    tables: tuple[TableArgument, ...] = ()
    problems: tuple[str, ...] = ()
    opened: Opened | None = None
    folder: Path = field(default_factory=Path.cwd)

    def __call__(self, argv: list[str], files: Mapping[str, Path]) -> None:
        """Run it; what it raises goes through, but for an end without an error."""
        try:
            self._run()
        except SystemExit as ended:
            if not ends_well(ended):
                raise

    @property
    def name(self) -> str:
        """What runs and datasets are called after it."""
        if self.module == MAIN:
            return self.file.stem
        return self.module.removesuffix(f".{MAIN}").rpartition(".")[2]

    @property
    def params(self) -> dict[str, str]:
        """Its command line as parameters, without secrets."""
        return params_of(self.argv)

    @property
    def unstored(self) -> dict[str, str]:
        """Why options are not stored, by their names."""
        return dict.fromkeys(secrets_of(self.argv), "it looks like a secret")

    @property
    def arguments(self) -> dict[str, Any]:
        """What it is called with."""
        return {
            "argv": without_secrets(self.argv),
            "files": {str(each.place[1]): each.value for each in self.tables},
        }

    def _run(self) -> None:
        main = sys.modules[MAIN] = ModuleType(MAIN)
        code = self._load(main)
        words = self.argv if self.given is None else self.given
        sys.argv[:] = [self.shown or str(self.file), *words]
        exec(code, main.__dict__)

    def _load(self, main: ModuleType) -> CodeType:
        """The code, with what Python says about it in the module that it will run in."""
        spec = None if self.module == MAIN else spec_of(self.module)
        file = str(self.file)
        loader: Any = spec.loader if spec else SourceFileLoader(MAIN, file)
        main.__dict__.update(
            __builtins__=__builtins__,
            __cached__=spec.cached if spec else None,
            __file__=file,
            __loader__=loader,
            __package__=spec.parent if spec else None,
            __spec__=spec,
        )
        code = loader.get_code(spec.name) if spec else _compiled(loader, file)
        return cast(CodeType, code)


def _compiled(loader: Any, file: str) -> Any:
    return loader.source_to_code(loader.get_data(file), file)


def spec_of(module: str) -> ModuleSpec:
    """What ``python -m MODULE`` runs; its packages are imported for it.

    Raises
    ------
    NotFoundError
        If there is no such module of Python source.
    """
    spec = _found(module)
    if spec and spec.submodule_search_locations is not None:
        spec = _found(f"{module}.{MAIN}")
    if spec is None or not spec.origin or not hasattr(spec.loader, "get_code"):
        raise NotFoundError(
            f"no module {module!r} that can be run", "check the name, and where the process stands"
        )
    return spec


def module_file(module: str) -> tuple[str, Path]:
    """The full import name and the file of what ``python -m MODULE`` runs."""
    spec = spec_of(module)
    return spec.name, Path(os.path.abspath(spec.origin or ""))  # noqa: PTH100 - as Python has it


def put_first(folder: Path) -> None:
    """Put first on ``sys.path`` what Python puts there, unless it was told not to."""
    if not sys.flags.safe_path:
        sys.path.insert(0, str(folder))


def own_traceback(error: BaseException) -> TracebackType | None:
    """The traceback of what a script raised, from the script's own frame on."""
    main, found = sys.modules[MAIN].__dict__, error.__traceback__
    while found and found.tb_frame.f_globals is not main:
        found = found.tb_next
    return found


def _found(module: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            return None
        raise
    except ValueError:
        return None
