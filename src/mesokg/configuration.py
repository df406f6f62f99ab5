"""What a project's configuration says; every mistake in it has a file, a line and a key.

This module decides what may be written in ``mesokg.toml`` and how a key finds its
line again, which TOML parsers forget. ``resources/config.schema.json`` says the same
to editors.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from mesokg.errors import ConfigError
from mesokg.files import read_bytes
from mesokg.report import Severity
from mesokg.terms import nearest

__all__ = [
    "ALWAYS_REPORTED",
    "CONFIG_NAME",
    "NEVER_WAIVED",
    "Configuration",
    "Waiver",
    "has_configuration",
    "read_configuration",
]

CONFIG_NAME: Final = "mesokg.toml"

#: Rules about files that cannot be read, of which nobody knows what they say: always violations.
ALWAYS_REPORTED: Final = frozenset({"does-not-parse", "empty-input", "prefix-undefined"})
#: Rules that no waiver and no baseline silences: those, and the ones about waivers and baselines.
NEVER_WAIVED: Final = ALWAYS_REPORTED | {
    "baseline-outdated",
    "waiver-expired",
    "waiver-unknown-rule",
    "waiver-unused",
    "waiver-without-reason",
}

_TABLES: Final = ("project", "files", "texts", "severity", "waivers")
_TEXT_KEYS: Final = (
    "name", "title", "base", "version", "description", "licence", "publisher",
)  # fmt: skip
_REQUIRED: Final = ("name", "title", "base")
_WAIVER_KEYS: Final = ("rule", "focus", "path", "value", "file", "reason", "until")
_DEFAULT_GLOBS: Final[Mapping[str, tuple[str, ...]]] = {
    "data": ("data/**/*.ttl", "data/**/*.trig"),
    "vocabulary": ("ontology/**/*.ttl",),
    "mappings": ("ontology/*.sssom.tsv",),
    "shapes": (),
    "queries": ("queries/*.rq",),
    "checks": ("queries/checks/*.rq",),
}


@dataclass(frozen=True, slots=True)
class Waiver:
    """A decision to live with findings of one rule, and why.

    Of the findings of `rule` it means those with all that is not empty: `focus`, `path` and
    `value` as written (a CURIE, an IRI, a term), `file` a glob. `until` is the last
    day on which it holds, `line` where it stands in the configuration.
    """

    rule: str
    reason: str
    focus: str = ""
    path: str = ""
    value: str = ""
    file: str = ""
    until: datetime.date | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a configuration says, its defaults filled in.

    `about` is the table ``[project]``, `texts` the folder of texts; `severities` pairs a
    glob of file names with the severities of rules there, and the last that fits counts.
    """

    about: Mapping[str, str]
    globs: Mapping[str, tuple[str, ...]]
    texts: str
    severity: Mapping[str, Severity]
    severities: tuple[tuple[str, Mapping[str, Severity]], ...]
    waivers: tuple[Waiver, ...]


def read_configuration(config: Path) -> Configuration:
    """The configuration in a ``mesokg.toml``, or in ``[tool.mesokg]`` of a ``pyproject.toml``.

    Raises InputError (``cannot-read``) and ConfigError (``config-syntax``,
    ``config-key``, ``config-value``), which name file, line and key.
    """
    return _Reader(config).configuration()


