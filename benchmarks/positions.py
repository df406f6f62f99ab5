"""Does mesokg.syntax read every Turtle file below some folders as pyoxigraph does, and how fast?

    python benchmarks/positions.py FOLDER…

Looks at files that end with .ttl, .trig, .nt, .nq and, in a bare Git repository, at
such blobs of HEAD. For each file: statement i must be pyoxigraph's quad i, tokens
must be the text, a file that pyoxigraph refuses must have problems. Prints what
differs, counts, and the speed of each reader. The exit code is the number of
differences, at most 100.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from mesokg.errors import InputError
from mesokg.syntax import chunks, find, recover, statements, tokens, unused_prefixes

FORMATS = {".ttl": "turtle", ".trig": "trig", ".nt": "ntriples", ".nq": "nquads"}
PARSERS = {
    "nquads": ox.RdfFormat.N_QUADS,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "trig": ox.RdfFormat.TRIG,
    "turtle": ox.RdfFormat.TURTLE,
}
NIL = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#nil")
BASE = "http://example.org/base/"


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the RDF files below a folder or in the HEAD of a bare repository."""
    if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
        git = ["git", "-C", str(folder)]
        listing = subprocess.run(
            [*git, "ls-tree", "-r", "-z", "HEAD"], capture_output=True, check=True
        )
        for line in listing.stdout.decode().split("\0")[:-1]:
            about, name = line.split("\t", 1)
            if Path(name).suffix in FORMATS:
                blob = [*git, "cat-file", "blob", about.split()[2]]
                done = subprocess.run(blob, capture_output=True, check=False)
                if done.returncode == 0:  # a stored snapshot may lack its largest files
                    yield name, done.stdout
        return
    for path in sorted(folder.rglob("*")):
        if path.suffix in FORMATS and path.is_file():
            yield str(path), path.read_bytes()


def is_same(ours: list[ox.Quad], theirs: list[ox.Quad]) -> bool:
    """Whether two lists hold the same quads in the same order, but for labels of blank nodes."""
    there: dict[object, object] = {}
    back: dict[object, object] = {}

    def alike(one: object, other: object) -> bool:
        if isinstance(one, ox.BlankNode) and isinstance(other, ox.BlankNode):
            return there.setdefault(one, other) == other and back.setdefault(other, one) == one
        if isinstance(one, ox.Triple | ox.Quad) and isinstance(other, ox.Triple | ox.Quad):
            return all(alike(a, b) for a, b in zip(one, other, strict=True))
        return one == other

    return len(ours) == len(theirs) and all(map(alike, ours, theirs))


def timed(name: str, spent: Counter[str]) -> Iterator[None]:
    """A loop of one turn whose time is added to a name."""
    start = time.perf_counter()
    yield
    spent[name] += int(1e9 * (time.perf_counter() - start))


def is_lossless(text: str, format: str, spent: Counter[str]) -> bool:
    """Whether the tokens are the text; takes the time of the readers that give no quads."""
    for _ in timed("tokens", spent):
        pieces = "".join(text[token.start : token.end] for token in tokens(text))
    for _ in timed("chunks", spent):
        for _ in chunks(text, format):
            pass
    for _ in timed("unused prefixes", spent):
        unused_prefixes(text, format)
    return pieces == text


def compare(text: str, format: str, spent: Counter[str]) -> str:
    """What differs between our reading of a text and pyoxigraph's; empty when nothing does."""
    base = None if format in {"ntriples", "nquads"} else BASE
    try:
        for _ in timed("pyoxigraph", spent):
            theirs = list(ox.parse(text.encode(), format=PARSERS[format], base_iri=base))
    except SyntaxError as error:
        found = recover(text, format, base)
        return "" if found.problems else f"no problem, but pyoxigraph says {error}"
    if not is_lossless(text, format, spent):
        return "tokens lose something"
    try:
        for _ in timed("statements", spent):
            ours = [statement.quad for statement in statements(text, format, base)]
    except InputError as error:
        return f"refused: {error}"
    if not is_same(ours, theirs):
        return f"{len(ours)} quads are not pyoxigraph's {len(theirs)}"
    return compare_found(text, format, base, ours, spent)


def compare_found(
    text: str, format: str, base: str | None, ours: list[ox.Quad], spent: Counter[str]
) -> str:
    """Whether a few subjects are found with all that is said of them at the top level."""
    subjects = dict.fromkeys(q.subject for q in ours if isinstance(q.subject, ox.NamedNode))
    some = set(list(subjects)[:: max(1, len(subjects) // 100)])
    for _ in timed("find", spent):
        found = {statement.quad for statement in find(text, format, some, base)}
    # Lists and annotations say something of an IRI that is not the first of its unit.
    inner = "<<" in text or "{|" in text or "~" in text
    missing = [q for q in set(ours) - found if q.subject in some - {NIL} and not inner]
    return f"not found: {missing[0]}" if missing else ""


def main() -> None:
    """Compare, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="+", type=Path)
    spent: Counter[str] = Counter()
    count, size, wrong = 0, 0, 0
    for folder in parser.parse_args().folder:
        for name, data in files(folder):
            try:
                text = data.decode("utf-8-sig")
            except UnicodeDecodeError:
                continue
            count, size = count + 1, size + len(data)
            difference = compare(text, FORMATS[Path(name).suffix], spent)
            if difference:
                wrong += 1
                print(f"{folder}: {name}: {difference}")
    print(f"{count} files, {size / 1e6:.1f} MB, {wrong} differ")
    for name, nanoseconds in spent.most_common():
        print(f"{name:<16}{size / 1e6 / (nanoseconds / 1e9):8.1f} MB/s")
    raise SystemExit(min(wrong, 100))


if __name__ == "__main__":
    main()
