from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from mesokg.checks import validate, validate_files
from mesokg.dataset import Dataset, load, load_sources, read
from mesokg.errors import ConfigError, InputError, UsageError
from mesokg.project import Project, find, general_files
from mesokg.report import Finding, NotRun, Report, Severity
from mesokg.reporting import render
from mesokg.rulebook import explain, rules
from mesokg.shacl import read_shapes
from mesokg.terms import STANDARD_PREFIXES, Prefixes, project_prefixes
from mesokg.texts import Texts, find_texts
from strategies import datasets

BASE = "https://example.org/kg/"
SH = STANDARD_PREFIXES["sh"]
PREFIXES = project_prefixes(BASE)
HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
TEXT = "Ginger tea is drunk by many runners. It is said that it eases knee pain."
CONFIG = f"""
texts = "texts"
[project]
name = "tea"
title = "Tea and knees"
base = "{BASE}"
"""
ARTICLE = f"""
article:tea a meso:Article ; dcterms:title "Tea"@en ; meso:length {len(TEXT)} ;
  meso:sha256 "{hashlib.sha256(TEXT.encode()).hexdigest()}" ; meso:textRights rights:unknown .
"""
CLAIM = """
claim:tea-1 a meso:Claim ; rdfs:label "Tea helps knees."@en ; meso:statedIn article:tea ;
  meso:subject treatment:tea ; meso:relation meso:decreases ; meso:object condition:knee-pain ;
  meso:kind kind:benefit ; meso:direction direction:supports ; meso:hedge hedge:asserted ;
  meso:textRole role:stated ; meso:start 53 ; meso:end 72 ; meso:quote "eases knee pain"@en .
"""


def project(folder: Path, files: Mapping[str, str], config: str = CONFIG) -> Project:
    (folder / "mesokg.toml").write_text(config, "utf-8")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((HEAD if name.endswith(".ttl") else "") + content, "utf-8")
    return find(folder)


def check(place: Project, **options: object) -> Report:
    return validate(load(place), place, **options)  # type: ignore[arg-type]  # as validate takes them


def rule(report: Report, name: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule == name]


