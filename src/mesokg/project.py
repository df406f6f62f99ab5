"""A project on disk: its configuration, its files, and the graph of each.

This module decides where things are: how a project is found from the folder
one stands in, which shipped project a name means, and where the vocabulary
that comes with the tool lives (in a wheel or in a checkout).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mesokg.errors import ConfigError
from mesokg.files import read_bytes
from mesokg.report import Severity
from mesokg.terms import VOCABULARY_BASE, Prefixes, graph_iri, nearest, project_prefixes

__all__ = [
    "CONFIG_NAME",
    "Project",
    "SourceFile",
    "case_folder",
    "context_file",
    "find",
    "general_files",
    "open_project",
    "query_folder",
    "resource",
    "shipped",
    "shipped_names",
]

CONFIG_NAME: Final = "mesokg.toml"

_PACKAGE = Path(__file__).parent
_RESOURCES = _PACKAGE / "resources"
_CHECKOUT = _PACKAGE.parent.parent


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a project and the graph it becomes.

    `name` is how reports call it: the path from the project's root, with forward
    slashes; files that come with the tool are named ``mesokg:…``. `role` is
    data, vocabulary, mappings or shapes.
    """

    path: Path
    name: str
    graph: str
    role: str


@dataclass(frozen=True, slots=True)
class Project:
    """A project's configuration. Paths are absolute; `general` files come with the tool."""

    root: Path
    config: Path
    name: str
    title: str
    base: str
    version: str = "0.1.0"
    description: str = ""
    licence: str = ""
    publisher: str = ""
    globs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    texts: Path | None = None
    severity: Mapping[str, Severity] = field(default_factory=dict)

    @property
    def prefixes(self) -> Prefixes:
        """The prefixes this project's files may use."""
        return project_prefixes(self.base)

    def files(self, *roles: str) -> tuple[SourceFile, ...]:
        """The project's own files of these roles (all roles: none named), ordered by path."""
        wanted = roles or ("data", "vocabulary", "mappings", "shapes")
        return tuple(self._find_files(wanted))

    def _find_files(self, roles: Iterable[str]) -> Iterator[SourceFile]:
        general = {file.path for file in general_files()}
        for role in roles:
            for path in self.paths(role):
                if path not in general:
                    name = path.relative_to(self.root).as_posix()
                    yield SourceFile(path, name, graph_iri(self.base, name), role)

    def paths(self, role: str) -> tuple[Path, ...]:
        """The files that the globs of a role match, ordered; hidden ones never do."""
        found = {
            path
            for pattern in self.globs.get(role, ())
            for path in self.root.glob(pattern)
            if path.is_file() and not path.name.startswith(".")
        }
        return tuple(sorted(found))


def find(start: str | Path) -> Project:
    """The project of the folder `start` or of the nearest folder above it.

    Raises ConfigError (``no-project``, or what `open_project` raises).
    """
    folder = Path(start).resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / CONFIG_NAME).is_file():
            return open_project(candidate / CONFIG_NAME)
        if _has_tool_table(candidate / "pyproject.toml"):
            return open_project(candidate / "pyproject.toml")
    names = ", ".join(shipped_names())
    raise ConfigError(
        f"{start}: no {CONFIG_NAME} here or in a folder above",
        code="no-project",
        hint=f"go to a project's folder, name one with -C DIR, or use --project NAME ({names})",
    )


def shipped_names() -> tuple[str, ...]:
    """The names of the projects that come with the tool."""
    return tuple(sorted(_shipped()))


def shipped(name: str) -> Project:
    """A project that comes with the tool. Raises ConfigError (``unknown-project``)."""
    known = _shipped()
    if name not in known:
        raise ConfigError(
            f"no project {name!r} comes with mesokg",
            code="unknown-project",
            hint=f"there is: {', '.join(sorted(known)) or 'none'}",
        )
    return open_project(known[name])


def resource(*parts: str) -> Path:
    """A file or folder of the package's own resources."""
    return _RESOURCES.joinpath(*parts)


