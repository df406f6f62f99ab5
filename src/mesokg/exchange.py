"""Data going out: a dataset, or a file of anybody's, in one format.

This module decides what each format holds. Formats with graphs hold all
graphs; formats without hold the default graph of a project, and refuse to drop
the named graphs of a file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import pyoxigraph as ox

from mesokg.canon import serialize, serialize_triples
from mesokg.dataset import Dataset
from mesokg.errors import InputError, QueryError
from mesokg.files import read_bytes
from mesokg.jsonld import claims_jsonld, prefix_context, to_jsonld
from mesokg.nanopubs import nanopublications
from mesokg.project import context_file
from mesokg.references import REFERENCE_FORMATS, read_references, write_references
from mesokg.terms import nearest

__all__ = ["FRAMES", "bundled_context", "convert", "export"]

_WITHOUT_GRAPHS: Final = frozenset({"turtle", "ntriples", "rdfxml"})

#: Shapes that JSON-LD can be exported in, beside the whole dataset.
FRAMES: Final = ("claims",)


def export(dataset: Dataset, format: str, *, graph: str = "", frame: str = "") -> bytes:
    """The dataset in one of `FORMATS`, byte-stable: same content, same bytes.

    `graph` (an IRI, a CURIE, or the end of a graph's IRI) chooses one graph,
    `frame` one of `FRAMES` (JSON-LD only). JSON-LD is compacted by the
    context that comes with the tool; ``nanopub`` is one nanopublication for each claim,
    as TriG; ``bibtex``, ``ris`` and ``csl`` are the works as references.
    Raises InputError (``unknown-format``, ``not-writable``) and QueryError
    (``unknown-graph``).
    """
    if format == "nanopub" and not graph and not frame:
        return nanopublications(dataset)
    if format in REFERENCE_FORMATS and not graph and not frame:
        return write_references(read_references(dataset), format)
    if frame and (frame not in FRAMES or format != "jsonld"):
        raise InputError(
            f"no frame {frame!r} for {format}",
            code="unknown-frame",
            hint=f"frames are for jsonld: {', '.join(FRAMES)}",
        )
    if graph:
        name = _find_graph(dataset, graph)
        if format == "jsonld":
            return to_jsonld(_alone(dataset, name), bundled_context())
        return serialize_triples(dataset.graph(name), format, dataset.prefixes)
    if format == "jsonld":
        maker = claims_jsonld if frame else to_jsonld
        return maker(dataset, bundled_context())
    return serialize(dataset, format)


def convert(dataset: Dataset, format: str) -> bytes:
    """A file that was read, in another format; literals as they were written.

    JSON-LD is compacted by the file's own prefixes. Raises InputError
    (``unknown-format``; ``graphs-lost`` when the format would drop graphs).
    """
    if format in _WITHOUT_GRAPHS and dataset.graphs:
        raise InputError(
            f"{format} cannot hold the {len(dataset.graphs)} named graphs of this file",
            code="graphs-lost",
            hint="convert it to trig, nquads or jsonld",
        )
    if format == "jsonld":
        return to_jsonld(dataset, prefix_context(dataset.prefixes))
    return serialize(dataset, format)


def bundled_context() -> Mapping[str, object]:
    """The JSON-LD context document that comes with the tool."""
    document: Mapping[str, object] = json.loads(read_bytes(context_file()))
    return document


def _alone(dataset: Dataset, name: ox.NamedNode | ox.BlankNode) -> Dataset:
    return Dataset(tuple(ox.Quad(*t) for t in dataset.graph(name)), dataset.prefixes)


def _find_graph(dataset: Dataset, word: str) -> ox.NamedNode | ox.BlankNode:
    """The graph that a word names: its IRI, its CURIE, or the end of its path."""
    by_name = {graph.value: graph for graph in dataset.graphs}
    for candidate in (word, dataset.prefixes.expand(word)):
        if candidate in by_name:
            return by_name[candidate]
    fits = [name for name in by_name if name.endswith(f"/{word}")]
    if len(fits) == 1:
        return by_name[fits[0]]
    tails = {name.partition("/graph/")[2] or name for name in by_name}
    close = nearest(word, tails)
    raise QueryError(
        f"{word!r} names {len(fits) or 'no'} graph{'s' if fits else ''}",
        code="unknown-graph",
        hint=f"nearest: {', '.join(fits or close)}"
        if fits or close
        else "`mesokg query list-graphs` lists them",
    )
