"""``mlsnap drift``, called in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Run

import mlsnap


@pytest.fixture
def batches(project: Path) -> list[Path]:
    """Three files; the towns of the third are others."""
    towns = [["Rome", "Oslo", "Bonn"] * 200, ["Rome", "Oslo", "Bonn"] * 200, ["Kiel"] * 600]
    files = [project / f"batch{number}.csv" for number in range(3)]
    for number, (file, rows) in enumerate(zip(files, towns, strict=True)):
        lines = [f"{town},{place % 50 + number}" for place, town in enumerate(rows)]
        file.write_text("\n".join(["town,age", *lines]) + "\n", encoding="utf-8")
    return files


def test_files_are_followed_in_their_order(batches: list[Path], run: Run) -> None:
    ended = run("drift", *batches)

    assert ended.code == 0
    first, *lines = ended.out.splitlines()
    assert first == "3 tables: 3 steps, each against the first one."
    assert next(line for line in lines if line.startswith("! town")).split()[-2:] == ["0", "1!"]


def test_what_a_script_reads_is_one_document(batches: list[Path], run: Run) -> None:
    ended = run("drift", *batches, "--against", "previous", "--include", "age", "--json")

    assert ended.json["against"] == "previous"
    assert [len(step["difference"]["columns"]) for step in ended.json["steps"][1:]] == [1, 1]


def test_another_measure_can_be_shown(batches: list[Path], run: Run) -> None:
    ended = run("drift", *batches, "--measure", "mean")

    assert "mean" in ended.out.splitlines()[-1]


def test_a_limit_that_is_passed_ends_it_with_1(batches: list[Path], run: Run) -> None:
    assert run("drift", *batches, "--fail-on", "town.total_variation>0.5").code == 1
    assert run("drift", *batches, "--last", "1", "--fail-on", "schema").code == 0


def test_a_page_is_written(batches: list[Path], run: Run) -> None:
    ended = run("drift", *batches, "--html", "pages/drift.html")

    assert ended.code == 0
    assert "town" in Path("pages/drift.html").read_text(encoding="utf-8")


def test_a_dataset_is_followed_and_logged(batches: list[Path], run: Run) -> None:
    dataset = mlsnap.register_dataset("towns")
    for file in batches[::2]:
        dataset.update_definition(file, "the next batch")
        dataset.create_snapshot()

    ended = run("drift", "towns", "--log")

    assert ended.code == 0
    assert "towns@v2" in ended.out
    assert ended.err.startswith("logged to run ")


@pytest.mark.parametrize("words", [[], ["people", "--experiment", "lab"], ["people", "--run", "a"]])
def test_it_follows_one_series(words: list[str], run: Run) -> None:
    ended = run("drift", *words)

    assert ended.code == 2
    assert "give one of DATASET, REF…, --experiment or --run" in ended.err
