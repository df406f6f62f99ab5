"""Every canned query, its expected values, and the same answer from every engine."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mesokg
from mesokg.dataset import Dataset, read
from mesokg.derived import derive
from mesokg.engine import Answer, Engine, Table
from mesokg.interop import to_rdflib
from mesokg.project import Project
from mesokg.queries import Query, bind, load_queries, query
from mesokg.remote import connect
from mesokg.results import results
from sparql_server import oxigraph

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "cases" / "queries"
NAMES = sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))


def cases() -> list[Any]:
    found = []
    for name in NAMES:
        listed = tomllib.loads((CASES / name / "cases.toml").read_text("utf-8"))["case"]
        for place, case in enumerate(listed, 1):
            found.append(
                pytest.param(name, case.get("params", {}), case["expected"], id=f"{name}-{place}")
            )
    return found


@pytest.fixture(scope="module")
def project() -> Project:
    return mesokg.open_project(ROOT / "mesokg.toml")


@pytest.fixture(scope="module")
def dataset(project: Project) -> Dataset:
    return derive(mesokg.load(project))


@pytest.fixture(scope="module")
def engine(dataset: Dataset) -> Engine:
    return mesokg.embed(dataset)


@pytest.fixture(scope="module")
def endpoint(dataset: Dataset) -> Iterator[Engine]:
    """A real SPARQL server on loopback that holds what `embed` holds."""
    with oxigraph(dataset) as address:
        yield connect(address)


@pytest.fixture(scope="module")
def rdflib_dataset(dataset: Dataset) -> Any:
    return to_rdflib(dataset)


@pytest.fixture(scope="module")
def known(project: Project) -> dict[str, Query]:
    return dict(load_queries(project))


def as_csv(answer: Answer, dataset: Dataset) -> str:
    form = (
        "csv" if isinstance(answer, Table) else "ntriples" if isinstance(answer, tuple) else "json"
    )
    return results(answer, form, dataset.prefixes).decode().replace("\r\n", "\n")


def test_there_are_enough_of_them() -> None:
    assert len(NAMES) >= 30


@pytest.mark.parametrize(("name", "params", "expected"), cases())
def test_the_answer_is_the_expected_one(
    name: str, params: dict[str, str], expected: str,
    known: dict[str, Query], engine: Engine, dataset: Dataset,
) -> None:  # fmt: skip
    answer = query(engine, known[name], {k: str(v) for k, v in params.items()}, dataset.prefixes)
    wanted = (CASES / name / expected).read_text("utf-8")
    assert as_csv(answer, dataset) == wanted


@pytest.mark.parametrize(("name", "params", "expected"), cases())
def test_an_endpoint_gives_the_same_answer(
    name: str, params: dict[str, str], expected: str,
    known: dict[str, Query], endpoint: Engine, dataset: Dataset,
) -> None:  # fmt: skip
    answer = query(endpoint, known[name], {k: str(v) for k, v in params.items()}, dataset.prefixes)
    assert as_csv(answer, dataset) == (CASES / name / expected).read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_header_says_how_many_rows(
    name: str, known: dict[str, Query], engine: Engine, dataset: Dataset
) -> None:
    answer = query(engine, known[name], {}, dataset.prefixes)
    expect = known[name].expect
    if isinstance(answer, bool):
        assert expect == {"boolean": answer}
    else:
        assert expect == {"rows": len(answer)}
    if isinstance(answer, Table):
        assert set(known[name].columns) == set(answer.columns)


@pytest.mark.parametrize(("name", "params", "expected"), cases())
def test_rdflib_gives_the_same_answer(
    name: str, params: dict[str, str], expected: str,
    known: dict[str, Query], engine: Engine, dataset: Dataset, rdflib_dataset: Any,
) -> None:  # fmt: skip
    text = bind(known[name], {k: str(v) for k, v in params.items()}, engine, dataset.prefixes)
    theirs, ours = rdflib_dataset.query(text), engine.run(text)
    if isinstance(ours, bool):
        assert theirs.askAnswer is ours
    elif isinstance(ours, Table):
        rows = [tuple(None if cell is None else n3(cell) for cell in row) for row in theirs]
        assert rows == [tuple(None if c is None else str(c) for c in row) for row in ours.rows]
    else:
        assert {tuple(map(n3, triple)) for triple in theirs} == {
            tuple(map(str, triple)) for triple in ours
        }


def n3(term: Any) -> str:
    """An rdflib term as pyoxigraph prints its equal."""
    quad = next(
        iter(ox.parse(f"<http://e/s> <http://e/p> {term.n3()} .", format=ox.RdfFormat.TURTLE))
    )
    return str(quad.object)


@given(
    passages=st.lists(
        st.tuples(
            st.integers(0, 1),
            st.integers(0, 1500),
            st.sampled_from([0, 1, 63, 64, 65, 511, 512, 513, 4096, 70_000, 300_000]),
        ),
        max_size=12,
    )
)
def test_overlapping_passages_are_found_whatever_their_lengths(
    passages: list[tuple[int, int, int]], known: dict[str, Query]
) -> None:
    head = "@prefix m: <https://w3id.org/mesokg/ns#> . @prefix e: <http://e/> .\n"
    lines = [
        f"e:c{n:02} a m:Claim ; m:statedIn e:a{article} ; m:start {start} ; m:end {end} ."
        for n, (article, start, end) in enumerate((a, s, s + size) for a, s, size in passages)
    ]
    table = query(
        mesokg.embed(read(head + "\n".join(lines))),
        known["list-overlapping-passages"],
        {"nested": "true"},
    )
    wanted = {
        (f"http://e/c{n:02}", f"http://e/c{m:02}")
        for n, (article, start, length) in enumerate(passages)
        for m, (other, begin, size) in enumerate(passages)
        if n < m and article == other and start < begin + size and begin < start + length
    }
    assert isinstance(table, Table)
    found = [(str(row["first"])[1:-1], str(row["second"])[1:-1]) for row in table]
    assert len(found) == len(wanted)
    assert set(found) == wanted
