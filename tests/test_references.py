"""References: what reference managers read is what was seen of the works, and nothing acts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle
from citeproc import formatter as formatters
from citeproc.source.json import CiteProcJSON
from hypothesis import given
from hypothesis import strategies as st

from mesokg.dataset import Dataset, load, read
from mesokg.errors import InputError
from mesokg.project import open_project
from mesokg.references import (
    REFERENCE_FORMATS,
    Name,
    Reference,
    read_references,
    write_references,
)
from small_sites import PREFIXES, turtle

BIBO = "@prefix bibo: <http://purl.org/ontology/bibo/> .\n"
FULL = """:work\\/rivers-2013 a meso:Work ; rdfs:label "Rivers 2013"@en ;
  dcterms:title "Ginger & <knees>: 100 % of {it}_x"@en ; meso:authors "Rivers A; Brook CD; WHO" ;
  meso:journal "Journal of Example Medicine" ; meso:year "2013" ; meso:volume "27" ;
  meso:issueNumber "6" ; meso:pages "686-693" ; bibo:doi "10.1000/a_b" ; bibo:pmid "123" ;
  bibo:issn "0000-0000" , "1111-1111" .
"""


@pytest.fixture(scope="module")
def flagship(root: Path) -> Dataset:
    return load(open_project(root / "mesokg.toml"))


def graph(text: str) -> Dataset:
    return read(PREFIXES + BIBO + text, "turtle")


def as_bibtex(data: bytes) -> dict[str, dict[str, str]]:
    """Key -> type and fields as a strict reader takes them; it must take everything."""
    library = parse_string(data.decode())
    assert not library.failed_blocks
    found = {}
    for entry in library.entries:
        found[entry.key] = {f.key: str(f.value) for f in entry.fields} | {"": entry.entry_type}
    return found


def as_ris(data: bytes) -> list[dict[str, Any]]:
    return list(rispy.loads(data.decode()))


# --- real readers -----------------------------------------------------------------------------


def test_bibtex_reader_finds_every_value() -> None:
    found = as_bibtex(write_references(read_references(graph(FULL)), "bibtex"))
    entry = found["rivers-2013"]
    assert entry[""] == "article"
    assert entry["author"] == "Rivers, A. and Brook, C. D. and {WHO}"
    assert entry["title"] == (
        r"{Ginger \& <knees>: 100 \% of \textbraceleft{}it\textbraceright{}\_x}"
    )
    assert (entry["year"], entry["pages"], entry["number"]) == ("2013", "686--693", "6")
    assert entry["doi"] == "10.1000/a_b"  # styles take it as it stands


def test_ris_reader_finds_every_value() -> None:
    (entry,) = as_ris(write_references(read_references(graph(FULL)), "ris"))
    assert entry["type_of_reference"] == "JOUR"
    assert entry["authors"] == ["Rivers, A.", "Brook, C. D.", "WHO"]
    assert entry["title"] == "Ginger & <knees>: 100 % of {it}_x"
    assert entry["secondary_title"] == "Journal of Example Medicine"
    assert (entry["start_page"], entry["end_page"]) == ("686", "693")
    assert (entry["doi"], entry["accession_number"]) == ("10.1000/a_b", "123")
    assert entry["issn"] == "0000-0000, 1111-1111"


def test_a_citation_style_can_be_set_with_csl() -> None:
    data = write_references(read_references(graph(FULL)), "csl")
    (item,) = items = json.loads(data)
    item.pop("citation-key")  # of CSL 1.0.2, younger than this reader
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    shelf = CitationStylesBibliography(style, CiteProcJSON(items), formatters.plain)
    shelf.register(Citation([CitationItem(item["id"].lower())]))
    (text,) = (str(one) for one in shelf.bibliography())
    for part in ("Rivers", "Brook", "WHO", "2013", "Ginger & <knees>", "27", "686"):
        assert part in text


@pytest.mark.parametrize("format", REFERENCE_FORMATS)
def test_flagship_is_read_whole(flagship: Dataset, format: str) -> None:
    data = write_references(read_references(flagship), format)
    readers: dict[str, Callable[[bytes], Any]] = {
        "bibtex": as_bibtex,
        "ris": as_ris,
        "csl": json.loads,
    }
    assert len(readers[format](data)) == 9
    assert data == write_references(read_references(flagship), format)


# --- what is a fact ---------------------------------------------------------------------------


@pytest.mark.parametrize("format", REFERENCE_FORMATS)
def test_what_was_not_seen_is_named_and_not_given(format: str) -> None:
    text = FULL + ":work\\/rivers-2013 meso:unverified meso:pages , bibo:doi , meso:authors ."
    data = write_references(read_references(graph(text)), format).decode()
    for value in ("686", "10.1000", "Brook"):
        assert value not in data
    assert "Left out, as not seen at a source: authors, pages, DOI." in data


@pytest.mark.parametrize("format", REFERENCE_FORMATS)
def test_what_an_article_prints_stays_out(format: str) -> None:
    text = FULL + (
        ":ref\\/a a meso:Reference ; meso:resolvesTo :work\\/rivers-2013 ; meso:year '1999' ; "
        "meso:authors 'Rovers A' ."
    )
    data = write_references(read_references(graph(text)), format).decode()
    assert "1999" not in data
    assert "Rovers" not in data


def test_retracted_says_so() -> None:
    text = FULL + ":work\\/rivers-2013 meso:status <https://w3id.org/mesokg/status/retracted> ."
    for format in REFERENCE_FORMATS:
        assert b"Status: retracted." in write_references(read_references(graph(text)), format)


def test_kinds() -> None:
    text = """:a a meso:Work ; meso:journal "J" . :b a meso:Work ; meso:publisher "P" .
      :c a meso:Work ; meso:design <https://w3id.org/mesokg/design/textbook> . :d a meso:Work ."""
    kinds = [one.kind for one in read_references(graph(text))]
    assert kinds == ["article", "book", "book", "other"]


