"""All rules as one list, and what each of them asks.

This module decides which rules there are: the shapes, the SPARQL checks with their
headers, the rules in code and those that come from reading files; those that come
with the tool and the project's own. What they are run on is `mesokg.checks`.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox
import yaml

from mesokg import mappings
from mesokg.baseline import BASELINE_RULES
from mesokg.dataset import Dataset, load_sources
from mesokg.errors import ConfigError, UsageError
from mesokg.files import read_bytes
from mesokg.lint import LINT_RULES
from mesokg.project import Project, case_folder, error_page, general_files, resource
from mesokg.query_checks import QUERY_RULES
from mesokg.report import Rule, Severity
from mesokg.shacl import FAILED, ILL_FORMED, read_shapes
from mesokg.terms import STANDARD_PREFIXES, Prefixes, nearest
from mesokg.waivers import WAIVER_RULES

__all__ = [
    "CHECK_FAILED",
    "EMPTY",
    "OTHER_TEXT",
    "Check",
    "Explanation",
    "error_help",
    "explain",
    "general",
    "read_checks",
    "rule_table",
    "rules",
    "shape_graphs",
    "shape_triples",
]

EMPTY: Final = "empty-input"
OTHER_TEXT: Final = "another-text"
CHECK_FAILED: Final = "check-failed"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule with a wrong and a right example: the lines in which its two cases differ."""

    rule: Rule
    wrong: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A SPARQL check: no row means that the rule holds."""

    rule: Rule
    query: str


#: Rules that come from reading files and from running the others.
_BUILT_IN: Final = tuple(
    Rule(id, title, about, fix, severity, "code")
    for id, severity, title, about, fix in (
        (
            "byte-order-mark",
            Severity.INFO,
            "Files begin with their content",
            "A byte order mark is invisible, and many RDF parsers refuse it. It is skipped here.",
            "save the file as UTF-8 without a byte order mark",
        ),
        (
            CHECK_FAILED,
            Severity.VIOLATION,
            "Every SPARQL check can be run",
            "A check that the engine cannot run has not been passed.",
            "correct the query",
        ),
        (
            "does-not-parse",
            Severity.VIOLATION,
            "Every file can be read",
            "A file with a syntax error says nothing at all. The other files are checked all the "
            "same, so some of their findings may follow from the missing file.",
            "correct the file at the line and column given",
        ),
        (
            EMPTY,
            Severity.VIOLATION,
            "There is something to check",
            "A file without a statement breaks no rule, and that is no reason to call it valid: "
            "most often the wrong file was named or something was not saved.",
            "write something into the file, or leave it out",
        ),
        (
            "line-ends",
            Severity.INFO,
            "Lines end in LF",
            "Two files that differ only in their line ends look alike and compare as different.",
            "save the file with LF line ends",
        ),
        (
            OTHER_TEXT,
            Severity.WARNING,
            "A text is the one that was encoded",
            "A file that looks like an article's text and has another hash is perhaps a changed "
            "text: then no rule that needs the text could run, and every place may have moved.",
            "put the encoded text back; if the text has changed, encode it as a new article",
        ),
        (
            mappings.RULE,
            Severity.VIOLATION,
            "A mapping says what was seen",
            "A row of a mapping file becomes a statement only when it is complete: both ends by a "
            "known prefix, a predicate of SKOS, the label seen at the other vocabulary, who says "
            "so and when.",
            "complete the row from the vocabulary's own data, or delete it",
        ),
        (
            FAILED,
            Severity.VIOLATION,
            "Every shape can be run",
            "A shape that the engine cannot run has not been passed.",
            "correct the shape, or choose another engine",
        ),
        (
            ILL_FORMED,
            Severity.VIOLATION,
            "Shapes are written as SHACL wants them",
            "A shape that breaks the syntax of SHACL has no defined meaning. Engines pass over it "
            "without a word, so that a check that was meant is never made.",
            "correct the shape at the line given",
        ),
    )
)


# --- the rules there are ---------------------------------------------------------------------


def rules(project: Project | None = None) -> Mapping[str, Rule]:
    """Every rule by its id, in order: those that come with the tool and the project's own.

    The project's severities are already in force. Raises ConfigError
    (``check-header``, ``rule-taken``, ``unknown-rule``) and InputError.

    >>> rules()["empty-input"].title
    'There is something to check'
    """
    triples = list(shape_triples(general()))
    prefixes = Prefixes(STANDARD_PREFIXES)
    if project:
        prefixes = project.prefixes
        triples += shape_triples(load_sources(project.files("shapes"), prefixes))
    return rule_table(triples, read_checks(project), project, prefixes)


def rule_table(
    shapes: Iterable[ox.Triple],
    checks: Iterable[Check],
    project: Project | None,
    prefixes: Prefixes,
) -> Mapping[str, Rule]:
    """Every rule by its id, the project's severities in force: of the tool, of shapes and checks.

    Raises ConfigError (``unknown-rule``) for a severity of no rule.
    """
    found = {rule.id: rule for rule in (*_BUILT_IN, *BASELINE_RULES, *WAIVER_RULES)}
    found |= dict(LINT_RULES) | dict(QUERY_RULES)
    for shape in read_shapes(shapes, prefixes):
        found[shape.id] = Rule(
            shape.id, shape.title or shape.id, shape.about, shape.fix, shape.severity, "shape",
            shape.needs_text,
        )  # fmt: skip
    found |= {check.rule.id: check.rule for check in checks}
    tables = [table for _, table in project.severities] if project else []
    for name in itertools.chain(project.severity if project else (), *tables):
        if name not in found:
            raise _unknown_rule(name, found, ConfigError, f"{_config(project)}: severity: ")
    for name, severity in (project.severity if project else {}).items():
        found[name] = replace(found[name], severity=severity)
    return MappingProxyType(dict(sorted(found.items())))


def _config(project: Project | None) -> str:
    return str(project.config) if project else ""


def _unknown_rule(
    name: str, known: Iterable[str], kind: type[UsageError], where: str = ""
) -> UsageError:
    close = nearest(name, known)
    return kind(
        f"{where}there is no rule {name!r}",
        code="unknown-rule",
        hint=f"nearest: {', '.join(close)}" if close else "`mesokg explain` lists all rules",
    )


def explain(rule: str, known: Mapping[str, Rule] | None = None) -> Explanation:
    """What a rule asks and why, with a wrong and a right example where there is a case of it.

    `known` are the rules to look among; those that come with the tool when left
    out. Raises UsageError (``unknown-rule``).
    """
    known = rules() if known is None else known
    if rule not in known:
        raise _unknown_rule(rule, known, UsageError)
    found = known[rule]
    wrong, right = _examples(rule)
    fix = re.sub(r"\{\?(\w+)\}", r"(\1)", found.fix)  # what a finding would put there
    return Explanation(replace(found, fix=fix), wrong, right)


def error_help(code: str) -> str:
    """What an error code means and the way out, with its exit code; empty for no code.

    >>> error_help("wrong-date").startswith("Exit 2.")
    True
    """
    page = read_bytes(error_page()).decode("utf-8")
    match = re.search(rf"^## {re.escape(code)}\n+(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    return match[1].strip() if match else ""


def _examples(rule: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines in which the invalid case of a rule differs from the valid one, with context."""
    texts = []
    for name in ("invalid", "valid"):
        folder = case_folder() / rule
        files = sorted(path for path in folder.glob(f"{name}.*") if path.is_file())
        text = read_bytes(files[0]).decode("utf-8") if files else ""
        texts.append([line for line in text.splitlines() if not line.startswith("@prefix")])
    matcher = difflib.SequenceMatcher(None, texts[0], texts[1], autojunk=False)
    wrong: list[str] = []
    right: list[str] = []
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        _, first, _, third, _ = group[0]
        _, _, second, _, fourth = group[-1]
        wrong += (["…"] if wrong else []) + texts[0][first:second]
        right += (["…"] if right else []) + texts[1][third:fourth]
    return tuple(_stripped(wrong)), tuple(_stripped(right))


