"""What all rules together find in a dataset.

This module decides what "valid" means: what each rule is run on, and where a finding
is. A rule that cannot be run is reported as not run, never as passed; an empty file is
a finding, never a pass.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mesokg.cache import Cache, Change, Reads, Run, texts_key
from mesokg.configuration import ALWAYS_REPORTED
from mesokg.dataset import Dataset, format_of, load_sources
from mesokg.derived import derive
from mesokg.engine import Answer, Engine, Table, embed, names_graphs
from mesokg.errors import InputError, QueryError
from mesokg.files import read_bytes
from mesokg.lint import FAR_DAY
from mesokg.locations import locate
from mesokg.project import Project, SourceFile, general_files
from mesokg.query_checks import check_queries
from mesokg.reading import read_about, read_loose
from mesokg.rendering import show
from mesokg.report import Finding, Location, NotRun, Report, Rule, Severity
from mesokg.rulebook import (
    CHECK_FAILED,
    EMPTY,
    OTHER_TEXT,
    Check,
    general,
    read_checks,
    rule_table,
    shape_graphs,
    shape_triples,
)
from mesokg.salvage import salvage
from mesokg.shacl import (
    BULK,
    FileRun,
    check_again,
    check_shapes,
    is_fickle,
    predicates_read,
    read_shapes,
    validate_file_shapes,
)
from mesokg.terms import NS, STANDARD_PREFIXES, Prefixes
from mesokg.texts import Texts, find_texts
from mesokg.waivers import MARK, inline_waivers, settle

__all__ = ["validate", "validate_endpoint", "validate_files"]

_SH: Final = STANDARD_PREFIXES["sh"]
#: A path that is one property, or none.
_STEP: Final = re.compile(r"(?:<[^<>]*>)?")
#: Bytes from which on a file is checked without being read into memory as a whole.
_LARGE: Final = 2_000_000

# --- validation ------------------------------------------------------------------------------


def validate(
    dataset: Dataset,
    project: Project | None = None,
    *,
    shapes: Iterable[ox.Triple] = (),
    texts: Texts | Path | None = None,
    only: Iterable[str | Path] = (),
    engine: str = "auto",
    today: date | None = None,
    cache: Cache | None = None,
) -> Report:
    """What is wrong in a dataset by every rule there is, in a fixed order.

    Graphs that `mesokg.derive` computed are left out: they are not written by anybody.
    The rules are those that come with the tool, those of the project and `shapes`.
    A dataset that lacks the tool's vocabulary is checked as if it had it. `texts`
    are the articles' texts or the folder they are in; when left out, the project's
    folder. With `only`, findings in these files and folders alone. `engine` names
    the SHACL engine. Dates after `today` lie in the future. Rules of the house that
    other people's data need not keep are asked only where there is a project. With the
    `cache` that loaded the dataset, what cannot have changed since is not looked for again.

    >>> from mesokg.dataset import read
    >>> [finding.rule for finding in validate(read("")).findings]
    ['empty-input']

    Raises ConfigError (``check-header``, ``rule-taken``, ``unknown-rule``),
    InputError (``cannot-read``, ``not-in-project``) and UsageError
    (``unknown-engine``, ``engine-missing``, ``engine-unfit``).
    """
    shapes, names = tuple(shapes), _names(only, dataset, project)
    run = Run() if cache is None else cache.run(dataset, texts, names, engine, today, shapes)
    if run.report is not None:
        return run.report
    dataset = run.repaired(salvage(dataset), dataset)
    asked = _asked(dataset, project, shapes, texts, engine)
    found = _found(asked, today or FAR_DAY, run)
    told = [finding for finding in found if not _follows(finding, dataset)]
    settled = settle(
        run.located(told, asked.whole),
        project,
        [comment for name, text in _noted(asked) for comment in inline_waivers(name, text)],
        today=today,
        known=asked.table,
        not_run=asked.skipped,
        complete=not any(p.rule in ALWAYS_REPORTED for p in dataset.problems),
    )
    report = Report.of(
        (finding for finding in settled.findings if _is_in(finding, names)),
        waived=(item for item in settled.waived if _is_in(item.finding, names)),
        not_run=_not_run(asked.texts, asked.table.values(), asked.whole.prefixes),
        rules=len(asked.table.keys() - asked.skipped),
        files=len(names or dataset.sources),
        triples=len(dataset.default_graph),
        engine=run.engine,
        held_back=len(found) - len(told),
    )
    return run.keep(report)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is checked, and by what: everything that findings depend on but the day."""

    dataset: Dataset
    project: Project | None
    whole: Dataset
    texts: Texts
    shapes: tuple[ox.Triple, ...]
    checks: tuple[Check, ...]
    engine: str
    table: Mapping[str, Rule]
    skipped: frozenset[str]
    files: tuple[tuple[SourceFile, str], ...]


