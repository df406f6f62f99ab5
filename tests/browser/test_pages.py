"""Every type of page in a real browser: accessible in both schemes, narrow, and by keyboard."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from browser import Browser, Tab
from mesokg.report import Report
from mesokg.site import Site, build_site

#: One page of each template is looked at, the longest.
TEMPLATES = (
    "404.html",
    "about.html",
    "article.html",
    "claim.html",
    "claims.html",
    "code-lists.html",
    "compare.html",
    "dataset.html",
    "gaps.html",
    "home.html",
    "map.html",
    "ns.html",
    "quality.html",
    "question.html",
    "questions.html",
    "record.html",
    "releases.html",
    "rule.html",
    "rules.html",
    "scheme.html",
    "search.html",
    "shapes.html",
    "source.html",
    "sources.html",
    "sparql.html",
    "strength-concept.html",
    "strength.html",
    "terms.html",
    "thing.html",
    "things.html",
)
SETTLED = {
    "search.html": "await page.fill('#search-field', 'claim');"
    "await page.waitForSelector('#results a')",
    "sparql.html": "await page.waitForSelector('#answer table')",
}


def test_every_template_is_looked_at(longest: Mapping[str, str]) -> None:
    assert sorted(longest) == sorted(TEMPLATES)


@pytest.mark.parametrize("template", TEMPLATES)
def test_page_is_accessible_narrow_and_alone(
    browser: Browser, address: str, longest: Mapping[str, str], template: str
) -> None:
    with browser.tab() as tab:
        tab.open(f"{address}/{longest[template]}")
        tab.run(SETTLED.get(template, ""))
        for scheme in ("light", "dark"):
            tab.run("await page.emulateMedia({ colorScheme: args.scheme })", scheme=scheme)
            assert tab.violations() == [], scheme
        tab.run("await page.setViewportSize({ width: 320, height: 700 })")
        assert widest(tab) <= 320
        seen = tab.seen
        assert seen["refused"] == []
        assert seen["errors"] == []


def widest(tab: Tab) -> int:
    return int(tab.run("return await page.evaluate(() => document.documentElement.scrollWidth)"))


def test_map_is_walked_by_keyboard_in_reading_order(browser: Browser, address: str) -> None:
    with browser.tab() as tab:
        tab.open(f"{address}/map.html")
        links = "page.locator('svg a')"
        number = tab.run(f"return await {links}.count()")
        assert number > 5
        walked = tab.run(
            f"""await {links}.first().focus();
            const found = [];
            for (let i = 0; i < 3 * args.number && !found.includes(args.number - 1); i++) {{
              found.push(await page.evaluate(() =>
                [...document.querySelectorAll("svg a")].indexOf(document.activeElement)));
              await page.keyboard.press("Tab");
            }}
            return found;""",
            number=number,
        )
        assert [place for place in walked if place >= 0] == list(range(number))
        named = tab.run(
            f"""return await {links}.evaluateAll(all =>
              all.every(a => (a.getAttribute("aria-label") || a.textContent).trim()))"""
        )
        assert named


def test_content_needs_no_script(
    browser: Browser, address: str, longest: Mapping[str, str]
) -> None:
    with browser.tab(javaScriptEnabled=False) as tab:
        for template in ("home.html", "article.html", "claim.html", "map.html"):
            tab.open(f"{address}/{longest[template]}")
            assert len(tab.text("main")) > 300, template
        for template in ("sparql.html", "search.html"):
            tab.open(f"{address}/{template}")
            assert "JavaScript" in tab.text("main")
            assert tab.run("return await page.locator('main a').count()") > 2


def test_site_without_scripts_says_so(site: Site) -> None:
    files = {f.path: f.data for f in build_site(site.written, site.project, Report(()))}
    assert "not part of this copy" in files["sparql.html"].decode()
    assert "without the script for searching" in files["search.html"].decode()
    assert b"<script src" not in files["sparql.html"] + files["search.html"]
    assert not any(path.endswith((".js", ".gz")) for path in files)
    assert isinstance(files["index.html"], bytes)
