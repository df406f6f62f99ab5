"""The vocabulary: every term with what it means, its use and what guards it.

This module decides which things are terms, in which order they stand, and what is told
of each. Nothing is invented: a term stands here because the dataset declares it, its
uses are counted in the dataset, and its example is a statement of the dataset. One page
says what each term means, since the IRIs of all lead there; what more there is to tell
stands on a page for each kind of term, so that no page is heavy.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.rulebook import shape_graphs
from mesokg.shacl import read_shapes
from mesokg.site.model import DCTERMS, RDF_TYPE, RDFS, SKOS, Site
from mesokg.site.page import Page
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE

__all__ = ["PATH", "Example", "Scheme", "Section", "Term", "guards", "pages", "schemes", "terms"]

#: The page of the vocabulary.
PATH: Final = "ns.html"
_LISTS: Final = "ns~lists.html"
_DOCUMENT: Final = NS.removesuffix("#")
_OWL: Final = STANDARD_PREFIXES["owl"]
_SH: Final = STANDARD_PREFIXES["sh"]

_CLASSES: Final = frozenset({f"{_OWL}Class", f"{RDFS}Class"})
_PROPERTIES: Final = frozenset(
    {
        f"{_OWL}AnnotationProperty",
        f"{_OWL}DatatypeProperty",
        f"{_OWL}ObjectProperty",
        f"{STANDARD_PREFIXES['rdf']}Property",
    }
)
#: What a type says of a property, in words.
_TRAITS: Final[Mapping[str, str]] = {
    f"{_OWL}FunctionalProperty": "one value at most",
    f"{_OWL}InverseFunctionalProperty": "no two things share a value",
    f"{_OWL}IrreflexiveProperty": "never of a thing to itself",
    f"{_OWL}SymmetricProperty": "holds both ways",
    f"{_OWL}TransitiveProperty": "passes on along a chain",
    f"{_OWL}DeprecatedClass": "deprecated",
    f"{_OWL}DeprecatedProperty": "deprecated",
}
#: As many things are named where a term is used by more.
_SOME: Final = 12


@dataclass(frozen=True, slots=True)
class Example:
    """A statement of the data: whose it is, and the value as text and IRI (or "")."""

    subject: str
    value: str
    iri: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A class or property: what is declared of it and how it is used."""

    iri: str
    name: str
    label: str
    kind: str
    definition: str = ""
    note: str = ""
    example: str = ""
    traits: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()
    opposite: tuple[str, ...] = ()
    inverse: tuple[str, ...] = ()
    carries: tuple[str, ...] = ()
    expected_by: tuple[str, ...] = ()
    matches: tuple[tuple[str, str], ...] = ()
    replaced_by: tuple[str, ...] = ()
    guards: tuple[tuple[str, str], ...] = ()
    uses: int = 0
    uses_said: str = ""
    seen: Example | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Terms that belong together. `id` is the anchor of the heading."""

    id: str
    heading: str
    about: str
    terms: tuple[Term, ...]

    @property
    def path(self) -> str:
        """The page that tells all of these terms; the page of the vocabulary tells what they mean.

        IRIs of terms lead to the vocabulary's page, since they differ in their fragment only.
        """
        return f"ns~{self.id}.html"


@dataclass(frozen=True, slots=True)
class Scheme:
    """A concept scheme: its concepts in the order to read them, and how often each is used."""

    iri: str
    title: str
    about: str
    concepts: tuple[tuple[str, str, int], ...]
    ordered: bool = False


def pages(site: Site) -> Iterator[Page]:
    """The pages of the vocabulary; none where the dataset declares no term."""
    sections = _sections(terms(site))
    own = _schemes_of(site)
    if not sections and not own:
        return
    number = sum(len(section.terms) for section in sections)
    yield Page(
        PATH,
        "ns.html",
        site.value(_DOCUMENT, f"{DCTERMS}title") or "Vocabulary",
        {
            "about": site.value(_DOCUMENT, f"{DCTERMS}description"),
            "caution": site.value(_DOCUMENT, f"{RDFS}comment"),
            "document": _DOCUMENT,
            "lists_page": _LISTS,
            "namespace": NS,
            "number": number,
            "others": _others(site),
            "scheme_list": own,
            "sections": sections,
            "version_said": site.value(_DOCUMENT, f"{_OWL}versionInfo"),
        },
        iri=_DOCUMENT,
        section=PATH,
        description=f"{number} terms, each with its meaning, its use in the data and its rules.",
        kind="Vocabulary",
        trail=(("index.html", "Home"),),
    )
    yield from _in_full(sections, own)


def _in_full(sections: Iterable[Section], own: Sequence[Scheme]) -> Iterator[Page]:
    """All that is told of the terms, a page for each kind of them, and the code lists."""
    trail = (("index.html", "Home"), (PATH, "Vocabulary"))
    for part in sections:
        yield Page(
            part.path, "terms.html", part.heading, {"section": part},
            section=PATH, kind="Vocabulary", trail=trail,
            description=f"{len(part.terms)} terms of the vocabulary in full. {part.about}",
        )  # fmt: skip
    if own:
        yield Page(
            _LISTS, "code-lists.html", "Code lists", {"scheme_list": own},
            section=PATH, kind="Vocabulary", trail=trail,
            description="The closed lists of concepts that the data choose from.",
        )  # fmt: skip


# --- which terms there are -------------------------------------------------------------------


def terms(site: Site) -> list[Term]:
    """The classes and properties of the tool's namespace that the dataset declares, by name."""
    declared = {
        iri
        for type_ in _CLASSES | _PROPERTIES
        for iri in site.incoming(type_, RDF_TYPE)
        if iri.startswith(NS) and len(iri) > len(NS)
    }
    reader = _Reader(site)
    return [reader.term(iri) for iri in sorted(declared, key=lambda i: (i.casefold(), i))]


