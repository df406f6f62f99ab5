"""A project on disk: its files, and the graph of each.

This module decides where things are: how a project is found from the folder
one stands in, which shipped project a name means, and where the vocabulary
that comes with the tool lives (in a wheel or in a checkout).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mesokg.configuration import CONFIG_NAME, Waiver, has_configuration, read_configuration
from mesokg.errors import ConfigError
from mesokg.report import Severity
from mesokg.terms import VOCABULARY_BASE, Prefixes, graph_iri, project_prefixes

__all__ = [
    "Project",
    "SourceFile",
    "case_folder",
    "context_file",
    "error_page",
    "find",
    "general_files",
    "open_project",
    "query_folder",
    "resource",
    "shipped",
    "shipped_names",
]

_PACKAGE = Path(__file__).parent
_RESOURCES = _PACKAGE / "resources"
_CHECKOUT = _PACKAGE.parent.parent


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a project and the graph it becomes.

    `name` is how reports call it: the path from the project's root, with forward
    slashes; files that come with the tool are named ``mesokg:…``. `role` is
    data, vocabulary, mappings or shapes. Relative IRIs in it are resolved against
    `base`; without one they are mistakes.
    """

    path: Path
    name: str
    graph: str
    role: str
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A project's configuration and its files. Paths are absolute.

    `severity` is what the project makes of rules; in the files of a glob, `severities`
    go before it, the last that fits first. `waivers` are the findings it lives with.
    """

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
    severities: tuple[tuple[str, Mapping[str, Severity]], ...] = ()
    waivers: tuple[Waiver, ...] = ()

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
        if has_configuration(candidate / "pyproject.toml"):
            return open_project(candidate / "pyproject.toml")
    names = ", ".join(shipped_names())
    raise ConfigError(
        f"{start}: no {CONFIG_NAME} here or in a folder above",
        code="no-project",
        hint=f"go to a project's folder, name one with -C DIR, or use --project NAME ({names})",
    )


def open_project(config: str | Path) -> Project:
    """The project that a configuration file describes.

    Raises InputError (``cannot-read``) and ConfigError (``config-syntax``,
    ``config-key``, ``config-value``), which name file, line and key.
    """
    path = Path(config)
    said = read_configuration(path)
    root = path.resolve().parent
    return Project(
        root=root,
        config=path,
        globs=said.globs,
        texts=root / said.texts if said.texts else None,
        severity=said.severity,
        severities=said.severities,
        waivers=said.waivers,
        **said.about,
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


def error_page() -> Path:
    """The page that explains every error code, one heading a code."""
    inside = _RESOURCES / "errors.md"
    return inside if inside.is_file() else _CHECKOUT / "docs" / "errors.md"


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
