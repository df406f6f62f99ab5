"""Pages as `mesokg serve` sends them: a browser finds nothing that their policies forbid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from browser import Browser
from browser.test_pages import SETTLED, TEMPLATES
from http_client import Running, serving

OWN = (
    "/api", "/api/list-claims", "/api/show-evidence-map", "/api/construct-cito", "/api/nothing",
    "/nothing", "/healthz", "/api/openapi.json", "/sitemap.xml",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("served"), project=root) as running:
        yield running


def complaints(browser: Browser, address: str, settled: str = "") -> list[str]:
    """What the console says of policies, and what the page asked of others."""
    with browser.tab() as tab:
        tab.open(address)
        if settled:
            tab.run(settled)
        said = [text for text in tab.seen["errors"] if "Content Security Policy" in text]
        return said + tab.seen["refused"]


@pytest.mark.slow
def test_no_page_of_the_site_breaks_its_policy(
    browser: Browser, server: Running, longest: Mapping[str, str]
) -> None:
    found = {}
    for template in TEMPLATES:
        policy = server.get(f"/{longest[template]}").headers["content-security-policy"]
        assert "unsafe-inline" not in policy
        address = f"{server.url}{longest[template]}"
        if said := complaints(browser, address, SETTLED.get(template, "")):
            found[template] = said
    assert found == {}


def test_no_page_of_the_service_breaks_its_policy(
    browser: Browser, server: Running, folder: Path
) -> None:
    picture = next(path for path in sorted(folder.rglob("*.svg")) if b"<style" in path.read_bytes())
    paths = [*OWN, f"/{picture.relative_to(folder).as_posix()}"]
    found = {path: complaints(browser, f"{server.url.rstrip('/')}{path}") for path in paths}
    assert {path: said for path, said in found.items() if said} == {}


def test_the_form_of_a_service_without_a_site_breaks_no_policy(
    browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "data.ttl").write_text("<http://e/a> <http://e/p> 1 .", "utf-8")
    with serving(tmp_path, "--data", str(tmp_path / "data.ttl")) as bare, browser.tab() as tab:
        tab.open(f"{bare.url}sparql")
        assert tab.run("return await page.locator('textarea').evaluate(e => e.offsetWidth)") > 300
        assert tab.seen["errors"] == tab.seen["refused"] == []
