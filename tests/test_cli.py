"""The command line as a person, a pipe and a CI job use it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "second-project"
MESOKG = [sys.executable, "-m", "mesokg"]


def run(
    *words: str, folder: Path = EXAMPLE, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """The real program in a real process: exit codes, streams and bytes as they are."""
    return subprocess.run(
        [*MESOKG, *words],
        cwd=folder,
        input=stdin,
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "ferns"))


def one_line(outcome: subprocess.CompletedProcess[bytes], code: int) -> str:
    """What was said on stderr: a message and a hint, no traceback, nothing on stdout."""
    said = outcome.stderr.decode()
    assert outcome.returncode == code, said
    assert outcome.stdout == b""
    assert "Traceback" not in said
    return said


# --- exit codes and streams ----------------------------------------------------------------------


def test_a_clean_project_passes_and_says_what_it_looked_at(project: Path) -> None:
    outcome = run("validate", folder=project)
    assert outcome.returncode == 0
    assert b"0 violations" in outcome.stdout


def test_findings_make_1_and_the_limit_can_be_moved(project: Path) -> None:
    path = project / "data" / "works" / "ferns.ttl"
    text = path.read_text("utf-8")
    assert 'meso:volume "3"' in text
    path.write_text(text.replace('meso:volume "3"', 'meso:volume "4"'), "utf-8")
    assert run("validate", folder=project).returncode == 1
    assert run("validate", "--fail-on", "none", folder=project).returncode == 0
    report = json.loads(run("validate", "-f", "json", folder=project).stdout)
    assert "values-differ-silently" in {finding["rule"] for finding in report["findings"]}


def test_a_broken_file_is_a_finding_and_the_rest_is_checked(project: Path) -> None:
    broken = project / "data" / "works" / "broken.ttl"
    broken.write_text("@prefix ex: <http://e/> .\nex:a ex:b [ .\n", "utf-8")
    article = project / "data" / "articles" / "rainwater.ttl"
    article.write_text(article.read_text("utf-8").replace("meso:kind kind:gap ;", ""), "utf-8")
    outcome = run("validate", folder=project)
    shown = outcome.stdout.decode()
    assert outcome.returncode == 1
    assert "data/works/broken.ttl" in shown
    assert "2:" in shown
    assert "claim-core" in shown


@pytest.mark.parametrize(
    "words", [["query", "list-ferns"], ["export"], ["query", "--text", "ASK {}"]]
)
def test_a_broken_file_makes_2_where_the_whole_is_needed(project: Path, words: list[str]) -> None:
    (project / "data" / "broken.ttl").write_text("nonsense", "utf-8")
    assert "broken.ttl:1" in one_line(run(*words, folder=project), 2)


def test_build_leaves_the_old_folder_when_there_are_violations(project: Path) -> None:
    assert run("build", folder=project).returncode == 0
    before = (project / "build" / "index.json").read_bytes()
    path = project / "data" / "articles" / "rainwater.ttl"
    path.write_text(path.read_text("utf-8").replace("meso:kind kind:gap ;", ""), "utf-8")
    outcome = run("build", "--report", "found.json", folder=project)
    assert outcome.returncode == 1
    assert b"claim-core" in outcome.stderr
    assert (project / "build" / "index.json").read_bytes() == before
    assert json.loads((project / "found.json").read_text("utf-8"))["findings"]


def test_build_is_the_same_whatever_the_hash_seed_and_the_folder(
    project: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(EXAMPLE, tmp_path / "elsewhere" / "deeper"))
    run("build", folder=project, PYTHONHASHSEED="1", TZ="Asia/Tokyo")
    run("-C", str(other), "build", "-o", str(other / "build"), folder=ROOT, PYTHONHASHSEED="2")
    one, two = (
        {
            p.relative_to(f).as_posix(): p.read_bytes()
            for p in (f / "build").rglob("*")
            if p.is_file()
        }
        for f in (project, other)
    )
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_a_closed_pipe_ends_quietly() -> None:
    outcome = subprocess.run(
        f"{sys.executable} -m mesokg explain | head -n 1",
        shell=True, cwd=EXAMPLE, capture_output=True, check=False,
    )  # fmt: skip
    assert outcome.stderr == b""
    assert outcome.stdout.count(b"\n") == 1


# --- wrong requests ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["vaildate"], "validate"),
        (["query", "lsit-gaps"], "list-gaps"),
        (["query", "list-ferns", "-p", "fern=1"], "fern"),
        (["query", "list-ferns", "-p", "fern"], "equals sign"),
        (["query", "list-ferns", "--text", "ASK {}"], "one of"),
        (["query", "--text", "SELECT * { ?s ex:p ?o }"], "prefix ex:"),
        (["query", "--text", "SELECT * { ?s"], "query:1:"),
        (["query", "--text", "ASK " + "{" * 3000 + "}" * 3000], "nests deeper"),
        (["query", "--data", "absent.ttl", "--text", "ASK {}"], "absent.ttl"),
        (["query", "--data", ".", "--text", "ASK {}"], "is a folder"),
        (["describe", "rainwatr"], "rainwater"),
        (["describe", ""], "nothing is called"),
        (["explain", "claim-cor"], "claim-core"),
        (["export", "-f", "turtl"], "turtle"),
        (["export", "-o", "graph.xyz"], "suffix"),
        (["export", "--graph", "articles/rainwatr"], "graph"),
        (["convert", "absent.ttl"], "absent.ttl"),
        (["convert", "texts/rainwater.txt"], ".txt"),
        (["convert", "."], "is a folder"),
        (["--project", "nonesuch", "stats"], "nonesuch"),
        (["-C", "nowhere", "stats"], "nowhere"),
        (["--config", "nowhere.toml", "stats"], "nowhere.toml"),
        (["validate", "--shapes", "absent.ttl", "data/catalog.ttl"], "absent.ttl"),
        (["validate", "absent.ttl"], "absent.ttl"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_a_wrong_request_is_told_the_way_out(words: list[str], told: str) -> None:
    assert told in one_line(run(*words), 2)


def test_outside_a_project_the_hint_names_the_ways(tmp_path: Path) -> None:
    said = one_line(run("stats", folder=tmp_path), 2)
    assert "no-project" in said
    assert "--project" in said


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('base = "https://example.org/ferns/"\n', "", "project.base is missing"),
        ("base =", "bsae =", "did you mean 'base'"),
        ('"https://example.org/ferns/"', '"ferns"', "must be an http(s) IRI"),
        ('data = ["data/**/*.ttl"]', 'data = "data"', "files.data must be a list"),
        ('data = ["data/**/*.ttl"]', 'data = ["../*.ttl"]', "leaves the project"),
        ("[project]", "[project", ":5:"),
    ],
)
def test_a_wrong_configuration_is_named_with_line_and_key(
    project: Path, old: str, new: str, told: str
) -> None:
    config = project / "mesokg.toml"
    text = config.read_text("utf-8")
    assert old in text
    config.write_text(text.replace(old, new), "utf-8")
    said = one_line(run("stats", folder=project), 2)
    assert told in said
    assert "mesokg.toml" in said


# --- odd bytes -----------------------------------------------------------------------------------


def test_a_byte_order_mark_and_cr_line_ends_are_read_and_said(project: Path) -> None:
    path = project / "data" / "works" / "ferns.ttl"
    text = path.read_text("utf-8").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    outcome = run("validate", folder=project)
    shown = outcome.stdout.decode()
    assert outcome.returncode == 0
    assert "byte-order-mark" in shown
    assert "line-ends" in shown


def test_the_day_comes_from_the_clock_or_is_given(project: Path) -> None:
    made = '<https://example.org/x> <http://purl.org/dc/terms/created> "%s"^^<%s> .'
    date = "http://www.w3.org/2001/XMLSchema#date"
    (project / "data" / "made.ttl").write_text(made % ("2021-06-01", date), "utf-8")
    assert b"date-future" not in run("validate", folder=project).stdout
    early = run("validate", folder=project, SOURCE_DATE_EPOCH="1609459200")  # 2021-01-01
    assert b"date-future" in early.stdout
    (project / "data" / "made.ttl").write_text(made % ("2098-06-01", date), "utf-8")
    assert b"date-future" in run("validate", folder=project).stdout


def test_a_number_that_is_written_as_a_text_is_a_finding(tmp_path: Path) -> None:
    """Queries sort by this column, at which Oxigraph 0.5.13 would end the process."""
    for name in ("data", "ontology", "queries"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mesokg.toml", tmp_path)
    path = tmp_path / "data" / "articles" / "mhl.ttl"
    text = path.read_text("utf-8")
    assert "meso:start 231 " in text
    path.write_text(text.replace("meso:start 231 ", 'meso:start "231" ', 1), "utf-8")
    outcome = run("validate", folder=tmp_path)
    assert outcome.returncode == 1, outcome.stderr
    assert b"claim-core" in outcome.stdout
    assert run("query", "trace-claim", folder=tmp_path).returncode == 0


def test_a_no_break_space_is_named(project: Path) -> None:
    (project / "data" / "odd.ttl").write_text("<http://e/a>\u00a0<http://e/b> 1 .\n", "utf-8")
    shown = run("validate", folder=project).stdout.decode()
    assert "data/odd.ttl" in shown
    assert "1:13" in shown
    assert "no-break space" in shown


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x00" * 100, b"\x7fELF\x02", b"<html>"])
def test_bytes_that_are_no_turtle_are_a_finding(project: Path, data: bytes) -> None:
    (project / "data" / "odd.ttl").write_bytes(data)
    outcome = run("validate", folder=project)
    assert outcome.returncode == 1
    assert b"does-not-parse" in outcome.stdout
    assert b"Traceback" not in outcome.stderr


def test_an_empty_project_is_a_finding_never_a_pass(tmp_path: Path) -> None:
    config = '[project]\nname = "a"\ntitle = "b"\nbase = "https://e.org/"\n'
    (tmp_path / "mesokg.toml").write_text(config, "utf-8")
    outcome = run("validate", folder=tmp_path)
    assert outcome.returncode == 1
    assert b"empty-input" in outcome.stdout


# --- places that cannot be written ---------------------------------------------------------------


def test_a_file_where_a_folder_is_wanted(project: Path) -> None:
    (project / "taken").write_text("mine", "utf-8")
    said = one_line(run("-q", "build", "-o", "taken", folder=project), 3)
    assert "taken" in said
    assert (project / "taken").read_text("utf-8") == "mine"


def test_a_folder_of_somebody_else_is_left_alone(project: Path) -> None:
    (project / "mine").mkdir()
    (project / "mine" / "letter.txt").write_text("dear", "utf-8")
    assert "folder-not-ours" in one_line(run("build", "-o", "mine", folder=project), 3)
    assert [p.name for p in (project / "mine").iterdir()] == ["letter.txt"]


def test_a_read_only_folder(project: Path) -> None:
    """Root may write to any folder but the kernel's own."""
    locked = project / "locked" if os.geteuid() else Path("/proc")
    if locked.name == "locked":
        locked.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    said = one_line(run("export", "-o", str(locked / "data.nq"), folder=project), 3)
    assert "write-failed" in said
    assert "data.nq" in said


