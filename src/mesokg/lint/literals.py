"""Rules about literals: valid, in one form, and of letters that are what they seem."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import pyoxigraph as ox

from mesokg.lint.names import languages
from mesokg.lint.rule import (
    VERBATIM,
    Given,
    Lint,
    breaches,
    finding,
    local_names,
    spelled,
)
from mesokg.rendering import show
from mesokg.report import Finding, Severity
from mesokg.terms import NS, STANDARD_PREFIXES, Prefixes

__all__ = ["LITERALS", "mended"]

_RDFS: Final = STANDARD_PREFIXES["rdfs"]
_SKOS: Final = STANDARD_PREFIXES["skos"]
_XSD: Final = STANDARD_PREFIXES["xsd"]
_OWL: Final = STANDARD_PREFIXES["owl"]
_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_TEXT_TYPES: Final = frozenset({_XSD + "string", STANDARD_PREFIXES["rdf"] + "langString"})

# --- values of datatypes ---------------------------------------------------------------------

#: Types that a cast in SPARQL can judge: it tells valid from invalid and gives the canonical form.
_CASTS: Final = local_names(
    _XSD,
    "boolean date dateTime dayTimeDuration decimal double duration float gDay gMonth gMonthDay "
    "gYear gYearMonth integer time yearMonthDuration",
)
#: Types that engines store as xsd:integer.
_KINDS_OF_INTEGER: Final = local_names(
    _XSD,
    "byte int long negativeInteger nonNegativeInteger nonPositiveInteger positiveInteger short "
    "unsignedByte unsignedInt unsignedLong unsignedShort",
)
#: OWL 2 asks for xsd:nonNegativeInteger here, and for nothing else.
_COUNTED: Final = local_names(
    _OWL,
    "cardinality maxCardinality maxQualifiedCardinality minCardinality minQualifiedCardinality "
    "qualifiedCardinality",
)
#: Numbers beyond what an engine can hold are valid all the same.
_NUMBERS: Final = local_names(_XSD, "decimal integer")
_LONG_NUMBER: Final = re.compile(r"(0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9])")
_INTEGER: Final = ox.NamedNode(_XSD + "integer")


def _literal_form(given: Given) -> Iterator[Finding]:
    asked = _CASTS | _KINDS_OF_INTEGER
    literals = [term for term in given.facts.all_literals if term.datatype.value in asked]
    wrong: dict[ox.Literal, str] = {}
    better: dict[ox.Literal, ox.Literal] = {}
    for literal, problem, right in _judge(literals, given.dataset.prefixes):
        if right is not None and not given.dataset.base:
            continue  # which form to write is each project's own affair
        wrong[literal] = problem
        if right is not None:
            better[literal] = right
    for found in breaches(given, wrong, better=better.get):
        if found.path[1:-1] not in _COUNTED or found.replacement is None:
            yield found


def _judge(
    literals: Iterable[ox.Literal], prefixes: Prefixes
) -> Iterator[tuple[ox.Literal, str, ox.Literal | None]]:
    """The literals that something is wrong with, what, and what engines make of them."""
    store = ox.Store()
    numbered = {f"urn:n:{n}": literal for n, literal in enumerate(literals)}
    for name, literal in numbered.items():
        if literal.datatype.value in _KINDS_OF_INTEGER:
            yield _as_integer(literal, prefixes)
        else:
            store.add(ox.Quad(ox.NamedNode(name), literal.datatype, ox.Literal(literal.value)))
    for datatype in sorted({literal.datatype.value for literal in numbered.values()} & _CASTS):
        query = f"SELECT ?n ?cast {{ ?n <{datatype}> ?text BIND(<{datatype}>(?text) AS ?cast) }}"
        answer: Any = store.query(query)
        for row in answer:
            literal = numbered[row["n"].value]
            shown = show(str(literal), prefixes)
            if row["cast"] is None:
                long = datatype in _NUMBERS and _LONG_NUMBER.fullmatch(literal.value)
                if not long:
                    yield literal, f"{shown} is not a value of its datatype", None
            elif row["cast"].value != literal.value:
                better = f'"{row["cast"].value}"'
                problem = f"{shown} is not in canonical form: engines make {better} of it"
                yield literal, problem, row["cast"]


def _as_integer(
    literal: ox.Literal, prefixes: Prefixes
) -> tuple[ox.Literal, str, ox.Literal | None]:
    shown = show(str(literal), prefixes)
    if not re.fullmatch(r"[+-]?[0-9]+", literal.value):
        return literal, f"{shown} is not a value of its datatype", None
    sign = "-" if literal.value.startswith("-") else ""
    digits = literal.value.lstrip("+-").lstrip("0")
    right = sign + digits if digits else "0"
    problem = f'{shown} is kept by engines as "{right}"^^xsd:integer'
    return literal, problem, ox.Literal(right, datatype=_INTEGER)


# --- languages -------------------------------------------------------------------------------

_LABELS: Final = local_names(_SKOS, "altLabel hiddenLabel prefLabel")
#: Texts for people: every one of them says in which language it is.
_TEXTS_FOR_PEOPLE: Final = (
    _LABELS
    | local_names(_RDFS, "label comment")
    | local_names(_SKOS, "changeNote definition editorialNote example historyNote note scopeNote")
    | local_names(NS, "quote hedgeWords")
)
#: Those that are never names of things without a language, nor codes, nor dates, in files of no
#: project.
_TEXTS_ANYWHERE: Final = (
    _LABELS | local_names(_SKOS, "definition scopeNote") | local_names(NS, "quote hedgeWords")
)
#: Longer codes that are often written where a shorter one is the rule (RFC 5646, 2.2.1).
_SHORTER: Final = MappingProxyType(
    {
        "ara": "ar",
        "chi": "zh",
        "deu": "de",
        "dut": "nl",
        "eng": "en",
        "english": "en",
        "fra": "fr",
        "fre": "fr",
        "ger": "de",
        "ita": "it",
        "jpn": "ja",
        "nld": "nl",
        "pol": "pl",
        "por": "pt",
        "rus": "ru",
        "spa": "es",
        "swe": "sv",
        "tur": "tr",
        "zho": "zh",
    }
)


def _language_tag(given: Given) -> Iterator[Finding]:
    wrong = {
        literal: problem
        for literal in given.facts.all_literals
        if literal.language and (problem := _wrong_tag(literal.language))
    }
    asked = _TEXTS_FOR_PEOPLE if given.dataset.base else _TEXTS_ANYWHERE
    plain = {
        term
        for term in given.facts.of(*asked)
        if isinstance(term, ox.Literal) and not term.language
    }
    for quad in given.facts.having(wrong.keys() | plain):
        if isinstance(quad.object, ox.Literal) and quad.object in wrong:
            tag = _right_tag(quad.object.language or "")
            source = given.facts.sources.get(quad.graph_name)
            turtle = tag and spelled(ox.Literal(""), source) is not None
            yield finding(
                given, quad, wrong[quad.object], replacement=f"@{tag}" if turtle else None
            )
        elif quad.object in plain and quad.predicate.value in asked:
            name = given.dataset.prefixes.shorten(quad.predicate.value)
            yield finding(given, quad, f"the text of {name} has no language tag")


@cache
def _wrong_tag(tag: str) -> str:
    """What is wrong with a language tag, or nothing."""
    language = tag.lower().partition("-")[0]
    if tag != tag.lower():
        return f"the language tag {tag} has capitals; engines make {tag.lower()} of it"
    if language in _SHORTER:
        return f"the language tag {tag} is not the shortest; write {_SHORTER[language]}"
    if len(language) == 2 and language not in languages():
        return f"no language has the code {language}"
    if len(language) > 3 or (len(language) == 1 and language not in {"x", "i"}):
        return f"no language has the code {language}"
    return ""


def _right_tag(tag: str) -> str:
    """What a wrong tag certainly means, or nothing."""
    language, hyphen, rest = tag.lower().partition("-")
    right = _SHORTER.get(language, language) + hyphen + rest
    return "" if _wrong_tag(right) else right


# --- letters ---------------------------------------------------------------------------------


def _not_nfc(given: Given) -> Iterator[Finding]:
    wrong: dict[object, str] = {
        term: problem
        for term in given.facts.named_or_written(shapes=True)
        if (problem := _in_pieces(term.value))
    }
    for quad in given.facts.having(wrong):
        for place, term in enumerate((quad.object, quad.subject, quad.predicate)):
            if term in wrong:
                right = _composed(term)
                source = given.facts.sources.get(quad.graph_name)
                text = spelled(right, source) if right and place == 0 else None
                yield finding(given, quad, wrong[term], replacement=text)
                break


def _in_pieces(text: str) -> str:
    """What keeps a text from being in NFC, or nothing."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return ""
    char = next((c for c in text if unicodedata.combining(c)), "")
    name = unicodedata.name(char, char).lower() if char else "a character of another form"
    return f"the letters are not in the form NFC: {name} stands by itself"


