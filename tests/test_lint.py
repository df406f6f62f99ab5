from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given

from mesokg.dataset import Dataset, read
from mesokg.lint import FILE_LINTS, LINT_RULES, LINTS, run_file_lints, run_lints
from mesokg.lint.iris import normal_iri
from mesokg.lint.literals import mended
from mesokg.lint.names import misspelt_namespace
from mesokg.project import SourceFile, case_folder, resource
from mesokg.report import Finding, Location
from mesokg.terms import STANDARD_PREFIXES, project_prefixes
from mesokg.texts import Texts
from strategies import datasets, texts

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
    assert (
        lint("term-unknown", "claim:a rdf:_12 'x' ; bibo:doi 1 ; dcat:anything 1 ; a owl:Class .")
        == []
    )


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
        ("dcterms:creator <https://orcid.org/0000-0002-1825>", False),  # identifier-form finds it
        ("bibo:isbn13 'not a number'", False),
        ("bibo:isbn '0-8044-2957-X'", False),
        ("bibo:isbn '0-8044-2957-1'", True),
        ("rdfs:seeAlso <urn:isbn:9780306406158>", True),
        ("rdfs:seeAlso <https://ror.org/02mhbdp94>", False),
        ("rdfs:seeAlso <https://ror.org/02mhbdp95>", True),
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


# --- IRIs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("iri", "normal"),
    [
        ("http://example.org/a%c3%a9", "http://example.org/a%C3%A9"),
        ("http://example.org/%7Etea", "http://example.org/~tea"),
        ("http://example.org/%2Ftea", "http://example.org/%2Ftea"),
        ("HTTP://Example.ORG/Tea", "http://example.org/Tea"),
        ("http://example.org:80/tea", "http://example.org/tea"),
        ("https://example.org:80/tea", "https://example.org:80/tea"),
        ("http://example.org:/tea", "http://example.org/tea"),
        ("http://Ana@Example.org/tea", "http://Ana@example.org/tea"),
        ("http://example.org/a/./b/../c", "http://example.org/a/c"),
        ("http://example.org/../../a", "http://example.org/a"),
        ("http://example.org/a/..", "http://example.org/"),
        ("http://example.org/a/.", "http://example.org/a/"),
        ("http://example.org/.hidden/a...b", "http://example.org/.hidden/a...b"),
        ("http://example.org/?x=/../y#/./z", "http://example.org/?x=/../y#/./z"),
        ("http://[2001:DB8::1]/", "http://[2001:db8::1]/"),
        ("http://example.org", "http://example.org"),
        ("urn:Example:A", "urn:Example:A"),
        ("mailto:Ana@Example.org", "mailto:Ana@Example.org"),
    ],
)
def test_the_normal_form_of_an_iri(iri: str, normal: str) -> None:
    assert normal_iri(iri) == normal
    assert normal_iri(normal) == normal
    found = lint("iri-unnormalised", f"claim:a rdfs:seeAlso <{iri}> .")
    assert [f.replacement for f in found] == ([f"<{normal}>"] if iri != normal else [])


@pytest.mark.parametrize(
    ("iri", "message"),
    [
        ("http:///tea", "<http:///tea> has no host"),
        ("https:tea", "<https:tea> has no host"),
        (
            "skos:broader",
            "<skos:broader> is a prefixed name in angle brackets, which stands for "
            f"<{STANDARD_PREFIXES['skos']}broader> nowhere",
        ),
        ("urn:isbn:1", ""),
        ("mailto:a@example.org", ""),
        ("doi:10.1000/1", ""),
        ("other:thing", ""),
        ("https://example.org", ""),
    ],
)
def test_iris_that_are_none(iri: str, message: str) -> None:
    found = messages("iri-broken", f"claim:a rdfs:seeAlso <{iri}> .")
    assert found == ([message] if message else [])


