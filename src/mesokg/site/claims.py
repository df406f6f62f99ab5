"""The page of each claim, and the list of all of them.

This module decides what a reader is told about one claim: what is said and by whom, the
four things that are kept apart (which way it goes, how cautiously it is worded, how
strong its evidence is, whether the source bears it out), what it rests on, and what
other claims say about the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mesokg.pictures import Way, layered_graph
from mesokg.site.evidence import (
    Claim,
    Line,
    all_claims,
    claims_by_iri,
    code,
    in_order,
    line_of,
)
from mesokg.site.graphs import provenance_graph
from mesokg.site.history import claim_history
from mesokg.site.model import DCTERMS, RDFS, Site
from mesokg.site.page import Page
from mesokg.site.schema_org import claim_about

__all__ = [
    "CLAIMS_A_PAGE",
    "Related",
    "Source",
    "numbered",
    "pages",
]

#: Rows of a list on one page; more go to further pages.
CLAIMS_A_PAGE: Final = 200
#: Related claims named on the page of a claim, at most.
_MOST: Final = 12
#: With more claims than this, a chain of one work is not drawn: the table beside it says it all.
_MOST_DRAWN: Final = 1000
_QUALIFIERS: Final = (
    "agent", "condition", "route", "comparator", "population", "bodySite", "combinedWith",
)  # fmt: skip
_ARGUMENT: Final = ("explains", "premiseFor", "contrastsWith")


@dataclass(frozen=True, slots=True)
class Source:
    """A line of evidence with what is known of its work."""

    line: Line
    title: str
    design: str
    participants: str
    status: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Other claims on the same matter, under one heading."""

    heading: str
    claims: tuple[Claim, ...]
    more: int


