"""What to say of stored records."""

from __future__ import annotations

from typing import Any

from mlsnap.report.statements import counted
from mlsnap.values.snapshot import DataCopy, Definition, SnapshotRecord

HANDED_OVER = "frames handed over in Python"
_UNSAID = ("step", "sha256")


def brief_facts(record: SnapshotRecord) -> dict[str, str]:
    """A snapshot's fields, as its repr shows them."""
    return {
        "name": record.name,
        "dataset": record.dataset,
        "definition version": str(record.definition.version),
        "created": f"{record.created:%Y-%m-%d %H:%M:%S} UTC",
        "rows": f"{record.row_count:,}",
        "columns": f"{record.column_count:,}",
        "size stored": bytes_text(record.data.size) if record.data else "no copy of the data",
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
    return f"{copy.remote['url']}{named}\n{made_of}, DVC's name {copy.md5}"


def bytes_text(size: int) -> str:
    """A number of bytes, in the unit that leaves one to three digits before the point.

    Examples
    --------
    >>> bytes_text(512), bytes_text(20_480), bytes_text(554_000_000)
    ('512 bytes', '20.5 kB', '554.0 MB')
    """
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{size} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
