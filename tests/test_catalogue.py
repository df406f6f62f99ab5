"""The description of a release: one source, five languages, none of them saying anything else."""

from __future__ import annotations

import datetime
import json
import tarfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pyoxigraph as ox
import pytest
import yaml

from mesokg.canon import serialize_triples
from mesokg.catalogue import (
    PREFIXES,
    Agent,
    Description,
    FileEntry,
    GraphEntry,
    catalogue,
    citation,
    describe_release,
    ro_crate,
    schema_org,
)
from mesokg.checks import validate_files
from mesokg.dataset import load, read
from mesokg.derived import derive
from mesokg.project import open_project
from mesokg.report import Report, Severity
from mesokg.terms import NS, STANDARD_PREFIXES

ROOT = Path(__file__).resolve().parent.parent
DAY = datetime.date(2026, 11, 24)
DCAT, DCT = STANDARD_PREFIXES["dcat"], STANDARD_PREFIXES["dcterms"]
VOID, SPDX = STANDARD_PREFIXES["void"], "http://spdx.org/rdf/terms#"
FILES = (
    FileEntry("data/dataset.nq", "application/n-quads", 12, "ab" * 32, "All of it."),
    FileEntry("data/graphs/my notes #1.ttl", "text/turtle", 7, "cd" * 32),
)
GRAPHS = (GraphEntry("https://example.org/ferns/graph/x", "X", 3, "ef" * 32, FILES[1].path),)


@pytest.fixture(scope="module")
def about() -> Description:
    project = open_project(ROOT / "examples" / "second-project" / "mesokg.toml")
    dataset = derive(load(project))
    return describe_release(
        dataset, project, version="1.2.0", issued=DAY, files=FILES, graphs=GRAPHS,
        previous="1.1.0", notes="Since 1.1.0: 2 changes.", commit="abc123", digest="12" * 32,
        findings=[("violation", 0), ("warning", 3)],
    )  # fmt: skip


@pytest.fixture(scope="module")
def flagship() -> Description:
    project = open_project(ROOT / "mesokg.toml")
    dataset = derive(load(project))
    return describe_release(
        dataset, project, version="0.1.0", issued=DAY, files=FILES, digest="12" * 32
    )


def said(about: Description, subject: str, predicate: str) -> list[str]:
    return sorted(
        str(getattr(t.object, "value", ""))
        for t in catalogue(about)
        if t.subject == ox.NamedNode(subject) and t.predicate.value == predicate
    )


# --- what it says ----------------------------------------------------------------------------


def test_the_description_comes_from_the_configuration_and_the_graph(about: Description) -> None:
    assert about.title == "Rainwater for House Ferns: an example graph"
    assert about.iri == "https://example.org/ferns/release/1.2.0"
    assert about.creators == (
        Agent("https://example.org/ferns/agent/mesokg-contributors", "The mesokg contributors"),
    )
    assert about.publisher == about.creators[0]
    assert about.sources == (
        ("https://example.org/ferns/article/rainwater", "Rainwater for House Ferns"),
    )
    assert dict(about.classes)[NS + "Claim"] == 6
    assert dict(about.properties)[NS + "quote"] > 0


def test_the_graph_counts_for_creators_keywords_and_dates(flagship: Description) -> None:
    assert flagship.keywords == ("citations", "evidence", "hair loss", "mesotherapy")
    assert flagship.created == "2026-11-24"
    matches = {links.target for links in flagship.linksets}
    assert "http://id.nlm.nih.gov/mesh/" in matches
    assert sum(links.triples for links in flagship.linksets) > 10


def test_versions_are_linked_both_ways(about: Description) -> None:
    assert said(about, about.dataset, DCAT + "hasVersion") == [about.iri]
    assert said(about, about.dataset, DCAT + "hasCurrentVersion") == [about.iri]
    assert said(about, about.iri, DCAT + "isVersionOf") == [about.dataset]
    assert said(about, about.iri, DCAT + "previousVersion") == [
        "https://example.org/ferns/release/1.1.0"
    ]
    assert said(about, about.iri, DCAT + "version") == ["1.2.0"]