def numbered(path: str, count: int, size: int = CLAIMS_A_PAGE) -> tuple[str, ...]:
    """The paths of the pages of a list: the first as given, the others with a number.

    >>> numbered("claims.html", 401)
    ('claims.html', 'claims~2.html', 'claims~3.html')
    """
    stem = path.removesuffix(".html")
    pages = max(1, -(-count // size))
    return (path, *(f"{stem}~{number}.html" for number in range(2, pages + 1)))


def pages(site: Site) -> Iterator[Page]:
    """The list of claims, on as many pages as it needs, then the page of each."""
    claims = all_claims(site)
    yield from _list(site, claims)
    for claim in claims:
        if claim.iri in site.addresses:
            yield _page(site, claim)


def _list(site: Site, claims: Sequence[Claim]) -> Iterator[Page]:
    paths = numbered("claims.html", len(claims))
    articles = len({claim.article for claim in claims})
    for place, path in enumerate(paths):
        shown = claims[place * CLAIMS_A_PAGE : (place + 1) * CLAIMS_A_PAGE]
        title = "All claims" if len(paths) == 1 else f"All claims, page {place + 1}"
        yield Page(
            path, "claims.html", title,
            {"claims": shown, "total": len(claims), "paths": paths, "articles": articles},
            section="claims.html",
            description=f"Every claim recorded here, {len(claims)} in all, with the way it goes, "
            "its wording, its certainty and its sources.",
        )  # fmt: skip


def _page(site: Site, claim: Claim) -> Page:
    iri = claim.iri
    path = f"{site.addresses.file_stem(iri)}.html"
    sources = tuple(_source(site, line) for line in claim.evidence)
    graph = site.graph_of.get(iri, "")
    context: dict[str, object] = {
        "claim": claim,
        "numbers": [term.value for term in site.values(iri, f"{DCTERMS}identifier")],
        "role": site.value(iri, "textRole"),
        "subjects": site.iris(iri, "subject"),
        "relation": site.value(iri, "relation"),
        "objects": site.iris(iri, "object"),
        "qualifiers": [(name, found) for name in _QUALIFIERS if (found := site.iris(iri, name))],
        "hedge_from": site.value(iri, "hedgeFrom"),
        "sources": sources,
        "related": _related(site, claim),
        "picture": _picture(site, claim, path),
        "graph": graph,
        "recorded": site.value(graph, f"{DCTERMS}created") if graph else "",
        "recorder": site.iris(graph, f"{DCTERMS}creator") if graph else [],
        "proposition": site.value(iri, "proposition"),
        "comment": site.value(iri, f"{RDFS}comment"),
        "history": claim_history(site, iri),
        "anchored": claim.start >= 0 and claim.article in site.addresses,
    }
    trail = ((claim.article, site.label(claim.article)),) if claim.article else ()
    return Page(
        path, "claim.html", claim.label, context, iri=iri,
        section="claims.html", kind=f"Claim {claim.name}",
        trail=trail or ((("claims.html"), "Claims"),),
        description=f"{claim.label} ({claim.word})",
        about=claim_about(site, claim),
    )  # fmt: skip


def _picture(site: Site, claim: Claim, path: str) -> str:
    """From the article to the works; in large projects only where several works are cited."""
    few = len(all_claims(site)) <= _MOST_DRAWN
    if not claim.works or not (few or len(claim.works) > 1):
        return ""
    return layered_graph(provenance_graph(site, claim, path))


def _source(site: Site, iri: str) -> Source:
    line = line_of(site, iri)
    work = line.work
    if not work:
        return Source(line, "", "", "", "", ())
    return Source(
        line, site.value(work, f"{DCTERMS}title") or site.label(work), site.value(work, "design"),
        site.value(work, "participants"), site.value(work, "status"),
        tuple(site.incoming(work, "reportedIn")),
    )  # fmt: skip


# --- what others say about the same -----------------------------------------------------------


def _related(site: Site, claim: Claim) -> tuple[Related, ...]:
    """The steps of the article's argument, the same statement elsewhere, and what pulls away."""
    known = claims_by_iri(site)
    groups: list[tuple[str, list[str]]] = []
    groups += _argument(site, claim)
    same = _sharing(site, claim)
    agreeing = [one for one in same if known[one].direction == claim.direction]
    groups.append(("The same statement, going the same way", agreeing))
    groups.append(("The same statement, going another way", [o for o in same if o not in agreeing]))
    groups.append(("Pulling the other way", _opposed(site, claim)))
    shown = []
    for heading, iris in groups:
        found = in_order(known[one] for one in iris if one in known and one != claim.iri)
        if found:
            shown.append(Related(heading, found[:_MOST], max(0, len(found) - _MOST)))
    return tuple(shown)


def _argument(site: Site, claim: Claim) -> list[tuple[str, list[str]]]:
    """The claims that this one joins, and those by which the article argues with it."""
    if code(site.value(claim.iri, "relation")).rpartition("#")[2] in _ARGUMENT:
        return []
    known = claims_by_iri(site)
    before = [one for one in site.incoming(claim.iri, "object") if one in known]
    after = [one for one in site.incoming(claim.iri, "subject") if one in known]
    return [("In the article’s argument", [*before, *after])]


def _sharing(site: Site, claim: Claim) -> list[str]:
    """The claims on the same proposition."""
    return [
        other
        for proposition in site.iris(claim.iri, "proposition")
        for other in site.incoming(proposition, "proposition")
        if other != claim.iri and other in claims_by_iri(site)
    ]


def _opposed(site: Site, claim: Claim) -> list[str]:
    """Harms of what is said to help, and the other way round, of the same subject."""
    opposite = {Way.BENEFIT: Way.HARM, Way.HARM: Way.BENEFIT}.get(claim.way)
    if opposite is None:
        return []
    found = []
    for subject in site.iris(claim.iri, "subject"):
        found += [one for one in _by_way(site, subject).get(opposite, ()) if one != claim.iri]
        if len(found) > 4 * _MOST:
            break
    return found


def _by_way(site: Site, subject: str) -> dict[Way, list[str]]:
    """The claims with a subject by the way they go, worked out once."""
    key = ("claims by way", subject)
    known = site.memory.get(key)
    if isinstance(known, dict):
        return known
    made: dict[Way, list[str]] = {}
    claims = claims_by_iri(site)
    for one in site.incoming(subject, "subject"):
        if one in claims:
            made.setdefault(claims[one].way, []).append(one)
    site.memory[key] = made
    return made
