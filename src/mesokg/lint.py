"""Rules that neither shapes nor queries can say.

This module decides what a well-kept graph looks like below the level of meaning:
names that exist, literals in one form, letters that are what they seem, and
quotations that stay within what the rights in a text allow. Each rule is one
function; `LINTS` is the table of all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import pyoxigraph as ox

from mesokg.dataset import Dataset, Term
from mesokg.files import read_bytes
from mesokg.project import resource
from mesokg.rendering import show
from mesokg.report import Finding, Location, Severity
from mesokg.terms import (
    KINDS,
    NS,
    SCHEME_PATHS,
    STANDARD_PREFIXES,
    VOCABULARY_BASE,
    Prefixes,
    nearest,
)
from mesokg.texts import Texts

__all__ = ["LINTS", "Lint"]

_RDF: Final = STANDARD_PREFIXES["rdf"]
_RDFS: Final = STANDARD_PREFIXES["rdfs"]
_SKOS: Final = STANDARD_PREFIXES["skos"]
_XSD: Final = STANDARD_PREFIXES["xsd"]
_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_BIBO: Final = STANDARD_PREFIXES["bibo"]
_TYPE: Final = ox.NamedNode(_RDF + "type")
_LABEL: Final = ox.NamedNode(_RDFS + "label")


def _terms(namespace: str, names: str) -> frozenset[str]:
    """The IRIs of some terms of a namespace."""
    return frozenset(namespace + name for name in names.split())


@dataclass(frozen=True, slots=True)
class Lint:
    """A rule in Python. `function` yields findings that name neither rule nor severity."""

    id: str
    title: str
    about: str
    fix: str
    severity: Severity
    needs_text: bool
    function: Callable[[Dataset, Texts], Iterator[Finding]]

    def run(self, dataset: Dataset, texts: Texts) -> Iterator[Finding]:
        """What the rule finds, in the order of the statements."""
        for finding in self.function(dataset, texts):
            yield replace(
                finding, rule=self.id, severity=self.severity, fix=finding.fix or self.fix
            )


def _finding(
    dataset: Dataset, quad: ox.Quad, message: str, *, path: bool = True, value: bool = True
) -> Finding:
    """A finding about one statement, in the file that says it."""
    source = dataset.source_of(getattr(quad.graph_name, "value", ""))
    return Finding(
        "",
        Severity.INFO,
        message,
        focus=_named(quad.subject),
        path=str(quad.predicate) if path else "",
        value=_named(quad.object) if value else "",
        location=Location(source.name) if source else None,
    )


def _named(term: object) -> str:
    """A term in N-Triples form; blank nodes have no name to show."""
    return str(term) if isinstance(term, ox.NamedNode | ox.Literal) else ""


def _iris(quad: ox.Quad) -> Iterator[str]:
    """The IRIs of a statement, its graph and the datatype of its literal left out."""
    for term in (quad.subject, quad.predicate, quad.object):
        if isinstance(term, ox.NamedNode):
            yield term.value


def _or(names: Iterable[str]) -> str:
    """The tail of a message that offers what was probably meant."""
    close = list(names)
    return f"; did you mean {' or '.join(close)}?" if close else ""


# --- names ----------------------------------------------------------------------------------

_KIND_PATHS: Final = frozenset((*KINDS, *SCHEME_PATHS.values()))
#: Other paths below a base: documents, graphs and products, which have rules of their own.
_OTHER_PATHS: Final = frozenset({"api", "context", "graph", "ns", "query", "release", "shapes"})
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_SLUG: Final = 60


def _split(iri: str, dataset: Dataset) -> tuple[str, str, str] | None:
    """(base, kind, slug) of an IRI below the project's base or the vocabulary's, else None."""
    for base in (dataset.base, VOCABULARY_BASE):
        if base and iri.startswith(base) and iri != base:
            kind, slash, slug = iri[len(base) :].partition("/")
            return (base, kind, slug) if slash and "#" not in kind else None
    return None


def _dangling_reference(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    known = {quad.subject for quad in dataset.quads if quad.predicate == _TYPE}
    by_kind: dict[str, list[str]] | None = None
    told: set[object] = set()
    for quad in dataset.quads:
        for term in (quad.subject, quad.object):
            if term in known or term in told or not isinstance(term, ox.NamedNode):
                continue
            parts = _split(term.value, dataset)
            if parts is None or parts[1] not in _KIND_PATHS:
                continue
            if by_kind is None:
                by_kind = _slugs_by_kind(known, dataset)
            shorten = dataset.prefixes.shorten
            close = nearest(parts[2], by_kind.get(parts[0] + parts[1], ()), 1)
            meant = _or(shorten(f"{parts[0]}{parts[1]}/{slug}") for slug in close)
            if term == quad.object:
                yield _finding(dataset, quad, f"{shorten(term.value)} is described nowhere{meant}")
            else:
                told.add(term)
                message = f"nothing says what {shorten(term.value)} is{meant}"
                yield _finding(dataset, quad, message, path=False, value=False)


def _slugs_by_kind(known: Iterable[object], dataset: Dataset) -> dict[str, list[str]]:
    found = defaultdict(list)
    for term in known:
        parts = _split(term.value, dataset) if isinstance(term, ox.NamedNode) else None
        if parts:
            found[parts[0] + parts[1]].append(parts[2])
    return found


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    """The lists of words that come with the package: local names by prefix, languages."""
    text = read_bytes(resource("terms.txt")).decode("utf-8")
    lists = (paragraph.partition(":") for paragraph in text.split("\n\n"))
    return {name: frozenset(words.split()) for name, colon, words in lists if colon}


def _term_unknown(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    listed = _lists()
    known = {STANDARD_PREFIXES[name]: listed[name] for name in STANDARD_PREFIXES.keys() & listed}
    own = {
        quad.subject.value.removeprefix(NS)
        for quad in dataset.quads
        if quad.predicate == _TYPE
        and isinstance(quad.subject, ox.NamedNode)
        and quad.subject.value.startswith(NS)
    }
    if own:
        known[NS] = frozenset(own)
    shapes = _graphs(dataset, "shapes")
    verdicts: dict[object, str] = {}
    for quad in dataset.quads:
        datatype = quad.object.datatype if isinstance(quad.object, ox.Literal) else None
        for place, term in enumerate((quad.predicate, quad.object, datatype)):
            if not isinstance(term, ox.NamedNode):
                continue
            if term not in verdicts:
                verdicts[term] = _unknown(term.value, known, dataset.prefixes)
            if verdicts[term] and not (quad.graph_name in shapes and _is_talked_about(term)):
                yield _finding(dataset, quad, verdicts[term], value=place > 0)


def _graphs(dataset: Dataset, role: str) -> frozenset[object]:
    """The graphs of the files that have a role."""
    return frozenset(ox.NamedNode(s.graph) for s in dataset.sources if s.role == role)


def _is_talked_about(term: ox.NamedNode) -> bool:
    """Whether a shape may name a term that does not exist, in order to forbid it."""
    return not term.value.startswith((NS, STANDARD_PREFIXES["sh"], _XSD, _RDF))


def _unknown(iri: str, known: Mapping[str, frozenset[str]], prefixes: Prefixes) -> str:
    """What is wrong with a term of a closed vocabulary, or nothing."""
    for namespace, names in known.items():
        local = iri.removeprefix(namespace)
        if local == iri or not local or local in names:
            continue
        if namespace == _RDF and re.fullmatch(r"_[1-9][0-9]*", local):
            return ""
        close = _or(prefixes.shorten(namespace + name) for name in nearest(local, names, 2))
        return f"there is no term {prefixes.shorten(iri)}{close}"
    return ""


_ABOUT_THE_OLD: Final = frozenset(
    ox.NamedNode(_DCTERMS + name) for name in ("isReplacedBy", "replaces", "isVersionOf")
)


def _deprecated_term_used(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    owl = STANDARD_PREFIXES["owl"]
    marks = {ox.NamedNode(owl + name) for name in ("DeprecatedClass", "DeprecatedProperty")}
    flag = ox.NamedNode(owl + "deprecated")
    old = {
        quad.subject
        for quad in dataset.quads
        if (quad.predicate == flag and _lexical(quad.object) in {"true", "1"})
        or (quad.predicate == _TYPE and quad.object in marks)
    }
    if not old:
        return
    instead: dict[object, list[str]] = defaultdict(list)
    for quad in dataset.quads:
        if quad.predicate.value == _DCTERMS + "isReplacedBy":
            instead[quad.subject].append(show(_named(quad.object), dataset.prefixes))
    for quad in dataset.quads:
        if quad.subject in old or quad.predicate in _ABOUT_THE_OLD:
            continue
        for place, term in enumerate((quad.predicate, quad.object)):
            if term in old:
                better = " or ".join(sorted(instead[term]))
                message = f"{show(str(term), dataset.prefixes)} is deprecated"
                message += f"; use {better}" if better else " and nothing is named in its place"
                yield _finding(dataset, quad, message, value=place > 0)


def _iri_form(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    told: set[str] = set()
    for quad in dataset.quads:
        for iri in _iris(quad):
            if iri in told:
                continue
            told.add(iri)
            wrong = _wrong_iri(iri, dataset)
            if wrong:
                yield _finding(
                    dataset,
                    quad,
                    f"<{iri}> {wrong}",
                    path=_named(quad.subject) != f"<{iri}>",
                    value=_named(quad.object) == f"<{iri}>",
                )


def _wrong_iri(iri: str, dataset: Dataset) -> str:
    """What is wrong with the form of an IRI, or nothing."""
    for base in filter(None, (dataset.base, VOCABULARY_BASE)):
        scheme, _, rest = base.partition("://")
        other = "http" if scheme == "https" else "https"
        if iri.startswith(f"{other}://{rest}"):
            return f"begins with {other}:, the base with {scheme}:"
    parts = _split(iri, dataset)
    if parts is None or parts[1] in _OTHER_PATHS:
        return ""
    base, kind, slug = parts
    if kind not in _KIND_PATHS:
        close = _or(f"{base}{name}/" for name in nearest(kind, _KIND_PATHS, 1))
        return f"has no known kind of thing after the base{close}"
    if not _SLUG.fullmatch(slug):
        return "must end in a name of a-z, 0-9 and single hyphens"
    if len(slug) > _LONGEST_SLUG:
        return f"ends in a name of {len(slug)} characters; {_LONGEST_SLUG} are the most"
    return ""


# --- literals -------------------------------------------------------------------------------

#: Types that a cast in SPARQL can judge: it tells valid from invalid and gives the canonical form.
_CASTS: Final = _terms(
    _XSD,
    "boolean date dateTime dayTimeDuration decimal double duration float gDay gMonth gMonthDay "
    "gYear gYearMonth integer time yearMonthDuration",
)
#: Types that engines store as xsd:integer.
_KINDS_OF_INTEGER: Final = _terms(
    _XSD,
    "byte int long negativeInteger nonNegativeInteger nonPositiveInteger positiveInteger short "
    "unsignedByte unsignedInt unsignedLong unsignedShort",
)
#: Numbers beyond what an engine can hold are valid all the same.
_NUMBERS: Final = _terms(_XSD, "decimal integer")
_LONG_NUMBER: Final = re.compile(r"(0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9])")


def _literal_form(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    literals = {
        quad.object
        for quad in dataset.quads
        if isinstance(quad.object, ox.Literal)
        and quad.object.datatype.value in _CASTS | _KINDS_OF_INTEGER
    }
    wrong: dict[object, str] = dict(_judge(literals, dataset.prefixes))
    for quad in dataset.quads:
        if quad.object in wrong:
            yield _finding(dataset, quad, wrong[quad.object])


def _judge(literals: Iterable[ox.Literal], prefixes: Prefixes) -> Iterator[tuple[ox.Literal, str]]:
    """The literals that something is wrong with, and what."""
    store = ox.Store()
    numbered = {f"urn:n:{n}": literal for n, literal in enumerate(literals)}
    for name, literal in numbered.items():
        typed = literal.datatype.value
        if typed in _KINDS_OF_INTEGER:
            better = f'"{literal.value}"^^xsd:integer'
            yield literal, f"{show(str(literal), prefixes)} is kept by engines as {better}"
        else:
            store.add(ox.Quad(ox.NamedNode(name), literal.datatype, ox.Literal(literal.value)))
    for datatype in sorted({literal.datatype.value for literal in literals} & _CASTS):
        query = f"SELECT ?n ?cast {{ ?n <{datatype}> ?text BIND(<{datatype}>(?text) AS ?cast) }}"
        answer: Any = store.query(query)
        for row in answer:
            literal = numbered[row["n"].value]
            shown = show(str(literal), prefixes)
            if row["cast"] is None:
                long = datatype in _NUMBERS and _LONG_NUMBER.fullmatch(literal.value)
                if not long:
                    yield literal, f"{shown} is not a value of its datatype"
            elif row["cast"].value != literal.value:
                better = f'"{row["cast"].value}"'
                yield literal, f"{shown} is not in canonical form: engines make {better} of it"


#: Texts for people: every one of them says in which language it is.
_TEXTS_FOR_PEOPLE: Final = (
    _terms(_RDFS, "label comment")
    | _terms(_SKOS, "altLabel changeNote definition editorialNote example hiddenLabel historyNote")
    | _terms(_SKOS, "note prefLabel scopeNote")
    | _terms(NS, "quote hedgeWords")
)
#: Longer codes that are often written where a shorter one is the rule (RFC 5646, 2.2.1).
_SHORTER: Final = MappingProxyType(
    {
        "ara": "ar",
        "chi": "zh",
        "deu": "de",
        "dut": "nl",
        "eng": "en",
        "english": "en",
        "fra": "fr",
        "fre": "fr",
        "ger": "de",
        "ita": "it",
        "jpn": "ja",
        "nld": "nl",
        "pol": "pl",
        "por": "pt",
        "rus": "ru",
        "spa": "es",
        "swe": "sv",
        "tur": "tr",
        "zho": "zh",
    }
)


def _language_tag(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    for quad in dataset.quads:
        if not isinstance(quad.object, ox.Literal):
            continue
        tag = quad.object.language
        if not tag and quad.predicate.value in _TEXTS_FOR_PEOPLE:
            name = dataset.prefixes.shorten(quad.predicate.value)
            yield _finding(dataset, quad, f"the text of {name} has no language tag")
        elif tag:
            wrong = _wrong_tag(tag)
            if wrong:
                yield _finding(dataset, quad, wrong)


@cache
def _wrong_tag(tag: str) -> str:
    """What is wrong with a language tag, or nothing."""
    language = tag.lower().partition("-")[0]
    if tag != tag.lower():
        return f"the language tag {tag} has capitals; engines make {tag.lower()} of it"
    if language in _SHORTER:
        return f"the language tag {tag} is not the shortest; write {_SHORTER[language]}"
    if len(language) == 2 and language not in _lists()["languages"]:
        return f"no language has the code {language}"
    if len(language) > 3 or (len(language) == 1 and language not in {"x", "i"}):
        return f"no language has the code {language}"
    return ""


def _not_nfc(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    for quad in dataset.quads:
        for text in (_lexical(quad.object), *_iris(quad)):
            if not text.isascii() and not unicodedata.is_normalized("NFC", text):
                char = next(
                    (c for c in text if unicodedata.combining(c)), "a character of another form"
                )
                name = unicodedata.name(char, char).lower() if len(char) == 1 else char
                yield _finding(
                    dataset, quad, f"the letters are not in the form NFC: {name} stands by itself"
                )
                break


#: Not white space, not letters: what a person cannot see and a program must not meet. Joiners
#: (U+200C, U+200D) are letters' business in some scripts, and stay.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ufffe\uffff]"
)


def _control_character(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    shapes = _graphs(dataset, "shapes")  # patterns may name what they look for
    for quad in dataset.quads:
        if quad.graph_name in shapes:
            continue
        for text in (_lexical(quad.object), *_iris(quad)):
            match = None if text.isascii() and text.isprintable() else _UNSEEN.search(text)
            if match:
                code = f"U+{ord(match[0]):04X}"
                name = unicodedata.name(match[0], "a control character").lower()
                before = show(f'"{text[max(0, match.start() - 15) : match.start()]}"', Prefixes())
                yield _finding(dataset, quad, f"{name} ({code}) stands after {before}")
                break


def _lexical(term: Term | ox.Triple) -> str:
    return term.value if isinstance(term, ox.Literal) else ""


# --- identifiers with a check digit ----------------------------------------------------------


def _check_isbn13(digits: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits[:12]))
    return str(-total % 10)


def _check_issn(digits: str) -> str:
    total = sum(int(digit) * (8 - place) for place, digit in enumerate(digits[:7]))
    return "0123456789X"[-total % 11]


def _check_orcid(digits: str) -> str:
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11]


#: Name, pattern of the digits, check digit; by property, or for IRIs by their beginning.
_CHECKED: Final = MappingProxyType(
    {
        _BIBO + "isbn13": ("ISBN", re.compile(r"\d{13}"), _check_isbn13),
        _BIBO + "issn": ("ISSN", re.compile(r"\d{7}[\dX]"), _check_issn),
        _BIBO + "eissn": ("ISSN", re.compile(r"\d{7}[\dX]"), _check_issn),
    }
)
_ORCID: Final = re.compile(r"https?://(?:www\.)?orcid\.org/(.*)")


def _identifier_checksum(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    told: set[object] = set()
    for quad in dataset.quads:
        entry = _CHECKED.get(quad.predicate.value)
        if entry:
            kind, pattern, check = entry
            digits = re.sub(r"[\s-]", "", _lexical(quad.object))
            if digits.isascii() and pattern.fullmatch(digits):
                wrong = _wrong_digit(kind, digits, check(digits))
                if wrong:
                    yield _finding(dataset, quad, wrong)
        for term in (quad.subject, quad.object):
            if not isinstance(term, ox.NamedNode) or "orcid.org/" not in term.value:
                continue
            orcid = _ORCID.fullmatch(term.value)
            wrong = _wrong_orcid(orcid[1]) if orcid and term not in told else ""
            told.add(term)
            if wrong:
                there = term == quad.object
                yield _finding(dataset, quad, wrong, path=there, value=there)


def _wrong_orcid(name: str) -> str:
    if not re.fullmatch(r"([0-9]{4}-){3}[0-9]{3}[0-9X]", name):
        return f"the ORCID iD {name} is not four groups of four digits"
    digits = name.replace("-", "")
    return _wrong_digit("ORCID iD", digits, _check_orcid(digits))


def _wrong_digit(kind: str, digits: str, right: str) -> str:
    if digits[-1] == right:
        return ""
    return f"the check digit of the {kind} is {digits[-1]} where the others ask for {right}"


# --- quotations and rights -------------------------------------------------------------------

_STATED_IN: Final = ox.NamedNode(NS + "statedIn")
_START: Final = ox.NamedNode(NS + "start")
_END: Final = ox.NamedNode(NS + "end")
_QUOTE: Final = ox.NamedNode(NS + "quote")
_HEDGE_WORDS: Final = ox.NamedNode(NS + "hedgeWords")
_RIGHTS: Final = ox.NamedNode(NS + "textRights")
_FULL: Final = ox.NamedNode(f"{VOCABULARY_BASE}{SCHEME_PATHS['rights']}/full")
_ANCHORS: Final = ox.NamedNode(f"{VOCABULARY_BASE}{SCHEME_PATHS['rights']}/anchors")
_BIBLIOGRAPHY: Final = (ox.NamedNode(NS + "occursIn"), ox.NamedNode(NS + "listedIn"))
#: Records whose labels are names of publications, which are facts and not restatements.
_NAMED_BY_TITLE: Final = frozenset(
    ox.NamedNode(NS + name) for name in ("Article", "InTextCitation", "Reference", "Work")
)

#: At most this share of a text's code points may be quoted where not all of it may be shown.
_MOST_QUOTED: Final = 0.40
#: A label may share a run of this many characters with a text that it restates, no more.
_LONGEST_RUN: Final = 30


class _Records:
    """The values of records by subject and property."""

    def __init__(self, dataset: Dataset) -> None:
        self.about: dict[Any, dict[ox.NamedNode, list[Any]]] = defaultdict(dict)
        for subject, predicate, value in dataset.default_graph:
            self.about[subject].setdefault(predicate, []).append(value)

    def rights(self, article: str) -> Any:
        """How much of a text may be shown; None when nothing is said."""
        return next(iter(self.about[ox.NamedNode(article)].get(_RIGHTS, ())), None)

    def within(self, article: str, *links: ox.NamedNode) -> Iterator[tuple[Any, int, int]]:
        """The records that one of these properties places in an article: record, start, end."""
        place = ox.NamedNode(article)
        for record, values in self.about.items():
            if any(place in values.get(link, ()) for link in links):
                start, end = (_integer(values.get(prop, ())) for prop in (_START, _END))
                if 0 <= start < end:
                    yield record, start, end


def _integer(values: Iterable[Term]) -> int:
    """The one number of a property; -1 when there is none to rely on."""
    numbers = [_lexical(value) for value in values]
    if len(numbers) == 1 and re.fullmatch(r"[0-9]{1,12}", numbers[0]):
        return int(numbers[0])
    return -1


def _quoted_share(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    records = _Records(dataset)
    for article, text in sorted(texts.by_article.items()):
        rights = records.rights(article)
        if rights == _FULL or not text:
            continue
        quoted = bytearray(len(text))
        for record, start, end in records.within(article, _STATED_IN):
            for first, last in _quotations(records.about[record], text, start, end):
                quoted[first:last] = b"\x01" * (last - first)
        for _, start, end in records.within(article, *_BIBLIOGRAPHY):
            quoted[start:end] = bytes(len(quoted[start:end]))
        most = 0.0 if rights == _ANCHORS else _MOST_QUOTED
        share = sum(quoted) / len(text)
        if share > most:
            yield Finding(
                "",
                Severity.INFO,
                f"{share:.1%} of the text is quoted ({sum(quoted):,} of {len(text):,} code points)"
                f"; its rights allow {most:.0%}",
                focus=f"<{article}>",
                path=str(_RIGHTS),
                value=_named(rights),
            )


def _quotations(
    values: Mapping[ox.NamedNode, list[Term]], text: str, start: int, end: int
) -> Iterator[tuple[int, int]]:
    """Where the quoted words of a claim stand: a quote in its passage, a hedge there or before."""
    for prop in (_QUOTE, _HEDGE_WORDS):
        for value in values.get(prop, ()):
            words = _lexical(value)
            place = text.find(words, start, end)
            if place < 0 and prop == _HEDGE_WORDS:
                place = text.rfind(words, 0, end)
            if place >= 0 and words:
                yield place, place + len(words)


def _label_copies_text(dataset: Dataset, texts: Texts) -> Iterator[Finding]:
    records = _Records(dataset)
    windows: dict[str, list[ox.Quad]] = defaultdict(list)
    for quad in _restatements(dataset, records):
        folded = _folded(_lexical(quad.object))
        for place in range(len(folded) - _LONGEST_RUN):
            windows[folded[place : place + _LONGEST_RUN + 1]].append(quad)
    if not windows:
        return
    copied: dict[ox.Quad, int] = {}
    for article, text in sorted(texts.by_article.items()):
        if records.rights(article) == _FULL:
            continue
        masked = bytearray(len(text))
        for _, start, end in records.within(article, *_BIBLIOGRAPHY):
            masked[start:end] = b"\x01" * len(masked[start:end])
        kept = "".join("\0" if hidden else char for char, hidden in zip(text, masked, strict=True))
        for quad, length in _runs(_folded(kept), windows):
            copied[quad] = max(length, copied.get(quad, 0))
    for quad, length in copied.items():
        yield _finding(
            dataset, quad, f"the label shares a run of {length} characters with the article's text"
        )


def _restatements(dataset: Dataset, records: _Records) -> Iterator[ox.Quad]:
    """The labels in data files that should be in the curator's own words."""
    for quad in dataset.quads:
        if quad.predicate != _LABEL:
            continue
        source = dataset.source_of(getattr(quad.graph_name, "value", ""))
        if source is not None and source.role != "data":
            continue
        if _NAMED_BY_TITLE.isdisjoint(records.about[quad.subject].get(_TYPE, ())):
            yield quad


