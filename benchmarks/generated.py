"""A generated graph of documents and statements of any size, and shapes for it.

The graph is the same whenever it is made; with faults, one document or statement in a hundred
breaks one of the shapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

E = "https://bench.example/"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SUBCLASS = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
FAULTS = 14

#: Constraints of every common kind, and a class tree.
CORE = """
@prefix e: <https://bench.example/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

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
"""
#: Three rules in SPARQL.
SPARQL = """
e:names sh:declare [ sh:prefix "e" ; sh:namespace "https://bench.example/"^^xsd:anyURI ] .

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
#: Name -> the shapes.
RULES = {"core": CORE, "sparql": CORE + SPARQL}


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
