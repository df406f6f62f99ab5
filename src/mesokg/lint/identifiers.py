"""Rules about identifiers of others: each in its own form, with the right check digit.

Which identifier it is, the property says or the beginning of the IRI. What the
check digits are is left to python-stdnum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox
from stdnum import isbn, issn
from stdnum.iso7064 import mod_11_2, mod_97_10

from mesokg.lint.rule import Given, Lint, finding, lexical, local_names
from mesokg.report import Finding, Severity
from mesokg.terms import NS, STANDARD_PREFIXES

__all__ = ["IDENTIFIERS"]

_BIBO: Final = STANDARD_PREFIXES["bibo"]
_PRISM: Final = tuple(
    f"http://prismstandard.org/namespaces/basic/{version}/"
    for version in ("2.0", "2.1", "2.2", "3.0")
)
_FABIO: Final = "http://purl.org/spar/fabio/"
_WIKIDATA_VALUE: Final = "http://www.wikidata.org/prop/direct/"
_WORK: Final = ox.NamedNode(NS + "Work")
_DIGITS: Final = "0123456789X"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of identifier: its name, its form, its form in words, and its check digit."""

    name: str
    form: re.Pattern[str]
    words: str
    valid: Callable[[str], bool] | None = None
    #: What people put between the digits.
    between: str = ""


def _is_isbn(digits: str) -> bool:
    return isbn.is_valid(digits) or not (len(digits) == 10 or digits.startswith(("978", "979")))


#: The letters of a ROR name stand for the numbers 0 to 31 (Crockford's alphabet).
_CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"


def _is_ror(name: str) -> bool:
    number = 0
    for letter in name[:-2]:
        number = number * 32 + _CROCKFORD.index(letter)
    return bool(mod_97_10.is_valid(f"{number}{name[-2:]}"))


_ISBN: Final = _Kind(
    "ISBN", re.compile(r"97[89][0-9]{10}|[0-9]{9}[0-9X]"), "10 or 13 digits", _is_isbn, " -"
)
_ISBN13: Final = _Kind("ISBN", re.compile(r"97[89][0-9]{10}"), "13 digits from 978", _is_isbn, " -")
_ISBN10: Final = _Kind("ISBN", re.compile(r"[0-9]{9}[0-9X]"), "10 digits", _is_isbn, " -")
_ISSN: Final = _Kind("ISSN", re.compile(r"[0-9]{7}[0-9X]"), "8 digits", issn.is_valid, " -")
_ORCID: Final = _Kind(
    "ORCID iD", re.compile(r"([0-9]{4}-){3}[0-9]{3}[0-9X]"), "four groups of four digits",
    lambda name: bool(mod_11_2.is_valid(name.replace("-", ""))),
)  # fmt: skip
_ROR: Final = _Kind(
    "ROR ID", re.compile(r"0[0-9a-hjkmnp-tv-z]{6}[0-9]{2}"), "0, six letters or digits, two digits",
    _is_ror,
)  # fmt: skip
_DOI: Final = _Kind(
    "DOI", re.compile(r"10\.[0-9]{4,9}(\.[0-9]+)*/\S+"), "a prefix such as 10.1000, / and a name"
)
_PMID: Final = _Kind("PubMed identifier", re.compile(r"[1-9][0-9]{0,8}"), "digits")
_PMCID: Final = _Kind(
    "PubMed Central identifier", re.compile(r"PMC[1-9][0-9]*(\.[0-9]+)?"), "PMC and digits"
)
_NCT: Final = _Kind("number of ClinicalTrials.gov", re.compile(r"NCT[0-9]{8}"), "NCT and 8 digits")
_MESH: Final = _Kind(
    "MeSH identifier",
    re.compile(
        r"(?:[12][0-9]{3}/)?(?:[CDMQT][0-9]{6,9}(?:\.[0-9]+)*|D[0-9]{6,9}Q[0-9]{6,9}"
        r"|[A-Z][0-9]{2}(?:\.[0-9]{3})*|[A-Z])"
    ),
    "a letter and 6 or 9 digits, such as D000505",
)
_WIKIDATA: Final = _Kind(
    "Wikidata identifier", re.compile(r"[EPQ][1-9][0-9]*|L[1-9][0-9]*(-[FS][1-9][0-9]*)?"),
    "Q, P or L and a number",
)  # fmt: skip
_DOID: Final = _Kind("identifier of the Disease Ontology", re.compile(r"DOID_[0-9]{1,7}"),
                     "DOID_ and digits")  # fmt: skip