def test_a_place_on_one_machine() -> None:
    (found,) = lint("iri-relative", "<file:///home/ana/x> a meso:Claim ; rdfs:seeAlso <urn:a> .")
    assert (found.focus, found.path) == ("<file:///home/ana/x>", "")


def test_an_iri_is_told_once_a_file() -> None:
    text = "<file:///x> a meso:Claim ; rdfs:label 'a' . claim:a rdfs:seeAlso <file:///x> ."
    assert len(lint("iri-relative", text)) == 1


@pytest.mark.parametrize(
    ("iri", "meant"),
    [
        ("https://www.w3.org/2004/02/skos/core#broader", "skos:broader"),
        ("http://www.w3.org/2004/02/skos/corebroader", "skos:broader"),
        ("http://www.w3.org/2004/02/skos/core/broader", "skos:broader"),
        ("http://w3.org/2004/02/skos/core#broader", "skos:broader"),
        ("http://www.w3.org/ns/prov/#Entity", "prov:Entity"),
        ("https://purl.org/dc/terms/title", "dcterms:title"),
        ("https://purl.org/ontology/bibo/doi", "bibo:doi"),
        ("http://www.w3.org/2004/02/skos/core", ""),
        ("http://www.w3.org/ns/prov-o#Entity", ""),
        ("http://www.w3.org/2004/02/skos/core.html", ""),
        ("http://www.w3.org/2004/02/skos/core#nothing", ""),
        ("https://schema.org/name", ""),
        ("http://schema.org/name", ""),
        ("https://www.wikidata.org/wiki/Q42", ""),
    ],
)
def test_namespaces_that_are_almost_right(iri: str, meant: str) -> None:
    expanded = PREFIXES.expand(meant) if meant else ""
    assert misspelt_namespace(iri, _closed()) == expanded


def _closed() -> dict[str, frozenset[str]]:
    return {
        STANDARD_PREFIXES["skos"]: frozenset({"broader"}),
        STANDARD_PREFIXES["prov"]: frozenset({"Entity"}),
        STANDARD_PREFIXES["dcterms"]: frozenset({"title"}),
    }


def test_schema_org_is_written_one_way() -> None:
    one = "claim:a <http://schema.org/name> 'a' ; <http://schema.org/about> claim:b ."
    assert lint("namespace-misspelt", one) == []
    (found,) = lint("namespace-misspelt", one + "claim:b <https://schema.org/name> 'b' .")
    assert found.replacement == "<http://schema.org/name>"


def test_a_term_of_another_vocabulary() -> None:
    assert messages("term-unknown", "claim:a rdf:subClassOf claim:b .") == [
        "there is no term rdf:subClassOf; did you mean rdfs:subClassOf?"
    ]
    (found,) = messages("term-unknown", "claim:a dcterms:created '2020'^^xsd:datetime .")
    assert found == "there is no term xsd:datetime; did you mean xsd:dateTime?"


# --- texts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("MÃ¼ller", "Müller"),
        ("â€œteaâ€\x9d", "“tea”"),
        ("TNF-Î±", "TNF-\N{GREEK SMALL LETTER ALPHA}"),
        ("5 Â°C", "5 °C"),
        ("Ð¿Ñ€Ð\N{CEDILLA}", "при"),
        ("«AMANHû", "«AMANHû"),
        ("São João, Ängström, Île, Ñandú, façade", "São João, Ängström, Île, Ñandú, façade"),
        ("Â", "Â"),
        ("œuvre – “quoted” naïve", "œuvre – “quoted” naïve"),
    ],
)
def test_letters_that_were_read_wrongly(text: str, right: str) -> None:
    assert mended(text) == right
    found = lint("mojibake", f'claim:a rdfs:comment "{text}"@en .')
    assert [f.replacement for f in found] == ([f'"{right}"@en'] if text != right else [])


