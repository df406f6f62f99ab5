"""Rules in words: what each asks, why, what is wrong and what is right.

This module decides how a rule is told to somebody who reads no SHACL, and how rules
are grouped by what they look at. What a rule says about itself comes from the rule
book, its examples from the cases that test it, its state from the report.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset
from mesokg.errors import InputError
from mesokg.files import read_bytes
from mesokg.report import Finding, NotRun, Report, Rule, Severity
from mesokg.rulebook import explain, read_checks, rules, shape_graphs
from mesokg.site.model import DCTERMS, RDF_TYPE, RDFS, Site
from mesokg.site.page import Page
from mesokg.syntax import chunks
from mesokg.terms import SHAPES, STANDARD_PREFIXES, VOCABULARY_BASE

__all__ = ["RULES", "SHAPES_PATH", "Group", "RuleView", "grouped", "pages", "rule_views"]

#: The page of all rules, whose anchors are what reports link to.
RULES: Final = "rules.html"
#: The page of the shapes as a published thing.
SHAPES_PATH: Final = "shapes.html"
_DOCUMENT: Final = SHAPES.removesuffix("#")
_SH: Final = STANDARD_PREFIXES["sh"]
#: As many findings of a rule are named on its page.
_MOST: Final = 200

#: What rules look at, by the beginning of their ids; the first that fits counts.
_TOPICS: Final[Sequence[tuple[str, str, re.Pattern[str]]]] = tuple(
    (heading, about, re.compile(pattern))
    for heading, about, pattern in (
        (
            "Claims and their wording",
            "What a claim must say, and how it says how sure it is.",
            "claim-core|claim-object|claim-qualifiers|argument-|hedge-|split-claim"
            "|same-triple|label-copies|comparator-",
        ),
        (
            "Evidence and judgement",
            "What a claim rests on, and what reviewers made of it.",
            "claim-without|asserted-|evidence-|source-check|assessment-|certainty-|gap-|record-",
        ),
        (
            "Citations and publications",
            "Three things that may differ: as cited, as listed, as it is.",
            "in-text-|pointer-|reference-|work-|two-works|names-differ|values-differ|issue-"
            "|unverified-|identifier-|finding-|date-",
        ),
        (
            "Texts and quotations",
            "Where the words stand, and how many of them may be quoted.",
            "article-|quote|passage-|text-|as-printed|another-text",
        ),
        (
            "Concepts and vocabularies",
            "Terms that are labelled, defined and in order.",
            "skos-|vocabulary-|term-|class-|deprecated-|mapping-",
        ),
        (
            "Graphs and voices",
            "Who says what, and what belongs together.",
            "graph-|metadata-|voice-|files-disagree|defined-twice|dangling-",
        ),
        (
            "Writing of the data",
            "What a reader of RDF would stumble over.",
            "iri-|prefix-|literal-|language-|namespace-|not-nfc|mojibake|outer-|control-"
            "|replacement-|byte-order|line-ends|does-not-parse|empty-input",
        ),
        (
            "Queries and the checks themselves",
            "That what is asked can be asked, and what was set aside is looked after.",
            "query-|check-failed|shape-|waiver|baseline|severity",
        ),
    )
)
_OTHER: Final = ("Rules of this project", "Beyond those that come with the tool.")

#: The name of a term in a sentence.
_CURIE: Final = re.compile(r"(\b[a-z]+:[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]\b)")

#: What a severity means to somebody who reads the report.
_SEVERITIES: Final[Mapping[Severity, str]] = {
    Severity.VIOLATION: "must hold",
    Severity.WARNING: "worth a second look",
    Severity.INFO: "good to know",
}
_HOW: Final[Mapping[str, str]] = {
    "shape": "SHACL shape",
    "check": "SPARQL query",
    "code": "program",
}


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with its state. `state` is holds, found or open (it could not be run).

    `asks` are the single things that it asks, each in pieces of text with the IRI of
    the term that a piece names (or ""); `looks_at` are the classes and properties that
    decide which things it looks at, as (words, IRI). `findings` are the first
    of its findings, `number` is how many there are.
    """

    rule: Rule
    path: str
    state: str
    severity: str
    how: str
    findings: tuple[Finding, ...] = ()
    number: int = 0
    waived: int = 0
    reasons: tuple[str, ...] = ()
    asks: tuple[tuple[tuple[str, str], ...], ...] = ()
    looks_at: tuple[tuple[str, str], ...] = ()
    source: str = ""
    iri: str = ""

    @property
    def left_out(self) -> int:
        """How many findings are not named."""
        return self.number - len(self.findings)


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that look at the same sort of thing."""

    id: str
    heading: str
    about: str
    rules: tuple[RuleView, ...]


def pages(site: Site) -> Iterator[Page]:
    """The rules as a list, the shapes as a published thing, and a page for each rule."""
    views = rule_views(site)
    groups = grouped(views)
    yield Page(
        RULES,
        "rules.html",
        "What the data are checked for",
        {"groups": groups, "number": len(views), "severities": _legend(views)},
        section=RULES,
        kind="Rules in words",
        description=f"{len(views)} rules in words: what each asks, why, and an example.",
        trail=(("index.html", "Home"),),
    )
    shapes = [view for view in views if view.iri.startswith(SHAPES)]
    if shapes:
        yield Page(
            SHAPES_PATH,
            "shapes.html",
            site.value(_DOCUMENT, f"{DCTERMS}title") or "Shapes",
            {
                "about": site.value(_DOCUMENT, f"{DCTERMS}description"),
                "document": _DOCUMENT,
                "groups": grouped(shapes),
                "namespace": SHAPES,
                "number": len(shapes),
                "others": _others(site, shapes),
                "rules_page": RULES,
            },
            iri=_DOCUMENT,
            section=RULES,
            kind="SHACL",
            description=f"{len(shapes)} rules as SHACL shapes that any tool can run.",
            trail=(("index.html", "Home"), (RULES, "Rules")),
        )
    known = {view.rule.id: view.rule for view in views}
    for view in views:
        told = explain(view.rule.id, known)
        yield Page(
            view.path,
            "rule.html",
            view.rule.title,
            {"fix": told.rule.fix, "right": told.right, "view": view, "wrong": told.wrong},
            section=RULES,
            kind="Rule",
            description=view.rule.about,
            trail=(("index.html", "Home"), (RULES, "Rules")),
        )


def _others(site: Site, shapes: Iterable[RuleView]) -> list[tuple[str, str]]:
    """What else is described under the namespace of the shapes: the end of its IRI, its name."""
    known = {view.iri for view in shapes}
    named = (iri for iri in site.outgoing if iri.startswith(SHAPES) and iri not in known)
    return [(iri.removeprefix(SHAPES), site.label(iri)) for iri in sorted(named) if iri != SHAPES]


def rule_views(site: Site) -> list[RuleView]:
    """Every rule with its state in the site's report, by id."""
    reader = _Reader(site)
    return [reader.view(rule) for rule in rules(site.project).values()]


