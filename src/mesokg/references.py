"""Publications as reference managers read them: BibTeX, RIS and CSL-JSON.

This module decides what of a work is fit for a citation: its values as they really are,
less those that nobody saw at a source, which are named instead of given. What an article
prints of a work never gets in. Values are data here, too: none can end its field.

RIS: https://en.wikipedia.org/wiki/RIS_(file_format) · CSL-JSON:
https://github.com/citation-style-language/schema · names are set as ``meso:authors`` asks.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import pyoxigraph as ox

from mesokg.dataset import Dataset
from mesokg.errors import InputError
from mesokg.terms import NS, STANDARD_PREFIXES

__all__ = ["REFERENCE_FORMATS", "Name", "Reference", "read_references", "write_references"]

#: Format -> suffix of its files and what it is called.
REFERENCE_FORMATS: Final[Mapping[str, tuple[str, str]]] = {
    "bibtex": (".bib", "BibTeX"),
    "ris": (".ris", "RIS"),
    "csl": (".csl.json", "CSL-JSON"),
}

_BIBO: Final = STANDARD_PREFIXES["bibo"]
_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"
#: What is read of a work: property -> the words for it.
_READ: Final[Mapping[str, str]] = {
    STANDARD_PREFIXES["dcterms"] + "title": "title",
    NS + "authors": "authors",
    NS + "editors": "editors",
    NS + "year": "year",
    NS + "journal": "journal",
    NS + "volume": "volume",
    NS + "issueNumber": "issue",
    NS + "pages": "pages",
    NS + "edition": "edition",
    NS + "publisher": "publisher",
    _BIBO + "doi": "DOI",
    _BIBO + "pmid": "PubMed identifier",
    NS + "pmcid": "PMC identifier",
    _BIBO + "issn": "ISSN",
    _BIBO + "isbn13": "ISBN",
}
_ENDS: Final = frozenset({"Jr", "Sr", "2nd", "3rd", "4th", "II", "III", "IV"})
_LONGEST_INITIALS: Final = 4
_CONTROL: Final = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A person, or with no `given` and no `suffix` whoever the record names, as it names them."""

    family: str
    given: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A publication by what was seen of it. `key` is one word, unlike those of the others.

    `kind` is article, book or other. `values` are texts by the names of `_READ`;
    `left_out` names what the record has and nobody saw at a source. `status` is set where
    the publication was corrected, doubted or retracted.
    """

    iri: str
    key: str
    kind: str
    values: Mapping[str, str]
    authors: tuple[Name, ...] = ()
    editors: tuple[Name, ...] = ()
    left_out: tuple[str, ...] = ()
    status: str = ""

    @property
    def note(self) -> str:
        """What a reader of the reference must know: its state, what is left out, the record."""
        parts = [f"Status: {self.status}."] if self.status else []
        if self.left_out:
            parts.append(f"Left out, as not seen at a source: {', '.join(self.left_out)}.")
        return " ".join((*parts, f"Record: {self.iri}"))


def read_references(dataset: Dataset) -> tuple[Reference, ...]:
    """The works of a dataset in the order of their IRIs, by the values that were seen."""
    works = {
        quad.subject.value
        for quad in dataset.quads
        if quad.predicate.value == _TYPE
        and isinstance(quad.object, ox.NamedNode)
        and quad.object.value == f"{NS}Work"
        and isinstance(quad.subject, ox.NamedNode)
    }
    said: dict[str, _Said] = {iri: defaultdict(list) for iri in works}
    for quad in dataset.quads:
        about = said.get(getattr(quad.subject, "value", ""))
        if about is not None and isinstance(quad.object, ox.Literal | ox.NamedNode):
            about[quad.predicate.value].append(quad.object)
    taken: set[str] = set()
    return tuple(_reference(iri, said[iri], taken) for iri in sorted(works))


def write_references(references: Iterable[Reference], format: str) -> bytes:
    """The references in one of `REFERENCE_FORMATS`; same references, same bytes.

    Text is UTF-8, which for BibTeX means biber, or a LaTeX of this decade. Raises InputError
    (``unknown-format``).
    """
    if format not in REFERENCE_FORMATS:
        raise InputError(
            f"no format {format!r} for references",
            code="unknown-format",
            hint=f"one of {', '.join(REFERENCE_FORMATS)}",
        )
    if format == "csl":
        items = [_csl(one) for one in references]
        return f"{json.dumps(items, ensure_ascii=False, indent=1)}\n".encode()
    if format == "ris":
        lines = (line for one in references for line in (*_ris(one), ("ER", ""), ("", "")))
        return "".join(f"{t}  - {v}\r\n" if t else "\r\n" for t, v in lines).encode()
    return "\n".join(f"{_bibtex(one)}\n" for one in references).encode()


# --- what is known of a work ------------------------------------------------------------------


_Said = dict[str, list[ox.Literal | ox.NamedNode]]


def _reference(iri: str, said: _Said, taken: set[str]) -> Reference:
    unseen = set(_texts(said, f"{NS}unverified"))
    values, left_out = dict[str, str](), list[str]()
    for name, words in _READ.items():
        found = [text for one in _texts(said, name) if (text := _plain(one))]
        if found and name in unseen:
            left_out.append(words)
        elif found:
            values[words] = ", ".join(found) if words == "ISSN" else found[0]
    status = _end(next(iter(_texts(said, f"{NS}status")), ""))
    return Reference(
        iri,
        _key(iri, taken),
        _kind(values, {_end(one) for one in _texts(said, f"{NS}design")}),
        values,
        _names(values.pop("authors", "")),
        _names(values.pop("editors", "")),
        tuple(left_out),
        "" if status in {"current", "unknown"} else status.replace("-", " "),
    )


def _texts(said: _Said, name: str) -> list[str]:
    """The values of a property, once each: those in English first, then by their text."""
    found = said.get(name, ())
    ordered = sorted(found, key=lambda t: (getattr(t, "language", None) != "en", t.value))
    return list(dict.fromkeys(term.value for term in ordered))


def _kind(values: Mapping[str, str], designs: set[str]) -> str:
    if values.get("journal"):
        return "article"
    bound = "textbook" in designs or values.keys() & {"ISBN", "publisher", "edition"}
    return "book" if bound else "other"


def _key(iri: str, taken: set[str]) -> str:
    """The end of an IRI as one word that no other work has, whatever the case of letters."""
    word = re.sub(r"[^A-Za-z0-9-]+", "", _end(iri)) or "work"
    keys = (word if number == 1 else f"{word}-{number}" for number in count(1))
    key = next(one for one in keys if one.casefold() not in taken)
    taken.add(key.casefold())
    return key


def _end(iri: str) -> str:
    return re.split(r"[/#]", iri.rstrip("/#"))[-1]


def _plain(text: str) -> str:
    """A text on one line, without control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _names(text: str) -> tuple[Name, ...]:
    """The people of a string of names: family name and initials, parted by semicolons."""
    return tuple(_name(part.split()) for part in text.split(";") if part.strip())


