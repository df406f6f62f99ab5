"""An attack on `mesokg serve`: hostile requests of 44 kinds beside honest clients.

The hostile requests try to use up time, memory, workers and connections, to crash a parser, to
read a file or ask a port outside the dataset, or are simply broken. Meanwhile honest clients
ask questions whose answers are known. Prints what both saw and exits with 1 if an honest
answer was wrong or late, a hostile request was answered badly, the memory went over its
ceiling, the service restarted, or a canary was touched.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
WORKERS, MEMORY, TIMEOUT = 8, 256, 5
#: The server itself, its nursery and what a worker shares with it, in MiB.
BASE_MEMORY = 600

ANY = "?a ?b ?c"
PRODUCT = f"{{ {ANY} . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }}"
QUERIES: dict[str, str] = {
    "cross product": f"SELECT (COUNT(*) AS ?n) {PRODUCT}",
    "sorted product": f"SELECT * {PRODUCT} ORDER BY ?l ?a",
    "distinct product": f"SELECT DISTINCT * {PRODUCT}",
    "grouped product": f"SELECT ?a (GROUP_CONCAT(?l) AS ?x) {PRODUCT} GROUP BY ?a",
    "endless answer": f"SELECT * {PRODUCT}",
    "endless graph": f"CONSTRUCT {{ ?a ?b ?l }} {PRODUCT}",
    "regular expression": f'SELECT * {{ {ANY} . ?d ?e ?f FILTER REGEX(STR(?c), "(a+)+(b+)+$") }}',
    "long text": 'SELECT (CONCAT(?x, ?x) AS ?y) { BIND("' + "x" * 50_000 + '" AS ?x) }',
    "doubling text": 'SELECT ?z9 { BIND("xxxxxxxxxxxxxxxxxxxxxxxx" AS ?z0) '
    + " ".join(
        f"BIND(CONCAT(?z{n}, ?z{n}, ?z{n}, ?z{n}, ?z{n}, ?z{n}, ?z{n}, ?z{n}) AS ?z{n + 1})"
        for n in range(9)
    )
    + " }",
    "open path": "SELECT * { ?s (<a:b>|!<a:b>)* ?o . ?o (<a:b>|!<a:b>)* ?p }",
    "not exists": f"SELECT * {{ {ANY} FILTER NOT EXISTS {{ ?d ?e ?f . ?f ?g ?a }} }}",
    "deep groups": "SELECT * " + "{" * 20_000 + "}" * 20_000,
    "deep brackets": "SELECT (" + "(" * 9000 + "1" + ")" * 9000 + " AS ?x) {}",
    "long path": "ASK { ?s " + "/".join(["<a:b>"] * 20_000) + " ?o }",
    "many unions": "SELECT * { " + " UNION ".join(["{ ?a ?b ?c }"] * 9000) + " }",
    "many options": "SELECT * { " + "OPTIONAL { ?a ?b ?c } " * 9000 + " }",
    "hidden depth": "SELECT * { <http://a\\u0041'''> ?x ?y . "
    + "{" * 50_000
    + "}" * 50_000
    + " } # '''",
    "service": "SELECT * { SERVICE SILENT <CANARY> { ?s ?p ?o } }",
    "hidden service": "SELECT * { <http://a\\u0041'''> ?x ?y . "
    "SERVICE SILENT <CANARY> { ?s ?p ?o } } # '''",
    "from file": "SELECT * FROM <FILE> { ?s ?p ?o }",
    "from port": "SELECT * FROM <CANARY> { ?s ?p ?o }",
    "load": "LOAD <CANARY>",
    "drop": "DROP ALL",
    "replaced text": 'SELECT (STRLEN(?z) AS ?l) { BIND("' + "x" * 2000 + '" AS ?a) '
    'BIND(REPLACE(?a, "x", "' + "y" * 2000 + '") AS ?b) '
    'BIND(REPLACE(?b, "y", "' + "z" * 1000 + '") AS ?z) }',
    "regular expression, nested": 'ASK { FILTER REGEX("a", "(\\\\w{1000}){1000}") }',
    "optional steps": "SELECT * { ?a " + "?/".join(["<a:b>"] * 200) + " ?b }",
    "undefined values": "SELECT (COUNT(*) AS ?n) { "
    + ("VALUES (?a ?b) { " + "(UNDEF UNDEF)" * 3000 + " } ") * 3
    + "}",
    "many values": "SELECT * { VALUES ?x { " + "1 " * 120_000 + "} }",
    "many variables": "SELECT " + " ".join(f"?v{n}" for n in range(9000)) + f" {PRODUCT}",
    "nested exists": "SELECT * { ?a ?b ?c " + "FILTER EXISTS { ?x ?y ?z " * 60 + "}" * 60 + " }",
    "texts gathered": f"SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?f))) AS ?x) {PRODUCT}",
    "digests": f"SELECT (SHA512(STR(?c)) AS ?x) {PRODUCT}",
    "broken": "SELECT * WHERE { ?s ?p",
    "empty": "",
}
RAW: dict[str, bytes] = {
    "no HTTP": b"\x16\x03\x01\x02\x00" + bytes(range(256)),
    "long header": b"GET /sparql HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 500_000,
    "path": b"GET /..%2f..%2f..%2fetc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "NUL and bad bytes": b"GET /sparql?query=ASK%00%ff HTTP/1.1\r\nHost: a\r\n"
    b"Connection: close\r\n\r\n",
    "bad parameter": b"GET /api/list-claims?page-size=99999999999999 HTTP/1.1\r\nHost: a\r\n"
    b"Connection: close\r\n\r\n",
    "long list of wishes": b"GET /api HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept: "
    + b"a/b;q=0.1," * 4000 + b"a/b\r\n\r\n",
    "packed body": b"POST /sparql HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    b"Content-Encoding: gzip\r\nContent-Type: application/sparql-query\r\n"
    b"Content-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    "two lengths": b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
    "parts": b"POST /sparql HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n\r\n--x--",
    "left at once": b"GET /sparql?query="
    + quote(QUERIES["cross product"]).encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n",
}  # fmt: skip


@dataclass
class Seen:
    """What happened."""

    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    hostile: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    peak: float = 0.0
    touched: int = 0


async def exchange(port: int, request: bytes, patience: float = 60) -> bytes:
    """Send bytes, read until the other side closes."""
    async with asyncio.timeout(patience):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.read(-1)
        finally:
            writer.close()


def as_request(query: str) -> bytes:
    """A query as a request that is sent directly."""
    body = query.encode()
    return (
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + body


async def honest(port: int, known: dict[str, bytes], stop: asyncio.Event, seen: Seen) -> None:
    """Ask what is known, and compare."""
    while not stop.is_set():
        path, body = random.choice(list(known.items()))
        began = time.monotonic()
        try:
            answer = await exchange(port, get(path))
            if answer.partition(b"\r\n\r\n")[2] != body:
                seen.wrong.append(f"{path}: {answer[:100]!r}")
        except (OSError, TimeoutError) as error:
            seen.wrong.append(f"{path}: {error!r}")
        seen.times.append(time.monotonic() - began)
        await asyncio.sleep(0.2)


def get(path: str) -> bytes:
    """A GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()


