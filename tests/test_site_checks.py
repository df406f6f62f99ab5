"""A site is what it promises: each rule holds for a right site and fails for a wrong one."""

from __future__ import annotations

import gzip
import http.server
import json
import re
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesokg.addresses import Addresses
from mesokg.cli import main
from mesokg.errors import UsageError
from mesokg.files import File
from mesokg.hosts import host_files
from mesokg.negotiation import MEDIA_TYPES, REPRESENTATIONS, choose
from mesokg.report import Report
from mesokg.site_checks import RULES, check_site
from mesokg.site_checks.reading import loads_of_css, read_page
from page_tables import hold_table
from web_servers import apache, free_port, nginx

ROOT = Path(__file__).resolve().parent.parent
BASE = "https://e.org/kg/"
A = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
DCT = "http://purl.org/dc/terms/"
DCAT = "http://www.w3.org/ns/dcat#"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


# --- a small site that is right --------------------------------------------------------------


def triples(base: str) -> list[str]:
    claim, tea = f"<{base}claim/c1>", f"<{base}treatment/tea>"
    term, dataset = f"<{base}ns#about>", f"<{base}dataset>"
    return [
        f'{claim} <{LABEL}> "Tea helps “sleep”"@en .',
        f"{claim} {term[:-1]}> {tea} .",
        f'{claim} <{DCT}extent> "01"^^<http://www.w3.org/2001/XMLSchema#integer> .',
        f'{claim[:-1]}#passage> <{LABEL}> "here" .',
        f'{tea} <{LABEL}> "Tea" .',
        f'{term} <{LABEL}> "about" .',
        f"{term} <{LABEL[:-5]}isDefinedBy> <{base}ns> .",
        f'<{base}ns> <{LABEL}> "Terms" .',
        f"{dataset} <{A}> <{DCAT}Dataset> .",
        f'{dataset} <{DCT}title> "Tea" .',
        f'{dataset} <{DCT}description> "All about tea" .',
        f'{dataset} <{DCT}publisher> "The tea people" .',
        f'{dataset} <{DCAT}version> "1.0.0" .',
        f"{dataset} <{DCT}license> <https://creativecommons.org/licenses/by/4.0/> .",
        f"{dataset} <{DCAT}downloadURL> <{base}data/dataset.nq> .",
    ]


