"""Reading a validation report (SHACL, 3.6) as results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.shacl.graphs import TYPE, Index, Result, Triples, path_text, sh

__all__ = ["read_report"]

_DEEPEST: Final = 10


def read_report(report: Iterable[ox.Triple], shapes: Triples) -> tuple[Result, ...]:
    """The results of a report. Paths are read from the shapes where an engine only points there."""
    index = Index(report)
    shape_index = Index(shapes)
    tops = [
        result
        for node, about in list(index.out.items())
        if sh("ValidationReport") in about.get(TYPE, ())
        for result in about.get(sh("result"), ())
    ]
    return tuple(_result(node, index, shape_index, 0) for node in dict.fromkeys(tops))


def _result(node: Term, report: Index, shapes: Index, depth: int) -> Result:
    def one(name: str) -> Term | None:
        return report.value(node, sh(name))

    def iri(name: str) -> str:
        term = one(name)
        return term.value if isinstance(term, ox.NamedNode) else ""

    path = one("resultPath")
    details = report.values(node, sh("detail")) if depth < _DEEPEST else []
    return Result(
        one("sourceShape"),
        one("sourceConstraint"),
        iri("sourceConstraintComponent"),
        one("focusNode"),
        path_text(path, shapes if path in shapes.out else report) if path is not None else "",
        one("value"),
        iri("resultSeverity"),
        tuple(t for t in report.values(node, sh("resultMessage")) if isinstance(t, ox.Literal)),
        tuple(_result(detail, report, shapes, depth + 1) for detail in details),
    )