def _asked(
    dataset: Dataset,
    project: Project | None,
    shapes: tuple[ox.Triple, ...],
    texts: Texts | Path | None,
    engine: str,
) -> _Asked:
    whole = _complete(_written(dataset))
    texts = _texts(texts, whole, project)
    shapes = (*shape_triples(whole), *shapes)
    checks = tuple(read_checks(project))
    table = rule_table(shapes, checks, project, whole.prefixes)
    return _Asked(
        dataset,
        project,
        whole,
        texts,
        shapes,
        checks,
        engine,
        table,
        frozenset(_skipped(table, texts, dataset)),
        tuple(_turtle(dataset)),
    )


def _found(asked: _Asked, today: date, run: Run) -> list[Finding]:
    """What all rules find, without places and before anything is waived."""
    whole, skipped, across = asked.whole, asked.skipped, asked.project is not None
    given = texts_key(asked.texts)
    found = [
        *asked.dataset.problems,
        *_empty(asked.dataset),
        *_other_texts(asked.texts, whole.prefixes),
        *run.stage(
            "shapes",
            frozenset(),
            "".join(map(str, asked.shapes)),
            lambda: check_shapes(asked.shapes, whole.prefixes, terms=False),
        ),
        *_broken_shapes(asked, run, given),
        *_broken_checks(asked, run, given),
        *run.lints(whole, asked.texts, skipped=skipped, today=today),
        *run.file_lints(asked.files, skipped=skipped, across=across),
    ]
    project = asked.project
    if project:
        engine = _Later(lambda: embed(derive(whole)))
        found += run.stage(
            "queries", _query_reads(project), "", lambda: check_queries(project, whole, engine)
        )
    return found


class _Later:
    """An engine that is made when it is first asked."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self._make = make

    def run(self, query: str) -> Answer:
        """The answer of the engine."""
        return self._engine.run(query)

    @cached_property
    def _engine(self) -> Engine:
        return self._make()


def _query_reads(project: Project) -> Reads:
    """What the checks of queries look at: terms that are there, and all if rows are promised."""
    promised = any(b"expect" in read_bytes(path) for path in project.paths("queries"))
    return None if promised else _defines_terms


def _defines_terms(change: Change) -> bool:
    """Whether a change adds terms to the tool's own vocabulary, or takes some away."""
    return any(str(quad.subject).startswith(f"<{NS}") for quad in change.quads)


def _skipped(table: Mapping[str, Rule], texts: Texts, dataset: Dataset) -> set[str]:
    """The rules that are not asked: without a text those of texts, without a base the house's."""
    without_text = bool(texts.missing) and not texts.by_article
    skipped = {rule.id for rule in table.values() if rule.needs_text and without_text}
    return skipped if dataset.base else skipped | (_OF_THE_HOUSE & table.keys())


def _is_in(finding: Finding, names: Collection[str]) -> bool:
    """Whether a finding is in one of some files; in any, when none is named."""
    return not names or (finding.location is not None and finding.location.path in names)


def _follows(finding: Finding, dataset: Dataset) -> bool:
    """Whether a finding may only be about what a file that does not parse lost.

    That is a thing of a statement that cannot be read, or a character that stands for bytes
    that are no UTF-8.
    """
    if dataset.lost and (finding.focus in dataset.lost or finding.value in dataset.lost):
        return True
    broken = any(problem.rule == "does-not-parse" for problem in dataset.problems)
    return broken and finding.rule == "replacement-character"


#: Rules about how our own vocabularies and catalogues are written.
_OF_THE_HOUSE: Final = frozenset(
    {"graph-metadata", "vocabulary-code-complete", "vocabulary-concept-defined-by"}
)


def _turtle(dataset: Dataset) -> Iterator[tuple[SourceFile, str]]:
    """The files of Turtle and TriG that are not the tool's own, with their texts."""
    for source in dataset.sources:
        if source.path.suffix.lower() in {".trig", ".ttl"} and not source.name.startswith(
            "mesokg:"
        ):
            yield source, read_bytes(source.path).decode("utf-8-sig", "replace")


