"""One form for each dataset: whatever the order and the names of blank nodes, the same bytes."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from mesokg.canon import canonical, digest, serialize, serialize_triples
from mesokg.dataset import FORMATS, Dataset, read
from mesokg.errors import InputError
from mesokg.terms import Prefixes
from strategies import prefix_tables, triples, wild_datasets, wild_quads

WITH_GRAPHS = ("nquads", "trig", "jsonld")
WITHOUT = ("turtle", "ntriples", "rdfxml")
chance = st.randoms(use_true_random=False)


def renamed(quads: list[ox.Quad], names: dict[str, str]) -> list[ox.Quad]:
    """The quads with other names for their blank nodes."""

    def fresh(term: object) -> object:
        return ox.BlankNode(names[term.value]) if isinstance(term, ox.BlankNode) else term

    return [ox.Quad(*(fresh(term) for term in quad)) for quad in quads]  # type: ignore[arg-type]


@given(st.lists(wild_quads, max_size=12), chance, st.permutations("abc"))
def test_order_repeats_and_blank_names_do_not_count(
    quads: list[ox.Quad], chance: random.Random, names: list[str]
) -> None:
    other = renamed([*quads, *quads[:3]], dict(zip("abc", names, strict=True)))
    chance.shuffle(other)
    assert canonical(other) == canonical(quads)
    one, two = Dataset(tuple(quads)), Dataset(tuple(other))
    assert digest(one) == digest(two)
    for format in WITH_GRAPHS:
        assert serialize(one, format) == serialize(two, format)


@given(st.lists(wild_quads, max_size=12))
def test_canonical_form_is_its_own(quads: list[ox.Quad]) -> None:
    once = canonical(quads)
    assert canonical(once) == once
    assert len(set(once)) == len(once)
    assert [str(quad) for quad in once] == sorted(str(quad) for quad in once)


@given(st.lists(wild_quads, max_size=6), wild_quads)
def test_one_more_statement_is_another_dataset(quads: list[ox.Quad], more: ox.Quad) -> None:
    if more in quads:
        return
    assert len(canonical([*quads, more])) == len(canonical(quads)) + 1
    assert digest(Dataset((*quads, more))) != digest(Dataset(tuple(quads)))


@pytest.mark.parametrize("format", WITH_GRAPHS)
@given(wild_datasets())
def test_formats_with_graphs_say_everything(format: str, dataset: Dataset) -> None:
    written = serialize(dataset, format)
    back = read(written, format)
    assert canonical(back.quads) == canonical(dataset.quads)
    assert serialize(Dataset(back.quads, dataset.prefixes), format) == written


@pytest.mark.parametrize("format", WITHOUT)
@given(wild_datasets())
def test_formats_without_graphs_say_the_default_graph(format: str, dataset: Dataset) -> None:
    wanted = canonical(ox.Quad(*triple) for triple in dataset.default_graph)
    refusal = ""
    try:
        written = serialize(dataset, format)
    except InputError as error:
        refusal = error.code
    if refusal:
        assert (format, refusal) == ("rdfxml", "not-writable"), "only XML lacks characters"
        return
    assert canonical(read(written, format).quads) == wanted
    assert serialize(Dataset(wanted, dataset.prefixes), format) == written


@given(st.lists(triples, max_size=8), prefix_tables)
def test_other_readers_take_what_is_written(found: list[ox.Triple], table: dict[str, str]) -> None:
    """Without non-ASCII letters and odd dots, which rdflib reads otherwise than the standard."""
    plain = [triple for triple in found if not re.search(r"\.>|[^\x20-\x7e]", str(triple))]
    turtle, lines = (
        rdflib.Graph().parse(data=serialize_triples(plain, format, Prefixes(table)), format=reader)
        for format, reader in (("turtle", "turtle"), ("ntriples", "nt"))
    )
    assert len(turtle) == len(lines) == len(set(plain))


@pytest.mark.parametrize(
    ("turtle", "why"),
    [
        ("<urn:s> <urn:p> '\\u0001' .", "not well-formed"),
        ("<urn:s> <urn:p> 'a\\rb' .", "carriage return"),
        ("<urn:s> <urn:p> '\\uFFFE' .", "not well-formed"),
        ("<urn:s> <http://e/> 1 .", "not well-formed"),
        ("<urn:s> <http://e/1> 1 .", "not well-formed"),
        ("<urn:s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#li> 1 .", "reserved"),
    ],
)
def test_xml_refuses_what_it_cannot_say(turtle: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        serialize(read(turtle), "rdfxml")
    assert caught.value.code == "not-writable"
    assert "nquads" in caught.value.hint


def test_xml_is_xml_for_other_readers() -> None:
    dataset = read("<urn:s> <http://e/p> ' a\\t\\n<&]]>\\u0085\\u2028b ', <http://e/a&b> .")
    data = serialize(dataset, "rdfxml")
    ET.fromstring(data)
    graph = rdflib.Graph().parse(data=data, format="xml")
    assert " a\t\n<&]]>\x85\u2028b " in {str(node) for node in graph.objects()}


def test_json_ld_refuses_terms_of_rdf_12() -> None:
    dataset = read("<urn:s> <urn:p> <<( <urn:a> <urn:b> 1 )>> .")
    with pytest.raises(InputError) as caught:
        serialize(dataset, "jsonld")
    assert caught.value.code == "not-writable"
    for format in ("nquads", "trig", "turtle", "ntriples"):
        assert read(serialize(dataset, format), format).quads == dataset.quads


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_something_in_every_format(format: str) -> None:
    written = serialize(Dataset(()), format)
    assert read(written, format).quads == ()
    assert serialize_triples([], format, Prefixes()) == written


def test_only_prefixes_that_are_used_are_written() -> None:
    table = Prefixes({"e": "http://e/", "f": "http://f/", "a b": "http://g/"})
    dataset = read("<http://e/s> <http://g/p> '1'^^<http://h/t> .")
    turtle = serialize(Dataset(dataset.quads, table), "turtle").decode()
    assert turtle == '@prefix e: <http://e/> .\ne:s <http://g/p> "1"^^<http://h/t> .\n'


def test_digest_tells_literals_apart_as_written() -> None:
    digests = {
        digest(read(f"<urn:s> <urn:p> {literal} ."))
        for literal in ("1", "01", "1.0", "'1'", "'1'@en", "'1'@de")
    }
    assert len(digests) == 6
    assert all(re.fullmatch("[0-9a-f]{64}", found) for found in digests)
    # RDF itself does not tell these apart.
    assert digest(read("<urn:s> <urn:p> 'a'@EN .")) == digest(read("<urn:s> <urn:p> 'a'@en ."))


def test_unknown_format() -> None:
    with pytest.raises(InputError) as caught:
        serialize(Dataset(()), "turtel")
    assert (caught.value.code, caught.value.hint) == ("unknown-format", "did you mean turtle?")
    with pytest.raises(InputError) as caught:
        serialize_triples([], "turtel", Prefixes())
    assert (caught.value.code, caught.value.hint) == ("unknown-format", "did you mean turtle?")


def test_many_blank_nodes_of_every_shape() -> None:
    """A ring, a star and a list: RDFC-1.0 names them alike whatever they were called."""
    ring = "".join(f"_:r{n} <urn:next> _:r{(n + 1) % 5} .\n" for n in range(5))
    star = "".join(f"_:c <urn:ray> _:s{n} .\n" for n in range(5))
    text = f"{ring}{star}<urn:l> <urn:list> (1 [] (2 []) _:c) ."
    shuffled = "\n".join(reversed(f"{ring}{star}".splitlines()))
    other = f"<urn:l> <urn:list> (1 [] (2 []) _:c) . {shuffled}"
    assert digest(read(text)) == digest(read(re.sub(r"_:(\w)", r"_:x\1", other)))
