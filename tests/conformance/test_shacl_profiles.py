"""Other people's shapes, as published: auto and the bulk engine say what pySHACL says.

The shapes of DCAT-AP, our own, and forms of shapes that real files have and the W3C suite has
not. The data are made up from the shapes: instances of the classes they name, with values of
all kinds, so that constraints of every kind are met and broken.
"""

from __future__ import annotations

import os
import random
import tarfile
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from mesokg.dataset import Term, read
from mesokg.report import Finding
from mesokg.shacl import check_again, choose_engine
from mesokg.shacl.engines import ENGINES
from mesokg.terms import STANDARD_PREFIXES, Prefixes

ROOT = Path(__file__).parent.parent.parent
ARCHIVE = (
    ROOT / os.environ.get("MESOKG_TESTDATA", "../shared") / "conformance/dcat-ap-3.0.1-shacl.tar.gz"
)
SH, RDF, XSD = (STANDARD_PREFIXES[name] for name in ("sh", "rdf", "xsd"))
TYPE = ox.NamedNode(RDF + "type")
Triples = tuple[ox.Triple, ...]


@cache
def profiles() -> Mapping[str, Triples]:
    """The files of DCAT-AP and our own, by name; a file without a statement is none."""
    texts = {path.name: path.read_bytes() for path in (ROOT / "ontology/shapes").glob("*.ttl")}
    if ARCHIVE.exists():
        with tarfile.open(ARCHIVE) as archive:
            for member in archive.getmembers():
                stream = archive.extractfile(member) if member.name.endswith(".ttl") else None
                if stream is not None:
                    texts[member.name.partition("3.0.1/")[2]] = stream.read()
    read_ = {name: triples(text) for name, text in texts.items()}
    return {name: found for name, found in sorted(read_.items()) if len(found) > 20}


def triples(text: bytes) -> Triples:
    quads = ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri="https://example.org/")
    return tuple(dict.fromkeys(quad.triple for quad in quads))


LITERALS = [
    ox.Literal("a"),
    ox.Literal("Abc def"),
    ox.Literal("a", language="en"),
    ox.Literal("b", language="de"),
    ox.Literal(1),
    *(
        ox.Literal(text, datatype=ox.NamedNode(XSD + name))
        for text, name in [
            ("3.5", "decimal"),
            ("2020-01-01", "date"),
            ("x", "integer"),
            ("2020-01-01T00:00:00Z", "dateTime"),
            ("https://example.org/", "anyURI"),
        ]
    ),
]


def instances(shapes: Triples, seed: int) -> Triples:
    """Things that the shapes are about, some right and most wrong; always the same."""
    chosen = random.Random(seed)
    named: dict[str, set[ox.NamedNode]] = {"class": set(), "path": set(), "targetNode": set()}
    values: set[ox.NamedNode | ox.Literal] = set(LITERALS)
    for triple in shapes:
        name, value = triple.predicate.value.removeprefix(SH), triple.object
        name = {"targetClass": "class", "targetSubjectsOf": "path", "lessThan": "path"}.get(
            name, name
        )
        if isinstance(value, ox.NamedNode) and name in named and value != TYPE:
            named[name].add(value)
        if name in {"hasValue", RDF + "first"} and isinstance(value, ox.NamedNode | ox.Literal):
            values.add(value)
    classes, paths = (sorted(named[name], key=str) for name in ("class", "path"))
    things: list[ox.NamedNode | ox.BlankNode] = [
        *(ox.NamedNode(f"https://example.org/{n}") for n in range(6 + len(classes))),
        *sorted(named["targetNode"], key=str),
        ox.BlankNode("b"),
    ]
    pools: list[list[Term]] = [[*things], sorted(values, key=str)]
    found = []
    for number, thing in enumerate(things):
        found += [ox.Triple(thing, TYPE, classes[number % len(classes)])] if classes else []
        for path in chosen.sample(paths, min(len(paths), 6)):
            found += [
                ox.Triple(thing, path, chosen.choice(chosen.choice(pools)))
                for _ in range(chosen.randint(1, 2))
            ]
    return tuple(dict.fromkeys(found))


def signature(findings: Iterable[Finding]) -> Counter[tuple[str, ...]]:
    return Counter(
        (f.rule, f.focus, f.path, f.value, f.component, f.severity.label) for f in findings
    )


