"""The site as a whole: every IRI answers, pages and data agree, nothing is dead or dangerous."""

from __future__ import annotations

import hashlib
import json
import posixpath
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox
import pytest
from pyld import jsonld

from mesokg.canon import canonical
from mesokg.dataset import Dataset, load, read
from mesokg.errors import InputError
from mesokg.project import Project, find
from mesokg.report import Report
from mesokg.site import Site, build_site
from mesokg.texts import find_texts
from small_sites import BASE, assert_harmless, small_site

ROOT = Path(__file__).resolve().parent.parent
#: Texts that have run in somebody's browser.
XSS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "--><svg onload=alert(1)>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus=alert(1) x="',
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}{{ self.__init__ }}",
    "${alert(1)}`;alert(1)//",
    "]]><script>alert(1)</script>",
    "\u202e\u2066<b>gnp\u2069",
    "<plaintext>",
    "&lt;script&gt;&#x3c;script&#x3e;",
    "<base href=//evil.org>",
    "<meta http-equiv=refresh content='0;url=//evil.org'>",
    "x\u0000y\u001b[31m",
)
_Files = Mapping[str, bytes]


def built(project: Project, dataset: Dataset | None = None) -> dict[str, bytes]:
    data = load(project) if dataset is None else dataset
    found: dict[str, bytes] = {}
    for file in build_site(data, project, Report()):
        assert file.path not in found
        found[file.path] = file.data
    return found


@pytest.fixture(scope="module")
def ferns() -> _Files:
    project = find(ROOT / "examples" / "second-project")
    dataset = load(project)
    texts = find_texts(dataset, project.texts)
    return built(project, dataset.with_graphs(texts.quads(dataset.base)))


@pytest.fixture(scope="module")
def flagship() -> _Files:
    return built(find(ROOT))


class Links(HTMLParser):
    """Where a page leads, its ids, and its unclosed elements."""

    VOID = frozenset({"meta", "link", "br", "input", "hr", "img", "rect", "path", "polygon"})

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src", "action"} and not (tag == "link" and is_outside(value)):
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def is_outside(href: str | None) -> bool:
    return urlsplit(href or "").scheme != ""


def parsed(html: bytes) -> Links:
    reader = Links()
    reader.feed(html.decode())
    return reader


def pages(files: _Files) -> dict[str, Links]:
    return {path: parsed(data) for path, data in files.items() if path.endswith(".html")}


def dead(files: _Files) -> list[str]:
    found = pages(files)
    wrong = []
    for path, page in found.items():
        for href in page.links:
            if is_outside(href) or "sparql.html#" in href or "search.html" in href:
                continue
            target, _, fragment = href.partition("#")
            target = target.partition("?")[0]
            to = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target)))
            to = to if target else path
            if to not in files:
                wrong.append(f"{path}: {href}")
            elif fragment and to in found and unquote(fragment) not in found[to].ids:
                wrong.append(f"{path}: {href} (no such place)")
    return wrong


# --- the whole --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ferns", "flagship"])
def test_no_link_is_dead(name: str, request: pytest.FixtureRequest) -> None:
    assert dead(request.getfixturevalue(name)) == []


@pytest.mark.parametrize("name", ["ferns", "flagship"])
def test_pages_are_well_formed(name: str, request: pytest.FixtureRequest) -> None:
    for path, page in pages(request.getfixturevalue(name)).items():
        assert (page.wrong, page.open) == ([], []), path
        assert len(page.ids) == len(set(page.ids)), path


def test_every_page_says_what_it_is_and_what_it_is_not(flagship: _Files) -> None:
    for path in set(pages(flagship)) - {"404.html"}:  # which stands alone
        html = flagship[path].decode()
        assert "no medical advice" in html, path
        assert re.search(r"<title>[^<]+</title>", html), path
        assert html.count("<h1") == 1, path
        assert 'http-equiv="Content-Security-Policy"' in html, path


def test_pages_of_content_need_no_script(flagship: _Files) -> None:
    asking = {"sparql.html", "search.html"}
    for path in pages(flagship):
        scripts = re.findall(r"<script(?! type=\"application/ld\+json\")", flagship[path].decode())
        assert path in asking or not scripts, path


def test_pages_are_light(flagship: _Files) -> None:
    for kind in ("claim", "work", "treatment", "certainty"):
        for path in flagship:
            if path.startswith(f"{kind}/") and path.endswith(".html") and "index" not in path:
                assert len(flagship[path]) < 60_000, path