def document(base: str, stem: str) -> list[str]:
    """The triples about an IRI, its parts, and to it."""
    about = re.compile(rf"<{re.escape(base + stem)}[#>]")
    found = []
    for line in triples(base):
        subject, _, rest = line.split(" ", 2)
        if about.match(subject) or about.match(rest):
            found.append(line)
    return found


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{stem}</title>
<link rel="stylesheet" href="{root}assets/site.css">
<link rel="canonical" href="{base}{stem}.html">
{links}<script type="application/ld+json">
{{"@context": "https://schema.org", "@type": "Thing"}}</script>
</head><body><p id="about">{stem}</p>
<p><a href="{root}index.html">home</a> <a href="{root}claim/c1.html#about">claim</a>
<a href="#about">here</a> <a href="https://elsewhere.org/">away</a>
<a href="mailto:a@b.org">write</a> <a href="{root}data/dataset.nq">all</a>
<a href="{root}ns.html">terms</a> <img src="{root}assets/a.svg" alt=""></p></body></html>
"""


def site(base: str = BASE) -> dict[str, bytes]:
    """The files of a site of two things, a vocabulary and a description."""
    files: dict[str, bytes] = {}
    stems = ("claim/c1", "treatment/tea", "ns", "dataset")
    for stem in stems:
        root = "../" * stem.count("/")
        name = stem.rpartition("/")[2]
        links = "".join(
            f'<link rel="alternate" type="{media_type}" href="{name}{suffix}">\n'
            for suffix, media_type in list(REPRESENTATIONS.items())[1:]
        )
        links += f'<link rel="cite-as" href="{base}{stem}">\n'
        links += '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">\n'
        page = PAGE.format(stem=stem, root=root, base=base, links=links)
        files[f"{stem}.html"] = page.encode()
        lines = "".join(f"{line}\n" for line in document(base, stem))
        quads = list(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
        files[f"{stem}.nt"] = lines.encode()
        files[f"{stem}.ttl"] = ox.serialize(quads, format=ox.RdfFormat.TURTLE) or b""
        files[f"{stem}.jsonld"] = ox.serialize(quads, format=ox.RdfFormat.JSON_LD) or b""
    for name in ("index", "404", "map"):
        page = PAGE.format(stem=name, root="", base=base, links="")
        files[f"{name}.html"] = page.encode()
    files["index.html"] = files["index.html"].replace(b"kg/index.html", b"kg/")
    files["ns.html"] = files["ns.html"].replace(b"<body>", b"<body><h2 id='about'>about</h2>")
    files["assets/site.css"] = b"p { background: url('a.svg') }"
    files["assets/a.svg"] = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    files["data/dataset.nq"] = "".join(f"{line}\n" for line in triples(base)).encode()
    listed = "".join(f"<url><loc>{base}{path}</loc></url>" for path in sorted(files)
                     if path.endswith(".html") and path != "404.html")  # fmt: skip
    files["sitemap.xml"] = f"<urlset>{listed}</urlset>".encode()
    files["robots.txt"] = f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n".encode()
    files[".well-known/void"] = "".join(
        f"{line}\n" for line in triples(base) if line.startswith(f"<{base}dataset>")
    ).encode()
    return files


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def rules_broken(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def test_a_right_site_has_no_findings(tmp_path: Path) -> None:
    report = check_site(write(tmp_path, site()))
    assert report.findings == ()
    assert report.triples > 10
    assert report.files >= 20
    assert {entry.rule for entry in report.not_run} == {
        rule for rule in RULES if rule.startswith("host-") and rule != "host-answers"
    }


# --- each thing that can be wrong in a folder ------------------------------------------------

Files = dict[str, bytes]


def replaced(path: str, old: str, new: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        assert old.encode() in files[path]
        files[path] = files[path].replace(old.encode(), new.encode())

    return change


def inserted(html: str) -> Callable[[Files], None]:
    """Puts something into the page of a claim."""
    return replaced("claim/c1.html", "<body>", html)


def without(path: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        del files[path]

    return change


def added(path: str, text: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[path] = files.get(path, b"") + text.encode()

    return change


C1 = "claim/c1.html"
WRONG: list[tuple[str, str, Callable[[Files], None]]] = [
    ("data-agrees-with-dump", "a triple is missing in the dump",
     lambda f: f.update({"data/dataset.nq": f["data/dataset.nq"].split(b"\n", 1)[1]})),
    ("data-agrees-with-dump", "the dump has more about a thing",
     added("data/dataset.nq", f'<{BASE}claim/c1> <{LABEL}> "more" .\n')),
    ("data-agrees-with-dump", "the dump has more that points at a thing",
     added("data/dataset.nq", f"<{BASE}claim/c2> <{BASE}ns#about> <{BASE}treatment/tea> .\n")),
    ("data-agrees-with-dump", "a number is written in another way",
     replaced("data/dataset.nq", '"01"', '"1"')),
    ("data-formats-agree", "Turtle has less", replaced("claim/c1.ttl", "sleep", "work")),
    ("data-formats-agree", "JSON-LD has less", lambda f: f.update({"claim/c1.jsonld": b"[]"})),
    ("data-names-its-thing", "the data is about something else",
     lambda f: f.update({f"claim/c1{s}": f[f"treatment/tea{s}"].replace(b"claim/c1", b"claim/c9")
                         for s in (".ttl", ".nt", ".jsonld")})),
    ("data-parses", "Turtle that is none", added("claim/c1.ttl", "nonsense")),
    ("data-parses", "N-Triples cut off", added("claim/c1.nt", "<a")),
    ("data-parses", "JSON cut off", added("claim/c1.jsonld", "{")),
    ("data-parses", "a context from elsewhere", lambda f: f.update(
        {"claim/c1.jsonld": b'{"@context": "https://schema.org", "@id": "https://e.org/c1"}'}
    )),
    ("data-parses", "a dump that is none", added("data/dataset.nq", "nonsense")),
    ("data-parses", "another file", added("data/more.ttl", "nonsense")),
    ("data-parses", "JSON of other use", added("data/more.json", "{")),
    ("data-formats-agree", "dumps of one name",
     added("data/dataset.ttl", f"<{BASE}claim/c1> <{LABEL}> 'Tea' .")),
    ("data-formats-agree", "a dump that holds less", added("data/dataset.trig", "")),
    ("fair-access", "the dump is not there", without("data/dataset.nq")),
    ("fair-description", "no title", lambda f: drop(f, "dc/terms/title")),
    ("fair-description", "no dataset", lambda f: drop(f, "22-rdf-syntax-ns#type")),
    ("fair-findable", "no map", without("sitemap.xml")),
    ("fair-findable", "no robots.txt", without("robots.txt")),
    ("fair-findable", "robots.txt names no map", replaced("robots.txt", "Sitemap", "Disallow")),
    ("fair-findable", "the map lists what is not there",
     replaced("sitemap.xml", "c1.html", "c9.html")),
    ("fair-findable", "a page that nothing leads to",
     replaced("sitemap.xml", f"{BASE}dataset.html", BASE)),
    ("fair-identifier", "no cite-as", replaced(C1, "cite-as", "cite-not")),
    ("fair-identifier", "an IRI that cannot be asked for",
     replaced(C1, f'cite-as" href="{BASE}claim/c1', 'cite-as" href="urn:x:c1')),
    ("fair-licence", "a page without", replaced(C1, 'rel="license"', 'rel="help"')),
    ("fair-licence", "a dataset without", lambda f: drop(f, "dc/terms/license")),
    ("fair-vocabulary", "a term that is not explained", lambda f: rename(f, "ns#about", "ns#over")),
    ("fair-vocabulary", "a vocabulary without a page",
     lambda f: rename(f, "ns#about", "terms#about")),
    ("page-alternates", "one format is not offered", replaced(C1, "text/turtle", "text/plain")),
    ("page-alternates", "one format is not there", without("claim/c1.jsonld")),
    ("page-alternates", "a format under another's name",
     replaced(C1, 'href="c1.ttl"', 'href="c1.nt"')),
    ("page-anchor", "in the page", replaced(C1, 'href="#about"', 'href="#nowhere"')),
    ("page-anchor", "in another page", replaced("map.html", "c1.html#about", "c1.html#nowhere")),
    ("page-canonical", "none", replaced(C1, "canonical", "author")),
    ("page-canonical", "two", inserted(f'<link rel=canonical href="{BASE}x.html">')),
    ("page-canonical", "that of another page",
     replaced(C1, f'canonical" href="{BASE}claim/c1', f'canonical" href="{BASE}treatment/tea')),
    ("page-embedded-data", "no JSON", replaced(C1, '"Thing"}', '"Thing"')),
    ("page-embedded-data", "no context", replaced(C1, "@context", "context")),
    ("page-embedded-data", "no type", replaced(C1, "@type", "type")),
    ("page-embedded-data", "no object",
     inserted('<script type="application/ld+json">7</script>')),
    ("page-link", "a page", replaced(C1, "../index.html", "../nowhere.html")),
    ("page-link", "an image", without("assets/a.svg")),
    ("page-link", "a style sheet", without("assets/site.css")),
    ("page-link", "out of the folder", replaced(C1, '"../index.html"', '"../../../../etc/passwd"')),
    ("page-link", "the image of a style sheet", replaced("assets/site.css", "a.svg", "b.svg")),
    ("page-link", "no URL", replaced(C1, "https://elsewhere.org/", "http://[")),
    ("page-loads-elsewhere", "an image",
     replaced(C1, "../assets/a.svg", "https://cdn.org/a.svg")),
    ("page-loads-elsewhere", "without a scheme",
     replaced(C1, "../assets/a.svg", "//cdn.org/a.svg")),
    ("page-loads-elsewhere", "a script", inserted("<script src='https://cdn.org/a'></script>")),
    ("page-loads-elsewhere", "a frame", inserted("<iframe src='http://cdn.org/'></iframe>")),
    ("page-loads-elsewhere", "a set of images",
     inserted("<img srcset='../assets/a.svg 1x, https://cdn.org/a.svg 2x'>")),
    ("page-loads-elsewhere", "a font of a style sheet",
     added("assets/site.css", "@import 'https://cdn.org/f';")),
    ("page-loads-elsewhere", "an attribute",
     inserted("<p style='background:url(https://cdn.org/)'>")),
    ("page-loads-elsewhere", "a style element",
     inserted("<style>@import url(//cdn.org/)</style>")),
    ("page-loads-elsewhere", "in advance", inserted("<link rel='dns-prefetch' href='//cdn.org'>")),
    ("page-unsafe-link", "a program",
     replaced(C1, "https://elsewhere.org/", "javascript:alert(1)")),
    ("page-unsafe-link", "in disguise",
     replaced(C1, "https://elsewhere.org/", "\tJavaScript:alert(1)")),
    ("page-unsafe-link", "data", replaced(C1, "https://elsewhere.org/", "data:text/html,x")),
    ("page-unsafe-link", "a file", replaced(C1, "https://elsewhere.org/", "file:///etc/passwd")),
    ("page-unsafe-link", "a form", inserted("<form action='vbscript:x'></form>")),
    ("site-has-pages", "nothing", lambda f: f.clear()),
    ("site-has-pages", "no first page", without("index.html")),
    ("site-not-found-page", "none", without("404.html")),
]  # fmt: skip


def drop(files: Files, word: str) -> None:
    """Takes every statement with a word out of all documents."""
    for path in files:
        if path.endswith((".nt", ".nq", "void")):
            lines = files[path].decode().splitlines(keepends=True)
            files[path] = "".join(line for line in lines if word not in line).encode()
    rewrite(files)


def rename(files: Files, old: str, new: str) -> None:
    for path in files:
        if path.endswith((".nt", ".nq")):
            files[path] = files[path].replace(f"/{old}>".encode(), f"/{new}>".encode())
    rewrite(files)


def rewrite(files: Files) -> None:
    """Makes Turtle and JSON-LD anew from the N-Triples."""
    for path in list(files):
        if path.endswith(".nt"):
            quads = list(ox.parse(files[path], format=ox.RdfFormat.N_TRIPLES))
            stem = path.removesuffix(".nt")
            files[f"{stem}.ttl"] = ox.serialize(quads, format=ox.RdfFormat.TURTLE) or b""
            files[f"{stem}.jsonld"] = ox.serialize(quads, format=ox.RdfFormat.JSON_LD) or b""


@pytest.mark.parametrize(
    ("rule", "change"), [pytest.param(r, c, id=f"{r}: {what}") for r, what, c in WRONG]
)
def test_what_is_wrong_is_found(rule: str, change: Callable[[Files], None], tmp_path: Path) -> None:
    files = site()
    change(files)
    report = check_site(write(tmp_path, files))
    assert rule in rules_broken(report)
    for finding in report.findings:
        assert finding.location
        assert finding.fix
        assert finding.severity is RULES[finding.rule].severity


def test_every_rule_of_a_folder_has_a_wrong_case() -> None:
    assert {rule for rule, _, _ in WRONG} == {r for r in RULES if not r.startswith("host-")}


def test_findings_say_where(tmp_path: Path) -> None:
    files = site()
    replaced(C1, 'href="#about"', 'href="#nowhere"')(files)
    (finding,) = check_site(write(tmp_path, files)).findings
    line = files[C1].decode().partition("#nowhere")[0].count("\n") + 1
    assert finding.location
    place = (finding.location.path, finding.location.line, finding.location.column)
    assert place == (C1, line, 1)


def test_blank_nodes_are_compared_by_what_they_say(tmp_path: Path) -> None:
    files = site()
    files["claim/c1.nt"] += f'_:x <{LABEL}> "b" .\n<{BASE}claim/c1> <{LABEL}> _:x .\n'.encode()
    files["claim/c1.ttl"] += f'<{BASE}claim/c1> <{LABEL}> [ <{LABEL}> "b" ] .\n'.encode()
    data = json.loads(files["claim/c1.jsonld"])
    data.append({"@id": f"{BASE}claim/c1", LABEL: [{"@id": "_:q"}]})
    data.append({"@id": "_:q", LABEL: [{"@value": "b"}]})
    files["claim/c1.jsonld"] = json.dumps(data).encode()
    assert rules_broken(check_site(write(tmp_path / "same", files))) == set()
    files["claim/c1.ttl"] = files["claim/c1.ttl"].replace(b'"b"', b'"c"')
    report = check_site(write(tmp_path / "other", files))
    assert rules_broken(report) == {"data-formats-agree"}


def test_a_compressed_dump_is_read(tmp_path: Path) -> None:
    files = site()
    for path in list(files):
        files[path] = files[path].replace(b"data/dataset.nq", b"data/dataset.nt.gz")
    lines = files.pop("data/dataset.nq").replace(b"data/dataset.nq", b"data/dataset.nt.gz")
    files["data/dataset.nt.gz"] = gzip.compress(lines, mtime=0)
    assert rules_broken(check_site(write(tmp_path / "right", files))) == set()
    files["data/dataset.nt.gz"] = gzip.compress(lines.replace(b"sleep", b"work"), mtime=0)
    assert rules_broken(check_site(write(tmp_path / "wrong", files))) == {"data-agrees-with-dump"}
    files["data/dataset.nt.gz"] = b"\x1f\x8bnonsense"
    assert rules_broken(check_site(write(tmp_path / "broken", files))) == {"data-parses"}


def test_without_a_dump_that_is_told(tmp_path: Path) -> None:
    files = site()
    drop(files, "downloadURL")
    del files["data/dataset.nq"]
    for path in files:
        files[path] = files[path].replace(b"data/dataset.nq", b"index.html")
    report = check_site(write(tmp_path, files))
    assert "data-agrees-with-dump" in {entry.rule for entry in report.not_run}
    assert rules_broken(report) == {"fair-access"}


def test_a_limit_is_kept_and_told(tmp_path: Path) -> None:
    report = check_site(write(tmp_path, site()), most=3)
    assert report.files <= 3
    assert "page-link" in {entry.rule for entry in report.not_run}


def test_a_link_that_leaves_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("<a href='javascript:x'>secret</a>")
    folder = write(tmp_path / "site", site())
    (folder / "link.html").symlink_to(tmp_path / "secret.html")
    assert rules_broken(check_site(folder)) == set()
    page = folder / "map.html"
    page.write_bytes(page.read_bytes().replace(b"index.html", b"link.html"))
    assert "page-link" in rules_broken(check_site(folder))


@given(st.binary(max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_whatever_files_hold_there_is_a_report(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        files = site()
        for path in (C1, "claim/c1.ttl", "claim/c1.jsonld", "assets/site.css", "sitemap.xml",
                     ".well-known/void", "data/dataset.nq", "ns.nt"):  # fmt: skip
            files[path] = data + files[path] if len(data) % 2 else data
        assert isinstance(check_site(write(Path(name), files)), Report)


@pytest.mark.parametrize(
    "place",
    [
        "/nowhere/at/all",
        "ftp://e.org/",
        "http://",
        "http://u:p@e.org/",
        "http://[",
        "https://e.org:0/",
    ],
)
def test_what_is_no_place(place: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_site(place)
    assert caught.value.code == "no-such-site"


# --- reading pages ---------------------------------------------------------------------------


@given(st.text())
def test_any_text_is_read_as_a_page(text: str) -> None:
    read_page(text.encode("utf-8", "replace"))
    list(loads_of_css(text))


def test_what_a_page_holds() -> None:
    page = read_page(
        b"<title> A  b </title><base href='/x/'><a name=n href=a?b#c>x</a><svg><a xlink:href=q />"
        b"<image href='i.png'/></svg><meta http-equiv=Refresh content='0; url=r.html'>"
        b"<link rel='alternate stylesheet' type='text/css; a=b' href=s>"
        b"<script type=application/ld+json>{&amp;</script><script>'<a href=no>'</script>"
        b"<!-- <a href=no> --><template><a href=yes></template>"
    )
    assert page.title == "A b"
    assert page.base == "/x/"
    assert page.ids == {"n"}
    assert [(r.kind, r.url) for r in page.references] == [
        ("link", "a?b#c"), ("link", "q"), ("load", "i.png"), ("link", "r.html"), ("load", "s"),
        ("link", "yes"),
    ]  # fmt: skip
    assert page.alternates == {"text/css": "s"}
    assert page.embedded == (("{&amp;", 1),)


def test_what_a_style_sheet_loads() -> None:
    text = "/* url(no) */ @import 'a'; @import url(b); p{background:url( \"c d\" )}"
    assert [url for url, _ in loads_of_css(text)] == ["a", "b", "c d"]


# --- live sites ------------------------------------------------------------------------------


@pytest.fixture
def work() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def with_rules(base: str, place: str = "") -> Files:
    addresses = Addresses.of(
        base, [base + s for s in ("claim/c1", "treatment/tea", "ns", "dataset")]
    )
    rules: list[File] = list(host_files(addresses, [f"{base}ns"], place=place))
    return site(base) | {file.path: file.data for file in rules}


@pytest.mark.parametrize("name", ["nginx", "apache"])
@pytest.mark.parametrize("elsewhere", [False, True], ids=["its own base", "another base"])
def test_real_servers_with_our_rules_have_no_findings(
    name: str, elsewhere: bool, work: Path
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/kg/"
    root = write(work / "www" / "kg", with_rules(BASE if elsewhere else address)).parent
    server = (
        nginx(root, root / "kg/hosting/nginx.conf", work / "server", port)
        if name == "nginx"
        else apache(root, work / "server", port)
    )
    with server:
        report = check_site(address)
    assert report.findings == ()
    assert report.not_run == ()
    assert report.triples > 10


@pytest.mark.parametrize("right", [True, False])
def test_permanent_iris_are_asked_for_at_their_own_host(right: bool, work: Path) -> None:
    """As with w3id.org: a base at one host, the site at another that cannot negotiate."""
    here, there = free_port(), free_port()
    base, place = f"http://127.0.0.1:{here}/tea/", f"http://127.0.0.1:{there}/kg/"
    files = with_rules(base, place)
    rules = files["hosting/w3id/htaccess.txt"]
    if not right:
        rules = rules.replace(b"R=303", b"R=302")
    write(work / "w3id", {"tea/.htaccess": rules})
    root = write(work / "www" / "kg", files).parent
    with (
        apache(work / "w3id", work / "w3id-work", here),
        nginx(root, root / "kg/hosting/nginx.conf", work / "server", there),
    ):
        report = check_site(place)
    if right:
        assert report.findings == ()
    else:
        assert "host-negotiates" in rules_broken(report)


@dataclass
class Habits:
    """How the server below behaves; right, unless a test says otherwise."""

    cross_origin: str = "*"
    vary: str = "Accept"
    types: bool = True
    thing: int = 303
    unknown: int = 404
    unknown_is_redirected: bool = False
    slash: int = 404
    refuses: str = ""
    target: str = ""
    answer: Callable[[Server], bool] = lambda server: False


class Server(http.server.BaseHTTPRequestHandler):
    """A server of a site that negotiates, or does something odd."""

    protocol_version = "HTTP/1.1"
    timeout = 5

    def __init__(self, files: Files, habits: Habits, *rest: object) -> None:
        self.files = files
        self.habits = habits
        super().__init__(*rest)  # type: ignore[arg-type]

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        habits = self.habits
        if habits.answer(self):
            return
        path = self.path.removeprefix("/kg/")
        path = "index.html" if path == "" else path
        if path in self.files:
            self.send(200, self.files[path], path)
        elif f"{path}.nt" in self.files:
            self.thing(path)
        elif path.endswith("/") and f"{path[:-1]}.nt" in self.files:
            self.send(habits.slash, self.files[f"{path[:-1]}.html"], "x.html")
        elif habits.unknown_is_redirected and not path.endswith(".html"):
            self.send(303, b"", location=f"/kg/{path}.html")
        else:
            self.send(habits.unknown, self.files["404.html"], "404.html")

    def thing(self, path: str) -> None:
        offered = list(REPRESENTATIONS.values())
        chosen = choose(self.headers.get("Accept"), offered) or offered[0]
        suffix = list(REPRESENTATIONS)[offered.index(chosen)]
        if self.habits.refuses == chosen:
            self.send(406, b"")
        elif path == "ns" or self.habits.thing == 200:
            self.send(200, self.files[f"{path}{suffix}"], f"{path}{suffix}", varies=True)
        else:
            target = self.habits.target or f"/kg/{path}{suffix}"
            self.send(self.habits.thing, b"", location=target, varies=True)

    def send(
        self, status: int, body: bytes, path: str = "", location: str = "", varies: bool = False
    ) -> None:
        self.send_response(status)
        suffix = f".{path.rpartition('.')[2]}" if path else ""
        kind = MEDIA_TYPES.get(suffix, "text/turtle; charset=utf-8") if path else ""
        if kind:
            self.send_header("Content-Type", kind if self.habits.types else "text/plain")
        if location:
            self.send_header("Location", location)
        if self.habits.cross_origin:
            self.send_header("Access-Control-Allow-Origin", self.habits.cross_origin)
        if varies and self.habits.vary:
            self.send_header("Vary", self.habits.vary)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(habits: Habits, change: Callable[[Files], None] = lambda files: None) -> Iterator[str]:
    port = free_port()
    address = f"http://127.0.0.1:{port}/kg/"
    files = site(address)
    change(files)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), partial(Server, files, habits))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_right_server_has_no_findings() -> None:
    with serving(Habits()) as address:
        assert check_site(address).findings == ()


def garbage(server: Server) -> bool:
    if not server.path.endswith("c1.ttl"):
        return False
    server.wfile.write(b"\x00\x01 not HTTP\r\n\r\n")
    server.close_connection = True
    return True


def cut_off(server: Server) -> bool:
    if not server.path.endswith("map.html"):
        return False
    server.send_response(200)
    server.send_header("Content-Length", "1000")
    server.end_headers()
    server.wfile.write(b"<p>")
    server.close_connection = True
    return True


def silent(server: Server) -> bool:
    if not server.path.endswith("c1.nt"):
        return False
    time.sleep(1.5)
    server.close_connection = True
    return True


def circle(server: Server) -> bool:
    if not server.path.endswith("claim/c1"):
        return False
    server.send(302, b"", location="/kg/claim/c1")
    return True


BAD_HABITS = [
    ("host-allows-others", "not at all", Habits(cross_origin="")),
    ("host-allows-others", "only one", Habits(cross_origin="https://e.org")),
    ("host-answers", "no HTTP", Habits(answer=garbage)),
    ("host-answers", "cut off", Habits(answer=cut_off)),
    ("host-answers", "too late", Habits(answer=silent)),
    ("host-answers", "in a circle", Habits(answer=circle)),
    ("host-answers", "to another host", Habits(target="http://elsewhere.invalid/")),
    ("host-answers", "to a file", Habits(target="file:///etc/passwd")),
    ("host-media-type", "plain text", Habits(types=False)),
    ("host-negotiates", "not at all", Habits(thing=404)),
    ("host-negotiates", "at once", Habits(thing=200)),
    ("host-negotiates", "moved for good", Habits(thing=301)),
    ("host-negotiates", "always the same", Habits(target="/kg/claim/c1.html")),
    ("host-negotiates", "not in Turtle", Habits(refuses="text/turtle")),
    ("host-slash", "a second page", Habits(slash=200)),
    ("host-unknown", "a page for everything", Habits(unknown=200)),
    ("host-unknown", "a redirect to nothing", Habits(unknown_is_redirected=True)),
    ("host-varies", "not said", Habits(vary="")),
    ("host-varies", "something else", Habits(vary="Accept-Encoding")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "habits"), [pytest.param(r, h, id=f"{r}: {what}") for r, what, h in BAD_HABITS]
)
def test_what_a_server_does_wrong_is_found(rule: str, habits: Habits) -> None:
    with serving(habits) as address:
        report = check_site(address, timeout=0.5 if habits.answer is silent else 10)
    assert rule in rules_broken(report)


def test_every_rule_of_hosts_has_a_wrong_case() -> None:
    assert {rule for rule, _, _ in BAD_HABITS} == {r for r in RULES if r.startswith("host-")}


@pytest.mark.parametrize("rule", ["data-formats-agree", "page-link", "data-agrees-with-dump"])
def test_what_is_wrong_in_files_is_found_in_a_live_site(rule: str) -> None:
    change = next(c for r, _, c in WRONG if r == rule)
    with serving(Habits(), change) as address:
        assert rule in rules_broken(check_site(address))


def test_pages_that_no_map_lists_are_found_by_links() -> None:
    def change(files: Files) -> None:
        del files["sitemap.xml"]
        files["map.html"] = files["map.html"].replace(b"<body>", b"<a href='hidden.html'>x</a>")
        files["hidden.html"] = (
            files["map.html"]
            .replace(b"map.html", b"hidden.html")
            .replace(b"https://elsewhere.org/", b"javascript:x")
        )
        files["index.html"] = files["index.html"].replace(b"<body>", b"<a href='map.html'>x</a>")

    with serving(Habits(), change) as address:
        assert rules_broken(check_site(address)) == {"fair-findable", "page-unsafe-link"}


def test_an_address_with_nothing_behind_it() -> None:
    report = check_site(f"http://127.0.0.1:{free_port()}/")
    assert [finding.rule for finding in report.findings] == ["host-answers"]
    assert len(report.not_run) == len(RULES) - 1


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_asked() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        start = time.monotonic()
        report = check_site(f"http://127.0.0.1:{deaf.getsockname()[1]}/", timeout=0.3)
        assert time.monotonic() - start < 5
    assert rules_broken(report) == {"host-answers"}


def test_no_other_host_is_asked() -> None:
    """The tests' guard raises for any connection that leaves the machine; here there are links."""
    with serving(Habits(), replaced(C1, "../assets/a.svg", "https://cdn.org/a.svg")) as address:
        assert rules_broken(check_site(address)) == {"page-loads-elsewhere"}


