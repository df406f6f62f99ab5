"""A dataset as rdflib sees it, and back.

This module decides what survives the way into rdflib: every term as it was
written. rdflib would like to tidy literals; it is not let.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import pyoxigraph as ox
import rdflib

from mesokg.dataset import Dataset, Term
from mesokg.errors import InputError
from mesokg.terms import STANDARD_PREFIXES, Prefixes

__all__ = ["from_rdflib", "to_rdflib"]

_STRING: Final = STANDARD_PREFIXES["xsd"] + "string"
#: rdflib squeezes the spaces of these even where it is told not to normalise.
_SQUEEZED: Final = frozenset(
    STANDARD_PREFIXES["xsd"] + name for name in ("normalizedString", "token")
)
_DEFAULT: Final = ox.DefaultGraph()


def to_rdflib(dataset: Dataset, *, merge: bool = True) -> rdflib.Dataset:
    """The dataset as an `rdflib.Dataset`: same graphs, same terms, literals as written.

    Its default graph is that of queries, as in `mesokg.engine.embed`; with
    ``merge=False`` it holds only what stands in no named graph, and `from_rdflib`
    gives the same dataset back.

    >>> from mesokg.dataset import read
    >>> graph = to_rdflib(read("<http://e/s> <http://e/p> 01 .")).default_graph
    >>> [str(literal) for literal in graph.objects()]
    ['01']

    Raises InputError (``not-convertible``) for terms of RDF 1.2, which rdflib lacks.
    """
    target = rdflib.Dataset()
    for prefix, namespace in dataset.prefixes.items():
        if not re.search(r"\s", prefix):
            target.bind(prefix, namespace, replace=True)
    own = [quad.triple for quad in dataset.quads if quad.graph_name == _DEFAULT]
    terms = _ToRdflib()
    with _quiet():
        _fill(target.default_graph, dataset.default_graph if merge else own, terms)
        for name in dataset.graphs:
            _fill(target.graph(terms.resource(name)), dataset.graph(name), terms)
    return target


def _fill(graph: rdflib.Graph, triples: Iterable[ox.Triple], terms: _ToRdflib) -> None:
    for triple in triples:
        subject, predicate, obj = triple.subject, triple.predicate, triple.object
        graph.add((terms.resource(subject), terms.resource(predicate), terms.term(obj)))


class _ToRdflib:
    """Terms of pyoxigraph as terms of rdflib, each made once."""

    def __init__(self) -> None:
        self._made: dict[object, rdflib.URIRef | rdflib.BNode | rdflib.Literal] = {}

    def term(self, term: Term | ox.Triple) -> rdflib.URIRef | rdflib.BNode | rdflib.Literal:
        if not isinstance(term, ox.Literal):
            return self.resource(term)
        made = self._made.get(term)
        if made is None:
            made = self._made[term] = _literal(term)
        return made

    def resource(self, term: Term | ox.Triple) -> rdflib.URIRef | rdflib.BNode:
        made = self._made.get(term)
        if isinstance(made, rdflib.URIRef | rdflib.BNode):
            return made
        if isinstance(term, ox.NamedNode):
            fresh: rdflib.URIRef | rdflib.BNode = rdflib.URIRef(term.value)
        elif isinstance(term, ox.BlankNode):
            fresh = rdflib.BNode(term.value)
        else:
            raise _unknown(term)
        self._made[term] = fresh
        return fresh


def _literal(term: ox.Literal) -> rdflib.Literal:
    if term.direction:
        raise _unknown(term)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    datatype = term.datatype.value
    if datatype == _STRING:
        return rdflib.Literal(term.value)
    if datatype in _SQUEEZED:
        literal = rdflib.Literal(term.value)
        literal._datatype = rdflib.URIRef(datatype)
        return literal
    return rdflib.Literal(term.value, datatype=datatype, normalize=False)


def _unknown(term: object) -> InputError:
    return InputError(
        f"rdflib has no such term: {term}",
        code="not-convertible",
        hint="triple terms and text directions are of RDF 1.2; leave these statements out",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep rdflib from logging a traceback for every ill-typed literal; validation names them."""
    log = logging.getLogger("rdflib.term")
    log.addFilter(_refuse)
    try:
        yield
    finally:
        log.removeFilter(_refuse)