def general_files() -> tuple[SourceFile, ...]:
    """The vocabulary and shapes that come with the tool, ordered by name."""
    root = _general("ontology")
    roles = {"mesokg.ttl": "vocabulary", "schemes": "vocabulary", "shapes": "shapes"}
    found = []
    for part, role in roles.items():
        place = root / part
        for path in sorted(place.glob("*.ttl")) if place.is_dir() else [place]:
            name = f"ontology/{path.relative_to(root).as_posix()}"
            found.append(SourceFile(path, f"mesokg:{name}", graph_iri(VOCABULARY_BASE, name), role))
    return tuple(found)


def context_file() -> Path:
    """The JSON-LD context that comes with the tool."""
    return _general("ontology") / "context.jsonld"


def case_folder() -> Path:
    """The valid and invalid cases of every rule, one folder a rule."""
    return _general("ontology") / "cases"


def query_folder() -> Path:
    """The canned queries that come with the tool."""
    return _general("queries")


def _general(part: str) -> Path:
    """A folder that a wheel carries inside the package and a checkout at its root."""
    inside = _RESOURCES / part
    return inside if inside.is_dir() else _CHECKOUT / part


def _shipped() -> dict[str, Path]:
    folder = _RESOURCES / "projects"
    if folder.is_dir():
        return {path.parent.name: path for path in sorted(folder.glob(f"*/{CONFIG_NAME}"))}
    config = _CHECKOUT / CONFIG_NAME
    if not config.is_file():
        return {}
    return {open_project(config).name: config}