def test_what_is_letter_by_letter_stays() -> None:
    assert lint("mojibake", 'claim:a meso:quote "MÃ¼ller"@en .') == []
    assert lint("outer-blanks", 'claim:a meso:asPrinted " Miller "@en .') == []


def test_blanks_at_the_edges_of_one_line() -> None:
    text = "claim:a rdfs:comment ' tea'@en , 'tea' , '\\n  two\\n  lines\\n'@en , ' ' ."
    (found,) = lint("outer-blanks", text)
    assert found.replacement == '"tea"@en'


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_texts_that_are_empty(blank: str) -> None:
    assert messages("text-empty", f"claim:a dcterms:title '{blank}' .") == ["the text is empty"]
    assert lint("text-empty", f"claim:a meso:code '{blank}' .") == []


def test_files_of_no_project_keep_their_own_habits() -> None:
    text = "claim:a rdfs:label 'tea' ; skos:prefLabel 'tea' ; meso:n 1.50 , 'x'^^xsd:integer ."
    foreign = replace(dataset(text), base="")
    found = [f.message for name in ("language-tag", "literal-form")
             for f in LINTS[name].run(foreign, Texts())]  # fmt: skip
    assert found == [
        "the text of skos:prefLabel has no language tag",
        '"x"^^xsd:integer is not a value of its datatype',
    ]


def test_owl_counts_with_its_own_type() -> None:
    count = "'1'^^xsd:nonNegativeInteger"
    assert lint("literal-form", f"[] a owl:Restriction ; owl:maxCardinality {count} .") == []
    assert lint("literal-form", "[] owl:maxCardinality 'x'^^xsd:nonNegativeInteger .")


def test_line_ends_of_another_system_are_no_control_characters() -> None:
    assert lint("control-character", "claim:a rdfs:comment 'a\\r\\nb' .") == []
    assert lint("control-character", "claim:a rdfs:comment 'a\\rb' .")


# --- dates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "future", "impossible"),
    [
        ("meso:year '2026'^^xsd:gYear", False, False),
        ("meso:year '2027'^^xsd:gYear", False, False),
        ("meso:year '2028'^^xsd:gYear", True, False),
        ("meso:year '20135'^^xsd:gYear", True, False),
        ("meso:year '0213'^^xsd:gYear", False, True),
        ("meso:year '-0044'^^xsd:gYear", False, True),
        ("meso:year '1450'^^xsd:gYear", False, False),
        ("dcterms:created '2026-03-02'^^xsd:date", False, False),
        ("dcterms:created '2026-03-03'^^xsd:date", True, False),
        ("dcterms:modified '2026-03-02T23:00:00Z'^^xsd:dateTime", False, False),
        ("prov:endedAtTime '2026-12-02T23:00:00Z'^^xsd:dateTime", True, False),
        ("dcterms:issued '2026-04'^^xsd:gYearMonth", True, False),
        ("dcterms:created '0001-01-01'^^xsd:date", False, True),
        ("dcterms:created '1200-01-01'^^xsd:date", False, False),
        ("dcterms:modified '20181022'^^xsd:dateTime", False, False),
        ("dcterms:valid '2099-01-01'^^xsd:date", False, False),
        ("meso:n '2099-01-01'^^xsd:date", False, False),
        ("dcterms:issued 'next year'", False, False),
    ],
)
def test_dates(statement: str, future: bool, impossible: bool) -> None:
    data = dataset(f"claim:a {statement} .")
    today = date(2026, 3, 1)
    assert bool(list(LINTS["date-future"].run(data, Texts(), today))) is future
    assert bool(list(LINTS["date-impossible"].run(data, Texts(), today))) is impossible


def test_without_a_day_nothing_of_this_century_is_in_the_future() -> None:
    assert lint("date-future", "work:a meso:year '2099'^^xsd:gYear .") == []
    assert lint("date-future", "work:a meso:year '2199'^^xsd:gYear .")


