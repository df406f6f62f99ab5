"""Endpoints that are slow, rude, broken or hostile: one clear error each, and no harm.

What a well-behaved endpoint answers is tested in test_engine_contract.py.
"""

from __future__ import annotations

import base64
import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.engine import Table
from mesokg.errors import EndpointError, QueryError, UsageError
from mesokg.remote import connect

SELECT = "SELECT ?x WHERE { ?x ?p ?o }"
JSON = "application/sparql-results+json"
ROWS = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1"}}]}}'
ONE_ROW = Table(("x",), ((ox.Literal("1"),),))


class Handler(BaseHTTPRequestHandler):
    """Keeps what it is asked and answers as the test says."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        parts = urlsplit(self.path)
        sent = self.rfile.read(length).decode()
        self.parameters = parse_qs(sent or parts.query, keep_blank_values=True)
        self.server.seen.append(self)
        with suppress(ConnectionError):
            self.server.behave(self)
        self.close_connection = True

    do_POST = do_GET  # noqa: N815

    def reply(self, status: int, body: bytes = b"", media_type: str = JSON, **headers: str) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if media_type:
            self.send_header("Content-Type", media_type)
        if "Content_Length" not in headers and "Transfer_Encoding" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """A loopback server that behaves as told, and remembers who came."""

    daemon_threads = True

    def __init__(self, behave: Callable[[Handler], None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behave = behave
        self.seen: list[Handler] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/sparql"


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serving(behave: Callable[[Handler], None]) -> Iterator[Server]:
    server = Server(behave)
    with running(server):
        yield server


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


def ask(server: Server, query: str = SELECT, **options: object) -> object:
    return connect(server.url, **{"timeout": 5, **options}).run(query)  # type: ignore[arg-type]


def fails(
    behave: Callable[[Handler], None], code: str, query: str = SELECT, **options: object
) -> EndpointError:
    """The error that an endpoint of this behaviour ends in."""
    with serving(behave) as server, pytest.raises(EndpointError) as caught:
        ask(server, query, **{"sleep": lambda seconds: None, **options})
    assert caught.value.code == code
    assert caught.value.message.startswith(server.url)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 500
    return caught.value


# --- what is sent ----------------------------------------------------------------------------


def test_short_query_is_a_get_that_asks_for_json() -> None:
    with serving(lambda handler: handler.reply(200, ROWS)) as server:
        assert ask(server) == ONE_ROW
        (seen,) = server.seen
        assert seen.command == "GET"
        assert seen.parameters == {"query": [SELECT]}
        assert JSON in seen.headers["Accept"]
        assert "Authorization" not in seen.headers


def test_long_query_is_a_post_and_parameters_of_the_address_stay() -> None:
    query = f"SELECT ?x {{ VALUES ?x {{ {'1 ' * 2000} }} }}"
    with serving(lambda handler: handler.reply(200, ROWS)) as server:
        engine = connect(f"{server.url}?default-graph-uri=http%3A%2F%2Fe%2Fg&x=", timeout=5)
        assert engine.run(query) == ONE_ROW
        assert engine.run(SELECT) == ONE_ROW
        long, short = server.seen
        extra = {"default-graph-uri": ["http://e/g"], "x": [""]}
        assert (long.command, long.parameters) == ("POST", {"query": [query], **extra})
        assert (short.command, short.parameters) == ("GET", {"query": [SELECT], **extra})


def test_name_and_password_are_sent_and_never_said() -> None:
    with serving(lambda handler: handler.reply(200, ROWS)) as server:
        ask(server, user="mé", password="s3cret")
        sent = server.seen[0].headers["Authorization"]
        assert base64.b64decode(sent.removeprefix("Basic ")).decode() == "mé:s3cret"
    error = fails(
        lambda handler: handler.reply(401), "endpoint-refused", user="me", password="s3cret"
    )
    assert "s3cret" not in error.message + error.hint
    assert "MESOKG_ENDPOINT_PASSWORD" in error.hint


@pytest.mark.parametrize(
    "query",
    [
        f"# insert, delete, construct\n{SELECT} # ASK",
        "PREFIX ask: <http://e/construct> SELECT ?x { ?x ?p 'DESCRIBE' }",
        "#+ summary: Clear and drop\nprefix e: <http://e/#frag> select ?x { ?x ?p e:insert }",
        "BASE <http://e/> SELECT ?x { ?x ?p <#ask> }",
    ],
)
def test_words_in_comments_names_and_strings_do_not_make_another_query(query: str) -> None:
    with serving(lambda handler: handler.reply(200, ROWS)) as server:
        assert ask(server, query) == ONE_ROW
        (sent,) = server.seen[0].parameters["query"]
        assert "summary" not in sent
        assert JSON in server.seen[0].headers["Accept"]


@pytest.mark.parametrize(
    "query",
    ["INSERT DATA { <urn:a> <urn:b> 1 }", "CLEAR ALL", "# x\n", "SELEC ?x {}", "ASK { '\ud800' }"],
)
def test_what_is_no_query_is_never_sent(query: str) -> None:
    with serving(lambda handler: handler.reply(200, ROWS)) as server:
        with pytest.raises(QueryError) as caught:
            ask(server, query)
        assert caught.value.code == "query-syntax"
        assert server.seen == []


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "localhost", "localhost:7878/query", "//e/sparql", "http://", "http:///sparql"),
        *("file:///etc/passwd", "ftp://127.0.0.1/sparql", "javascript:alert(1)", "data:,x"),
        *("http://[", "http://e:99999/", "http://e:x/", "http://e:0/", "http://a..b/sparql"),
        *("http://e/a b", "http://e/\n", " http://e/", "http://e/?query=ASK", "http://e/?update="),
        *("http://me:s3cret@e/", "http://me:s3cret@[/"),
    ],
)
def test_address_that_cannot_be_one(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        connect(url)
    assert caught.value.code == "endpoint-url"
    assert "https://example.org/sparql" in caught.value.hint
    assert "s3cret" not in caught.value.message
    assert caught.value.message.isprintable()


# --- statuses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "endpoint-refused"),
        (403, "endpoint-refused"),
        (404, "endpoint-refused"),
        (414, "endpoint-refused"),
        (418, "endpoint-refused"),
        (500, "endpoint-failed"),
        (502, "endpoint-failed"),
        (504, "endpoint-failed"),
        (503, "endpoint-busy"),
        (429, "endpoint-busy"),
    ],
)
def test_status_is_told_with_the_first_line_of_the_body(status: int, code: str) -> None:
    body = b"\n\n  Out of   luck\x1b[2J today\nat line 7 of secret.py\n"
    error = fails(lambda handler: handler.reply(status, body, "text/plain"), code)
    assert f"answers {status}: Out of luck" in error.message
    assert "today" in error.message
    assert "secret.py" not in error.message


def test_error_page_is_told_without_its_markup() -> None:
    page = b"<html><head><style>p {x}</style><title>Gateway\nTime-out</title><body><p>Sorry"
    error = fails(lambda handler: handler.reply(500, page, "text/html"), "endpoint-failed")
    assert error.message.endswith("answers 500: Gateway")


def test_refused_query_is_told_as_our_own_engine_would() -> None:
    with serving(lambda handler: handler.reply(400, b"parse error")) as server:
        with pytest.raises(QueryError, match=r"^query:1:\d+: ") as caught:
            ask(server, "SELECT ?x { ?x ?p")
        assert caught.value.code == "query-syntax"
    # What only the endpoint cannot read stays the endpoint's word.
    error = fails(lambda handler: handler.reply(400, b"no SERVICE here"), "endpoint-refused",
                  "SELECT ?x { SERVICE <http://192.0.2.1/> { ?x ?p")  # fmt: skip
    assert "no SERVICE here" in error.message


@pytest.mark.parametrize(
    ("status", "headers", "pauses"),
    [
        (429, {}, [1, 2]),
        (502, {}, [1, 2]),
        (503, {"Retry_After": "3"}, [3, 3]),
        (503, {"Retry_After": "0"}, [0, 0]),
        (503, {"Retry_After": "soon"}, [1, 2]),
        (503, {"Retry_After": "-1"}, [1, 2]),
        (429, {"Date": formatdate(1000, usegmt=True), "Retry_After": formatdate(1004, usegmt=True)},
         [4, 4]),
        (429, {"Date": formatdate(1000, usegmt=True), "Retry_After": formatdate(1, usegmt=True)},
         [0, 0]),
    ],
)  # fmt: skip
def test_busy_endpoint_is_asked_again_when_it_says(
    status: int, headers: dict[str, str], pauses: list[float]
) -> None:
    slept: list[float] = []

    def behave(handler: Handler) -> None:
        busy = len(handler.server.seen) < 3
        handler.reply(status if busy else 200, b"" if busy else ROWS, **(headers if busy else {}))

    with serving(behave) as server:
        assert ask(server, sleep=slept.append) == ONE_ROW
        assert slept == pauses
        server.seen.clear()
        with pytest.raises(EndpointError):
            ask(server, sleep=slept.append, retries=1)
        assert len(server.seen) == 2


def test_long_pause_is_told_and_not_waited_for() -> None:
    slept: list[float] = []
    error = fails(
        lambda handler: handler.reply(429, Retry_After="86400"), "endpoint-busy",
        sleep=slept.append,
    )  # fmt: skip
    assert slept == []
    assert error.hint == "it asks to wait 86,400 s"


def test_other_failures_are_not_tried_again() -> None:
    with serving(lambda handler: handler.reply(500)) as server:
        with pytest.raises(EndpointError):
            ask(server)
        assert len(server.seen) == 1


# --- time, size, and connections that break ---------------------------------------------------


def test_silent_endpoint() -> None:
    silence = threading.Event()
    started = time.monotonic()
    try:
        error = fails(lambda handler: (silence.wait(5), None)[1], "endpoint-timeout", timeout=0.1)
    finally:
        silence.set()
    assert time.monotonic() - started < 3
    assert error.message.endswith("has not answered within 0.1 s")
    assert "--timeout" in error.hint


def test_endpoint_that_drips() -> None:
    """Each byte comes in time; the answer as a whole does not."""

    def behave(handler: Handler) -> None:
        handler.reply(200, Content_Length="1000000")
        for _ in range(500):
            handler.wfile.write(b" ")
            time.sleep(0.01)

    fails(behave, "endpoint-timeout", timeout=0.2)


def test_endless_answer() -> None:
    def behave(handler: Handler) -> None:
        handler.reply(200, Transfer_Encoding="chunked")
        with suppress(OSError):
            while True:
                handler.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    error = fails(behave, "endpoint-too-large", largest=1_000_000)
    assert "1,000,000 bytes" in error.message


@pytest.mark.parametrize(
    "behave",
    [
        lambda handler: handler.reply(200, ROWS, Content_Length=str(len(ROWS) + 1)),
        lambda handler: handler.reply(200, b"5\r\nabc", Transfer_Encoding="chunked"),
        lambda handler: handler.reply(200, b"zz\r\nabc", Transfer_Encoding="chunked"),
        lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n"),
        lambda handler: handler.wfile.write(b"HTTP/1.1 abc\r\n\r\n"),
        lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"x" * 100_000),
        lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200),
    ],
)
def test_answer_that_breaks_off_or_is_no_http(behave: Callable[[Handler], None]) -> None:
    assert "breaks off" in fails(behave, "endpoint-answer").message


def test_endpoint_that_hangs_up() -> None:
    assert "breaks off" in fails(lambda handler: None, "endpoint-answer").message


def test_nobody_there() -> None:
    with serving(lambda handler: None) as server:
        url = server.url
    with pytest.raises(EndpointError, match="cannot be reached: Connection refused") as caught:
        connect(url, timeout=5).run(SELECT)
    assert caught.value.code == "endpoint-unreachable"


def test_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def unknown(*arguments: object) -> object:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(EndpointError, match="its name is not known") as caught:
        connect("http://no.such.example/sparql", timeout=5).run(SELECT)
    assert caught.value.code == "endpoint-unreachable"


def test_encryption_that_is_none() -> None:
    with serving(lambda handler: handler.reply(200, ROWS)) as server:
        with pytest.raises(EndpointError, match="cannot be trusted") as caught:
            connect(server.url.replace("http:", "https:"), timeout=5).run(SELECT)
        assert caught.value.code == "endpoint-unreachable"


# --- answers that are none -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media_type", "body", "said"),
    [
        ("text/html", b"<html><title>Sign in</title>", "text/html instead of JSON: Sign in"),
        ("", ROWS, "no media type instead of JSON"),
        ("application/sparql-results+xml", b"<sparql/>", "xml instead of JSON"),
        ("text/csv", b"x\n1\n", "text/csv instead of JSON"),
        (JSON, b"", "no query result"),
        (JSON, ROWS[:-5], "no query result"),
        (JSON, b"[]", "no query result"),
        (JSON, b"null", "no query result"),
        (JSON, b"\xff\xfe", "no query result"),
        (JSON, b'{"error": "quota"}', "no query result ("),
        (JSON, b'{"head":{"vars":[1]},"results":{"bindings":[]}}', "no query result"),
        (JSON, b'{"head":{"vars":["x"]},"results":{"bindings":[[]]}}', "no query result"),
        (JSON, ROWS.replace(b"literal", b"uri"), "no query result"),
        (JSON, b'{"head":{},"boolean":true}', "a table instead of yes or no, or the reverse"),
        (JSON, b'{"a":' * 100_000, "no query result"),
        ("application/json", b'{"\\u0074riple":' * 5000, "no query result"),
    ],
)
def test_answer_that_is_no_table(media_type: str, body: bytes, said: str) -> None:
    error = fails(lambda handler: handler.reply(200, body, media_type), "endpoint-answer")
    assert said in error.message


def test_terms_nested_deeply_enough_to_overrun_the_stack() -> None:
    term = '{"type":"uri","value":"urn:x"}'
    nested = f'{{"type":"triple","value":{{"subject":{term},"predicate":{term},"object":'
    body = f'{{"head":{{"vars":["x"]}},"results":{{"bindings":[{{"x":{nested * 20_000}'
    whole = f"{body}{term}{'}}' * 20_000}}}]}}}}".encode()
    fails(lambda handler: handler.reply(200, whole), "endpoint-answer")
    turtle = b"<urn:s> <urn:p> " + b"<<( <urn:s> <urn:p> " * 20_000 + b"1" + b")>>" * 20_000 + b" ."
    fails(
        lambda handler: handler.reply(200, turtle, "text/turtle"), "endpoint-answer",
        "CONSTRUCT WHERE { ?s ?p ?o }",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("media_type", "body", "said"),
    [
        ("text/html", b"<p>Hello</p>", "text/html instead of RDF: Hello"),
        (JSON, ROWS, "instead of RDF"),
        ("", b"", "no media type instead of RDF"),
        ("text/turtle", b"<urn:a> <urn:b>", "turtle that does not parse"),
        ("application/n-triples", b"<urn:a> <urn:b> \xff .", "ntriples that is not UTF-8"),
        ("application/rdf+xml", b"<rdf>", "rdfxml that does not parse"),
        ("application/ld+json", b'{"@context": "http://e/"}', "jsonld that does not parse"),
    ],
)
def test_answer_that_is_no_graph(media_type: str, body: bytes, said: str) -> None:
    error = fails(
        lambda handler: handler.reply(200, body, media_type), "endpoint-answer",
        "CONSTRUCT WHERE { ?s ?p ?o }",
    )  # fmt: skip
    assert said in error.message


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/n-triples", b"<http://e/s> <http://e/p> <http://e/o> .\n"),
        ("text/turtle; charset=utf-8", b"\xef\xbb\xbf@prefix e: <http://e/> . e:s e:p e:o, e:o ."),
        ("text/turtle", b"@base <http://e/> . <s> <p> <o> ."),
        ("application/n-quads", b"<http://e/s> <http://e/p> <http://e/o> <http://e/g> .\n"),
    ],
)
def test_graph_in_whatever_format_it_comes(media_type: str, body: bytes) -> None:
    with serving(lambda handler: handler.reply(200, body, media_type)) as server:
        answer = ask(server, "DESCRIBE <http://e/s>")
        assert "n-triples" in server.seen[0].headers["Accept"]
    names = [ox.NamedNode(f"http://e/{name}") for name in "spo"]
    assert answer == (ox.Triple(*names),)


def test_results_with_words_of_their_own_and_odd_blank_nodes() -> None:
    """As Virtuoso and others answer."""
    body = {
        "head": {"link": [], "vars": ["x", "y"]},
        "results": {
            "distinct": False,
            "ordered": True,
            "bindings": [
                {
                    "x": {"type": "bnode", "value": "nodeID://b1"},
                    "y": {"type": "bnode", "value": "nodeID://b2"},
                },
                {
                    "x": {"type": "bnode", "value": "nodeID://b1"},
                    "y": {"type": "typed-literal", "datatype": "urn:t", "value": "01", "etc": 1},
                },
                {},
            ],
        },
        "warnings": [],
    }
    with serving(lambda handler: handler.reply(200, json.dumps(body).encode())) as server:
        answer = ask(server)
    assert isinstance(answer, Table)
    first, second, third = answer.rows
    assert first[0] == second[0] != first[1]
    assert second[1] == ox.Literal("01", datatype=ox.NamedNode("urn:t"))
    assert third == (None, None)


def test_any_bytes_are_an_answer_or_one_error() -> None:
    body = b""
    with serving(lambda handler: handler.reply(200, body)) as server:

        @given(st.binary() | st.lists(st.sampled_from(_PIECES), max_size=8).map("".join)
               .map(str.encode))  # fmt: skip
        def any_bytes(data: bytes) -> None:
            nonlocal body
            body = data
            code = ""
            try:
                ask(server)
            except EndpointError as error:
                code = error.code
            assert code in {"", "endpoint-answer"}

        any_bytes()


_PIECES = (
    *('{"head":{"vars":["x"]},"results":{"bindings":[', "]}}", '{"x":', "}", '"', "{", "[", "]"),
    *('{"type":"uri","value":"urn:a"}', '{"type":"bnode","value":"_"}', ",", "null", "1", "\\u"),
    *('{"type":"literal","value":"a","xml:lang":"e n"}', '{"head":{},"boolean":', "true"),
)


# --- redirects -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("length", [1, 2000])
def test_redirect_on_the_same_host_is_followed_with_everything(status: int, length: int) -> None:
    query = f"SELECT ?x {{ VALUES ?x {{ {'1 ' * length} }} }}"

    def behave(handler: Handler) -> None:
        path, _, rest = handler.path.partition("?")
        if path == "/sparql":
            handler.reply(status, Location="/sparql/" + (f"?{rest}" if rest else ""))
        else:
            handler.reply(200, ROWS)

    with serving(behave) as server:
        assert ask(server, query, user="me", password="pw") == ONE_ROW
        before, after = server.seen
        assert after.command == before.command
        assert after.parameters == before.parameters == {"query": [query]}
        assert after.headers["Authorization"] == before.headers["Authorization"]


@pytest.mark.parametrize(
    "target",
    [
        *(
            "file:///etc/passwd",
            "ftp://127.0.0.1/x",
            "//127.0.0.2/sparql",
            "data:,x",
            "",
            "http://[",
        ),
        *("http://me:pw@127.0.0.1/sparql", "https://127.0.0.2/", "gopher://127.0.0.1:1/"),
    ],
)
def test_redirect_to_elsewhere_is_told_and_not_followed(target: str) -> None:
    error = fails(lambda handler: handler.reply(302, Location=target), "endpoint-redirect")
    assert "sends on to" in error.message
    assert ":pw@" not in error.message


def test_redirect_to_another_server_reaches_nobody() -> None:
    with serving(lambda handler: handler.reply(200, ROWS)) as other:
        error = fails(lambda handler: handler.reply(307, Location=f"{other.url}?token=x"),
                      "endpoint-redirect", user="me", password="s3cret")  # fmt: skip
        assert other.seen == []
    assert other.url in error.message
    assert "token" not in error.message


def test_redirect_in_a_circle_ends() -> None:
    fails(lambda handler: handler.reply(302, Location="/sparql"), "endpoint-redirect")
    fails(lambda handler: handler.reply(302), "endpoint-redirect")
