"""The picture of `mesokg validate` in docs/pictures is what the command shows today.

``MESOKG_UPDATE_DOCS=1`` draws it anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mesokg.checks import validate_files
from mesokg.description import labels
from mesokg.reporting import render
from mesokg.rulebook import rules
from terminal_picture import as_svg

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "pictures" / "validate.svg"
#: Five mistakes that everybody makes.
DATA = """\
@prefix bibo: <http://purl.org/ontology/bibo/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix tea: <https://example.org/tea/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

tea:rivers-2010 a bibo:Article ;
  dcterms:title "Ginger tea for sore knees "@en ;
  dcterms:creater "Rivers, A." ;
  dcterms:issued "2010-02-30"^^xsd:date ;
  dcterms:license <http:///by/4.0/> ;
  bibo:issn "0190-9623" .
"""
FOUND = ["iri-broken", "literal-form", "outer-blanks", "term-unknown", "identifier-checksum"]


def shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the command writes to a terminal of 90 columns."""
    monkeypatch.chdir(folder)
    Path("tea.ttl").write_text(DATA, "utf-8")
    report, dataset = validate_files(["tea.ttl"])
    assert sorted(f.rule for f in report.findings) == sorted(FOUND)
    text = render(
        report, "text", dataset.prefixes, labels=labels(dataset), rules=rules(), color=True,
        width=90, source=lambda name: Path(name).read_text("utf-8"),
    )  # fmt: skip
    return f"\x1b[2m$\x1b[0m \x1b[1mmesokg validate tea.ttl\x1b[0m\n{text}"


def test_the_picture_shows_what_the_command_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = as_svg(
        shown(tmp_path, monkeypatch),
        "A terminal: mesokg validate names five mistakes in tea.ttl, each with its line, its rule "
        "and a way out.",
    )
    if os.environ.get("MESOKG_UPDATE_DOCS"):
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(drawn, "utf-8")
    assert PICTURE.read_text("utf-8") == drawn, "MESOKG_UPDATE_DOCS=1 draws it anew"


def test_a_look_that_the_picture_does_not_know_is_no_picture() -> None:
    with pytest.raises(ValueError, match="no look"):
        as_svg("\x1b[48mtext\x1b[0m", "t")
