from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from mesokg import __version__, products
from mesokg.canon import canonical, digest
from mesokg.dataset import Dataset, read
from mesokg.derived import derive
from mesokg.engine import embed
from mesokg.files import File
from mesokg.products import build_files, size_warning
from mesokg.project import Project, SourceFile, context_file, query_folder
from mesokg.queries import load_queries
from mesokg.report import Finding, Report, Severity
from mesokg.reporting import render
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE, project_prefixes

ROOT = Path(__file__).resolve().parent.parent
KG = "https://example.org/kg/"
SH = STANDARD_PREFIXES["sh"]
PREFIXES = project_prefixes(KG)
PROJECT = Project(
    root=ROOT / "no-such-folder",
    config=ROOT / "no-such-folder" / "mesokg.toml",
    name="ginger",
    title="Ginger for knees",
    base=KG,
    version="1.2.3",
)
REPORT = Report.of([Finding("claim-core", Severity.WARNING, "Say more.")], rules=7)
SECRET = "Every word of somebody else's article."
TRIG = (
    "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
    + f"""
    <{KG}graph/data/articles/k> {{
      article:k a meso:Article ; dcterms:title "On tea"@en ; meso:sha256 "00" .
      claim:k-1 a meso:Claim ; meso:statedIn article:k ; dcterms:identifier "K1" ;
        rdfs:label "=Tea, it is said, helps."@en ; meso:start 0 ; meso:end 9 ;
        meso:subject treatment:tea ; meso:relation meso:decreases ; meso:object condition:pain .
      claim:k-2 a meso:Claim ; meso:statedIn article:k ; meso:start 9 ; meso:end 12 ;
        meso:subject treatment:tea .
    }}
    <{KG}graph/ontology/domain/treatment> {{ treatment:tea skos:prefLabel "tea"@en . }}
    <{KG}graph/ontology/mappings> {{ treatment:tea skos:exactMatch <http://e/tea> . }}
    <{VOCABULARY_BASE}graph/ontology/shapes/claim> {{ shape:own a sh:NodeShape ; sh:property [
      sh:path meso:kind ; sh:in ( kind:harm kind:benefit ) ] . }}
    <{KG}graph/text> {{ article:k meso:text "{SECRET}" . }}
    <urn:x:y> {{ claim:k-1 rdfs:seeAlso <http://e/> . }}
    """
)


def source(graph: str, role: str) -> SourceFile:
    return SourceFile(Path("x.ttl"), "x.ttl", graph, role)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    found = read(TRIG, "trig")
    return Dataset(
        found.quads,
        PREFIXES,
        KG,
        (
            source(f"{KG}graph/data/articles/k", "data"),
            source(f"{KG}graph/ontology/domain/treatment", "vocabulary"),
            source(f"{KG}graph/ontology/mappings", "mappings"),
            source(f"{VOCABULARY_BASE}graph/ontology/shapes/claim", "shapes"),
        ),
        frozenset(graph for graph in found.graphs if isinstance(graph, ox.NamedNode)),
    )


@pytest.fixture(scope="module")
def files(dataset: Dataset) -> dict[str, bytes]:
    return {file.path: file.data for file in build_files(dataset, REPORT, PROJECT)}


def test_files_and_their_names(files: dict[str, bytes]) -> None:
    prefix = "data/graphs/"
    graphs = [name.removeprefix(prefix) for name in files if name.startswith(prefix)]
    assert [name for name in files if not name.startswith((prefix, "site/"))] == [
        *("data/dataset.nq", "data/dataset.trig", "data/dataset.jsonld", "data/dataset.ttl"),
        *(
            "data/claims.jsonld",
            "data/claims.csv",
            "data/context.jsonld",
            "data/ontology.ttl",
            "data/shapes.ttl",
        ),
        *("data/queries.ttl", "report.json", "index.json"),
    ]
    assert graphs == [
        *("data/articles/k.ttl", "derived/annotations.ttl", "derived/asserted.ttl"),
        *("derived/cito.ttl", "derived/propositions.ttl", "derived/sources.ttl"),
        *("ontology/domain/treatment.ttl", "ontology/mappings.ttl"),
        "mesokg/ontology/shapes/claim.ttl",
        f"other/{hashlib.sha256(b'urn:x:y').hexdigest()[:16]}.ttl",
    ]


