"""Pictures: what they say in shape, word and link, whatever the labels, in whatever order."""

from __future__ import annotations

import math
import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesokg.pictures import (
    Cell,
    Edge,
    Graph,
    Head,
    Mark,
    Matrix,
    Node,
    Way,
    evidence_map,
    layered_graph,
    picture_file,
    way_of,
)
from mesokg.pictures.marks import shape
from mesokg.pictures.writing import text_width, wrap
from strategies import HOSTILE, texts

ROOT = Path(__file__).resolve().parent.parent
ATTACK = "\"><script>alert(1)</script><img src=x onerror='alert(1)'>"
SVG = "{http://www.w3.org/2000/svg}"

words = st.one_of(texts, st.just(ATTACK), st.just("שלום עולם"), st.just("w" * 300))
ways = st.sampled_from(list(Way))


def matrix(**changes: object) -> Matrix:
    low = Mark(Way.BENEFIT, 1, "benefit", "c1.html", 2, "low", "One small study.", "C1")
    harm = Mark(Way.HARM, 3, "harm", "#m2", 1, "very low", name="C2, C3, C4")
    plain = Matrix(
        "Effects",
        "What is said to do what.",
        (Head("rain", "rainwater", "rain.html"), Head("tea", "rainwater", note="with tea")),
        (Head("new", "new fronds", "new.html"), Head("rot", "root rot")),
        (Cell("rain", "new", (low,)), Cell("tea", "rot", (harm,))),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def graph(nodes: Iterable[Node], edges: Iterable[Edge], **changes: object) -> Graph:
    plain = Graph("Steps", "How it works.", ("What acts", "By what", "What follows"), (), ())
    return replace(plain, nodes=tuple(nodes), edges=tuple(edges), **changes)  # type: ignore[arg-type]


def tree(markup: str) -> ET.Element:
    return ET.fromstring(markup)


def classed(root: ET.Element, name: str) -> list[ET.Element]:
    return [one for one in root.iter() if name in one.get("class", "").split()]


def words_of(root: ET.Element) -> str:
    return " ".join(" ".join(root.itertext()).split())


def wide(root: ET.Element) -> ET.Element:
    return classed(root, "picture-wide")[0]


def names(root: ET.Element) -> list[str]:
    """The names of the links, in the order of the keyboard."""
    return [link.findtext("title") or words_of(link) for link in root.iter("a")]


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    mark = st.builds(
        Mark, ways, st.integers(1, 5000), words, st.sampled_from(["", "a.html", ATTACK]),
        st.integers(0, 4), words, words, words,
    )  # fmt: skip
    heads = st.lists(st.tuples(words, words), min_size=1, max_size=4)
    rows = [Head(f"r{i}", a, note=b) for i, (a, b) in enumerate(draw(heads))]
    columns = [Head(f"c{i}", a, "x.html") for i, (a, _) in enumerate(draw(heads))]
    places = [(r.key, c.key) for r in rows for c in columns]
    marks = st.lists(mark, max_size=3)
    cells = [Cell(r, c, tuple(draw(marks))) for r, c in places if draw(st.booleans())]
    return Matrix(draw(words), draw(words), tuple(rows), tuple(columns), tuple(cells))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(0, 12))
    nodes = [
        Node(f"n{i}", draw(words), draw(st.integers(0, 2)), kind=draw(words), note=draw(words),
             focus=draw(st.booleans()), missing=draw(st.booleans()))
        for i in range(count)
    ]  # fmt: skip
    key = st.integers(0, count + 1).map(lambda i: f"n{i}")
    edge = st.builds(Edge, key, key, words, ways, st.sampled_from(["", "c.html"]), words, words)
    limit = draw(st.integers(1, 14))
    return graph(nodes, draw(st.lists(edge, max_size=20)), title=draw(words), limit=limit)


# --- laws -------------------------------------------------------------------------------------


