"""The rules of the house, as far as a machine can hold them.

docs/architecture.md says which module may import which and what each offers;
this file reads its table, so the document cannot grow stale.
"""

from __future__ import annotations

import ast
import itertools
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
import pyoxigraph as ox
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import mesokg
from mesokg import cli

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "mesokg"
SHAPES = "https://w3id.org/mesokg/shapes#"
SHACL = "http://www.w3.org/ns/shacl#"
RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")

# The one home of each library that is slow to load or opens a door to the outside.
HOMES: Mapping[str, frozenset[str]] = {
    "SPARQLWrapper": frozenset({"remote"}),
    "click": frozenset({"cli"}),
    "cryptography": frozenset({"signing"}),
    "jinja2": frozenset({"site"}),
    "pandas": frozenset({"frames"}),
    "pyld": frozenset({"jsonld"}),
    "pyshacl": frozenset({"shacl"}),
    "rdflib": frozenset({"interop", "shacl"}),
    "rich": frozenset({"terminal"}),
    "shacl_rust": frozenset({"shacl"}),
    "socket": frozenset({"remote", "serve"}),
    "starlette": frozenset({"serve"}),
    "urllib.request": frozenset({"remote", "site_checks"}),
    "uvicorn": frozenset({"serve"}),
}
# What a command line that only prints a version or a help text must not load.
HEAVY = {
    "SPARQLWrapper",
    "lxml",
    "pandas",
    "pyld",
    "pyoxigraph",
    "pyshacl",
    "rdflib",
    "rich",
    "yaml",
}

# The tool and the general vocabulary know nothing of the subject of any one graph.
DOMAIN_WORDS = re.compile(
    r"""(?<![a-z])(?:mesotherap|alopeci|bald|dutasterid|finasterid|follic|hair|mesoglycan
    |minoxidil|scalp|skin\b)""",
    re.IGNORECASE | re.VERBOSE,
)
# A route of administration is general, and this one has no other name.
DOMAIN_WORD_EXCEPTIONS = {"ontology/schemes/route.ttl": {"skin"}}

# A command and its function share the word, except where the function does only a part: the
# command `build` writes to disk what the function makes.
FUNCTION_OF = {
    "build": "build_files",
    "release": "build_release",
    "serve": "serve_forever",
    "site": "build_site",
}

FORBIDDEN_NAMES = {"base", "common", "helper", "helpers", "manager", "util", "utils"}


# --- what there is ---------------------------------------------------------------------------


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the project, committed or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(sorted(ROOT / name for name in listing.split("\0") if (ROOT / name).is_file()))


