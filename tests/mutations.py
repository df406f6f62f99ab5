"""Single edits of the flagship's files, and what validation says of each.

An edit changes one file in one place and says on which line the mistake then is. `Bench` puts
the flagship with that change on disk, validates it, and looks for what is new: a mutant is
caught if there is a finding that the flagship does not have, and named if one of these stands
in the right file on the right line. A wrong value has the line of the value; a missing
statement that of its subject, wherever that is described; a missing full stop or bracket the
line where it belongs, or that of what follows it. A finding may also show the line beside its
own place: as the other of two statements that clash, or in what it explains itself with.

The kinds of mistake are in `mutation_kinds`; ``python benchmarks/mistakes.py`` runs them all.
"""

from __future__ import annotations

import multiprocessing
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from random import Random
from typing import NamedTuple

from mesokg.checks import validate
from mesokg.dataset import load
from mesokg.errors import MesokgError
from mesokg.project import open_project
from mesokg.report import Finding, Location

ROOT = Path(__file__).resolve().parent.parent
#: After the flagship's own dates, so that the future begins where its readers think it does.
TODAY = date(2027, 1, 1)
CONFIG = "mesokg.toml"

Files = Mapping[str, str]


class Mutant(NamedTuple):
    """A file's new content, and the places (file, line) where the mistake is."""

    file: str
    data: bytes
    places: frozenset[tuple[str, int]]


Edit = Callable[[Files, Random], Mutant]


@dataclass(frozen=True)
class Kind:
    """A kind of mistake."""

    name: str
    edit: Edit
    group: str


# --- reading the flagship's own style of Turtle ------------------------------------------------


class Item(NamedTuple):
    """A predicate with its objects in a record."""

    start: int
    end: int
    predicate: str


@dataclass(frozen=True)
class Record:
    """All that a file says of one subject in one block."""

    file: str
    name: str
    start: int
    end: int
    items: tuple[Item, ...]


_BLOCK = re.compile(r"^(?P<name>[\w.-]+:[\w.-]+|<[^>]*>)(?=\s)(?P<rest>.*?) \.$", re.M | re.S)
_ITEM = re.compile(r'(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^;"<])+')


def records(files: Files, pattern: str, said: str = "") -> list[Record]:
    """The records of some files, those whose text holds a pattern."""
    found = []
    for file, text in files.items():
        for block in _BLOCK.finditer(text) if fnmatch(file, pattern) else ():
            if block[0].startswith("@") or not re.search(said, block[0]):
                continue
            items = []
            for match in _ITEM.finditer(text, block.start("rest"), block.end("rest")):
                inner = match[0]
                start = match.start() + len(inner) - len(inner.lstrip())
                predicate = inner.split(maxsplit=1)[0]
                items.append(Item(start, match.start() + len(inner.rstrip()), predicate))
            found.append(Record(file, block["name"], *block.span(), tuple(items)))
    assert found, f"no record for {pattern} {said!r}"
    return found


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def described(files: Files, name: str) -> set[tuple[str, int]]:
    """Where the records of a thing begin, in any file."""
    pattern = re.compile(rf"^{re.escape(name)}(?=\s)", re.M)
    return {
        (file, line_of(text, match.start()))
        for file, text in files.items()
        for match in pattern.finditer(text)
    }


def mentioned(files: Files, name: str) -> set[tuple[str, int]]:
    pattern = re.compile(rf"(?<![\w.:-]){re.escape(name)}(?![\w-])")
    return {
        (file, line_of(text, match.start()))
        for file, text in files.items()
        for match in pattern.finditer(text)
    }


# --- edits ---------------------------------------------------------------------------------------


def spliced(files: Files, file: str, start: int, end: int, new: str, *, after: int = 0) -> Mutant:
    """A stretch replaced; the mistake is on its lines, and `after` lines below."""
    text = files[file]
    first = line_of(text, start)
    last = first + new.count("\n") + after
    data = (text[:start] + new + text[end:]).encode("utf-8", "surrogatepass")
    data = data.replace("\udc80".encode("utf-8", "surrogatepass"), b"\x80")  # a byte by itself
    return Mutant(file, data, frozenset((file, n) for n in range(first, last + 1)))


def at(pattern: str, regex: str, new: str | Callable[[re.Match[str]], str], after: int = 0) -> Edit:
    """Replace the group `x` (or all) of one match of an expression, drawn by lot."""

    def edit(files: Files, rng: Random) -> Mutant:
        found = [
            (file, match)
            for file, text in files.items()
            if fnmatch(file, pattern)
            for match in re.finditer(regex, text, re.M)
        ]
        assert found, f"nothing to change: {regex}"
        file, match = rng.choice(found)
        group = "x" if "x" in match.re.groupindex else 0
        put = new if isinstance(new, str) else new(match)
        return spliced(files, file, *match.span(group), put, after=after)

    return edit


