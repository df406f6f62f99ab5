"""The SHACL engines, and which of them checks what.

An engine is one entry of `ENGINES`: a function from data and shapes to results. This
module decides which ones a name and some shapes stand for, in which order, and what an
engine is known to get wrong.
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

__all__ = ["BULK", "ENGINES", "choose_engine", "engines_for", "pass_on", "run_engines"]

#: Data and shapes -> the results.
_Adapter = Callable[[Triples, Triples], Sequence[Result]]


def _like_pyshacl(module: str, store: str, data: Triples, shapes: Triples) -> Sequence[Result]:
    """The results of a library with pySHACL's function."""
    compatible = importlib.import_module("mesokg.shacl.compatible")
    return read_report(compatible.report(module, store, data, shapes), shapes)


class _UnableError(Exception):
    """The engine would not be right about these shapes and data."""


def _in_bulk(data: Triples, shapes: Triples) -> Sequence[Result]:
    """Core by shacl-rust, SPARQL constraints as sets, and those that are none by another engine."""
    parts = plan(shapes)
    guard = guard_for(shapes)
    if guard is None or LIMITS[BULK](shapes):
        raise _UnableError
    for triple in data:
        guard.see(triple.predicate, triple.object)
    if not guard.safe:
        raise _UnableError
    bulk = importlib.import_module("mesokg.shacl.bulk")
    found: list[Result] = [*bulk.check_core(data, parts.core)]
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
    if rest:
        found += run_engines(engines_for("auto", rest), data, rest)[0]
    return found


#: Engine name -> how to run it. One entry is all it takes to add an engine.
ENGINES: Final[Mapping[str, _Adapter]] = MappingProxyType(
    {
        "pyshacl": partial(_like_pyshacl, "pyshacl", "Memory"),
        "pyshacl-turbo": partial(_like_pyshacl, "pyshacl_turbo", "SimpleMemory"),
        "shacl-rust": _in_bulk,
    }
)
#: The engine for much data, and how many triples are much: below, others cost as little.
BULK: Final = "shacl-rust"
_MUCH: Final = 5_000
#: What ``auto`` takes else, in this order.
_PREFERRED: Final = ("pyshacl-turbo", "pyshacl")


def choose_engine(name: str, shapes: Iterable[ox.Triple] = (), size: int = 0) -> str:
    """The engine that a name stands for, the first of `engines_for`; errors are the same."""
    return engines_for(name, shapes, size)[0]


def engines_for(name: str, shapes: Iterable[ox.Triple] = (), size: int = 0) -> tuple[str, ...]:
    """The engines to try in turn: ``auto`` is those installed that are exact, the fastest first.

    An engine is not exact if it is known to misread something in these shapes. `size`
    is how many triples there are to check. ``shacl-rust`` stands for what ``auto`` takes
    else when the shapes or the data are none for it; any other name for itself alone. Raises
    UsageError (``unknown-engine``, ``engine-missing``, ``engine-unfit``).
    """
    if name != "auto" and name not in ENGINES:
        close = nearest(name, ["auto", *ENGINES], 1)
        raise UsageError(
            f"no SHACL engine {name!r}",
            code="unknown-engine",
            hint=f"did you mean {close[0]}?" if close else f"one of auto, {', '.join(ENGINES)}",
        )
    if name != "auto" and not _is_installed(name):
        raise UsageError(
            f"the SHACL engine {name} is not installed",
            code="engine-missing",
            hint=f"pip install {name}, or choose another with --engine",
        )
    shapes = tuple(shapes)
    if name in {"auto", BULK}:
        bulk = (BULK,) if name == BULK or size >= _MUCH else ()
        fit = tuple(
            known
            for known in (*bulk, *_PREFERRED)
            if _is_installed(known) and not _unfit(known, shapes)
        )
        return fit if fit and fit != (BULK,) else (*fit, "pyshacl")
    unfit = _unfit(name, shapes)
    if unfit:
        raise UsageError(unfit[0], code="engine-unfit", hint=unfit[1])
    return (name,)


def run_engines(
    engines: Sequence[str], data: Triples, shapes: Triples
) -> tuple[Sequence[Result], str]:
    """The results of the first engine that gets through, and its name.

    Whatever the last one raises when none does, be it no Exception.
    """
    for engine in engines[:-1]:
        try:
            return ENGINES[engine](data, shapes), engine
        except BaseException as error:
            pass_on(error)
    return ENGINES[engines[-1]](data, shapes), engines[-1]


def pass_on(error: BaseException) -> None:
    """Raise again what is no failure of an engine; a panic of a Rust library is no Exception."""
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
        raise error


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