def names(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def dataset(text: str) -> Dataset:
    return replace(read(HEAD + text), prefixes=PREFIXES, base=BASE)


# --- all rules together ----------------------------------------------------------------------


def test_one_report_of_shapes_checks_and_code(tmp_path: Path) -> None:
    wrong = CLAIM.replace("meso:kind kind:benefit ;", "meso:start 07 ;").replace("@en ;", " ;", 1)
    report = check(project(tmp_path, {"data/articles/tea.ttl": ARTICLE + wrong}))
    assert {"claim-core", "graph-without-metadata", "literal-form", "language-tag"} <= names(report)
    (kind,) = (f for f in rule(report, "claim-core") if f.path.endswith("#kind>"))
    assert kind.focus == f"<{BASE}claim/tea-1>"
    assert kind.location is not None
    assert kind.location.path == "data/articles/tea.ttl"
    assert kind.location.line > 1
    assert kind.severity is Severity.VIOLATION
    assert report.findings == tuple(sorted(report.findings, key=lambda f: f.order))
    assert report.rules > 80
    assert report.triples > 1000
    assert report.engine.startswith("pyshacl")


def test_a_finding_is_in_the_file_that_says_what_is_wrong(tmp_path: Path) -> None:
    files = {
        "data/articles/tea.ttl": ARTICLE + CLAIM + "ev:tea-1-2 a meso:EvidenceLine .",
        "data/reviews/tea.ttl": "ev:tea-1-2 meso:sourceCheck check:nonsense .",
    }
    report = check(project(tmp_path, files))
    by_path = {f.path.rpartition("#")[2][:-1]: f.location for f in rule(report, "evidence-core")}
    checked, cited = by_path["sourceCheck"], by_path["citation"]
    assert checked is not None
    assert checked.path == "data/reviews/tea.ttl"
    assert cited is not None
    assert cited.path == "data/articles/tea.ttl"


def test_a_dataset_without_vocabulary_is_checked_as_if_it_had_it() -> None:
    report = validate(dataset(CLAIM.replace("meso:kind kind:benefit ;", "meso:kind kind:bnefit ;")))
    assert "claim-core" in names(report)
    (found,) = (f for f in rule(report, "dangling-reference") if "kind" in f.path)
    assert found.message == "kind:bnefit is described nowhere; did you mean kind:benefit?"


def test_same_input_same_report() -> None:
    data = dataset(ARTICLE + CLAIM + "[] a meso:Claim ; rdfs:label '' .")
    again = dataset(ARTICLE + CLAIM + "[] a meso:Claim ; rdfs:label '' .")
    assert validate(data) == validate(again)


def test_nothing_is_not_valid(tmp_path: Path) -> None:
    assert [f.rule for f in validate(read("")).findings] == ["empty-input"]
    place = project(tmp_path, {"data/a.ttl": "# later", "data/b.ttl": "article:a a meso:Article ."})
    (found,) = rule(check(place), "empty-input")
    assert str(found.location) == "data/a.ttl"
    assert found.severity is Severity.VIOLATION


def test_a_file_that_does_not_parse_does_not_hide_the_others(tmp_path: Path) -> None:
    files = {"data/a.ttl": "claim:x a meso:Claim", "data/b.ttl": "claim:y a meso:Claim ."}
    report = check(project(tmp_path, files))
    (broken,) = rule(report, "does-not-parse")
    assert broken.location is not None
    assert (broken.location.path, broken.location.line > 1) == ("data/a.ttl", True)
    assert {f.location.path for f in rule(report, "claim-core") if f.location} == {"data/b.ttl"}
    assert rule(report, "empty-input") == []


def test_only_some_files(tmp_path: Path) -> None:
    files = {"data/a/x.ttl": "claim:x a meso:Claim .", "data/b/y.ttl": "claim:y a meso:Claim ."}
    place = project(tmp_path, files)
    report = check(place, only=[tmp_path / "data/b"])
    assert {f.location.path for f in report.findings if f.location} == {"data/b/y.ttl"}
    assert report.files == 1
    for path, code in (("data/c", "cannot-read"), ("mesokg.toml", "not-in-project")):
        with pytest.raises(InputError) as caught:
            check(place, only=[tmp_path / path])
        assert caught.value.code == code


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(datasets())
def test_anything_gives_a_report(data: Dataset) -> None:
    report = validate(data)
    assert isinstance(report, Report)
    assert rule(report, "check-failed") == []
    assert "\x1b" not in render(report, "text", data.prefixes)


# --- texts -----------------------------------------------------------------------------------


def test_rules_that_need_a_text_are_not_run_without_it(tmp_path: Path) -> None:
    wrong = CLAIM.replace("eases knee pain", "words that stand nowhere")
    place = project(tmp_path, {"data/articles/tea.ttl": ARTICLE + wrong})
    report = check(place)
    not_run = {item.rule for item in report.not_run}
    assert {"quote-in-passage", "quoted-share", "text-coverage", "text-hash"} <= not_run
    assert {item.reason for item in report.not_run} == {"text not present (article:tea)"}
    assert not_run.isdisjoint(names(report))
    assert not_run == {r.id for r in rules().values() if r.needs_text}


def test_with_the_text_they_run(tmp_path: Path) -> None:
    wrong = CLAIM.replace("eases knee pain", "words that stand nowhere")
    files = {"data/articles/tea.ttl": ARTICLE + wrong, "texts/any.txt": TEXT}
    place = project(tmp_path, files)
    report = check(place)
    assert report.not_run == ()
    assert "quote-in-passage" in names(report)
    assert report.rules == len(rules())
    assert check(place, texts=tmp_path / "texts") == report
    assert check(place, texts=find_texts(load(place), tmp_path / "texts")) == report
    assert check(place, texts=Texts(missing=(f"{BASE}article/tea",))).not_run != ()


def test_a_text_that_was_changed_is_named(tmp_path: Path) -> None:
    files = {"data/a.ttl": ARTICLE, "texts/tea.txt": TEXT.replace("knee", "back")}
    reason = check(project(tmp_path, files)).not_run[0].reason
    assert "tea.txt is not the text of article:tea" in reason


def test_one_text_of_two_runs_the_rules_and_says_what_is_missing(tmp_path: Path) -> None:
    other = ARTICLE.replace("article:tea", "article:coffee").replace('sha256 "', 'sha256 "00')
    files = {"data/a.ttl": ARTICLE + other + CLAIM, "texts/tea.txt": TEXT}
    report = check(project(tmp_path, files))
    assert NotRun("text-hash", "text not present (article:coffee)") in report.not_run
    assert rule(report, "text-coverage"), "the other article is checked"


def test_no_article_needs_no_text() -> None:
    assert validate(dataset("treatment:tea a skos:Concept .")).not_run == ()


def test_a_folder_of_texts_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        validate(dataset(ARTICLE), texts=tmp_path / "nowhere")
    assert caught.value.code == "cannot-read"


# --- a project's own rules -------------------------------------------------------------------

OWN = """#+ problem: A tea has no colour.
#+ why: Readers choose by it.
#+ fix: Give {?focus} a colour, not {?value}.
#+ severity: warning
SELECT ?focus ?path ?value { ?focus a ?value FILTER NOT EXISTS { ?focus ?any 'green' } }
"""


def test_own_checks_and_shapes_and_severities(tmp_path: Path) -> None:
    files = {
        "data/a.ttl": "treatment:tea a meso:Treatment .",
        "queries/checks/tea-colour.rq": OWN.replace("?focus a ?value", "?focus a meso:Treatment")
        .replace("SELECT", "PREFIX meso: <https://w3id.org/mesokg/ns#>\nSELECT")
        .replace(", not {?value}", ""),
        "rules/own.ttl": """<https://example.org/kg/rules#tea> a sh:NodeShape ;
          sh:targetClass meso:Treatment ; sh:property [ sh:path meso:unit ; sh:minCount 1 ] .""",
    }
    config = CONFIG + '[files]\nshapes = ["rules/*.ttl"]\n[severity]\ntea-colour = "violation"\n'
    place = project(tmp_path, files, config)
    report = check(place)
    (colour,) = rule(report, "tea-colour")
    assert colour.message == "Give treatment:tea a colour."
    assert colour.severity is Severity.VIOLATION
    assert rule(report, f"{BASE}rules#tea")
    table = rules(place)
    assert table["tea-colour"].severity is Severity.VIOLATION
    assert table["tea-colour"].how == "check"
    assert table[f"{BASE}rules#tea"].how == "shape"


def test_a_check_that_cannot_be_run_has_not_been_passed(tmp_path: Path) -> None:
    for name, query in (("a", "SELECT ?focus { nonsense"), ("b", "ASK {}"), ("c", "SELECT ?x {}")):
        header = OWN.partition("SELECT")[0]
        path = tmp_path / "queries" / "checks" / f"{name}.rq"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(header + query, "utf-8")
    report = check(project(tmp_path, {"data/a.ttl": "treatment:tea a meso:Treatment ."}))
    assert len(rule(report, "check-failed")) == 3


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("#+ fix:", "#+ fixx:", "check-header"),
        ("#+ severity: warning\n", "", "check-header"),
        ("warning", "fatal", "check-header"),
        ("#+ why: Readers choose by it.", "#+ why: [", "check-header"),
        ("#+ why: Readers choose by it.", "#+ requires: light", "check-header"),
        ("#+ why: Readers choose by it.", "#+ why: 7", "check-header"),
    ],
)
def test_a_bad_header_is_said(old: str, new: str, code: str, tmp_path: Path) -> None:
    place = project(tmp_path, {"queries/checks/tea.rq": OWN.replace(old, new)})
    with pytest.raises(ConfigError) as caught:
        rules(place)
    assert caught.value.code == code
    assert "tea.rq" in caught.value.message