# --- identifiers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("dcterms:creator <https://orcid.org/0000-0002-1825>", True),
        ("dcterms:creator <https://orcid.org/>", False),
        ("rdfs:seeAlso <https://doi.org/10.1000/xyz(1)2>", False),
        ("rdfs:seeAlso <https://doi.org/1000/xyz>", True),
        ("rdfs:seeAlso <https://pubmed.ncbi.nlm.nih.gov/22101376/>", False),
        ("rdfs:seeAlso <https://pubmed.ncbi.nlm.nih.gov/PMC22101376/>", True),
        ("rdfs:seeAlso <https://www.ncbi.nlm.nih.gov/pmc/articles/PMC123/pdf/x.pdf>", False),
        ("rdfs:seeAlso <https://www.ncbi.nlm.nih.gov/pmc/articles/123/>", True),
        ("rdfs:seeAlso <https://clinicaltrials.gov/study/NCT01234567>", False),
        ("rdfs:seeAlso <https://clinicaltrials.gov/study/NCT0123456>", True),
        ("rdfs:seeAlso <https://clinicaltrials.gov/about>", False),
        ("skos:exactMatch <http://id.nlm.nih.gov/mesh/D000505>", False),
        ("skos:exactMatch <http://id.nlm.nih.gov/mesh/vocab#Concept>", False),
        ("skos:exactMatch <http://id.nlm.nih.gov/mesh/000505>", True),
        ("skos:exactMatch <http://www.wikidata.org/entity/Q42>", False),
        ("skos:exactMatch <http://www.wikidata.org/entity/4013887-2>", True),
        ("skos:exactMatch <http://www.wikidata.org/wiki/Tea>", False),
        ("skos:exactMatch <http://purl.obolibrary.org/obo/DOID_4>", False),
        ("skos:exactMatch <http://purl.obolibrary.org/obo/DOID_x4>", True),
        ("skos:exactMatch <http://purl.obolibrary.org/obo/doid.owl>", False),
        ("bibo:doi '10.1000/xyz'", False),
        ("bibo:doi 'doi:10.1000/xyz'", True),
        ("bibo:issn '0378 5955'", False),
        ("bibo:issn '03785'", True),
        ("meso:pmcid '123'", True),
        ("bibo:pmid '022'", True),
    ],
)
def test_the_form_of_identifiers(statement: str, wrong: bool) -> None:
    assert bool(lint("identifier-form", f"<https://example.org/x> {statement} .")) is wrong


def test_the_form_of_a_work_is_asked_by_its_shape() -> None:
    assert lint("identifier-form", "work:a a meso:Work ; bibo:doi 'doi:10.1000/xyz' .") == []


# --- two files --------------------------------------------------------------------------------


def in_files(*texts: str, base: str = BASE) -> Dataset:
    """Texts as files of their own."""
    quads: list[ox.Quad] = []
    sources = []
    for number, text in enumerate(texts, 1):
        name = f"data/{number}.ttl"
        graph = ox.NamedNode(f"{BASE}graph/data/{number}")
        sources.append(SourceFile(Path(name), name, graph.value, "data"))
        quads += [ox.Quad(q.subject, q.predicate, q.object, graph) for q in dataset(text).quads]
    return Dataset(tuple(quads), PREFIXES, base, tuple(sources), frozenset())


def test_two_files_define_one_thing() -> None:
    data = in_files("claim:a a meso:Claim .", "claim:a a meso:Claim .", "claim:a rdfs:label 'a' .")
    (found,) = LINTS["defined-twice"].run(data, Texts())
    assert found.message == "claim:a is defined in data/1.ttl too"
    assert found.location
    assert found.location.path == "data/2.ttl"
    assert [place.location.path for place in found.related] == ["data/1.ttl"]


