"""Shapes on data of which little has changed: what is known is kept, the rest asked again.

This module decides when what an engine found before may stand. It gives what the engine
would find in all of the data, or nothing: then all of it has to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, NamedTuple

import pyoxigraph as ox

from mesokg.shacl.engines import pass_on, run_engines
from mesokg.shacl.graphs import SH, TYPE, Result, Triples
from mesokg.shacl.reach import SUBCLASS, Group, Surroundings, groups_of
from mesokg.shacl.rewriting import predicates_read
from mesokg.shacl.sets import Constraint, answer, index_for, plan

__all__ = ["Known", "Updated", "nearby", "updated"]

_SPARQL: Final = SH + "SPARQLConstraintComponent"
_IRI: Final = re.compile(r"<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Known:
    """What an engine found in the data before, and the statements that came or went since.

    `told` are the results that were explained.
    """

    results: Sequence[Result]
    changed: Collection[ox.Triple]
    told: Sequence[Result] = ()


class Updated(NamedTuple):
    """The results for the data as they are now, and the nodes that were asked again."""

    results: list[Result]
    again: AbstractSet[object]


def updated(known: Known, data: Triples, shapes: Triples, engines: Sequence[str]) -> Updated | None:
    """The results for the data as they are now.

    None when it cannot be told from the shapes how far the change reaches, and when the
    change is of class trees, which reach everywhere.
    """
    if not known.changed:
        return Updated(list(known.results), frozenset())
    parts = plan(shapes)
    groups = None if parts.unfit or parts.rest else groups_of(parts.core)
    if groups is None or any(triple.predicate == SUBCLASS for triple in known.changed):
        return None
    core = _core(known, data, parts.core, groups, engines)
    if core is None:
        return None
    again = [c for c in parts.sets if _may_change(c, known.changed)]
    fresh = _answers(again, data)
    if fresh is None:
        return None
    shapes_again = {constraint.shape for constraint in again}
    kept = (r for r in known.results if r.component == _SPARQL and r.shape not in shapes_again)
    return Updated([*core.results, *kept, *fresh], core.again)


def _core(
    known: Known, data: Triples, core: Triples, groups: Iterable[Group], engines: Sequence[str]
) -> Updated | None:
    """The results of SHACL Core."""
    around = Surroundings((*data, *known.changed))
    now = Surroundings(data)
    region: dict[ox.Triple, None] = {}
    asked: dict[object, set[object]] = {}
    for group in groups:
        nodes = group.affected(known.changed, around)
        if nodes:
            region |= group.region(nodes, now)
        asked |= dict.fromkeys(group.nodes, nodes)

    def again(result: Result) -> bool:
        return result.focus in asked.get(result.shape, ())

    results = [r for r in known.results if r.component != _SPARQL]
    if any(result.shape not in asked for result in results):
        return None
    results = [result for result in results if not again(result)]
    if region or any(asked.values()):
        region |= dict.fromkeys(t for t in data if t.predicate == SUBCLASS)
        try:
            fresh, _ = run_engines(engines, tuple(region), core)
        except BaseException as error:
            pass_on(error)
            return None
        results += [result for result in fresh if again(result)]
    return Updated(results, frozenset().union(*asked.values()))


def nearby(results: Sequence[Result], data: Triples, shapes: Triples) -> Triples:
    """The statements that decide about some results; all of them where that cannot be told."""
    parts = plan(shapes)
    groups = None if parts.unfit else groups_of(parts.core)
    if groups is None:
        return data
    now = Surroundings(data)
    found = dict.fromkeys(triple for triple in data if triple.predicate == SUBCLASS)
    for group in groups:
        focus = {result.focus for result in results if result.shape in group.nodes}
        if focus:
            found |= group.region(focus, now)
    return tuple(found)


# --- SPARQL constraints -----------------------------------------------------------------------


def _may_change(constraint: Constraint, changed: Iterable[ox.Triple]) -> bool:
    """Whether a constraint may give other rows once some statements came or went."""
    terms = _read(constraint)
    return any(terms is None or triple.predicate.value in terms for triple in changed)


def _read(constraint: Constraint) -> frozenset[str] | None:
    """The predicates of all statements that a constraint looks at; None: any."""
    terms = predicates_read(constraint.rewritten.query)
    if terms is None or "*" in constraint.path or "?" in constraint.path:
        return None
    targets = {
        target.value
        for kind, target in constraint.targets
        if kind.endswith("Of") and isinstance(target, ox.NamedNode)
    }
    return terms | targets | set(_IRI.findall(constraint.path)) | {TYPE.value}


def _answers(constraints: Sequence[Constraint], data: Triples) -> list[Result] | None:
    """What constraints find in all of the data; None when their index would not be exact."""
    if not constraints:
        return []
    reads = [_read(constraint) for constraint in constraints]
    wanted: set[str] | None = {SUBCLASS.value}
    for terms in reads:
        wanted = None if wanted is None or terms is None else wanted | terms
    kept = (t for t in data if wanted is None or t.predicate.value in wanted)
    store, exact = index_for(ox.Quad(*triple) for triple in kept)
    if not exact:
        return None
    return [result for constraint in constraints for result in answer(constraint, store)]
