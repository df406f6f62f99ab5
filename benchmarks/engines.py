"""What validation costs, by engine: one generated graph, one set of shapes, whole processes.

Every program reads the same files and ends with the number of results it found. The figures
are CPU seconds (user and system) and the largest resident memory of each process, medians of
several runs taken in turns; `ratio` is pySHACL's CPU on the same file divided by the program's.
Programs that are not installed are left out and named. Exits with 1 if two programs find
different numbers of results, or if a bar of --bars is missed.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

E = "https://bench.example/"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SUBCLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
FAULTS = 14

#: Constraints of every common kind, a class tree, and three rules in SPARQL.
SHAPES = """
@prefix e: <https://bench.example/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:names sh:declare [ sh:prefix "e" ; sh:namespace "https://bench.example/"^^xsd:anyURI ] .

e:document a sh:NodeShape ; sh:targetClass e:Document ;
  sh:property [ sh:path e:identifier ; sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:string ;
    sh:pattern "^10\\\\.[0-9]{4}/[a-z0-9.]+$" ] ,
  [ sh:path e:title ; sh:minCount 1 ; sh:uniqueLang true ; sh:languageIn ( "en" "de" ) ;
    sh:minLength 4 ; sh:maxLength 120 ] ,
  [ sh:path e:year ; sh:datatype xsd:integer ; sh:minInclusive 1800 ; sh:maxInclusive 2100 ] ,
  [ sh:path e:created ; sh:datatype xsd:date ; sh:lessThanOrEquals e:changed ] ,
  [ sh:path e:author ; sh:minCount 1 ; sh:class e:Agent ; sh:nodeKind sh:IRI ] .

e:statement a sh:NodeShape ; sh:targetClass e:Statement ;
  sh:property [ sh:path e:source ; sh:minCount 1 ; sh:maxCount 1 ; sh:class e:Document ] ,
  [ sh:path e:about ; sh:class e:Concept ; sh:minCount 1 ;
    sh:qualifiedValueShape [ sh:class e:Measure ] ; sh:qualifiedMinCount 1 ;
    sh:qualifiedMaxCount 1 ] ,
  [ sh:path e:start ; sh:minCount 1 ; sh:datatype xsd:integer ; sh:lessThan e:end ] ,
  [ sh:path e:quote ; sh:maxLength 200 ; sh:nodeKind sh:Literal ] ,
  [ sh:path e:kind ; sh:in ( e:stated e:measured e:cited ) ; sh:maxCount 1 ] ,
  [ sh:path e:amount ; sh:or ( [ sh:datatype xsd:decimal ] [ sh:datatype xsd:string ;
    sh:minLength 1 ] ) ] .

e:within a sh:NodeShape ; sh:targetClass e:Statement ; sh:sparql [
  sh:prefixes e:names ; sh:message "ends behind its document" ;
  sh:select '''SELECT $this ?value {
    $this e:source ?d ; e:end ?value . ?d e:length ?n . FILTER(?value > ?n) }''' ] .
e:ordinals a sh:NodeShape ; sh:targetClass e:Document ; sh:sparql [
  sh:prefixes e:names ; sh:message "two statements have one ordinal" ;
  sh:select '''SELECT DISTINCT $this ?value {
    ?a e:source $this . ?b e:source $this . FILTER(?a != ?b)
    ?a e:ordinal ?value . ?b e:ordinal ?value }''' ] .
e:described a sh:NodeShape ; sh:targetClass e:Concept ; sh:property [
  sh:path e:broader ; sh:sparql [
    sh:prefixes e:names ; sh:message "broader than itself, or without a scheme" ;
    sh:select '''SELECT $this ?value {
      $this $PATH ?value . FILTER(?value = $this || NOT EXISTS { ?value e:scheme ?any }) }''' ] ] .
"""

#: What pySHACL and its like are asked to do: print the number of results.
LIKE_PYSHACL = """
import sys, warnings, logging
logging.disable(logging.CRITICAL); warnings.simplefilter("ignore")
import rdflib
from {module} import validate
data = rdflib.Graph().parse(sys.argv[1]); shapes = rdflib.Graph().parse(sys.argv[2])
_, report, _ = validate(data, shacl_graph=shapes)
print(len(list(report.subject_objects(rdflib.URIRef("http://www.w3.org/ns/shacl#result")))))
"""
SHACL_RUST = """
import sys, shacl_rust
report = shacl_rust.validate_file(sys.argv[1], sys.argv[2], experimental_index=True)
print(len(report["results"]))
"""
PYRUDOF = """
import sys, pyrudof
rudof = pyrudof.Rudof(pyrudof.RudofConfig())
suffix = sys.argv[1].rpartition(".")[2]
form = pyrudof.RDFFormat.NTriples if suffix == "nt" else pyrudof.RDFFormat.Turtle
rudof.read_data(sys.argv[1], form)
rudof.read_shacl(sys.argv[2], pyrudof.ShaclFormat.Turtle)
rudof.validate_shacl(pyrudof.ShaclValidationMode.Native, pyrudof.ShapesGraphSource.CurrentSchema)
text = rudof.serialize_shacl_validation_results(format=pyrudof.ResultShaclValidationFormat.NTriples)
print(text.count("<http://www.w3.org/ns/shacl#result> "))
"""
MESOKG = """
import json, subprocess, sys
command = [sys.executable, "-m", "mesokg", "validate", "--shapes", sys.argv[2], sys.argv[1]]
command += ["--format", "json", "--engine", "{engine}"]
done = subprocess.run(command, stdout=subprocess.PIPE)
print(len(json.loads(done.stdout)["findings"]))
"""


@dataclass(frozen=True, slots=True)
class Program:
    """A Python that validates argv[1] by argv[2] and prints how many results there are."""

    name: str
    module: str
    code: str
    python: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took: CPU seconds, megabytes, and the results it found (-1: it failed)."""

    cpu: float
    memory: float
    results: int


