"""Which mistakes in the flagship does validation find, and does it name file and line?

    python benchmarks/mistakes.py [--seed N] [--random N] [--only WORDS] [--part I/N]

Each kind of mistake of tests/mutation_kinds.py is made once, by itself, at a place that the seed
decides; ``--random`` adds edits without any thought behind them, of which many cannot be known
to be mistakes: a letter in a sentence, a digit of a page number. Needs the texts of
MESOKG_TESTDATA. The exit code is 1 if a kind is missed that is not explained there.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from mutation_kinds import EXPLAINED, KINDS, RANDOM, random_mutants  # noqa: E402
from mutations import Bench, Outcome, mutants, outcomes, row  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked, print a row each, and say how many were caught and named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--random", type=int, default=0, metavar="N")
    parser.add_argument("--part", default="0/1", metavar="I/N", help="every Nth kind from I on")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    asked = parser.parse_args(arguments)
    texts = ROOT / os.environ.get("MESOKG_TESTDATA", "../shared") / "article"
    first, step = map(int, asked.part.split("/"))
    chosen = [kind for kind in KINDS if asked.only in kind.name][first::step]
    start = time.perf_counter()
    found: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), texts)
        changed = itertools.chain(
            mutants(bench.files, chosen, asked.seed),
            random_mutants(bench.files, asked.random, asked.seed),
        )
        for outcome in outcomes(bench, changed):
            found.append(outcome)
            print(row(outcome), flush=True)
            if outcome.kind in EXPLAINED:
                print(f"        explained: {EXPLAINED[outcome.kind]}")
    caught = sum(outcome.caught for outcome in found)
    named = sum(outcome.named for outcome in found)
    beside = sum(outcome.beside and not outcome.named for outcome in found)
    kinds = len({outcome.kind for outcome in found})
    seconds = time.perf_counter() - start
    print(
        f"{len(found)} mutants of {kinds} kinds: {caught} caught, {named} named with file and line"
    )
    print(f"{beside} more beside the place of a finding; {seconds:.0f} s")
    wrong = [o for o in found if not o.shown and o.kind not in {*EXPLAINED, *RANDOM}]
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
