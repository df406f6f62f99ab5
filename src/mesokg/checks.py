"""All rules as one list, and what they find in a dataset.

This module decides what "valid" means: which rules there are (shapes, SPARQL
checks, code), what each of them is run on, and where a finding is. A rule that
cannot be run is reported as not run, never as passed; an empty file is a finding,
never a pass.
"""

from __future__ import annotations

import difflib
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox
import yaml

from mesokg import mappings
from mesokg.dataset import Dataset, format_of, load_sources, parse
from mesokg.engine import Engine, Table, embed
from mesokg.errors import ConfigError, InputError, QueryError, UsageError
from mesokg.files import read_bytes
from mesokg.lint import LINTS
from mesokg.project import Project, SourceFile, case_folder, general_files, resource
from mesokg.rendering import show
from mesokg.report import Finding, Location, NotRun, Report, Severity
from mesokg.shacl import FAILED, choose_engine, read_shapes, validate_shapes
from mesokg.terms import STANDARD_PREFIXES, Prefixes, nearest
from mesokg.texts import Texts, find_texts

__all__ = ["Explanation", "Rule", "explain", "rules", "validate", "validate_files"]

_SH: Final = STANDARD_PREFIXES["sh"]
_TYPE: Final = ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")
_EMPTY: Final = "empty-input"
_OTHER_TEXT: Final = "another-text"
_CHECK_FAILED: Final = "check-failed"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule asks (`title`), why (`about`) and the way out (`fix`).

    `how` is shape, check or code: what it is written in.
    """

    id: str
    title: str
    about: str
    fix: str
    severity: Severity
    how: str
    needs_text: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule with a wrong and a right example: the lines in which its two cases differ."""

    rule: Rule
    wrong: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Check:
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
            _CHECK_FAILED,
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
            _EMPTY,
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
            _OTHER_TEXT,
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
    triples = list(_shape_triples(_general()))
    prefixes = Prefixes(STANDARD_PREFIXES)
    if project:
        prefixes = project.prefixes
        triples += _shape_triples(load_sources(project.files("shapes"), prefixes))
    return _rules(triples, _checks(project), project, prefixes)


def _rules(
    shapes: Iterable[ox.Triple],
    checks: Iterable[_Check],
    project: Project | None,
    prefixes: Prefixes,
) -> Mapping[str, Rule]:
    found = {rule.id: rule for rule in _BUILT_IN}
    for lint in LINTS.values():
        found[lint.id] = Rule(
            lint.id, lint.title, lint.about, lint.fix, lint.severity, "code", lint.needs_text
        )
    for shape in read_shapes(shapes, prefixes):
        found[shape.id] = Rule(
            shape.id, shape.title or shape.id, shape.about, shape.fix, shape.severity, "shape",
            shape.needs_text,
        )  # fmt: skip
    found |= {check.rule.id: check.rule for check in checks}
    for name, severity in (project.severity if project else {}).items():
        if name not in found:
            raise _unknown_rule(name, found, ConfigError, f"{_config(project)}: severity: ")
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


def _checks(project: Project | None) -> tuple[_Check, ...]:
    """The checks that come with the tool, then the project's own."""
    general = [_read_check(path) for path in sorted(resource("checks").glob("*.rq"))]
    own = [_read_check(path) for path in (project.paths("checks") if project else ())]
    taken = {check.rule.id for check in general} | LINTS.keys()
    for check in own:
        if check.rule.id in taken:
            raise ConfigError(
                f"the check {check.rule.id} has the name of a rule that comes with mesokg",
                code="rule-taken",
                hint="rename the file; severities are set in mesokg.toml",
            )
    return (*general, *own)


def _read_check(path: Path) -> _Check:
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
    return _Check(rule, text)


def _bad_header(path: Path, problem: str, close: Iterable[str] = ()) -> ConfigError:
    return ConfigError(
        f"{path}: the header of the check {problem}",
        code="check-header",
        hint=" ".join(f"did you mean {name}?" for name in close) or f"keys: {', '.join(_KEYS)}",
    )


