"""How the cost of each canned query grows with the graph.

    python benchmarks/large_queries.py [--claims N]

Every canned query is asked of a generated project (see `large`) with N claims and of one with
three times as many, the claims in many articles and in a single one. Printed are the queries
that take longest and those that more than quadruple. Exits with 1 for a query that quadruples
and then takes more than half a second.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from large import generate

from mesokg import load
from mesokg.derived import derive
from mesokg.engine import embed
from mesokg.project import find
from mesokg.queries import load_queries, query

#: How much more three times as many claims may cost, and from how many seconds on it counts.
GROWTH, SECONDS = 4.5, 0.5


def costs(folder: Path, claims: int, each: int) -> dict[str, float]:
    """Query -> seconds of CPU, the smaller of two runs."""
    generate(folder, claims, each)
    project = find(folder)
    dataset = derive(load(project))
    engine = embed(dataset)
    found = {}
    for name, one in load_queries(project).items():
        if any(param.required for param in one.params):
            continue
        runs = []
        for _ in range(2):
            started = time.process_time()
            query(engine, one, {}, dataset.prefixes)
            runs.append(time.process_time() - started)
        found[name] = min(runs)
    return found


def main() -> int:
    """Measure, print the tables, and say by the exit code whether all bars were met."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--claims", type=int, default=1000, help="claims of the smaller graph")
    small = parser.parse_args().claims
    bad = 0
    for layout in ("many articles", "one article"):
        with tempfile.TemporaryDirectory() as place:
            sizes = (small, 3 * small)
            few, many = (
                costs(Path(place) / str(n), n, 20 if layout == "many articles" else n)
                for n in sizes
            )
        print(f"{layout}: {len(few)} queries; {small:,} claims, {3 * small:,} claims, times")
        slowest = sorted(many, key=lambda name: -many[name])
        for place_, name in enumerate(slowest):
            growth = many[name] / max(few[name], 0.001)
            if place_ < 5 or growth > 4:
                print(f"  {name:36} {few[name]:7.3f} s {many[name]:7.3f} s {growth:5.1f}")
            bad += growth > GROWTH and many[name] > SECONDS
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
