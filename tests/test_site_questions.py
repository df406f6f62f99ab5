"""Canned queries as questions: the answer that is shown, and the files beside it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from mesokg.cli import main
from mesokg.dataset import load
from mesokg.derived import derive
from mesokg.engine import embed, names_graphs
from mesokg.files import File
from mesokg.project import Project, find
from mesokg.queries import load_queries, query
from mesokg.report import Report
from mesokg.results import results
from mesokg.site.model import Site
from mesokg.site.page import Page
from mesokg.site.questions import INDEX, answer_view, pages, topic, worded
from small_sites import (
    BASE,
    HOSTILE,
    assert_harmless,
    links_of,
    rendered,
    small_site,
    text_of,
    turtle,
)

LABELS = """\
PREFIX meso: <https://w3id.org/mesokg/ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?s ?sLabel { ?s a meso:Claim ; rdfs:label ?sLabel } ORDER BY STR(?s)"""
TWO = ':claim\\/a a meso:Claim ; rdfs:label "A"@en . :claim\\/b a meso:Claim ; rdfs:label "B"@en .'
EMPTY = Report()


def shown(folder: Path, text: str, data: str = TWO, name: str = "q") -> str:
    """The page of a query."""
    site = small_site(folder, data, queries={name: text}, report=EMPTY)
    made = [one for one in pages(site) if isinstance(one, Page)]
    view = answer_view(site, name)
    return rendered(site, [page for page in made if page.path == view.path])[view.path]


@pytest.fixture(scope="module")
def flagship(root: Path) -> Site:
    project = find(root)
    return Site.of(load(project), project, EMPTY)


@pytest.fixture(scope="module")
def made(flagship: Site) -> list[Page | File]:
    return list(pages(flagship))


# --- the answer ------------------------------------------------------------------------------


def test_title_is_the_question_and_the_answer_comes_before_the_query(tmp_path: Path) -> None:
    html = shown(tmp_path, f"#+ question: Which claims are there?\n{LABELS}")
    assert "<h1" in html
    assert html.index("Which claims are there?") < html.index("The answer, in 2 rows")
    assert html.index("The answer, in 2 rows") < html.index("The query in SPARQL")


def test_thing_and_its_name_are_one_column_that_leads_to_its_page(tmp_path: Path) -> None:
    site = small_site(tmp_path, TWO, queries={"q": f"#+ columns: {{s: the claim}}\n{LABELS}"},
                      report=EMPTY)  # fmt: skip
    view = answer_view(site, "q")
    assert [(c.heading, c.names) for c in view.columns] == [("The claim", ("s", "sLabel"))]
    assert [row[0].parts for row in view.rows] == [
        (("A", f"{BASE}claim/a"),),
        (("B", f"{BASE}claim/b"),),
    ]
    page = rendered(site, pages(site))[view.path]
    assert "../claim/a.html" in links_of(page)


def test_columns_that_never_change_in_a_wide_table_are_said_once(tmp_path: Path) -> None:
    text = (
        "SELECT ?a ?b ?c ?d ?e ?f ?g { VALUES (?a ?g) { (1 7) (2 7) } BIND(3 AS ?b) } ORDER BY ?a"
    )
    view = answer_view(small_site(tmp_path, queries={"q": text}, report=EMPTY), "q")
    assert [column.names for column in view.columns] == [("a",)]
    assert {column.names[0] for column, _ in view.same} == set("bcdefg")
    assert {c.names[0]: cell.parts for c, cell in view.same}["g"] == (("7", ""),)


def test_narrow_table_keeps_columns_that_never_change(tmp_path: Path) -> None:
    text = "SELECT ?a ?b { VALUES ?a { 1 2 } BIND(3 AS ?b) } ORDER BY ?a"
    view = answer_view(small_site(tmp_path, queries={"q": text}, report=EMPTY), "q")
    assert (len(view.columns), view.same) == (2, ())


def test_numbers_are_told_from_texts(tmp_path: Path) -> None:
    text = 'SELECT ?n ?t { VALUES (?n ?t) { (1 "1a") (UNDEF "2") } } ORDER BY ?n'
    view = answer_view(small_site(tmp_path, queries={"q": text}, report=EMPTY), "q")
    assert [column.number for column in view.columns] == [True, False]


def test_names_of_records_in_a_text_become_links(tmp_path: Path) -> None:
    data = (
        ':claim\\/a a meso:Claim ; dcterms:identifier "C1" . '
        ':claim\\/b a meso:Claim ; dcterms:identifier "C2" . '
        ':claim\\/x dcterms:identifier "D" . :claim\\/y dcterms:identifier "D" .'
    )
    text = 'SELECT ?ids { VALUES ?ids { "C1; C2" "C1; other" "D" } } ORDER BY ?ids'
    view = answer_view(small_site(tmp_path, data, queries={"q": text}, report=EMPTY), "q")
    assert view.rows[0][0].parts == (("C1", f"{BASE}claim/a"), ("; ", ""), ("C2", f"{BASE}claim/b"))
    assert view.rows[1][0].parts == (("C1; other", ""),)
    assert view.rows[2][0].parts == (("D", ""),)  # which of the two is not known


