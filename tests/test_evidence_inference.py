"""A real corpus of quotations against the rules: each oddity has its rule, and no count is off.

Evidence Inference is read from the test data (MESOKG_TESTDATA); these tests are skipped without
it, and CI does not skip. What a rule finds is compared, quotation by quotation, with what a line
of plain Python finds in the tables and texts. All of it goes through the rules about quotations,
texts and answers; all rules there are see every eighth article, since all of it would take them
longer than everything else here and they find the same.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox
import pytest

import mesokg
from evidence_inference import BASE, Corpus, Quotation, article_iri, convert, read_corpus
from mesokg.dataset import Dataset, read_files
from mesokg.lint import LINTS, run_lints
from mesokg.report import Finding, Severity
from mesokg.shacl import choose_engine, validate_shapes
from mesokg.terms import NS, STANDARD_PREFIXES
from mesokg.texts import Texts

ONTOLOGY = Path(__file__).resolve().parent.parent / "ontology"
SHAPE = "https://w3id.org/mesokg/shapes#"
#: The shapes that all of the corpus goes through.
SHAPES = (
    "claim-core", "comparator-differs", "passage-inside-text", "passage-longer-than-quote",
    "quote-edges", "quote-in-passage", "quote-mid-word", "skos-labels-clean", "text-hash",
)  # fmt: skip
#: The rules in code that all of the corpus goes through.
CODE = (
    "control-character", "not-nfc", "outer-blanks", "quote-ambiguous", "quote-line-ends",
    "quote-many-lines", "quote-without-word", "text-odd-characters",
)  # fmt: skip


@dataclass(frozen=True)
class Findings:
    """What some rules found, by rule, in terms of the corpus."""

    found: tuple[Finding, ...]
    quoted: Mapping[str, Quotation]

    @cached_property
    def by_rule(self) -> Mapping[str, list[Finding]]:
        kept = defaultdict(list)
        for finding in self.found:
            kept[finding.rule].append(finding)
        return kept

    def quotations(self, rule: str) -> set[Quotation]:
        """The quotations that a rule found, whether the claim is the focus or the value."""
        return {
            self.quoted[iri[1:-1]]
            for finding in self.by_rule[rule]
            for iri in (finding.focus, finding.value)
            if iri[1:-1] in self.quoted
        }


def ask_shapes(dataset: Dataset, texts: Texts, names: Iterable[str]) -> tuple[Finding, ...]:
    """What some of the tool's shapes find, with its vocabulary at hand."""
    shapes = read_files(sorted((ONTOLOGY / "shapes").glob("*.ttl"))).default_graph
    terms = read_files([ONTOLOGY / "mesokg.ttl", *sorted((ONTOLOGY / "schemes").glob("*.ttl"))])
    wanted = {ox.NamedNode(SHAPE + name) for name in names}
    assert wanted <= {triple.subject for triple in shapes}
    off, shape = (
        ox.NamedNode(STANDARD_PREFIXES["sh"] + name) for name in ("deactivated", "NodeShape")
    )
    others = {t.subject for t in shapes if t.object == shape} - wanted
    return tuple(
        validate_shapes(
            (*dataset.default_graph, *terms.default_graph, *(q.triple for q in texts.quads(BASE))),
            (*shapes, *(ox.Triple(other, off, ox.Literal(True)) for other in others)),
            prefixes=dataset.prefixes,
            engine=choose_engine("auto", shapes),
        )
    )


def ask_code(dataset: Dataset, texts: Texts, names: Iterable[str]) -> tuple[Finding, ...]:
    """What some of the rules in code find."""
    names = set(names)
    assert names <= LINTS.keys()
    return tuple(run_lints(dataset, texts, skipped=LINTS.keys() - names))


@pytest.fixture(scope="module")
def corpus(testdata: Path) -> Corpus:
    folder = testdata / "data" / "evidence-inference"
    if not folder.is_dir():
        pytest.skip(f"no Evidence Inference in {folder}: set MESOKG_TESTDATA")
    return read_corpus(folder)


@pytest.fixture(scope="module")
def quotations(corpus: Corpus) -> set[Quotation]:
    """Each quotation once, straight from the table."""
    return {
        Quotation(
            row["PMCID"], int(row["Evidence Start"]), int(row["Evidence End"]), row["Annotations"]
        )
        for row in corpus.annotations
    }


