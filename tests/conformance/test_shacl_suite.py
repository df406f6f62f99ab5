"""The W3C SHACL test suite, run through our adapter with every engine that is installed.

Two reports count as equal when they agree on `sh:conforms` and on the multiset of
(focus node, result path, value, component, severity); blank nodes are wildcards.
What an engine is known to get wrong stands in known-failures.toml with its reason;
a test that is listed there and passes is an error, so the list cannot rot.
"""

from __future__ import annotations

import os
import tarfile
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from mesokg.errors import UsageError
from mesokg.shacl import ENGINES, choose_engine, run_shapes
from mesokg.terms import STANDARD_PREFIXES

HERE = Path(__file__).parent
ARCHIVE = (
    HERE.parent.parent
    / os.environ.get("MESOKG_TESTDATA", "../shared")
    / "conformance/shacl-tests.tar.gz"
)
KNOWN = tomllib.loads((HERE / "known-failures.toml").read_text("utf-8"))["shacl"]

SH = STANDARD_PREFIXES["sh"]
RDF = STANDARD_PREFIXES["rdf"]
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
BASE = "https://suite.example/"

Triples = tuple[ox.Triple, ...]
Signature = tuple[str, ...]


@dataclass(frozen=True)
class Case:
    name: str
    data: str
    shapes: str
    expected: Counter[Signature] | None
    """The expected results; None: the engine must refuse the shapes."""


def read_suite() -> tuple[dict[str, Triples], list[Case]]:
    """The files of the suite by IRI, and its cases in order."""
    files: dict[str, Triples] = {}
    with tarfile.open(ARCHIVE) as archive:
        for member in archive.getmembers():
            stream = archive.extractfile(member) if member.name.endswith(".ttl") else None
            if stream is not None:
                iri = BASE + member.name
                quads = ox.parse(
                    stream.read(),
                    format=ox.RdfFormat.TURTLE,
                    base_iri=iri,
                    rename_blank_nodes=True,
                )
                files[iri] = tuple(quad.triple for quad in quads)
    cases = [
        _case(triple.subject, triples)
        for triples in files.values()
        for triple in triples
        if triple.object == ox.NamedNode(SHT + "approved")
    ]
    return files, sorted(cases, key=lambda case: case.name)


def _case(node: object, triples: Triples) -> Case:
    def one(subject: object, iri: str) -> object:
        return next(
            (t.object for t in triples if t.subject == subject and t.predicate.value == iri), None
        )

    action, result = one(node, MF + "action"), one(node, MF + "result")
    name = str(getattr(node, "value", "")).rpartition("/tests/")[2]
    data, shapes = (
        str(getattr(one(action, SHT + key), "value", "")) for key in ("dataGraph", "shapesGraph")
    )
    if result == ox.NamedNode(SHT + "Failure"):
        return Case(name, data, shapes, None)
    found: Counter[Signature] = Counter()
    for triple in triples:
        if triple.subject == result and triple.predicate.value == SH + "result":
            here = triple.object
            path = one(here, SH + "resultPath")
            found[
                _plain(one(here, SH + "focusNode")),
                _path(path, triples).strip("()") if path is not None else "",
                _plain(one(here, SH + "value")),
                _plain(one(here, SH + "sourceConstraintComponent")),
                _plain(one(here, SH + "resultSeverity")),
            ] += 1
    return Case(name, data, shapes, found)


def _plain(term: object) -> str:
    return "_" if isinstance(term, ox.BlankNode) else "" if term is None else str(term)


def _path(node: object, triples: Triples) -> str:
    if isinstance(node, ox.NamedNode):
        return str(node)
    about = {t.predicate.value: t.object for t in triples if t.subject == node}
    marks = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
    for name, mark in marks.items():
        if SH + name in about:
            return f"{_path(about[SH + name], triples)}{mark}"
    if SH + "inversePath" in about:
        return f"^{_path(about[SH + 'inversePath'], triples)}"
    joint = "|" if SH + "alternativePath" in about else "/"
    rest, steps = about.get(SH + "alternativePath", node), []
    while rest != ox.NamedNode(RDF + "nil"):
        inside = {t.predicate.value: t.object for t in triples if t.subject == rest}
        steps.append(_path(inside[RDF + "first"], triples))
        rest = inside[RDF + "rest"]
    return f"({joint.join(steps)})"


def _installed() -> list[str]:
    names = []
    for name in ENGINES:
        try:
            names.append(choose_engine(name))
        except UsageError:
            continue
    return names


FILES, CASES = read_suite() if ARCHIVE.is_file() else ({}, [])
RUNS = [
    pytest.param(
        engine,
        case,
        id=f"{engine}-{case.name}",
        marks=[pytest.mark.xfail(reason=KNOWN[engine][case.name])]
        if case.name in KNOWN.get(engine, {})
        else [],
    )
    for engine in _installed()
    for case in CASES
]


def test_the_suite_is_whole() -> None:
    if not CASES:
        pytest.skip(f"the W3C SHACL suite is not in {ARCHIVE}: set MESOKG_TESTDATA")
    assert len(CASES) == 120
    listed = {name for names in KNOWN.values() for name in names}
    assert listed <= {case.name for case in CASES}


@pytest.mark.parametrize(("engine", "case"), RUNS)
def test_case(engine: str, case: Case) -> None:
    if case.expected is None:
        with pytest.raises(UsageError):
            run_shapes(FILES[case.data], FILES[case.shapes], engine=engine)
        return
    results = run_shapes(FILES[case.data], FILES[case.shapes], engine=engine)
    found = Counter(
        (
            _plain(result.focus),
            result.path.strip("()"),
            _plain(result.value),
            f"<{result.component}>",
            f"<{result.severity}>",
        )
        for result in results
    )
    assert found == case.expected
