from __future__ import annotations

from dataclasses import replace

import pyoxigraph as ox
import pytest
from hypothesis import given

from mesokg.dataset import Dataset, read
from mesokg.lint import LINTS
from mesokg.project import SourceFile, resource
from mesokg.report import Finding
from mesokg.terms import STANDARD_PREFIXES, project_prefixes
from mesokg.texts import Texts
from strategies import datasets

BASE = "https://example.org/kg/"
PREFIXES = project_prefixes(BASE)
HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
TEA = f"{BASE}article/tea"


def dataset(text: str) -> Dataset:
    return replace(read(HEAD + text), prefixes=PREFIXES, base=BASE)


def lint(rule: str, text: str, texts: Texts | None = None) -> list[Finding]:
    return list(LINTS[rule].run(dataset(text), texts or Texts()))


def messages(rule: str, text: str, texts: Texts | None = None) -> list[str]:
    return [finding.message for finding in lint(rule, text, texts)]


# --- names -----------------------------------------------------------------------------------


def test_a_reference_to_nothing_says_what_was_meant() -> None:
    (found,) = lint(
        "dangling-reference",
        "claim:tea-1 a meso:Claim ; meso:evidence ev:tea-1-22 . ev:tea-1-2 a meso:EvidenceLine .",
    )
    assert found.message == "ev:tea-1-22 is described nowhere; did you mean ev:tea-1-2?"
    assert found.focus == f"<{BASE}claim/tea-1>"
    assert (found.path, found.value) == (f"<{PREFIXES['meso']}evidence>", f"<{BASE}ev/tea-1-22>")
    assert found.fix


def test_a_subject_without_type_is_told_once() -> None:
    text = """ev:tea-1-3 meso:sourceCheck check:partly , check:confirms .
        ev:tea-1-2 a meso:EvidenceLine .
        check:partly a skos:Concept . check:confirms a skos:Concept ."""
    assert messages("dangling-reference", text) == [
        "nothing says what ev:tea-1-3 is; did you mean ev:tea-1-2?"
    ]


def test_concepts_of_the_tool_must_exist_too() -> None:
    text = """claim:a a meso:Claim ; meso:direction direction:suports .
        direction:supports a skos:Concept ."""
    assert messages("dangling-reference", text) == [
        "direction:suports is described nowhere; did you mean direction:supports?"
    ]


def test_graphs_documents_and_foreign_things_need_no_description() -> None:
    text = f"""claim:a a meso:Claim ; rdfs:seeAlso <{BASE}graph/data/x> , <{BASE}ns> ,
        <https://elsewhere.org/claim/b> , <{BASE}release/1.0.0> ."""
    assert lint("dangling-reference", text) == []


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "claim:a meso:qoute 'x' . meso:quote a owl:DatatypeProperty .",
            "there is no term meso:qoute; did you mean meso:quote?",
        ),
        ("claim:a rdf:tpye meso:Claim .", "there is no term rdf:tpye; did you mean rdf:type?"),
        ("claim:a a skos:Concpet .", "there is no term skos:Concpet; did you mean skos:Concept?"),
        (
            "claim:a meso:n '1'^^xsd:integr .",
            "there is no term xsd:integr; did you mean xsd:integer?",
        ),
        ("claim:a sh:minCont 1 .", "there is no term sh:minCont; did you mean sh:minCount?"),
        ("claim:a dcterms:zzz 1 .", "there is no term dcterms:zzz"),
    ],
)
def test_a_term_that_does_not_exist(statement: str, message: str) -> None:
    (found,) = messages("term-unknown", statement)
    assert found.startswith(message.removesuffix("?"))


def test_terms_that_do_exist() -> None:
    assert lint("term-unknown", "claim:a rdf:_12 'x' ; bibo:anything 1 ; a owl:Class .") == []


def test_the_tool_terms_are_not_judged_without_its_vocabulary() -> None:
    assert lint("term-unknown", "claim:a meso:qoute 'x' .") == []


def test_a_shape_may_name_a_foreign_term_that_does_not_exist() -> None:
    data = dataset("shape:s sh:targetSubjectsOf skos:subject ; sh:minCont 1 .")
    source = SourceFile(resource("x.ttl"), "x.ttl", f"{BASE}graph/x", "shapes")
    quads = tuple(
        ox.Quad(q.subject, q.predicate, q.object, ox.NamedNode(source.graph)) for q in data.quads
    )
    found = LINTS["term-unknown"].run(replace(data, quads=quads, sources=(source,)), Texts())
    assert [(f.path, f.location and f.location.path) for f in found] == [
        (f"<{STANDARD_PREFIXES['sh']}minCont>", "x.ttl")
    ]


def test_the_list_of_terms_is_whole() -> None:
    text = resource("terms.txt").read_text("utf-8")
    for prefix, count in {"owl": 79, "rdf": 24, "rdfs": 15, "skos": 32, "languages": 185}.items():
        (line,) = (p for p in text.split("\n\n") if p.startswith(f"{prefix}:"))
        assert len(line.split()) - 1 == count, prefix
        assert line.split()[1:] == sorted(line.split()[1:])