@pytest.fixture(scope="module")
def found(corpus: Corpus) -> Findings:
    dataset, quoted = convert(corpus)
    texts = corpus.by_article
    return Findings((*ask_shapes(dataset, texts, SHAPES), *ask_code(dataset, texts, CODE)), quoted)


def moved(corpus: Corpus, place: Callable[[str, int, int], tuple[int, int]]) -> Corpus:
    """The corpus with other offsets, as a wrong import would have them."""
    rows = []
    for row in corpus.annotations:
        first, last = int(row["Evidence Start"]), int(row["Evidence End"])
        start, end = place(corpus.texts[row["PMCID"]], first, last)
        rows.append({**row, "Evidence Start": str(start), "Evidence End": str(end)})
    return replace(corpus, annotations=tuple(rows))


# --- where the quotes stand ---------------------------------------------------------------------


def test_the_whole_part_is_there_and_in_the_graph(corpus: Corpus, found: Findings) -> None:
    assert (len(corpus.annotations), len(corpus.prompts), len(corpus.texts)) == (1675, 843, 310)
    assert corpus.titles.keys() == corpus.texts.keys()
    assert len(found.quoted) == 1386  # by prompt, answer and place
    assert len(set(found.quoted.values())) == 1328  # by place and words, as counted below


def test_every_quote_stands_at_its_code_points(
    corpus: Corpus, quotations: set[Quotation], found: Findings
) -> None:
    assert {q for q in quotations if corpus.texts[q.pmcid][q.start : q.end] != q.words} == set()
    for rule in ("quote-in-passage", "passage-inside-text", "text-hash"):
        assert found.by_rule[rule] == [], rule


def test_offsets_in_bytes_are_found_out(corpus: Corpus, quotations: set[Quotation]) -> None:
    def in_bytes(text: str, start: int, end: int) -> tuple[int, int]:
        return len(text[:start].encode()), len(text[:end].encode())

    wrong = moved(corpus, in_bytes)
    dataset, quoted = convert(wrong)
    found = Findings(
        ask_shapes(dataset, wrong.by_article, ("passage-inside-text", "quote-in-passage")), quoted
    )
    # A start in bytes is too large as soon as anything before it is not ASCII; if only the quote
    # itself is not, the passage grows at its end and still holds the quote, which is no mistake.
    places = {
        q: (q.start, q.end, *in_bytes(corpus.texts[q.pmcid], q.start, q.end)) for q in quotations
    }
    starts = {q for q, (start, _, first, _) in places.items() if first != start}
    either = {q for q, (start, end, *place) in places.items() if [start, end] != place}
    beyond = {q for q, (*_, last) in places.items() if last > len(corpus.texts[q.pmcid])}
    assert (len(starts), len(either), len(beyond)) == (1217, 1256, 2)

    def expected(wanted: set[Quotation]) -> set[Quotation]:
        return {Quotation(q.pmcid, *places[q][2:], q.words) for q in wanted}

    assert found.quotations("quote-in-passage") == expected(starts)
    assert found.quotations("passage-inside-text") == expected(beyond)


def test_ends_taken_for_inclusive_are_found_out(corpus: Corpus, quotations: set[Quotation]) -> None:
    # The corpus's documentation says so; whoever turns the quotes' real ends into "inclusive"
    # ones has every passage one character short.
    wrong = moved(corpus, lambda _, start, end: (start, end - 1))
    dataset, quoted = convert(wrong)
    found = Findings(ask_shapes(dataset, wrong.by_article, ("quote-in-passage",)), quoted)
    assert len(found.quotations("quote-in-passage")) == len(quotations) == 1328


# --- what the quotes are ------------------------------------------------------------------------


def test_quotes_of_half_words(corpus: Corpus, quotations: set[Quotation], found: Findings) -> None:
    def inside(text: str, place: int) -> bool:
        return bool(re.fullmatch(r"\w\w", text[max(0, place - 1) : place + 1]))

    first = {q for q in quotations if inside(corpus.texts[q.pmcid], q.start)}
    last = {q for q in quotations if inside(corpus.texts[q.pmcid], q.end)}
    assert (len(first), len(last)) == (15, 36)
    assert len(first | last) == 51  # no quote is cut at both ends
    assert found.quotations("quote-mid-word") == first | last