def test_what_is_described_in_every_file_is_no_second_definition() -> None:
    agent = "<https://example.com/ana> a foaf:Person ; rdfs:label 'Ana' ."
    mention = "<https://example.com/pain> a skos:Concept ."
    named = "<https://example.com/pain> a skos:Concept ; skos:prefLabel 'pain'@en ."
    rule = LINTS["defined-twice"]
    assert list(rule.run(in_files(agent, agent), Texts())) == []
    assert list(rule.run(in_files(named, mention), Texts())) == []
    assert len(list(rule.run(in_files(named, named), Texts()))) == 1


def test_two_files_disagree() -> None:
    first = "meso:year a owl:FunctionalProperty . work:a meso:year '2012'^^xsd:gYear ."
    second = "work:a meso:year '2013'^^xsd:gYear ."
    (found,) = LINTS["files-disagree"].run(in_files(first, second), Texts())
    assert found.message.startswith("data/1.ttl gives")
    assert list(LINTS["files-disagree"].run(in_files(first, first), Texts())) == []


# --- quotes -----------------------------------------------------------------------------------


def quoted(words: str, place: str, text: str) -> list[str]:
    data = f"claim:tea-1 meso:statedIn article:tea ; {place} meso:quote '{words}'@en ."
    return messages("quote-ambiguous", data, Texts({TEA: text}))


def test_a_quote_that_stands_twice() -> None:
    text = "Tea eases. Tea wakes. Aaaa."
    assert quoted("Tea", "", text) == ["the quoted words stand 2 times in the text"]
    assert quoted("Tea", "meso:start 0 ; meso:end 10 ;", text) == []
    assert quoted("Tea", "meso:start 0 ; meso:end 21 ;", text) == [
        "the quoted words stand 2 times in the passage"
    ]
    assert quoted("aa", "meso:start 22 ; meso:end 27 ;", text) == [
        "the quoted words stand 2 times in the passage"
    ]
    assert quoted("coffee", "", text) == []


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        ("eases pain", []),
        ("eases\\npain", ["quote-line-ends"]),
        ("eases pain\\n", ["quote-line-ends"]),
        ("eases\\r\\npain", ["quote-line-ends"]),
        ("eases\u2028pain", ["quote-line-ends"]),
        ("a table\\n1\\n2\\n3", ["quote-many-lines"]),
        ("0.04", ["quote-without-word"]),
        ("p = 5", ["quote-without-word"]),
        ("é t é", ["quote-without-word"]),
        ("été", []),
    ],
)
def test_what_a_quote_is(words: str, rules: list[str]) -> None:
    names = ("quote-line-ends", "quote-many-lines", "quote-without-word")
    text = f"claim:a meso:quote '{words}'@en ."
    assert [name for name in names if lint(name, text)] == rules


def test_odd_characters_of_a_text() -> None:
    texts = Texts({TEA: "a\u00adb\ufeffc\u2028d\u00ade", f"{BASE}article/b": "plain\u00a0text\n"})
    assert messages("text-odd-characters", "", texts) == [
        "the text holds 2 x soft hyphen (U+00AD), 1 x line separator (U+2028), "
        "1 x zero width no-break space (U+FEFF); every one of them counts in offsets"
    ]


# --- prefixes ---------------------------------------------------------------------------------


def in_text(rule: str, *texts: str) -> list[tuple[str, str]]:
    files = [
        (SourceFile(Path(f"{n}.ttl"), f"{n}.ttl", f"urn:{n}", "data"), text)
        for n, text in enumerate(texts, 1)
    ]
    return [
        (str(found.location), found.message)
        for found in run_file_lints(files)
        if found.rule == rule
    ]


SKOS = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"


@pytest.mark.parametrize(
    "text",
    [
        SKOS + "<a:b> a skos:Concept .",
        SKOS + "<a:b> <a:c> '1'^^skos:x .",
        "PREFIX : <http://e/>\n<a:b> <a:c> : .",
        "PREFIX : <http://e/>\n:a :b :c .",
        "PREFIX e: <http://e/>\n<a:b> <a:c> (e:it\\'s e:x) .",
        "PREFIX é-1: <http://e/>\n<a:b> <a:c> é-1:x .",
        "PREFIX a.b: <http://e/>\n<a:b> <a:c> a.b:x .",
    ],
)
def test_prefixes_that_are_used(text: str) -> None:
    assert in_text("prefix-unused", text) == []


