"""What to say of stored records."""

from __future__ import annotations

from typing import Any

from mlsnap.report.sizes import bytes_text
from mlsnap.report.statements import counted
from mlsnap.values.moment import moment_text
from mlsnap.values.snapshot import DataCopy, Definition, SnapshotRecord, Tracked

HANDED_OVER = "frames handed over in Python"
_UNSAID = ("step", "sha256")


def brief_facts(record: SnapshotRecord) -> dict[str, str]:
    """A snapshot's fields, as its repr shows them."""
    return {
        "name": record.name,
        "dataset": record.dataset,
        "definition version": str(record.definition.version),
        "created": moment_text(record.created),
        "rows": f"{record.row_count:,}",
        "columns": f"{record.column_count:,}",
        "size stored": _size_text(record.data),
    }


def all_facts(record: SnapshotRecord) -> dict[str, str]:
    """Everything that is recorded of a snapshot."""
    made = record.provenance
    facts = {
        **brief_facts(record),
        "number": str(record.number),
        "source": made.source,
        "options": options_text(record.definition),
        "steps": steps_text(record.definition),
        "created by": f"{made.creator}, with mlsnap {made.mlsnap_version}",
        "git commit": made.git_commit or "",
        "digest": f"sha256:{record.digest}",
        "copy": copy_text(record.data) if record.data else "",
        "what became of it": record.copy_note or "",
        "MLflow run": record.run_id,
    }
    return {name: value for name, value in facts.items() if value}


def source_text(definition: Definition) -> str:
    """Where a definition's data comes from."""
    return definition.source or HANDED_OVER


def options_text(definition: Definition) -> str:
    """The read options, ``name=value`` each."""
    return ", ".join(f"{name}={value!r}" for name, value in definition.options.items())


def steps_text(definition: Definition) -> str:
    """The transformation steps, one a line: name and arguments.

    >>> steps_text(Definition(steps=({"step": "select", "columns": ["age", "town"]},)))
    'select: age, town'
    """
    return "\n".join(_step_text(each) for each in definition.steps)


def _step_text(step: dict[str, Any]) -> str:
    told = {name: _argument_text(value) for name, value in step.items() if name not in _UNSAID}
    if len(told) == 1:
        return f"{step['step']}: {next(iter(told.values()))}"
    return f"{step['step']}: {'; '.join(f'{name} {text}' for name, text in told.items() if text)}"


def _argument_text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {each}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def copy_text(copy: DataCopy) -> str:
    """Where a copy lies and what it is made of."""
    named = f" (remote {copy.remote_name!r})" if copy.remote_name else ""
    kind = "source file" if copy.verbatim else "Parquet part"
    made_of = counted(len(copy.parts), kind)
    lies = f"{copy.remote['url']}{named}\n{made_of}, DVC's name {copy.md5}"
    return f"{lies}\n{_tracked_text(copy.tracked)}" if copy.tracked else lies


def _tracked_text(tracked: Tracked) -> str:
    """What a snapshot that refers to data depends on."""
    commit = f"commit {tracked.commit[:12]}" if tracked.commit else "not committed to git"
    return (
        f"refers to {tracked.path} of the DVC project, {commit}; kept as long as that project's "
        "`dvc gc -c` keeps it; `mlsnap pin` copies it"
    )


def _size_text(copy: DataCopy | None) -> str:
    if copy is None:
        return "no copy of the data"
    size = bytes_text(copy.size)
    if copy.tracked:
        return f"none, {size} are referred to"
    if copy.sent is None or copy.sent == copy.size:
        return size
    return f"{size}, {bytes_text(copy.sent)} of them sent"
