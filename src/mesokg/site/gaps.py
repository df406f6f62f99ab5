"""What is missing, in sentences: what nobody claims, explains, cites, tested or rated.

This module decides which silences count. They come from the same answers as the
questions of the site, and each list says which question that is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.engine import Table
from mesokg.files import File
from mesokg.pictures import Way
from mesokg.results import results
from mesokg.site.evidence import Claim, all_claims, claims_about, code, span
from mesokg.site.evidence_map import (
    MAP,
    answer,
    entries,
    ordered_subjects,
    ordered_targets,
    questions,
)
from mesokg.site.graphs import claims_of_mechanism
from mesokg.site.model import Site
from mesokg.site.page import Page
from mesokg.site.templating import counted

__all__ = ["PATH", "Gap", "Section", "files", "pages"]

PATH: Final = "gaps.html"
_CSV: Final = "gaps.csv"
#: As many lines stand below one sentence; the file has them all.
_MOST: Final = 40
#: Kinds of claims that ask for a mechanism.
_EFFECTS: Final = frozenset({Way.BENEFIT, Way.HARM, Way.DISPUTED})
#: Where a sentence ends: a mark of its end, perhaps a quotation mark or a bracket, and a blank
#: before a capital, a figure or the end; or a blank line.
_END: Final = re.compile(r"[.!?]['\"’”)\]]*\s+(?=[\"'“‘(]?[^\W_a-z])|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing: words, the IRI they lead to, and what to add behind it."""

    words: str
    iri: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One sort of gap: a heading, a sentence with its number, and the gaps themselves.

    `queries` are the questions that give the same: IRI and words.
    """

    slug: str
    heading: str
    sentence: str
    gaps: tuple[Gap, ...]
    queries: tuple[tuple[str, str], ...] = ()
    link: tuple[str, str] = ("", "")

    @property
    def shown(self) -> tuple[Gap, ...]:
        """The gaps that stand on the page."""
        return self.gaps[:_MOST]


# --- what the articles say --------------------------------------------------------------------


def _said(site: Site) -> Section:
    """What is not known, by the articles' own word."""
    claims = [claim for claim in all_claims(site) if claim.is_gap]
    gaps = tuple(Gap(claim.label, claim.iri, _sources(site, claim.works)) for claim in claims)
    number = counted(len(claims), "time")
    sentence = (
        f"The articles themselves say {number} that something is not known."
        if claims
        else "No article says of anything that it is not known."
    )
    return Section(
        "said", "What the articles say is not known", sentence, gaps, _asked(site, "list-gaps")
    )


def _sources(site: Site, works: Sequence[str]) -> str:
    if not works:
        return "no source is cited for it"
    return "cited for it: " + "; ".join(sorted(site.label(work) for work in works))