def _noted(asked: _Asked) -> Iterator[tuple[str, str]]:
    """The texts, by name, whose comments may waive something: of data and of queries."""
    yield from ((source.name, text) for source, text in asked.files)
    yield from asked.dataset.given.items()
    others = [
        (source.path, source.name)
        for source in asked.dataset.sources
        if source.path.suffix.lower() in {".nq", ".nt"} and not source.name.startswith("mesokg:")
    ]
    if project := asked.project:
        asking = (*project.paths("queries"), *project.paths("checks"))
        others += [(path, path.relative_to(project.root).as_posix()) for path in asking]
    for path, name in others:
        if MARK.encode() in (data := read_bytes(path)):
            yield name, data.decode("utf-8-sig", "replace")


def _texts(texts: Texts | Path | None, dataset: Dataset, project: Project | None) -> Texts:
    """The articles' texts: as given, from the folder given, or from the project's folder."""
    if isinstance(texts, Texts):
        return texts
    if texts is not None and not texts.exists():
        raise InputError(
            f"{texts}: there is no such folder", code="cannot-read", hint="check the path"
        )
    return find_texts(dataset, texts or (project.texts if project else None))


def _broken_shapes(asked: _Asked, run: Run, given: str) -> list[Finding]:
    text_triples = (quad.triple for quad in asked.texts.quads(asked.whole.base))
    return run.shapes(
        (*_data_triples(asked.whole), *text_triples),
        _without(asked.shapes, asked.skipped, asked.whole.prefixes),
        prefixes=asked.whole.prefixes,
        engine=asked.engine,
        given=given,
    )


def _broken_checks(asked: _Asked, run: Run, given: str) -> Iterator[Finding]:
    whole = asked.whole
    engine = _Later(lambda: embed(whole.with_graphs(asked.texts.quads(whole.base))))
    for check in asked.checks:
        if check.rule.id not in asked.skipped:
            yield from run.stage(
                f"check {check.rule.id}",
                predicates_read(check.query),
                given,
                partial(_run_check, check, engine, whole.prefixes),
                graphs=names_graphs(check.query),
                fickle=is_fickle(check.query),
            )


def validate_files(
    paths: Iterable[str | Path],
    shapes: Iterable[Path] = (),
    *,
    engine: str = "auto",
    stdin: Callable[[], bytes] | None = None,
    today: date | None = None,
) -> tuple[Report, Dataset]:
    """What is wrong in RDF files that belong to no project, and what they say.

    With `shapes`, these SHACL shapes and nothing else are asked; without them every
    rule that comes with the tool. A folder stands for the RDF files in it, ``-`` for
    what `stdin` gives, as Turtle. A file that does not parse and one without a
    statement are findings, for shapes too. `today` is as for `validate`.

    Raises InputError (``cannot-read``, ``unknown-format``) and UsageError
    (``unknown-engine``, ``engine-missing``, ``engine-unfit``).
    """
    paths = tuple(paths)
    if shapes:
        return _by_shapes(paths, shapes, engine, stdin)
    data = salvage(read_loose(paths, "data", stdin))
    report = validate(data, engine=engine, today=today)
    names = {source.name for source in data.sources}
    mine = [f for f in report.findings if f.location is None or f.location.path in names]
    return replace(report, findings=tuple(mine)), data


def validate_endpoint(engine: Engine, project: Project | None = None) -> Report:
    """What the SPARQL checks find in what an engine holds, such as a store on another machine.

    The checks ask the engine's default graph. All other rules are reported as not run:
    shapes, lints and texts are for files. Raises EndpointError.
    """
    prefixes = project.prefixes | general().prefixes if project else general().prefixes
    checks = tuple(read_checks(project))
    table = rule_table(shape_triples(general()), checks, project, prefixes)
    asked = {check.rule.id: check for check in checks if not check.rule.needs_text}
    found = [finding for name in asked for finding in _run_check(asked[name], engine, prefixes)]
    return Report.of(
        found,
        not_run=(NotRun(name, "only files are asked this") for name in table.keys() - asked),
        rules=len(asked),
        engine="SPARQL",
    )