def programs(other: str) -> list[Program]:
    """What is compared; `other` is a Python with engines that mesokg does not use."""
    mine = sys.executable
    return [
        Program("pyshacl", "pyshacl", LIKE_PYSHACL.format(module="pyshacl"), mine),
        Program("mesokg auto", "mesokg", MESOKG.format(engine="auto"), mine),
        Program("shacl-rust", "shacl_rust", SHACL_RUST, mine),
        Program("pyrudof", "pyrudof", PYRUDOF, other),
        Program(
            "pyshacl-turbo", "pyshacl_turbo", LIKE_PYSHACL.format(module="pyshacl_turbo"), mine
        ),
    ]


# --- the graph --------------------------------------------------------------------------------


def lines(size: int, invalid: bool) -> Iterator[str]:
    """About `size` triples as N-Triples; with `invalid`, one node in a hundred is wrong."""
    for top in ("Document", "Concept", "Agent", "Statement"):
        for child in range(3):
            yield line(f"{top}{child}", SUBCLASS, iri(top))
            yield line(f"{top}{child}x", SUBCLASS, iri(f"{top}{child}"))
    yield line("Measure", SUBCLASS, iri("Concept"))
    concepts, agents = max(20, size // 200), max(5, size // 500)
    for n in range(concepts):
        yield line(f"concept/{n}", TYPE, iri("Measure" if n % 2 else f"Concept{n % 3}x"))
        yield line(f"concept/{n}", f"{E}scheme", iri("scheme"))
        if n:
            yield line(f"concept/{n}", f"{E}broader", iri(f"concept/{n // 3}"))
    for n in range(agents):
        yield line(f"agent/{n}", TYPE, iri(f"Agent{n % 3}"))
    for n in range(max(1, (size - concepts * 3 - agents) // 46)):
        fault = n // 20 % FAULTS if invalid and n % 20 == 7 else -1
        yield from document(n, concepts, agents, fault)


def document(n: int, concepts: int, agents: int, fault: int) -> Iterator[str]:
    """A document with four statements, 46 triples; `fault` is which of them is wrong."""
    me = f"document/{n}"
    facts = [
        ("identifier", text(f"10.{1000 + n % 9000}/d.{n}" if fault != 0 else "doi:ten")),
        ("title", text(f"Document {n} about things of the kind {n % 97}", "en")),
        ("title", text(f"Dokument {n}", "de" if fault != 1 else "en")),
        ("year", number(1900 + n % 120 if fault != 2 else 3000)),
        ("created", text(f"2020-0{1 + n % 9}-11" if fault != 3 else "2022-01-01", type="date")),
        ("changed", text(f"2021-0{1 + n % 9}-11", type="date")),
        ("author", iri(f"agent/{n % agents}" if fault != 4 else f"concept/{n % concepts}")),
        ("length", number(9000)),
    ]
    yield line(me, TYPE, iri(f"Document{n % 3}x"))
    for name, value in facts:
        yield line(me, E + name, value)
    for k in range(4):
        yield from statement(n, k, concepts, fault if k == 1 else -1)


def statement(n: int, k: int, concepts: int, fault: int) -> Iterator[str]:
    """One statement of a document."""
    me, first = f"document/{n}/statement/{k}", (n * 7 + k * 3) % (concepts // 2) * 2
    start = 100 + n % 50 * 10 + k
    facts = [
        ("source", iri(f"document/{n}" if fault != 5 else "nowhere")),
        ("about", iri(f"concept/{first}")),
        (
            "about",
            iri(f"concept/{first + (1 if fault != 6 else 2) if first + 2 < concepts else 1}"),
        ),
        ("start", number(start)),
        ("end", number(start + 80 if fault not in {7, 8} else (start - 1, 9999)[fault - 7])),
        ("ordinal", number(k if fault != 9 else 0)),
        ("quote", text(f"words of statement {k}" if fault != 10 else "long " * 50, "en")),
        ("kind", iri(("stated", "measured", "cited")[k % 3] if fault != 11 else "guessed")),
        ("amount", text(f"{k}.5", type="decimal") if fault != 12 else number(3)),
    ]
    if fault != 13:
        yield line(me, TYPE, iri(f"Statement{k % 3}"))
        for name, value in facts:
            yield line(me, E + name, value)
    else:
        yield line(me, TYPE, iri("Statement"))


def line(subject: str, predicate: str, value: str) -> str:
    """One statement about a thing of this benchmark."""
    return f"{iri(subject)} <{predicate}> {value} .\n"


def iri(name: str) -> str:
    """The IRI of a thing of this benchmark."""
    return f"<{E}{name}>"


def text(value: str, language: str = "", type: str = "") -> str:
    """A literal as N-Triples writes it."""
    return f'"{value}"' + (f"@{language}" if language else f"^^<{XSD}{type}>" if type else "")


def number(value: int) -> str:
    """An integer as N-Triples writes it."""
    return text(str(value), type="integer")


def write(folder: Path, size: int, invalid: bool, suffix: str) -> Path:
    """The graph as a file, N-Triples or Turtle."""
    path = folder / f"{'invalid' if invalid else 'valid'}-{size}.{suffix}"
    if suffix == "nt":
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines(size, invalid))
    else:
        source = write(folder, size, invalid, "nt")
        quads = ox.parse(path=source, format=ox.RdfFormat.N_TRIPLES)
        triples = (quad.triple for quad in quads)
        ox.serialize(triples, path, format=ox.RdfFormat.TURTLE, prefixes={"e": E, "xsd": XSD})
    return path


# --- the measuring ----------------------------------------------------------------------------


def run(program: Program, data: Path, shapes: Path, limit: int) -> Cost:
    """CPU and memory of one run, its children included."""
    command = [program.python, "-c", program.code, str(data), str(shapes)]
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(
            ["timeout", str(limit), *command], stdout=out, stderr=subprocess.DEVNULL
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read().split()
    results = int(said[-1]) if child.returncode == 0 and said else -1
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, results)


def installed(program: Program) -> bool:
    """Whether the program's engine can be imported by its Python."""
    if program.python == sys.executable:
        return importlib.util.find_spec(program.module) is not None
    test = [program.python, "-c", f"import {program.module}"]
    try:
        return subprocess.run(test, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def measure(rows: Sequence[Program], data: Path, shapes: Path, asked: argparse.Namespace) -> bool:
    """Print the table for one file; whether all programs found the same number of results."""
    costs: dict[str, list[Cost]] = {row.name: [] for row in rows}
    for turn in range(asked.runs):
        for row in rows:
            if turn < (asked.reference_runs if row.name == "pyshacl" else asked.runs):
                costs[row.name].append(run(row, data, shapes, asked.limit))
    base = statistics.median(c.cpu for c in costs["pyshacl"]) if costs.get("pyshacl") else 0.0
    for name, found in costs.items():
        if found:
            cpu = statistics.median(cost.cpu for cost in found)
            memory = statistics.median(cost.memory for cost in found)
            ratio = f"{base / cpu:9.1f}" if base else " " * 9
            results = found[0].results if found[0].results >= 0 else "failed"
            print(
                f"{data.name:<22}{name:<16}{cpu:9.2f}{memory:8.0f}{ratio}{results:>9}{len(found):>6}",
                flush=True,
            )
    counts = {cost.results for found in costs.values() for cost in found if cost.results >= 0}
    return len(counts) == 1


def main() -> int:
    """Measure, print the table, and say by the exit code whether the programs agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--kinds", nargs="+", default=["valid", "invalid"])
    parser.add_argument("--formats", nargs="+", default=["nt", "ttl"])
    parser.add_argument("--runs", type=int, default=3, help="runs of each program")
    parser.add_argument("--reference-runs", type=int, default=1, help="runs of pyshacl")
    parser.add_argument("--only", nargs="+", default=[], help="these programs alone")
    parser.add_argument("--python", default=sys.executable, help="a Python that has pyrudof")
    parser.add_argument("--limit", type=int, default=1800, help="seconds after which a run ends")
    asked = parser.parse_args()
    rows = [row for row in programs(asked.python) if not asked.only or row.name in asked.only]
    for row in rows:
        if not installed(row):
            print(f"{row.name} is not installed: left out")
    rows = [row for row in rows if installed(row)]
    agree = True
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, medians\n")
    print(f"{'file':<22}{'program':<16}{'CPU s':>9}{'MB':>8}{'ratio':>9}{'results':>9}{'runs':>6}")
    with tempfile.TemporaryDirectory() as folder:
        shapes = Path(folder) / "shapes.ttl"
        shapes.write_text(SHAPES, "utf-8")
        for size in asked.sizes:
            for kind in asked.kinds:
                for suffix in asked.formats:
                    data = write(Path(folder), size, kind == "invalid", suffix)
                    agree &= measure(rows, data, shapes, asked)
    if not agree:
        print("\nthe programs found different numbers of results")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