def grouped(views: Iterable[RuleView]) -> list[Group]:
    """The rules by what they look at; groups without a rule are left out."""
    found: dict[str, list[RuleView]] = defaultdict(list)
    for view in views:
        found[_topic(view.rule.id)].append(view)
    headings = [*((heading, about) for heading, about, _ in _TOPICS), _OTHER]
    return [
        Group(f"group-{place}", heading, about, tuple(found[heading]))
        for place, (heading, about) in enumerate(headings, 1)
        if found[heading]
    ]


def _topic(rule: str) -> str:
    return next((heading for heading, _, begins in _TOPICS if begins.match(rule)), _OTHER[0])


def _legend(views: Iterable[RuleView]) -> list[tuple[str, str, int]]:
    """Each severity with what it means and how many rules have it, the worst first."""
    every = list(views)
    return [
        (severity.label, _SEVERITIES[severity], sum(v.rule.severity == severity for v in every))
        for severity in sorted(_SEVERITIES, reverse=True)
    ]


class _Reader:
    """Puts rules together with what the report and the shapes say of them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        report: Report = site.report
        self.findings: dict[str, list[Finding]] = defaultdict(list)
        for finding in report.findings:
            self.findings[finding.rule].append(finding)
        self.not_run: dict[str, list[NotRun]] = defaultdict(list)
        for item in report.not_run:
            self.not_run[item.rule].append(item)
        self.waived: dict[str, int] = defaultdict(int)
        for waived in report.waived:
            self.waived[waived.finding.rule] += 1
        self.queries = {check.rule.id: check.query for check in read_checks(site.project)}
        self.shapes = _written_shapes(site.written)
        self.edges: dict[object, list[ox.Triple]] = defaultdict(list)
        inside = shape_graphs(site.derived)
        for quad in site.derived.quads:
            if quad.graph_name in inside:
                self.edges[quad.subject].append(quad.triple)

    def view(self, rule: Rule) -> RuleView:
        found = self.findings.get(rule.id, [])
        reasons = tuple(item.reason for item in self.not_run.get(rule.id, ()))
        iri = self._iri(rule)
        node = ox.NamedNode(iri) if iri else None
        stem = self.site.addresses.file_stem(f"{VOCABULARY_BASE}rule/{rule.id}")
        return RuleView(
            rule,
            f"{stem}.html",
            "found" if found else "open" if reasons else "holds",
            _SEVERITIES[rule.severity],
            _HOW.get(rule.how, rule.how),
            tuple(found[:_MOST]),
            len(found),
            self.waived[rule.id],
            reasons,
            tuple(self._linked(text) for text in self._asks(node)) if node else (),
            tuple(self._targets(node)) if node else (),
            self.shapes.get(iri, "") or _body(self.queries.get(rule.id, "")),
            iri,
        )

    def _iri(self, rule: Rule) -> str:
        """The IRI of a rule that is a shape."""
        if rule.how != "shape":
            return ""
        for iri in (SHAPES + rule.id, self.site.prefixes.expand(rule.id) or "", rule.id):
            if iri and _is_iri(iri) and ox.NamedNode(iri) in self.edges:
                return iri
        return ""

    def _asks(self, shape: ox.NamedNode) -> Iterator[str]:
        """The messages of a shape and of its parts, in the order in which they are written."""
        found: set[str] = set()
        todo: list[object] = [shape]
        seen: set[object] = {shape}
        while todo:
            for triple in self.edges.get(todo.pop(), ()):
                value = triple.object
                if triple.predicate.value == f"{_SH}message" and isinstance(value, ox.Literal):
                    found.add(value.value)
                elif isinstance(value, ox.BlankNode) and value not in seen:
                    seen.add(value)
                    todo.append(value)
        written = self.shapes.get(shape.value, "")
        places = {text: written.find(text.partition('"')[0]) for text in found}
        ordered = sorted(found, key=lambda text: (places[text], text))
        yield from dict.fromkeys(map(_filled, ordered))

    def _linked(self, text: str) -> tuple[tuple[str, str], ...]:
        """A text in pieces; those that are the name of a term are given with its IRI."""
        pieces: list[tuple[str, str]] = []
        for piece in _CURIE.split(text):
            iri = self.site.prefixes.expand(piece) if _CURIE.fullmatch(piece) else None
            known = iri is not None and iri in self.site.outgoing
            pieces.append((piece, iri if iri and known else ""))
        return tuple(piece for piece in pieces if piece[0])

    def _targets(self, shape: ox.NamedNode) -> Iterator[tuple[str, str]]:
        """Which things a shape looks at: the words before each class or property, and its IRI."""
        words = {
            f"{_SH}targetClass": "each",
            f"{_SH}targetSubjectsOf": "what has",
            f"{_SH}targetObjectsOf": "what is the value of",
            f"{_SH}targetNode": "",
        }
        for triple in sorted(self.edges.get(shape, ()), key=str):
            said = words.get(triple.predicate.value)
            if said is not None and isinstance(triple.object, ox.NamedNode):
                yield said, triple.object.value
        if any(
            t.predicate.value == RDF_TYPE and getattr(t.object, "value", "") == f"{RDFS}Class"
            for t in self.edges.get(shape, ())
        ):
            yield "each", shape.value


def _written_shapes(dataset: Dataset) -> dict[str, str]:
    """Each shape as it is written in its file: IRI -> Turtle."""
    found: dict[str, str] = {}
    for source in dataset.sources:
        if source.role != "shapes" or source.path.suffix != ".ttl":
            continue
        try:
            text = read_bytes(source.path).decode("utf-8", "replace")
        except InputError:  # what was read from no file has no lines to show
            continue
        for chunk in chunks(text, "turtle"):
            if chunk.kind != "statement":
                continue
            name = text[slice(*chunk.first)]
            iri = name[1:-1] if name.startswith("<") else dataset.prefixes.expand(name)
            if iri:
                found.setdefault(iri, text[chunk.start : chunk.end].strip())
    return found


def _filled(message: str) -> str:
    """A message with words where a finding would put a value: ``{?value}`` as (value)."""
    return re.sub(r"\{[?$](\w+)\}", r"(\1)", message)


def _body(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#+")).strip()


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True
