"""The memory of validations: what one run finds, and the next need not look for again.

This module decides what may be used again. A whole report, when nothing it depends on has
changed; what a rule found, when no statement it looks at came or went; what shapes say of a
node, when nothing that leads to the node changed; the place of a finding, when neither the
file nor what the finding is about did. Else it is looked for again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mesokg.cache.change import Change, Reads
from mesokg.cache.codec import BROKEN, from_finding, from_report, report_from
from mesokg.cache.disk import Entries
from mesokg.cache.keys import digest, folder_key, project_key, texts_key, tool_key
from mesokg.cache.state import FileState, Scan, ShapesState, Stage, State, packed, unpacked
from mesokg.dataset import Dataset, load_sources
from mesokg.errors import InputError
from mesokg.files import read_bytes
from mesokg.lint import FILE_LINTS, LINTS, Facts, ScannedFile, run_file_lints, scan
from mesokg.locations import locate
from mesokg.project import Project, SourceFile, general_files
from mesokg.report import Finding, Report
from mesokg.shacl import Known, check_again, choose_engine, is_fickle
from mesokg.terms import STANDARD_PREFIXES, Prefixes
from mesokg.texts import Texts

__all__ = ["Cache", "Run"]

_QUERIES: Final = frozenset(
    ox.NamedNode(STANDARD_PREFIXES["sh"] + name) for name in ("ask", "construct", "select")
)


class Cache:
    """What is remembered of one project, in a folder.

    What it gives is what would be found without it, whatever the disk does and however
    many runs there are at once. A cache gives one dataset, to be validated once.
    """

    def __init__(self, project: Project, folder: Path) -> None:
        self._project = project
        self._entries = Entries(folder)
        self._dataset: Dataset | None = None
        self._before: State | None = None
        self._now: dict[str, FileState] = {}
        self._change = Change()
        self._frame = ""
        self._asking = ""
        self._seen: dict[Path, tuple[int, int]] = {}

    def load(self) -> Dataset:
        """What `mesokg.load` gives for the project. Raises InputError (``cannot-read``)."""
        sources = (*general_files(), *self._project.files())
        self._seen = {source.path: _look(source.path) for source in sources}
        digests = {source.name: digest(read_bytes(source.path)) for source in sources}
        fixed = (
            "\n".join((source.name, source.graph, source.role, digests[source.name]))
            for source in sources
            if source.role != "data"
        )
        self._asking = project_key(self._project)
        self._frame = digest(tool_key(), self._asking, *fixed)
        kept = self._entries.get(f"state {self._frame}")
        self._before = unpacked(kept) if kept is not None else None
        try:
            self._dataset = self._read(sources, digests)
        except (SyntaxError, ValueError):  # what was kept is no N-Quads
            self._before = None
            self._dataset = self._read(sources, digests)
        self._change = self._changed()
        return self._dataset

    def _read(self, sources: Sequence[SourceFile], digests: Mapping[str, str]) -> Dataset:
        before = self._before.files if self._before else {}
        prefixes, base = self._project.prefixes, self._project.base
        quads: dict[ox.Quad, None] = {}
        problems: list[Finding] = []
        pending: list[bytes] = []
        self._now = {}
        for source in sources:
            name = source.name
            known = before.get(name)
            if known and known[:3] == (source.graph, source.role, digests[name]):
                self._now[name] = known
                pending.append(known.quads)
                problems += known.problems
                continue
            quads |= _parsed(pending)
            pending.clear()
            part = load_sources((source,), prefixes, base)
            prefixes = part.prefixes
            quads |= dict.fromkeys(part.quads)
            problems += part.problems
            if source.role != "mappings":
                text = ox.serialize(part.quads, format=ox.RdfFormat.N_QUADS) or b""
                self._now[name] = FileState(
                    source.graph, source.role, digests[name], part.problems, text
                )
        quads |= _parsed(pending)
        merged = {q.graph_name for q in quads if isinstance(q.graph_name, ox.NamedNode)}
        return Dataset(
            tuple(quads), prefixes, base, tuple(sources), frozenset(merged), tuple(problems)
        )

    def _changed(self) -> Change:
        if self._before is None:
            return Change()
        before = self._before.files
        names = {n for n in before.keys() | self._now.keys() if before.get(n) != self._now.get(n)}
        quads: set[ox.Quad] = set()
        graphs = {(before.get(n) or self._now[n]).graph for n in before.keys() ^ self._now.keys()}
        for name in names:
            sides = (before.get(name), self._now.get(name))
            old, new = (set(_parsed([s.quads])) if s else set() for s in sides)
            quads |= old ^ new
            inside = [{_text(quad.graph_name) for quad in side} for side in (old, new)]
            graphs |= inside[0] ^ inside[1]
        return Change(frozenset(quads), frozenset(names), frozenset(graphs))

    def run(
        self,
        dataset: Dataset,
        texts: Texts | Path | None = None,
        only: Collection[str] = (),
        engine: str = "auto",
        today: date | None = None,
        shapes: Iterable[ox.Triple] = (),
    ) -> Run:
        """The run that validates the dataset, and what is known before it begins.

        For another dataset than the one of `load` nothing is known, and nothing kept.
        """
        if dataset is not self._dataset:
            return Run()
        try:
            about = self._texts_key(texts)
        except OSError:
            return Run()
        asked = digest(
            self._frame,
            *(part for name, known in self._now.items() for part in (name, known.digest)),
            about, "\n".join(sorted(only)), "", engine, str(today), *map(str, shapes),
        )  # fmt: skip
        run = Run(self._before, self._change)
        run.report = self._report(asked)
        run.keeper = partial(self._keep, run, asked, lambda: self._texts_key(texts) == about)
        return run

    def _texts_key(self, texts: Texts | Path | None) -> str:
        """The key of the articles' texts. OSError when one cannot be read."""
        if isinstance(texts, Texts):
            return texts_key(texts)
        return folder_key(texts or self._project.texts)

    def _report(self, asked: str) -> Report | None:
        data = self._entries.get(f"report {asked}")
        try:
            return None if data is None else report_from(json.loads(data))
        except BROKEN:
            return None

    def _keep(self, run: Run, asked: str, same_texts: Callable[[], bool], report: Report) -> None:
        """Keep what a run found, unless a file was changed meanwhile."""
        if not self._is_as_read(same_texts):
            return
        if not run.fickle:
            text = json.dumps(from_report(report), separators=(",", ":"))
            self._entries.put(f"report {asked}", text.encode("ascii"))
        if run.fresh is not None:
            run.fresh.files = self._now
            try:
                self._entries.put(f"state {self._frame}", packed(run.fresh))
            except TypeError:  # a term that cannot be kept
                return

    def _is_as_read(self, same_texts: Callable[[], bool]) -> bool:
        """Whether all that the run depends on is still what its keys were made of."""
        try:
            same = project_key(self._project) == self._asking and same_texts()
        except (InputError, OSError):
            return False
        return same and all(_look(path) == seen for path, seen in self._seen.items())


