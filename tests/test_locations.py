"""Where findings are: the right file, the right line, the right part of it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from mesokg.dataset import Dataset, load_sources
from mesokg.locations import locate
from mesokg.project import SourceFile
from mesokg.report import Anchor, Finding, Location, Related, Severity
from mesokg.terms import STANDARD_PREFIXES, Prefixes

E = "http://e/"
HEAD = "@prefix e: <http://e/> .\n"
SH = STANDARD_PREFIXES["sh"]
TYPE = f"<{STANDARD_PREFIXES['rdf']}type>"
ROLES = {"m.sssom.tsv": "mappings", "s.ttl": "shapes"}


def e(name: str) -> str:
    return f"<{E}{name}>"


def write(folder: Path, files: dict[str, str | bytes]) -> Dataset:
    """The dataset of some files; a name that begins with ``mesokg:`` comes with the tool."""
    sources = []
    for name, text in files.items():
        path = folder / name.replace(":", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        role = ROLES.get(name, "data")
        sources.append(SourceFile(path, name, f"http://g/{name}", role))
    dataset = load_sources(sources, Prefixes(STANDARD_PREFIXES))
    assert not [p for p in dataset.problems if p.severity is Severity.VIOLATION]
    return dataset


def wrong(
    focus: str = "", path: str = "", value: str = "", component: str = "", **more: Any
) -> Finding:
    name = f"{SH}{component}ConstraintComponent" if component else ""
    message = more.pop("message", "m")
    return Finding("r", Severity.WARNING, message, focus, path, value, component=name, **more)


def place(dataset: Dataset, finding: Finding, **more: Any) -> str:
    """The place of a finding as path:line:column-end, or as far as it is known."""
    [located] = locate([finding], dataset, **more)
    return short(located.location)


def short(there: Location | None) -> str:
    if there is None:
        return ""
    if not there.end_column:
        return str(there)
    last = "" if there.end_line == there.line else f"{there.end_line}:"
    return f"{there}-{last}{there.end_column}"


def related(dataset: Dataset, finding: Finding, **more: Any) -> list[str]:
    [located] = locate([finding], dataset, **more)
    return [f"{item.message} {short(item.location)}" for item in located.related]


TEA = (
    HEAD
    + """
e:tea a e:Drink ;
  e:heat 70 ,
    90 ;
  e:name "tea"@en , "Tee"@de .