@pytest.mark.parametrize("name", ["ferns", "flagship"])
def test_every_thing_has_four_files_with_the_same_triples(
    name: str, request: pytest.FixtureRequest
) -> None:
    files: _Files = request.getfixturevalue(name)
    stems = [path.removesuffix(".nt") for path in files if path.endswith(".nt")]
    stems = [stem for stem in stems if not stem.endswith(".result")]  # an answer, not a thing
    assert len(stems) > 100
    for stem in stems:
        assert f"{stem}.html" in files
        forms = {".nt": "ntriples", ".ttl": "turtle", ".jsonld": "jsonld"}
        said = {
            suffix: canonical(read(files[stem + suffix].decode(), form).quads)
            for suffix, form in forms.items()
        }
        assert said[".nt"] == said[".ttl"] == said[".jsonld"], stem
        assert said[".nt"], stem


def test_json_ld_is_read_the_same_by_another_library(ferns: _Files) -> None:
    for path in sorted(
        path for path in ferns if re.match(r"(claim|work|kind|ev)/.*\.jsonld", path)
    ):
        other = jsonld.to_rdf(json.loads(ferns[path]), {"format": "application/n-quads"})
        nt = ferns[path.removesuffix(".jsonld") + ".nt"].decode()
        assert canonical(read(other, "nquads").quads) == canonical(read(nt, "ntriples").quads)


def test_json_ld_of_a_claim_is_made_for_people(ferns: _Files) -> None:
    document = json.loads(ferns["claim/rainwater-c2.jsonld"])
    claim = document["@graph"][0]
    assert claim["id"] == "https://example.org/ferns/claim/rainwater-c2"
    assert claim["type"] == ["Claim"]
    assert (claim["direction"], claim["hedge"], claim["start"]) == ("supports", "claimed", 106)
    assert claim["label"].startswith("It is said")
    assert not any(":" in key for key in claim if not key.startswith("@"))


def test_pages_hold_what_the_dump_holds() -> None:
    project = find(ROOT / "examples" / "second-project")
    dataset = load(project)
    files = built(project, dataset)
    inside: set[str] = set()
    for path, data in files.items():
        if path.endswith(".nt"):
            inside |= {str(q.triple) for q in read(data.decode(), "ntriples").quads}
    site = Site.of(dataset, project, Report())
    for quad in site.derived.quads:
        named = isinstance(quad.subject, ox.NamedNode) and quad.subject.value in site.addresses
        blank = isinstance(quad.object, ox.BlankNode)
        if named and not blank:
            assert str(quad.triple) in inside


def test_each_document_offers_its_data(ferns: _Files) -> None:
    html = ferns["claim/rainwater-c2.html"].decode()
    for suffix, media in ((".ttl", "text/turtle"), (".jsonld", "application/ld+json")):
        assert f'<link rel="alternate" type="{media}" href="../claim/rainwater-c2{suffix}"' in html
    iri = "https://example.org/ferns/claim/rainwater-c2"
    assert f'<link rel="canonical" href="{iri}">' in html
    assert f'<link rel="cite-as" href="{iri}">' in html


def test_the_order_of_statements_does_not_count() -> None:
    project = find(ROOT / "examples" / "second-project")
    dataset = load(project)
    quads = list(dataset.quads)
    random.Random(7).shuffle(quads)
    shuffled = replace(dataset, quads=tuple(quads))

    def sums(files: _Files) -> dict[str, str]:
        return {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}

    assert sums(built(project, dataset)) == sums(built(project, shuffled))


# --- what a project adds ----------------------------------------------------------------------


def test_a_project_adds_a_page_and_changes_a_template(tmp_path: Path) -> None:
    files = {
        "pages/how-we-work.html": "{% extends 'base.html' %}{% block content %}<p>By hand, "
        "{{ site.instances('Claim')|length }} claims.</p>{% endblock %}",
        "templates/home.html": "{% extends 'base.html' %}{% block content %}Ours!{% endblock %}",
    }
    site = small_site(tmp_path, files=files, report=Report())
    made = built(site.project, site.written)
    assert b"By hand, 0 claims." in made["how-we-work.html"]
    assert b"How we work" in made["index.html"]
    assert b"Ours!" in made["index.html"]


def test_a_broken_template_is_named(tmp_path: Path) -> None:
    files = {"templates/home.html": "{% extends 'base.html' %}{% block content %}{{ nothing }}"}
    site = small_site(tmp_path, files=files, report=Report())
    with pytest.raises(InputError, match=r"home\.html") as caught:
        built(site.project, site.written)
    assert caught.value.code == "template-failed"
    files = {
        "templates/home.html": "{% extends 'base.html' %}{% block head %}{{ nope }}{% endblock %}"
    }
    site = small_site(tmp_path, files=files, report=Report())
    with pytest.raises(InputError, match="nope"):
        built(site.project, site.written)


