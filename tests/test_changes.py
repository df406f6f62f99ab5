"""What changed, in words: each kind of change has its sentence, and costs what it should."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.changes import GROUPS, LEVELS, Changes, changes, render_changes
from mesokg.dataset import Dataset, read
from mesokg.errors import UsageError
from mesokg.terms import project_prefixes

BASE = "http://e/"
HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in project_prefixes(BASE).items())
DATA = """
article:a a meso:Article ; dcterms:title "On tea"@en .
claim:a-1 a meso:Claim ; dcterms:identifier "C1" ; rdfs:label "Tea helps."@en ;
  meso:statedIn article:a ; meso:subject treatment:tea ; meso:relation meso:increases ;
  meso:object outcome:sleep ; meso:direction direction:supports ; meso:hedge hedge:asserted ;
  meso:evidence ev:a-1-1 .
ev:a-1-1 a meso:EvidenceLine ; meso:citation citation:a-1 ; meso:sourceCheck check:not-checked .
citation:a-1 a meso:InTextCitation ; meso:asPrinted "Rivers (2010)" .
assessment:a-1 a meso:Assessment ; meso:assesses claim:a-1 ; meso:certainty certainty:low ;
  meso:level level:3 ; rdfs:comment "One study."@en .
work:rivers a meso:Work ; dcterms:title "Tea and sleep"@en ; meso:status status:current .
treatment:tea a meso:Treatment , skos:Concept ; skos:prefLabel "tea"@en .
outcome:sleep a meso:Outcome , skos:Concept ; skos:prefLabel "sleep"@en .
certainty:low a skos:Concept ; skos:prefLabel "low"@en .
certainty:very-low a skos:Concept ; skos:prefLabel "very low"@en .
meso:increases a owl:ObjectProperty ; rdfs:label "increases"@en ; rdfs:range meso:Outcome .
shape:tea a sh:NodeShape ; rdfs:label "Tea is warm"@en ; sh:severity sh:Violation ;
  sh:property [ sh:path meso:start ; sh:minCount 1 ] .
