from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.addresses import Addresses
from mesokg.terms import VOCABULARY_BASE

BASE = "https://example.org/kg/"
#: What file systems, servers or browsers take for something else.
ODD = (
    "..", "../..", "claim/../../etc/passwd", "//evil.org", "claim//x", "claim/", "/etc/passwd",
    "claim/.hidden", "claim/x.", "claim/x ", "claim/con", "claim/NUL.txt", "claim/a:b",
    "claim/a\\b", "claim/%2e%2e%2f", "claim/é", "claim/\u202eabc", "claim/a?b", "claim/a*b",
    "claim/" + "x" * 300, "claim/c01.html", "claim/c01.ttl/x", "claim/index", "index", "404",
    "data/x", "claims", "a" + "/b" * 30, "claim/'\"><script>", "claim/x~claims-2", "claim/C01",
)  # fmt: skip
_steps = st.text(
    st.sampled_from("aAbB01-_.~%:\\*?\"<>|'é\u0301\u202e\u2028 "), min_size=1, max_size=6
)
paths = st.one_of(st.sampled_from(ODD), st.lists(_steps, min_size=1, max_size=4).map("/".join))


def test_plain_names_stay_as_they_are() -> None:
    site = Addresses.of(
        BASE, [f"{BASE}claim/c-01", f"{BASE}work/Smith_2010", f"{BASE}release/1.0.0"]
    )
    assert site.file_stem(f"{BASE}claim/c-01") == "claim/c-01"
    assert site.file_stem(f"{BASE}work/Smith_2010") == "work/Smith_2010"
    assert site.file_stem(f"{BASE}release/1.0.0") == "release/1.0.0"


def test_terms_of_a_hash_namespace_share_a_document() -> None:
    site = Addresses.of(BASE, [f"{VOCABULARY_BASE}ns#Claim", f"{VOCABULARY_BASE}ns#Work"])
    assert dict(site.stems) == {f"{VOCABULARY_BASE}ns": "ns"}
    assert site.link("claim/c.html", f"{VOCABULARY_BASE}ns#Claim") == "../ns.html#Claim"


def test_what_lies_elsewhere_has_no_file() -> None:
    site = Addresses.of(BASE, ["https://elsewhere.org/x", "urn:x:y", BASE])
    assert not site.stems
    assert site.file_stem("https://elsewhere.org/x") is None
    assert site.file_stem(BASE) is None


@given(st.lists(paths, max_size=12))
def test_no_two_documents_share_a_file_and_none_leaves_the_folder(found: list[str]) -> None:
    iris = [BASE + path for path in found]
    site = Addresses.of(BASE, iris)
    stems = list(site.stems.values())
    assert len({stem.casefold() for stem in stems}) == len(stems)
    for stem in stems:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9][A-Za-z0-9._~-]*)*", stem)
        assert len(stem.encode()) <= 250
        assert not any(step.endswith(".") or ".." in step.split("/") for step in stem.split("/"))
        assert not stem.endswith((".html", ".ttl", ".jsonld", ".nt"))


@given(st.lists(paths, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_documents_does_not_count(found: list[str], random: object) -> None:
    iris = [BASE + path for path in found]
    assert Addresses.of(BASE, iris).stems == Addresses.of(BASE, reversed(iris)).stems


def test_names_that_differ_only_in_case_do_not_clash() -> None:
    lower, upper = f"{BASE}claim/tea", f"{BASE}claim/Tea"
    site = Addresses.of(BASE, [upper, lower])
    assert site.stems[lower] == "claim/tea"
    assert re.fullmatch(r"claim/tea~[0-9a-f]{16}", site.stems[upper])


def test_the_project_goes_before_the_vocabulary() -> None:
    own, general = f"{BASE}certainty/low", f"{VOCABULARY_BASE}certainty/low"
    site = Addresses.of(BASE, [general, own])
    assert site.stems[own] == "certainty/low"
    assert site.stems[general].startswith("certainty/low~")


@pytest.mark.parametrize("path", ODD)
def test_odd_names_are_replaced(path: str) -> None:
    stem = Addresses.of(BASE, [BASE + path]).stems[BASE + path]
    if path not in {"claim/C01"}:
        assert "~" in stem


@given(paths, paths)
def test_a_link_leads_from_one_page_to_the_other(here: str, there: str) -> None:
    site = Addresses.of(BASE, [BASE + here, BASE + there])
    from_path = f"{site.stems[BASE + here]}.html"
    href = site.link(from_path, BASE + there)
    landed = posixpath.normpath(posixpath.join(posixpath.dirname(from_path), unquote(href)))
    assert landed == f"{site.stems[BASE + there]}.html"


@pytest.mark.parametrize(
    "to",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "vbscript:x",
        "urn:isbn:1", "file:///etc/passwd", "mailto:a@b.org", "blob:x", "//evil.org/x",
        "/etc/passwd", "../../secret", "\\\\evil\\x", "https://", "https:// evil.org",
        "http://[::1", 'https://e.org/"onmouseover=1', "https://e.org/\nx", "java\nscript:x",
    ],
)  # fmt: skip
def test_what_must_not_be_followed_is_no_link(to: str) -> None:
    assert Addresses.of(BASE, []).link("claim/c.html", to) == ""


def test_other_web_addresses_lead_to_themselves() -> None:
    site = Addresses.of(BASE, [])
    assert site.link("a/b.html", "https://doi.org/10.1/x#y") == "https://doi.org/10.1/x#y"
    assert site.link("a/b.html", f"{BASE}claim/unknown") == f"{BASE}claim/unknown"


def test_paths_of_the_site_are_relative() -> None:
    site = Addresses.of(BASE, [])
    assert site.link("a/b/c.html", "work/index.html") == "../../work/index.html"
    assert site.link("index.html", "a b.html#x y") == "a%20b.html#x%20y"
    assert site.link("index.html", "#x") == "#x"