@pytest.mark.parametrize(
    "rest",
    [
        "<a:b> <a:c> <skos:x> .",
        "<a:b> <a:c> 'skos:x' .",
        '<a:b> <a:c> """a " skos:x""" .',
        "# skos:x",
        "<a:b> <a:c> e:skos , xskos:x .",
    ],
)
def test_prefixes_that_only_seem_to_be_used(rest: str) -> None:
    assert in_text("prefix-unused", SKOS + rest) == [("1.ttl:1:1", "nothing begins with skos:")]


def test_a_prefix_declared_again() -> None:
    again = "<a:b> a skos:Concept .\n@prefix skos: <http://e/> ."
    assert in_text("prefix-redefined", SKOS + again) == [
        (
            "1.ttl:3:1",
            "skos: was <http://www.w3.org/2004/02/skos/core#> before, and is <http://e/> from here",
        )
    ]
    assert in_text("prefix-redefined", SKOS + SKOS) == []


@pytest.mark.parametrize(
    ("name", "namespace", "meant"),
    [
        ("skos", "http://www.w3.org/2004/02/skos/core", "skos"),
        ("skos", "https://www.w3.org/2004/02/skos/core#", "skos"),
        ("skos", "http://example.org/other#", "skos"),
        ("xs", "https://www.w3.org/2001/XMLSchema#", "xsd"),
        ("dcterms", "http://purl.org/dc/term/", "dcterms"),
        ("dct", "http://purl.org/dc/terms", "dcterms"),
        ("schema", "http://schema.org/", ""),
        ("sh", "http://purl.org/skos-history/", ""),
        ("dc", "http://purl.org/dc/elements/1.1/", ""),
        ("meso", "https://example.org/meso#", ""),
        ("oa", "http://example.org/open-access/", ""),
        ("xs", "http://www.w3.org/2001/XMLSchema#", ""),
    ],
)
def test_prefixes_of_well_known_vocabularies(name: str, namespace: str, meant: str) -> None:
    text = f"@prefix {name}: <{namespace}> .\n<a:b> a {name}:X ."
    found = [message for _, message in in_text("prefix-odd", text)]
    assert found == (
        [f"{name}: stands for <{namespace}>; did you mean <{STANDARD_PREFIXES[meant]}>?"]
        if meant
        else []
    )


def test_a_prefix_that_differs_in_one_file() -> None:
    usual, other = "@prefix e: <http://e/> . e:a a e:B .", "@prefix e: <http://f/> . e:a a e:B ."
    assert in_text("prefix-differs", usual, other, usual) == [
        ("2.ttl:1:1", "e: is <http://f/> here and <http://e/> in 1.ttl and 1 other files")
    ]
    third = "@prefix e: <http://g/> ."
    assert in_text("prefix-differs", usual, other, third) == []  # each file has its own


# --- all of them -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "times"),
    [
        ("rdfs:label 'M\ufffdller'@en", 1),
        ("rdfs:label 'Müller'@en", 0),
        ("meso:quote 'M\ufffdller'@en", 0),  # letter by letter as it was printed
    ],
)
def test_a_letter_that_was_lost(statement: str, times: int) -> None:
    assert len(lint("replacement-character", f"claim:a {statement} .")) == times


@pytest.mark.parametrize(
    ("iri", "times"),
    [
        ("javascript:alert(1)", 1),
        ("JavaScript:alert(1)", 1),
        ("data:text/plain,tea", 1),
        ("about:blank", 1),
        ("urn:isbn:9783161484100", 0),
        ("mailto:a@example.org", 0),
        ("https://example.org/javascript:x", 0),
    ],
)
def test_an_iri_that_names_nothing(iri: str, times: int) -> None:
    assert len(lint("iri-scheme-odd", f"claim:a rdfs:seeAlso <{iri}> .")) == times


