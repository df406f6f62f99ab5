"""The vocabulary as a page: what is declared, and nothing else."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from mesokg.dataset import load
from mesokg.project import find
from mesokg.report import Report
from mesokg.site.linked_data import LinkedData
from mesokg.site.model import Site
from mesokg.site.vocabulary import PATH, Term, guards, pages, schemes, terms
from mesokg.terms import NS
from small_sites import HOSTILE, assert_harmless, links_of, rendered, small_site, text_of, turtle

EMPTY = Report()


@pytest.fixture(scope="module")
def flagship(root: Path) -> Site:
    project = find(root)
    return Site.of(load(project), project, EMPTY)


def term_of(site: Site, name: str) -> Term:
    return next(term for term in terms(site) if term.name == name)


def test_every_declared_term_has_an_anchor_and_no_other_has(flagship: Site) -> None:
    html = rendered(flagship, pages(flagship))[PATH]
    found = terms(flagship)
    assert len(found) > 100
    for term in found:
        assert f' id="{term.name}"' in html
        assert term.definition
        assert unescape(term.definition) in unescape(html)


def test_term_that_is_only_named_is_no_term(tmp_path: Path) -> None:
    site = small_site(tmp_path, ':claim\\/a meso:invented 1 . meso:made rdfs:label "up" .',
                      report=EMPTY)  # fmt: skip
    assert not {"invented", "made"} & {term.name for term in terms(site)}
    html = rendered(site, pages(site))[PATH]
    assert ' id="made"' in html  # it is described, so its IRI leads somewhere
    assert "declared neither as a class nor as a property" in html
    assert ' id="invented"' not in html


def test_uses_are_counted_in_the_data(tmp_path: Path) -> None:
    data = (
        ":claim\\/a a meso:Claim ; meso:relation meso:increases ; meso:start 1 . "
        ":claim\\/b a meso:Claim ; meso:start 2 . :t a meso:Treatment ."
    )
    site = small_site(tmp_path, data, report=EMPTY)
    assert (term_of(site, "Claim").uses, term_of(site, "start").uses) == (2, 2)
    assert term_of(site, "increases").uses == 1
    assert term_of(site, "increases").seen is not None
    assert term_of(site, "Entity").uses == 1  # a treatment is an entity
    assert (term_of(site, "Work").uses, term_of(site, "Work").seen) == (0, None)


def test_example_is_a_statement_of_the_data(flagship: Site) -> None:
    seen = term_of(flagship, "statedIn").seen
    assert seen is not None
    assert seen.iri in flagship.iris(seen.subject, "statedIn")


def test_vocabulary_and_rules_are_no_use_of_their_own_terms(tmp_path: Path) -> None:
    site = small_site(tmp_path, report=EMPTY)
    assert term_of(site, "requires").uses == 0  # shapes have it


def test_links_go_both_ways(flagship: Site) -> None:
    stated = term_of(flagship, "statedIn")
    assert stated.domain == (f"{NS}Claim",)
    assert stated.range == (f"{NS}Article",)
    assert f"{NS}statedIn" in term_of(flagship, "Claim").carries
    assert f"{NS}statedIn" in term_of(flagship, "Article").expected_by
    assert term_of(flagship, "topicOf").inverse == (f"{NS}isAbout",)
    assert term_of(flagship, "isAbout").inverse == (f"{NS}topicOf",)


def test_shapes_that_speak_of_a_term_guard_it(flagship: Site) -> None:
    found = guards(flagship)
    assert "claim-core" in dict(found[f"{NS}hedge"])
    # named in the text of a query only
    assert "claim-object-fits-relation" in dict(found[f"{NS}expectsObject"])


def test_project_has_its_own_shapes_guard_too(tmp_path: Path) -> None:
    shape = ":Tea a sh:NodeShape ; rdfs:label 'Tea is hot' ; sh:targetClass meso:Claim ."
    site = small_site(tmp_path, shapes=shape, report=EMPTY)
    assert "Tea is hot" in dict(guards(site)[f"{NS}Claim"]).values()


def test_scheme_is_in_order_of_rank(flagship: Site) -> None:
    certainty = next(s for s in schemes(flagship) if s.iri.endswith("/certainty"))
    assert certainty.ordered
    labels = [flagship.label(concept) for concept, _, _ in certainty.concepts]
    assert labels == ["high", "moderate", "low", "very low", "not rated"]


def test_page_is_the_document_of_the_namespace(flagship: Site) -> None:
    page = next(pages(flagship))
    assert page.iri == NS.removesuffix("#")
    said = {str(triple.subject) for triple in LinkedData(flagship).triples(page.iri)}
    assert {f"<{term.iri}>" for term in terms(flagship)} <= said


def test_links_stay_in_the_site_or_go_to_the_web(flagship: Site) -> None:
    links = links_of(rendered(flagship, pages(flagship))[PATH])
    assert "#Article" in " ".join(links)
    assert all(not link.startswith(("javascript:", "urn:")) for link in links)


def test_nothing_of_a_term_runs(tmp_path: Path) -> None:
    text = turtle(HOSTILE)
    data = (
        f'<{NS}odd%22%3E> a owl:Class ; rdfs:label "{text}" ; skos:definition "{text}" ; '
        f'skos:scopeNote "{text}" ; skos:example "{text}" ; skos:closeMatch <javascript:alert(1)> '
        f"; rdfs:subClassOf <{NS}odd%22%3E> . <javascript:x> a <{NS}odd%22%3E> . "
        f'<{NS}p> a owl:DatatypeProperty . :x <{NS}p> "{text}" .'
    )
    site = small_site(tmp_path, data, report=EMPTY)
    html = rendered(site, pages(site))[PATH]
    assert_harmless(html)
    assert "<script>alert(1)</script>" in text_of(html)


def test_class_below_itself_is_shown_once(tmp_path: Path) -> None:
    data = (
        f"<{NS}A> a owl:Class ; rdfs:subClassOf <{NS}B> . "
        f"<{NS}B> a owl:Class ; rdfs:subClassOf <{NS}A> . :x a <{NS}A> ."
    )
    site = small_site(tmp_path, data, report=EMPTY)
    assert (term_of(site, "A").uses, term_of(site, "B").uses) == (1, 1)
