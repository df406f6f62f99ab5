"""What pages say in the words of schema.org, for crawlers.

This module decides how little that is. Only what the graph says is projected, and only
where schema.org's word means no more than it: a claim is a Claim that appears in an
article, never a fact, and a condition has a `possibleTreatment` only if an unhedged,
unqualified, undisputed claim of benefit says so and a source was found to bear it out.

Terms: https://schema.org/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mesokg.site.evidence import Claim, claims_about, code, line_of
from mesokg.site.model import DCTERMS, SKOS, Site
from mesokg.terms import NS, STANDARD_PREFIXES

__all__ = [
    "article_about",
    "claim_about",
    "code_about",
    "possible_treatments",
    "thing_about",
    "work_about",
]

_CONTEXT: Final = "https://schema.org"
_CLASSES: Final[Mapping[str, str]] = {
    f"{NS}Condition": "MedicalCondition",
    f"{NS}Substance": "Substance",
    f"{NS}Treatment": "MedicalTherapy",
    f"{NS}BodySite": "AnatomicalStructure",
}
#: Qualifiers that narrow a claim down: what it says is then not said of the treatment as such.
_NARROWING: Final = ("agent", "route", "comparator", "population", "bodySite", "combinedWith")
#: At most this many parts or sources are listed.
_MOST: Final = 50


def article_about(site: Site, iri: str, claims: Sequence[Claim]) -> Mapping[str, object]:
    """An article, and what it cites."""
    works = sorted({work for claim in claims for work in claim.works})[:_MOST]
    about: dict[str, object] = {
        "@context": _CONTEXT,
        "@type": "Article",
        "@id": iri,
        "name": site.label(iri),
    }
    licence = site.iris(iri, f"{DCTERMS}license")
    if licence:
        about["license"] = licence[0]
    if works:
        about["citation"] = [_work(site, work) for work in works]
    return about


def claim_about(site: Site, claim: Claim) -> Mapping[str, object]:
    """A claim as a Claim: what is said, where it appears, what is cited for it."""
    about: dict[str, object] = {
        "@context": _CONTEXT,
        "@type": "Claim",
        "@id": claim.iri,
        "text": claim.label,
    }
    if claim.article:
        name = site.label(claim.article)
        about["appearance"] = {"@type": "Article", "@id": claim.article, "name": name}
    things = [_thing(site, one) for one in (*site.iris(claim.iri, "subject"),
                                            *site.iris(claim.iri, "object"))]  # fmt: skip
    named = [thing for thing in things if thing]
    if named:
        about["about"] = named[:_MOST]
    if claim.works:
        about["citation"] = [_work(site, work) for work in claim.works[:_MOST]]
    return about


def work_about(site: Site, iri: str) -> Mapping[str, object]:
    """A publication, with the values that were seen at a source."""
    unverified = set(site.iris(iri, "unverified"))
    about: dict[str, object] = {"@context": _CONTEXT, **_work(site, iri)}
    for key, name in (("datePublished", "year"), ("author", "authors"), ("pagination", "pages")):
        value = site.value(iri, name)
        if value and NS + name not in unverified:
            about[key] = value
    doi = f"{STANDARD_PREFIXES['bibo']}doi"
    if (value := site.value(iri, doi)) and doi not in unverified:
        about["identifier"] = {"@type": "PropertyValue", "propertyID": "doi", "value": value}
    journal = site.value(iri, "journal")
    if journal and f"{NS}journal" not in unverified:
        about["isPartOf"] = {"@type": "Periodical", "name": journal}
    return about


def thing_about(site: Site, iri: str) -> Mapping[str, object]:
    """What a claim can be about; nothing where schema.org has no class that fits."""
    thing = _thing(site, iri)
    if not thing:
        return {}
    about: dict[str, object] = {"@context": _CONTEXT, **thing}
    definition = site.value(iri, f"{SKOS}definition")
    if definition:
        about["description"] = definition
    same = [one for one in site.iris(iri, f"{SKOS}exactMatch") if one.startswith("http")]
    if same:
        about["sameAs"] = same
    treatments = possible_treatments(site, iri)
    if treatments:
        about["possibleTreatment"] = [_thing(site, one) for one in treatments]
    return about


def code_about(site: Site, iri: str, scheme: str) -> Mapping[str, object]:
    """A code of a scheme as a term of a set."""
    return {
        "@context": _CONTEXT,
        "@type": "DefinedTerm",
        "@id": iri,
        "name": site.label(iri),
        "description": site.value(iri, f"{SKOS}definition") or site.label(iri),
        **({"inDefinedTermSet": scheme} if scheme else {}),
    }


def possible_treatments(site: Site, condition: str) -> list[str]:
    """The treatments that a claim supports for a condition, by the rule of this module."""
    if f"{NS}Condition" not in site.types(condition):
        return []
    found = set()
    for claim in claims_about(site, [condition], ("object", "condition")):
        subjects = site.iris(claim.iri, "subject")
        narrowed = any(site.values(claim.iri, name) for name in _NARROWING)
        supports = code(claim.kind) == "benefit" and code(claim.direction) == "supports"
        if not supports or narrowed or claim.is_hedged or _is_disputed(site, claim):
            continue
        if any(code(line_of(site, line).check) == "confirms" for line in claim.evidence):
            found |= {one for one in subjects if f"{NS}Treatment" in site.types(one)}
    return sorted(found)


def _is_disputed(site: Site, claim: Claim) -> bool:
    """Whether some claim on the same proposition does not support it."""
    return any(
        code(site.value(other, "direction")) != "supports"
        for proposition in site.iris(claim.iri, "proposition")
        for other in site.incoming(proposition, "proposition")
    )


def _thing(site: Site, iri: str) -> dict[str, object]:
    kinds = [_CLASSES[kind] for kind in site.types(iri) if kind in _CLASSES]
    if not kinds:
        return {}
    return {"@type": kinds[0], "@id": iri, "name": site.label(iri)}


def _work(site: Site, iri: str) -> dict[str, object]:
    return {
        "@type": "ScholarlyArticle",
        "@id": iri,
        "name": site.value(iri, f"{DCTERMS}title") or site.label(iri),
    }
