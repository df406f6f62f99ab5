"""The page of the dataset, its dumps, and what describes them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from mesokg.canon import digest
from mesokg.dataset import load, read
from mesokg.derived import derive
from mesokg.files import File
from mesokg.project import find
from mesokg.report import Report
from mesokg.site import dataset_page
from mesokg.site.dataset_page import PATH, VOID_PATH, citation, pages
from mesokg.site.model import Site
from small_sites import (
    BASE,
    HOSTILE,
    assert_harmless,
    links_of,
    rendered,
    small_site,
    text_of,
    turtle,
)

EMPTY = Report()
VOID = "http://rdfs.org/ns/void#"


@pytest.fixture(scope="module")
def flagship(root: Path) -> Site:
    project = find(root)
    return Site.of(load(project), project, EMPTY)


@pytest.fixture(scope="module")
def found(flagship: Site) -> dict[str, str]:
    return rendered(flagship, pages(flagship))


def test_every_dump_says_the_same_as_the_pages(root: Path, found: dict[str, str]) -> None:
    whole = digest(derive(load(find(root))))
    for path, form in (
        ("data/dataset.nq", "nquads"),
        ("data/dataset.trig", "trig"),
        ("data/dataset.jsonld", "jsonld"),
    ):
        assert digest(read(found[path], form)) == whole, path
    assert hashlib.sha256(found["data/dataset.nq"].encode()).hexdigest() == whole
    assert whole in found[PATH]


def test_files_are_there_and_are_linked(found: dict[str, str]) -> None:
    links = links_of(found[PATH])
    dumps = [path for path in found if path.startswith("data/")]
    assert len(dumps) == 4
    assert {*dumps, VOID_PATH, "query/export-claims.csv"} <= set(links)


def test_numbers_are_those_of_the_dataset(flagship: Site, found: dict[str, str]) -> None:
    text = text_of(found[PATH])
    quads = len(set(flagship.derived.quads))
    assert f"{quads}, in {len(flagship.derived.graphs)} graphs" in text
    assert f"{len(flagship.instances('Claim'))} claim" in text


def test_voices_are_told_apart(flagship: Site, found: dict[str, str]) -> None:
    text = text_of(found[PATH])
    for voice in ("article", "works", "reviewers"):
        assert flagship.value(f"https://w3id.org/mesokg/voice/{voice}",
                              "http://www.w3.org/2004/02/skos/core#definition") in text  # fmt: skip
    assert "Computed from the others at each build" in text


def test_void_describes_the_dumps(flagship: Site, found: dict[str, str]) -> None:
    triples = list(ox.parse(found[VOID_PATH].encode(), format=ox.RdfFormat.TURTLE))
    base = flagship.base
    said = {(t.predicate.value, t.object.value) for t in triples
            if t.subject == ox.NamedNode(f"{base}dataset")}  # fmt: skip
    dumps = {f"{base}{path}" for path in found if path.startswith("data/")}
    assert {value for name, value in said if name == f"{VOID}dataDump"} == dumps
    assert (f"{VOID}triples", str(len(set(flagship.derived.quads)))) in said
    assert (f"{VOID}uriSpace", base) in said
    assert not any(isinstance(term, ox.BlankNode) for triple in triples for term in triple)


def test_search_engines_are_told_the_same(found: dict[str, str], flagship: Site) -> None:
    embedded = found[PATH].split('<script type="application/ld+json">')[1].split("</script>")[0]
    said = json.loads(embedded)
    assert said["@id"] == f"{flagship.base}dataset"
    for part in said["distribution"]:
        path = part["contentUrl"].removeprefix(flagship.base)
        assert hashlib.sha256(found[path].encode()).hexdigest() == part["sha256"]


def test_citation_names_maker_year_version_and_address(flagship: Site) -> None:
    assert citation(flagship) == (
        f"The mesokg contributors (2026): {flagship.title}. Version {flagship.project.version}. "
        f"{flagship.base}dataset"
    )


def test_citation_without_catalogue_invents_no_year(tmp_path: Path) -> None:
    assert citation(small_site(tmp_path, report=EMPTY)) == (
        f"A small graph: A small graph. Version 0.1.0. {BASE}dataset"
    )


def test_dataset_that_nobody_describes_has_a_page_all_the_same(tmp_path: Path) -> None:
    site = small_site(tmp_path, report=EMPTY)
    page = next(one for one in pages(site) if not isinstance(one, File))
    assert page.iri == ""
    text = text_of(rendered(site, pages(site))[PATH])
    assert "none is stated" in text


def test_large_dataset_has_no_jsonld(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_page, "_MOST_JSONLD", 10)
    site = small_site(tmp_path, report=EMPTY)
    made = rendered(site, pages(site))
    assert "data/dataset.jsonld" not in made
    assert "data/dataset.jsonld" not in links_of(made[PATH])
    assert "dataset.jsonld" not in made[VOID_PATH]


def test_nothing_of_a_description_runs(tmp_path: Path) -> None:
    text = turtle(HOSTILE)
    data = (
        f':dataset dcterms:title "{text}" ; rdfs:comment "{text}" ; dcterms:created "20<>" ; '
        f"dcterms:creator <javascript:alert(1)> . <javascript:alert(1)> rdfs:label 'go' . "
        f':x skos:exactMatch <javascript:alert%28"> .'.replace('%28"', "%28")
    )
    config = (
        f'[project]\nname = "s"\ntitle = "<b>t</b>"\nbase = "{BASE}"\n'
        'licence = "javascript:alert(1)"\npublisher = "<img>"\ndescription = "</p><script>"\n'
    )
    site = small_site(tmp_path, data, config=config, report=EMPTY)
    assert_harmless(rendered(site, pages(site))[PATH])


def test_text_of_an_article_is_in_no_dump(tmp_path: Path) -> None:
    data = ':article\\/a a meso:Article ; meso:text "the secret words" .'
    site = small_site(tmp_path, data, report=EMPTY)
    for text in rendered(site, pages(site)).values():
        assert "the secret words" not in text