def test_a_deprecated_term_names_what_to_use() -> None:
    text = """condition:sore a skos:Concept ; owl:deprecated true ;
          dcterms:isReplacedBy condition:knee .
        condition:old a skos:Concept ; owl:deprecated true ; skos:broader condition:sore .
        claim:a meso:object condition:sore ; meso:condition condition:old ."""
    assert sorted(messages("deprecated-term-used", text)) == [
        "condition:old is deprecated and nothing is named in its place",
        "condition:sore is deprecated; use condition:knee",
    ]


@pytest.mark.parametrize(
    ("iri", "problem"),
    [
        (f"{BASE}claim/Tea", "must end in a name of a-z, 0-9 and single hyphens"),
        (f"{BASE}claim/tea--1", "must end in a name of a-z, 0-9 and single hyphens"),
        (f"{BASE}claim/tea/", "must end in a name of a-z, 0-9 and single hyphens"),
        (f"{BASE}claim/{'x' * 61}", "ends in a name of 61 characters; 60 are the most"),
        (
            f"{BASE}cliam/tea",
            f"has no known kind of thing after the base; did you mean {BASE}claim/?",
        ),
        ("http://example.org/kg/claim/tea", "begins with http:, the base with https:"),
    ],
)
def test_iris_have_a_form(iri: str, problem: str) -> None:
    assert messages("iri-form", f"<{iri}> a meso:Claim .") == [f"<{iri}> {problem}"]


@pytest.mark.parametrize(
    "iri", [f"{BASE}claim/tea-1", BASE, f"{BASE}dataset", f"{BASE}graph/data/My%20x", f"{BASE}ns#A"]
)
def test_iris_of_good_form(iri: str) -> None:
    assert (
        lint("iri-form", f"<{iri}> a meso:Claim ; rdfs:seeAlso <https://elsewhere.org/A_b> .") == []
    )


# --- literals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("literal", "better"),
    [
        ("01", "1"),
        ("1.50", "1.5"),
        ("40.0", "40"),
        ("'1'^^xsd:boolean", "true"),
        ("'2026-01-02T03:04:05+00:00'^^xsd:dateTime", "2026-01-02T03:04:05Z"),
        ("'-0'^^xsd:integer", "0"),
    ],
)
def test_literals_that_engines_would_rewrite(literal: str, better: str) -> None:
    (message,) = messages("literal-form", f"claim:a meso:n {literal} .")
    assert message.endswith(f'is not in canonical form: engines make "{better}" of it')


@pytest.mark.parametrize(
    "literal",
    ["'x'^^xsd:integer", "'2026-02-30'^^xsd:date", "'12'^^xsd:gYear", "'yes'^^xsd:boolean"],
)
def test_literals_that_are_no_values(literal: str) -> None:
    (message,) = messages("literal-form", f"claim:a meso:n {literal} .")
    assert message.endswith("is not a value of its datatype")


def test_kinds_of_integer_become_integers() -> None:
    (message,) = messages("literal-form", "claim:a meso:n '5'^^xsd:nonNegativeInteger .")
    assert message.endswith('is kept by engines as "5"^^xsd:integer')


def test_literals_of_good_form() -> None:
    good = "1 , -5 , 62.8 , '40'^^xsd:decimal , true , '2012'^^xsd:gYear , '2026-01-02'^^xsd:date"
    good += f" , {'9' * 40} , 'free'^^<https://example.org/type> , 'text' , 'text'@en"
    assert lint("literal-form", f"claim:a meso:n {good} .") == []


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("rdfs:label 'tea'", "the text of rdfs:label has no language tag"),
        ("meso:quote 'tea'", "the text of meso:quote has no language tag"),
        ("rdfs:label 'tea'@eng", "the language tag eng is not the shortest; write en"),
        ("rdfs:label 'tea'@english", "the language tag english is not the shortest; write en"),
        ("meso:n 'tea'@xx", "no language has the code xx"),
        ("meso:n 'tea'@abcd", "no language has the code abcd"),
    ],
)
def test_language_tags(statement: str, message: str) -> None:
    assert messages("language-tag", f"claim:a {statement} .") == [message]


def test_good_language_tags() -> None:
    text = "claim:a rdfs:label 'a'@en , 'b'@de-at , 'c'@grc , 'd'@x-own ; meso:asPrinted 'e' ."
    assert lint("language-tag", text) == []


def test_letters_in_two_parts() -> None:
    assert messages("not-nfc", "claim:a rdfs:label 'mate\\u0301' , 'mat\\u00e9' .") == [
        "the letters are not in the form NFC: combining acute accent stands by itself"
    ]


@pytest.mark.parametrize("code", ["0007", "001B", "00AD", "200B", "202E", "FEFF", "FFFE"])
def test_characters_that_cannot_be_seen(code: str) -> None:
    (message,) = messages("control-character", f"claim:a rdfs:label 'ginger\\u{code} tea' .")
    assert f'(U+{code}) stands after "ginger"' in message


