"""What the site of a large graph costs: time, memory, files, and the pages that grow with it.

    python benchmarks/large_site.py [--claims N] [--keep DIR]

A process of its own writes the site of a generated project (see `large`), without validating.
Printed are seconds of its CPU, its peak of memory, its pages and files, and what a browser has
to load. Exits with 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from large import generate

from mesokg import load
from mesokg.files import write_tree
from mesokg.products import site_files
from mesokg.project import find
from mesokg.report import Report

#: Pages for each second of one core, and gigabytes of memory at 10,000 claims.
PAGES_A_SECOND, GIGABYTES = 250, 1.8


def build(project_folder: Path, out: Path) -> dict[str, float]:
    """Write the site, and say what it cost this process."""
    started = time.process_time()
    project = find(project_folder)
    dataset = load(project)
    read = time.process_time() - started
    count = write_tree(out, site_files(dataset, Report(()), project))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "quads": len(dataset.quads),
        "files": count,
        "reading": read,
        "CPU": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss / 1_000_000,
    }


def sizes(out: Path) -> Iterator[tuple[str, str]]:
    """What is in the folder: files by kind, and what a browser loads of the largest."""
    kinds: Counter[str] = Counter()
    total = 0
    largest: list[tuple[int, Path]] = []
    for path in out.rglob("*"):
        if path.is_file():
            size = path.stat().st_size
            total += size
            kinds[path.suffix] += 1
            if path.suffix == ".html":
                largest.append((size, path))
    yield "bytes of all files", f"{total / 1e6:,.0f} MB"
    for suffix, many in kinds.most_common(6):
        yield f"files {suffix}", f"{many:,}"
    for size, path in sorted(largest, reverse=True)[:8]:
        yield str(path.relative_to(out)), _size(size, path)
    for name in ("search-index.js", "data.nq.gz", "sparql-data.js", "offline.js"):
        path = out / "assets" / name
        if path.is_file():
            yield f"assets/{name}", _size(path.stat().st_size, path)


def _size(size: int, path: Path) -> str:
    packed = len(gzip.compress(path.read_bytes(), 6))
    return f"{size / 1000:,.0f} KB, {packed / 1000:,.0f} KB packed"


def main() -> int:
    """Measure, print the table, and say by the exit code whether all bars were met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--claims", type=int, default=10_000, help="how many claims")
    parser.add_argument("--keep", type=Path, help="write project and site here, and leave them")
    parser.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.build:
        print(json.dumps(build(asked.keep / "project", asked.keep / "site")))
        return 0
    with tempfile.TemporaryDirectory() as place:
        folder = asked.keep or Path(place)
        generate(folder / "project", asked.claims)
        command = [sys.executable, __file__, "--build", "--keep", str(folder)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        cost = json.loads(done.stdout)
        pages = sum(1 for _ in (folder / "site").rglob("*.html"))
        speed = pages / (cost["CPU"] - cost["reading"])
        print(f"{asked.claims:,} claims, {cost['quads']:,} statements")
        print(f"{pages:,} pages in {cost['files']:,} files; {cost['CPU']:.0f} s of CPU")
        print(f"{speed:,.0f} pages a second; {cost['peak']:.2f} GB of memory at most")
        for name, said in sizes(folder / "site"):
            print(f"{name:40} {said}")
    bar = GIGABYTES * max(1, asked.claims / 10_000)
    return int(speed < PAGES_A_SECOND or cost["peak"] > bar)


if __name__ == "__main__":
    sys.exit(main())