def test_keys_differ_whatever_the_case() -> None:
    text = ":work\\/Tea a meso:Work . :work\\/tea a meso:Work . :work\\/茶 a meso:Work ."
    assert [one.key for one in read_references(graph(text))] == ["Tea", "tea-2", "work"]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Rivers A", Name("Rivers", "A.")),
        ("de la Brook CD", Name("de la Brook", "C. D.")),
        ("O'Neil J-P", Name("O'Neil", "J.-P.")),
        ("Pond ML Jr", Name("Pond", "M. L.", "Jr")),
        ("Lake J III", Name("Lake", "J.", "III")),
        ("Öhman Å", Name("Öhman", "Å.")),
        ("The Tea Group", Name("The Tea Group")),
        ("WHO", Name("WHO")),
        ("山田 太郎", Name("山田 太郎")),
    ],
)
def test_names(written: str, read_as: Name) -> None:
    (one,) = read_references(graph(f':w a meso:Work ; meso:authors "{written}" .'))
    assert one.authors == (read_as,)


def test_english_title_goes_first() -> None:
    (one,) = read_references(graph(":w a meso:Work ; dcterms:title 'Le thé'@fr , 'Tea'@en ."))
    assert one.values["title"] == "Tea"


def test_unknown_format() -> None:
    with pytest.raises(InputError) as caught:
        write_references((), "endnote")
    assert caught.value.code == "unknown-format"


@pytest.mark.parametrize(("format", "empty"), [("bibtex", b""), ("ris", b""), ("csl", b"[]\n")])
def test_nothing_cited(format: str, empty: bytes) -> None:
    assert write_references((), format) == empty


# --- whatever the data say --------------------------------------------------------------------

HARD = st.text(alphabet=st.sampled_from("a Z\\{}\"'$%&#_^~@,;=-\n\r\t\x00\x85\u2028<é茶|[]\u202e"))


@given(title=HARD, authors=HARD, pages=HARD, doi=HARD, year=HARD)
def test_no_value_leaves_its_field(
    title: str, authors: str, pages: str, doi: str, year: str
) -> None:
    values = {"title": title, "journal": "J", "pages": pages, "DOI": doi, "year": year}
    text = ":w a meso:Work ; " + " ; ".join(
        f'{name} "{escaped(value)}"'
        for name, value in (
            ("dcterms:title", title), ("meso:authors", authors), ("meso:pages", pages),
            ("bibo:doi", doi), ("meso:year", year), ("meso:journal", "J"),
        )
    )  # fmt: skip
    made = read_references(graph(f"{text} ."))
    plain = {
        name: " ".join(re.sub("[\x00-\x1f\x85]", " ", v).split()) for name, v in values.items()
    }
    (ris,) = as_ris(write_references(made, "ris"))
    assert ris.get("title", "") == plain["title"]
    assert ris.get("doi", "") == plain["DOI"]
    assert ris["id"] == "w"
    (csl,) = json.loads(write_references(made, "csl"))
    assert csl.get("title", "") == plain["title"]
    other = Reference("https://e.org/z", "z", "other", {})
    entry, last = as_bibtex(write_references((*made, other), "bibtex")).values()
    assert last["annotation"] == "Record: https://e.org/z"
    assert entry[""] == "article"
    assert entry["journal"] == "J"
    assert entry["annotation"].startswith("Record: ")
    for field in entry.values():
        assert balanced(field)
    assert unescaped(entry.get("title", "{}")[1:-1]) == plain["title"]


def escaped(value: str) -> str:
    odd = {"\n": "\\n", "\r": "\\r", "\x00": "\\u0000"}
    return "".join(odd.get(c, c) for c in turtle(value))


def balanced(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth < 0:
            return False
    return depth == 0


def unescaped(text: str) -> str:
    named = {
        r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^",
        r"\textbraceleft{}": "{", r"\textbraceright{}": "}",
    }  # fmt: skip
    pattern = r"\\text[a-z]+\{\}|\\[#$%&_]"
    return re.sub(pattern, lambda m: named.get(m[0]) or m[0][1:], text)


def test_reference_without_values_is_written() -> None:
    bare = Reference("https://e.org/w", "w", "other", {})
    for format in REFERENCE_FORMATS:
        assert b"Record: https://e.org/w" in write_references([bare], format)
