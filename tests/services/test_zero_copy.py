"""Data that the user's DVC project keeps already is referred to, and nothing is copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import workshop
from dvc_projects import CRIME, PARTS, dvc, forget, objects, state

import mlsnap
from mlsnap import steps
from mlsnap.errors import MlsnapWarning, RemoteError
from mlsnap.report.records import all_facts
from mlsnap.services.datasets import Dataset
from mlsnap.services.snapshots import Snapshot

FRAME = pd.DataFrame({"Ward": [1, 2, 3], "Beat": [111, 222, 333]})


@pytest.fixture
def crime(tracked: Path) -> Dataset:
    """A dataset of the tracked file."""
    return mlsnap.register_dataset("crime", "data/crime.csv")


def taken(dataset: Dataset, **options: object) -> Snapshot:
    return dataset.create_snapshot(create_data_snapshot=True, **options)  # type: ignore[arg-type]


def is_referred(snapshot: Snapshot) -> bool:
    assert snapshot.record.data is not None
    return snapshot.record.data.tracked is not None


def test_a_tracked_file_is_referred_to(crime: Dataset, tracked: Path, project: Path) -> None:
    before = state(tracked)

    snapshot = taken(crime)

    assert state(tracked) == before
    copy = snapshot.record.data
    assert copy is not None
    assert copy.tracked is not None
    assert copy.tracked.path == "data/crime.csv"
    assert copy.tracked.commit == workshop.git(project, "rev-parse", "HEAD").strip()
    assert snapshot.is_data_snapshot_available()


def test_what_is_referred_to_is_read_back(crime: Dataset, project: Path) -> None:
    snapshot = taken(crime)
    shutil.rmtree(project / "data")
    shutil.rmtree(project / ".dvc" / "cache")

    assert snapshot.to_pandas_dataframe().equals(FRAME)
    assert snapshot.verify() == []
    assert (snapshot.download("back") / "crime.csv").read_text() == CRIME


def test_a_tracked_folder_is_referred_to(tracked: Path) -> None:
    before = objects(tracked)

    snapshot = taken(mlsnap.register_dataset("parts", "data/parts"))

    assert is_referred(snapshot)
    assert objects(tracked) == before
    assert snapshot.to_pandas_dataframe().Ward.tolist() == [1, 2, 3]
    assert snapshot.verify() == []


def test_one_file_of_a_tracked_folder_is_referred_to(tracked: Path) -> None:
    snapshot = taken(mlsnap.register_dataset("y2020", "data/parts/2020.csv"))

    assert is_referred(snapshot)
    assert snapshot.to_pandas_dataframe().Ward.tolist() == [3]


def test_options_of_reading_are_kept(project: Path, tracked: Path) -> None:
    (project / "semi.csv").write_text("a;b\n1;2\n")
    dvc("add", "--quiet", "semi.csv", at=project)
    dvc("push", "--quiet", at=project)
    workshop.commit_all(project)

    snapshot = taken(mlsnap.register_dataset("semi", "semi.csv", options={"delimiter": ";"}))

    assert is_referred(snapshot)
    assert snapshot.to_pandas_dataframe().equals(pd.DataFrame({"a": [1], "b": [2]}))


def test_the_output_of_a_stage_is_referred_to(project: Path, tracked: Path) -> None:
    (project / "dvc.yaml").write_text(
        "stages:\n  copy:\n    cmd: cp data/crime.csv clean.csv\n    deps: [data/crime.csv]\n"
        "    outs: [clean.csv]\n"
    )
    dvc("repro", "--quiet", at=project)
    dvc("push", "--quiet", at=project)
    commit = workshop.commit_all(project)

    snapshot = taken(mlsnap.register_dataset("clean", "clean.csv"))

    assert snapshot.record.data is not None
    assert snapshot.record.data.tracked is not None
    assert snapshot.record.data.tracked.commit == commit
    assert snapshot.to_pandas_dataframe().equals(FRAME)


def test_changed_data_is_copied_and_it_is_said(crime: Dataset, project: Path) -> None:
    (project / "data" / "crime.csv").unlink()
    (project / "data" / "crime.csv").write_text(CRIME.replace("333", "444"))

    with pytest.warns(MlsnapWarning) as warned:
        snapshot = taken(crime)

    assert str(warned[0].message) == (
        "data/crime.csv is tracked by DVC but has changes that are not committed to DVC; "
        "a copy is stored instead"
    )
    assert not is_referred(snapshot)
    assert snapshot.to_pandas_dataframe().Beat.tolist() == [111, 222, 444]


def test_data_that_is_not_pushed_is_copied_and_it_is_said(crime: Dataset, tracked: Path) -> None:
    forget(tracked, CRIME)

    with pytest.warns(MlsnapWarning, match=r"not pushed: crime\.csv is not in the remote"):
        snapshot = taken(crime)

    assert not is_referred(snapshot)
    assert snapshot.to_pandas_dataframe().equals(FRAME)


def test_a_record_that_git_does_not_have_is_warned_about(crime: Dataset, project: Path) -> None:
    (project / "data" / "crime.csv").unlink()
    (project / "data" / "crime.csv").write_text(CRIME + "4,444\n")
    dvc("add", "--quiet", "data/crime.csv", at=project)
    dvc("push", "--quiet", at=project)

    with pytest.warns(MlsnapWarning, match=r"crime\.csv\.dvc is not committed to git as it is"):
        snapshot = taken(crime)

    assert snapshot.record.data is not None
    assert snapshot.record.data.tracked is not None
    assert snapshot.record.data.tracked.commit is None
    assert "not committed to git" in all_facts(snapshot.record)["copy"]


def test_a_remote_that_is_named_gets_a_copy(crime: Dataset, tracked: Path) -> None:
    snapshot = taken(crime, target_datastore="main")

    assert not is_referred(snapshot)
    assert objects(tracked / "mlsnap")


def test_rows_that_steps_transformed_are_copied(crime: Dataset) -> None:
    crime.update_definition(
        crime.get_definition().with_steps(steps.select("Ward")), "one column only"
    )

    snapshot = taken(crime)

    assert not is_referred(snapshot)
    assert snapshot.to_pandas_dataframe().columns.tolist() == ["Ward"]


def test_a_frame_is_copied(tracked: Path) -> None:
    assert not is_referred(taken(mlsnap.register_dataset("wine"), data=FRAME))


def test_a_file_that_dvc_does_not_track_is_copied(tracked: Path, project: Path) -> None:
    (project / "own.csv").write_text(CRIME)
    assert not is_referred(taken(mlsnap.register_dataset("own", "own.csv")))


def test_a_path_of_a_tracked_function_is_referred_to(tracked: Path, project: Path) -> None:
    @mlsnap.track(inputs={"path": "crime"}, create_data_snapshot=True)
    def fit(path: str) -> None: ...

    mlsnap.register_dataset("crime", "data/crime.csv")
    with pytest.warns(MlsnapWarning, match="cannot be reproduced"):
        fit("data/crime.csv")

    (snapshot,) = mlsnap.get_dataset("crime").get_all_snapshots()
    assert is_referred(snapshot)


def test_stock_dvc_brings_what_is_referred_to(crime: Dataset, tmp_path: Path) -> None:
    snapshot = taken(crime)
    folder = tmp_path / "empty"
    folder.mkdir()

    client = mlflow.MlflowClient()
    pointer = Path(client.download_artifacts(snapshot.run_id, "mlsnap/data", str(folder)))
    dvc("pull", "--quiet", at=pointer, DVC_SITE_CACHE_DIR=str(folder / "site"))

    assert (pointer / "crime.csv").read_text() == CRIME


def test_stock_dvc_brings_a_folder_that_is_referred_to(tracked: Path, tmp_path: Path) -> None:
    snapshot = taken(mlsnap.register_dataset("parts", "data/parts"))
    folder = tmp_path / "empty"
    folder.mkdir()

    client = mlflow.MlflowClient()
    pointer = Path(client.download_artifacts(snapshot.run_id, "mlsnap/data", str(folder)))
    dvc("pull", "--quiet", at=pointer, DVC_SITE_CACHE_DIR=str(folder / "site"))

    assert {name: (pointer / "parts" / name).read_text() for name in PARTS} == PARTS


def test_what_a_reference_depends_on_is_shown(crime: Dataset) -> None:
    record = taken(crime).record
    assert record.data is not None
    assert record.data.tracked is not None
    assert record.data.tracked.commit is not None

    depends = (
        f"refers to data/crime.csv of the DVC project, commit {record.data.tracked.commit[:12]}; "
        "kept as long as that project's `dvc gc -c` keeps it; `mlsnap pin` copies it"
    )
    assert all_facts(record)["copy"].splitlines()[-1] == depends
    assert all_facts(record)["size stored"] == f"none, {len(CRIME)} bytes are referred to"


def test_data_that_the_projects_own_gc_took_is_missed(crime: Dataset, project: Path) -> None:
    snapshot = taken(crime)
    workshop.git(project, "rm", "--quiet", "data/crime.csv.dvc")
    workshop.commit_all(project)
    dvc("gc", "--quiet", "--workspace", "--cloud", "--force", at=project)

    with pytest.raises(RemoteError) as gone:
        snapshot.to_pandas_dataframe()

    assert "only referred to data/crime.csv of the DVC project (commit " in gone.value.fact
    assert "whose `dvc gc` may have removed it" in gone.value.fact
    assert "`dvc push` there brings it back" in gone.value.hint
    (sentence,) = snapshot.verify()
    assert "part 'crime.csv' is missing" in sentence


def test_the_projects_cache_helps_where_the_remote_has_lost_the_data(
    crime: Dataset, tracked: Path
) -> None:
    snapshot = taken(crime)
    forget(tracked, CRIME)

    assert snapshot.to_pandas_dataframe().equals(FRAME)
    assert "is missing" in snapshot.verify()[0]


def test_a_pinned_snapshot_outlives_the_projects_own_gc(
    crime: Dataset, tracked: Path, project: Path
) -> None:
    snapshot = taken(crime)

    snapshot.pin()

    workshop.git(project, "rm", "--quiet", "data/crime.csv.dvc")
    workshop.commit_all(project)
    dvc("gc", "--quiet", "--workspace", "--cloud", "--force", at=project)
    pinned = mlsnap.get_dataset("crime").get_snapshot(snapshot.name)
    assert not is_referred(pinned)
    assert pinned.record.data is not None
    assert pinned.record.data.remote == {"url": str(tracked / "mlsnap")}
    assert pinned.to_pandas_dataframe().equals(FRAME)
    assert pinned.verify() == []


def test_data_that_is_gone_cannot_be_pinned(crime: Dataset, tracked: Path, project: Path) -> None:
    snapshot = taken(crime)
    forget(tracked, CRIME)
    shutil.rmtree(project / ".dvc" / "cache")

    with pytest.raises(RemoteError, match=r"only referred to data/crime\.csv"):
        snapshot.pin()

    assert is_referred(mlsnap.get_dataset("crime").get_snapshot(snapshot.name))


def test_deleting_leaves_what_was_referred_to(crime: Dataset, tracked: Path) -> None:
    before = state(tracked)
    snapshot = taken(crime)

    crime.delete_snapshot(snapshot.name)

    assert state(tracked) == before


def test_the_project_stays_as_it_is(crime: Dataset, tracked: Path, project: Path) -> None:
    (project / "own.csv").write_text(CRIME)
    own = mlsnap.register_dataset("own", "own.csv")
    parts = mlsnap.register_dataset("parts", "data/parts")
    status = workshop.git(project, "status", "--porcelain", "--ignored")
    config = dvc("config", "--list", at=project)
    before = _but_mlflows(project)

    for dataset in (crime, own, parts):
        taken(dataset).to_pandas_dataframe()
        dataset.get_snapshot("v1").verify()
        dataset.delete_snapshot("v1")

    assert _but_mlflows(project) == before
    assert workshop.git(project, "status", "--porcelain", "--ignored") == status
    assert dvc("config", "--list", at=project) == config


def _but_mlflows(project: Path) -> dict[str, tuple[int, bytes | None]]:
    return {name: each for name, each in state(project).items() if not name.startswith("mlruns")}
