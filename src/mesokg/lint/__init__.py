"""Rules that neither shapes nor queries can say.

This package decides what a well-kept graph looks like below the level of meaning:
names that exist, literals in one form, letters that are what they seem, and
quotations that stay within what the rights in a text allow. Each rule is one
function; `LINTS` is the table of those that look at a dataset, `FILE_LINTS` of those
that look at the text of Turtle and TriG files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from mesokg.dataset import Dataset
from mesokg.lint.dates import DATES
from mesokg.lint.duplicates import DUPLICATES
from mesokg.lint.identifiers import IDENTIFIERS
from mesokg.lint.iris import IRIS
from mesokg.lint.literals import LITERALS
from mesokg.lint.names import NAMES, closed_terms, unknown_term
from mesokg.lint.prefixes import PREFIX_UNDEFINED, PREFIXES
from mesokg.lint.quotations import QUOTATIONS
from mesokg.lint.rule import FAR_DAY, Facts, FileLint, Lint
from mesokg.lint.scan import Declaration, ScannedFile, scan
from mesokg.project import SourceFile
from mesokg.report import Finding, Rule
from mesokg.texts import Texts

__all__ = [
    "FAR_DAY",
    "FILE_LINTS",
    "LINTS",
    "LINT_RULES",
    "Declaration",
    "Facts",
    "FileLint",
    "Lint",
    "ScannedFile",
    "closed_terms",
    "run_file_lints",
    "run_lints",
    "scan",
    "unknown_term",
]

_LINTS: Final[tuple[Lint, ...]] = (
    *DATES,
    *DUPLICATES,
    *IDENTIFIERS,
    *IRIS,
    *LITERALS,
    *NAMES,
    *QUOTATIONS,
)

#: Rule id -> rule, of those that look at a dataset.
LINTS: Final[Mapping[str, Lint]] = MappingProxyType({lint.id: lint for lint in _LINTS})
#: Rule id -> rule, of those that look at the text of files.
FILE_LINTS: Final[Mapping[str, FileLint]] = MappingProxyType({lint.id: lint for lint in PREFIXES})
#: What each of them asks, by id.
LINT_RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {lint.id: lint.rule for lint in _LINTS}
    | {lint.id: lint.rule for lint in PREFIXES}
    | {PREFIX_UNDEFINED.id: PREFIX_UNDEFINED}
)


def run_lints(
    dataset: Dataset, texts: Texts, *, skipped: Collection[str] = (), today: date = FAR_DAY
) -> Iterator[Finding]:
    """What all rules of `LINTS` find but the skipped ones; the dataset is read once for all."""
    facts = Facts(dataset)
    for lint in LINTS.values():
        if lint.id not in skipped:
            yield from lint.run(dataset, texts, today, facts)


def run_file_lints(
    files: Iterable[tuple[SourceFile, str] | ScannedFile],
    *,
    skipped: Collection[str] = (),
    across: bool = True,
) -> Iterator[Finding]:
    """What all rules of `FILE_LINTS` find in files of Turtle and TriG, with texts or scanned.

    Without `across`, only the rules that look at each file by itself.
    """
    scanned = tuple(file if isinstance(file, ScannedFile) else scan(*file) for file in files)
    for lint in FILE_LINTS.values():
        if lint.id not in skipped and (across or not lint.across):
            yield from lint.run(scanned)