def choose(
    files: Files, rng: Random, pattern: str, said: str, predicate: str
) -> tuple[Record, Item]:
    found = [
        (record, item)
        for record in records(files, pattern, said)
        for item in record.items
        if item.predicate == predicate
    ]
    assert found, f"no {predicate} in {pattern} {said}"
    return rng.choice(found)


def drop(pattern: str, said: str, predicate: str) -> Edit:
    """Leave a predicate out of a record: the subject is where it is missing."""

    def edit(files: Files, rng: Random) -> Mutant:
        record, item = choose(files, rng, pattern, said, predicate)
        text = files[record.file]
        number = record.items.index(item)
        if number == len(record.items) - 1:
            start, end = record.items[number - 1].end, item.end
        else:
            start, end = item.start, record.items[number + 1].start
        data = text[:start] + text[end:]
        changed = {**files, record.file: data}
        return Mutant(record.file, data.encode(), frozenset(described(changed, record.name)))

    return edit


def twice(pattern: str, said: str, predicate: str, value: str) -> Edit:
    """Give a predicate one more value."""

    def edit(files: Files, rng: Random) -> Mutant:
        record, item = choose(files, rng, pattern, said, predicate)
        return spliced(files, record.file, item.end, item.end, f" ,\n    {value}")

    return edit


def put(pattern: str, said: str, predicate: str, value: str) -> Edit:
    """Give a predicate another value."""

    def edit(files: Files, rng: Random) -> Mutant:
        record, item = choose(files, rng, pattern, said, predicate)
        text = files[record.file][item.start : item.end]
        old = text[len(predicate) :].strip()
        new = value.replace("OLD", old)
        return spliced(files, record.file, item.start, item.end, f"{predicate} {new}")

    return edit


def add(pattern: str, said: str, item: str) -> Edit:
    """Say one thing more in a record, on a line of its own."""

    def edit(files: Files, rng: Random) -> Mutant:
        record = rng.choice(records(files, pattern, said))
        end = record.items[-1].end
        new = item.replace("SELF", record.name)
        mutant = spliced(files, record.file, end, end, f" ;\n  {new}")
        line = line_of(files[record.file], end) + 1
        return mutant._replace(places=frozenset({(record.file, line)}))

    return edit


def rename(pattern: str, said: str, predicate: str, new: str) -> Edit:
    """Write another predicate before the same values."""

    def edit(files: Files, rng: Random) -> Mutant:
        record, item = choose(files, rng, pattern, said, predicate)
        return spliced(files, record.file, item.start, item.start + len(predicate), new)

    return edit


def append(pattern: str, block: str) -> Edit:
    """A whole record more at the end of a file; its first line is where it begins."""

    def edit(files: Files, rng: Random) -> Mutant:
        file = rng.choice([file for file in files if fnmatch(file, pattern)])
        text = files[file]
        mutant = spliced(files, file, len(text), len(text), f"\n{block}\n")
        first = line_of(text, len(text)) + 1
        lines = range(first, first + block.count("\n") + 1)
        return mutant._replace(places=frozenset((file, n) for n in lines))

    return edit


def whole(pattern: str, change: Callable[[str, Random], bytes], line: int = 1) -> Edit:
    """Change all of a file; the mistake is on a line that does not depend on the place."""

    def edit(files: Files, rng: Random) -> Mutant:
        file = rng.choice([file for file in files if fnmatch(file, pattern)])
        return Mutant(file, change(files[file], rng), frozenset({(file, line), (file, 0)}))

    return edit


def without_record(pattern: str, said: str) -> Edit:
    """Take a whole record out: what is left of it is where others mention it."""

    def edit(files: Files, rng: Random) -> Mutant:
        record = rng.choice(records(files, pattern, said))
        text = files[record.file]
        data = text[: record.start] + text[record.end + 1 :]
        changed = {**files, record.file: data}
        return Mutant(record.file, data.encode(), frozenset(mentioned(changed, record.name)))

    return edit


def undeclared(pattern: str) -> Edit:
    """Take a prefix's declaration out: each use of it is wrong."""

    def edit(files: Files, rng: Random) -> Mutant:
        file = rng.choice([file for file in files if fnmatch(file, pattern)])
        match = rng.choice(list(re.finditer(r"^@prefix ([\w-]+): .*\n", files[file], re.M)))
        data = files[file][: match.start()] + files[file][match.end() :]
        uses = re.finditer(rf"(?<![\w.:/-]){match[1]}:", data)
        places = {(file, line_of(data, use.start())) for use in uses}
        return Mutant(file, data.encode(), frozenset(places))

    return edit


