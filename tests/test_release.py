"""Releases: what may be published, that it stays, and that every damage is found."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesokg.canon import canonical, serialize_triples
from mesokg.checks import validate
from mesokg.dataset import Dataset, load, read
from mesokg.errors import ConfigError, InputError, MesokgError, UsageError
from mesokg.files import File
from mesokg.project import Project, open_project
from mesokg.release import (
    Plan,
    Previous,
    build_release,
    find_previous,
    lowest_after,
    parse_version,
    plan_release,
    read_release,
    write_release,
)
from mesokg.report import Report, Severity, Waived
from mesokg.signing import public_key, sign
from mesokg.terms import NS, Prefixes
from mesokg.texts import Texts, find_texts
from mesokg.verification import CHECKSUMS, SIGNATURE, verify

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "second-project"
FERNS = "https://example.org/ferns/"
DAY = datetime.date(2026, 11, 24)


def private(seed: int) -> bytes:
    return ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


KEY = private(1)
PUBLIC = public_key(KEY)


@pytest.fixture(scope="module")
def project() -> Project:
    return open_project(EXAMPLE / "mesokg.toml")


@pytest.fixture(scope="module")
def ferns(project: Project) -> Dataset:
    return load(project)


@pytest.fixture(scope="module")
def report(project: Project, ferns: Dataset) -> Report:
    return validate(ferns, project)


@pytest.fixture(scope="module")
def plan(project: Project, ferns: Dataset, report: Report) -> Plan:
    return plan_release(ferns, report, project, version="1.0.0", issued=DAY)


@pytest.fixture(scope="module")
def files(plan: Plan) -> dict[str, bytes]:
    return {file.path: file.data for file in build_release(plan, key=KEY)}


@pytest.fixture(scope="module")
def published(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "1.0.0"
    write_release(folder, [File(path, data) for path, data in files.items()])
    return folder


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "1.0.0"))


# --- version numbers -------------------------------------------------------------------------

# In the order of https://semver.org/spec/v2.0.0.html#spec-item-11.
ORDER = [
    "0.0.1", "0.9.10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
    "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0",
]  # fmt: skip


def test_versions_are_in_the_order_of_semver() -> None:
    versions = [parse_version(text) for text in ORDER]
    assert sorted(set(versions)) == versions
    assert [str(version) for version in versions] == ORDER
    assert not parse_version("1.0.0+a") > parse_version("1.0.0+b")
    assert not parse_version("1.0.0+a") < parse_version("1.0.0")


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-01", "1.0.0-", "1.0.0+", "1.0.0 "),
        *("1.0.0\n", "1.0.0/../../etc", "../1.0.0", "1.0.0-\u0661", "\u0661.0.0", "1.0.0-a/b"),
        *("-1.0.0", "1.0.0-a\\b", f"1.0.0-{'a' * 100}", f"{'9' * 40}.0.0", "1.0.0-a\x00"),
    ],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no version") as caught:
        parse_version(text)
    assert caught.value.code == "version-syntax"


@given(st.text(max_size=30))
def test_a_version_never_leads_out_of_a_folder(text: str) -> None:
    try:
        parse_version(text)
    except UsageError:
        return
    assert Path("folder", text).parent == Path("folder")


@pytest.mark.parametrize(
    ("previous", "level", "lowest"),
    [
        ("1.4.2", "none", "1.4.3"),
        ("1.4.2", "patch", "1.4.3"),
        ("1.4.2", "minor", "1.5.0"),
        ("1.4.2", "major", "2.0.0"),
        ("0.4.2", "patch", "0.4.3"),
        ("0.4.2", "minor", "0.4.3"),
        ("0.4.2", "major", "0.5.0"),
        ("2.0.0-rc.1", "major", "2.0.0"),
    ],
)
def test_what_changed_has_its_price(previous: str, level: str, lowest: str) -> None:
    assert str(lowest_after(parse_version(previous), level)) == lowest


# --- what a release consists of --------------------------------------------------------------


def test_every_promised_file_is_there(files: dict[str, bytes]) -> None:
    assert {path for path in files if not path.startswith("data/graphs/")} == {
        *("CHANGES.md", "CITATION.cff", "README.md", "SHA256SUMS", "SHA256SUMS.sig"),
        *("catalogue.jsonld", "catalogue.ttl", "changes.json", "index.json", "report.json"),
        *("ro-crate-metadata.json", "schema-org.jsonld"),
        *(
            f"data/{name}"
            for name in (
                *("claims.csv", "claims.jsonld", "context.jsonld", "dataset.jsonld"),
                *(
                    "dataset.nq",
                    "dataset.trig",
                    "dataset.ttl",
                    "nanopublications.trig",
                    "ontology.ttl",
                ),
                *("queries.ttl", "shapes.ttl"),
            )
        ),
    }


def test_all_forms_hold_the_same_statements(files: dict[str, bytes], plan: Plan) -> None:
    expected = canonical(plan.dataset.quads)
    for name, form in (("nq", "nquads"), ("trig", "trig"), ("jsonld", "jsonld")):
        assert canonical(read(files[f"data/dataset.{name}"], form).quads) == expected


def test_digests_of_graphs_are_those_of_their_files(files: dict[str, bytes]) -> None:
    index = json.loads(files["index.json"])
    assert len(index["graphs"]) == index["dataset"]["graphs"] > 20
    for graph in index["graphs"]:
        triples = read(files[graph["file"]]).default_graph
        lines = serialize_triples(triples, "ntriples", Prefixes())
        assert (graph["triples"], graph["digest"]) == (
            len(triples),
            hashlib.sha256(lines).hexdigest(),
        )
    whole = hashlib.sha256(files["data/dataset.nq"]).hexdigest()
    assert index["dataset"]["digest"] == whole


def test_the_catalogue_is_the_same_in_both_forms(files: dict[str, bytes]) -> None:
    turtle = read(files["catalogue.ttl"])
    assert canonical(read(files["catalogue.jsonld"], "jsonld").quads) == canonical(turtle.quads)
    listed = {
        quad.object.value
        for quad in turtle.quads
        if quad.predicate.value.endswith("#checksumValue") and isinstance(quad.object, ox.Literal)
    }
    assert hashlib.sha256(files["data/dataset.nq"]).hexdigest() in listed


def test_lists_of_files_are_complete(files: dict[str, bytes]) -> None:
    listed = {entry["path"] for entry in json.loads(files["index.json"])["files"]}
    assert listed == set(files) - {"index.json", CHECKSUMS, SIGNATURE}
    crate = json.loads(files["ro-crate-metadata.json"])["@graph"]
    parts = {node["name"] for node in crate if node["@type"] == "File"}
    assert parts == listed - {"ro-crate-metadata.json"}
    lines = files[CHECKSUMS].decode().splitlines()
    assert [line[66:] for line in lines] == sorted(set(files) - {CHECKSUMS, SIGNATURE})


def test_sha256sum_checks_it_too(published: Path) -> None:
    command = ["sha256sum", "--strict", "-c", CHECKSUMS]
    done = subprocess.run(command, cwd=published, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_version_is_said_alike_everywhere(files: dict[str, bytes]) -> None:
    index = json.loads(files["index.json"])
    assert index["release"]["version"] == index["project"]["version"] == "1.0.0"
    assert json.loads(files["schema-org.jsonld"])["version"] == "1.0.0"
    assert files["CHANGES.md"].startswith(b"# 1.0.0 (2026-11-24)\n")
    assert b"no advice to anyone" in files["README.md"]


def test_no_text_of_an_article_is_in_it(files: dict[str, bytes], project: Project) -> None:
    text = (EXAMPLE / "texts" / "rainwater.txt").read_text("utf-8")
    run = text[60:160].encode()
    assert [path for path, data in files.items() if run in data] == []


PROGRAM = """
import datetime, hashlib, sys
from pathlib import Path
from mesokg.dataset import load
from mesokg.project import open_project
from mesokg.release import build_release, plan_release
from mesokg.report import Report

