"""Which remote is opened, and what of it is written down."""

from __future__ import annotations

import dataclasses
import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from storage_places import FILES, Served, store

from mlsnap.errors import ConfigError, RemoteError
from mlsnap.storage import Remote, fetch, open_remote, reopen_remote
from mlsnap.values.snapshot import DataCopy

# dvc-http still calls what the newest aiohttp deprecates.
pytestmark = [
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning"),
]


def opened(target: str | None, project: Path) -> Remote:
    return open_remote(target, project=project, embedded=project / "embedded")


def test_without_a_dvc_project_the_embedded_folder_is_used(tmp_path: Path) -> None:
    remote = opened(None, tmp_path)
    assert remote.name is None
    assert remote.record == {"url": str(tmp_path / "embedded" / "mlsnap")}


def test_opening_the_embedded_folder_makes_nothing(tmp_path: Path) -> None:
    opened(None, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_default_remote_of_the_project_is_used_in_its_own_prefix(
    project: Path, tmp_path: Path
) -> None:
    remote = opened(None, project)
    assert remote.name == "shared"
    assert remote.record == {"url": str(tmp_path / "shared" / "mlsnap")}


def test_the_project_is_found_from_a_folder_inside_it(project: Path, tmp_path: Path) -> None:
    inner = project / "notebooks" / "deep"
    inner.mkdir(parents=True)
    assert opened(None, inner).url == str(tmp_path / "shared" / "mlsnap")


def test_a_project_without_a_default_remote_uses_the_embedded_folder(
    project: Path, tmp_path: Path
) -> None:
    (project / ".dvc" / "config").write_text("")
    assert opened(None, project).url == str(project / "embedded" / "mlsnap")


def test_a_remote_is_found_by_its_name_as_the_user_writes_it(project: Path, tmp_path: Path) -> None:
    assert opened("Shared", project).url == str(tmp_path / "shared" / "mlsnap")


def test_a_remote_that_refers_to_another_is_followed(project: Path, tmp_path: Path) -> None:
    with (project / ".dvc" / "config.local").open("a") as config:
        config.write("['remote \"images\"']\n    url = remote://shared/images\n")
    assert opened("images", project).url == str(tmp_path / "shared" / "images" / "mlsnap")


def test_a_url_may_refer_to_a_configured_remote(project: Path, tmp_path: Path) -> None:
    remote = opened("remote://shared/images", project)
    assert remote.record == {"url": str(tmp_path / "shared" / "images" / "mlsnap")}


def test_a_url_that_refers_to_no_remote_names_it(project: Path) -> None:
    with pytest.raises(RemoteError, match="no remote 'other' in the DVC config"):
        opened("remote://other/images", project)


def test_a_malformed_url_is_named(tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match=r"the remote http://\[half/data cannot be opened"):
        opened("http://[half/data", tmp_path)


def test_a_relative_path_is_recorded_absolute(tmp_path: Path) -> None:
    assert opened("./here/../store", tmp_path).url == str(tmp_path / "store" / "mlsnap")


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    assert opened((tmp_path / "store").as_uri(), tmp_path).url == str(tmp_path / "store" / "mlsnap")


def test_the_home_folder_is_expanded(tmp_path: Path, home: Path) -> None:
    assert opened("~/store", tmp_path).url == str(home / "store" / "mlsnap")


def test_an_unknown_name_is_named_with_the_known_ones(project: Path) -> None:
    with pytest.raises(RemoteError) as raised:
        opened("sharde", project)
    assert raised.value.fact == (
        "no remote 'sharde' in the DVC config; near names: 'shared' (it has 'shared')"
    )
    assert "`dvc remote add sharde URL`" in raised.value.hint


def test_an_unknown_name_outside_of_a_project_says_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match=r"no remote 'x' in the DVC config \(it has none\)"):
        opened("x", tmp_path)


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("s3://bucket/data", "'mlsnap[s3]'"),
        ("gs://bucket/data", "'mlsnap[gs]'"),
        ("azure://container/data", "'mlsnap[azure]'"),
        ("ssh://host/data", "'mlsnap[ssh]'"),
        ("webdavs://host/data", "dvc-webdav"),
    ],
)
def test_a_missing_plug_in_is_named(url: str, package: str, tmp_path: Path) -> None:
    if find_spec(f"dvc_{url.partition(':')[0].replace('davs', 'dav')}"):
        pytest.skip("the plug-in is installed here")
    with pytest.raises(RemoteError) as raised:
        opened(url, tmp_path)
    assert f"the remote {url}/mlsnap needs a plug-in" in raised.value.fact
    assert raised.value.hint == f"install it with `pip install {package}`"