def test_long_answer_is_cut_on_the_page_and_whole_in_the_file(tmp_path: Path) -> None:
    rows = " ".join(map(str, range(250)))
    text = f"SELECT ?n {{ VALUES ?n {{ {rows} }} }} ORDER BY ?n"
    site = small_site(tmp_path, queries={"q": text}, report=EMPTY)
    found = rendered(site, pages(site))
    assert "The first 100 of 250 rows" in text_of(found["query/q.html"])
    assert found["query/q.csv"].count("\n") == 251
    assert found["query/q.html"].count("<tr>") == 101


def test_certainty_has_dots_and_a_word(flagship: Site) -> None:
    view = answer_view(flagship, "count-claims-by-certainty")
    ranks = {row[0].parts[0][0]: row[0].rank for row in view.rows}
    assert ranks == {"low": 2, "very low": 1, "not rated": 0}


def test_empty_answer_is_said(tmp_path: Path) -> None:
    html = shown(tmp_path, "SELECT ?s { ?s a <http://nowhere.example/> }")
    assert "None. That is an answer too" in text_of(html)
    assert "<table" not in html


@pytest.mark.parametrize(("text", "word"), [("ASK {}", "Yes."), ("ASK { <a:a> <a:a> 1 }", "No.")])
def test_question_for_yes_or_no_has_one_word(tmp_path: Path, text: str, word: str) -> None:
    assert f'<h2 id="answer">{word}</h2>' in shown(tmp_path, text)


def test_triples_are_a_table_and_turtle(tmp_path: Path) -> None:
    site = small_site(
        tmp_path, TWO, queries={"q": "CONSTRUCT { ?s <http://e/p> [] } { ?s a ?c }"}, report=EMPTY
    )
    found = rendered(site, pages(site))
    assert {"query/q.result.ttl", "query/q.result.nt", "query/q.rq"} <= found.keys()
    assert "statements" in text_of(found["query/q.html"])
    assert "query/q.csv" not in found


# --- what goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT * {", "queries/q.rq:1"),
        ("#+ question: [open\nASK {}", "the header is no YAML"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", ""),
    ],
)
def test_query_that_fails_says_why_and_has_no_result(tmp_path: Path, text: str, says: str) -> None:
    site = small_site(tmp_path, TWO, queries={"q": text}, report=EMPTY)
    found = rendered(site, pages(site))
    said = text_of(found["query/q.html"])
    assert "This could not be answered" in said
    assert says in said
    assert not {"query/q.csv", "query/q.json"} & found.keys()
    assert "no answer" in text_of(found[INDEX])


def test_query_that_needs_a_value_asks_for_it(tmp_path: Path) -> None:
    header = "#+ params: {what: {type: string, required: true, about: a word}}\n"
    html = shown(tmp_path, f'{header}SELECT ?s {{ VALUES ?what {{ "x" }} ?s ?p ?what }}')
    assert "needs a value for what" in text_of(html)
    assert "mesokg query q -p what=…" in text_of(html)


def test_command_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    html = shown(tmp_path, "ASK {}", name="it's & $(this)")
    assert """mesokg query 'it'"'"'s & $(this)'""" in text_of(html)


def test_nothing_of_a_query_or_of_data_runs(tmp_path: Path) -> None:
    text = (
        f"#+ question: {json.dumps(HOSTILE)}\n#+ summary: {json.dumps(HOSTILE)}\n"
        f"#+ tags: [{json.dumps(HOSTILE)}]\n#+ columns: {{s: {json.dumps(HOSTILE)}}}\n"
        "SELECT ?s ?sLabel (<javascript:alert(1)> AS ?j) (<data:text/html,x> AS ?d) "
        '("</pre><script>" AS ?t) { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?sLabel '
        'FILTER(STRSTARTS(STR(?s), "https://example.org/")) } ORDER BY STR(?s)'
    )
    data = f':claim\\/a a meso:Claim ; rdfs:label "{turtle(HOSTILE)}" .'
    site = small_site(tmp_path, data, queries={"q": text, "<b>": "ASK {}"}, report=EMPTY)
    for path, html in rendered(site, pages(site)).items():
        if path.endswith(".html"):
            assert_harmless(html)
    assert HOSTILE in rendered(site, pages(site))["query/q.html"].replace("&lt;", "<").replace(
        "&gt;", ">"
    ).replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")


def test_name_from_right_to_left_is_isolated_from_its_line(tmp_path: Path) -> None:
    html = shown(tmp_path, LABELS, ':claim\\/a a meso:Claim ; rdfs:label "שמן"@he .')
    assert "<bdi>שמן</bdi>" in html


