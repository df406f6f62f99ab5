"""The kinds of mistake that are tried on the flagship: systematic, and without any thought.

A kind that only says in another way what is said already is no mistake and is left out: a
scheme without its top concepts, which are top concepts of it in their own words.
"""

# ruff: noqa: E501 - a mistake is a row

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from random import Random

from mesokg.dataset import parse
from mutations import (
    CONFIG,
    Edit,
    Files,
    Kind,
    Mutant,
    add,
    append,
    at,
    choose,
    described,
    drop,
    line_of,
    mentioned,
    number,
    put,
    records,
    rename,
    spliced,
    twice,
    undeclared,
    whole,
    without_record,
)

ARTICLE = "data/articles/mhl.ttl"
REVIEWS = "data/reviews/mhl.ttl"
WORKS = "data/works/*.ttl"
CATALOG = "data/catalog.ttl"
DOMAIN = "ontology/domain/*.ttl"
MAPPINGS = "ontology/mappings.sssom.tsv"
QUERIES = "queries/list-*.rq"
ANY = "[do]*.ttl"

#: Mistakes that are not named, or not found, and why.
EXPLAINED: Mapping[str, str] = {
    "wrong: agent of a finding that is a condition": "an agent may be any entity; a query says so",
    "mapping: header that is no YAML": "the rule names the first line of the header",
    "skos: preferred label that another has": "the rule names the concepts, not their labels",
    "wrong: hash of another text": "what is wrong may as well be the text, which is named",
    "wrong: start that is a text": "Oxigraph 0.5.13 ends the process when it sorts texts and numbers",
    "wrong: voice of another graph": "what the graph says is named: any record may be the one astray",
}

KINDS: list[Kind] = []


def kind(group: str, name: str, edit: Edit) -> None:
    KINDS.append(Kind(f"{group}: {name}", edit, group))


# --- edits that need more than an expression ------------------------------------------------


def _uncatalogued(files: Files, rng: Random) -> Mutant:
    """A graph taken out of the catalogue: what is left is the file."""
    name = "data/works/lucas-2001"
    mutant = without_record(CATALOG, f"{name}> a")(files, rng)
    return mutant._replace(places=frozenset({(f"{name}.ttl", 1)}))


def _misnamed_graph(files: Files, rng: Random) -> Mutant:
    """A graph in the catalogue under another name: then the file has no entry."""
    name = "data/works/lucas-2001"
    mutant = at(CATALOG, rf"^<https://w3id.org/mesokg/graph/(?P<x>{name})", f"{name}s")(files, rng)
    return mutant._replace(places=mutant.places | {(f"{name}.ttl", 1)})


def _retracted(files: Files, rng: Random) -> Mutant:
    """A work retracted: what is wrong then is each line of evidence that rests on it."""
    mutant = put(WORKS, "a meso:Work", "meso:status", "status:retracted")(files, rng)
    places = {
        (ARTICLE, line_of(files[ARTICLE], record.start))
        for record in records(files, ARTICLE, "a meso:EvidenceLine")
    }
    return mutant._replace(places=frozenset(places))


def _half_translated(files: Files, rng: Random) -> Mutant:
    """One label in a second language: it is the other concepts of the scheme that lack one."""
    mutant = add(DOMAIN, "skos:Concept ;", 'skos:prefLabel "Ding"@de')(files, rng)
    text = mutant.data.decode()
    labels = re.finditer(r"skos:prefLabel", text)
    others = {(mutant.file, line_of(text, label.start())) for label in labels}
    return mutant._replace(places=mutant.places | others)


def _one_narrower_less(files: Files, rng: Random) -> Mutant:
    """One of several narrower concepts left out: it is missing in its record."""
    record, item = choose(files, rng, DOMAIN, r"skos:narrower [^;]*,", "skos:narrower")
    start = files[record.file].rindex(" ,", item.start, item.end)
    mutant = spliced(files, record.file, start, item.end, "")
    return mutant._replace(places=mutant.places | described(files, record.name))


def _commented(files: Files, rng: Random) -> Mutant:
    """The rest of a line made a comment: what stood there is missing in its record."""
    record, item = choose(files, rng, ARTICLE, "a meso:Claim", "meso:start")
    mutant = spliced(files, record.file, item.start, item.start, "# ")
    return mutant._replace(places=mutant.places | described(files, record.name))


# --- syntax --------------------------------------------------------------------------------------