def _run_check(check: _Check, engine: Engine, prefixes: Prefixes) -> Iterator[Finding]:
    try:
        answer = engine.run(check.query)
        if not isinstance(answer, Table) or "focus" not in answer.columns:
            raise QueryError("it must be a SELECT with a variable ?focus", code="query-failed")
    except QueryError as error:
        yield Finding(
            _CHECK_FAILED,
            Severity.VIOLATION,
            f"the check {check.rule.id} cannot be run: {error.message}",
            fix=error.hint or "correct the query",
        )
        return
    for row in answer:
        terms = {
            name: "" if term is None or isinstance(term, ox.BlankNode) else str(term)
            for name, term in row.items()
        }

        def shown(match: re.Match[str], terms: Mapping[str, str] = terms) -> str:
            return show(terms[match[1]], prefixes) if terms.get(match[1]) else "a blank node"

        yield Finding(
            check.rule.id,
            check.rule.severity,
            re.sub(r"\{\?(\w+)\}", shown, check.rule.fix),
            focus=terms["focus"],
            path=terms.get("path", ""),
            value=terms.get("value", ""),
        )


# --- validation ------------------------------------------------------------------------------


def validate(
    dataset: Dataset,
    project: Project | None = None,
    *,
    shapes: Iterable[ox.Triple] = (),
    texts: Texts | Path | None = None,
    only: Iterable[str | Path] = (),
    engine: str = "auto",
) -> Report:
    """What is wrong in a dataset by every rule there is, in a fixed order.

    Graphs that `mesokg.derive` computed are left out: they are not written by anybody.
    The rules are those that come with the tool, those of the project and `shapes`.
    A dataset that lacks the tool's vocabulary is checked as if it had it. `texts`
    are the articles' texts or the folder they are in; when left out, the project's
    folder. With `only`, findings in these files and folders alone. `engine` names
    the SHACL engine.

    >>> from mesokg.dataset import read
    >>> [finding.rule for finding in validate(read("")).findings]
    ['empty-input']

    Raises ConfigError (``check-header``, ``rule-taken``, ``unknown-rule``),
    InputError (``cannot-read``, ``not-in-project``) and UsageError
    (``unknown-engine``, ``engine-missing``, ``engine-unfit``).
    """
    names = _names(only, dataset, project)
    whole = _complete(_written(dataset))
    texts = _texts(texts, whole, project)
    shape_triples = (*_shape_triples(whole), *shapes)
    chosen = choose_engine(engine, shape_triples)
    checks = _checks(project)
    table = _rules(shape_triples, checks, project, whole.prefixes)
    without_text = bool(texts.missing) and not texts.by_article
    skipped = {rule.id for rule in table.values() if rule.needs_text and without_text}
    found = [
        *dataset.problems,
        *_empty(dataset),
        *_other_texts(texts, whole.prefixes),
        *_broken_shapes(whole, shape_triples, skipped, texts, chosen),
        *_broken_checks(whole, checks, skipped, texts),
        *(
            finding
            for lint in LINTS.values()
            if lint.id not in skipped
            for finding in lint.run(whole, texts)
        ),
    ]
    located = _located((_in_force(finding, project) for finding in found), whole)
    return Report.of(
        (f for f in located if not names or (f.location and f.location.path in names)),
        not_run=_not_run(texts, table.values(), whole.prefixes),
        rules=len(table) - len(skipped),
        files=len(names or dataset.sources),
        triples=len(dataset.default_graph),
        engine=chosen,
    )


def _texts(texts: Texts | Path | None, dataset: Dataset, project: Project | None) -> Texts:
    """The articles' texts: as given, from the folder given, or from the project's folder."""
    if isinstance(texts, Texts):
        return texts
    if texts is not None and not texts.exists():
        raise InputError(
            f"{texts}: there is no such folder", code="cannot-read", hint="check the path"
        )
    return find_texts(dataset, texts or (project.texts if project else None))


def _broken_shapes(
    dataset: Dataset,
    shapes: Iterable[ox.Triple],
    skipped: Iterable[str],
    texts: Texts,
    engine: str,
) -> list[Finding]:
    text_triples = (quad.triple for quad in texts.quads(dataset.base))
    return validate_shapes(
        (*_data_triples(dataset), *text_triples),
        _without(shapes, skipped, dataset.prefixes),
        prefixes=dataset.prefixes,
        engine=engine,
    )