def _by_shapes(
    paths: tuple[str | Path, ...],
    shapes: Iterable[Path],
    engine: str,
    stdin: Callable[[], bytes] | None,
) -> tuple[Report, Dataset]:
    """What shapes and nothing else find in files, and what the files say.

    What a large file says is read only where something is found in it.
    """
    asked = salvage(read_loose(shapes, "shapes", None, resolve=True))
    prefixes = Prefixes(STANDARD_PREFIXES) | asked.prefixes
    known = read_shapes(asked.default_graph, asked.prefixes)
    findings = [*_broken(asked), *_empty(asked), *check_shapes(asked.default_graph, prefixes)]
    if not known and not findings:
        findings.append(_nothing("the shapes hold no shape with a target", ""))
    run = _run_in_place(paths, asked.default_graph, prefixes, engine)
    if run and not run.findings and not findings:
        report = Report.of([], rules=len(known), files=1, triples=run.triples, engine=BULK)
        return report, Dataset((), prefixes)
    about = _named_by(run.findings) if run else None
    if run and about is not None:
        chosen, triples = BULK, run.triples
        data = read_about(Path(paths[0]), about, "data")
        findings += run.findings
    else:
        data = salvage(read_loose(paths, "data", stdin, resolve=True))
        triples = len(data.default_graph)
        ran = check_again(
            data.default_graph,
            asked.default_graph,
            prefixes=prefixes | data.prefixes,
            engine=engine,
        )
        chosen = ran.engine
        findings += [*_broken(data), *_empty(data), *ran.findings]
    prefixes |= data.prefixes
    report = Report.of(
        locate(findings, data, shapes=asked),
        rules=len(known),
        files=len(data.sources),
        triples=triples,
        engine=chosen,
    )
    return report, replace(data, prefixes=prefixes)


def _broken(dataset: Dataset) -> Iterator[Finding]:
    """What keeps files from being read, and nothing about how they are written else."""
    return (problem for problem in dataset.problems if problem.severity is Severity.VIOLATION)


def _named_by(findings: Iterable[Finding]) -> frozenset[str] | None:
    """The IRIs whose statements tell where findings stand; None when a path leads to more."""
    found: set[str] = set()
    for finding in findings:
        inside = _named_by(finding.causes)
        if inside is None or not _STEP.fullmatch(finding.path):
            return None
        found |= inside
        found |= {term[1:-1] for term in (finding.focus, finding.value) if term.startswith("<")}
    return frozenset(found)


def _run_in_place(
    paths: tuple[str | Path, ...], shapes: Iterable[ox.Triple], prefixes: Prefixes, engine: str
) -> FileRun | None:
    """The run of shapes over one large file that never lies in memory as a whole, where it can be.

    None as well for a file that holds nothing: that is for the ordinary way to say.
    """
    if len(paths) != 1 or engine not in {"auto", BULK} or not Path(paths[0]).is_file():
        return None
    path = Path(paths[0])
    if path.stat().st_size < _LARGE:
        return None
    run = validate_file_shapes(path, format_of(path.name), shapes, prefixes=prefixes)
    return run if run and run.triples else None


# --- SPARQL checks ---------------------------------------------------------------------------


def _run_check(check: Check, engine: Engine, prefixes: Prefixes) -> Iterator[Finding]:
    try:
        answer = engine.run(check.query)
        if not isinstance(answer, Table) or "focus" not in answer.columns:
            raise QueryError("it must be a SELECT with a variable ?focus", code="query-failed")
    except QueryError as error:
        yield Finding(
            CHECK_FAILED,
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


# --- what is checked -------------------------------------------------------------------------


def _complete(dataset: Dataset) -> Dataset:
    """The dataset with the tool's vocabulary and shapes, if it came without them."""
    if {file.graph for file in general_files()} <= {s.graph for s in dataset.sources}:
        return dataset
    tools = general()
    return replace(
        dataset,
        quads=tuple(dict.fromkeys(dataset.quads + tools.quads)),
        prefixes=tools.prefixes | dataset.prefixes,
        sources=tuple(dict.fromkeys(dataset.sources + tools.sources)),
        merged=dataset.merged | tools.merged,
    )


def _written(dataset: Dataset) -> Dataset:
    """The dataset without the graphs that are computed from it."""
    computed = f"<{dataset.base}graph/derived/"
    if not dataset.base:
        return dataset
    kept = (quad for quad in dataset.quads if not str(quad.graph_name).startswith(computed))
    return replace(dataset, quads=tuple(kept))


def _data_triples(dataset: Dataset) -> Iterable[ox.Triple]:
    """The default graph without the graphs of shapes: what the shapes look at."""
    graphs = (dataset.merged | {ox.DefaultGraph()}) - shape_graphs(dataset)
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
        EMPTY,
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
            OTHER_TEXT,
            Severity.WARNING,
            f"{near.file} is not the text of {show(f'<{near.article}>', prefixes)}: {near.why}",
            focus=f"<{near.article}>",
            location=Location(near.file),
            fix="put the encoded text back; if the text has changed, encode it as a new article",
        )
