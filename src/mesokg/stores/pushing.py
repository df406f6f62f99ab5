"""Sending named graphs to a store: only what changed, whole or not at all, ours alone.

A graph arrives in pieces under a name of its own, is read back and compared there, and then
takes the place of the graph that readers know by one request (SPARQL's MOVE with all notes
about it), which a store carries out as one transaction. What has arrived is noted, so
that a push that was cut off goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset
from mesokg.engine import Engine
from mesokg.errors import EndpointError, InputError, MesokgError
from mesokg.remote import Updates
from mesokg.stores.content import Content, compared, content_of
from mesokg.stores.ledger import LEDGER, Ledger, Record, as_graph

__all__ = ["Pushed", "Step", "push"]

_STAGING: Final = "https://w3id.org/mesokg/published/staging/"
#: Refusals that a smaller request may escape.
_PERHAPS_SMALLER: Final = frozenset({400, 413, 414, 500})
_SMALLEST: Final = 50
#: Pieces after which a push says that it is still alive.
_PIECES_A_SIGN: Final = 10


@dataclass(frozen=True, slots=True)
class Step:
    """What is done about one graph, and why.

    `action` is ``send``, ``remove``, or ``keep``; once done, ``sent``, ``removed`` or, where
    the store cannot hold what it was sent, ``refused``.
    """

    graph: str
    action: str
    triples: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """The steps of a push in the order of the graphs' names."""

    steps: tuple[Step, ...]

    @property
    def pending(self) -> bool:
        """Whether the store differs from what was to be published."""
        return any(step.action in {"refused", "remove", "send"} for step in self.steps)


def push(
    dataset: Dataset,
    engine: Engine,
    updates: Updates,
    *,
    owner: str,
    holder: str,
    only: Collection[str] = (),
    chunk: int = 2000,
    prune: bool = False,
    dry_run: bool = False,
    is_dead: Callable[[str], bool] = lambda holder: False,
    tell: Callable[[str], None] = lambda text: None,
) -> Pushed:
    """Publish the named graphs of a dataset in a SPARQL 1.1 store, and say what was done.

    A graph whose digest the store has noted, and whose number of triples it still holds, is not
    sent. A graph that stands in the store and was not published by this `owner` is never
    touched, and nothing is sent if there is one. `only` names the graphs that are meant; with
    `prune`, graphs of this owner that the dataset no longer has are removed, when all are meant.
    `chunk` bounds the triples in one request; a request that is refused is tried in halves.
    With `dry_run` nothing is changed. `holder` names this process, and `is_dead` says whether
    the process of such a name has ended; `tell` is told of progress.

    Raises InputError (``no-named-graphs``, ``unknown-graph``, ``blank-nodes-alike``),
    MesokgError (``graph-not-ours``, ``push-under-way``) and EndpointError.
    """
    graphs = _graphs(dataset, only)
    ledger = Ledger(engine, updates, holder, is_dead)
    steps = _plan(ledger, graphs, owner, prune=prune and not only)
    if dry_run or all(step.action == "keep" for step in steps):
        return Pushed(steps)
    ledger.lock()
    try:
        # What was planned may have been done by another push in the meantime.
        steps = _plan(ledger, graphs, owner, prune=prune and not only)
        ledger.claim([step.graph for step in steps if step.action == "send"], owner)
        done = [_do(ledger, step, graphs, owner, chunk, tell) for step in steps]
    finally:
        _unlock(ledger)
    return Pushed(tuple(done))


def _unlock(ledger: Ledger) -> None:
    try:
        ledger.unlock()
    except EndpointError:  # the line is broken: another error is on its way, or all is done
        return


@dataclass(frozen=True, slots=True)
class _Graph:
    """A graph to be published."""

    triples: tuple[ox.Triple, ...]
    content: Content


def _graphs(dataset: Dataset, only: Collection[str]) -> dict[str, _Graph]:
    names = [name for name in dataset.graphs if isinstance(name, ox.NamedNode)]
    unknown = sorted(set(only) - {name.value for name in names})
    if unknown:
        raise InputError(
            f"there is no graph {unknown[0]}",
            code="unknown-graph",
            hint="`mesokg push --dry-run` without --graph lists the graphs",
        )
    wanted = [name for name in names if not only or name.value in only]
    found: dict[object, list[ox.Triple]] = {name: [] for name in wanted}
    for quad in dataset.quads:
        if quad.graph_name in found:
            found[quad.graph_name].append(quad.triple)
    if not found:
        raise InputError(
            "there is no named graph to publish",
            code="no-named-graphs",
            hint="give files of TriG or N-Quads, or name a graph with --named IRI=FILE",
        )
    reserved = [name for name in wanted if name == LEDGER or name.value.startswith(_STAGING)]
    if reserved:
        raise _not_ours(reserved[0].value, "is where mesokg notes what it has published")
    return {name.value: _Graph(tuple(found[name]), content_of(found[name])) for name in wanted}


# --- planning --------------------------------------------------------------------------------


def _plan(
    ledger: Ledger, graphs: Mapping[str, _Graph], owner: str, *, prune: bool
) -> tuple[Step, ...]:
    """What is to be done. Raises MesokgError (``graph-not-ours``)."""
    records = ledger.records()
    counts = ledger.counts(graphs)
    steps = []
    for name, graph in graphs.items():
        record, count = records.get(name), counts[name]
        if record is not None and record.owner != owner:
            raise _not_ours(name, f"was published by {record.owner}")
        if record is None and count:
            raise _not_ours(name, f"holds {count:,} triples that mesokg did not publish")
        action, note = _what(graph, record, count)
        steps.append(Step(name, action, len(graph.content.lines), note))
    for name, record in sorted(records.items()):
        if record.owner == owner and name not in graphs and prune:
            steps.append(Step(name, "remove", max(0, record.triples), "no longer published"))
    return tuple(sorted(steps, key=lambda step: step.graph))