def _broken_checks(
    dataset: Dataset, checks: Iterable[_Check], skipped: Iterable[str], texts: Texts
) -> Iterator[Finding]:
    engine = embed(dataset.with_graphs(texts.quads(dataset.base)))
    for check in checks:
        if check.rule.id not in skipped:
            yield from _run_check(check, engine, dataset.prefixes)


def validate_files(
    paths: Iterable[str | Path],
    shapes: Iterable[Path] = (),
    *,
    engine: str = "auto",
    stdin: Callable[[], bytes] | None = None,
) -> tuple[Report, Dataset]:
    """What is wrong in RDF files that belong to no project, and what they say.

    With `shapes`, these SHACL shapes and nothing else are asked; without them every
    rule that comes with the tool. A folder stands for the RDF files in it, ``-`` for
    what `stdin` gives, as Turtle. A file that does not parse and one without a
    statement are findings, for shapes too.

    Raises InputError (``cannot-read``, ``unknown-format``) and UsageError
    (``unknown-engine``, ``engine-missing``, ``engine-unfit``).
    """
    data = _read_all(paths, "data", stdin)
    if not shapes:
        report = validate(data, engine=engine)
        names = {source.name for source in data.sources}
        mine = [f for f in report.findings if f.location is None or f.location.path in names]
        return replace(report, findings=tuple(mine)), data
    asked = _read_all(shapes, "shapes", None)
    chosen = choose_engine(engine, asked.default_graph)
    known = read_shapes(asked.default_graph, asked.prefixes)
    prefixes = Prefixes(STANDARD_PREFIXES) | asked.prefixes | data.prefixes
    findings = [*data.problems, *asked.problems, *_empty(data), *_empty(asked)]
    if not known and not findings:
        findings.append(_nothing("the shapes hold no shape with a target", ""))
    findings += validate_shapes(
        data.default_graph, asked.default_graph, prefixes=prefixes, engine=chosen
    )
    report = Report.of(
        _located(findings, data),
        rules=len(known),
        files=len(data.sources),
        triples=len(data.default_graph),
        engine=chosen,
    )
    return report, replace(data, prefixes=prefixes)


# --- what is checked -------------------------------------------------------------------------


@cache
def _general() -> Dataset:
    """The vocabulary and the shapes that come with the tool."""
    return load_sources(general_files(), Prefixes(STANDARD_PREFIXES))


def _complete(dataset: Dataset) -> Dataset:
    """The dataset with the tool's vocabulary and shapes, if it came without them."""
    if {file.graph for file in general_files()} <= {s.graph for s in dataset.sources}:
        return dataset
    general = _general()
    return replace(
        dataset,
        quads=tuple(dict.fromkeys(dataset.quads + general.quads)),
        prefixes=general.prefixes | dataset.prefixes,
        sources=tuple(dict.fromkeys(dataset.sources + general.sources)),
        merged=dataset.merged | general.merged,
    )


def _written(dataset: Dataset) -> Dataset:
    """The dataset without the graphs that are computed from it."""
    computed = f"<{dataset.base}graph/derived/"
    if not dataset.base:
        return dataset
    kept = (quad for quad in dataset.quads if not str(quad.graph_name).startswith(computed))
    return replace(dataset, quads=tuple(kept))


def _shape_graphs(dataset: Dataset) -> frozenset[ox.NamedNode]:
    return frozenset(ox.NamedNode(s.graph) for s in dataset.sources if s.role == "shapes")


def _shape_triples(dataset: Dataset) -> list[ox.Triple]:
    graphs = _shape_graphs(dataset)
    return [quad.triple for quad in dataset.quads if quad.graph_name in graphs]


def _data_triples(dataset: Dataset) -> Iterable[ox.Triple]:
    """The default graph without the graphs of shapes: what the shapes look at."""
    graphs = (dataset.merged | {ox.DefaultGraph()}) - _shape_graphs(dataset)
    return dict.fromkeys(quad.triple for quad in dataset.quads if quad.graph_name in graphs)


def _without(
    shapes: Iterable[ox.Triple], skipped: Iterable[str], prefixes: Prefixes
) -> Iterator[ox.Triple]:
    """The shapes, those of some rules switched off."""
    shapes = tuple(shapes)
    skipped = set(skipped)
    off = ox.NamedNode(_SH + "deactivated")
    nodes = [ox.NamedNode(s.iri) for s in read_shapes(shapes, prefixes) if s.id in skipped]
    yield from (t for t in shapes if t.predicate != off or t.subject not in nodes)
    yield from (ox.Triple(node, off, ox.Literal(True)) for node in nodes)


