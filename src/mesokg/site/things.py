"""What claims are about: treatments, substances, mechanisms, conditions, outcomes and more.

This module decides what a page tells of a thing: what it is, what is said to be good and
bad of it, what is said not to be known, how it is said to work, and what nobody says.
Harms have their place whether or not one is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mesokg.pictures import Way, evidence_map, layered_graph
from mesokg.site.claims import CLAIMS_A_PAGE, numbered
from mesokg.site.evidence import Claim, claims_about, code
from mesokg.site.evidence_map import entries, matrix
from mesokg.site.graphs import mechanism_graph
from mesokg.site.model import SKOS, Site
from mesokg.site.page import Page
from mesokg.site.schema_org import thing_about
from mesokg.terms import NS

__all__ = [
    "KINDS_OF_THING",
    "Group",
    "Kind",
    "Row",
    "pages",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of things: its name in the vocabulary, the folder of its list, and what it is."""

    class_: str
    folder: str
    plural: str
    about: str

    @property
    def path(self) -> str:
        """The page that lists them."""
        return f"{self.folder}/index.html"


#: In the order in which readers look for them.
KINDS_OF_THING: Final = (
    Kind("Treatment", "treatment", "Treatments", "What is done to or taken by people."),
    Kind("Substance", "substance", "Substances", "What is given, or acts in the body."),
    Kind("Mechanism", "mechanism", "Mechanisms", "By what something is said to work."),
    Kind("Condition", "condition", "Conditions", "What people have, or get."),
    Kind("Outcome", "outcome", "Outcomes", "What is hoped for, feared or measured."),
    Kind("BodySite", "site", "Body sites", "Where in the body."),
    Kind("Population", "population", "Populations", "In whom."),
    Kind("Aspect", "aspect", "Aspects", "What can be known, or not, of something."),
)
_ACTING: Final = frozenset({"Treatment", "Substance"})
#: The groups of claims: ways, heading, and what is said where there are none.
_GROUPS: Final[Sequence[tuple[tuple[Way, ...], str, str, str]]] = (
    ((Way.BENEFIT,), "benefits", "Benefits claimed", "No claim says that it helps."),
    (
        (Way.HARM,), "harms", "Harms reported",
        "No claim reports a harm. That nobody reports one does not mean that there is none.",
    ),
    ((Way.DISPUTED, Way.OPEN), "open", "Disputed, or argued over", ""),
    ((Way.UNKNOWN,), "unknown", "Said not to be known", "No claim says that something is unknown."),
    ((Way.OTHER,), "other", "What else is said", ""),
)  # fmt: skip
#: A picture of more claims than this is not drawn; the tables say the same.
_MOST_DRAWN: Final = 400
_DEEPEST: Final = 20


