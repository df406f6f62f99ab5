"""What an Accept header says, by the full rule and by the one that hosts can follow."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.negotiation import (
    COMMON_HEADERS,
    MEDIA_TYPES,
    REPRESENTATIONS,
    Difference,
    choose,
    differences,
    first_named,
    first_named_pattern,
)

OURS = tuple(REPRESENTATIONS.values())
HTML, TURTLE, JSONLD, NTRIPLES = OURS
RFC = "text/*;q=0.3, text/html;q=0.7, text/html;level=1, text/html;level=2;q=0.4, */*;q=0.5"


def test_what_is_published_has_its_media_type() -> None:
    for suffix, media_type in REPRESENTATIONS.items():
        assert MEDIA_TYPES[suffix].partition(";")[0] == media_type


# --- the full rule ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("better", "worse"),
    [  # the weights of RFC 9110, 12.5.1, table 5: 1, 0.7, 0.5, 0.4, 0.3
        ("text/html;level=1", "text/html"),
        ("text/html", "image/jpeg"),
        ("image/jpeg", "text/html;level=2"),
        ("text/html;level=2", "text/plain"),
        ("text/html;level=3", "image/jpeg"),
    ],
)
def test_the_example_of_the_rfc(better: str, worse: str) -> None:
    assert choose(RFC, [worse, better]) == better
    assert choose(RFC, [better, worse]) == better


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, HTML),
        ("", HTML),
        (" , ,", HTML),
        ("nonsense", HTML),
        ("*/html", HTML),
        ("*/*", HTML),
        ("text/*", HTML),
        ("application/*", JSONLD),
        ("text/turtle", TURTLE),
        ("TEXT/TURTLE", TURTLE),
        ("text/turtle;q=0.5, text/html;q=0.4", TURTLE),
        ("text/turtle;q=0.5, text/html", HTML),
        ("text/turtle ; q=0.5 , text/html ; Q=0.6", HTML),
        ("text/html;q=0.001, text/turtle;q=0.002", TURTLE),
        ("text/turtle, text/html", TURTLE),
        ("text/turtle, */*", TURTLE),
        ("*/*, text/turtle", TURTLE),
        ("text/turtle;q=0.1, */*", HTML),
        ("text/html;q=0, */*", TURTLE),
        ("*/*;q=0.5, application/n-triples", NTRIPLES),
        ("application/*;q=0.9, application/ld+json;q=0.2, text/*;q=0.1", NTRIPLES),
        ("text/turtle;q=0", None),
        ("*/*;q=0", None),
        ("*/*;q=0.0, text/turtle", TURTLE),
        ("image/png", None),
        ("application/turtle", None),
        ("text/turtle-star", None),
        ('application/ld+json;profile="a, text/html;q=1"', JSONLD),
        ('application/ld+json;profile="\\",";q=0.4, text/turtle;q=0.5', TURTLE),
        ("text/turtle;charset=utf-8", TURTLE),
        ("text/turtle;charset=utf-8;q=0.3, text/html;q=0.4", HTML),
        ("text/turtle;q=0.3;level=1, text/html;q=0.4", HTML),
        ("text/turtle;q=many, text/html;q=0.4", TURTLE),
        ("text/turtle;q=7, text/html;q=0.4", TURTLE),
        ("text/turtle;q=, text/html;q=0.4", TURTLE),
        ("text/turtle;;q=0.3, text/html;q=0.4", HTML),
    ],
)
def test_choose(accept: str | None, chosen: str | None) -> None:
    assert choose(accept, OURS) == chosen


def test_a_wish_counts_less_than_the_plain_type() -> None:
    accept = "application/ld+json;profile=x;q=0.9, application/ld+json;q=0.1, text/turtle;q=0.5"
    assert choose(accept, [JSONLD, TURTLE]) == TURTLE


def test_a_profile_on_offer_is_told_from_another() -> None:
    offered = ["application/ld+json;profile=a", "application/ld+json;profile=b"]
    assert choose('application/ld+json;profile="b"', offered) == offered[1]
    assert choose('application/ld+json;profile="c"', offered) is None


def test_nothing_on_offer() -> None:
    assert choose("*/*", []) is None
    assert choose(None, []) is None


ranges = st.sampled_from([*OURS, "*/*", "text/*", "application/*", "image/png", "", "x", "text/"])
weights = st.sampled_from(["", ";q=0", ";q=0.000", ";q=0.2", "; Q=0.7", ";q=1", ";a=b;q=0.4", ";q"])
headers = st.lists(st.tuples(ranges, weights).map("".join)).map(", ".join)


@given(st.one_of(st.text(max_size=60), headers))
def test_any_header_has_an_answer(accept: str) -> None:
    assert choose(accept, OURS) in {*OURS, None}
    assert first_named(accept, OURS) in OURS


@given(headers)
def test_what_is_refused_is_never_chosen(accept: str) -> None:
    refused = [kind for kind in OURS if re.search(rf"{re.escape(kind)};q=0(\.0+)?(,|$)", accept)]
    for kind in refused:
        if accept.count(kind) == 1:
            assert choose(accept, OURS) != kind


@given(st.permutations(OURS), st.lists(st.integers(0, 1000), min_size=4, max_size=4, unique=True))
def test_the_largest_weight_wins_wherever_it_stands(
    kinds: list[str], thousandths: list[int]
) -> None:
    accept = ",".join(
        f"{kind};q={number / 1000:.3f}" for kind, number in zip(kinds, thousandths, strict=True)
    )
    assert choose(accept, OURS) == kinds[thousandths.index(max(thousandths))]


@pytest.mark.parametrize(
    "accept",
    [
        "text/turtle;" * 20_000,
        "text/turtle, " * 20_000,
        "," * 100_000,
        'a/b;c="' * 20_000,
        'a/b;c="\\' * 20_000,
        "text/turtle;" + " " * 100_000 + "x",
        ("text/turtle;q=0" + " " * 100) * 1_000,
    ],
    ids=range(7),
)
def test_a_hostile_header_costs_no_more_than_its_length(accept: str) -> None:
    start = time.process_time()
    choose(accept, OURS)
    first_named(accept, OURS)
    assert time.process_time() - start < 2


# --- the rule of hosts -----------------------------------------------------------------------


def named_one_by_one(accept: str) -> str:
    """The same rule as `first_named`, written as plainly as it can be."""
    for element in accept.split(","):
        name, *parameters = (part.strip().lower() for part in element.split(";"))
        if name in OURS and not any(re.fullmatch(r"q=0(\.0*)?", p) for p in parameters):
            return name
    return HTML


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, HTML),
        ("", HTML),
        ("*/*", HTML),
        ("image/png", HTML),
        ("Text/Turtle", TURTLE),
        ("text/turtle;q=0.1, text/html", TURTLE),
        ("text/html, text/turtle", HTML),
        ("application/rdf+xml, application/ld+json, text/turtle", JSONLD),
        ("application/ld+json, text/turtle;q=0.5", JSONLD),
        ("text/turtle-star, text/turtles, xtext/turtle", HTML),
        ("application/ldxjson", HTML),
        ("text/turtle;q=0, application/n-triples", NTRIPLES),
        ("text/turtle ; q=0.0 , application/n-triples", NTRIPLES),
        ("text/turtle;q=0.01, application/n-triples", TURTLE),
        ("text/turtle;seq=0, application/n-triples", TURTLE),
    ],
)
def test_first_named(accept: str | None, chosen: str) -> None:
    assert first_named(accept, OURS) == chosen


@given(headers)
def test_first_named_is_the_plain_rule(accept: str) -> None:
    assert first_named(accept, OURS) == named_one_by_one(accept)


@given(headers)
def test_at_most_one_pattern_fits(accept: str) -> None:
    fitting = [k for k in OURS if re.search(first_named_pattern(k, OURS), accept, re.IGNORECASE)]
    assert len(fitting) <= 1


def test_patterns_need_no_escapes_in_a_configuration() -> None:
    for kind in OURS:
        assert not re.search(r"[\s\"'{}#<>%]", first_named_pattern(kind, OURS))


# --- where they differ -----------------------------------------------------------------------

falling = st.lists(
    st.tuples(st.sampled_from(OURS), st.integers(1, 1000)), min_size=1, unique_by=lambda p: p[0]
)


@given(falling, st.integers(1, 1000))
def test_the_rules_agree_on_headers_in_falling_order(
    named: list[tuple[str, int]], rest: int
) -> None:
    """So a client that names what it wants most first is served alike everywhere."""
    named.sort(key=lambda pair: -pair[1])
    elements = [f"{kind};q={number / 1000:.3f}" for kind, number in named]
    rest = min(rest, named[0][1])
    accept = ", ".join([*elements, f"*/*;q={rest / 1000:.3f}"])
    assert differences([accept], OURS) == ()


def test_differences_among_the_common_headers() -> None:
    found = differences(COMMON_HEADERS.values(), OURS)
    assert found == (
        Difference("text/html;q=0.5, text/turtle", TURTLE, HTML),
        Difference("text/turtle;q=0.1, */*", HTML, TURTLE),
        Difference("application/*", JSONLD, HTML),
        Difference("text/html;q=0, */*", TURTLE, HTML),
        Difference("image/png", None, HTML),
    )


def test_clients_that_people_use_are_served_alike() -> None:
    clients = [
        header
        for name, header in COMMON_HEADERS.items()
        if re.match("a browser|curl|Jena|jsonld|nobody|rdflib", name)
    ]
    assert len(clients) == 8
    assert differences(clients, OURS) == ()