async def attack(
    port: int, waiting: list[tuple[str, bytes]], seen: Seen, restarted: Callable[[], bool]
) -> None:
    """Send hostile requests one after the other until there are none left."""
    while waiting:
        kind, request = waiting.pop()
        if kind == "left at once":
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            await asyncio.sleep(0.2)
            writer.close()
            seen.hostile[f"{kind}: -"] += 1
            continue
        try:
            answer = await exchange(port, request)
        except (OSError, TimeoutError) as error:
            seen.bad.append(f"{kind}: {error!r}")
            continue
        status = answer[9:12].decode("ascii", "replace")
        code = answer.partition(b'"code": "')[2].partition(b'"')[0].decode()
        seen.hostile[f"{kind}: {status} {code}"] += 1
        if b"canary-word" in answer or b"root:" in answer or restarted():
            seen.bad.append(f"{kind}: {answer[:200]!r}")
        if status[:1] not in {"2", "4", "5"} or status == "500":
            seen.bad.append(f"{kind}: {answer[:200]!r}")


async def watch(pid: int, stop: asyncio.Event, seen: Seen) -> None:
    """The memory of a process and all its descendants, shared pages once, at its peak (MiB)."""
    while not stop.is_set():
        total, waiting = 0, [pid]
        while waiting:
            one = waiting.pop()
            try:
                text = Path(f"/proc/{one}/smaps_rollup").read_text()
                total += int(text.partition("\nPss:")[2].split()[0])
                children = Path(f"/proc/{one}/task/{one}/children").read_text()
                waiting += map(int, children.split())
            except (OSError, IndexError, ValueError):
                continue
        seen.peak = max(seen.peak, total / 1024)
        await asyncio.sleep(0.1)