def _composed(term: object) -> ox.Literal | None:
    if not isinstance(term, ox.Literal):
        return None
    return _with(term, unicodedata.normalize("NFC", term.value))


def _with(literal: ox.Literal, value: str) -> ox.Literal:
    """The literal with another text."""
    if literal.language:
        return ox.Literal(value, language=literal.language)
    return ox.Literal(value, datatype=literal.datatype)


#: Not white space, not letters: what a person cannot see and a program must not meet. Joiners
#: (U+200C, U+200D) are letters' business in some scripts, and stay.
_UNSEEN: Final = re.compile(
    "\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ufffe\uffff]"
)


def _control_character(given: Given) -> Iterator[Finding]:
    wrong: dict[object, str] = {
        term: problem
        for term in given.facts.named_or_written(shapes=False)
        if (problem := _unseen(term.value))
    }
    for quad in given.facts.having(wrong):
        if quad.graph_name in given.facts.shapes:  # patterns may name what they look for
            continue
        for term in (quad.object, quad.subject, quad.predicate):
            if term in wrong:
                yield finding(given, quad, wrong[term])
                break


def _unseen(text: str) -> str:
    """Which character of a text cannot be seen and where it stands, or nothing."""
    match = None if text.isascii() and text.isprintable() else _UNSEEN.search(text)
    if not match:
        return ""
    code = f"U+{ord(match[0]):04X}"
    name = unicodedata.name(match[0], "a control character").lower()
    before = show(f'"{text[max(0, match.start() - 15) : match.start()]}"', Prefixes())
    return f"{name} ({code}) stands after {before}"


