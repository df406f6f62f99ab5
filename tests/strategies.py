"""Hypothesis strategies: terms, statements and datasets, as hostile as RDF allows."""

from __future__ import annotations

import pyoxigraph as ox
from hypothesis import strategies as st

from mesokg.dataset import Dataset
from mesokg.terms import NS, STANDARD_PREFIXES, VOCABULARY_BASE, Prefixes, project_prefixes

BASE = "https://example.org/kg/"
XSD = STANDARD_PREFIXES["xsd"]

#: What has brought parsers, terminals, regular expressions and spreadsheets down.
HOSTILE = (
    "",
    "\\",
    "\\1\\g<0>",
    "{?value}{?this}{$path}",
    "\ue000value\ue001",
    "[(*+?",
    "'; DROP TABLE claims; --",
    '"""',
    "=cmd()",
    "\x00\x1b[31m\x07",
    "\u202eabc\u2066",
    "\U0001f600\u0301",
    "\ud7ff\ufffe\U0010ffff",
    "a\r\nb\tc",
    "e\u0301",
    "<script>",
    "x" * 5000,
)

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20),
)
_XSD_NAMES = (
    "boolean byte date dateTime dayTimeDuration decimal double duration float gYear integer string "
    "anyURI hexBinary nonNegativeInteger time"
)
_DATATYPES = (
    *(XSD + name for name in _XSD_NAMES.split()),
    STANDARD_PREFIXES["rdf"] + "HTML",
    "https://example.org/no-type",
)
_LEXICAL = st.one_of(
    texts,
    st.sampled_from(
        (
            *("1", "01", "-0", "1.50", "INF", "NaN", "1e400", "true", "TRUE", "9" * 5000),
            *(
                "2012",
                "0000",
                "-0044",
                "2012-02-30",
                "2012-01-01T24:00:00Z",
                "P1Y",
                "P",
                "25:61:00",
            ),
        )
    ),
)
literals = st.one_of(
    texts.map(ox.Literal),
    st.builds(lambda text, tag: ox.Literal(text, language=tag), texts,
              st.sampled_from(("en", "eng", "xx", "de-at", "x-private", "i-klingon"))),
    st.builds(lambda text, name: ox.Literal(text, datatype=ox.NamedNode(name)), _LEXICAL,
              st.sampled_from(_DATATYPES)),
)  # fmt: skip

_THINGS = (
    *(f"{BASE}{kind}/{n}" for kind in ("claim", "article", "work", "ev", "ref") for n in "ab"),
    f"{BASE}claim/A_b",
    f"{BASE}cliam/a",
    f"{BASE}graph/text",
    f"{VOCABULARY_BASE}direction/supports",
    f"{VOCABULARY_BASE}text-rights/anchors",
    f"{NS}increases",
    "https://orcid.org/0000-0002-1825-0097",
    "https://example.org/\u00e9",
)
_CLASSES = ("Claim", "Article", "Work", "EvidenceLine", "Reference", "Issue", "Finding", "Nonsense")
_OUR_NAMES = (
    "quote hedgeWords start end statedIn occursIn listedIn subject relation object kind direction "
    "hedge evidence citation denotes resolvesTo year authors textRights sha256 length ordinal "
    "field concerns printed value unit participants text nonsense"
)
_PROPERTIES = (
    *(NS + name for name in _OUR_NAMES.split()),
    *(STANDARD_PREFIXES["rdfs"] + name for name in ("label", "comment", "subClassOf")),
    *(STANDARD_PREFIXES["skos"] + name for name in ("prefLabel", "broader", "related")),
    *(STANDARD_PREFIXES["rdf"] + name for name in ("tpye", "value")),
    STANDARD_PREFIXES["owl"] + "deprecated",
    STANDARD_PREFIXES["bibo"] + "isbn13",
    STANDARD_PREFIXES["sh"] + "targetClass",
)

