"""What validating costs after one of many files changed, beside validating all again.

    python benchmarks/incremental.py [--files N] [--runs N]

A project of N files is generated from examples/second-project: articles with their works,
reviews and catalogues, each under names of its own. Then `mesokg validate` runs as a whole
process: with nothing remembered, with nothing changed, and after each kind of change to one
file. Each report is compared with that of a run with --no-cache, byte for byte. The figures
are CPU seconds (user and system), the smallest of the runs, each after another change of its
kind. Exits with 1 if a report differs or the bar is missed.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "second-project"
BAR = 0.05
COMMAND = [sys.executable, "-m", "mesokg", "validate", "--fail-on", "none", "-f", "json"]


def generate(folder: Path, files: int) -> list[Path]:
    """Write a project of about so many files; its articles."""
    for name in ("ontology", "texts"):
        shutil.copytree(EXAMPLE / name, folder / name)
    shutil.copy(EXAMPLE / "mesokg.toml", folder / "mesokg.toml")
    catalogue = (EXAMPLE / "data" / "catalog.ttl").read_text("utf-8")
    head, agent, article, works, review, concepts, itself = catalogue.strip().split("\n\n")
    texts = {
        "articles": (EXAMPLE / "data" / "articles" / "rainwater.ttl").read_text("utf-8"),
        "reviews": (EXAMPLE / "data" / "reviews" / "rainwater.ttl").read_text("utf-8"),
        "works": (EXAMPLE / "data" / "works" / "ferns.ttl").read_text("utf-8"),
    }
    for kind in (*texts, "catalog"):
        (folder / "data" / kind).mkdir(parents=True)

    def own(name: str) -> str:
        return itself.replace("graph/data/catalog>", f"graph/data/catalog/{name}>")

    shared = "\n\n".join((head, agent, concepts, own("all")))
    (folder / "data" / "catalog" / "all.ttl").write_text(shared + "\n", "utf-8")
    texts["catalog"] = "\n\n".join((head, article, works, review)) + "\n\n"
    for number in range((files - 2) // 4):
        key = f"a{number:04}"
        for kind, text in texts.items():
            extra = own(key) + "\n" if kind == "catalog" else ""
            (folder / "data" / kind / f"{key}.ttl").write_text(_named(text, key) + extra, "utf-8")
    return sorted((folder / "data" / "articles").glob("*.ttl"))


def _named(text: str, key: str) -> str:
    """A text of the example about another article with works of its own."""
    text = re.sub(r"\brainwater-(?=[\dc])", f"{key}-", text)
    text = text.replace("article:rainwater", f"article:{key}").replace("/rainwater>", f"/{key}>")
    text = text.replace("works/ferns>", f"works/{key}>")
    return re.sub(r"\b(marsh|okafor-lind)-(20\d\d)\b", rf"\1-{key}-\2", text)


def _label(text: str, key: str) -> str:
    return text.replace("A small trial found", f"A trial ({key}) found")


def _number(text: str, key: str) -> str:
    return text.replace("meso:start 27 ;", "meso:start 26 ;")


def _claim(text: str, key: str) -> str:
    """One claim more, as like another as can be."""
    start = text.index("claim:" + key + "-c6 a")
    block = text[start : text.index("# --- pointers")]
    return (
        text[:start]
        + block
        + block.replace("-c6 a", "-c7 a").replace('"C6"', '"C7"')
        + (text[start + len(block) :])
    )


def _comment(text: str, key: str) -> str:
    return f"# read again\n{text}"


CHANGES: dict[str, Callable[[str, str], str]] = {
    "a comment above all": _comment,
    "a label": _label,
    "an offset": _number,
    "a claim more": _claim,
}


def run(project: Path, memory: Path, *options: str) -> tuple[float, bytes]:
    """CPU seconds of one process, and its report."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "XDG_CACHE_HOME": str(memory)}
    done = subprocess.run(
        [*COMMAND, *options], cwd=project, env=environment, stdout=subprocess.PIPE, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def main() -> int:
    """Measure, print the table, and say by the exit code whether all was right and fast enough."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=1000, help="how many files")
    parser.add_argument("--runs", type=int, default=3, help="runs of each kind")
    asked = parser.parse_args()
    right = True
    with tempfile.TemporaryDirectory() as place:
        project, memory = Path(place) / "project", Path(place) / "memory"
        articles = generate(project, asked.files)
        whole, _ = min(run(project, memory, "--no-cache") for _ in range(asked.runs))
        first, _ = run(project, memory)
        rows = [("all, nothing remembered (--no-cache)", whole), ("all, and remember it", first)]
        rows.append(("nothing changed", min(run(project, memory)[0] for _ in range(asked.runs))))
        for kind, change in CHANGES.items():
            costs = []
            for number in range(asked.runs):
                path = articles[(number + 1) * len(articles) // (asked.runs + 2)]
                text = path.read_text("utf-8")
                path.write_text(change(text, path.stem), "utf-8")
                cost, report = run(project, memory)
                costs.append(cost)
                if number == 0:
                    right &= report == run(project, memory, "--no-cache")[1]
                path.write_text(text, "utf-8")
                run(project, memory)
            rows.append((f"one file: {kind}", min(costs)))
    print(f"{asked.files} files; CPU seconds; share of the full run; bar {BAR:.0%}")
    for name, cost in rows:
        print(f"{name:40} {cost:8.2f} {cost / whole:8.1%}")
    if not right:
        print("a report from memory differs from the full one")
    return int(not right or any(cost > BAR * whole for _, cost in rows[2:]))


if __name__ == "__main__":
    sys.exit(main())
