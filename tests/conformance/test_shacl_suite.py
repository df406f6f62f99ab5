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
from click.testing import CliRunner

from mesokg.cli import main
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
    action, result = _one(node, MF + "action", triples), _one(node, MF + "result", triples)
    name = str(getattr(node, "value", "")).rpartition("/tests/")[2]
    data, shapes = (
        str(getattr(_one(action, SHT + key, triples), "value", ""))
        for key in ("dataGraph", "shapesGraph")
    )
    if result == ox.NamedNode(SHT + "Failure"):
        return Case(name, data, shapes, None)
    return Case(name, data, shapes, _results(result, triples))


def _one(subject: object, iri: str, triples: Triples) -> object:
    return next(
        (t.object for t in triples if t.subject == subject and t.predicate.value == iri), None
    )


def _results(report: object, triples: Triples) -> Counter[Signature]:
    """The results that a report holds."""
    found: Counter[Signature] = Counter()
    for triple in triples:
        if triple.subject == report and triple.predicate.value == SH + "result":
            path = _one(triple.object, SH + "resultPath", triples)
            names = ("focusNode", "value", "sourceConstraintComponent", "resultSeverity")
            focus, *rest = (_plain(_one(triple.object, SH + name, triples)) for name in names)
            found[focus, _path(path, triples).strip("()") if path is not None else "", *rest] += 1
    return found


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


# --- through the command line ----------------------------------------------------------------

#: What we say of the suite's own shapes, beside the results: each is so, and tells of a trap.
ABOUT_SHAPES = {
    "core/misc/deactivated-001": {"empty-input"},  # no shape is left that could find anything
    "core/misc/severity-002": {"shape-ill-formed"},  # a severity of its own
    "core/node/qualified-001": {"shape-ill-formed"},  # without sh:path it has no meaning
    "core/path/path-strange-001": {"shape-ill-formed"},  # a list that is an inverse path, too
    "core/path/path-strange-002": {"shape-ill-formed"},
    "core/property/qualifiedValueShape-001": {"term-unknown"},  # sh:nodeShape, a slip
    "core/property/uniqueLang-002": {"shape-ill-formed"},  # "1", which asks for nothing
}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suite")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("engine", ["auto", *_installed()])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_command_line_writes_the_expected_report(case: Case, engine: str, unpacked: Path) -> None:
    """Whole results, all of them, in the sh:ValidationReport of `mesokg validate --shapes`."""
    if case.name in KNOWN.get(engine, {}):
        pytest.xfail(KNOWN[engine][case.name])
    data, shapes = (unpacked / iri.removeprefix(BASE) for iri in (case.data, case.shapes))
    words = ["validate", "--engine", engine, "-f", "turtle", "--fail-on", "info"]
    done = CliRunner().invoke(main, [*words, "--shapes", str(shapes), str(data)])
    report = tuple(quad.triple for quad in ox.parse(done.stdout_bytes, format=ox.RdfFormat.TURTLE))
    rules = {
        _plain(quad.object).strip('"') for quad in report if quad.predicate.value == RULE
    } & OF_SHAPES
    [whole] = (t.subject for t in report if t.object == ox.NamedNode(SH + "ValidationReport"))
    results = Counter(
        tuple(part.replace(f"<{unpacked.as_uri()}/", f"<{BASE}") for part in signature)
        for signature in _results(whole, report).elements()
        if signature[3] != f"<{REPORT}RuleConstraintComponent>"
    )
    if case.expected is None:
        assert "shape-failed" in rules
        assert not results
    else:
        assert rules == ABOUT_SHAPES.get(case.name, set())
        assert results == Counter(_bare(signature) for signature in case.expected.elements())
    assert done.exit_code == (1 if results or rules else 0)


REPORT = "https://w3id.org/mesokg/report#"
RULE = REPORT + "rule"
OF_SHAPES = frozenset(
    {"does-not-parse", "empty-input", "shape-failed", "shape-ill-formed", "term-unknown"}
)


def _bare(signature: Signature) -> Signature:
    """A signature without the brackets around its path, which say nothing."""
    focus, path, *rest = signature
    return focus, path.strip("()"), *rest