#: Lines of context around a difference.
_CONTEXT: Final = 2


def _stripped(lines: list[str]) -> list[str]:
    """The lines without empty ones at the beginning and the end."""
    text = "\n".join(lines).strip("\n")
    return text.split("\n") if text else []


# --- SPARQL checks ---------------------------------------------------------------------------

_KEYS: Final = ("fix", "problem", "requires", "severity", "why")


def read_checks(project: Project | None) -> tuple[Check, ...]:
    """The checks that come with the tool, then the project's own."""
    general = [_read_check(path) for path in sorted(resource("checks").glob("*.rq"))]
    own = [_read_check(path) for path in (project.paths("checks") if project else ())]
    taken = {check.rule.id for check in general} | LINT_RULES.keys() | QUERY_RULES.keys()
    for check in own:
        if check.rule.id in taken:
            raise ConfigError(
                f"the check {check.rule.id} has the name of a rule that comes with mesokg",
                code="rule-taken",
                hint="rename the file; severities are set in mesokg.toml",
            )
    return (*general, *own)


def _read_check(path: Path) -> Check:
    """A check file: its header (YAML behind ``#+``) and its query."""
    text = read_bytes(path).decode("utf-8", "replace")
    head = "\n".join(line[2:] for line in text.splitlines() if line.startswith("#+"))
    try:
        header = yaml.safe_load(head) or {}
    except yaml.YAMLError as error:
        raise _bad_header(path, f"is not YAML ({error})") from None
    if not isinstance(header, dict) or not all(isinstance(v, str) for v in header.values()):
        raise _bad_header(path, "must hold keys with texts")
    for key in header:
        if key not in _KEYS:
            close = nearest(str(key), _KEYS, 1)
            raise _bad_header(path, f"has an unknown key {key!r}", close)
    missing = [key for key in ("problem", "fix", "severity") if not header.get(key, "").strip()]
    if missing:
        raise _bad_header(path, f"lacks {' and '.join(missing)}")
    if header.get("requires", "text") != "text":
        raise _bad_header(path, "can require only: text")
    try:
        severity = Severity.from_name(header["severity"])
    except ValueError as error:
        raise _bad_header(path, f"has {error}") from None
    rule = Rule(
        path.stem, header["problem"], header.get("why", ""), header["fix"], severity, "check",
        "requires" in header,
    )  # fmt: skip
    return Check(rule, text)


def _bad_header(path: Path, problem: str, close: Iterable[str] = ()) -> ConfigError:
    return ConfigError(
        f"{path}: the header of the check {problem}",
        code="check-header",
        hint=" ".join(f"did you mean {name}?" for name in close) or f"keys: {', '.join(_KEYS)}",
    )


# --- where rules come from ----------------------------------------------------------------------


@cache
def general() -> Dataset:
    """The vocabulary and the shapes that come with the tool."""
    return load_sources(general_files(), Prefixes(STANDARD_PREFIXES))


def shape_graphs(dataset: Dataset) -> frozenset[ox.NamedNode]:
    """The graphs of the files whose role is shapes."""
    return frozenset(ox.NamedNode(s.graph) for s in dataset.sources if s.role == "shapes")


def shape_triples(dataset: Dataset) -> list[ox.Triple]:
    """What the files whose role is shapes say."""
    graphs = shape_graphs(dataset)
    return [quad.triple for quad in dataset.quads if quad.graph_name in graphs]