@pytest.mark.parametrize(
    ("text", "times"),
    [
        (f"claim:a a <{BASE}ns#Clam> .", 1),
        (f"claim:a a <{BASE}ns#Clam> . <{BASE}ns#Clam> a owl:Class .", 0),
        (f"claim:a a <{BASE}ns#Clam> . <{BASE}ns#Clam> rdfs:subClassOf owl:Thing .", 0),
        ("claim:a a treatment:tea . treatment:tea a meso:Treatment .", 1),
        ("claim:a a <http://example.com/Clam> .", 0),  # somebody else's vocabulary
        ("claim:a a foaf:Clam .", 0),  # that is another rule's affair
    ],
)
def test_a_class_that_nothing_defines(text: str, times: int) -> None:
    assert len(lint("class-undefined", text)) == times


@pytest.mark.parametrize(
    ("name", "times"),
    [("data/x", 0), ("data/y", 1), ("derived/claims", 0), ("text", 0)],
)
def test_a_graph_in_the_catalog_that_no_file_makes(name: str, times: int) -> None:
    there = f"GRAPH <{BASE}graph/data/x> {{ claim:a a owl:Thing }}"
    text = f"<{BASE}graph/{name}> a void:Dataset . {there}"
    data = replace(read(HEAD + text, "trig"), base=BASE)
    assert len(list(LINTS["metadata-without-graph"].run(data, Texts()))) == times


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2026-02-28", ""),
        ("2026-03-02", ""),  # tomorrow has begun somewhere
        ("2026-03-03", "mapping_date: 2026-03-03 is yet to come"),
        ("2026-02-29", "mapping_date: there is no day 2026-02-29"),
        (
            "24.2.2026",
            "mapping_date: '24.2.2026' is no date; write year, month and day as 2026-01-31",
        ),
        ("0203-01-01", "mapping_date: no mapping was made in the year 203"),
    ],
)
def test_the_day_of_a_mapping(day: str, message: str, tmp_path: Path) -> None:
    table = (case_folder() / "mapping-date" / "valid.sssom.tsv").read_text("utf-8")
    file = tmp_path / "m.sssom.tsv"
    file.write_text(table.replace("2024-05-01", day), "utf-8")
    source = SourceFile(file, "m.sssom.tsv", f"{BASE}graph/m", "mappings")
    found = list(
        LINTS["mapping-date"].run(
            replace(dataset("claim:a a owl:Thing ."), sources=(source,)), Texts(), date(2026, 3, 1)
        )
    )
    assert [f.message for f in found] == [message] * bool(message)
    assert all(f.location == Location("m.sssom.tsv", 9) for f in found)


