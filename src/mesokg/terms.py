"""Names: namespaces, prefixes, and how IRIs are minted and shortened.

This module decides how things are named. It knows the tool's own vocabulary
(a constant) and the vocabularies of the field; a project's own base IRI comes
from its configuration and is passed in.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from mesokg.errors import UsageError

__all__ = [
    "KINDS",
    "NS",
    "SCHEME_PATHS",
    "SHAPES",
    "STANDARD_PREFIXES",
    "VOCABULARY_BASE",
    "Prefixes",
    "graph_iri",
    "mint",
    "nearest",
    "project_prefixes",
]

VOCABULARY_BASE: Final = "https://w3id.org/mesokg/"
NS: Final = VOCABULARY_BASE + "ns#"
SHAPES: Final = VOCABULARY_BASE + "shapes#"

STANDARD_PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bibo": "http://purl.org/ontology/bibo/",
        "cito": "http://purl.org/spar/cito/",
        "dcat": "http://www.w3.org/ns/dcat#",
        "dcterms": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "meso": NS,
        "oa": "http://www.w3.org/ns/oa#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "prov": "http://www.w3.org/ns/prov#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "schema": "https://schema.org/",
        "sh": "http://www.w3.org/ns/shacl#",
        "shape": SHAPES,
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "vann": "http://purl.org/vocab/vann/",
        "void": "http://rdfs.org/ns/void#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
)

#: Kinds of thing a project describes: the path below its base is the prefix.
KINDS: Final = (
    "agent", "article", "aspect", "assessment", "citation", "claim", "condition", "ev", "finding",
    "issue", "mechanism", "outcome", "population", "proposition", "ref", "site", "substance",
    "treatment", "work",
)  # fmt: skip

#: The tool's own concept schemes: prefix -> path below the vocabulary base.
SCHEME_PATHS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "basis": "basis",
        "certainty": "certainty",
        "check": "check",
        "design": "design",
        "direction": "direction",
        "hedge": "hedge",
        "kind": "kind",
        "level": "level",
        "rights": "text-rights",
        "role": "role",
        "route": "route",
        "scheme": "scheme",
        "scope": "scope",
        "status": "status",
        "voice": "voice",
    }
)

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SLUG_LENGTH = 60
#: The end of a file name; mappings have two (SSSOM/TSV).
_SUFFIX = re.compile(r"(\.sssom)?\.[^./]+$")
#: A local name that is safe to print after a prefix without escapes (Turtle PN_LOCAL, narrowed).
_LOCAL = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?)?")


class Prefixes(Mapping[str, str]):
    """An immutable prefix table that shortens and expands IRIs.

    >>> prefixes = Prefixes({"ex": "http://example.org/"})
    >>> prefixes.shorten("http://example.org/tea")
    'ex:tea'
    >>> prefixes.expand("ex:tea")
    'http://example.org/tea'

    An IRI that no prefix fits comes back in angle brackets, a word that is no
    CURIE of this table as None:

    >>> prefixes.shorten("http://elsewhere.org/a b")
    '<http://elsewhere.org/a b>'
    >>> prefixes.expand("tea") is None
    True
    """

    def __init__(self, table: Mapping[str, str] = MappingProxyType({})) -> None:
        self._table = dict(sorted(table.items()))
        self._longest_first = sorted(self._table.items(), key=lambda item: (-len(item[1]), item[0]))

    def __getitem__(self, prefix: str) -> str:
        return self._table[prefix]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def __repr__(self) -> str:
        return f"Prefixes({self._table!r})"

    def __or__(self, other: Mapping[str, str]) -> Prefixes:
        """Both tables; where a prefix is in both, the right one's namespace."""
        return Prefixes(self._table | dict(other))

    def shorten(self, iri: str) -> str:
        """The CURIE of an IRI by its longest namespace, or the IRI in angle brackets."""
        for prefix, namespace in self._longest_first:
            if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
                return f"{prefix}:{iri[len(namespace) :]}"
        return f"<{iri}>"

    def expand(self, curie: str) -> str | None:
        """The IRI of a CURIE, or None when the table does not know its prefix."""
        prefix, colon, local = curie.partition(":")
        if not colon or prefix not in self._table or local.startswith("//"):
            return None
        return self._table[prefix] + local


def project_prefixes(base: str) -> Prefixes:
    """Every prefix a project's files use: the field's, the tool's schemes, the project's kinds.

    >>> project_prefixes("https://example.org/kg/")["claim"]
    'https://example.org/kg/claim/'
    """
    schemes = {prefix: f"{VOCABULARY_BASE}{path}/" for prefix, path in SCHEME_PATHS.items()}
    kinds = {kind: f"{base}{kind}/" for kind in KINDS}
    return Prefixes({**STANDARD_PREFIXES, **schemes, **kinds})


def mint(base: str, kind: str, label: str) -> str:
    """A new IRI ``<base><kind>/<slug>`` whose slug is made from a label.

    Call it once, when a thing is created, and write the result down: IRIs are
    never computed again from labels, which may change.

    >>> mint("https://example.org/kg/", "treatment", "Crème of Willow (5%)")
    'https://example.org/kg/treatment/creme-of-willow-5'

    Raises UsageError (``no-slug``) for a label without a letter or digit of ASCII.
    """
    folded = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", folded)
    slug = "-".join(words)[:_SLUG_LENGTH].strip("-")
    if not _SLUG.fullmatch(slug):
        raise UsageError(
            f"cannot make an IRI from the label {label!r}",
            code="no-slug",
            hint="give a name with at least one letter a-z or digit",
        )
    return f"{base}{kind}/{slug}"


def graph_iri(base: str, path: str) -> str:
    """The graph of a file: ``<base>graph/<path without suffix>``, percent-encoded.

    >>> graph_iri("https://example.org/kg/", "data/articles/my notes.ttl")
    'https://example.org/kg/graph/data/articles/my%20notes'
    >>> graph_iri("https://example.org/kg/", "ontology/mappings.sssom.tsv")
    'https://example.org/kg/graph/ontology/mappings'
    """
    without = _SUFFIX.sub("", path)
    return f"{base}graph/{quote(without, errors='surrogateescape')}"


def nearest(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known words that look most like a mistyped one, best first.

    >>> nearest("lsit-claims", ["list-claims", "list-works", "ask-anchored"], 1)
    ['list-claims']
    """
    return difflib.get_close_matches(word, sorted(known), n=count, cutoff=0.5)
