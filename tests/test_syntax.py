"""The reader of Turtle and its kin: pyoxigraph's quads in its order, and where they stand."""

from __future__ import annotations

import tarfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesokg.errors import InputError
from mesokg.syntax import (
    Lines,
    Recovery,
    Span,
    Statement,
    chunks,
    comments,
    error_span,
    find,
    prefix_uses,
    prefixes,
    problems,
    recover,
    statements,
    tokens,
    unused_prefixes,
)
from strategies import TURTLE_HEAD, mutated, turtle_texts

ROOT = Path(__file__).resolve().parent.parent
FORMATS = {
    "nquads": ox.RdfFormat.N_QUADS,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "trig": ox.RdfFormat.TRIG,
    "turtle": ox.RdfFormat.TURTLE,
}
SUFFIXES = {".nq": "nquads", ".nt": "ntriples", ".trig": "trig", ".ttl": "turtle"}
BASE = "http://example.org/base/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
HEAD = "@prefix e: <http://e/> .\n"


def parsed(text: str, format: str, base: str | None = None) -> list[ox.Quad] | None:
    """The quads of pyoxigraph, None when it refuses."""
    base = None if format in {"ntriples", "nquads"} else base
    try:
        return list(ox.parse(text.encode(), format=FORMATS[format], base_iri=base))
    except SyntaxError:
        return None


def same(ours: Iterable[Statement], theirs: list[ox.Quad]) -> bool:
    """Same quads in the same order, and a bijection between the blank nodes."""
    there: dict[object, object] = {}
    back: dict[object, object] = {}

    def alike(one: object, other: object) -> bool:
        if isinstance(one, ox.BlankNode) and isinstance(other, ox.BlankNode):
            return there.setdefault(one, other) == other and back.setdefault(other, one) == one
        if isinstance(one, ox.Triple | ox.Quad) and isinstance(other, ox.Triple | ox.Quad):
            return all(map(alike, one, other))
        return one == other

    quads = [statement.quad for statement in ours]
    return len(quads) == len(theirs) and all(map(alike, quads, theirs))


# --- third-party suites and the project's own files ------------------------------------------


@pytest.fixture(scope="module")
def suite(testdata: Path) -> dict[str, str]:
    """The tests of the W3C suites of the four formats, by name, without the reports on others."""
    archive = testdata / "conformance" / "rdf-tests-syntax.tar.gz"
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member)
            is_test = "/reports/" not in member.name and Path(member.name).suffix in SUFFIXES
            if content is not None and is_test:
                found[member.name] = content.read().decode()
    return found


def test_w3c_suites_are_read_as_pyoxigraph_does(suite: dict[str, str]) -> None:
    wrong, accepted, refused = [], 0, 0
    for name, text in suite.items():
        format = SUFFIXES[Path(name).suffix]
        theirs = parsed(text, format, BASE)
        found = recover(text, format, BASE)
        if theirs is None:
            refused += 1
            if not found.problems or not readable(found, text):
                wrong.append(name)
            continue
        accepted += 1
        if found.problems or not same(found.statements, theirs) or pieces(text) != text:
            wrong.append(name)
    assert wrong == []
    assert (accepted, refused) == (921, 274)


def readable(found: Recovery, text: str) -> bool:
    return all(
        problem.message and 0 <= problem.span.start <= problem.span.end <= len(text)
        for problem in found.problems
    )


def test_negative_w3c_tests_of_the_grammar_have_problems(suite: dict[str, str]) -> None:
    """Those that are called bad are refused, whatever pyoxigraph does with some others."""
    bad = [name for name in suite if "-bad-" in name and "rdf-turtle" in name]
    assert len(bad) > 80
    assert [name for name in bad if not problems(suite[name], "turtle", BASE)] == []


