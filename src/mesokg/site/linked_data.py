"""The same page for machines: Turtle, JSON-LD and N-Triples beside the HTML.

This module decides what belongs to a document: what is said about its thing (and, in
a hash namespace, about each of its terms) and what points at it, from all graphs, the
derived ones too. All three files hold the same triples, so that it does not matter
which one a reader takes.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pyoxigraph as ox

from mesokg.canon import serialize_triples
from mesokg.dataset import FORMATS, Dataset, Term
from mesokg.files import File, read_bytes
from mesokg.jsonld import to_jsonld
from mesokg.project import context_file
from mesokg.site.model import Site
from mesokg.site.page import Page
from mesokg.terms import STANDARD_PREFIXES

__all__ = ["DATA_FORMATS", "LinkedData"]

#: Suffix -> media type and name, in the order in which pages offer them.
DATA_FORMATS: Final[Mapping[str, tuple[str, str]]] = {
    ".ttl": ("text/turtle", "Turtle"),
    ".jsonld": ("application/ld+json", "JSON-LD"),
    ".nt": ("application/n-triples", "N-Triples"),
}
_Json = dict[str, Any]
_NAMESPACE: Final = re.compile(r".*[/#]")


@dataclass(frozen=True)
class LinkedData:
    """The data files of a site's pages."""

    site: Site

    def files(self, page: Page) -> Iterator[File]:
        """The files beside a page; none for a page that is no document of an IRI."""
        if not page.iri or not page.data:
            return
        stem = page.path.removesuffix(".html")
        triples = self.triples(page.iri, incoming=page.incoming)
        if any(isinstance(term, ox.BlankNode) for triple in triples for term in triple):
            prefixes = self.site.prefixes
            yield File(f"{stem}.ttl", serialize_triples(triples, "turtle", prefixes))
            whole = Dataset(tuple(ox.Quad(*triple) for triple in triples))
            yield File(f"{stem}.jsonld", to_jsonld(whole, self._context.document))
            yield File(f"{stem}.nt", serialize_triples(triples, "ntriples", prefixes))
            return
        lines = sorted(f"{triple} .\n" for triple in triples)
        yield File(f"{stem}.ttl", self._turtle(triples))
        yield File(f"{stem}.jsonld", self._context.written(triples, page.iri))
        yield File(f"{stem}.nt", "".join(lines).encode())

    def triples(self, iri: str, *, incoming: bool = True) -> tuple[ox.Triple, ...]:
        """What a document says: about its IRI, its fragments, their blank nodes, and to them."""
        edges, pointing = self.site.outgoing, self.site.pointing
        found: dict[ox.Triple, None] = {}
        wanted = [iri, *self.site.fragments.get(iri, ())]
        seen = set(wanted)
        while wanted:
            name = wanted.pop()
            blank = name.startswith("_:")
            thing = ox.BlankNode(name[2:]) if blank else ox.NamedNode(name)
            for predicate, term in edges.get(name, ()):
                found[ox.Triple(thing, ox.NamedNode(predicate), term)] = None
                if isinstance(term, ox.BlankNode) and str(term) not in seen:
                    seen.add(str(term))
                    wanted.append(str(term))
            if incoming and not blank:
                for predicate, subject in pointing.get(name, ()):
                    if isinstance(subject, ox.NamedNode):
                        found[ox.Triple(subject, ox.NamedNode(predicate), thing)] = None
        return tuple(sorted(found, key=str))

    def _turtle(self, triples: Sequence[ox.Triple]) -> bytes:
        used: dict[str, str] = {}
        for triple in triples:
            for term in triple:
                if isinstance(term, ox.NamedNode):
                    used |= self._prefix(term.value)
                elif isinstance(term, ox.Literal):
                    used |= self._prefix(term.datatype.value)
        prefixes = dict(sorted(used.items()))
        return ox.serialize(triples, format=FORMATS["turtle"], prefixes=prefixes) or b""

    def _prefix(self, iri: str) -> Mapping[str, str]:
        """The prefix that shortens an IRI, if one does; looked up once for each namespace."""
        match = _NAMESPACE.match(iri)
        namespace = match[0] if match else iri
        if namespace not in self._prefixes:
            names = [p for p, n in self.site.prefixes.items() if n == namespace and p.isalnum()]
            self._prefixes[namespace] = {names[0]: namespace} if names else {}
        return self._prefixes[namespace]

    @cached_property
    def _prefixes(self) -> dict[str, Mapping[str, str]]:
        return {}

    @cached_property
    def _context(self) -> _Context:
        document = json.loads(read_bytes(context_file()))
        return _Context.of(document)


