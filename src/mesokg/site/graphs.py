"""Claims as layered graphs: how a thing is said to work, and what a claim rests on.

This module decides what becomes a node, in which column it stands, and what a line
says. That no mechanism is stated is a node of its own, and so is a claim for which
nothing is cited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mesokg.pictures import Edge, Graph, Node, Way
from mesokg.site.evidence import Claim, Line, all_claims, claim_of, code, in_order, line_of
from mesokg.site.model import Site
from mesokg.site.templating import counted

__all__ = ["claims_of_mechanism", "mechanism_graph", "provenance_graph"]

#: Kinds of claims that say what does something, by what, to what.
_KINDS: Final = frozenset({"benefit", "harm", "mechanism"})
_ACTING: Final = frozenset({"Treatment", "Substance"})
_AFFECTED: Final = frozenset({"Outcome", "Condition"})
_RECORDS: Final = frozenset(
    {"Article", "Aspect", "Claim", "EvidenceLine", "InTextCitation", "Reference", "Work"}
)
#: Relations whose object is the one that acts.
_TURNED: Final = frozenset({"respondsTo"})
#: What was found when a source was read -> how the line to it is drawn.
_CHECKS: Final = {"contradicts": Way.DISPUTED, "off-topic": Way.DISPUTED, "partly": Way.OPEN,
                  "not-available": Way.UNKNOWN, "not-checked": Way.UNKNOWN}  # fmt: skip
_MISSING: Final = "no mechanism stated"


# --- how it is said to work -------------------------------------------------------------------


def claims_of_mechanism(site: Site) -> tuple[Claim, ...]:
    """The claims of benefit, harm and mechanism that link one thing to another."""
    return tuple(claim for claim in all_claims(site) if _is_step(site, claim))


def _is_step(site: Site, claim: Claim) -> bool:
    return code(claim.kind) in _KINDS and any(_steps(site, claim))


def _steps(site: Site, claim: Claim) -> Iterator[tuple[str, str, str]]:
    """What a claim links: from, relation, to; claims about claims and works link no things."""
    relation = site.value(claim.iri, "relation")
    for subject in site.iris(claim.iri, "subject"):
        for target in site.iris(claim.iri, "object"):
            if not (_classes(site, subject) | _classes(site, target)) & _RECORDS:
                yield subject, relation, target


def _classes(site: Site, thing: str) -> frozenset[str]:
    return frozenset(one.rpartition("#")[2] for one in site.types(thing))


def mechanism_graph(
    site: Site,
    claims: Iterable[Claim],
    path: str,
    *,
    focus: str = "",
    title: str = "How it is said to work",
    limit: int = 60,
    width: int = 820,
) -> Graph:
    """Who or what acts, by what, on what, as these claims have it, for the page at `path`.

    Claims that link no things are left out; without any, the graph has no nodes. Where there
    is no focus and too much to draw, claims that state no mechanism are left out as well.
    """
    found = [claim for claim in in_order(claims) if code(claim.kind) in _KINDS]
    steps = [(claim, *step) for claim in found for step in _steps(site, claim)]
    columns = _columns(site, [step for _, *step in steps])
    left_out = ""
    if not focus and len(columns) > limit:
        whole = [step for step in steps if not _is_direct(columns, *step[1::2])]
        if number := len({claim for claim, *_ in steps} - {claim for claim, *_ in whole}):
            left_out = f"{number} claims that state no mechanism are not drawn."
        steps = whole
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for claim, source, relation, target in steps:
        for thing in (source, target):
            href = site.addresses.link(path, thing)
            nodes[thing] = Node(
                thing, site.label(thing), columns[thing], href, focus=thing == focus
            )
        line = _line(site, claim, source, relation, target, path)
        if _is_direct(columns, source, target):
            between = f"{source} \0"
            nodes[between] = Node(between, _MISSING, 1, missing=True)
            edges.append(Edge(source, between, name=f"{site.label(source)}: {_MISSING}"))
            line = replace(line, source=between)
        edges.append(line)
    number = len({claim for claim, *_ in steps})
    return Graph(
        title,
        f"{counted(number, 'claim')} of benefit, harm and mechanism, from what acts through what "
        "is said to lie between to what follows. Each line is one claim.",
        ("What acts", "By what", "What follows"),
        tuple(nodes.values()),
        tuple(edges),
        limit,
        width,
        left_out=left_out,
    )


def _is_direct(columns: Mapping[str, int], source: str, target: str) -> bool:
    """Whether a claim goes from what acts to what follows, with nothing between."""
    return (columns[source], columns[target]) == (0, 2)


def _line(site: Site, claim: Claim, source: str, relation: str, target: str, path: str) -> Edge:
    label = site.label(relation) if relation else ""
    agents = ", ".join(site.label(agent) for agent in site.iris(claim.iri, "agent"))
    note = f"with {agents}" if agents else ""
    href = site.addresses.link(path, claim.iri)
    return Edge(source, target, label, claim.way, href, f"{claim.name}: {claim.label}", note)


def _columns(site: Site, steps: Iterable[Sequence[str]]) -> dict[str, int]:
    """The column of each thing: 0 acts, 1 lies between, 2 follows."""
    sources, targets = set(), set()
    for source, relation, target in steps:
        turned = relation.rpartition("#")[2] in _TURNED
        sources.add(target if turned else source)
        targets.add(source if turned else target)
    columns = {}
    for thing in sorted(sources | targets):
        classes = _classes(site, thing)
        if "Mechanism" in classes:
            columns[thing] = 1
        elif classes & _AFFECTED or not (thing in sources or classes & _ACTING):
            columns[thing] = 2
        else:
            columns[thing] = 1 if thing in targets else 0
    return columns


# --- what a claim rests on --------------------------------------------------------------------


def provenance_graph(site: Site, claim: str | Claim, path: str) -> Graph:
    """From the article through the claim and its citations to the works, for the page at `path`.

    The line to a work says what was found when it was read.
    """
    one = claim_of(site, claim) if isinstance(claim, str) else claim
    link = site.addresses.link
    nodes = [Node(one.iri, one.label, 1, link(path, one.iri), kind=one.name, focus=True)]
    edges = []
    if one.article:
        nodes.append(Node(one.article, site.label(one.article), 0, link(path, one.article)))
        edges.append(Edge(one.article, one.iri, "states", name="The article states the claim."))
    for iri in one.evidence:
        node, edge = _evidence(site, one, line_of(site, iri), path)
        nodes.append(node)
        edges.append(edge)
    if not one.evidence:
        nodes.append(Node("\0", "nothing is cited", 2, missing=True))
        edges.append(Edge(one.iri, "\0", name="No source is cited for the claim."))
    return Graph(
        "What the claim rests on",
        "From the article through the claim to the publications it cites. On each line stands "
        "the citation as printed, and below it what was found when the publication was read.",
        ("Article", "Claim", "Publication"),
        tuple(nodes),
        tuple(edges),
        explained=False,
    )


def _evidence(site: Site, claim: Claim, line: Line, path: str) -> tuple[Node, Edge]:
    """The work that a line of evidence leads to, and the line."""
    link = site.addresses.link
    printed = line.pointer.printed if line.pointer else "no citation"
    if line.work:
        said = (site.value(line.work, name) for name in ("design", "year"))
        note = ", ".join(site.label(one) if ":" in one else one for one in said if one)
        node = Node(line.work, site.label(line.work), 2, link(path, line.work), note=note)
    else:
        lost = line.pointer.iri if line.pointer else line.iri
        node = Node(f"{lost} \0", "not traced to a publication", 2, missing=True)
    scope = code(line.scope)
    found = [
        site.label(line.scope) if scope not in {"", "direct"} else "",
        site.label(line.check) if line.check else "",
    ]
    note = "; ".join(part for part in found if part)
    name = f"{node.label}: {site.label(line.check)}" if line.check else node.label
    way = _CHECKS.get(code(line.check), Way.OTHER)
    return node, Edge(claim.iri, node.key, printed, way, link(path, line.iri), name, note)