def test_quotes_with_blanks_at_their_edges(quotations: set[Quotation], found: Findings) -> None:
    # quote-edges has quotes for its own, so outer-blanks leaves them to it.
    blank = {q for q in quotations if q.words != q.words.strip()}
    assert len(blank) == 140
    assert found.quotations("quote-edges") == blank
    assert found.by_rule["outer-blanks"] == []


def test_quotes_of_several_lines(quotations: set[Quotation], found: Findings) -> None:
    # Each quote with a line end is found by one of two rules, so that none is told twice. A line
    # end that ends the quote counts as the beginning of a line: the selection went that far.
    ends = {q: q.words.count("\n") for q in quotations}
    assert sum(n > 0 for n in ends.values()) == 81
    assert found.quotations("quote-line-ends") == {q for q, n in ends.items() if 0 < n < 3}
    assert found.quotations("quote-many-lines") == {q for q, n in ends.items() if n >= 3}
    assert len(found.quotations("quote-many-lines")) == 55
    assert len(found.quotations("quote-line-ends")) == 26


def test_quotes_without_a_word(quotations: set[Quotation], found: Findings) -> None:
    def has_word(words: str) -> bool:
        return any(a.isalpha() and b.isalpha() for a, b in itertools.pairwise(words))

    wordless = {q for q in quotations if not has_word(q.words)}
    assert len(wordless) == 1
    assert found.quotations("quote-without-word") == wordless


def test_quotes_that_stand_twice(
    corpus: Corpus, quotations: set[Quotation], found: Findings
) -> None:
    # With its offsets each quote has one place; an import that drops them loses it for these.
    assert found.by_rule["quote-ambiguous"] == []
    twice = {q for q in quotations if corpus.texts[q.pmcid].count(q.words) > 1}
    assert len(twice) == 12
    dataset, quoted = convert(corpus)
    offsets = (ox.NamedNode(NS + "start"), ox.NamedNode(NS + "end"))
    bare = replace(dataset, quads=tuple(q for q in dataset.quads if q.predicate not in offsets))
    lost = Findings(ask_code(bare, corpus.by_article, ("quote-ambiguous",)), quoted)
    assert lost.quotations("quote-ambiguous") == twice


# --- what the annotators say --------------------------------------------------------------------


def test_prompts_with_two_answers(corpus: Corpus, found: Findings) -> None:
    answers: dict[str, set[str]] = defaultdict(set)
    for row in corpus.annotations:
        answers[row["PromptID"]].add(row["Label Code"])
    torn = {prompt for prompt, codes in answers.items() if len(codes) > 1}
    assert len(torn) == 108
    directions = [f for f in found.by_rule["claim-core"] if f.path == f"<{NS}direction>"]
    assert {f.focus for f in directions} == {f"<{BASE}claim/{prompt}>" for prompt in torn}
    # One claim for each answer, as the claims that quote have it, is the way out.
    assert len(directions) == len(found.by_rule["claim-core"]) == 108


def test_cells_with_blanks_at_their_edges(corpus: Corpus, found: Findings) -> None:
    # A rule sees each distinct label once, the table has it in many cells; labels of concepts
    # are skos-labels-clean's, so outer-blanks leaves them to it.
    cells = [
        (kind, row[column])
        for column, kind in (
            ("Intervention", "treatment"), ("Comparator", "treatment"), ("Outcome", "outcome"),
        )
        for row in corpus.prompts
    ]  # fmt: skip
    odd = [cell for cell in cells if cell[1] != cell[1].strip() or re.search(r"[\t\n\r]", cell[1])]
    assert sum(text != text.strip() for _, text in cells) == 237  # and one with a tab inside
    assert len(odd) == 238
    labels = found.by_rule["skos-labels-clean"]
    assert len(labels) == len(set(odd)) == 134
    assert {f.value for f in labels} == {str(ox.Literal(x, language="en")) for _, x in set(odd)}


def test_what_no_rule_can_see(corpus: Corpus) -> None:
    # Importer matters: a set of statements has no row twice, and only a code stands for a label.
    # An importer has to report them; these are the numbers it would report for this part.
    rows = [tuple(row.values()) for row in corpus.annotations]
    assert len(rows) - len(set(rows)) == 71
    labels = [row["Label"] for row in corpus.annotations if row["Label Code"] == "1"]
    assert {label: labels.count(label) for label in sorted(set(labels))} == {
        "significantly increase": 246,
        "significantly increased": 233,
    }
    assert sum(row["Valid Label"] == "False" for row in corpus.annotations) == 127