OBJECT = r"(?<=[\w\"]) ;$"
kind("syntax", "no full stop at the end of a block", at(ANY, r" \.\n(?=\n[a-z]+:)", "\n", after=2))
kind("syntax", "no semicolon at the end of a line", at(ANY, OBJECT, "", after=1))
kind("syntax", "no semicolon within a line", at(ARTICLE, r" ;(?= meso:)", ""))
kind("syntax", "no opening quote", at(ANY, r'(?<=rdfs:comment )"', ""))
kind("syntax", "no closing quote", at(ANY, r'"(?=@en ;$)', ""))
kind("syntax", "no closing quote before a datatype", at(WORKS, r'"(?=\^\^xsd:gYear)', ""))
kind("syntax", "IRI not closed", at(ANY, r"(?<=\w)> (?=[.;,])", " "))
kind("syntax", "IRI not opened", at(ANY, r" <(?=https)", " "))
kind("syntax", "prefix not declared", undeclared(ANY))
kind("syntax", "prefix misspelt where it is used", at(ANY, r"(?<= )(?P<x>meso):", "mseo"))
kind("syntax", "prefix misspelt where it is declared", at(ARTICLE, r"^@prefix (?P<x>meso):", "mes"))
kind("syntax", "colon missing in a name", at(ANY, r"(?<= meso)(?P<x>:)(?=[a-z])", ""))
kind("syntax", "declaration without its full stop", at(ANY, r"(?<=>)(?P<x> \.)\n@prefix", "", 1))
kind("syntax", "declaration without its IRI", at(ANY, r"^@prefix [a-z]+: (?P<x><[^>]*>)", ""))
kind("syntax", "declaration misspelt", at(ANY, r"^@(?P<x>prefix) ", "prefx"))
kind("syntax", "escape that does not exist", at(ANY, r'(?<=")(?P<x>\w)(?=[a-z ]+"@en)', r"\q"))
kind("syntax", "escape cut short", at(ANY, r'(?<=")(?P<x>\w)(?=[a-z ]+"@en)', r"\u00e"))
kind("syntax", "escape of a surrogate", at(ANY, r'(?<=")(?P<x>\w)(?=[a-z ]+"@en)', r"\ud800"))
kind("syntax", "no-break space between names", at(ANY, r"(?<=[a-z])(?P<x> )(?=meso:)", "\xa0"))
kind("syntax", "zero-width space between names", at(ANY, r"(?<= )(?=meso:)", "\u200b"))
kind("syntax", "typographic quotes", at(ANY, r'"(?P<y>[A-Z][^"]*)"(?=@en)', "\u201cText\u201d"))
kind("syntax", "single bracket opened", at(ANY, r"(?<= )(?=kind:|scheme:)", "[ "))
kind("syntax", "single bracket closed", at(ANY, r"(?<=meso:Claim)(?= ;)", " ]"))
kind("syntax", "list not closed", at(ANY, r"(?<= )(?=kind:|scheme:)", "( "))
kind("syntax", "object missing", at(ARTICLE, r"meso:kind (?P<x>kind:\w+)", ""))
kind("syntax", "predicate missing", at(ARTICLE, r"(?P<x>meso:kind )kind:", ""))
kind("syntax", "comma for semicolon", at(ARTICLE, r" ;(?= meso:end)", " ,"))
kind("syntax", "comma at the end of a list", at(ANY, r"(?<=\w)(?= ;$)", " ,"))
kind("syntax", "two full stops", at(ANY, r" \.\n(?=\n[a-z]+:)", " . .\n"))
kind("syntax", "full stop too early", at(ANY, OBJECT, " .", after=1))
kind("syntax", "blank in a name", at(ARTICLE, r"claim:mhl(?P<x>-)c\d+ a", " "))
kind("syntax", "blank in an IRI", at(ANY, r"<https://(?P<x>[^/>]+)/[^>]", "e .org"))
kind("syntax", "brace in an IRI", at(WORKS, r"<https://[^/>]+(?P<x>/)", "/{"))
kind("syntax", "language tag with a blank", at(ANY, r'"@(?P<x>en)(?= ;)', " en"))
kind("syntax", "datatype with one circumflex", at(WORKS, r'"(?P<x>\^\^)xsd', "^"))
kind(
    "syntax", "string over the end of its line", at(ANY, r'(?<=[a-z])(?P<x> )(?=[a-z ]+"@en)', "\n")
)
kind("syntax", "number with a comma", at(WORKS, r"meso:value \d+(?P<x>\.)\d", ","))
kind("syntax", "number with a blank", at(ARTICLE, r"meso:end \d(?P<x>)\d+", " "))
kind("syntax", "comment mark in the middle of a statement", _commented)
kind("syntax", "statement without a subject", at(ARTICLE, r"^(?P<x>ev:mhl-c\d+\w?-\d )a ", ""))
kind("syntax", "marks of a merge", at(ARTICLE, r"^(?=claim:mhl-c2)", "<<<<<<< HEAD\n"))
kind("syntax", "line of a diff", at(ARTICLE, r"^(?=  meso:kind)", "+"))
kind("syntax", "control character between names", at(ANY, r"(?<= )(?=meso:)", "\x00"))
kind("syntax", "keyword in capitals", at(ARTICLE, r"mhl-c\d+ (?P<x>a) ", "A"))
kind("syntax", "bracket that begins a subject", at(ARTICLE, r"^(?=ev:mhl-c1)", "["))
kind("syntax", "SPARQL's style of declaration with a full stop",
     at(ANY, r"^(?P<x>@prefix) ", "PREFIX"))  # fmt: skip
kind("file", "byte that is not UTF-8", at(ANY, r"(?<=[a-z])(?P<x> )(?=[a-z]+)", "\udc80"))


def _truncated(files: Files, rng: Random) -> Mutant:
    file = rng.choice([file for file in files if fnmatch(file, "data/[ar]*/*.ttl")])
    record = rng.choice([record for record in records(files, file) if record.file == file])
    end = rng.randrange(record.start + 10, record.end - 3)
    text = files[file]
    first, last = line_of(text, record.start), line_of(text, end)
    places = frozenset((file, line) for line in range(first, last + 1))
    return Mutant(file, text[:end].encode(), places)


def _surrogates(files: Files, rng: Random) -> Mutant:
    mutant = at(ANY, r"(?<=[a-z])(?P<x> )(?=[a-z]+)", "\ud800")(files, rng)
    return mutant


kind("file", "cut off", _truncated)
kind("file", "lone surrogate", _surrogates)
kind("file", "UTF-16", whole(ANY, lambda text, _: text.encode("utf-16")))
kind("file", "Windows-1252", whole(ARTICLE, lambda text, _: text.encode("cp1252", "replace"), 32))
kind("file", "byte order mark", whole(ANY, lambda text, _: b"\xef\xbb\xbf" + text.encode()))
kind("file", "CR LF", whole(ANY, lambda text, _: text.replace("\n", "\r\n").encode()))
kind("file", "empty", whole(DOMAIN, lambda text, _: b""))
kind(
    "file",
    "comments only",
    whole(ARTICLE, lambda text, _: re.sub(r"^", "# ", text, flags=re.M).encode()),
)
kind("file", "binary", whole(ANY, lambda text, rng: bytes(rng.randrange(256) for _ in range(500))))
kind("file", "HTML in place of data", whole(ANY, lambda text, _: b"<!DOCTYPE html><html><body>404"))
kind("file", "prefix declared and not used",
     at(ANY, r"\A", "@prefix odd: <http://example.org/odd#> .\n"))  # fmt: skip
kind("file", "prefix declared twice with two meanings",
     at(ARTICLE, r"^(?=claim:mhl-c3\d )", "@prefix site: <https://w3id.org/mesokg/treatment/> .\n"))  # fmt: skip
kind("file", "namespace of a prefix changed",
     at(ANY, r"^@prefix dcterms: <(?P<x>[^>]*)>", "http://purl.org/dc/term/"))  # fmt: skip
kind("file", "namespace of a prefix with https",
     at(DOMAIN, r"^@prefix skos: <(?P<x>http):", "https"))  # fmt: skip
kind("file", "namespace without its hash", at(ANY, r"^@prefix rdfs: <[^>#]*(?P<x>#)>", ""))


# --- every property of every class: missing, given twice -----------------------------------------

MISSING = (
    (ARTICLE, "a meso:Article", "dcterms:title meso:sha256 meso:length meso:textRights"),
    (
        ARTICLE,
        "a meso:Claim",
        "meso:statedIn rdfs:label meso:subject meso:relation meso:object meso:kind meso:direction "
        "meso:hedge meso:textRole meso:start meso:end meso:hedgeWords",
    ),
    (ARTICLE, "a meso:EvidenceLine", "meso:citation meso:scope"),
    (ARTICLE, "a meso:InTextCitation", "meso:occursIn meso:asPrinted meso:denotes"),
    (ARTICLE, "a meso:Reference", "meso:listedIn meso:ordinal meso:asPrinted meso:resolvesTo"),
    (WORKS, "a meso:Work", "rdfs:label dcterms:title meso:year meso:design"),
    (WORKS, "a meso:Finding(.|\\n)*meso:value", "rdfs:label meso:reportedIn meso:unit"),
    (REVIEWS, "a meso:Assessment", "meso:assesses rdfs:comment"),
    (REVIEWS, "a meso:Issue", "rdfs:label meso:concerns meso:field"),
    (REVIEWS, "meso:sourceCheck check:(confirms|partly)", "meso:sourceCheck meso:checkedAgainst"),
    (CATALOG, "a void:Dataset", "dcterms:title meso:voice dcterms:creator dcterms:created"),
    (CATALOG, "a void:Dataset", "dcterms:license"),
    (DOMAIN, "skos:Concept ;", "skos:prefLabel skos:definition skos:inScheme rdfs:isDefinedBy"),
    (DOMAIN, "skos:ConceptScheme", "dcterms:title dcterms:license"),  # top concepts say so too
)
for files_, said_, predicates_ in MISSING:
    for predicate_ in predicates_.split():
        name_ = said_.partition("(")[0].removeprefix("a ").removesuffix(" ;")
        kind("missing", f"{predicate_} of {name_}", drop(files_, said_, predicate_))