def test_characters_that_belong_to_letters() -> None:
    assert lint("control-character", "claim:a rdfs:label 'a\\tb\\nc \\u200D \\u00e9' .") == []


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("bibo:isbn13 '9780306406157'", False),
        ("bibo:isbn13 '978-0-306-40615-8'", True),
        ("bibo:issn '0378-5955'", False),
        ("bibo:issn '0378-5956'", True),
        ("bibo:issn '2434-561X'", False),
        ("dcterms:creator <https://orcid.org/0000-0002-1825-0097>", False),
        ("dcterms:creator <https://orcid.org/0000-0002-1694-233X>", False),
        ("dcterms:creator <https://orcid.org/0000-0002-1825-0098>", True),
        ("dcterms:creator <https://orcid.org/0000-0002-1825>", True),
        ("bibo:isbn13 'not a number'", False),
    ],
)
def test_check_digits(statement: str, wrong: bool) -> None:
    assert bool(lint("identifier-checksum", f"work:a {statement} .")) is wrong


# --- quotations ------------------------------------------------------------------------------

TEXT = "Ginger tea is drunk by many runners. It is said that it eases knee pain (Rivers, 2010)."


def claim(n: int, start: int, end: int, words: str) -> str:
    return f"""claim:tea-{n} a meso:Claim ; meso:statedIn article:tea ;
        meso:start {start} ; meso:end {end} ; {words} . """


def article(rights: str) -> str:
    return f"article:tea a meso:Article ; meso:textRights rights:{rights} . "


def share(text: str) -> list[str]:
    return messages("quoted-share", text, Texts({TEA: TEXT}))


def test_quoted_share_counts_overlaps_once() -> None:
    half = claim(1, 0, 36, "meso:quote 'Ginger tea is drunk by many runners'@en")
    again = claim(2, 0, 36, "meso:quote 'tea is drunk'@en")
    assert share(article("unknown") + half + again) == [
        "40.2% of the text is quoted (35 of 87 code points); its rights allow 40%"
    ]


def test_quoted_share_within_the_limit() -> None:
    assert share(article("quotes") + claim(1, 0, 36, "meso:quote 'many runners'@en")) == []


def test_hedge_words_count_and_may_stand_before_the_passage() -> None:
    text = article("unknown") + claim(1, 53, 71, "meso:hedgeWords 'It is said that'@en")
    more = claim(2, 53, 71, "meso:quote 'eases knee pain'@en ; meso:hedgeWords 'runners'@en")
    assert share(text) == []
    assert share(text + more)[0].startswith("42.5% of the text is quoted (37 of 87")


def test_citations_do_not_count() -> None:
    quoted = claim(1, 0, 87, f"meso:quote '{TEXT}'@en")
    cited = """citation:tea-1 meso:occursIn article:tea ; meso:start 0 ; meso:end 60 ."""
    assert share(article("unknown") + quoted)[0].startswith("100.0%")
    assert share(article("unknown") + quoted + cited) == []


@pytest.mark.parametrize(("rights", "found"), [("full", 0), ("anchors", 1), ("unknown", 0)])
def test_rights_decide(rights: str, found: int) -> None:
    assert len(share(article(rights) + claim(1, 0, 36, "meso:quote 'tea'@en"))) == found


def copied(label: str, more: str = "", kind: str = "Claim") -> list[str]:
    text = f"{article('unknown')} claim:tea-1 a meso:{kind} ; rdfs:label '{label}'@en . {more}"
    return messages("label-copies-text", text, Texts({TEA: TEXT}))


def test_a_label_may_not_copy() -> None:
    assert copied("Many runners drink ginger tea.") == []
    assert copied("Is drunk by many runners. It is said") == [
        "the label shares a run of 36 characters with the article's text"
    ]


def test_thirty_characters_may_be_shared_and_not_one_more() -> None:
    assert copied(f"{TEXT[5:35]}#") == []
    assert copied(f"{TEXT[5:36]}#") == [
        "the label shares a run of 31 characters with the article's text"
    ]


def test_capitals_and_line_ends_hide_no_copy() -> None:
    assert copied("IS DRUNK BY MANY\\n  RUNNERS. IT IS SAID THAT")


def test_names_of_publications_are_facts() -> None:
    assert copied(TEXT[5:45], kind="Work") == []
    cited = "citation:c meso:occursIn article:tea ; meso:start 0 ; meso:end 80 ."
    assert copied(TEXT[5:45], cited) == []


# --- all of them -----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", sorted(LINTS))
def test_rules_explain_themselves(rule: str) -> None:
    entry = LINTS[rule]
    assert entry.id == rule
    assert entry.title
    assert entry.about.endswith(".")
    assert entry.fix


@given(datasets())
def test_nothing_brings_a_lint_down(data: Dataset) -> None:
    texts = Texts({f"{BASE}article/a": TEXT, f"{BASE}article/b": "\x00e\u0301 " * 30})
    for entry in LINTS.values():
        for finding in entry.run(data, texts):
            assert finding.rule == entry.id
            assert "_:" not in finding.focus + finding.value