"""
)


# --- which part of a statement ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("finding", "where"),
    [
        (wrong(e("tea"), e("heat"), '"90"^^<http://www.w3.org/2001/XMLSchema#integer>'), "5:5-7"),
        (wrong(e("tea"), TYPE, e("Drink")), "3:9-16"),
        (wrong(e("tea"), e("cup"), component="MinCount"), "3:1-6"),
        (wrong(e("tea"), e("cup")), "3:1-6"),
        (wrong(e("tea")), "3:1-6"),
        (wrong(e("tea"), value=e("tea")), "3:1-6"),
        (wrong(e("tea"), e("heat")), "4:10-12"),
        (wrong(e("tea"), e("heat"), component="HasValue"), "3:1-6"),
        (wrong(e("tea"), e("name"), '"Tee"@de'), "6:21-29"),
        (wrong(e("tea"), value='"Tee"@de'), "6:21-29"),
        (wrong(e("tea"), e("name"), '"Tee"@de', "LanguageIn"), "6:26-29"),
        (wrong(e("tea"), e("name"), '"Tee"@de', "LanguageIn", replacement='"T"@en'), "6:21-29"),
        (wrong(e("tea"), e("name"), '"Tee"@de', "Closed"), "6:3-9"),
        (wrong(e("tea"), e("name"), '"gone"'), "6:10-18"),
    ],
)
def test_the_part_that_is_wrong(tmp_path: Path, finding: Finding, where: str) -> None:
    assert place(write(tmp_path, {"a.ttl": TEA}), finding) == f"a.ttl:{where}"


@pytest.mark.parametrize(
    ("finding", "where"),
    [
        (wrong(e("tea"), e("heat"), '"x"'), "7:10-13"),
        (wrong(e("tea"), e("heat"), ""), "7:3-9"),
        (wrong(e("tea"), "", ""), "6:1-6"),
    ],
)
def test_an_anchor_says_which_statement_and_the_finding_which_part(
    tmp_path: Path, finding: Finding, where: str
) -> None:
    text = HEAD + '\ne:tea a e:Drink .\n\n\ne:tea e:name 1 ;\n  e:heat "x" .\n'
    anchored = Finding(
        "r", Severity.INFO, "m", finding.focus, finding.path, finding.value,
        anchor=Anchor(e("tea"), e("heat"), '"x"', "<http://g/a.ttl>"),
    )  # fmt: skip
    assert place(write(tmp_path, {"a.ttl": text}), anchored) == f"a.ttl:{where}"


def test_columns_count_code_points_and_lines_end_only_where_turtle_says(tmp_path: Path) -> None:
    text = HEAD + '\te:tea e:name "\U0001f375 e\u0301\u2028 \u00e9" ; e:heat 1 .\n'
    dataset = write(tmp_path, {"a.ttl": text})
    assert place(dataset, wrong(e("tea"), e("heat"))) == "a.ttl:2:34-35"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_kind_and_a_byte_order_mark(tmp_path: Path, end: str) -> None:
    text = "\N{ZERO WIDTH NO-BREAK SPACE}" + TEA.replace("\n", end)
    dataset = write(tmp_path, {"a.ttl": text})
    assert place(dataset, wrong(e("tea"), e("name"), '"tea"@en')) == "a.ttl:6:10-18"
    first = HEAD.replace("\n", " ") + "e:tea e:heat 1 ."
    dataset = write(tmp_path, {"b.ttl": "\N{ZERO WIDTH NO-BREAK SPACE}" + first})
    assert place(dataset, wrong(e("tea"))) == "b.ttl:1:26-31"


def test_a_literal_over_several_lines_has_an_end(tmp_path: Path) -> None:
    text = HEAD + 'e:tea e:name """one\ntwo\nthree"""@en .\n'
    dataset = write(tmp_path, {"a.ttl": text})
    finding = wrong(e("tea"), e("name"), '"one\\ntwo\\nthree"@en')
    assert place(dataset, finding) == "a.ttl:2:14-4:12"
    assert place(dataset, wrong(e("tea"), e("name"), finding.value, "LanguageIn")) == (
        "a.ttl:4:9-12"
    )


def test_the_same_statement_twice_is_pointed_at_once(tmp_path: Path) -> None:
    text = HEAD + "e:tea e:heat 1 .\ne:tea e:heat 1 .\n"
    dataset = write(tmp_path, {"a.ttl": text})
    value = '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert place(dataset, wrong(e("tea"), e("heat"), value)) == "a.ttl:2:14-15"
    assert related(dataset, wrong(e("tea"), e("heat"), value)) == []


# --- which file ------------------------------------------------------------------------------


def test_which_file_says_it(tmp_path: Path) -> None:
    dataset = write(
        tmp_path,
        {
            "a.ttl": HEAD + "e:tea e:cup e:blue .\n",
            "b.ttl": HEAD + "\ne:tea a e:Drink .\n",
            "c.ttl": HEAD + "\n\ne:tea e:heat 1 , 2 .\n",
            "d.ttl": HEAD + "\n\n\ne:tea e:heat 2 .\n",
        },
    )
    two = '"2"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert place(dataset, wrong(e("tea"), e("heat"), two)) == "c.ttl:4:18-19"
    assert related(dataset, wrong(e("tea"), e("heat"), two)) == ["also said here d.ttl:5:14-15"]
    assert place(dataset, wrong(e("tea"), e("sugar"), component="MinCount")) == "b.ttl:3:1-6"
    assert place(dataset, wrong(e("tea"), e("cup"), e("red"))) == "a.ttl:2:13-19"
    graph = Anchor(e("tea"), e("heat"), two, "<http://g/d.ttl>")
    assert place(dataset, wrong(e("tea"), e("heat"), two, anchor=graph)) == "d.ttl:5:14-15"
    there = Location("d.ttl")
    assert place(dataset, wrong(e("tea"), e("heat"), two, location=there)) == "d.ttl:5:14-15"


def test_a_file_of_the_tool_only_for_what_no_other_says(tmp_path: Path) -> None:
    dataset = write(
        tmp_path,
        {"mesokg:t.ttl": HEAD + "e:tea a e:Drink ; e:heat 1 .\n", "a.ttl": HEAD + "e:tea e:x 1 ."},
    )
    assert place(dataset, wrong(e("tea"))) == "a.ttl:2:1-6"
    assert place(dataset, wrong(e("tea"), e("heat"))) == "mesokg:t.ttl:2:26-27"


def test_a_graph_without_a_description_is_its_file(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": TEA})
    assert place(dataset, wrong("<http://g/a.ttl>")) == "a.ttl:1"
    dataset = write(tmp_path, {"a.ttl": TEA, "b.ttl": HEAD + "<http://g/a.ttl> a e:File ."})
    assert place(dataset, wrong("<http://g/a.ttl>")) == "b.ttl:2:1-17"


@pytest.mark.parametrize(
    ("focus", "where"),
    [(e("Drink"), "3:9-16"), ('"Tee"@de', "6:21-29"), (e("heat"), "4:3-9"), (e("no"), "")],
)
def test_what_is_only_mentioned_is_where_it_is_mentioned(
    tmp_path: Path, focus: str, where: str
) -> None:
    assert place(write(tmp_path, {"a.ttl": TEA}), wrong(focus)) == (where and f"a.ttl:{where}")


def test_a_line_that_is_given_stays(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": TEA})
    for there in (Location("a.ttl", 1, 2), Location("query.rq", 7), Location("query.rq")):
        [located] = locate([wrong(e("tea"), location=there)], dataset)
        assert located.location == there


# --- paths -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (f"^{e('of')}", e("cup"), "3:19-24"),
        (f"^{e('of')}", "", "3:19-24"),
        (f"^{e('no')}", "", "2:1-6"),
        (f"{e('pot')}/{e('size')}", '"big"', "2:13-18"),
        (f"{e('pot')}/{e('size')}", "", "2:13-18"),
        (f"{e('pot')}/{e('no')}", "", "2:13-18"),
        (f"^{e('of')}/{e('rim')}", '"blue"', "3:19-24"),
        (f"({e('no')}|{e('pot')})/{e('size')}", '"big"', "2:13-18"),
        (f"({e('no')}|{e('pot')})", e("pot"), "2:13-18"),
        (f"{e('pot')}*", e("pot"), "2:13-18"),
    ],
)
def test_paths(tmp_path: Path, path: str, value: str, where: str) -> None:
    text = (
        HEAD
        + """e:tea e:pot e:pot .