_BY_PROPERTY: Final = MappingProxyType(
    {_BIBO + "isbn": _ISBN, _BIBO + "isbn13": _ISBN13, _BIBO + "isbn10": _ISBN10}
    | dict.fromkeys(local_names(_BIBO, "issn eissn"), _ISSN)
    | {_BIBO + "doi": _DOI, _BIBO + "pmid": _PMID, NS + "pmcid": _PMCID}
    | {space + "isbn": _ISBN for space in _PRISM}
    | {space + name: _ISSN for space in _PRISM for name in ("issn", "eIssn")}
    | {space + "doi": _DOI for space in _PRISM}
    | {_FABIO + "hasPubMedId": _PMID, _FABIO + "hasPubMedCentralId": _PMCID}
    | {
        _WIKIDATA_VALUE + number: kind
        for number, kind in (
            ("P212", _ISBN13), ("P236", _ISSN), ("P356", _DOI), ("P486", _MESH), ("P496", _ORCID),
            ("P698", _PMID), ("P957", _ISBN10), ("P3098", _NCT), ("P6782", _ROR),
        )
    }
    | {f"{form}://schema.org/isbn": _ISBN for form in ("http", "https")}
    | {f"{form}://schema.org/issn": _ISSN for form in ("http", "https")}
)  # fmt: skip
#: What an IRI begins with, and the identifier that follows; in front is what all of them need.
_BY_START: Final = (
    ("orcid.org/", re.compile(r"https?://(?:www\.)?orcid\.org/(.*)"), _ORCID),
    ("ror.org/", re.compile(r"https?://(?:www\.)?ror\.org/(.*)"), _ROR),
    ("doi.org/", re.compile(r"https?://(?:www\.|dx\.)?doi\.org/(.*)"), _DOI),
    (
        "ncbi.nlm.nih.gov/",
        re.compile(r"https?://(?:www\.ncbi\.nlm\.nih\.gov/pubmed|pubmed\.ncbi\.nlm\.nih\.gov)/([^?#]*?)/?(?:[?#].*)?"),
        _PMID,
    ),
    (
        "ncbi.nlm.nih.gov/",
        re.compile(r"https?://(?:www\.ncbi\.nlm\.nih\.gov/pmc|pmc\.ncbi\.nlm\.nih\.gov)/articles/([^/?#]*)(?:[/?#].*)?"),
        _PMCID,
    ),
    (
        "clinicaltrials.gov/",
        re.compile(r"https?://(?:www\.)?clinicaltrials\.gov/(?:ct2/show|study)/([^/?#]*)(?:[/?#].*)?"),
        _NCT,
    ),
    (
        "id.nlm.nih.gov/mesh/",
        re.compile(r"https?://id\.nlm\.nih\.gov/mesh/((?!(?:vocab|sparql)(?:[#/?]|$)).*)"),
        _MESH,
    ),
    (
        "wikidata.org/entity/",
        re.compile(r"https?://(?:www\.)?wikidata\.org/entity/((?!statement/).*)"),
        _WIKIDATA,
    ),
    ("obo/DOID", re.compile(r"https?://purl\.obolibrary\.org/obo/(DOID_.*)"), _DOID),
    ("isbn:", re.compile(r"urn:isbn:(.*)", re.IGNORECASE), _ISBN),
    ("issn:", re.compile(r"urn:issn:(.*)", re.IGNORECASE), _ISSN),
)  # fmt: skip
_ANY_START: Final = re.compile(
    "|".join(sorted({re.escape(start) for start, _, _ in _BY_START})), re.IGNORECASE
)


