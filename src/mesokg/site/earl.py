"""The checks as assertions in EARL, so that other tools can gather them.

This module decides what a rule's state is called there: a rule that found something failed, one
that could not be run is untested, one whose classes and properties the data do not have is
inapplicable, and only what was run on something and found nothing passed.

EARL 1.0: https://www.w3.org/TR/EARL10-Schema/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from mesokg import __version__
from mesokg.canon import serialize_triples
from mesokg.dataset import Dataset
from mesokg.files import File
from mesokg.jsonld import prefix_context, to_jsonld
from mesokg.site.model import DCTERMS, RDF_TYPE, RDFS, Site
from mesokg.site.shapes_in_words import RuleView
from mesokg.terms import STANDARD_PREFIXES, VOCABULARY_BASE, Prefixes

__all__ = ["EARL_FILES", "earl_files", "outcome"]

#: The files and what they are called.
EARL_FILES: Final = (("earl.ttl", "EARL as Turtle"), ("earl.jsonld", "EARL as JSON-LD"))
_EARL: Final = "http://www.w3.org/ns/earl#"
_FOAF: Final = "http://xmlns.com/foaf/0.1/"
_TOOL: Final = f"{VOCABULARY_BASE}tool"


def earl_files(site: Site, views: Iterable[RuleView]) -> Iterator[File]:
    """An assertion for each rule, on the dataset as a whole; the same triples in two formats."""
    triples = sorted(set(_triples(site, views)), key=str)
    prefixes = Prefixes(
        {"dcterms": DCTERMS, "earl": _EARL, "foaf": _FOAF, "rdfs": RDFS,
         "rdf": STANDARD_PREFIXES["rdf"]}
    )  # fmt: skip
    whole = Dataset(tuple(ox.Quad(*triple) for triple in triples), prefixes)
    yield File(EARL_FILES[0][0], serialize_triples(triples, "turtle", prefixes))
    yield File(EARL_FILES[1][0], to_jsonld(whole, prefix_context(prefixes)))


def outcome(site: Site, view: RuleView) -> str:
    """The outcome of a rule: passed, failed, inapplicable or untested."""
    if view.state == "found" or view.waived:
        return "failed"
    if view.state == "open" or not site.report.rules:
        return "untested"
    looks = view.looks_at
    return "passed" if not looks or any(_is_met(site, *one) for one in looks) else "inapplicable"


def _is_met(site: Site, words: str, iri: str) -> bool:
    """Whether the data have something that a rule looks at, told as `RuleView.looks_at` does."""
    if words == "each":
        return any(site.instances(one) for one in _kinds(site, iri))
    return iri in (_predicates(site) if words else site.outgoing)


def _kinds(site: Site, class_: str) -> list[str]:
    """The class and those below it."""
    found = [class_]
    for one in found:
        found += [k for k in site.incoming(one, f"{RDFS}subClassOf") if k not in found]
    return found


def _predicates(site: Site) -> frozenset[str]:
    key = ("predicates", "")
    used = site.memory.get(key)
    if not isinstance(used, frozenset):
        site.memory[key] = used = frozenset(quad.predicate.value for quad in site.derived.quads)
    return used


def _triples(site: Site, views: Iterable[RuleView]) -> Iterator[ox.Triple]:
    dataset = f"{site.base}dataset"
    yield _link(_TOOL, RDF_TYPE, f"{_EARL}Software")
    yield _link(_TOOL, RDF_TYPE, f"{_EARL}Assertor")
    yield _text(_TOOL, f"{DCTERMS}title", f"mesokg {__version__}")
    yield _link(dataset, RDF_TYPE, f"{_EARL}TestSubject")
    yield _text(dataset, f"{DCTERMS}title", site.title)
    if site.project.version:
        yield _text(dataset, f"{DCTERMS}hasVersion", site.project.version)
    for view in views:
        rule = view.rule
        node = f"{site.base}quality#{_safe(rule.id)}"
        test = view.iri or f"{VOCABULARY_BASE}rule/{_safe(rule.id)}"
        yield _link(node, RDF_TYPE, f"{_EARL}Assertion")
        yield _link(node, f"{_EARL}assertedBy", _TOOL)
        yield _link(node, f"{_EARL}subject", dataset)
        yield _link(node, f"{_EARL}mode", f"{_EARL}automatic")
        yield _link(node, f"{_EARL}test", test)
        yield _link(test, RDF_TYPE, f"{_EARL}TestRequirement")
        yield _text(test, f"{DCTERMS}title", rule.title, "en")
        if view.path:
            yield _link(test, f"{_FOAF}page", f"{site.base}{view.path}")
        result = f"{node}-result"
        yield _link(node, f"{_EARL}result", result)
        yield _link(result, RDF_TYPE, f"{_EARL}TestResult")
        yield _link(result, f"{_EARL}outcome", f"{_EARL}{outcome(site, view)}")
        if said := _info(view):
            yield _text(result, f"{_EARL}info", said, "en")


def _info(view: RuleView) -> str:
    """What a reader should know behind the outcome."""
    said = []
    if view.number:
        said.append(f"{view.number} finding{'' if view.number == 1 else 's'}, {view.severity}.")
    if view.waived:
        said.append(f"{view.waived} set aside.")
    said += [f"Not run: {reason}." for reason in view.reasons if reason]
    return " ".join(said)


def _safe(rule: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-._") else "-" for c in rule)


def _link(subject: str, predicate: str, value: str) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(value))


def _text(subject: str, predicate: str, text: str, language: str = "") -> ox.Triple:
    literal = ox.Literal(text, language=language) if language else ox.Literal(text)
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), literal)