# --- JSON-LD by the keys of the hand-made context ---------------------------------------------


@dataclass(frozen=True, slots=True)
class _Key:
    """One entry of the context: what it says, and which values it can hold."""

    name: str
    entry: Mapping[str, Any] | str
    type: str = ""
    language: str = ""
    vocabulary: str = ""
    taken: frozenset[str] = frozenset()
    many: bool = False
    by_language: bool = False

    def held(self, term: Term, words: Mapping[str, str]) -> object:
        """The value in the form of this key; None if it does not fit."""
        if isinstance(term, ox.NamedNode):
            if self.type == "@id":
                return term.value
            return self._word(term.value, words) if self.type == "@vocab" else None
        if isinstance(term, ox.BlankNode):
            return None
        text, language, datatype = term.value, term.language or "", term.datatype.value
        if self.by_language or self.language:
            fits = bool(language) if self.by_language else language == self.language
            return text if fits else None
        if language:
            return None
        if self.type:
            return text if self.type == datatype else None
        return _native(text, datatype)

    def _word(self, iri: str, words: Mapping[str, str]) -> object:
        if not self.vocabulary:
            return words.get(iri)
        word = iri.removeprefix(self.vocabulary)
        plain = word != iri and word not in self.taken and ":" not in word and word != ""
        return word if plain and not word.startswith("@") else iri


@dataclass(frozen=True)
class _Context:
    """The hand-made context, ready to write small documents with the entries that they need.

    Expanding such a document gives back the triples it was made from.
    """

    document: _Json
    prefixes: Mapping[str, str]
    keys: Mapping[str, Sequence[_Key]]
    words: Mapping[str, str]
    classes: Mapping[str, str]
    spaces: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: _Json) -> _Context:
        entries: _Json = document["@context"]
        prefixes = {
            name: value
            for name, value in entries.items()
            if isinstance(value, str) and value.endswith(("#", "/"))
        }

        def expand(curie: str) -> str:
            prefix, _, local = curie.partition(":")
            return prefixes[prefix] + local if prefix in prefixes else curie

        keys: dict[str, list[_Key]] = defaultdict(list)
        words: dict[str, str] = {}
        classes: dict[str, str] = {}
        for name, entry in entries.items():
            if name.startswith("@") or name in prefixes or name in {"id", "type"}:
                continue
            if isinstance(entry, str):
                classes[expand(entry)] = name
                words[expand(entry)] = name
            elif "@reverse" not in entry:
                made = _key_of(name, entry, expand, frozenset(entries))
                keys[expand(entry["@id"])].append(made)
                if made.type in {"", "@id"} and not made.language and not made.by_language:
                    words[expand(entry["@id"])] = name
        return cls(
            document, prefixes, dict(keys), words, classes, {n: p for p, n in prefixes.items()}
        )

    @cached_property
    def entries(self) -> Mapping[str, tuple[Any, frozenset[str]]]:
        """Each entry as small documents have it, and the prefixes that it needs."""
        return {
            name: (_bare(entry), frozenset(p for p in self.prefixes if _mentions(entry, p)))
            for name, entry in self.document["@context"].items()
        }

    def written(self, triples: Iterable[ox.Triple], first: str) -> bytes:
        """The triples as a document, the thing `first` before the others."""
        nodes: dict[str, _Json] = {}
        used: set[str] = set()
        for triple in triples:
            subject = triple.subject
            node = nodes.setdefault(subject.value, {"id": subject.value})  # type: ignore[union-attr]
            self._add(node, triple.predicate.value, triple.object, used)  # type: ignore[arg-type]
        ordered = sorted(nodes, key=lambda name: (name.partition("#")[0] != first, name))
        body = [_arranged(nodes[name]) for name in ordered]
        schemes = {iri.partition(":")[0] for iri in nodes} | {
            t.object.value.partition(":")[0] for t in triples if isinstance(t.object, ox.NamedNode)
        }
        if schemes & (self.prefixes.keys() | set(self.document["@context"])):
            return to_jsonld(Dataset(tuple(ox.Quad(*t) for t in triples)), {"@context": {}})
        needed = [name for name in self.entries if name in used]
        spaces = {p for name in needed for p in self.entries[name][1]}
        spaces |= used & self.prefixes.keys()
        context = {
            "@version": 1.1, "id": "@id", "type": "@type",
            **{p: n for p, n in self.prefixes.items() if p in spaces},
            **{name: self.entries[name][0] for name in needed if name not in self.prefixes},
        }  # fmt: skip
        head = json.dumps(context, ensure_ascii=False)
        lines = json.dumps(body, ensure_ascii=False, indent=1)
        return f'{{"@context": {head},\n"@graph": {lines}}}\n'.encode()

    def _add(self, node: _Json, predicate: str, term: Term, used: set[str]) -> None:
        """Put a value under the key that fits it best."""
        if predicate == STANDARD_PREFIXES["rdf"] + "type" and isinstance(term, ox.NamedNode):
            node.setdefault("type", []).append(self._named(term.value, used))
            return
        for key in self.keys.get(predicate, ()):
            value = key.held(term, self.words)
            if value is None:
                continue
            used.add(key.name)
            if key.type == "@vocab" and not key.vocabulary:
                used.add(str(value))
            if key.by_language:
                assert isinstance(term, ox.Literal)
                node.setdefault(key.name, {}).setdefault(term.language, []).append(value)
            else:
                node.setdefault(key.name, []).append(value)
            return
        node.setdefault(self._named(predicate, used, key=True), []).append(_value_object(term))

    def _named(self, iri: str, used: set[str], *, key: bool = False) -> str:
        """A class by its word, anything else with a prefix of the context, or in full."""
        if not key and iri in self.classes:
            used.add(self.classes[iri])
            return self.classes[iri]
        match = _NAMESPACE.match(iri)
        prefix = self.spaces.get(match[0], "") if match else ""
        local = iri[len(match[0]) :] if match else ""
        if prefix and re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", local):
            used.add(prefix)
            return f"{prefix}:{local}"
        return iri