"""


def graph(text: str = DATA) -> Dataset:
    return replace(read(HEAD + text), base=BASE)


def told(*edits: tuple[str, str], more: str = "") -> Changes:
    """What is said when these words are replaced, and more is added."""
    text = DATA
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return changes(graph(), graph(text + more))


def sentences(found: Changes) -> list[str]:
    return [item.text for item in found.items]


# --- one sentence for each change ------------------------------------------------------------

ONE = [
    (
        ("meso:certainty certainty:low", "meso:certainty certainty:very-low"),
        ("strength", "minor", "Evidence for C1 “Tea helps.” went from low to very low."),
    ),
    (
        ("meso:level level:3", "meso:level level:4"),
        ("strength", "minor", "Level of evidence for C1 “Tea helps.” went from 3 to 4."),
    ),
    (
        ("meso:certainty certainty:low ;", ""),
        ("strength", "minor", "Evidence for C1 “Tea helps.” is no longer rated; it was low."),
    ),
    (
        ("meso:direction direction:supports", "meso:direction direction:disputes"),
        ("claims", "major", "Claim C1 “Tea helps.”: direction went from supports to disputes."),
    ),
    (
        ("hedge:asserted", "hedge:suggested"),
        ("claims", "minor", "Claim C1 “Tea helps.”: hedge went from asserted to suggested."),
    ),
    (
        ("meso:object outcome:sleep", "meso:object outcome:sleep , treatment:tea"),
        ("claims", "major", "Claim C1 “Tea helps.”: object is now also tea."),
    ),
    (
        ('"Tea helps."', '"Tea may help."'),
        ("claims", "patch", "Claim C1 “Tea helps.”: is now called “Tea may help.”"),
    ),
    (
        ("check:not-checked", "check:confirms"),
        (
            "checks",
            "minor",
            "“Rivers (2010)” for C1 “Tea helps.”: source check went from not checked to confirms.",
        ),
    ),
    (
        ('"One study."', '"One small study."'),
        ("strength", "patch", "Assessment of C1 “Tea helps.”: comment reworded."),
    ),
    (
        ("status:current", "status:retracted"),
        ("sources", "minor", "Source “Tea and sleep”: status went from current to retracted."),
    ),
    (
        ('skos:prefLabel "tea"', 'skos:prefLabel "infusion"'),
        ("things", "patch", "Treatment “tea”: is now called “infusion”."),
    ),
    (
        (" ; rdfs:range meso:Outcome", ""),
        ("vocabulary", "major", "Property “increases”: range is no longer said; it was outcome."),
    ),
    (
        ("sh:minCount 1", "sh:minCount 2"),
        ("vocabulary", "minor", "Rule “Tea is warm”: property changed."),
    ),
    (
        ("sh:severity sh:Violation", "sh:severity sh:Info"),
        ("vocabulary", "major", "Rule “Tea is warm”: severity went from violation to info."),
    ),
]


@pytest.mark.parametrize(("edit", "expected"), ONE, ids=[e[1][2] for e in ONE])
def test_one_edit_is_one_sentence_at_its_price(
    edit: tuple[str, str], expected: tuple[str, str, str]
) -> None:
    found = told(edit)
    (item,) = found.items
    assert (item.group, item.level, item.text) == expected
    assert found.level == item.level
    assert found.vanished == ()


def test_a_new_claim_says_how_it_goes_and_how_sure_it_is() -> None:
    found = told(
        more="""claim:a-2 a meso:Claim ; dcterms:identifier "C2" ; rdfs:label "Tea harms."@en ;
          meso:direction direction:supports ; meso:hedge hedge:possible ; meso:evidence ev:a-2-1 .
        ev:a-2-1 a meso:EvidenceLine .
        assessment:a-2 a meso:Assessment ; meso:assesses claim:a-2 ;
          meso:certainty certainty:very-low ."""
    )
    assert sentences(found) == [
        "New claim: C2 “Tea harms.” (direction supports, hedge possible, certainty very low)"
    ]
    assert found.level == "minor"


def test_more_evidence_for_an_old_claim_is_told_with_the_claim() -> None:
    found = told(
        ("meso:evidence ev:a-1-1", "meso:evidence ev:a-1-1 , ev:a-1-2"),
        more="ev:a-1-2 a meso:EvidenceLine ; meso:citation citation:a-1 .",
    )
    assert sentences(found) == ["C1 “Tea helps.” now also rests on “Rivers (2010)”."]


def test_withdrawn_is_not_gone() -> None:
    found = told(
        more="claim:a-1 owl:deprecated true ; dcterms:isReplacedBy claim:a-3 . "
        'claim:a-3 a meso:Claim ; rdfs:label "Tea may help."@en .'
    )
    assert [(i.kind, i.text) for i in found.items] == [
        ("withdrawn", "Withdrawn, a claim: C1 “Tea helps.” Instead: “Tea may help.”"),
        ("added", "New claim: “Tea may help.”"),
    ]
    assert (found.level, found.vanished) == ("minor", ())


def test_gone_is_major_and_listed() -> None:
    start = DATA.index("work:rivers")
    found = changes(graph(), graph(DATA[:start] + DATA[DATA.index("treatment:tea a") :]))
    assert sentences(found) == ["Gone, a source: “Tea and sleep”."]
    assert (found.level, found.vanished) == ("major", (f"{BASE}work/rivers",))


def test_what_belongs_to_others_is_told_but_not_guarded() -> None:
    start = DATA.index("certainty:very-low a")
    found = changes(graph(), graph(DATA[:start] + DATA[DATA.index("meso:increases a") :]))
    assert [item.kind for item in found.items] == ["gone"]
    assert found.vanished == ()


def test_a_first_state_is_told_in_numbers() -> None:
    found = changes(Dataset(()), graph())
    assert found.first
    assert render_changes(found).startswith("The first state. Things by kind: claim 1, ")
    assert json.loads(render_changes(found, "json"))["things"]["claim"] == 1


# --- laws ------------------------------------------------------------------------------------


@given(st.randoms(use_true_random=False))
def test_order_and_names_of_blank_nodes_do_not_count(chance: random.Random) -> None:
    quads = list(graph().quads)
    chance.shuffle(quads)
    found = changes(graph(), replace(graph(), quads=tuple(quads)))
    assert found == Changes()
    assert found.level == "none"


@given(st.sets(st.integers(0, len(graph().quads) - 1)))
def test_what_is_taken_away_one_way_is_added_the_other(missing: set[int]) -> None:
    whole = graph()
    part = replace(whole, quads=tuple(q for n, q in enumerate(whole.quads) if n not in missing))
    there, back = changes(whole, part), changes(part, whole)
    assert (there.added, there.removed) == (back.removed, back.added)
    assert (there.level == "none") == (not missing)
    if any(item.kind == "gone" for item in there.items):
        assert there.level == "major"
    assert all(item.group in GROUPS and item.level in LEVELS for item in there.items)


def test_computed_graphs_and_texts_are_left_out() -> None:
    extra = read(
        f"<{BASE}graph/derived/x> {{ <{BASE}p> <{BASE}q> 1 }} "
        f"<{BASE}graph/text> {{ <{BASE}p> <{BASE}q> 2 }}",
        "trig",
    )
    assert changes(graph(), replace(graph(), quads=(*graph().quads, *extra.quads))) == Changes()


def test_blank_nodes_in_a_circle_and_in_a_long_row_end() -> None:
    circle = "_:a <http://e/p> _:b . _:b <http://e/p> _:a . <http://e/s> <http://e/p> _:a ."
    row = "".join(f"_:n{n} <http://e/p> _:n{n + 1} , _:n{n + 1} . " for n in range(3000))
    assert changes(graph(circle), graph(circle)) == Changes()
    assert changes(graph(row), graph(row)) == Changes()
    assert changes(graph(circle), graph(row)).level == "major"


# --- how it looks ----------------------------------------------------------------------------

HOSTILE = '"<script>alert(1)</script> **x** \\u202E [a](javascript:b)\\n# h"@en'


def test_no_text_of_the_data_is_markup_or_acts() -> None:
    found = told(('"Tea helps."@en', HOSTILE))
    page = render_changes(found, "markdown")
    assert "\\<script\\>" in page
    assert "\\*\\*x" in page
    assert "\\[a\\](javascript" in page
    assert "\u202e" not in page + render_changes(found)
    assert not any(line.startswith("# ") for line in page.splitlines())


def test_json_holds_all_and_the_other_forms_end_in_the_advice() -> None:
    found = told(("certainty:low ;", "certainty:very-low ;"))
    document = json.loads(render_changes(found, "json"))
    assert document["level"] == "minor"
    assert document["changes"][0]["detail"] == "https://w3id.org/mesokg/ns#certainty"
    assert document["statements"] == {"added": 1, "removed": 1}
    assert "### Strength of evidence\n\n- Evidence for C1" in render_changes(found, "markdown")
    assert render_changes(found).endswith("a minor version.\n")
    with pytest.raises(UsageError, match="no format 'html'"):
        render_changes(found, "html")


def test_long_names_are_cut() -> None:
    found = told(('"Tea helps."', f'"{"tea " * 200}"'))
    assert all(len(item.text) < 500 for item in found.items)
