"""The page where the data can be asked, in the browser, without a server.

This module decides what that page is given: the dataset as one packed file, the canned
queries with the choices of their parameters, labels and addresses of things, and how
large a graph may be before it is loaded only on demand or not at all. Where the scripts
were not built, the page says so.

From a disk browsers let no page fetch a file or start a worker from one; for that case
``assets/offline.js`` holds the engine and the data once more, as a script.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from mesokg.canon import serialize
from mesokg.errors import MesokgError
from mesokg.files import File
from mesokg.queries import Param, Query, load_queries
from mesokg.site.model import Site
from mesokg.site.page import Page
from mesokg.site.questions import INDEX, topic
from mesokg.terms import NS, VOCABULARY_BASE

__all__ = ["LOADED", "LOADED_ON_DEMAND", "PATH", "files", "pages"]

PATH: Final = "sparql.html"
#: Up to so many statements a page loads by itself; more take a browser about a second.
LOADED: Final = 200_000
#: Up to so many it loads when asked to; a million take about a gigabyte of memory.
LOADED_ON_DEMAND: Final = 1_000_000

_DATA: Final = "assets/data.nq.gz"
_ABOUT: Final = "assets/sparql-data.js"
#: Scripts of the site, a worker of its own, WebAssembly, and nothing from elsewhere.
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
    "connect-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'"
)
#: What stands in the editor when nobody has asked anything yet.
_FIRST: Final = """\
# What is there? The classes of things in this graph, the most frequent first.
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?class (SAMPLE(?name) AS ?classLabel) (COUNT(DISTINCT ?thing) AS ?things)
WHERE {
  ?thing a ?class .
  OPTIONAL { ?class rdfs:label ?name FILTER(LANG(?name) IN ("", "en")) }
}
GROUP BY ?class
ORDER BY DESC(?things) STR(?class)
"""


def pages(site: Site) -> Iterator[Page]:
    """The page with the editor; without the scripts, what to do instead."""
    number = len(site.derived.quads)
    there = bool(site.assets)
    yield Page(
        PATH,
        "sparql.html",
        "Ask the data",
        {
            "built": there,
            "fits": number <= LOADED_ON_DEMAND,
            "number": number,
            "most": LOADED_ON_DEMAND,
            "questions": INDEX,
        },
        section=PATH,
        description="Every statement of this graph, open to any question in SPARQL 1.1, answered "
        "in your browser.",
        scripts=(_ABOUT, "assets/sparql.js") if there and number <= LOADED_ON_DEMAND else (),
        csp=_POLICY,
        kind="SPARQL",
        trail=(("index.html", "Home"),),
        wide=True,
    )


def files(site: Site) -> Iterator[File]:
    """The scripts, the engine and the data behind the page; nothing where they were not built.

    Raises InputError (``not-writable``).
    """
    for name, content in sorted(site.assets.items()):
        yield File(f"assets/{name}", content)
    number = len(site.derived.quads)
    if not site.assets or number > LOADED_ON_DEMAND:
        return
    packed = _packed(serialize(site.derived, "nquads"))
    yield File(_DATA, packed)
    about = {
        "data": {
            "path": _DATA,
            "bytes": len(packed),
            "statements": number,
            "load": "auto" if number <= LOADED else "ask",
        },
        "merged": sorted(graph.value for graph in site.derived.merged),
        "prefixes": dict(sorted(site.prefixes.items())),
        "first": _FIRST,
        **_questions(site),
        "things": _things(site),
    }
    yield File(_ABOUT, f"window.mesokgSparql={_json(about)};\n".encode())
    offline = {
        "worker": site.assets["worker.js"].decode(),
        "wasm": base64.b64encode(site.assets["oxigraph.wasm.gz"]).decode(),
        "data": base64.b64encode(packed).decode(),
    }
    yield File("assets/offline.js", f"window.mesokgOffline={_json(offline)};\n".encode())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _packed(data: bytes) -> bytes:
    """The data as gzip that says neither when nor on which system it was made."""
    packed = bytearray(gzip.compress(data, 9, mtime=0))
    packed[9] = 255
    return bytes(packed)


# --- questions ---------------------------------------------------------------------------------


def _questions(site: Site) -> dict[str, object]:
    """The canned queries that can be read, and their groups by what they are about."""
    queries = load_queries(site.project)
    found = []
    for name in queries:
        try:
            found.append(_question(site, queries[name]))
        except MesokgError:
            continue  # the page of the questions says what is wrong with it
    groups: dict[str, list[str]] = defaultdict(list)
    for one in found:
        groups[topic(queries[str(one["name"])].tags)].append(str(one["name"]))
    return {"queries": found, "groups": sorted(groups.items())}


def _question(site: Site, query: Query) -> dict[str, object]:
    return {
        "name": query.name,
        "question": query.question,
        "summary": query.summary,
        "text": _without_header(query.text),
        "columns": dict(query.columns),
        "params": [_param(site, param) for param in query.params],
        "page": site.addresses.link(PATH, f"{site.base}query/{query.name}"),
    }


def _without_header(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("#+")]
    return "\n".join(lines).strip() + "\n"


def _param(site: Site, param: Param) -> dict[str, object]:
    """A parameter with the IRI of what its values are taken from."""
    return {
        "name": param.name,
        "type": param.type,
        "about": param.about,
        "required": param.required,
        "default": param.default,
        "scheme": _named(site, param.scheme, f"{VOCABULARY_BASE}scheme/") if param.scheme else "",
        "class": _named(site, param.class_, NS) if param.class_ else "",
    }


def _named(site: Site, word: str, namespace: str) -> str:
    """The IRI of a scheme or class that a header names, as `mesokg.queries` reads it."""
    return site.prefixes.expand(word) or (word if ":" in word else namespace + word)


# --- things ------------------------------------------------------------------------------------


def _things(site: Site) -> dict[str, object]:
    """Labels and pages of everything that has one, grouped by the start of its IRI.

    A page lies where its IRI says, or it is listed by itself.
    """
    bases = sorted({site.base, VOCABULARY_BASE}, key=lambda base: (-len(base), base))
    groups: dict[tuple[str, bool], dict[str, str]] = defaultdict(dict)
    paths = {}
    for iri in sorted(site.labels.keys() | site.outgoing.keys()):
        if iri.startswith("_:"):
            continue
        label = site.labels.get(iri, "")
        page = site.addresses.link(PATH, iri) if iri in site.addresses else ""
        plain = bool(page) and page == _ruled(iri, bases)
        if page and not plain:
            paths[iri] = page
        if label or plain:
            cut = max(iri.rfind("/"), iri.rfind("#")) + 1
            groups[iri[:cut], plain][iri[cut:]] = label
    return {
        "bases": bases,
        "groups": [[start, int(plain), names] for (start, plain), names in sorted(groups.items())],
        "paths": paths,
    }


def _ruled(iri: str, bases: Sequence[str]) -> str:
    """Where a page lies by the rule that the script knows, too."""
    for base in bases:
        if iri.startswith(base):
            document, mark, fragment = iri[len(base) :].partition("#")
            return f"{document}.html{mark}{fragment}"
    return ""
