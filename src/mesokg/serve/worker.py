"""What a worker does with a job: evaluate, write, stop at a bound, report.

A worker asks the store, writes the answer piece by piece and counts rows and bytes as it
goes; whatever ends it in between is the pool's business. It starts with everything loaded,
since it can open nothing.
"""

from __future__ import annotations

import io
import re
import socket
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from traceback import format_exception
from types import MappingProxyType
from typing import IO, Any, Final, Protocol, cast

import pyoxigraph as ox

from mesokg.canon import serialize_triples
from mesokg.dataset import Dataset, Term
from mesokg.engine import Engine, Solutions, Table, evaluate
from mesokg.errors import MesokgError, QueryError
from mesokg.jsonld import to_jsonld
from mesokg.queries import Query, bind
from mesokg.results import results
from mesokg.serve.cell import resident
from mesokg.serve.guards import inspect, refuse_unknown
from mesokg.serve.limits import Limits
from mesokg.serve.media import GRAPHS, TABLES, choose_format, content_type
from mesokg.serve.problems import Problem, problem_of
from mesokg.serve.wire import pack, unpack
from mesokg.terms import Prefixes

__all__ = ["Library", "rehearse", "work"]

#: Bytes that are gathered before they are sent on.
_PIECE: Final = 256 * 1024
_SMALLEST_ZIPPED: Final = 600
#: Statements about one thing, and as many that point at it.
_MOST_SAID: Final = 10_000
_RESULTS: Final[Mapping[str, ox.QueryResultsFormat]] = MappingProxyType(
    {
        "csv": ox.QueryResultsFormat.CSV,
        "json": ox.QueryResultsFormat.JSON,
        "tsv": ox.QueryResultsFormat.TSV,
        "xml": ox.QueryResultsFormat.XML,
    }
)
#: What stands once for each row of a table; in JSON between two rows. In a text that would be
#: `},{\\"`, unless the text ends there, and then `,` or `}` follows. Only `},{}` in a text is taken
#: for a row without values. Each begins with what can be looked for fast.
_ROW: Final[Mapping[str, re.Pattern[bytes]]] = MappingProxyType(
    {
        "csv": re.compile(rb"\r\n"),
        "json": re.compile(rb'\},\{(?:"[^,}]|(?=\}))'),
        "tsv": re.compile(rb"\n"),
        "xml": re.compile(rb"<result>"),
    }
)
_NO_ROWS: Final = b"[]}}"
#: A cell in quotes, or the end of a line of CSV.
_LINE_END: Final = re.compile(rb'"(?:[^"]|"")*"|\n')
_NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


@dataclass(frozen=True, slots=True)
class Library:
    """What every worker of a nursery has in common."""

    store: ox.Store
    engine: Engine
    graphs: frozenset[str]
    prefixes: Prefixes
    base: str
    queries: Mapping[str, Query]
    context: Mapping[str, object]
    limits: Limits


class _Way(Protocol):
    """Where frames go: a socket."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of it."""
        ...


class _Nowhere:
    def sendall(self, data: bytes, /) -> None:
        """Send nothing."""


def work(way_out: socket.socket, library: Library) -> None:
    """Answer one job after the other until nobody asks any more."""
    while (frame := unpack(way_out)) is not None:
        try:
            _answer(way_out, frame[0], frame[1].decode(), library)
        except BrokenPipeError:
            return


def rehearse(library: Library) -> None:
    """Do everything once: what Python loads when it is first needed, it cannot load later."""
    for zipped in (True, False):
        job: dict[str, Any] = {
            "kind": "sparql", "base": "http://example.org/", "default": [], "named": [],
            "accept": "text/csv;q=0.5", "gzip": zipped, "values": {}, "size": 0, "page": 1,
        }  # fmt: skip
        for format in {*TABLES.values(), *GRAPHS.values(), "none"}:
            for query in ("SELECT * { ?s ?p ?o } LIMIT 9", "ASK {}", "CONSTRUCT WHERE { ?s a ?c }"):
                _answer(_Nowhere(), {**job, "format": format}, query, library)
        for query in ("SELECT", "SELECT * FROM <a:b> {}", "SELECT (a:b(1) AS ?x) {}"):
            _answer(_Nowhere(), {**job, "format": ""}, query, library)
        for name in library.queries:
            values = {param.name: "x" for param in library.queries[name].params}
            canned = {**job, "kind": "canned", "format": "json", "values": values}
            _answer(_Nowhere(), canned, name, library)
        _answer(_Nowhere(), {**job, "kind": "thing", "format": "turtle"}, "a:b", library)