def test_every_turtle_file_of_the_project() -> None:
    paths = [*ROOT.glob("data/**/*.ttl"), *ROOT.glob("ontology/**/*.ttl")]
    paths += ROOT.glob("examples/**/*.ttl")
    assert len(paths) > 100
    wrong = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        theirs = parsed(text, "turtle", BASE)
        read = recover(text, "turtle", BASE)
        if (theirs is None) != bool(read.problems) or pieces(text) != text:
            wrong.append(path)
        if theirs is not None and not same(statements(text, "turtle", BASE), theirs):
            wrong.append(path)
    assert wrong == []


# --- random syntax ---------------------------------------------------------------------------


def pieces(text: str) -> str:
    return "".join(text[token.start : token.end] for token in tokens(text))


@pytest.mark.parametrize("format", ["turtle", "trig"])
def test_any_spelling_is_read_as_pyoxigraph_does(format: str) -> None:
    @given(turtle_texts(format))
    @settings(max_examples=100)
    def check(text: str) -> None:
        theirs = parsed(text, format)
        assert theirs is not None, "the strategy makes valid texts only"
        ours = list(statements(text, format))
        assert same(ours, theirs)
        assert recover(text, format) == Recovery((), tuple(ours), 0)
        assert pieces(text) == text
        assert_written(ours, text)
        assert_cut(ours, text, format)
        uses = {name for name, _ in prefix_uses(text)}
        declared = {prefix.name for prefix in prefixes(text, format)}
        assert uses <= declared
        assert declared - uses <= {prefix.name for prefix in unused_prefixes(text, format)}

    check()


def assert_written(ours: list[Statement], text: str) -> None:
    """What stands at the place of a term is a spelling of that term."""
    cells = {s.subject for s in ours if s.predicate.span.start == s.predicate.span.end}
    for node in dict.fromkeys(node for statement in ours for node in statement):
        written = text[slice(*node.span)]
        if node in cells or not written or written in {"a", ")", "{|", "~"}:
            continue  # cells stand where their members do, what is not written nowhere
        if isinstance(node.term, ox.Triple) and not written.startswith("<<("):
            continue  # of an annotation: the triple stands there as a statement
        if written.startswith(("[", "(")):
            assert written[-1] == {"[": "]", "(": ")"}[written[0]]
        elif written.startswith("<<") and not written.startswith("<<("):
            assert written.endswith(">>")
        elif isinstance(node.term, ox.BlankNode):
            assert written == str(node.term)
        else:
            again = parsed(f"{TURTLE_HEAD} e:s e:p {written} .", "turtle")
            assert again is not None
            assert [quad.object for quad in again] == [node.term]


def assert_cut(ours: list[Statement], text: str, format: str) -> None:
    """The fast splitter cuts where the reader does: where the quads of one dot end."""
    units = [chunk for chunk in chunks(text, format) if chunk.kind == "statement"]
    starts = {s.subject.span.start for s in ours} | {s.object.span.start for s in ours}
    for unit in units:
        assert unit.first.start in starts or text.startswith("<<", unit.start)
    for node in (node for s in ours for node in (s.subject, s.object)):
        assert any(u.start <= node.span.start <= node.span.end <= u.end for u in units)


@pytest.mark.parametrize("format", ["turtle", "trig"])
def test_spoilt_texts_have_problems_just_when_pyoxigraph_refuses(format: str) -> None:
    @given(mutated(turtle_texts(format)))
    @settings(max_examples=120)
    def check(text: str) -> None:
        theirs = parsed(text, format)
        found = recover(text, format)
        assert (not found.problems) == (theirs is not None)
        assert readable(found, text)
        assert list(found.problems) == sorted(found.problems, key=lambda problem: problem.span)
        assert pieces(text) == text
        assert_harmless(text, format)
        if theirs is None:
            return
        assert same(statements(text, format), theirs)

    check()


LINES = st.lists(
    st.sampled_from(
        (
            '<a:s> <a:p> "x\\n é\U0001f600"@en-US .',
            "_:a <a:p> _:b..c . # c",
            '<a:s> <a:p> "1"^^<a:d> <a:g> .',
            "\t# x",
            '<a:s> <a:p> <<( _:s <a:p> "x"@en--ltr )>> .',
            "<a:\\u00e9><a:p><a:o>_:g.",
            "",
        )
    ),
    max_size=4,
).map("\n".join)