def _look(path: Path) -> tuple[int, int]:
    """What changes when a file does; no two alike for a file that is not there."""
    try:
        about = os.stat(path)  # noqa: PTH116  # by the thousand
    except OSError:
        return -1, -1
    return about.st_mtime_ns, about.st_size


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.Literal | ox.NamedNode) else ""


def _parsed(texts: Iterable[bytes]) -> dict[ox.Quad, None]:
    return dict.fromkeys(ox.parse(b"".join(texts), format=ox.RdfFormat.N_QUADS))


class Run:
    """One validation. `report` is what it will come to, if that is known already."""

    def __init__(self, before: State | None = None, change: Change | None = None) -> None:
        self._before = before
        self._change = change or Change()
        self.fresh: State | None = State()
        self.report: Report | None = None
        self.fickle: bool = False
        self.engine: str = ""  # the one that ran the shapes
        self.keeper: Callable[[Report], None] | None = None

    def repaired(self, dataset: Dataset, before: Dataset) -> Dataset:
        """A dataset, perhaps repaired; of one that was, nothing but the report is kept."""
        if dataset is not before:
            self._before = self.fresh = None
        return dataset

    def keep(self, report: Report) -> Report:
        """Remember what was found, for the next run; the report itself."""
        if self.keeper is not None:
            self.keeper(report)
        return report

    def stage(
        self,
        name: str,
        reads: Reads,
        given: str,
        function: Callable[[], Iterable[Finding]],
        *,
        graphs: bool = False,
        fickle: bool = False,
    ) -> list[Finding]:
        """What a function finds, or what it found when it last could have found the same.

        `reads` says on which statements that depends, `given` is all else that it
        depends on; with `graphs` also on which files and graphs there are. What is `fickle` may
        be another thing each time.
        """
        given = digest(given)
        known = self._before.stages.get(name) if self._before else None
        if fickle:
            self.fickle = True
            return list(function())
        if known is None or known.given != given or self._may_change(reads, graphs=graphs):
            known = Stage(given, tuple(function()))
        if self.fresh is not None:
            self.fresh.stages[name] = known
        return list(known.findings)

    def _may_change(self, reads: Reads, *, graphs: bool) -> bool:
        change = self._change
        if change.graphs and (graphs or reads is None):
            return True
        if reads is None:
            return bool(change.quads)
        if callable(reads):
            return reads(change)
        return not reads.isdisjoint(change.predicates)

    def shapes(
        self,
        data: Iterable[ox.Triple],
        shapes: Iterable[ox.Triple],
        *,
        prefixes: Prefixes,
        engine: str,
        given: str,
    ) -> list[Finding]:
        """What `validate_shapes` finds; `given` stands for what of the data is in no file."""
        data, shapes = tuple(data), tuple(shapes)
        if any(t.predicate in _QUERIES and is_fickle(_text(t.object)) for t in shapes):
            self.fickle = True
            found = check_again(data, shapes, prefixes=prefixes, engine=engine)
            self.engine = found.engine
            return list(found.findings)
        chosen = choose_engine(engine, shapes, len(data))
        key = digest(chosen, given, *sorted(map(str, shapes)))
        kept = self._before.shapes if self._before else None
        known = None
        if kept is not None and kept.given == key:
            known = Known(kept.results, self._change.triples, kept.told)
        found = check_again(data, shapes, prefixes=prefixes, engine=engine, known=known)
        self.engine = found.engine
        if self.fresh is not None and found.results is not None:
            self.fresh.shapes = ShapesState(key, found.results, found.told)
        return list(found.findings)

    def lints(
        self, dataset: Dataset, texts: Texts, *, skipped: Collection[str], today: date
    ) -> Iterator[Finding]:
        """What `run_lints` finds."""
        facts = _Once(dataset)
        given = texts_key(texts)
        for lint in LINTS.values():
            if lint.id in skipped:
                continue

            def run(lint_id: str = lint.id) -> Iterable[Finding]:
                return LINTS[lint_id].run(dataset, texts, today, facts.value)

            day = str(today) if lint.reads is None else ""
            yield from self.stage(f"lint {lint.id}", lint.reads, given + day, run, graphs=True)

    def file_lints(
        self,
        files: Iterable[tuple[SourceFile, str]],
        *,
        skipped: Collection[str],
        across: bool,
    ) -> Iterator[Finding]:
        """What `run_file_lints` finds."""
        alone = {lint.id for lint in FILE_LINTS.values() if not lint.across}
        scanned = []
        for source, text in files:
            key = digest(text)
            kept = self._before.scans.get(source.name) if self._before else None
            if kept is None or kept[0] != key:
                file = scan(source, text)
                found = run_file_lints([file], across=False)
                kept = Scan(key, file.declared, file.used, tuple(found))
            if self.fresh is not None:
                self.fresh.scans[source.name] = kept
            scanned.append(ScannedFile(source, text, kept.declared, kept.used))
            yield from (finding for finding in kept.findings if finding.rule not in skipped)
        if across:
            yield from run_file_lints(scanned, skipped={*skipped, *alone})

    def located(self, findings: Iterable[Finding], dataset: Dataset) -> list[Finding]:
        """What `locate` gives for the findings."""
        findings = list(findings)
        before: Mapping[str, Finding] = self._before.places if self._before else {}
        keys = [digest(json.dumps(from_finding(finding)))[:32] for finding in findings]
        known = {key: before[key] for key in keys if key in before}
        lost = [
            number
            for number, key in enumerate(keys)
            if key not in known
            or self._change.moves(findings[number], known[key], dataset.prefixes)
        ]
        fresh = dict(zip(lost, locate([findings[n] for n in lost], dataset), strict=True))
        placed = [fresh[n] if n in fresh else known[key] for n, key in enumerate(keys)]
        if self.fresh is not None:
            self.fresh.places = dict(zip(keys, placed, strict=True))
        return placed


class _Once:
    """The facts of a dataset, read when they are first needed."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    @cached_property
    def value(self) -> Facts:
        """The facts."""
        return Facts(self._dataset)
