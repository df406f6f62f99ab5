"""The evidence map, the comparison and the gaps of a site: what they show is what the data say."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import mesokg
from mesokg.engine import Table
from mesokg.pictures import Way
from mesokg.queries import load_queries, query
from mesokg.report import Report
from mesokg.results import results
from mesokg.site import build_site, compare, evidence_map, gaps
from mesokg.site.evidence import all_claims
from mesokg.site.graphs import claims_of_mechanism, mechanism_graph, provenance_graph
from mesokg.site.model import Site
from mesokg.site.templating import Templates

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "second-project"
OURS = (evidence_map, compare, gaps)
ATTACK = '\\"><script>alert(1)</script><img src=x onerror=alert(1)>'

HEAD = """
@prefix c: <https://e.org/claim/> . @prefix o: <https://e.org/outcome/> .
@prefix t: <https://e.org/treatment/> . @prefix meso: <https://w3id.org/mesokg/ns#> .
@prefix certainty: <https://w3id.org/mesokg/certainty/> .
@prefix direction: <https://w3id.org/mesokg/direction/> .
@prefix hedge: <https://w3id.org/mesokg/hedge/> . @prefix kind: <https://w3id.org/mesokg/kind/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://e.org/article/a> a meso:Article ; dcterms:title "An article"@en ; meso:length 1000 .
"""
CLAIM = """
c:{name} a meso:Claim ; meso:statedIn <https://e.org/article/a> ; meso:start {start} ;
  meso:end {end} ; rdfs:label "{label}"@en ; meso:subject t:{subject} ;
  meso:relation meso:increases ; meso:object o:{target} ; meso:kind kind:{kind} ;
  meso:direction direction:{direction} ; meso:hedge hedge:asserted .