def _what(graph: _Graph, record: Record | None, count: int) -> tuple[str, str]:
    if record is None:
        return "send", "new"
    if not record.digest:
        return "send", "begun before"
    if record.digest != graph.content.digest:
        return "send", "changed"
    if record.triples != count:
        return "send", f"the store holds {count:,} triples where {record.triples:,} were left"
    return "keep", "" if record.held == record.digest else "with literals rewritten by the store"


def _not_ours(graph: str, why: str) -> MesokgError:
    return MesokgError(
        f"the graph {graph} {why}; nothing was sent",
        code="graph-not-ours",
        hint="publish under another name, choose graphs with --graph, or have its owner remove it",
    )


# --- doing -----------------------------------------------------------------------------------


def _do(
    ledger: Ledger,
    step: Step,
    graphs: Mapping[str, _Graph],
    owner: str,
    chunk: int,
    tell: Callable[[str], None],
) -> Step:
    if step.action == "keep":
        return step
    if step.action == "remove":
        target = as_graph(step.graph)
        ledger.send(f"DROP SILENT GRAPH {target}", ledger.forget(target))
        return replace(step, action="removed")
    graph = graphs[step.graph]
    tell(f"{step.graph}: {len(graph.content.lines):,} triples")
    staging = _staging(owner, step.graph, graph.content)
    if ledger.counts([step.graph])[step.graph] and not ledger.arrived(staging):
        held = ledger.triples(step.graph)
        if not compared(graph.triples, held).lost:  # it took its place, and the note of it was lost
            return _noted(ledger, step, staging, graph, held, owner)
    for last in (False, True):
        _deliver(ledger, staging, graph.content, chunk)
        held = ledger.triples(staging.value)
        difference = compared(graph.triples, held)
        if not difference.lost:
            return _switched(ledger, step, staging, graph, held, owner)
        ledger.send(f"DROP SILENT GRAPH {staging}", ledger.forget(staging))
        if last:
            return replace(
                step, action="refused",
                note=f"the store does not keep {difference.lost:,} of its statements, "
                f"such as {difference.example}",
            )  # fmt: skip
    raise AssertionError("the last attempt ends")


def _staging(owner: str, graph: str, content: Content) -> ox.NamedNode:
    words = "\n".join((owner, graph, content.digest))
    return ox.NamedNode(_STAGING + hashlib.sha256(words.encode()).hexdigest()[:32])


def _deliver(ledger: Ledger, staging: ox.NamedNode, content: Content, chunk: int) -> None:
    """Bring what has not arrived yet; pieces that are too large for the store are halved."""
    there = ledger.arrived(staging)
    if there and not ledger.counts([staging.value])[staging.value]:
        ledger.send(ledger.forget(staging))  # the notes outlived what they are about
        there = set()
    for number, piece in enumerate(content.pieces(chunk)):
        if number % _PIECES_A_SIGN == _PIECES_A_SIGN - 1:
            ledger.renew()
        _bring(ledger, staging, piece, there)


def _bring(
    ledger: Ledger, staging: ox.NamedNode, piece: Sequence[str], there: Collection[str]
) -> None:
    name = hashlib.sha256("\n".join(piece).encode()).hexdigest()[:32]
    if name in there:
        return
    try:
        ledger.send(_insertion(staging, piece), ledger.note_arrival(staging, name))
    except EndpointError as error:
        if error.status not in _PERHAPS_SMALLER or len(piece) < 2 * _SMALLEST:
            raise
        halves = list(_halves(piece))
        if len(halves) < 2:
            raise
        for half in halves:
            _bring(ledger, staging, half, there)


def _halves(piece: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A piece in two, if its blank nodes allow that."""
    return Content(tuple(piece), "").pieces((len(piece) + 1) // 2)


def _insertion(staging: ox.NamedNode, piece: Sequence[str]) -> str:
    lines = " .\n".join(piece)
    # Virtuoso takes no blank node in INSERT DATA.
    if any("_:" in line for line in piece):
        return f"INSERT {{ GRAPH {staging} {{\n{lines}\n}} }} WHERE {{ }}"
    return f"INSERT DATA {{ GRAPH {staging} {{\n{lines}\n}} }}"


def _switched(
    ledger: Ledger, step: Step, staging: ox.NamedNode, graph: _Graph,
    held: Sequence[ox.Triple], owner: str,
) -> Step:  # fmt: skip
    """The step, once the graph has taken its place."""
    ledger.renew()
    target = as_graph(step.graph)
    ledger.send(f"MOVE GRAPH {staging} TO GRAPH {target}")
    count = ledger.counts([step.graph])[step.graph]
    if count != len(held):
        raise EndpointError(
            f"the store holds {count:,} triples in {step.graph} where {len(held):,} were put",
            code="graph-incomplete",
            hint="push again: what the store holds is looked at first",
        )
    return _noted(ledger, step, staging, graph, held, owner)


def _noted(
    ledger: Ledger, step: Step, staging: ox.NamedNode, graph: _Graph,
    held: Sequence[ox.Triple], owner: str,
) -> Step:  # fmt: skip
    target, kept = as_graph(step.graph), content_of(held)
    record = Record(owner, graph.content.digest, kept.digest, len(held))
    ledger.send(ledger.forget(staging), ledger.forget(target), ledger.note(step.graph, record))
    difference = compared(graph.triples, held)
    note = step.note
    if difference.rewritten:
        note += f"; the store spells {difference.rewritten:,} literals anew, such as "
        note += difference.example
    return replace(step, action="sent", note=note)
