"""Writing a project's settings."""

from __future__ import annotations

from pathlib import Path

from mlsnap import settings
from mlsnap.errors import ConfigError


def write_setting(start: Path, key: str, value: str, *, force: bool) -> Path:
    """Store a setting in the project that ``start`` lies in; returns the file.

    Raises
    ------
    ConfigError
        If it has another value already and ``force`` does not allow to overwrite it, or the
        project's settings are in its ``pyproject.toml``, which a file of mlsnap's would hide.
    """
    stored = settings.load(start, environment={})
    origin = stored.origins.get(key)
    _refuse_pyproject(stored, key, value)
    held = getattr(stored.settings, key)
    if origin and not force and str(held) != value:
        raise ConfigError(f"{key} is {held!r} in {origin} already", "pass --force to overwrite it")
    return settings.write(stored.project, key, value)


def _refuse_pyproject(stored: settings.Loaded, key: str, value: str) -> None:
    files = [origin for origin in stored.origins.values() if origin.endswith("pyproject.toml")]
    if files:
        raise ConfigError(
            f"the settings of this project are in {files[0]}",
            f"write {key} = {value!r} under [tool.mlsnap] there",
        )
