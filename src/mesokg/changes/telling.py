"""Two states of a graph held against each other: one sentence for each thing that changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mesokg.changes.state import STRENGTHS, State
from mesokg.changes.words import (
    kind_of,
    listed,
    name_of,
    sentence,
    source_of,
    value_of,
    words_of,
)
from mesokg.dataset import Dataset
from mesokg.terms import NS, STANDARD_PREFIXES

__all__ = ["GROUPS", "LEVELS", "Change", "Changes", "changes"]

#: The parts of a list of changes: key -> heading, in the order in which they are told.
GROUPS: Final[Mapping[str, str]] = {
    "claims": "Claims",
    "strength": "Strength of evidence",
    "checks": "Evidence and checks of sources",
    "sources": "Articles, sources and references",
    "things": "Things that claims are about",
    "vocabulary": "Vocabulary and rules",
    "other": "Everything else",
}
#: What a change asks of a version number, the least first.
LEVELS: Final = ("none", "patch", "minor", "major")
_KINDS: Final = ("gone", "withdrawn", "added", "changed")

_RDFS: Final = STANDARD_PREFIXES["rdfs"]
_OWL: Final = STANDARD_PREFIXES["owl"]
_SH: Final = STANDARD_PREFIXES["sh"]
_SKOS: Final = STANDARD_PREFIXES["skos"]
_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_EVIDENCE: Final = NS + "evidence"
_LABELS: Final = frozenset({_SKOS + "prefLabel", _RDFS + "label", _DCTERMS + "title"})

#: What a claim says: with another value here its IRI means something else.
_MEANING: Final = frozenset(
    NS + name
    for name in (
        "agent", "bodySite", "combinedWith", "comparator", "condition", "direction", "object",
        "population", "relation", "route", "statedIn", "subject",
    )
)  # fmt: skip
#: What a term promises to those who use it; a promise that is taken back is major.
_PROMISES: Final = frozenset(
    {_RDFS + name for name in ("domain", "range", "subClassOf", "subPropertyOf")}
)
#: Properties whose values are words about a thing.
_WORDING: Final = frozenset(
    {_RDFS + name for name in ("comment", "label", "seeAlso")}
    | {_DCTERMS + name for name in ("created", "description", "modified", "title")}
    | {_SKOS + name for name in (
        "altLabel", "changeNote", "definition", "editorialNote", "example", "hiddenLabel",
        "historyNote", "note", "prefLabel", "scopeNote",
    )}
    | {_SH + name for name in ("description", "message", "name")}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `kind` is added, changed, withdrawn or gone, `level` one of LEVELS.

    `thing` is the word for what it is, `text` a sentence; `detail` is the IRI of the
    property that has another value, where it is one.
    """

    group: str
    kind: str
    iri: str
    thing: str
    text: str
    level: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """All that changed, in the order in which it is told.

    `added` and `removed` count statements, `vanished` are the IRIs below the older
    dataset's base that are described no more. `first` says that there was nothing before.
    """

    items: tuple[Change, ...] = ()
    added: int = 0
    removed: int = 0
    vanished: tuple[str, ...] = ()
    first: bool = False

    @property
    def level(self) -> str:
        """What the version number owes: the most that any change asks for."""
        least = "patch" if self.added or self.removed else "none"
        return max((least, *(item.level for item in self.items)), key=LEVELS.index)

    def group(self, name: str) -> tuple[Change, ...]:
        """The changes of one of GROUPS."""
        return tuple(item for item in self.items if item.group == name)


def changes(old: Dataset, new: Dataset) -> Changes:
    """What a reader of `old` should know about `new`.

    Order, file layout and the names of blank nodes do not count. A thing that is marked
    ``owl:deprecated`` is withdrawn, one that is described no more is gone.

    >>> from mesokg.dataset import read
    >>> claim = "<http://e/c> a <https://w3id.org/mesokg/ns#Claim> ."
    >>> found = changes(read("<http://e/a> <http://e/p> 1 ."), read(claim))
    >>> [(change.kind, change.text) for change in found.items]
    [('added', 'New claim: c.'), ('gone', 'Gone, a thing: a.')]
    """
    before, after = State(old), State(new)
    said = list(_strengths(before, after))
    for iri in before.about.keys() | after.about.keys():
        said += _thing(iri, before, after)
    order = list(GROUPS)
    said.sort(key=lambda c: (order.index(c.group), _KINDS.index(c.kind), c.iri, c.detail, c.text))
    gone = before.about.keys() - after.about.keys()
    return Changes(
        tuple(said),
        (after.statements - before.statements).total(),
        (before.statements - after.statements).total(),
        tuple(sorted(iri for iri in gone if old.base and iri.startswith(old.base))),
        not before.statements,
    )


def _thing(iri: str, before: State, after: State) -> Iterator[Change]:
    """What became of one thing."""
    if iri not in before.about:
        yield from _added(iri, before, after)
        return
    if iri not in after.about:
        group, word = kind_of(before, iri)
        text = sentence(f"gone, {_a(word)}: {name_of(iri, before)}")
        yield Change(group, "gone", iri, word, text, "major")
        return
    group, word = kind_of(after, iri)
    if after.is_deprecated(iri) and not before.is_deprecated(iri):
        instead = [name_of(other, after) for other in after.iris(iri, _DCTERMS + "isReplacedBy")]
        text = sentence(f"withdrawn, {_a(word)}: {name_of(iri, before, after)}")
        text += sentence(f" Instead: {listed(instead)}") if instead else ""
        yield Change(group, "withdrawn", iri, word, text, "minor")
        return
    for predicate in sorted({*before.about[iri], *after.about[iri]}):
        change = _moved(iri, predicate, before, after)
        if change:
            yield change


