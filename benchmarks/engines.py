"""What validation costs, by engine: one generated graph, two sets of shapes, whole processes.

Every program reads the same files and ends with the number of results it found; mesokg also says
where each stands. The figures are of the whole process with its children: CPU seconds (user and
system), wall seconds and the largest resident memory, medians of several runs taken in turns.
`ratio` is the program's CPU divided by mesokg's on the same file. Programs that are not installed
are named. With --keep, figures of earlier runs stay where nothing is measured anew, for the slow
ones take an hour; with --write, the table goes into the page given. Exits with 1 if two programs
find different numbers of results, or if a bar is missed.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from generated import RULES, write

#: What pySHACL and its like are asked to do: print the number of results.
LIKE_PYSHACL = """
import sys, warnings, logging
logging.disable(logging.CRITICAL); warnings.simplefilter("ignore")
import rdflib
from {module} import validate
data = rdflib.Graph().parse(sys.argv[1]); shapes = rdflib.Graph().parse(sys.argv[2])
_, report, _ = validate(data, shacl_graph=shapes)
print(len(list(report.subject_objects(rdflib.URIRef("http://www.w3.org/ns/shacl#result")))))
"""
SHACL_RUST = """
import sys, shacl_rust
report = shacl_rust.validate_file(sys.argv[1], sys.argv[2], experimental_index=True)
print(len(report["results"]))
"""
PYRUDOF = """
import sys, pyrudof
rudof = pyrudof.Rudof(pyrudof.RudofConfig())
suffix = sys.argv[1].rpartition(".")[2]
form = pyrudof.RDFFormat.NTriples if suffix == "nt" else pyrudof.RDFFormat.Turtle
rudof.read_data(sys.argv[1], form)
rudof.read_shacl(sys.argv[2], pyrudof.ShaclFormat.Turtle)
print(len(rudof.validate_shacl(pyrudof.ShaclValidationMode.Native)))
"""
#: mesokg's CPU on a million triples, SPARQL rules included, is at most this part of pySHACL's.
PART, MEGABYTES, MILLION = 1 / 60, 600, 1_000_000
SLOW = "pyshacl"


@dataclass(frozen=True, slots=True)
class Program:
    """A command that validates a file by shapes; `count` reads from its output how many results."""

    name: str
    package: str
    python: str
    command: Callable[[str, str], list[str]]
    count: Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took, and the results it found: -1 it failed, -2 it was ended at the limit."""

    cpu: float
    wall: float
    memory: float
    results: int
    limit: int


@dataclass(frozen=True, slots=True)
class Case:
    """What is validated, and by which program of which version."""

    rules: str
    size: int
    kind: str
    format: str
    program: str
    version: str


Costs = dict[Case, list[Cost]]


def programs(other: str) -> list[Program]:
    """What is compared; `other` is a Python with engines that mesokg does not use."""

    def python(name: str, package: str, code: str, program: str = sys.executable) -> Program:
        return Program(
            name,
            package,
            program,
            lambda data, shapes: [program, "-c", code, data, shapes],
            lambda out: int(out.split()[-1]),
        )

    turbo = LIKE_PYSHACL.format(module="pyshacl_turbo")
    return [
        python("pyshacl", "pyshacl", LIKE_PYSHACL.format(module="pyshacl")),
        python("pyshacl-turbo", "pyshacl-turbo", turbo),
        python("pyrudof", "pyrudof", PYRUDOF, other),
        python("shacl-rust", "shacl-rust", SHACL_RUST),
        Program(
            "mesokg",
            "mesokg",
            sys.executable,
            lambda data, shapes: [
                *(sys.executable, "-m", "mesokg", "validate", "--shapes", shapes, data),
                *("--format", "json"),
            ],
            lambda out: len(json.loads(out)["findings"]),
        ),
    ]


def version(program: Program) -> str:
    """The version of the program's package; "" when it is not installed."""
    if program.python == sys.executable:
        try:
            return importlib.metadata.version(program.package)
        except importlib.metadata.PackageNotFoundError:
            return ""
    code = f"import importlib.metadata as m; print(m.version({program.package!r}))"
    try:
        done = subprocess.run([program.python, "-c", code], capture_output=True, check=False)
    except OSError:
        return ""
    return done.stdout.decode().strip()