def _empty(dataset: Dataset) -> Iterator[Finding]:
    """A finding for each file that says nothing, or for the whole when there is no file."""
    own = [source for source in dataset.sources if not source.name.startswith("mesokg:")]
    if not own and (dataset.sources or not dataset.quads):
        yield _nothing("there is nothing to check: 0 triples", "")
    broken = {f.location.path for f in dataset.problems if f.location}
    graphs = {quad.graph_name for quad in dataset.quads}
    for source in dataset.sources:
        said = ox.NamedNode(source.graph) in graphs or source.role == "mappings"
        if said or source.name in broken:
            continue
        if not _names_graphs(source) or not load_sources((source,), dataset.prefixes).quads:
            yield _nothing("the file holds 0 triples", source.name)


def _names_graphs(source: SourceFile) -> bool:
    """Whether what a file says may stand in graphs that it names itself."""
    return source.path.suffix.lower() in {".json", ".jsonld", ".nq", ".trig"}


def _nothing(message: str, path: str) -> Finding:
    return Finding(
        _EMPTY,
        Severity.VIOLATION,
        message,
        location=Location(path) if path else None,
        fix="write something into the file, or leave it out",
    )


def _names(only: Iterable[str | Path], dataset: Dataset, project: Project | None) -> frozenset[str]:
    """The names of the sources that some paths mean; nothing asked, nothing named."""
    root = project.root if project else Path()
    names: set[str] = set()
    for path in map(Path, only):
        place = Path(os.path.realpath(path))  # unlike resolve, no error for links in a circle
        inside = {
            source.name
            for source in dataset.sources
            if place == source.path.resolve() or place in source.path.resolve().parents
        }
        if not place.exists():
            raise InputError(
                f"{path}: there is no such file or folder",
                code="cannot-read",
                hint="check the path",
            )
        if not inside:
            raise InputError(
                f"{path}: is no part of the project in {root}",
                code="not-in-project",
                hint="add it to [files] in mesokg.toml, or check it by itself with --shapes",
            )
        names |= inside
    return frozenset(names)


def _not_run(texts: Texts, table: Iterable[Rule], prefixes: Prefixes) -> Iterator[NotRun]:
    """Each rule that needs a text, for the articles whose text is not there."""
    if not texts.missing:
        return
    articles = ", ".join(show(f"<{iri}>", prefixes) for iri in texts.missing)
    reason = f"text not present ({articles})"
    for near in texts.near:
        reason += f"; {near.file} is not the text of {show(f'<{near.article}>', prefixes)}: "
        reason += near.why
    yield from (NotRun(rule.id, reason) for rule in table if rule.needs_text)


def _other_texts(texts: Texts, prefixes: Prefixes) -> Iterator[Finding]:
    """A finding for each file that looks like the text of an article and is not."""
    for near in texts.near:
        yield Finding(
            _OTHER_TEXT,
            Severity.WARNING,
            f"{near.file} is not the text of {show(f'<{near.article}>', prefixes)}: {near.why}",
            focus=f"<{near.article}>",
            location=Location(near.file),
            fix="put the encoded text back; if the text has changed, encode it as a new article",
        )


def _in_force(finding: Finding, project: Project | None) -> Finding:
    """The finding with the severity that the project gives its rule."""
    severity = project.severity.get(finding.rule) if project else None
    return finding if severity is None else replace(finding, severity=severity)


# --- where a finding is ----------------------------------------------------------------------


def _located(findings: Iterable[Finding], dataset: Dataset) -> list[Finding]:
    """The findings, each with the file that says what is wrong, as far as there is one."""
    findings = list(findings)
    wanted = {
        ox.NamedNode(finding.focus[1:-1])
        for finding in findings
        if finding.location is None and finding.focus.startswith("<")
    }
    by_focus: dict[object, list[ox.Quad]] = defaultdict(list)
    for quad in dataset.quads if wanted else ():
        if quad.subject in wanted:
            by_focus[quad.subject].append(quad)
    files = {ox.NamedNode(source.graph): source for source in dataset.sources}
    return [
        finding
        if finding.location or not finding.focus.startswith("<")
        else replace(finding, location=_location(finding, by_focus, files))
        for finding in findings
    ]


