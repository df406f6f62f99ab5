"""An article, its claims in reading order, and what its citations really are.

This module decides how much of an article's own words a page shows. With the right to
the whole text and the text at hand, the text itself is shown and each claim marked in
it, overlaps too. Without, its place is taken by short quotes at their positions, and by
how many characters stand between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from mesokg.pictures import Way
from mesokg.site.evidence import (
    Claim,
    Pointer,
    all_claims,
    code,
    pointer_of,
    quotable,
)  # fmt: skip
from mesokg.site.model import DCTERMS, Site
from mesokg.site.page import Page
from mesokg.site.schema_org import article_about

__all__ = ["Block", "Entry", "Lane", "Piece", "article_section", "pages", "site_issues"]

#: The lanes of the strip that shows where claims stand.
_LANES: Final = (Way.BENEFIT, Way.HARM, Way.DISPUTED, Way.OPEN, Way.UNKNOWN, Way.OTHER)
_WORDS: Final[Mapping[Way, str]] = {
    Way.BENEFIT: "benefits",
    Way.HARM: "harms",
    Way.DISPUTED: "disputed",
    Way.OPEN: "open or argued over",
    Way.UNKNOWN: "not known",
    Way.OTHER: "all other claims",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text: how many claims cover it, which begin and which end with it."""

    text: str
    claims: tuple[Claim, ...] = ()
    begins: tuple[Claim, ...] = ()
    ends: tuple[Claim, ...] = ()
    pointer: Pointer | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of the text, or passages that hang together where it may not be shown.

    `before` is how many characters between this block and the one before carry no claim.
    """

    start: int
    end: int
    before: int
    claims: tuple[Claim, ...]
    pieces: tuple[Piece, ...] = ()
    pointers: tuple[Pointer, ...] = ()

    @property
    def rows(self) -> tuple[tuple[Claim, str, str], ...]:
        """Each claim with the words of caution and the key words, which are said once each."""
        seen: set[str] = set()
        rows = []
        for claim in self.claims:
            hedge = "" if claim.hedge_words in seen else claim.hedge_words
            quote = "" if claim.quote in seen else claim.quote
            seen |= {hedge, quote}
            rows.append((claim, hedge, quote))
        return tuple(rows)


@dataclass(frozen=True, slots=True)
class Lane:
    """The claims of one way: their number and where they stand."""

    way: Way
    words: str
    count: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the reference list, as printed, and how it fares."""

    iri: str
    ordinal: str
    printed: str
    work: str
    cited: int
    issues: tuple[str, ...]


def pages(site: Site) -> Iterator[Page]:
    """The page of each article, and a list of them where there are several."""
    articles = site.instances("Article")
    by_article: dict[str, list[Claim]] = {}
    for claim in all_claims(site):
        by_article.setdefault(claim.article, []).append(claim)
    for iri in articles:
        if iri in site.addresses:
            yield _page(site, iri, by_article.get(iri, []))
    if len(articles) != 1:
        yield Page(
            "article/index.html", "articles.html", "Articles",
            {"articles": [(iri, len(by_article.get(iri, []))) for iri in articles]},
            section="article/index.html",
            description="The articles whose claims are recorded here.",
        )  # fmt: skip


def article_section(site: Site) -> str:
    """The entry of the menu that articles belong to: the article itself if there is one only."""
    articles = site.instances("Article")
    if len(articles) == 1 and articles[0] in site.addresses:
        return f"{site.addresses.file_stem(articles[0])}.html"
    return "article/index.html"


def _page(site: Site, iri: str, claims: Sequence[Claim]) -> Page:
    length = site.value(iri, "length")
    size = int(length) if length.isascii() and length.isdigit() and len(length) < 10 else 0
    placed = [claim for claim in claims if claim.start >= 0]
    pointers = sorted(
        (pointer_of(site, one) for one in site.incoming(iri, "occursIn")),
        key=lambda one: (one.start, one.end, one.iri),
    )
    text = site.texts.get(iri, "")
    rights = site.value(iri, "textRights")
    size = max([size, len(text), *(claim.end for claim in placed)])
    blocks = _paragraphs(text, placed, pointers) if text else _passages(placed, pointers)
    hedged = [claim for claim in claims if claim.is_hedged]
    stem = site.addresses.file_stem(iri)
    context: dict[str, object] = {
        "article": iri, "text": bool(text), "rights": rights, "rights_code": code(rights),
        "size": size, "covered": _covered(placed), "blocks": blocks, "claims": claims,
        "placeless": [claim for claim in claims if claim.start < 0],
        "lanes": _lanes(placed), "references": _entries(site, iri), "pointers": pointers,
        "no_source": sum(not claim.evidence for claim in claims),
        "hedged": len(hedged), "unknown": sum(claim.is_gap for claim in claims),
        "creator": site.iris(iri, f"{DCTERMS}creator"),
        "issues": site_issues(site, iri),
        "words_allowed": bool(quotable(site, iri, "x")),
    }  # fmt: skip
    return Page(
        f"{stem}.html", "article.html", site.label(iri), context, iri=iri,
        section=article_section(site), kind="Article", wide=True,
        description=f"What the article claims, {len(claims)} claims in reading order, "
        "each with its source, its wording and how sure it is.",
        about=article_about(site, iri, claims),
    )  # fmt: skip


