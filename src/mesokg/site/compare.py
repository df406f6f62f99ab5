"""Treatments side by side: the same questions asked of each, so that silence shows.

This module decides what is compared, and how many stand beside each other. Every cell
has an answer; where nothing is claimed it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.engine import Table
from mesokg.files import File
from mesokg.pictures import Way
from mesokg.results import results
from mesokg.site.evidence import Claim, claims_about, code
from mesokg.site.evidence_map import questions
from mesokg.site.latex import latex_table
from mesokg.site.model import SKOS, Site
from mesokg.site.page import Page

__all__ = ["PATH", "Cell", "Item", "Row", "files", "pages"]

PATH: Final = "compare.html"
_CSV: Final = "compare.csv"
#: As many things stand side by side.
_BESIDE: Final = 4
#: As many claims or names stand in a cell; the page of the thing has them all.
_MOST: Final = 6
#: Places in a claim by which it counts as one about a treatment or a substance.
_ROLES: Final = ("subject", "object", "agent", "combinedWith")
_DEFINITION: Final = SKOS + "definition"
#: The canned queries that count and list the same.
_QUERIES: Final = ("list-treatments", "compare-routes", "list-claims-about")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a cell: a text and the IRI it leads to; a claim also has its way."""

    words: str
    iri: str = ""
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its lines, how many more there are, or words that say there are none."""

    items: tuple[Item, ...] = ()
    more: int = 0
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One question, asked of each thing."""

    heading: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class _Thing:
    iri: str
    claims: tuple[Claim, ...]


# --- what is compared -------------------------------------------------------------------------


def _things(site: Site, name: str) -> list[_Thing]:
    """The things of a class of which something is claimed, most claims first."""
    found = [_Thing(iri, claims_about(site, [iri], _ROLES)) for iri in site.instances(name)]
    kept = [thing for thing in found if thing.claims]
    return sorted(kept, key=lambda t: (-len(t.claims), site.label(t.iri).casefold(), t.iri))


_Ask = Callable[[Site, _Thing], list[Item]]


def _of_way(*ways: Way) -> _Ask:
    def ask(site: Site, thing: _Thing) -> list[Item]:
        return [Item(c.label, c.iri, c) for c in thing.claims if c.way in ways]

    return ask


def _definition(site: Site, thing: _Thing) -> list[Item]:
    said = site.value(thing.iri, _DEFINITION)
    return [Item(said)] if said else []


def _mechanism(site: Site, thing: _Thing) -> list[Item]:
    return [
        Item(c.label, c.iri, c)
        for c in thing.claims
        if c.way is Way.OTHER and code(c.kind) == "mechanism"
    ]


def _routes(site: Site, thing: _Thing) -> list[Item]:
    routes = {
        route
        for claim in thing.claims
        for route in (
            *site.iris(claim.iri, "route"),
            *(site.iris(claim.iri, "object") if _relation(site, claim) == "hasRoute" else ()),
        )
    }
    return _named(site, routes)


def _relation(site: Site, claim: Claim) -> str:
    return site.value(claim.iri, "relation").rpartition("#")[2]


def _together(site: Site, thing: _Thing) -> list[Item]:
    """What is named with a thing: the agents of a treatment, the treatments of an agent."""
    beside = {
        other
        for claim in thing.claims
        for role in ("agent", "combinedWith")
        for other in site.iris(claim.iri, role)
    }
    if beside & {thing.iri}:
        beside |= {s for c in thing.claims for s in site.iris(c.iri, "subject")}
    for claim in thing.claims:
        if _relation(site, claim) in {"usesAgent", "introduces", "hasComponent"}:
            beside |= {*site.iris(claim.iri, "subject"), *site.iris(claim.iri, "object")}
    return _named(site, beside - {thing.iri})


def _works(site: Site, thing: _Thing) -> list[Item]:
    return _named(site, {work for claim in thing.claims for work in claim.works})


def _named(site: Site, iris: Iterable[str]) -> list[Item]:
    return [Item(name, iri) for name, iri in sorted((site.label(iri), iri) for iri in iris)]


def _surest(site: Site, thing: _Thing) -> list[Item]:
    rated = [c for c in thing.claims if c.certainty and c.certainty.rank]
    best = max((c.certainty.rank for c in rated if c.certainty), default=0)
    return [Item(c.label, c.iri, c) for c in rated if c.certainty and c.certainty.rank == best]


