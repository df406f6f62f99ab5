"""What a store remembers about graphs that were published: whose, which content, how far.

It stands in the store itself, in a graph of our own, so that every machine sees the same. All
of it is plain text literals, which no store rewrites. One push at a time may change it; who
does so is written there as well, with the store's own clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import pyoxigraph as ox

from mesokg.engine import Engine, Table
from mesokg.errors import EndpointError, InputError, MesokgError
from mesokg.remote import Updates

__all__ = ["LEASE", "LEDGER", "Ledger", "Record", "as_graph"]

_BASE: Final = "https://w3id.org/mesokg/published/"
#: The graph of our own.
LEDGER: Final = ox.NamedNode(_BASE + "graphs")
#: Seconds after which a push that says nothing more is taken for dead.
LEASE: Final = 300
_AT_ONCE: Final = 200


def _term(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{_BASE}terms#{name}")


_OWNER, _DIGEST, _HELD, _COUNT = map(_term, ("owner", "digest", "held", "triples"))
_ARRIVED, _LOCK, _SINCE = map(_term, ("arrived", "lock", "since"))


def as_graph(iri: str) -> ox.NamedNode:
    """The name of a graph. Raises InputError (``not-an-iri``)."""
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise InputError(
            f"{iri!r} is no IRI: {error}", code="not-an-iri", hint="name graphs by full IRIs"
        ) from None


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a published graph; without a digest it was begun and never finished.

    `digest` is that of what was sent, `held` that of what the store gives back.
    """

    owner: str
    digest: str = ""
    held: str = ""
    triples: int = -1


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one store, as seen and written by one process, its `holder`."""

    engine: Engine
    updates: Updates | None = None
    holder: str = ""
    is_dead: Callable[[str], bool] = field(default=lambda holder: False)

    # --- reading

    def records(self) -> dict[str, Record]:
        """All published graphs by name."""
        found: dict[str, dict[str, str]] = {}
        names = {_OWNER: "owner", _DIGEST: "digest", _HELD: "held", _COUNT: "triples"}
        for graph, term, text in self._all(f"VALUES ?p {{ {_list(names)} }}"):
            found.setdefault(graph, {})[names[ox.NamedNode(term)]] = text
        return {
            graph: Record(
                row["owner"], row.get("digest", ""), row.get("held", ""),
                int(row.get("triples", "-1")),
            )
            for graph, row in found.items()
            if "owner" in row
        }  # fmt: skip

    def counts(self, graphs: Iterable[str]) -> dict[str, int]:
        """How many triples the store holds in each of some graphs."""
        names = [str(as_graph(graph)) for graph in graphs]
        found = dict.fromkeys((name[1:-1] for name in names), 0)
        for at in range(0, len(names), _AT_ONCE):
            some = " ".join(names[at : at + _AT_ONCE])
            for graph, count in self._rows(
                f"SELECT ?g (COUNT(*) AS ?n) {{ VALUES ?g {{ {some} }}"
                " GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
            ):
                found[graph] = int(count)
        return found

    def triples(self, graph: str) -> tuple[ox.Triple, ...]:
        """All that the store holds in a graph, counted.

        Raises EndpointError (``graph-incomplete``) where the store cuts its answers off.
        """
        name = as_graph(graph)
        answer = self.engine.run(
            f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH {name} {{ ?s ?p ?o }} }}"
        )
        found = answer if isinstance(answer, tuple) else ()
        count = self.counts([graph])[graph]
        if len(found) != count:
            raise EndpointError(
                f"the store gives back {len(found):,} of the {count:,} triples in {graph}",
                code="graph-incomplete",
                hint="raise its limit of results (Virtuoso: ResultSetMaxRows), or try again",
            )
        return found

    def arrived(self, staging: ox.NamedNode) -> set[str]:
        """The pieces that the store has confirmed to hold."""
        return {text for _, _, text in self._all(f"VALUES (?s ?p) {{ ({staging} {_ARRIVED}) }}")}

    def _all(self, pattern: str) -> list[tuple[str, str, str]]:
        rows = self._rows(f"SELECT ?s ?p ?o {{ {pattern} GRAPH {LEDGER} {{ ?s ?p ?o }} }}")
        return [(row[0], row[1], row[2]) for row in rows]

    def _rows(self, query: str) -> list[tuple[str, ...]]:
        answer = self.engine.run(query)
        rows = answer.rows if isinstance(answer, Table) else ()
        return [tuple(str(getattr(term, "value", "")) for term in row) for row in rows]

    # --- writing

    def send(self, *operations: str) -> None:
        """Carry out operations in one request."""
        assert self.updates is not None
        self.updates.update(" ;\n".join(operations))

    def claim(self, graphs: Sequence[str], owner: str) -> None:
        """Say whose graphs are to be, before anything is written into them."""
        name = ox.Literal(owner)
        for at in range(0, len(graphs), _AT_ONCE):
            some = [str(as_graph(graph)) for graph in graphs[at : at + _AT_ONCE]]
            lines = "\n".join(f"{graph} {_OWNER} {name} ." for graph in some)
            self.send(f"INSERT DATA {{ GRAPH {LEDGER} {{ {lines} }} }}")

    def note_arrival(self, staging: ox.NamedNode, piece: str) -> str:
        """The operation that notes that a piece is there."""
        return f"INSERT DATA {{ GRAPH {LEDGER} {{ {staging} {_ARRIVED} {ox.Literal(piece)} }} }}"

    def forget(self, subject: ox.NamedNode) -> str:
        """The operation that takes out all that is noted of something."""
        return f"DELETE WHERE {{ GRAPH {LEDGER} {{ {subject} ?p ?o }} }}"

    def note(self, graph: str, record: Record) -> str:
        """The operation that notes a graph, nothing being noted of it."""
        values = (
            (_OWNER, record.owner), (_DIGEST, record.digest), (_HELD, record.held),
            (_COUNT, str(record.triples)),
        )  # fmt: skip
        lines = " ; ".join(f"{term} {ox.Literal(text)}" for term, text in values)
        return f"INSERT DATA {{ GRAPH {LEDGER} {{ {as_graph(graph)} {lines} }} }}"

    # --- one at a time

    def lock(self) -> None:
        """Keep others from pushing until `unlock`. Raises MesokgError (``push-under-way``)."""
        for holder, age in self._locks():
            if holder != self.holder and (age > LEASE or self.is_dead(holder)):
                self._release(holder)
        mine = f"{LEDGER} {_LOCK} {ox.Literal(self.holder)} . {_place(self.holder)} {_SINCE} ?now"
        self.send(
            f"INSERT {{ GRAPH {LEDGER} {{ {mine} }} }} WHERE {{ BIND(STR(NOW()) AS ?now)"
            f" FILTER NOT EXISTS {{ GRAPH {LEDGER} {{ ?any {_LOCK} ?other }} }} }}"
        )
        self.require_lock()

    def renew(self) -> None:
        """Say that we are still at work. Raises like `require_lock`."""
        place = _place(self.holder)
        self.send(
            self.forget(place),
            f"INSERT {{ GRAPH {LEDGER} {{ {place} {_SINCE} ?now }} }}"
            " WHERE { BIND(STR(NOW()) AS ?now) }",
        )
        self.require_lock()

    def require_lock(self) -> None:
        """Make sure that we alone are at work. Raises MesokgError (``push-under-way``)."""
        locks = self._locks()
        if [holder for holder, _ in locks] == [self.holder]:
            return
        if any(holder == self.holder for holder, _ in locks):
            self.unlock()
        others = [(holder, age) for holder, age in locks if holder != self.holder]
        holder, age = others[0] if others else ("somebody", 0.0)
        raise MesokgError(
            f"another push is under way ({holder}, last heard of {age:,.0f} s ago)",
            code="push-under-way",
            hint=f"wait for it; one that is dead is passed over after {LEASE} s",
        )

    def unlock(self) -> None:
        """Let others push."""
        self._release(self.holder)

    def _release(self, holder: str) -> None:
        lock = f"{LEDGER} {_LOCK} {ox.Literal(holder)}"
        self.send(f"DELETE DATA {{ GRAPH {LEDGER} {{ {lock} }} }}", self.forget(_place(holder)))

    def _locks(self) -> list[tuple[str, float]]:
        """Who is at work, and how many seconds ago that was said last."""
        rows = self._rows(
            f"SELECT ?holder ?place ?since (STR(NOW()) AS ?now) {{ GRAPH {LEDGER} {{"
            f" {LEDGER} {_LOCK} ?holder . ?place {_SINCE} ?since }} }}"
        )
        found = {}
        for holder, place, since, now in rows:
            if place == _place(holder).value:
                found[holder] = (_moment(now) - _moment(since)).total_seconds()
        return sorted(found.items())


def _place(holder: str) -> ox.NamedNode:
    safe = "".join(c if c.isascii() and c.isalnum() else "-" for c in holder)
    return ox.NamedNode(f"{_BASE}lock/{safe}")


def _list(terms: Iterable[ox.NamedNode]) -> str:
    return " ".join(map(str, terms))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
