"""Nanopublications: each claim as a thing of its own that can be cited, checked and passed on.

This module decides what a nanopublication of a claim holds. Its assertion is the claim's
record, never a bare statement drawn from it: that an article says so, in which direction
and how surely worded, is true whatever becomes of the claim. Its provenance is where the
claim stands, the evidence offered for it and what reviewers made of both, whose words they are;
its publication info is who encoded it, when, on what terms. There are no blank nodes.

The IRI ends in a hash of the content (a trusty URI, module RA), so it stays the same from
release to release for as long as nothing that is said of the claim changes, and nobody can
change the one without the other.

Spec: https://nanopub.net/guidelines/working_draft/, https://arxiv.org/abs/1401.5775
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset, Term
from mesokg.terms import NS, STANDARD_PREFIXES, Prefixes

__all__ = ["nanopub_iri", "nanopublications", "nanopubs"]

_NP: Final = "http://www.nanopub.org/nschema#"
_NPX: Final = "http://purl.org/nanopub/x/"
_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_PROV: Final = STANDARD_PREFIXES["prov"]
_RDFS: Final = STANDARD_PREFIXES["rdfs"]
_TYPE: Final = ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")
_PREFIXES: Final = Prefixes({"np": _NP, "npx": _NPX})

#: What a claim's record points at and what belongs to the provenance, not to the claim itself.
_EVIDENCE: Final = ox.NamedNode(NS + "evidence")
_STATED_IN: Final = ox.NamedNode(NS + "statedIn")
_ASSESSES: Final = ox.NamedNode(NS + "assesses")
_LABEL: Final = ox.NamedNode(_RDFS + "label")
#: Graph of a nanopublication -> the property that its head names it with.
_LINKS: Final[Mapping[str, str]] = {
    "assertion": "hasAssertion",
    "provenance": "hasProvenance",
    "pubinfo": "hasPublicationInfo",
}
#: Stands for the nanopublication while its hash is not known.
_SELF: Final = "urn:mesokg:nanopublication"

_Parts = Mapping[str, Sequence[ox.Triple]]


def nanopublications(dataset: Dataset) -> bytes:
    """The nanopublications of all claims as one TriG file; the same dataset, the same bytes.

    Each stands in one piece under its own prefixes ``this:`` and ``sub:``, so that the file
    can be cut between them.
    """
    chunks: list[str] = []
    used: set[str] = set()
    shared = dict(_usable(dataset.prefixes | _PREFIXES))
    for quads in nanopubs(dataset):
        iri = nanopub_iri(quads)
        prefixes = shared | {"this": iri, "sub": f"{iri}#"}
        data = ox.serialize(quads, format=ox.RdfFormat.TRIG, prefixes=prefixes) or b""
        lines = data.decode().splitlines(keepends=True)
        head = list(takewhile(lambda line: line.startswith("@prefix "), lines))
        own = [line for line in head if line.startswith(("@prefix this:", "@prefix sub:"))]
        body = "".join(lines[len(head) :])
        used |= {line for line in head if line not in {*own, *used} and _names(line, body)}
        chunks.append(f"\n{''.join(own)}\n{body}")
    return ("".join(sorted(used)) + "".join(chunks)).encode()


def nanopubs(dataset: Dataset) -> Iterator[tuple[ox.Quad, ...]]:
    """One nanopublication for each claim that has an IRI and an article, in order of the claims.

    Computed graphs are used as far as the dataset has them (`mesokg.derive`): they add
    the claim's proposition and the works that its evidence rests on.
    """
    facts = _Facts(dataset)
    for claim in facts.claims:
        parts = _parts(claim, facts)
        if parts:
            yield _finished(parts, dataset.base)


def nanopub_iri(quads: Iterable[ox.Quad]) -> str:
    """The IRI of the nanopublication that some quads are, by its head."""
    return next(
        str(quad.subject.value)
        for quad in quads
        if quad.object == ox.NamedNode(_NP + "Nanopublication")
        and isinstance(quad.subject, ox.NamedNode)
    )


def _usable(prefixes: Prefixes) -> Iterator[tuple[str, str]]:
    """The prefixes that every reader of TriG takes, but for the two that each one sets anew."""
    for prefix, namespace in prefixes.items():
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", prefix) and prefix not in {"sub", "this"}:
            yield prefix, namespace


def _names(line: str, body: str) -> bool:
    """Whether a text needs the prefix that a line declares; errs on the side of yes."""
    return f"{line.split()[1]}" in body


class _Facts:
    """Statements by subject, with the graph that says so; lookups by object where needed."""

    def __init__(self, dataset: Dataset) -> None:
        about: dict[Term, dict[tuple[ox.Triple, Term], None]] = defaultdict(dict)
        self.assessments: dict[Term, list[ox.NamedNode]] = defaultdict(list)
        claims = set()
        claim = ox.NamedNode(NS + "Claim")
        for quad in dataset.quads:
            if isinstance(quad.subject, ox.Triple) or isinstance(quad.object, ox.Triple):
                continue
            if isinstance(quad.graph_name, ox.NamedNode):
                about[quad.subject][quad.triple, quad.graph_name] = None
            if not isinstance(quad.subject, ox.NamedNode):
                continue
            if quad.predicate == _TYPE and quad.object == claim:
                claims.add(quad.subject)
            elif quad.predicate == _ASSESSES:
                self.assessments[quad.object].append(quad.subject)
        self._about = about
        self.claims = tuple(sorted(claims, key=str))

    def said(self, subject: Term) -> tuple[tuple[ox.Triple, Term], ...]:
        """What is said of a thing, and in which graph; blank nodes are of no use elsewhere."""
        return tuple(
            (triple, graph)
            for triple, graph in self._about.get(subject, {})
            if not isinstance(triple.object, ox.BlankNode)
        )

    def get(self, subject: Term, predicate: ox.NamedNode) -> list[Term]:
        """The values of a property, in order."""
        found = {t.object for t, _ in self.said(subject) if t.predicate == predicate}
        return sorted((v for v in found if not isinstance(v, ox.Triple)), key=str)


def _parts(claim: ox.NamedNode, facts: _Facts) -> _Parts:
    """The graphs of a claim's nanopublication but the head; none for a claim that says nothing."""
    record = facts.said(claim)
    articles = facts.get(claim, _STATED_IN)
    assertion = [triple for triple, _ in record if triple.predicate != _EVIDENCE]
    if not articles:
        return {}
    graphs = sorted({graph for triple, graph in record if triple.predicate == _TYPE}, key=str)
    terms = {
        name: [value for graph in graphs for value in facts.get(graph, _dcterms(name))]
        for name in ("created", "creator", "license")
    }
    provenance = [
        *(_own("assertion", _PROV + "wasDerivedFrom", article) for article in articles),
        *(_own("assertion", _PROV + "wasAttributedTo", who) for who in terms["creator"]),
        *(_own("assertion", _DCTERMS + "isPartOf", graph) for graph in graphs),
        *_grounds(claim, facts),
    ]
    info = [
        _own("", _NPX + "hasNanopubType", ox.NamedNode(NS + "Claim")),
        _own("", _NPX + "introduces", claim),
        *(_own("", _RDFS + "label", name) for name in facts.get(claim, _LABEL)),
        *(_own("", _DCTERMS + name, value) for name, found in terms.items() for value in found),
    ]
    return {"assertion": assertion, "provenance": provenance, "pubinfo": info}


