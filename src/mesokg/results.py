"""Answers as bytes, in the formats of the W3C.

This module decides how each kind of answer is written: a table as CSV, TSV, JSON
or XML, a truth value as JSON, XML or a plain word, triples in any RDF format. The
same answer always gives the same bytes.

Specs: https://www.w3.org/TR/sparql11-results-csv-tsv/ (with LF as the end of a
line, in CSV too: RFC 4180 would have CRLF, which Unix tools take for part of the
last cell), https://www.w3.org/TR/sparql11-results-json/ and
https://www.w3.org/TR/rdf-sparql-XMLres/; triple terms as in the drafts of 1.2.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.canon import serialize_triples
from mesokg.dataset import FORMATS, Term
from mesokg.engine import Answer, Table
from mesokg.errors import InputError, UsageError
from mesokg.terms import STANDARD_PREFIXES, Prefixes, nearest

__all__ = ["TABLE_FORMATS", "results"]

#: Formats of tables and truth values; triples have those of `mesokg.dataset.FORMATS`.
TABLE_FORMATS: Final = ("csv", "json", "tsv", "xml")

_XSD: Final = STANDARD_PREFIXES["xsd"]
_Cell = Term | ox.Triple | None


def results(answer: Answer, format: str, prefixes: Prefixes) -> bytes:
    r"""An answer in one format: `TABLE_FORMATS` for SELECT and ASK, `FORMATS` for the others.

    CSV drops what kind of term a cell is, as its standard says; TSV, JSON and XML
    keep every term exactly. The prefixes are used by formats of triples only.

    >>> table = Table(("drink",), ((ox.Literal("tea", language="en"),), (None,)))
    >>> results(table, "tsv", Prefixes())
    b'?drink\n"tea"@en\n\n'
    >>> results(True, "json", Prefixes())
    b'{"head":{},"boolean":true}\n'

    Raises UsageError (``unknown-format``, ``wrong-format``) and InputError
    (``not-writable``) where a format cannot hold a character or a kind of term.
    """
    if format not in {*TABLE_FORMATS, *FORMATS}:
        known = sorted({*TABLE_FORMATS, *FORMATS})
        close = nearest(format, known, 1)
        raise UsageError(
            f"no format {format!r}",
            code="unknown-format",
            hint=f"did you mean {close[0]}?" if close else f"one of {', '.join(known)}",
        )
    if isinstance(answer, tuple):
        if format not in FORMATS:
            raise _wrong("triples", format, FORMATS)
        return serialize_triples(answer, format, prefixes)
    if format not in TABLE_FORMATS:
        raise _wrong("a table" if isinstance(answer, Table) else "yes or no", format, TABLE_FORMATS)
    if isinstance(answer, bool):
        return _BOOLEANS[format](answer).encode()
    return _TABLES[format](answer).encode()


def _wrong(what: str, format: str, allowed: Iterable[str]) -> UsageError:
    return UsageError(
        f"the query answers with {what}, which {format} cannot hold",
        code="wrong-format",
        hint=f"one of {', '.join(sorted(allowed))}",
    )


# --- CSV and TSV -----------------------------------------------------------------------------


def _csv(table: Table) -> str:
    lines = [table.columns, *([_plain(cell) for cell in row] for row in table.rows)]
    return "".join(_csv_line(line) for line in lines)


def _csv_line(cells: Sequence[str]) -> str:
    if list(cells) == [""]:
        return '""\n'  # many readers skip a line without anything
    return ",".join(_csv_cell(cell) for cell in cells) + "\n"


def _csv_cell(text: str) -> str:
    if re.search(r'[",\r\n]|^\s|\s$', text):
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text


def _plain(cell: _Cell) -> str:
    if cell is None:
        return ""
    return cell.value if isinstance(cell, ox.NamedNode | ox.Literal) else _turtle(cell)


def _tsv(table: Table) -> str:
    lines = ["\t".join(f"?{name}" for name in table.columns)]
    lines += ["\t".join(_turtle(cell) for cell in row) for row in table.rows]
    return "".join(f"{line}\n" for line in lines)


#: Numbers that Turtle writes without quotes, with exactly the datatype they then have.
_BARE: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        f"{_XSD}integer": re.compile(r"[+-]?[0-9]+"),
        f"{_XSD}decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
        f"{_XSD}double": re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)[eE][+-]?[0-9]+"),
    }
)


def _turtle(cell: _Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, ox.Literal):
        number = _BARE.get(cell.datatype.value)
        if number and number.fullmatch(cell.value):
            return cell.value
    return f"<<( {cell} )>>" if isinstance(cell, ox.Triple) else str(cell)


# --- JSON ------------------------------------------------------------------------------------


def _json(table: Table) -> str:
    rows = [
        _compact({name: _json_term(cell) for name, cell in row.items() if cell is not None})
        for row in table
    ]
    head = _compact({"vars": list(table.columns)})
    inside = "".join(f"\n{row}," for row in rows).removesuffix(",")
    return f'{{"head":{head},"results":{{"bindings":[{inside}\n]}}}}\n'


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _json_term(term: Term | ox.Triple) -> dict[str, object]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        names = ("subject", "predicate", "object")
        inner = {name: _json_term(part) for name, part in zip(names, term, strict=True)}
        return {"type": "triple", "value": inner}
    entry: dict[str, object] = {"type": "literal", "value": term.value}
    if term.language:
        entry["xml:lang"] = term.language
        if term.direction:
            entry["its:dir"] = term.direction.value
    elif term.datatype.value != f"{_XSD}string":
        entry["datatype"] = term.datatype.value
    return entry


# --- XML -------------------------------------------------------------------------------------

_XML_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<sparql xmlns="http://www.w3.org/2005/sparql-results#">\n'
)
_ITS: Final = 'xmlns:its="http://www.w3.org/2005/11/its" its:version="2.0"'
#: Characters that no XML 1.0 document can hold, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml(table: Table) -> str:
    head = "".join(f"<variable name={_quoted(name)}/>" for name in table.columns)
    rows = [
        "".join(
            f"<binding name={_quoted(name)}>{_xml_term(cell)}</binding>"
            for name, cell in row.items()
            if cell is not None
        )
        for row in table
    ]
    body = "".join(f"<result>{row}</result>\n" for row in rows)
    return f"{_XML_HEAD}<head>{head}</head>\n<results>\n{body}</results>\n</sparql>\n"


def _xml_term(term: Term | ox.Triple) -> str:
    if isinstance(term, ox.NamedNode):
        return f"<uri>{_xml_text(term.value)}</uri>"
    if isinstance(term, ox.BlankNode):
        return f"<bnode>{_xml_text(term.value)}</bnode>"
    if isinstance(term, ox.Triple):
        names = ("subject", "predicate", "object")
        parts = zip(names, term, strict=True)
        inner = "".join(f"<{name}>{_xml_term(part)}</{name}>" for name, part in parts)
        return f"<triple>{inner}</triple>"
    mark = ""
    if term.language:
        mark = f" xml:lang={_quoted(term.language)}"
        if term.direction:
            mark += f' {_ITS} its:dir="{term.direction.value}"'
    elif term.datatype.value != f"{_XSD}string":
        mark = f" datatype={_quoted(term.datatype.value)}"
    return f"<literal{mark}>{_xml_text(term.value)}</literal>"


def _xml_text(text: str) -> str:
    odd = _NOT_XML.search(text)
    if odd:
        raise InputError(
            f"the answer holds the character U+{ord(odd[0]):04X}, which XML cannot",
            code="not-writable",
            hint="choose json or tsv",
        )
    return html.escape(text, quote=False).replace("\r", "&#13;")


def _quoted(text: str) -> str:
    """A text as the value of an attribute; names and IRIs hold no line ends."""
    return f'"{html.escape(text)}"'


def _xml_boolean(answer: bool) -> str:
    return f"{_XML_HEAD}<head/>\n<boolean>{_word(answer)}</boolean>\n</sparql>\n"


def _word(answer: bool) -> str:
    return "true" if answer else "false"


_TABLES: Final[Mapping[str, Callable[[Table], str]]] = MappingProxyType(
    {"csv": _csv, "json": _json, "tsv": _tsv, "xml": _xml}
)
_BOOLEANS: Final[Mapping[str, Callable[[bool], str]]] = MappingProxyType(
    {
        "csv": lambda answer: f"{_word(answer)}\n",
        "json": lambda answer: f'{{"head":{{}},"boolean":{_word(answer)}}}\n',
        "tsv": lambda answer: f"{_word(answer)}\n",
        "xml": _xml_boolean,
    }
)