# --- blanks and nothing ----------------------------------------------------------------------

#: Properties whose blanks have rules of their own: quote-edges, skos-labels-clean, and what is
#: letter by letter as it was printed.
_OWN_BLANKS: Final = _LABELS | VERBATIM


def _outer_blanks(given: Given) -> Iterator[Finding]:
    wrong = {
        literal: "the text has blanks at its edges"
        for literal in given.facts.literals
        if (literal.value[:1].isspace() or literal.value[-1:].isspace())
        and literal.datatype.value in _TEXT_TYPES
        and _is_line(literal.value)
    }
    for found in breaches(given, wrong, shapes=False, better=_stripped):
        if found.path[1:-1] not in _OWN_BLANKS:
            yield found


def _is_line(text: str) -> bool:
    """Whether a text with blanks around it is one line: longer ones are laid out on purpose."""
    inner = text.strip()
    return bool(inner) and "\n" not in inner


def _stripped(literal: ox.Literal) -> ox.Literal:
    return _with(literal, literal.value.strip())


_TITLES: Final = (
    local_names(_DCTERMS, "abstract alternative description title")
    | local_names("http://purl.org/dc/elements/1.1/", "description title")
    | local_names(STANDARD_PREFIXES["foaf"], "name")
    | local_names("http://schema.org/", "description name")
    | local_names("https://schema.org/", "description name")
)  # fmt: skip


def _text_empty(given: Given) -> Iterator[Finding]:
    asked = (_TEXTS_FOR_PEOPLE | _TITLES) - _LABELS - VERBATIM
    wrong = {
        literal: "the text is empty"
        for literal in given.facts.literals
        if not literal.value.strip() and literal.datatype.value in _TEXT_TYPES
    }
    yield from breaches(given, wrong, predicates=asked, shapes=False)


# --- letters that were read in the wrong encoding ---------------------------------------------

#: Byte -> character, as Windows-1252 reads it; the five bytes that it has no character for stay.
_READ: Final = {
    byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0x100)
}
_BYTE: Final = {char: byte for byte, char in _READ.items()} | {
    chr(byte): byte for byte in range(0x80, 0xA0)
}
_FOLLOWING: Final = "".join(sorted({char for char, byte in _BYTE.items() if byte < 0xC0}))
#: The first letters of what UTF-8 writes in two, three or four bytes, in the scripts that are
#: common enough to tell a wrong reading from an odd text, and the rest.
_SUSPECT: Final = re.compile(
    f"[ÂÃÄÅÎÏÐÑ][{re.escape(_FOLLOWING)}]|[âã][{re.escape(_FOLLOWING)}]{{2}}"
    f"|ð[{re.escape(_FOLLOWING)}]{{3}}|ï[»¬¼][{re.escape(_FOLLOWING)}]"
)
_CLOSING: Final = frozenset("\u00ab\u00bb\u2018\u2019\u201c\u201d\u2039\u203a")


def mended(text: str) -> str:
    """A text with every letter put right that was UTF-8 and was read as Latin-1.

    >>> mended("cafÃ© of the NÃO”")
    'café of the NÃO”'
    """
    return text if text.isascii() else _SUSPECT.sub(_mend, text)