# --- the texts themselves -----------------------------------------------------------------------


def odd(text: str) -> bool:
    """Whether a text holds what nobody sees, or is not NFC. A no-break space is seen: a blank."""
    unseen = {
        char for char in set(text) - set("\t\n")
        if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}
    }  # fmt: skip
    return bool(unseen) or unicodedata.normalize("NFC", text) != text


def test_texts_with_characters_that_cannot_be_seen(corpus: Corpus, found: Findings) -> None:
    def holding(char: str) -> int:
        return sum(char in text for text in corpus.texts.values())

    assert [holding(c) for c in "\ufeff\u00ad\u2028"] == [1, 1, 0]
    assert holding("\u00a0") == 130
    told = found.by_rule["text-odd-characters"]
    assert len(told) == 2
    assert {f.focus for f in told} == {
        f"<{article_iri(pmcid)}>" for pmcid, text in corpus.texts.items() if odd(text)
    }
    assert {c for f in told for c in re.findall(r"U\+\w+", f.message)} == {"U+FEFF", "U+00AD"}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("line separator (U+2028)", lambda text: text.replace("\n", "\u2028", 1)),
        ("the form NFC", lambda text: unicodedata.normalize("NFD", text)),
    ],
)
def test_oddities_that_this_part_has_not_are_named_too(
    corpus: Corpus, name: str, change: Callable[[str], str]
) -> None:
    # The whole corpus has them (100 line separators, one text that is not NFC), this part not.
    assert not any(name in f.message for f in texts_told(corpus))
    texts = {pmcid: change(text) for pmcid, text in corpus.texts.items()}
    changed = {article_iri(pmcid) for pmcid in texts if texts[pmcid] != corpus.texts[pmcid]}
    told = {f.focus[1:-1] for f in texts_told(replace(corpus, texts=texts)) if name in f.message}
    assert len(changed) > 50
    assert told == changed


def texts_told(corpus: Corpus) -> tuple[Finding, ...]:
    return ask_code(Dataset(()), corpus.by_article, ("text-odd-characters",))


def test_interventions_that_are_their_own_comparator(corpus: Corpus, found: Findings) -> None:
    # The whole corpus has one, this part none: so one is made, with another spelling of its own.
    def folded(cell: str) -> str:
        return "".join(cell.split()).casefold()

    assert all(folded(row["Intervention"]) != folded(row["Comparator"]) for row in corpus.prompts)
    assert found.by_rule["comparator-differs"] == []
    assert found.by_rule["passage-longer-than-quote"] == []
    first = corpus.prompts[0]
    changed = {**first, "Comparator": f"{first['Intervention'].upper()} "}
    rows = tuple(row for row in corpus.annotations if row["PromptID"] == first["PromptID"])
    part = replace(corpus, prompts=(changed,), annotations=rows, titles={first["PMCID"]: "A trial"})
    told = ask_shapes(convert(part)[0], Texts({}), ["comparator-differs"])
    claims = {f"<{BASE}claim/{first['PromptID']}>"}
    assert {f.focus for f in told} >= claims
    assert {f.rule for f in told} == {"comparator-differs"}


# --- every rule ---------------------------------------------------------------------------------


def test_all_rules_together_find_the_same_in_every_eighth_article(
    corpus: Corpus, found: Findings
) -> None:
    some = set(sorted(corpus.texts)[::8])
    part = Corpus(
        tuple(row for row in corpus.annotations if row["PMCID"] in some),
        tuple(row for row in corpus.prompts if row["PMCID"] in some),
        {pmcid: corpus.titles[pmcid] for pmcid in sorted(some)},
        {pmcid: corpus.texts[pmcid] for pmcid in sorted(some)},
    )
    dataset, quoted = convert(part)
    report = mesokg.validate(dataset, texts=part.by_article)
    assert report.not_run == ()
    here = Findings(report.findings, quoted)
    for rule in (name for name in (*SHAPES, *CODE) if name.startswith("quote-")):
        there = {q for q in found.quotations(rule) if q.pmcid in some}
        assert here.quotations(rule) == there, rule
    assert here.quotations("quote-edges"), "a part without an oddity shows nothing"
    # What is left: two answers to one prompt, and labels that are cells of a table.
    bad = {f.rule for f in report.findings if f.severity is Severity.VIOLATION}
    assert bad == {"claim-core", "skos-labels-clean"}
