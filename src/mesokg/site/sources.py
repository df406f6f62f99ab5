"""The publications behind the citations: as cited, as listed, as they are.

This module decides how the three records of a publication are set side by side, and
what counts as a difference between them: what the curators recorded as an issue, and
whatever differs in a year, a volume or a page number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mesokg.files import File
from mesokg.references import REFERENCE_FORMATS, Reference, read_references, write_references
from mesokg.site.evidence import Claim, Line, Pointer, claims_by_iri, in_order, line_of, pointer_of
from mesokg.site.model import DCTERMS, RDFS, Site
from mesokg.site.page import Page
from mesokg.site.schema_org import work_about
from mesokg.terms import NS, STANDARD_PREFIXES

__all__ = [
    "Field",
    "Issue",
    "Layer",
    "Row",
    "Value",
    "pages",
]

_PATH: Final = "work/index.html"
#: The references to all works, without the suffix.
_ALL: Final = "sources"
_BIBO: Final = STANDARD_PREFIXES["bibo"]
#: What is compared: property and the words for it.
_FIELDS: Final[Mapping[str, str]] = {
    f"{NS}authors": "Authors",
    f"{NS}editors": "Editors",
    f"{NS}year": "Year",
    f"{DCTERMS}title": "Title",
    f"{NS}journal": "Journal",
    f"{NS}volume": "Volume",
    f"{NS}issueNumber": "Issue",
    f"{NS}pages": "Pages",
    f"{NS}edition": "Edition",
    f"{NS}publisher": "Publisher",
    f"{_BIBO}doi": "DOI",
    f"{_BIBO}pmid": "PubMed",
    f"{NS}pmcid": "PubMed Central",
    f"{_BIBO}isbn13": "ISBN",
}
#: Fields whose values are the same or are not, whoever writes them.
_EXACT: Final = frozenset({f"{NS}year", f"{NS}volume", f"{NS}issueNumber", f"{NS}pages"})


@dataclass(frozen=True, slots=True)
class Value:
    """A value of one record; `differs` from the work's, `unseen` at any source."""

    text: str
    differs: bool = False
    unseen: bool = False
    times: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """One property in the three records, and the issues about it."""

    name: str
    cited: tuple[Value, ...]
    listed: tuple[Value, ...]
    real: tuple[Value, ...]
    issues: tuple[str, ...]

    @property
    def state(self) -> str:
        """What a reader is told of the field in a word: differs, left out, noted, or nothing."""
        if any(value.differs for value in (*self.cited, *self.listed)):
            return "differs"
        if self.issues:
            return "noted below" if self.listed or self.cited else "left out"
        return ""


