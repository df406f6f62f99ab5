"""Evidence Inference as a graph: the test data's tables and texts in the terms of the vocabulary.

This module decides what a prompt, an annotation and a cell become. It is a conversion for tests
and no importer: nothing is corrected, since what is odd in the data is what the rules must find.

- A prompt is a claim with the answers of all its annotators and no quote of its own.
- An annotation is a claim with one answer and one quotation; rows that say the same are one.
- A cell is an entity, verbatim; equal cells are one entity.

What is lost here, no rule could find later, and an importer has to report it: identical rows, the
spellings of one label (the code decides), and what the verifier thought of a row.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from mesokg.dataset import Dataset
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE, Prefixes
from mesokg.texts import Texts

__all__ = ["BASE", "Corpus", "Quotation", "article_iri", "convert", "read_corpus"]

BASE: Final = "https://example.org/evidence-inference/"

_TYPE: Final = ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")
_LABEL: Final = ox.NamedNode(STANDARD_PREFIXES["rdfs"] + "label")
#: Against "more of the outcome than with the comparator".
_DIRECTIONS: Final = {"1": "supports", "0": "neutral", "-1": "disputes"}


class Quotation(NamedTuple):
    """Words of an article and where they stand, in code points, the end exclusive."""

    pmcid: str
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """The tables as they are, and the texts by PMC number."""

    annotations: tuple[Mapping[str, str], ...]
    prompts: tuple[Mapping[str, str], ...]
    titles: Mapping[str, str]
    texts: Mapping[str, str]

    @property
    def by_article(self) -> Texts:
        """The texts as the rules want them."""
        return Texts({article_iri(pmcid): text for pmcid, text in sorted(self.texts.items())})


def read_corpus(folder: Path) -> Corpus:
    """The test data's part of Evidence Inference, nothing changed."""
    articles = json.loads((folder / "articles.json").read_text("utf-8"))
    texts = {}
    with tarfile.open(folder / "texts.tar.xz") as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if stream is not None:
                texts[_digits(Path(member.name).stem)] = stream.read().decode("utf-8")
    return Corpus(
        _rows(folder / "annotations.csv"),
        _rows(folder / "prompts.csv"),
        {_digits(article["pmcid"]): article["title"] for article in articles},
        texts,
    )


def article_iri(pmcid: str) -> str:
    """The IRI of an article."""
    return f"{BASE}article/{pmcid}"


def _quotation(row: Mapping[str, str]) -> Quotation:
    """The quotation of an annotation."""
    return Quotation(
        row["PMCID"], int(row["Evidence Start"]), int(row["Evidence End"]), row["Annotations"]
    )


def convert(corpus: Corpus) -> tuple[Dataset, Mapping[str, Quotation]]:
    """The graph, and for each claim that quotes what it quotes."""
    entities = _Entities()
    prompts = {row["PromptID"]: row for row in corpus.prompts}
    quads = [quad for pmcid in corpus.titles for quad in _article(corpus, pmcid)]
    answers: dict[str, set[str]] = {}
    passages: dict[str, tuple[int, int]] = {}
    quoted: dict[str, Quotation] = {}
    for row in corpus.annotations:
        prompt, code, quote = row["PromptID"], row["Label Code"], _quotation(row)
        answers.setdefault(prompt, set()).add(code)
        passages.setdefault(prompt, (quote.start, quote.end))
        quoted[f"{BASE}claim/{prompt}/{code}/{quote.start}-{quote.end}"] = quote
    for prompt, row in prompts.items():
        claim = f"{BASE}claim/{prompt}"
        quads += _claim(claim, row, answers[prompt], *passages[prompt], entities)
    for claim, quote in quoted.items():
        prompt, code = claim.removeprefix(f"{BASE}claim/").split("/")[:2]
        quads += _claim(claim, prompts[prompt], {code}, quote.start, quote.end, entities)
        quads.append(_said(claim, "quote", ox.Literal(quote.words, language="en")))
    quads += entities.quads()
    return Dataset(tuple(dict.fromkeys(quads)), Prefixes(STANDARD_PREFIXES)), quoted


