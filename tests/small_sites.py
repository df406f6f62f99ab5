"""Small projects and their sites, for tests of pages: strings in, HTML out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType

from mesokg.checks import validate
from mesokg.dataset import load
from mesokg.files import File
from mesokg.project import find
from mesokg.report import Report
from mesokg.site.model import Site
from mesokg.site.page import Page
from mesokg.site.templating import Templates

BASE = "https://example.org/kg/"
PREFIXES = """\
@prefix : <https://example.org/kg/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix meso: <https://w3id.org/mesokg/ns#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
#: What nobody may ever meet in a page as markup.
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}</style>"


def turtle(text: str) -> str:
    """A text as the inside of a string of Turtle."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def small_site(
    folder: Path,
    data: str = "",
    *,
    queries: Mapping[str, str] = MappingProxyType({}),
    shapes: str = "",
    files: Mapping[str, str] = MappingProxyType({}),
    config: str = "",
    report: Report | None = None,
) -> Site:
    """The site of a project with this data; `report` is made by validation when left out."""
    config = config or f'[project]\nname = "small"\ntitle = "A small graph"\nbase = "{BASE}"\n'
    globs = (
        '[files]\ndata = ["data/*.ttl"]\nqueries = ["queries/*.rq"]\nshapes = ["shapes/*.ttl"]\n'
    )
    written = {
        "mesokg.toml": config + globs,
        "data/data.ttl": PREFIXES + data,
        **{f"queries/{name}.rq": text for name, text in queries.items()},
        **({"shapes/shapes.ttl": PREFIXES + shapes} if shapes else {}),
        **files,
    }
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    project = find(folder)
    dataset = load(project)
    return Site.of(dataset, project, validate(dataset, project) if report is None else report)


def rendered(site: Site, made: Iterable[Page | File]) -> dict[str, str]:
    """The HTML of pages, and the text of files, by path."""
    templates = Templates(site)
    found = {}
    for one in made:
        data = templates.render(one) if isinstance(one, Page) else one.data
        assert one.path not in found
        found[one.path] = data.decode()
    return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def text_of(html: str) -> str:
    """What a page says, with single spaces."""
    reader = _Reader()
    reader.feed(html)
    return " ".join("".join(reader.words).split())


def links_of(html: str) -> list[str]:
    """Where a page leads."""
    reader = _Reader()
    reader.feed(html)
    return [attributes["href"] for tag, attributes in reader.tags if tag == "a"]


def assert_harmless(html: str) -> None:
    """No script, no handler, no address that runs, no tag that data smuggled in."""
    reader = _Reader()
    reader.feed(html)
    for tag, attributes in reader.tags:
        assert tag not in {"img", "iframe", "object", "embed", "b", "base"}, tag
        assert tag != "script" or attributes.get("type") == "application/ld+json"
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            if name in {"href", "src", "action"}:
                wild = value.strip().lower().startswith(("javascript:", "vbscript:"))
                assert not wild, value
                assert not value.startswith("data:") or tag == "link"
    assert "&amp;49" not in html  # what stands in data is no template