# --- the text, or what stands for it ----------------------------------------------------------


def _paragraphs(
    text: str, claims: Sequence[Claim], pointers: Sequence[Pointer]
) -> tuple[Block, ...]:
    """The text by paragraphs, with the claims that begin in each."""
    blocks = []
    for match in re.finditer(r"[^\n]+", text):
        first, last = match.span()
        inside = [c for c in claims if c.start < last and c.end > first]
        starting = tuple(
            c for c in claims if first <= c.start < last or (c.start == last and c.end == last)
        )
        pieces = _pieces(text, first, last, inside, pointers)
        blocks.append(Block(first, last, 0, starting, pieces))
    return tuple(blocks)


def _pieces(
    text: str, first: int, last: int, claims: Sequence[Claim], pointers: Sequence[Pointer]
) -> tuple[Piece, ...]:
    """A paragraph cut wherever a claim or a pointer begins or ends."""
    here = [p for p in pointers if p.start < last and p.end > first]
    spans = [(c.start, c.end) for c in claims] + [(p.start, p.end) for p in here]
    cuts = {min(max(place, first), last) for both in spans for place in both}
    edges = sorted({first, last} | cuts)
    pieces = []
    for start, end in pairwise(edges):
        covering = tuple(c for c in claims if c.start <= start and c.end >= end)
        pieces.append(
            Piece(
                text[start:end],
                covering,
                tuple(c for c in covering if c.start == start),
                tuple(c for c in covering if c.end == end),
                next((p for p in here if p.start <= start and p.end >= end), None),
            )
        )
    return tuple(pieces)


def _passages(claims: Sequence[Claim], pointers: Sequence[Pointer]) -> tuple[Block, ...]:
    """Claims whose passages touch or overlap, one block each, and the pointers that go with it."""
    groups: list[list[Claim]] = []
    reach = -1
    for claim in sorted(claims, key=lambda one: one.order):
        if groups and claim.start < reach:
            groups[-1].append(claim)
        else:
            groups.append([claim])
        reach = max(reach, claim.end)
    blocks: list[Block] = []
    ends = 0
    for place, group in enumerate(groups):
        start, end = group[0].start, max(claim.end for claim in group)
        following = groups[place + 1][0].start if place + 1 < len(groups) else 10**9
        near = [p for p in pointers if p.end > start and p.start < min(following, end + 3)]
        if near:
            end = max(end, *(p.end for p in near if p.end <= following))
        blocks.append(Block(start, end, max(0, start - ends), tuple(group), (), tuple(near)))
        ends = max(ends, end)
    return tuple(blocks)


def _covered(claims: Sequence[Claim]) -> int:
    """How many characters belong to some claim."""
    total = reach = 0
    for claim in sorted(claims, key=lambda one: (one.start, one.end)):
        total += max(0, claim.end - max(reach, claim.start))
        reach = max(reach, claim.end)
    return total


def _lanes(claims: Sequence[Claim]) -> tuple[Lane, ...]:
    lanes = []
    for way in _LANES:
        inside = [claim for claim in claims if claim.way is way]
        spans = tuple(dict.fromkeys((claim.start, claim.end) for claim in inside))
        if inside:
            lanes.append(Lane(way, _WORDS[way], len(inside), spans))
    return tuple(lanes)


# --- the reference list -----------------------------------------------------------------------


def _entries(site: Site, article: str) -> tuple[Entry, ...]:
    entries = []
    for iri in site.incoming(article, "listedIn"):
        ordinal = site.value(iri, "ordinal")
        entries.append(
            Entry(
                iri, ordinal, site.value(iri, "asPrinted"), site.value(iri, "resolvesTo"),
                len(site.incoming(iri, "denotes")), tuple(site.incoming(iri, "concerns")),
            )
        )  # fmt: skip
    return tuple(sorted(entries, key=lambda e: (e.ordinal.zfill(9), e.iri)))


def site_issues(site: Site, article: str) -> tuple[str, ...]:
    """The issues that concern an entry of this article's list or a pointer in its text."""
    records = (*site.incoming(article, "listedIn"), *site.incoming(article, "occursIn"))
    return tuple(sorted({issue for one in records for issue in site.incoming(one, "concerns")}))