def test_index_lists_every_other_file_with_its_hash(
    files: dict[str, bytes], dataset: Dataset
) -> None:
    index = json.loads(files["index.json"])
    listed = {entry["path"]: (entry["bytes"], entry["sha256"]) for entry in index["files"]}
    assert list(listed) == sorted(set(files) - {"index.json"})
    for path, (size, sha256) in listed.items():
        assert (size, sha256) == (len(files[path]), hashlib.sha256(files[path]).hexdigest())
    types = {Path(entry["path"]).suffix: entry["mediaType"] for entry in index["files"]}
    assert types[".ttl"] == "text/turtle"
    assert (index["project"]["name"], index["project"]["version"]) == ("ginger", "1.2.3")
    assert index["mesokg"] == __version__
    whole = read(files["data/dataset.nq"], "nquads")
    assert index["dataset"] == {
        "digest": digest(whole),
        "quads": len(whole.quads),
        "graphs": len(whole.graphs),
    }


def test_three_forms_say_the_same_and_everything_but_the_text(
    files: dict[str, bytes], dataset: Dataset
) -> None:
    expected = [quad for quad in derive(dataset).quads if SECRET not in str(quad)]
    for name, format in (("nq", "nquads"), ("trig", "trig"), ("jsonld", "jsonld")):
        assert read(files[f"data/dataset.{name}"], format).quads
        found = read(files[f"data/dataset.{name}"], format)
        assert canonical(found.quads) == canonical(expected)
    assert [name for name, data in files.items() if SECRET.encode() in data] == []


def test_graphs_hold_what_the_dataset_holds(files: dict[str, bytes]) -> None:
    whole = read(files["data/dataset.nq"], "nquads")
    parts = [read(data) for name, data in files.items() if name.startswith("data/graphs/")]
    assert sum(len(part.quads) for part in parts) == len(whole.quads)
    (mapping,) = read(files["data/graphs/ontology/mappings.ttl"]).quads
    assert f"{KG}treatment/tea" in str(mapping.subject)


def test_vocabulary_and_shapes_are_apart(files: dict[str, bytes]) -> None:
    ontology = {str(quad.object) for quad in read(files["data/ontology.ttl"]).quads}
    assert ontology == {'"tea"@en', "<http://e/tea>"}
    shapes = read(files["data/shapes.ttl"])
    assert len(shapes.quads) == 8
    assert any(quad.object == ox.NamedNode(SH + "NodeShape") for quad in shapes.quads)


def test_one_row_and_one_tree_for_each_claim(files: dict[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(files["data/claims.csv"].decode())))
    assert [(row["claim"], row["id"], row["subject"]) for row in rows] == [
        (f"{KG}claim/k-1", "K1", "tea"),
        (f"{KG}claim/k-2", "", "tea"),
    ]
    trees = json.loads(files["data/claims.jsonld"])["@graph"]
    assert [tree["id"] for tree in trees] == [row["claim"] for row in rows]
    assert trees[0]["proposition"].startswith(f"{KG}proposition/")


def test_report_and_context_are_as_they_are(files: dict[str, bytes]) -> None:
    assert files["report.json"].decode() == render(REPORT, "json", PREFIXES)
    assert files["data/context.jsonld"] == context_file().read_bytes()


@pytest.mark.parametrize(
    ("graph", "path"),
    [
        (f"{KG}graph/data/my%20notes", "data/my notes"),
        (f"{KG}graph/../../etc/passwd", None),
        (f"{KG}graph/%2e%2e/a", None),
        (f"{KG}graph//a", None),
        (f"{KG}graph/", None),
        (f"{KG}graph/a%5Cb", None),
        (f"{KG}graph/a%00b", None),
        (f"{KG}graph/{'a' * 300}", None),
        (f"{KG}graph/.hidden", None),
        (f"{KG}elsewhere", None),
        (f"{VOCABULARY_BASE}graph/ontology/mesokg", "mesokg/ontology/mesokg"),
    ],
)
def test_no_graph_leaves_the_folder(graph: str, path: str | None) -> None:
    data = Dataset(read(f"<{graph}> {{ <http://e/s> <http://e/p> 1 }}", "trig").quads, base=KG)
    names = [file.path for file in build_files(data, REPORT, PROJECT)]
    (found,) = (
        name.removeprefix("data/graphs/").removesuffix(".ttl")
        for name in names
        if name.startswith("data/graphs/") and "/derived/" not in name
    )
    assert found == (path or f"other/{hashlib.sha256(graph.encode()).hexdigest()[:16]}")


# --- queries.ttl -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalogue(files: dict[str, bytes]) -> Dataset:
    return read(files["data/queries.ttl"])