def _others(site: Site) -> list[tuple[str, str]]:
    """What else is described under the namespace: the end of its IRI, and its name.

    It is shown so that its IRI leads somewhere, and it is not called a term.
    """
    declared = {term.iri for term in terms(site)}
    named = (iri for iri in site.outgoing if iri.startswith(NS) and iri not in declared)
    return [(iri.removeprefix(NS), site.label(iri)) for iri in sorted(named) if iri != NS]


def _sections(found: Iterable[Term]) -> list[Section]:
    """The terms in the order to read them: records, things, relations, properties by owner."""
    every = list(found)
    groups: dict[str, list[Term]] = defaultdict(list)
    for term in every:
        groups[term.kind].append(term)
    described = [
        ("classes", "Classes", "What a thing can be.", "class"),
        ("relations", "Relations", "What a claim can say of its subject and its object. A claim "
         "names one of them; to name it is not to assert it.", "relation"),
        ("properties", "Properties that lead to a thing", "Their values are other things.",
         "property"),
        ("values", "Properties that hold a value", "Their values are texts, numbers and years.",
         "value"),
        ("annotations", "Notes on terms", "Said of terms, not of data.", "annotation"),
    ]  # fmt: skip
    return [
        Section(anchor, heading, about, tuple(groups[kind]))
        for anchor, heading, about, kind in described
        if groups[kind]
    ]