def test_graph_without_anything_of_its_own_has_all_questions(tmp_path: Path) -> None:
    site = small_site(tmp_path, report=EMPTY)
    found = rendered(site, pages(site))
    assert (
        len([path for path in found if path.endswith(".html")])
        == len(load_queries(site.project)) + 1
    )


# --- parameters, groups and links ----------------------------------------------------------------


def test_choice_names_its_values_in_order_and_asks_for_them(flagship: Site) -> None:
    choices = {choice.name: choice for choice in answer_view(flagship, "list-benefits").choices}
    labels = [label for label, _ in choices["certainty"].values]
    assert labels == ["high", "moderate", "low", "very low", "not rated"]
    asked = parse_qs(choices["certainty"].values[0][1])
    assert asked == {
        "query": ["list-benefits"],
        "p.certainty": ["https://w3id.org/mesokg/certainty/high"],
    }


def test_choice_of_many_things_names_their_class(flagship: Site) -> None:
    choice = answer_view(flagship, "list-claims-about").choices[0]
    assert (choice.values, choice.of) == ((), "https://w3id.org/mesokg/ns#Entity")
    assert choice.number > 12


def test_default_is_said_by_its_name(flagship: Site) -> None:
    choice = answer_view(flagship, "compare-years").choices[0]
    assert choice.default == "no"


def test_link_to_the_editor_names_the_question(flagship: Site, made: list[Page | File]) -> None:
    view = answer_view(flagship, "list-harms")
    page = next(p for p in made if isinstance(p, Page) and p.path == view.path)
    links = links_of(rendered(flagship, [page])[view.path])
    editor = [parse_qs(urlsplit(link).fragment) for link in links if "/sparql.html#" in link]
    assert {"query": ["list-harms"]} in editor


def test_every_question_has_one_place_in_the_list(flagship: Site, made: list[Page | File]) -> None:
    index = next(p for p in made if isinstance(p, Page) and p.path == INDEX)
    listed = [link for link in links_of(rendered(flagship, [index])[INDEX]) if "query/" in link]
    assert sorted(listed) == sorted(f"query/{name}.html" for name in load_queries(flagship.project))


def test_curators_questions_stand_apart_whatever_else_they_are_about() -> None:
    assert topic(["evidence", "curation"]) != topic(["evidence"])
    assert topic(["of-this-project"]) == "More questions"


def test_worded_questions_leave_out_what_cannot_be_read(tmp_path: Path) -> None:
    queries = {"bad": "#+ question: [\nASK {}", "good": "#+ question: Is it?\nASK {}"}
    found = worded(small_site(tmp_path, queries=queries, report=EMPTY))
    assert (f"{BASE}query/good", "Is it?") in found
    assert f"{BASE}query/bad" not in dict(found)


# --- page and command line -----------------------------------------------------------------------


FORMATS = {".csv": "csv", ".json": "json", ".result.ttl": "turtle", ".result.nt": "ntriples"}


def test_files_are_what_the_command_line_works_out(
    flagship: Site, made: list[Page | File], root: Path
) -> None:
    files = {one.path: one.data for one in made if isinstance(one, File)}
    dataset = load(find(root))
    plain, whole = embed(dataset, named=False), embed(derive(dataset))
    compared = 0
    for name, one in load_queries(flagship.project).items():
        answer = query(whole if names_graphs(one.text) else plain, one, {}, dataset.prefixes)
        for end, form in FORMATS.items():
            if f"query/{name}{end}" in files:
                expected = results(answer, form, dataset.prefixes)
                assert files[f"query/{name}{end}"] == expected, f"{name}{end}"
                compared += 1
    assert compared == 2 * len(load_queries(flagship.project))


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("list-graphs", ".csv"),
        ("ask-everything-anchored", ".json"),
        ("construct-cito", ".result.ttl"),
    ],
)
def test_files_are_what_the_command_line_prints(
    made: list[Page | File], root: Path, name: str, end: str
) -> None:
    files = {one.path: one.data for one in made if isinstance(one, File)}
    arguments = ["-C", str(root), "query", name, "-f", FORMATS[end]]
    done = CliRunner().invoke(main, arguments)
    assert done.stdout_bytes == files[f"query/{name}{end}"]


def test_query_file_is_the_query(flagship: Site, made: list[Page | File]) -> None:
    files = {one.path: one.data for one in made if isinstance(one, File)}
    one = load_queries(flagship.project)["list-harms"]
    assert files["query/list-harms.rq"].decode() == one.text


def test_two_builds_are_the_same(root: Path, flagship: Site, made: list[Page | File]) -> None:
    project: Project = find(root)
    again = Site.of(load(project), project, EMPTY)
    assert rendered(again, pages(again)) == rendered(flagship, made)