@given(LINES | mutated(LINES), st.sampled_from(["ntriples", "nquads"]))
@settings(max_examples=300)
def test_lines_are_read_as_pyoxigraph_does(text: str, format: str) -> None:
    theirs = parsed(text, format)
    found = recover(text, format)
    assert (not found.problems) == (theirs is not None)
    if theirs is not None:
        assert [statement.quad for statement in found.statements] == theirs
        assert_written(list(found.statements), text)


@given(st.text() | st.text("<>\"'\\@._:;,()[]{}|~^#a1eE+- \n\r\té"))
@settings(max_examples=200)
def test_any_text_at_all(text: str) -> None:
    assert pieces(text) == text
    for format in FORMATS:
        theirs = parsed(text, format)
        found = recover(text, format)
        assert (not found.problems) == (theirs is not None)
        assert readable(found, text)
        assert_harmless(text, format)


def assert_harmless(text: str, format: str) -> None:
    """Readers that do not refuse anything cut a text in order and without overlap."""
    at = 0
    for chunk in chunks(text, format):
        assert at <= chunk.start <= chunk.first.start < chunk.first.end <= chunk.end
        at = chunk.end
    for comment in comments(text):
        assert text[comment.start] == "#"
    list(prefix_uses(text))
    prefixes(text, format)
    unused_prefixes(text, format)
    list(find(text, format, [ox.NamedNode("http://e/a"), ox.BlankNode("a")]))


def test_half_a_surrogate_pair_is_a_problem() -> None:
    for format in FORMATS:
        (problem,) = problems("<a:s> <a:p> '\ud800' .", format)
        assert problem.span == (13, 14)


# --- places ----------------------------------------------------------------------------------


def places(text: str, format: str = "turtle") -> Iterator[tuple[str, str, str]]:
    for statement in statements(text, format):
        subject, predicate, value, _ = (text[slice(*node.span)] for node in statement)
        yield subject, predicate, value


def test_nested_nodes_stand_where_their_brackets_do() -> None:
    text = "<a:s> <a:p> [ a <a:C> ; <a:q> 1 ] , 'x'@en ."
    assert list(places(text)) == [
        ("[ a <a:C> ; <a:q> 1 ]", "a", "<a:C>"),
        ("[ a <a:C> ; <a:q> 1 ]", "<a:q>", "1"),
        ("<a:s>", "<a:p>", "[ a <a:C> ; <a:q> 1 ]"),
        ("<a:s>", "<a:p>", "'x'@en"),
    ]


def test_cells_of_a_list_stand_where_their_members_do() -> None:
    text = "<a:s> <a:p> ( 1 [] ) ."
    assert sorted(places(text)) == [
        ("( 1 [] )", "", "1"),
        ("( 1 [] )", "", "[]"),
        ("<a:s>", "<a:p>", "( 1 [] )"),
        ("[]", "", ")"),
        ("[]", "", "[]"),
    ]
    assert list(places("() <a:p> () .")) == [("()", "<a:p>", "()")]


def test_reifiers_and_annotations_have_places() -> None:
    text = "<< <a:s> <a:p> 1 ~ <a:r> >> <a:q> 2 . <a:s> <a:p> 3 {| <a:q> 4 |} ."
    assert list(places(text)) == [
        ("<a:r>", "", "<a:s> <a:p> 1"),
        ("<< <a:s> <a:p> 1 ~ <a:r> >>", "<a:q>", "2"),
        ("<a:s>", "<a:p>", "3"),
        ("{|", "", "<a:s> <a:p> 3"),
        ("{|", "<a:q>", "4"),
    ]