def test_a_full_disk_leaves_nothing_behind(project: Path) -> None:
    outcome = subprocess.run(
        ["bash", "-c", f"ulimit -f 8; trap '' XFSZ; {sys.executable} -m mesokg build -o out"],
        cwd=project, capture_output=True, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert outcome.returncode == 3, outcome.stderr
    assert b"write-failed" in outcome.stderr
    assert b"Traceback" not in outcome.stderr
    assert not (project / "out").exists()
    assert [p.name for p in project.iterdir() if p.name.startswith(".")] == []


# --- results -------------------------------------------------------------------------------------


def test_convert_keeps_what_was_written() -> None:
    turtle = b'@prefix ex: <http://e/> . ex:s ex:p 01, 1.50, "x"@EN .'
    shown = run("convert", "-", "-f", "ntriples", stdin=turtle).stdout.decode()
    assert '"01"^^' in shown
    assert '"1.50"^^' in shown
    assert shown.count("\n") == 3


@pytest.mark.parametrize("form", ["jsonld", "trig", "nquads"])
def test_export_and_convert_go_round(form: str, tmp_path: Path) -> None:
    suffix = {"jsonld": ".jsonld", "trig": ".trig", "nquads": ".nq"}[form]
    target = tmp_path / f"all{suffix}"
    assert run("export", "-o", str(target)).returncode == 0
    back = run("convert", str(target), "-f", "nquads").stdout
    assert back == run("export", "-f", "nquads").stdout


def test_convert_refuses_to_lose_graphs(tmp_path: Path) -> None:
    source = tmp_path / "a.trig"
    source.write_text("<http://e/g> { <http://e/s> <http://e/p> 1 }", "utf-8")
    assert "graphs-lost" in one_line(run("convert", str(source), "-f", "turtle"), 2)


def test_query_asks_files_and_named_graphs(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<http://e/a> <http://e/p> 1 .", "utf-8")
    (tmp_path / "b.ttl").write_text("<http://e/b> <http://e/p> 2 .", "utf-8")
    shown = run(
        "query", "--data", str(tmp_path / "a.ttl"), "--named", f"http://e/g={tmp_path / 'b.ttl'}",
        "--text", "SELECT ?s { { ?s ?p 1 } UNION { GRAPH <http://e/g> { ?s ?p 2 } } } ORDER BY ?s",
        "-f", "csv",
    )  # fmt: skip
    assert shown.stdout.split() == [b"s", b"http://e/a", b"http://e/b"]


def test_validate_with_shapes_is_a_plain_shacl_validator(tmp_path: Path) -> None:
    shapes, data = tmp_path / "s.ttl", b"@prefix ex: <http://e/> . ex:a a ex:Tea ."
    shapes.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://e/> .\n"
        "ex:TeaShape a sh:NodeShape ; sh:targetClass ex:Tea ; "
        'sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:message "name the tea" ] .',
        "utf-8",
    )
    outcome = run("validate", "--shapes", str(shapes), "-", stdin=data)
    assert outcome.returncode == 1
    assert b"name the tea" in outcome.stdout
    named = b'@prefix ex: <http://e/> . ex:a a ex:Tea ; ex:name "x" .'
    assert run("validate", "--shapes", str(shapes), "-", stdin=named).returncode == 0
    nothing = run("validate", "--shapes", str(shapes), "-", stdin=b"")
    assert nothing.returncode == 1
    assert b"empty-input" in nothing.stdout


def test_describe_shows_names_not_iris() -> None:
    shown = run("describe", "rainwater").stdout.decode()
    assert "what points here" in shown
    assert "house ferns" not in shown.splitlines()[0]
    triples = run("describe", "treatment:rainwater", "-f", "turtle").stdout
    assert len(list(ox.parse(triples, format=ox.RdfFormat.TURTLE))) > 5


def test_shown_text_cannot_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text('<http://e/a> <http://e/p> "\\u001b[31mred" .', "utf-8")
    shown = run(
        "query",
        "--data",
        str(tmp_path / "a.ttl"),
        "--text",
        "SELECT ?o { ?s ?p ?o }",
        "-f",
        "table",
    )
    assert b"\x1b" not in shown.stdout


def test_the_flagship_is_found_from_an_empty_folder(tmp_path: Path) -> None:
    outcome = run("--project", "mesotherapy", "query", "list-gaps", "-f", "csv", folder=tmp_path)
    assert outcome.returncode == 0
    assert outcome.stdout.count(b"\n") > 2
