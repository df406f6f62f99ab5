"""Finding a project and reading its configuration; every mistake has a file, a line and a key."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mesokg.errors import ConfigError, InputError
from mesokg.project import (
    Project,
    case_folder,
    context_file,
    find,
    general_files,
    open_project,
    query_folder,
    resource,
    shipped,
    shipped_names,
)
from mesokg.report import Severity
from mesokg.terms import VOCABULARY_BASE
from strategies import texts

BASE = "https://example.org/kg/"
CONFIG = f"""# Teas
[project]
name = "tea"
title = "What is said of tea"
base = "{BASE}"
"""


def configured(folder: Path, text: str, name: str = "mesokg.toml") -> Project:
    config = folder / name
    config.write_text(text, encoding="utf-8")
    return open_project(config)


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


# --- a good configuration --------------------------------------------------------------------


def test_three_keys_are_enough(tmp_path: Path) -> None:
    project = configured(tmp_path, CONFIG)
    assert project.root == tmp_path.resolve()
    assert (project.name, project.title, project.base) == ("tea", "What is said of tea", BASE)
    assert project.prefixes["claim"] == f"{BASE}claim/"
    assert project.texts is None
    assert project.severity == {}
    assert project.files() == ()


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    project = configured(
        tmp_path,
        f"""texts = "articles"
{CONFIG}version = "1.2.0"
description = "D"
licence = "https://creativecommons.org/licenses/by/4.0/"
publisher = "P"
[files]
data = ["kg/*.trig"]
[severity]
claim-core = "warning"
text-hash = "info"
""",
    )
    assert project.version == "1.2.0"
    assert project.texts == tmp_path.resolve() / "articles"
    assert project.severity == {"claim-core": Severity.WARNING, "text-hash": Severity.INFO}
    assert project.globs["data"] == ("kg/*.trig",)
    assert project.globs["queries"] == ("queries/*.rq",), "what is not said stays as it is"


def test_pyproject_may_hold_it(tmp_path: Path) -> None:
    nested = CONFIG.replace("[project]", "[project]\nname = 'other'\n[tool.mesokg.project]")
    project = configured(tmp_path, nested, "pyproject.toml")
    assert project.name == "tea"
    assert find(tmp_path).name == "tea"


@pytest.mark.parametrize("start", ["\ufeff", "\n"])
def test_byte_order_mark_and_windows_line_ends(tmp_path: Path, start: str) -> None:
    (tmp_path / "mesokg.toml").write_bytes((start + CONFIG).replace("\n", "\r\n").encode())
    assert find(tmp_path).name == "tea"


def test_files_in_order_each_with_its_graph(tmp_path: Path) -> None:
    write(tmp_path, "data/b.ttl", "data/a/z.ttl", "data/a/my notes.trig", "data/.hidden.ttl")
    write(tmp_path, "data/notes.md", "ontology/own.ttl", "ontology/map.sssom.tsv", "other/x.ttl")
    (tmp_path / "data" / "folder.ttl").mkdir()
    project = configured(tmp_path, CONFIG)
    assert [(file.name, file.role, file.graph) for file in project.files()] == [
        ("data/a/my notes.trig", "data", f"{BASE}graph/data/a/my%20notes"),
        ("data/a/z.ttl", "data", f"{BASE}graph/data/a/z"),
        ("data/b.ttl", "data", f"{BASE}graph/data/b"),
        ("ontology/own.ttl", "vocabulary", f"{BASE}graph/ontology/own"),
        ("ontology/map.sssom.tsv", "mappings", f"{BASE}graph/ontology/map"),
    ]
    assert [file.name for file in project.files("mappings")] == ["ontology/map.sssom.tsv"]
    assert project.paths("nothing") == ()


# --- finding ---------------------------------------------------------------------------------


def test_nearest_folder_above_counts(tmp_path: Path) -> None:
    configured(tmp_path, CONFIG)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find(deep).root == tmp_path.resolve()
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]", encoding="utf-8")
    assert find(deep).root == tmp_path.resolve(), "a pyproject.toml of others is passed by"
    configured(deep, CONFIG.replace("tea", "pot"))
    assert find(deep).name == "pot"


def test_folder_without_a_project_names_the_ways_out(tmp_path: Path) -> None:
    for number, text in enumerate(("[tool]\nmesokg = 1", "tool = 1", "not toml", "[tool.mesokg]")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "pyproject.toml").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            find(folder)
        assert caught.value.code == "no-project"
        assert "--project NAME" in caught.value.hint


def test_projects_that_come_with_the_tool() -> None:
    assert shipped_names()
    for name in shipped_names():
        assert shipped(name).name == name
    with pytest.raises(ConfigError) as caught:
        shipped("nothing")
    assert caught.value.code == "unknown-project"
    assert shipped_names()[0] in caught.value.hint


def test_what_comes_with_the_tool_is_there() -> None:
    files = general_files()
    assert {file.role for file in files} == {"vocabulary", "shapes"}
    assert len({file.graph for file in files}) == len(files)
    for file in files:
        assert file.path.is_file()
        assert file.name.startswith("mesokg:ontology/")
        assert file.graph.startswith(f"{VOCABULARY_BASE}graph/ontology/")
    for place in (case_folder(), query_folder(), resource("checks"), context_file()):
        assert place.exists()


def test_general_files_are_not_the_projects_own() -> None:
    project = shipped(shipped_names()[0])
    own = {file.path for file in project.files()}
    assert own
    assert own.isdisjoint(file.path for file in general_files())


# --- mistakes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "config-key", ":1: project.name is missing"),
        ("[project]\nname = 'x'", "config-key", ":1: project.title is missing"),
        ("\n\n[project]\nname = 'x'\ntitle = 'y'", "config-key", ":3: project.base is missing"),
        (CONFIG + "nmae = 'x'", "config-key", ":6: project.nmae is not a known key"),
        (CONFIG + "[fils]", "config-key", ":6: fils is not a known key"),
        (CONFIG + "[files]\nqueris = []", "config-key", ":7: files.queris is not a known key"),
        (CONFIG + "version = 2", "config-value", ":6: project.version must be a text"),
        (CONFIG + "version = ' '", "config-value", ":6: project.version must be a text"),
        (CONFIG + "version = '\\u0000'".replace("'", '"'), "config-value", ":6: project.version"),
        (CONFIG.replace(BASE, BASE[:-1]), "config-value", ":5: project.base must be"),
        (CONFIG.replace(BASE, "https://e/#"), "config-value", ":5: project.base must be"),
        (CONFIG.replace(BASE, "https://e/%zz/"), "config-value", ":5: project.base must be"),
        (CONFIG.replace(BASE, "https://e/a b/"), "config-value", ":5: project.base must be"),
        (CONFIG.replace(BASE, "ftp://e/"), "config-value", ":5: project.base must be"),
        (CONFIG.replace(BASE, "https://e/?x=/"), "config-value", ":5: project.base must be"),
        (CONFIG + "[files]\n\ndata = 'x'", "config-value", ":8: files.data must be a list"),
        (CONFIG + "[files]\ndata = [1]", "config-value", ":7: files.data must be a list"),
        (CONFIG + "[files]\ndata = ['../*']", "config-value", "leaves the project's folder"),
        (CONFIG + "[files]\ndata = ['/etc/*']", "config-value", "leaves the project's folder"),
        (CONFIG + "[files]\ndata = ['']", "config-value", ":7: files.data '' is no glob"),
        (CONFIG + "[files]\ndata = ['.']", "config-value", ":7: files.data '.' is no glob"),
        (CONFIG + "[files]\ndata = ['**x']", "config-value", ":7: files.data '**x' has **"),
        (CONFIG + "[severity]\na-b = 'bad'", "config-value", ":7: severity.a-b no severity 'bad'"),
        (CONFIG + "[severity]\na = 1", "config-value", ":7: severity.a must be a text"),
        ("severity = 1\n" + CONFIG, "config-value", ":1: severity must be a table"),
        ("texts = 1\n" + CONFIG, "config-value", ":1: texts must be a text"),
        ("project.name = 'x'\nproject.base = 1", "config-key", ":1: project.title is missing"),
        ("a = 1\nproject = {name = 'x'}", "config-key", ":1: a is not a known key"),
        ("\nproject = {name = 'x', nme = 1}", "config-key", ":2: project.nme is not a known key"),
        ("project = []", "config-value", ":1: project must be a table: write [project]"),
        ("[project", "config-syntax", ":1:1: "),
        ("[project]\nname = ", "config-syntax", ":2:1: "),
        ("x = " + "[" * 5000, "config-syntax", "nests too deep"),
        ("x = " + "9" * 5000, "config-syntax", "mesokg.toml: "),
        ("x = 2012-02-30", "config-syntax", ":1:"),
    ],
)
def test_mistake_has_file_line_and_key(tmp_path: Path, text: str, code: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, text)
    assert caught.value.code == code
    assert caught.value.message.startswith(str(tmp_path / "mesokg.toml"))
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 2


def test_mistyped_key_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, CONFIG + "licnce = 'x'")
    assert caught.value.hint == "did you mean 'licence'?"
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, CONFIG + "zzz = 'x'")
    assert caught.value.hint.startswith("known: name, title")


def test_mistake_in_pyproject_has_its_whole_key(tmp_path: Path) -> None:
    text = "[project]\nname = 'other'\n\n[tool.mesokg.project]\nname = 'tea'\nbase = 1\ntitle = 'x'"
    with pytest.raises(ConfigError, match=r"pyproject\.toml:6: tool\.mesokg\.project\.base must"):
        configured(tmp_path, text, "pyproject.toml")


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_project(tmp_path / "mesokg.toml")
    assert caught.value.code == "cannot-read"
    (tmp_path / "mesokg.toml").write_bytes(b"[project]\nname = '\xff'")
    with pytest.raises(ConfigError, match=r"mesokg\.toml:2: is not UTF-8") as error:
        open_project(tmp_path / "mesokg.toml")
    assert error.value.code == "config-syntax"


_PIECES = (
    *("[project]", "[files]", "[severity]", "[tool.mesokg]", "\n", "name", "base", "data", "texts"),
    *(" = ", "'x'", '"https://e/"', "1", "[", "]", "{", "}", ", ", ".", '"', "#", "true"),
    *("2012-01-01", "inf", "0x", "\\u0000", "\t", "\u00e9", "\x7f", "title", "'warning'"),
    "['**']",
)


@example("tool = 1")
@example("[tool]\nmesokg = []")
@example("[project]\nname='a'\ntitle='b'\nbase='https://e/'\n[files]\ndata=['[!', '***', '\\\\']")
@given(st.lists(st.sampled_from(_PIECES), max_size=20).map("".join) | texts)
def test_any_text_is_a_project_or_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("mesokg.toml", "pyproject.toml"):
        code = ""
        try:
            configured(folder, text, name).files()
        except ConfigError as error:
            code = error.code
        assert code in {"", "config-syntax", "config-key", "config-value"}
    (folder / "mesokg.toml").unlink()
    code = ""
    try:
        find(folder)
    except ConfigError as error:
        code = error.code
    assert code


def test_project_iris_can_be_written(tmp_path: Path) -> None:
    project = configured(tmp_path, CONFIG)
    for namespace in project.prefixes.values():
        ox.NamedNode(f"{namespace}x")