@dataclass(frozen=True, slots=True)
class Group:
    """Claims that go the same way, under a heading; `silence` is said where there are none."""

    key: str
    heading: str
    claims: tuple[Claim, ...]
    total: int
    silence: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list: a thing and how many claims of each sort speak of it."""

    iri: str
    depth: int
    total: int
    counts: Mapping[Way, int]
    definition: str


def pages(site: Site) -> Iterator[Page]:
    """The list of each kind that the project has, and the pages of its things."""
    for kind in KINDS_OF_THING:
        things = [iri for iri in site.instances(kind.class_) if iri in site.addresses]
        if things:
            yield _list(site, kind, things)
            for iri in things:
                if _first_kind(site, iri) is kind:
                    yield from _pages_of(site, kind, iri)


def _first_kind(site: Site, iri: str) -> Kind:
    """The kind whose page a thing of several kinds gets."""
    classes = set(site.types(iri))
    return next(kind for kind in KINDS_OF_THING if NS + kind.class_ in classes)


# --- lists ------------------------------------------------------------------------------------


def _list(site: Site, kind: Kind, things: Sequence[str]) -> Page:
    rows = [_row(site, iri, depth) for iri, depth in _tree(site, things)]
    ways = [way for way in Way if any(row.counts.get(way) for row in rows)]
    return Page(
        kind.path, "things.html", kind.plural,
        {"kind": kind, "rows": rows, "ways": ways, "acting": kind.class_ in _ACTING},
        section=kind.path, description=f"{kind.plural}: {kind.about}",
    )  # fmt: skip


def _row(site: Site, iri: str, depth: int) -> Row:
    counts: dict[Way, int] = {}
    claims = claims_about(site, [iri])
    for claim in claims:
        counts[claim.way] = counts.get(claim.way, 0) + 1
    return Row(iri, depth, len(claims), counts, site.value(iri, f"{SKOS}definition"))


def _tree(site: Site, things: Sequence[str]) -> list[tuple[str, int]]:
    """The things in the order of their names, narrower ones below the first broader one.

    Each stands once, circles are broken, and what lies in one is not lost.
    """

    def by_name(iris: Sequence[str]) -> list[str]:
        return sorted(iris, key=lambda iri: (site.label(iri).casefold(), iri))

    inside = set(things)
    below: dict[str, list[str]] = {}
    tops = []
    for iri in by_name(things):
        broader = [one for one in _broader(site, iri) if one in inside and one != iri]
        below.setdefault(broader[0], []).append(iri) if broader else tops.append(iri)
    ordered: list[tuple[str, int]] = []
    seen: set[str] = set()
    for start in (*tops, *by_name(things)):
        waiting = [(start, 0)]
        while waiting:
            iri, depth = waiting.pop()
            if iri not in seen:
                seen.add(iri)
                ordered.append((iri, min(depth, 6)))
                waiting += [(one, depth + 1) for one in reversed(below.get(iri, []))]
    return ordered


def _broader(site: Site, iri: str) -> list[str]:
    found = [*site.iris(iri, f"{SKOS}broader"), *site.incoming(iri, f"{SKOS}narrower")]
    return sorted(set(found))


def _narrower(site: Site, iri: str) -> list[str]:
    found = [*site.iris(iri, f"{SKOS}narrower"), *site.incoming(iri, f"{SKOS}broader")]
    return sorted(set(found) - {iri})


def _trails(site: Site, iri: str) -> list[tuple[str, ...]]:
    """The ways down to a thing from the top, at most five; circles are cut."""
    trails: list[tuple[str, ...]] = []
    waiting: list[tuple[str, ...]] = [(iri,)]
    while waiting and len(trails) < 5:
        trail = waiting.pop(0)
        above = [one for one in _broader(site, trail[0]) if one not in trail]
        if above and len(trail) < _DEEPEST and len(waiting) < 50:
            waiting += [(one, *trail) for one in above]
        elif len(trail) > 1:
            trails.append(trail[:-1])
    return trails


# --- one thing --------------------------------------------------------------------------------


def _pages_of(site: Site, kind: Kind, iri: str) -> Iterator[Page]:
    """The page of a thing; claims beyond what fits go to further pages."""
    claims = claims_about(site, [iri])
    stem = f"{site.addresses.file_stem(iri)}"
    path = f"{stem}.html"
    paths = numbered(f"{stem}~claims.html", len(claims)) if len(claims) > CLAIMS_A_PAGE else ()
    narrower = _below(site, iri)
    context: dict[str, object] = {
        "thing": iri,
        "kind": kind,
        "definition": site.value(iri, f"{SKOS}definition"),
        "others": [term.value for term in site.values(iri, f"{SKOS}altLabel")],
        "notes": [term.value for term in site.values(iri, f"{SKOS}scopeNote")],
        "broader": _broader(site, iri),
        "narrower": _narrower(site, iri),
        "related": site.iris(iri, f"{SKOS}related"),
        "matches": _matches(site, iri),
        "trails": _trails(site, iri),
        "total": len(claims),
        "summary": _summary(site, kind, claims),
        "groups": _groups(kind, claims),
        "below": claims_about(site, narrower)[:CLAIMS_A_PAGE] if narrower else (),
        "map": _map(site, kind, iri, path),
        "picture": _steps(site, kind, iri, claims, path),
        "findings": _findings(site, iri),
        "paths": paths,
        "works": sorted({work for claim in claims for work in claim.works}),
    }  # fmt: skip
    label = site.label(iri)
    yield Page(
        path, "thing.html", label, context, iri=iri, section=kind.path,
        kind=kind.class_ if kind.class_ != "BodySite" else "Body site",
        trail=((kind.path, kind.plural),),
        description=f"{label}: {site.value(iri, f'{SKOS}definition')} What is claimed of it, "
        "how surely, and what is not known.",
        about=thing_about(site, iri),
    )  # fmt: skip
    for place, one in enumerate(paths):
        shown = claims[place * CLAIMS_A_PAGE : (place + 1) * CLAIMS_A_PAGE]
        yield Page(
            one, "thing-claims.html", f"Claims about {label}, page {place + 1}",
            {"thing": iri, "claims": shown, "paths": paths, "total": len(claims)},
            section=kind.path, trail=((kind.path, kind.plural), (iri, label)), listed=False,
        )  # fmt: skip


def _below(site: Site, iri: str) -> list[str]:
    """Everything narrower, however far down, without the thing itself."""
    seen = {iri}
    waiting = [iri]
    while waiting:
        for one in _narrower(site, waiting.pop()):
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return sorted(seen - {iri})


def _groups(kind: Kind, claims: Sequence[Claim]) -> tuple[Group, ...]:
    """The claims by the way they go; a share of each where there are very many."""
    share = CLAIMS_A_PAGE // 4 if len(claims) > CLAIMS_A_PAGE else CLAIMS_A_PAGE
    groups = []
    for ways, key, heading, silence in _GROUPS:
        found = tuple(claim for claim in claims if claim.way in ways)
        if found or (silence and kind.class_ in _ACTING):
            groups.append(Group(key, heading, found[:share], len(found), silence))
    return tuple(groups)


def _summary(site: Site, kind: Kind, claims: Sequence[Claim]) -> tuple[tuple[str, str], ...]:
    """Counts in words, each with the part of the page that lists them: key, number and noun."""
    counts = {key: 0 for _, key, _, _ in _GROUPS}
    for claim in claims:
        key = next(key for ways, key, _, _ in _GROUPS if claim.way in ways)
        counts[key] += 1
    words = {
        "benefits": "of benefit", "harms": "of harm",
        "open": "of something disputed or argued over",
        "unknown": "of something not known", "other": "of another kind",
    }  # fmt: skip
    shown = {"benefits", "harms"} if kind.class_ in _ACTING else set()
    return tuple(
        (key, f"{counts[key] or 'no claim'} {words[key]}")
        for key in counts
        if counts[key] or key in shown
    )


def _matches(site: Site, iri: str) -> list[tuple[str, str]]:
    """The same or nearly the same in other vocabularies: how near, and the IRI."""
    names = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
    return [(name, one) for name in names for one in site.iris(iri, SKOS + name)]


def _map(site: Site, kind: Kind, iri: str, path: str) -> str:
    """The thing's own row or column of the evidence map; nothing where it has none."""
    if kind.class_ in {"Treatment", "Substance", "Mechanism"}:
        label = site.label(iri)
        found = [e for e in entries(site) if e.subject == iri or e.agent == label]
    elif kind.class_ in {"Condition", "Outcome"}:
        found = [entry for entry in entries(site) if entry.target == iri]
    else:
        found = []
    if not found or len(found) > _MOST_DRAWN:
        return ""
    shown = matrix(
        site, found, path, title=f"What is claimed of {site.label(iri)}",
        description="Rows are what is said to act, columns what is said to follow or be treated.",
    )  # fmt: skip
    return evidence_map(shown)


def _steps(site: Site, kind: Kind, iri: str, claims: Sequence[Claim], path: str) -> str:
    """How it is said to work, as a picture; nothing where no claim says so."""
    if kind.class_ in {"Aspect", "Population", "BodySite"} or len(claims) > _MOST_DRAWN:
        return ""
    steps = [claim for claim in claims if code(claim.kind) in {"benefit", "harm", "mechanism"}]
    if not any(code(claim.kind) == "mechanism" for claim in steps) and len(steps) < 2:
        return ""
    graph = mechanism_graph(site, steps, path, focus=iri)
    return layered_graph(graph) if graph.nodes else ""


def _findings(site: Site, iri: str) -> tuple[tuple[str, str], ...]:
    """What works report of it: the finding and the work."""
    roles = ("agent", "comparator", "condition", "object", "population")
    found = sorted({one for role in roles for one in site.incoming(iri, role)})
    return tuple(
        (one, work) for one in found if (work := site.value(one, "reportedIn"))
    )[:CLAIMS_A_PAGE]  # fmt: skip
