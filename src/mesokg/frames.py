"""A result table as a pandas data frame.

This module decides which column gets which type. It needs pandas, which mesokg
does not install by itself (``pip install "mesokg[pandas]"``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import pandas as pd
import pyoxigraph as ox

from mesokg.dataset import Term
from mesokg.engine import Table
from mesokg.terms import STANDARD_PREFIXES, Prefixes

__all__ = ["to_pandas"]

_XSD: Final = STANDARD_PREFIXES["xsd"]
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN")


def to_pandas(table: Table, prefixes: Prefixes | None = None) -> pd.DataFrame:
    """The table as a data frame, one column each, unbound cells as missing values.

    A column whose cells are all whole numbers (or years) has the type Int64, all
    numbers float64, all truth values boolean; any other one holds text: literals
    without language and datatype, blank nodes as ``_:b0``, IRIs in full, or as
    CURIEs where prefixes are given. Who needs exact terms stays with the table.

    >>> table = Table(("drink", "cups"), ((ox.Literal("tea"), ox.Literal(2)),))
    >>> to_pandas(table).to_dict("records")
    [{'drink': 'tea', 'cups': 2}]
    """
    rows = table.rows
    cells = zip(*rows, strict=True) if rows else ([] for _ in table.columns)
    columns = zip(table.columns, cells, strict=True)
    return pd.DataFrame({name: _series(inside, prefixes) for name, inside in columns})


def _series(cells: Sequence[Term | None], prefixes: Prefixes | None) -> pd.Series[Any]:
    bound = [cell for cell in cells if cell is not None]
    for dtype, (fits, convert) in _TYPES.items():
        if bound and all(isinstance(cell, ox.Literal) and fits(cell) for cell in bound):
            values = [None if cell is None else convert(cell.value) for cell in cells]
            return pd.Series(values, dtype=dtype)
    return pd.Series([_text(cell, prefixes) for cell in cells], dtype="object")


def _text(cell: Term | None, prefixes: Prefixes | None) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, ox.NamedNode) and prefixes is not None:
        return prefixes.shorten(cell.value).removeprefix("<").removesuffix(">")
    return str(cell) if isinstance(cell, ox.BlankNode) else cell.value


def _is_a(*names: str) -> Callable[[ox.Literal], bool]:
    datatypes = frozenset(_XSD + name for name in names)
    return lambda cell: cell.datatype.value in datatypes


_WHOLE: Final = _is_a("integer", "int", "long", "nonNegativeInteger", "positiveInteger", "gYear")
_REAL: Final = _is_a("integer", "decimal", "double", "float")
_TRUTH: Final = _is_a("boolean")

#: Types of columns: whether a literal fits, and what becomes of its text. The first that fits all.
_TYPES: Final[Mapping[str, tuple[Callable[[ox.Literal], bool], Callable[[str], object]]]] = (
    MappingProxyType(
        {
            "Int64": (lambda cell: _WHOLE(cell) and bool(_INTEGER.fullmatch(cell.value)), int),
            "float64": (lambda cell: _REAL(cell) and bool(_NUMBER.fullmatch(cell.value)), float),
            "boolean": (
                lambda cell: _TRUTH(cell) and cell.value in {"true", "false", "1", "0"},
                lambda text: text in {"true", "1"},
            ),
        }
    )
)