def _plain(kind: _Kind, name: str) -> str:
    return name.translate(dict.fromkeys(map(ord, kind.between))) if kind.between else name


def _wrong_form(kind: _Kind, name: str) -> str:
    """What is wrong with the form of an identifier, or nothing."""
    if kind.form.fullmatch(_plain(kind, name)):
        return ""
    article = "an" if kind.name[0] in "AEIOaeiou" or kind.name[:2] in {"NC"} else "a"
    shown = name if len(name) <= 60 else f"{name[:60]}…"
    return f'"{shown}" is not {article} {kind.name}: {kind.words}'


def _wrong_digit(kind: _Kind, name: str) -> str:
    """What is wrong with the check digit of an identifier of good form, or nothing."""
    text = _plain(kind, name)
    if kind.valid is None or not kind.form.fullmatch(text) or kind.valid(text):
        return ""
    if kind is _ROR:
        return f"the check digits of the {kind.name} {name} do not follow from the others"
    right = next((digit for digit in _DIGITS if kind.valid(text[:-1] + digit)), "none")
    return f"the check digit of the {kind.name} is {text[-1]} where the others ask for {right}"


def _iri_identifiers(given: Given) -> Iterator[tuple[ox.NamedNode, _Kind, str]]:
    """The IRIs that hold an identifier of others."""
    for iri in given.facts.iris:
        if not _ANY_START.search(iri.value):
            continue
        for _, pattern, kind in _BY_START:
            match = pattern.fullmatch(iri.value)
            if match and match[1]:
                yield iri, kind, match[1]


def _found(given: Given, judge: Callable[[_Kind, str], str], *, works: bool) -> Iterator[Finding]:
    wrong_iris = {
        iri: problem
        for iri, kind, name in _iri_identifiers(given)
        if (problem := judge(kind, name))
    }
    values = {
        term
        for predicate, kind in _BY_PROPERTY.items()
        for term in given.facts.of(predicate)
        if isinstance(term, ox.Literal) and judge(kind, term.value)
    }
    if not wrong_iris and not values:
        return
    # of a work's identifiers the shape work-core asks the form
    checked = () if works else given.facts.instances.get(_WORK, ())
    told: set[object] = set()
    for quad in given.facts.having(wrong_iris.keys() | values):
        kind = _BY_PROPERTY.get(quad.predicate.value)
        if kind and quad.object in values and quad.subject not in checked:
            problem = judge(kind, lexical(quad.object))
            if problem:
                yield finding(given, quad, problem)
        for term in (quad.subject, quad.object):
            if isinstance(term, ox.NamedNode) and term in wrong_iris and term not in told:
                told.add(term)
                there = term == quad.object
                yield finding(given, quad, wrong_iris[term], path=there, value=there)


def _identifier_checksum(given: Given) -> Iterator[Finding]:
    yield from _found(given, _wrong_digit, works=True)


def _identifier_form(given: Given) -> Iterator[Finding]:
    yield from _found(given, _wrong_form, works=False)


IDENTIFIERS: Final = (
    Lint(
        "identifier-checksum",
        "Identifiers agree with their check digit",
        "The last digit of an ISBN, an ISSN, an ORCID iD or a ROR ID follows from the others. If "
        "it does not, a digit was mistyped, and the identifier names nothing or something else.",
        "look the identifier up at its source",
        Severity.VIOLATION,
        False,
        _identifier_checksum,
    ),
    Lint(
        "identifier-form",
        "Identifiers have the form that their register gives them",
        "A DOI, a PubMed, MeSH or Wikidata identifier, an ORCID iD or the number of a trial has a "
        "form of its own. One that has another form was cut, mistyped or put into the wrong field, "
        "and leads nowhere.",
        "copy the identifier from its register",
        Severity.WARNING,
        False,
        _identifier_form,
    ),
)  # fmt: skip
