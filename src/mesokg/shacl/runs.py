"""Running shapes: results as an engine gave them, and findings.

This module decides what happens when an engine fails: another one, or the shapes one by
one, and a finding for each that could not be run. Whatever an engine raises becomes a
finding about the shape.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mesokg.errors import UsageError
from mesokg.report import Finding, Severity
from mesokg.shacl.causes import explained, unexplained
from mesokg.shacl.engines import BULK, ENGINES, engines_for, pass_on, run_engines
from mesokg.shacl.graphs import Index, Result, Triples
from mesokg.shacl.guards import guard_for
from mesokg.shacl.limits import LIMITS
from mesokg.shacl.partial import Known, Updated, nearby, updated
from mesokg.shacl.sets import plan, roots
from mesokg.shacl.shapes import rule_id
from mesokg.shacl.words import Words, aimed_by, prepared, speechless
from mesokg.terms import Prefixes

__all__ = [
    "FAILED",
    "FileRun",
    "ShapesRun",
    "check_again",
    "run_shapes",
    "validate_file_shapes",
    "validate_shapes",
]

#: The rule of a finding that says that a shape could not be checked.
FAILED: Final = "shape-failed"

#: Engines that paste values into messages by regular expression, even where there is no
#: placeholder, and fail on a backslash in the data (seen in pySHACL 0.40.1). Only a message that
#: is no literal is left alone.
_PASTERS: Final = frozenset({"pyshacl"})


@dataclass(frozen=True, slots=True)
class FileRun:
    """What the shapes find wrong in a file, and how many triples it holds."""

    findings: tuple[Finding, ...]
    triples: int


def validate_shapes(
    data: Iterable[ox.Triple],
    shapes: Iterable[ox.Triple],
    *,
    prefixes: Prefixes,
    engine: str = "auto",
) -> list[Finding]:
    """What the shapes find wrong in the data, in no particular order.

    A finding's rule is the id of the named shape that holds the constraint. Its
    message is the shape's, with ``{?this}``, ``{?value}`` and ``{?path}`` filled in,
    or one of our own where the shape has none. No finding shows the label of a blank
    node: `focus` is then the thing it belongs to. A shape that an engine cannot run
    is a finding of the rule `FAILED`, and the other shapes are run all the same.

    >>> from mesokg.dataset import read
    >>> shapes = read('''@prefix sh: <http://www.w3.org/ns/shacl#> .
    ...     <https://w3id.org/mesokg/shapes#tea-hot> sh:targetClass <http://e/Tea> ;
    ...         sh:property [ sh:path <http://e/heat> ; sh:minCount 1 ] .''')
    >>> data = read("<http://e/t> a <http://e/Tea> .")
    >>> found = validate_shapes(data.default_graph, shapes.default_graph,
    ...     prefixes=Prefixes({"e": "http://e/"}))
    >>> found[0].rule, found[0].focus, found[0].message
    ('tea-hot', '<http://e/t>', 'e:heat needs at least 1 value')

    Raises UsageError (``unknown-engine``, ``engine-missing``, ``engine-unfit``).
    """
    return list(check_again(data, shapes, prefixes=prefixes, engine=engine).findings)


@dataclass(frozen=True, slots=True)
class ShapesRun:
    """What shapes find wrong, and the results behind it; None: nothing to build upon later.

    `told` are those results that were explained, with their explanations; `engine` is the
    one that got through, which need not be the first that was tried.
    """

    findings: tuple[Finding, ...]
    results: tuple[Result, ...] | None
    told: tuple[Result, ...] = ()
    engine: str = ""


def check_again(
    data: Iterable[ox.Triple],
    shapes: Iterable[ox.Triple],
    *,
    prefixes: Prefixes,
    engine: str = "auto",
    known: Known | None = None,
) -> ShapesRun:
    """What `validate_shapes` finds; from what was `known` of these shapes and data, if it can be.

    The blank nodes of both must be called what they were called then.
    """
    data, shapes = tuple(data), tuple(shapes)
    engines = engines_for(engine, shapes, len(data))
    shown = tuple(prepared(shapes))
    now = updated(known, data, shown, engines) if known is not None else None
    if now is not None:
        ran = _Ran(tuple(now.results), engines[0])
    else:
        ran = _run(data, shapes, engines, prefixes)
    raw = ran.results
    open_ones = unexplained(raw, shown)
    told = _kept(open_ones, known, now)
    if told is None:
        near = nearby(open_ones, data, shown) if open_ones else ()
        told = explained(
            open_ones,
            shown,
            lambda asked: run_engines(engines[engines.index(ran.engine) :], near, asked)[0],
        )
    more = dict(zip(open_ones, told, strict=True))
    words = Words(partial(Index, data), Index(shapes), prefixes)
    findings = (*(words.finding(more.get(result, result)) for result in raw), *ran.failures)
    kept = None if ran.failures or ran.engine != engines[0] else raw
    return ShapesRun(findings, kept, told, ran.engine)


def _kept(
    results: Sequence[Result], known: Known | None, now: Updated | None
) -> tuple[Result, ...] | None:
    """The explanations of results that are known; None unless they are for the same results."""
    if known is None or now is None or any(result.focus in now.again for result in results):
        return None
    plain = [replace(result, details=()) for result in known.told]
    return tuple(known.told) if plain == list(results) else None


def run_shapes(
    data: Iterable[ox.Triple], shapes: Iterable[ox.Triple], *, engine: str = "auto"
) -> tuple[Result, ...]:
    """The engine's own results, for whoever compares engines.

    Raises UsageError (``unknown-engine``, ``engine-missing``, ``engine-unfit``,
    ``engine-failed``).
    """
    data, shapes = tuple(data), tuple(shapes)
    ran = _run(data, shapes, engines_for(engine, shapes, len(data)), Prefixes())
    if ran.failures:
        raise UsageError(ran.failures[0].message, code="engine-failed")
    return ran.results


@dataclass(frozen=True, slots=True)
class _Ran:
    """All results, who gave them, and a finding for each shape that it does not get through."""

    results: tuple[Result, ...]
    engine: str
    failures: tuple[Finding, ...] = ()


def _run(data: Triples, shapes: Triples, engines: Sequence[str], prefixes: Prefixes) -> _Ran:
    """What the first engine says that gets through; if none does, the last, shape by shape."""
    if not shapes:
        return _Ran((), engines[0])
    for engine in engines:
        attempts = [tuple(prepared(shapes))]
        if engine in _PASTERS:
            attempts.append(tuple(speechless(shapes)))
        errors = []
        for attempt in attempts:
            try:
                return _Ran(tuple(ENGINES[engine](data, attempt)), engine)
            except BaseException as error:
                errors.append(_failure(error, "", prefixes))
    results: list[Result] = []
    failures = []
    alone = [root for root, _ in roots(Index(shapes))]
    for root in alone:
        try:
            results += ENGINES[engine](data, aimed_by(attempts[-1], root))
        except BaseException as error:
            name = root.value if isinstance(root, ox.NamedNode) else ""
            failures.append(_failure(error, name, prefixes))
    failures = errors[:1] if len(failures) == len(alone) else failures
    return _Ran(tuple(results), engine, tuple(failures))


def _failure(error: BaseException, shape: str, prefixes: Prefixes) -> Finding:
    """The finding for what an engine raised."""
    pass_on(error)
    first = next((line for line in str(error).splitlines() if line.strip()), "")
    first = re.sub(r"_:\w+|\bN?[0-9a-f]{24,}\b", "a blank node", first)
    what = rule_id(shape, prefixes) if shape else "some shape"
    return Finding(
        FAILED,
        Severity.VIOLATION,
        f"the engine cannot check {what}: {first[:200] or type(error).__name__}",
        focus=f"<{shape}>" if shape else "",
        fix="correct the shape, or choose another engine",
    )


# --- files as they are ----------------------------------------------------------------------

_FORMATS: Final = {"ntriples": ox.RdfFormat.N_TRIPLES, "turtle": ox.RdfFormat.TURTLE}
#: Bytes for which a file is read in the ordinary way: CR, triple terms, a byte order mark.
_ODD: Final = (b"\r", b"<<")
_MARK: Final = b"\xef\xbb\xbf"


def validate_file_shapes(
    path: Path, format: str, shapes: Iterable[ox.Triple], *, prefixes: Prefixes
) -> FileRun | None:
    """What `validate_shapes` with the bulk engine would find, without the file's quads in memory.

    None whenever that cannot be said exactly: another format than N-Triples or Turtle,
    a file that does not parse or is odd in another way, shapes for another engine,
    literals that Oxigraph rewrites in a query, results about blank nodes. Then read the
    file and call `validate_shapes`. Statements count as often as they are written.
    """
    shapes = tuple(shapes)
    parts = plan(tuple(prepared(shapes)))
    guard = guard_for(shapes)
    if format not in _FORMATS or LIMITS[BULK](shapes) or parts.rest or _is_odd(path) or not guard:
        return None
    bulk = importlib.import_module("mesokg.shacl.bulk")
    try:
        found = bulk.check_file(path, _FORMATS[format], parts, guard)
    except BaseException as error:
        pass_on(error)
        return None
    if found is None or any(map(_names_blank, found[0])):
        return None
    results, triples = found
    results = explained(results, parts.core, partial(bulk.check_path, path, _FORMATS[format]), 1)
    words = Words(partial(Index, ()), Index(shapes), prefixes)
    return FileRun(tuple(words.finding(result) for result in results), triples)


def _names_blank(result: Result) -> bool:
    return isinstance(result.focus, ox.BlankNode) or isinstance(result.value, ox.BlankNode)


def _is_odd(path: Path) -> bool:
    """Whether a file holds something that only the ordinary way of reading reports."""
    try:
        with path.open("rb") as file:
            start, last = file.read(3) == _MARK, b""
            for chunk in iter(partial(file.read, 1 << 20), b""):
                if start or any(odd in chunk for odd in _ODD) or last + chunk[:1] == b"<<":
                    return True
                last = chunk[-1:]
            return start
    except OSError:
        return True
