"""Rules about quotations: findable, readable, and within what the rights in a text allow."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pyoxigraph as ox

from mesokg.dataset import Dataset, Term
from mesokg.lint.rule import TYPE, Given, Lint, finding, lexical, named
from mesokg.report import Finding, Severity
from mesokg.terms import NS, SCHEME_PATHS, STANDARD_PREFIXES, VOCABULARY_BASE

__all__ = ["QUOTATIONS"]

_LABEL: Final = ox.NamedNode(STANDARD_PREFIXES["rdfs"] + "label")

_STATED_IN: Final = ox.NamedNode(NS + "statedIn")
_START: Final = ox.NamedNode(NS + "start")
_END: Final = ox.NamedNode(NS + "end")
_QUOTE: Final = ox.NamedNode(NS + "quote")
_HEDGE_WORDS: Final = ox.NamedNode(NS + "hedgeWords")
_RIGHTS: Final = ox.NamedNode(NS + "textRights")
_FULL: Final = ox.NamedNode(f"{VOCABULARY_BASE}{SCHEME_PATHS['rights']}/full")
_ANCHORS: Final = ox.NamedNode(f"{VOCABULARY_BASE}{SCHEME_PATHS['rights']}/anchors")
_BIBLIOGRAPHY: Final = (ox.NamedNode(NS + "occursIn"), ox.NamedNode(NS + "listedIn"))
#: Records whose labels are names of publications, which are facts and not restatements.
_NAMED_BY_TITLE: Final = frozenset(
    ox.NamedNode(NS + name) for name in ("Article", "InTextCitation", "Reference", "Work")
)

#: At most this share of a text's code points may be quoted where not all of it may be shown.
_MOST_QUOTED: Final = 0.40
#: A label may share a run of this many characters with a text that it restates, no more.
_LONGEST_RUN: Final = 30


class _Records:
    """The values of records by subject and property."""

    def __init__(self, dataset: Dataset) -> None:
        self.about: dict[Any, dict[ox.NamedNode, list[Any]]] = defaultdict(dict)
        for subject, predicate, value in dataset.default_graph:
            self.about[subject].setdefault(predicate, []).append(value)

    def rights(self, article: str) -> Any:
        """How much of a text may be shown; None when nothing is said."""
        return next(iter(self.about[ox.NamedNode(article)].get(_RIGHTS, ())), None)

    def within(self, article: str, *links: ox.NamedNode) -> Iterator[tuple[Any, int, int]]:
        """The records that one of these properties places in an article: record, start, end."""
        place = ox.NamedNode(article)
        for record, values in self.about.items():
            if any(place in values.get(link, ()) for link in links):
                start, end = (_integer(values.get(prop, ())) for prop in (_START, _END))
                if 0 <= start < end:
                    yield record, start, end


def _integer(values: Iterable[Term]) -> int:
    """The one number of a property; -1 when there is none to rely on."""
    numbers = [lexical(value) for value in values]
    if len(numbers) == 1 and re.fullmatch(r"[0-9]{1,12}", numbers[0]):
        return int(numbers[0])
    return -1


def _quoted_share(given: Given) -> Iterator[Finding]:
    if not given.texts.by_article:
        return
    records = _Records(given.dataset)
    for article, text in sorted(given.texts.by_article.items()):
        rights = records.rights(article)
        if rights == _FULL or not text:
            continue
        quoted = bytearray(len(text))
        for record, start, end in records.within(article, _STATED_IN):
            for first, last in _quotations(records.about[record], text, start, end):
                quoted[first:last] = b"\x01" * (last - first)
        for _, start, end in records.within(article, *_BIBLIOGRAPHY):
            quoted[start:end] = bytes(len(quoted[start:end]))
        most = 0.0 if rights == _ANCHORS else _MOST_QUOTED
        share = sum(quoted) / len(text)
        if share > most:
            yield Finding(
                "",
                Severity.INFO,
                f"{share:.1%} of the text is quoted ({sum(quoted):,} of {len(text):,} code points)"
                f"; its rights allow {most:.0%}",
                focus=f"<{article}>",
                path=str(_RIGHTS),
                value=named(rights),
            )


def _quotations(
    values: Mapping[ox.NamedNode, list[Term]], text: str, start: int, end: int
) -> Iterator[tuple[int, int]]:
    """Where the quoted words of a claim stand: a quote in its passage, a hedge there or before."""
    for prop in (_QUOTE, _HEDGE_WORDS):
        for value in values.get(prop, ()):
            words = lexical(value)
            place = text.find(words, start, end)
            if place < 0 and prop == _HEDGE_WORDS:
                place = text.rfind(words, 0, end)
            if place >= 0 and words:
                yield place, place + len(words)


def _label_copies_text(given: Given) -> Iterator[Finding]:
    if not given.texts.by_article:
        return
    records = _Records(given.dataset)
    windows: dict[str, list[ox.Quad]] = defaultdict(list)
    for quad in _restatements(given.dataset, records):
        folded = _folded(lexical(quad.object))
        for place in range(len(folded) - _LONGEST_RUN):
            windows[folded[place : place + _LONGEST_RUN + 1]].append(quad)
    if not windows:
        return
    copied: dict[ox.Quad, int] = {}
    for article, text in sorted(given.texts.by_article.items()):
        if records.rights(article) == _FULL:
            continue
        masked = bytearray(len(text))
        for _, start, end in records.within(article, *_BIBLIOGRAPHY):
            masked[start:end] = b"\x01" * len(masked[start:end])
        kept = "".join("\0" if hidden else char for char, hidden in zip(text, masked, strict=True))
        for quad, length in _runs(_folded(kept), windows):
            copied[quad] = max(length, copied.get(quad, 0))
    for quad, length in copied.items():
        yield finding(
            given, quad, f"the label shares a run of {length} characters with the article's text"
        )


def _restatements(dataset: Dataset, records: _Records) -> Iterator[ox.Quad]:
    """The labels in data files that should be in the curator's own words."""
    for quad in dataset.quads:
        if quad.predicate != _LABEL:
            continue
        source = dataset.source_of(getattr(quad.graph_name, "value", ""))
        if source is not None and source.role != "data":
            continue
        if _NAMED_BY_TITLE.isdisjoint(records.about[quad.subject].get(TYPE, ())):
            yield quad