def test_a_scheme_that_dvc_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match="Unsupported URL type carrier-pigeon://"):
        opened("carrier-pigeon://loft/data", tmp_path)


def test_a_broken_dvc_config_is_named(project: Path) -> None:
    (project / ".dvc" / "config").write_text("[core\n")
    with pytest.raises(ConfigError) as raised:
        opened(None, project)
    assert str(project) in raised.value.fact


def test_a_url_with_a_query_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(RemoteError) as raised:
        opened("https://host/data?sig=hidden", tmp_path)
    assert "https://host/data has a query" in raised.value.fact
    assert "hidden" not in str(raised.value)


def test_credentials_in_a_url_are_not_recorded(tmp_path: Path) -> None:
    remote = opened("https://me:hidden@Host:8443/data/", tmp_path)
    assert remote.record == {"url": "https://Host:8443/data/mlsnap"}
    assert "hidden" not in repr(remote)


def test_of_the_configured_options_only_harmless_ones_are_recorded(project: Path) -> None:
    with (project / ".dvc" / "config.local").open("a") as config:
        config.write(
            "['remote \"web\"']\n    url = https://host/data\n    user = me\n"
            "    password = hidden\n    auth = basic\n    jobs = 3\n"
        )
    remote = opened("web", project)
    assert remote.record == {"url": "https://host/data/mlsnap"}
    assert remote.jobs == 3


def test_a_login_in_the_url_is_used(served: Served, folder: Path, tmp_path: Path) -> None:
    served.login = "me:s/cret"
    url = f"http://me:s%2Fcret@127.0.0.1:{served.port}/data"
    copy = store(folder, opened(url, tmp_path))
    assert "cret" not in json.dumps(copy.to_dict())


def test_a_copy_is_read_with_the_login_of_the_local_dvc_config(
    served: Served, folder: Path, project: Path, tmp_path: Path
) -> None:
    served.login = "me:hidden"
    place = f"127.0.0.1:{served.port}/data"
    copy = store(folder, opened(f"http://me:hidden@{place}", project))
    with (project / ".dvc" / "config.local").open("a") as config:
        config.write(
            f"['remote \"web\"']\n    url = http://{place}\n    auth = basic\n"
            "    user = me\n    password = hidden\n"
        )
    remote = reopen_remote(copy, project=project)
    assert remote.name == "web"
    assert (fetch(copy, remote, tmp_path / "back") / FILES[0]).is_file()


def test_a_recorded_address_is_opened_without_any_config(copy: DataCopy, tmp_path: Path) -> None:
    assert reopen_remote(copy, project=tmp_path).record == copy.remote


def test_a_configured_remote_that_cannot_be_opened_does_not_stand_in_the_way(
    copy: DataCopy, project: Path
) -> None:
    with (project / ".dvc" / "config").open("a") as config:
        config.write("['remote \"broken\"']\n    url = remote://nowhere/data\n")
    assert reopen_remote(copy, project=project).record == copy.remote


@pytest.mark.usefixtures("served")
def test_a_server_out_of_reach_is_named(copy: DataCopy, tmp_path: Path) -> None:
    gone = dataclasses.replace(copy, remote={"url": "http://127.0.0.1:1/mlsnap"})
    with pytest.raises(RemoteError, match=r"http://127\.0\.0\.1:1/mlsnap"):
        reopen_remote(gone, project=tmp_path)


def test_a_recorded_option_that_is_not_allowed_is_not_used(
    served: Served, folder: Path, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{served.port}/data"
    copy = store(folder, opened(url, tmp_path))
    forged = dataclasses.replace(
        copy, remote={**copy.remote, "custom_auth_header": "X", "jobs": "-1"}
    )
    assert reopen_remote(forged, project=tmp_path).record == copy.remote


def test_an_address_with_nothing_there_is_named(copy: DataCopy, tmp_path: Path) -> None:
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    with pytest.raises(RemoteError) as raised:
        reopen_remote(copy, project=tmp_path)
    assert f"nothing is at {tmp_path / 'store' / 'mlsnap'}" in raised.value.fact
    assert "bring the moved folder back" in raised.value.hint


def test_nothing_in_the_project_changes(project: Path, folder: Path) -> None:
    def state() -> dict[Path, tuple[int, bytes | None]]:
        return {
            each: (each.stat().st_mtime_ns, each.read_bytes() if each.is_file() else None)
            for each in (project, *project.rglob("*"))
        }

    before = state()
    copy = store(folder, opened(None, project))
    reopen_remote(copy, project=project)
    assert state() == before
