"""Sitemap, robots.txt, the page for what is not there, and the page about the site."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mesokg.report import Report
from mesokg.site import about, discovery
from mesokg.site.discovery import address, files, pages
from mesokg.site.page import Page
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


def urls(xml: bytes) -> list[str]:
    return [
        node.text or "" for node in ElementTree.fromstring(xml).iter() if node.tag[-3:] == "loc"
    ]


def test_address_is_the_iri_else_the_path_without_its_end(tmp_path: Path) -> None:
    site = small_site(tmp_path, report=EMPTY)
    assert address(site, Page("claim/a.html", "x", "x", iri=f"{BASE}claim/a")) == f"{BASE}claim/a"
    assert address(site, Page("about.html", "x", "x")) == f"{BASE}about"
    assert address(site, Page("work/index.html", "x", "x")) == f"{BASE}work/"
    odd = Page("x.html", "x", "x", iri=f"{BASE}é&<\"'")
    assert address(site, odd) == f"{BASE}%C3%A9&%3C%22'"


def test_sitemap_holds_addresses_of_this_site_once_and_in_order(tmp_path: Path) -> None:
    site = small_site(tmp_path, report=EMPTY)
    announced = [f"{BASE}b&c", f"{BASE}a", f"{BASE}a", "https://w3id.org/mesokg/ns"]
    found = {file.path: file.data for file in files(site, announced)}
    assert urls(found["sitemap.xml"]) == [f"{BASE}a", f"{BASE}b&c"]
    assert found["robots.txt"].decode().endswith(f"Sitemap: {BASE}sitemap.xml\n")


def test_sitemap_that_would_be_too_long_is_parted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "_MOST", 2)
    site = small_site(tmp_path, report=EMPTY)
    found = {f.path: f.data for f in files(site, [f"{BASE}{letter}" for letter in "abc"])}
    assert urls(found["sitemap.xml"]) == [f"{BASE}sitemap-1.xml", f"{BASE}sitemap-2.xml"]
    parts = urls(found["sitemap-1.xml"]) + urls(found["sitemap-2.xml"])
    assert parts == [f"{BASE}a", f"{BASE}b", f"{BASE}c"]


def test_sitemap_of_nothing_is_whole(tmp_path: Path) -> None:
    found = {f.path: f.data for f in files(small_site(tmp_path, report=EMPTY), [])}
    assert urls(found["sitemap.xml"]) == []


def test_page_for_what_is_not_there_needs_no_other_file(tmp_path: Path) -> None:
    site = small_site(tmp_path, report=EMPTY)
    html = rendered(site, pages(site))["404.html"]
    assert all(link.startswith(BASE) for link in links_of(html))
    assert 'rel="stylesheet"' not in html
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"sha256-{digest}" in html


def test_page_for_what_is_not_there_is_not_announced(tmp_path: Path) -> None:
    assert not next(pages(small_site(tmp_path, report=EMPTY))).listed


def test_about_says_what_this_is_not(tmp_path: Path) -> None:
    site = small_site(tmp_path, report=EMPTY)
    text = text_of(rendered(site, about.pages(site))["about.html"])
    assert "It is not medical advice" in text
    assert "not a statement of what is true" in text
    assert "No licence is stated" in text


def test_about_tells_the_rights_in_each_text(tmp_path: Path) -> None:
    data = (
        ':article\\/a a meso:Article ; rdfs:label "Tea" ; '
        "meso:textRights <https://w3id.org/mesokg/text-rights/unknown> . "
        ':article\\/b a meso:Article ; rdfs:label "Milk" .'
    )
    site = small_site(tmp_path, data, report=EMPTY)
    text = text_of(rendered(site, about.pages(site))["about.html"])
    assert "Tea: unknown" in text
    assert "Milk: rights not stated" in text
    assert "these articles and their sources" in text


def test_nothing_on_these_pages_runs(tmp_path: Path) -> None:
    config = (
        f'[project]\nname = "s"\ntitle = "</title><script>"\nbase = "{BASE}"\n'
        'licence = "javascript:alert(1)"\npublisher = "<img>"\ndescription = "</style><script>"\n'
    )
    data = (
        f':article\\/a a meso:Article ; rdfs:label "{turtle(HOSTILE)}" ; '
        "dcterms:license <javascript:alert(1)> ; meso:textRights <javascript:alert(2)> ."
    )
    site = small_site(tmp_path, data, config=config, report=EMPTY)
    for html in rendered(site, [*pages(site), *about.pages(site)]).values():
        assert_harmless(html)
