"""What an endpoint answers in a second: mesokg serve, oxigraph serve and rdflib-endpoint.

The same canned queries over the same triples, asked by GET for JSON on connections that stay
open, by 1, 8 and 32 clients; the servers take turns within one run. `ratio` is requests a
second divided by those of `oxigraph serve`. mesokg is measured as it comes, and without its
memory of answers, where each request is evaluated; the bar is for the former, as the same few
questions are what a service is asked. A program that is not installed is left out and named.
Exits with 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from mesokg.dataset import load
from mesokg.project import open_project
from mesokg.queries import load_queries

ROOT = Path(__file__).resolve().parent.parent
QUERIES = ("list-claims", "show-evidence-map", "count-records")
CLIENTS = (1, 8, 32)
BAR = 0.7

WITH_RDFLIB = """
import sys, rdflib, uvicorn
from rdflib_endpoint import SparqlEndpoint
graph = rdflib.Graph().parse(sys.argv[1], format="turtle")
app = SparqlEndpoint(graph=graph, path="/sparql")
uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A program that serves: its command for a port, and the path of its endpoint."""

    name: str
    command: Sequence[str]
    path: str
    port: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one server, one query and a number of clients."""

    rate: float
    p50: float
    p99: float


class Refused(Exception):  # noqa: N818
    """A server does not answer a query."""


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def has_rdflib_endpoint(python: str) -> bool:
    """Whether a Python has rdflib-endpoint."""
    found = subprocess.run([python, "-c", "import rdflib_endpoint"], capture_output=True)
    return found.returncode == 0


def servers(data: Path, other: str) -> list[Server]:
    """The programs that are installed, with their commands."""
    python = sys.executable
    beside = Path(python).with_name("oxigraph")
    found = []
    for name, cache in (("mesokg", "64"), ("mesokg --cache 0", "0")):
        port = free_port()
        command = [python, "-m", "mesokg", "-q", "serve", "--data", str(data), "--cache", cache]
        found.append(Server(name, [*command, "--port", str(port)], "/sparql", port))
    oxigraph = str(beside) if beside.exists() else shutil.which("oxigraph")
    port = free_port()
    if oxigraph:
        command = [oxigraph, "serve", "--bind", f"127.0.0.1:{port}"]
        found.append(Server("oxigraph serve", command, "/query", port))
    port = free_port()
    if has_rdflib_endpoint(other):
        command = [other, "-c", WITH_RDFLIB, str(data), str(port)]
        found.append(Server("rdflib-endpoint", command, "/sparql", port))
    else:
        print("rdflib-endpoint is not installed: left out")
    return found


async def one_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> bytes:
    """Send a request and read its whole answer."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise Refused(head.partition(b"\r\n")[0].decode())
    lower = head.lower()
    if b"content-length:" in lower:
        length = int(lower.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return await reader.readexactly(length)
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


async def client(server: Server, query: str, until: float, times: list[float]) -> None:
    """One client that asks again and again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 22)
    request = (
        f"GET {server.path}?query={quote(query, safe='')} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Accept: application/sparql-results+json\r\n\r\n"
    ).encode()
    while (start := time.perf_counter()) < until:
        await one_request(reader, writer, request)
        times.append(time.perf_counter() - start)
    writer.close()


async def measure(server: Server, query: str, clients: int, seconds: float) -> Figures:
    """Ask for some seconds."""
    times: list[float] = []
    start = time.perf_counter()
    await asyncio.gather(*(client(server, query, start + seconds, times) for _ in range(clients)))
    taken = time.perf_counter() - start
    times.sort()
    worst = times[min(len(times) - 1, int(len(times) * 0.99))]
    return Figures(len(times) / taken, statistics.median(times) * 1000, worst * 1000)


def wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server listens."""
    for _ in range(3000):
        assert process.poll() is None, f"{server.name} ended at once"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                time.sleep(0.3)
                return
        time.sleep(0.02)
    raise AssertionError(f"{server.name} did not start")


def fill(server: Server, data: Path) -> None:
    """Give oxigraph its data."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        body = data.read_bytes()
        head = (
            "POST /store?default HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/turtle\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        assert connection.recv(100).startswith(b"HTTP/1.1 2")


def run(rows: Sequence[Server], data: Path, seconds: float, rounds: int) -> int:
    """Start all, measure in turns, print; 1 if a bar is missed."""
    texts = load_queries(open_project(ROOT / "mesokg.toml"))
    processes = [
        subprocess.Popen(row.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for row in rows
    ]
    try:
        for row, process in zip(rows, processes, strict=True):
            wait_for(row, process)
            if row.name == "oxigraph serve":
                fill(row, data)
        missed = 0
        print(
            f"{'query':<20}{'clients':>8}  {'server':<22}"
            f"{'req/s':>8}{'p50':>8}{'p99':>8}{'ratio':>7}"
        )
        for name in QUERIES:
            for clients in CLIENTS:
                found: dict[str, list[Figures]] = {row.name: [] for row in rows}
                for _ in range(rounds):
                    for row in rows:
                        try:
                            figures = asyncio.run(measure(row, texts[name].text, clients, seconds))
                        except Refused as refused:
                            print(f"{name:<20}{clients:>8}  {row.name}: {refused}")
                            figures = Figures(0.0, 0.0, 0.0)
                        found[row.name].append(figures)
                best = {name: max(some, key=lambda one: one.rate) for name, some in found.items()}
                missed += report(name, clients, best)
        return 1 if missed else 0
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


def report(query: str, clients: int, best: dict[str, Figures]) -> int:
    """Print the rows of one query; 1 if mesokg misses its bar."""
    missed = 0
    for name, one in best.items():
        line = f"{query:<20}{clients:>8}  {name:<22}{one.rate:>8.0f}{one.p50:>8.1f}{one.p99:>8.1f}"
        if "oxigraph serve" in best:
            ratio = one.rate / best["oxigraph serve"].rate
            line += f"{ratio:>7.2f}"
            if name == "mesokg" and clients == 8 and ratio < BAR:
                missed, line = 1, f"{line}  missed"
        print(line, flush=True)
    return missed


def main() -> int:
    """Measure, print, and say by the exit code whether the bar was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="of which the best counts")
    parser.add_argument(
        "--python", default=sys.executable, help="a Python that has rdflib-endpoint"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.ttl"
        triples = load(open_project(ROOT / "mesokg.toml")).default_graph
        data.write_bytes(ox.serialize(triples, format=ox.RdfFormat.TURTLE) or b"")
        return run(servers(data, arguments.python), data, arguments.seconds, arguments.rounds)


if __name__ == "__main__":
    sys.exit(main())
