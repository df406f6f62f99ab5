"""What is remembered of a validation, as one entry on the disk.

The statements of each file are kept as N-Quads, so that blank nodes keep their names and
what changed in a file can be told; what the rules found is kept before anything is waived.
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from mesokg.cache.codec import (
    BROKEN,
    finding_from,
    from_finding,
    from_result,
    result_from,
)
from mesokg.lint import Declaration
from mesokg.report import Finding
from mesokg.shacl import Result

__all__ = ["FileState", "Scan", "ShapesState", "Stage", "State", "packed", "unpacked"]

_FORM: Final = 1


class FileState(NamedTuple):
    """A file as it was: its graph, its role, the digest of its bytes, and what it says.

    `problems` are what had to be put right to read it, `quads` its statements as N-Quads.
    """

    graph: str
    role: str
    digest: str
    problems: tuple[Finding, ...]
    quads: bytes


class Stage(NamedTuple):
    """What a rule found, and what it was given besides statements."""

    given: str
    findings: tuple[Finding, ...]


class Scan(NamedTuple):
    """The prefixes of a text, by its digest, and what its own rules find in it."""

    digest: str
    declared: tuple[Declaration, ...]
    used: frozenset[str]
    findings: tuple[Finding, ...]


class ShapesState(NamedTuple):
    """What the shapes were given, the results, and those that were explained."""

    given: str
    results: tuple[Result, ...]
    told: tuple[Result, ...]


class State:
    """What one run leaves to the next, filled while it goes."""

    def __init__(self) -> None:
        self.files: dict[str, FileState] = {}
        self.stages: dict[str, Stage] = {}
        self.shapes: ShapesState | None = None
        self.scans: dict[str, Scan] = {}
        self.places: dict[str, Finding] = {}


def packed(state: State) -> bytes:
    """The state as bytes. TypeError when it holds what cannot be kept."""
    blobs, offset = [], 0
    files = []
    for name, known in state.files.items():
        problems = [from_finding(finding) for finding in known.problems]
        about = [name, known.graph, known.role, known.digest, problems]
        files.append([*about, offset, len(known.quads)])
        blobs.append(known.quads)
        offset += len(known.quads)
    head = {
        "form": _FORM,
        "files": files,
        "stages": {
            name: [stage.given, [from_finding(finding) for finding in stage.findings]]
            for name, stage in state.stages.items()
        },
        "shapes": state.shapes
        and [state.shapes.given, *([from_result(r) for r in part] for part in state.shapes[1:])],
        "scans": {
            name: [
                scan.digest,
                [[d.name, d.iri, d.start, d.end] for d in scan.declared],
                sorted(scan.used),
                [from_finding(finding) for finding in scan.findings],
            ]
            for name, scan in state.scans.items()
        },
        "places": [[key, from_finding(found)] for key, found in state.places.items()],
    }
    return json.dumps(head, separators=(",", ":")).encode("ascii") + b"\n" + b"".join(blobs)


def unpacked(data: bytes) -> State | None:
    """The state of some bytes; None when they hold none."""
    state = State()
    try:
        first, _, blob = data.partition(b"\n")
        head = json.loads(first)
        if head["form"] != _FORM:
            return None
        for name, graph, role, digest, found, offset, size in head["files"]:
            quads = blob[offset : offset + size]
            problems = tuple(map(finding_from, found))
            state.files[name] = FileState(graph, role, digest, problems, quads)
        for name, (given, found) in head["stages"].items():
            state.stages[name] = Stage(given, tuple(map(finding_from, found)))
        if head["shapes"]:
            given, *parts = head["shapes"]
            state.shapes = ShapesState(given, *(tuple(map(result_from, p)) for p in parts))
        for name, (digest, declared, used, found) in head["scans"].items():
            prefixes = tuple(Declaration(*item) for item in declared)
            findings = tuple(map(finding_from, found))
            state.scans[name] = Scan(digest, prefixes, frozenset(used), findings)
        state.places = {key: finding_from(found) for key, found in head["places"]}
    except BROKEN:
        return None
    return state