e:cup a e:C; e:of e:tea; e:rim "blue" .
e:pot e:size "big" .
"""
    )
    assert place(write(tmp_path, {"a.ttl": text}), wrong(e("tea"), path, value)) == f"a.ttl:{where}"


def test_a_record_whose_text_the_message_quotes_is_pointed_at_there(tmp_path: Path) -> None:
    text = (
        HEAD
        + """e:page a e:Page .
e:ref a e:Ref ; e:in e:page ;
  e:text "as printed" .
e:other e:in e:page .
"""
    )
    dataset = write(tmp_path, {"a.ttl": text})
    path = f"(^{e('on')}|^{e('in')})"
    anchor = Anchor(e("page"), "", e("ref"))
    finding = wrong(e("page"), path, e("ref"), anchor=anchor)
    assert place(dataset, finding) == "a.ttl:3:22-28"
    assert place(dataset, replace(finding, message='not "as printed"')) == "a.ttl:4:10-22"
    assert place(dataset, wrong(e("page"), path, e("nothing"))) == "a.ttl:3:22-28"
    assert place(dataset, wrong(e("ref"), message='"as printed"')) == "a.ttl:4:10-22"


def test_a_path_of_several_steps_shows_where_it_leads(tmp_path: Path) -> None:
    text = (
        HEAD
        + """e:tea e:pot e:cup , e:pot .

