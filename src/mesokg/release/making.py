"""The files of a release, and how they come to the disk: all at once, never over others."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

import pyoxigraph as ox

from mesokg import __version__
from mesokg.canon import serialize_triples
from mesokg.catalogue import (
    CAUTION,
    PREFIXES,
    Description,
    FileEntry,
    GraphEntry,
    catalogue,
    citation,
    describe_release,
    ro_crate,
    schema_org,
)
from mesokg.changes import render_changes
from mesokg.dataset import Dataset
from mesokg.description import labels
from mesokg.errors import ConfigError, MesokgError, UsageError
from mesokg.files import File, write_tree
from mesokg.jsonld import prefix_context, to_jsonld
from mesokg.nanopubs import nanopublications
from mesokg.products import data_files
from mesokg.release.gates import Plan
from mesokg.report import Severity
from mesokg.signing import sign
from mesokg.terms import NS
from mesokg.verification import CHECKSUMS, SIGNATURE

__all__ = ["build_release", "write_release"]

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".cff": "text/yaml",
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".md": "text/markdown",
    ".nq": "application/n-quads",
    ".trig": "application/trig",
    ".ttl": "text/turtle",
}
#: What the files are, for those who see only a list of them.
_ABOUT: Final[Mapping[str, str]] = {
    "data/claims.csv": "One row for each claim, for spreadsheets.",
    "data/claims.jsonld": "One readable tree for each claim.",
    "data/context.jsonld": "The context of the JSON-LD files.",
    "data/dataset.jsonld": "All graphs as JSON-LD.",
    "data/dataset.nq": "All graphs as canonical N-Quads (RDFC-1.0); its SHA-256 is their digest.",
    "data/dataset.trig": "All graphs as TriG.",
    "data/dataset.ttl": "All that is written as Turtle, without graphs and what is computed.",
    "data/nanopublications.trig": "One nanopublication for each claim.",
    "data/ontology.ttl": "The vocabularies and the matches with others.",
    "data/queries.ttl": "The canned queries.",
    "data/shapes.ttl": "The rules, as SHACL shapes.",
    "changes.json": "What changed since the version before, for programs.",
    "CHANGES.md": "What changed since the version before.",
    "report.json": "What validation found, and what it could not check.",
}


def build_release(plan: Plan, *, key: bytes = b"", password: str = "") -> Iterator[File]:
    """The files of a release, the list of checksums last, or its signature if there is a key.

    The data products of a build, nanopublications, what changed, and the release's
    description for catalogues, search engines, citation managers and research archives. The same
    plan gives the same bytes. Raises MesokgError (``release-refused`` for a plan with
    refusals), ConfigError (``config-value``) and InputError (``key-unusable``).
    """
    if plan.refusals.findings:
        raise MesokgError(
            f"{plan.version} cannot be released: {plan.refusals.findings[0].message}",
            code="release-refused",
            hint="the plan's refusals say what must be put right",
        )
    _require_licence(plan)
    if key:
        sign(b"", key, password=password)  # before any work is done
    listing = []
    for file in _files(plan):
        listing.append(f"{hashlib.sha256(file.data).hexdigest()}  {file.path}\n")
        yield file
    checksums = "".join(sorted(listing, key=lambda line: line[66:])).encode()
    yield File(CHECKSUMS, checksums)
    if key:
        yield File(SIGNATURE, sign(checksums, key, password=password))


def write_release(folder: Path, files: Iterable[File]) -> int:
    """Write a release in one step and say how many files it has; never over anything.

    Raises UsageError (``release-exists``) and MesokgError (``write-failed``).
    """
    _refuse_existing(folder)
    parent = folder.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(dir=parent, prefix=".release."))
    except OSError as error:
        raise _failed(folder, error) from error
    try:
        count = write_tree(workshop / "files", files)
        _refuse_existing(folder)
        (workshop / "files").rename(folder.absolute())
    except OSError as error:
        _refuse_existing(folder)  # somebody else was faster
        raise _failed(folder, error) from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return count


def _refuse_existing(folder: Path) -> None:
    there = os.path.lexists(folder)
    empty = there and folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())
    if there and not empty:
        raise UsageError(
            f"{folder}: is there already; a release is never written over",
            code="release-exists",
            hint="choose a new version and a new folder",
        )


def _failed(folder: Path, error: OSError) -> MesokgError:
    return MesokgError(
        f"{folder}: cannot be written ({error.strerror or error})",
        code="write-failed",
        hint="nothing was written; name another place with -o",
    )


def _require_licence(plan: Plan) -> None:
    """A licence in the configuration is an address, so that everybody finds its text."""
    licence = plan.project.licence
    try:
        ox.NamedNode(licence or "http://none")
    except ValueError:
        fits = False
    else:
        fits = not licence or licence.startswith(("http://", "https://"))
    if not fits:
        raise ConfigError(
            f"{plan.project.config}: project.licence is {licence!r}, which is no address",
            code="config-value",
            hint="write the licence's address, such as https://creativecommons.org/licenses/by/4.0/",
        )


# --- the files -------------------------------------------------------------------------------


def _files(plan: Plan) -> Iterator[File]:
    """All files but the list of checksums; those that list others come after these."""
    entries: list[FileEntry] = []
    for file in _content(plan):
        entries.append(_entry(file))
        yield file
    about = _described(plan, entries)
    for file in _descriptions(about):
        entries.append(_entry(file))
        yield file
    entries.sort(key=lambda entry: entry.path)
    crate = File("ro-crate-metadata.json", ro_crate(_with_files(about, entries)))
    yield crate
    entries.append(_entry(crate))
    yield File("index.json", _index(about, plan, entries))


def _content(plan: Plan) -> Iterator[File]:
    yield from data_files(plan.dataset, plan.report, plan.project)
    yield File("data/nanopublications.trig", nanopublications(plan.dataset))
    yield File("CHANGES.md", _notes(plan).encode())
    yield File("changes.json", render_changes(plan.changes, "json").encode())


def _notes(plan: Plan) -> str:
    since = f"Since {plan.previous.version}." if plan.previous else "The first release."
    text = render_changes(plan.changes, "markdown")
    return f"# {plan.version} ({plan.issued.isoformat()})\n\n{since}\n\n{text}"


def _entry(file: File) -> FileEntry:
    suffix = PurePosixPath(file.path).suffix
    return FileEntry(
        file.path,
        _MEDIA_TYPES[suffix],
        len(file.data),
        hashlib.sha256(file.data).hexdigest(),
        _ABOUT.get(file.path, ""),
    )


def _described(plan: Plan, entries: list[FileEntry]) -> Description:
    notes = "The first release."
    if plan.previous:
        many = len(plan.changes.items)
        notes = f"Since {plan.previous.version}: {many} changes ({plan.changes.level})."
    return describe_release(
        plan.dataset,
        plan.project,
        version=plan.version,
        issued=plan.issued,
        files=entries,
        graphs=_graphs(plan.dataset, [e.path for e in entries if e.path.startswith(_GRAPHS)]),
        previous=str(plan.previous.version) if plan.previous else "",
        notes=notes,
        commit=plan.commit,
        findings=[(s.label, plan.report.count(s)) for s in sorted(Severity, reverse=True)],
        digest=next(e.sha256 for e in entries if e.path == "data/dataset.nq"),
    )


_GRAPHS: Final = "data/graphs/"


def _graphs(dataset: Dataset, paths: list[str]) -> Iterator[GraphEntry]:
    """The named graphs; their files are made in the order of their IRIs."""
    names = labels(dataset)
    named: dict[ox.NamedNode, list[ox.Triple]] = {}
    for quad in dataset.quads:
        if isinstance(quad.graph_name, ox.NamedNode):
            named.setdefault(quad.graph_name, []).append(quad.triple)
    voices = {
        quad.subject: quad.object.value
        for quad in dataset.quads
        if quad.predicate.value == NS + "voice" and isinstance(quad.object, ox.NamedNode)
    }
    for graph, path in zip(sorted(named, key=str), paths, strict=True):
        triples = named[graph]
        lines = serialize_triples(triples, "ntriples", dataset.prefixes)
        yield GraphEntry(
            graph.value,
            names.get(graph.value, graph.value),
            len(triples),
            hashlib.sha256(lines).hexdigest(),
            path,
            voices.get(graph, ""),
        )


def _descriptions(about: Description) -> Iterator[File]:
    triples = catalogue(about)
    prefixes = PREFIXES
    quads = tuple(ox.Quad(*triple) for triple in triples)
    yield File("catalogue.ttl", serialize_triples(triples, "turtle", prefixes))
    context = prefix_context(prefixes)
    yield File("catalogue.jsonld", to_jsonld(Dataset(quads, prefixes), context))
    yield File("schema-org.jsonld", schema_org(about))
    yield File("CITATION.cff", citation(about))
    yield File("README.md", _readme(about).encode())


def _with_files(about: Description, entries: list[FileEntry]) -> Description:
    return replace(about, files=tuple(entries))


def _index(about: Description, plan: Plan, entries: list[FileEntry]) -> bytes:
    said = {
        "project": {
            "name": about.name,
            "title": about.title,
            "version": about.version,
            "base": about.base,
            "licence": about.licence,
            "publisher": about.publisher.name,
        },
        "mesokg": __version__,
        "release": {
            "version": about.version,
            "iri": about.iri,
            "issued": about.issued.isoformat(),
            "previous": about.previous,
            "change": plan.changes.level if plan.previous else "first",
            "commit": about.commit,
        },
        "dataset": {
            "digest": about.digest,
            "quads": about.triples,
            "graphs": len(about.graphs),
        },
        "graphs": [
            {"iri": g.iri, "triples": g.triples, "digest": g.digest, "file": g.file}
            for g in about.graphs
        ],
        "files": [
            {"path": e.path, "mediaType": e.media_type, "bytes": e.bytes, "sha256": e.sha256}
            for e in sorted(entries, key=lambda entry: entry.path)
        ],
    }
    return f"{json.dumps(said, ensure_ascii=False, indent=2)}\n".encode()


def _readme(about: Description) -> str:
    cited = ", ".join(agent.name for agent in about.creators)
    lines = [
        f"# {about.title}",
        "",
        f"Version {about.version}, {about.issued.isoformat()}. {about.text}",
        "",
        f"**{CAUTION}**",
        "",
        f"* All of it: `data/dataset.trig`, `.nq`, `.jsonld`; one graph at a time: `{_GRAPHS}`.",
        "* Claims one by one: `data/claims.csv`, `data/claims.jsonld`, "
        "`data/nanopublications.trig`.",
        "* What changed: `CHANGES.md`. What validation found: `report.json`.",
        "* Descriptions: `catalogue.ttl` (DCAT, VoID, PROV), `schema-org.jsonld`, "
        "`ro-crate-metadata.json`, `CITATION.cff`.",
        "",
        "Check it with `mesokg verify .`, or with `sha256sum -c SHA256SUMS`.",
        "",
        f"Cite it as: {cited} ({about.issued.year}): {about.title}, version {about.version}. "
        f"<{about.iri}>",
    ]
    if about.licence:
        lines += ["", f"Licence: <{about.licence}>"]
    return "\n".join(lines) + "\n"