#: Heading, what answers, what an empty cell says.
_ROWS: Final[Sequence[tuple[str, _Ask, str]]] = (
    ("What it is", _definition, "no definition given"),
    ("Benefits claimed", _of_way(Way.BENEFIT), "no benefit claimed"),
    ("Harms claimed", _of_way(Way.HARM), "no harm claimed; that is not to say there is none"),
    ("Disputed, or argued over", _of_way(Way.DISPUTED, Way.OPEN), "nothing disputed"),
    ("Said not to be known", _of_way(Way.UNKNOWN), "no gap named"),
    ("How it is said to work", _mechanism, "no mechanism claimed"),
    ("Named with it", _together, "nothing named with it"),
    ("By which route", _routes, "no route named"),
    ("The most certain claims", _surest, "no claim has been rated"),
    ("Works cited", _works, "no work is cited"),
)


def _rows(site: Site, things: Sequence[_Thing], most: int = _MOST) -> tuple[Row, ...]:
    return tuple(
        Row(heading, tuple(_cell(ask(site, thing), empty, most) for thing in things))
        for heading, ask, empty in _ROWS
    )


def _cell(items: Sequence[Item], empty: str, most: int) -> Cell:
    return Cell(tuple(items[:most]), max(len(items) - most, 0), "" if items else empty)


# --- pages and files --------------------------------------------------------------------------

_CLASSES: Final[Mapping[str, str]] = {"Treatment": "Treatments", "Substance": "Substances"}


def pages(site: Site) -> Iterator[Page]:
    """The comparison, on as many pages as it needs: treatments first, then substances."""
    groups = list(_groups(site)) or [("", "", [])]
    paths = [f"compare-{n}.html" if n > 1 else PATH for n in range(1, len(groups) + 1)]
    for path, (heading, part, things) in zip(paths, groups, strict=True):
        yield Page(
            path,
            "compare.html",
            f"{heading} side by side{part}" if heading else "Side by side",
            {
                "csv": _CSV,
                "latex": path.replace(".html", ".tex") if things else "",
                "number": sum(len(some) for *_, some in groups),
                "parts": [
                    (other, f"{name}{more}")
                    for other, (name, more, _) in zip(paths, groups, strict=True)
                ],
                "queries": questions(site, _QUERIES),
                "rows": _rows(site, things),
                "things": things,
            },
            section=PATH,
            kind="Compare",
            description="The same questions asked of each treatment: benefits, harms, what is "
            "disputed, what is not known, and on which works it rests.",
            trail=(("index.html", "Home"),),
        )


def _groups(site: Site) -> Iterator[tuple[str, str, list[_Thing]]]:
    """Heading, which part of how many, and what stands side by side."""
    for name, heading in _CLASSES.items():
        things = _things(site, name)
        parts = -(-len(things) // _BESIDE)
        size = -(-len(things) // max(parts, 1))
        for number in range(parts):
            part = f", {number + 1} of {parts}" if parts > 1 else ""
            yield heading, part, things[number * size : (number + 1) * size]


def files(site: Site) -> Iterator[File]:
    """The comparison as tables: all as CSV, a row a thing, nothing cut; each page as LaTeX."""
    things = [thing for name in _CLASSES for thing in _things(site, name)]
    columns = ("thing", "name", "claims", *(heading for heading, *_ in _ROWS))
    rows: list[tuple[Term | None, ...]] = [
        (
            ox.NamedNode(thing.iri),
            ox.Literal(site.label(thing.iri)),
            ox.Literal(str(len(thing.claims))),
            *(ox.Literal("; ".join(i.words for i in ask(site, thing))) for _, ask, _ in _ROWS),
        )
        for thing in things
    ]
    for number, (heading, part, some) in enumerate(_groups(site), 1):
        path = f"compare-{number}.tex" if number > 1 else "compare.tex"
        yield File(path, _latex(site, f"{heading} side by side{part}", some).encode())
    yield File(_CSV, results(Table(columns, tuple(rows)), "csv", site.prefixes))


def _latex(site: Site, title: str, things: Sequence[_Thing]) -> str:
    """What a page compares as a table for a paper; it says what it left out."""
    rows = [[[row.heading], *(_lines(cell) for cell in row.cells)] for row in _rows(site, things)]
    caption = f"{title}: claims as recorded, not advice. {site.title}, version "
    caption += f"{site.project.version}. {site.base}"
    return latex_table(caption, "tab:compare", ["", *(site.label(t.iri) for t in things)], rows)


def _lines(cell: Cell) -> list[str]:
    """A cell in words: each claim with the way it goes and how sure it is."""
    if cell.empty:
        return [cell.empty]
    said = []
    for item in cell.items:
        claim = item.claim
        sure = f", {claim.certainty.word} certainty" if claim and claim.certainty else ""
        said.append(f"{item.words} ({claim.word}{sure})" if claim else item.words)
    return [*said, f"and {cell.more} more"] if cell.more else said
