"""The pages of everything else: each IRI of the project answers, whatever it stands for.

This module decides how a thing is shown of which no other module knows more than its
statements: as a list of them by name, and of what points at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.site.evidence import claim_of, span
from mesokg.site.model import RDF_TYPE, RDFS, Site
from mesokg.site.page import Page
from mesokg.terms import NS

__all__ = [
    "Property",
    "Value",
    "pages",
]

#: Values of one property, or things that point here by one, on the page; the data have all.
_MOST: Final = 100
#: How deep unnamed nodes are shown inside each other.
_DEEPEST: Final = 4
_LABEL: Final = f"{RDFS}label"


@dataclass(frozen=True, slots=True)
class Value:
    """A value: an IRI, or a text with its language or datatype, or an unnamed node."""

    iri: str = ""
    text: str = ""
    tag: str = ""
    inner: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Property:
    """A property with its values, and how many were left out."""

    iri: str
    values: tuple[Value, ...]
    more: int = 0


def pages(site: Site, done: Collection[str]) -> Iterator[Page]:
    """A page for each document that has none yet, in order of their IRIs."""
    for iri in sorted(site.addresses.stems):
        if iri not in done and (iri in site.outgoing or site.fragments.get(iri)):
            yield _page(site, iri)


def _page(site: Site, iri: str) -> Page:
    parts = [(one, _properties(site, one)) for one in site.fragments.get(iri, ())]
    kinds = [site.label(kind) for kind in site.types(iri)]
    article = site.value(iri, "occursIn") or site.value(iri, "listedIn")
    claims = site.incoming(iri, "evidence")
    above = claims or site.iris(iri, "assesses") or site.iris(iri, "reportedIn")
    above = above or ([article] if article else [])
    trail = tuple((one, site.label(one)) for one in above[:1] if one in site.addresses)
    start, end = span(site, iri)
    label = _name(site, iri)
    return Page(
        f"{site.addresses.file_stem(iri)}.html", "record.html", label,
        {"record": iri, "properties": _properties(site, iri), "parts": parts,
         "pointing": _pointing(site, iri), "place": (start, end) if start >= 0 else None},
        iri=iri, kind=", ".join(kinds[:3]), trail=trail, listed=False,
        description=f"{', '.join(kinds[:3]) or 'Record'}: {label}",
    )  # fmt: skip


def _name(site: Site, iri: str) -> str:
    """What a record is called; one without a name by what it belongs to."""
    if iri in site.labels:
        return site.label(iri)
    claims = [claim_of(site, one).name for one in site.incoming(iri, "evidence")]
    citation = site.value(iri, "citation")
    if claims and citation:
        return f"{site.label(citation)}, cited for {', '.join(claims[:3])}"
    assessed = [claim_of(site, one).name for one in site.iris(iri, "assesses")]
    return f"Judgement on {', '.join(assessed[:3])}" if assessed else site.label(iri)


def _properties(site: Site, name: str, depth: int = 0) -> tuple[Property, ...]:
    """What is said about a thing, its classes first; its name is the heading already."""
    found: dict[str, list[Term]] = defaultdict(list)
    for predicate, term in site.outgoing.get(name, ()):
        if not (predicate == _LABEL and depth == 0 and not name.startswith("_:")):
            found[predicate].append(term)
    order = sorted(found, key=lambda p: (p != RDF_TYPE, not p.startswith(NS), site.label(p), p))
    return tuple(
        Property(
            predicate,
            tuple(_value(site, term, depth) for term in found[predicate][:_MOST]),
            max(0, len(found[predicate]) - _MOST),
        )
        for predicate in order
    )


def _value(site: Site, term: Term, depth: int) -> Value:
    if isinstance(term, ox.NamedNode):
        return Value(iri=term.value)
    if isinstance(term, ox.BlankNode):
        deeper = depth < _DEEPEST
        return Value(inner=_properties(site, str(term), depth + 1) if deeper else ())
    plain = term.datatype.value.endswith(("#string", "#langString"))
    return Value(text=term.value, tag=term.language or ("" if plain else term.datatype.value))


def _pointing(site: Site, iri: str) -> Sequence[Property]:
    """What points at a thing, by property."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for predicate, subject in site.pointing.get(iri, ()):
        if isinstance(subject, ox.NamedNode):
            found[predicate][subject.value] = None
    return [
        Property(
            predicate,
            tuple(Value(iri=one) for one in list(found[predicate])[:_MOST]),
            max(0, len(found[predicate]) - _MOST),
        )
        for predicate in sorted(found, key=lambda p: (site.label(p), p))
    ]
