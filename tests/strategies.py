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