def _answer(way_out: _Way, job: dict[str, Any], text: str, library: Library) -> None:
    """Send the answer to a job, or the problem with it."""
    try:
        _send(way_out, job, _JOBS[job["kind"]](job, text, library), library.limits)
    except BrokenPipeError:
        raise
    except MemoryError:
        _fail(way_out, Problem("query-memory", *_TOO_BIG))
    except RecursionError:
        _fail(way_out, Problem("query-too-deep", "it nests too deep", "write it flatter"))
    except MesokgError as error:
        _fail(way_out, error if isinstance(error, Problem) else problem_of(error))
    except Exception as error:  # a fault of ours: it is told, and the worker goes on
        said = "".join(format_exception(error))[-4000:]
        _fail(way_out, Problem("internal", "the server failed"), said)


_TOO_BIG: Final = (
    "the query needs more memory than it may have",
    "ask for less: bind more variables, or sort and group fewer rows",
)


def _fail(way_out: _Way, problem: Problem, error: str = "") -> None:
    said = {
        "code": problem.code,
        "detail": problem.message,
        "hint": problem.hint,
        "more": problem.more,
        "error": error,
    }
    way_out.sendall(pack({"problem": said, "peak": resident()}))


# --- the three kinds of job -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Written:
    """An answer that is about to be written: its type, and who writes it to what."""

    media_type: str
    format: str
    write: Callable[[IO[bytes]], int | None]
    stable: bool = True
    more: Mapping[str, object] = field(default_factory=dict)


def _sparql(job: dict[str, Any], query: str, library: Library) -> _Written:
    """A query of the SPARQL protocol."""
    base = job["base"]
    stable = _inspected(query, library.graphs, base)
    default, named = job["default"], job["named"]
    for iri in (*default, *named):
        refuse_unknown(iri, library.graphs)
    chosen = bool(default or named)
    answer = evaluate(
        library.store, query, base_iri=base,
        default_graph=list(map(ox.NamedNode, default)) if chosen else None,
        named_graphs=list(map(ox.NamedNode, named)) if chosen else None,
    )  # fmt: skip
    return _as_asked(answer, job, library, stable=stable)


def _canned(job: dict[str, Any], name: str, library: Library) -> _Written:
    """A canned query with values for its parameters, whole or one page of it."""
    query = library.queries[name]
    text = query.text
    if job["values"]:
        text = bind(query, job["values"], library.engine, library.prefixes)
    stable = _inspected(text, library.graphs, library.base)
    try:
        answer = evaluate(library.store, text)
    except QueryError as error:
        if error.code != "query-syntax":
            raise
        raise MesokgError(f"the canned query {name} is broken", code="broken-query") from None
    if not isinstance(answer, ox.QuerySolutions) or not job["size"]:
        return _as_asked(answer, job, library, stable=stable)
    first, size = (job["page"] - 1) * job["size"], job["size"]
    columns = tuple(variable.value for variable in answer.variables)
    skipped = sum(1 for _ in islice(answer, first))
    rows = tuple(_cells(row) for row in islice(answer, size))
    total = skipped + len(rows) + sum(1 for _ in islice(answer, library.limits.rows))
    table = Table(columns, rows)
    media_type, format = choose_format(job["accept"], job["format"], TABLES)
    data = results(table, format, library.prefixes)
    if format == "csv":
        data = _LINE_END.sub(lambda match: b"\r\n" if match[0] == b"\n" else match[0], data)

    def write(sink: IO[bytes]) -> int:
        sink.write(data)
        return len(table)

    return _Written(media_type, format, write, stable, {"total": total})


def _thing(job: dict[str, Any], iri: str, library: Library) -> _Written:
    """Everything that is said of a thing, and what points at it, in every graph."""
    thing = ox.NamedNode(iri)
    said = library.store.quads_for_pattern(thing, None, None)
    pointing = library.store.quads_for_pattern(None, None, thing)
    found = {quad.triple for quads in (said, pointing) for quad in islice(quads, _MOST_SAID)}
    if not found:
        raise Problem("not-found", f"nothing is known of <{iri}>")
    media_type, format = choose_format(job["accept"], job["format"], GRAPHS)
    return _Written(media_type, format, _triples_writer(iter(found), format, library))


def _cells(row: ox.QuerySolution) -> tuple[Term | None, ...]:
    return cast("tuple[Term | None, ...]", tuple(row))


@lru_cache(maxsize=256)
def _inspected(query: str, graphs: frozenset[str], base: str) -> bool:
    return inspect(query, graphs, base)


def _as_asked(
    answer: Solutions, job: dict[str, Any], library: Library, *, stable: bool
) -> _Written:
    """An answer in the format that the request asks for."""
    if isinstance(answer, ox.QueryTriples):
        media_type, format = choose_format(job["accept"], job["format"], GRAPHS)
        return _Written(media_type, format, _triples_writer(answer, format, library), stable)
    media_type, format = choose_format(job["accept"], job["format"], TABLES)
    if isinstance(answer, ox.QueryBoolean):
        data = results(bool(answer), format, library.prefixes)
        return _Written(media_type, format, lambda sink: sink.write(data) and None, stable)
    solutions = answer

    def write(sink: IO[bytes]) -> int:
        rows = _Rows(sink, format, library.limits.rows)
        solutions.serialize(cast("IO[bytes]", rows), format=_RESULTS[format])
        return rows.count

    return _Written(media_type, format, write, stable)