def _has_tool_table(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        return bool(_tool_table(tomllib.loads(path.read_text("utf-8"))))
    except (OSError, RecursionError, ValueError):
        return False


def _tool_table(whole: Mapping[str, object]) -> dict[str, object]:
    """The table [tool.mesokg] of a pyproject.toml, empty if it is missing or no table."""
    tool = whole.get("tool")
    table = tool.get("mesokg") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else {}


# --- reading the configuration ------------------------------------------------------------

_TEXT_KEYS = ("name", "title", "base", "version", "description", "licence", "publisher")
_REQUIRED = ("name", "title", "base")
_DEFAULT_GLOBS: Final[Mapping[str, tuple[str, ...]]] = {
    "data": ("data/**/*.ttl", "data/**/*.trig"),
    "vocabulary": ("ontology/**/*.ttl",),
    "mappings": ("ontology/*.sssom.tsv",),
    "shapes": (),
    "queries": ("queries/*.rq",),
    "checks": ("queries/checks/*.rq",),
}


def open_project(config: str | Path) -> Project:
    """The project that a configuration file describes.

    Raises InputError (``cannot-read``) and ConfigError (``config-syntax``,
    ``config-key``, ``config-value``), which name file, line and key.
    """
    return _Reader(Path(config)).project()


def _toml_error(config: Path, text: str, error: Exception) -> ConfigError:
    message = str(error) if isinstance(error, ValueError) else "nests too deep"
    last = len(text.rstrip().split("\n"))
    message = message.replace(" (at end of document)", f" (at line {last}, column 1)")
    place = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    where = f"{config}:{place[1]}:{place[2]}" if place else str(config)
    what = message[: place.start()] if place else message
    return ConfigError(f"{where}: {what}", code="config-syntax", hint="see https://toml.io")


class _Reader:
    """Reads one configuration and knows on which line each key stands."""

    def __init__(self, config: Path) -> None:
        self.config = config
        try:
            self.text = read_bytes(config).decode("utf-8-sig")
            whole = tomllib.loads(self.text)
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise ConfigError(
                f"{config}:{line}: is not UTF-8 (byte {error.start})", code="config-syntax"
            ) from None
        except (RecursionError, ValueError) as error:
            raise _toml_error(config, self.text, error) from None
        nested = config.name == "pyproject.toml"
        self.prefix = "tool.mesokg." if nested else ""
        self.table = _tool_table(whole) if nested else whole

    def project(self) -> Project:
        self._only_known("", self.table, ("project", "files", "texts", "severity"))
        about = self._section("project")
        self._only_known("project", about, _TEXT_KEYS)
        for key in _REQUIRED:
            if key not in about:
                raise self._error("project", key, "is missing", code="config-key")
        texts = {key: self._text("project", key, value) for key, value in about.items()}
        if not _is_base(texts["base"]):
            raise self._error(
                "project", "base", "must be an http(s) IRI that ends in a slash, without #"
            )
        root = self.config.resolve().parent
        return Project(
            root=root,
            config=self.config,
            globs=self._globs(),
            texts=self._texts(root),
            severity=self._severity(),
            **texts,
        )

    def _globs(self) -> dict[str, tuple[str, ...]]:
        section = self._section("files")
        self._only_known("files", section, _DEFAULT_GLOBS)
        globs = dict(_DEFAULT_GLOBS)
        for key, value in section.items():
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise self._error(
                    "files", key, 'must be a list of globs, such as ["data/**/*.ttl"]'
                )
            for pattern in value:
                if problem := _glob_problem(pattern):
                    raise self._error("files", key, f"{pattern!r} {problem}")
            globs[key] = tuple(value)
        return globs

    def _texts(self, root: Path) -> Path | None:
        value = self.table.get("texts")
        return root / self._text("", "texts", value) if value is not None else None

    def _severity(self) -> dict[str, Severity]:
        found = {}
        for rule, word in self._section("severity").items():
            try:
                found[rule] = Severity.from_name(self._text("severity", rule, word))
            except ValueError as error:
                raise self._error("severity", rule, str(error)) from None
        return found

    def _section(self, name: str) -> dict[str, object]:
        value = self.table.get(name, {})
        if not isinstance(value, dict):
            raise self._error("", name, f"must be a table: write [{self.prefix}{name}]")
        return value

    def _text(self, section: str, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            raise self._error(section, key, "must be a text that is not empty")
        return value

    def _only_known(self, section: str, table: Iterable[str], known: Iterable[str]) -> None:
        allowed = list(known)
        for key in table:
            if key not in allowed:
                close = nearest(key, allowed, 1)
                hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(allowed)}"
                raise self._error(section, key, "is not a known key", code="config-key", hint=hint)

    def _error(
        self, section: str, key: str, problem: str, *, code: str = "config-value", hint: str = ""
    ) -> ConfigError:
        line = self._line(section, key)
        name = self._dotted(section, key)
        return ConfigError(f"{self.config}:{line}: {name} {problem}", code=code, hint=hint)

    def _dotted(self, section: str, key: str) -> str:
        return ".".join(part for part in (self.prefix.rstrip("."), section, key) if part)

    def _line(self, section: str, key: str) -> int:
        """The line of a key; where it is missing, the line of its table, else line 1."""
        full = _plain_key(self._dotted(section, key))
        here, start = "", 1
        for number, line in enumerate(self.text.split("\n"), 1):
            header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
            entry = re.match(r"([^=#]+)=", line)
            if header:
                name = here = _plain_key(header[1])
            elif entry:
                name = ".".join(part for part in (here, _plain_key(entry[1])) if part)
            else:
                continue
            if name == full:
                return number
            if full.startswith(f"{name}.") or name.startswith(f"{full}."):
                start = number
        return start


def _plain_key(key: str) -> str:
    """A dotted key of TOML without quotes and spaces."""
    return re.sub(r"[\"'\s]", "", key)


def _is_base(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return bool(re.fullmatch(r"https?://[^/?#]+/([^?#]*/)?", text))


def _glob_problem(pattern: str) -> str:
    """Why a glob cannot be used, or an empty text."""
    parts = Path(pattern).parts
    if not parts or "\0" in pattern:
        return "is no glob"
    if Path(pattern).is_absolute() or ".." in parts:
        return "leaves the project's folder"
    if any("**" in part and part != "**" for part in parts):
        return "has ** beside other characters; it stands alone between slashes"
    return ""
