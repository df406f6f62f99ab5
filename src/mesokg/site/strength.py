"""The scales: what each code means, where it stands in its order, and what stands at it.

This module decides how a scale is shown: by its own words and order, with what lies
outside the order beside it and not at its foot, and never as a score out of so many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mesokg.site.claims import CLAIMS_A_PAGE, numbered
from mesokg.site.evidence import Claim, claims_by_iri, in_order
from mesokg.site.model import DCTERMS, SKOS, Site
from mesokg.site.page import Page
from mesokg.site.schema_org import code_about
from mesokg.terms import NS, VOCABULARY_BASE

__all__ = [
    "Scale",
    "Step",
    "pages",
]

_PATH: Final = "strength.html"
#: The scales that say how sure something is, and the question that each answers.
_QUESTIONS: Final = (
    ("certainty", "How sure can one be that the effect is as claimed?"),
    ("level", "What sort of study does the evidence come from?"),
    ("hedge", "How cautiously does the article word it?"),
    ("direction", "Which way does the claim go?"),
    ("check", "Was the cited source found to say so?"),
)
_STRUCTURE: Final = frozenset(
    SKOS + name
    for name in (
        "broader", "narrower", "related", "topConceptOf", "hasTopConcept", "inScheme", "member",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """A concept on its scale; without a rank it stands outside the order."""

    iri: str
    rank: int | None
    definition: str
    notation: str
    claims: int
    others: int
    depth: int


@dataclass(frozen=True, slots=True)
class Scale:
    """A scheme with its steps, the strongest first, then those outside the order."""

    iri: str
    title: str
    question: str
    description: str
    steps: tuple[Step, ...]

    @property
    def ordered(self) -> tuple[Step, ...]:
        """The steps that have a rank."""
        return tuple(step for step in self.steps if step.rank is not None)

    @property
    def outside(self) -> tuple[Step, ...]:
        """The steps without a rank."""
        return tuple(step for step in self.steps if step.rank is None)

    @property
    def top(self) -> int:
        """The highest rank."""
        return max((step.rank or 0 for step in self.steps), default=0)


def pages(site: Site) -> Iterator[Page]:
    """How sure: the overview, each scheme, and each code that is no entity."""
    schemes = [iri for iri in site.instances(f"{SKOS}ConceptScheme") if iri in site.addresses]
    scales = {iri: _scale(site, iri) for iri in schemes}
    asked = [f"{VOCABULARY_BASE}scheme/{name}" for name, _ in _QUESTIONS]
    yield Page(
        _PATH, "strength.html", "How sure: the scales",
        {"scales": [scales[iri] for iri in asked if iri in scales],
         "rest": [scales[iri] for iri in schemes if iri not in asked]},
        section=_PATH,
        description="What the words for certainty, level of evidence, wording and direction mean, "
        "and how many claims stand at each.",
    )  # fmt: skip
    done: set[str] = set()
    for iri, scale in scales.items():
        yield Page(
            f"{site.addresses.file_stem(iri)}.html", "scheme.html", scale.title, {"scale": scale},
            iri=iri, section=_PATH, kind="Scale" if scale.ordered else "List of concepts",
            trail=((_PATH, "How sure"),), description=scale.description,
            about={"@context": "https://schema.org", "@type": "DefinedTermSet", "@id": iri,
                   "name": scale.title},
        )  # fmt: skip
        for step in scale.steps:
            if step.iri in site.addresses and step.iri not in done and _is_code(site, step.iri):
                done.add(step.iri)
                yield from _pages_of(site, scale, step)


def _is_code(site: Site, iri: str) -> bool:
    """Whether a concept is nothing but a code: entities have pages of their own."""
    return not any(kind.startswith(NS) for kind in site.types(iri))


def _scale(site: Site, iri: str) -> Scale:
    name = iri.rpartition("/")[2]
    found = {*site.incoming(iri, f"{SKOS}inScheme"), *site.iris(iri, f"{SKOS}hasTopConcept")}
    steps = sorted((_step(site, one) for one in found), key=_step_order)
    return Scale(
        iri, site.value(iri, f"{DCTERMS}title") or site.label(iri),
        dict(_QUESTIONS).get(name, "") if iri.startswith(VOCABULARY_BASE) else "",
        site.value(iri, f"{DCTERMS}description"), tuple(steps),
    )  # fmt: skip


def _step_order(step: Step) -> tuple[int, str]:
    return (-step.rank if step.rank is not None else 1, step.iri)


def _step(site: Site, iri: str) -> Step:
    text = site.value(iri, "rank")
    rank = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
    claims, others = _at(site, iri)
    return Step(
        iri, rank, site.value(iri, f"{SKOS}definition"), site.value(iri, f"{SKOS}notation"),
        len(claims), len(others), 1 if site.values(iri, f"{SKOS}broader") else 0,
    )  # fmt: skip


def _at(site: Site, iri: str) -> tuple[tuple[Claim, ...], list[str]]:
    """The claims that have a code, themselves or by their assessment or evidence, and the rest."""
    key = ("at", iri)
    known = site.memory.get(key)
    if isinstance(known, tuple):
        return known
    claims = claims_by_iri(site)
    found: dict[str, None] = {}
    others: dict[str, None] = {}
    for name, term in site.pointing.get(iri, ()):
        other = term.value
        if name in _STRUCTURE or not name.startswith(NS):
            continue
        if other in claims:
            found[other] = None
            continue
        via = [*site.iris(other, "assesses"), *site.incoming(other, "evidence")]
        reached = [one for one in via if one in claims]
        found |= dict.fromkeys(reached)
        if not reached and f"{NS}Proposition" not in site.types(other):
            others[other] = None
    made = in_order(claims[one] for one in found), sorted(others)
    site.memory[key] = made
    return made


def _pages_of(site: Site, scale: Scale, step: Step) -> Iterator[Page]:
    iri = step.iri
    claims, others = _at(site, iri)
    stem = site.addresses.file_stem(iri)
    paths = numbered(f"{stem}.html", len(claims))
    for place, path in enumerate(paths):
        shown = claims[place * CLAIMS_A_PAGE : (place + 1) * CLAIMS_A_PAGE]
        label = site.label(iri)
        yield Page(
            path, "strength-concept.html", label if not place else f"{label}, page {place + 1}",
            {"scale": scale, "step": step, "claims": shown, "total": len(claims), "paths": paths,
             "others": others[:CLAIMS_A_PAGE] if not place else [],
             "notes": [t.value for name in ("scopeNote", "example")
                       for t in site.values(iri, SKOS + name)],
             "names": [t.value for t in site.values(iri, f"{SKOS}altLabel")],
             "broader": site.iris(iri, f"{SKOS}broader"),
             "narrower": site.iris(iri, f"{SKOS}narrower"),
             "matches": _matches(site, iri)},
            iri=iri if not place else "", section=_PATH, kind=scale.title,
            trail=((_PATH, "How sure"), (scale.iri, scale.title)),
            description=f"{scale.title}: {label}. {step.definition}",
            about=code_about(site, iri, scale.iri) if not place else {}, listed=not place,
        )  # fmt: skip


def _matches(site: Site, iri: str) -> Sequence[tuple[str, str]]:
    names = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
    return [(name, one) for name in names for one in site.iris(iri, SKOS + name)]
