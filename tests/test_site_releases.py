"""Releases and changes: only what is written down, and nothing that runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mesokg.report import Report
from mesokg.site.releases import PATH, blocks, pages
from small_sites import BASE, HOSTILE, assert_harmless, rendered, small_site, text_of

EMPTY = Report()


def said(folder: Path, files: Mapping[str, str]) -> str:
    site = small_site(folder, files=files, report=EMPTY)
    return rendered(site, pages(site))[PATH]


def index(version: str, base: str = BASE) -> str:
    return json.dumps(
        {
            "project": {"base": base},
            "release": {"version": version, "issued": "2026-01-02", "iri": f"{BASE}release/1",
                        "change": "minor"},
            "dataset": {"digest": "abc123", "quads": 12},
            "files": [{"path": "data/dataset.nq", "bytes": 5, "sha256": "f00"}],
        }
    )  # fmt: skip


def test_project_without_release_says_so(tmp_path: Path) -> None:
    text = text_of(said(tmp_path, {}))
    assert "No release is recorded here." in text
    assert "No changelog stands in the project either." in text


def test_releases_are_told_the_newest_first(tmp_path: Path) -> None:
    files = {
        "release/a/index.json": index("0.9.0"),
        "release/b/index.json": index("0.10.0"),
        "release/b/CHANGES.md": "Two claims are new.\n\n* one\n* two",
        "release/c/index.json": index("0.10.0-rc.1"),
        "release/d/index.json": index("9.0.0", "https://other.example/"),
        "release/e/index.json": "[1",
        "release/f/index.json": "[]",
        "release/g/index.json": "{}",
    }
    text = text_of(said(tmp_path, files))
    assert "Three releases." in text
    assert text.index("0.10.0") < text.index("0.10.0-rc.1") < text.index("0.9.0")
    assert "9.0.0" not in text.replace("0.9.0", "")
    assert "Two claims are new." in text
    assert "abc123" in text


def test_changes_that_wait_stand_by_their_kind(tmp_path: Path) -> None:
    files = {
        "release/changelog.d/a.fixed.md": "Mended `x`.",
        "release/changelog.d/b.added.md": "New\nthing.",
    }
    text = text_of(said(tmp_path, files))
    assert text.index("Added New thing.") < text.index("Fixed Mended x.")


def test_changelog_is_parted_by_version(tmp_path: Path) -> None:
    log = "# Changes\n\nintro\n\n## [1.1.0](http://x/) (2026)\n\n### New\n\n* a\n\n## 1.0.0\n\nb\n"
    html = said(tmp_path, {"release/CHANGELOG.md": log})
    assert "<h3><bdi>1.1.0 (2026)</bdi></h3>" in html
    assert "No release is recorded" not in html


def test_nothing_of_a_changelog_runs(tmp_path: Path) -> None:
    log = (
        f"## 1.0 {HOSTILE}\n\n{HOSTILE}\n\n[go](javascript:alert(1)) <javascript:alert(2)>\n\n"
        f"```\n{HOSTILE}\n```\n\n* **{HOSTILE}** `{HOSTILE}`\n"
    )
    files = {
        "release/CHANGELOG.md": log,
        "release/changelog.d/a.added.md": log,
        "release/1/index.json": index(HOSTILE),
        "release/1/CHANGES.md": log,
    }
    assert_harmless(said(tmp_path, files))


def test_markdown_is_read_in_order() -> None:
    found = blocks("# One\n\ntwo\nlines\n* three\n  more\n- four\n\n```\nfive\n\nsix\n```\nseven")
    assert [(b.kind, "".join(p.text for p in b.parts)) for b in found] == [
        ("heading", "One"),
        ("paragraph", "two lines"),
        ("item", "three more"),
        ("item", "four"),
        ("code", "five\n\nsix"),
        ("paragraph", "seven"),
    ]


def test_stretches_of_a_line() -> None:
    (block,) = blocks("a **b** `c*` [d](https://e.org/) [f](mailto:x) <https://g.org/>")
    assert [(p.kind, p.text, p.address) for p in block.parts if p.text.strip()] == [
        ("text", "a ", ""),
        ("strong", "b", ""),
        ("code", "c*", ""),
        ("link", "d", "https://e.org/"),
        ("text", "f", "mailto:x"),
        ("link", "https://g.org/", "https://g.org/"),
    ]


@given(st.text(alphabet=st.sampled_from("ab \n#*-`[]()<>!1.\\\t")))
def test_no_word_of_a_text_is_lost(text: str) -> None:
    """But for addresses of links, which stand behind their words."""
    plain = text.replace("(", "").replace("<", "")
    shown = "".join(part.text for block in blocks(plain) for part in block.parts)
    code_fence = "```" in plain
    for letter in "ab":
        lost = plain.count(letter) - shown.count(letter)
        assert lost == 0 or code_fence  # what stands behind a fence on its line names a language
