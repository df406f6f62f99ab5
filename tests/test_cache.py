"""What is remembered never changes what is found."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesokg.cache import Cache, default_folder
from mesokg.cache.disk import Entries
from mesokg.cache.keys import _deciding
from mesokg.checks import validate
from mesokg.dataset import load
from mesokg.project import Project, find, resource
from mesokg.report import Finding, Report
from mesokg.shacl import predicates_read

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "second-project"
NS = "https://w3id.org/mesokg/ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
DAY = date(2026, 11, 24)
#: More of them are run by hand: MESOKG_EDITS=200 pytest tests/test_cache.py
EXAMPLES = int(os.environ.get("MESOKG_EDITS", "2"))

SHAPES = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix meso: <https://w3id.org/mesokg/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix x: <https://example.org/ferns/own-shapes#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

x:names sh:declare [ sh:prefix "meso" ; sh:namespace "https://w3id.org/mesokg/ns#"^^xsd:anyURI ] .
x:far a sh:NodeShape ; sh:targetClass meso:Claim ; sh:severity sh:Warning ;
  sh:property [ sh:path ( meso:evidence meso:citation meso:denotes meso:resolvesTo ) ;
    sh:minCount 1 ; sh:node x:work ] .
x:work a sh:NodeShape ; sh:property [ sh:path meso:year ; sh:minCount 1 ; sh:maxCount 1 ] .
x:cited a sh:NodeShape ; sh:targetSubjectsOf meso:listedIn ; sh:severity sh:Info ;
  sh:property [ sh:path [ sh:inversePath meso:denotes ] ; sh:minCount 1 ;
    sh:or ( [ sh:class meso:InTextCitation ] [ sh:nodeKind sh:BlankNode ] ) ] .
x:closed a sh:NodeShape ; sh:targetClass meso:EvidenceLine ; sh:closed true ; sh:severity sh:Info ;
  sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ;
  sh:property [ sh:path meso:citation ; sh:minCount 1 ] , [ sh:path meso:scope ; sh:maxCount 1 ] .
x:chain a sh:NodeShape ; sh:targetClass meso:Claim ; sh:severity sh:Info ;
  sh:property [ sh:path ( [ sh:zeroOrMorePath meso:hedgeFrom ] meso:hedge ) ; sh:maxCount 1 ] ,
  [ sh:path meso:start ; sh:lessThan meso:end ] .
x:twice a sh:NodeShape ; sh:targetClass meso:Claim ; sh:severity sh:Warning ; sh:sparql [
  sh:prefixes x:names ; sh:message "{?value} says as much as {$this}"@en ;
  sh:select "SELECT $this ?value { $this meso:object/^meso:object ?value FILTER(?value != $this) }"
] .
"""
CHECK = """#+ problem: A claim has the quote of another
#+ fix: Quote other words than {?value}.
#+ severity: warning
PREFIX meso: <https://w3id.org/mesokg/ns#>
SELECT DISTINCT ?focus ?path ?value WHERE {
  ?focus meso:quote ?words . ?value meso:quote ?words . FILTER(?value != ?focus)
  BIND(meso:quote AS ?path)
}
"""
CONFIG = """
shapes = ["shapes/*.ttl"]

[severity]
skos-definition = "warning"

[[waivers]]
rule = "claim-without-evidence"
file = "data/articles/*.ttl"
reason = "it is an example"
until = 2026-12-01
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return made(tmp_path / "project")


def made(folder: Path) -> Path:
    """The example, with shapes, a check and waivers of its own."""
    shutil.copytree(EXAMPLE, folder)
    (folder / "shapes").mkdir()
    (folder / "shapes" / "own.ttl").write_text(SHAPES, "utf-8")
    (folder / "queries" / "checks").mkdir(parents=True, exist_ok=True)
    (folder / "queries" / "checks" / "same-quote.rq").write_text(CHECK, "utf-8")
    config = folder / "mesokg.toml"
    config.write_text(config.read_text("utf-8").rstrip() + CONFIG, "utf-8")
    return folder


def cached(project: Project, folder: Path, today: date = DAY, **options: object) -> Report:
    cache = Cache(project, folder)
    return validate(cache.load(), project, today=today, cache=cache, **options)  # type: ignore[arg-type]


def full(project: Project, today: date = DAY, **options: object) -> Report:
    return validate(load(project), project, today=today, **options)  # type: ignore[arg-type]


# --- edits ------------------------------------------------------------------------------------


def data_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("data/**/*.ttl"))


def in_text(change: Callable[[str, Random], str]) -> Callable[[Path, Random], None]:
    """An edit that changes the text of one data file."""

    def edit(folder: Path, random: Random) -> None:
        files = data_files(folder)
        if files:
            path = random.choice(files)
            path.write_text(change(path.read_text("utf-8"), random), "utf-8")

    edit.__name__ = change.__name__
    return edit


def one_of(pattern: str, better: Callable[[re.Match[str], Random], str]) -> Callable[..., str]:
    """The text with one place that fits a pattern written otherwise."""

    def change(text: str, random: Random) -> str:
        found = list(re.finditer(pattern, text))
        if not found:
            return text
        match = random.choice(found)
        return text[: match.start()] + better(match, random) + text[match.end() :]

    return change


drop_statement = one_of(r"(?<=;) [a-z]+:\w+ [^\s;]+ ;", lambda match, random: "")
drop_line = one_of(r"(?m)^.+\n", lambda match, random: "")
repeat_line = one_of(r"(?m)^  .+\n", lambda match, random: match[0] * 2)
other_number = one_of(r"\b\d+\b", lambda match, random: str(random.choice([0, 1, 30, 400])))
other_words = one_of(r'"[^"\n]{3,}"', lambda match, random: random.choice(['"may"', '" x "', '""']))
no_language = one_of(r'"@en', lambda match, random: random.choice(['"', '"@de', '"@eng']))
comment = one_of(
    r"(?m)^(?=\S)",
    lambda match, random: random.choice(
        ["\n\n", "# a note\n", "# mesokg: ignore claim-core - ours\n"]
    ),
)
more = one_of(
    r"(?m)^((?:claim|ref|ev|citation|work|finding|assessment|issue):[\w-]+) ",
    lambda match, random: (
        random.choice(
            [
                f"{match[1]} <{RDFS}seeAlso> [ a <http://e/Note> ] .\n",
                f"{match[1]} a <{NS}EvidenceLine> .\n",
                f"{match[1]} <{NS}denotes> [ ] , <http://Example.org/a/../b> .\n",
                f"<https://example.org/ferns/claim/new> <{NS}object> {match[1]} .\n",
                f"{match[1]} <http://www.w3.org/2004/02/skos/core#prefLabel> 'a'@en , 'b'@en .\n",
                f"<{NS}New> a <http://www.w3.org/2002/07/owl#Class> .\n",
                f"<{NS}Work> <{RDFS}subClassOf> <{NS}Claim> .\n",
            ]
        )
        + match[0]
    ),
)


def other_name(text: str, random: Random) -> str:
    """Exchange a name for another name of its kind."""
    kinds = "claim|ref|ev|citation|work|kind|hedge|outcome|treatment"
    names = re.findall(rf"\b({kinds}):([\w-]+)", text)
    if not names:
        return text
    kind, local = random.choice(names)
    others = [other for of, other in names if of == kind] + [local + "x"]
    found = list(re.finditer(rf"\b{kind}:{local}\b", text))
    match = random.choice(found)
    return f"{text[: match.start()]}{kind}:{random.choice(others)}{text[match.end() :]}"


def line_ends(text: str, random: Random) -> str:
    return text.replace("\n", "\r\n")


def delete_file(folder: Path, random: Random) -> None:
    files = data_files(folder)
    if len(files) > 1:
        random.choice(files).unlink()


def rename_file(folder: Path, random: Random) -> None:
    path = random.choice(data_files(folder))
    path.rename(path.with_name(random.choice("abcxyz") + path.name))


def copy_file(folder: Path, random: Random) -> None:
    path = random.choice(data_files(folder))
    text = path.read_text("utf-8")
    if random.random() < 0.5:
        text = text.replace("rainwater", "snow")
    path.with_name(random.choice("abcxyz") + path.name).write_text(text, "utf-8")


def empty_file(folder: Path, random: Random) -> None:
    (folder / "data" / random.choice(["empty.ttl", "empty.trig"])).write_text("", "utf-8")


def named_graph(folder: Path, random: Random) -> None:
    text = "<http://e/g> { <https://example.org/ferns/claim/rainwater-c1> <http://e/p> 01 }"
    (folder / "data" / "named.trig").write_text(text, "utf-8")


def elsewhere(name: str, old: str, new: str) -> Callable[[Path, Random], None]:
    """An edit of a file that holds no data."""

    def edit(folder: Path, random: Random) -> None:
        path = folder / name
        text = path.read_text("utf-8")
        path.write_text(text.replace(old, new) if old in text else text.replace(new, old), "utf-8")

    return edit


def add_text(folder: Path, random: Random) -> None:
    (folder / "texts" / "more.txt").write_text("Ferns " * random.randrange(1, 99), "utf-8")


EDITS: dict[str, Callable[[Path, Random], None]] = {
    "drop_statement": in_text(drop_statement),
    "drop_line": in_text(drop_line),
    "repeat_line": in_text(repeat_line),
    "other_number": in_text(other_number),
    "other_words": in_text(other_words),
    "no_language": in_text(no_language),
    "comment": in_text(comment),
    "more": in_text(more),
    "other_name": in_text(other_name),
    "line_ends": in_text(line_ends),
    "delete_file": delete_file,
    "rename_file": rename_file,
    "copy_file": copy_file,
    "empty_file": empty_file,
    "named_graph": named_graph,
    "shapes": elsewhere("shapes/own.ttl", "sh:maxCount 1", "sh:maxCount 0"),
    "check": elsewhere("queries/checks/same-quote.rq", "meso:quote", "meso:hedgeWords"),
    "severity": elsewhere("mesokg.toml", '"warning"', '"info"'),
    "waiver": elsewhere("mesokg.toml", "claim-without-evidence", "claim-core"),
    "vocabulary": elsewhere("ontology/concepts.ttl", "skos:broader", "skos:related"),
    "text": add_text,
}


#: Those that are tried one by one each time; all of them are where MESOKG_EDITS is 10 or more.
FEW = {"comment", "copy_file", "drop_statement", "more", "other_name", "rename_file", "shapes"}


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(
    steps=st.lists(
        st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3), min_size=2, max_size=5
    ),
    seed=st.integers(0, 2**32),
    day=st.sampled_from([DAY, date(2026, 12, 24), date(1999, 1, 1)]),
)
def test_after_any_edits_the_report_is_the_one_without_memory(
    steps: list[list[str]], seed: int, day: date, tmp_path_factory: pytest.TempPathFactory
) -> None:
    random = Random(seed)
    root = tmp_path_factory.mktemp("edits")
    folder, memory = made(root / "project"), root / "memory"
    cached(find(folder), memory)
    for number, step in enumerate(steps):
        for name in step:
            EDITS[name](folder, random)
        project = find(folder)
        today = day if number % 2 else DAY
        wanted = full(project, today)
        assert cached(project, memory, today) == wanted, step
        assert cached(project, memory, today) == wanted, "once more"


# --- one at a time ----------------------------------------------------------------------------


def test_after_each_edit(project: Path, tmp_path: Path) -> None:
    memory, before = tmp_path / "memory", tmp_path / "before"
    shutil.copytree(project, before)
    for name, edit in EDITS.items():
        if EXAMPLES < 10 and name not in FEW:
            continue
        edit(project, Random(7))
        assert cached(find(project), memory) == full(find(project)), name
        shutil.rmtree(project)
        shutil.copytree(before, project)


def test_what_is_loaded_is_what_load_gives(project: Path, tmp_path: Path) -> None:
    found, memory = find(project), tmp_path / "memory"
    cached(found, memory)
    for data in (Cache(found, memory).load(), Cache(found, tmp_path / "other").load()):
        plain = load(found)
        assert [str(q) for q in data.quads if "_:" not in str(q)] == [
            str(q) for q in plain.quads if "_:" not in str(q)
        ]
        assert len(data.quads) == len(plain.quads)
        assert (data.prefixes, data.base, data.sources) == (
            plain.prefixes, plain.base, plain.sources,
        )  # fmt: skip
        assert (data.merged, data.problems) == (plain.merged, plain.problems)


def test_options_are_told_apart(project: Path, tmp_path: Path) -> None:
    found, memory = find(project), tmp_path / "memory"
    cached(found, memory)
    one = [project / "data" / "catalog.ttl"]
    assert cached(found, memory, only=one) == full(found, only=one)
    assert cached(found, memory, engine="pyshacl") == full(found, engine="pyshacl")
    assert cached(found, memory, texts=project / "data") == full(found, texts=project / "data")


def test_nothing_is_looked_for_again_without_a_change(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, memory = find(project), tmp_path / "memory"
    before = cached(found, memory)
    monkeypatch.setattr("mesokg.checks.find_texts", None)
    assert cached(found, memory) == before


def asked_again(project: Project, memory: Path) -> list[str]:
    """Which of some rules are asked in a run."""
    cache = Cache(project, memory)
    run = cache.run(cache.load(), today=DAY)
    asked = []

    def rule(name: str) -> Iterator[Finding]:
        asked.append(name)
        yield from ()

    for name, reads in (("quote", {f"{NS}quote"}), ("label", {f"{RDFS}label"}), ("any", None)):
        run.stage(name, None if reads is None else frozenset(reads), "", partial(rule, name))
    run.stage("graphs", frozenset(), "", partial(rule, "graphs"), graphs=True)
    run.stage("now", frozenset(), "", partial(rule, "now"), fickle=True)
    run.keep(Report())
    return asked


def test_a_rule_is_asked_again_only_for_what_it_reads(project: Path, tmp_path: Path) -> None:
    found, memory = find(project), tmp_path / "memory"
    assert asked_again(found, memory) == ["quote", "label", "any", "graphs", "now"]
    assert asked_again(found, memory) == ["now"]
    path = project / "data" / "articles" / "rainwater.ttl"
    text = path.read_text("utf-8")
    path.write_text(f"# a note\n{text}", "utf-8")
    assert asked_again(found, memory) == ["now"]
    path.write_text(text.replace("a common practice", "the custom"), "utf-8")
    assert asked_again(found, memory) == ["label", "any", "now"]
    path.rename(path.with_name("other.ttl"))
    assert asked_again(found, memory) == ["quote", "label", "any", "graphs", "now"]


# --- the disk ---------------------------------------------------------------------------------


def test_a_damaged_memory_is_forgotten(project: Path, tmp_path: Path) -> None:
    found, memory = find(project), tmp_path / "memory"
    wanted = cached(found, memory)
    entries = sorted(memory.iterdir())
    assert len(entries) == 2
    for damage in (lambda data: data[:-9], lambda data: data[:500] + b"x" + data[501:],
                   lambda data: b"", lambda data: os.urandom(99)):  # fmt: skip
        for path in sorted(memory.iterdir()):
            path.write_bytes(damage(path.read_bytes()))
        assert cached(found, memory) == wanted


def test_what_cannot_be_written_does_not_matter(project: Path, tmp_path: Path) -> None:
    found = find(project)
    nowhere = tmp_path / "a-file"
    nowhere.write_text("", "utf-8")
    assert cached(found, nowhere) == cached(found, nowhere / "below") == full(found)
    assert nowhere.read_text("utf-8") == ""


def test_two_runs_at_once(project: Path, tmp_path: Path) -> None:
    found, memory = find(project), tmp_path / "memory"
    wanted = full(found)
    reports: list[Report] = []
    runs = [
        threading.Thread(target=lambda: reports.append(cached(found, memory))) for _ in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert reports == [wanted] * 4
    assert not list(memory.glob(".writing-*"))


def test_a_file_that_changes_meanwhile_is_not_remembered(project: Path, tmp_path: Path) -> None:
    found, memory = find(project), tmp_path / "memory"
    cache = Cache(found, memory)
    data = cache.load()
    path = project / "data" / "catalog.ttl"
    path.write_text("\n" + path.read_text("utf-8"), "utf-8")
    validate(data, found, today=DAY, cache=cache)
    assert not memory.exists() or not list(memory.iterdir())


@pytest.mark.parametrize("name", ["queries/checks/same-quote.rq", "mesokg.toml", "texts"])
def test_what_is_asked_may_not_change_meanwhile_either(
    name: str, project: Path, tmp_path: Path
) -> None:
    found, memory = find(project), tmp_path / "memory"
    cache = Cache(found, memory)
    run = cache.run(cache.load(), today=DAY)
    path = project / name
    path = next(path.iterdir()) if path.is_dir() else path
    path.write_bytes(path.read_bytes() + b"\n")
    run.keep(Report())
    assert not memory.exists() or not list(memory.iterdir())


def test_what_pages_are_made_of_decides_no_finding() -> None:
    package = resource().parent
    names = {path.relative_to(package).as_posix() for path in _deciding(package)}
    assert {"cache/keys.py", "resources/terms.txt", "resources/checks/voice-leak.rq"} <= names
    pages = ("resources/assets/", "resources/static/", "resources/templates/")
    assert not [name for name in names if name.startswith(pages)]


def test_old_entries_make_room(tmp_path: Path) -> None:
    entries = Entries(tmp_path, most=3_000)
    for number in range(9):
        assert entries.put(str(number), bytes(1_000))
        [fresh] = (path for path in tmp_path.iterdir() if path.stat().st_mtime > 1e9 + 99)
        os.utime(fresh, (number + 1e9,) * 2)
    assert entries.get("8") == bytes(1_000)
    assert entries.get("0") is None
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3_000


def test_an_entry_is_for_its_key_alone(tmp_path: Path) -> None:
    entries = Entries(tmp_path)
    entries.put("one", b"1")
    entries.put("two", b"2")
    first, second = sorted(tmp_path.iterdir())
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)
    assert (entries.get("one"), entries.get("two")) == (None, None)


def test_the_folder_is_the_users(tmp_path: Path) -> None:
    usual = tmp_path / ".cache" / "mesokg"
    assert default_folder({}, tmp_path) == usual
    assert default_folder({"XDG_CACHE_HOME": "relative"}, tmp_path) == usual
    assert default_folder({"XDG_CACHE_HOME": "/var/c"}, tmp_path) == Path("/var/c/mesokg")


# --- what a query reads -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }",
        "PREFIX e: <e:> SELECT * { ?s e:p e:o;?q 1 }",
        "PREFIX e: <e:> SELECT * { ?s e:a/!e:b 1 }",
        "PREFIX e: <e:> SELECT * { ?s !e:b 1 }",
        "PREFIX e: <e:> SELECT * { ?s e:b* ?o }",
        "PREFIX e: <e:> SELECT * { ?s e:a/e:b?/e:c ?o }",
        "SELECT ?a ?b { { SELECT ?a ?b { ?a ?b 1 } GROUP BY ?a ?b } }",
        "BASE <http://e/> SELECT * { ?s <p> ?o }",
    ],
)
def test_a_query_that_may_read_anything(query: str) -> None:
    assert predicates_read(query) is None


def test_a_query_that_reads_what_it_names() -> None:
    query = """PREFIX e: <http://e/> SELECT ?a ?b ?c (MAX(?d) AS ?m) {
      ?a e:p/^e:q|e:r+ ?b ; a e:C . GRAPH ?g { ?b e:s ?d . FILTER(?d + 1 > 2) }
    } GROUP BY ?a ?b ?c ORDER BY ?a ?b ?c"""
    found = predicates_read(query)
    assert found is not None
    assert {f"http://e/{name}" for name in "pqrsC"} < found