def _folded(text: str) -> str:
    """A text for comparing: no capitals, no line ends, one blank at a time."""
    return re.sub(r"\s+", " ", text.lower())


def _runs(text: str, windows: Mapping[str, list[ox.Quad]]) -> Iterator[tuple[ox.Quad, int]]:
    """Each label that shares a window with the text, and how long the run is from there."""
    size = _LONGEST_RUN + 1
    running: dict[ox.Quad, int] = {}
    for place in range(len(text) - size + 1):
        hits = windows.get(text[place : place + size], ())
        running = {quad: running.get(quad, _LONGEST_RUN) + 1 for quad in hits}
        yield from running.items()


# --- the table -------------------------------------------------------------------------------

_ALL: Final = (
    Lint(
        "control-character",
        "Texts hold no characters that cannot be seen",
        "Control characters, zero-width spaces and marks that turn the direction of writing make "
        "two texts look alike that are not, and break programs that read them.",
        "delete the character, or write an ordinary space",
        Severity.VIOLATION,
        False,
        _control_character,
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
        "identifier-checksum",
        "Identifiers agree with their check digit",
        "The last digit of an ISBN, an ISSN or an ORCID iD follows from the others. If it does "
        "not, a digit was mistyped, and the identifier names nothing or something else.",
        "look the identifier up at its source",
        Severity.VIOLATION,
        False,
        _identifier_checksum,
    ),
    Lint(
        "iri-form",
        "IRIs have the form of their kind",
        "A thing is named <base><kind>/<name>: a kind that the tool knows, a name of a-z, 0-9 and "
        "single hyphens, at most 60 characters. So its page, its prefix and its files can be "
        "found from its name.",
        "rename the thing before it is published",
        Severity.VIOLATION,
        False,
        _iri_form,
    ),
    Lint(
        "label-copies-text",
        "Restatements are in our own words",
        "Where a text may not be shown in full, a label that restates it shares no run of more "
        "than 30 characters with it; capitals and line ends do not count. In-text citations and "
        "entries of the reference list are facts, and do not count either.",
        "say it in your own words",
        Severity.WARNING,
        True,
        _label_copies_text,
    ),
    Lint(
        "language-tag",
        "Texts for people have a language tag, and a valid one",
        "Labels, definitions, comments and quotations say in which language they are, with the "
        "shortest code there is, in small letters. Without it no program can read them aloud, "
        "translate them or choose among them.",
        "write the text with its tag, such as @en",
        Severity.VIOLATION,
        False,
        _language_tag,
    ),
    Lint(
        "literal-form",
        "Literals are valid and in canonical form",
        "Engines rewrite 01 to 1, 1.50 to 1.5 and +00:00 to Z, and two spellings of one value "
        "become one. Data in canonical form is the same before and after.",
        "write the value in its canonical form",
        Severity.VIOLATION,
        False,
        _literal_form,
    ),
    Lint(
        "not-nfc",
        "Texts are in Unicode's form NFC",
        "One letter can be written in several ways that look the same. In NFC there is one, so "
        "that equal texts are equal and offsets count what a reader counts.",
        "save the text in the form NFC",
        Severity.VIOLATION,
        False,
        _not_nfc,
    ),
    Lint(
        "quoted-share",
        "No more of a text is quoted than its rights allow",
        "Where a text may be quoted, or where the rights in it are unknown, quotes and hedging "
        "words together are at most 40 % of it. What is quoted twice counts once; in-text "
        "citations and entries of the reference list do not count. Where only anchors are "
        "allowed, nothing is quoted.",
        "shorten quotes to their key words; the offsets keep the passage",
        Severity.WARNING,
        True,
        _quoted_share,
    ),
    Lint(
        "term-unknown",
        "Terms of vocabularies exist",
        "A term that its vocabulary does not define means nothing: no query asks for it and no "
        "shape looks at it. Checked are the tool's own vocabulary and the finished ones of the "
        "field (RDF, RDFS, OWL, SKOS, SHACL, PROV-O, Dublin Core, VoID, XSD types).",
        "correct the name of the term",
        Severity.VIOLATION,
        False,
        _term_unknown,
    ),
)  # fmt: skip

#: Rule id -> rule.
LINTS: Final[Mapping[str, Lint]] = MappingProxyType({lint.id: lint for lint in _ALL})