TWICE = (
    (ARTICLE, "a meso:Article", "meso:sha256", f'"{"0" * 64}"'),
    (ARTICLE, "a meso:Article", "meso:length", "3402"),
    (ARTICLE, "a meso:Article", "meso:textRights", "rights:quotes"),
    (ARTICLE, "a meso:Claim", "meso:statedIn", "article:other"),
    (ARTICLE, "a meso:Claim", "meso:relation", "meso:contains"),
    (ARTICLE, "meso:kind kind:(scope|gap)", "meso:kind", "kind:harm"),
    (ARTICLE, "direction:supports", "meso:direction", "direction:disputes"),
    (ARTICLE, "hedge:asserted", "meso:hedge", "hedge:question"),
    (ARTICLE, "role:stated", "meso:textRole", "role:title"),
    (ARTICLE, "a meso:Claim", "meso:start", "1"),
    (ARTICLE, "a meso:Claim", "meso:end", "3400"),
    (ARTICLE, "a meso:Claim", "meso:quote", '"hair"@en'),
    (ARTICLE, "a meso:Claim", "rdfs:label", '"A second label."@en'),
    (ARTICLE, "scope:direct", "meso:scope", "scope:title"),
    (ARTICLE, "a meso:InTextCitation", "meso:asPrinted", '"(Anon, 1999)"'),
    (ARTICLE, "a meso:Reference", "meso:ordinal", "12"),
    (ARTICLE, "a meso:Reference", "meso:year", '"1999"^^xsd:gYear'),
    (ARTICLE, "a meso:Reference", "meso:resolvesTo", "work:lucas-2002"),
    (WORKS, "a meso:Work", "meso:year", '"1998"^^xsd:gYear'),
    (WORKS, "status:unknown", "meso:status", "status:current"),
    (WORKS, "a meso:Work(.|\\n)*meso:participants", "meso:participants", "7"),
    (WORKS, "a meso:Finding", "meso:value", "3.0"),
    (WORKS, "a meso:Finding", "meso:unit", '"kg"'),
    (REVIEWS, "level:not-ranked", "meso:level", "level:5"),
    (REVIEWS, "certainty:not-rated", "meso:certainty", "certainty:low"),
    (REVIEWS, "a meso:Issue", "meso:field", "meso:edition"),
    (CATALOG, "voice:works", "meso:voice", "voice:article"),
    (CATALOG, "a void:Dataset", "dcterms:license", "<http://creativecommons.org/publicdomain/zero/1.0/>"),
    (DOMAIN, "skos:Concept ;", "skos:prefLabel", '"a second label"@en'),
)  # fmt: skip
for files_, said_, predicate_, value_ in TWICE:
    name_ = said_.partition("(")[0].removeprefix("a ").removesuffix(" ;")
    kind("twice", f"{predicate_} of {name_}", twice(files_, said_, predicate_, value_))


# --- wrong values --------------------------------------------------------------------------------