"""


def site_of(folder: Path) -> Site:
    project = mesokg.find(folder)
    return Site.of(mesokg.load(project), project, Report(()))


@cache
def flagship() -> Site:
    return site_of(ROOT)


@cache
def example() -> Site:
    return site_of(EXAMPLE)


def written(folder: Path, turtle: str) -> Path:
    """A project of one file."""
    (folder / "mesokg.toml").write_text(
        '[project]\nname = "p"\ntitle = "P"\nbase = "https://e.org/"\n[files]\ndata = ["*.ttl"]\n',
        "utf-8",
    )
    (folder / "data.ttl").write_text(HEAD + turtle, "utf-8")
    return folder


def treatment(name: str, label: str) -> str:
    return f't:{name} a meso:Treatment , skos:Concept ; skos:prefLabel "{label}"@en .\n'


def outcome(name: str, label: str) -> str:
    return f'o:{name} a meso:Outcome , skos:Concept ; skos:prefLabel "{label}"@en .\n'


def claim(name: str, subject: str = "a", target: str = "x", **more: object) -> str:
    usual = {"kind": "benefit", "direction": "supports", "label": name, "start": 0, "end": 10}
    return CLAIM.format(**usual | {"name": name, "subject": subject, "target": target} | more)


def files_of(site: Site) -> dict[str, str]:
    """All files of the three modules, with their pages as the site writes them."""
    templates = Templates(site)
    made = {page.path: templates.render(page) for part in OURS for page in part.pages(site)}
    made |= {file.path: file.data for part in OURS for file in part.files(site)}
    return {path: data.decode() for path, data in made.items()}


@pytest.fixture(scope="module")
def site_files() -> dict[str, str]:
    return files_of(flagship())


def links_within(page: str) -> Iterator[str]:
    yield from re.findall(r'href="#([^"]*)"', page)


# --- the map is the answer --------------------------------------------------------------------


@pytest.mark.parametrize("site", [flagship, example])
def test_the_map_draws_the_whole_answer_of_its_query(site: object) -> None:
    one: Site = site()  # type: ignore[operator]
    table = query(one.engine, load_queries(one.project)[evidence_map.QUERY], {}, one.prefixes)
    assert isinstance(table, Table)
    said = sum(int(str(row[name].value)) for row in table for name in _COUNTS if row[name])  # type: ignore[misc,union-attr]
    found = evidence_map.entries(one)
    assert said == sum(entry.count for entry in found) > 0
    drawn = [e for page in evidence_map.pages(one) for e in _entries_on(page.context)]
    assert sorted(drawn, key=repr) == sorted(found, key=repr)


_COUNTS = ("supports", "disputes", "undecided")


def _entries_on(context: object) -> Iterator[evidence_map.Entry]:
    for figure in context["figures"]:  # type: ignore[index]
        yield from (entry for _, entry in figure.lines)


@pytest.mark.parametrize("site", [flagship, example])
def test_the_claims_behind_a_mark_are_as_many_as_the_answer_says(site: object) -> None:
    one: Site = site()  # type: ignore[operator]
    for entry in evidence_map.entries(one):
        assert entry.count == len(entry.claims)
        assert {claim.way for claim in entry.claims} == {entry.way}


def test_the_file_of_the_map_is_the_answer(site_files: dict[str, str]) -> None:
    site = flagship()
    table = query(site.engine, load_queries(site.project)[evidence_map.QUERY], {}, site.prefixes)
    assert site_files["map.csv"].encode() == results(table, "csv", site.prefixes)


def test_links_on_the_map_lead_somewhere(site_files: dict[str, str]) -> None:
    for path in ("map.html", "gaps.html", "compare.html"):
        page = site_files[path]
        ids = set(re.findall(r' id="([^"]*)"', page))
        assert set(links_within(page)) <= ids, path
    assert 'href="#effects-' in site_files["map.html"]
    made = {f.path for f in build_site(flagship().written, flagship().project, Report(()))}
    for path in site_files:
        if path.endswith((".html", ".svg")):
            above = "" if "/" not in path else "map/"
            for href in re.findall(r'(?<![\w-])href="([^"#:]+)["#]', site_files[path]):
                target = re.sub(r"[^/]+/\.\./", "", above + href)
                assert target in made, (path, href)


def test_each_picture_has_its_table_query_data_and_file(site_files: dict[str, str]) -> None:
    page = site_files["map.html"]
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert len(figures) == 3
    for figure in figures:
        assert "How this was made" in figure
        assert re.search(r'href="map[\w/]*\.csv"', figure)
        for svg in re.findall(r'href="(map/\w+\.svg)"', figure):
            assert svg in site_files
    assert [figure.count("<table>") for figure in figures] == [1, 1, 1]
    graph = mechanism_graph(flagship(), claims_of_mechanism(flagship()), "map.html")
    assert figures[2].count("<tr>") == sum(bool(edge.href) for edge in graph.edges) + 1


def test_best_certainty_is_said_to_be_the_best_if_others_have_less(tmp_path: Path) -> None:
    turtle = (
        treatment("a", "A")
        + outcome("x", "X")
        + claim("c1")
        + claim("c2")
        + (
            "<https://e.org/assessment/1> a meso:Assessment ; meso:assesses c:c1 ; "
            'meso:certainty certainty:low ; rdfs:comment "One study."@en .'
        )
    )
    (entry,) = evidence_map.entries(site_of(written(tmp_path, turtle)))
    assert (entry.rank, entry.certainty, entry.reason) == (2, "low at best", "One study.")


def test_two_articles_may_use_one_number(tmp_path: Path) -> None:
    """The query names claims by their numbers; links go by IRIs."""
    numbered = 'c:c1 dcterms:identifier "C1" . c:c2 dcterms:identifier "C1" .'
    turtle = treatment("a", "A") + outcome("x", "X") + claim("c1") + claim("c2", kind="harm")
    found = evidence_map.entries(site_of(written(tmp_path, turtle + numbered)))
    assert {(e.way, e.claims[0].iri) for e in found} == {
        (Way.BENEFIT, "https://e.org/claim/c1"),
        (Way.HARM, "https://e.org/claim/c2"),
    }


def test_a_large_map_is_spread_over_pages(tmp_path: Path) -> None:
    rows, columns = range(60), range(20)
    kinds = ("benefit", "harm", "controversy")
    parts = [treatment(f"t{i}", f"treatment {i:02}") for i in rows]
    parts += [outcome(f"o{j}", f"outcome {j:02}") for j in columns]
    parts += [
        claim(f"c{i}-{j}-{kind}", f"t{i}", f"o{j}", kind=kind)
        for i in rows
        for j in columns
        for n, kind in enumerate(kinds)
        if (i * 7 + j * 3 + n * 5) % 2
    ]
    site = site_of(written(tmp_path, "".join(parts)))
    found = evidence_map.entries(site)
    assert len(found) > 1500
    pages = list(evidence_map.pages(site))
    assert [page.path for page in pages][:2] == ["map.html", "map-2.html"]
    drawn = [entry for page in pages for entry in _entries_on(page.context)]
    assert len(drawn) == len(set(drawn)) == len(found)
    for page in pages:
        figures = page.context["figures"]
        assert isinstance(figures, list)
        assert sum(len(figure.lines) for figure in figures) <= 300
        assert all(len(figure.part.columns) <= 10 for figure in figures)
        # A row stands in every figure of its page, so that its gaps show.
        assert len({figure.part.rows for figure in figures}) == 1
    names = [f.path for f in evidence_map.files(site)]
    assert len(names) == len(set(names))


def test_a_very_wide_map_leaves_out_rows_of_which_it_says_nothing(tmp_path: Path) -> None:
    turtle = "".join(treatment(f"t{i}", f"T{i}") for i in range(3))
    turtle += "".join(
        outcome(f"o{j}", f"O{j}") + claim(f"c{j}", f"t{j % 3}", f"o{j}") for j in range(300)
    )
    site = site_of(written(tmp_path, turtle))
    figures = [f for page in evidence_map.pages(site) for f in page.context["figures"]]  # type: ignore[attr-defined]
    assert len(figures) == 30
    for figure in figures:
        assert {(e.subject, e.agent) for _, e in figure.lines} == set(figure.part.rows)
    assert "Rows without a claim in these columns are left out." in files_of(site)["map.html"]
    names = [file.path for file in evidence_map.files(site)]
    assert len(names) == len(set(names)) == 33


# --- steps and sources ------------------------------------------------------------------------


def test_every_step_that_is_claimed_is_a_line_to_its_claim() -> None:
    site = flagship()
    steps = claims_of_mechanism(site)
    graph = mechanism_graph(site, steps, "map.html")
    hrefs = {edge.href for edge in graph.edges}
    assert {site.addresses.link("map.html", claim.iri) for claim in steps} <= hrefs
    for edge in graph.edges:
        assert {edge.source, edge.target} <= {node.key for node in graph.nodes}


def test_that_no_mechanism_is_stated_is_a_node_between(tmp_path: Path) -> None:
    turtle = treatment("a", "A") + outcome("x", "X") + claim("c1")
    site = site_of(written(tmp_path, turtle))
    graph = mechanism_graph(site, all_claims(site), "map.html")
    assert {(n.label, n.column, n.missing) for n in graph.nodes} == {
        ("A", 0, False),
        ("X", 2, False),
        ("no mechanism stated", 1, True),
    }
    assert [(e.label, e.way, bool(e.href)) for e in graph.edges] == [
        ("", Way.OTHER, False),
        ("increases", Way.BENEFIT, True),
    ]


def test_a_mechanism_that_is_stated_stands_in_the_middle(tmp_path: Path) -> None:
    turtle = (
        treatment("a", "A") + outcome("x", "X") + claim("c1", kind="mechanism")
        + "o:x a meso:Mechanism ."
    )  # fmt: skip
    graph = mechanism_graph(
        site := site_of(written(tmp_path, turtle)), all_claims(site), "map.html"
    )
    assert {n.label: n.column for n in graph.nodes} == {"A": 0, "X": 1}


def test_of_too_many_steps_those_without_a_mechanism_are_left_out_and_counted(
    tmp_path: Path,
) -> None:
    turtle = "".join(outcome(f"x{i}", f"X{i}") + claim(f"c{i}", target=f"x{i}") for i in range(70))
    site = site_of(written(tmp_path, turtle + treatment("a", "A")))
    graph = mechanism_graph(site, all_claims(site), "map.html")
    assert (graph.nodes, graph.left_out) == (
        (),
        "70 claims that state no mechanism are not drawn.",
    )
    made = files_of(site)
    assert graph.left_out in made["map.html"]
    assert made["map/steps.csv"].count("increases") == 70
    # With a focus, what lies nearest is drawn.
    near = mechanism_graph(site, all_claims(site), "x.html", focus="https://e.org/treatment/a")
    assert len(near.nodes) == 72


def test_a_claim_leads_to_every_work_it_rests_on() -> None:
    site = flagship()
    for one in all_claims(site):
        graph = provenance_graph(site, one, "claim/x.html")
        keys = {node.key for node in graph.nodes}
        assert set(one.works) <= keys
        assert len([e for e in graph.edges if e.source == one.iri]) >= max(len(one.evidence), 1)
        if not one.evidence:
            assert "nothing is cited" in {node.label for node in graph.nodes}


# --- side by side -----------------------------------------------------------------------------


def test_every_cell_of_the_comparison_has_an_answer(site_files: dict[str, str]) -> None:
    for page in compare.pages(flagship()):
        things, rows = page.context["things"], page.context["rows"]
        assert isinstance(things, list)
        assert isinstance(rows, tuple)
        for row in rows:
            assert len(row.cells) == len(things)
            assert all(cell.items or cell.empty for cell in row.cells)
    assert "no harm claimed; that is not to say there is none" in site_files["compare.html"]


def test_the_comparison_counts_as_the_query_does(site_files: dict[str, str]) -> None:
    site = flagship()
    table = query(site.engine, load_queries(site.project)["list-treatments"], {}, site.prefixes)
    assert isinstance(table, Table)
    counted = {str(row["treatment"].value): str(row["claims"].value) for row in table}  # type: ignore[union-attr]
    rows = list(csv.DictReader(io.StringIO(site_files["compare.csv"])))
    assert {row["thing"]: row["claims"] for row in rows} == counted


def test_everything_that_is_compared_stands_on_some_page_and_in_the_file(
    site_files: dict[str, str],
) -> None:
    rows = list(csv.DictReader(io.StringIO(site_files["compare.csv"])))
    things = [t.iri for page in compare.pages(flagship()) for t in page.context["things"]]  # type: ignore[attr-defined]
    assert things == [row["thing"] for row in rows]
    assert {f"compare-{n}.html" for n in (2, 3, 4, 5)} <= set(site_files)


def test_a_long_cell_is_cut_and_says_how_much(tmp_path: Path) -> None:
    turtle = treatment("a", "A") + outcome("x", "X")
    turtle += "".join(claim(f"c{i}", start=i) for i in range(50))
    made = files_of(site_of(written(tmp_path, turtle)))
    assert "and 44 more" in made["compare.html"]
    assert made["compare.csv"].count("c49") == 1


# --- gaps -------------------------------------------------------------------------------------


def sections(site: Site) -> dict[str, gaps.Section]:
    (page,) = gaps.pages(site)
    found = page.context["sections"]
    assert isinstance(found, tuple)
    return {section.slug: section for section in found}


@pytest.mark.parametrize(
    ("slug", "name", "column"),
    [
        ("said", "list-gaps", "claim"),
        ("sources", "list-claims-without-evidence", "claim"),
        ("tested", "list-untested-agents", "agent"),
        ("traced", "list-unresolved-references", "reference"),
    ],
)
@pytest.mark.parametrize("site", [flagship, example])
def test_a_list_of_gaps_is_the_answer_of_its_query(
    site: object, slug: str, name: str, column: str
) -> None:
    one: Site = site()  # type: ignore[operator]
    table = query(one.engine, load_queries(one.project)[name], {}, one.prefixes)
    assert isinstance(table, Table)
    found = {str(row[column].value) for row in table}  # type: ignore[union-attr]
    section = sections(one)[slug]
    assert {gap.iri for gap in section.gaps} == found
    assert f"{one.base}query/{name}" in {iri for iri, _ in section.queries}


def test_empty_cells_are_those_of_the_map() -> None:
    site = flagship()
    page = next(evidence_map.pages(site))
    figure = page.context["figures"][0]  # type: ignore[index]
    assert f"Of {figure.cells} pairs" in sections(site)["empty"].sentence
    assert f" {figure.empty} have no claim" in sections(site)["empty"].sentence


def test_an_effect_is_explained_by_a_mechanism_or_by_another_claim(tmp_path: Path) -> None:
    turtle = treatment("a", "A") + outcome("x", "X") + claim("c1") + claim("c2", kind="harm")
    explained = (
        "c:c3 a meso:Claim ; meso:statedIn <https://e.org/article/a> ; meso:subject c:c2 ; "
        "meso:relation meso:explains ; meso:object c:c1 ; meso:kind kind:mechanism ; "
        "meso:direction direction:supports ."
    )
    section = sections(site_of(written(tmp_path, turtle + explained)))["mechanism"]
    assert [gap.iri for gap in section.gaps] == ["https://e.org/claim/c2"]
    assert section.sentence.startswith("1 of 2 claims")


def test_silence_about_harm_is_a_gap(tmp_path: Path) -> None:
    turtle = treatment("a", "A") + treatment("b", "B") + outcome("x", "X")
    turtle += claim("c1") + claim("c2", "b") + claim("c3", "b", kind="harm")
    section = sections(site_of(written(tmp_path, turtle)))["one-sided"]
    assert [gap.words for gap in section.gaps] == ["A"]


def test_without_the_text_only_letters_are_counted(tmp_path: Path) -> None:
    turtle = treatment("a", "A") + outcome("x", "X")
    turtle += claim("c1", start=0, end=200) + claim("c2", start=100, end=250)
    (gap,) = sections(site_of(written(tmp_path, turtle)))["text"].gaps
    assert gap.more.startswith("claims stand for 25 % of its 1\N{NO-BREAK SPACE}000 characters")


def test_with_the_text_sentences_without_a_claim_are_counted(tmp_path: Path) -> None:
    site = site_of(written(tmp_path, treatment("a", "A") + claim("c1", start=15, end=20)))
    text = "It rains. Ferns, e.g. old ones, grow! Do they?\n\nNobody knows (yet)."
    object.__setattr__(site, "texts", {"https://e.org/article/a": text})
    (gap,) = sections(site)["text"].gaps
    assert gap.more == "3 of 4 sentences make no claim"


# --- bad input --------------------------------------------------------------------------------


def test_a_project_without_claims_has_pages_that_say_so(tmp_path: Path) -> None:
    made = files_of(site_of(written(tmp_path, "")))
    assert "There is no claim yet" in made["map.html"]
    assert "No claim speaks of a treatment" in made["compare.html"]
    assert "There are no claims yet." in made["gaps.html"]


def test_hostile_labels_do_nothing(tmp_path: Path) -> None:
    label = ATTACK + "\\u202E" + "w" * 300
    turtle = treatment("a", label) + outcome("x", label) + claim("c1", label=label)
    turtle += claim("c2", label=label, kind="gap") + claim("c3", label=label, kind="mechanism")
    made = files_of(site_of(written(tmp_path, turtle)))
    for path, text in made.items():
        if not path.endswith(".csv"):
            assert "<script>alert" not in text, path
            assert "<img" not in text, path
    assert "&lt;script&gt;" in made["map.html"]


def test_things_without_a_name_and_with_two_are_shown(tmp_path: Path) -> None:
    turtle = (
        "t:a a meso:Treatment , skos:Concept . " + outcome("x", "X")
        + 'o:x skos:prefLabel "X again"@en .' + claim("c1")
    )  # fmt: skip
    site = site_of(written(tmp_path, turtle))
    assert {e.target for e in evidence_map.entries(site)} == {"https://e.org/outcome/x"}
    assert ">a<" in files_of(site)["map.html"]


def test_the_same_data_in_another_order_give_the_same_bytes(tmp_path: Path) -> None:
    parts = [treatment("a", "A"), treatment("b", "B"), outcome("x", "X"), outcome("y", "X")]
    parts += [claim("c1"), claim("c2", "b", kind="harm"), claim("c3", "b", "y", kind="gap")]
    made = []
    for name, order in (("one", parts), ("two", parts[::-1])):
        (tmp_path / name).mkdir()
        site = site_of(written(tmp_path / name, "".join(order)))
        made.append(files_of(site))
    assert made[0] == made[1]
