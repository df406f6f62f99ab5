"""A second, tiny project about something else, end to end: the tool knows no subject.

Its text is its own, so the rules that need a text run here without any test data.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import mesokg
from mesokg.cli import main
from mesokg.report import Severity

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "second-project"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "ferns"))


def run(*words: str) -> tuple[int, str, str]:
    outcome = CliRunner().invoke(main, list(words))
    return outcome.exit_code, outcome.stdout, outcome.stderr


def test_it_holds_every_rule_and_every_rule_ran(project: Path) -> None:
    found = mesokg.find(project)
    report = mesokg.validate(mesokg.load(found), found)
    assert [f for f in report.findings if f.severity is Severity.VIOLATION] == []
    assert report.not_run == ()


def test_build_writes_all_of_it(project: Path) -> None:
    code, _, told = run("-C", str(project), "build", "-o", str(project / "out"))
    assert code == 0, told
    index = json.loads((project / "out" / "index.json").read_text("utf-8"))
    assert len(index["files"]) > 10
    claims = json.loads((project / "out" / "data" / "claims.jsonld").read_text("utf-8"))
    assert "new fronds" in json.dumps(claims)
    for path in (project / "out" / "data").rglob("*"):
        if path.is_file() and "graph" not in path.name and path.suffix == ".nq":
            assert "mesotherapy" not in path.read_text("utf-8")


def test_general_queries_work_on_it_and_it_has_its_own(project: Path) -> None:
    code, shown, _ = run("-C", str(project), "query", "list-ferns", "-f", "csv")
    assert (code, shown.split()) == (0, ["treatment,outcome", "rainwater,new", "fronds"])
    code, shown, _ = run("-C", str(project), "query", "list-gaps", "-f", "csv")
    assert code == 0
    assert "filtered water" in shown


def test_a_changed_text_is_found_out(project: Path) -> None:
    text = project / "texts" / "rainwater.txt"
    text.write_text(text.read_text("utf-8").replace("House", "Horse"), "utf-8")
    found = mesokg.find(project)
    report = mesokg.validate(mesokg.load(found), found)
    assert report.not_run, "with another text in its place, the text rules must not count as run"


def test_a_wrong_claim_is_found_with_its_file(project: Path) -> None:
    path = project / "data" / "articles" / "rainwater.ttl"
    path.write_text(path.read_text("utf-8").replace("meso:kind kind:benefit ;", ""), "utf-8")
    code, shown, _ = run("-C", str(project), "validate")
    assert code == 1
    assert "claim-core" in shown
    assert "data/articles/rainwater.ttl" in shown