def _a(word: str) -> str:
    return f"{'an' if word[:1] in 'aeiou' else 'a'} {word}"


def _added(iri: str, before: State, after: State) -> Iterator[Change]:
    """A thing that is new; a judgement or a line of evidence only where its claim is not."""
    group, word = kind_of(after, iri)
    if word == "assessment":
        return  # told by what it does to the strength
    if word == "evidence line":
        claim = after.claim_of.get(iri, "")
        if claim in before.about:
            text = f"{name_of(claim, after)} now also rests on {source_of(iri, after)}"
            yield Change(group, "added", iri, word, sentence(text), "minor")
        return
    text = sentence(f"new {word}: {name_of(iri, after)}") + _claim_note(iri, after)
    yield Change(group, "added", iri, word, text, "minor")


def _claim_note(iri: str, state: State) -> str:
    """Behind a claim's sentence: which way it goes, how it is worded, how sure it is."""
    strengths = state.strengths.get(iri, {})
    found = {
        "direction": state.values(iri, NS + "direction"),
        "hedge": state.values(iri, NS + "hedge"),
        "certainty": strengths.get(NS + "certainty", frozenset()),
    }
    parts = [f"{key} {_said(values, state)}" for key, values in found.items() if values]
    return f" ({', '.join(parts)})" if parts else ""


def _said(values: Collection[object], *states: State) -> str:
    return listed(value_of(value, *states) for value in values)


# --- properties of a thing that was there before ---------------------------------------------


def _moved(iri: str, predicate: str, before: State, after: State) -> Change | None:
    """The sentence about a property that has other values now."""
    old, new = before.values(iri, predicate), after.values(iri, predicate)
    group, word = kind_of(after, iri)
    told_elsewhere = word == "assessment" and predicate in {*STRENGTHS, NS + "assesses"}
    if old == new or told_elsewhere:
        return None
    if predicate == _EVIDENCE:
        lost = [source_of(line, before) for line in before.iris(iri, predicate) if line not in
                after.iris(iri, predicate)]  # fmt: skip
        if not lost:
            return None  # told by the new lines of evidence
        text = f"{name_of(iri, after, before)} no longer rests on {listed(lost)}"
        return Change("checks", "changed", iri, word, sentence(text), "minor", predicate)
    level = _level(word, predicate, old, new)
    text = f"{_subject(iri, word, before, after)}: {_other(predicate, old, new, before, after)}"
    return Change(group, "changed", iri, word, sentence(text), level, predicate)


def _subject(iri: str, word: str, before: State, after: State) -> str:
    """How the sentence names the thing: a record of a claim by the claim."""
    if word == "assessment":
        things = [name_of(thing, after, before) for thing in after.iris(iri, NS + "assesses")]
        return f"assessment of {listed(things)}" if things else name_of(iri, after, before)
    if word == "evidence line":
        claim = after.claim_of.get(iri, "")
        owner = f" for {name_of(claim, after, before)}" if claim else ""
        return f"{source_of(iri, after)}{owner}"
    return f"{word} {name_of(iri, before, after)}"


def _other(
    predicate: str, old: frozenset[object], new: frozenset[object], before: State, after: State
) -> str:
    """What happened to the values of a property."""
    name = after.labels.get(predicate) or before.labels.get(predicate) or words_of(predicate)
    if predicate in _LABELS and old and new:
        called = listed(f"“{value_of(value, after).strip('“”')}”" for value in new)
        return f"is now called {called}"
    if any(isinstance(value, str) for value in old ^ new):  # a blank node, named by its content
        return f"{name} changed"
    if predicate in _WORDING and old and new:
        return f"{name} reworded"
    if not old:
        return f"{name} is now {_said(new, after, before)}; nothing was said before"
    if not new:
        return f"{name} is no longer said; it was {_said(old, before, after)}"
    if len(old) == len(new) == 1:
        return f"{name} went from {_said(old, before, after)} to {_said(new, after, before)}"
    parts = [
        f"{phrase} {_said(values, after, before)}"
        for phrase, values in (("also", new - old), ("no longer", old - new))
        if values
    ]
    return f"{name} is now {', '.join(parts)}"


def _level(word: str, predicate: str, old: frozenset[object], new: frozenset[object]) -> str:
    """What another value of a property asks of the version number."""
    if predicate in _WORDING:
        return "patch"
    if word == "claim" and predicate in _MEANING:
        return "major"
    if predicate in _PROMISES and old - new:
        return "major"
    if word == "rule" and predicate in {_SH + "severity", _SH + "deactivated"}:
        return "major"
    return "minor"


# --- strength --------------------------------------------------------------------------------


def _strengths(before: State, after: State) -> Iterator[Change]:
    """Where the evidence is judged otherwise than before, for what was there before."""
    for iri in before.strengths.keys() | after.strengths.keys():
        if iri not in before.about or iri not in after.about:
            continue
        for predicate in STRENGTHS:
            old = before.strengths.get(iri, {}).get(predicate, frozenset())
            new = after.strengths.get(iri, {}).get(predicate, frozenset())
            if old != new:
                word = kind_of(after, iri)[1]
                text = _strength(name_of(iri, after, before), predicate, old, new, before, after)
                yield Change("strength", "changed", iri, word, sentence(text), "minor", predicate)


def _strength(
    name: str, predicate: str, old: frozenset[object], new: frozenset[object],
    before: State, after: State,
) -> str:  # fmt: skip
    what = "evidence for" if predicate == NS + "certainty" else "level of evidence for"
    was, now = _said(old, before, after), _said(new, after, before)
    if not old:
        return f"{what} {name} is now rated: {now}"
    if not new:
        return f"{what} {name} is no longer rated; it was {was}"
    return f"{what} {name} went from {was} to {now}"
