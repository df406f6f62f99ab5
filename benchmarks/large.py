"""A large project about made-up things, for benchmarks that ask what size costs.

Articles have twenty claims unless told otherwise, each claim a passage, a citation and an
evidence line, every second one is judged; an article lists ten references, each with its work.
There are 100 treatments, 50 outcomes and 20 mechanisms; one treatment is named by half of all
claims, so that its page is the largest of its kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

BASE = "https://example.org/large/"
_KINDS = ("benefit", "harm", "controversy", "mechanism", "gap", "background")
_RELATIONS = ("reduces", "increases", "mayCause", "actsThrough")
_CERTAINTIES = ("high", "moderate", "low", "very-low")
_SCHEMES = ("certainty", "check", "direction", "hedge", "kind", "level", "role", "scope", "status")
_OWN = ("article", "assessment", "citation", "claim", "ev", "mechanism", "outcome", "ref",
        "treatment", "work")  # fmt: skip
_CLAIMS, _REFERENCES = 20, 10
_TREATMENTS, _OUTCOMES, _MECHANISMS = 100, 50, 20


def generate(folder: Path, claims: int, each: int = _CLAIMS) -> None:
    """Write a project with so many claims, and so many in each article."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "mesokg.toml").write_text(
        f'[project]\nname = "large"\ntitle = "A large graph"\nbase = "{BASE}"\nversion = "0.1.0"\n'
        '[files]\ndata = ["data/*.ttl"]\nvocabulary = ["things.ttl"]\n',
        "utf-8",
    )
    head = _head()
    (folder / "things.ttl").write_text(head + "".join(_things()), "utf-8")
    for number in range(claims // each):
        path = folder / "data" / f"a{number:04}.ttl"
        path.write_text(head + "".join(_article(number, each)), "utf-8")


def _head() -> str:
    own = "".join(f"@prefix {name}: <{BASE}{name}/> .\n" for name in _OWN)
    general = "".join(f"@prefix s-{n}: <https://w3id.org/mesokg/{n}/> .\n" for n in _SCHEMES)
    return (
        f"{own}{general}@prefix meso: <https://w3id.org/mesokg/ns#> .\n"
        "@prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n\n"
    )


def _things() -> Iterator[str]:
    kinds = (("treatment", _TREATMENTS), ("outcome", _OUTCOMES), ("mechanism", _MECHANISMS))
    for kind, many in kinds:
        for number in range(many):
            yield (
                f"{kind}:{kind[0]}{number} a meso:{kind.capitalize()} , skos:Concept ;\n"
                f'  skos:prefLabel "{kind} number {number}"@en ;\n'
                f'  skos:definition "A made-up {kind}, the {number}th of its kind."@en .\n'
            )


def _article(number: int, each: int) -> Iterator[str]:
    key = f"a{number:04}"
    yield (
        f"article:{key} a meso:Article ; "
        f'dcterms:title "Article {number} on several things"@en ;\n'
        f'  meso:sha256 "{number:064x}" ; meso:length {each * 140 + 1000} .\n'
    )
    for place in range(1, _REFERENCES + 1):
        year = 1980 + (number + place) % 45
        yield (
            f"ref:{key}-{place} a meso:Reference ; meso:listedIn article:{key} ; "
            f'meso:ordinal {place} ;\n  meso:asPrinted "Author {place}, Study {number}, {year}" ; '
            f'meso:authors "Author {place}" ; meso:year "{year}"^^xsd:gYear ;\n'
            f"  meso:start {each * 140 + place * 90 - 80} ; meso:end {each * 140 + place * 90} ; "
            f"meso:resolvesTo work:{key}-{place} .\n"
            f'work:{key}-{place} a meso:Work ; rdfs:label "Author {place} {year}, {number}"@en ;\n'
            f'  dcterms:title "Study {place} of article {number}"@en ; '
            f'meso:authors "Author {place}" ; meso:year "{year}"^^xsd:gYear ; '
            "meso:status s-status:current .\n"
        )
    for place in range(each):
        yield from _claim(key, number * each + place, place)


def _claim(key: str, number: int, place: int) -> Iterator[str]:
    name = f"{key}-c{place}"
    treatment = 0 if number % 2 else number // 2 % _TREATMENTS
    kind = _KINDS[number % len(_KINDS)]
    relation = _RELATIONS[number // 3 % len(_RELATIONS)]
    through = relation == "actsThrough"
    target = f"mechanism:m{number % _MECHANISMS}" if through else f"outcome:o{number % _OUTCOMES}"
    start = place * 140
    yield (
        f"claim:{name} a meso:Claim ; meso:statedIn article:{key} ; "
        f'dcterms:identifier "C{place}" ;\n'
        f'  rdfs:label "Claim {number}: treatment {treatment} does something to a thing."@en ;\n'
        f'  meso:quote "words number {number}"@en ; meso:start {start} ; '
        f"meso:end {start + 110} ; meso:textRole s-role:stated ;\n"
        f"  meso:subject treatment:t{treatment} ; meso:relation meso:{relation} ; "
        f"meso:object {target} ;\n  meso:kind s-kind:{kind} ; "
        f"meso:direction s-direction:{'disputes' if number % 5 == 4 else 'supports'} ; "
        f"meso:hedge s-hedge:reported ;\n  meso:evidence ev:{name} .\n"
        f"ev:{name} a meso:EvidenceLine ; meso:citation citation:{name} ; "
        "meso:scope s-scope:direct ; meso:sourceCheck s-check:confirms .\n"
        f"citation:{name} a meso:InTextCitation ; meso:occursIn article:{key} ; "
        f'meso:asPrinted "({place % _REFERENCES + 1})" ;\n  meso:start {start + 112} ; '
        f"meso:end {start + 115} ; meso:denotes ref:{key}-{place % _REFERENCES + 1} .\n"
    )
    if number % 2 == 0:
        yield (
            f"assessment:{name} a meso:Assessment ; meso:assesses claim:{name} ; "
            f"meso:level s-level:{number % 5 + 1} ; "
            f"meso:certainty s-certainty:{_CERTAINTIES[number // 2 % 4]} ;\n"
            '  rdfs:comment "Made up."@en .\n'
        )