def _name(words: Sequence[str]) -> Name:
    *before, last = words
    suffix = last if len(before) > 1 and last in _ENDS and _is_initials(before[-1]) else ""
    *family, initials = before if suffix else words
    if not family or not _is_initials(initials):
        return Name(" ".join(words))
    given = " ".join(f"{part}." for part in re.findall("-?[^-]", initials))
    return Name(" ".join(family), given.replace(" -", "-"), suffix)


def _is_initials(word: str) -> bool:
    letters = word.replace("-", "")
    return letters.isalpha() and letters.isupper() and len(letters) <= _LONGEST_INITIALS


def _pages(reference: Reference) -> str:
    return re.sub(r"\s*[-–]+\s*", "-", reference.values.get("pages", ""))


def _edition(reference: Reference) -> str:
    return re.sub(r"(?i)\s+ed(ition|n)?\.?$", "", reference.values.get("edition", ""))


# --- BibTeX -----------------------------------------------------------------------------------

#: A brace counts in BibTeX even behind a backslash, so braces have names.
_SPECIAL: Final = str.maketrans(
    {c: f"\\{c}" for c in "#$%&_"}
    | {
        "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
    }
)  # fmt: skip
#: Fields whose text styles take as it stands.
_VERBATIM: Final = str.maketrans({"\\": "%5C", "{": "%7B", "}": "%7D"})
_BIBTEX_KINDS: Final = {"article": "article", "book": "book", "other": "misc"}