def test_graphs_have_places() -> None:
    text = "<a:s> a <a:C> . GRAPH <a:g> { <a:s> a <a:D> } [] { <a:s> a <a:E> }"
    found = [text[slice(*s.graph.span)] for s in statements(text, "trig")]
    assert found == ["", "<a:g>", "[]"]
    line = "<a:s> <a:p> 'x' <a:g> .".replace("'", '"')
    (statement,) = statements(line, "nquads")
    assert line[slice(*statement.graph.span)] == "<a:g>"
    assert line[slice(*statement.span)] == '<a:p> "x"'


def test_names_of_nodes_without_a_label_are_no_labels_of_the_text() -> None:
    text = "_:b0 <a:p> [] , _:bb16 ."
    terms = [statement.object.term for statement in statements(text)]
    assert len({str(term) for term in terms} | {"_:b0"}) == 3
    assert [str(s.object.term) for s in statements(text)] == [str(term) for term in terms]


def test_a_wrong_unit_ends_the_statements() -> None:
    read = statements("<a:s> <a:p> 1 .\n<a:s> <a:p> x:y .")
    assert str(next(read).object.term).startswith('"1"')
    with pytest.raises(
        InputError, match=r"line 2, column 13: the prefix `x:` is not declared"
    ) as e:
        next(read)
    assert e.value.code == "does-not-parse"


def test_only_line_ends_end_a_line() -> None:
    lines = Lines("a\u2028b\x0b\x0c\x85c\nd\re\r\n\U0001f600f")
    assert len(lines) == 4
    assert [lines.position(at) for at in (0, 6, 7, 8, 10, 12, 13, 14)] == [
        *((1, 1), (1, 7), (1, 8), (2, 1), (3, 1)),
        *((3, 3), (4, 1), (4, 2)),
    ]
    assert lines.offset(4, 2) == 14
    assert (lines.offset(0, 0), lines.offset(9, 9), lines.offset(2, 99)) == (0, 15, 10)
    assert lines.span(2) == Span(8, 9)


@given(st.text("ab\n\ré\u2028\U0001f600"), st.integers(0, 20))
def test_places_go_both_ways(text: str, at: int) -> None:
    lines = Lines(text)
    at = min(at, len(text))
    assert lines.offset(*lines.position(at)) == at