def has_configuration(path: Path) -> bool:
    """Whether a ``pyproject.toml`` is there and holds a table ``[tool.mesokg]``."""
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
            text = read_bytes(config).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise ConfigError(
                f"{config}:{line}: is not UTF-8 (byte {error.start})", code="config-syntax"
            ) from None
        try:
            whole = tomllib.loads(text)
        except (RecursionError, ValueError) as error:
            raise _toml_error(config, text, error) from None
        nested = config.name == "pyproject.toml"
        self.prefix = "tool.mesokg." if nested else ""
        self.table = _tool_table(whole) if nested else whole
        self.entries = tuple(_entries(text))

    def configuration(self) -> Configuration:
        self._only_known("", self.table, _TABLES)
        about = self._section("project")
        self._only_known("project", about, _TEXT_KEYS)
        self._need("project", about, _REQUIRED)
        said = {key: self._text("project", key, value) for key, value in about.items()}
        if not _is_base(said["base"]):
            raise self._error(
                "project", "base", "must be an http(s) IRI that ends in a slash, without #"
            )
        texts = self.table.get("texts")
        severity, severities = self._severity()
        return Configuration(
            said,
            self._globs(),
            "" if texts is None else self._text("", "texts", texts),
            severity,
            severities,
            self._waivers(),
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

    def _severity(
        self,
    ) -> tuple[dict[str, Severity], tuple[tuple[str, dict[str, Severity]], ...]]:
        """The severities of rules everywhere, and those in the files of a glob."""
        everywhere = {}
        inside = []
        for key, value in self._section("severity").items():
            if not isinstance(value, dict) or key in ALWAYS_REPORTED:
                everywhere[key] = self._one_severity("severity", key, value)
                continue
            if problem := _glob_problem(key):
                raise self._error("severity", key, problem)
            section = f"severity.{key}"
            inside.append(
                (key, {rule: self._one_severity(section, rule, value[rule]) for rule in value})
            )
        return everywhere, tuple(inside)

    def _one_severity(self, section: str, rule: str, value: object) -> Severity:
        word = self._text(section, rule, value)
        known = {severity.label: severity for severity in Severity}
        if rule in ALWAYS_REPORTED:
            raise self._error(section, rule, "is always a violation; leave it out")
        if word in known:
            return known[word]
        hint = (
            "no rule is switched off; say in [[waivers]] which findings you live with, and why"
            if word.lower() in {"off", "none", "ignore", "false"}
            else ""
        )
        problem = f"no severity {word!r}; one of violation, warning, info"
        raise self._error(section, rule, problem, hint=hint)

    def _waivers(self) -> tuple[Waiver, ...]:
        value = self.table.get("waivers", [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._error(
                "", "waivers", f"must be a list of tables: write [[{self.prefix}waivers]]"
            )
        return tuple(self._waiver(f"waivers#{number}", item) for number, item in enumerate(value))

    def _waiver(self, section: str, table: Mapping[str, object]) -> Waiver:
        self._only_known(section, table, _WAIVER_KEYS)
        self._need(section, table, ("rule", "reason"))
        texts = {
            key: self._text(section, key, value) for key, value in table.items() if key != "until"
        }
        if problem := _glob_problem(texts.get("file", "**")):
            raise self._error(section, "file", f"{texts['file']!r} {problem}")
        until = self._day(section, "until", table["until"]) if "until" in table else None
        return Waiver(**texts, until=until, line=self._line(section, ""))

    def _day(self, section: str, key: str, value: object) -> datetime.date:
        try:
            if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
                return value
            if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                return datetime.date.fromisoformat(value)
        except ValueError:
            pass
        raise self._error(section, key, "must be a day, such as 2031-12-31")

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

    def _need(self, section: str, table: Mapping[str, object], keys: Iterable[str]) -> None:
        for key in keys:
            if key not in table:
                raise self._error(section, key, "is missing", code="config-key")

    def _error(
        self, section: str, key: str, problem: str, *, code: str = "config-value", hint: str = ""
    ) -> ConfigError:
        line = self._line(section, key)
        name = re.sub(r"#[0-9]+(?=\.|$)", "", self._dotted(section, key))
        return ConfigError(f"{self.config}:{line}: {name} {problem}", code=code, hint=hint)

    def _dotted(self, section: str, key: str) -> str:
        return ".".join(part for part in (self.prefix.rstrip("."), section, key) if part)

    def _line(self, section: str, key: str) -> int:
        """The line of a key; where it is missing, the line of its table, else line 1."""
        full = _plain_key(self._dotted(section, key))
        start = 1
        for name, line in self.entries:
            if name == full:
                return line
            if full.startswith((f"{name}.", f"{name}#")) or name.startswith(f"{full}."):
                start = line
        return start


#: Texts and comments of TOML, to look past what stands in a text of several lines.
_QUOTED: Final = re.compile(
    r'"""(?:\\.|[^"\\]|"(?!""))*+(?:"""|\Z)'
    r"|'''(?:[^']|'(?!''))*+(?:'''|\Z)"
    r'|"(?:\\.|[^"\\\n])*+"?'
    r"|'[^'\n]*+'?|#[^\n]*+",
    re.DOTALL,
)
_HEADER: Final = re.compile(r"\s*(\[{1,2})\s*(.+?)\s*\]{1,2}\s*(?:#.*)?")
_ENTRY: Final = re.compile(r"""((?:"[^"]*+"|'[^']*+'|[^=#"'])+)=""")


def _entries(text: str) -> Iterator[tuple[str, int]]:
    """Each table and key of a TOML text with its line, in order.

    Names are dotted and without quotes; a table of an array bears its number: ``waivers#0``.
    """
    text = _QUOTED.sub(
        lambda match: re.sub(r"[^\n]", " ", match[0]) if "\n" in match[0] else match[0], text
    )
    here = ""
    counts: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        header = _HEADER.fullmatch(line)
        entry = _ENTRY.match(line)
        if header:
            here = _plain_key(header[2])
            if header[1] == "[[":
                counts[here] = counts.get(here, -1) + 1
                here = f"{here}#{counts[here]}"
            for array in counts:  # a table inside an item of an array
                if here.startswith(f"{array}."):
                    here = f"{array}#{counts[array]}{here.removeprefix(array)}"
            yield here, number
        elif entry:
            yield ".".join(part for part in (here, _plain_key(entry[1])) if part), number


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
