"""What costs too much is ended, while others go on; nothing outside the dataset is reached."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from http_client import Running, serving
from mesokg.serve.askers import asker, recognise

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
#: 1,000 to the fourth power.
PRODUCT = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
SORTED = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i ?a"
WIDE = "SELECT * { ?a ?b ?c . ?d ?e ?f }"


def triples(count: int) -> str:
    return "".join(f"<http://e/{n}> <http://e/p> {n} .\n" for n in range(count))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("limits")
    (folder / "data.nt").write_text(triples(1000).replace("> 0", "> 0"), "utf-8")
    (folder / "data.ttl").write_text(triples(1000), "utf-8")
    arguments = ["--timeout", "6", "--memory", "128", "--rows", "5000", "--size", "1"]
    with serving(folder, "--data", str(folder / "data.ttl"), *arguments) as running:
        yield running


def test_a_query_that_does_not_end_is_ended(server: Running) -> None:
    began = time.monotonic()
    got = server.ask(PRODUCT)
    assert (got.status, got.code) == (503, "query-timeout")
    assert int(got.headers["retry-after"]) > 0
    assert 5.9 < time.monotonic() - began < 9
    assert server.entries()[-1]["outcome"] == "query-timeout"


def test_a_query_that_eats_memory_is_ended(server: Running) -> None:
    got = server.ask(SORTED)
    assert (got.status, got.code) == (503, "query-memory")


def test_an_answer_may_have_so_many_rows_and_no_more(server: Running) -> None:
    got = server.ask(f"{WIDE} LIMIT 5001")
    assert (got.status, got.code) == (413, "answer-too-large")
    for form, separator in (("csv", b"\r\n"), ("tsv", b"\n"), ("xml", b"<result>"), ("json", b"")):
        assert (
            server.ask("SELECT ?a { ?a ?b ?c . ?d ?e ?f } LIMIT 5001", f"&format={form}").status
            == 413
        )
        exact = server.ask("SELECT ?a { ?a ?b ?c . ?d ?e ?f } LIMIT 5000", f"&format={form}")
        assert exact.status == 200
        if separator:
            assert exact.body.count(separator) == 5000 + (form in {"csv", "tsv"})
    graph = server.ask("CONSTRUCT { ?a ?b ?f } { ?a ?b ?c . ?d ?e ?f } LIMIT 5001")
    assert (graph.status, graph.code) == (413, "answer-too-large")


def test_an_answer_may_have_so_many_bytes(server: Running) -> None:
    text = "x" * 2000
    got = server.ask(f'SELECT ?a ("{text}" AS ?t) {{ ?a ?b ?c }}')
    assert (got.status, got.code) == (413, "answer-too-large")
    small = server.ask(f'SELECT ?a ("{text}" AS ?t) {{ ?a ?b ?c }} LIMIT 400')
    assert small.status == 200
    assert int(small.headers["content-length"]) == len(small.body) > 800_000


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * " + "{" * 5000 + "}" * 5000,
        "SELECT (" + "(" * 3000 + "1" + ")" * 3000 + " AS ?x) {}",
        "ASK { ?s " + "/".join(["<a:b>"] * 5000) + " ?o }",
        "ASK { ?s " + "(" * 1000 + "<a:b>" + ")*" * 1000 + " ?o }",
        "SELECT (" + "+".join(["1"] * 9000) + " AS ?x) {}",
        "ASK { " + "OPTIONAL { ?a ?b ?c } " * 5000 + "}",
    ],
    ids=["groups", "brackets", "path", "path-nested", "sum", "optional"],
)
def test_what_would_overrun_the_stack_is_refused(server: Running, query: str) -> None:
    body = query.encode()
    got = server.send("POST", "/sparql", body, content_type="application/sparql-query")
    assert (got.status, got.code) == (400, "query-too-deep")


def test_what_hides_from_the_guards_ends_a_worker_only(server: Running) -> None:
    """The reader of tokens takes the quotes for a string; Oxigraph does not."""
    hidden = "SELECT * { <http://a\\u0041'''> ?x ?y . " + "{" * 60_000 + "}" * 60_000 + " } # '''"
    got = server.send("POST", "/sparql", hidden.encode(), content_type="application/sparql-query")
    assert got.status in {400, 503}
    # On a busy machine it may be the time that ends it.
    assert got.code in {"query-crashed", "query-timeout", "query-too-deep", "query-syntax"}
    began = time.monotonic()
    assert server.ask(COUNT).status == 200
    assert time.monotonic() - began < 1


def test_honest_clients_are_served_beside_hostile_ones(server: Running) -> None:
    stop = threading.Event()

    def hostile() -> None:
        while not stop.is_set():
            server.ask(PRODUCT)

    def honest(number: int) -> float:
        began = time.monotonic()
        got = server.ask(f"SELECT ?o {{ <http://e/{number}> ?p ?o }}")
        assert got.json["results"]["bindings"][0]["o"]["value"] == str(number)
        return time.monotonic() - began

    with ThreadPoolExecutor(14) as pool:
        attackers = [pool.submit(hostile) for _ in range(10)]
        time.sleep(0.5)
        times = list(pool.map(honest, range(200)))
        stop.set()
        for attacker in attackers:
            attacker.result(20)
    assert sorted(times)[-1] < 3, sorted(times)[-5:]
    assert server.process.poll() is None


def test_no_client_has_more_than_its_share(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(triples(1000), "utf-8")
    arguments = ["--data", str(tmp_path / "data.ttl"), "--timeout", "5", "--workers", "4"]
    shared = ["--per-client", "3", "--trust-proxy", "127.0.0.1"]
    with serving(tmp_path, *arguments, *shared) as server, ThreadPoolExecutor(12) as pool:
        forged = "192.0.2.9, 198.51.100.7"  # the proxy has added the last one
        greedy = [pool.submit(server.ask, PRODUCT, x_forwarded_for=forged) for _ in range(8)]
        time.sleep(1)
        again = server.ask(COUNT, x_forwarded_for="198.51.100.7")
        assert (again.status, again.code) == (429, "too-many-requests")
        assert int(again.headers["retry-after"]) > 0
        for other in ("192.0.2.9", "2001:db8::1", "unknown, 2001:db8:0:1::1"):
            assert server.ask(COUNT, x_forwarded_for=other).status == 200
        codes = sorted(got.result().code for got in greedy)
        assert codes.count("too-many-requests") == 5
        assert server.ask(COUNT, x_forwarded_for="198.51.100.7").status == 200


def test_an_address_that_no_trusted_proxy_tells_is_not_believed() -> None:
    def seen(peer: str, said: str, *proxies: str, scheme: str = "") -> tuple[str, str]:
        scope = {
            "client": (peer, 1), "scheme": "http",
            "headers": [
                (b"x-forwarded-for", said.encode()), (b"x-forwarded-proto", scheme.encode())
            ],
        }  # fmt: skip
        recognise(scope, proxies)
        return asker(scope), str(scope["scheme"])

    assert seen("127.0.0.1", "192.0.2.1", scheme="https") == ("", "https")
    assert seen("192.0.2.7", "192.0.2.1", scheme="https") == ("192.0.2.7", "http")
    assert seen("192.0.2.7", "192.0.2.1", "192.0.2.7", scheme="https") == ("192.0.2.1", "https")
    assert seen("192.0.2.7", "10.0.0.1, 192.0.2.7", "192.0.2.7") == ("10.0.0.1", "http")
    assert seen("192.0.2.7", "10.0.0.1, nonsense", "192.0.2.7") == ("192.0.2.7", "http")
    assert seen("::ffff:192.0.2.7", "")[0] == "192.0.2.7"
    assert seen("2001:db8::1", "")[0] == seen("2001:db8::2", "")[0] != ""
    assert seen("192.0.2.7", "1," * 100_000, "192.0.2.7")[0] == "192.0.2.7"
    assert seen("127.0.0.1", "", scheme="javascript") == ("", "http")


def test_the_worker_of_a_client_that_left_is_ended(server: Running) -> None:
    with socket.create_connection(server.address) as connection:
        connection.sendall(
            f"GET /sparql?query={quote(PRODUCT)} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        )
        time.sleep(0.4)
        assert server.get("/healthz").json["running"] == 1
    time.sleep(0.4)
    assert server.get("/healthz").json["running"] == 0
    assert any(entry.get("outcome") == "gone" for entry in server.entries())


# --- outside the dataset ---------------------------------------------------------------------


class Canary(BaseHTTPRequestHandler):
    """Whoever asks it has got out."""

    heard: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_GET  # noqa: N815


@pytest.fixture
def canary() -> Iterator[str]:
    Canary.heard.clear()
    listener = HTTPServer(("127.0.0.1", 0), Canary)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listener.server_port}/"
    listener.shutdown()
    thread.join()
    listener.server_close()
    assert Canary.heard == []


def test_nothing_outside_is_asked_or_read(server: Running, canary: str, tmp_path: Path) -> None:
    secret = tmp_path / "canary.ttl"
    secret.write_text("<http://e/secret> <http://e/is> 'canary-word' .", "utf-8")
    inner = f"{{ SERVICE SILENT <{canary}> {{ ?s ?p ?o }} }}"
    hidden = f"{{ <http://a\\u0041'''> ?x ?y . SERVICE SILENT <{canary}> {{ ?s ?p ?o }} }} # '''"
    for query in (
        f"SELECT * {inner}",
        f"SELECT * {hidden}",
        hidden.replace(" . SERVICE", " } UNION { SERVICE"),
        f"SELECT * FROM <{canary}> {{ ?s ?p ?o }}",
        f"SELECT * FROM NAMED <{canary}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        f"SELECT * FROM <{secret.as_uri()}> {{ ?s ?p ?o }}",
        f"LOAD <{canary}>",
        f"LOAD <{secret.as_uri()}>",
        f"DESCRIBE <{secret.as_uri()}>",
        f"SELECT * {{ GRAPH <{secret.as_uri()}> {{ ?s ?p ?o }} }}",
    ):
        for parameters in ("", f"&default-graph-uri={quote(secret.as_uri())}",
                           f"&named-graph-uri={quote(canary)}"):  # fmt: skip
            got = server.ask(query, parameters)
            assert got.status in {200, 400, 403}, (query, got.body)
            assert b"canary-word" not in got.body


def test_a_worker_holds_its_way_out_and_nothing_else(server: Running) -> None:
    """Whatever a query brings an engine to do, there is no descriptor to do it with."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    if not children.exists():
        pytest.skip("/proc tells nothing of processes here")
    (nursery,) = children.read_text().split()
    workers = Path(f"/proc/{nursery}/task/{nursery}/children").read_text().split()
    assert workers
    for worker in workers:
        limits = Path(f"/proc/{worker}/limits").read_text()
        (line,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
        assert line.split()[3:5] == ["4", "4"]
        assert len(os.listdir(f"/proc/{worker}/fd")) == 4  # noqa: PTH208


# --- connections -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 300,
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nBad Header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 400_000,
        b"GET /" + b"a" * 400_000,
        "GET /é HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        b"GET http://elsewhere.example/none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ],
    ids=lambda data: repr(data[:40]),
)
def test_what_is_no_request_gets_an_answer_and_a_line(server: Running, data: bytes) -> None:
    before = len(server.entries())
    answer = server.raw(data, timeout=3)
    assert answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert b"application/problem+json" in answer
    assert len(server.entries()) > before


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
        "/claim/..;/x", "/a%00b", "/%FF%FE", "/a\\..\\b", "/" + "a/" * 3000, "//evil.example/",
        "/%0d%0aSet-Cookie:%20a=b", "/%3Cscript%3E", "/.well-known/void/..", "/api/..%2Fhealthz",
    ],
)  # fmt: skip
def test_paths_lead_nowhere(server: Running, path: str) -> None:
    answer = server.raw(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    head = answer.partition(b"\r\n\r\n")[0]
    assert head.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), answer[:300]
    assert b"set-cookie" not in head.lower()
    assert b"root:" not in answer