@pytest.mark.parametrize("name", ["voice-leak", "literal-form"])
def test_no_own_check_takes_the_name_of_a_rule_of_the_tool(name: str, tmp_path: Path) -> None:
    place = project(tmp_path, {f"queries/checks/{name}.rq": OWN})
    with pytest.raises(ConfigError) as caught:
        rules(place)
    assert caught.value.code == "rule-taken"


def test_a_severity_of_no_rule(tmp_path: Path) -> None:
    place = project(tmp_path, {}, CONFIG + '[severity]\nclaim-coer = "info"\n')
    with pytest.raises(ConfigError) as caught:
        rules(place)
    assert caught.value.code == "unknown-rule"
    assert "claim-core" in caught.value.hint


# --- files of no project ---------------------------------------------------------------------

SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix f: <https://example.org/f#> .
f:Person sh:targetClass f:Human ; sh:property [ sh:path f:name ; sh:minCount 1 ] ."""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_a_plain_validator_for_any_rdf(tmp_path: Path) -> None:
    shapes = write(tmp_path / "shapes.ttl", SHAPES)
    data = write(
        tmp_path / "data.nt",
        "<urn:a> a <https://example.org/f#Human> .".replace(
            " a ", " <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        ),
    )
    report, read_in = validate_files([data], [shapes])
    (found,) = report.findings
    assert (found.rule, found.focus) == ("f:Person", "<urn:a>")
    assert found.message == "f:name needs at least 1 value"
    assert found.location is not None
    assert found.location.path == data.as_posix()
    assert (report.rules, report.files, report.triples) == (1, 1, 1)
    assert report.not_run == ()
    assert read_in.prefixes["f"] == "https://example.org/f#"


def test_plain_validation_asks_no_rule_of_ours(tmp_path: Path) -> None:
    shapes = write(tmp_path / "shapes.ttl", SHAPES)
    data = write(tmp_path / "data.ttl", HEAD + "claim:A a meso:Claim ; rdfs:label '' ; meso:n 01 .")
    assert validate_files([data], [shapes])[0].findings == ()


@pytest.mark.parametrize(
    ("data", "shapes", "rule_name"),
    [
        ("", SHAPES, "empty-input"),
        ("<urn:a> <urn:b> <urn:c> .", "", "empty-input"),
        ("<urn:a> <urn:b> <urn:c> .", "<urn:a> <urn:b> <urn:c> .", "empty-input"),
        ("<urn:a> <urn:b>", SHAPES, "does-not-parse"),
        ("<urn:a> <urn:b> <urn:c> .", "nonsense", "does-not-parse"),
        ("<urn:a> <urn:b> <http://e/%zz> .", SHAPES, "does-not-parse"),
    ],
)
def test_what_must_not_pass(data: str, shapes: str, rule_name: str, tmp_path: Path) -> None:
    files = write(tmp_path / "d.ttl", data), write(tmp_path / "s.ttl", shapes)
    report, _ = validate_files([files[0]], [files[1]])
    assert rule_name in names(report)
    assert not report.passes(Severity.VIOLATION)


def test_for_shapes_relative_iris_are_those_of_the_file(tmp_path: Path) -> None:
    """RFC 3986 section 5.1.3; where every rule is asked, such an IRI is a finding."""
    files = (
        write(tmp_path / "d.ttl", "<tea> a <urn:c> ."),
        write(tmp_path / "s.ttl", f"<urn:s> a <{SH}NodeShape> ; <{SH}targetClass> <urn:c> ; "
              f"<{SH}nodeKind> <{SH}Literal> ."),
    )  # fmt: skip
    report, _ = validate_files([files[0]], [files[1]])
    [found] = report.findings
    assert found.focus == f"<{(tmp_path / 'tea').as_uri()}>"
    assert found.location is not None
    assert (found.location.line, found.location.column) == (1, 1)
    assert names(validate_files([files[0]])[0]) >= {"does-not-parse"}


def test_without_shapes_every_rule_of_the_tool(tmp_path: Path) -> None:
    good = write(tmp_path / "good.ttl", "<urn:a> <urn:b> 'c' .")
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    integer = "<http://www.w3.org/2001/XMLSchema#integer>"
    bad = write(tmp_path / "bad.ttl", f"<urn:a> {label} 'x' ; <urn:n> 'x'^^{integer} .")
    assert validate_files([good])[0].findings == ()
    report, _ = validate_files([bad, good])
    assert names(report) == {"language-tag", "literal-form"}
    assert {str(f.location) for f in report.findings} == {f"{bad}:1:57", f"{bad}:1:71"}


def test_folders_and_stdin(tmp_path: Path) -> None:
    write(tmp_path / "in" / "deep" / "a.ttl", "<urn:a> <urn:b> 'c' .")
    write(tmp_path / "in" / "notes.txt", "no RDF")
    report, data = validate_files([tmp_path / "in", "-"], stdin=lambda: b"<urn:d> <urn:e> 1 .")
    assert (report.files, len(data.default_graph), report.findings) == (2, 2, ())
    broken, _ = validate_files(["-"], stdin=lambda: b"<urn:d> <urn:e> 'caf\xe9' .")
    assert names(broken) == {"does-not-parse"}
    assert str(broken.findings[0].location) == "-"
    empty, _ = validate_files(["-"], stdin=lambda: b"")
    assert names(empty) == {"empty-input"}
    with pytest.raises(InputError):
        validate_files([write(tmp_path / "out" / "x.txt", "").parent])


def test_quads_in_graphs_of_their_own_are_data(tmp_path: Path) -> None:
    shapes = write(tmp_path / "shapes.ttl", SHAPES)
    text = "<urn:g> { <urn:a> a <https://example.org/f#Human> }"
    report, _ = validate_files([write(tmp_path / "a.trig", text)], [shapes])
    assert names(report) == {"f:Person"}
    assert names(validate_files([write(tmp_path / "b.trig", "")], [shapes])[0]) == {"empty-input"}


def test_a_file_that_is_missing_or_of_no_format(tmp_path: Path) -> None:
    for path, code in (
        (tmp_path / "no.ttl", "cannot-read"),
        (tmp_path / "x.doc", "unknown-format"),
    ):
        with pytest.raises(InputError) as caught:
            validate_files([path])
        assert caught.value.code == code


# --- explaining ------------------------------------------------------------------------------


def test_explain_shows_a_wrong_and_a_right_example() -> None:
    found = explain("dangling-reference")
    assert (found.rule.how, found.rule.severity, found.rule.needs_text) == (
        "code",
        Severity.VIOLATION,
        False,
    )
    assert "  meso:evidence ev:tea-1-3 ." in found.wrong
    assert "  meso:evidence ev:tea-1-2 ." in found.right
    assert not any(line.startswith("@prefix") for line in found.wrong + found.right)


def test_explain_says_the_same_every_time() -> None:
    """A shape with several messages has that of its first property, however nodes are named."""
    shapes = [load_sources(general_files(), Prefixes(STANDARD_PREFIXES)) for _ in range(4)]
    fixes = [
        {shape.id: shape.fix for shape in read_shapes(one.default_graph, one.prefixes)}
        for one in shapes
    ]
    assert fixes[0] == fixes[1] == fixes[2] == fixes[3]
    assert fixes[0]["claim-core"].startswith("Restate the claim in your own words")


@pytest.mark.parametrize("name", sorted(rules()))
def test_every_rule_is_explained(name: str) -> None:
    found = explain(name, rules())
    assert found.rule.title
    assert found.rule.about
    assert found.rule.fix
    assert found.rule.how in {"shape", "check", "code"}
    assert found.wrong != found.right or not found.wrong


def test_explain_offers_the_nearest_names() -> None:
    with pytest.raises(UsageError) as caught:
        explain("claim-cores")
    assert caught.value.code == "unknown-rule"
    assert "claim-core" in caught.value.hint


@pytest.mark.parametrize("suffix", ["nt", "nq"])
def test_a_comment_waives_in_files_of_lines(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a.{suffix}"
    line = r'<http://e/a> <http://e/p> "\u0007" .'
    file.write_text(line, "utf-8")
    before, _ = validate_files([file])
    assert "control-character" in {finding.rule for finding in before.findings}
    file.write_text(f"{line} # mesokg: ignore control-character - as printed\n", "utf-8")
    after, _ = validate_files([file])
    assert "control-character" not in {finding.rule for finding in after.findings}
    assert [item.reason for item in after.waived] == ["as printed"]


def test_a_comment_waives_in_standard_input() -> None:
    said = rb'<http://e/a> <http://e/p> "\u0007" . # mesokg: ignore control-character - as printed'
    report, _ = validate_files(["-"], stdin=lambda: said)
    assert [item.finding.rule for item in report.waived] == ["control-character"]


SOME_SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <http://e/> .
e:Shape a sh:NodeShape ; sh:targetClass e:Claim ;
  sh:property [ sh:path e:quote ; sh:minCount 1 ] , [ sh:path e:number ; sh:maxInclusive 9000 ] .
"""