def _folded(text: str) -> str:
    """A text for comparing: no capitals, no line ends, one blank at a time."""
    return re.sub(r"\s+", " ", text.lower())


def _runs(text: str, windows: Mapping[str, list[ox.Quad]]) -> Iterator[tuple[ox.Quad, int]]:
    """Each label that shares a window with the text, and how long the run is from there."""
    size = _LONGEST_RUN + 1
    running: dict[ox.Quad, int] = {}
    for place in range(len(text) - size + 1):
        hits = windows.get(text[place : place + size], ())
        running = {quad: running.get(quad, _LONGEST_RUN) + 1 for quad in hits}
        yield from running.items()


# --- where a quote stands and what it is ------------------------------------------------------


def _quotes(given: Given) -> Iterator[ox.Quad]:
    """The statements that quote an article."""
    if _QUOTE in given.facts.objects:
        yield from (quad for quad in given.dataset.quads if quad.predicate == _QUOTE)


def _quote_ambiguous(given: Given) -> Iterator[Finding]:
    if not given.texts.by_article:
        return
    records = _Records(given.dataset)
    for quad in _quotes(given):
        words = lexical(quad.object)
        about = records.about[quad.subject]
        for article in about.get(_STATED_IN, ()):
            text = given.texts.by_article.get(getattr(article, "value", ""), "")
            start, end = (_integer(about.get(prop, ())) for prop in (_START, _END))
            inside = 0 <= start < end <= len(text)
            where, what = (text[start:end], "passage") if inside else (text, "text")
            times = _times(words, where) if words else 0
            if times > 1:
                yield finding(given, quad, f"the quoted words stand {times} times in the {what}")


def _times(words: str, text: str) -> int:
    """How often words stand in a text, places that overlap included."""
    found, place = 0, text.find(words)
    while place >= 0:
        found, place = found + 1, text.find(words, place + 1)
    return found


def _quote_without_word(given: Given) -> Iterator[Finding]:
    for quad in _quotes(given):
        if not re.search(r"[^\W\d_]{2}", lexical(quad.object)):
            yield finding(given, quad, "the quote holds no word")


#: What ends a line for some reader: all of str.splitlines, told apart from what Turtle calls one.
_LINE_END: Final = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
#: More lines than a sentence takes that was broken by hand: a scrap of a table or a list.
_MOST_LINES: Final = 3


def _quote_line_ends(given: Given) -> Iterator[Finding]:
    for quad in _quotes(given):
        ends = len(_LINE_END.findall(lexical(quad.object)))
        if 0 < ends < _MOST_LINES:
            lines = "a line end" if ends == 1 else f"{ends} line ends"
            yield finding(given, quad, f"the quote holds {lines}")