async def run(port: int, pid: int, folder: Path, options: argparse.Namespace) -> Seen:
    """Learn the right answers, then attack while honest clients ask."""
    seen = Seen()

    async def touched(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.touched += 1
        writer.close()

    listener = await asyncio.start_server(touched, "127.0.0.1", 0)
    canary = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
    secret = folder / "canary.ttl"
    secret.write_text("<a:b> <a:b> 'canary-word' .", "utf-8")
    query = quote("SELECT ?s ?o { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o } "
                  "ORDER BY STR(?s) STR(?o) LIMIT 50")  # fmt: skip
    paths = [f"/sparql?query={query}", "/api/list-claims?format=csv", "/api/count-records",
             "/api/show-evidence-map?format=tsv", "/api/openapi.json"]  # fmt: skip
    known = {path: (await exchange(port, get(path))).partition(b"\r\n\r\n")[2] for path in paths}
    texts = {
        kind: as_request(text.replace("CANARY", canary).replace("FILE", secret.as_uri()))
        for kind, text in QUERIES.items()
    }
    waiting = [*({**texts, **RAW}).items()] * options.rounds
    random.Random(7).shuffle(waiting)
    sent = len(waiting)
    stop = asyncio.Event()
    beside = [asyncio.create_task(honest(port, known, stop, seen)) for _ in range(options.honest)]
    beside.append(asyncio.create_task(watch(pid, stop, seen)))

    def restarted() -> bool:
        return not Path(f"/proc/{pid}").exists()

    began = time.monotonic()
    await asyncio.gather(*(attack(port, waiting, seen, restarted) for _ in range(options.hostile)))
    print(f"{sent} hostile requests of {len(texts) + len(RAW)} kinds, {options.hostile} at a time, "
          f"in {time.monotonic() - began:.0f} s")  # fmt: skip
    stop.set()
    await asyncio.gather(*beside)
    began = time.monotonic()
    await exchange(port, get(paths[0]))
    print(f"the next client is answered in {(time.monotonic() - began) * 1000:.0f} ms")
    listener.close()
    return seen


def report(seen: Seen, options: argparse.Namespace, log: Path, alive: bool) -> int:
    """Print what happened; 1 if something must not have."""
    times = sorted(seen.times)
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    ceiling = WORKERS * MEMORY + BASE_MEMORY
    lost = sum('"event": "nursery-lost"' in line for line in log.read_text().splitlines())
    for line, count in sorted(seen.hostile.items()):
        print(f"  {count:>3}  {line}")
    print(
        f"honest: {options.honest} clients, {len(times)} answers, {len(seen.wrong)} wrong, "
        f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, worst {times[-1] * 1000:.0f} ms"
    )
    print(f"memory: {seen.peak:.0f} MiB at its peak, ceiling {ceiling} MiB")
    print(f"canary port touched {seen.touched} times; restarts {lost + (not alive)}")
    for line in [*seen.wrong[:10], *seen.bad[:10]]:
        print(f"  bad: {line[:300]}")
    faults = [seen.wrong, seen.bad, seen.touched, lost, not alive, seen.peak > ceiling]
    return int(any(faults) or p99 > options.p99)


def started(folder: Path) -> tuple[subprocess.Popen[bytes], int, Path]:
    """A server on the flagship, its port and its log."""
    log = folder / "log.jsonl"
    command: Sequence[str] = [
        sys.executable, "-m", "mesokg", "-C", str(ROOT), "serve", "--port", "0", "--log", str(log),
        "--timeout", str(TIMEOUT), "--memory", str(MEMORY), "--workers", str(WORKERS),
        "--rows", "50000", "--size", "16",
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=os.environ)
    assert process.stderr is not None
    line = process.stderr.readline().decode()
    assert line.startswith("Serving at"), line
    time.sleep(3)
    return process, int(line.rstrip("/\n").rpartition(":")[2]), log


def main() -> int:
    """Attack, report, and say by the exit code whether all was well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="requests of each kind")
    parser.add_argument("--hostile", type=int, default=20, help="hostile clients at a time")
    parser.add_argument("--honest", type=int, default=50, help="honest clients beside")
    parser.add_argument("--p99", type=float, default=2.0, help="bar for the honest, in seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        process, port, log = started(Path(name))
        try:
            seen = asyncio.run(run(port, process.pid, Path(name), options))
            return report(seen, options, log, process.poll() is None)
        finally:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    sys.exit(main())