def _key_of(name: str, entry: _Json, expand: Any, taken: frozenset[str]) -> _Key:
    container = entry.get("@container", ())
    containers = {container} if isinstance(container, str) else set(container)
    scoped = entry.get("@context", {})
    type_ = entry.get("@type", "")
    return _Key(
        name,
        entry,
        type=type_ if type_.startswith("@") else expand(type_) if type_ else "",
        language=entry.get("@language", ""),
        vocabulary=scoped.get("@vocab", ""),
        taken=taken - {word for word in scoped if not word.startswith("@")},
        many="@set" in containers,
        by_language="@language" in containers,
    )


def _native(text: str, datatype: str) -> object:
    """A string, or a number or truth value whose text is the canonical one; None for others."""
    xsd = STANDARD_PREFIXES["xsd"]
    if datatype == xsd + "string":
        return text
    if datatype == xsd + "integer" and re.fullmatch(r"0|-?[1-9][0-9]{0,14}", text):
        return int(text)
    if datatype == xsd + "boolean" and text in {"true", "false"}:
        return text == "true"
    return None


def _value_object(term: Term) -> object:
    if not isinstance(term, ox.Literal):
        return {"@id": term.value}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    native = _native(term.value, term.datatype.value)
    return {"@value": term.value, "@type": term.datatype.value} if native is None else native


def _arranged(node: _Json) -> _Json:
    """The node with single values outside arrays where nothing asks for one; keys in order."""
    order = {"id": 0, "type": 1}
    arranged: _Json = {}
    for key in sorted(node, key=lambda k: (order.get(k, 2), k)):
        value = node[key]
        if isinstance(value, dict):
            value = {tag: v[0] if len(v) == 1 else v for tag, v in sorted(value.items())}
        elif isinstance(value, list) and len(value) == 1 and key != "type":
            value = value[0]
        arranged[key] = value
    return arranged


def _mentions(entry: object, prefix: str) -> bool:
    return f'"{prefix}:' in json.dumps(entry)


def _bare(entry: Any) -> Any:
    """An entry without what only counts in the whole context."""
    return (
        {k: v for k, v in entry.items() if k != "@protected"} if isinstance(entry, dict) else entry
    )