def agreed(shapes: Triples, data: Triples) -> Counter[tuple[str, ...]]:
    """What all of them find; the test fails when they do not find the same."""
    found = {
        engine: signature(check_again(data, shapes, prefixes=Prefixes(), engine=engine).findings)
        for engine in ("pyshacl", "auto", "shacl-rust")
    }
    assert found["auto"] == found["pyshacl"]
    assert found["shacl-rust"] == found["pyshacl"]
    return found["pyshacl"]


@pytest.mark.parametrize("name", profiles())
def test_published_shapes_say_the_same_with_every_engine(name: str, testdata: Path) -> None:
    shapes = profiles()[name]
    agreed(shapes, instances(shapes, 1))


def test_the_comparison_meets_constraints_of_many_kinds(testdata: Path) -> None:
    kinds: Counter[str] = Counter()
    for name, shapes in profiles().items():
        if name.startswith("shacl/"):  # the same shapes once more, slow since pySHACL refuses some
            continue
        found = check_again(instances(shapes, 1), shapes, prefixes=Prefixes()).findings
        kinds.update(f.component.removeprefix(SH) for f in found)
    assert len(kinds) > 10, kinds


def test_shapes_that_an_engine_refuses_go_to_the_next(testdata: Path) -> None:
    shapes = profiles()["html/shacl/shapes.ttl"]
    data = instances(shapes, 1)
    run = check_again(data, shapes, prefixes=Prefixes())
    assert choose_engine("auto", shapes) == "pyshacl-turbo"
    assert run.engine == "pyshacl"
    assert run.results is None, "what another engine found is nothing to build upon"
    assert len(run.findings) > 20
    assert not any(finding.rule == "shape-failed" for finding in run.findings)


HEAD = """
@prefix e: <https://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
DATA = "e:a a e:C . e:b a e:C ; e:p 1 . e:D rdfs:subClassOf e:C . e:d a e:D . e:x e:p 1 , 2 ."
BROKEN = "e:broken a sh:NodeShape ; sh:targetClass e:C ; sh:property [ sh:minCount 1 ] ."


def turtle(text: str) -> Triples:
    return read(HEAD + text).default_graph


@pytest.mark.parametrize(
    ("shapes", "results"),
    [
        ("e:C a owl:Class , sh:NodeShape ; sh:property [ sh:path e:p ; sh:minCount 1 ] .", 2),
        ("e:C a owl:Class ; sh:property [ sh:path e:p ; sh:minCount 1 ] .", 2),
        (
            "e:Kind rdfs:subClassOf rdfs:Class . "
            "e:C a e:Kind , sh:NodeShape ; sh:property [ sh:path e:p ; sh:minCount 1 ] .",
            2,
        ),
        ("e:C a owl:Class . e:s a sh:NodeShape ; sh:targetClass e:C ; sh:nodeKind sh:Literal .", 3),
        ("[] sh:targetSubjectsOf e:p ; sh:property [ sh:path e:p ; sh:maxCount 1 ] .", 1),
    ],
)
def test_targets_as_real_files_have_them(shapes: str, results: int) -> None:
    assert agreed(turtle(shapes), turtle(DATA)).total() == results


@pytest.mark.parametrize("engine", ["auto", *ENGINES])
@pytest.mark.parametrize("name", ["e:good", "[]"])
def test_one_broken_shape_hides_nothing_that_the_others_find(engine: str, name: str) -> None:
    """Run one by one, with its property shapes, a shape finds what it finds among the others."""
    good = f"{name} sh:targetClass e:C ; sh:property [ sh:path e:p ; sh:minCount 1 ] ."
    run = check_again(turtle(DATA), turtle(BROKEN + good), prefixes=Prefixes(), engine=engine)
    failed = [finding for finding in run.findings if finding.rule == "shape-failed"]
    assert failed
    if engine != "pyshacl-turbo":  # refuses all of the shapes, however they are put
        assert len(run.findings) == len(failed) + 2


def test_owner_of_blank_nodes_in_a_long_chain_costs_no_more_for_each() -> None:
    deep = 2_000
    data = turtle(f"e:a e:p {'[ e:p ' * deep} 1 {']' * deep} .")
    shapes = turtle("e:s sh:targetSubjectsOf e:p ; sh:property [ sh:path e:p ; sh:maxCount 0 ] .")
    run = check_again(data, shapes, prefixes=Prefixes(), engine="shacl-rust")
    assert {finding.focus for finding in run.findings} == {"<https://example.org/a>"}
    assert len(run.findings) == deep + 1
