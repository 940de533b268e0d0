"""The same commands, against a tracking server over HTTP."""

import mlsnap


def test_a_snapshot_goes_there_and_its_data_comes_back(run, people, server):
    there = ("--tracking-uri", server)
    made = run("snapshot", people, "--name", "first", "--data", "--json", *there)
    assert made.code == 0
    assert run("verify", "people@first", *there).code == 0
    assert run("get", "people@first", "-o", "back.parquet", *there).code == 0
    assert mlsnap.profile("back.parquet").digest == made.json["digest"]
    found = {check["name"]: check for check in run("doctor", "--json", *there).json}
    assert found["MLflow"]["found"].startswith(f"{server}, in ")
    assert found["MLflow"]["state"] == found["catalog"]["state"] == "ok"