WRONG = (
    ("relation that is none", ARTICLE, "a meso:Claim", "meso:relation", "kind:harm"),
    ("subject that is a text", ARTICLE, "a meso:Claim", "meso:subject", '"mesotherapy"@en'),
    ("object that is a text", ARTICLE, "a meso:Claim", "meso:object", '"hair"@en'),
    ("kind from another scheme", ARTICLE, "a meso:Claim", "meso:kind", "role:stated"),
    ("kind that does not exist", ARTICLE, "a meso:Claim", "meso:kind", "kind:benfit"),
    ("direction from another scheme", ARTICLE, "a meso:Claim", "meso:direction", "kind:gap"),
    ("hedge from another scheme", ARTICLE, "hedge:asserted", "meso:hedge", "scope:direct"),
    ("role from another scheme", ARTICLE, "a meso:Claim", "meso:textRole", "hedge:asserted"),
    ("article that is a claim", ARTICLE, "a meso:Claim", "meso:statedIn", "claim:mhl-c01"),
    ("article that does not exist", ARTICLE, "a meso:Claim", "meso:statedIn", "article:mlh"),
    ("start that is a text", ARTICLE, "a meso:Claim", "meso:start", '"OLD"'),
    ("start that is a decimal", ARTICLE, "a meso:Claim", "meso:start", "OLD.0"),
    ("start below zero", ARTICLE, "a meso:Claim", "meso:start", "-1"),
    ("start after the end", ARTICLE, "a meso:Claim", "meso:start", "3399"),
    ("end before the start", ARTICLE, "meso:start [1-9]\\d\\d", "meso:end", "3"),
    ("end beyond the text", ARTICLE, "a meso:Claim", "meso:end", "34010"),
    ("end with a leading zero", ARTICLE, "a meso:Claim", "meso:end", "0OLD"),
    ("quote that the text has not", ARTICLE, "a meso:Claim", "meso:quote", '"entirely invented"@en'),
    ("quote without a language", ARTICLE, "a meso:Claim", "meso:quote", '"hair"'),
    ("hedge words not in the text", ARTICLE, "hedge:suggested", "meso:hedgeWords", '"as if"@en'),
    ("evidence that does not exist", ARTICLE, "a meso:Claim", "meso:evidence", "ev:mhl-c99-1"),
    ("evidence that is a citation", ARTICLE, "a meso:Claim", "meso:evidence", "citation:mhl-01"),
    ("citation that does not exist", ARTICLE, "EvidenceLine", "meso:citation", "citation:mhl-99"),
    ("citation that is a reference", ARTICLE, "EvidenceLine", "meso:citation", "ref:mhl-1"),
    ("scope from another scheme", ARTICLE, "EvidenceLine", "meso:scope", "role:title"),
    ("reference that does not exist", ARTICLE, "InTextCitation", "meso:denotes", "ref:mhl-19"),
    ("reference that is a work", ARTICLE, "InTextCitation", "meso:denotes", "work:lucas-2001"),
    ("year in text that the list has not", ARTICLE, "mhl-0[1234] a", "meso:year", '"1987"^^xsd:gYear'),
    ("year that is no year", ARTICLE, "InTextCitation", "meso:year", '"201"^^xsd:gYear'),
    ("year that is an integer", ARTICLE, "a meso:Reference", "meso:year", "2010"),
    ("year with a month", ARTICLE, "a meso:Reference", "meso:year", '"2010-01"^^xsd:gYear'),
    ("work that does not exist", ARTICLE, "a meso:Reference", "meso:resolvesTo", "work:lucas-2011"),
    ("work that is a claim", ARTICLE, "a meso:Reference", "meso:resolvesTo", "claim:mhl-c01"),
    ("number in the list that is taken", ARTICLE, "ref:mhl-[1-8] a", "meso:ordinal", "9"),
    ("number in the list after a gap", ARTICLE, "ref:mhl-9 a", "meso:ordinal", "19"),
    ("number in the list that is zero", ARTICLE, "ref:mhl-[2-8] a", "meso:ordinal", "0"),
    ("pages other than those of the work", ARTICLE, "ref:mhl-[236] a", "meso:pages", '"1-2"'),
    ("hash of another text", ARTICLE, "a meso:Article", "meso:sha256", f'"{"a1" * 32}"'),
    ("hash in capitals", ARTICLE, "a meso:Article", "meso:sha256", f'"{"A1" * 32}"'),
    ("hash cut short", ARTICLE, "a meso:Article", "meso:sha256", '"4c0ad7d0d12babf7"'),
    ("length of another text", ARTICLE, "a meso:Article", "meso:length", "3400"),
    ("rights that do not exist", ARTICLE, "a meso:Article", "meso:textRights", "rights:some"),
    ("title without a language", WORKS, "a meso:Work", "dcterms:title", '"A title"'),
    ("year in the future", WORKS, "a meso:Work", "meso:year", '"2199"^^xsd:gYear'),
    ("year before print", WORKS, "a meso:Work", "meso:year", '"0203"^^xsd:gYear'),
    ("design that does not exist", WORKS, "a meso:Work", "meso:design", "design:randomized-trial"),
    ("design from another scheme", WORKS, "a meso:Work", "meso:design", "status:unknown"),
    ("participants below zero", WORKS, "a meso:Work", "meso:participants", "-8"),
    ("participants as a text", WORKS, "a meso:Work", "meso:participants", '"8"'),
    ("DOI as an address", WORKS, "bibo:doi", "bibo:doi", '"https://doi.org/10.1016/x"'),
    ("DOI with a blank", WORKS, "bibo:doi", "bibo:doi", '"10.1016/ x"'),
    ("DOI without its prefix", WORKS, "bibo:doi", "bibo:doi", '"j.jaad.2008.11.896"'),
    ("PubMed id with letters", WORKS, "bibo:pmid", "bibo:pmid", '"PMID 1957"'),
    ("PubMed id as a number", WORKS, "bibo:pmid", "bibo:pmid", "19577328"),
    ("ISBN with a wrong check digit", WORKS, "isbn13", "bibo:isbn13", '"9781841847008"'),
    ("ISSN with a wrong check digit", WORKS, "issn", "bibo:issn", '"0190-9623"'),
    ("unverified value that is not there", WORKS, "meso:unverified", "meso:unverified", "bibo:isbn10"),
    ("work of a finding that does not exist", WORKS, "a meso:Finding", "meso:reportedIn", "work:x-2001"),
    ("value that is an integer", WORKS, "a meso:Finding", "meso:value", "62"),
    ("value that is a text", WORKS, "a meso:Finding", "meso:value", '"62.8"'),
    ("percentage over 100", WORKS, 'meso:unit "%"', "meso:value", "628.0"),
    ("p-value without sense", WORKS, "meso:pValue", "meso:pValue", '"p < 0.05"'),
    ("unit with a language", WORKS, "meso:unit", "meso:unit", '"kg"@en'),
    ("condition that is a substance", WORKS, "meso:condition", "meso:condition", "substance:saline"),
    ("agent of a finding that is a condition", WORKS, "a meso:Finding", "meso:agent", "condition:female-pattern-hair-loss"),
    ("comparator that is the agent", "data/works/moftah*", "meso:comparator", "meso:comparator", "substance:dutasteride-solution"),
    ("evidence that is a reference", ARTICLE, "a meso:Claim", "meso:evidence", "ref:mhl-2"),
    ("claim judged that does not exist", REVIEWS, "a meso:Assessment", "meso:assesses", "claim:mhl-c99"),
    ("work judged as if it were a claim", REVIEWS, "a meso:Assessment", "meso:assesses", "work:lucas-2001"),
    ("level from another scheme", REVIEWS, "a meso:Assessment", "meso:level", "certainty:low"),
    ("level that does not exist", REVIEWS, "a meso:Assessment", "meso:level", "level:6"),
    ("certainty from another scheme", REVIEWS, "a meso:Assessment", "meso:certainty", "level:5"),
    ("level for a gap", REVIEWS, "level:not-applicable", "meso:level", "level:2"),
    ("certainty high without a trial", REVIEWS, "certainty:very-low", "meso:certainty", "certainty:high"),
    ("check from another scheme", REVIEWS, "check:partly", "meso:sourceCheck", "basis:abstract"),
    ("check that does not exist", REVIEWS, "check:partly", "meso:sourceCheck", "check:partially"),
    ("basis from another scheme", REVIEWS, "basis:abstract", "meso:checkedAgainst", "check:partly"),
    ("issue about a claim", REVIEWS, "a meso:Issue", "meso:concerns", "claim:mhl-c01"),
    ("issue about nothing known", REVIEWS, "a meso:Issue", "meso:concerns", "ref:mhl-77"),
    ("field that is a text", REVIEWS, "a meso:Issue", "meso:field", '"pages"'),
    ("name in print that is not printed", REVIEWS, "meso:printed", "meso:printed", '"Abel-Alaziz, G."'),
    ("voice that does not exist", CATALOG, "a void:Dataset", "meso:voice", "voice:nobody"),
    ("voice of another graph", CATALOG, "graph/data/articles", "meso:voice", "voice:works"),
    ("creator that is a text", CATALOG, "a void:Dataset", "dcterms:creator", '"somebody"'),
    ("date that does not exist", CATALOG, "a void:Dataset", "dcterms:created", '"2026-02-30"^^xsd:date'),
    ("date in another order", CATALOG, "a void:Dataset", "dcterms:created", '"24.11.2026"^^xsd:date'),
    ("date in the future", CATALOG, "a void:Dataset", "dcterms:created", '"2062-11-24"^^xsd:date'),
    ("date as a text", CATALOG, "a void:Dataset", "dcterms:created", '"2026-11-24"'),
    ("licence as a text", CATALOG, "a void:Dataset", "dcterms:license", '"CC BY 4.0"'),
    ("derived from nothing known", CATALOG, "data/works", "prov:wasDerivedFrom", "work:lucas-2010"),
    ("scheme that does not exist", DOMAIN, "skos:Concept ;", "skos:inScheme", "scheme:substances"),
    ("broader that does not exist", DOMAIN, "skos:broader", "skos:broader", "condition:hairloss"),
    ("broader that is itself a scheme", DOMAIN, "skos:broader", "skos:broader", "scheme:condition"),
    ("narrower that does not exist", DOMAIN, "skos:narrower", "skos:narrower", "condition:hairloss"),
    ("related that does not exist", DOMAIN, "skos:related", "skos:related", "treatment:nothing"),
    ("label without a language", DOMAIN, "skos:Concept ;", "skos:prefLabel", '"hair"'),
    ("label in two lines", DOMAIN, "skos:Concept ;", "skos:prefLabel", '"hair\\nloss"@en'),
    ("label that is empty", DOMAIN, "skos:Concept ;", "skos:prefLabel", '""@en'),
    ("defined by another scheme", DOMAIN, "substance:saline", "rdfs:isDefinedBy", "scheme:nothing"),
    ("licence of a scheme as a text", DOMAIN, "ConceptScheme", "dcterms:license", '"CC BY"'),
)  # fmt: skip
for name_, files_, said_, predicate_, value_ in WRONG:
    kind("wrong", name_, put(files_, said_, predicate_, value_))


