"""The SHACL engines, and which of them checks what.

An engine is one entry of `ENGINES`: a function from data and shapes to results. This
module decides which one a name and some shapes stand for, and to whom an engine hands
what it is known to get wrong.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from mesokg.engine import sparql_tokens
from mesokg.errors import UsageError
from mesokg.shacl.graphs import QUERIES, Result, Triples
from mesokg.shacl.guards import guard_for
from mesokg.shacl.limits import LIMITS
from mesokg.shacl.reports import read_report
from mesokg.shacl.sets import plan, without_core
from mesokg.terms import nearest

__all__ = ["BULK", "ENGINES", "choose_engine"]

#: Data, shapes and the IRIs of the shapes to run (all: none named) -> the results.
_Adapter = Callable[[Triples, Triples, Sequence[str]], Sequence[Result]]


def _like_pyshacl(
    module: str, store: str, data: Triples, shapes: Triples, use: Sequence[str]
) -> Sequence[Result]:
    """The results of a library with pySHACL's function."""
    compatible = importlib.import_module("mesokg.shacl.compatible")
    return read_report(compatible.report(module, store, data, shapes, use), shapes)


def _in_bulk(data: Triples, shapes: Triples, use: Sequence[str]) -> Sequence[Result]:
    """Core by shacl-rust, SPARQL constraints as sets, and the rest by the reference."""
    parts = plan(shapes)
    guard = guard_for(shapes)
    if use or guard is None or LIMITS[BULK](shapes):
        return _reference(data, shapes, use)
    for triple in data:
        guard.see(triple.predicate, triple.object)
    if not guard.safe:
        return _reference(data, shapes, use)
    bulk = importlib.import_module("mesokg.shacl.bulk")
    found: list[Result] = []
    try:
        found += bulk.check_core(data, parts.core)
    except BaseException as error:  # a panic of a Rust library is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        return _reference(data, shapes, use)
    rest = parts.rest
    if parts.sets:
        terms = parts.terms
        wanted = None if terms is None else frozenset(map(ox.NamedNode, terms))
        kept = (triple for triple in data if wanted is None or triple.predicate in wanted)
        asked = bulk.check_sets(parts, (ox.Quad(*triple) for triple in kept))
        if asked is None:
            rest = without_core(shapes)
        else:
            found += asked
    return (*found, *(_reference(data, rest, use) if rest else ()))


def _reference(data: Triples, shapes: Triples, use: Sequence[str]) -> Sequence[Result]:
    return ENGINES[choose_engine("auto", shapes)](data, shapes, use)


#: Engine name -> how to run it. One entry is all it takes to add an engine.
ENGINES: Final[Mapping[str, _Adapter]] = MappingProxyType(
    {
        "pyshacl": partial(_like_pyshacl, "pyshacl", "Memory"),
        "pyshacl-turbo": partial(_like_pyshacl, "pyshacl_turbo", "SimpleMemory"),
        "shacl-rust": _in_bulk,
    }
)
#: The engine for much data, and how many triples are much: below, others are as fast.
BULK: Final = "shacl-rust"
_MUCH: Final = 20_000
#: What ``auto`` takes else, the first that is installed.
_PREFERRED: Final = ("pyshacl-turbo", "pyshacl")


def choose_engine(name: str, shapes: Iterable[ox.Triple] = (), size: int = 0) -> str:
    """The engine that a name stands for; ``auto`` is the fastest installed that is exact.

    An engine is not exact if it is known to misread something in these shapes. `size`
    is how many triples there are to check. ``shacl-rust`` stands for what ``auto`` takes
    else when the shapes are none for it. Raises UsageError (``unknown-engine``,
    ``engine-missing``, ``engine-unfit``).
    """
    if name != "auto" and name not in ENGINES:
        close = nearest(name, ["auto", *ENGINES], 1)
        raise UsageError(
            f"no SHACL engine {name!r}",
            code="unknown-engine",
            hint=f"did you mean {close[0]}?" if close else f"one of auto, {', '.join(ENGINES)}",
        )
    shapes = tuple(shapes)
    if name == "auto":
        if size >= _MUCH and _is_installed(BULK) and not _unfit(BULK, shapes):
            return BULK
        fit = (known for known in _PREFERRED if _is_installed(known) and not _unfit(known, shapes))
        return next(fit, "pyshacl")
    if not _is_installed(name):
        raise UsageError(
            f"the SHACL engine {name} is not installed",
            code="engine-missing",
            hint=f"pip install {name}, or choose another with --engine",
        )
    unfit = _unfit(name, shapes)
    if unfit and name == BULK:
        return choose_engine("auto", shapes)
    if unfit:
        raise UsageError(unfit[0], code="engine-unfit", hint=unfit[1])
    return name


def _is_installed(name: str) -> bool:
    return importlib.util.find_spec(name.replace("-", "_")) is not None


def _unfit(name: str, shapes: Triples) -> tuple[str, str] | None:
    """Why an engine would get these shapes wrong, and the way out."""
    if name in _MISREADERS and any(map(_misread, _queries(shapes))):
        return (
            f"{name} reads a - b + c as a - (b + c), and the shapes hold such a sum",
            "put brackets around a - b, or choose another engine with --engine",
        )
    reason = LIMITS[name](shapes) if name in LIMITS else ""
    way_out = "choose another engine with --engine, or leave it out"
    return (f"{name} cannot check these shapes: {reason}", way_out) if reason else None


def _queries(shapes: Triples) -> set[str]:
    return {
        triple.object.value
        for triple in shapes
        if triple.predicate in QUERIES and isinstance(triple.object, ox.Literal)
    }


#: Engines that take sums and products of three from the right (seen in pyshacl-turbo 0.6.5).
_MISREADERS: Final = frozenset({"pyshacl-turbo"})
_INNERMOST: Final = re.compile(r"\(([^()]*)\)")
_FROM_THE_LEFT: Final = re.compile(r"-[^-+,&|<>=!{};]*[-+]|[v\d]\s*/\s*[v\d][^,&|<>=!{};]*[*/]")


def _misread(query: str) -> bool:
    """Whether a SPARQL text may hold ``a - b + c`` or ``a / b * c`` without brackets.

    Errs on the side of yes. Expressions stand in brackets, so it looks there, from
    the inside out.
    """
    letters = {"variable": "v", "string": "v", "iri": "i", "name": "n", "word": " ", "comment": " "}
    text = "".join(
        token if token.isdigit() else letters.get(kind, token)
        for kind, token, _ in sparql_tokens(query)
    )
    while True:
        inner = _INNERMOST.findall(text)
        if any(_FROM_THE_LEFT.search(part) for part in inner):
            return True
        if not inner:
            return False
        text = _INNERMOST.sub("v", text)