def _triples_writer(
    triples: Iterator[ox.Triple], format: str, library: Library
) -> Callable[[IO[bytes]], int]:
    def write(sink: IO[bytes]) -> int:
        most = library.limits.rows
        found = tuple(dict.fromkeys(islice(triples, most + 1)))
        if len(found) > most:
            raise _too_many(most)
        if format == "jsonld":
            quads = tuple(ox.Quad(*triple) for triple in found)
            sink.write(to_jsonld(Dataset(quads, library.prefixes), library.context))
        else:
            sink.write(serialize_triples(found, format, library.prefixes))
        return len(found)

    return write


_JOBS: Final[Mapping[str, Callable[[dict[str, Any], str, Library], _Written]]] = MappingProxyType(
    {"canned": _canned, "sparql": _sparql, "thing": _thing}
)


# --- counting and sending -------------------------------------------------------------------


def _too_many(most: int) -> Problem:
    return Problem(
        "answer-too-large", f"the answer has more than {most:,} rows",
        "ask for a part with LIMIT and OFFSET, or for counts instead of rows",
    )  # fmt: skip


class _Rows:
    """Counts the rows of a table in the bytes that pass by, and makes XML what XML can hold."""

    def __init__(self, sink: IO[bytes], format: str, most: int) -> None:
        self.sink = sink
        self.pattern = _ROW[format]
        self.xml = format == "xml"
        self.most = most
        # A line of names is no row, and so many commas part one more.
        self.seen = {"csv": -1, "tsv": -1, "json": 1}.get(format, 0)
        self.tail = b""

    def write(self, data: bytes) -> int:
        """Pass bytes on. Raises Problem (``answer-too-large``, ``not-writable``)."""
        looked_at = self.tail + data
        end = 0
        for match in self.pattern.finditer(looked_at):
            self.seen += 1
            end = match.end()
        self.tail = looked_at[max(end, len(looked_at) - 8) :]
        if self.seen > self.most:
            raise _too_many(self.most)
        if self.xml:
            if _NOT_XML.search(looked_at):
                raise Problem(
                    "not-writable", "the answer holds a control character, which XML cannot",
                    "ask for JSON or TSV",
                )  # fmt: skip
            self.sink.write(data.replace(b"\r", b"&#13;"))
        else:
            self.sink.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    @property
    def count(self) -> int:
        """The number of rows, after the last byte."""
        return 0 if self.tail.endswith(_NO_ROWS) else self.seen


class _Sink(io.RawIOBase):
    """Gathers, packs and sends the bytes of an answer, up to a bound."""

    def __init__(self, way_out: _Way, zipped: bool, most: int) -> None:
        self.way_out = way_out
        self.wanted = zipped
        self.packer: zlib._Compress | None = None
        self.most = most
        self.count = 0
        self.held = bytearray()

    def write(self, data: Any) -> int:
        """Take some bytes. Raises Problem (``answer-too-large``)."""
        self.count += len(data)
        if self.count > self.most:
            raise Problem(
                "answer-too-large", f"the answer has more than {self.most:,} bytes",
                "ask for a part with LIMIT and OFFSET, or for counts instead of rows",
            )  # fmt: skip
        self.held += data
        if len(self.held) >= _PIECE:
            if self.packer is None and self.wanted:
                self.packer = zlib.compressobj(1, wbits=31)
            piece = self.packer.compress(self.held) if self.packer else bytes(self.held)
            self.held.clear()
            if piece:
                self.way_out.sendall(pack({"more": True}, piece))
        return len(data)

    def rest(self) -> tuple[bytes, bool]:
        """The bytes that were not yet sent, and whether the answer is packed."""
        if self.packer is None and self.wanted and len(self.held) >= _SMALLEST_ZIPPED:
            self.packer = zlib.compressobj(5, wbits=31)
        if self.packer:
            return self.packer.compress(self.held) + self.packer.flush(), True
        return bytes(self.held), False


def _send(way_out: _Way, job: dict[str, Any], written: _Written, limits: Limits) -> None:
    sink = _Sink(way_out, job["gzip"], limits.size)
    try:
        rows = written.write(cast("IO[bytes]", sink))
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Problem("query-failed", f"the query cannot be answered: {error}") from None
    body, zipped = sink.rest()
    head = {
        "type": content_type(written.media_type, written.format),
        "zipped": zipped,
        "stable": written.stable,
        "rows": rows,
        "bytes": sink.count,
        "peak": resident(),
        **written.more,
    }
    way_out.sendall(pack(head, body))
