"""Rules about names: what they name exists, and is what is used today."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset
from mesokg.files import read_bytes
from mesokg.lint.rule import TYPE, Facts, Given, Lint, finding, lexical, named, spelled
from mesokg.project import resource
from mesokg.rendering import show
from mesokg.report import Finding, Severity
from mesokg.terms import (
    KINDS,
    NS,
    SCHEME_PATHS,
    STANDARD_PREFIXES,
    VOCABULARY_BASE,
    Prefixes,
    nearest,
)

__all__ = [
    "KIND_PATHS",
    "NAMES",
    "closed_terms",
    "did_you_mean",
    "languages",
    "misspelt_namespace",
    "split_iri",
    "unknown_term",
]

_RDF: Final = STANDARD_PREFIXES["rdf"]
_XSD: Final = STANDARD_PREFIXES["xsd"]
_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_OWL: Final = STANDARD_PREFIXES["owl"]

#: The paths of kinds of thing below a base.
KIND_PATHS: Final = frozenset((*KINDS, *SCHEME_PATHS.values()))


def did_you_mean(names: Iterable[str]) -> str:
    """The tail of a message that offers what was probably meant."""
    close = list(names)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def split_iri(iri: str, dataset: Dataset) -> tuple[str, str, str] | None:
    """(base, kind, slug) of an IRI below the project's base or the vocabulary's, else None."""
    for base in (dataset.base, VOCABULARY_BASE):
        if base and iri.startswith(base) and iri != base:
            kind, slash, slug = iri[len(base) :].partition("/")
            return (base, kind, slug) if slash and "#" not in kind else None
    return None


# --- what is named exists --------------------------------------------------------------------


def _dangling_reference(given: Given) -> Iterator[Finding]:
    dataset, known = given.dataset, given.facts.typed
    missing = {iri for iri in given.facts.iris - known if _is_thing(iri, dataset)}
    if not missing:
        return
    by_kind = _slugs_by_kind(known, dataset)
    shorten = dataset.prefixes.shorten
    told: set[object] = set()
    for quad in given.facts.having(missing):
        for term in dict.fromkeys((quad.subject, quad.object)):
            if not isinstance(term, ox.NamedNode) or term not in missing or term in told:
                continue
            base, kind, slug = split_iri(term.value, dataset) or ("", "", "")
            close = nearest(slug, by_kind.get(base + kind, ()), 1)
            meant = did_you_mean(shorten(f"{base}{kind}/{slug}") for slug in close)
            if term == quad.object:
                yield finding(given, quad, f"{shorten(term.value)} is described nowhere{meant}")
            else:
                told.add(term)
                message = f"nothing says what {shorten(term.value)} is{meant}"
                yield finding(given, quad, message, path=False, value=False)


def _is_thing(iri: ox.NamedNode, dataset: Dataset) -> bool:
    parts = split_iri(iri.value, dataset)
    return parts is not None and parts[1] in KIND_PATHS


def _slugs_by_kind(known: Iterable[object], dataset: Dataset) -> dict[str, list[str]]:
    found = defaultdict(list)
    for term in known:
        parts = split_iri(term.value, dataset) if isinstance(term, ox.NamedNode) else None
        if parts:
            found[parts[0] + parts[1]].append(parts[2])
    return found


# --- terms of vocabularies -------------------------------------------------------------------


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    """The lists of words that come with the package: local names by prefix, languages."""
    text = read_bytes(resource("terms.txt")).decode("utf-8")
    lists = re.findall(r"^([a-z]+):((?:\s+\S+)+?)\s*(?:\n\n|\Z)", text, re.MULTILINE)
    return {name: frozenset(words.split()) for name, words in lists}


def languages() -> frozenset[str]:
    """The languages that have a code of two letters."""
    return _lists()["languages"]


def closed_terms(facts: Facts) -> Mapping[str, frozenset[str]]:
    """Namespace -> local names, of the vocabularies that are finished and so may be judged by.

    The tool's own vocabulary is among them where the data hold it.
    """
    known = {_namespace(name): names for name, names in _lists().items() if name != "languages"}
    own = frozenset(
        term.value.removeprefix(NS)
        for term in facts.typed
        if isinstance(term, ox.NamedNode) and term.value.startswith(NS)
    )
    return known | ({NS: own} if own else {})


def _namespace(name: str) -> str:
    return STANDARD_PREFIXES.get(name) or _MORE_NAMESPACES[name]


#: Vocabularies of which the terms are listed and which no project gets a prefix for.
_MORE_NAMESPACES: Final[Mapping[str, str]] = MappingProxyType(
    {"dc": "http://purl.org/dc/elements/1.1/"}
)


def unknown_term(iri: str, known: Mapping[str, frozenset[str]], prefixes: Prefixes) -> str:
    """What is wrong with a term of a closed vocabulary, or nothing."""
    for namespace, names in known.items():
        local = iri.removeprefix(namespace)
        if local == iri or not local or local in names:
            continue
        if namespace == _RDF and re.fullmatch(r"_[1-9][0-9]*", local):
            return ""
        close = [namespace + name for name in _close(local, names)]
        elsewhere = [other + local for other in sorted(known) if local in known[other]]
        meant = did_you_mean(map(prefixes.shorten, close or elsewhere[:2]))
        return f"there is no term {prefixes.shorten(iri)}{meant}"
    return ""


def _close(local: str, names: Collection[str]) -> list[str]:
    """What was meant: the name that differs in capitals only, else those that look alike."""
    same = [name for name in sorted(names) if name.lower() == local.lower()]
    return same[:1] or nearest(local, names, 2)


def _term_unknown(given: Given) -> Iterator[Finding]:
    known = closed_terms(given.facts)
    places = _places(given.facts)
    verdicts = {
        term: verdict
        for term in places
        if (verdict := unknown_term(term.value, known, given.dataset.prefixes))
    }
    if not verdicts:
        return
    for quad in given.dataset.quads:
        datatype = quad.object.datatype if isinstance(quad.object, ox.Literal) else None
        for place, term in enumerate((quad.predicate, quad.object, datatype)):
            if not isinstance(term, ox.NamedNode) or term not in verdicts:
                continue
            if not (quad.graph_name in given.facts.shapes and _is_talked_about(term)):
                yield finding(given, quad, verdicts[term], value=place > 0)


def _places(facts: Facts) -> frozenset[ox.NamedNode]:
    """What may be a term of a vocabulary: IRIs and the datatypes of literals."""
    return facts.iris | {literal.datatype for literal in facts.all_literals}


def _is_talked_about(term: ox.NamedNode) -> bool:
    """Whether a shape may name a term that does not exist, in order to forbid it."""
    return not term.value.startswith((NS, STANDARD_PREFIXES["sh"], _XSD, _RDF))


_ABOUT_THE_OLD: Final = frozenset(
    ox.NamedNode(_DCTERMS + name) for name in ("isReplacedBy", "replaces", "isVersionOf")
)
_REPLACED_BY: Final = ox.NamedNode(_DCTERMS + "isReplacedBy")
_DEPRECATED: Final = _OWL + "deprecated"


def _deprecated_term_used(given: Given) -> Iterator[Finding]:
    marks = {ox.NamedNode(_OWL + name) for name in ("DeprecatedClass", "DeprecatedProperty")}
    flagged = any(lexical(value) in {"true", "1"} for value in given.facts.of(_DEPRECATED))
    if not flagged and marks.isdisjoint(given.facts.of(TYPE.value)):
        return
    quads = given.dataset.quads
    old = {
        quad.subject
        for quad in quads
        if (quad.predicate.value == _DEPRECATED and lexical(quad.object) in {"true", "1"})
        or (quad.predicate == TYPE and quad.object in marks)
    }
    instead: dict[object, set[ox.NamedNode]] = defaultdict(set)
    for quad in quads:
        if quad.predicate == _REPLACED_BY and isinstance(quad.object, ox.NamedNode):
            instead[quad.subject].add(quad.object)
    prefixes = given.dataset.prefixes
    for quad in given.facts.having(old):
        if quad.subject in old or quad.predicate in _ABOUT_THE_OLD:
            continue
        for place, term in enumerate((quad.predicate, quad.object)):
            if term in old:
                better = sorted(instead[term], key=str)
                message = f"{show(named(term), prefixes)} is deprecated"
                choice = " or ".join(show(str(iri), prefixes) for iri in better)
                message += f"; use {choice}" if better else " and nothing is named in its place"
                source = given.facts.sources.get(quad.graph_name)
                only = spelled(better[0], source) if len(better) == 1 else None
                yield finding(given, quad, message, value=place > 0, replacement=only)


# --- classes ---------------------------------------------------------------------------------

_SUBCLASS: Final = ox.NamedNode(STANDARD_PREFIXES["rdfs"] + "subClassOf")
_ONTOLOGY: Final = ox.NamedNode(_OWL + "Ontology")
_CLASSES: Final = frozenset(
    map(
        ox.NamedNode,
        (
            *(_OWL + name for name in ("Class", "DeprecatedClass", "Restriction")),
            *(STANDARD_PREFIXES["rdfs"] + name for name in ("Class", "Datatype")),
        ),
    )
)


def _class_undefined(given: Given) -> Iterator[Finding]:
    facts = given.facts
    defined = {term for kind in _CLASSES for term in facts.instances.get(kind, ())}
    owned = tuple(_owned(given))
    wrong: dict[ox.NamedNode, str] = {}
    used = {c for c in facts.classes - defined if owned and c.value.startswith(owned)}
    closed = tuple(closed_terms(facts)) if used else ()
    for term in used:
        if term.value.startswith(closed):
            continue
        name = given.dataset.prefixes.shorten(term.value)
        if term not in facts.subjects:
            near = {c.value for c in defined if isinstance(c, ox.NamedNode)}
            close = nearest(term.value, [iri for iri in sorted(near) if iri.startswith(owned)], 1)
            meant = did_you_mean(map(given.dataset.prefixes.shorten, close))
            wrong[term] = f"nothing defines the class {name}{meant}"
        elif given.dataset.base and term.value.startswith(given.dataset.base):
            wrong[term] = f"{name} is a thing of its own, and no class of things"
    if not wrong:
        return
    below = {quad.subject for quad in given.dataset.quads if quad.predicate == _SUBCLASS}
    for quad in facts.having(wrong.keys() - below):
        value = quad.object
        typed = quad.predicate == TYPE and quad.graph_name not in facts.shapes
        if typed and isinstance(value, ox.NamedNode) and value in wrong and value not in below:
            yield finding(given, quad, wrong[value])


def _owned(given: Given) -> Iterator[str]:
    """The namespaces of which the data say all there is: the project's, its ontologies'."""
    if given.dataset.base:
        yield given.dataset.base
    for term in given.facts.instances.get(_ONTOLOGY, ()):
        if isinstance(term, ox.NamedNode):
            yield from (term.value.rstrip("#/") + mark for mark in "#/")


# --- graphs ----------------------------------------------------------------------------------

_DESCRIBED_AS: Final = tuple(
    ox.NamedNode(iri)
    for iri in (
        STANDARD_PREFIXES["void"] + "Dataset",
        STANDARD_PREFIXES["dcat"] + "Dataset",
        "http://www.w3.org/ns/sparql-service-description#Graph",
        "http://www.w3.org/ns/sparql-service-description#NamedGraph",
    )
)


def _metadata_without_graph(given: Given) -> Iterator[Finding]:
    dataset, facts = given.dataset, given.facts
    graphs = f"{dataset.base}graph/"
    if not dataset.base:
        return
    entries = set().union(*(facts.instances.get(kind, ()) for kind in _DESCRIBED_AS))
    known = {quad.graph_name for quad in dataset.quads} | facts.sources.keys()
    computed = (f"{graphs}derived/", f"{graphs}text")
    missing = {
        term
        for term in entries - known
        if isinstance(term, ox.NamedNode)
        and term.value.startswith(graphs)
        and not term.value.startswith(computed)
    }
    for quad in facts.having(missing):
        if quad.subject in missing and quad.predicate == TYPE and quad.object in _DESCRIBED_AS:
            name = getattr(quad.subject, "value", "")
            others = [t.value for t in known - entries if isinstance(t, ox.NamedNode)]
            close = nearest(name, sorted(iri for iri in others if iri.startswith(graphs)), 1)
            meant = did_you_mean(f"<{iri}>" for iri in close)
            message = f"there is no graph <{name}>{meant}"
            yield finding(given, quad, message, path=False, value=False)


# --- namespaces that are almost right --------------------------------------------------------

#: Namespaces of data, with their own form of the address, which is not the page one sees.
_DATA_NAMESPACES: Final = (
    "http://id.nlm.nih.gov/mesh/",
    "http://purl.obolibrary.org/obo/",
    "http://www.wikidata.org/entity/",
    "http://www.wikidata.org/prop/direct/",
)
#: Its own documentation allows both forms; to mix them is what goes wrong.
_BOTH: Final = "schema.org/"
_START: Final = re.compile(r"(https?)://(?:www\.)?", re.IGNORECASE)


def _key(namespace: str) -> str:
    """What is left of a namespace without what is often got wrong in it."""
    return _START.sub("", namespace).rstrip("#/").lower()


@cache
def _namespace_by_key() -> Mapping[str, str]:
    names = (*STANDARD_PREFIXES.values(), *_MORE_NAMESPACES.values(), *_DATA_NAMESPACES)
    return {_key(name): name for name in names if not name.startswith(VOCABULARY_BASE)}


@cache
def _known_starts() -> tuple[str, ...]:
    return tuple(_namespace_by_key().values())


def misspelt_namespace(iri: str, known: Mapping[str, frozenset[str]]) -> str:
    """The IRI that was meant by one in a namespace that is almost a known one, or nothing.

    Wrong may be http for https or the other way round, www., capitals, and the # or /
    at the end. Where the terms of a vocabulary are known, the term must be one of them.

    >>> misspelt_namespace("https://www.w3.org/2004/02/skos/core#broader", {})
    'http://www.w3.org/2004/02/skos/core#broader'
    """
    if iri.startswith(_known_starts()):
        return ""
    start = _START.match(iri)
    if start is None:
        return ""
    rest = iri[start.end() :]
    for key, namespace in _namespace_by_key().items():
        if not rest.lower().startswith(key):
            continue
        local = rest[len(key) :].lstrip("#/")
        parted = len(rest) - len(key) - len(local)
        terms = known.get(namespace)
        if not local or _key(namespace) == _BOTH.rstrip("/"):
            continue
        if (local in terms) if terms is not None else (parted == 1 and namespace[-1] in rest):
            return namespace + local
    return ""


def _namespace_misspelt(given: Given) -> Iterator[Finding]:
    known = closed_terms(given.facts)
    places = _places(given.facts)
    right = {t: meant for t in places if (meant := misspelt_namespace(t.value, known))}
    right |= _other_schema(given)
    if not right:
        return
    told: set[object] = set()
    for quad in given.dataset.quads:
        datatype = quad.object.datatype if isinstance(quad.object, ox.Literal) else None
        for place, term in enumerate((quad.subject, quad.predicate, quad.object, datatype)):
            if not isinstance(term, ox.NamedNode) or term not in right:
                continue
            if (term, quad.graph_name) in told:
                continue
            told.add((term, quad.graph_name))
            message = f"{term} is not in the namespace of the term <{right[term]}>"
            source = given.facts.sources.get(quad.graph_name)
            text = spelled(ox.NamedNode(right[term]), source) if place < 3 else None
            yield finding(given, quad, message, path=place > 0, value=place > 1, replacement=text)


def _other_schema(given: Given) -> dict[ox.NamedNode, str]:
    """The IRIs of schema.org in the rarer of its two forms, where the files have both."""
    forms: dict[str, set[ox.NamedNode]] = {"http": set(), "https": set()}
    for iri in given.facts.predicates | given.facts.classes:
        form, _, rest = iri.value.partition("://")
        if rest.startswith(_BOTH) and rest != _BOTH and form in forms:
            forms[form].add(iri)
    if not all(forms.values()):
        return {}
    own = {source.graph for source in given.dataset.sources if source.name.startswith("mesokg:")}
    counts = dict.fromkeys(forms, 0)
    for quad in given.facts.having(forms["http"] | forms["https"]):
        if getattr(quad.graph_name, "value", "") not in own:
            for form, iris in forms.items():
                counts[form] += quad.predicate in iris or quad.object in iris
    if not all(counts.values()):
        return {}
    rare, other = sorted(forms, key=lambda form: (counts[form], form != "http"))
    return {iri: other + iri.value.removeprefix(rare) for iri in forms[rare]}


NAMES: Final = (
    Lint(
        "class-undefined",
        "What things are said to be is defined",
        "A class below the project's own base, or in the namespace of an ontology that is among "
        "the files, is defined there or nowhere. Things of a class that nothing defines are found "
        "by no query and looked at by no shape. Classes of vocabularies that are not at hand are "
        "not judged.",
        "correct the name of the class, or define it as an owl:Class",
        Severity.WARNING,
        False,
        _class_undefined,
    ),
    Lint(
        "dangling-reference",
        "What is referred to is described",
        "Every thing of the project and every concept of a scheme that a statement names has a "
        "type somewhere. A reference to nothing is a slip of the pen: queries lose it silently.",
        "correct the name, or describe the thing",
        Severity.VIOLATION,
        False,
        _dangling_reference,
    ),
    Lint(
        "deprecated-term-used",
        "No deprecated term is used",
        "A term that was given up stays, so that old data can be read, and says with "
        "dcterms:isReplacedBy what to use instead. New statements use that.",
        "use the term that replaces it",
        Severity.VIOLATION,
        False,
        _deprecated_term_used,
    ),
    Lint(
        "metadata-without-graph",
        "Every graph in the catalog exists",
        "The catalog says of each graph whose voice speaks in it. An entry for a graph that no "
        "file makes is left over from a file that was renamed or deleted, or its name was "
        "mistyped; it leads readers to nothing. Graphs that are computed are not looked for.",
        "correct the name of the graph in the catalog, or delete the entry",
        Severity.WARNING,
        False,
        _metadata_without_graph,
    ),
    Lint(
        "namespace-misspelt",
        "Namespaces are spelled as their vocabulary spells them",
        "https for http, a missing # or a www. makes another term of it, which no query and no "
        "shape knows. Where http and https are both allowed, as with schema.org, data keep to one "
        "of them.",
        "write the namespace as its vocabulary does",
        Severity.VIOLATION,
        False,
        _namespace_misspelt,
    ),
    Lint(
        "term-unknown",
        "Terms of vocabularies exist",
        "A term that its vocabulary does not define means nothing: no query asks for it and no "
        "shape looks at it. Checked are the tool's own vocabulary and the finished ones of the "
        "field (RDF, RDFS, OWL, SKOS, SHACL, PROV-O, Dublin Core, BIBO, VoID, XSD types).",
        "correct the name of the term",
        Severity.VIOLATION,
        False,
        _term_unknown,
    ),
)  # fmt: skip
