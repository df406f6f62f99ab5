"""What a rule in Python is, and what it is given to look at.

This module decides how rules stay cheap on data without faults: the dataset is
read once, into the terms it holds (`Facts`); a rule judges each term once, and
only when it finds a fault are the statements looked for that hold it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset, Term
from mesokg.lint.scan import ScannedFile
from mesokg.project import SourceFile
from mesokg.report import Anchor, Finding, Location, Related, Rule, Severity
from mesokg.terms import NS, STANDARD_PREFIXES
from mesokg.texts import Texts

__all__ = [
    "FAR_DAY",
    "TYPE",
    "VERBATIM",
    "Facts",
    "FileLint",
    "Given",
    "Lint",
    "breaches",
    "finding",
    "lexical",
    "local_names",
    "named",
    "spelled",
]

TYPE: Final = ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")

#: Today, where nobody says what day it is: nothing before it is then in the future.
FAR_DAY: Final = date(2100, 1, 1)

_XSD: Final = STANDARD_PREFIXES["xsd"]
_SUFFIXES_OF_LINES: Final = frozenset({".nq", ".nt"})
#: Formats whose text holds no term as Turtle spells it.
_OTHER_SUFFIXES: Final = frozenset({".json", ".jsonld", ".owl", ".rdf", ".tsv", ".xml"})


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule may look at: the dataset and its terms, the articles' texts, the day."""

    dataset: Dataset
    texts: Texts
    today: date
    facts: Facts


@dataclass(frozen=True, slots=True)
class Lint:
    """A rule in Python. `function` yields findings that name neither rule nor severity.

    `reads` are the predicates of all statements that it looks at; None: it may be any.
    """

    id: str
    title: str
    about: str
    fix: str
    severity: Severity
    needs_text: bool
    function: Callable[[Given], Iterator[Finding]]
    reads: frozenset[str] | None = None

    @property
    def rule(self) -> Rule:
        """What the rule asks, why, and the way out."""
        return Rule(
            self.id, self.title, self.about, self.fix, self.severity, "code", self.needs_text
        )

    def run(
        self,
        dataset: Dataset,
        texts: Texts,
        today: date = FAR_DAY,
        facts: Facts | None = None,
    ) -> Iterator[Finding]:
        """What the rule finds, in the order of the statements.

        `facts` are those of this dataset, where somebody has read them already.
        """
        given = Given(dataset, texts, today, facts or Facts(dataset))
        for found in self.function(given):
            yield replace(found, rule=self.id, severity=self.severity, fix=found.fix or self.fix)


@dataclass(frozen=True, slots=True)
class FileLint:
    """A rule about what files of Turtle and TriG look like, which no triple shows.

    With `across`, what one file may say depends on the others, so it is to be given
    all of them at once; without, each file can be looked at by itself.
    """

    id: str
    title: str
    about: str
    fix: str
    severity: Severity
    across: bool
    function: Callable[[Sequence[ScannedFile]], Iterator[Finding]]

    @property
    def rule(self) -> Rule:
        """What the rule asks, why, and the way out."""
        return Rule(self.id, self.title, self.about, self.fix, self.severity, "code")

    def run(self, files: Iterable[ScannedFile]) -> Iterator[Finding]:
        """What the rule finds in files, with line and column."""
        for found in self.function(tuple(files)):
            yield replace(found, rule=self.id, severity=self.severity, fix=found.fix or self.fix)


