"""Publishing named graphs in real stores: what arrives, what is refused, what a cut leaves."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
from hypothesis import given

from cut_line import line_to
from mesokg.dataset import Dataset, load, read
from mesokg.derived import derive
from mesokg.description import describe, excerpt, stats_of_engine
from mesokg.engine import Engine, Table
from mesokg.errors import EndpointError, InputError, MesokgError, QueryError
from mesokg.project import open_project
from mesokg.remote import Updates, connect, connect_updates
from mesokg.stores import Pushed, pull, pull_index, push
from mesokg.stores.content import compared, content_of
from mesokg.stores.ledger import LEASE, LEDGER
from mesokg.terms import NS, STANDARD_PREFIXES
from stores import Store, oxigraph_store, virtuoso_store
from strategies import datasets
from test_remote import Handler, serving

ROOT = Path(__file__).resolve().parent.parent
OWNER = "https://example.org/"


def many(graphs: int, triples: int, seed: int = 0) -> Dataset:
    """Named graphs of plain triples, a few blank nodes and texts of all kinds among them."""
    quads = []
    for g in range(graphs):
        name = ox.NamedNode(f"http://e/graph/g{g}")
        quads += [
            ox.Quad(
                ox.NamedNode(f"http://e/s{n // 5}"),
                ox.NamedNode(f"http://e/p{n % 5}"),
                ox.Literal(f"value {n} of {seed}, “so” it\nsays\\", language="en"),
                name,
            )
            for n in range(triples - 3)
        ]
        thing, other = ox.BlankNode(f"a{g}"), ox.BlankNode(f"b{g}")
        quads += [
            ox.Quad(thing, ox.NamedNode("http://e/holds"), other, name),
            ox.Quad(other, ox.NamedNode("http://e/holds"), ox.Literal(g), name),
            ox.Quad(ox.NamedNode("http://e/x"), ox.NamedNode("http://e/has"), thing, name),
        ]
    return Dataset(tuple(quads))


@pytest.fixture(scope="module", autouse=True)
def _no_proxy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "*")
        yield


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    started = (
        oxigraph_store()
        if request.param == "oxigraph"
        else virtuoso_store(tmp_path_factory.mktemp("virtuoso"))
    )
    with started as store:
        yield store


def ends(store: Store) -> tuple[Engine, Updates]:
    return connect(store.query, timeout=60), connect_updates(
        store.update, user=store.user, password=store.password, timeout=60
    )


@pytest.fixture
def store(running: Store) -> Store:
    """A store that is up and holds nothing of ours."""
    engine, updates = ends(running)
    answer = engine.run(
        "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } "
        'FILTER(STRSTARTS(STR(?g), "http://e/") || CONTAINS(STR(?g), "mesokg/published")) }'
    )
    assert isinstance(answer, Table)
    for (graph,) in answer.rows:
        updates.update(f"DROP SILENT GRAPH {graph}")
    return running


def publish(store: Store, dataset: Dataset, **options: object) -> Pushed:
    engine, updates = ends(store)
    settings: dict[str, object] = {"owner": OWNER, "holder": "here:1", **options}
    return push(dataset, engine, updates, **settings)  # type: ignore[arg-type]


def actions(pushed: Pushed) -> list[str]:
    return [step.action for step in pushed.steps]


def through(store: Store, port: int) -> Store:
    """The store as it is reached by another port."""

    def other(url: str) -> str:
        return f"http://127.0.0.1:{port}{urlsplit(url).path}"

    return replace(store, query=other(store.query), update=other(store.update))


def port_of(store: Store) -> int:
    return urlsplit(store.query).port or 0


def said(store: Store, query: str) -> list[str]:
    answer = ends(store)[0].run(query)
    assert isinstance(answer, Table)
    return [str(getattr(row[0], "value", "")) for row in answer.rows]


def digests(dataset: Dataset) -> dict[str, str]:
    return {
        name.value: content_of(dataset.graph(name)).digest
        for name in dataset.graphs
        if isinstance(name, ox.NamedNode)
    }


# --- what arrives ------------------------------------------------------------------------------


def test_what_is_pushed_comes_back_by_digest(store: Store) -> None:
    data = many(3, 400)
    assert actions(publish(store, data, chunk=150)) == ["sent"] * 3
    found = pull(ends(store)[0])
    assert {one.graph: one.digest for one in found} == digests(data)
    assert [one.file.path for one in found] == ["g0.ttl", "g1.ttl", "g2.ttl"]
    for one in found:
        again = read(one.file.data)
        assert content_of(again.default_graph).digest == one.digest
    assert pull_index(found).path == "index.json"


def test_only_what_changed_is_sent(store: Store) -> None:
    publish(store, many(3, 100))
    changed = many(3, 100)
    more = ox.Quad(ox.NamedNode("http://e/n"), ox.NamedNode("http://e/p"), ox.Literal("new"),
                   ox.NamedNode("http://e/graph/g1"))  # fmt: skip
    changed = replace(changed, quads=(*changed.quads, more))
    assert actions(publish(store, changed)) == ["keep", "sent", "keep"]
    assert actions(publish(store, changed)) == ["keep"] * 3
    smaller = many(2, 100)
    assert actions(publish(store, smaller)) == ["keep", "sent"], "nothing is removed unasked"
    assert actions(publish(store, smaller, prune=True)) == ["keep", "keep", "removed"]
    assert (
        said(
            store, "SELECT DISTINCT ?g { VALUES ?g { <http://e/graph/g2> } GRAPH ?g { ?s ?p ?o } }"
        )
        == []
    )


def test_nothing_of_a_push_is_left_behind(store: Store) -> None:
    publish(store, many(2, 300), chunk=50)
    graphs = said(
        store,
        "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } FILTER CONTAINS(STR(?g), 'mesokg/published') }",
    )
    assert graphs == [LEDGER.value]
    noted = said(store, f"SELECT DISTINCT ?p {{ GRAPH {LEDGER} {{ ?s ?p ?o }} }} ORDER BY ?p")
    assert [iri.rpartition("#")[2] for iri in noted] == ["digest", "held", "owner", "triples"]


def test_dry_run_changes_nothing(store: Store) -> None:
    engine, _ = ends(store)

    class Nothing:
        def update(self, text: str) -> None:
            raise AssertionError(text)

    done = push(many(2, 20), engine, Nothing(), owner=OWNER, holder="h", dry_run=True)
    assert actions(done) == ["send", "send"]
    assert done.pending


def test_a_graph_that_was_lost_in_the_store_is_sent_again(store: Store) -> None:
    data = many(2, 50)
    publish(store, data)
    ends(store)[1].update("DROP SILENT GRAPH <http://e/graph/g1>")
    assert actions(publish(store, data)) == ["keep", "sent"]


def test_spelling_is_told_apart_from_loss(store: Store) -> None:
    data = read(
        """PREFIX e: <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        GRAPH e:graph\\/n { e:s e:p1 01 ; e:p2 1.50 ; e:p3 1e6 ; e:p4 "x"@en-gb ; e:p5 true ;
            e:p6 "2020-01-01T00:00:00Z"^^xsd:dateTime }""",
        "trig",
    )
    (step,) = publish(store, data).steps
    assert step.action == "sent"
    assert "literals anew" in step.note
    assert actions(publish(store, data)) == ["keep"], "the store's spelling is no change"
    (found,) = pull(ends(store)[0])
    assert "rewritten" in found.note


def test_a_graph_that_a_store_cannot_hold_is_told_and_the_old_one_stays(store: Store) -> None:
    good = read("GRAPH <http://e/graph/n> { <http://e/s> <http://e/p> 1 }", "trig")
    bad = read(
        """PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        GRAPH <http://e/graph/n> { <http://e/s> <http://e/p> "x", 1, true }""",
        "trig",
    )
    publish(store, good)
    (step,) = publish(store, bad).steps
    if store.name == "oxigraph":
        assert step.action == "sent"
        return
    assert step.action == "refused"
    assert "does not keep 1 of its statements" in step.note
    assert said(store, "SELECT ?o { GRAPH <http://e/graph/n> { ?s ?p ?o } }") == ["1"]
    assert "staging" not in " ".join(said(store, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"))


def test_commands_push_and_pull(tmp_path: Path) -> None:
    data = many(2, 40)
    (tmp_path / "data.nq").write_bytes(ox.serialize(data.quads, format=ox.RdfFormat.N_QUADS) or b"")

    def mesokg(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mesokg", *words]
        environment = {**os.environ, "no_proxy": "*"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    with oxigraph_store() as store:
        words = ("--endpoint", store.query, "--update", store.update, "--data", "data.nq")
        planned = mesokg("push", *words, "--dry-run")
        assert (planned.returncode, planned.stdout.count("send")) == (1, 2)
        sent = mesokg("push", *words)
        assert (sent.returncode, sent.stdout.count("sent")) == (0, 2)
        assert mesokg("push", *words).stdout.count("keep") == 2
        assert mesokg("pull", "--endpoint", store.query, "-o", "out").returncode == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["g0.ttl", "g1.ttl", "index.json"]
    gone = mesokg("push", *words)
    assert gone.returncode == 3
    assert "[endpoint-unreachable]" in gone.stderr


# --- whose graphs ------------------------------------------------------------------------------


def test_the_flagship_is_the_same_thing_in_a_store(store: Store) -> None:
    """Pushed, described and counted there, by label, CURIE and IRI."""
    ours = derive(load(open_project(ROOT / "mesokg.toml")))
    publish(store, ours)
    engine, updates = ends(store)
    try:
        for word in ("dutasteride-containing solution", "treatment:mesotherapy", "claim:mhl-c40"):
            here = describe(ours, word)
            there = describe(excerpt(engine, ours.prefixes, word), word)
            assert there.iri == here.iri
            assert there.triples == here.triples
            for iri in (here.iri, *here.types):
                assert there.labels.get(iri) == here.labels.get(iri)
        with pytest.raises(QueryError) as caught:
            describe(excerpt(engine, ours.prefixes, "no such thing"), "no such thing")
        assert caught.value.code == "unknown-term"
        counted = {
            str(name.value): int(n.value)
            for what, name, n in stats_of_engine(engine, ours.prefixes).rows
            if isinstance(name, ox.Literal) and isinstance(n, ox.Literal)
        }
        assert counted["statements in named graphs"] >= len(ours.quads)
        every = {
            quad.subject
            for quad in ours.quads
            if quad.predicate == ox.NamedNode(STANDARD_PREFIXES["rdf"] + "type")
            and quad.object == ox.NamedNode(f"{NS}Claim")
        }
        assert counted["meso:Claim"] == len(every)
    finally:
        for graph in ours.graphs:
            updates.update(f"DROP SILENT GRAPH {graph}")


def test_somebody_elses_graph_is_never_touched(store: Store) -> None:
    data = many(3, 20)
    ends(store)[1].update(
        "INSERT DATA { GRAPH <http://e/graph/g1> { <http://e/theirs> <http://e/p> 1 } }"
    )
    with pytest.raises(MesokgError) as caught:
        publish(store, data)
    assert caught.value.code == "graph-not-ours"
    assert "http://e/graph/g1" in caught.value.message
    assert said(
        store, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } FILTER STRSTARTS(STR(?g), 'http://e/') }"
    ) == ["http://e/graph/g1"]
    assert actions(publish(store, data, only=["http://e/graph/g0"])) == ["sent"]
    with pytest.raises(MesokgError, match=r"was published by https://example\.org/"):
        publish(store, many(1, 30), owner="https://other.example/")
    assert actions(publish(store, many(1, 20), owner=OWNER)) == ["keep"]


def test_names_that_are_not_there_or_ours(store: Store) -> None:
    for data, only, code in (
        (many(1, 20), ["http://e/nope"], "unknown-graph"),
        (read("<http://e/s> <http://e/p> 1 ."), [], "no-named-graphs"),
        (read(f"GRAPH {LEDGER} {{ <http://e/s> <http://e/p> 1 }}", "trig"), [], "graph-not-ours"),
    ):
        with pytest.raises(MesokgError) as caught:
            publish(store, data, only=only)
        assert caught.value.code == code
    with pytest.raises(InputError, match="nothing was published"):
        pull(ends(store)[0])
    with pytest.raises(InputError, match="no graph http://e/nope"):
        pull(ends(store)[0], only=["http://e/nope"])


def test_what_somebody_changed_is_not_pulled(store: Store) -> None:
    publish(store, many(1, 20))
    ends(store)[1].update(
        "DELETE DATA { GRAPH <http://e/graph/g0> { <http://e/x> <http://e/y> 1 } } ; "
        "INSERT DATA { GRAPH <http://e/graph/g0> { <http://e/x> <http://e/y> 1 } }"
    )
    with pytest.raises(EndpointError) as caught:
        pull(ends(store)[0])
    assert caught.value.code == "graph-changed"


# --- two at once -------------------------------------------------------------------------------


def test_two_at_once_do_not_mix(store: Store) -> None:
    outcomes: list[object] = []

    def run(seed: int) -> None:
        try:
            outcomes.append(publish(store, many(4, 300, seed), holder=f"here:{seed}", chunk=50))
        except MesokgError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(filter(lambda o: isinstance(o, str), outcomes)) <= {"push-under-way"}
    for seed in (1, 2):  # nobody is left locked out
        assert not publish(store, many(4, 300, seed)).pending
        assert {one.digest for one in pull(ends(store)[0])} == set(
            digests(many(4, 300, seed)).values()
        )


def test_a_lock_is_passed_over_when_its_holder_is_dead(store: Store) -> None:
    _, updates = ends(store)
    terms = "https://w3id.org/mesokg/published/terms#"
    lock = (
        f'{LEDGER} <{terms}lock> "there:7" . '
        f"<https://w3id.org/mesokg/published/lock/there-7> <{terms}since> "
    )
    updates.update(
        f"INSERT {{ GRAPH {LEDGER} {{ {lock} ?now }} }} WHERE {{ BIND(STR(NOW()) AS ?now) }}"
    )
    with pytest.raises(MesokgError) as caught:
        publish(store, many(1, 20))
    assert caught.value.code == "push-under-way"
    assert str(LEASE) in caught.value.hint
    assert actions(publish(store, many(1, 20), is_dead=lambda holder: holder == "there:7")) == [
        "sent"
    ]
    updates.update(f'INSERT DATA {{ GRAPH {LEDGER} {{ {lock} "2020-01-01T00:00:00" }} }}')
    assert actions(publish(store, many(1, 30))) == ["sent"], "too long without a sign of life"


# --- a line that breaks ------------------------------------------------------------------------


def test_what_arrived_before_a_cut_is_not_sent_again(store: Store) -> None:
    data = many(2, 5000)
    whole = sum(len(line) for name in data.graphs for line in content_of(data.graph(name)).lines)
    cuts = random.Random(7)
    with line_to(port_of(store)) as line:
        publish(store, many(1, 20))
        line.break_at = cuts.randrange(whole // 2, whole * 3 // 4)
        before = line.break_at
        with pytest.raises(EndpointError) as caught:
            publish(through(store, line.port), data, chunk=500)
        assert caught.value.code in {"endpoint-unreachable", "endpoint-answer"}
        counts = said(store, "SELECT (COUNT(*) AS ?n) { GRAPH <http://e/graph/g1> { ?s ?p ?o } }")
        assert counts == ["0"], "readers never see a part"
        line.mend()
        assert "sent" in actions(publish(through(store, line.port), data, chunk=500))
        assert line.sent < whole * 1.5 - before + 100_000
        line.mend()
        assert actions(publish(through(store, line.port), data, chunk=500)) == ["keep"] * 2
        assert line.sent < 3000
    assert {one.graph: one.digest for one in pull(ends(store)[0])} == digests(data)


@pytest.mark.parametrize("place", ["MOVE", "forget"])
def test_a_cut_around_the_switch_is_made_good(store: Store, place: str) -> None:
    """The answer to the switch, or to the note after it, never comes."""
    engine, updates = ends(store)
    data = many(1, 200)

    class Deaf:
        def update(self, text: str) -> None:
            updates.update(text)
            if "MOVE" in text if place == "MOVE" else "terms#held" in text:
                raise EndpointError("gone", code="endpoint-unreachable")

    with pytest.raises(EndpointError):
        push(data, engine, Deaf(), owner=OWNER, holder="h")
    done = push(data, engine, updates, owner=OWNER, holder="h")
    assert not [step for step in done.steps if step.action == "refused"]
    assert actions(publish(store, data)) == ["keep"]
    assert {one.graph: one.digest for one in pull(engine)} == digests(data)


# --- servers that will not -----------------------------------------------------------------------


def reply(status: int, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.reply(status, b"<html>no</html>", "text/html", **headers)


@pytest.mark.parametrize(
    ("status", "code", "way_out"),
    [
        (400, "endpoint-refused", "--update"),
        (401, "endpoint-refused", "MESOKG_ENDPOINT_USER"),
        (403, "endpoint-refused", "right to write"),
        (404, "endpoint-refused", "--update"),
        (405, "endpoint-refused", "--update"),
        (413, "endpoint-refused", "--chunk"),
        (500, "endpoint-failed", "later"),
        (503, "endpoint-busy", "wait 7 s"),
    ],
)
def test_each_refusal_has_a_way_out(status: int, code: str, way_out: str) -> None:
    headers = {"Retry-After": "7"} if status == 503 else {}
    with serving(reply(status, **headers)) as server:
        updates = connect_updates(server.url, sleep=lambda seconds: None)
        with pytest.raises(EndpointError) as caught:
            updates.update("CLEAR ALL")
    assert caught.value.code == code
    assert caught.value.status == status
    assert way_out in caught.value.hint
    assert len(server.seen) == (3 if status == 503 else 1)


def test_a_page_instead_of_results(store: Store) -> None:
    with serving(reply(200)) as server, pytest.raises(EndpointError) as caught:
        push(many(1, 20), connect(server.url), ends(store)[1], owner=OWNER, holder="h")
    assert caught.value.code == "endpoint-answer"


def test_requests_that_are_too_large_are_halved() -> None:
    sizes: list[int] = []

    class Small:
        def __init__(self, updates: Updates) -> None:
            self.updates = updates

        def update(self, text: str) -> None:
            if text.count("\n") > 120:
                raise EndpointError("too large", code="endpoint-refused", status=413)
            sizes.append(text.count("\n"))
            self.updates.update(text)

    with oxigraph_store() as store:
        engine, updates = ends(store)
        data = many(1, 1000)
        push(data, engine, Small(updates), owner=OWNER, holder="h")
        assert {one.graph: one.digest for one in pull(engine)} == digests(data)
    assert max(sizes) <= 120


# --- content -------------------------------------------------------------------------------------


@given(datasets())
def test_pieces_are_the_whole_and_part_no_blank_node(dataset: Dataset) -> None:
    content = content_of(dataset.default_graph)
    for size in (1, 3, 1000):
        pieces = list(content.pieces(size))
        assert sorted(line for piece in pieces for line in piece) == sorted(content.lines)
    assert compared(dataset.default_graph, dataset.default_graph).lost == 0