# --- texts ---------------------------------------------------------------------------------------

TEXT = r'(?<=rdfs:label )"(?P<x>[A-Z][^"]*)"@en'
kind("text", "language missing", at(ARTICLE, r'rdfs:label "[^"]*"(?P<x>@en)', ""))
kind(
    "text",
    "language that does not exist",
    at(ANY, r'rdfs:(?:label|comment) "[^"]*"@(?P<x>en)', "xq"),
)
kind(
    "text",
    "language with an underscore or too long",
    at(ANY, r'rdfs:comment "[^"]*"@(?P<x>en)', "english-language"),
)
kind("text", "language written like a country", at(ANY, r'rdfs:comment "[^"]*"@(?P<x>en)', "uk-"))
kind("text", "blank before", at(ANY, TEXT, lambda match: f" {match['x']}"))
kind("text", "blank after", at(ANY, TEXT, lambda match: f"{match['x']} "))
kind("text", "no-break space after", at(ANY, TEXT, lambda match: f"{match['x']}\xa0"))
kind("text", "not in NFC", at(ANY, TEXT, lambda match: f"{match['x']} cafe\u0301"))
kind("text", "control character", at(ANY, TEXT, lambda match: f"{match['x']}\\u0007"))
kind(
    "text",
    "zero-width space",
    at(ANY, TEXT, lambda match: f"{match['x'][:3]}\u200b{match['x'][3:]}"),
)
kind("text", "direction override", at(ANY, TEXT, lambda match: f"\u202e{match['x']}"))
kind("text", "empty", at(ANY, TEXT, ""))
kind("text", "replacement character", at(ANY, TEXT, lambda match: f"{match['x']}\ufffd"))
kind(
    "text",
    "letters read in the wrong encoding",
    at(ANY, TEXT, lambda match: f"{match['x']} caf\u00c3\u00a9"),
)
kind("text", "copied from the article", at(ARTICLE, r'mhl-c0[3-9]\w? (?:.|\n)*?rdfs:label "(?P<x>[^"]*)"',
     "It has been suggested that the three different functions of the skin"))  # fmt: skip
kind("text", "letter of a quote changed", at(ARTICLE, r'meso:quote "\w+(?P<x>[b-d])[^"]*"', "x"))
kind("text", "letter of a quote dropped", at(ARTICLE, r'meso:quote "\w+(?P<x>[a-z])\w+ [^"]*"', ""))
kind(
    "text",
    "quote in capitals",
    at(ARTICLE, r'meso:quote "(?P<x>[a-z ]{6})', lambda m: m["x"].upper()),
)
kind("text", "quote cut in a word", at(ARTICLE, r'meso:quote "[a-z ]+[a-z](?P<x>[a-z]{2})"', ""))
kind("text", "quote with a blank after it", at(ARTICLE, r'meso:quote "[^"]*(?P<x>)"', " "))
kind(
    "text",
    "quote of more than 90 characters",
    at(ARTICLE, r'meso:quote "(?P<x>[^"]*)"', "words " * 16 + "end"),
)
kind("text", "quote of a full stop", at(ARTICLE, r'meso:quote "(?P<x>[^"]*)"', "."))
kind(
    "text",
    "letter of a pointer changed",
    at(ARTICLE, r'Citation(?:.|\n)*?meso:asPrinted "\(?(?P<x>[A-Z])', "Q"),
)
kind(
    "text",
    "letter of a reference changed",
    at(ARTICLE, r'meso:asPrinted "[A-Z]\w+(?P<x>[a-z]), ', "q"),
)
kind(
    "text",
    "start moved by one",
    at(ARTICLE, r"meso:asPrinted [^;]*; meso:start (?P<x>\d+)", number(lambda n: n + 1)),
)
kind("text", "end moved by one", at(ARTICLE, r"meso:asPrinted [^;]*; meso:start \d+ ; meso:end (?P<x>\d+)",
     number(lambda n: n - 1)))  # fmt: skip
kind(
    "text",
    "passage moved away",
    at(ARTICLE, r"role:(?:stated|title) ;", "role:stated ;\n  meso:start 2 ;"),
)
kind("text", "passage of a whole page",
     at(ARTICLE, r"meso:quote [^;]*; meso:start (?:[1-9]\d?\d?|1\d\d\d) ; meso:end (?P<x>\d+)", "3300"))  # fmt: skip
kind("text", "passage that ends before its quote", at(ARTICLE, r"meso:quote [^;]*; meso:start (?P<s>\d+) ; meso:end (?P<x>\d+)",
     lambda match: str(int(match["s"]) + 2)))  # fmt: skip
kind(
    "text",
    "author of a pointer changed",
    at(ARTICLE, r'meso:authors "(?P<x>Lucas|Moftah|Mysore)[^"]*" ; meso:year', "Nobody"),
)
kind(
    "text",
    "author of a work changed",
    at("data/works/[dk]*", r'meso:authors "(?P<x>\w+)', "Nobody"),
)


# --- names ---------------------------------------------------------------------------------------

