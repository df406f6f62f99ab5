"""A claim, its evidence and its sources as pages speak of them.

This module decides what a reader is told about a claim in one line: which way it goes,
how surely, how cautiously worded, on what. Each is worked out once and used by every
page that names the claim, so that no two pages say different things.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mesokg.pictures import Way, way_of
from mesokg.site.model import DCTERMS, RDFS, Site

__all__ = [
    "ABOUT",
    "LONGEST_QUOTE",
    "RANKS",
    "Assessed",
    "Claim",
    "Line",
    "Pointer",
    "all_claims",
    "claim_of",
    "claims_about",
    "claims_by_iri",
    "code",
    "in_order",
    "line_of",
    "pointer_of",
    "quotable",
    "span",
]

#: Words shown of an article whose rights are not known, at most (code points).
LONGEST_QUOTE: Final = 90
#: How many dots the certainty of a claim has at most.
RANKS: Final = 4
#: Properties by which a claim speaks of a thing, in the order of its sentence.
ABOUT: Final = (
    "subject", "object", "agent", "condition", "route", "comparator", "population", "bodySite",
    "combinedWith",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assessed:
    """A reviewer's judgement: IRIs of the codes, the words for them, and the reason."""

    iri: str
    certainty: str
    level: str
    rank: int
    word: str
    level_word: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """A citation in the running text, as printed, and the year that is right.

    `before`, `printed_year` and `after` are the printed words in three; `year` is that
    of the work where it differs from the printed one, else "".
    """

    iri: str
    before: str
    printed_year: str
    after: str
    year: str
    listed_year: str
    work: str
    reference: str
    start: int
    end: int

    @property
    def printed(self) -> str:
        """The words as printed."""
        return self.before + self.printed_year + self.after


@dataclass(frozen=True, slots=True)
class Line:
    """A line of evidence: the citation, the work behind it, and whether that says so."""

    iri: str
    pointer: Pointer | None
    work: str
    scope: str
    check: str
    basis: str
    comment: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim in short. IRIs of codes are "" where the data have none."""

    iri: str
    label: str
    number: str
    article: str
    start: int
    end: int
    quote: str
    kind: str
    direction: str
    hedge: str
    hedge_words: str
    way: Way
    word: str
    certainty: Assessed | None
    evidence: tuple[str, ...]
    works: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its number, else the end of its IRI."""
        return self.number or self.iri.rstrip("/#").rpartition("/")[2]

    @property
    def order(self) -> tuple[str, int, int, str]:
        """Reading order: by article, then by place."""
        return self.article, self.start if self.start >= 0 else 10**9, self.end, self.iri

    @property
    def is_gap(self) -> bool:
        """Whether it says that something is not known."""
        return self.way is Way.UNKNOWN

    @property
    def is_hedged(self) -> bool:
        """Whether the article words it with caution, asks it or leaves it to others."""
        return bool(self.hedge) and code(self.hedge) not in {"asserted", "reported"}


def code(iri: str) -> str:
    """The last step of the IRI of a code: ``benefit`` of ``…/kind/benefit``."""
    return iri.rpartition("/")[2]


def span(site: Site, iri: str) -> tuple[int, int]:
    """Where a thing stands in its article; (-1, -1) where that is not said as it should be."""
    found = []
    for name in ("start", "end"):
        text = site.value(iri, name)
        found.append(int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1)
    return (found[0], found[1]) if min(found) >= 0 and found[0] <= found[1] else (-1, -1)


def quotable(site: Site, article: str, words: str) -> str:
    """The words of an article as far as its rights let them be shown; else ""."""
    rights = {code(iri) for iri in site.iris(article, "textRights")}
    if rights == {"full"}:
        return words
    longest = 0 if "anchors" in rights else LONGEST_QUOTE
    return words if len(words) <= longest else ""


def claim_of(site: Site, iri: str) -> Claim:
    """The claim of an IRI, worked out once."""
    key = ("claim", iri)
    known = site.memory.get(key)
    if not isinstance(known, Claim):
        known = _claim(site, iri)
        site.memory[key] = known
    return known


