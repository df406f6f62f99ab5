"""One form for each dataset: canonical blank nodes, a total order, exact bytes.

This module decides what "the same" means. Blank nodes are named by RDFC-1.0
(where that would take minutes, by their structure: see `mesokg.blanks`), quads
are sorted by their canonical N-Quads line, and every serialisation is written
from that sequence; so the same content gives the same bytes, whatever the order
of files, the hash seed or the clock.

Spec: https://www.w3.org/TR/rdf-canon/
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final
from xml.parsers.expat import ExpatError, ParserCreate

import pyoxigraph as ox

from mesokg.blanks import is_costly, named_by_structure
from mesokg.dataset import FORMATS, Dataset
from mesokg.errors import InputError
from mesokg.terms import Prefixes, nearest

__all__ = ["canonical", "digest", "serialize", "serialize_triples"]

_TRIPLES_ONLY: Final = frozenset({"turtle", "ntriples", "rdfxml"})
#: A prefix that every Turtle parser takes; Oxigraph writes any other one as it is.
_PREFIX: Final = re.compile(r"(?:[A-Za-z](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?)?")


def canonical(quads: Iterable[ox.Quad]) -> tuple[ox.Quad, ...]:
    """The quads once each, blank nodes named by RDFC-1.0, in the order of their N-Quads lines.

    Two sequences that differ only in order, repeats or blank node names give
    the same result. Literals count as written. Where RDFC-1.0 would take too long,
    blank nodes are named by `mesokg.blanks` instead. Raises InputError
    (``blank-nodes-alike``).
    """
    by_line = {str(quad): quad for quad in quads}
    # The names of blank nodes depend on the quads that they stand in and on no others.
    unnamed = {line: quad for line, quad in by_line.items() if "_:" in line}
    for line in unnamed:
        del by_line[line]
    by_line |= {str(quad): quad for quad in _named(tuple(unnamed.values()))}
    return tuple(by_line[line] for line in sorted(by_line))


def _named(quads: tuple[ox.Quad, ...]) -> Iterable[ox.Quad]:
    """The same quads with canonical names for their blank nodes."""
    if is_costly(quads):
        return named_by_structure(quads)
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def digest(dataset: Dataset) -> str:
    """Name a dataset by what it says: the SHA-256 of its canonical N-Quads, in hex.

    Equal digests mean equal content: file layout, prefixes, statement order and
    blank node labels do not count. Literals count as written, so 01 and 1 differ.

    >>> from mesokg.dataset import read
    >>> digest(read("_:a <http://e/p> 1 .")) == digest(read("_:z <http://e/p> 1 ."))
    True
    >>> digest(read("_:a <http://e/p> 1 .")) == digest(read("_:a <http://e/p> 01 ."))
    False
    """
    return hashlib.sha256(serialize(dataset, "nquads")).hexdigest()


def serialize(dataset: Dataset, format: str) -> bytes:
    """The dataset in one of `FORMATS`, byte-stable.

    TriG, N-Quads and (expanded) JSON-LD hold every graph; Turtle, N-Triples and
    RDF/XML hold the default graph. Raises InputError (``unknown-format``,
    ``not-writable``).
    """
    _known(format)
    if format in _TRIPLES_ONLY:
        return serialize_triples(dataset.default_graph, format, dataset.prefixes)
    quads = canonical(dataset.quads)
    return _write(quads, format, _used(quads, dataset.prefixes))


def serialize_triples(triples: Iterable[ox.Triple], format: str, prefixes: Prefixes) -> bytes:
    """One graph in one of `FORMATS`, byte-stable. Raises like `serialize`."""
    _known(format)
    quads = canonical(ox.Quad(*triple) for triple in triples)
    if format in _TRIPLES_ONLY:
        return _write([quad.triple for quad in quads], format, _used(quads, prefixes))
    return _write(quads, format, _used(quads, prefixes))


def _write(
    statements: Iterable[ox.Quad] | Iterable[ox.Triple], format: str, prefixes: dict[str, str]
) -> bytes:
    try:
        data = ox.serialize(statements, format=FORMATS[format], prefixes=prefixes)
        if format == "rdfxml":
            _require_xml(data or b"")
    except (ExpatError, OSError, ValueError) as error:
        raise InputError(
            f"the data cannot be written as {format}: {error}",
            code="not-writable",
            hint="choose another format; nquads and trig can say everything",
        ) from error
    return data or b""


def _require_xml(data: bytes) -> None:
    """Refuse what Oxigraph writes but XML cannot say: control characters, odd predicate names."""
    if b"\r" in data:
        raise ValueError("a literal holds a carriage return, which XML readers turn into LF")
    ParserCreate(namespace_separator=" ").Parse(data, True)


def _used(quads: Iterable[ox.Quad], prefixes: Prefixes) -> dict[str, str]:
    """The prefixes that some IRI of the quads begins with, and no others."""
    iris = {
        term.value
        for quad in quads
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
        if isinstance(term, ox.NamedNode)
    } | {quad.object.datatype.value for quad in quads if isinstance(quad.object, ox.Literal)}
    shortened = {prefixes.shorten(iri).partition(":")[0] for iri in iris}
    return {p: prefixes[p] for p in prefixes if p in shortened and _PREFIX.fullmatch(p)}


def _known(format: str) -> None:
    if format not in FORMATS:
        close = nearest(format, FORMATS, 1)
        raise InputError(
            f"no format {format!r}",
            code="unknown-format",
            hint=f"did you mean {close[0]}?" if close else f"one of {', '.join(FORMATS)}",
        )