def test_a_page_that_takes_the_place_of_another_is_refused(tmp_path: Path) -> None:
    files = {"pages/claims.html": "{% extends 'base.html' %}"}
    site = small_site(tmp_path, files=files, report=Report())
    with pytest.raises(InputError) as caught:
        built(site.project, site.written)
    assert caught.value.code == "site-path-taken"


# --- bad input --------------------------------------------------------------------------------


def literal(text: str, language: str = "") -> str:
    return str(ox.Literal(text, language=language) if language else ox.Literal(text))


def hostile(text: str, slug: str = "x") -> str:
    """A graph in which every text is this one and IRIs end in something odd."""
    said, english = literal(text), literal(text, "en")
    return f"""
    <{BASE}article/{slug}> a meso:Article ; dcterms:title {english} ; meso:length 10 .
    <{BASE}claim/{slug}> a meso:Claim ; meso:statedIn <{BASE}article/{slug}> ;
      rdfs:label {english} ;
      dcterms:identifier {said} ; meso:quote {english} ; meso:hedgeWords {english} ;
      meso:start 0 ; meso:end 9 ; rdfs:comment {english} ;
      meso:kind <https://w3id.org/mesokg/kind/benefit> ;
      meso:direction <https://w3id.org/mesokg/direction/supports> ;
      meso:subject <{BASE}treatment/{slug}> ; meso:relation meso:increases ;
      meso:object <{BASE}outcome/{slug}>, <javascript:alert(1)> ; meso:evidence <{BASE}ev/{slug}> .
    <{BASE}ev/{slug}> a meso:EvidenceLine ; meso:citation <{BASE}citation/{slug}> ;
      rdfs:comment {english} .
    <{BASE}citation/{slug}> a meso:InTextCitation ; meso:occursIn <{BASE}article/{slug}> ;
      meso:asPrinted {said} ; meso:denotes <{BASE}ref/{slug}> ; meso:year {said} .
    <{BASE}ref/{slug}> a meso:Reference ; meso:listedIn <{BASE}article/{slug}> ;
      meso:ordinal {said} ;
      meso:asPrinted {said} ; meso:resolvesTo <{BASE}work/{slug}> ; meso:authors {said} .
    <{BASE}work/{slug}> a meso:Work ; dcterms:title {said} ; rdfs:label {said} ; meso:year "2013" ;
      meso:authors {said} ; dcterms:source <javascript:alert(2)>, <https://e.org/a%22b> .
    <{BASE}issue/{slug}> a meso:Issue ; rdfs:label {english} ; meso:field meso:authors ;
      meso:concerns <{BASE}ref/{slug}> ; meso:printed {said} ; meso:correct {said} .
    <{BASE}assessment/{slug}> a meso:Assessment ; meso:assesses <{BASE}claim/{slug}> ;
      rdfs:comment {english} ; meso:certainty <https://w3id.org/mesokg/certainty/low> .
    <{BASE}treatment/{slug}> a meso:Treatment, skos:Concept ; skos:prefLabel {english} ;
      skos:altLabel {english} ; skos:definition {english} ; skos:scopeNote {english} ;
      skos:exactMatch <javascript:alert(3)> .
    <{BASE}outcome/{slug}> a meso:Outcome, skos:Concept ; skos:prefLabel {english} .
    """


def harmless(files: _Files) -> None:
    for path, data in files.items():
        if path.endswith(".html") and path not in {"sparql.html", "search.html"}:
            html = data.decode()
            assert_harmless(html)
            for inside in re.findall(
                r"<script type=.application/ld.json.>(.*?)</script>", html, re.S
            ):
                json.loads(inside)


def test_no_text_ever_runs(tmp_path: Path) -> None:
    """Each hostile text in every property that a page shows, in the title and the description."""
    data = "".join(hostile(text, f"x{place}") for place, text in enumerate(XSS))
    everything = json.dumps(" ".join(text for text in XSS if "\0" not in text))
    config = (
        f'[project]\nname = "s"\ntitle = {everything}\nbase = "{BASE}"\n'
        f"description = {everything}\nlicence = {everything}\npublisher = {everything}\n"
    )
    site = small_site(tmp_path, data, config=config, report=Report())
    files = built(site.project, site.written)
    harmless(files)
    assert {f"claim/x{place}.html" for place in range(len(XSS))} <= set(files)
    assert dead(files) == []


