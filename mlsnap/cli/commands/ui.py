"""``mlsnap ui``: MLflow's pages with mlsnap's."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import click

from mlsnap.cli import late, options
from mlsnap.cli.output import print_json
from mlsnap.errors import ConfigError

_LOCAL = ("127.0.0.1", "localhost", "::1")


@click.command()
@click.option("--host", default=_LOCAL[0], show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True)
@click.option("--for-others", is_flag=True, help="Let other machines read what you may read.")
@options.tracking_uri
@options.as_json
def ui(host: str, port: int, for_others: bool, as_json: bool) -> None:
    """Show MLflow's pages with mlsnap's, until Ctrl-C.

    Where MLflow is a server, it has its own pages: mlsnap's are shown alone, read with your
    credentials. A server that is started by `mlflow server --app-name mlsnap` shows both.
    """
    workspace = late.open_workspace()
    alone = workspace.uri.startswith(("http://", "https://"))
    if alone and host not in _LOCAL and not for_others:
        raise ConfigError(
            f"at {host}, others could read what you may read in {late.safe_uri(workspace.uri)}",
            "leave out --host, or mean it: --for-others",
        )
    _check_free(host, port)
    prefix = "" if alone else os.environ.get("MLFLOW_STATIC_PREFIX", "").rstrip("/")
    shown = f"[{host}]" if ":" in host else host
    _tell(f"http://{shown}:{port}{prefix}/mlsnap/", as_json=as_json)
    if alone:
        late.standalone_server(workspace, host, port, for_others=for_others).serve_forever()
    else:
        _become_mlflow(workspace.uri, workspace.project, host, port)


def _tell(address: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"address": address})
    else:
        click.echo(f"{address}  (Ctrl-C ends it)")
    sys.stdout.flush()


def _become_mlflow(uri: str, project: Path, host: str, port: int) -> None:
    """Go on as ``mlflow server``, which ends all that it starts.

    Where the store is goes by a variable, as the address may have a password, which the words of
    a command would show to everybody on this machine.
    """
    words = ["-m", "mlflow", "server", "--app-name", "mlsnap", "--host", host, "--port", str(port)]
    own = {"MLFLOW_BACKEND_STORE_URI": uri, "MLSNAP_PROJECT": str(project)}
    environment = {"MLFLOW_WORKERS": "1", **os.environ, **own}
    os.execve(sys.executable, [sys.executable, *words], environment)


def _check_free(host: str, port: int) -> None:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigError(
            f"nothing can listen at port {port} of {host}: {error.strerror}",
            f"choose another port: `mlsnap ui --port {port % 65535 + 1}`",
        ) from error
