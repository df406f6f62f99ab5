"""What a thing is called when a sentence speaks of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import pyoxigraph as ox

from mesokg.changes.state import State
from mesokg.rendering import visible
from mesokg.terms import NS, SCHEME_PATHS, STANDARD_PREFIXES, VOCABULARY_BASE

__all__ = ["kind_of", "listed", "name_of", "sentence", "source_of", "value_of", "words_of"]

_OWL: Final = STANDARD_PREFIXES["owl"]
_SH: Final = STANDARD_PREFIXES["sh"]
_SKOS: Final = STANDARD_PREFIXES["skos"]
_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"
_IDENTIFIER: Final = STANDARD_PREFIXES["dcterms"] + "identifier"
_LONGEST: Final = 160
_LONGEST_NUMBER: Final = 20

#: Class -> the group of changes it belongs to, and what one of its things is called.
#: The first that fits counts.
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    NS + "Claim": ("claims", "claim"),
    NS + "Assessment": ("strength", "assessment"),
    NS + "EvidenceLine": ("checks", "evidence line"),
    NS + "Article": ("sources", "article"),
    NS + "Work": ("sources", "source"),
    NS + "Finding": ("sources", "finding of a source"),
    NS + "Reference": ("sources", "reference"),
    NS + "InTextCitation": ("sources", "citation"),
    NS + "Issue": ("sources", "issue"),
    _OWL + "Class": ("vocabulary", "class"),
    _OWL + "ObjectProperty": ("vocabulary", "property"),
    _OWL + "DatatypeProperty": ("vocabulary", "property"),
    _OWL + "AnnotationProperty": ("vocabulary", "property"),
    _OWL + "Ontology": ("vocabulary", "vocabulary"),
    NS + "Relation": ("vocabulary", "relation"),
    _SH + "NodeShape": ("vocabulary", "rule"),
    _SH + "PropertyShape": ("vocabulary", "rule"),
    _SKOS + "ConceptScheme": ("vocabulary", "scheme"),
    STANDARD_PREFIXES["void"] + "Dataset": ("other", "graph"),
    STANDARD_PREFIXES["prov"] + "Agent": ("other", "agent"),
}
#: The tool's own schemes: their concepts are words of the vocabulary, not things of a subject.
_SCHEMES: Final = frozenset(f"{VOCABULARY_BASE}scheme/{path}" for path in SCHEME_PATHS.values())


def kind_of(state: State, iri: str) -> tuple[str, str]:
    """The group of changes that a thing belongs to, and the word for what it is."""
    types = state.iris(iri, _TYPE)
    known = next((found for class_, found in _KINDS.items() if class_ in types), None)
    if known:
        return known
    own = [class_ for class_ in types if class_.startswith(NS)]
    if own:
        best = next((class_ for class_ in own if class_ != NS + "Entity"), own[0])
        return "things", state.labels.get(best, words_of(best))
    if _SKOS + "Concept" in types:
        general = not _SCHEMES.isdisjoint(state.iris(iri, _SKOS + "inScheme"))
        return ("vocabulary" if general else "things"), "concept"
    return "other", "thing"


def name_of(iri: str, *states: State) -> str:
    """What a thing is called, by the first state that knows: its number, its label in quotes."""
    for state in states:
        numbers = sorted(
            value.value
            for value in state.values(iri, _IDENTIFIER)
            if isinstance(value, ox.Literal) and len(value.value) <= _LONGEST_NUMBER
        )
        label = state.labels.get(iri, "")
        if label or numbers:
            parts = (*map(_cut, numbers[:1]), f"“{_cut(label)}”" if label else "")
            return " ".join(filter(None, parts))
    return _cut(re.split(r"[/#]", iri.rstrip("/#"))[-1] or iri)


def source_of(line: str, state: State) -> str:
    """What a line of evidence rests on, as the article cites it."""
    cited = [name_of(citation, state) for citation in state.iris(line, NS + "citation")]
    return listed(cited) if cited else name_of(line, state)


def value_of(value: object, *states: State) -> str:
    """A value as a reader would say it."""
    if isinstance(value, ox.NamedNode):
        found = next((s.labels[value.value] for s in states if value.value in s.labels), None)
        return _cut(found or words_of(value.value))
    if isinstance(value, ox.Literal):
        plain = _cut(value.value)
        return plain if re.fullmatch(r"[\w.:+-]+", plain) else f"“{plain}”"
    return "something without a name"  # a blank node


def words_of(iri: str) -> str:
    """The last part of an IRI as words.

    >>> words_of("http://example.org/ns#checkedAgainst")
    'checked against'
    """
    last = re.split(r"[/#]", iri.rstrip("/#"))[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[-_]", " ", last).lower() or iri


def listed(names: Iterable[str]) -> str:
    """Names in order and once each: ``a, b and c``.

    >>> listed(["tea", "ale", "tea"])
    'ale and tea'
    """
    *others, last = sorted(set(names)) or ["nothing"]
    return f"{', '.join(others)} and {last}" if others else last


def sentence(text: str) -> str:
    """A text that begins with a capital and ends in one full stop.

    >>> sentence("new: “It helps.”")
    'New: “It helps.”'
    """
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", ".”", "!”", "?”")) else f"{whole}."


def _cut(text: str) -> str:
    """A text on one line, without characters that act, and not too long."""
    plain = visible(" ".join(text.split()))
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1].rstrip()}…"
