"""Every rule has a right and a wrong case, and finds in them what the case says it does.

A case lies in ontology/cases/<rule>/: valid and invalid data, and expected.json with
the findings of that rule in the invalid one. Each is read together with the general
vocabulary. For the rules that are shapes, the command line of pySHACL, run in a shell
on exported files, must find the same as we do.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from mesokg.canon import serialize_triples
from mesokg.checks import validate
from mesokg.dataset import FORMATS, Dataset, format_of, load, load_sources, parse
from mesokg.engine import embed
from mesokg.lint import FILE_LINTS, LINTS
from mesokg.lint.scan import scan
from mesokg.mappings import read_mappings
from mesokg.project import SourceFile, case_folder, general_files, open_project
from mesokg.query_checks import check_query
from mesokg.report import Finding, Rule
from mesokg.rulebook import rules
from mesokg.shacl import ENGINES, Result, run_shapes, validate_shapes
from mesokg.terms import NS, SHAPES, STANDARD_PREFIXES, Prefixes, project_prefixes
from mesokg.texts import Texts, find_texts
from mesokg.waivers import WAIVER_RULES, inline_waivers, settle

BASE = "https://example.org/kg/"
PREFIXES = project_prefixes(BASE)
SH = STANDARD_PREFIXES["sh"]
TEXT = ox.NamedNode(NS + "text")
TEXT_GRAPH = ox.NamedNode(BASE + "graph/text")
RULES: Mapping[str, Rule] = rules()
#: Rules about files that are broken or about rules that are: tested where files are read.
WITHOUT_CASE = {
    "another-text",
    "baseline-outdated",
    "shape-ill-formed",
    "byte-order-mark",
    "check-failed",
    "does-not-parse",
    "empty-input",
    "line-ends",
    "shape-failed",
}


# --- reading cases ---------------------------------------------------------------------------


@cache
def general() -> Dataset:
    return load_sources(general_files(), Prefixes(STANDARD_PREFIXES))


@cache
def vocabulary() -> tuple[ox.Triple, ...]:
    graphs = {ox.NamedNode(s.graph) for s in general().sources if s.role == "vocabulary"}
    return tuple(quad.triple for quad in general().quads if quad.graph_name in graphs)


@cache
def shape_triples() -> Mapping[object, tuple[ox.Triple, ...]]:
    """The triples of all shapes, by subject."""
    graphs = {ox.NamedNode(s.graph) for s in general().sources if s.role == "shapes"}
    found: dict[object, list[ox.Triple]] = {}
    for quad in general().quads:
        if quad.graph_name in graphs:
            found.setdefault(quad.subject, []).append(quad.triple)
    return {subject: tuple(triples) for subject, triples in found.items()}


def shape(rule: str) -> tuple[ox.Triple, ...]:
    """The triples of one shape, with all that hangs on it."""
    open_nodes: list[object] = [ox.NamedNode(SHAPES + rule)]
    done: list[ox.Triple] = []
    seen: set[object] = set()
    while open_nodes:
        node = open_nodes.pop()
        if node not in seen:
            seen.add(node)
            triples = shape_triples().get(node, ())
            done += triples
            open_nodes += [triple.object for triple in triples]
    return tuple(done)


def case_file(rule: str, kind: str) -> Path:
    (path,) = (p for p in (case_folder() / rule).glob(f"{kind}.*"))
    return path


def read_case(path: Path, base: str = BASE) -> tuple[ox.Quad, ...]:
    """The quads of a case; those of the default graph stand in the graph of one file."""
    text = path.read_text("utf-8").replace(BASE, base)
    graph = ox.NamedNode(f"{base}graph/data/case")
    quads = ox.parse(text, format=FORMATS[format_of(path.name)], rename_blank_nodes=True)
    return tuple(
        ox.Quad(quad.subject, quad.predicate, quad.object, graph)
        if isinstance(quad.graph_name, ox.DefaultGraph)
        else quad
        for quad in quads
    )


def as_dataset(path: Path) -> tuple[Dataset, Texts]:
    quads = read_case(path)
    graphs = {quad.graph_name for quad in quads if isinstance(quad.graph_name, ox.NamedNode)}
    source = SourceFile(path, path.name, f"{BASE}graph/data/case", "data")
    dataset = replace(
        general(),
        quads=quads + general().quads,
        prefixes=PREFIXES,
        base=BASE,
        sources=(source, *general().sources),
        merged=general().merged | (graphs - {TEXT_GRAPH}),
    )
    texts = {q.subject.value: q.object.value for q in quads if q.predicate == TEXT}  # type: ignore[union-attr]  # written so
    return dataset, Texts(texts)


def as_file(path: Path) -> SourceFile:
    return SourceFile(path, path.name, f"{BASE}graph/data/{path.stem}", "data")


def find(rule: str, path: Path) -> list[Finding]:
    """What one rule finds in a case."""
    how = RULES[rule].how
    if rule in {known.id for known in WAIVER_RULES}:
        project = open_project(path) if path.suffix == ".toml" else None
        comments = inline_waivers(path.name, path.read_text("utf-8"))
        day = date(2030, 1, 1)
        return list(settle([], project, comments, today=day, known=RULES).findings)
    if path.suffix == ".tsv" and rule in LINTS:
        source = replace(as_file(path), role="mappings")
        return list(LINTS[rule].run(replace(general(), sources=(source,)), Texts()))
    if path.suffix == ".tsv":
        return list(read_mappings(path.read_text("utf-8"), path.name, PREFIXES).problems)
    if rule == "prefix-undefined":
        return list(parse(path.read_text("utf-8"), "turtle", path.name).problems)
    if path.suffix == ".rq":
        return check_query(path.read_text("utf-8"), path.name, general(), embed(general()))
    if rule in FILE_LINTS:
        beside = sorted(path.parent.glob("beside*"))
        return list(
            FILE_LINTS[rule].run(scan(as_file(p), p.read_text("utf-8")) for p in (*beside, path))
        )
    dataset, texts = as_dataset(path)
    if how == "shape":
        data = (*(quad.triple for quad in read_case(path)), *vocabulary())
        return validate_shapes(data, shape(rule), prefixes=PREFIXES)
    if rule in LINTS:
        return list(LINTS[rule].run(dataset, texts))
    report = validate(dataset, texts=texts, shapes=())
    return list(report.findings)


def as_expected(findings: Iterable[Finding], rule: str) -> list[dict[str, str | None]]:
    """Findings of a rule as expected.json writes them; a path that is no property is null."""
    found = []
    for finding in findings:
        if finding.rule == rule:
            simple = re.fullmatch(r"<([^<>]*)>", finding.path)
            found.append(
                {
                    "focus": finding.focus.removeprefix("<").removesuffix(">"),
                    "path": simple[1] if simple else None,
                    "value": finding.value or None,
                }
            )
    return sorted(found, key=str)


# --- each case by itself ---------------------------------------------------------------------

FOLDERS = sorted(path.name for path in case_folder().iterdir() if path.is_dir())


def test_every_rule_has_a_case_and_every_case_a_rule() -> None:
    assert set(FOLDERS) == RULES.keys() - WITHOUT_CASE
    assert len(FOLDERS) >= 90


@pytest.mark.parametrize("rule", FOLDERS)
def test_right_case_is_right(rule: str) -> None:
    assert as_expected(find(rule, case_file(rule, "valid")), rule) == []


@pytest.mark.parametrize("rule", FOLDERS)
def test_wrong_case_is_found(rule: str) -> None:
    expected = json.loads((case_folder() / rule / "expected.json").read_text("utf-8"))
    assert expected, "a wrong case has something to find"
    found = as_expected(find(rule, case_file(rule, "invalid")), rule)
    assert found == sorted(expected, key=str)


@pytest.mark.parametrize("rule", FOLDERS)
def test_messages_are_for_people(rule: str) -> None:
    for finding in find(rule, case_file(rule, "invalid")):
        if finding.rule == rule:
            assert finding.message
            assert "_:" not in finding.message
            assert not re.search(r"\{[?$]|\ue000|\ue001", finding.message)


# --- pySHACL's command line ------------------------------------------------------------------


def all_cases() -> Iterator[ox.Triple]:
    """The wrong cases of all shapes in one graph, each under a base of its own."""
    for rule in FOLDERS:
        if RULES[rule].how == "shape":
            quads = read_case(case_file(rule, "invalid"), f"https://example.org/{rule}/")
            yield from (quad.triple for quad in quads)
    yield from vocabulary()


def flagship() -> Iterator[ox.Triple]:
    root = Path(__file__).parent.parent
    dataset = load(open_project(root / "mesokg.toml"))
    shapes = {ox.NamedNode(s.graph) for s in dataset.sources if s.role == "shapes"}
    testdata = root / os.environ.get("MESOKG_TESTDATA", "../shared")
    texts = find_texts(dataset, testdata / "article")
    yield from (quad.triple for quad in texts.quads(dataset.base))
    yield from (quad.triple for quad in dataset.quads if quad.graph_name not in shapes)


def signature(results: Iterable[Result]) -> Counter[tuple[str, ...]]:
    def plain(term: object) -> str:
        return "_" if isinstance(term, ox.BlankNode) else str(term or "")

    return Counter(
        (plain(r.focus), r.path, plain(r.value), r.component, r.severity) for r in results
    )


@pytest.mark.slow
@pytest.mark.parametrize("data", [all_cases, flagship], ids=lambda data: data.__name__)
def test_command_line_of_pyshacl_finds_the_same(data: object, tmp_path: Path) -> None:
    assert callable(data)
    triples = tuple(dict.fromkeys(data()))
    shapes = tuple(triple for triples in shape_triples().values() for triple in triples)
    for name, content in (("data", triples), ("shapes", shapes)):
        exported = serialize_triples(content, "turtle", PREFIXES)
        (tmp_path / f"{name}.ttl").write_bytes(exported)
    done = subprocess.run(
        [sys.executable, "-m", "pyshacl", "-s", "shapes.ttl", "-f", "nt", "data.ttl"],
        cwd=tmp_path, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr.decode()
    report = tuple(quad.triple for quad in ox.parse(done.stdout, format=ox.RdfFormat.N_TRIPLES))
    theirs = signature(results_of(report))
    assert theirs, "a parity test that compares nothing proves nothing"
    for engine in ENGINES:
        assert signature(run_shapes(triples, shapes, engine=engine)) == theirs


def results_of(report: tuple[ox.Triple, ...]) -> Iterator[Result]:
    """The results of a report from a shell, read without our own reader."""
    about: dict[object, dict[str, list[object]]] = {}
    for triple in report:
        about.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(
            triple.object
        )

    def one(node: object, name: str) -> object:
        return next(iter(about.get(node, {}).get(SH + name, ())), None)

    for node in list(about):
        if one(node, "resultSeverity") is not None:
            path = one(node, "resultPath")
            yield Result(
                None,
                None,
                str(getattr(one(node, "sourceConstraintComponent"), "value", "")),
                one(node, "focusNode"),  # type: ignore[arg-type]  # a term
                path_of(path, about) if path is not None else "",
                one(node, "value"),  # type: ignore[arg-type]  # a term
                str(getattr(one(node, "resultSeverity"), "value", "")),
                (),
                (),
            )


def path_of(
    node: object, about: Mapping[object, Mapping[str, list[object]]], depth: int = 0
) -> str:
    if isinstance(node, ox.NamedNode):
        return str(node)
    inside = {name: values[0] for name, values in about[node].items()}
    for name, mark in (("zeroOrMorePath", "*"), ("oneOrMorePath", "+"), ("zeroOrOnePath", "?")):
        if SH + name in inside:
            return path_of(inside[SH + name], about, depth + 1) + mark
    if SH + "inversePath" in inside:
        return "^" + path_of(inside[SH + "inversePath"], about, depth + 1)
    choices = inside.get(SH + "alternativePath")
    rest, steps = choices or node, []
    rdf = STANDARD_PREFIXES["rdf"]
    while rest != ox.NamedNode(rdf + "nil"):
        steps.append(path_of(about[rest][rdf + "first"][0], about, depth + 1))
        rest = about[rest][rdf + "rest"][0]
    joined = ("|" if choices else "/").join(steps)
    return f"({joined})" if choices or depth else joined