def _claim(site: Site, iri: str) -> Claim:
    article = site.value(iri, "statedIn")
    start, end = span(site, iri)
    kind, direction = site.value(iri, "kind"), site.value(iri, "direction")
    way = way_of(code(kind), code(direction))
    numbers = [term.value for term in site.values(iri, f"{DCTERMS}identifier")]
    lines = tuple(site.iris(iri, "evidence"))
    works = [work for line in lines if (work := site.value(line, "source"))]
    return Claim(
        iri, site.label(iri), numbers[0] if numbers else "", article, start, end,
        quotable(site, article, site.value(iri, "quote")), kind, direction,
        site.value(iri, "hedge"), quotable(site, article, site.value(iri, "hedgeWords")), way,
        _word(site, way, kind, direction), _best(site, iri), lines, tuple(dict.fromkeys(works)),
    )  # fmt: skip


def _word(site: Site, way: Way, kind: str, direction: str) -> str:
    """One or two words for the way of a claim, those of the scheme where it has them."""
    if way is Way.UNKNOWN:
        return "not known"
    if way is Way.DISPUTED:
        return f"disputes {site.label(kind)}" if kind else "disputes"
    if way is Way.OPEN:
        return "open question" if code(direction) == "neutral" else "argued over"
    return site.label(kind) if kind else "no kind given"


def _best(site: Site, iri: str) -> Assessed | None:
    """The judgement on a claim; of several the most certain one, and of those the first."""
    found = [_assessed(site, one) for one in site.incoming(iri, "assesses")]
    return min(found, key=lambda one: (-one.rank, one.iri)) if found else None


def _assessed(site: Site, iri: str) -> Assessed:
    certainty, level = site.value(iri, "certainty"), site.value(iri, "level")
    rank = site.value(certainty, "rank") if certainty else ""
    dots = int(rank) if rank.isascii() and rank.isdigit() and len(rank) < 3 else 0
    return Assessed(
        iri, certainty, level, min(dots, RANKS),
        site.label(certainty) if certainty else "not rated",
        site.label(level) if level else "", site.value(iri, f"{RDFS}comment"),
    )  # fmt: skip


def all_claims(site: Site) -> tuple[Claim, ...]:
    """Every claim, in reading order."""
    key = ("claims", "")
    known = site.memory.get(key)
    if not isinstance(known, tuple):
        known = in_order(claim_of(site, iri) for iri in site.instances("Claim"))
        site.memory[key] = known
    return known


def claims_by_iri(site: Site) -> Mapping[str, Claim]:
    """Every claim by its IRI."""
    key = ("claims", "by IRI")
    known = site.memory.get(key)
    if not isinstance(known, dict):
        known = {claim.iri: claim for claim in all_claims(site)}
        site.memory[key] = known
    return known


def in_order(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Claims once each, in reading order."""
    return tuple(sorted({claim.iri: claim for claim in claims}.values(), key=_order))


def claims_about(
    site: Site, iris: Iterable[str], roles: Sequence[str] = ABOUT
) -> tuple[Claim, ...]:
    """The claims that speak of any of these things, in one of these roles, in reading order."""
    known = claims_by_iri(site)
    found = {one: None for iri in iris for role in roles for one in site.incoming(iri, role)}
    return in_order(known[one] for one in found if one in known)


def _order(claim: Claim) -> tuple[str, int, int, str]:
    return claim.order


def line_of(site: Site, iri: str) -> Line:
    """A line of evidence in full."""
    citation = site.value(iri, "citation")
    return Line(
        iri, pointer_of(site, citation) if citation else None, site.value(iri, "source"),
        site.value(iri, "scope"), site.value(iri, "sourceCheck"),
        site.value(iri, "checkedAgainst"), site.value(iri, f"{RDFS}comment"),
    )  # fmt: skip


def pointer_of(site: Site, iri: str) -> Pointer:
    """A pointer with its printed year set against the year of the work, worked out once."""
    key = ("pointer", iri)
    known = site.memory.get(key)
    if not isinstance(known, Pointer):
        known = _pointer(site, iri)
        site.memory[key] = known
    return known


def _pointer(site: Site, iri: str) -> Pointer:
    reference = site.value(iri, "denotes")
    work = site.value(reference, "resolvesTo") if reference else ""
    printed, year = site.value(iri, "asPrinted"), site.value(iri, "year")
    real, listed = (site.value(one, "year") if one else "" for one in (work, reference))
    start, end = span(site, iri)
    before, found, after = printed.rpartition(year) if year else (printed, "", "")
    if not found:
        before, after = printed, ""
    wrong = bool(found and real and real != year)
    return Pointer(
        iri, before, found, after, real if wrong else "",
        listed if listed not in {"", real, year} else "", work, reference, start, end,
    )  # fmt: skip
