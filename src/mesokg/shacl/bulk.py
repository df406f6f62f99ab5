"""The bulk engine: shacl-rust for SHACL Core, sets for SPARQL constraints.

This module decides how a million triples reach both without becoming Python objects
that last. It is loaded only when the engine runs.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyoxigraph as ox
import shacl_rust  # type: ignore[import-untyped]

from mesokg.dataset import Term
from mesokg.shacl.graphs import MESSAGE, Index, Result, Triples, path_text, sh
from mesokg.shacl.guards import Guard
from mesokg.shacl.paths import with_simple_paths
from mesokg.shacl.sets import Plan, answer, index_for

__all__ = ["check_core", "check_file", "check_path", "check_sets"]

_FORMATS: Final = {ox.RdfFormat.TURTLE: "turtle", ox.RdfFormat.N_TRIPLES: "nt"}


def check_core(data: Triples, shapes: Triples) -> tuple[Result, ...]:
    """What SHACL Core says about triples. Whatever the library raises when it cannot do it."""
    nt = ox.RdfFormat.N_TRIPLES
    text = ox.serialize(data, format=nt)
    return _core(io.BytesIO(text or b""), "nt", shapes)


def check_sets(plan: Plan, quads: Iterable[ox.Quad]) -> tuple[Result, ...] | None:
    """What the queries of a plan say; None when the index would not be exact."""
    store, exact = index_for(quads)
    if not exact:
        return None
    return tuple(result for constraint in plan.sets for result in answer(constraint, store))


def check_path(path: Path, format: ox.RdfFormat, shapes: Triples) -> tuple[Result, ...]:
    """What SHACL Core says about a file. Whatever the library raises when it cannot do it."""
    return _core(path, _FORMATS[format], shapes)


def check_file(
    path: Path, format: ox.RdfFormat, plan: Plan, guard: Guard
) -> tuple[tuple[Result, ...], int] | None:
    """What a file's statements break, and how many they are; None: not without reading it whole.

    SyntaxError or ValueError when the file does not parse.
    """
    counted = 0
    terms = plan.terms
    wanted = None if terms is None else frozenset(map(ox.NamedNode, terms))
    watched = frozenset(guard.compared) | guard.nodes

    def kept() -> Iterator[ox.Quad]:
        nonlocal counted
        for quad in ox.parse(path=path, format=format):
            counted += 1
            predicate = quad.predicate
            if predicate in watched:
                guard.see(predicate, quad.object)
            if wanted is None or predicate in wanted:
                yield quad

    asked = check_sets(plan, kept())
    if asked is None or not guard.safe:
        return None
    return (*check_path(path, format, plan.core), *asked), counted


def _core(data: Path | BinaryIO, format: str, shapes: Triples) -> tuple[Result, ...]:
    text = ox.serialize(with_simple_paths(shapes), format=ox.RdfFormat.N_TRIPLES)
    report: Mapping[str, Any] = shacl_rust.validate_file(
        data,
        io.BytesIO(text or b""),
        data_format=format,
        shapes_format="nt",
        experimental_index=True,
    )
    index = Index(shapes)
    return tuple(_result(found, index) for found in report["results"])


def _result(found: Mapping[str, Any], shapes: Index) -> Result:
    shape = _term(found.get("sourceShape"))
    path = shapes.value(shape, sh("path")) if found.get("resultPath") else None
    return Result(
        shape,
        None,
        found["sourceConstraintComponent"][1:-1],
        _term(found.get("focusNode")),
        path_text(path, shapes) if path is not None else found.get("resultPath") or "",
        _term(found.get("value")),
        found["severity"][1:-1],
        tuple(t for t in shapes.values(shape, MESSAGE) if isinstance(t, ox.Literal)),
        tuple(_result(detail, shapes) for detail in found.get("details", ())),
    )


_SUBJECT: Final = "<urn:s> <urn:p> "


def _term(text: str | None) -> Term | None:
    """The term that a text in N-Triples form stands for."""
    if not text:
        return None
    if text.startswith("<") and text.endswith(">") and "\\" not in text:
        return ox.NamedNode(text[1:-1])
    if text.startswith("_:"):
        return ox.BlankNode(text[2:])
    term: Term = next(ox.parse(f"{_SUBJECT}{text} .", format=ox.RdfFormat.N_TRIPLES)).object
    return term
