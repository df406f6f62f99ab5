"""pandas' view of a table: each column gets the narrowest type that holds all of it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.dataset import Term, read
from mesokg.engine import Table, embed
from mesokg.frames import to_pandas
from mesokg.terms import STANDARD_PREFIXES, Prefixes
from strategies import blanks, literals, wild_iris

XSD = STANDARD_PREFIXES["xsd"]


def typed(text: str, name: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + name))


def column(*cells: Term | None) -> pd.Series[Any]:
    return to_pandas(Table(("x",), tuple((cell,) for cell in cells)))["x"]


@pytest.mark.parametrize(
    ("cells", "dtype", "values"),
    [
        ([ox.Literal(1), typed("007", "integer"), typed("-2", "int")], "Int64", [1, 7, -2]),
        ([typed("2013", "gYear"), typed("1999", "gYear")], "Int64", [2013, 1999]),
        ([ox.Literal(1), typed("1.50", "decimal")], "float64", [1.0, 1.5]),
        ([typed("1e400", "double"), typed("-INF", "double")], "float64", [math.inf, -math.inf]),
        ([typed("true", "boolean"), typed("0", "boolean")], "boolean", [True, False]),
        ([ox.Literal("1"), ox.Literal("2")], "object", ["1", "2"]),
        ([ox.Literal(1), ox.Literal("2")], "object", ["1", "2"]),
        ([typed("many", "integer"), ox.Literal(1)], "object", ["many", "1"]),
        ([typed("9" * 19, "integer")], "float64", [1e19]),
        ([typed("2012-02-30", "date")], "object", ["2012-02-30"]),
        ([ox.Literal("a", language="en"), ox.Literal("b", language="de")], "object", ["a", "b"]),
        ([ox.NamedNode("http://e/a"), ox.BlankNode("b")], "object", ["http://e/a", "_:b"]),
    ],
)
def test_type_of_a_column(cells: list[Term], dtype: str, values: list[object]) -> None:
    found = column(*cells)
    assert str(found.dtype) == dtype
    assert found.tolist() == values
    with_gap = column(*cells, None)
    assert str(with_gap.dtype) == dtype, "a missing value changes no type"
    assert with_gap.isna().tolist() == [False] * len(cells) + [True]


def test_not_a_number() -> None:
    assert column(typed("NaN", "double")).isna().tolist() == [True]


def test_prefixes_shorten_iris() -> None:
    table = Table(("x",), ((ox.NamedNode("http://e/a"),), (ox.NamedNode("http://f/bc"),)))
    assert to_pandas(table, Prefixes({"e": "http://e/"}))["x"].tolist() == ["e:a", "http://f/bc"]


def test_tables_without_rows_or_columns() -> None:
    empty = to_pandas(Table(("a", "b"), ()))
    assert list(empty.columns) == ["a", "b"]
    assert len(empty) == 0
    assert to_pandas(Table((), ())).empty
    assert column(None, None).isna().all()


def test_an_answer_is_ready_to_compute_with() -> None:
    engine = embed(read("PREFIX e: <http://e/> e:ginger e:cups 2 . e:mint e:cups 10 ."))
    answer = engine.run("SELECT ?tea ?n { ?tea <http://e/cups> ?n } ORDER BY ?n")
    assert isinstance(answer, Table)
    assert int(to_pandas(answer)["n"].sum()) == 12


@given(st.lists(st.none() | wild_iris | blanks | literals, max_size=6))
def test_any_column_keeps_its_length_and_gaps(cells: list[Term | None]) -> None:
    found = column(*cells)
    assert len(found) == len(cells)
    gaps = [cell is None for cell in cells]
    numbers_that_are_none = [isinstance(c, ox.Literal) and c.value == "NaN" for c in cells]
    for is_missing, gap, nan in zip(found.isna(), gaps, numbers_that_are_none, strict=True):
        assert is_missing == gap or nan