kind(
    "name",
    "property misspelt",
    rename(ARTICLE, "a meso:Claim", "meso:hedgeWords", "meso:hedgeWord"),
)
kind(
    "name",
    "property in capitals",
    rename(ARTICLE, "a meso:Claim", "meso:textRole", "meso:TextRole"),
)
kind(
    "name",
    "property of the other vocabulary",
    rename(ARTICLE, "a meso:Claim", "rdfs:label", "dcterms:label"),
)
kind(
    "name",
    "property of Dublin Core misspelt",
    rename(WORKS, "a meso:Work", "dcterms:source", "dcterms:sources"),
)
kind("name", "property of BIBO misspelt", rename(WORKS, "a meso:Work", "bibo:doi", "bibo:DOI"))
kind(
    "name",
    "property of SKOS misspelt",
    rename(DOMAIN, "skos:Concept ;", "skos:prefLabel", "skos:prefLable"),
)
kind(
    "name",
    "property of RDFS misspelt",
    rename(REVIEWS, "a meso:Issue", "rdfs:comment", "rdfs:coment"),
)
kind(
    "name",
    "property of PROV misspelt",
    rename(CATALOG, "wasDerivedFrom", "prov:wasDerivedFrom", "prov:derivedFrom"),
)
kind("name", "class misspelt", at(ARTICLE, r"meso:(?P<x>Claim) ;", "Cliam"))
kind("name", "class of evidence misspelt", at(ARTICLE, r"meso:(?P<x>EvidenceLine)", "Evidenceline"))
kind("name", "class of works misspelt", at(WORKS, r"meso:(?P<x>Work) ;", "work"))
kind("name", "class of SKOS misspelt", at(DOMAIN, r"skos:(?P<x>Concept) ;", "concept"))
kind("name", "class missing", at(ARTICLE, r"claim:mhl-c\d+ (?P<x>a meso:Claim ; )", ""))
kind("name", "relation misspelt", at(ARTICLE, r"meso:relation meso:(?P<x>increases)", "increase"))
kind("name", "concept misspelt", at(ARTICLE, r"kind:(?P<x>mechanism)", "mechansim"))
kind("name", "substance misspelt", at(ARTICLE, r"substance:(?P<x>finasteride)\b", "finastride"))
kind("name", "datatype misspelt", at(WORKS, r"xsd:(?P<x>gYear)", "gyear"))
kind("name", "datatype of another kind", at(WORKS, r"xsd:(?P<x>gYear)", "date"))
kind("name", "datatype that does not exist", at(CATALOG, r"xsd:(?P<x>date)\b", "day"))
kind("name", "key in capitals", at(ARTICLE, r"^claim:(?P<x>mhl-c)\d+ a", "MHL-C"))
kind("name", "key with an underscore", at(WORKS, r"^work:\w+(?P<x>-)\d+ a", "_"))
kind("name", "key of another article", at(ARTICLE, r"^claim:(?P<x>mhl)-c\d+ a", "abc"))
kind(
    "name",
    "kind of thing that is unknown",
    at(WORKS, r"dcterms:source (?P<x><[^>]*>)", "<https://w3id.org/mesokg/pages/one>"),
)
kind(
    "name",
    "base with http",
    at(ARTICLE, r"meso:object (?P<x>\w+:[\w-]+)", "<http://w3id.org/mesokg/outcome/healing>"),
)
kind(
    "name",
    "prefixed name in angle brackets",
    at(ARTICLE, r"meso:kind (?P<x>kind:\w+)", "<kind:gap>"),
)
kind("name", "relative IRI", at(WORKS, r"dcterms:source (?P<x><[^>]*>)", "<page.html>"))
kind("name", "IRI without a host", at(WORKS, r"dcterms:source (?P<x><[^>]*>)", "<http:///page>"))
kind(
    "name",
    "IRI with its host in capitals",
    at(WORKS, r"dcterms:source (?P<x><[^>]*>)", "<https://Example.ORG/page>"),
)
kind(
    "name",
    "IRI of a file",
    at(WORKS, r"dcterms:source (?P<x><[^>]*>)", "<file:///home/me/page.html>"),
)
kind(
    "name",
    "IRI that is a program",
    at(WORKS, r"dcterms:source (?P<x><[^>]*>)", "<javascript:open('page')>"),
)
kind("name", "IRI that is a document", at(WORKS, r"dcterms:source (?P<x><[^>]*>)", "<data:,page>"))
kind(
    "name",
    "class that nothing defines",
    at(ARTICLE, r"a (?P<x>meso:Claim) ;", "<https://w3id.org/mesokg/ns/Claim>"),
)
kind("name", "class that is a concept", at(ARTICLE, r"a (?P<x>meso:Claim) ;", "kind:benefit"))
kind(
    "name",
    "class of BIBO misspelt",
    append("data/works/lucas*", "work:lucas-2001 a <http://purl.org/ontology/bibo/article> ."),
)
kind("name", "prefix of another namespace", at(ARTICLE, r"(?P<x>hedge):asserted", "kind"))


# --- records and files ---------------------------------------------------------------------------

kind("record", "work retracted", _retracted)
kind("record", "claim taken out", without_record(ARTICLE, "mhl-c0[1-9]\\w? a meso:Claim"))
kind("record", "evidence taken out", without_record(ARTICLE, "a meso:EvidenceLine"))
kind("record", "pointer taken out", without_record(ARTICLE, "a meso:InTextCitation"))
kind("record", "reference taken out", without_record(ARTICLE, "a meso:Reference"))
kind("record", "article taken out", without_record(ARTICLE, "a meso:Article"))
kind("record", "work taken out", without_record(WORKS, "a meso:Work"))
kind("record", "concept taken out", without_record(DOMAIN, "condition:hair-loss\\n"))
kind("record", "scheme taken out", without_record(DOMAIN, "skos:ConceptScheme"))
kind("record", "claim that nobody judged of", append(ARTICLE,
     "claim:mhl-c98 a meso:Claim ; rdfs:label \"Unfinished.\"@en ."))  # fmt: skip
kind(
    "record",
    "claim in the works' voice",
    append("data/works/lucas*", "<https://w3id.org/mesokg/claim/mhl-c98> a meso:Claim ."),
)
kind("record", "judgement in the article's voice", append(ARTICLE,
     "claim:mhl-c01 <https://w3id.org/mesokg/ns#certainty> <https://w3id.org/mesokg/certainty/low> ."))  # fmt: skip
kind("record", "level of a claim", append(REVIEWS,
     "<https://w3id.org/mesokg/claim/mhl-c01> meso:level <https://w3id.org/mesokg/level/5> ."))  # fmt: skip
kind("record", "hedge of a work", append("data/works/lucas*",
     "work:lucas-2001 meso:hedge <https://w3id.org/mesokg/hedge/asserted> ."))  # fmt: skip
kind("record", "subject of a finding",
     at(WORKS, r"(?P<x>meso:agent) substance:\S+ ; meso:(?:comparator|route)", "meso:subject"))  # fmt: skip
kind("record", "graph in the catalog that does not exist", append(CATALOG,
     '<https://w3id.org/mesokg/graph/data/works/nobody-2001> a void:Dataset ; dcterms:title "Nobody"@en ; '
     'meso:voice voice:works ; dcterms:creator agent:mesokg-contributors ; dcterms:created "2026-11-24"^^xsd:date ; '
     "dcterms:license <https://creativecommons.org/licenses/by/4.0/> ."))  # fmt: skip
kind("record", "check in the article's voice", append(ARTICLE,
     "ev:mhl-c03-1 meso:sourceCheck <https://w3id.org/mesokg/check/partly> ."))  # fmt: skip
kind("record", "work in the article's voice", append(ARTICLE,
     "work:lucas-2001 meso:status <https://w3id.org/mesokg/status/unknown> ."))  # fmt: skip
kind("record", "work defined twice", append("data/works/mysore*",
     'work:lucas-2001 a meso:Work ; rdfs:label "Lucas"@en .'))  # fmt: skip
kind("record", "concept defined twice", append("ontology/domain/site*",
     "<https://w3id.org/mesokg/treatment/mesotherapy> a meso:Treatment , skos:Concept ."))  # fmt: skip
