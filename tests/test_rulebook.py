"""Whatever a command can report, `mesokg explain` knows, and the page of the rules lists.

The ids are read from the code: the first argument of everything that makes a finding. A
row of docs/rules.md is written by ``MESOKG_UPDATE_DOCS=1``.
"""

from __future__ import annotations

import ast
import importlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from mesokg.cli import main
from mesokg.release import RELEASE_RULES
from mesokg.report import Rule
from mesokg.reporting.view import help_uri
from mesokg.rulebook import error_help, rules
from mesokg.site_checks import RULES as SITE_RULES
from mesokg.terms import Prefixes
from mesokg.verification import RULES as VERIFICATION_RULES

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "mesokg"
PAGE = ROOT / "docs" / "rules.md"
OTHERS = {**SITE_RULES, **VERIFICATION_RULES, **RELEASE_RULES}
#: What makes a finding, a rule that was not run, or one of the two for its module.
MAKERS = {"Finding", "NotRun", "_finding", "found"}
ID = re.compile(r"[a-z]+(-[a-z]+)*")


def reported() -> Iterator[tuple[str, str]]:
    """Each rule id that stands in the code where a finding is made, and the file."""
    for path in sorted(SRC.rglob("*.py")):
        module = ".".join(("mesokg", *path.relative_to(SRC).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name not in MAKERS:
                continue
            first = node.args[0]
            if isinstance(first, ast.Name) and first.id.isupper():
                value = getattr(importlib.import_module(module), first.id)
            else:
                value = getattr(first, "value", "")
            if isinstance(value, str) and ID.fullmatch(value):
                yield value, path.relative_to(SRC).as_posix()


@cache
def known() -> Mapping[str, Rule]:
    return {**OTHERS, **rules()}


def test_no_two_rules_have_one_name() -> None:
    tables = (SITE_RULES, VERIFICATION_RULES, RELEASE_RULES, rules())
    assert len(known()) == sum(map(len, tables))


def test_every_rule_that_the_code_reports_is_known() -> None:
    found = list(reported())
    ids = {name for name, _ in found}
    assert {"empty-input", "release-signature", "iri-vanished", "page-link"} <= ids
    assert [(name, file) for name, file in found if name not in known()] == []


@pytest.mark.parametrize("rule", sorted(known()))
def test_every_rule_is_explained_with_help(rule: str) -> None:
    about = known()[rule]
    assert about.id == rule
    assert about.title
    assert about.about
    assert about.fix
    assert help_uri(rule, Prefixes()) == f"https://w3id.org/mesokg/rules#{rule}"


def run(*words: str) -> str:
    done = CliRunner().invoke(main, ["--project", "mesotherapy", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_lists_the_rules_of_all_commands() -> None:
    listed = {line.split()[0] for line in run("explain").splitlines()}
    assert listed >= known().keys()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("release-signature", "(violation, code)"),
        ("release-version", "fix: release it as the version"),
        ("fair-licence", "(warning, code)"),
        ("mapping-date", "wrong:"),
        ("no-project", "(error)"),
        ("version-syntax", "Exit 2."),
    ],
)
def test_the_command_explains_rules_and_errors(rule: str, words: str) -> None:
    assert words in run("explain", rule)


def test_what_is_rule_and_error_is_explained_as_both() -> None:
    text = run("explain", "does-not-parse")
    assert "(violation, code)" in text
    assert "(error)" in text


def test_every_error_code_has_its_help() -> None:
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    codes = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert len(codes) > 50
    for code in codes:
        assert re.match(r"Exit [0-9]|HTTP", error_help(code)), code
    assert error_help("no such code") == ""


# --- the page --------------------------------------------------------------------------------


def table(head: str, rows: Mapping[str, Rule]) -> str:
    lines = [
        f"| {rule.id} | {rule.title} | {_last(head, rule)} |" for _, rule in sorted(rows.items())
    ]
    marks = "|" + "---|" * head.count(" | ") + "---|"
    return "\n".join([head, marks, *lines]) + "\n"


def _last(head: str, rule: Rule) -> str:
    if "needs" in head:
        needs = "text" if rule.needs_text else ""
        return f"{rule.how} | {rule.severity.label} | {needs}"
    by = dict.fromkeys(SITE_RULES, "check-site") | dict.fromkeys(VERIFICATION_RULES, "verify")
    return f"{by.get(rule.id, 'release')} | {rule.severity.label}"


TABLES: Mapping[str, Callable[[], Mapping[str, Rule]]] = {
    "| rule | asks | how | severity | needs |": rules,
    "| rule | asks | command | severity |": lambda: OTHERS,
}


@pytest.mark.parametrize("head", TABLES)
def test_the_page_lists_every_rule(head: str) -> None:
    text = PAGE.read_text("utf-8")
    wanted = table(head, TABLES[head]())
    found = re.search(re.escape(head) + r"\n(?:\|.*\n)+", text)
    assert found, f"no table {head}"
    if os.environ.get("MESOKG_UPDATE_DOCS"):
        PAGE.write_text(text[: found.start()] + wanted + text[found.end() :], "utf-8")
        return
    assert found[0] == wanted, "MESOKG_UPDATE_DOCS=1 writes it"