e:pot a e:Pot ; e:size "big" .
"""
    )
    dataset = write(tmp_path, {"a.ttl": text})
    finding = wrong(e("tea"), f"{e('pot')}/{e('size')}", '"big"')
    assert place(dataset, finding) == "a.ttl:2:21-26"
    assert related(dataset, finding) == ["the value is said here a.ttl:4:24-29"]


def test_a_value_of_the_wrong_kind_shows_where_it_is_described(tmp_path: Path) -> None:
    text = HEAD + "e:tea e:pot e:cup .\n\ne:cup a e:Cup .\n"
    dataset = write(tmp_path, {"a.ttl": text})
    finding = wrong(e("tea"), e("pot"), e("cup"), "Class")
    assert related(dataset, finding) == ["described here a.ttl:4:1-6"]
    assert related(dataset, wrong(e("tea"), e("pot"), e("cup"), "MinLength")) == []


def test_other_records_that_the_message_names_are_related(tmp_path: Path) -> None:
    text = (
        HEAD
        + """e:tea a e:Drink ; e:code 7 .
e:cup a e:Cup ;
  e:code 7 .
e:pot a e:Pot .
"""
    )
    dataset = replace(write(tmp_path, {"a.ttl": text}), prefixes=Prefixes({"e": E}))
    finding = wrong(e("tea"), e("code"), message="e:cup and e:pot have the e:code of e:tea")
    assert place(dataset, finding) == "a.ttl:2:26-27"
    assert related(dataset, finding) == [
        "described here a.ttl:4:10-11",
        "described here a.ttl:5:1-6",
    ]


def test_a_finding_about_a_whole_record_comes_down_to_one_statement(tmp_path: Path) -> None:
    text = (
        HEAD
        + """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
e:tea
  a e:Drink ;
  e:heat 70 ;
  skos:note "x" .
"""
    )
    dataset = write(tmp_path, {"a.ttl": text})
    heat = wrong(e("tea"), e("heat"), '"70"^^<http://www.w3.org/2001/XMLSchema#integer>')
    type_ = wrong(e("tea"), "", e("tea"), "Class")
    assert place(dataset, type_) == "a.ttl:4:5-12"
    assert place(dataset, wrong(e("tea"), component="Or", causes=(heat,))) == "a.ttl:5:10-12"
    assert place(dataset, wrong(e("tea"), component="Or", causes=(type_, type_))) == (
        "a.ttl:4:5-12"
    )
    assert place(dataset, wrong(e("tea"), component="Or", causes=(heat, type_))) == "a.ttl:3:1-6"
    assert place(dataset, wrong(e("tea"), message="set skos:note anew")) == "a.ttl:6:13-16"
    assert place(dataset, wrong(e("tea"), message="give skos:altLabel")) == "a.ttl:3:1-6"


# --- several values --------------------------------------------------------------------------


def test_too_many_values_point_at_the_second(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": TEA})
    finding = wrong(e("tea"), e("heat"), component="MaxCount")
    assert place(dataset, finding) == "a.ttl:5:5-7"
    assert related(dataset, finding) == ["first value here a.ttl:4:10-12"]
    two = write(tmp_path, {"b.ttl": HEAD + "e:t e:h 1 .", "c.ttl": HEAD + "e:t e:h 1 , 2 ."})
    finding = wrong(e("t"), e("h"), component="MaxCount")
    assert place(two, finding) == "c.ttl:2:13-14"
    assert related(two, finding) == ["first value here b.ttl:2:9-10"]


def test_values_that_clash(tmp_path: Path) -> None:
    text = (
        HEAD
        + """@prefix sh: <http://www.w3.org/ns/shacl#> .
e:tea e:name "tea"@en , "Tee"@de , "chai"@EN ;
  e:alt "tea"@en ;
  e:from 5 ;
  e:to 3 .
