"""What to say of stored records."""

from __future__ import annotations

from mlsnap.report.statements import counted
from mlsnap.values.snapshot import DataCopy, Definition, SnapshotRecord

HANDED_OVER = "frames handed over in Python"


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