def test_iris_with_hostile_characters_have_safe_pages(tmp_path: Path) -> None:
    slugs = [
        "a'b",
        "a%22%3E%3Cscript%3E",
        "%2e%2e%2f%2e%2e%2fetc",
        "é",
        "a&b=c",
        "a;b",
        "..",
        "x:y",
        "CON",
    ]
    data = "".join(hostile("<b>bold</b>", slug) for slug in slugs)
    site = small_site(tmp_path, data, report=Report())
    files = built(site.project, site.written)
    for path in files:
        assert ".." not in path.split("/")
        assert re.fullmatch(r"[A-Za-z0-9._~/-]+", path), path
    harmless(files)
    assert dead(files) == []
    stems = [p for p in files if p.startswith("claim/") and p.endswith(".nt")]
    assert len(stems) == len(slugs)


def test_an_empty_graph_has_a_site(tmp_path: Path) -> None:
    site = small_site(tmp_path, report=Report())
    files = built(site.project, site.written)
    assert b"No claim is recorded yet." in files["index.html"]
    assert dead(files) == []


def test_right_to_left_and_very_long_names_are_kept_apart(tmp_path: Path) -> None:
    arabic = "هل يفيد الشاي؟"
    long = "unbreakable" * 30
    data = hostile(arabic, "r") + hostile(long, "l")
    site = small_site(tmp_path, data, report=Report())
    files = built(site.project, site.written)
    page = files["claim/r.html"].decode()
    assert '<h1 dir="auto">' in page
    assert f"<bdi>{arabic}</bdi>" in page
    assert re.search(r"<title>.{1,200}</title>", files["claim/l.html"].decode())


def test_things_without_a_name_and_with_two(tmp_path: Path) -> None:
    data = (
        f"<{BASE}treatment/nameless> a meso:Treatment, skos:Concept . "
        f'<{BASE}treatment/two> a meso:Treatment ; skos:prefLabel "tea"@en, "Tee"@de .'
        f'<{BASE}treatment/blank> a meso:Treatment, skos:Concept ; skos:prefLabel "  "@en .'
    )
    site = small_site(tmp_path, data, report=Report())
    files = built(site.project, site.written)
    assert ">nameless</h1>" in files["treatment/nameless.html"].decode()
    assert ">tea</h1>" in files["treatment/two.html"].decode()
    assert ">blank</h1>" in files["treatment/blank.html"].decode()


def test_circles_end(tmp_path: Path) -> None:
    data = "".join(
        f'<{BASE}treatment/{a}> a meso:Treatment, skos:Concept ; skos:prefLabel "{a}"@en ; '
        f"skos:broader <{BASE}treatment/{b}> . <{BASE}claim/{a}> a meso:Claim ; "
        f"meso:subject <{BASE}claim/{b}> ; meso:relation meso:explains ; "
        f"meso:object <{BASE}claim/{a}> ; "
        f"meso:hedgeFrom <{BASE}claim/{b}> ."
        for a, b in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "d"))
    )
    site = small_site(tmp_path, data, report=Report())
    files = built(site.project, site.written)
    assert {f"treatment/{x}.html" for x in "abcd"} <= set(files)
    rows = re.findall(r'<th scope="row"[^>]*><a href="\.\./treatment/(\w)\.html"',
                      files["treatment/index.html"].decode())  # fmt: skip
    assert sorted(rows) == ["a", "b", "c", "d"]


def test_a_concept_with_very_many_claims_is_spread_over_pages(tmp_path: Path) -> None:
    many = "".join(
        f"<{BASE}claim/c{n}> a meso:Claim ; meso:statedIn <{BASE}article/a> ; "
        f'rdfs:label "Claim {n}."@en ; meso:subject <{BASE}treatment/tea> ; meso:start {n} ; '
        f"meso:end {n + 1} ; meso:kind <https://w3id.org/mesokg/kind/benefit> ; "
        "meso:direction <https://w3id.org/mesokg/direction/supports> ."
        for n in range(1000)
    )
    data = (
        f'<{BASE}treatment/tea> a meso:Treatment, skos:Concept ; skos:prefLabel "tea"@en . {many}'
    )
    site = small_site(tmp_path, data, report=Report())
    files = built(site.project, site.written)
    assert len(files["treatment/tea.html"]) < 100_000
    shown = sum(
        html.count(b"../claim/c")
        for path, html in files.items()
        if path.startswith("treatment/tea~") and path.endswith(".html")
    )  # fmt: skip
    assert shown == 1000
    assert {"claims.html", "claims~5.html", "kind/benefit~5.html"} <= set(files)
    assert dead(files) == []