def test_every_file_has_its_checksum_size_and_type(about: Description) -> None:
    nodes = said(about, about.iri, DCAT + "distribution")
    assert len(nodes) == len(FILES)
    for file, node in zip(FILES, sorted(nodes), strict=True):
        address = about.address(file.path)
        assert said(about, node, DCAT + "downloadURL") == [address]
        assert unquote(address).endswith(file.path)
        assert said(about, node, DCAT + "byteSize") == [str(file.bytes)]
        assert said(about, node, DCAT + "mediaType")[0].endswith(file.media_type)
        (checksum,) = said(about, node, SPDX + "checksum")
        assert said(about, checksum, SPDX + "checksumValue") == [file.sha256]


def test_statistics_are_those_of_the_graph(about: Description) -> None:
    assert said(about, about.iri, VOID + "triples") == [str(about.triples)]
    parts = said(about, about.iri, VOID + "classPartition")
    classes = {said(about, part, VOID + "class")[0] for part in parts}
    assert classes == {iri for iri, _ in about.classes}
    assert len(parts) == len(set(parts)) == len(about.classes)
    assert said(about, GRAPHS[0].iri, VOID + "triples") == ["3"]


def test_what_validation_found_is_measured(about: Description) -> None:
    dqv = "http://www.w3.org/ns/dqv#"
    nodes = said(about, about.iri, dqv + "hasQualityMeasurement")
    assert [said(about, node, dqv + "value") for node in nodes] == [["0"], ["3"]]


def test_a_project_that_says_little_is_described_all_the_same() -> None:
    project = open_project(ROOT / "examples" / "second-project" / "mesokg.toml")
    bare = replace(project, publisher="", licence="", description="")
    made = describe_release(read(""), bare, version="1.0.0", issued=DAY, files=())
    assert made.publisher.name == "Publisher not stated"
    assert made.text == project.title
    for said_by in (schema_org, citation, ro_crate):
        assert b"license" not in said_by(made)
    assert catalogue(made)


def test_no_blank_nodes_and_turtle_comes_back(about: Description) -> None:
    triples = catalogue(about)
    assert not any(
        isinstance(term, ox.BlankNode) for t in triples for term in (t.subject, t.object)
    )
    back = read(serialize_triples(triples, "turtle", PREFIXES))
    assert {q.triple for q in back.quads} == set(triples)


def test_all_five_say_the_same(about: Description) -> None:
    schema, crate = json.loads(schema_org(about)), json.loads(ro_crate(about))
    cff = yaml.safe_load(citation(about))
    root = next(node for node in crate["@graph"] if node["@id"] == "./")
    title = f"{about.title}, version 1.2.0"
    assert (schema["name"], root["name"], said(about, about.iri, DCT + "title")[0]) == (title,) * 3
    assert schema["version"] == root["version"] == cff["version"] == "1.2.0"
    assert schema["datePublished"] == root["datePublished"] == "2026-11-24"
    assert cff["date-released"] == DAY
    licences = {schema["license"], root["license"]["@id"], *said(about, about.iri, DCT + "license")}
    assert licences == {about.licence}
    assert cff["license"] == "CC0-1.0"
    hashes = {entry["sha256"] for entry in schema["distribution"]}
    assert hashes == {file.sha256 for file in FILES}
    assert hashes == {node["sha256"] for node in crate["@graph"] if node["@type"] == "File"}
    assert cff["authors"] == [{"name": "The mesokg contributors"}]
    assert schema["creator"][0]["name"] == "The mesokg contributors"


def test_the_crate_is_one(about: Description) -> None:
    """RO-Crate 1.1, section 4: a flat graph, one descriptor, a root whose parts are described."""
    crate = json.loads(ro_crate(about))
    nodes = {node["@id"]: node for node in crate["@graph"]}
    assert len(nodes) == len(crate["@graph"])
    descriptor = nodes["ro-crate-metadata.json"]
    assert descriptor["conformsTo"]["@id"] == "https://w3id.org/ro/crate/1.1"
    root = nodes[descriptor["about"]["@id"]]
    for key in ("name", "description", "datePublished", "license", "hasPart"):
        assert root[key]
    links = [
        value["@id"]
        for node in nodes.values()
        for values in node.values()
        for value in (values if isinstance(values, list) else [values])
        if isinstance(value, dict)
    ]
    assert {link for link in links if not link.startswith("https://w3id.org/ro/")} <= set(nodes)
    assert "data/graphs/my%20notes%20%231.ttl" in nodes


