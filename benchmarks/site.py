"""How fast the pages of claims are made, on one core.

Makes up a project of claims with citations, works and judgements, and times three things on
it: working out what each page says, rendering what was worked out, and both in turn, which
is what a build does. Exits with 1 if a build makes fewer than 1,500 of these pages a second.
Times are CPU times, so that other programs count less; the best of several rounds counts.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mesokg.dataset import load
from mesokg.project import find
from mesokg.report import Report
from mesokg.site import Page, Site
from mesokg.site import claims as claim_pages
from mesokg.site.templating import Templates

BAR = 1500
BASE = "https://example.org/tea/"
HEAD = f"""\
@prefix : <{BASE}> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix meso: <https://w3id.org/mesokg/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix kind: <https://w3id.org/mesokg/kind/> .
@prefix direction: <https://w3id.org/mesokg/direction/> .
@prefix hedge: <https://w3id.org/mesokg/hedge/> .
@prefix check: <https://w3id.org/mesokg/check/> .
@prefix certainty: <https://w3id.org/mesokg/certainty/> .
@prefix level: <https://w3id.org/mesokg/level/> .
"""
CONFIG = f"""\
[project]
name = "tea"
title = "A graph of teas"
base = "{BASE}"
[files]
data = ["data/*.ttl"]
"""
KINDS = ("benefit", "harm", "mechanism", "background", "gap", "scope")
SURE = ("very-low", "low", "moderate", "high")


def statements(number: int) -> Iterator[str]:
    """A project of this many claims, as Turtle: articles of fifty claims, a work for each ten."""
    yield HEAD
    for one in range(40):
        yield f':treatment\\/t{one} a meso:Treatment ; skos:prefLabel "tea number {one}"@en .'
        yield f':outcome\\/o{one} a meso:Outcome ; skos:prefLabel "outcome number {one}"@en .'
    for one in range(max(number // 10, 1)):
        yield (
            f':work\\/w{one} a meso:Work ; dcterms:title "A study of tea, part {one}"@en ; '
            f'rdfs:label "Leaf {one}" ; meso:year {1990 + one % 30} .'
        )
    for one in range(number):
        article, place = f"a{one // 50}", one % 50 * 80
        if not one % 50:
            yield f':article\\/{article} a meso:Article ; rdfs:label "On tea, {article}"@en .'
        yield (
            f":claim\\/c{one} a meso:Claim ; meso:statedIn :article\\/{article} ; "
            f'dcterms:identifier "C{one}" ; rdfs:label "Tea number {one % 40} is said to change '
            f'outcome number {one % 37} in the {one}th of these sentences."@en ; '
            f'meso:quote "tea {one} helps"@en ; meso:start {place} ; meso:end {place + 60} ; '
            f"meso:subject :treatment\\/t{one % 40} ; meso:relation meso:increases ; "
            f"meso:object :outcome\\/o{one % 37} ; meso:kind kind:{KINDS[one % 6]} ; "
            f"meso:direction direction:supports ; meso:hedge hedge:reported ; "
            f"meso:evidence :ev\\/e{one} ."
        )
        yield (
            f":ev\\/e{one} a meso:EvidenceLine ; meso:citation :citation\\/p{one} ; "
            f"meso:source :work\\/w{one // 10} ; meso:sourceCheck check:confirms ; "
            f'rdfs:comment "The abstract says so of tea number {one % 40}."@en .'
        )
        yield (
            f':citation\\/p{one} a meso:Citation ; meso:asPrinted "Leaf ({1990 + one % 30})" ; '
            f"meso:year {1990 + one % 30} ; meso:denotes :ref\\/r{one // 10} ; "
            f"meso:occursIn :article\\/{article} ."
        )
        if not one % 10:
            yield (
                f":ref\\/r{one // 10} a meso:ReferenceEntry ; "
                f"meso:resolvesTo :work\\/w{one // 10} ."
            )
        yield (
            f":assessment\\/a{one} a meso:Assessment ; meso:assesses :claim\\/c{one} ; "
            f"meso:certainty certainty:{SURE[one % 4]} ; meso:level level:3 ; "
            f'rdfs:comment "Some {one} cups, no control."@en .'
        )


def made_up(folder: Path, number: int) -> Site:
    """The site of a project of this many claims."""
    (folder / "data").mkdir()
    (folder / "mesokg.toml").write_text(CONFIG, "utf-8")
    (folder / "data" / "tea.ttl").write_text("\n".join(statements(number)), "utf-8")
    project = find(folder)
    return Site.of(load(project), project, Report(()))


def best(rounds: int, work: Callable[[], object]) -> float:
    """The smallest CPU time of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def main() -> int:
    """Measures, prints, and says by its exit code whether the bar was held."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="where the time goes, instead")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = made_up(Path(folder), given.claims)
    templates = Templates(site)

    def pages() -> Iterator[Page]:
        return (page for page in claim_pages.pages(site) if page.template == "claim.html")

    def build() -> None:
        for page in pages():
            templates.render(page)

    build()  # what is worked out once for a site, and the templates
    if given.profile:
        with cProfile.Profile() as profile:
            build()
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        return 0
    known = list(pages())
    bytes_ = sum(len(templates.render(page)) for page in known)
    print(f"{len(known)} pages of claims, {bytes_ / len(known) / 1000:.1f} kB each")
    rates = {
        "working out": best(given.rounds, lambda: [None for _ in pages()]),
        "rendering": best(given.rounds, lambda: [templates.render(page) for page in known] and 0),
        "both, as a build does": best(given.rounds, build),
    }
    for name, seconds in rates.items():
        print(f"{name:24}{len(known) / seconds:8,.0f} pages/s")
    reached = len(known) / rates["both, as a build does"]
    print(f"bar {BAR} pages/s: {'held' if reached >= BAR else 'MISSED'}")
    return reached < BAR


if __name__ == "__main__":
    sys.exit(main())