iris = st.sampled_from(_THINGS).map(ox.NamedNode)
blanks = st.sampled_from("abc").map(ox.BlankNode)
graphs = st.sampled_from(
    (ox.DefaultGraph(), ox.NamedNode(f"{BASE}graph/data/a"), ox.NamedNode(f"{BASE}graph/text"))
)
_typed = st.builds(
    ox.Quad,
    iris | blanks,
    st.just(ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")),
    st.sampled_from(_CLASSES).map(lambda name: ox.NamedNode(NS + name)),
    graphs,
)
_said = st.builds(
    ox.Quad,
    iris | blanks,
    st.sampled_from(_PROPERTIES).map(ox.NamedNode),
    iris | blanks | literals | literals,
    graphs,
)
quads = _typed | _said


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """A dataset of the example project: typed things with anything said about them."""
    found = draw(st.lists(quads, max_size=25))
    return Dataset(
        tuple(dict.fromkeys(found)),
        project_prefixes(BASE),
        BASE,
        merged=frozenset({ox.NamedNode(f"{BASE}graph/data/a")}),
    )


# --- anything at all, for modules that must not care what a statement means -------------------


def _iri(text: str) -> ox.NamedNode | None:
    try:
        return ox.NamedNode(text)
    except ValueError:
        return None


slugs = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)
wild_iris = (
    st.builds(
        str.__add__,
        st.sampled_from(
            ("http://e/", "http://e/ns#", "urn:x:", "https://example.org/a/", "file:///")
        ),
        st.text("abzAZ019-._~:/?#[]@!$&'()*+,;=%\u00e9\u00b7\u0300\u6f22\U00010000", max_size=8),
    )
    .map(_iri)
    .filter(bool)
)
graph_names = st.just(ox.DefaultGraph()) | wild_iris | blanks
triples = st.builds(
    ox.Triple, wild_iris | blanks, wild_iris, wild_iris | blanks | literals | literals
)
wild_quads = st.builds(
    lambda triple, graph: ox.Quad(triple.subject, triple.predicate, triple.object, graph),
    triples,
    graph_names,
)
prefix_tables = st.dictionaries(
    st.sampled_from(("", "e", "ns", "x", "a-b.c", "a b", "1")),
    st.sampled_from(("http://e/", "http://e/ns#", "urn:x:", "https://example.org/a/")),
)


@st.composite
def wild_datasets(draw: st.DrawFn) -> Dataset:
    """A dataset of anything, some of its graphs merged into the default graph."""
    found = draw(st.lists(wild_quads, max_size=12))
    names = sorted(
        {quad.graph_name for quad in found if isinstance(quad.graph_name, ox.NamedNode)}, key=str
    )
    merged = draw(st.sets(st.sampled_from(names))) if names else set()
    return Dataset(
        tuple(dict.fromkeys(found)),
        Prefixes(draw(prefix_tables)),
        merged=frozenset(merged),
    )


# --- Turtle and TriG as people and programs write it -------------------------------------------

