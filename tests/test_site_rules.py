"""Rules in words: all of them, with their state, their reason and their examples."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from mesokg.dataset import load
from mesokg.project import find
from mesokg.report import Finding, NotRun, Report, Severity, Waived
from mesokg.rulebook import explain, rules
from mesokg.site.linked_data import LinkedData
from mesokg.site.model import Site
from mesokg.site.shapes_in_words import RULES, SHAPES_PATH, grouped, pages, rule_views
from mesokg.terms import SHAPES
from small_sites import HOSTILE, assert_harmless, links_of, rendered, small_site, text_of, turtle

FOUND = Finding("claim-core", Severity.VIOLATION, "No label.", "<https://example.org/kg/claim/a>")
REPORT = Report.of(
    [FOUND],
    not_run=[NotRun("quoted-share", "text not present (article:tea)")],
    waived=[Waived(Finding("skos-definition", Severity.WARNING, "none"), "known", "config")],
    rules=100,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return small_site(tmp_path_factory.mktemp("rules"), ":claim\\/a a meso:Claim .", report=REPORT)


@pytest.fixture(scope="module")
def found(site: Site) -> dict[str, str]:
    return rendered(site, pages(site))


def test_every_rule_has_a_page_and_an_anchor(site: Site, found: dict[str, str]) -> None:
    known = rules(site.project)
    assert len(found) == len(known) + 2
    for id, rule in known.items():
        assert f' id="{id}"' in found[RULES]
        page = found[f"rule/{id}.html"]
        assert unescape(rule.title) in unescape(page)
        assert unescape(rule.about) in unescape(page)


def test_every_rule_has_one_group(site: Site) -> None:
    groups = grouped(rule_views(site))
    listed = [view.rule.id for group in groups for view in group.rules]
    assert sorted(listed) == sorted(rules(site.project))
    assert "Rules of this project" not in [group.heading for group in groups]


def test_examples_are_those_of_the_rule_book(found: dict[str, str]) -> None:
    told = explain("claim-core")
    assert told.wrong
    page = unescape(found["rule/claim-core.html"])
    assert "\n".join(told.wrong) in page
    assert "\n".join(told.right) in page


def test_state_is_that_of_the_report(site: Site, found: dict[str, str]) -> None:
    states = {view.rule.id: view.state for view in rule_views(site)}
    assert states["claim-core"] == "found"
    assert states["quoted-share"] == "open"
    assert states["skos-definition"] == "holds"
    assert "1 finding." in text_of(found["rule/claim-core.html"])
    assert "../claim/a.html" in links_of(found["rule/claim-core.html"])
    assert "It could not be checked" in text_of(found["rule/quoted-share.html"])
    assert "one finding that was set aside" in text_of(found["rule/skos-definition.html"])
    assert "It holds." in text_of(found["rule/work-core.html"])


def test_single_things_that_a_shape_asks_name_their_terms(site: Site) -> None:
    view = next(view for view in rule_views(site) if view.rule.id == "claim-core")
    asked = {"".join(text for text, _ in pieces): pieces for pieces in view.asks}
    pieces = asked["Name with meso:statedIn the one article that makes the claim."]
    assert ("meso:statedIn", "https://w3id.org/mesokg/ns#statedIn") in pieces
    assert view.looks_at == (("each", "https://w3id.org/mesokg/ns#Claim"),)


def test_single_things_stand_in_the_order_of_the_shape(site: Site) -> None:
    for view in rule_views(site):
        asked = ["".join(text for text, _ in pieces) for pieces in view.asks]
        places = [view.source.find(text.partition('"')[0].partition("(")[0]) for text in asked]
        assert places == sorted(places), view.rule.id


def test_shape_and_query_are_shown_as_they_are_written(site: Site, root: Path) -> None:
    views = {view.rule.id: view for view in rule_views(site)}
    written = (root / "ontology" / "shapes" / "claim.ttl").read_text("utf-8")
    assert views["claim-core"].source in written
    assert views["claim-core"].source.startswith("shape:claim-core a sh:NodeShape")
    assert views["voice-leak"].source.startswith("PREFIX")
    assert "#+" not in views["voice-leak"].source


def test_shapes_page_is_the_document_of_the_shapes(site: Site, found: dict[str, str]) -> None:
    page = next(page for page in pages(site) if page.path == SHAPES_PATH)
    assert page.iri == SHAPES.removesuffix("#")
    said = {str(triple.subject) for triple in LinkedData(site).triples(page.iri)}
    shapes = [view for view in rule_views(site) if view.iri.startswith(SHAPES)]
    assert shapes
    for view in shapes:
        assert f"<{view.iri}>" in said
        assert f' id="{view.rule.id}"' in found[SHAPES_PATH]


def test_part_that_is_no_rule_has_an_anchor_too(found: dict[str, str]) -> None:
    assert ' id="prefixes"' in found[SHAPES_PATH]
    assert "rule/prefixes.html" not in found


def test_rule_of_a_project_is_safe_in_path_and_page(tmp_path: Path) -> None:
    text = turtle(HOSTILE)
    shape = (
        f'<https://elsewhere.example/%22../../x> a sh:NodeShape ; rdfs:label "{text}" ; '
        f'rdfs:comment "{text}" ; sh:targetClass meso:Claim ; '
        f'sh:property [ sh:path meso:quote ; sh:minCount 1 ; sh:message "{text}" ] .'
    )
    small = small_site(tmp_path, ":claim\\/a a meso:Claim .", shapes=shape)
    made = rendered(small, pages(small))
    own = [view for view in rule_views(small) if "elsewhere" in view.rule.id]
    assert [view.number for view in own] == [1]
    assert ".." not in own[0].path
    assert own[0].path in made
    for html in made.values():
        assert_harmless(html)
    assert grouped(own)[0].heading == "Rules of this project"


def test_flagship_report_is_told_rule_by_rule(root: Path) -> None:
    project = find(root)
    flagship = Site.of(load(project), project, REPORT)
    assert {view.rule.id for view in rule_views(flagship)} == set(rules(project))


def test_two_builds_are_the_same(tmp_path: Path) -> None:
    """Blank nodes have other labels each time that shapes are read."""
    once, again = (small_site(tmp_path, report=REPORT) for _ in range(2))
    assert rendered(once, pages(once)) == rendered(again, pages(again))
