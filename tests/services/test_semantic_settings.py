"""Semantic types, looked for where the settings tell."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import mlsnap
from mlsnap.report.html import profile_page

FRAME = pd.DataFrame({"to": ["a@b.de", "c@d.org", None, "nobody"], "n": [1, 2, 3, 4]})


def test_nobody_looks_for_them_unless_told(project: Path):
    assert mlsnap.profile(FRAME)["to"].semantic_types == ()


def test_a_setting_has_them_counted(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLSNAP_SEMANTIC_TYPES", "true")

    profile = mlsnap.profile(FRAME)

    assert [(each.value, each.count) for each in profile["to"].semantic_types] == [
        ("email_address", 2)
    ]
    assert profile["n"].semantic_types == ()
    assert profile.to_pandas()["semantic_types"]["to"] == {"email_address": 2}
    assert "of type email address" in profile_page(profile, title="mail", facts={})


def test_a_snapshot_keeps_them(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLSNAP_SEMANTIC_TYPES", "true")
    dataset = mlsnap.register_dataset("mail")

    dataset.create_snapshot("first", data=FRAME)

    stored = dataset.get_snapshot("first").get_profile()
    assert stored["to"].semantic_types == mlsnap.profile(FRAME)["to"].semantic_types
