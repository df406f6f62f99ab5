"""Mistakes in the flagship are found, and named with file and line.

Here a sample; ``python benchmarks/mistakes.py`` tries all.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mutation_kinds import EXPLAINED, KINDS, random_mutants
from mutations import Bench, Kind, mutants, outcomes, row

SAMPLE = [kind for kind in KINDS if kind.name not in EXPLAINED][::16]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, testdata: Path) -> Bench:
    return Bench(tmp_path_factory.mktemp("flagship"), testdata / "article")


def test_there_are_many_kinds_and_each_makes_a_mistake_somewhere(bench: Bench) -> None:
    assert len(KINDS) >= 150
    assert max(Counter(kind.name for kind in KINDS).values()) == 1
    assert set(EXPLAINED) <= {kind.name for kind in KINDS}
    for seed in range(3):
        for name, mutant in mutants(bench.files, KINDS, seed):
            assert mutant.places, f"{name} is nowhere"
    assert len(list(random_mutants(bench.files, 3, 0))) == 12


@pytest.mark.parametrize("kind", SAMPLE, ids=lambda kind: kind.name)
def test_a_mistake_is_caught_and_named_with_file_and_line(bench: Bench, kind: Kind) -> None:
    [outcome] = outcomes(bench, mutants(bench.files, [kind], 0))
    assert outcome.caught, "no finding"
    assert outcome.shown, row(outcome)


def test_the_flagship_itself_is_as_it_was(bench: Bench) -> None:
    for name, text in bench.files.items():
        assert (bench.folder / name).read_text("utf-8") == text