def _quote_many_lines(given: Given) -> Iterator[Finding]:
    for quad in _quotes(given):
        lines = len(_LINE_END.findall(lexical(quad.object))) + 1
        if lines > _MOST_LINES:
            yield finding(given, quad, f"the quote runs over {lines} lines")


# --- the texts themselves ---------------------------------------------------------------------

#: Characters that readers do not see, that programs drop, or that end lines for some of them.
_ODD: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffd\ufffe\uffff]"
)


def _text_odd_characters(given: Given) -> Iterator[Finding]:
    for article, text in sorted(given.texts.by_article.items()):
        odd = Counter() if text.isascii() and text.isprintable() else Counter(_ODD.findall(text))
        kinds = [f"{count} x {_called(char)}" for char, count in sorted(odd.items())]
        if not unicodedata.is_normalized("NFC", text):
            kinds.append("letters that are not in the form NFC")
        if kinds:
            yield Finding(
                "",
                Severity.INFO,
                f"the text holds {', '.join(kinds)}; every one of them counts in offsets",
                focus=f"<{article}>",
            )


def _called(char: str) -> str:
    name = unicodedata.name(char, "control character").lower()
    return f"{name} (U+{ord(char):04X})"


#: What the rules look at.
_QUOTES: Final = frozenset({_QUOTE.value})
_PLACED: Final = frozenset(term.value for term in (_STATED_IN, _START, _END))
_PRINTED: Final = _PLACED | {term.value for term in (*_BIBLIOGRAPHY, _RIGHTS)}

QUOTATIONS: Final = (
    Lint(
        "label-copies-text",
        "Restatements are in our own words",
        "Where a text may not be shown in full, a label that restates it shares no run of more "
        "than 30 characters with it; capitals and line ends do not count. In-text citations and "
        "entries of the reference list are facts, and do not count either.",
        "say it in your own words",
        Severity.WARNING,
        True,
        _label_copies_text,
        _PRINTED | {_LABEL.value, TYPE.value},
    ),
    Lint(
        "quote-ambiguous",
        "A quote stands once in its passage",
        "Who looks for the quoted words must find one place. If they stand twice in the passage, "
        "or twice in the text where no passage is given, nobody knows which is meant.",
        "narrow the passage to the place that is meant, or quote a word more",
        Severity.WARNING,
        True,
        _quote_ambiguous,
        _PLACED | _QUOTES,
    ),
    Lint(
        "quote-line-ends",
        "A quote is one line",
        "A line end inside a quote is the page's and not the author's. It must stay as long as it "
        "stands in the text, since a quote is copied letter by letter; a quote from one line is "
        "easier to read and to find again.",
        "quote words of one line, if that is enough",
        Severity.INFO,
        False,
        _quote_line_ends,
        _QUOTES,
    ),
    Lint(
        "quote-many-lines",
        "A quote is a sentence and not a scrap of a page",
        "Four lines or more are mostly the cells of a table or the items of a list, which say "
        "nothing when they are read in a row.",
        "quote the words that carry the claim",
        Severity.WARNING,
        False,
        _quote_many_lines,
        _QUOTES,
    ),
    Lint(
        "quote-without-word",
        "A quote holds a word",
        "A number, a mark or a blank alone says nothing, and stands in many places.",
        "quote the words that say it",
        Severity.WARNING,
        False,
        _quote_without_word,
        _QUOTES,
    ),
    Lint(
        "quoted-share",
        "No more of a text is quoted than its rights allow",
        "Where a text may be quoted, or where the rights in it are unknown, quotes and hedging "
        "words together are at most 40 % of it. What is quoted twice counts once; in-text "
        "citations and entries of the reference list do not count. Where only anchors are "
        "allowed, nothing is quoted.",
        "shorten quotes to their key words; the offsets keep the passage",
        Severity.WARNING,
        True,
        _quoted_share,
        _PRINTED | _QUOTES | {_HEDGE_WORDS.value},
    ),
    Lint(
        "text-odd-characters",
        "A text holds no characters that cannot be seen",
        "A soft hyphen, a byte order mark in the middle or a line separator is a code point like "
        "any other: offsets count it, and a program that drops it or ends a line at it counts "
        "wrong. The text is what was hashed and stays as it is; this is to know.",
        "nothing, unless the text is prepared anew: then leave such characters out",
        Severity.INFO,
        True,
        _text_odd_characters,
        frozenset(),
    ),
)  # fmt: skip