class _Reader:
    """Reads terms; counts once what all of them need."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.guards = guards(site)
        self.used: Counter[str] = Counter()
        self.first: dict[str, tuple[str, ox.NamedNode | ox.BlankNode | ox.Literal]] = {}
        self.named: Counter[str] = Counter()
        self.naming: dict[str, str] = {}
        shapes = {graph.value for graph in shape_graphs(site.derived)}
        rule_text = {
            _text(quad.subject)
            for quad in site.derived.quads
            if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value in shapes
        }
        for subject in sorted(site.outgoing):
            if subject in rule_text or subject.startswith(NS):
                continue
            for predicate, term in site.outgoing[subject]:
                if predicate.startswith(NS):
                    self.used[predicate] += 1
                    if not subject.startswith("_:"):
                        self.first.setdefault(predicate, (subject, term))
                if predicate == f"{NS}relation" and isinstance(term, ox.NamedNode):
                    self.named[term.value] += 1
                    self.naming.setdefault(term.value, subject)

    def term(self, iri: str) -> Term:
        site = self.site
        types = set(site.types(iri))
        kind = _kind(types)
        uses, said = self._uses(iri, kind)
        return Term(
            iri=iri,
            name=iri.removeprefix(NS),
            label=site.label(iri),
            kind=kind,
            definition=site.value(iri, f"{SKOS}definition") or site.value(iri, f"{RDFS}comment"),
            note=site.value(iri, f"{SKOS}scopeNote"),
            example=site.value(iri, f"{SKOS}example"),
            traits=tuple(words for type_, words in _TRAITS.items() if type_ in types)
            + (("deprecated",) if site.value(iri, f"{_OWL}deprecated") == "true" else ()),
            above=self._ours_first(
                site.iris(iri, f"{RDFS}subClassOf") + site.iris(iri, f"{RDFS}subPropertyOf")
            ),
            below=self._ours_first(
                site.incoming(iri, f"{RDFS}subClassOf") + site.incoming(iri, f"{RDFS}subPropertyOf")
            ),
            domain=tuple(site.iris(iri, f"{RDFS}domain")),
            range=tuple(site.iris(iri, f"{RDFS}range")),
            expects=tuple(site.iris(iri, "expectsObject")),
            opposite=tuple(site.iris(iri, "opposite")),
            inverse=tuple(
                dict.fromkeys(
                    site.iris(iri, f"{_OWL}inverseOf") + site.incoming(iri, f"{_OWL}inverseOf")
                )
            ),
            carries=self._ours_first(site.incoming(iri, f"{RDFS}domain")),
            expected_by=self._ours_first(
                site.incoming(iri, f"{RDFS}range") + site.incoming(iri, "expectsObject")
            ),
            matches=tuple(
                (words, other)
                for words, name in (
                    ("the same as", "exactMatch"),
                    ("close to", "closeMatch"),
                    ("related to", "relatedMatch"),
                )
                for other in site.iris(iri, SKOS + name)
            ),
            replaced_by=tuple(site.iris(iri, f"{DCTERMS}isReplacedBy")),
            guards=self.guards.get(iri, ()),
            uses=uses,
            uses_said=said,
            seen=self._seen(iri, kind),
        )

    def _ours_first(self, iris: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(dict.fromkeys(iris), key=lambda i: (not i.startswith(NS), i)))

    def _uses(self, iri: str, kind: str) -> tuple[int, str]:
        """How often a term is used in the data, and what was counted."""
        if kind == "class":
            number = len(self._members(iri))
            return number, "thing of this class" if number == 1 else "things of this class"
        if kind == "relation":
            number = self.named[iri]
            return number, "claim names it" if number == 1 else "claims name it"
        number = self.used[iri]
        return number, "statement" if number == 1 else "statements"

    def _members(self, class_: str) -> list[str]:
        """The things of a class or of one below it, those of its own first."""
        classes = [class_]
        for one in classes:
            below = self.site.incoming(one, f"{RDFS}subClassOf")
            classes += [other for other in below if other not in classes]
        return list(dict.fromkeys(t for one in classes for t in self.site.instances(one)))

    def _seen(self, iri: str, kind: str) -> Example | None:
        """One use of a term in the data: the first in the order of IRIs."""
        if kind == "class":
            found = self._members(iri)
            return Example(found[0], "") if found else None
        if kind == "relation":
            subject = self.naming.get(iri)
            return Example(subject, "") if subject else None
        if iri not in self.first:
            return None
        subject, term = self.first[iri]
        if isinstance(term, ox.NamedNode):
            return Example(subject, self.site.label(term.value), term.value)
        return Example(subject, _short(_text(term)))


def _kind(types: set[str]) -> str:
    if types & _CLASSES:
        return "class"
    if f"{NS}Relation" in types:
        return "relation"
    if f"{_OWL}AnnotationProperty" in types:
        return "annotation"
    return "value" if f"{_OWL}DatatypeProperty" in types else "property"


def _text(term: object) -> str:
    """A text or an IRI; a blank node by its label, as the site's index has it."""
    value = str(getattr(term, "value", ""))
    return f"_:{value}" if isinstance(term, ox.BlankNode) else value


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:119] + "…"