@given(matrices())
@settings(max_examples=60, deadline=None)
def test_a_map_is_well_formed_whatever_the_labels(one: Matrix) -> None:
    for root in (tree(evidence_map(one)), tree(picture_file(one))):
        assert_harmless(root)


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_a_graph_is_well_formed_whatever_the_labels(one: Graph) -> None:
    for root in (tree(layered_graph(one)), tree(picture_file(one))):
        assert_harmless(root)


def assert_harmless(root: ET.Element) -> None:
    known = {"a", "bdi", "div", "li", "p", "span", "ul"}
    known |= {
        "circle",
        "desc",
        "g",
        "line",
        "path",
        "polygon",
        "rect",
        "style",
        "svg",
        "text",
        "title",
    }
    for one in root.iter():
        assert one.tag.removeprefix(SVG) in known
        assert not [name for name in one.attrib if name.startswith("on") or name == "style"]


@given(matrices(), st.randoms())
@settings(max_examples=40, deadline=None)
def test_cells_in_another_order_give_the_same_bytes(one: Matrix, order: random.Random) -> None:
    cells = [replace(c, marks=tuple(order.sample(c.marks, len(c.marks)))) for c in one.cells]
    order.shuffle(cells)
    assert evidence_map(replace(one, cells=tuple(cells))) == evidence_map(one)