@dataclass(frozen=True, slots=True)
class Layer:
    """An entry of a reference list that stands for the work, with its pointers."""

    reference: str
    article: str
    ordinal: str
    printed: str
    pointers: tuple[Pointer, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """A disagreement between the records, in the curators' words."""

    iri: str
    field: str
    comment: str
    printed: tuple[str, ...]
    correct: str
    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list of works."""

    iri: str
    title: str
    authors: str
    year: str
    design: str
    claims: int
    checks: tuple[tuple[str, int], ...]
    issues: int
    status: str


def pages(site: Site) -> Iterator[Page | File]:
    """The list of works, and the page of each, with the references to take away."""
    works = [iri for iri in site.instances("Work") if iri in site.addresses]
    if not works:
        return
    rows = sorted((_row(site, iri) for iri in works), key=lambda row: (-row.claims, row.iri))
    yield Page(
        _PATH, "sources.html", "Sources", {"rows": rows, "downloads": _downloads(_ALL)},
        section=_PATH,
        description="The publications that the articles cite, what rests on each, and whether it "
        "was found to say so.",
    )  # fmt: skip
    references = _references(site)
    yield from _written(_ALL, references.values())
    for iri in works:
        yield _page(site, iri)
        if iri in references:
            yield from _written(str(site.addresses.file_stem(iri)), [references[iri]])


def _lines(site: Site, work: str) -> list[tuple[Claim, Line]]:
    """The lines of evidence that lead to a work, with their claims, in reading order."""
    known = claims_by_iri(site)
    found = [
        (known[claim], line_of(site, line))
        for line in site.incoming(work, "source")
        for claim in site.incoming(line, "evidence")
        if claim in known
    ]
    return sorted(found, key=lambda pair: (pair[0].order, pair[1].iri))


def _row(site: Site, iri: str) -> Row:
    lines = _lines(site, iri)
    checks = Counter(line.check for _, line in lines)
    return Row(
        iri, site.value(iri, f"{DCTERMS}title") or site.label(iri), site.value(iri, "authors"),
        site.value(iri, "year"), site.value(iri, "design"), len({claim for claim, _ in lines}),
        tuple(sorted(checks.items(), key=lambda pair: (-pair[1], pair[0]))),
        len(_issue_iris(site, iri)), site.value(iri, "status"),
    )  # fmt: skip


def _page(site: Site, iri: str) -> Page:
    lines = _lines(site, iri)
    claims = in_order(claim for claim, _ in lines)
    title = site.value(iri, f"{DCTERMS}title") or site.label(iri)
    layers = tuple(_layer(site, iri, one) for one in site.incoming(iri, "resolvesTo"))
    context: dict[str, object] = {
        "work": iri,
        "layers": layers or (_layer(site, iri, ""),),
        "listed": bool(layers),
        "issues": [_issue(site, one) for one in _issue_iris(site, iri)],
        "lines": lines,
        "claims": claims,
        "about": [c for c in _claims_on(site, iri) if c not in claims],
        "design": site.value(iri, "design"),
        "participants": site.value(iri, "participants"),
        "status": site.value(iri, "status"),
        "seen": site.iris(iri, f"{DCTERMS}source"),
        "comment": site.value(iri, f"{RDFS}comment"),
        "findings": site.incoming(iri, "reportedIn"),
        "unverified": site.iris(iri, "unverified"),
        "downloads": _downloads(str(site.addresses.file_stem(iri))),
    }
    return Page(
        f"{site.addresses.file_stem(iri)}.html", "source.html", title, context, iri=iri,
        section=_PATH, kind="Source", trail=((_PATH, "Sources"),), wide=True,
        description=f"{site.label(iri)}: as cited, as listed and as it is; "
        f"{len(claims)} claims rest on it.",
        about=work_about(site, iri),
    )  # fmt: skip


def _claims_on(site: Site, iri: str) -> tuple[Claim, ...]:
    """The claims that speak of the work itself."""
    known = claims_by_iri(site)
    found = [*site.incoming(iri, "subject"), *site.incoming(iri, "object")]
    return in_order(known[one] for one in found if one in known)


# --- three records side by side ---------------------------------------------------------------


def _layer(site: Site, work: str, reference: str) -> Layer:
    """The entry, its pointers and the work, property by property."""
    citing = site.incoming(reference, "denotes") if reference else []
    pointers = sorted((pointer_of(site, one) for one in citing), key=lambda p: (p.start, p.iri))
    records = {work, reference, *citing}
    unseen = set(site.iris(work, "unverified"))
    fields = []
    for name, words in _FIELDS.items():
        real = [term.value for term in site.values(work, name)]
        listed = [term.value for term in site.values(reference, name)] if reference else []
        cited = Counter(term.value for one in citing for term in site.values(one, name))
        if not (real or listed or cited):
            continue
        issues = _issues_of(site, records, name)
        wrong = {term.value for one in issues for term in site.values(one, "printed")}
        fields.append(
            Field(
                words,
                tuple(
                    Value(v, _differs(name, v, real, wrong), False, n)
                    for v, n in sorted(cited.items())
                ),
                tuple(Value(v, _differs(name, v, real, wrong)) for v in listed),
                tuple(Value(v, False, name in unseen) for v in real),
                tuple(issues),
            )
        )
    return Layer(
        reference, site.value(reference, "listedIn") if reference else "",
        site.value(reference, "ordinal") if reference else "",
        site.value(reference, "asPrinted") if reference else "", tuple(pointers), tuple(fields),
    )  # fmt: skip


def _differs(name: str, value: str, real: Sequence[str], wrong: Collection[str]) -> bool:
    """Whether a printed value is another than the work's, where that can be said for sure."""
    if any(part in value for part in wrong):
        return True
    plain = [one.replace("–", "-").replace(" ", "") for one in real]
    return name in _EXACT and bool(real) and value.replace("–", "-").replace(" ", "") not in plain


def _issues_of(site: Site, records: set[str], name: str) -> list[str]:
    found = {one for record in records if record for one in site.incoming(record, "concerns")}
    return sorted(one for one in found if name in site.iris(one, "field"))


def _issue_iris(site: Site, work: str) -> list[str]:
    """The issues of a work, of the entries that stand for it, and of their pointers."""
    records = [work, *site.incoming(work, "resolvesTo")]
    records += [one for reference in records[1:] for one in site.incoming(reference, "denotes")]
    return sorted({issue for one in records for issue in site.incoming(one, "concerns")})


def _issue(site: Site, iri: str) -> Issue:
    return Issue(
        iri, site.value(iri, "field"), site.value(iri, f"{RDFS}comment"),
        tuple(term.value for term in site.values(iri, "printed")), site.value(iri, "correct"),
        tuple(site.iris(iri, f"{DCTERMS}source")),
    )  # fmt: skip


# --- references for other papers --------------------------------------------------------------


def _references(site: Site) -> Mapping[str, Reference]:
    """The works as reference managers read them, by IRI, worked out once."""
    key = ("references", "")
    known = site.memory.get(key)
    if isinstance(known, dict):
        return known
    made = {one.iri: one for one in read_references(site.written)}
    site.memory[key] = made
    return made


def _downloads(stem: str) -> list[tuple[str, str]]:
    """Path and name of each format that a reference, or all of them, can be had in."""
    return [(f"{stem}{suffix}", name) for suffix, name in REFERENCE_FORMATS.values()]


def _written(stem: str, references: Collection[Reference]) -> Iterator[File]:
    for format_, (suffix, _) in REFERENCE_FORMATS.items():
        yield File(f"{stem}{suffix}", write_references(references, format_))
