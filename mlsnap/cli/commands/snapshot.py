"""``mlsnap snapshot``."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

import mlsnap
from mlsnap.cli import late, options
from mlsnap.cli.output import print_json, print_view
from mlsnap.cli.processor import start_numpy
from mlsnap.errors import InvalidNameError, MlsnapError, NameTakenError, NotFoundError
from mlsnap.values.compression import uncompressed
from mlsnap.values.names import check_name, check_snapshot_name, slug
from mlsnap.values.snapshot import Status

if TYPE_CHECKING:
    from mlsnap import Dataset


@dataclass(frozen=True)
class _Order:
    """What to take: with a copy or not, to which remote, which version, and who reads the rows."""

    data: bool
    remote: str | None
    version: int | None
    compute_target: str

    def words(self) -> list[str]:
        """The options that say the same to another process."""
        remote = ["--remote", self.remote] if self.remote else []
        version = ["--definition-version", str(self.version)] if self.version else []
        reader = ["--compute-target", self.compute_target]
        return [*(["--data"] if self.data else []), *remote, *version, *reader]


@click.command()
@click.argument("target", metavar="NAME-or-PATH")
@click.option("--name", metavar="NAME", help="Name of the snapshot.  [default: v1, v2, …]")
@click.option("--data", is_flag=True, help="Store a copy of the data too.")
@click.option("--remote", metavar="REMOTE", help="DVC remote, URL or folder for the copy.")
@click.option(
    "--definition-version",
    "version",
    metavar="N",
    type=click.IntRange(min=1),
    help="Version of the definition to read.  [default: the newest]",
)
@click.option(
    "--compute-target",
    type=click.Choice(["local", "spark"]),
    default="local",
    help="Where the rows are read.  [default: local]",
)
@click.option("--wait/--no-wait", default=True, help="Wait until it is complete.  [default: wait]")
@options.tracking_uri
@options.as_json
def snapshot(
    target: str,
    *,
    name: str | None,
    data: bool,
    remote: str | None,
    version: int | None,
    compute_target: str,
    wait: bool,
    as_json: bool,
) -> None:
    """Take a snapshot of a dataset or a file.

    A file, glob or folder that no dataset is called after is registered on the spot, under a name
    made from its own.
    """
    if remote and not data:
        raise click.UsageError("--remote says where the copy goes: add --data to store one")
    if name is not None:
        check_snapshot_name(name)
    order = _Order(data, remote, version, compute_target)
    if wait:
        _take(_dataset(target), name, order, as_json=as_json)
    elif name is None:
        raise click.UsageError("--no-wait needs --name: how else would you find the snapshot")
    else:
        _start(_dataset(target), name, order, as_json=as_json)


def _take(dataset: Dataset, name: str | None, order: _Order, *, as_json: bool) -> None:
    if not as_json:
        click.echo(f"Action status: {Status.RUNNING}")
    start_numpy(algebra=True)
    with late.working(f"profiling {dataset.name}"):
        made = dataset.create_snapshot(
            name,
            compute_target=order.compute_target,
            create_data_snapshot=order.data,
            target_datastore=order.remote,
            definition_version=order.version,
        )
    if as_json:
        print_json({"reference": made.reference, **made.to_dict()})
    else:
        click.echo(f"Action status: {made.get_status()}")
        print_view(late.facts_view(f"Snapshot {made.reference}", late.snapshot_facts(made)))


def _start(dataset: Dataset, name: str, order: _Order, *, as_json: bool) -> None:
    """Leave the work to a process that outlives this one."""
    _refuse_taken(dataset, name)
    dataset.get_definition(order.version)
    words = [sys.executable, "-P", "-m", "mlsnap", "snapshot", dataset.name, "--name", name]
    if order.data:
        late.remote_of(late.open_workspace(), order.remote)
    nothing = subprocess.DEVNULL
    subprocess.Popen(
        [*words, *order.words()],
        stdin=nothing,
        stdout=nothing,
        stderr=nothing,
        start_new_session=True,
    )
    reference = f"{dataset.name}@{name}"
    if as_json:
        print_json({"reference": reference, "status": Status.RUNNING})
        return
    click.echo(f"Action status: {Status.RUNNING}")
    click.echo(
        f"`mlsnap show {reference}` tells how far it is; `mlsnap list {dataset.name}` lists it "
        "when it is ready"
    )


def _refuse_taken(dataset: Dataset, name: str) -> None:
    try:
        status = dataset.get_snapshot(name).get_status()
    except NotFoundError:
        return
    if status in (Status.COMPLETED, Status.RUNNING):
        raise NameTakenError(
            f"there is a snapshot {dataset.name}@{name} already, {status}",
            "choose another name, or use --wait to learn whether its content is the same",
        )


def _dataset(target: str) -> Dataset:
    """The dataset of that name, else of the file or folder there."""
    try:
        check_name(target, "dataset")
        return mlsnap.get_dataset(target)
    except (NotFoundError, InvalidNameError) as unknown:
        return _dataset_of_path(target, unknown)


def _dataset_of_path(target: str, unknown: MlsnapError) -> Dataset:
    if not target or not (set("/\\*?[.") & set(target) or _is_there(target)):
        raise unknown
    definition = late.define(target)
    dataset = mlsnap.register_dataset(_name_for(target), target, exist_ok=True)
    registered = dataset.get_definition()
    if registered.source != definition.source:
        raise NameTakenError(
            f"the dataset {dataset.name!r} has the source {late.source_text(registered)!r}, not "
            f"{definition.source!r}",
            f"register that under another name (`mlsnap register NAME {target}`), or make it the "
            f"source of this one: `mlsnap dataset update {dataset.name} {target} --message …`",
        )
    return dataset


def _is_there(target: str) -> bool:
    try:
        return Path(target).exists()
    except OSError:
        return False


def _name_for(target: str) -> str:
    """A file's name without its endings; of a glob, the name of the folder before it."""
    path = Path(target).absolute()
    while set("*?[") & set(path.name):
        path = path.parent
    return slug(path.name if path.is_dir() else Path(uncompressed(path.name)).stem)