def _refuse(record: logging.LogRecord) -> bool:
    return False


# --- and back --------------------------------------------------------------------------------


def from_rdflib(graph: rdflib.Graph) -> Dataset:
    """The dataset that an `rdflib.Graph` or `rdflib.Dataset` holds, with its prefixes.

    The triples of a Graph become the default graph. Literals keep the form that
    rdflib has, which may have normalised them when it parsed them. Of a Dataset
    with ``default_union`` the default graph is the union, as rdflib has it.

    >>> graph = rdflib.Graph().parse(data="<http://e/s> <http://e/p> 'tea'@en .")
    >>> from_rdflib(graph).quads[0].object.value
    'tea'

    Raises InputError (``not-convertible``) for what is no RDF: literals as
    subjects, blank nodes as predicates, relative IRIs, variables, formulas.
    """
    terms = _FromRdflib()
    found = []
    for subject, predicate, obj, name in _quads(graph):
        home = _DEFAULT if name is None else terms.resource(name)
        found.append(ox.Quad(terms.resource(subject), terms.iri(predicate), terms.term(obj), home))
    names = {quad.graph_name for quad in found}
    union = isinstance(graph, rdflib.Dataset) and graph.default_union
    merged = frozenset(name for name in names if union and isinstance(name, ox.NamedNode))
    prefixes = Prefixes({prefix: str(namespace) for prefix, namespace in graph.namespaces()})
    return Dataset(tuple(dict.fromkeys(found)), prefixes, merged=merged)


_Quad = tuple[object, object, object, object | None]


def _quads(graph: rdflib.Graph) -> Iterator[_Quad]:
    """Every statement with the name of its graph, None for the default graph."""
    if not isinstance(graph, rdflib.ConjunctiveGraph):
        for subject, predicate, obj in graph:
            yield subject, predicate, obj, None
        return
    default = graph.default_graph if isinstance(graph, rdflib.Dataset) else graph.default_context
    for subject, predicate, obj, context in graph.quads():
        name = context.identifier if isinstance(context, rdflib.Graph) else context
        yield subject, predicate, obj, None if name == default.identifier else name


class _FromRdflib:
    """Terms of rdflib as terms of pyoxigraph, each made once."""

    def __init__(self) -> None:
        self._made: dict[object, Term] = {}

    def term(self, term: object) -> Term:
        if not isinstance(term, rdflib.Literal):
            return self.resource(term)
        made = self._made.get(term)
        if made is None:
            made = self._made[term] = _from_literal(term)
        return made

    def resource(self, term: object) -> ox.NamedNode | ox.BlankNode:
        if isinstance(term, rdflib.BNode):
            made = self._made.get(term)
            if not isinstance(made, ox.BlankNode):
                made = self._made[term] = _blank(term)
            return made
        return self.iri(term)

    def iri(self, term: object) -> ox.NamedNode:
        made = self._made.get(term)
        if isinstance(made, ox.NamedNode):
            return made
        if not isinstance(term, rdflib.URIRef):
            raise _no_rdf(term, f"{type(term).__name__} cannot stand here")
        try:
            fresh = ox.NamedNode(str(term))
        except ValueError as error:
            raise _no_rdf(term, str(error)) from None
        self._made[term] = fresh
        return fresh


def _blank(term: rdflib.BNode) -> ox.BlankNode:
    """A blank node of the same name, or of a fresh one if no syntax could write the name."""
    try:
        return ox.BlankNode(str(term))
    except ValueError:
        return ox.BlankNode()


def _from_literal(term: rdflib.Literal) -> ox.Literal:
    try:
        if term.language:
            return ox.Literal(str(term), language=term.language)
        if term.datatype is None:
            return ox.Literal(str(term))
        return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)))
    except ValueError as error:
        raise _no_rdf(term, str(error)) from None


def _no_rdf(term: object, why: str) -> InputError:
    return InputError(
        f"the graph holds what is no RDF: {term!r} ({why})",
        code="not-convertible",
        hint="remove or correct the statement before converting the graph",
    )