project = open_project(Path(sys.argv[1]))
day = datetime.date(2026, 11, 24)
plan = plan_release(load(project), Report(), project, version="1.0.0", issued=day)
for file in build_release(plan):
    print(file.path, hashlib.sha256(file.data).hexdigest())
"""


@pytest.mark.slow
def test_hash_seed_and_folder_do_not_show(tmp_path: Path) -> None:
    elsewhere = shutil.copytree(EXAMPLE, tmp_path / "a folder")
    listings = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(folder / "mesokg.toml")],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for folder, seed in ((EXAMPLE, "1"), (elsewhere, "2"))
    ]
    assert listings[0] == listings[1]
    assert listings[0].count("\n") > 30


# --- what is refused -------------------------------------------------------------------------

Edit = Callable[[str], str]


def edited(ferns: Dataset, *changes: tuple[str, str]) -> Dataset:
    """The dataset with words of its N-Quads replaced; replaced by nothing: the line is gone."""
    lines = []
    for quad in ferns.quads:
        line = f"{quad} .\n"
        for old, new in changes:
            line = ("" if old in line else line) if not new else line.replace(old, new)
        lines.append(line)
    found = tuple(ox.parse("".join(lines), format=ox.RdfFormat.N_QUADS))
    return replace(ferns, quads=found)


def refused(plan: Plan) -> list[str]:
    assert all(f.severity is Severity.VIOLATION for f in plan.refusals.findings)
    if plan.refusals.findings:
        with pytest.raises(MesokgError) as caught:
            next(build_release(plan))
        assert caught.value.code == "release-refused"
    return [finding.rule for finding in plan.refusals.findings]


@pytest.fixture(scope="module")
def following(project: Project, ferns: Dataset) -> Callable[..., Plan]:
    """A plan of a version after 1.0.0, by what it says otherwise."""

    def make(version: str, *changes: tuple[str, str], more: str = "") -> Plan:
        now = edited(ferns, *changes)
        now = replace(now, quads=now.quads + read(more, "trig").quads)
        previous = Previous(parse_version("1.0.0"), ferns)
        return plan_release(now, Report(), project, version=version, issued=DAY, previous=previous)

    return make


CERTAINTY = (
    f"<{FERNS}assessment/rainwater-c5> <{NS}certainty> <https://w3id.org/mesokg/certainty/low>",
    f"<{FERNS}assessment/rainwater-c5> <{NS}certainty> <https://w3id.org/mesokg/certainty/high>",
)
GONE = (f"<{FERNS}claim/rainwater-c6> ", "")


def test_a_first_release_of_a_clean_project_passes(plan: Plan) -> None:
    assert refused(plan) == []


def test_a_violation_is_refused(project: Project, ferns: Dataset) -> None:
    broken = edited(ferns, (f"<{FERNS}claim/rainwater-c5> <{NS}kind> ", ""))
    report = validate(broken, project)
    found = plan_release(broken, report, project, version="1.0.0", issued=DAY)
    assert "claim-core" in refused(found)


def test_an_empty_graph_is_refused(project: Project) -> None:
    nothing = Dataset((), project.prefixes, project.base)
    report = validate(nothing, project)
    assert "empty-input" in refused(
        plan_release(nothing, report, project, version="1.0.0", issued=DAY)
    )


@pytest.mark.parametrize("version", ["1.0.0", "0.9.0", "1.0.0-rc.9", "1.0.0+later"])
def test_a_version_that_is_not_higher_is_refused(
    version: str, following: Callable[..., Plan]
) -> None:
    (finding,) = following(version).refusals.findings
    assert finding.rule == "release-version"
    assert finding.fix == "release it as 1.0.1 or higher"


def test_a_version_that_is_too_low_for_what_changed_is_refused(
    following: Callable[..., Plan],
) -> None:
    (finding,) = following("1.0.1", CERTAINTY).refusals.findings
    assert (finding.rule, finding.fix) == ("release-version", "release it as 1.1.0 or higher")
    assert "minor" in finding.message
    assert refused(following("1.1.0", CERTAINTY)) == []
    assert refused(following("1.1.0-rc.1", CERTAINTY)) == []


def test_an_iri_that_vanished_is_refused_whatever_the_version(
    following: Callable[..., Plan],
) -> None:
    found = following("2.0.0", GONE)
    assert refused(found) == ["iri-vanished"]
    finding = found.refusals.findings[0]
    assert finding.focus == f"<{FERNS}claim/rainwater-c6>"
    assert "The effect of filtered water is unknown." in finding.message


def test_a_tombstone_is_no_vanished_iri(following: Callable[..., Plan]) -> None:
    tombstone = (
        f"<{FERNS}graph/data/articles/rainwater> {{ <{FERNS}claim/rainwater-c6> "
        "<http://www.w3.org/2002/07/owl#deprecated> true }"
    )
    assert refused(following("1.1.0", GONE, more=tombstone)) == []


def test_iris_of_others_may_vanish(following: Callable[..., Plan]) -> None:
    """The tool's rules and words are not this project's to keep."""
    found = following("2.0.0", ("<https://w3id.org/mesokg/level/4> ", ""))
    assert refused(found) == []
    assert any(item.kind == "gone" for item in found.changes.items)


@pytest.fixture(scope="module")
def closed(ferns: Dataset) -> Dataset:
    """The same graph, of an article whose text is somebody else's."""
    rights = "https://w3id.org/mesokg/text-rights"
    return edited(
        ferns,
        (f"<{FERNS}article/rainwater> <{NS}textRights> <{rights}/full>",
         f"<{FERNS}article/rainwater> <{NS}textRights> <{rights}/unknown>"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def texts(ferns: Dataset) -> Texts:
    found = find_texts(ferns, EXAMPLE / "texts")
    assert len(found.by_article) == 1
    return found


def said_of_claim(
    words: str, predicate: str = "http://www.w3.org/2000/01/rdf-schema#comment"
) -> str:
    return (
        f"<{FERNS}graph/data/articles/rainwater> "
        f"{{ <{FERNS}claim/rainwater-c5> <{predicate}> {ox.Literal(words)} }}"
    )


def with_text(
    dataset: Dataset, more: str, project: Project, texts: Texts, report: Report | None = None
) -> Plan:
    dataset = replace(dataset, quads=dataset.quads + read(more, "trig").quads)
    return plan_release(
        dataset, report or Report(), project, version="1.0.0", issued=DAY, texts=texts
    )


def test_a_long_run_of_a_text_is_refused_unless_it_may_be_shown(
    ferns: Dataset, closed: Dataset, project: Project, texts: Texts
) -> None:
    (text,) = texts.by_article.values()
    start = text.index("In a small trial")
    words = f"They write: {text[start : start + 91].upper()}, and more."
    assert refused(with_text(closed, said_of_claim(words), project, texts)) == [
        "text-beyond-rights"
    ]
    assert refused(with_text(ferns, said_of_claim(words), project, texts)) == []
    shorter = f"They write: {text[start : start + 89]} ... and so on, in many of our own words here"
    assert refused(with_text(closed, said_of_claim(shorter), project, texts)) == []


def test_references_as_printed_are_facts(closed: Dataset, project: Project, texts: Texts) -> None:
    (text,) = texts.by_article.values()
    reference = text[467:560]
    assert reference.startswith("Okafor")
    for more in (said_of_claim(reference), said_of_claim(f"{reference} again")):
        assert refused(with_text(closed, more, project, texts)) == []


def test_a_whole_text_is_refused_even_where_nobody_has_it_to_compare(
    ferns: Dataset, closed: Dataset, project: Project
) -> None:
    more = (
        f'<{FERNS}graph/data/articles/rainwater> {{ <{FERNS}article/rainwater> <{NS}text> "Tea." }}'
    )
    assert refused(with_text(closed, more, project, Texts())) == ["text-beyond-rights"]
    assert refused(with_text(ferns, more, project, Texts())) == []


def test_the_graph_of_texts_is_left_out(closed: Dataset, project: Project, texts: Texts) -> None:
    loaded = replace(closed, quads=closed.quads + texts.quads(FERNS))
    found = plan_release(loaded, Report(), project, version="1.0.0", issued=DAY, texts=texts)
    assert refused(found) == []
    assert f"<{FERNS}graph/text>" not in {str(graph) for graph in found.dataset.graphs}


def test_rules_about_rights_cannot_be_waived_in_a_release(
    ferns: Dataset, project: Project, report: Report
) -> None:
    copied = replace(
        next(iter(validate(read("")).findings)), rule="label-copies-text", severity=Severity.WARNING
    )
    for found in (
        Report.of([copied]),
        Report.of([], waived=[Waived(copied, "we live with it", "config")]),
    ):
        planned = plan_release(ferns, found, project, version="1.0.0", issued=DAY)
        assert refused(planned) == ["label-copies-text"]


def test_a_licence_is_an_address(ferns: Dataset, project: Project) -> None:
    for licence in ("CC BY", "javascript:alert(1)", "https://e/a b"):
        odd = replace(project, licence=licence)
        found = plan_release(ferns, Report(), odd, version="1.0.0", issued=DAY)
        with pytest.raises(ConfigError):
            next(build_release(found))


def test_an_unusable_key_is_told_before_any_work(plan: Plan) -> None:
    with pytest.raises(InputError) as caught:
        next(build_release(plan, key=b"nonsense"))
    assert caught.value.code == "key-unusable"


# --- writing ---------------------------------------------------------------------------------


def test_nothing_is_ever_written_over(tmp_path: Path) -> None:
    new = [File("index.json", b"new")]
    write_release(tmp_path / "a" / "1.0.0", new)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "link").symlink_to(tmp_path / "full")
    for name in ("a/1.0.0", "file", "full", "dangling", "link"):
        with pytest.raises(UsageError) as caught:
            write_release(tmp_path / name, [File("index.json", b"newer")])
        assert caught.value.code == "release-exists"
    assert (tmp_path / "a" / "1.0.0" / "index.json").read_bytes() == b"new"
    assert (tmp_path / "full" / "note").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert write_release(tmp_path / "empty", new) == 1


def test_the_second_of_two_at_once_leaves_the_first_alone(tmp_path: Path) -> None:
    folder = tmp_path / "1.0.0"

    def slow() -> Iterator[File]:
        write_release(folder, [File("index.json", b"the first")])
        yield File("index.json", b"the second")

    with pytest.raises(UsageError):
        write_release(folder, slow())
    assert (folder / "index.json").read_bytes() == b"the first"
    assert [path.name for path in tmp_path.iterdir()] == ["1.0.0"]


def test_what_breaks_off_leaves_nothing(plan: Plan, tmp_path: Path) -> None:
    for count in (0, 1, 20):

        def broken(count: int = count) -> Iterator[File]:
            for number, file in enumerate(build_release(plan)):
                if number == count:
                    raise MesokgError("the disk is full", code="write-failed")
                yield file

        with pytest.raises(MesokgError):
            write_release(tmp_path / "1.0.0", broken())
        assert list(tmp_path.iterdir()) == []


KILLED = """
import sys, time
from pathlib import Path
from mesokg.files import File
from mesokg.release import write_release

def files():
    for number in range(100):
        yield File(f"{number}.txt", b"x" * 10_000)
        print(number, flush=True)
        time.sleep(0.01)

write_release(Path(sys.argv[1]), files())
"""


def test_who_is_killed_while_writing_leaves_no_half_release(tmp_path: Path) -> None:
    folder = tmp_path / "1.0.0"
    for lines in (1, 7, 30):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            for _ in range(lines):
                process.stdout.readline()
            process.kill()
        assert not folder.exists()
    assert write_release(folder, [File("index.json", b"{}")]) == 1


# --- checking --------------------------------------------------------------------------------


def rules(folder: Path, key: bytes | None = None) -> list[str]:
    return [finding.rule for finding in verify(folder, key).findings]


def test_one_flipped_byte_of_any_file_is_found(published: Path) -> None:
    for path in sorted(path for path in published.rglob("*") if path.is_file()):
        content = path.read_bytes()
        flipped = bytearray(content)
        flipped[len(flipped) // 2] ^= 0x40
        path.write_bytes(flipped)
        try:
            assert rules(published, PUBLIC), path
        finally:
            path.write_bytes(content)
    assert rules(published, PUBLIC) == []


def test_what_was_published_verifies(published: Path, files: dict[str, bytes]) -> None:
    report = verify(published, PUBLIC)
    assert (report.findings, report.not_run, report.files) == ((), (), len(files) - 2)
    unchecked = verify(published)
    assert [item.rule for item in unchecked.not_run] == ["release-signature"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_flipped_bit_is_found(data: st.DataObject, published: Path) -> None:
    paths = sorted(path for path in published.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(paths))
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    bit = data.draw(st.integers(0, 7))
    flipped = bytearray(content)
    flipped[place] ^= 1 << bit
    path.write_bytes(flipped)
    try:
        assert rules(published, PUBLIC) != []
    finally:
        path.write_bytes(content)


def test_each_damage_has_its_finding(copy: Path) -> None:
    data = copy / "data" / "dataset.nq"
    content = data.read_bytes()
    data.write_bytes(content[:-1])
    assert rules(copy) == ["release-file-altered"]
    data.unlink()
    assert rules(copy) == ["release-file-missing"]
    (copy / "data" / "all.nq").write_bytes(content)
    (finding,) = verify(copy).findings
    assert finding.rule == "release-file-renamed"
    assert finding.message == "is called data/all.nq here"
    data.write_bytes(content)
    assert rules(copy) == ["release-file-extra"]
    (copy / "data" / "all.nq").unlink()
    assert rules(copy) == []


def test_two_files_that_changed_places_are_found(copy: Path) -> None:
    one, two = copy / "data" / "shapes.ttl", copy / "data" / "ontology.ttl"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    assert rules(copy) == ["release-file-altered"] * 2


def test_links_and_pipes_are_found_and_not_opened(copy: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes((copy / "README.md").read_bytes())
    (copy / "README.md").unlink()
    (copy / "README.md").symlink_to(secret)
    (copy / "folder").symlink_to(tmp_path)
    os.mkfifo(copy / "pipe")
    found = verify(copy).findings
    assert {(f.rule, f.location.path) for f in found if f.location} == {
        ("release-file-kind", name) for name in ("README.md", "folder", "pipe")
    }


@pytest.mark.parametrize(
    "line",
    [
        "x" * 64 + "  a",
        f"{'0' * 64}  ../outside",
        f"{'0' * 64}  /etc/passwd",
        f"{'0' * 64}  a/../../b",
        f"{'0' * 64} *a",
        f"\\{'0' * 64}  a\\nb",
        f"{'0' * 64}  a\x1b[2J",
        "nonsense",
        f"{'0' * 64}  caf\udce9",
    ],
)
def test_odd_lines_among_the_checksums_are_findings(copy: Path, line: str) -> None:
    with (copy / CHECKSUMS).open("ab") as stream:
        stream.write(line.encode("utf-8", "surrogateescape") + b"\n")
    found = verify(copy).findings
    assert {f.rule for f in found} <= {"release-checksums", "release-file-missing"}
    assert found
    assert all("\x1b" not in f"{f.location}{f.message}" for f in found)


def test_a_list_of_checksums_that_is_missing_empty_or_double(copy: Path) -> None:
    path = copy / CHECKSUMS
    content = path.read_bytes()
    path.write_bytes(content + content.splitlines(keepends=True)[0])
    assert rules(copy) == ["release-checksums"]
    path.write_bytes(b"")
    assert "release-checksums" in rules(copy)
    path.unlink()
    assert "release-checksums" in rules(copy)


def test_a_forger_who_corrects_the_checksums_fails_at_the_signature(copy: Path) -> None:
    path = copy / "README.md"
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(b"Take two a day.")
    sums = (copy / CHECKSUMS).read_text()
    (copy / CHECKSUMS).write_text(sums.replace(old, hashlib.sha256(path.read_bytes()).hexdigest()))
    assert rules(copy) == []
    assert rules(copy, PUBLIC) == ["release-signature"]
    (copy / SIGNATURE).write_bytes(sign((copy / CHECKSUMS).read_bytes(), private(2)))
    assert rules(copy, PUBLIC) == ["release-signature"]


def test_a_wrong_key_a_missing_and_a_short_signature(copy: Path) -> None:
    assert rules(copy, public_key(private(2))) == ["release-signature"]
    (copy / SIGNATURE).write_bytes(b"short")
    assert rules(copy, PUBLIC) == ["release-signature"]
    (copy / SIGNATURE).unlink()
    assert rules(copy, PUBLIC) == ["release-signature"]
    assert rules(copy) == []
    with pytest.raises(InputError):
        verify(copy, b"no key")


def test_only_a_folder_can_be_checked(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("file", "nothing"):
        with pytest.raises(InputError) as caught:
            verify(tmp_path / name)
        assert caught.value.code == "cannot-read"


# --- the release before ----------------------------------------------------------------------


def test_a_release_is_read_back(published: Path, plan: Plan) -> None:
    previous = read_release(published)
    assert str(previous.version) == "1.0.0"
    assert canonical(previous.dataset.quads) == canonical(plan.dataset.quads)
    again = plan_release(
        plan.written, plan.report, plan.project, version="1.0.1", issued=DAY, previous=previous
    )
    assert (again.changes.items, again.changes.level) == ((), "none")


def test_nothing_of_a_damaged_release_is_used(copy: Path) -> None:
    (copy / "data" / "dataset.nq").write_bytes(b"")
    with pytest.raises(InputError, match=r"data/dataset\.nq") as caught:
        read_release(copy)
    assert caught.value.code == "release-damaged"


@pytest.mark.parametrize(
    "index",
    ["", "[]", "{}", "[" * 100_000, '{"release": {"version": "../../x"}, "project": {"base": "b"}}',
     '{"release": {"version": "1.0.0"}, "project": 1}'],
)  # fmt: skip
def test_an_index_that_says_something_else_is_no_release(tmp_path: Path, index: str) -> None:
    folder = tmp_path / "r"
    data = index.encode()
    sums = f"{hashlib.sha256(data).hexdigest()}  index.json\n".encode()
    write_release(folder, [File("index.json", data), File(CHECKSUMS, sums)])
    with pytest.raises(InputError) as caught:
        read_release(folder)
    assert caught.value.code == "release-damaged"


def test_the_newest_release_beside_is_found(tmp_path: Path, project: Project) -> None:
    assert find_previous(tmp_path / "release" / "1.0.0", project) is None
    for name, version, base in (
        ("a", "1.9.0", FERNS), ("b", "1.10.0", FERNS), ("c", "1.10.0-rc.1", FERNS),
        ("d", "7.0.0", "http://other/"), ("e", "nonsense", FERNS),
    ):  # fmt: skip
        about = {"release": {"version": version}, "project": {"base": base}}
        write_release(tmp_path / name, [File("index.json", json.dumps(about).encode())])
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "index.json").write_text("{")
    assert find_previous(tmp_path / "2.0.0", project) == tmp_path / "b"


# --- the commands ----------------------------------------------------------------------------


def run(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "mesokg", *words],
        cwd=folder,
        capture_output=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1795478400", **environment},
        check=False,
    )


@pytest.mark.slow
def test_the_commands_from_the_first_release_to_the_second(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "ferns"))
    (tmp_path / "key.pem").write_bytes(KEY)
    (tmp_path / "public.pem").write_bytes(PUBLIC)
    done = run("release", "1.0.0", "--sign", "../key.pem", folder=folder)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    assert b"no release before this one" in done.stderr
    assert b"mesokg verify release/1.0.0" in done.stderr
    first = folder / "release" / "1.0.0"
    assert json.loads((first / "index.json").read_bytes())["release"]["issued"] == "2026-11-24"
    again = run("release", "1.0.0", folder=folder)
    assert again.returncode == 1
    assert b"is not higher than 1.0.0" in again.stderr
    elsewhere = run("release", "1.0.0", "-o", "x/r", "--date", "2026-11-24", folder=folder)
    assert elsewhere.returncode == 0
    assert (folder / "x" / "r" / CHECKSUMS).read_bytes() == (first / CHECKSUMS).read_bytes()

    reviews = folder / "data" / "reviews" / "rainwater.ttl"
    text = reviews.read_text("utf-8")
    reviews.write_text(text.replace("certainty:low ;", "certainty:very-low ;"), "utf-8")
    second = run("release", "1.1.0", folder=folder)
    assert second.returncode == 0, second.stderr
    assert b"compared with" in second.stderr
    assert b"went from low to very low" in b" ".join(second.stderr.split())
    notes = (folder / "release" / "1.1.0" / "CHANGES.md").read_text("utf-8")
    assert notes.startswith("# 1.1.0 (2026-11-24)\n\nSince 1.0.0.\n\n### Strength of evidence")
    assert run("release", "1.1.0", "-o", "release/1.1.0", folder=folder).returncode == 1

    good = run("verify", "release/1.0.0", "--key", "../public.pem", folder=folder)
    assert good.returncode == 0
    assert b"as they were published; signed with the key SHA256:" in good.stdout
    (first / "README.md").write_text("else")
    bad = run("verify", "release/1.0.0", folder=folder)
    assert bad.returncode == 1
    assert b"README.md: the content is not what was released" in bad.stdout
    assert json.loads(run("verify", "release/1.0.0", "-f", "json", folder=folder).stdout)[
        "findings"
    ]
    damaged = run("release", "2.0.0", "--previous", "release/1.0.0", folder=folder)
    assert damaged.returncode == 2
    assert b"[release-damaged]" in damaged.stderr
    assert not (folder / "release" / "2.0.0").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["release", "1.0"], b"[version-syntax]"),
        (["release", "../1.0.0"], b"[version-syntax]"),
        (["release", "1.0.0", "--date", "24.11.2026"], b"[wrong-date]"),
        (["release", "1.0.0", "--date", "2026-02-30"], b"[wrong-date]"),
        (["release", "1.0.0", "--sign", "nowhere"], b"[cannot-read]"),
        (["release", "1.0.0", "--sign", "mesokg.toml"], b"[key-unusable]"),
        (["release", "1.0.0", "--previous", "nowhere"], b"[cannot-read]"),
        (["release", "1.0.0", "--previous", "."], b"[release-damaged]"),
        (["release", "1.0.0", "--previous", "a", "--since", "b"], b"choose one"),
        (["release", "1.0.0", "-o", "data"], b"[release-exists]"),
        (["verify", "nowhere"], b"[cannot-read]"),
        (["verify", ".", "--key", "nowhere"], b"[cannot-read]"),
        (["verify", "."], b"the list of checksums is missing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_requests_have_their_answer(tmp_path: Path, words: list[str], said: bytes) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "ferns"))
    before = sorted(folder.rglob("*"))
    done = run(*words, folder=folder)
    assert done.returncode == (1 if words == ["verify", "."] else 2), done.stderr
    assert said in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
    assert sorted(folder.rglob("*")) == before


def test_a_revision_can_stand_for_the_release_before(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "ferns"))
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@e", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=folder, check=True, capture_output=True)
    article = folder / "data" / "articles" / "rainwater.ttl"
    text = article.read_text("utf-8")
    start, end = text.index("claim:rainwater-c6 a"), text.index("# --- pointers")
    article.write_text(text[:start] + text[end:], "utf-8")
    done = run("release", "9.0.0", "--since", "HEAD", "--report", "r.json", folder=folder)
    assert done.returncode == 1
    assert [f["rule"] for f in json.loads((folder / "r.json").read_bytes())["findings"]] == [
        "iri-vanished"
    ]
    assert b"9.0.0 is not released" in done.stderr
