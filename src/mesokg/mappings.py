"""Mappings to other vocabularies, read from SSSOM/TSV.

A row says that a concept of ours matches one of somebody else's, how closely,
and who says so. This module decides what a row must hold before it may become
a triple: an identifier without the label that was seen with it is not used,
and a negated row ("Not") never becomes a match.

Format: https://mapping-commons.github.io/sssom/tsv/
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox
import yaml

from mesokg.report import Finding, Location, Severity
from mesokg.terms import STANDARD_PREFIXES, Prefixes, nearest

__all__ = ["RULE", "ConceptMapping", "MappingSet", "read_mappings"]

RULE: Final = "mapping-verified"
_SKOS: Final = STANDARD_PREFIXES["skos"]
_PREDICATES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_REQUIRED: Final = (
    "subject_id",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "mapping_date",
)


@dataclass(frozen=True, slots=True)
class ConceptMapping:
    """One row: full IRIs, the label that was seen at the other vocabulary, and the line."""

    subject: str
    predicate: str
    object: str
    object_label: str
    negated: bool
    line: int
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class MappingSet:
    """The rows of one file that can be used, its prefixes, and what is wrong with the rest."""

    mappings: tuple[ConceptMapping, ...]
    prefixes: Prefixes
    problems: tuple[Finding, ...]


def read_mappings(text: str, name: str, known: Prefixes) -> MappingSet:
    r"""The mappings of an SSSOM/TSV text.

    CURIEs are expanded by the file's own ``curie_map`` and by the prefixes
    that are known already. A row that lacks what `_REQUIRED` lists, uses an
    unknown prefix or predicate, or breaks its number of columns is left out
    and becomes a finding of the rule ``mapping-verified``.

    >>> text = "#curie_map:\n#  ex: http://example.org/\nsubject_id\tpredicate_id\n"
    >>> read_mappings(text, "m.sssom.tsv", Prefixes()).problems[0].message
    'the table lacks the column object_id, object_label, mapping_justification, mapping_date'
    """
    lines = re.split(r"\r\n|\r|\n", text)
    head = [line[1:] for line in lines if line.startswith("#")]
    skipped = [number for number, line in enumerate(lines, 1) if line.startswith("#")]
    own = _curie_map("\n".join(head))
    if own is None:
        message = "the header (the lines with # at the top) is not YAML, so no prefix is known"
        fix = "correct the header: `#curie_map:`, then a line `#  prefix: IRI` for each prefix"
        return MappingSet((), known, (_problem(name, skipped[0], message, fix=fix),))
    prefixes = known | own
    table = [(n, line) for n, line in enumerate(lines, 1) if n not in set(skipped) and line]
    if not table:
        return MappingSet((), prefixes, (_problem(name, 0, "the file holds no table"),))
    header = table[0][1].split("\t")
    missing = [column for column in _REQUIRED if column not in header]
    if missing:
        message = f"the table lacks the column {', '.join(missing)}"
        return MappingSet((), prefixes, (_problem(name, table[0][0], message),))
    good: list[ConceptMapping] = []
    problems: list[Finding] = []
    for number, line in table[1:]:
        cells = _cells(line)
        columns = dict(zip(header, cells, strict=False))
        complaints = list(_complaints(columns, len(cells), len(header), prefixes))
        problems += [_problem(name, number, text, columns) for text in complaints]
        if not complaints:
            good.append(_mapping(columns, number, prefixes))
    return MappingSet(tuple(good), prefixes, tuple(problems))


def _curie_map(head: str) -> dict[str, str] | None:
    """The prefixes of a header; None if it cannot be read: then every row would seem wrong."""
    try:
        metadata = yaml.safe_load(head) or {}
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if not isinstance(metadata, dict):
        return None
    table = metadata.get("curie_map") or {}
    return {str(k): str(v) for k, v in table.items()} if isinstance(table, dict) else None


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter="\t"))
    except csv.Error:  # a cell of more than 131,072 characters
        return line.split("\t")


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def _complaints(
    columns: dict[str, str], cells: int, wanted: int, prefixes: Prefixes
) -> Iterator[str]:
    """What keeps a row from being used, in words that say what to do."""
    if cells != wanted:
        yield f"the row has {cells} cells where the header has {wanted}; check the tabs"
    for column in _REQUIRED:
        if not columns.get(column, "").strip():
            yield f"{column} is empty: an identifier counts only with what was seen at its source"
    for column in ("subject_id", "object_id"):
        value = columns.get(column, "")
        iri = prefixes.expand(value)
        if iri is not None and not _is_iri(iri):
            yield f"{column} {value!r} stands for {iri!r}, which is no IRI"
        if value and iri is None:
            close = nearest(value.partition(":")[0], prefixes, 1)
            hint = f" (did you mean {close[0]}:?)" if close else ""
            yield f"{column} {value!r} has a prefix that the curie_map does not define{hint}"
    predicate = prefixes.expand(columns.get("predicate_id", "")) or ""
    if predicate not in {_SKOS + name for name in _PREDICATES}:
        yield f"predicate_id must be one of {', '.join('skos:' + p for p in _PREDICATES)}"
    if columns.get("predicate_modifier", "") not in {"", "Not"}:
        yield "predicate_modifier must be empty or Not"


def _mapping(columns: dict[str, str], line: int, prefixes: Prefixes) -> ConceptMapping:
    subject, predicate, obj = (
        prefixes.expand(columns[key]) or "" for key in ("subject_id", "predicate_id", "object_id")
    )
    negated = columns.get("predicate_modifier") == "Not"
    return ConceptMapping(
        subject, predicate, obj, columns["object_label"], negated, line, dict(columns)
    )


def _problem(
    name: str,
    line: int,
    message: str,
    columns: dict[str, str] | None = None,
    fix: str = "complete the row from the vocabulary's own data, or delete it",
) -> Finding:
    focus = (columns or {}).get("subject_id", "")
    return Finding(
        RULE,
        Severity.VIOLATION,
        message,
        focus=focus,
        value=(columns or {}).get("object_id", ""),
        location=Location(name, line),
        fix=fix,
    )