def number(change: Callable[[int], int]) -> Callable[[re.Match[str]], str]:
    return lambda match: str(change(int(match["x"])))


# --- what finds them -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What a mutant brought to light."""

    kind: str
    file: str
    wanted: tuple[tuple[str, int], ...]
    caught: bool
    named: bool
    beside: bool
    rules: tuple[str, ...]
    found: tuple[str, ...] = field(compare=False)

    @property
    def shown(self) -> bool:
        """Whether a finding shows the line: as its own place, or beside it."""
        return self.named or self.beside


class Bench:
    """The flagship in a folder of its own, in which one file at a time is changed."""

    def __init__(self, folder: Path, texts: Path) -> None:
        self.folder = folder
        self.texts = texts
        self.files: dict[str, str] = {}
        for pattern in ("mesokg.toml", "data/**/*.ttl", "ontology/domain/*.ttl",
                        "ontology/*.sssom.tsv", "queries/*.rq"):  # fmt: skip
            for path in sorted(ROOT.glob(pattern)):
                name = path.relative_to(ROOT).as_posix()
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, folder / name)
                self.files[name] = path.read_text("utf-8")
        self.known = Counter(map(_key, self._findings()))

    def run(self, name: str, mutant: Mutant) -> Outcome:
        """Put the mutant in the place of its file, validate, and put the file back."""
        path = self.folder / mutant.file
        path.write_bytes(mutant.data)
        try:
            fresh = [f for f in self._findings() if _key(f) not in self.known]
            rules = tuple(sorted({finding.rule for finding in fresh}))
            places = [(f.location.path, f.location.line) for f in fresh if f.location]
            beside = [(there.path, there.line) for f in fresh for there in _beside(f)]
            found = tuple(f"{f.location} {f.rule}: {f.message}" for f in fresh)
        except MesokgError as error:
            place = re.search(r"([\w./-]+\.toml|[\w./-]+\.rq):(\d+)", str(error.message))
            where = Path(place[1]) if place else Path()
            inside = where.relative_to(self.folder) if where.is_absolute() else where
            places, beside = [(inside.as_posix(), int(place[2]))] if place else [], []
            rules, found = (error.code,), (error.message,)
        finally:
            self.restore(mutant.file)
        named = any(place in mutant.places for place in places)
        related = any(place in mutant.places for place in beside)
        return Outcome(
            name, mutant.file, tuple(sorted(mutant.places)[:4]), bool(rules), named, related, rules,
            found,
        )  # fmt: skip

    def restore(self, name: str) -> None:
        """Put a file back."""
        (self.folder / name).write_bytes(self.files[name].encode())

    def _findings(self) -> tuple[Finding, ...]:
        project = open_project(self.folder / CONFIG)
        report = validate(load(project), project, texts=self.texts, today=TODAY)
        assert not [rule for rule in report.not_run if not rule.reason]
        return report.findings


def _beside(finding: Finding) -> Iterator[Location]:
    """The other places that a finding shows: what it clashes with, and those of its causes."""
    yield from (r.location for r in finding.related if not r.message.startswith("required by"))
    for cause in finding.causes:
        if cause.location:
            yield cause.location
        yield from _beside(cause)


def _key(finding: Finding) -> tuple[str, str]:
    return finding.fingerprint, finding.message


def mutants(files: Files, kinds: Iterable[Kind], seed: int) -> Iterator[tuple[str, Mutant]]:
    """Each kind once, at a place that its name and the seed decide."""
    for item in kinds:
        mutant = item.edit(files, Random(f"{seed} {item.name}"))
        assert mutant.data != files[mutant.file].encode(), f"{item.name} changes nothing"
        yield item.name, mutant


def outcomes(bench: Bench, changed: Iterable[tuple[str, Mutant]]) -> Iterator[Outcome]:
    """What each mutant brings to light, in a process of its own: a library may end it."""
    context = multiprocessing.get_context("fork")
    for name, mutant in changed:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            try:
                yield pool.submit(bench.run, name, mutant).result()
            except BrokenProcessPool:
                bench.restore(mutant.file)
                places = tuple(sorted(mutant.places)[:4])
                crash = ("the process was ended",)
                yield Outcome(name, mutant.file, places, False, False, False, (), crash)


def row(outcome: Outcome) -> str:
    """One line of the table, and what was found instead when the line is not right."""
    mark = "MISS"
    if outcome.caught:
        mark = "line" if outcome.named else "aside" if outcome.beside else "other"
    text = f"{mark:5} {outcome.kind:64} {outcome.file:32} {', '.join(outcome.rules)}"
    if outcome.shown:
        return text
    wanted = " ".join(f"{file}:{line}" for file, line in outcome.wanted)
    return "\n        ".join(
        [text, f"wanted {wanted}", *(found[:200] for found in outcome.found[:6])]
    )