@given(graphs(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_nodes_and_edges_in_another_order_give_the_same_bytes(
    one: Graph, order: random.Random
) -> None:
    nodes = tuple(order.sample(one.nodes, len(one.nodes)))
    edges = tuple(order.sample(one.edges, len(one.edges)))
    assert layered_graph(replace(one, nodes=nodes, edges=edges)) == layered_graph(one)


@given(graphs())
@settings(max_examples=80, deadline=None)
def test_boxes_and_the_words_of_lines_never_overlap(one: Graph) -> None:
    picture = wide(tree(layered_graph(one)))
    boxes = [*_places(classed(picture, "box")), *_places(classed(picture, "hit"))]
    for i, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[i + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (boxes[i], other)


@given(graphs())
@settings(max_examples=80, deadline=None)
def test_no_words_of_lines_stand_on_one_another_or_on_a_box(one: Graph) -> None:
    picture = wide(tree(layered_graph(one)))
    boxes = list(_places(classed(picture, "box")))
    lines = [
        text for edge in classed(picture, "edge") if _has_path(edge) for text in edge.iter("text")
    ]
    words = []
    for line in lines:
        left, base = float(line.get("x", 0)), float(line.get("y", 0))
        words.append((left, base - 9, left + text_width(line.text or "", 12), base + 3))
    for i, (left, top, right, bottom) in enumerate(words):
        for other in (*words[i + 1 :], *boxes):
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (words[i], other)


def _has_path(edge: ET.Element) -> bool:
    return edge.find("path") is not None


def _places(rects: Iterable[ET.Element]) -> Iterator[tuple[float, float, float, float]]:
    for rect in rects:
        x, y, width, height = (float(rect.get(n, 0)) for n in ("x", "y", "width", "height"))
        yield x, y, x + width, y + height


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_text_stays_in_its_box(one: Graph) -> None:
    picture = wide(tree(layered_graph(one)))
    sizes = {"label": 14 * 1.08, "kind": 12, "sub": 12}
    for node in classed(picture, "node"):
        (box,) = _places(classed(node, "box"))
        for line in node.iter("text"):
            left, base = float(line.get("x", 0)), float(line.get("y", 0))
            assert box[0] < left
            assert left + text_width(line.text or "", sizes[line.get("class", "")]) < box[2]
            assert box[1] < base - 8
            assert base + 3 < box[3]


@given(matrices())
@settings(max_examples=60, deadline=None)
def test_marks_of_a_map_never_overlap_and_stay_on_it(one: Matrix) -> None:
    picture = wide(tree(evidence_map(one)))
    hits = list(_places(classed(picture, "hit")))
    _, _, width, height = (float(n) for n in next(picture.iter("svg")).get("viewBox", "").split())
    for i, (left, top, right, bottom) in enumerate(hits):
        assert left >= 0
        assert top >= 0
        assert right <= width
        assert bottom <= height
        for other in hits[i + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


@given(words, st.integers(30, 300), st.integers(1, 4))
@settings(deadline=None)
def test_wrapped_lines_are_never_too_wide_nor_too_many(text: str, width: int, lines: int) -> None:
    found = wrap(text, float(width), 12.0, lines)
    assert len(found) <= lines
    for line in found:
        # A single letter has to stand somewhere, however many accents it has.
        assert text_width(line, 12.0) <= width or len(line) == 1


def _styles() -> str:
    """The style sheets of a page with a picture."""
    folder = ROOT / "src/mesokg/resources/static"
    return "".join((folder / name).read_text("utf-8") for name in ("site.css", "evidence.css"))


# --- the map ----------------------------------------------------------------------------------


def test_every_way_has_a_shape_a_sign_and_a_class_of_its_own() -> None:
    assert len({way.glyph for way in Way}) == len(Way)
    drawn = {way: shape(way, 50.0, 50.0, 20.0) for way in Way}
    # Unknown and other share the circle; one of them is drawn with a broken line and no filling.
    assert len(set(drawn.values())) == len(Way) - 1
    assert drawn[Way.UNKNOWN] == drawn[Way.OTHER]
    css = _styles()
    assert re.search(r"\.way-unknown \.shape \{[^}]*stroke-dasharray", css)
    colours = re.findall(r"\.way-\w+ \{\s*--way: (.*?);", css)
    assert len(set(colours)) == len(Way)


def test_shapes_of_one_count_have_one_area() -> None:
    for way in Way:
        drawn = tree(shape(way, 50.0, 50.0, 20.0))
        assert _area(drawn) == pytest.approx(math.pi * 400, rel=0.01), way


def _area(drawn: ET.Element) -> float:
    if drawn.tag == "circle":
        return math.pi * float(drawn.get("r", 0)) ** 2
    points = [tuple(map(float, p.split(","))) for p in drawn.get("points", "").split()]
    turns = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in turns)) / 2


def test_area_says_how_many_and_the_figure_stands_on_it() -> None:
    few, many = (Mark(Way.OTHER, n, "mechanism") for n in (4, 16))
    root = wide(
        tree(evidence_map(matrix(cells=(Cell("rain", "new", (few,)), Cell("tea", "rot", (many,))))))
    )
    radii = [float(c.get("r", 0)) for c in classed(root, "shape")]
    assert radii[1] ** 2 / radii[0] ** 2 == pytest.approx(4, rel=0.05)
    assert [c.text for c in classed(root, "count")] == ["4", "16"]


def test_a_mark_is_a_link_that_says_everything() -> None:
    root = wide(tree(evidence_map(matrix())))
    links = [link for link in root.iter("a") if "mark" in link.get("class", "")]
    assert [link.get("href") for link in links] == ["c1.html", "#m2"]
    assert [link.findtext("title") for link in links] == [
        "rainwater, new fronds: 1 benefit, low certainty (C1). Why: One small study.",
        "rainwater with tea, root rot: 3 harm, very low certainty (C2, C3, C4)",
    ]


def test_what_is_seen_on_a_mark_is_part_of_its_name() -> None:
    """Those who speak to their browser say what they see."""
    for link in wide(tree(evidence_map(matrix()))).iter("a"):
        name = re.sub(r"\W+", " ", link.findtext("title") or "")
        link.remove(next(link.iter("title")))
        assert re.sub(r"\W+", " ", words_of(link)).strip() in name


def test_the_keyboard_goes_through_the_map_as_one_reads() -> None:
    found = [name.partition(":")[0] for name in names(wide(tree(evidence_map(matrix()))))]
    assert found == [
        "new fronds",
        "rainwater",
        "rainwater, new fronds",
        "rainwater with tea, root rot",
    ]


def test_certainty_is_dots_and_a_word() -> None:
    root = wide(tree(evidence_map(matrix())))
    assert [len(classed(link, "full")) for link in classed(root, "mark")] == [2, 1]
    assert [len(classed(link, "dot")) for link in classed(root, "mark")] == [4, 4]
    assert [c.text for c in classed(root, "certainty")] == ["low", "very low"]


def test_what_is_not_rated_has_a_word_and_no_dots() -> None:
    one = matrix(cells=(Cell("rain", "new", (Mark(Way.OPEN, 1, "argued over"),)),))
    root = wide(tree(evidence_map(one)))
    assert classed(root, "dot") == []
    assert [c.text for c in classed(root, "certainty")] == ["not rated"]


def test_an_empty_cell_says_so_in_words() -> None:
    root = tree(evidence_map(matrix(empty="nothing claimed")))
    assert [one.text for one in classed(wide(root), "empty")] == ["nothing claimed"] * 2
    narrow = classed(root, "picture-narrow")[0]
    assert [words_of(one) for one in classed(narrow, "empty")] == [
        "Nothing claimed: root rot",
        "Nothing claimed: new fronds",
    ]


def test_a_narrow_screen_gets_the_same_links_and_figures() -> None:
    root = tree(evidence_map(matrix()))
    narrow = classed(root, "picture-narrow")[0]
    marks = {link.get("href") for link in classed(wide(root), "mark")}
    assert marks <= {link.get("href") for link in narrow.iter("a")}
    assert [words_of(one) for one in classed(narrow, "under")] == [
        "1 benefit , low",
        "3 harm , very low",
    ]


def test_only_ways_that_occur_are_explained_and_only_if_asked() -> None:
    legend = classed(tree(evidence_map(matrix())), "legend")[0]
    assert "benefit" in words_of(legend)
    assert "unknown" not in words_of(legend)
    assert not classed(tree(evidence_map(matrix(), explained=False)), "legend")


def test_a_map_without_anything_is_a_picture_all_the_same() -> None:
    root = tree(evidence_map(matrix(rows=(), columns=(), cells=())))
    assert root.find(".//svg/title") is not None


def test_a_picture_has_title_description_and_role() -> None:
    one = graph([Node("a", "a", 0)], [])
    for markup in (evidence_map(matrix()), layered_graph(one)):
        picture = next(wide(tree(markup)).iter("svg"))
        assert picture.get("role") == "group"
        assert picture.findtext("title")
        assert picture.findtext("desc")


def test_no_colour_stands_in_a_picture() -> None:
    """Dark, print and forced colours are the style sheet's business."""
    markup = evidence_map(matrix()) + layered_graph(graph([Node("a", "a", 0)], []))
    assert not re.search(r'(?:fill|stroke|color|style)="', markup)


@pytest.mark.parametrize("kind", ["benefit", "harm", "mechanism", "gap", "controversy"])
@pytest.mark.parametrize("direction", ["supports", "disputes", "mixed", "neutral"])
def test_a_benefit_or_harm_is_drawn_only_for_a_claim_that_says_so(
    kind: str, direction: str
) -> None:
    way = way_of(kind, direction)
    assert (way is Way.BENEFIT) == ((kind, direction) == ("benefit", "supports"))
    assert (way is Way.HARM) == ((kind, direction) == ("harm", "supports"))


def test_a_large_map_is_drawn_in_no_time_and_of_bounded_size() -> None:
    rows = tuple(Head(f"r{i}", f"treatment {i}") for i in range(60))
    columns = tuple(Head(f"c{i}", f"outcome {i}") for i in range(20))
    marks = (Mark(Way.BENEFIT, 2, "benefit", "x.html", 1, "low"),)
    cells = tuple(Cell(r.key, c.key, marks) for r in rows for c in columns)
    drawn = evidence_map(matrix(rows=rows, columns=columns, cells=cells))
    assert len(drawn) < 1300 * len(cells)


# --- the graph --------------------------------------------------------------------------------

CHAIN = (
    Node("t", "rainwater", 0, "rain.html", focus=True),
    Node("m", "less lime", 1, "lime.html"),
    Node("o", "new fronds", 2, "new.html", note="outcome"),
)


def test_a_graph_leads_from_what_acts_to_what_follows() -> None:
    lines = (
        Edge("t", "m", "decreases", href="c1.html", name="C1: rain has no lime."),
        Edge("m", "o", "increases", Way.BENEFIT, "c2.html", "C2: fronds like that."),
    )
    root = wide(tree(layered_graph(graph(CHAIN, lines))))
    assert names(root) == [
        "rainwater",
        "decreases: C1: rain has no lime.",
        "less lime",
        "increases: C2: fronds like that. (benefit)",
        "new fronds, outcome",
    ]
    assert [one.text for one in classed(root, "line-words")] == ["decreases", "▲ increases"]
    assert len(classed(root, "tip")) == 2


def test_a_line_from_right_to_left_points_left() -> None:
    root = wide(tree(layered_graph(graph(CHAIN, [Edge("o", "t", "tells of")]))))
    tip = classed(root, "tip")[0].get("points", "").split()[0]
    node = next(p for p in _places(classed(root, "box")))
    assert float(tip.split(",")[0]) == pytest.approx(node[2], abs=2)


def test_lines_within_a_column_stand_in_the_node_that_they_leave() -> None:
    nodes = (*CHAIN, Node("m2", "soft soil", 1))
    edges = (Edge("m", "m2", "causes", href="c.html"), Edge("m", "m", "feeds"))
    root = wide(tree(layered_graph(graph(nodes, edges))))
    assert [one.text for one in classed(root, "line-words")] == [
        "→ feeds itself",
        "→ causes soft soil",
    ]
    assert "causes: less lime → soft soil" in names(root)


def test_cycles_end() -> None:
    edges = [Edge(a, b, "acts") for a in "tmo" for b in "tmo"]
    root = wide(tree(layered_graph(graph(CHAIN, edges))))
    assert len(classed(root, "edge")) == 9


def test_on_a_narrow_screen_what_follows_from_no_mechanism_stands_under_its_cause() -> None:
    nodes = (CHAIN[0], Node("none", "no mechanism stated", 1, missing=True), CHAIN[2])
    edges = (Edge("t", "none"), Edge("none", "o", "increases", Way.BENEFIT, "c.html"))
    narrow = classed(tree(layered_graph(graph(nodes, edges))), "picture-narrow")[0]
    assert words_of(narrow) == "What acts rainwater → no mechanism stated increases new fronds"


def test_five_thousand_nodes_are_bounded_and_words_say_so() -> None:
    order = random.Random(1)
    nodes = [Node(f"n{i}", f"thing {i}", i % 3, focus=i == 7) for i in range(5000)]
    edges = [
        Edge(f"n{order.randrange(5000)}", f"n{order.randrange(5000)}", "acts")
        for _ in range(20000)
    ]  # fmt: skip
    root = tree(layered_graph(graph(nodes, edges)))
    assert len(classed(wide(root), "box")) == 60
    assert len(classed(wide(root), "focus")) == 1
    assert len(classed(wide(root), "edge")) > 40
    (left,) = classed(root, "left-out")
    assert words_of(left).startswith("Drawn are 60 of 5000 things")
    assert words_of(left) in (root.findtext(".//desc") or "")
    assert len(ET.tostring(root)) < 200_000


def test_words_say_what_the_values_lack() -> None:
    root = tree(layered_graph(graph(CHAIN, [], left_out="<Much> is missing.")))
    assert words_of(classed(root, "left-out")[0]) == "<Much> is missing."
    assert (root.findtext(".//desc") or "").endswith("<Much> is missing.")


def test_what_is_in_focus_is_drawn_with_its_neighbours() -> None:
    nodes = [Node(f"n{i}", f"thing {i}", i % 3, focus=i == 40) for i in range(50)]
    edges = [Edge("n40", "n3"), Edge("n3", "n20"), *(Edge(f"n{i}", "n0") for i in range(5, 30))]
    root = wide(tree(layered_graph(graph(nodes, edges, limit=3))))
    assert sorted(name for name in classed_names(root)) == ["thing 20", "thing 3", "thing 40"]


def classed_names(root: ET.Element) -> list[str]:
    return [node.findtext("title") or "" for node in classed(root, "node")]


def test_edges_to_unknown_nodes_and_columns_that_do_not_exist_are_left_out() -> None:
    nodes = (*CHAIN, Node("far", "far away", 9))
    root = wide(tree(layered_graph(graph(nodes, [Edge("t", "nowhere"), Edge("t", "far")]))))
    assert len(classed(root, "box")) == 3
    assert not classed(root, "edge")


def test_a_graph_of_nothing_is_a_picture_all_the_same() -> None:
    assert tree(layered_graph(graph([], []))).find(".//svg/title") is not None


# --- colours ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_figures_can_be_read_on_paper_and_on_shapes(scheme: str) -> None:
    """What a browser cannot measure in SVG: the contrast of text, 4.5 at least."""
    css = _styles()
    blocks = re.findall(r":root \{(.*?)\n *\}", css, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[0]))
    if scheme == "dark":
        dark = css[css.index("prefers-color-scheme: dark") :]
        colours |= re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark[: dark.index("}")])
    paper, ink = _light(colours["paper"]), _light(colours["ink"])
    assert (paper > ink) == (scheme == "light")
    for name in (*Way, "ink", "soft", "link"):
        assert _contrast(_light(colours[name]), paper) >= 4.5, name
    for way in Way:  # the fullest shape has two fifths of its colour
        assert _contrast(_light(colours[way], colours["paper"], 0.4), ink) >= 4.5, way


