"""From release to release: what folders of releases say, and nothing that they do not say."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from mesokg.pictures import trend
from mesokg.report import Finding, NotRun, Report, Severity, Waived
from mesokg.site import claims, quality
from mesokg.site.history import Past, claim_history, numbers_now, past
from mesokg.terms import SHAPES
from small_sites import BASE, HOSTILE, assert_harmless, links_of, rendered, small_site, text_of

CLAIM = "<https://w3id.org/mesokg/ns#Claim>"
WORK = "<https://w3id.org/mesokg/ns#Work>"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
EARL = rdflib.Namespace("http://www.w3.org/ns/earl#")
DATA = (
    ':claim\\/a a meso:Claim ; rdfs:label "Tea helps."@en . '
    ':claim\\/b a meso:Claim ; rdfs:label "Ale harms."@en . '
    ':work\\/w a meso:Work ; <http://purl.org/ontology/bibo/doi> "10.1000/1" .'
)


def release(
    version: str, claims: str, *, previous: str = "", told: object = (), findings: int = 0
) -> dict[str, str]:
    """The files of a release that holds these claims and one work whose DOI nobody saw."""
    work = f"<{BASE}work/w>"
    doi = "<http://purl.org/ontology/bibo/doi>"
    quads = [f"<{BASE}claim/{one}> {TYPE} {CLAIM} <{BASE}graph/g> .\n" for one in claims]
    quads += [
        f"{work} {TYPE} {WORK} <{BASE}graph/g> .\n",
        f'{work} {doi} "10.1000/1" <{BASE}graph/g> .\n',
        f"{work} <https://w3id.org/mesokg/ns#unverified> {doi} <{BASE}graph/g> .\n",
    ]
    about = {
        "project": {"base": BASE},
        "release": {"version": version, "issued": "2026-01-02", "previous": previous},
        "dataset": {"quads": len(quads)},
        "files": [],
    }
    folder = f"release/{version}"
    return {
        f"{folder}/index.json": json.dumps(about),
        f"{folder}/data/dataset.nq": "".join(quads),
        f"{folder}/changes.json": json.dumps({"changes": told}),
        f"{folder}/report.json": json.dumps({"summary": {"violation": 0, "warning": findings}}),
    }


def change(iri: str, text: str, kind: str = "changed") -> dict[str, str]:
    return {"iri": iri, "text": text, "kind": kind}


def page(folder: Path, files: dict[str, str], report: Report | None = None) -> str:
    site = small_site(folder, DATA, files=files, report=report or Report(rules=1))
    return rendered(site, quality.pages(site))["quality.html"]


# --- in numbers -------------------------------------------------------------------------------


def test_releases_in_numbers_the_oldest_first(tmp_path: Path) -> None:
    files = release("1.10.0", "ab", findings=3) | release("1.9.0", "a", findings=5)
    site = small_site(tmp_path, DATA, files=files, report=Report(rules=1))
    assert past(site) == (
        Past("1.9.0", "2026-01-02", "v1.9.0", 1, 1, 0, 5),
        Past("1.10.0", "2026-01-02", "v1.10.0", 2, 1, 0, 3),
    )
    now = numbers_now(site)
    assert (now.claims, now.sources, now.identified, now.findings) == (2, 1, 1, 0)


def test_what_was_not_checked_is_not_zero(tmp_path: Path) -> None:
    files = release("1.0.0", "a")
    del files["release/1.0.0/report.json"]
    site = small_site(tmp_path, DATA, files=files, report=Report())
    assert past(site)[0].findings == numbers_now(site).findings == -1
    text = text_of(rendered(site, quality.pages(site))["quality.html"])
    assert text.count("not known") == 2


def test_no_release_says_nothing(tmp_path: Path) -> None:
    html = page(tmp_path, {})
    assert 'id="trend"' not in html
    assert "release to release" not in html


def test_one_release_is_no_trend(tmp_path: Path) -> None:
    html = page(tmp_path, release("1.0.0", "a"))
    assert "There is one release so far; a trend needs two." in text_of(html)
    assert "<svg" not in html
    assert "releases.html#v1.0.0" in links_of(html)


def test_trend_has_a_table_that_says_the_same(tmp_path: Path) -> None:
    html = page(tmp_path, release("1.0.0", "a", findings=7) | release("1.1.0", "ab", findings=4))
    assert html.count("<svg") == 3
    text = text_of(html)
    assert "Findings, violations and warnings: 7 in 1.0.0, 4 in 1.1.0" in text
    cells = text_of(html.replace("<td", " <td"))
    assert "1.1.0 2026-01-02 2 4 1 0" in cells
    assert "This site not released 2 0 1 1" in cells


def test_picture_starts_at_zero_and_names_itself() -> None:
    svg = trend("Tea", [("a", 0), ("b", 100), ("c", 50)], "t")
    points = [part.split() for part in svg.split('d="M')[2].split('"')[0].split("L")]
    heights = [float(y) for _, y in points]
    assert heights[0] - heights[1] == 2 * (heights[2] - heights[1])
    assert 'aria-labelledby="t"' in svg
    assert "Tea: 0 in a, 100 in b, 50 in c" in svg


def test_long_trend_writes_only_what_stands_out() -> None:
    svg = trend("Tea", [(f"v{n}", 10 + n) for n in range(30)], "t")
    assert svg.count('class="count"') == 2
    assert "<script" not in trend(HOSTILE, [(HOSTILE, 1), ("b", 2)], "t")


@pytest.mark.parametrize("text", ["", "[1", "no quads", "<a", "\x00"])
def test_damaged_release_is_passed_over(tmp_path: Path, text: str) -> None:
    files = release("1.0.0", "a") | {
        "release/1.0.0/data/dataset.nq": f"ns#Claim> {text}\n",
        "release/1.0.0/changes.json": text,
        "release/1.0.0/report.json": text,
    }
    assert 'id="trend"' not in page(tmp_path, files)


def test_nothing_of_a_release_runs(tmp_path: Path) -> None:
    files = {}
    for path, text in (release("1.0.0", "a") | release("1.1.0", "ab")).items():
        hostile = json.dumps(HOSTILE)[1:-1]
        files[path] = text.replace("2026-01-02", hostile).replace('"1.1.0"', f'"2 {hostile}"')
    assert_harmless(page(tmp_path, files))


# --- of one claim -----------------------------------------------------------------------------


def history(folder: Path, files: dict[str, str], claim: str) -> list[tuple[str, str]]:
    site = small_site(folder, DATA, files=files, report=Report(rules=1))
    return [(step.words, step.version) for step in claim_history(site, f"{BASE}claim/{claim}")]


def test_claim_tells_when_it_came_and_what_became_of_it(tmp_path: Path) -> None:
    told = [change(f"{BASE}claim/a", "Evidence for “Tea helps.” went from low to very low."),
            change(f"{BASE}claim/a", "New claim.", "added"), change(f"{BASE}x", "No.")]  # fmt: skip
    files = release("1.0.0", "a") | release("1.1.0", "ab", previous="1.0.0", told=told)
    assert history(tmp_path / "one", files, "a") == [
        ("First in version", "1.0.0"),
        ("Evidence for “Tea helps.” went from low to very low.", "1.1.0"),
    ]
    assert history(tmp_path / "two", files, "b") == [("First in version", "1.1.0")]


def test_what_came_before_the_known_releases_is_not_called_first(tmp_path: Path) -> None:
    files = release("1.1.0", "a", previous="1.0.0")
    assert history(tmp_path / "one", files, "a") == [("Already in version", "1.1.0")]
    assert history(tmp_path / "two", files, "b") == [
        ("Not in a release yet; the newest is", "1.1.0")
    ]


def test_claim_page_without_history_says_nothing(tmp_path: Path) -> None:
    site = small_site(tmp_path, DATA, report=Report())
    made = rendered(site, claims.pages(site))
    assert "History" not in made["claim/a.html"]


def test_claim_page_has_history_and_a_quotation_to_take(tmp_path: Path) -> None:
    told = [change(f"{BASE}claim/a", HOSTILE)]
    files = release("1.0.0", "a") | release("1.1.0", "a", previous="1.0.0", told=told)
    data = DATA.replace("Tea helps.", "Tea <i>helps</i> & more.")
    site = small_site(tmp_path, data, files=files, report=Report())
    html = rendered(site, claims.pages(site))["claim/a.html"]
    assert_harmless(html)
    assert "First in version 1.0.0" in text_of(html)
    assert "../releases.html#v1.1.0" in links_of(html)
    snippet = html.split('class="take"')[1].split("</pre>")[0]
    assert "<" not in snippet.split(">", 1)[1]
    assert f"&lt;a href=&#34;{BASE}claim/a&#34;&gt;" in snippet
    assert "Tea &amp;lt;i&amp;gt;helps&amp;lt;/i&amp;gt; &amp;amp; more." in snippet


# --- the checks in EARL -----------------------------------------------------------------------


def earl(folder: Path, report: Report) -> rdflib.Graph:
    site = small_site(folder, DATA, report=report)
    found = {file.path: file.data for file in quality.files(site)}
    graph = rdflib.Graph().parse(data=found["earl.ttl"], format="turtle")
    other = rdflib.Graph().parse(data=found["earl.jsonld"], format="json-ld")
    assert set(graph) == set(other)
    assert not any(isinstance(term, rdflib.BNode) for triple in graph for term in triple)
    assert list(ox.parse(found["earl.ttl"], format=ox.RdfFormat.TURTLE))
    return graph


def outcomes(graph: rdflib.Graph) -> dict[str, str]:
    found = {}
    for one in graph.subjects(rdflib.RDF.type, EARL.Assertion):
        for name in ("assertedBy", "subject", "test", "result", "mode"):
            assert len(list(graph.objects(one, EARL[name]))) == 1, name
        result = graph.value(one, EARL.result)
        assert (result, rdflib.RDF.type, EARL.TestResult) in graph
        found[str(one).partition("#")[2]] = str(graph.value(result, EARL.outcome)).partition("#")[2]
    return found


def test_every_rule_has_one_outcome(tmp_path: Path) -> None:
    a = f"<{BASE}claim/a>"
    report = Report.of(
        [Finding("claim-core", Severity.WARNING, "x", a)],
        not_run=[NotRun("quoted-share", "text not present"), NotRun("lost-rule", "no time")],
        waived=[Waived(Finding("work-core", Severity.WARNING, "y", a), "too dear", "config")],
        rules=122,
    )
    graph = earl(tmp_path, report)
    found = outcomes(graph)
    assert found["claim-core"] == "failed"
    assert found["work-core"] == "failed"  # set aside is not passed
    assert found["quoted-share"] == found["lost-rule"] == "untested"
    assert found["two-works-one-identifier"] == "passed"
    assert found["finding-core"] == "inapplicable"  # there is no finding of a source
    assert len(found) > 100
    test = graph.value(rdflib.URIRef(f"{BASE}quality#claim-core"), EARL.test)
    assert str(test) == f"{SHAPES}claim-core"
    pages = graph.objects(test, rdflib.FOAF.page)
    assert [str(one) for one in pages] == [f"{BASE}rule/claim-core.html"]


def test_nothing_run_is_nothing_passed(tmp_path: Path) -> None:
    assert set(outcomes(earl(tmp_path, Report())).values()) == {"untested"}