kind("record", "claims that rest on each other", append(ARTICLE,
     "claim:mhl-c97 a meso:Claim ; meso:subject claim:mhl-c09 ; meso:relation meso:explains ; meso:object claim:mhl-c11 .\n"
     "claim:mhl-c98 a meso:Claim ; meso:subject claim:mhl-c11 ; meso:relation meso:explains ; meso:object claim:mhl-c09 ."))  # fmt: skip
kind(
    "record",
    "evidence of two claims",
    at(ARTICLE, r"meso:evidence (?P<x>ev:mhl-c05-1)", "ev:mhl-c06a-1"),
)
kind(
    "record",
    "two works with one DOI",
    at(WORKS, r'bibo:doi "(?P<x>10.1016[^"]*)"', "10.4158/EP.7.1.5"),
)
kind(
    "record",
    "the same DOI twice",
    at("data/works/lucas*", r'bibo:doi "(?P<x>[^"]*)"', "10.1016/j.jaad.2008.11.896"),
)
kind(
    "record",
    "the same PubMed id twice",
    at("data/works/lucas*", r'bibo:pmid "(?P<x>[^"]*)"', "19577328"),
)
kind("record", "graph that the catalogue forgot", _uncatalogued)
kind("record", "graph in the catalogue under another name", _misnamed_graph)
kind(
    "record",
    "object that does not fit the relation",
    at(ARTICLE, r"meso:relation meso:increases ; meso:object (?P<x>[\w:-]+)", "article:mhl"),
)
kind(
    "record",
    "claim that is about a claim",
    at(
        ARTICLE,
        r"meso:subject (?P<x>treatment:mesotherapy) ; meso:relation meso:introduces",
        "claim:mhl-c01",
    ),
)
kind(
    "record",
    "qualifier of another class",
    add(ARTICLE, "a meso:Claim", "meso:population treatment:mesotherapy"),
)
kind(
    "record",
    "site that is a substance",
    add(ARTICLE, "a meso:Claim", "meso:bodySite substance:finasteride"),
)
kind("record", "route from another scheme", add(ARTICLE, "a meso:Claim", "meso:route kind:harm"))
kind(
    "record",
    "hedge from something that is no claim",
    add(ARTICLE, "hedge:suggested", "meso:hedgeFrom article:mhl"),
)


# --- SKOS ----------------------------------------------------------------------------------------

kind(
    "skos",
    "circle of broader concepts",
    add("ontology/domain/condition*", "condition:hair-loss\\n", "skos:broader condition:alopecia"),
)
kind("skos", "broader than itself", add(DOMAIN, "skos:broader", "skos:broader SELF"))
kind("skos", "related to itself", add(DOMAIN, "skos:Concept ;", "skos:related SELF"))
kind(
    "skos",
    "related to what is broader",
    add("ontology/domain/condition*", "condition:alopecia\\n", "skos:related condition:hair-loss"),
)
kind(
    "skos",
    "broader stated that follows already",
    add(
        "ontology/domain/condition*",
        "condition:patchy-alopecia\\n",
        "skos:broader condition:hair-loss",
    ),
)
kind(
    "skos",
    "top concept with something broader",
    add("ontology/domain/substance*", "substance:medication\\n", "skos:broader substance:enzyme"),
)
kind(
    "skos",
    "top concept of a scheme it is not in",
    add(DOMAIN, "skos:broader", "skos:topConceptOf scheme:site"),
)
kind(
    "skos",
    "preferred label that another has",
    put(
        "ontology/domain/substance*",
        "substance:dutasteride\\n",
        "skos:prefLabel",
        '"finasteride"@en',
    ),
)
kind(
    "skos",
    "alternative label like the preferred",
    add("ontology/domain/substance*", "substance:dutasteride\\n", 'skos:altLabel "dutasteride"@en'),
)
kind(
    "skos",
    "hidden label like the preferred",
    add(
        "ontology/domain/substance*",
        "substance:dutasteride\\n",
        'skos:hiddenLabel "dutasteride"@en',
    ),
)
kind(
    "skos",
    "concept that is a scheme",
    at(DOMAIN, r", skos:Concept ;", ", skos:Concept , skos:ConceptScheme ;"),
)
kind(
    "skos",
    "concept of two classes",
    at(DOMAIN, r"a meso:(?P<x>Substance) ,", "Substance , meso:Treatment"),
)
kind("skos", "concept without its class", at(DOMAIN, r"a (?P<x>meso:Substance , )skos", ""))
kind(
    "skos",
    "match with its own scheme",
    add(
        "ontology/domain/substance*",
        "substance:dutasteride\\n",
        "skos:exactMatch substance:finasteride",
    ),
)
kind(
    "skos",
    "term of an old draft",
    add(DOMAIN, "skos:Concept ;", "skos:prefSymbol <https://example.org/a.png>"),
)
kind("skos", "label in a second language, once", _half_translated)
kind("skos", "narrower one way only", _one_narrower_less)
kind(
    "skos", "related one way only", drop("ontology/domain/aspect*", "skos:related", "skos:related")
)
kind(
    "skos",
    "concept left without anything above it",
    drop("ontology/domain/outcome*", "skos:broader", "skos:broader"),
)
kind("skos", "concept that nothing uses", append("ontology/domain/site*",
     "site:nowhere a meso:BodySite , skos:Concept ;\n  skos:prefLabel \"nowhere\"@en ;\n"
     "  skos:definition \"No place.\"@en ;\n  skos:broader site:skin ;\n"
     "  skos:inScheme scheme:site ;\n  rdfs:isDefinedBy scheme:site ."))  # fmt: skip
kind("skos", "notation that another has", append("ontology/domain/site*",
     'site:skin skos:notation "1" .\nsite:scalp skos:notation "1" .'))  # fmt: skip
kind("skos", "collection of texts", append("ontology/domain/site*",
     '<https://w3id.org/mesokg/site/all> a skos:Collection ; skos:member "skin" .'))  # fmt: skip


# --- mappings ------------------------------------------------------------------------------------

ROW = r"^(?:[\w-]+:[\w-]+)\t"
kind(
    "mapping",
    "prefix that is not declared",
    at(MAPPINGS, rf"{ROW}[^\t]*\t[^\t]*\t[^\t]*\t(?P<x>mesh):", "mseh"),
)
kind("mapping", "subject with an unknown prefix", at(MAPPINGS, r"^(?P<x>substance):", "substnce"))
kind(
    "mapping",
    "subject that does not exist",
    at(MAPPINGS, r"^substance:(?P<x>[\w-]+)\t", "finastride"),
)
kind("mapping", "predicate that is none", at(MAPPINGS, r"skos:(?P<x>exactMatch)", "sameAs"))
kind("mapping", "predicate misspelt", at(MAPPINGS, r"skos:(?P<x>exactMatch)", "exactmatch"))
kind("mapping", "modifier that is unknown", at(MAPPINGS, r"Match\t(?P<x>)\t", "not"))
kind(
    "mapping",
    "no label of the other concept",
    at(MAPPINGS, rf"{ROW}(?:[^\t]*\t){{4}}(?P<x>[^\t]+)\t", ""),
)
kind("mapping", "no date", at(MAPPINGS, r"\t(?P<x>2026-11-24)\t", ""))
kind("mapping", "date that does not exist", at(MAPPINGS, r"\t(?P<x>2026-11-24)\t", "2026-11-31"))
kind("mapping", "no justification", at(MAPPINGS, r"(?P<x>semapv:\w+)", ""))
kind("mapping", "cell lost", at(MAPPINGS, rf"{ROW}[^\t]*(?P<x>\t)", " "))
kind("mapping", "cell too many", at(MAPPINGS, rf"{ROW}[^\t]*(?P<x>\t)", "\t\t"))
kind("mapping", "two matches at once", at(MAPPINGS, r"^substance:finasteride\t.*CHEBI:5062\t.*\n",
     lambda match: match[0] + match[0].replace("exactMatch", "broadMatch")))  # fmt: skip