@pytest.mark.parametrize("before", ["", '<a:s> <a:p> "é漢\U0001f600" .', "# é\r\n# \U0001f600\n\t"])
def test_columns_of_pyoxigraph_are_code_points(before: str) -> None:
    text = before + "<a:s> <a:p> 'é\U0001f600' , é:\U00010000x ."
    with pytest.raises(SyntaxError) as caught:
        list(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    assert text[slice(*error_span(caught.value, text))] == "é:\U00010000x"
    (problem,) = problems(text)
    assert text[slice(*problem.span)] == "é:"


# --- prefixes and comments -------------------------------------------------------------------


def test_prefixes_are_found_with_their_places() -> None:
    text = "@base <http://b/c> . @prefix\n e: # x\n <d#> .\nPREFIX : <http://e/> prefix e: <> "
    text += "e:a :b '@prefix' ."
    found = [(p.name, p.iri, text[slice(*p.span)]) for p in prefixes(text)]
    assert found == [("e", "http://b/d#", "e:"), ("", "http://e/", ":"), ("e", "http://b/c", "e:")]
    assert [text[slice(*p.whole)] for p in prefixes(text)][1] == "PREFIX : <http://e/>"
    assert [(name, text[slice(*span)]) for name, span in prefix_uses(text)] == [
        ("e", "e:a"),
        ("", ":b"),
    ]


def test_unused_prefixes() -> None:
    text = "@prefix a: <http://a/> . a:b a 'c:d' , <c:d> . # c:d\n PREFIX c: <http://c/> "
    text += "@prefix a: <http://e/> ."
    assert [(p.name, p.span.start > 9) for p in unused_prefixes(text)] == [("c", True), ("a", True)]
    assert unused_prefixes(text + " a:b a c:d") == ()


def test_comments_know_whether_they_stand_alone() -> None:
    text = '<a:#s> <a:p> "# no" . # mesokg: one\n \t# mesokg: two\r\n# other\n#mesokg:'
    found = [(text[c.start : c.end], c.alone) for c in comments(text, "mesokg:")]
    assert found == [("# mesokg: one", False), ("# mesokg: two", True), ("#mesokg:", True)]
    assert list(comments(text, "waiver")) == []
    assert len(list(comments(text))) == 4


def test_kinds_of_tokens() -> None:
    text = "@prefix e: <x> . e:a a 'b'@prefix, 'c'^^e:d; _:e 1.5e3 true Foo \"open"
    found = [(t.kind, text[t.start : t.end]) for t in tokens(text) if t.kind != "space"]
    assert found == [
        *(("keyword", "@prefix"), ("pname", "e:"), ("iri", "<x>"), ("punctuation", ".")),
        *(("pname", "e:a"), ("a", "a"), ("string", "'b'"), ("langtag", "@prefix")),
        *(("punctuation", ","), ("string", "'c'"), ("datatype", "^^"), ("pname", "e:d")),
        *(("punctuation", ";"), ("blank", "_:e"), ("number", "1.5e3"), ("boolean", "true")),
        *(("error", "Foo"), ("error", '"open')),
    ]


# --- looking up subjects ---------------------------------------------------------------------


def test_find_reads_only_what_is_asked_for() -> None:
    text = HEAD + "e:a e:p [ e:q 1 ] . <http://e/b> e:p 2 . e:\\u . _:x e:p 3 . e:\\a e:p 4 . \n"
    text += "@base <http://e/> . <a> e:p 5 . <\\u0061> e:p 6 . @prefix f: <http://e/> . f:a e:p 7 ."
    found = find(text, "turtle", [ox.NamedNode("http://e/a")])
    values = [str(s.object.term)[1] for s in found if isinstance(s.object.term, ox.Literal)]
    assert values == ["1", "5", "6", "7"]
    found = find(text, "turtle", [ox.BlankNode("x"), ox.NamedNode("http://e/b")])
    assert [str(s.object.term)[1] for s in found] == ["2", "3"]


def test_find_knows_the_graph() -> None:
    text = "{ <a:s> <a:p> 1 } GRAPH <a:g> { <a:x> <a:p> 2 . <a:s> <a:p> 3 } <a:s> <a:p> 4 ."
    found = [
        (str(s.graph.term), str(s.object.term)[1])
        for s in find(text, "trig", [ox.NamedNode("a:s")])
    ]
    assert found == [("DEFAULT", "1"), ("<a:g>", "3"), ("DEFAULT", "4")]
    lines = '<a:s> <a:p> "1" .\n# c\n<a:x> <a:p> "2" .\n  <a:s> <a:p> "3" <a:g> .\n'
    found = [
        (str(s.graph.term), str(s.object.term)[1])
        for s in find(lines, "nquads", [ox.NamedNode("a:s")])
    ]
    assert found == [("DEFAULT", "1"), ("<a:g>", "3")]


@given(turtle_texts("trig"))
@settings(max_examples=60)
def test_find_gives_what_statements_give(text: str) -> None:
    subjects: list[ox.NamedNode | ox.BlankNode] = [ox.BlankNode("a")]
    subjects += map(ox.NamedNode, ("http://e/a", "http://e/ns#x", "http://base.org/d/e"))
    everything = list(statements(text, "trig"))
    found = list(find(text, "trig", subjects))
    assert set(found) <= set(everything)
    firsts = {chunk.first.start for chunk in chunks(text, "trig")}
    wanted = [
        s for s in everything if s.subject.term in subjects and s.subject.span.start in firsts
    ]
    assert set(wanted) <= set(found)


# --- errors ----------------------------------------------------------------------------------

GOOD = "e:x e:p e:y .\n"
#: A text with errors -> where each is and what it says, and how many statements are kept.
ERRORS: tuple[tuple[str, list[tuple[str, str]], int], ...] = (
    ("e:a e:p e:b\n\ne:c e:p e:d .\n", [("e:b", "a `.` is missing after this")], 1),
    ("e:a e:p e:b ;\n  e:q e:r\ne:c e:p e:d .\n", [("e:r", "a `.` is missing after this")], 1),
    ("e:a e:p e:b\n  e:q e:r .\n", [("e:b", "a `;` or `.` is missing after this")], 0),
    ("e:a e:p e:b ;\n\ne:c a e:d .\n", [(";", "`;` stands where `.` should")], 1),
    ("e:a e:p e:b ;\n\ne:c e:p e:d ;\n  e:q 1 .\n", [(";", "`;` stands where `.` should")], 2),
    ("e:a e:p e:b ,\n\ne:c e:p e:d .\n", [(",", "`,` stands where `.` should")], 1),
    ("e:a e:p 'b ;\n  e:q e:r .\n", [("'b ;", "is not closed: `'` is missing on its line")], 0),
    ("e:a e:p 'b .\n", [("'b .", "is not closed: `'` is missing on its line")], 0),
    ("e:a e:p 'it's' .\n", [("s", "the string before it has ended")], 0),
    ("e:a e:p <http://e/ ;\n  e:q 1 .\n", [("<http://e/", "`>` is missing")], 0),
    ("e:a e:p <a b> .\n", [("<a b>", "is relative, and there is no base")], 0),
    ("e:a e:p <a:b c> .\n", [("<a:b c>", "Invalid IRI code point ' '")], 0),
    ('e:a e:p """b. So.\nNote: c.\n  d .\n\n', [('"""b. So.', '`"""` is missing')], 0),
    ('e:a e:p """b.\nSo. c .\n\ne:c e:p """d\n""" .\n', [('"""b.', "does not end where")], 1),
    ("e:a f:p 1 . e:b f:p g:c .\n", [("f:", "`f:` is not declared"), ("g:", "`g:` is not")], 0),
    ("e:a e:p 'C:\\d' , '\\uD800' .\n", [("\\d", "`\\d` is no escape"), ("\\uD800", "no char")], 0),
    ("e:a e:p 'b'@en_US .\n", [("_", "`_` stands where a language tag has `-`")], 0),
    ("e:a e:p 'b'@abcdefghi .\n", [("@abcdefghi", "no language tag")], 0),
    ("e:a e:p 'b'@en--up .\n", [("@en--up", "`up` is no direction")], 0),
    (f"e:a e:p 'b'^^<{RDF}langString> .\n", [(f"<{RDF}langString>", "needs a language tag")], 0),
    ("e:a e:p [ e:q 1 .\n", [(".", "`.` stands where `]`, `;` or `,` should")], 0),
    ("e:a e:p ( 1 ;\n  e:q 2 .\n", [(";", "`;` stands where `)` or a member")], 0),
    ("e:a e:p 1 ] .\n", [("]", "`]` stands where `.`, `;` or `,` should")], 0),
    ("e:a a Person .\n", [("Person", "a name needs a prefix, as in `:Person`")], 0),
    ("e:a e:p 1 . .\n", [(".", "this `.` ends nothing")], 1),
    ("PREFIX f: <http://f/> .\ne:a f:b 1 .\n", [(".", "this `.` ends nothing")], 1),
    ("@prefix f: <http://f/>\ne:a f:b 1 .\n", [("<http://f/>", "a `.` is missing")], 1),
    ("@prefix f <http://f/> .\ne:a f:b 1 .\n", [("f", "the prefix to declare, such as `ex:`")], 0),
    (
        "@prefix f: http://f/ .\ne:a f:b 1 .\n",
        [("http://f/", "an IRI stands between `<` and `>`")],
        0,
    ),
    ("@prefix f: <http://f/ > .\ne:a f:b 1 .\n", [("<http://f/ >", "no valid IRI")], 0),
    ("@prefix f: 'f' .\ne:a f:b 1 .\n", [("'f'", "the `<IRI>` of the prefix")], 0),
    ("e:a e:p http://f/g ;\n  e:q 1 .\n", [("http://f/g", "an IRI stands between")], 0),
    ("'x' e:p 1 .\n", [("'x'", "the string `'x'` stands where a statement or a directive")], 0),
    ("e:a 'x' 1 ;\n  e:p 2 .\n", [("'x'", "stands where a predicate should")], 0),
    ("e:a\ne:p e:b ;\ne:q e:c , , e:d .\n", [(",", "`,` stands where an object should")], 0),
    ("e:a e:p 1 e:c\ne:b e:p , 2 .\n", [("e:c", "stands where"), (",", "an object should")], 0),
    ("// a comment. Indeed.\n", [("/", "stands where a statement")], 0),
    (
        "<<<<<<< HEAD\ne:a e:p 1 .\n=======\ne:a e:p 2 .\n>>>>>>> it\n",
        [("<<<<<<< HEAD", "merge"), ("=======", "merge"), (">>>>>>> it", "merge")],
        2,
    ),
)


@pytest.mark.parametrize(("broken", "expected", "kept"), ERRORS)
def test_one_slip_is_one_problem(broken: str, expected: list[tuple[str, str]], kept: int) -> None:
    for before, after in (("", GOOD), (GOOD, GOOD + GOOD)):
        text = HEAD + before + broken + after
        found = recover(text)
        assert [text[slice(*problem.span)] for problem in found.problems] == [
            w for w, _ in expected
        ]
        for problem, (_, words) in zip(found.problems, expected, strict=True):
            assert words in problem.message
        good = (before + after).count(GOOD)
        assert len(found.statements) == kept + good
        assert [s.object.term for s in found.statements][-1] == ox.NamedNode("http://e/y")


def test_an_undeclared_prefix_names_itself_and_the_others() -> None:
    text = HEAD + "PREFIX f: <http://f/> g:a f:b e:c . g:d f:b e:c ."
    (problem,) = problems(text)
    assert (problem.prefix, problem.known) == ("g", ("e", "f"))
    assert Lines(text).position(problem.span.start) == (2, 23)


@pytest.mark.parametrize(
    ("broken", "words", "kept"),
    [
        ("e:g {\n  e:a e:p 1 .\n\ne:h {\n  e:c e:p 2 .\n}\n", "`}` is missing", 2),
        ("GRAPH e:g {\n  e:a e:p 1 .\n\nGRAPH e:h { e:c e:p 2 }\n", "`}` is missing", 2),
        ("e:g {\n  e:a e:p 1\n  e:c e:p 2 .\n}\n", "a `.` is missing", 1),
        ("e:g { e:a e:p 1 . } }\n", "`}` stands where", 1),
        ("'x' {\n  e:a e:p 1 .\n}\n", "the string `'x'` stands where", 0),
        ("e:g {\n  e:a e:p , 1 .\n  e:c e:p 2\n}\n", "an object should", 1),
        ("x:g {\n  e:a e:p 1 .\n  e:b e:p 2\n}\n", "`x:` is not declared", 0),
    ],
)
def test_one_slip_in_a_graph_block_is_one_problem(broken: str, words: str, kept: int) -> None:
    text = HEAD + broken + "e:z { e:x e:p e:y }\n"
    found = recover(text, "trig")
    assert [words in problem.message for problem in found.problems] == [True]
    assert len(found.statements) == kept + 1
    assert found.statements[-1].graph.term == ox.NamedNode("http://e/z")


def test_an_open_graph_block_at_the_end() -> None:
    found = recover("GRAPH <a:g> { <a:s> <a:p> 1 .\n", "trig")
    assert [(p.message, p.span) for p in found.problems] == [
        ("the graph block is not closed: `}` is missing", (12, 13))
    ]
    assert len(found.statements) == 1


def test_lines_are_mended_one_by_one() -> None:
    text = '<a:s> <a:p> "x .\n<a:s> <a:p> .\n<a:s> <a:p> <a:o>\n<a:s> <a:p> <a:o> <a:g> .\n'
    text += "<a:s> <a:p> <x> .\n<a:s> a <a:o> .\n<a:s> <a:p> '1' .\n<a:s> <a:p> <a:o> . <a:s>\n"
    text += '<a:s> <a:p> <<( <a:s> <a:p> "1"^^<a:d> )>> . # so\n'
    found = recover(text, "ntriples")
    lines = Lines(text)
    assert [lines.position(p.span.start) for p in found.problems] == [
        *((1, 13), (2, 13), (3, 18), (4, 19), (5, 13), (6, 7), (7, 13), (8, 21))
    ]
    assert len(found.statements) == 1
    assert len(recover(text, "nquads").problems) == 7


def test_problems_are_bounded_and_counted() -> None:
    text = HEAD + "e:a e:p , .\n" * 50
    found = recover(text, limit=3)
    assert (len(found.problems), found.total, found.complete) == (3, 50, True)
    found = recover(text * 40, limit=3)
    assert (len(found.problems), found.total, found.complete) == (3, 1000, False)


# --- bounds ----------------------------------------------------------------------------------

MANY = 20_000


@pytest.mark.parametrize(
    "text",
    [
        "<a:s> <a:p> " + "[ <a:p> " * MANY + "1 " + "]" * MANY + " .",
        "<a:s> <a:p> " + "( " * MANY + ")" * MANY + " .",
        "<a:s> <a:p> " + "[ <a:p> " * MANY,
        "( " * MANY,
        "<a:s> <a:p> " + "<<( <a:s> <a:p> " * MANY + "1 " + ")>> " * MANY + ".",
        "<< " * MANY,
        '"\n' * MANY,
        '\\"""\n' * MANY,
        "<" * MANY,
        "[]()" * MANY,
        "x" * MANY + " ",
        "a b\n" * MANY,
        "<a:s> <a:p> 'it's' .\n" * MANY,
        "<a:s> <a:p> <a:o>\n" * MANY,
    ],
    ids=lambda text: repr(text[:24]),
)
def test_nesting_and_garbage_cost_linear_time(text: str) -> None:
    start = time.process_time()
    found = recover(text, "trig")
    assert (not found.problems) == ("]]" in text or "))" in text)
    assert pieces(text) == text
    assert sum(1 for _ in chunks(text, "trig")) <= 4 * MANY
    assert time.process_time() - start < 20


def test_places_in_a_long_text_are_those_of_its_lines() -> None:
    text = "".join("x" * (n * 7919 % 6000) + "\n" for n in range(400)) + "end"
    assert len(text) > 1_000_000
    starts = [0, *(n + 1 for n, letter in enumerate(text) if letter == "\n")]
    lines = Lines(text)
    for line, start in enumerate(starts, 1):
        assert lines.position(start) == (line, 1)
        assert lines.position(max(start - 1, 0))[0] == max(line - 1, 1)
    assert lines.position(len(text)) == (len(starts), 4)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_find_sees_every_form_of_a_line(end: str) -> None:
    written = [
        "<urn:a> <urn:p> 'no'",
        '<urn:a> <urn:p> "1" .',
        "",
        "# <urn:a> <urn:p> <urn:a> .",
        ' <urn:a> <urn:p> "2" .',
        '<urn:\\u0061> <urn:p> "3" .',
        '<urn:ab> <urn:p> "> <urn:a>" .',
        '<urn:a><urn:p>"4".',
        '_:a <urn:p> "5" .',
        '<urn:a> <urn:p> "6" . # end',
    ]
    text = end.join(written[1:])
    found = list(find(text, "ntriples", [ox.NamedNode("urn:a"), ox.BlankNode("a")]))
    assert [statement.object.term.value for statement in found] == list("123456")  # type: ignore[union-attr]  # literals
    assert [text[slice(*statement.object.span)] for statement in found] == [
        f'"{number}"' for number in "123456"
    ]