[] sh:path e:from ; sh:lessThan e:to .
[] sh:path e:name ; sh:disjoint e:alt .
"""
    )
    dataset = write(tmp_path, {"a.ttl": text})
    finding = wrong(e("tea"), e("name"), component="UniqueLang")
    assert place(dataset, finding) == "a.ttl:3:42-45"
    assert related(dataset, finding) == ["conflicts with this a.ttl:3:14-22"]
    five = '"5"^^<http://www.w3.org/2001/XMLSchema#integer>'
    finding = wrong(e("tea"), e("from"), five, component="LessThan")
    assert place(dataset, finding) == "a.ttl:5:10-11"
    assert related(dataset, finding) == ["conflicts with this a.ttl:6:8-9"]
    finding = wrong(e("tea"), e("name"), '"tea"@en', component="Disjoint")
    assert place(dataset, finding) == "a.ttl:3:14-22"
    assert related(dataset, finding) == ["conflicts with this a.ttl:4:9-17"]


def test_related_places_of_the_finders_own_get_their_line(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": TEA, "b.ttl": HEAD + "\n\ne:tea a e:D ; e:heat 5 ."})
    own = [Related("there", Location("b.ttl")), Related("text", Location("t.txt"))]
    finding = wrong(e("tea"), TYPE, e("Drink"), related=tuple(own))
    assert related(dataset, finding) == ["there b.ttl:4:1-6", "text t.txt"]
    finding = wrong(e("tea"), e("heat"), related=tuple(own))
    assert related(dataset, finding) == ["there b.ttl:4:22-23", "text t.txt"]


def test_the_shape_comes_last(tmp_path: Path) -> None:
    shapes = HEAD + f"\n<{SH}n> e:x 1 .\ne:Shape a <{SH}NodeShape> .\n"
    dataset = write(tmp_path, {"a.ttl": TEA, "mesokg:s.ttl": shapes})
    finding = wrong(e("tea"), e("heat"), component="MaxCount", shape=f"{E}Shape")
    finding = wrong(e("tea"), e("heat"), component="MaxCount", shape=e("Shape"))
    assert related(dataset, finding) == [
        "first value here a.ttl:4:10-12",
        "required by this shape mesokg:s.ttl:4:1-8",
    ]
    alone, other = write(tmp_path, {"a.ttl": TEA}), write(tmp_path, {"s.ttl": shapes})
    assert related(alone, finding, shapes=other)[1] == "required by this shape s.ttl:4:1-8"
    assert len(related(alone, finding)) == 1


def test_causes_have_places_too(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": TEA})
    inner = wrong(e("tea"), e("heat"), causes=(wrong(e("tea"), e("cup")),))
    [located, last] = locate([wrong(e("tea"), causes=(inner,)), wrong(e("heat"))], dataset)
    assert short(located.causes[0].location) == "a.ttl:4:10-12"
    assert short(located.causes[0].causes[0].location) == "a.ttl:3:1-6"
    assert short(last.location) == "a.ttl:4:3-9"


# --- blank nodes -----------------------------------------------------------------------------

NESTED = (
    HEAD
    + """
e:tea e:in [ e:size 1 ] .
e:tea e:in [ e:size 1 ] , [ e:size 2 ;
    e:rim [ e:colour "blue" ] ] .
e:tea e:in [ e:size 1 ] .
_:x e:size 9 ; e:rim _:y .
_:y e:colour "red" .
e:pot e:sizes ( 3
  4 [ e:colour "green" ] ) .