kind(
    "mapping",
    "match within one scheme",
    at(MAPPINGS, r"^substance:dutasteride\t.*\t(?P<x>mesh:\w+)\t", "substance:finasteride"),
)
kind("mapping", "column renamed", at(MAPPINGS, r"^subject_id\t.*\t(?P<x>object_label)\t", "label"))
kind("mapping", "header that is no YAML", at(MAPPINGS, r"^#curie_map:(?P<x>)$", " ["))
kind("mapping", "blank in an identifier", at(MAPPINGS, r"\tmesh:D(?P<x>0)", " "))


# --- queries and configuration -------------------------------------------------------------------

kind("query", "brace missing", at(QUERIES, r"^WHERE (?P<x>\{)$", "", after=40))
kind("query", "prefix not declared", at(QUERIES, r"^  \?\w+ a (?P<x>meso):", "mso"))
kind("query", "property misspelt", at(QUERIES, r"meso:(?P<x>statedIn)", "statedln"))
kind("query", "class misspelt", at(QUERIES, r"a meso:(?P<x>Claim)\b", "Clam"))
kind(
    "query", "rows that it has not", at(QUERIES, r"^#\+ expect: \{rows: (?P<x>[2-9]\d*)", "100000")
)
kind("query", "header that is no YAML", at(QUERIES, r"^#\+ summary: (?P<x>.*)$", "a: b: c"))
kind("config", "key misspelt", at(CONFIG, r"^(?P<x>title) =", "titel"))
kind("config", "section misspelt", at(CONFIG, r"^\[(?P<x>files)\]", "file"))
kind("config", "quote missing", at(CONFIG, r'^version = "0.1.0(?P<x>")', ""))
kind("config", "base without a slash", at(CONFIG, r"mesokg(?P<x>/)\"", ""))
kind("config", "list that is a text", at(CONFIG, r"data = (?P<x>\[.*\])", '"data/**/*.ttl"'))
kind("config", "glob that leaves the folder", at(CONFIG, r'data = \["(?P<x>data)', "../data"))
kind("config", "name missing", at(CONFIG, r"^\[project\]\nname = .*$", "[project]"))


# --- edits without any thought behind them -------------------------------------------------------


def _lines(files: Files, rng: Random) -> tuple[str, list[str], int]:
    """A file and one of its lines that is neither empty nor a comment."""
    file = rng.choice([file for file in files if file.endswith((".ttl", ".tsv"))])
    lines = files[file].split("\n")
    usable = [n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")]
    return file, lines, rng.choice(usable)


def _at_line(files: Files, file: str, lines: Sequence[str], number: int) -> Mutant:
    """A file with one line changed: what it said is missing wherever that is spoken of."""
    old, data = files[file].split("\n")[number], "\n".join(lines)
    changed = {**files, file: data}
    places = {(file, number + 1), (file, number + 2), (file, max(1, number))}
    names = re.findall(r"[\w-]+:[\w.-]*\w|<[^>]*>", old)
    subject = next(
        (line.split()[0] for line in reversed(lines[: number + 1]) if line[:1].strip()), ""
    )
    for name in (*names, subject):
        if name and name not in lines[min(number, len(lines) - 1)]:
            places |= mentioned(changed, name)
    places |= described(changed, subject) if subject[:1] not in {"#", "@"} else set()
    if old.startswith("@prefix"):
        uses = re.finditer(rf"(?<![\w.:/-]){re.escape(old.split()[1])}", data)
        places |= {(file, line_of(data, use.start())) for use in uses}
    return Mutant(file, data.encode(), frozenset(places))


def _random_line_deleted(files: Files, rng: Random) -> Mutant:
    file, lines, number = _lines(files, rng)
    return _at_line(files, file, lines[:number] + lines[number + 1 :], number)


def _random_digit(files: Files, rng: Random) -> Mutant:
    file, lines, number = _lines(files, rng)
    digits = [n for n, letter in enumerate(lines[number]) if letter.isdigit()]
    if not digits:
        return _random_digit(files, rng)
    place = rng.choice(digits)
    digit = rng.choice([d for d in "0123456789" if d != lines[number][place]])
    lines[number] = lines[number][:place] + digit + lines[number][place + 1 :]
    return _at_line(files, file, lines, number)


def _random_letter(files: Files, rng: Random) -> Mutant:
    file, lines, number = _lines(files, rng)
    place = rng.randrange(len(lines[number]))
    lines[number] = lines[number][:place] + lines[number][place + 1 :]
    return _at_line(files, file, lines, number)


def _random_swap(files: Files, rng: Random) -> Mutant:
    file = rng.choice([file for file in files if file.endswith(".ttl")])
    text = files[file]
    found = list(re.finditer(r"(?<= )[a-z]+:[\w.-]*\w(?= [;,.])", text))
    if len(found) < 2:
        return _random_swap(files, rng)
    one, other = sorted(rng.sample(found, 2), key=re.Match.start)
    data = (
        text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0]
        + text[other.end() :]
    )  # fmt: skip
    places = frozenset((file, line_of(text, match.start())) for match in (one, other))
    return Mutant(file, data.encode(), places)


RANDOM: Mapping[str, Edit] = {
    "random: digit changed": _random_digit,
    "random: letter deleted": _random_letter,
    "random: line deleted": _random_line_deleted,
    "random: two names exchanged": _random_swap,
}


def random_mutants(files: Files, count: int, seed: int) -> Iterator[tuple[str, Mutant]]:
    """Each of `RANDOM` some times; what says the same as before is no mistake and is passed over."""
    rng = Random(seed)
    for name, edit in RANDOM.items():
        made = 0
        while made < count:
            mutant = edit(files, rng)
            if not _says_the_same(mutant, files):
                made += 1
                yield name, mutant


def _says_the_same(mutant: Mutant, files: Files) -> bool:
    if not mutant.file.endswith(".ttl"):
        return mutant.data == files[mutant.file].encode()
    old = parse(files[mutant.file], "turtle", mutant.file)
    new = parse(mutant.data.decode(), "turtle", mutant.file)
    return not new.problems and set(new.quads) == set(old.quads)