# --- the measuring ----------------------------------------------------------------------------


def run(program: Program, data: Path, shapes: Path, limit: int) -> Cost:
    """What one run takes, its children included."""
    command = program.command(str(data), str(shapes))
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        bounded = ["bash", "-c", f'ulimit -t {limit}; exec "$@"', "-", *command]
        child = subprocess.Popen(bounded, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    ended = child.returncode in {-signal.SIGXCPU, -signal.SIGKILL}
    try:
        results = -2 if ended else program.count(said)
    except (ValueError, LookupError):
        results = -1
    cpu = used.ru_utime + used.ru_stime
    return Cost(cpu, wall, used.ru_maxrss / 1024, results, limit if ended else 0)


def measured(rows: Sequence[tuple[Program, str]], asked: argparse.Namespace) -> Iterator[Costs]:
    """The costs of each file in turn; the programs take turns."""
    with tempfile.TemporaryDirectory() as folder:
        for size in asked.sizes:
            for kind in asked.kinds:
                for form in asked.formats:
                    data = write(Path(folder), size, kind == "invalid", form)
                    for rules in asked.rules:
                        shapes = Path(folder) / f"{rules}.ttl"
                        shapes.write_text(RULES[rules], "utf-8")
                        yield _in_turns(rows, data, shapes, (rules, size, kind, form), asked)


def _in_turns(
    rows: Sequence[tuple[Program, str]],
    data: Path,
    shapes: Path,
    what: tuple[str, int, str, str],
    asked: argparse.Namespace,
) -> Costs:
    found: Costs = {Case(*what, row.name, number): [] for row, number in rows}
    for turn in range(asked.runs):
        for (row, _), costs in zip(rows, found.values(), strict=True):
            once = row.name == SLOW and turn >= asked.reference_runs
            if not once and not any(cost.results == -2 for cost in costs):
                costs.append(run(row, data, shapes, asked.limit))
                print(f"{'  '.join(map(str, what))}  {row.name}: {costs[-1].cpu:.2f} s CPU",
                      file=sys.stderr, flush=True)  # fmt: skip
    return found


# --- what is kept -----------------------------------------------------------------------------


def read_costs(path: Path | None) -> Costs:
    """The figures of earlier runs."""
    if path is None or not path.exists():
        return {}
    return {
        Case(**entry["case"]): [Cost(**cost) for cost in entry["costs"]]
        for entry in json.loads(path.read_text("utf-8"))
    }


def write_costs(path: Path | None, costs: Costs) -> None:
    """Keep figures for the next run."""
    if path is not None:
        entries = [
            {"case": asdict(c), "costs": list(map(asdict, all_))} for c, all_ in costs.items()
        ]
        path.write_text(json.dumps(entries, indent=1), "utf-8")


def updated(kept: Costs, fresh: Costs) -> Costs:
    """The figures kept, those measured anew in the place of the old ones, of whatever version."""
    new = {(c.rules, c.size, c.kind, c.format, c.program) for c in fresh}
    old = {c: v for c, v in kept.items()
           if (c.rules, c.size, c.kind, c.format, c.program) not in new}  # fmt: skip
    return old | fresh


# --- the table --------------------------------------------------------------------------------

HEAD = ("shapes", "triples", "data", "program", "CPU s", "wall s", "MB", "ratio", "results", "runs")


def table(costs: Costs, order: Sequence[str]) -> list[list[str]]:
    """One row for each program on each file: mesokg is the measure of the others."""
    rows = []
    places = sorted({(c.rules, c.size, c.kind, c.format) for c in costs}, key=_place)
    for place in places:
        mine = {
            c.program: v
            for c, v in costs.items()
            if (c.rules, c.size, c.kind, c.format) == place and v
        }
        base = statistics.median(c.cpu for c in mine["mesokg"]) if "mesokg" in mine else 0.0
        most = max(c.results for v in mine.values() for c in v)
        names = sorted(mine, key=order.index)
        rows += [_row(place, name, mine[name], base, most) for name in names]
    return rows


def _place(place: tuple[str, int, str, str]) -> tuple[object, ...]:
    rules, size, kind, form = place
    return rules, form, size, kind != "valid"


def _row(
    place: tuple[str, int, str, str], name: str, found: Sequence[Cost], base: float, most: int
) -> list[str]:
    rules, size, kind, form = place
    cpu = statistics.median(cost.cpu for cost in found)
    more = "> " if found[0].results == -2 else ""
    results = found[0].results
    said = {-1: "failed", -2: "ended unfinished"}.get(results, str(results))
    if 0 <= results < most:
        said += f" of {most}"
    return [
        "Core and SPARQL" if rules == "sparql" else "Core",
        f"{size:,}",
        kind if form == "nt" else f"{kind}, {form}",
        name,
        f"{more}{cpu:.2f}" if cpu < 10 else f"{more}{cpu:.0f}",
        f"{statistics.median(cost.wall for cost in found):.1f}",
        f"{statistics.median(cost.memory for cost in found):.0f}",
        f"{more}{cpu / base:.1f}" if base else "",
        said,
        str(len(found)),
    ]


def bars(costs: Costs) -> list[tuple[str, str]]:
    """What is promised for a million triples with SPARQL rules, and whether it is kept."""
    found = []
    for kind in ("valid", "invalid"):
        mine, theirs = (
            [cost for c, v in costs.items() for cost in v
             if (c.rules, c.size, c.kind, c.program) == ("sparql", MILLION, kind, name)]
            for name in ("mesokg", SLOW)
        )  # fmt: skip
        if mine and theirs:
            part = statistics.median(c.cpu for c in mine) / statistics.median(c.cpu for c in theirs)
            unfinished = any(cost.results == -2 for cost in theirs)
            text = f"{kind}: CPU {'less than ' if unfinished else ''}1/{1 / part:.0f} of pySHACL's"
            if unfinished:
                text += ", which was ended before it was through"
            verdict = "kept" if part <= PART else "not decided" if unfinished else "**missed**"
            found.append((f"{text}; bar 1/{1 / PART:.0f}", verdict))
        if mine:
            most = statistics.median(c.memory for c in mine)
            verdict = "kept" if most <= MEGABYTES else "**missed**"
            found.append((f"{kind}: {most:.0f} MB, bar {MEGABYTES} MB", verdict))
    return found


def agree(costs: Costs) -> Iterator[str]:
    """The files on which programs found different numbers of results, in words."""
    for place in {(c.rules, c.size, c.kind, c.format) for c in costs}:
        counts = {
            c.program: cost.results
            for c, v in costs.items()
            for cost in v
            if (c.rules, c.size, c.kind, c.format) == place and cost.results >= 0
        }
        if len(set(counts.values())) > 1:
            said = ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
            yield f"{' '.join(map(str, place))}: {said}"


# --- the page ---------------------------------------------------------------------------------

PAGE = """\
# Benchmarks

What a promise about speed rests on: whole processes, measured in turns on one machine. Ratios
travel from machine to machine, seconds do not. `benchmarks/README.md` lists all scripts; this page
is written by one of them and never by hand.

## Validation, by engine

One generated graph of documents and statements at three sizes as N-Triples, without a fault and
with a fault in one node of a hundred; {shapes}. Each
program reads the files, validates and reports; mesokg also says on which line each result stands.
pyrudof knows no rules in SPARQL and fails on them. *Ratio* is CPU time divided by mesokg's on the
same file, so above 1 is slower; figures are medians of the runs in the last column. CPU time is
what to compare: the clock also counts what else the machine had to do.

{rows}

{notes}

Measured on {day} on {machine}, with {versions}:

```sh
{command}
```
"""


def page(
    costs: Costs, rows: list[list[str]], absent: Iterable[str], asked: argparse.Namespace
) -> str:
    """The page with the table."""
    lines = [
        "| " + " | ".join(HEAD) + " |",
        "|" + "|".join("---" if n < 4 else "--:" for n in range(len(HEAD))) + "|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    notes = [f"* a million triples, Core and SPARQL, {text}: {verdict}"
             for text, verdict in bars(costs)]  # fmt: skip
    notes += [f"* {name} is not installed on this machine: not measured" for name in absent]
    cut = sorted({f"{c.program} ({cost.wall:.0f} s on the clock)" for c, v in costs.items()
                  for cost in v if cost.results == -2})  # fmt: skip
    notes += [f"* ended unfinished, so that the figures are lower bounds: {', '.join(cut)}"] * bool(
        cut
    )
    notes += [f"* not measured: {what}" for what in missing(costs)]
    if asked.keep:
        notes.append("* put together from several runs with `--keep`, not all in one hour")
    versions = sorted({f"{c.program} {c.version}" for c in costs})
    command = ["benchmarks/engines.py", "--write", "docs/benchmarks.md"]
    command += ["--keep", "FILE"] if asked.keep else ["--runs", str(asked.runs)]
    return PAGE.format(
        shapes="shapes of SHACL Core of every common kind, and the same with three rules in SPARQL",
        rows="\n".join(lines),
        notes="\n".join(notes),
        day=datetime.now(UTC).date().isoformat(),
        machine=machine(),
        versions=f"Python {platform.python_version()}, " + ", ".join(versions),
        command=".venv/bin/python " + " ".join(command),
    )


def missing(costs: Costs) -> Iterator[str]:
    """The programs that have no figure on a file that another one has."""
    for place in sorted({(c.rules, c.size, c.kind, c.format) for c in costs}, key=_place):
        have = {c.program for c, v in costs.items()
                if v and (c.rules, c.size, c.kind, c.format) == place}  # fmt: skip
        lack = sorted({c.program for c in costs} - have)
        if lack:
            rules, size, kind, _ = place
            yield f"{', '.join(lack)} with {rules} rules on {size:,} triples, {kind}"


def machine() -> str:
    """The kind of machine: processor, cores, memory, system."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line.partition(":")[2].strip() for line in info.read_text("utf-8").splitlines()
                  if line.startswith("model name")]  # fmt: skip
        name = models[0] if models else name
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} cores of {name}, {pages:.0f} GB, {platform.system()}"


def show(rows: list[list[str]]) -> None:
    """The table for a terminal."""
    widths = [max(len(row[n]) for row in [list(HEAD), *rows]) for n in range(len(HEAD))]
    for row in [list(HEAD), *rows]:
        cells = (cell.ljust(w) if n < 4 else cell.rjust(w)
                 for n, (cell, w) in enumerate(zip(row, widths, strict=True)))  # fmt: skip
        print("  ".join(cells).rstrip())


def options() -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--kinds", nargs="+", default=["valid", "invalid"])
    parser.add_argument("--rules", nargs="+", default=list(RULES), choices=list(RULES))
    parser.add_argument("--formats", nargs="+", default=["nt"], help="nt, ttl")
    parser.add_argument("--runs", type=int, default=3, help="runs of each program")
    parser.add_argument("--reference-runs", type=int, default=1, help="runs of pyshacl")
    parser.add_argument("--only", nargs="+", default=[], help="these programs alone")
    parser.add_argument("--python", default=sys.executable, help="a Python that has pyrudof")
    parser.add_argument(
        "--limit", type=int, default=1200, help="CPU seconds after which a run ends"
    )
    parser.add_argument("--keep", type=Path, help="a file with the figures of earlier runs")
    parser.add_argument("--write", type=Path, help="the page to write")
    return parser.parse_args()


def main() -> int:
    """Measure, show the table, and say by the exit code whether all is as it should be."""
    asked = options()
    every = programs(asked.python)
    rows = [(row, version(row)) for row in every if not asked.only or row.name in asked.only]
    absent = [row.name for row, number in rows if not number]
    for name in absent:
        print(f"{name} is not installed: not measured")
    costs = read_costs(asked.keep)
    for fresh in measured([row for row in rows if row[1]], asked):
        costs = updated(read_costs(asked.keep) or costs, fresh)
        write_costs(asked.keep, costs)
    lines = table(costs, [row.name for row in every])
    show(lines)
    if asked.write:
        asked.write.write_text(page(costs, lines, absent, asked), "utf-8")
    wrong = [*agree(costs), *(text for text, verdict in bars(costs) if verdict == "**missed**")]
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