def _location(
    finding: Finding,
    by_focus: Mapping[object, list[ox.Quad]],
    files: Mapping[ox.NamedNode, SourceFile],
) -> Location | None:
    """The file of the statement that is wrong, else of the one that says what the focus is."""
    focus = ox.NamedNode(finding.focus[1:-1])
    ranked = [
        (_rank(quad, finding), files[quad.graph_name].name)
        for quad in by_focus.get(focus, ())
        if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name in files
    ]
    if ranked:
        return Location(min(ranked)[1])
    return Location(files[focus].name) if focus in files else None


def _rank(quad: ox.Quad, finding: Finding) -> int:
    if str(quad.predicate) == finding.path:
        return 0 if str(quad.object) == finding.value else 1
    return 2 if quad.predicate == _TYPE else 3


# --- files of no project ---------------------------------------------------------------------

#: What the name of a file that holds RDF ends in, when a folder stands for its files.
_RDF_SUFFIXES: Final = frozenset({".jsonld", ".nq", ".nt", ".owl", ".rdf", ".trig", ".ttl"})
_PREFIX: Final = re.compile(r"(?:^|[\s.])@?prefix\s+([\w-]+):\s*<([^<>\s]*)>", re.IGNORECASE)
_STDIN: Final = "-"


def _read_all(paths: Iterable[str | Path], role: str, stdin: Callable[[], bytes] | None) -> Dataset:
    """Files, and those in folders, as one dataset: each a graph, all in the default graph."""
    sources: list[SourceFile] = []
    spoken = Dataset(())
    texts = []
    for path in paths:
        if str(path) == _STDIN and stdin is not None:
            spoken, text = _read_stdin(stdin(), role)
            texts.append(text)
        else:
            sources += [_source(file, role) for file in _files(Path(path))]
    dataset = load_sources(dict.fromkeys(sources), Prefixes(STANDARD_PREFIXES))
    texts += [read_bytes(source.path).decode("utf-8", "replace") for source in dataset.sources]
    found = {name: iri for text in texts for name, iri in _PREFIX.findall(text)}
    graphs = frozenset(quad.graph_name for quad in dataset.quads)
    return replace(
        dataset,
        quads=dataset.quads + spoken.quads,
        prefixes=dataset.prefixes | found,
        sources=dataset.sources + spoken.sources,
        merged=frozenset(graph for graph in graphs if isinstance(graph, ox.NamedNode))
        | spoken.merged,
        problems=dataset.problems + spoken.problems,
    )


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = [
        inner
        for inner in sorted(path.rglob("*"))
        if inner.suffix.lower() in _RDF_SUFFIXES and inner.is_file()
    ]
    if not found:
        raise InputError(
            f"{path}: the folder holds no RDF file",
            code="cannot-read",
            hint=f"files end in one of {' '.join(sorted(_RDF_SUFFIXES))}",
        )
    return found


def _source(path: Path, role: str) -> SourceFile:
    format_of(path.name)
    return SourceFile(path, path.as_posix(), Path(os.path.realpath(path)).as_uri(), role)


def _read_stdin(data: bytes, role: str) -> tuple[Dataset, str]:
    text = data.decode("utf-8-sig", "replace")
    source = SourceFile(Path(_STDIN), _STDIN, "urn:mesokg:stdin", role)
    graph = ox.NamedNode(source.graph)
    parsed = parse(text, "turtle", _STDIN)
    problems = parsed.problems
    if "\N{REPLACEMENT CHARACTER}" in text and not _is_utf8(data):
        problems = (
            Finding(
                "does-not-parse",
                Severity.VIOLATION,
                "the input is not UTF-8",
                location=Location(_STDIN),
                fix="give it as UTF-8",
            ),
        )
    quads = tuple(
        ox.Quad(quad.subject, quad.predicate, quad.object, graph) for quad in parsed.quads
    )
    return Dataset(
        () if problems else quads,
        sources=(source,),
        merged=frozenset({graph}),
        problems=problems,
    ), text


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