"""
)


@pytest.mark.parametrize(
    ("predicate", "value", "subject_at", "object_at"),
    [
        ("size", "2", "4:27", "4:36"),
        ("colour", "blue", "5:11", "5:22"),
        ("size", "9", "7:1", "7:12"),
        ("colour", "red", "8:1", "8:14"),
        ("colour", "green", "10:5", "10:16"),
        (f"{STANDARD_PREFIXES['rdf']}first", "4", "", "10:3"),
    ],
)
def test_blank_nodes(
    tmp_path: Path, predicate: str, value: str, subject_at: str, object_at: str
) -> None:
    dataset = write(tmp_path, {"a.ttl": NESTED})
    iri = predicate if predicate.startswith("http") else E + predicate
    [quad] = [
        q for q in dataset.quads
        if q.predicate.value == iri and getattr(q.object, "value", "") == value
    ]  # fmt: skip
    anchor = Anchor(str(quad.subject), str(quad.predicate), str(quad.object))
    finding = wrong(e("tea"), f"<{iri}>", str(quad.object), anchor=anchor)
    assert place(dataset, finding).split("-")[0] == f"a.ttl:{object_at}"
    if subject_at:
        anchor = Anchor(str(quad.subject))
        assert place(dataset, wrong(e("tea"), anchor=anchor)).split("-")[0] == f"a.ttl:{subject_at}"


def test_a_blank_node_as_value(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": NESTED})
    held = [q for q in dataset.quads if q.predicate.value == f"{E}in"]
    there = [
        place(dataset, wrong(e("tea"), e("in"), anchor=Anchor(*map(str, (q.triple))))) for q in held
    ]
    starts = [where.split("-")[0] for where in there]
    assert starts == ["a.ttl:3:12", "a.ttl:4:12", "a.ttl:4:27", "a.ttl:6:12"]


def test_blank_nodes_of_two_files_are_kept_apart(tmp_path: Path) -> None:
    dataset = write(
        tmp_path, {"a.ttl": HEAD + "e:t e:i [ e:s 1 ] .", "b.ttl": HEAD + "\ne:t e:i [ e:s 1 ] ."}
    )
    found = [
        place(dataset, wrong(e("t"), e("s"), str(q.object), anchor=Anchor(*map(str, q.triple))))
        for q in dataset.quads
        if q.predicate.value == f"{E}s"
    ]
    assert [where.split("-")[0] for where in found] == ["a.ttl:2:15", "b.ttl:3:15"]


def test_a_blank_node_of_a_file_that_changed_is_where_its_owner_is(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": HEAD + "e:t a e:T ; e:i [ e:s 1 ] ."})
    [quad] = [q for q in dataset.quads if q.predicate.value == f"{E}s"]
    (tmp_path / "a.ttl").write_text(HEAD + "\n\ne:t a e:T .\n")
    anchor = Anchor(str(quad.subject), str(quad.predicate), str(quad.object))
    assert place(dataset, wrong(e("t"), e("s"), str(quad.object), anchor=anchor)) == "a.ttl:4:1-4"


# --- other formats ---------------------------------------------------------------------------


def test_trig_has_the_line_of_the_right_graph(tmp_path: Path) -> None:
    text = HEAD + "e:g { e:tea e:heat 1 . }\ne:h { e:tea e:heat 1 .\n e:tea e:heat 2 }\n"
    dataset = write(tmp_path, {"a.trig": text, "b.trig": HEAD + "\n\ne:i { e:tea e:heat 3 }"})
    one = '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'
    for graph, where in (("g", "2:20-21"), ("h", "3:20-21")):
        anchor = Anchor(e("tea"), e("heat"), one, e(graph))
        finding = wrong(e("tea"), e("heat"), one, anchor=anchor)
        assert place(dataset, finding) == f"a.trig:{where}"
    three = one.replace("1", "3", 1)
    assert place(dataset, wrong(e("tea"), e("heat"), three)) == "b.trig:4:20-21"


@pytest.mark.parametrize(("name", "graph"), [("a.nt", ""), ("a.nq", " <http://e/g>")])
def test_line_formats(tmp_path: Path, name: str, graph: str) -> None:
    text = f'<http://e/t> <http://e/a> "x" {graph}.\n<http://e/t> <http://e/b> _:b{graph} .\n'
    dataset = write(tmp_path, {name: text})
    assert place(dataset, wrong(e("t"), e("a"), '"x"')) == f"{name}:1:27-30"
    quad = dataset.quads[1]
    finding = wrong(e("t"), e("b"), anchor=Anchor(*map(str, quad.triple)))
    assert place(dataset, finding) == f"{name}:2:27-30"


def test_a_row_of_mappings(tmp_path: Path) -> None:
    names = "subject_id predicate_id object_id object_label mapping_justification mapping_date"
    row = "e:tea\tskos:exactMatch\te:Tee\tTee\tsemapv:x\t2020-01-01"
    quoted = 'e:tea\tskos:closeMatch\t"e:Tea"\tTee\tsemapv:x\t2020-01-01'
    head = "#curie_map:\n#  e: http://e/\n" + "\t".join(names.split())
    dataset = write(tmp_path, {"m.sssom.tsv": f"{head}\n\n{row}\n{quoted}\n"})
    skos = STANDARD_PREFIXES["skos"]
    found = wrong(e("tea"), f"<{skos}exactMatch>", e("Tee"))
    assert place(dataset, found) == "m.sssom.tsv:5:23-28"
    found = wrong(e("tea"), f"<{skos}closeMatch>", e("Tea"))
    assert place(dataset, found) == "m.sssom.tsv:6:23-30"
    assert place(dataset, wrong(e("tea"))) == "m.sssom.tsv:5:1-6"


JSON = """{
  "@context": { "e": "http://e/", "name": "e:name",
     "id": "@id", "cup": { "@id": "e:cup", "@type": "@id" } },
  "@graph": [
    { "id": "e:tea",
      "@type": "e:Drink",
      "name": [ "tea", { "@value": "Tee", "@language": "de" } ],
      "e:heat": 70,
      "cup": { "@id": "e:blue",
         "name": "tea" }
    }
  ]
}
"""


@pytest.mark.parametrize(
    ("finding", "where"),
    [
        (wrong(e("tea")), "5:13-20"),
        (wrong(e("tea"), TYPE, e("Drink")), "6:16-25"),
        (wrong(e("tea"), e("name"), '"tea"'), "7:17-22"),
        (wrong(e("tea"), e("name"), '"Tee"@de'), "7:36-41"),
        (wrong(e("tea"), e("heat")), "8:17-19"),
        (wrong(e("tea"), e("cup"), e("blue")), "9:23-31"),
        (wrong(e("blue"), e("name"), '"tea"'), "10:18-23"),
        (wrong(e("blue"), e("rim")), "9:23-31"),
    ],
)
def test_json_ld(tmp_path: Path, finding: Finding, where: str) -> None:
    assert place(write(tmp_path, {"a.jsonld": JSON}), finding) == f"a.jsonld:{where}"


XML = """<?xml version="1.0"?>
<!DOCTYPE r [ <!ENTITY e "http://e/"> ]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"
    xml:base="http://e/doc">
  <!-- \u00e9\u00e9 --> <e:Drink
      rdf:about="&e;tea">
    <e:heat>70</e:heat>
    <e:heat>90</e:heat>
    <e:cup rdf:resource="http://e/blue"/>
    <e:pot><rdf:Description rdf:about="http://e/pot"><e:size>1</e:size></rdf:Description></e:pot>
  </e:Drink>
  <rdf:Description rdf:ID="x"><e:heat>1</e:heat></rdf:Description>