def test_a_large_file_is_judged_like_a_small_one(tmp_path: Path) -> None:
    """It never lies in memory as a whole, and findings stand where they stand otherwise."""
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(SOME_SHAPES, "utf-8")
    lines = []
    for number in range(9500):
        claim = f"<http://e/claim/{number}>"
        lines.append(f"{claim} <{STANDARD_PREFIXES['rdf']}type> <http://e/Claim> .")
        value = f'"{number}"^^<{STANDARD_PREFIXES["xsd"]}integer>'
        lines.append(f"{claim} <http://e/number> {value} .")
        if number % 1000:
            lines.append(f'{claim} <http://e/quote> "words of {number}" .')
    file = tmp_path / "large.nt"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    assert file.stat().st_size > 2_000_000
    fast, data = validate_files([file], [shapes])
    assert (fast.engine, fast.triples, fast.files) == ("shacl-rust", len(lines), 1)
    assert len(data.quads) < len(lines) / 10
    slow, _ = validate_files([file], [shapes], engine="pyshacl-turbo")
    assert len(slow.findings) == 509
    assert fast.findings == slow.findings
    assert all(finding.location and finding.location.line for finding in fast.findings)


def test_a_shape_that_is_wrong_is_a_finding_on_its_line(tmp_path: Path) -> None:
    shapes, data = tmp_path / "shapes.ttl", tmp_path / "data.ttl"
    shapes.write_text(SOME_SHAPES.replace("minCount 1", 'minCount "one"'), "utf-8")
    data.write_text("<http://e/c> a <http://e/Claim> .", "utf-8")
    report, _ = validate_files([data], [shapes])
    [wrong] = [finding for finding in report.findings if finding.rule == "shape-ill-formed"]
    assert wrong.location is not None
    assert (wrong.location.path, wrong.location.line) == (shapes.as_posix(), 4)


@pytest.mark.parametrize("engine", ["pyshacl", "pyshacl-turbo", "shacl-rust"])
def test_a_shape_that_cannot_be_run_hides_no_other(engine: str, tmp_path: Path) -> None:
    """Property shapes with a name are no exception, though engines do not run them by name."""
    shapes = write(
        tmp_path / "s.ttl",
        """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <http://e/> .
        e:named a sh:PropertyShape ; sh:targetClass e:C ; sh:path e:p ; sh:minCount 1 .
        e:broken a sh:NodeShape ; sh:targetClass e:C ;
          sh:property [ sh:path e:q ; sh:pattern "(" ] .
        """,
    )
    data = write(tmp_path / "d.ttl", "<http://e/c> a <http://e/C> ; <http://e/q> 'x' .")
    report, _ = validate_files([data], [shapes], engine=engine)
    rules = {finding.rule for finding in report.findings}
    assert "shape-ill-formed" in rules
    assert "e:named" in rules or ("shape-failed" in rules and engine == "pyshacl-turbo")