# --- what guards a term -----------------------------------------------------------------------

#: A term of the vocabulary in the text of a query.
_IN_TEXT: Final = re.compile(r"\bmeso:([A-Za-z][A-Za-z0-9_-]*)")


def guards(site: Site) -> dict[str, tuple[tuple[str, str], ...]]:
    """For each term the shapes that speak of it: (id of the rule, its title), by id."""
    inside = shape_graphs(site.derived)
    triples = [quad.triple for quad in site.derived.quads if quad.graph_name in inside]
    edges: dict[object, list[ox.Triple]] = defaultdict(list)
    for triple in triples:
        edges[triple.subject].append(triple)
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for shape in read_shapes(triples, site.prefixes):
        for term in _spoken_of(ox.NamedNode(shape.iri), edges):
            found[term].add((shape.id, shape.title or shape.id))
    return {term: tuple(sorted(rules)) for term, rules in found.items()}


def _spoken_of(shape: ox.NamedNode, edges: Mapping[object, list[ox.Triple]]) -> set[str]:
    """The terms of the vocabulary that a shape names, itself or in its parts and its queries."""
    found: set[str] = set()
    todo: list[object] = [shape]
    seen: set[object] = {shape}
    while todo:
        for triple in edges.get(todo.pop(), ()):
            value = triple.object
            if isinstance(value, ox.NamedNode) and value.value.startswith(NS):
                found.add(value.value)
            elif isinstance(value, ox.Literal) and triple.predicate.value == f"{_SH}select":
                found |= {NS + name for name in _IN_TEXT.findall(value.value)}
            elif isinstance(value, ox.BlankNode) and value not in seen:
                seen.add(value)
                todo.append(value)
    return found


# --- schemes ----------------------------------------------------------------------------------


def schemes(site: Site) -> list[Scheme]:
    """Every concept scheme with its concepts, the tool's own first, by title."""
    found = []
    for iri in site.instances(f"{SKOS}ConceptScheme"):
        concepts = site.incoming(iri, f"{SKOS}inScheme")
        ranked = {c: site.value(c, "rank") for c in concepts}
        ordered = any(ranked.values())

        def place(concept: str, ranked: Mapping[str, str] = ranked) -> tuple[float, str, str]:
            rank = ranked[concept]
            number = float(rank) if re.fullmatch(r"-?[0-9]{1,9}", rank) else float("-inf")
            return -number, site.label(concept).casefold(), concept

        found.append(
            Scheme(
                iri,
                site.value(iri, f"{DCTERMS}title") or site.label(iri),
                site.value(iri, f"{DCTERMS}description"),
                tuple(
                    (c, site.value(c, f"{SKOS}definition"), _used(site, c))
                    for c in sorted(concepts, key=place)
                ),
                ordered,
            )
        )
    return sorted(found, key=lambda s: (not s.iri.startswith(VOCABULARY_BASE), s.title, s.iri))


def _schemes_of(site: Site) -> list[Scheme]:
    """The code lists that belong to the vocabulary: those that it itself defines."""
    return [s for s in schemes(site) if _DOCUMENT in site.iris(s.iri, f"{RDFS}isDefinedBy")]


#: Statements about a concept's place in its scheme, which are no use of it.
_ABOUT_ITSELF: Final = frozenset(
    SKOS + name
    for name in ("broader", "hasTopConcept", "member", "narrower", "related", "topConceptOf")
)


def _used(site: Site, concept: str) -> int:
    """How many statements of the data have a concept as their value."""
    return sum(
        predicate not in _ABOUT_ITSELF and not predicate.startswith(_SH)
        for predicate, _ in site.pointing.get(concept, ())
    )
