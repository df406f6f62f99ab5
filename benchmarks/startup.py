"""What a command line costs before it does anything.

Runs whole processes in turns, takes the smallest time of each, and compares ratios with
their bars. Exits with 1 if one is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUERY = "list-claims"

# The same question through rdflib, from the same files: parse them all, ask, print.
WITH_RDFLIB = f"""
import pathlib, sys
import rdflib
root = pathlib.Path({str(ROOT)!r})
graph = rdflib.Graph()
files = [root / "ontology/mesokg.ttl"]
for pattern in ("ontology/schemes/*.ttl", "ontology/domain/*.ttl", "data/**/*.ttl"):
    files += sorted(root.glob(pattern))
for file in files:
    graph.parse(file, format="turtle")
result = graph.query((root / "queries/{QUERY}.rq").read_text(encoding="utf-8"))
sys.stdout.buffer.write(result.serialize(format="csv"))
"""


@dataclass(frozen=True, slots=True)
class Program:
    """A command to time; `bar` times the row called `against` is what it may take."""

    name: str
    command: Sequence[str]
    against: str = ""
    bar: float = 0.0


def programs() -> list[Program]:
    """What is measured, with the bars of benchmarks/README.md."""
    python = sys.executable
    mesokg = str(Path(python).with_name("mesokg"))
    return [
        Program("import click", [python, "-c", "import click"]),
        Program("mesokg --version", [mesokg, "--version"], "import click", 1.2),
        Program("mesokg --help", [mesokg, "--help"], "import click", 1.6),
        Program(f"{QUERY} with rdflib", [python, "-c", WITH_RDFLIB]),
        Program(
            f"mesokg query {QUERY}",
            [mesokg, "query", QUERY, "--format", "csv"],
            f"{QUERY} with rdflib",
            0.35,
        ),
    ]


def seconds(command: Sequence[str]) -> float:
    """Wall time of one run; a command that fails ends the benchmark."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(rows: Sequence[Program], runs: int) -> dict[str, float]:
    """The smallest of `runs` times of each program, taken in turns after one run to warm up."""
    times: dict[str, list[float]] = {row.name: [] for row in rows}
    for turn in range(runs + 1):
        for row in rows:
            taken = seconds(row.command)
            if turn:
                times[row.name].append(taken)
    return {name: min(taken) for name, taken in times.items()}


def table(rows: Sequence[Program], best: dict[str, float], runs: int) -> int:
    """Print the figures; 1 if one of them misses its bar, else 0."""
    missed = 0
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, smallest of {runs} runs\n")
    print(f"{'program':<32}{'ms':>8}{'ratio':>8}{'bar':>8}")
    for row in rows:
        line = f"{row.name:<32}{best[row.name] * 1000:>8.0f}"
        if row.against:
            ratio = best[row.name] / best[row.against]
            missed += ratio > row.bar
            line += f"{ratio:>8.2f}{row.bar:>8.2f}{'  missed' if ratio > row.bar else ''}"
        print(line)
    return 1 if missed else 0


def main() -> int:
    """Measure, print the table, and say by the exit code whether all bars were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="runs of each program")
    runs = parser.parse_args().runs
    rows = programs()
    return table(rows, measure(rows, runs), runs)


if __name__ == "__main__":
    sys.exit(main())