def in_repository(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    """The text of a file, empty for one that is not text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def modules() -> Mapping[Path, ast.Module]:
    return {path: ast.parse(path.read_bytes()) for path in sorted(SRC.rglob("*.py"))}


def component(path: Path) -> str:
    """The module of the architecture a file belongs to: a package counts as one module."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table in docs/architecture.md."""

    layer: int
    module: str
    public: frozenset[str]
    more: bool  # "and constants", "and ...": the table does not list every name


@cache
def architecture() -> tuple[Row, ...]:
    """The table `| layer | module | hides | public names |`."""
    rows = []
    for line in text_of(ROOT / "docs" / "architecture.md").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 4 and cells[0].isdigit():
            listed = " ".join(re.findall(r"`([^`]+)`", cells[3]))
            more = " and " in re.sub(r"`[^`]+`", "", f" {cells[3]} ")
            module = cells[1].strip("`/").removesuffix(".py")
            rows.append(Row(int(cells[0]), module, frozenset(re.findall(r"\w+", listed)), more))
    return tuple(rows)


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each imported (module, name), wherever it stands; `import m` has an empty name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def declared_all(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if "__all__" in names and isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            return [str(name) for name in ast.literal_eval(node.value)]
    return None


def defined_names(tree: ast.Module) -> set[str]:
    """The public names a module defines at its top level."""
    names: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign():
                names.update(t.id for t in node.targets if isinstance(t, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return {name for name in names if not name.startswith("_")}


def house_order(names: Sequence[str]) -> list[str]:
    """Constants, then classes, then the rest, each in order of the alphabet, as ruff sorts."""

    def key(name: str) -> tuple[int, str]:
        kind = 0 if name.isupper() else 1 if name[:1].isupper() else 2
        return kind, name

    return sorted(names, key=key)


# --- layers and names ------------------------------------------------------------------------


def test_architecture_lists_every_module_once() -> None:
    listed = [row.module for row in architecture()]
    assert sorted(listed) == sorted({component(path) for path in modules()} - {"__init__"})


def test_imports_only_point_down() -> None:
    layers = {row.module: row.layer for row in architecture()}
    wrong = []
    for path, tree in modules().items():
        here = component(path)
        for module, name in imports(tree):
            if module.split(".")[0] != "mesokg" or here == "__init__" or name == "__version__":
                continue
            there = module.split(".")[1] if "." in module else name
            if there != here and layers.get(there, 99) >= layers[here]:
                wrong.append(f"{here} (layer {layers[here]}) imports {there}")
    assert wrong == []


def test_imports_stand_at_the_top_of_a_file() -> None:
    """Only the command line and the facade choose what to load, so only they load late."""
    wrong = []
    for path, tree in modules().items():
        if component(path) in {"cli", "__init__"}:
            continue
        functions = [
            n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        wrong += [
            f"{in_repository(path)}: {function.name}"
            for function in functions
            if any(imports(function))
        ]
    assert wrong == []


def test_each_library_has_one_home() -> None:
    wrong = []
    for path, tree in modules().items():
        for module, name in imports(tree):
            libraries = {module.split(".")[0], module, f"{module}.{name}"} & set(HOMES)
            strangers = {library for library in libraries if component(path) not in HOMES[library]}
            wrong += [f"{in_repository(path)} imports {library}" for library in strangers]
    assert wrong == []


def test_every_imported_library_is_declared() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    extras = project["optional-dependencies"].values()
    declared = {
        canonicalize_name(Requirement(line).name)
        for line in itertools.chain(project["dependencies"], *extras)
    }
    distribution_of = {
        "SPARQLWrapper": "sparqlwrapper",
        "shacl_rust": "shacl-rust",
        "stdnum": "python-stdnum",
        "yaml": "pyyaml",
    }
    used = {module.split(".")[0] for tree in modules().values() for module, _ in imports(tree)}
    libraries = used - set(sys.stdlib_module_names) - {"mesokg"}
    missing = {name for name in libraries if distribution_of.get(name, name) not in declared}
    assert missing == set()


@pytest.mark.parametrize("path", modules(), ids=in_repository)
def test_all_names_what_a_module_offers(path: Path) -> None:
    tree = modules()[path]
    names = declared_all(tree)
    if path.name == "__main__.py":
        assert not names
        return
    assert names is not None, "a module says in __all__ what it offers"
    assert names == house_order(names)
    # Commands are functions by the library's design, and the facade defines nothing itself.
    if component(path) in {"cli", "__init__"}:
        return
    defined = defined_names(tree)
    if path.name == "__init__.py":  # a package hands on some names of its modules
        defined |= {name for _, name in imports(tree)} & set(names)
    assert set(names) == defined


def offered() -> dict[str, set[str]]:
    """What each module offers, by its own word."""
    found: dict[str, set[str]] = {}
    for path, tree in modules().items():
        if path.parent == SRC or path.name == "__init__.py":
            found.setdefault(component(path), set()).update(declared_all(tree) or [])
    return found


def test_architecture_names_what_each_module_offers() -> None:
    names = offered()
    unknown = {row.module: row.public - names[row.module] for row in architecture()}
    assert {module: which for module, which in unknown.items() if which} == {}
    unlisted = {
        row.module: {name for name in names[row.module] - row.public if not name.isupper()}
        for row in architecture()
        if not row.more
    }
    assert {module: which for module, which in unlisted.items() if which} == {}


def test_facade_is_lazy_and_complete() -> None:
    names = mesokg.__all__
    by_module = offered()
    facade = by_module.pop("__init__")
    assert facade - {"__version__"} <= set(itertools.chain(*by_module.values()))
    assert set(names) <= set(dir(mesokg))
    for name in names:
        assert getattr(mesokg, name) is not None
    # A function and a module of one name would hide each other.
    assert set(names).isdisjoint(component(path) for path in modules())
    with pytest.raises(AttributeError, match="no_such_name"):
        mesokg.no_such_name  # noqa: B018


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["query", "--help"]], ids=" ".join
)
def test_command_line_starts_light(arguments: list[str]) -> None:
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from mesokg.cli import main\n"
        f"sys.argv = ['mesokg', *{arguments!r}]\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout
    assert HEAVY.isdisjoint(done.stderr.split())


# --- the shape of the code -------------------------------------------------------------------


def test_modules_and_functions_stay_small() -> None:
    long = [in_repository(p) for p in modules() if len(p.read_bytes().splitlines()) > 800]
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > 60:
                    long.append(f"{in_repository(path)}: {node.name} has {lines} lines")
    assert long == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    words = {path: set(path.stem.strip("_").split("_")) for path in modules()}
    assert {in_repository(path) for path, w in words.items() if w & FORBIDDEN_NAMES} == set()


def test_dataclasses_are_values() -> None:
    wrong = []
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                marks = [ast.unparse(mark) for mark in node.decorator_list]
                wrong += [
                    f"{in_repository(path)}: {node.name}"
                    for mark in marks
                    if mark.startswith("dataclass") and "frozen=True" not in mark
                ]
    assert wrong == []


def test_tool_and_general_vocabulary_know_no_domain() -> None:
    general = (
        "src/mesokg/",
        "ontology/mesokg.ttl",
        "ontology/context.jsonld",
        "ontology/schemes/",
        "ontology/shapes/",
        "ontology/cases/",
        "queries/",
    )
    found = {}
    for path in tracked():
        name = in_repository(path)
        if name.startswith(general) and not name.startswith("queries/checks/"):
            words = {word.lower() for word in DOMAIN_WORDS.findall(f"{name}\n{text_of(path)}")}
            if words := words - DOMAIN_WORD_EXCEPTIONS.get(name, set()):
                found[name] = words
    assert found == {}


# --- commands --------------------------------------------------------------------------------


def commands() -> dict[str, click.Command]:
    group = cli.main
    assert isinstance(group, click.Group)
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def headings(path: Path) -> set[str]:
    """The headings of a Markdown file, without marks and code ticks."""
    lines = re.findall(r"^#+\s+(.+?)\s*#*$", text_of(path), re.MULTILINE)
    return {line.replace("`", "").strip() for line in lines}


@pytest.mark.parametrize("name", commands())
def test_command_has_help_page_and_function(name: str) -> None:
    command = commands()[name]
    assert (command.help or "").strip(), "a command says what it does"
    undocumented = [
        parameter.name
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert undocumented == []
    page = headings(ROOT / "docs" / "commands.md")
    assert page & {name, f"mesokg {name}"}, f"docs/commands.md has no heading for {name}"
    function = FUNCTION_OF.get(name, name.replace("-", "_"))
    assert function in mesokg.__all__, "each command is a function, too"


# --- rules, queries, errors ------------------------------------------------------------------


@cache
def shape_rules() -> frozenset[str]:
    node_shape = ox.NamedNode(f"{SHACL}NodeShape")
    named = set()
    for path in sorted((ROOT / "ontology" / "shapes").glob("*.ttl")):
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            if quad.predicate == RDF_TYPE and quad.object == node_shape:
                assert isinstance(quad.subject, ox.NamedNode), f"{path.name}: a rule has a name"
                named.add(quad.subject.value.removeprefix(SHAPES))
    return frozenset(named)


def check_rules() -> frozenset[str]:
    return frozenset(path.stem for path in (SRC / "resources" / "checks").glob("*.rq"))


@pytest.mark.parametrize("rule", sorted(shape_rules() | check_rules()))
def test_rule_has_a_right_and_a_wrong_case(rule: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule)
    folder = ROOT / "ontology" / "cases" / rule
    kinds = {path.stem for path in folder.glob("*") if path.suffix in {".ttl", ".trig"}}
    assert kinds >= {"valid", "invalid"}
    expected = json.loads(text_of(folder / "expected.json"))
    assert expected, "the wrong case says what is found in it"
    assert all(set(finding) == {"focus", "path", "value"} for finding in expected)


def test_shapes_and_checks_share_no_name() -> None:
    assert shape_rules().isdisjoint(check_rules())


def test_every_case_belongs_to_a_rule() -> None:
    in_code = {
        node.value
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    folders = {path.name for path in (ROOT / "ontology" / "cases").iterdir() if path.is_dir()}
    assert folders - shape_rules() - check_rules() - in_code == set()


def query_names() -> list[str]:
    return sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))


@pytest.mark.parametrize("name", query_names())
def test_query_has_an_expected_result(name: str) -> None:
    results = [
        path
        for path in tracked()
        if in_repository(path).startswith("tests/")
        and name in {path.stem, path.parent.name}
        and path.suffix in {".csv", ".json", ".toml", ".tsv"}
    ]
    assert results, f"no file under tests/ holds the answer to {name}"


def error_codes() -> set[str]:
    codes: set[str] = set()
    for tree in modules().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                inner = [part for value in values for part in ast.walk(value)]
                codes |= {str(c.value) for c in inner if isinstance(c, ast.Constant)}
            if isinstance(node, ast.FunctionDef):  # a default for the parameter `code`
                named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                codes |= {
                    str(value.value)
                    for argument, value in named
                    if argument.arg == "code" and isinstance(value, ast.Constant)
                }
    return codes


def test_every_error_code_is_explained_and_every_explanation_used() -> None:
    titles = headings(ROOT / "docs" / "errors.md")
    explained = {title for title in titles if re.fullmatch(r"[a-z]+(-[a-z]+)+", title)}
    assert error_codes() - titles == set(), "codes without a heading in docs/errors.md"
    assert explained - error_codes() == set(), "headings in docs/errors.md that no code leads to"


# --- no suite is empty -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        ("data/**/*.ttl", 4),
        ("docs/*.md", 5),
        ("ontology/cases/*/invalid.*", 20),
        ("ontology/domain/*.ttl", 5),
        ("ontology/schemes/*.ttl", 14),
        ("ontology/shapes/*.ttl", 5),
        ("queries/*.rq", 30),
        ("src/mesokg/resources/checks/*.rq", 3),
        ("tests/test_*.py", 10),
    ],
)
def test_no_suite_is_empty(pattern: str, least: int) -> None:
    assert len(list(ROOT.glob(pattern))) >= least


def test_every_test_file_tests_something() -> None:
    empty = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        names = [
            n.name for n in ast.walk(ast.parse(path.read_bytes())) if isinstance(n, ast.FunctionDef)
        ]
        if not any(name.startswith("test_") for name in names):
            empty.append(in_repository(path))
    assert empty == []


# --- the repository --------------------------------------------------------------------------


def test_no_file_is_large() -> None:
    assert {
        in_repository(p): p.stat().st_size for p in tracked() if p.stat().st_size > 600_000
    } == {}


def test_no_product_is_committed() -> None:
    products = (
        "build/",
        "dist/",
        "site/",
        ".venv",
        "tests/clients/node_modules/",
        "tests/js/node_modules/",
    )
    assert [n for n in map(in_repository, tracked()) if n.startswith(products)] == []


def test_files_name_no_package_host_and_no_machine() -> None:
    hosts = [("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org")]
    here = {str(ROOT), str(Path.home()), sys.prefix}
    patterns = [re.escape(".".join(host)) for host in hosts]
    patterns += [
        rf"(?<![\w.~-]){re.escape(path)}(?!\w)" for path in here if path.count("/") or len(path) > 4
    ]
    patterns += [r"(?<![\w./~-])/(?:home|Users)/\w+/"]
    found = {}
    for path in tracked():
        if hits := re.findall("|".join(patterns), text_of(path)):
            found[in_repository(path)] = hits
    assert found == {}


def test_text_files_end_in_a_newline_and_use_lf() -> None:
    wrong = []
    for path in tracked():
        name, content = in_repository(path), path.read_bytes()
        if name.startswith("tests/cases/") or b"\0" in content or not content:
            continue
        if b"\r" in content or not content.endswith(b"\n"):
            wrong.append(name)
    assert wrong == []


def test_changelog_fragments_are_well_formed() -> None:
    fragments = sorted((ROOT / "changelog.d").iterdir())
    for path in fragments:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.(added|changed|fixed|removed)\.md", path.name)
        text = text_of(path)
        assert text.strip().endswith((".", ")")), f"{path.name} is made of whole sentences"
        assert len(text) <= 600, f"{path.name}: a reader wants the effect, not the story"
        assert not re.search(r"^\s*(#|-|\*)", text, re.MULTILINE), (
            f"{path.name} is a plain paragraph"
        )
    released = re.search(r"^## \d", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert fragments or released


@pytest.mark.parametrize("name", ["build", "dev", "run"])
def test_lock_is_complete(name: str) -> None:
    text = text_of(ROOT / "requirements" / f"{name}.txt")
    assert "://" not in text
    entries = re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)(.*(?:\n +--hash=.*)*)", text, re.MULTILINE)
    assert entries
    assert [entry[0] for entry in entries if "--hash=sha256:" not in entry[2]] == []
    locked: dict[str, list[str]] = {}
    for package, version, _ in entries:
        locked.setdefault(canonicalize_name(package), []).append(version)
    for line in required(name):
        wanted = Requirement(line)
        versions = locked.get(canonicalize_name(wanted.name), [])
        assert versions, f"{line} is not in the lock: make lock LOCK_FLAGS="
        assert all(wanted.specifier.contains(version) for version in versions)


def required(name: str) -> list[str]:
    """The requirements in pyproject.toml that a lock must meet."""
    config = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    run = list(config["project"]["dependencies"])
    build = list(config["dependency-groups"]["build"])
    assert build == config["build-system"]["requires"]
    if name == "run":
        return run
    if name == "build":
        return build
    development = [line for line in config["dependency-groups"]["dev"] if isinstance(line, str)]
    extras = itertools.chain(*config["project"]["optional-dependencies"].values())
    return [*run, *build, *development, *extras]


def test_every_dependency_says_why_it_is_here() -> None:
    page = text_of(ROOT / "docs" / "dependencies.md").lower()
    names = {Requirement(line).name.lower() for line in required("dev")}
    names |= set(json.loads(text_of(ROOT / "tests/js/package.json"))["devDependencies"])
    names |= set(json.loads(text_of(ROOT / "benchmarks/lighthouse/package.json"))["dependencies"])
    assert {name for name in names if f"`{name}`" not in page} == set()


@pytest.mark.parametrize("folder", ["benchmarks/lighthouse", "tests/js"])
def test_npm_lock_has_hashes_and_no_addresses(folder: str) -> None:
    packages = json.loads(text_of(ROOT / folder / "package-lock.json"))["packages"]
    del packages[""]
    assert packages
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_wheel_carries_the_whole_graph() -> None:
    config = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    included = config["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert [source for source in included if not (ROOT / source).exists()] == []
    left_out = [
        name
        for name in map(in_repository, tracked())
        if name.startswith(("data/", "ontology/", "queries/"))
        and not any(name == source or name.startswith(f"{source}/") for source in included)
    ]
    assert left_out == []
    # A project's own checks belong to it, not to the tool.
    assert (ROOT / "queries" / "checks").exists() == ("queries/checks" in included)


# --- same sources, same bytes ----------------------------------------------------------------


@pytest.mark.slow
def test_builds_are_identical_everywhere(tmp_path: Path) -> None:
    copy = tmp_path / "a folder elsewhere"
    sources = ("data/", "ontology/", "queries/", "mesokg.toml")
    for path in tracked():
        if in_repository(path).startswith(sources):
            target = copy / in_repository(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    here = built(ROOT, tmp_path / "one", cwd=ROOT, seed="1", zone="Pacific/Auckland")
    there = built(copy, tmp_path / "two", cwd=tmp_path, seed="2", zone="America/Lima")
    assert here
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name] != there[name]] == []


def built(project: Path, output: Path, *, cwd: Path, seed: str, zone: str) -> dict[str, bytes]:
    command = [sys.executable, "-m", "mesokg", "-C", str(project), "build", "-o", str(output)]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    files = (path for path in sorted(output.rglob("*")) if path.is_file())
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in files}
