"""The first page: what the graph says, in sentences, before it shows numbers.

This module decides what a reader is told first: what was read, who is said to be helped
or harmed by what, how sure that is, and what is not known. Each sentence is made from
the graph, and each part of it leads to the claims that it rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mesokg.pictures import Way, evidence_map
from mesokg.site.evidence import Claim, all_claims, claims_about, code
from mesokg.site.evidence_map import entries, matrix
from mesokg.site.model import SKOS, Site
from mesokg.site.page import Page
from mesokg.site.questions import worded
from mesokg.site.templating import counted
from mesokg.terms import NS

__all__ = ["Part", "Sentence", "pages", "paragraphs"]

#: At most this many things are named in one sentence; the rest is counted.
_MOST: Final = 6
#: Marks of a map that still fits the page.
_MARKS: Final = 60
_EFFECTS: Final = frozenset({"benefit", "harm", "comparison", "controversy", "gap"})


@dataclass(frozen=True, slots=True)
class Part:
    """Words of a sentence; with `to`, an IRI or a path, they lead there.

    `way` is the way that they speak of, `rank` how sure they say something is; both are drawn
    before them as they are everywhere else.
    """

    text: str
    to: str = ""
    way: Way | None = None
    rank: int = 0


Sentence = tuple[Part, ...]


def pages(site: Site) -> Iterator[Page]:
    """The home page."""
    claims = all_claims(site)
    articles = site.instances("Article")
    gaps = [claim for claim in claims if claim.is_gap]
    open_ = [claim for claim in claims if claim.way in {Way.OPEN, Way.DISPUTED}]
    yield Page(
        "index.html", "home.html", site.title,
        {
            "lead": paragraphs(site),
            "claims": claims,
            "articles": articles,
            "works": site.instances("Work"),
            "map": _map(site),
            "gaps": gaps[:12],
            "open": open_[:12],
            "unsourced": sum(not claim.evidence for claim in claims),
            "issues": _issues(site),
            "questions": _questions(site),
            "triples": len({quad.triple for quad in site.derived.quads}),
        },
        section="index.html", description=site.project.description or site.title, wide=True,
        about=_about(site),
    )  # fmt: skip


def _about(site: Site) -> dict[str, object]:
    about: dict[str, object] = {
        "@context": "https://schema.org", "@type": "WebSite", "name": site.title,
        "url": site.base,
    }  # fmt: skip
    if site.project.description:
        about["description"] = site.project.description
    return about


def _map(site: Site) -> str:
    """The claims of effects as a map, if it fits the page."""
    found = [entry for entry in entries(site) if entry.kind in _EFFECTS]
    if not found or len(found) > _MARKS:
        return ""
    shown = matrix(
        site, found, "index.html", title="The evidence map",
        description="What is claimed of each treatment, substance and mechanism for each outcome "
        "and condition: benefit, harm, dispute and what is not known.",
    )  # fmt: skip
    return evidence_map(shown)


def _questions(site: Site) -> list[tuple[str, str]]:
    """The canned queries that are worded as a question and need no answer first."""
    return worded(site)[:24]


def _issues(site: Site) -> list[str]:
    """The disagreements between bibliographic records that concern a year, first."""
    issues = site.instances("Issue")
    return sorted(issues, key=lambda iri: (f"{NS}year" not in site.iris(iri, "field"), iri))


# --- sentences --------------------------------------------------------------------------------


def paragraphs(site: Site) -> tuple[tuple[Sentence, ...], ...]:
    """What the graph says, in the order in which a reader asks: read, helps, harms, unknown."""
    claims = all_claims(site)
    if not claims:
        return (((Part("No claim is recorded yet."),),),)
    agents = _agents(site)
    found = (
        [_read(site, claims), *_named(site, agents)],
        _effects(site, agents),
        _unqualified(site),
        _unknown(site, claims),
        _grounds(site, claims),
    )
    return tuple(tuple(sentences) for sentences in found if sentences)


def _read(site: Site, claims: Sequence[Claim]) -> Sentence:
    articles = site.instances("Article")
    number = Part(counted(len(claims), "claim"), "claims.html")
    if len(articles) == 1:
        title = Part(f"“{site.label(articles[0])}”", articles[0])
        return Part("The article "), title, Part(" makes "), number, Part(".")
    read = Part(counted(len(articles), "article"), "article/index.html")
    return _capital((read, Part(" make "), number, Part(".")))


def _agents(site: Site) -> list[str]:
    """The substances that are said to be used: named as such, or as one of a group that is.

    A group whose members are named is left out.
    """
    used: set[str] = set()
    members: dict[str, set[str]] = {}
    for claim in all_claims(site):
        relation = site.value(claim.iri, "relation")
        objects = set(site.iris(claim.iri, "object"))
        if relation == f"{NS}usesAgent":
            used |= objects
        if relation == f"{NS}isA":
            for one in objects:
                members.setdefault(one, set()).update(site.iris(claim.iri, "subject"))
    for claim in all_claims(site):
        if claim.way in {Way.BENEFIT, Way.HARM}:
            used |= set(site.iris(claim.iri, "agent"))
    groups = {group for group in members if _within(site, group, used)}
    found = used | {one for group in groups for one in members[group]}
    broad = {top for group in groups for top in _above(site, group)}
    named = [iri for iri in found - broad if f"{NS}Substance" in site.types(iri)]
    return sorted(named, key=lambda iri: (site.label(iri).casefold(), iri))


def _above(site: Site, iri: str) -> set[str]:
    """A thing and everything broader."""
    seen = {iri}
    waiting = [iri]
    while waiting:
        for one in site.iris(waiting.pop(), f"{SKOS}broader"):
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return seen


def _within(site: Site, iri: str, tops: set[str]) -> bool:
    return bool(_above(site, iri) & tops)


def _named(site: Site, agents: Sequence[str]) -> list[Sentence]:
    if not agents:
        return []
    names = [Part(site.label(iri), iri) for iri in agents[:_MOST]]
    if len(agents) > _MOST:
        names.append(Part(f"{len(agents) - _MOST} more", "substance/index.html"))
    who = "It names " if len(site.instances("Article")) == 1 else "They name "
    return [(Part(f"{who}{counted(len(agents), 'agent')}: "), *_row(names), Part("."))]


def _effects(site: Site, agents: Sequence[str]) -> list[Sentence]:
    """Which agents are said to help, which to harm, and of which neither is said."""
    found: list[Sentence] = []
    said: set[str] = set()
    for way, word in ((Way.BENEFIT, "a reported benefit"), (Way.HARM, "a reported harm")):
        cases = {a: _of(site, a, way) for a in agents}
        having = [a for a in agents if cases[a]]
        said |= set(having)
        if having:
            verb = "has" if len(having) == 1 else "have"
            head = counted(len(having), "agent").partition(" ")[0].capitalize()
            parts = [Part(f"{head} {verb} {word}: ", way=way)]
            found.append((*parts, *_cases(site, having[:_MOST], cases), Part(".")))
        elif agents:
            found.append((Part(f"None has {word}.", way=way),))
    neither = [a for a in agents if a not in said]
    if neither and said:
        names = _row([Part(site.label(iri), iri) for iri in neither[:_MOST]], " or ")
        found.append((Part("For "), *names, Part(" it reports neither.")))
    return found


def _cases(
    site: Site, having: Sequence[str], cases: Mapping[str, Sequence[Claim]]
) -> Iterator[Part]:
    """Agents with what their claims rest on, which is said once where it is the same."""
    groups: dict[tuple[str, str, str, int], list[Part]] = {}
    works: dict[tuple[str, str, str, int], set[frozenset[str]]] = {}
    for agent in having:
        best = max(cases[agent], key=lambda c: (c.certainty.rank if c.certainty else 0, c.iri))
        rank = best.certainty.rank if best.certainty else 0
        sure = f"{best.certainty.word} certainty" if best.certainty and rank else "not rated"
        key = (_grounds_of(site, cases[agent], best), sure, _code(best), rank)
        groups.setdefault(key, []).append(Part(site.label(agent), best.iri))
        works.setdefault(key, set()).add(frozenset(w for c in cases[agent] for w in c.works))
    for place, (key, names) in enumerate(groups.items()):
        grounds, sure, code_, rank = key
        yield Part("; " if place else "")
        yield from _row(names)
        several = len(names) > 1 and grounds.startswith("in ")
        each = "" if not several else " each" if len(works[key]) > 1 else " together"
        yield Part(f",{each} {grounds}, ")
        yield Part(sure, code_, rank=rank)


def _grounds_of(site: Site, claims: Sequence[Claim], best: Claim) -> str:
    """What claims rest on, by the design of the works."""
    designs = Counter(
        site.label(design).partition(",")[0]
        for work in {work for claim in claims for work in claim.works}
        if (design := site.value(work, "design"))
    )
    if designs:
        said = [counted(number, name, _plural(name)) for name, number in sorted(designs.items())]
        return f"in {' and '.join(said)}"
    return "with a source whose design is not known" if best.evidence else "without a source"


def _of(site: Site, agent: str, way: Way) -> list[Claim]:
    return [c for c in claims_about(site, [agent], ("agent", "subject")) if c.way is way]


def _code(claim: Claim) -> str:
    return claim.certainty.certainty if claim.certainty else ""


def _plural(noun: str) -> str:
    """The plural of a kind of study, by the rules that fit the words of the scheme."""
    if noun.endswith(("series", "studies")):
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def _unqualified(site: Site) -> list[Sentence]:
    """What is claimed of each treatment as such, without an agent."""
    found: list[Sentence] = []
    for treatment in site.instances("Treatment"):
        own = [c for c in claims_about(site, [treatment], ("subject",))
               if c.way in {Way.BENEFIT, Way.HARM} and not site.iris(c.iri, "agent")]  # fmt: skip
        if not own:
            continue
        parts = [Part("Of "), Part(site.label(treatment), treatment), Part(" as such it is said ")]
        for place, claim in enumerate(own[:3]):
            objects = " and ".join(site.label(one) for one in site.iris(claim.iri, "object"))
            relation = site.label(site.value(claim.iri, "relation"))
            rank = claim.certainty and claim.certainty.rank
            sure = f"{claim.certainty.word} certainty" if claim.certainty and rank else "not rated"
            joint = ("; " if place else "") + "that it "
            is_ = "is " if relation.startswith(("followed", "used")) else ""
            parts += [Part(joint), Part(f"{is_}{relation} {objects}", claim.iri, claim.way)]
            parts += [Part(" ("), Part(sure, rank=rank or 0), Part(")")]
        if len(own) > 3:
            parts.append(Part(f"; and {counted(len(own) - 3, 'more claim')}", treatment))
        found.append((*parts, Part(".")))
        if len(found) == 3:
            break
    return found


def _unknown(site: Site, claims: Sequence[Claim]) -> list[Sentence]:
    """What is said not to be known, and what to be argued over, by what it is that is asked."""
    found: list[Sentence] = []
    for way, head in (
        (Way.UNKNOWN, "Not known, it is said, is "),
        (Way.OPEN, "Argued over is "),
    ):
        asked: dict[str, list[Claim]] = {}
        for claim in claims:
            if claim.way is way and site.value(claim.iri, "relation") == f"{NS}hasKnown":
                for aspect in site.iris(claim.iri, "object"):
                    asked.setdefault(aspect, []).append(claim)
        parts: list[Part] = []
        for place, (aspect, those) in enumerate(
            sorted(asked.items(), key=lambda item: (-len(item[1]), site.label(item[0])))[:_MOST]
        ):
            subjects = {s: c for c in reversed(those) for s in site.iris(c.iri, "subject")}
            about = [Part(site.label(s), c.iri) for s, c in sorted(subjects.items())]
            parts += [Part("; " if place else ""), Part(f"the {site.label(aspect)}", aspect)]
            parts += [Part(" of "), *_row(about[:_MOST])]
        if parts:
            found.append((Part(head, way=way), *parts, Part(".")))
    return found


def _grounds(site: Site, claims: Sequence[Claim]) -> list[Sentence]:
    """On how much of this the articles name a source, and what became of checking those."""
    bare = sum(not claim.evidence for claim in claims)
    checks = Counter(
        code(site.value(line, "sourceCheck")) or "not-checked"
        for claim in claims
        for line in claim.evidence
    )
    total = sum(checks.values())
    if not total:
        return [(Part("No claim names a source."),)]
    first = (
        f"For {counted(bare, 'claim')} no source is named" if bare else "All claims have a source"
    )
    good = counted(checks["confirms"], "citation").partition(" ")[0]
    sentence = (
        Part(first, "claims.html"),
        Part("; of "),
        Part(counted(total, "citation"), "work/index.html"),
        Part(
            f" for the others, {good} {'was' if good == 'one' else 'were'} found to be borne out."
        ),
    )
    return [sentence]


def _row(parts: Sequence[Part], last: str = " and ") -> tuple[Part, ...]:
    """Parts as a list in a sentence."""
    joined: list[Part] = []
    for place, part in enumerate(parts):
        if place:
            joined.append(Part(last if place == len(parts) - 1 and last != " " else ", "))
        joined.append(part)
    return tuple(joined)


def _capital(sentence: Iterable[Part]) -> Sentence:
    first, *rest = sentence
    return Part(first.text[:1].upper() + first.text[1:], first.to), *rest
