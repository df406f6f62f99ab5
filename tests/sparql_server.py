"""A real SPARQL server on loopback, for the tests that compare it with the embedded engine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from mesokg.dataset import Dataset


@contextmanager
def oxigraph(dataset: Dataset) -> Iterator[str]:
    """A real Oxigraph server that holds a dataset as `embed` does; the address to ask."""
    beside = Path(sys.executable).with_name("oxigraph")
    program = str(beside) if beside.exists() else shutil.which("oxigraph")
    if program is None:
        pytest.skip("there is no oxigraph program: pip install oxigraph")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [program, "serve", "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(server, port)
        quads = [*dataset.quads, *(ox.Quad(*t) for t in dataset.default_graph)]
        body = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
        request = urllib.request.Request(
            f"{address}/store", data=body, headers={"Content-Type": "application/n-quads"}
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        direct.open(request, timeout=30).close()
        yield f"{address}/query"
    finally:
        server.terminate()
        server.wait(10)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(500):
        assert server.poll() is None, "the oxigraph server ended at once"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("the oxigraph server did not start within 10 s")