@pytest.mark.parametrize(
    ("statement", "times"),
    [
        ("<http://prismstandard.org/namespaces/basic/3.0/doi> 'doi:10.1000/1'", 1),
        ("<http://prismstandard.org/namespaces/basic/3.0/doi> '10.1000/1'", 0),
        ("<http://purl.org/spar/fabio/hasPubMedId> 'PMID 1'", 1),
        ("<http://www.wikidata.org/prop/direct/P356> '10.1000/1'", 0),
        ("<http://www.wikidata.org/prop/direct/P356> 'https://doi.org/10.1000/1'", 1),
        ("rdfs:seeAlso <http://id.nlm.nih.gov/mesh/sparql>", 0),
    ],
)
def test_identifiers_of_more_properties(statement: str, times: int) -> None:
    assert len(lint("identifier-form", f"claim:a {statement} .")) == times


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("literal-form", "meso:n 01"),
        ("literal-form", "meso:n 1.50"),
        ("literal-form", "meso:n 40.0"),
        ("literal-form", "meso:n 1E3"),
        ("literal-form", "meso:n '1'^^xsd:boolean"),
        ("literal-form", "meso:n '5'^^xsd:int"),
        ("literal-form", "meso:n '2026-01-02T03:04:05+00:00'^^xsd:dateTime"),
        ("not-nfc", "rdfs:label 'mate\u0301'@en"),
        ("not-nfc", "rdfs:label 'ma\\nte\u0301'@en"),
        ("mojibake", "rdfs:label 'cafÃ©'@en"),
        ("outer-blanks", r"""rdfs:comment ' \"tea\" '@en"""),
        ("iri-unnormalised", "rdfs:seeAlso <http://example.org:80/%7e>"),
        ("namespace-misspelt", "rdfs:seeAlso <https://purl.org/dc/terms/title>"),
        ("iri-form", "rdfs:seeAlso <http://example.org/kg/claim/b>"),
        ("iri-broken", "rdfs:seeAlso <dcterms:title>"),
    ],
)
def test_what_should_stand_there_is_right(rule: str, statement: str) -> None:
    (found,) = lint(rule, f"claim:a {statement} .")
    assert found.replacement
    predicate = statement.partition(" ")[0]
    assert lint(rule, f"claim:a {predicate} {found.replacement} .") == []


def test_a_better_tag_and_a_better_term() -> None:
    assert [f.replacement for f in lint("language-tag", "claim:a rdfs:label 'a'@eng-gb .")] == [
        "@en-gb"
    ]
    assert [f.replacement for f in lint("language-tag", "claim:a rdfs:label 'a'@xx .")] == [None]
    old = "condition:a owl:deprecated true ; dcterms:isReplacedBy condition:b"
    use = " . claim:a meso:object condition:a ."
    (found,) = lint("deprecated-term-used", old + use)
    assert found.replacement == f"<{BASE}condition/b>"
    (found,) = lint("deprecated-term-used", f"{old} , condition:c{use}")
    assert found.replacement is None


def test_nothing_stands_there_in_formats_that_spell_otherwise() -> None:
    data = in_files("claim:a meso:n 01 .")
    source = replace(data.sources[0], path=Path("x.jsonld"))
    (found,) = LINTS["literal-form"].run(replace(data, sources=(source,)), Texts())
    assert found.replacement is None
    source = replace(data.sources[0], path=Path("x.nt"))
    (found,) = LINTS["literal-form"].run(replace(data, sources=(source,)), Texts())
    assert found.replacement == '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'


def test_a_finding_knows_its_statement() -> None:
    (found,) = lint("literal-form", "[] meso:n 01 .")
    assert found.focus == ""
    assert found.anchor.subject.startswith("_:")
    assert found.anchor.predicate == f"<{PREFIXES['meso']}n>"
    assert found.anchor.object == '"01"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert found.anchor.graph == ""
    (found,) = LINTS["literal-form"].run(in_files("claim:a meso:n 01 ."), Texts())
    assert found.anchor.graph == f"<{BASE}graph/data/1>"


@pytest.mark.parametrize("rule", sorted(LINT_RULES))
def test_rules_explain_themselves(rule: str) -> None:
    entry = LINT_RULES[rule]
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


@given(datasets())
def test_all_at_once_is_one_by_one(data: Dataset) -> None:
    each = [finding for entry in LINTS.values() for finding in entry.run(data, Texts())]
    assert list(run_lints(data, Texts())) == each


@given(texts)
def test_nothing_brings_a_file_lint_down(text: str) -> None:
    source = SourceFile(Path("x.ttl"), "x.ttl", "urn:x", "data")
    for body in (text, f"@prefix a: <{text}> . a:{text} '{text}", f"PREFIX {text}: <http://e/> #"):
        found = list(run_file_lints([(source, body), (source, text)]))
        assert {finding.rule for finding in found} <= FILE_LINTS.keys()
