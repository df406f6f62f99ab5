"""What pages say of claims, sources and things: the core of the site, without a whole build."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from mesokg.dataset import load
from mesokg.files import File
from mesokg.pictures import Way
from mesokg.project import find
from mesokg.report import Report
from mesokg.site import Site, articles, claims, home, schema_org, sources, strength, things
from mesokg.site.claims import numbered
from mesokg.site.evidence import all_claims, claim_of, line_of, pointer_of, quotable
from mesokg.site.page import Page
from mesokg.site.templating import Templates, clipped, counted, slug
from mesokg.terms import VOCABULARY_BASE
from mesokg.texts import find_texts
from small_sites import BASE, assert_harmless, links_of, rendered, small_site, text_of

ROOT = Path(__file__).resolve().parent.parent
KIND, DIRECTION = f"{VOCABULARY_BASE}kind/", f"{VOCABULARY_BASE}direction/"
CLAIM = (
    f"<{BASE}article/a> a meso:Article ; dcterms:title 'On tea'@en . "
    f"<{BASE}treatment/tea> a meso:Treatment, skos:Concept ; skos:prefLabel 'tea'@en . "
    f"<{BASE}condition/pain> a meso:Condition, skos:Concept ; skos:prefLabel 'pain'@en . "
    f"<{BASE}claim/1> a meso:Claim ; meso:statedIn <{BASE}article/a> ; "
    "rdfs:label 'Tea helps.'@en ; "
    f"meso:subject <{BASE}treatment/tea> ; meso:relation meso:decreases ; "
    f"meso:object <{BASE}condition/pain> ; meso:kind <{KIND}benefit> ; "
    f"meso:direction <{DIRECTION}supports> ; meso:hedge <{VOCABULARY_BASE}hedge/asserted> ; "
    f"meso:evidence <{BASE}ev/1> . <{BASE}ev/1> a meso:EvidenceLine ; "
    f"meso:sourceCheck <{VOCABULARY_BASE}check/confirms> . "
)


@pytest.fixture(scope="module")
def flagship() -> Site:
    project = find(ROOT)
    return Site.of(load(project), project, Report())


@pytest.fixture(scope="module")
def ferns() -> Site:
    project = find(ROOT / "examples" / "second-project")
    dataset = load(project)
    texts = find_texts(dataset, project.texts)
    return Site.of(dataset.with_graphs(texts.quads(dataset.base)), project, Report())


def page_of(site: Site, pages: Iterable[Page | File], end: str) -> str:
    templates = Templates(site)
    found = [p for p in pages if isinstance(p, Page) and p.path.endswith(end)]
    assert len(found) == 1
    html = templates.render(found[0]).decode()
    assert_harmless(html)
    return html


# --- claims -----------------------------------------------------------------------------------


def test_a_claim_answers_four_questions(flagship: Site) -> None:
    text = text_of(page_of(flagship, claims.pages(flagship), "claim/mhl-c40.html"))
    assert "▲ benefit ●●○○ low certainty worded as reported" in text
    assert "“yielded positive results”" in text
    assert "Which way does it go? It supports" in text
    assert "Does the cited source say so? Moftah et al. 2013 : confirms" in text.replace(
        "2013:", "2013 :"
    )
    assert "Pulling the other way" in text


def test_a_claim_without_a_source_says_so(flagship: Site) -> None:
    text = text_of(page_of(flagship, claims.pages(flagship), "claim/mhl-c13.html"))
    assert "no source given" in text
    assert "The article cites nothing for it." in text


def test_certainty_is_never_a_number_alone(flagship: Site) -> None:
    html = page_of(flagship, claims.pages(flagship), "claim/mhl-c40.html")
    assert "/5" not in text_of(html)
    assert '<span class="dots" aria-hidden="true">●●○○</span>&nbsp;low certainty' in html


def test_the_printed_year_stands_beside_the_real_one(flagship: Site) -> None:
    pointer = pointer_of(flagship, "https://w3id.org/mesokg/citation/mhl-06")
    assert (pointer.before, pointer.printed_year, pointer.after) == (
        "Konda & Thappa (",
        "2012",
        ")",
    )
    assert (pointer.year, pointer.listed_year) == ("2013", "2009")
    html = page_of(flagship, claims.pages(flagship), "claim/mhl-c29.html")
    assert "<s>2012</s>" in html
    assert "<ins>really 2013</ins>" in html


def test_claims_are_read_in_the_order_of_the_text(flagship: Site) -> None:
    starts = [claim.start for claim in all_claims(flagship)]
    assert starts == sorted(starts)
    assert len(starts) == len(flagship.instances("Claim"))


def test_the_most_certain_judgement_counts(tmp_path: Path) -> None:
    levels = "".join(
        f"<{BASE}assessment/{n}> a meso:Assessment ; meso:assesses <{BASE}claim/1> ; "
        f"meso:certainty <{VOCABULARY_BASE}certainty/{word}> . "
        for n, word in enumerate(("low", "high", "not-rated"))
    )
    site = small_site(tmp_path, CLAIM + levels, report=Report())
    best = claim_of(site, f"{BASE}claim/1").certainty
    assert best is not None
    assert (best.rank, best.word) == (4, "high")


@pytest.mark.parametrize(
    ("rights", "length", "shown"),
    [("full", 500, True), ("quotes", 90, True), ("quotes", 91, False), ("unknown", 90, True),
     ("unknown", 91, False), ("anchors", 1, False), ("", 90, True), ("", 91, False)],
)  # fmt: skip
def test_rights_decide_how_much_is_quoted(
    rights: str, length: int, shown: bool, tmp_path: Path
) -> None:
    said = f"<{BASE}article/a> meso:textRights <{VOCABULARY_BASE}text-rights/{rights}> ."
    site = small_site(tmp_path, CLAIM + (said if rights else ""), report=Report())
    assert bool(quotable(site, f"{BASE}article/a", "x" * length)) is shown


@pytest.mark.parametrize("rights", ["quotes", "unknown", "anchors", ""])
def test_a_text_is_shown_only_with_the_right_to_it(rights: str, tmp_path: Path) -> None:
    secret = "Every word of somebody else's article."
    said = f"<{BASE}article/a> meso:text {json.dumps(secret)} ."
    said += (
        f"<{BASE}article/a> meso:textRights <{VOCABULARY_BASE}text-rights/{rights}> ."
        if rights
        else ""
    )
    site = small_site(tmp_path, CLAIM + said, report=Report())
    assert not site.texts
    assert secret not in str(site.outgoing)
    assert secret not in page_of(site, articles.pages(site), "article/a.html")


def test_numbers_of_pages() -> None:
    assert numbered("a.html", 0) == ("a.html",)
    assert numbered("a.html", 200) == ("a.html",)
    assert numbered("a.html", 201) == ("a.html", "a~2.html")


# --- articles ---------------------------------------------------------------------------------


def test_a_text_that_may_be_shown_is_shown_letter_by_letter(ferns: Site) -> None:
    html = page_of(ferns, articles.pages(ferns), "article/rainwater.html")
    (text,) = ferns.texts.values()
    blocks = re.findall(r'<div class="words"><p dir="auto">(.*?)</p></div>', html, re.S)
    plain = [re.sub(r"<sup>.*?</sup>|&nbsp;<ins>.*?</ins>|<[^>]+>", "", block) for block in blocks]
    assert plain == [line for line in text.split("\n") if line]


def test_every_claim_stands_beside_its_words(ferns: Site, flagship: Site) -> None:
    for site, end in ((ferns, "article/rainwater.html"), (flagship, "article/mhl.html")):
        html = page_of(site, articles.pages(site), end)
        for claim in all_claims(site):
            assert html.count(f'id="{slug(claim.iri)}"') == 1


def test_overlapping_claims_are_all_marked(tmp_path: Path) -> None:
    text = "Tea helps. It is drunk hot."
    more = "".join(
        f"<{BASE}claim/{n}> a meso:Claim ; meso:statedIn <{BASE}article/t> ; meso:start {a} ; "
        f"meso:end {b} . "
        for n, (a, b) in enumerate(((0, 10), (4, 9), (4, 20), (27, 27), (90, 99)))
    )
    said = (
        f"<{BASE}article/t> a meso:Article ; dcterms:title 'T'@en ; meso:length {len(text)} ; "
        f"meso:textRights <{VOCABULARY_BASE}text-rights/full> ; "
        f"meso:text {json.dumps(text)} . {more}"
    )
    site = small_site(tmp_path, said, report=Report())
    html = page_of(site, articles.pages(site), "article/t.html")
    assert re.findall(r'<mark class="over-(\d)', html) == ["1", "3", "2", "1"]
    assert html.count('class="card') == 5


def test_without_the_text_only_short_quotes_are_shown(flagship: Site) -> None:
    html = page_of(flagship, articles.pages(flagship), "article/mhl.html")
    assert "<mark" not in html
    quotes = re.findall(r"<q>(.*?)</q>", html)
    assert len(quotes) > 40
    assert max(map(len, quotes)) <= 90
    assert "73 characters without a recorded claim" in html


def test_the_switch_counts_what_it_shows(flagship: Site) -> None:
    html = page_of(flagship, articles.pages(flagship), "article/mhl.html")
    for word in ("bare", "hedged", "unknown"):
        tally = re.search(rf'for="show-{word}">[^<]*<span class="tally">(\d+)<', html)
        assert tally is not None
        assert len(re.findall(rf'<li class="card[^"]*is-{word}', html)) == int(tally[1])


# --- sources ----------------------------------------------------------------------------------


def test_a_source_is_shown_three_ways(flagship: Site) -> None:
    html = page_of(flagship, sources.pages(flagship), "work/konda-thappa-2013.html")
    assert all(f"<del>{year}</del>" in html for year in ("2012", "2009"))
    assert "<ins>2013</ins>" in html
    text = text_of(html)
    for head in ("As cited in the text", "As listed, entry 4", "As it is"):
        assert f'<th scope="col">{head}</th>' in html
    assert "not seen at a source" in text


def test_a_misspelt_name_is_marked(flagship: Site) -> None:
    html = page_of(flagship, sources.pages(flagship), "work/sarkar-2011.html")
    assert "<del>Sakar et al</del>" in html


def test_references_lie_beside_each_source_and_beside_all(tmp_path: Path) -> None:
    said = (
        f"<{BASE}work/v> a meso:Work ; dcterms:title 'First'@en . "
        f"<{BASE}work/w> a meso:Work ; dcterms:title 'Second'@en ; meso:pages '1-9' ; "
        "meso:unverified meso:pages ."
    )
    site = small_site(tmp_path, said, report=Report())
    made = rendered(site, sources.pages(site))
    for suffix in (".bib", ".ris", ".csl.json"):
        one, every = made[f"work/w{suffix}"], made[f"sources{suffix}"]
        assert "Second" in one
        assert "First" not in one
        assert "First" in every
        assert "Second" in every
        assert "1-9" not in one.replace("--", "-")
        assert f"../work/w{suffix}" in links_of(made["work/w.html"])
        assert f"../sources{suffix}" in links_of(made["work/index.html"])


def test_a_retracted_source_warns(tmp_path: Path) -> None:
    said = f"<{BASE}work/w> a meso:Work ; meso:status <{VOCABULARY_BASE}status/retracted> ."
    site = small_site(tmp_path, said, report=Report())
    assert 'class="alarm"' in page_of(site, sources.pages(site), "work/w.html")


# --- home -------------------------------------------------------------------------------------


def said(site: Site) -> str:
    sentences = [one for paragraph in home.paragraphs(site) for one in paragraph]
    return " ".join("".join(part.text for part in one) for one in sentences)


def test_home_answers_in_sentences(flagship: Site) -> None:
    text = said(flagship)
    assert "It names four agents:" in text
    assert "One has a reported benefit: solution that contains dutasteride" in text
    assert "in one controlled study, low certainty" in text
    assert "Two have a reported harm: homeopathic agents and mesoglycan" in text
    assert "For finasteride it reports neither." in text
    assert "Not known, it is said, is the mechanism of action" in text


def test_each_sentence_leads_to_its_claims(flagship: Site) -> None:
    for sentences in home.paragraphs(flagship):
        for sentence in sentences:
            assert any(part.to for part in sentence)
    for sentence in home.paragraphs(flagship)[1]:
        assert any("/claim/" in part.to or "/substance/" in part.to for part in sentence)


def test_home_speaks_of_any_subject(ferns: Site) -> None:
    text = said(ferns)
    assert "Of rainwater as such it is said that it increases new fronds (low certainty)." in text


# --- things and scales ------------------------------------------------------------------------


def test_a_treatment_says_what_nobody_says(tmp_path: Path) -> None:
    site = small_site(tmp_path, CLAIM, report=Report())
    text = text_of(page_of(site, things.pages(site), "treatment/tea.html"))
    assert "one claim: 1 of benefit, no claim of harm." in text
    assert "No claim reports a harm. That nobody reports one does not mean" in text


def test_a_scale_keeps_what_is_unranked_outside_its_order(flagship: Site) -> None:
    html = page_of(flagship, strength.pages(flagship), "scheme/certainty.html")
    words = re.findall(r'<th scope="row".*?<bdi>(.*?)</bdi>', html)
    assert words == ["high", "moderate", "low", "very low", "not rated"]
    assert html.count("<tbody>") == 2


def test_a_level_is_no_score(flagship: Site) -> None:
    assert "●" not in page_of(flagship, strength.pages(flagship), "scheme/level.html")


# --- schema.org -------------------------------------------------------------------------------


def test_a_supported_claim_makes_a_possible_treatment(tmp_path: Path) -> None:
    site = small_site(tmp_path, CLAIM, report=Report())
    assert schema_org.possible_treatments(site, f"{BASE}condition/pain") == [f"{BASE}treatment/tea"]
    about = schema_org.thing_about(site, f"{BASE}condition/pain")
    assert about["possibleTreatment"] == [
        {"@type": "MedicalTherapy", "@id": f"{BASE}treatment/tea", "name": "tea"}
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hedge/asserted", "hedge/possible"),
        ("check/confirms", "check/not-available"),
        ("direction/supports", "direction/disputes"),
        ("kind/benefit", "kind/background"),
        ("meso:relation", f"meso:agent <{BASE}substance/x> ; meso:relation"),
        (f"meso:evidence <{BASE}ev/1> .", "."),
    ],
)
def test_anything_less_makes_none(old: str, new: str, tmp_path: Path) -> None:
    assert old in CLAIM
    site = small_site(tmp_path, CLAIM.replace(old, new), report=Report())
    assert schema_org.possible_treatments(site, f"{BASE}condition/pain") == []
    assert "possibleTreatment" not in schema_org.thing_about(site, f"{BASE}condition/pain")


def test_a_disputed_claim_makes_none(tmp_path: Path) -> None:
    start = CLAIM.index(f"<{BASE}claim/1> a meso:Claim")
    other = CLAIM[start:].replace("claim/1", "claim/2").replace("supports", "disputes")
    site = small_site(tmp_path, CLAIM + other, report=Report())
    assert schema_org.possible_treatments(site, f"{BASE}condition/pain") == []


def test_the_flagship_supports_no_treatment(flagship: Site) -> None:
    for condition in flagship.instances("Condition"):
        assert schema_org.possible_treatments(flagship, condition) == []


def test_a_value_that_was_not_seen_is_not_told(flagship: Site) -> None:
    about = schema_org.work_about(flagship, "https://w3id.org/mesokg/work/konda-thappa-2013")
    assert about["datePublished"] == "2013"
    assert not {"identifier", "pagination"} & set(about)


# --- words ------------------------------------------------------------------------------------


def test_lines_know_their_work(flagship: Site) -> None:
    line = line_of(flagship, "https://w3id.org/mesokg/ev/mhl-c40-6")
    assert line.work.endswith("work/moftah-2013")
    assert line.check.endswith("check/confirms")


def test_ways_of_the_flagship(flagship: Site) -> None:
    ways = {claim.name: claim.way for claim in all_claims(flagship)}
    assert (ways["C40"], ways["C37"], ways["C29"], ways["C43"]) == (
        Way.BENEFIT, Way.HARM, Way.UNKNOWN, Way.OPEN,
    )  # fmt: skip


def test_small_words() -> None:
    assert counted(0, "claim") == "no claims"
    assert counted(2, "study", "studies") == "two studies"
    assert clipped("a" * 300, 20) == "a" * 19 + "…"
    assert slug("https://e.org/a b") != slug("https://e.org/a-b!")
