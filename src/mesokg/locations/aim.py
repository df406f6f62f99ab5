"""Which statement a finding means, and which part of it.

This module decides what is pointed at: a wrong value where it is said, a missing one
where its subject is described, the second of two values that cannot both stand, with
the first as related.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset
from mesokg.locations.said import TYPE, Said, term_of
from mesokg.locations.spots import Part, Spot, Spots
from mesokg.locations.steps import Hop, along, steps_of
from mesokg.report import Finding, Related
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["locate"]

_SH: Final = STANDARD_PREFIXES["sh"]
_COMPONENT: Final = "ConstraintComponent"
#: SHACL's constraints that miss a value, which the values that are there do not help.
_MISSING: Final = frozenset({"hasValue", "minCount", "qualifiedMinCount"})
_TOO_MANY: Final = frozenset({"maxCount", "qualifiedMaxCount"})
#: Constraints on what is said of a value elsewhere; SPARQL checks have no component.
_OF_VALUES: Final = frozenset({"", "class", "node", "not", "or", "sPARQL", "xone"})
_COMPARING: Final = frozenset({"disjoint", "lessThan", "lessThanOrEquals"})
#: What is wrong about a language is its tag.
_OF_LANGUAGE: Final = frozenset({"languageIn", "uniqueLang"})
_LANGUAGE_RULE: Final = "language-tag"

#: As many things are followed along a path.
_MOST_ENDS: Final = 1000
#: A message that names more properties gives advice on others than the one that is wrong.
_FEW: Final = 2

_ALSO: Final = "also said here"
_ABOUT: Final = "it is about this"
_VALUE: Final = "the value is said here"
_DESCRIBED: Final = "described here"
_CONFLICT: Final = "conflicts with this"
_FIRST: Final = "first value here"
_SHAPE: Final = "required by this shape"


def locate(
    findings: Iterable[Finding], dataset: Dataset, *, shapes: Dataset | None = None
) -> list[Finding]:
    """The findings in the same order, each with the best place there is for it.

    A wrong value is pointed at where it is said, a missing one at the subject's first
    line; `related` gains the statements that clash with it, other files that say the
    same, and the line of the shape, which is in the dataset or in `shapes`. Nested
    causes get their places too. A line that a finding has is kept. Where no line can
    be had the file alone is named: a file that is gone or has changed since it was
    loaded is no error.

    Files that come with the tool are pointed at only for what no other file says. Only
    files that findings are about are read, each once.
    """
    findings = list(findings)
    datasets = [dataset] if shapes is None else [dataset, shapes]
    said = Said(datasets)
    aims = list(chain.from_iterable(_aims(finding, said) for finding in findings))
    said.look_up(
        {term for aim in aims for term in aim.subjects()},
        {term for aim in aims for term in aim.values()},
    )
    _walk(aims, said)
    for aim in reversed(aims):  # causes before what they explain
        aim.take()
    _take_mentions([aim for aim in aims if aim.is_lost], said)
    spots = Spots(said, datasets)
    spots.read(spot for aim in aims for spot in aim.all_spots())
    located = iter([aim.located(spots) for aim in aims])
    return [_put_together(finding, located) for finding in findings]


def _aims(finding: Finding, said: Said) -> list[_Aim]:
    """The aims of a finding and of its causes, each before its own causes."""
    below = [_aims(cause, said) for cause in finding.causes]
    own = _Aim(finding, said, [found[0] for found in below])
    return [own, *chain.from_iterable(below)]


def _put_together(finding: Finding, located: Iterator[Finding]) -> Finding:
    """The finding as located, with its causes, which follow it in the same order."""
    whole = next(located)
    causes = tuple(_put_together(cause, located) for cause in finding.causes)
    return replace(whole, causes=causes) if causes else whole


def _walk(aims: Iterable[_Aim], said: Said) -> None:
    """Go all paths up to their last step; each further step is one more look-up for all."""
    longer = [aim for aim in aims if len(aim.steps) > 1]
    number = 0
    while longer:
        fresh = [(aim, node) for aim in longer for node in aim.go(number)]
        longer = [aim for aim in longer if len(aim.steps) > number + 2]
        number += 1
        said.look_up(
            {node for aim, node in fresh if aim.steps[number].forward},
            {node for aim, node in fresh if aim.steps[number].backward},
        )


def _take_mentions(aims: Sequence[_Aim], said: Said) -> None:
    """For what no file describes: where it is mentioned."""
    found = said.mentions({aim.subject for aim in aims})
    for aim in aims:
        if aim.subject in found:
            quad, part = found[aim.subject]
            aim.candidates.append(Spot(quad, Part(part)))


class _Aim:
    """What one finding means: candidates for its place, and for the places related to it."""

    def __init__(self, finding: Finding, said: Said, causes: Sequence[_Aim] = ()) -> None:
        self.finding = finding
        self.exact: Spot | None = None
        self._causes = causes
        self.candidates: list[Spot] = []
        self.related: list[tuple[str, list[Spot]]] = []
        self._own: dict[int, list[Spot]] = {}
        name = finding.component.removeprefix(_SH).removesuffix(_COMPONENT)
        self._component = name[:1].lower() + name[1:]
        anchor = finding.anchor
        self.subject: object = term_of(anchor.subject or finding.focus)
        self.object = anchor.object or finding.value
        is_exact = bool(anchor.predicate and anchor.object)
        path = anchor.predicate if is_exact else finding.path or anchor.predicate
        self.steps = steps_of(path)
        self._said = said
        #: Where the path has led so far, each with the statement that was its first step.
        self._ends: dict[object, ox.Quad | None] = {self.subject: None}

    # what has to be known

    def subjects(self) -> Iterator[object]:
        """What must be looked up as a subject."""
        finding = self.finding
        texts = (finding.focus, finding.shape, self.object)
        yield from (term_of(text) for text in texts if text.startswith(("<", "_:")))
        if self.subject is not None:
            yield self.subject
        if not self._is_of_one_statement:
            yield from self._said.named_in(finding.message)

    @property
    def _is_of_one_statement(self) -> bool:
        """Whether the finder looked at one statement alone, as rules in Python do."""
        return bool(self.finding.anchor.object and not self._component)

    def values(self) -> Iterator[object]:
        """What must be looked up as a value."""
        backward = bool(self.steps) and bool(self.steps[0].backward)
        if backward or isinstance(self.subject, ox.BlankNode):
            yield self.subject

    def go(self, number: int) -> list[object]:
        """Go one step of the path from where the last one led; where that is."""
        found: dict[object, ox.Quad | None] = {}
        for node, first in self._ends.items():
            for hop in along(self._said, node, self.steps[number]):
                if not isinstance(hop.end, ox.Literal) and len(found) < _MOST_ENDS:
                    found.setdefault(hop.end, first or hop.quad)
        self._ends = found
        return list(found)

    # what is meant

    def take(self) -> None:
        """Choose the statements that are meant, the best first."""
        finding = self.finding
        here = finding.location
        if here is None or not here.line:
            self.candidates = [*self._meant(), *self._homes()]
            self._relate_named()
            if here is not None and here.path not in self._said.sources and self.candidates:
                self.related.append((_ABOUT, self.candidates[:1]))
        for number, related in enumerate(finding.related):
            if not related.location.line and related.location.path in self._said.sources:
                self._own[number] = list(self._elsewhere(related.location.path))
        shape = self._said.home(term_of(finding.shape)) if finding.shape else None
        if shape is not None:
            self.related.append((_SHAPE, [Spot(shape, Part.SUBJECT)]))

    @property
    def is_lost(self) -> bool:
        """Whether no file says anything about the finding's subject."""
        return not self.candidates and self.finding.location is None

    def _homes(self) -> Iterator[Spot]:
        """Where the subject is described, for a blank node also where it is used."""
        home = self._said.home(self.subject)
        if home is not None:
            yield Spot(home, Part.SUBJECT)
        if isinstance(self.subject, ox.BlankNode):
            yield from (Spot(quad, Part.OBJECT) for quad in self._said.naming(self.subject))
            owner = self._said.home(term_of(self.finding.focus))
            if owner is not None:
                yield Spot(owner, Part.SUBJECT)
        source = self._said.file_of(self.subject)
        if source is not None:
            yield Spot(None, Part.SUBJECT, source.name)

    def _meant(self) -> list[Spot]:
        """The statement of the finding itself, if there is one."""
        if not self.steps:
            return self._without_path()
        if len(self.steps) > 1:
            return self._reached()
        hops = list(along(self._said, self.subject, self.steps[0]))
        graph = self.finding.anchor.graph
        if graph:
            hops.sort(key=lambda hop: str(hop.quad.graph_name) != graph)
        if self._component in _TOO_MANY:
            return self._second(hops, _FIRST)
        if self._component == "uniqueLang":
            return self._second(_of_one_language(hops), _CONFLICT)
        if not self.object:
            return self._without_value(hops)
        exact = [hop.quad for hop in hops if str(hop.end) == self.object]
        record = self._record()
        spots = self._within(record) if record is not None else []
        if exact and not spots:
            spots = self._stated(exact)
        home = self._said.home(record) if record is not None else None
        if not spots and home is not None:
            spots = [Spot(home, Part.SUBJECT)]
        return spots or [Spot(hop.quad, Part.OBJECT) for hop in hops[:1]]

    def _reached(self) -> list[Spot]:
        """Where a path of several steps leaves the subject, and what it leads to as related."""
        last = self.steps[-1]
        for node, first in self._ends.items():
            for hop in along(self._said, node, last):
                if str(hop.end) == self.object:
                    self.related.append((_VALUE, [Spot(hop.quad, Part.OBJECT)]))
                    return [Spot(first, Part.OBJECT)]
        first = next(iter(self._ends.values()), None)
        if first is None:
            first = next((hop.quad for hop in along(self._said, self.subject, self.steps[0])), None)
        return [] if first is None else [Spot(first, Part.OBJECT)]

    def _record(self) -> object:
        """The record that a finding is about, where that is the value and not the focus."""
        focus, anchor = term_of(self.finding.focus), term_of(self.finding.anchor.subject)
        if "^" in self.finding.path and anchor is not None and anchor != focus:
            return anchor
        return term_of(self.object) if self.steps[0].backward else None

    def _stated(self, exact: list[ox.Quad]) -> list[Spot]:
        """The statement that is wrong, first of all those that say the same."""
        part = self._part()
        self._relate(exact, part)
        if self._component == "sPARQL" and "^" in self.finding.path:
            home = self._said.home(self._record())
            return [] if home is None else [Spot(home, Part.SUBJECT)]
        self.exact = Spot(exact[0], part)
        return [Spot(quad, part) for quad in exact]

    def _part(self) -> Part:
        """Which part of its statement a finding is about."""
        finding, anchor = self.finding, self.finding.anchor
        if anchor.object and not anchor.object.startswith("_:") and not finding.value:
            return Part.PREDICATE if finding.path else Part.SUBJECT
        if self._component == "closed":
            return Part.PREDICATE
        of_language = finding.rule == _LANGUAGE_RULE or self._component in _OF_LANGUAGE
        return Part.TAG if of_language and finding.replacement is None else Part.OBJECT

    def _without_path(self) -> list[Spot]:
        """Where a finding names a value but no property: any statement that has the value."""
        if self.finding.anchor.object:
            return self._exactly()
        if not self.object or self.object == self.finding.focus:
            return self._typed() or self._within(self.subject)
        quads = self._said.about(self.subject)
        return [Spot(quad, Part.OBJECT) for quad in quads if str(quad.object) == self.object]

    def _exactly(self) -> list[Spot]:
        """The subject of the statement that a finding without path and value is about."""
        anchor = self.finding.anchor
        return [
            Spot(quad, self._part())
            for quad in self._said.about(self.subject)
            if str(quad.object) == anchor.object
            and anchor.predicate in {"", str(quad.predicate)}
        ]  # fmt: skip

    def _typed(self) -> list[Spot]:
        """Where a thing is said to be of a class, if that is what is wrong about it."""
        home = self._said.home(self.subject)
        if self._component != "class" or home is None or home.predicate != TYPE:
            return []
        self.exact = Spot(home, Part.OBJECT)
        return [self.exact]

    def _within(self, record: object) -> list[Spot]:
        """The statement of a record that a finding about it as a whole comes down to.

        It is the one whose text the message quotes, or the only one that the causes are
        about, or that of the property which the message asks to change.
        """
        quads = self._said.about(record)
        message = self.finding.message
        quoted = [
            quad
            for quad in (quads if '"' in message else ())
            if isinstance(quad.object, ox.Literal) and f'"{quad.object.value}"' in message
        ]
        if quoted:
            return [Spot(quoted[0], Part.OBJECT)]
        below = {aim.exact for cause in self._causes for aim in (cause, *cause.below())}
        inside = {spot for spot in below if spot and spot.quad and spot.quad.subject == record}
        if len(inside) == 1:
            return list(inside)
        named = self._said.named_in(message)
        asked = [name for name in named if any(quad.predicate == name for quad in quads)]
        found = [quad for name in asked for quad in quads if quad.predicate == name]
        return [Spot(quad, Part.OBJECT) for quad in found[:1]] if len(asked) <= _FEW else []

    def below(self) -> Iterator[_Aim]:
        """All causes, and theirs."""
        for cause in self._causes:
            yield cause
            yield from cause.below()

    def _without_value(self, hops: list[Hop]) -> list[Spot]:
        """Where a finding names a property but no value: what is there, unless it is missing."""
        if self._component in _MISSING:
            return []
        return [Spot(hop.quad, Part.OBJECT) for hop in hops[:1]]

    def _second(self, hops: Iterable[Hop], message: str) -> list[Spot]:
        """The second of several values that are too many; the first is related."""
        values: dict[object, ox.Quad] = {}
        for hop in hops:
            values.setdefault(hop.end, hop.quad)
        first = list(values.values())[:2]
        if len(first) == 2:
            self.related.append((message, [Spot(first[0], Part.OBJECT)]))
        part = Part.TAG if self._component in _OF_LANGUAGE else Part.OBJECT
        return [Spot(quad, part) for quad in first[-1:]]

    def _relate(self, exact: Sequence[ox.Quad], part: Part) -> None:
        """Note what clashes with the statement, and which other files say it."""
        if self._component in _COMPARING:
            self.related += [(_CONFLICT, [Spot(q, Part.OBJECT)]) for q in self._conflicting()]
        asked = self._component in _OF_VALUES and not self._is_of_one_statement
        home = self._said.home(exact[0].object) if asked else None
        if home is not None and not self._said.rank(home)[0] and home.subject != self.subject:
            self.related.append((_DESCRIBED, [Spot(home, Part.SUBJECT)]))
        graphs = {exact[0].graph_name}
        for quad in exact[1:] if part is not Part.SUBJECT else ():
            if quad.graph_name not in graphs:
                graphs.add(quad.graph_name)
                self.related.append((_ALSO, [Spot(quad, part)]))

    def _relate_named(self) -> None:
        """Note the other records that the message names, by the same property if they have it."""
        finding = self.finding
        if self._is_of_one_statement:
            return
        chosen = self.candidates[0] if self.candidates else Spot(None, Part.SUBJECT)
        predicate = chosen.quad.predicate if chosen.quad and chosen.part else None
        own = {finding.focus, finding.value, finding.anchor.subject}
        if chosen.quad:
            own.add(str(chosen.quad.subject))
        for name in self._said.named_in(finding.message):
            home = self._said.home(name)
            if home is None or self._said.rank(home)[0] or str(name) in own - {finding.value}:
                continue
            same = [quad for quad in self._said.about(name) if quad.predicate == predicate]
            spot = Spot(same[0], Part.OBJECT) if same else Spot(home, Part.SUBJECT)
            self.related.append((_DESCRIBED, [spot]))

    def _conflicting(self) -> list[ox.Quad]:
        """The statement with whose value the finding's is compared, and fails."""
        others = self._said.limits(self._component, self.finding.path)
        quads = self._said.about(self.subject)
        if self._component == "disjoint":
            quads = [quad for quad in quads if str(quad.object) == self.object]
            own = self.steps[-1].forward
            rest = [quad for quad in quads if quad.predicate not in own]
            return ([quad for quad in rest if quad.predicate in others] or rest)[:1]
        return [quad for quad in quads if quad.predicate in others][:1]

    def _elsewhere(self, name: str) -> Iterator[Spot]:
        """What the finding is about as another file has it."""
        quads = [
            quad
            for quad in self._said.about(self.subject)
            if any(source.name == name for source in self._said.files_of(quad.graph_name))
        ]
        predicates: frozenset[object] = self.steps[-1].forward if self.steps else frozenset()
        quads.sort(key=lambda q: (q.predicate not in predicates, str(q.object) == self.object))
        for quad in quads[:1]:
            is_value = quad.predicate in predicates and quad.predicate != TYPE
            yield Spot(quad, Part.OBJECT if is_value else Part.SUBJECT, name)

    # what comes out

    def all_spots(self) -> Iterator[Spot]:
        """All statements whose places may be wanted."""
        yield from self.candidates
        for _, spots in self.related:
            yield from spots
        for spots in self._own.values():
            yield from spots

    def located(self, places: Spots) -> Finding:
        """The finding with its place and all that is related to it."""
        finding = self.finding
        here = finding.location
        if here is None:
            here = places.first(self.candidates)
        elif not here.line:
            here = places.first(self.candidates, here.path) or here
        related = [
            replace(item, location=places.first(self._own.get(number, ())) or item.location)
            for number, item in enumerate(finding.related)
        ]
        for message, spots in self.related:
            there = places.first(spots)
            if there is not None and there != here:
                related.append(Related(message, there))
        return replace(finding, location=here, related=tuple(dict.fromkeys(related)))


def _of_one_language(hops: Iterable[Hop]) -> list[Hop]:
    """The values that share the first language that two of them have."""
    groups: dict[str, dict[object, Hop]] = {}
    for hop in hops:
        if isinstance(hop.end, ox.Literal) and hop.end.language:
            group = groups.setdefault(hop.end.language.lower(), {})
            group.setdefault(hop.end, hop)
            if len(group) > 1:
                return list(group.values())
    return []