#: What the prefixes of `turtle_texts` stand for.
TURTLE_HEAD = (
    "@prefix e: <http://e/> . PREFIX : <http://e/ns#>\n@prefix a.b-c: <urn:x:> .\n"
    "BASE <http://base.org/a/b>\n"
)
_WRITTEN_IRIS = st.sampled_from(
    (
        *("<http://e/a>", "<http://e/\\u0062>", "<http://e/\\U0001F600>", "<http://é/ü?x=%41#y>"),
        *("<>", "<#x>", "<../c>", "<?q>", "</d/./e>", "<//host/x>", "<urn:isbn:1>", "<a/b:c>"),
        *("e:a", "e:", ":", ":x", "a.b-c:d", "e:a.b", "e:a..b", "e:1", "e:-x".replace("-", "\\-")),
        *(
            "e:%41b",
            "e:a\\,b",
            "e:a\\.",
            "e:a\\;b\\/c",
            "e:a:b:",
            "e:_",
            "e:é·",
            "e:漢\u0301x",
            ":a",
        ),
        *("e:true", "e:prefix", "e:\U00010000"),
    )
)
_WRITTEN_BLANKS = st.sampled_from(
    ("_:a", "_:b", "_:b1", "_:0", "_:a.b", "_:a..b", "_:é", "[]", "[ ]", "[#c\n]")
)
_STRING_BODIES = st.lists(
    st.sampled_from(
        (
            *(
                "a",
                "b c",
                ".",
                ";",
                "#",
                "é",
                "漢",
                "\U0001f600",
                "\\n",
                "\\t",
                '\\"',
                "\\'",
                "\\\\",
            ),
            *(
                "\\u00e9",
                "\\U0001F600",
                "<x>",
                "[",
                "]",
                "{|",
                "e:a ",
                "@en",
                "\u2028",
                "\x85",
                "\x00",
            ),
        )
    ),
    max_size=4,
).map("".join)
_LONG_BODIES = st.lists(
    _STRING_BODIES
    | st.sampled_from(("\n", "\r\n", '"a', '""a', "'a", "''a", "\n@prefix x: <y> .\n")),
    max_size=3,
).map("".join)
_WRITTEN_STRINGS = st.one_of(
    _STRING_BODIES.map('"{}"'.format),
    _STRING_BODIES.map("'{}'".format),
    _LONG_BODIES.map(lambda body: '"""' + body + '"""'),
    _LONG_BODIES.map(lambda body: "'''" + body + "'''"),
)
_SUFFIXES = st.sampled_from(
    ("", "", "@en", "@EN-us", "@x-y1", "@prefix", "@ar--rtl", " @de", "^^e:d", "^^<#t>", " ^^ :x")
)
_WRITTEN_NUMBERS = st.sampled_from(
    ("1", "01", "-1", "+0", "1.5", "-.5", "1e5", "1.e5", ".5E-3", "+1.0e+0", "true", "false")
)
_WRITTEN_VALUES = st.one_of(
    _WRITTEN_IRIS,
    _WRITTEN_IRIS,
    _WRITTEN_BLANKS,
    _WRITTEN_NUMBERS,
    st.builds(str.__add__, _WRITTEN_STRINGS, _SUFFIXES),
)
_GAPS = st.sampled_from((" ",) * 6 + ("\n", "\n    ", "\t", "\r\n", "  ", " # . ' \" <\n", "#\n"))


@st.composite
def _predicate_lists(draw: st.DrawFn, depth: int) -> list[str]:
    pieces: list[str] = []
    for n in range(draw(st.integers(1, 3))):
        pieces += [";"] * (n and draw(st.integers(1, 2)))
        pieces.append(draw(st.just("a") | _WRITTEN_IRIS))
        for m in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
            pieces += [","] * (m > 0)
            pieces += draw(_objects(depth))
            pieces += draw(_annotations(depth))
    return pieces + [";"] * draw(st.sampled_from((0, 0, 1, 2)))


@st.composite
def _annotations(draw: st.DrawFn, depth: int) -> list[str]:
    kind = draw(st.sampled_from("------------~b2"))
    if kind == "-" or depth < 1:
        return []
    if kind == "~":
        return ["~", *draw(st.sampled_from(([], ["e:r"], ["_:r"])))]
    block = ["{|", *draw(_predicate_lists(depth - 2)), "|}"]
    return block if kind == "b" else ["~", "e:r", *block, *block]


@st.composite
def _objects(draw: st.DrawFn, depth: int) -> list[str]:
    kind = draw(st.sampled_from("vvvvvvv[((<t")) if depth > 0 else "v"
    if kind == "[":
        return ["[", *draw(_predicate_lists(depth - 1)), "]"]
    if kind == "(":
        members = draw(st.lists(_objects(depth - 1), max_size=3))
        return ["(", *(piece for member in members for piece in member), ")"]
    if kind == "<":
        return draw(_reified(depth))
    if kind == "t":
        return ["<<(", "e:s", "e:p", draw(_WRITTEN_NUMBERS | _WRITTEN_IRIS), ")>>"]
    return [draw(_WRITTEN_VALUES)]


