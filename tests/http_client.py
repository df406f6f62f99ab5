"""A running `mesokg serve` on loopback, and a client that sends exactly what it is told."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Got:
    """A response, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def type(self) -> str:
        """The media type without parameters."""
        return self.headers.get("content-type", "").partition(";")[0]

    @property
    def code(self) -> str:
        """The code of a problem document."""
        assert self.type == "application/problem+json", (self.status, self.body[:300])
        said = self.json
        assert said["status"] == self.status
        return str(said["code"])


@dataclass(frozen=True)
class Running:
    """A server that runs: where, and its process."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    def send(
        self, method: str, path: str, body: bytes | None = None, timeout: float = 30,
        **headers: str,
    ) -> Got:  # fmt: skip
        """One request on a connection of its own; underscores in names of headers are dashes."""
        connection = http.client.HTTPConnection(*self.address, timeout=timeout)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Got(response.status, found, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Got:
        """GET a path."""
        return self.send("GET", path, None, 30, **headers)

    def ask(self, query: str, more: str = "", **headers: str) -> Got:
        """Ask a query by GET."""
        return self.get(f"/sparql?query={quote(query, safe='')}{more}", **headers)

    def raw(self, data: bytes, timeout: float = 10) -> bytes:
        """Send bytes as they are and read until the server closes or nothing comes."""
        with socket.create_connection(self.address, timeout=timeout) as connection:
            connection.sendall(data)
            found = b""
            try:
                while piece := connection.recv(65536):
                    found += piece
            except (TimeoutError, ConnectionResetError):
                pass
            return found

    def entries(self) -> list[dict[str, Any]]:
        """The lines of the access log so far; a line is written when its answer has been sent."""
        time.sleep(0.1)
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


@contextmanager
def serving(folder: Path, *arguments: str, project: Path | None = None) -> Iterator[Running]:
    """A server with these arguments; its log lies in the folder. It must end well."""
    log = folder / "access.jsonl"
    before = ["-C", str(project)] if project else []
    command = [
        sys.executable, "-m", "mesokg", *before, "serve", "--port", "0", "--log", str(log),
        *arguments,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment)
    try:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        assert line.startswith("Serving at "), line + process.stderr.read().decode()
        running = Running(line.removeprefix("Serving at ").strip(), process, log)
        _wait(running)
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        finally:
            process.kill()
            if process.stderr is not None:
                process.stderr.close()


def _wait(running: Running) -> None:
    for _ in range(6000):  # the site is built first
        try:
            if running.get("/healthz").status == 200:
                return
        except OSError:
            pass
        assert running.process.poll() is None, "the server ended at once"
        time.sleep(0.02)
    raise AssertionError("the server did not start within 20 s")
