"""pySHACL and what has its function: data and shapes as graphs of rdflib, a report back.

This module decides how terms reach rdflib and come back exactly as written. It is
loaded only when such an engine runs, for rdflib alone takes longer than many validations.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pyoxigraph as ox
import rdflib

from mesokg.dataset import Term
from mesokg.shacl.graphs import Triples
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["report"]

_XSD_STRING: Final = STANDARD_PREFIXES["xsd"] + "string"


def report(module: str, store: str, data: Triples, shapes: Triples) -> tuple[ox.Triple, ...]:
    """The validation report of the library `module`, as triples.

    `store` is the kind of rdflib store that it is fast on. RuntimeError, or whatever the
    library raises, when there is no report.
    """
    run = importlib.import_module(module).validate
    with _quiet():
        conforms, graph, text = run(_to_rdflib(data, store), shacl_graph=_to_rdflib(shapes, store))
        if not isinstance(graph, rdflib.Graph):
            raise RuntimeError(text)
        found = tuple(_from_rdflib(graph))
    if not conforms and not found:
        raise RuntimeError("the engine found the data wrong and does not say why")
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """What the libraries would log or warn of, such as ill-typed literals, is not news."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
            try:
                yield
            finally:
                rdflib.NORMALIZE_LITERALS = normalize
    finally:
        logging.disable(disabled)


def _to_rdflib(triples: Triples, store: str) -> rdflib.Graph:
    """The triples as a graph of rdflib, literals as written; RDF 1.2 triple terms are left out."""
    graph = rdflib.Graph(store, bind_namespaces="none")
    known: dict[object, rdflib.term.Node] = {}
    for triple in triples:
        terms = []
        for term in triple:
            if term not in known and not isinstance(term, ox.Triple):
                known[term] = _rdflib_term(term)
            terms.append(known.get(term))
        if None not in terms:
            graph.add(tuple(terms))  # type: ignore[arg-type]  # three nodes, as just checked
    return graph


def _rdflib_term(term: Term) -> rdflib.term.Node:
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language, normalize=False)
    if term.datatype.value == _XSD_STRING:
        return rdflib.Literal(term.value, normalize=False)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def _from_rdflib(graph: rdflib.Graph) -> Iterator[ox.Triple]:
    for subject, predicate, value in graph:
        yield ox.Triple(
            ox.BlankNode(str(subject))
            if isinstance(subject, rdflib.BNode)
            else ox.NamedNode(str(subject)),
            ox.NamedNode(str(predicate)),
            _ox_term(value),
        )


def _ox_term(term: rdflib.term.Node) -> Term:
    if isinstance(term, rdflib.Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        datatype = ox.NamedNode(str(term.datatype)) if term.datatype else None
        return ox.Literal(str(term), datatype=datatype)
    return ox.BlankNode(str(term)) if isinstance(term, rdflib.BNode) else ox.NamedNode(str(term))