@st.composite
def _reified(draw: st.DrawFn, depth: int) -> list[str]:
    subject = draw(_reified(depth - 1)) if depth > 1 and draw(st.booleans()) else ["e:s"]
    value = draw(
        st.sampled_from((["e:o"], ["[]"], ["_:o"], ["1"], ["<<(", ":s", "a", ":o", ")>>"]))
    )
    name = draw(st.sampled_from(([], ["~"], ["~", "e:r"], ["~", "_:r"])))
    return ["<<", *subject, draw(_WRITTEN_IRIS), *value, *name, ">>"]


@st.composite
def _turtle_units(draw: st.DrawFn) -> list[str]:
    kind = draw(st.sampled_from("sssss[(<d"))
    predicates = draw(_predicate_lists(2))
    if kind == "[":
        inner = ["[", *draw(_predicate_lists(1)), "]"]
        return [*inner, *draw(st.sampled_from(([], predicates))), "."]
    if kind == "(":
        members = draw(st.lists(_objects(1), max_size=2))
        return ["(", *(piece for member in members for piece in member), ")", *predicates, "."]
    if kind == "<":
        return [*draw(_reified(2)), *draw(st.sampled_from(([], predicates))), "."]
    if kind == "d":
        directives = ("@prefix e: <http://e/> .", "prefix f: <#f>", "Base <http://base.org/a/b>")
        return [draw(st.sampled_from((*directives, 'VERSION "1.2"', "@version '1.2' .")))]
    return [draw(_WRITTEN_IRIS | _WRITTEN_BLANKS), *predicates, "."]


@st.composite
def _trig_units(draw: st.DrawFn) -> list[str]:
    inside = draw(st.lists(_turtle_units(), max_size=3))
    inside = [unit for unit in inside if unit[-1] == "." and len(unit) > 1]
    pieces = [piece for unit in inside for piece in unit]
    # pyoxigraph wants a dot after a lone reified triple, the grammar does not.
    if pieces and pieces[-2] != ">>" and draw(st.booleans()):
        pieces.pop()
    name = draw(
        st.sampled_from(([], ["GRAPH", "e:g"], ["graph", "[]"])) | _WRITTEN_IRIS.map(lambda g: [g])
    )
    return [*name, "{", *pieces, "}"]


def _may_touch(before: str, after: str) -> bool:
    """Whether two tokens need nothing between them."""
    if before[-1] in "\"'" and after[0] in "\"'":
        return False
    if after == "." and before[-1] in "]>)\"'}":
        return True
    return after[0] in ";,])<" and before not in {"<<", "<"} and after != ")>>"


@st.composite
def _spaced(draw: st.DrawFn, pieces: list[str]) -> str:
    text: str = ""
    for n, piece in enumerate(pieces):
        touching = n > 0 and _may_touch(pieces[n - 1], piece) and draw(st.booleans())
        text += ("" if touching else draw(_GAPS)) + piece
    return text + "\n"


@st.composite
def turtle_texts(draw: st.DrawFn, format: str = "turtle") -> str:
    """Statements in all the spellings that Turtle 1.2 (or TriG 1.2) has, oddly spaced."""
    units = _turtle_units() | _trig_units() if format == "trig" else _turtle_units()
    made = draw(st.lists(units, max_size=4))
    return TURTLE_HEAD + draw(_spaced([piece for unit in made for piece in unit]))


@st.composite
def mutated(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with a few letters deleted, put in or replaced."""
    text: str = draw(texts)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        gone = draw(st.sampled_from((0, 0, 1, 1, 2, 10)))
        new = draw(
            st.sampled_from(("", *".;,[](){}<>\"'\\#@:^~|_ \n\ra1-+é", '"""', "<<", "{|", ")>>"))
        )
        text = text[:at] + new + text[at + gone :]
    return text