@pytest.mark.parametrize("path", ["/sparql?query=ASK%7B%7D", "/sparql", "/api", "/healthz", "/x"])
def test_a_long_list_of_wishes_is_not_read(server: Running, path: str) -> None:
    wishes = ", ".join(f"a/b;q=0.{number % 1000:03}" for number in range(3000))
    got = server.get(path, accept=wishes)
    assert (got.status, got.code) == (400, "bad-request")
    assert server.get("/healthz", accept=wishes[:1990]).status == 200


def test_five_hundred_connections_and_slow_ones_disturb_nobody(server: Running) -> None:
    held = []
    try:
        for number in range(500):
            connection = socket.create_connection(server.address)
            connection.sendall(
                b"GET /sparql?query=" + (b"" if number % 2 else b"ASK%7B%7D HTTP/1.1\r\nX")
            )
            held.append(connection)
        began = time.monotonic()
        assert server.ask(COUNT).status == 200
        assert time.monotonic() - began < 1
    finally:
        for connection in held:
            connection.close()


# --- the process -----------------------------------------------------------------------------


def test_changed_files_are_served_and_no_request_is_dropped(tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(triples(10), "utf-8")
    with serving(tmp_path, "--data", str(data), "--watch") as server:
        counts: list[str] = []
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                got = server.ask(COUNT)
                assert got.status == 200, got.body
                counts.append(got.json["results"]["bindings"][0]["n"]["value"])

        thread = threading.Thread(target=ask)
        thread.start()
        tag = server.ask(COUNT).headers["etag"]
        data.write_text("this is no Turtle", "utf-8")
        wait_for(lambda: any(e.get("event") == "reload-failed" for e in server.entries()))
        data.write_text(triples(20), "utf-8")
        wait_for(lambda: counts[-1] == "20")
        stop.set()
        thread.join()
        assert set(counts) == {"10", "20"}
        assert server.ask(COUNT, if_none_match=tag).status == 200


@pytest.mark.slow
def test_twenty_reloads_drop_no_request(tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(triples(10), "utf-8")
    with serving(tmp_path, "--data", str(data), "--watch", "--cache", "0") as server:
        stop = threading.Event()

        def ask(_: int) -> list[int]:
            """What was counted, as long as it goes on; it never goes back."""
            counts: list[int] = []
            while not stop.is_set():
                got = server.ask(COUNT)
                assert got.status == 200, got.body
                counts.append(int(got.json["results"]["bindings"][0]["n"]["value"]))
            return counts

        def reloads() -> int:
            return sum(entry.get("event") == "reloaded" for entry in server.entries())

        with ThreadPoolExecutor(3) as pool:
            clients = [pool.submit(ask, number) for number in range(3)]
            try:
                for number in range(1, 21):
                    data.write_text(triples(10 + number), "utf-8")
                    wait_for(lambda number=number: reloads() >= number, 60)
            finally:
                stop.set()
            for client in clients:
                counts = client.result(30)
                assert counts == sorted(counts)
                assert counts[-1] >= 29
                assert len(set(counts)) > 10
        assert [e for e in server.entries() if e.get("status", 200) != 200] == []


def test_a_lost_nursery_is_replaced(tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(triples(10), "utf-8")
    with serving(tmp_path, "--data", str(data)) as server:
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        if not children.exists():
            pytest.skip("/proc tells nothing of processes here")
        os.kill(int(children.read_text().split()[0]), signal.SIGKILL)
        wait_for(lambda: any(e.get("event") == "reloaded" for e in server.entries()))
        assert server.ask(COUNT).status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_what_runs_end_first(tmp_path: Path, number: signal.Signals) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(triples(300), "utf-8")
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with serving(tmp_path, "--data", str(data)) as server, ThreadPoolExecutor(1) as pool:
        running = pool.submit(server.ask, query)
        wait_for(lambda: server.get("/healthz").json["running"] == 1)
        server.process.send_signal(number)
        assert running.result(30).json["results"]["bindings"][0]["n"]["value"] == str(300**3)
        server.process.wait(10)
        assert server.entries()[-1]["event"] == "stopped"


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text(triples(10), "utf-8")
    with serving(tmp_path, "--data", str(data)) as server:
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        if not children.exists():
            pytest.skip("/proc tells nothing of processes here")
        nursery = children.read_text().split()[0]
        workers = Path(f"/proc/{nursery}/task/{nursery}/children").read_text().split()
        server.process.kill()
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in [nursery, *workers]))


def wait_for(condition: object, seconds: float = 15) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
