"""Names: prefixes, minted IRIs, graph names, and the nearest word."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.errors import UsageError
from mesokg.terms import (
    KINDS,
    NS,
    SCHEME_PATHS,
    SHAPES,
    STANDARD_PREFIXES,
    VOCABULARY_BASE,
    Prefixes,
    graph_iri,
    mint,
    nearest,
    project_prefixes,
)
from strategies import prefix_tables, slugs, texts, wild_iris

BASE = "https://example.org/kg/"


@given(prefix_tables, wild_iris)
def test_shortened_iri_expands_to_itself(table: dict[str, str], iri: ox.NamedNode) -> None:
    prefixes = Prefixes(table)
    short = prefixes.shorten(iri.value)
    if short.startswith("<"):
        assert short == str(iri)
    else:
        assert prefixes.expand(short) == iri.value


@given(wild_iris)
def test_shortened_iri_is_turtle_that_says_the_same(iri: ox.NamedNode) -> None:
    prefixes = Prefixes({"e": "http://e/", "ns": "http://e/ns#", "x": "urn:x:"})
    header = "".join(f"PREFIX {prefix}: <{prefixes[prefix]}>\n" for prefix in prefixes)
    turtle = f"{header}<urn:s> <urn:p> {prefixes.shorten(iri.value)} ."
    assert [quad.object for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)] == [iri]


def test_longest_namespace_wins() -> None:
    prefixes = Prefixes({"e": "http://e/", "f": "http://e/f/", "": "http://e/f/g#"})
    assert prefixes.shorten("http://e/f/x") == "f:x"
    assert prefixes.shorten("http://e/f/g#x") == ":x"
    assert prefixes.shorten("http://e/f/x/y") == "<http://e/f/x/y>"
    assert prefixes.shorten("http://e/") == "e:"
    assert prefixes.expand(":x") == "http://e/f/g#x"


@pytest.mark.parametrize("word", ["tea", "", "g:tea", "e", "http://e/x", "e://x"])
def test_what_is_no_curie(word: str) -> None:
    assert Prefixes({"e": "http://e/", "http": "http://h/"}).expand(word) is None


def test_tables_join_and_never_change() -> None:
    first, second = Prefixes({"a": "urn:a", "b": "urn:b"}), Prefixes({"b": "urn:c"})
    assert first | second == {"a": "urn:a", "b": "urn:c"}
    assert first == {"a": "urn:a", "b": "urn:b"}
    assert list(Prefixes({"b": "urn:b", "a": "urn:a"})) == ["a", "b"]
    assert repr(second) == "Prefixes({'b': 'urn:c'})"


def test_every_name_of_a_project_has_its_own_prefix() -> None:
    prefixes = project_prefixes(BASE)
    assert len(prefixes) == len(STANDARD_PREFIXES) + len(SCHEME_PATHS) + len(KINDS)
    assert len(set(prefixes.values())) == len(prefixes)
    assert prefixes["rights"] == f"{VOCABULARY_BASE}text-rights/"
    assert prefixes["claim"] == f"{BASE}claim/"
    assert (prefixes["meso"], prefixes["shape"]) == (NS, SHAPES)
    for namespace in prefixes.values():
        ox.NamedNode(f"{namespace}x")


@given(texts)
def test_minted_iri_has_a_slug_or_the_label_is_refused(label: str) -> None:
    try:
        iri = mint(BASE, "claim", label)
    except UsageError as error:
        iri = f"{BASE}claim/{error.code}"
    slug = iri.removeprefix(f"{BASE}claim/")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= 60


@given(slugs)
def test_a_slug_mints_itself(slug: str) -> None:
    assert mint(BASE, "claim", slug) == f"{BASE}claim/{slug}"
    assert mint(BASE, "claim", slug.upper().replace("-", " _ ")) == f"{BASE}claim/{slug}"


@pytest.mark.parametrize("label", ["", " ", "\u8336", "---"])
def test_label_without_letters_is_refused(label: str) -> None:
    with pytest.raises(UsageError) as caught:
        mint(BASE, "treatment", label)
    assert caught.value.code == "no-slug"


def test_long_label_is_cut_between_words_or_within() -> None:
    assert mint("", "x", "a" * 59 + " b") == "x/" + "a" * 59
    assert mint("", "x", "a" * 70) == "x/" + "a" * 60


@given(st.lists(st.text(st.characters(exclude_characters="/\x00"), min_size=1), min_size=1))
def test_graph_of_any_file_name_is_an_iri_that_says_the_name(parts: list[str]) -> None:
    # File names are bytes; Python shows those that are no UTF-8 as lone surrogates.
    path = "/".join(parts).encode("utf-8", "replace").decode()
    iri = graph_iri(BASE, f"{path}.ttl")
    ox.NamedNode(iri)
    assert unquote_to_bytes(iri.removeprefix(f"{BASE}graph/")) == path.encode()


@pytest.mark.parametrize(
    ("path", "graph"),
    [
        ("data/articles/one.ttl", "data/articles/one"),
        ("data/v1.2/one", "data/v1.2/one"),
        ("data/one.two.trig", "data/one.two"),
        ("data/a<b>#?.ttl", "data/a%3Cb%3E%23%3F"),
        ("data/\udcff.ttl", "data/%FF"),
        ("ontology/mappings.sssom.tsv", "ontology/mappings"),
    ],
)
def test_graph_of_a_file(path: str, graph: str) -> None:
    assert graph_iri(BASE, path) == f"{BASE}graph/{graph}"
    ox.NamedNode(graph_iri(BASE, path))


def test_nearest_words() -> None:
    known = ["list-claims", "list-works", "list-harms", "show-argument"]
    assert nearest("list-claim", known, 1) == ["list-claims"]
    assert nearest("", known) == []
    assert nearest("xyz", known) == []
    assert len(nearest("list", known, 2)) <= 2
    assert nearest("list-claim", reversed(known), 3) == nearest("list-claim", known, 3)
    assert nearest("x" * 1_000_000, known) == []
