"""What the pages for SPARQL and search are given; tests/browser looks at them in a browser."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from mesokg.site import search, sparql_page
from mesokg.site.model import Site
from mesokg.site.page import Page
from mesokg.terms import NS, VOCABULARY_BASE
from small_sites import BASE, HOSTILE, small_site, turtle

ASSETS = {
    "worker.js": b"1;",
    "oxigraph.wasm.gz": b"\x1f\x8b",
    "sparql.js": b"2;",
    "search.js": b"3;",
}
DATA = f"""
<{BASE}treatment/tea> a meso:Treatment ; skos:prefLabel "tea"@en, "Tee"@de ;
  skos:altLabel "infusion" ; skos:definition "Leaves in hot water."@en .
<{BASE}treatment/n%20ame> a meso:Treatment ; skos:prefLabel "{turtle(HOSTILE)}" .
<https://elsewhere.example/x> rdfs:label "elsewhere" .
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    queries = {
        "list-drinks": "#+ summary: Drinks\n#+ params:\n"
        "#+   kind: {type: concept, scheme: kind, about: only these}\n"
        "#+   of: {type: record, class: Treatment, about: only this}\n"
        "SELECT ?x { VALUES ?kind { UNDEF } VALUES ?of { UNDEF } ?x a ?y }",
        "broken": "#+ params: [\nSELECT",
    }
    return replace(small_site(tmp_path, DATA, queries=queries), assets=ASSETS)


def written(site: Site) -> dict[str, bytes]:
    return {file.path: file.data for file in sparql_page.files(site)}


def script(data: bytes, name: str) -> Any:
    """The value that a data script gives a name; it holds nothing but that."""
    text = data.decode()
    assert text.startswith(f"window.{name}=")
    assert text.endswith(";\n")
    return json.loads(text.removeprefix(f"window.{name}=").removesuffix(";\n"))


def test_data_are_the_dataset_with_its_derived_graphs_always_in_the_same_bytes(site: Site) -> None:
    files = written(site)
    packed = files["assets/data.nq.gz"]
    assert packed[4:8] == b"\0\0\0\0"
    assert packed[9] == 255
    quads = set(ox.parse(gzip.decompress(packed), format=ox.RdfFormat.N_QUADS))
    named = {quad for quad in site.derived.quads if not _has_blank(quad)}
    assert named <= quads
    assert len(quads) == len(set(site.derived.quads))
    shuffled = list(site.derived.quads)
    random.Random(7).shuffle(shuffled)
    other = replace(site, derived=replace(site.derived, quads=tuple(shuffled)))
    assert written(other) == files


def _has_blank(quad: ox.Quad) -> bool:
    return any(isinstance(term, ox.BlankNode) for term in quad)


def test_page_from_a_disk_gets_the_same_engine_and_data(site: Site) -> None:
    files = written(site)
    offline = script(files["assets/offline.js"], "mesokgOffline")
    assert offline["worker"].encode() == ASSETS["worker.js"]
    assert sorted(offline) == ["data", "wasm", "worker"]


def test_things_have_labels_and_the_addresses_of_their_pages(site: Site) -> None:
    things = script(written(site)["assets/sparql-data.js"], "mesokgSparql")["things"]
    found = {
        start + end: (label, plain)
        for start, plain, names in things["groups"]
        for end, label in names.items()
    }
    assert found[f"{BASE}treatment/tea"] == ("tea", 1)
    assert found["https://elsewhere.example/x"] == ("elsewhere", 0)
    assert found[f"{BASE}treatment/n%20ame"] == (HOSTILE, 0)
    odd = things["paths"][f"{BASE}treatment/n%20ame"]
    assert odd == site.addresses.link("sparql.html", f"{BASE}treatment/n%20ame")
    assert things["bases"] == sorted({BASE, VOCABULARY_BASE}, key=lambda b: (-len(b), b))


def test_parameters_name_where_their_values_come_from_and_broken_queries_are_left_out(
    site: Site,
) -> None:
    about = script(written(site)["assets/sparql-data.js"], "mesokgSparql")
    by_name = {query["name"]: query for query in about["queries"]}
    assert "broken" not in by_name
    drinks = by_name["list-drinks"]
    assert not drinks["text"].startswith("#+")
    kind, of = drinks["params"]
    assert kind["scheme"] == f"{VOCABULARY_BASE}scheme/kind"
    assert of["class"] == f"{NS}Treatment"
    assert sorted(name for _, names in about["groups"] for name in names) == sorted(by_name)


@pytest.mark.parametrize(
    ("loaded", "on_demand", "load"), [(10**6, 10**6, "auto"), (1, 10**6, "ask"), (0, 1, "")]
)
def test_size_decides_whether_the_data_are_loaded(
    site: Site, monkeypatch: pytest.MonkeyPatch, loaded: int, on_demand: int, load: str
) -> None:
    monkeypatch.setattr(sparql_page, "LOADED", loaded)
    monkeypatch.setattr(sparql_page, "LOADED_ON_DEMAND", on_demand)
    files = written(site)
    (page,) = sparql_page.pages(site)
    if load:
        about = script(files["assets/sparql-data.js"], "mesokgSparql")
        assert about["data"]["load"] == load
        assert page.scripts
    else:
        assert "assets/sparql-data.js" not in files
        assert page.scripts == ()
        assert page.context["fits"] is False


def test_policy_allows_what_the_engine_needs_and_no_inline_style(site: Site) -> None:
    (page,) = sparql_page.pages(site)
    rules = dict(rule.strip().split(" ", 1) for rule in page.csp.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == "'self'"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert "unsafe-inline" not in page.csp
    assert "http" not in page.csp


# --- search -------------------------------------------------------------------------------------


def test_entry_holds_other_names_and_a_description(site: Site) -> None:
    page = Page("treatment/tea.html", "x", "tea", iri=f"{BASE}treatment/tea", kind="Treatment")
    (entry,) = search.entries(site, page)
    assert (entry.title, entry.kind, entry.path) == ("tea", "Treatment", "treatment/tea.html")
    assert set(entry.other.split(" · ")) == {"Tee", "infusion"}
    assert entry.about == "Leaves in hot water."


def test_page_of_a_hash_namespace_has_an_entry_for_each_term(site: Site) -> None:
    page = Page("ns.html", "x", "Vocabulary", iri=NS.removesuffix("#"))
    found = {entry.path for entry in search.entries(site, page)}
    assert {"ns.html", "ns.html#Claim"} <= found


def test_unlisted_page_is_not_found(site: Site) -> None:
    assert list(search.entries(site, Page("404.html", "x", "Not here", listed=False))) == []


def test_list_is_the_same_in_any_order_and_keeps_markup_as_text(site: Site) -> None:
    entries = [search.Entry("b.html", HOSTILE, "Page"), search.Entry("a.html", "a\u2028b", "Thing")]
    (one,) = search.files(site, entries)
    (two,) = search.files(site, reversed(entries))
    assert one == two
    found = script(one.data, "mesokgSearch")
    assert found["kinds"] == ["Page", "Thing"]
    assert found["entries"] == [
        [1, "a\u2028b", "a.html", "", ""],
        [0, HOSTILE, "b.html", "", ""],
    ]
    assert "\u2028" not in one.data.decode()


def test_without_scripts_there_are_no_files(site: Site) -> None:
    bare = replace(site, assets={})
    assert written(bare) == {}
    assert list(search.files(bare, [])) == []
    for module in (sparql_page, search):
        (page,) = module.pages(bare)
        assert page.scripts == ()
        assert page.context["built"] is False