# --- the command -----------------------------------------------------------------------------


def run(*words: str) -> tuple[int, str, str]:
    outcome = CliRunner().invoke(main, ["check-site", *words])
    return outcome.exit_code, outcome.stdout, outcome.stderr


def test_the_command(tmp_path: Path) -> None:
    code, shown, _ = run(str(write(tmp_path / "right", site())))
    assert code == 0
    assert shown.endswith(" triples.\n")
    files = site()
    replaced(C1, 'href="#about"', 'href="#nowhere"')(files)
    folder = str(write(tmp_path / "wrong", files))
    code, shown, _ = run(folder)
    assert code == 1
    assert "claim/c1.html:14:1: violation[page-anchor]" in shown
    assert run(folder, "--fail-on", "none")[0] == 0
    code, shown, _ = run(folder, "-f", "json")
    assert (code, json.loads(shown)["findings"][0]["rule"]) == (1, "page-anchor")
    for form in ("sarif", "junit", "github", "turtle"):
        code, shown, _ = run(folder, "-f", form)
        assert code == 1
        assert "page-anchor" in shown
    report = tmp_path / "report.json"
    assert run(folder, "-o", str(report))[:2] == (1, "")
    assert json.loads(report.read_text("utf-8"))["summary"]["violation"] == 1


def test_the_command_with_no_such_place() -> None:
    code, shown, told = run("/nowhere/at/all")
    assert (code, shown) == (2, "")
    assert "[no-such-site]" in told


# --- the page --------------------------------------------------------------------------------


def test_table_of_rules() -> None:
    rows = ["| rule | asks | severity |", "|---|---|---|"]
    rows += [
        f"| `{name}` | {r.title}. {r.about} | {r.severity.label} |" for name, r in RULES.items()
    ]
    hold_table(ROOT / "docs" / "hosting.md", "rules", rows)