</rdf:RDF>
"""


@pytest.mark.parametrize(
    ("finding", "where"),
    [
        (wrong(e("tea")), "6:7"),
        (wrong(e("tea"), e("heat"), '"90"'), "8:5"),
        (wrong(e("tea"), e("cup"), e("blue")), "9:12"),
        (wrong(e("tea"), e("pot"), e("pot")), "10:29"),
        (wrong(e("pot"), e("size"), '"1"'), "10:54"),
        (wrong(e("doc#x"), e("heat"), '"1"'), "12:31"),
        (wrong(e("doc#x")), "12:20"),
        (wrong(e("tea"), TYPE, e("Drink")), "5:15"),
    ],
)
def test_rdf_xml(tmp_path: Path, finding: Finding, where: str) -> None:
    found = place(write(tmp_path, {"a.rdf": XML}), finding)
    assert found.split("-")[0] == f"a.rdf:{where}"


# --- what can go wrong -----------------------------------------------------------------------


def test_a_file_that_is_gone_or_changed_or_broken_is_named_without_a_line(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": TEA, "b.rdf": XML, "c.jsonld": JSON})
    finding = wrong(e("tea"), e("name"), '"tea"@en')
    (tmp_path / "a.ttl").write_text(HEAD + "e:coffee e:heat 2 .\n")
    assert place(dataset, finding) == "a.ttl"
    (tmp_path / "a.ttl").write_bytes(b"\xff\xfe\x00 e:tea . . \x00 [[[")
    assert place(dataset, finding) == "a.ttl"
    (tmp_path / "b.rdf").write_text("<rdf:RDF><a")
    (tmp_path / "c.jsonld").write_text('{"@id": [[{')
    assert place(dataset, wrong(e("tea"), location=Location("b.rdf"))) == "b.rdf"
    assert place(dataset, wrong(e("tea"), location=Location("c.jsonld"))) == "c.jsonld"
    (tmp_path / "a.ttl").unlink()
    assert place(dataset, finding) == "a.ttl"


def test_what_is_read_past_a_broken_statement(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": TEA})
    (tmp_path / "a.ttl").write_text(TEA.replace("\ne:tea", "\ne:pot e:x e:y e:z .\ne:tea"))
    assert place(dataset, wrong(e("tea"), e("heat"))) == "a.ttl:5:10-12"


def test_a_text_from_no_disk(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": TEA})
    source = SourceFile(Path("-"), "-", "http://g/-", "data")
    graph = ox.NamedNode(source.graph)
    quads = tuple(ox.Quad(q.subject, q.predicate, q.object, graph) for q in dataset.quads)
    given = Dataset(quads, sources=(source,), given={"-": TEA})
    assert place(given, wrong(e("tea"), e("heat"))) == "-:4:10-12"
    without = Dataset(quads, sources=(source,))
    assert place(without, wrong(e("tea"), e("heat"))) == "-"


def test_nothing_is_read_when_nothing_is_wrong(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": TEA, "b.ttl": TEA.replace("tea", "coffee")})
    (tmp_path / "b.ttl").unlink()
    assert locate([], dataset) == []
    assert place(dataset, wrong(e("tea"))) == "a.ttl:3:1-6"


@pytest.mark.parametrize(
    "finding",
    [
        wrong("<not an iri>"), wrong('"x'), wrong("_:"), wrong(e("tea"), "^"), wrong("", e("heat")),
        wrong(e("tea"), f"({e('a')}/", "x"), wrong(e("tea"), "<bad iri>", "", "MaxCount"),
        wrong(anchor=Anchor("_:b0", "?", "!", "g")), wrong(e("tea"), shape="nothing"),
    ],
)  # fmt: skip
def test_odd_findings_do_no_harm(tmp_path: Path, finding: Finding) -> None:
    [located] = locate([finding], write(tmp_path, {"a.ttl": TEA}))
    assert (located.rule, located.message, located.focus) == ("r", "m", finding.focus)


def test_order_and_content_stay(tmp_path: Path) -> None:
    dataset = write(tmp_path, {"a.ttl": TEA})
    findings = [wrong(e("tea")), wrong(e("no")), wrong(), wrong(e("tea"))]
    located = locate(findings, dataset)
    assert [f.focus for f in located] == [f.focus for f in findings]
    assert located == locate(findings, dataset)


def test_many_findings_in_one_large_file(tmp_path: Path) -> None:
    """A whole file is read at most once, and only blocks with findings are parsed."""
    count = 20_000
    text = HEAD + "".join(
        f"e:t{n} a e:T ;\n  e:heat {n} ;\n  e:in [ e:size {n} ] .\n" for n in range(count)
    )
    dataset = write(tmp_path, {"a.ttl": text})
    findings = [wrong(e(f"t{n}"), e("heat")) for n in range(0, count, 10)]
    start = time.perf_counter()
    located = locate(findings, dataset)
    assert time.perf_counter() - start < 10
    for number, finding in zip(range(0, count, 10), located, strict=True):
        assert finding.location is not None
        assert finding.location.line == 2 + 3 * number + 1
