"""Real stores on loopback, empty and writable, for tests and benchmarks of remote graphs."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import pyoxigraph as ox
import pytest

from mesokg.dataset import Dataset
from mesokg.remote import connect_updates

_VIRTUOSO = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
MaxCheckpointRemap = 2000
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 20
CheckpointInterval = 0
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
DirsAllowed = .
SchedulerInterval = 10
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 10
EnabledGzipContent = 0
[SPARQL]
ResultSetMaxRows = {rows}
MaxQueryExecutionTime = 0
"""


@dataclass(frozen=True, slots=True)
class Store:
    """Where a store is asked, updated and given graphs, and as whom."""

    name: str
    query: str
    update: str
    graphs: str
    user: str = ""
    password: str = ""
    process: subprocess.Popen[bytes] | None = None


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def oxigraph_store(folder: Path | None = None) -> Iterator[Store]:
    """An empty Oxigraph server; in memory, or with its data in a folder."""
    beside = Path(sys.executable).with_name("oxigraph")
    program = str(beside) if beside.exists() else shutil.which("oxigraph")
    if program is None:
        pytest.skip("there is no oxigraph program: pip install oxigraph")
    port = free_port()
    place = ["--location", str(folder)] if folder else []
    with _running([program, "serve", "--bind", f"127.0.0.1:{port}", *place], port) as process:
        address = f"http://127.0.0.1:{port}"
        yield Store(
            "oxigraph", f"{address}/query", f"{address}/update", f"{address}/store",
            process=process,
        )  # fmt: skip


@contextmanager
def virtuoso_store(
    folder: Path, *, rows: int = 10_000_000, buffers: int = 20_000
) -> Iterator[Store]:
    """An empty Virtuoso server with its files in a folder; writing needs the user ``dba``."""
    program = shutil.which("virtuoso-t")
    if program is None:
        pytest.skip("there is no virtuoso-t program: apt install virtuoso-opensource-7-bin")
    sql, http = free_port(), free_port()
    settings = {"sql": sql, "http": http, "rows": rows, "buffers": buffers, "dirty": buffers // 2}
    (folder / "virtuoso.ini").write_text(_VIRTUOSO.format(**settings), "utf-8")
    command = [program, "+foreground", "+configfile", "virtuoso.ini"]
    with _running(command, http, folder) as process:
        address = f"http://127.0.0.1:{http}"
        direct = build_opener(ProxyHandler({}))
        direct.open(f"{address}/sparql?query=ASK%7B%7D", timeout=120).close()
        yield Store(
            "virtuoso", f"{address}/sparql", f"{address}/sparql-auth",
            f"{address}/sparql-graph-crud-auth", "dba", "dba", process,
        )  # fmt: skip


@contextmanager
def virtuoso(dataset: Dataset, folder: Path) -> Iterator[str]:
    """A Virtuoso server that holds a dataset as `embed` does; the address to ask.

    Its default graph is all that it holds, so the address names the graphs that are meant.
    """
    default = ox.NamedNode("urn:default")
    parts = {default: dataset.default_graph} | {g: dataset.graph(g) for g in dataset.graphs}
    with virtuoso_store(folder) as store:
        updates = connect_updates(store.update, user=store.user, password=store.password)
        for graph, triples in parts.items():
            for at in range(0, len(triples), 1000):
                lines = " .\n".join(map(str, triples[at : at + 1000]))
                updates.update(f"INSERT {{ GRAPH {graph} {{ {lines} }} }} WHERE {{ }}")
        names = [("named-graph-uri", str(g)[1:-1]) for g in dataset.graphs]
        asked = urlencode([("default-graph-uri", default.value), *names])
        yield f"{store.query}?{asked}"


@contextmanager
def _running(
    command: list[str], port: int, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(6000):
            assert process.poll() is None, f"{command[0]} ended at once"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        else:
            raise AssertionError(f"{command[0]} did not start within 120 s")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