def values(data: Dataset, subject: str, predicate: str) -> list[str]:
    return sorted(
        str(getattr(quad.object, "value", ""))
        for quad in data.quads
        if quad.subject == ox.NamedNode(subject) and quad.predicate.value == predicate
    )


def test_every_canned_query_is_there_and_runs(catalogue: Dataset) -> None:
    names = {path.stem for path in query_folder().glob("*.rq")}
    forms = {"Select": "select", "Ask": "ask", "Construct": "construct"}
    found = set()
    for kind, property_ in forms.items():
        executable = ox.NamedNode(f"{SH}SPARQL{kind}Executable")
        for quad in catalogue.quads:
            if quad.object == executable and isinstance(quad.subject, ox.NamedNode):
                (text,) = values(catalogue, quad.subject.value, SH + property_)
                assert "#+" not in text
                embed(Dataset(())).run(text)
                found.add(quad.subject.value.removeprefix(f"{KG}query/"))
    assert found == names
    assert not any("_:" in str(quad) for quad in catalogue.quads)


def test_parameters_say_what_the_header_says(catalogue: Dataset) -> None:
    queries = load_queries(None)
    count = 0
    for name, query in queries.items():
        listed = values(catalogue, f"{KG}query/{name}", SH + "parameter")
        assert listed == sorted(f"{KG}query/{name}#parameter-{p.name}" for p in query.params)
        for param in query.params:
            node = f"{KG}query/{name}#parameter-{param.name}"
            assert values(catalogue, node, SH + "path") == [f"{KG}query/{name}#{param.name}"]
            kinds = values(catalogue, node, SH + "class") + values(catalogue, node, SH + "datatype")
            assert len(kinds) == 1
            if param.class_:
                assert kinds == [NS + param.class_]
            assert len(values(catalogue, node, SH + "defaultValue")) == (param.default is not None)
            count += 1
    assert count > 10


def test_default_of_a_parameter_is_the_term_in_the_text(catalogue: Dataset) -> None:
    for quad in catalogue.quads:
        if quad.predicate.value == SH + "defaultValue" and isinstance(quad.object, ox.NamedNode):
            query, _, name = str(getattr(quad.subject, "value", "")).partition("#parameter-")
            (text,) = values(catalogue, query, SH + "select")
            curie = PREFIXES.shorten(quad.object.value)
            assert any(f"VALUES ?{name} {{ {form} }}" in text for form in (curie, str(quad.object)))


def test_prefixes_of_the_queries_are_declared(catalogue: Dataset) -> None:
    table = f"{KG}queries"
    declared = {
        values(catalogue, node, SH + "prefix")[0]: values(catalogue, node, SH + "namespace")[0]
        for node in values(catalogue, table, SH + "declare")
    }
    assert declared["meso"] == NS
    assert all(PREFIXES[prefix] == namespace for prefix, namespace in declared.items())
    users = {q.subject for q in catalogue.quads if q.predicate.value == SH + "prefixes"}
    assert len(users) == len(list(query_folder().glob("*.rq")))


# --- same input, same bytes ------------------------------------------------------------------

PROGRAM = """
import hashlib, sys
from pathlib import Path
from mesokg.dataset import load
from mesokg import products
from mesokg.products import build_files, size_warning
from mesokg.project import open_project
from mesokg.report import Report

project = open_project(Path(sys.argv[1]))
for file in build_files(load(project), Report.of([]), project):
    print(file.path, hashlib.sha256(file.data).hexdigest())
"""


def test_hash_seed_and_folder_do_not_show(tmp_path: Path) -> None:
    listings = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(ROOT / "mesokg.toml")],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for folder, seed in ((ROOT, "1"), (tmp_path, "2"))
    ]
    assert listings[0] == listings[1]
    assert listings[0].count("\n") > 40


def test_files_come_one_after_the_other(dataset: Dataset) -> None:
    stream = build_files(dataset, REPORT, PROJECT)
    assert isinstance(next(stream), File)


def test_dumps_of_the_site_are_those_of_the_build(files: dict[str, bytes]) -> None:
    dumps = [name for name in files if name.startswith("site/data/dataset.")]
    assert len(dumps) == 4
    assert all(files[name] == files[name.removeprefix("site/")] for name in dumps)


def test_site_larger_than_any_measured_is_warned_of(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert size_warning(dataset) == ""
    monkeypatch.setattr(products, "_MEASURED", 3)
    assert "measured up to 3" in size_warning(dataset)
