"""What follows from the data and is never written by hand.

This module decides what is generated at each build, in graphs of its own named
``<base>graph/derived/…``, which stay outside the default graph. What SPARQL can
say is a file in ``resources/derived``; what needs a hash, a label or a
datatype that the engine rewrites is made here. There are no blank nodes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset, Term
from mesokg.engine import Engine, embed
from mesokg.errors import UsageError
from mesokg.files import read_bytes
from mesokg.project import resource
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE

__all__ = ["derive"]

_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_OA: Final = STANDARD_PREFIXES["oa"]
_TYPE: Final = ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")
_LABEL: Final = ox.NamedNode(STANDARD_PREFIXES["rdfs"] + "label")
_NAMES: Final = (
    ox.NamedNode(STANDARD_PREFIXES["skos"] + "prefLabel"),
    _LABEL,
    ox.NamedNode(_DCTERMS + "title"),
)
_COUNT: Final = ox.NamedNode(STANDARD_PREFIXES["xsd"] + "nonNegativeInteger")

#: Words quoted from an article whose rights are not known, at most (code points).
_LONGEST_QUOTE: Final = 90

#: Name of a derived graph -> title and description, which stand in the graph itself.
_GRAPHS: Final[Mapping[str, tuple[str, str]]] = {
    "annotations": (
        "Claims as annotations",
        "Where each claim stands in its article, in the Web Annotation vocabulary.",
    ),
    "asserted": (
        "Plain statements",
        "Drawn only from claims that are unhedged, unqualified, undisputed and not contradicted "
        "by a source. That articles say so does not make it so.",
    ),
    "cito": (
        "Citations",
        "What each article cites, and as what, in the terms of CiTO.",
    ),
    "propositions": (
        "Propositions",
        "What claims with the same subject, relation, object and qualifiers have in common.",
    ),
    "sources": (
        "Sources",
        "The work that each line of evidence rests on, by its pointer and reference.",
    ),
}


def derive(dataset: Dataset) -> Dataset:
    """The dataset with the graphs that follow from its default graph; earlier ones are replaced.

    Graphs: propositions, sources, annotations, cito, asserted. The same default
    graph gives the same result, and nothing is added to it. Raises UsageError
    (``no-base``) for a dataset that was not loaded as a project.
    """
    if not dataset.base:
        raise UsageError(
            "derived graphs need a base IRI for their names, and this dataset has none",
            code="no-base",
            hint="load it as a project, whose mesokg.toml has a base",
        )
    folder = f"{dataset.base}graph/derived/"
    kept = tuple(quad for quad in dataset.quads if not _inside(quad.graph_name, folder))
    facts = _Facts.of(dataset.default_graph)
    engine = embed(Dataset(tuple(ox.Quad(*triple) for triple in dataset.default_graph)))
    made: dict[str, Iterable[ox.Triple]] = {
        name: _constructed(engine, name) for name in ("asserted", "cito", "sources")
    }
    made["annotations"] = _annotations(facts)
    made["propositions"] = _propositions(facts, dataset.base)
    fresh = [
        ox.Quad(subject, predicate, term, ox.NamedNode(folder + name))
        for name, triples in made.items()
        for subject, predicate, term in (*_described(folder + name, *_GRAPHS[name]), *triples)
    ]
    return replace(dataset, quads=(*kept, *sorted(set(fresh), key=str)))


def _inside(graph: object, folder: str) -> bool:
    return isinstance(graph, ox.NamedNode) and graph.value.startswith(folder)


def _constructed(engine: Engine, name: str) -> tuple[ox.Triple, ...]:
    answer = engine.run(read_bytes(resource("derived", f"{name}.rq")).decode())
    assert isinstance(answer, tuple), "the files in resources/derived are CONSTRUCT queries"
    return answer


def _described(graph: str, title: str, about: str) -> Iterator[ox.Triple]:
    for key, text in (("title", title), ("description", about)):
        yield ox.Triple(
            ox.NamedNode(graph), ox.NamedNode(_DCTERMS + key), ox.Literal(text, language="en")
        )


# --- reading --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facts:
    """Triples by subject and predicate, and the claims among the subjects."""

    about: Mapping[Term, Mapping[ox.NamedNode, list[Term]]]
    claims: tuple[ox.NamedNode, ...]

    @classmethod
    def of(cls, triples: Iterable[ox.Triple]) -> _Facts:
        about: dict[Term, dict[ox.NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
        claim = _meso("Claim")
        claims = set()
        for subject, predicate, term in triples:
            if isinstance(term, ox.Triple) or isinstance(subject, ox.Triple):
                continue
            about[subject][predicate].append(term)
            if predicate == _TYPE and term == claim and isinstance(subject, ox.NamedNode):
                claims.add(subject)
        return cls(about, tuple(sorted(claims, key=str)))

    def get(self, subject: Term, predicate: ox.NamedNode) -> list[Term]:
        """The objects, in the order of their N-Triples form."""
        return sorted(self.about.get(subject, {}).get(predicate, ()), key=str)

    def name(self, term: Term) -> str:
        """What a thing is called in English, else in no language, else in any; at worst its IRI.

        What is called by a whole sentence stands in quotation marks.
        """
        for place, predicate in enumerate(_NAMES):
            found = [t for t in self.get(term, predicate) if isinstance(t, ox.Literal)]
            found.sort(key=lambda t: (t.language != "en", bool(t.language), t.value))
            if found:
                text = found[0].value
                concept = place == 0 or not text.endswith(".")
                return text if concept else f"“{text.removesuffix('.')}”"
        return str(term.value).rstrip("/#").rpartition("/")[2].rpartition("#")[2]


def _meso(name: str) -> ox.NamedNode:
    return ox.NamedNode(NS + name)


# --- propositions ---------------------------------------------------------------------------

_CORE: Final = ("subject", "relation", "object")
_QUALIFIERS: Final = (
    "agent", "condition", "route", "comparator", "population", "bodySite", "combinedWith"
)  # fmt: skip


def _propositions(facts: _Facts, base: str) -> Iterator[ox.Triple]:
    """One proposition for all claims with the same subject, relation, object and qualifiers."""
    for claim in facts.claims:
        parts = {name: facts.get(claim, _meso(name)) for name in (*_CORE, *_QUALIFIERS)}
        terms = [term for values in parts.values() for term in values]
        named = all(isinstance(term, ox.NamedNode) for term in terms)
        if not named or not all(parts[name] for name in _CORE):
            continue
        proposition = ox.NamedNode(f"{base}proposition/{_key(parts)}")
        yield ox.Triple(claim, _meso("proposition"), proposition)
        yield ox.Triple(proposition, _TYPE, _meso("Proposition"))
        label = ox.Literal(_statement(facts, parts), language="en")
        yield ox.Triple(proposition, _LABEL, label)
        for name, values in parts.items():
            for term in values:
                yield ox.Triple(proposition, _meso(name), term)


def _key(parts: Mapping[str, list[Term]]) -> str:
    """The same for the same parts, in whatever order and in whichever article."""
    lines = sorted(f"{_meso(name)} {term}" for name, terms in parts.items() for term in terms)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _statement(facts: _Facts, parts: Mapping[str, list[Term]]) -> str:
    """The parts by name, with dashes: three names do not make an English sentence."""
    words = {name: _listed(facts.name(term) for term in terms) for name, terms in parts.items()}
    qualifiers = [
        f"{facts.name(_meso(name))}: {words[name]}" for name in _QUALIFIERS if words[name]
    ]
    statement = " – ".join(words[name] for name in _CORE)
    return f"{statement} ({'; '.join(qualifiers)})" if qualifiers else statement


def _listed(names: Iterable[str]) -> str:
    """The names in order: ``a, b and c``; with semicolons if a name has a comma of its own."""
    *others, last = sorted(names) or [""]
    comma = "; " if any("," in name for name in (*others, last)) else ", "
    return f"{comma.join(others)} and {last}" if others else last


# --- annotations ----------------------------------------------------------------------------


def _annotations(facts: _Facts) -> Iterator[ox.Triple]:
    """Each claim as the body of an annotation on the passage that makes it.

    The key words narrow the passage down (``oa:refinedBy``); they stand here as
    far as the rights in the article's text allow.
    """
    for claim in facts.claims:
        places = [facts.get(claim, _meso(name)) for name in ("statedIn", "start", "end")]
        if not all(len(found) == 1 for found in places):
            continue
        article, start, end = (found[0] for found in places)
        if isinstance(article, ox.Literal) or not _is_count(start) or not _is_count(end):
            continue
        part = claim.value + ("." if "#" in claim.value else "#")
        note, passage, position, quote = (
            ox.NamedNode(part + name) for name in ("annotation", "passage", "position", "quote")
        )
        yield ox.Triple(note, _TYPE, _oa("Annotation"))
        yield ox.Triple(note, _oa("motivatedBy"), _oa("describing"))
        yield ox.Triple(note, _oa("hasBody"), claim)
        yield ox.Triple(note, _oa("hasTarget"), passage)
        yield ox.Triple(passage, _TYPE, _oa("SpecificResource"))
        yield ox.Triple(passage, _oa("hasSource"), article)
        yield ox.Triple(passage, _oa("hasSelector"), position)
        yield ox.Triple(position, _TYPE, _oa("TextPositionSelector"))
        yield ox.Triple(position, _oa("start"), ox.Literal(start.value, datatype=_COUNT))
        yield ox.Triple(position, _oa("end"), ox.Literal(end.value, datatype=_COUNT))
        for words in _quotable(facts, claim, article):
            yield ox.Triple(position, _oa("refinedBy"), quote)
            yield ox.Triple(quote, _TYPE, _oa("TextQuoteSelector"))
            yield ox.Triple(quote, _oa("exact"), ox.Literal(words))


def _quotable(facts: _Facts, claim: Term, article: Term) -> list[str]:
    """The claim's key words, if it has them and may show them; never more than one."""
    quotes = [term.value for term in facts.get(claim, _meso("quote"))]
    rights = {
        str(term.value).removeprefix(f"{VOCABULARY_BASE}text-rights/")
        for term in facts.get(article, _meso("textRights"))
    }
    longest = 0 if "anchors" in rights else _LONGEST_QUOTE
    return [q for q in quotes[:1] if rights == {"full"} or len(q) <= longest]


def _is_count(term: Term) -> bool:
    return isinstance(term, ox.Literal) and term.value.isascii() and term.value.isdigit()


def _oa(name: str) -> ox.NamedNode:
    return ox.NamedNode(_OA + name)