@pytest.mark.parametrize(
    ("address", "cff"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", {"license": "CC-BY-4.0"}),
        (
            "https://creativecommons.org/licenses/by-nc-sa/3.0/deed.en",
            {"license": "CC-BY-NC-SA-3.0"},
        ),
        ("https://creativecommons.org/publicdomain/zero/1.0/", {"license": "CC0-1.0"}),
        ("https://example.org/terms", {"license-url": "https://example.org/terms"}),
        ("", {}),
    ],
)
def test_licences_have_their_short_names(
    about: Description, address: str, cff: dict[str, str]
) -> None:
    found = yaml.safe_load(citation(replace(about, licence=address)))
    assert {k: v for k, v in found.items() if k.startswith("license")} == cff


def test_odd_words_stay_words(about: Description) -> None:
    odd = replace(about, title='</script>: "x"\n- y\u2028\u0085', keywords=("yes", "1.0", "a: b"))
    assert yaml.safe_load(citation(odd))["title"] == '</script>: "x" - y'
    assert yaml.safe_load(citation(odd))["keywords"] == ["yes", "1.0", "a: b"]
    assert json.loads(schema_org(odd))["name"].startswith(odd.title)
    assert catalogue(odd)


# --- DCAT-AP ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shapes(testdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dcat-ap")
    archive = testdata / "conformance" / "dcat-ap-3.0.1-shacl.tar.gz"
    if not archive.is_file():
        pytest.skip(f"{archive} is not there")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / "releases" / "3.0.1"


def against(about: Description, shapes: list[Path], folder: Path) -> Report:
    """What our own validator says; pySHACL reads forms in these shapes that others refuse."""
    path = folder / "catalogue.ttl"
    path.write_bytes(serialize_triples(catalogue(about), "turtle", PREFIXES))
    return validate_files([path], shapes, engine="pyshacl")[0]


SUITES = {
    "core": ["html/shacl/shapes.ttl"],
    "ranges": ["html/shacl/range.ttl"],
    "deprecated": ["html/shacl/deprecateduris.ttl"],
    "whole": ["shacl/dcat-ap-SHACL.ttl"],
}


@pytest.mark.parametrize("suite", SUITES)
def test_the_catalogue_conforms_to_dcat_ap(
    suite: str, about: Description, shapes: Path, tmp_path: Path
) -> None:
    report = against(about, [shapes / name for name in SUITES[suite]], tmp_path)
    assert report.rules >= 4
    ours = [f for f in report.findings if f.rule not in {"shape-ill-formed", "term-unknown"}]
    assert [f.message for f in ours if f.severity is Severity.VIOLATION] == []


def test_one_deviation_from_the_recommended_vocabularies(
    about: Description, shapes: Path, tmp_path: Path
) -> None:
    """DCAT 3 (6.17) takes the algorithm from SPDX, whose terms begin with http:; the shape
    that recommends them wants https:, under which there is no such term.
    """
    report = against(about, [shapes / "html/shacl/mdr-vocabularies.shape.ttl"], tmp_path)
    wrong = Counter(f.path for f in report.findings if f.severity is Severity.VIOLATION)
    assert wrong == {f"<{SPDX}algorithm>": len(FILES)}


def test_dcat_ap_can_object(about: Description, shapes: Path, tmp_path: Path) -> None:
    """So that the tests above can fail."""
    for suite, name in (("core", "title"), ("whole", "title"), ("whole", "description")):
        path = tmp_path / f"{suite}.ttl"
        kept = [t for t in catalogue(about) if t.predicate.value != DCT + name]
        path.write_bytes(serialize_triples(kept, "turtle", PREFIXES))
        files = [shapes / file for file in SUITES[suite]]
        report = validate_files([path], files, engine="pyshacl")[0]
        assert report.count(Severity.VIOLATION) > 0