def _light(colour: str, behind: str = "#000000", share: float = 1.0) -> float:
    """Relative luminance (WCAG 2.2) of a colour that covers so much of another."""
    total = 0.0
    for place, weight in ((1, 0.2126), (3, 0.7152), (5, 0.0722)):
        front, back = int(colour[place : place + 2], 16), int(behind[place : place + 2], 16)
        value = (share * front + (1 - share) * back) / 255
        total += weight * (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return total


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


# --- files ------------------------------------------------------------------------------------


def test_a_file_is_a_document_with_its_own_style() -> None:
    for picture in (matrix(), graph(CHAIN, [Edge("t", "m", "acts", Way.OPEN)])):
        text = picture_file(picture)
        assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg" ')
        root = tree(text)
        style = root.findtext(f"{SVG}style") or ""
        assert "prefers-color-scheme:dark" in style
        for name in _classes(root) - _UNSTYLED:
            assert f".{name}" in style, name


@pytest.mark.parametrize("hostile", [*HOSTILE, ATTACK])
def test_hostile_labels_are_shown_and_do_nothing(hostile: str) -> None:
    one = matrix(rows=(Head("rain", hostile), Head("tea", "tea")))
    markup = evidence_map(one) + layered_graph(graph([Node("a", hostile, 0)], []))
    assert "<script" not in markup
    assert "<img" not in markup
    assert "\u202e" not in markup


def test_the_style_sheet_of_the_site_knows_every_class_of_a_picture() -> None:
    css = _styles()
    marks = tuple(Mark(way, 1, "word", "x", i % 5) for i, way in enumerate(Way))
    lines = [Edge("t", "m", "acts", way, "c.html", note="with tea") for way in Way]
    markup = evidence_map(matrix(cells=(Cell("rain", "new", marks),)))
    shown = markup + layered_graph(graph([*CHAIN, Node("x", "x", 1, missing=True)], lines))
    for name in _classes(tree(f"<div>{shown}</div>")) - _UNSTYLED:
        assert re.search(rf"\.{name}\b", css), name


#: Classes that only group, or for which what stands in the rest is right.
_UNSTYLED = frozenset(
    {
        "c0", "c1", "columns", "edge", "evidence-map", "focus", "grid", "heads", "layered-graph",
        "mark", "missing", "node", "row",
    }
)  # fmt: skip


def _classes(root: ET.Element) -> set[str]:
    return {name for one in root.iter() for name in one.get("class", "").split()}
