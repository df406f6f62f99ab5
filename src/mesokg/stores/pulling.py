"""Bringing published graphs from a store into files, whole and as they were left there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from mesokg.canon import serialize_triples
from mesokg.engine import Engine
from mesokg.errors import EndpointError, InputError
from mesokg.files import File
from mesokg.stores.content import content_of
from mesokg.stores.ledger import Ledger, Record
from mesokg.terms import Prefixes

__all__ = ["Pulled", "pull", "pull_index"]

_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Pulled:
    """A graph as a file, with the digest of what stands in it."""

    graph: str
    file: File
    triples: int
    digest: str
    note: str = ""


def pull(
    engine: Engine, *, only: Collection[str] = (), prefixes: Prefixes | None = None
) -> tuple[Pulled, ...]:
    """Graphs of a store as files of Turtle, byte-stable, by name; all that `push` published there.

    `only` names others, too. What comes is held against the number of triples in the store and,
    where `push` has noted one, the digest of what was left there. Raises InputError
    (``unknown-graph``) and EndpointError (``graph-changed``, ``graph-incomplete``).
    """
    ledger = Ledger(engine)
    records = {name: record for name, record in ledger.records().items() if record.digest}
    names = sorted(only) if only else sorted(records)
    missing = [name for name, count in ledger.counts(names).items() if not count]
    if missing or not names:
        what = (
            f"the store holds no graph {missing[0]}" if missing else "nothing was published there"
        )
        raise InputError(what, code="unknown-graph", hint="check the address of the store")
    taken: set[str] = set()
    return tuple(
        _pulled(ledger, name, records.get(name), prefixes or Prefixes(), taken) for name in names
    )


def pull_index(graphs: Collection[Pulled]) -> File:
    """What was pulled, as a JSON file beside it."""
    listed = [
        {"graph": one.graph, "path": one.file.path, "triples": one.triples, "sha256": one.digest}
        for one in graphs
    ]
    return File("index.json", (json.dumps({"graphs": listed}, indent=2) + "\n").encode())


def _pulled(
    ledger: Ledger, name: str, record: Record | None, prefixes: Prefixes, taken: set[str]
) -> Pulled:
    triples = ledger.triples(name)
    digest = content_of(triples).digest
    note = "" if record else "not published by push: nothing to hold it against"
    if record and digest != record.held:
        raise EndpointError(
            f"the graph {name} is not what was published there last",
            code="graph-changed",
            hint="somebody changed it, or a push is under way; push it again, or ask who did",
        )
    if record and record.digest != record.held:
        note = "with literals rewritten by the store"
    data = serialize_triples(triples, "turtle", prefixes)
    return Pulled(name, File(_path(name, taken), data), len(triples), digest, note)


def _path(graph: str, taken: set[str]) -> str:
    """A file name for a graph that no other graph has, on any file system."""
    stem = "/".join(part for part in _parts(graph)) or "graph"
    path, number = f"{stem}.ttl", 1
    while path.lower() in taken:
        number += 1
        path = f"{stem}-{number}.ttl"
    taken.add(path.lower())
    return path


def _parts(graph: str) -> Iterator[str]:
    tail = graph.partition("/graph/")[2] or graph.partition("://")[2] or graph
    for part in tail.split("/"):
        safe = quote(part, safe="").replace("%", "_").strip(".")[:_LONGEST]
        if safe:
            yield safe