def _bibtex(reference: Reference) -> str:
    value = reference.values
    fields = {
        "author": " and ".join(map(_bibtex_name, reference.authors)),
        "editor": " and ".join(map(_bibtex_name, reference.editors)),
        # Inner braces: styles would change capitals, and this is the title as it was published.
        "title": f"{{{value['title'].translate(_SPECIAL)}}}" if "title" in value else "",
        "journal": value.get("journal", "").translate(_SPECIAL),
        "year": value.get("year", "").translate(_SPECIAL),
        "volume": value.get("volume", "").translate(_SPECIAL),
        "number": value.get("issue", "").translate(_SPECIAL),
        "pages": _pages(reference).replace("-", "--").translate(_SPECIAL),
        "edition": _edition(reference).translate(_SPECIAL),
        "publisher": value.get("publisher", "").translate(_SPECIAL),
        "doi": value.get("DOI", "").translate(_VERBATIM),
        "pmid": value.get("PubMed identifier", "").translate(_VERBATIM),
        "pmcid": value.get("PMC identifier", "").translate(_VERBATIM),
        "issn": value.get("ISSN", "").translate(_SPECIAL),
        "isbn": value.get("ISBN", "").translate(_SPECIAL),
        "annotation": reference.note.translate(_SPECIAL),
    }
    lines = [f"  {name} = {{{text}}}" for name, text in fields.items() if text]
    return ",\n".join([f"@{_BIBTEX_KINDS[reference.kind]}{{{reference.key}", *lines]) + "\n}"


def _bibtex_name(name: Name) -> str:
    """Family, suffix, given; what is not known to be a person goes into braces of its own."""
    family = name.family.translate(_SPECIAL)
    if not name.given:
        return f"{{{family}}}"
    if re.search(r"(?i)\band\b|,", family):
        family = f"{{{family}}}"
    parts = (family, name.suffix, name.given) if name.suffix else (family, name.given)
    return ", ".join(parts)


# --- RIS --------------------------------------------------------------------------------------

_RIS_KINDS: Final = {"article": "JOUR", "book": "BOOK", "other": "GEN"}


def _ris(reference: Reference) -> Iterator[tuple[str, str]]:
    """The tags of a reference; empty ones are left out."""
    value = reference.values
    first, _, last = _pages(reference).partition("-")
    yield "TY", _RIS_KINDS[reference.kind]
    tags = [
        ("ID", reference.key),
        *(("AU", _ris_name(name)) for name in reference.authors),
        *(("A2", _ris_name(name)) for name in reference.editors),
        ("TI", value.get("title", "")),
        ("T2", value.get("journal", "")),
        ("PY", value.get("year", "")),
        ("VL", value.get("volume", "")),
        ("IS", value.get("issue", "")),
        ("SP", first),
        ("EP", last),
        ("ET", _edition(reference)),
        ("PB", value.get("publisher", "")),
        ("SN", value.get("ISSN", "") or value.get("ISBN", "")),
        ("DO", value.get("DOI", "")),
        ("AN", value.get("PubMed identifier", "")),
        ("DB", "PubMed" if value.get("PubMed identifier") else ""),
        ("C2", value.get("PMC identifier", "")),
        ("N1", reference.note),
    ]
    yield from ((tag, text) for tag, text in tags if text)


def _ris_name(name: Name) -> str:
    return ", ".join(part for part in (name.family, name.given, name.suffix) if part)


# --- CSL-JSON ---------------------------------------------------------------------------------

_CSL_KINDS: Final = {"article": "article-journal", "book": "book", "other": "document"}
_CSL_FIELDS: Final[Mapping[str, str]] = {
    "title": "title",
    "journal": "container-title",
    "volume": "volume",
    "issue": "issue",
    "publisher": "publisher",
    "DOI": "DOI",
    "PubMed identifier": "PMID",
    "PMC identifier": "PMCID",
    "ISSN": "ISSN",
    "ISBN": "ISBN",
}


def _csl(reference: Reference) -> dict[str, object]:
    item: dict[str, object] = {"id": reference.iri, "type": _CSL_KINDS[reference.kind]}
    item["citation-key"] = reference.key
    for key, names in (("author", reference.authors), ("editor", reference.editors)):
        if names:
            item[key] = [_csl_name(name) for name in names]
    if year := reference.values.get("year", ""):
        known = re.fullmatch(r"-?[0-9]{1,9}", year)
        item["issued"] = {"date-parts": [[int(year)]]} if known else {"raw": year}
    for words, key in _CSL_FIELDS.items():
        if words in reference.values:
            item[key] = reference.values[words]
    texts = {"page": _pages(reference), "edition": _edition(reference), "note": reference.note}
    return item | {key: text for key, text in texts.items() if text}


def _csl_name(name: Name) -> dict[str, str]:
    if not name.given:
        return {"literal": name.family}
    suffix = {"suffix": name.suffix} if name.suffix else {}
    return {"family": name.family, "given": name.given, **suffix}