def _mend(match: re.Match[str]) -> str:
    found = match[0]
    text, before = match.string, match.string[: match.start()][-1:]
    after = text[match.end() : match.end() + 1]
    if len(found) == 2 and found[1] in _CLOSING and before.isupper() and not after.isalpha():
        return found  # a word in capitals before a closing quotation mark
    try:
        letter = bytes(_BYTE[char] for char in found).decode("utf-8")
    except UnicodeDecodeError:
        return found
    return letter if letter.isprintable() or letter in "\xa0\xad\u2028\ufeff" else found


def _mojibake(given: Given) -> Iterator[Finding]:
    wrong: dict[ox.Literal, str] = {}
    for literal in given.facts.literals:
        text = literal.value
        right = mended(text)
        if right != text:
            place = next(m for m in _SUSPECT.finditer(text) if _mend(m) != m[0])
            wrong[literal] = f'"{place[0]}" is most likely "{_mend(place)}", read in the wrong way'
    for found in breaches(given, wrong, shapes=False, better=_put_right):
        if found.path[1:-1] not in VERBATIM:
            yield found


def _put_right(literal: ox.Literal) -> ox.Literal | None:
    """The literal as it was meant, where nothing odd is left and the way back leads here."""
    right = mended(literal.value)
    return _with(literal, right) if mended(right) == right and "\ufffd" not in right else None


_LOST: Final = "\ufffd"


def _replacement_character(given: Given) -> Iterator[Finding]:
    wrong: dict[ox.Literal, str] = {}
    for literal in given.facts.literals:
        place = literal.value.find(_LOST)
        if place >= 0:
            before = show(f'"{literal.value[max(0, place - 15) : place]}"', Prefixes())
            times = literal.value.count(_LOST)
            letters = "a letter was" if times == 1 else f"{times} letters were"
            wrong[literal] = f"{letters} lost: U+FFFD stands after {before}"
    for found in breaches(given, wrong, shapes=False):
        if found.path[1:-1] not in VERBATIM:
            yield found


LITERALS: Final = (
    Lint(
        "control-character",
        "Texts hold no characters that cannot be seen",
        "Control characters, zero-width spaces and marks that turn the direction of writing make "
        "two texts look alike that are not, and break programs that read them.",
        "delete the character, or write an ordinary space",
        Severity.VIOLATION,
        False,
        _control_character,
    ),
    Lint(
        "language-tag",
        "Texts for people have a language tag, and a valid one",
        "Labels, definitions, comments and quotations say in which language they are, with the "
        "shortest code there is, in small letters. Without it no program can read them aloud, "
        "translate them or choose among them. In files of no project, this is asked of the labels "
        "and definitions of concepts alone.",
        "write the text with its tag, such as @en",
        Severity.VIOLATION,
        False,
        _language_tag,
    ),
    Lint(
        "literal-form",
        "Literals are valid and in canonical form",
        "Engines rewrite 01 to 1, 1.50 to 1.5 and +00:00 to Z, and two spellings of one value "
        "become one. Data in canonical form is the same before and after. In files of no project, "
        "only values that their datatype does not have are found.",
        "write the value in its canonical form",
        Severity.VIOLATION,
        False,
        _literal_form,
    ),
    Lint(
        "mojibake",
        "Letters were read in the encoding they were written in",
        "UTF-8 that is read as Latin-1 or Windows-1252 turns one letter into two or three odd "
        "ones. The text still looks like a text to every program, and like a mistake to everybody.",
        "write the letter that was meant, and save as UTF-8",
        Severity.WARNING,
        False,
        _mojibake,
    ),
    Lint(
        "not-nfc",
        "Texts are in Unicode's form NFC",
        "One letter can be written in several ways that look the same. In NFC there is one, so "
        "that equal texts are equal and offsets count what a reader counts.",
        "save the text in the form NFC",
        Severity.VIOLATION,
        False,
        _not_nfc,
    ),
    Lint(
        "outer-blanks",
        "Texts have no blanks at their edges",
        "A blank before or after a text cannot be seen, and makes it another text for every "
        "comparison. Texts of several lines may be laid out as they like.",
        "delete the blanks",
        Severity.WARNING,
        False,
        _outer_blanks,
    ),
    Lint(
        "replacement-character",
        "No letter was lost when a text was read",
        "U+FFFD is what a program writes for bytes that it cannot read. The letter is gone, and "
        "only the source of the text still has it. What is copied letter by letter from an "
        "article may hold it, if the article does.",
        "look up the letter at the source, and save as UTF-8",
        Severity.WARNING,
        False,
        _replacement_character,
    ),
    Lint(
        "text-empty",
        "Titles and notes are not empty",
        "An empty title or description is shown as a hole. Most often a cell of a table was empty, "
        "and the statement should not be there at all.",
        "write the text, or leave the statement out",
        Severity.WARNING,
        False,
        _text_empty,
    ),
)  # fmt: skip