class Facts:
    """The terms of a dataset, each once: what rules about single terms need to look at.

    `written` leaves the graphs of shapes out, in which a pattern may name what it forbids.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self.shapes: Collection[object] = frozenset(
            ox.NamedNode(source.graph) for source in dataset.sources if source.role == "shapes"
        )
        self.subjects: set[object] = set()
        self.objects: dict[ox.NamedNode, set[Term]] = defaultdict(set)
        self._inside: dict[ox.NamedNode, set[Term]] = defaultdict(set)
        for quad in dataset.quads:
            self.subjects.add(quad.subject)
            part = self._inside if quad.graph_name in self.shapes else self.objects
            part[quad.predicate].add(quad.object)  # type: ignore[arg-type]  # no triple terms here

    @cached_property
    def literals(self) -> frozenset[ox.Literal]:
        """The literals of all graphs but those of shapes."""
        return frozenset(
            term
            for values in self.objects.values()
            for term in values
            if isinstance(term, ox.Literal)
        )

    @cached_property
    def all_literals(self) -> frozenset[ox.Literal]:
        """The literals of all graphs."""
        return self.literals | {
            term
            for values in self._inside.values()
            for term in values
            if isinstance(term, ox.Literal)
        }

    @cached_property
    def predicates(self) -> frozenset[ox.NamedNode]:
        """The predicates of all graphs."""
        return frozenset(self.objects) | frozenset(self._inside)

    @cached_property
    def iris(self) -> frozenset[ox.NamedNode]:
        """The IRIs of all graphs, as subject, predicate or object."""
        found = {term for term in self.subjects if isinstance(term, ox.NamedNode)}
        for part in (self.objects, self._inside):
            for values in part.values():
                found.update(term for term in values if isinstance(term, ox.NamedNode))
        return frozenset(found) | self.predicates

    @cached_property
    def classes(self) -> frozenset[ox.NamedNode]:
        """What things are said to be, outside the graphs of shapes."""
        return frozenset(term for term in self.of(TYPE.value) if isinstance(term, ox.NamedNode))

    @cached_property
    def instances(self) -> Mapping[object, Collection[object]]:
        """Class -> what is said to be one."""
        found: dict[object, set[object]] = defaultdict(set)
        for quad in self._dataset.quads:
            if quad.predicate == TYPE:
                found[quad.object].add(quad.subject)
        return found

    @cached_property
    def typed(self) -> frozenset[object]:
        """The subjects that have a type."""
        return frozenset().union(*self.instances.values())

    @cached_property
    def sources(self) -> Mapping[object, SourceFile]:
        """The files by their graph."""
        return {ox.NamedNode(source.graph): source for source in self._dataset.sources}

    def named_or_written(self, *, shapes: bool) -> Iterator[ox.NamedNode | ox.Literal]:
        """All IRIs, and the literals, with or without those of shapes."""
        yield from self.iris
        yield from self.all_literals if shapes else self.literals

    def of(self, *predicates: str) -> Iterator[Term]:
        """The values of some properties, the graphs of shapes left out."""
        for predicate in predicates:
            yield from self.objects.get(ox.NamedNode(predicate), ())

    def having(self, terms: Collection[object]) -> Iterator[ox.Quad]:
        """The statements that hold one of these terms; nothing is read when there are none."""
        for quad in self._dataset.quads if terms else ():
            if quad.object in terms or quad.subject in terms or quad.predicate in terms:
                yield quad


def breaches(
    given: Given,
    wrong: Mapping[ox.Literal, str],
    *,
    predicates: Collection[str] | None = None,
    shapes: bool = True,
    better: Callable[[ox.Literal], ox.Literal | None] | None = None,
) -> Iterator[Finding]:
    """A finding for each statement with one of these literals, and what should stand there."""
    for quad in given.facts.having(wrong):
        if not isinstance(quad.object, ox.Literal):
            continue
        if predicates is not None and quad.predicate.value not in predicates:
            continue
        if not shapes and quad.graph_name in given.facts.shapes:
            continue
        right = better(quad.object) if better else None
        text = None if right is None else spelled(right, given.facts.sources.get(quad.graph_name))
        yield finding(given, quad, wrong[quad.object], replacement=text)


def finding(
    given: Given,
    quad: ox.Quad,
    message: str,
    *,
    path: bool = True,
    value: bool = True,
    replacement: str | None = None,
    related: Iterable[Related] = (),
) -> Finding:
    """A finding about one statement, in the file that says it.

    With neither `path` nor `value` the subject is wrong, without `value` the predicate.
    """
    source = given.facts.sources.get(quad.graph_name)
    graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else str(quad.graph_name)
    return Finding(
        "",
        Severity.INFO,
        message,
        focus=named(quad.subject),
        path=str(quad.predicate) if path else "",
        value=named(quad.object) if value else "",
        location=Location(source.name) if source else None,
        related=tuple(related),
        replacement=replacement,
        anchor=Anchor(str(quad.subject), str(quad.predicate), str(quad.object), graph),
    )


def named(term: object) -> str:
    """A term in N-Triples form; blank nodes have no name to show."""
    return str(term) if isinstance(term, ox.NamedNode | ox.Literal) else ""


def lexical(term: object) -> str:
    """The text of a literal, nothing for any other term."""
    return term.value if isinstance(term, ox.Literal) else ""


def local_names(namespace: str, names: str) -> frozenset[str]:
    """The IRIs of some terms of a namespace, given as words."""
    return frozenset(namespace + name for name in names.split())


def spelled(term: ox.Literal | ox.NamedNode, source: SourceFile | None) -> str | None:
    """A term as a file of this source may write it; None where the format spells otherwise.

    >>> spelled(ox.Literal(5), None)
    '5'
    >>> spelled(ox.Literal("tea", language="en"), None)
    '"tea"@en'
    """
    suffix = (source.path if source else Path()).suffix.lower()
    if suffix in _OTHER_SUFFIXES:
        return None
    if isinstance(term, ox.NamedNode) or suffix in _SUFFIXES_OF_LINES:
        return str(term)
    if _is_bare(term):
        return term.value
    if "\n" in term.value and term.value.replace("\n", "").isprintable():
        body = term.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"""{body}"""' + str(term)[str(term).rindex('"') + 1 :]
    return str(term)


def _is_bare(term: ox.Literal) -> bool:
    if term.datatype.value == f"{_XSD}boolean":
        return term.value in {"true", "false"}
    digits = term.value.removeprefix("-")
    if not digits.isascii():
        return False
    if term.datatype.value == f"{_XSD}integer":
        return digits.isdigit()
    whole, point, rest = digits.partition(".")
    return bool(
        term.datatype.value == f"{_XSD}decimal" and point and rest.isdigit() and whole.isdigit()
    )


#: Where the words of an article stand letter by letter, its mistakes included.
VERBATIM: Final = local_names(NS, "asPrinted hedgeWords quote text")
