"""Real web servers on loopback, for the tests of the rules that are written for them."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

_APACHE_MODULES = Path("/usr/lib/apache2/modules")
#: What Debian loads by default, as far as it changes how a file is answered, and what rules need.
_LOADED = (
    "mpm_event", "authz_core", "alias", "autoindex", "deflate", "dir", "filter", "headers", "mime",
    "negotiation", "reqtimeout", "rewrite", "setenvif",
)  # fmt: skip


class Answer(NamedTuple):
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


def ask(
    port: int, path: str, accept: str | None = None, *, method: str = "GET", raw: bool = False
) -> Answer:
    """One request, nothing followed; `raw` sends the path as it is, whatever it holds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    if raw:
        connection._validate_path = lambda url: None  # type: ignore[attr-defined]
        connection._encode_request = lambda request: request.encode()  # type: ignore[attr-defined]
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        if accept is not None:
            connection.putheader("Accept", accept)
        connection.endheaders()
        response = connection.getresponse()
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            held = headers.get(name.lower())
            headers[name.lower()] = f"{held}, {value}" if held else value
        return Answer(response.status, headers, response.read())
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> str:
    """A server's program; the test is skipped where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"there is no {name}: apt install {name}")
    return found


@contextmanager
def nginx(root: Path, included: Path, work: Path, port: int, *, config: str = "") -> Iterator[int]:
    """nginx with `root`, and our rules included; or with this server in its place. Its port."""
    server = program("nginx")
    work.mkdir(exist_ok=True)
    temporary = "\n".join(
        f"  {kind}_temp_path {work}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    config = config or (f"server {{ listen 127.0.0.1:{port}; root {root}; include {included}; }}")
    path = work / "nginx.conf"
    path.write_text(
        f"{user}\nworker_processes 1;\npid {work}/nginx.pid;\nerror_log {work}/error.log;\n"
        "events { worker_connections 64; }\n"
        f"http {{\n  access_log off;\n{temporary}\n{config}\n}}\n"
    )
    command = [server, "-p", str(work), "-c", str(path), "-g", "daemon off;"]
    with _running(command, port, work / "error.log"):
        yield port


@contextmanager
def apache(
    root: Path, work: Path, port: int, extra: str = "", *, config: str = ""
) -> Iterator[int]:
    """Apache with .htaccess files allowed in `root`; or with this configuration. Its port."""
    server = program("apache2")
    if not _APACHE_MODULES.is_dir():
        pytest.skip(f"there are no modules in {_APACHE_MODULES}: apt install apache2")
    work.mkdir(exist_ok=True)
    loaded = "\n".join(
        f"LoadModule {name}_module {_APACHE_MODULES}/mod_{name}.so" for name in _LOADED
    )
    types = "TypesConfig /etc/mime.types" if Path("/etc/mime.types").exists() else ""
    user = "User nobody\nGroup nogroup" if os.geteuid() == 0 else ""
    config = config or (
        f'DocumentRoot "{root}"\n<Directory "{root}">\n'
        "  Options Indexes FollowSymLinks MultiViews\n  AllowOverride All\n"
        "  Require all granted\n</Directory>"
    )
    path = work / "apache.conf"
    path.write_text(
        f"{loaded}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\n"
        f'DefaultRuntimeDir "{work}"\nPidFile "{work}/apache.pid"\nErrorLog "{work}/error.log"\n'
        f"{types}\n{user}\nStartServers 1\nTimeout 20\n{config}\n{extra}\n"
    )
    command = [server, "-d", str(work), "-f", str(path), "-DFOREGROUND"]
    with _running(command, port, work / "error.log"):
        yield port


@contextmanager
def _running(command: list[str], port: int, log: Path) -> Iterator[None]:
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if server.poll() is not None:
                said = server.stdout.read().decode() if server.stdout else ""
                raise AssertionError(f"{command[0]} ended at once: {said}{log.read_text()}")
            time.sleep(0.02)
        else:
            raise AssertionError(f"{command[0]} did not start within 10 s")
        yield
    finally:
        server.terminate()
        server.wait(20)
        if server.stdout:
            server.stdout.close()