def _grounds(claim: ox.NamedNode, facts: _Facts) -> Iterator[ox.Triple]:
    """The evidence offered for a claim, the works behind it, and what reviewers say of both."""
    for line in facts.get(claim, _EVIDENCE):
        yield ox.Triple(claim, _EVIDENCE, line)
        yield from (triple for triple, _ in facts.said(line))
    for assessment in facts.assessments.get(claim, ()):
        yield from (triple for triple, _ in facts.said(assessment))


def _own(part: str, predicate: str, value: Term) -> ox.Triple:
    """A statement about the nanopublication, or about one of its graphs."""
    return ox.Triple(_part(part), ox.NamedNode(predicate), value)


def _part(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{_SELF}#{name}" if name else _SELF)


def _dcterms(name: str) -> ox.NamedNode:
    return ox.NamedNode(_DCTERMS + name)


# --- the hash --------------------------------------------------------------------------------


def _finished(parts: _Parts, base: str) -> tuple[ox.Quad, ...]:
    """The nanopublication with its head, in canonical order, under the IRI that it hashes to."""
    head = [ox.Triple(_part(""), _TYPE, ox.NamedNode(_NP + "Nanopublication"))]
    for name, property_ in _LINKS.items():
        head.append(ox.Triple(_part(""), ox.NamedNode(_NP + property_), _part(name)))
    quads = {
        ox.Quad(triple.subject, triple.predicate, triple.object, _part(name))
        for name, triples in {"Head": head, **parts}.items()
        for triple in triples
    }
    lines = sorted(_key(quad, f"{base}nanopub/ ") for quad in quads)
    text = "".join(f"{part.decode()}\n" for line in lines for part in _said(line))
    code = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    iri = f"{base}nanopub/RA{code}"
    order = ["Head", *_LINKS]
    places = {_part(name).value: place for place, name in enumerate(order)}
    ordered = sorted(quads, key=lambda quad: (places[_value(quad.graph_name)], str(quad)))
    return tuple(_renamed(quad, iri) for quad in ordered)


def _value(term: object) -> str:
    return str(getattr(term, "value", ""))


#: Graph, subject, predicate; then whether the object is a literal, its text, datatype, language.
_Key = tuple[bytes, bytes, bytes, bool, bytes, bytes, bytes]


def _key(quad: ox.Quad, self_: str) -> _Key:
    """A quad as it is sorted and hashed, with `self_` for the nanopublication."""
    graph, subject, predicate = (
        _open(_value(term), self_) for term in (quad.graph_name, quad.subject, quad.predicate)
    )
    value = quad.object
    if isinstance(value, ox.Literal):
        language = (value.language or "").lower().encode()
        datatype = b"" if language else value.datatype.value.encode()
        return graph, subject, predicate, True, value.value.encode(), datatype, language
    term = _open(_value(value), self_)
    return graph, subject, predicate, False, term, b"", b""


def _open(iri: str, self_: str) -> bytes:
    return (self_ + iri.removeprefix(_SELF) if iri.startswith(_SELF) else iri).encode()


def _said(line: _Key) -> Iterator[bytes]:
    """The four lines that stand for a quad in what is hashed."""
    yield from line[:3]
    _, _, _, is_literal, text, datatype, language = line
    if not is_literal:
        yield text
        return
    escaped = text.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
    yield b"@%s %s" % (language, escaped) if language else b"^%s %s" % (datatype, escaped)


def _renamed(quad: ox.Quad, iri: str) -> ox.Quad:
    """The quad with the nanopublication's IRI for the word that stood for it."""
    graph = ox.NamedNode(iri + _value(quad.graph_name).removeprefix(_SELF))
    subject, value = quad.subject, quad.object
    if isinstance(subject, ox.NamedNode) and subject.value.startswith(_SELF):
        subject = ox.NamedNode(iri + subject.value.removeprefix(_SELF))
    if isinstance(value, ox.NamedNode) and value.value.startswith(_SELF):
        value = ox.NamedNode(iri + value.value.removeprefix(_SELF))
    return ox.Quad(subject, quad.predicate, value, graph)
