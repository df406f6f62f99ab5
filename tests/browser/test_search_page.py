"""Search in a real browser: words in part, misspelt, by keyboard, from a disk."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from browser import Browser, Tab


def search(tab: Tab, address: str, text: str) -> list[str]:
    """The titles found for a text, the best first."""
    tab.open(f"{address}/search.html?q={quote(text)}")
    tab.run(
        "await page.waitForFunction(() => document.querySelector('#search-status').textContent)"
    )
    titles: list[str] = tab.run(
        "return await page.locator('#results a').evaluateAll(all => all.map(a => a.textContent))"
    )
    assert tab.seen["refused"] == []
    assert tab.seen["errors"] == []
    return titles


@pytest.mark.parametrize(
    ("text", "page", "exact"),
    [
        ("dutasteride", "substance/dutasteride.html", True),
        ("dutast", "substance/dutasteride.html", False),
        ("dutasteryde", "substance/dutasteride.html", False),
        ("Konda Thapa 2013", "work/konda-thappa-2013.html", True),
        ("C28", "claim/mhl-c28.html", True),
        ("evidence map", "map.html", True),
    ],
)
def test_words_in_part_and_misspelt_find_the_thing(
    browser: Browser, address: str, text: str, page: str, exact: bool
) -> None:
    with browser.tab() as tab:
        search(tab, address, text)
        first = tab.run(
            """return await page.locator("#results a").evaluateAll(
              all => all.slice(0, 3).map(a => a.getAttribute("href")))"""
        )
        assert page in first[: 1 if exact else 3]


def test_nothing_found_is_said(browser: Browser, address: str) -> None:
    with browser.tab() as tab:
        assert search(tab, address, "qqqxyzzy") == []
        assert (
            tab.text("#search-status")
            == "Nothing is called “qqqxyzzy”, and nothing sounds like it."
        )


def test_markup_in_the_field_stays_text(browser: Browser, address: str) -> None:
    with browser.tab() as tab:
        search(tab, address, "<img src=x onerror=alert(1)> claim")
        assert tab.run("return await page.locator('main img').count()") == 0


def test_arrow_keys_walk_the_results_and_enter_opens_one(browser: Browser, folder: Path) -> None:
    with browser.tab() as tab:
        search(tab, folder.as_uri(), "dutasteride")
        tab.run(
            """await page.focus("#search-field");
            for (const way of ["Down", "Down", "Up"]) await page.keyboard.press(`Arrow${way}`);"""
        )
        words = tab.run("return await page.evaluate(() => document.activeElement.textContent)")
        assert words == tab.text("#results li:first-child a")
        tab.run("await page.keyboard.press('ArrowUp')")
        assert (
            tab.run("return await page.evaluate(() => document.activeElement.id)") == "search-field"
        )
        tab.run(
            """await page.keyboard.press("ArrowDown"); await page.keyboard.press("Enter");
            await page.waitForURL(/\\.html$/);"""
        )
        assert tab.text("h1")


def test_kinds_narrow_the_results(browser: Browser, address: str) -> None:
    with browser.tab() as tab:
        before = len(search(tab, address, "dutasteride"))
        tab.run("await page.locator('#search-kinds button').nth(1).click()")
        after = tab.run("return await page.locator('#results a').count()")
        assert 0 < after < before
        pressed = tab.text("#search-kinds [aria-pressed=true]")
        assert pressed.endswith(f" {after}")


def test_form_in_the_header_leads_here(browser: Browser, address: str) -> None:
    with browser.tab() as tab:
        tab.open(f"{address}/claim/mhl-c01.html")
        tab.run(
            """await page.fill(".masthead input[type=search]", "finasteride");
            await page.keyboard.press("Enter");
            await page.waitForSelector("#results a");"""
        )
        assert "/search.html?q=finasteride" in tab.run("return page.url()")
        assert "finasteride" in tab.text("#results")