class _Entities:
    """An entity for each text of a cell, numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def of(self, kind: str, cell: str) -> ox.NamedNode:
        number = self._numbers.setdefault((kind, cell), len(self._numbers) + 1)
        return ox.NamedNode(f"{BASE}{kind}/{number}")

    def quads(self) -> Iterator[ox.Quad]:
        skos, dcterms = STANDARD_PREFIXES["skos"], STANDARD_PREFIXES["dcterms"]
        mit = ox.NamedNode("https://spdx.org/licenses/MIT")
        for kind, cell in self._numbers:
            entity, scheme = self.of(kind, cell), ox.NamedNode(f"{BASE}scheme/{kind}")
            for name in (NS + kind.title(), skos + "Concept"):
                yield ox.Quad(entity, _TYPE, ox.NamedNode(name))
            label = ox.Literal(cell, language="en")
            yield ox.Quad(entity, ox.NamedNode(skos + "prefLabel"), label)
            yield ox.Quad(entity, ox.NamedNode(skos + "inScheme"), scheme)
            yield ox.Quad(entity, ox.NamedNode(skos + "topConceptOf"), scheme)
            yield ox.Quad(scheme, _TYPE, ox.NamedNode(skos + "ConceptScheme"))
            title = ox.Literal(f"The {kind}s of the trials", language="en")
            yield ox.Quad(scheme, ox.NamedNode(dcterms + "title"), title)
            yield ox.Quad(scheme, ox.NamedNode(dcterms + "license"), mit)


def _article(corpus: Corpus, pmcid: str) -> Iterator[ox.Quad]:
    iri, text = article_iri(pmcid), corpus.texts[pmcid]
    title = ox.NamedNode(STANDARD_PREFIXES["dcterms"] + "title")
    yield ox.Quad(ox.NamedNode(iri), _TYPE, ox.NamedNode(NS + "Article"))
    yield ox.Quad(ox.NamedNode(iri), title, ox.Literal(corpus.titles[pmcid], language="en"))
    yield _said(iri, "sha256", ox.Literal(hashlib.sha256(text.encode()).hexdigest()))
    yield _said(iri, "length", ox.Literal(len(text)))
    yield _said(iri, "textRights", _code("text-rights/full"))  # every article here is CC BY


def _claim(
    claim: str,
    prompt: Mapping[str, str],
    answers: Iterable[str],
    start: int,
    end: int,
    entities: _Entities,
) -> Iterator[ox.Quad]:
    yield ox.Quad(ox.NamedNode(claim), _TYPE, ox.NamedNode(NS + "Claim"))
    label = f"Prompt {prompt['PromptID']}: is there more of it than with the comparator?"
    yield ox.Quad(ox.NamedNode(claim), _LABEL, ox.Literal(label, language="en"))
    yield _said(claim, "statedIn", ox.NamedNode(article_iri(prompt["PMCID"])))
    yield _said(claim, "subject", entities.of("treatment", prompt["Intervention"]))
    yield _said(claim, "relation", ox.NamedNode(NS + "increases"))
    yield _said(claim, "object", entities.of("outcome", prompt["Outcome"]))
    yield _said(claim, "comparator", entities.of("treatment", prompt["Comparator"]))
    for name in ("kind/comparison", "hedge/asserted"):
        yield _said(claim, name.partition("/")[0], _code(name))
    yield _said(claim, "textRole", _code("role/stated"))
    for code in sorted(answers):
        yield _said(claim, "direction", _code(f"direction/{_DIRECTIONS[code]}"))
    yield _said(claim, "start", ox.Literal(start))
    yield _said(claim, "end", ox.Literal(end))


def _said(subject: str, name: str, value: ox.NamedNode | ox.Literal) -> ox.Quad:
    return ox.Quad(ox.NamedNode(subject), ox.NamedNode(NS + name), value)


def _code(path: str) -> ox.NamedNode:
    return ox.NamedNode(VOCABULARY_BASE + path)


def _digits(name: str) -> str:
    return re.sub(r"\D", "", name)


def _rows(path: Path) -> tuple[Mapping[str, str], ...]:
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))