def _asked(site: Site, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple(questions(site, names))


# --- what is not claimed ----------------------------------------------------------------------


def _empty(site: Site) -> Section:
    """The empty cells of the evidence map, a line for each row."""
    found = [e for e in entries(site) if e.way is not Way.OTHER]
    targets = ordered_targets(site, found)
    full = {(e.subject, e.agent, e.target) for e in found}
    gaps = []
    empty = 0
    for subject, agent in ordered_subjects(site, found):
        missing = [site.label(t) for t in targets if (subject, agent, t) not in full]
        empty += len(missing)
        if missing:
            name = f"{site.label(subject)} with {agent}" if agent else site.label(subject)
            gaps.append(Gap(name, subject, f"nothing on {_list(missing)}"))
    cells = len(targets) * len(ordered_subjects(site, found))
    sentence = (
        f"Of {_thousands(cells)} pairs of something that acts and an outcome or a condition, "
        f"{_thousands(empty)} have no claim of benefit, harm, dispute or doubt."
        if cells
        else "Nothing is claimed of any outcome or condition, so there is no map to have gaps."
    )
    return Section(
        "empty", "Pairs of which nothing is claimed", sentence,
        tuple(gaps), _asked(site, "show-evidence-map"), (MAP, "See them on the map"),
    )  # fmt: skip


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def _list(names: Sequence[str]) -> str:
    """Names in a row: a, b and c; of many the first few and how many more."""
    if len(names) > 12:
        return f"{'; '.join(names[:12])} and {len(names) - 12} more"
    return "; ".join(names)


def _one_sided(site: Site) -> Section:
    """Treatments of which only good is claimed."""
    ways: dict[str, set[Way]] = defaultdict(set)
    claims: dict[str, int] = defaultdict(int)
    for thing in sorted({iri for n in ("Treatment", "Substance") for iri in site.instances(n)}):
        for claim in claims_about(site, [thing], ("subject", "agent")):
            ways[thing].add(claim.way)
            claims[thing] += claim.way is Way.BENEFIT
    found = [iri for iri, some in ways.items() if Way.BENEFIT in some and Way.HARM not in some]
    gaps = tuple(
        Gap(site.label(iri), iri, counted(claims[iri], "claim") + " of benefit, none of harm")
        for iri in sorted(found, key=lambda iri: (site.label(iri).casefold(), iri))
    )
    number = counted(len(gaps), "treatment or substance", "treatments and substances")
    sentence = (
        f"Of {number} a benefit is claimed and no harm. That nobody reports a harm is not "
        "to say that there is none."
        if gaps
        else "Of nothing is a benefit claimed without any word on harm."
    )
    return Section(
        "one-sided", "Benefit without a word on harm", sentence, gaps,
        _asked(site, "list-benefits", "list-harms"),
    )  # fmt: skip


# --- what claims lack -------------------------------------------------------------------------


def _unexplained(site: Site) -> Section:
    """Claims of an effect that name no mechanism and that no other claim explains."""
    effects = [
        claim for claim in all_claims(site) if claim.way in _EFFECTS and _of_things(site, claim)
    ]
    found = [claim for claim in effects if not _is_explained(site, claim)]
    sentence = (
        f"{len(found)} of {len(effects)} claims of benefit or harm name no mechanism, and no "
        "other claim explains them."
        if effects
        else "There is no claim of benefit or harm."
    )
    steps = (f"{MAP}#steps", "See the steps that are claimed")
    return Section(
        "mechanism", "Effects without a mechanism", sentence, _claims(found), (),
        steps if claims_of_mechanism(site) else (MAP, "See the evidence map"),
    )  # fmt: skip


def _of_things(site: Site, claim: Claim) -> bool:
    """Whether a claim is about things, not about works or other claims."""
    records = {"Claim", "Work", "Article"}
    return not any(
        one.rpartition("#")[2] in records
        for subject in site.iris(claim.iri, "subject")
        for one in site.types(subject)
    )


def _is_explained(site: Site, claim: Claim) -> bool:
    named = (*site.iris(claim.iri, "subject"), *site.iris(claim.iri, "object"))
    if any(one.rpartition("#")[2] == "Mechanism" for thing in named for one in site.types(thing)):
        return True
    return any(
        site.value(other, "relation").rpartition("#")[2] == "explains"
        for other in site.incoming(claim.iri, "object")
    )


def _claims(found: Sequence[Claim]) -> tuple[Gap, ...]:
    return tuple(Gap(claim.label, claim.iri, claim.word) for claim in found)


def _unsourced(site: Site) -> Section:
    """Claims for which nothing is cited."""
    claims = all_claims(site)
    found = [claim for claim in claims if not claim.evidence]
    sentence = (
        f"{len(found)} of {len(claims)} claims come without any source."
        if claims
        else "There are no claims yet."
    )
    return Section(
        "sources", "Claims without a source", sentence, _claims(found),
        _asked(site, "list-claims-without-evidence"),
    )  # fmt: skip


def _unrated(site: Site) -> Section:
    """Claims of benefit and harm without a certainty."""
    effects = [claim for claim in all_claims(site) if code(claim.kind) in {"benefit", "harm"}]
    found = [c for c in effects if not (c.certainty and c.certainty.rank)]
    sentence = (
        f"The certainty of {len(found)} of {len(effects)} claims of benefit or harm has not been "
        "rated."
        if effects
        else "There is no claim of benefit or harm to rate."
    )
    return Section(
        "certainty", "Effects without a rating", sentence, _claims(found),
        _asked(site, "list-unrated-claims"),
    )  # fmt: skip


# --- what sources lack ------------------------------------------------------------------------


def _from_query(
    slug: str, heading: str, name: str, thing: str, one: str, many: str, none: str
) -> Callable[[Site], Section]:
    """A sort of gap that is the answer of a canned query: a line for each thing in it."""

    def section(site: Site) -> Section:
        table = answer(site, name)
        rows = list(table) if table else []
        iris = dict.fromkeys(
            str(term.value) for row in rows if isinstance(term := row.get(thing), ox.NamedNode)
        )
        gaps = tuple(Gap(site.label(iri), iri) for iri in iris)
        number = len(gaps)
        sentence = f"{number} {one if number == 1 else many}" if gaps else none
        return Section(slug, heading, sentence, gaps, _asked(site, name))

    return section


_untested = _from_query(
    "tested",
    "Named as used, and tested by no cited work",
    "list-untested-agents",
    "agent",
    "agent is named as used, although no cited work reports a finding with it.",
    "agents are named as used, although no cited work reports a finding with them.",
    "For every agent that is named as used, some cited work reports a finding.",
)
_untraced = _from_query(
    "traced",
    "References that lead nowhere",
    "list-unresolved-references",
    "reference",
    "entry of the reference lists could not be traced to a publication.",
    "entries of the reference lists could not be traced to a publication.",
    "Every entry of the reference lists has been traced to its publication.",
)


# --- what of the text has no claim ------------------------------------------------------------


def _unclaimed(site: Site) -> Section:
    """How much of each article no claim stands for; sentences where the text is at hand."""
    gaps = []
    for article in site.instances("Article"):
        spans = _spans(site, article)
        text = site.texts.get(article, "")
        words = _sentences_without(text, spans) if text else _letters_without(site, article, spans)
        if words:
            gaps.append(Gap(site.label(article), article, words))
    sentence = (
        "Not every sentence makes a claim. What no claim stands for was read and left out, or "
        "overlooked; either way it can be looked up."
        if gaps
        else "There is no article whose coverage could be counted."
    )
    return Section("text", "Sentences with no claim", sentence, tuple(gaps), ())


def _spans(site: Site, article: str) -> list[tuple[int, int]]:
    """The passages of an article that make a claim, joined where they touch."""
    found = sorted(span(site, c) for c in site.incoming(article, "statedIn"))
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if start < 0:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _sentences_without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    sentences = list(_sentences(text))
    silent = [s for s in sentences if not any(a < s[1] and s[0] < b for a, b in spans)]
    return f"{len(silent)} of {len(sentences)} sentences make no claim"


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a text begin and end; pieces without a letter are none."""
    start = 0
    for match in (*_END.finditer(text), None):
        end = match.end() if match else len(text)
        if any(char.isalpha() for char in text[start:end]):
            yield start, end
        start = end


def _letters_without(site: Site, article: str, spans: Sequence[tuple[int, int]]) -> str:
    length = site.value(article, "length")
    if not (length.isascii() and length.isdigit() and 0 < int(length) < 10**9):
        return ""
    covered = sum(min(end, int(length)) - min(start, int(length)) for start, end in spans)
    share = round(100 * covered / int(length))
    return (
        f"claims stand for {share} % of its {_thousands(int(length))} characters; its sentences "
        "cannot be counted, since its text is not part of the data"
    )


# --- pages and files --------------------------------------------------------------------------

_SECTIONS: Final[Sequence[Callable[[Site], Section]]] = (
    _said, _empty, _one_sided, _unexplained, _unsourced, _unrated, _untested, _untraced, _unclaimed,
)  # fmt: skip


def _sections(site: Site) -> tuple[Section, ...]:
    key = ("gaps", "")
    known = site.memory.get(key)
    if not isinstance(known, tuple):
        known = tuple(make(site) for make in _SECTIONS)
        site.memory[key] = known
    return known


def pages(site: Site) -> Iterator[Page]:
    """The page of gaps."""
    yield Page(
        PATH,
        "gaps.html",
        "What is missing",
        {"csv": _CSV, "sections": _sections(site)},
        section=PATH,
        kind="Gaps",
        description="What is said not to be known, what nobody claims, and which claims have no "
        "mechanism, no source or no rating.",
        trail=(("index.html", "Home"),),
    )


def files(site: Site) -> Iterator[File]:
    """All gaps as a table."""
    rows = [
        tuple(ox.Literal(cell) for cell in (part.slug, gap.words, gap.more, gap.iri))
        for part in _sections(site)
        for gap in part.gaps
    ]
    table = Table(("gap", "what", "detail", "iri"), tuple(rows))
    yield File(_CSV, results(table, "csv", site.prefixes))
