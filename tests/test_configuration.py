"""Severities and waivers in the configuration, the line of each key, and the schema for editors."""

from __future__ import annotations

import datetime
import json
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from mesokg.configuration import (
    ALWAYS_REPORTED,
    NEVER_WAIVED,
    Configuration,
    Waiver,
    read_configuration,
)
from mesokg.errors import ConfigError
from mesokg.project import open_project, resource, shipped, shipped_names
from mesokg.report import Severity

PROJECT: Final = """[project]
name = "tea"
title = "What is said of tea"
base = "https://example.org/kg/"
"""
WAIVER: Final = '[[waivers]]\nrule = "iri-form"\nreason = "theirs"\n'


def read(folder: Path, text: str, name: str = "mesokg.toml") -> Configuration:
    (folder / name).write_text(text, encoding="utf-8")
    return read_configuration(folder / name)


# --- severities ------------------------------------------------------------------------------


def test_severities_everywhere_and_in_the_files_of_a_glob(tmp_path: Path) -> None:
    said = read(
        tmp_path,
        PROJECT
        + """[severity]
claim-core = "warning"
"old/**".iri-form = "info"
[severity."data/imported/**"]
claim-core = "info"
"ex:Shape" = "violation"
""",
    )
    assert said.severity == {"claim-core": Severity.WARNING}
    assert said.severities == (
        ("old/**", {"iri-form": Severity.INFO}),
        ("data/imported/**", {"claim-core": Severity.INFO, "ex:Shape": Severity.VIOLATION}),
    )


def test_a_rule_cannot_be_switched_off(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, PROJECT + '[severity."data/**"]\niri-form = "off"')
    assert ":6: severity.data/**.iri-form no severity 'off'" in caught.value.message
    assert "[[waivers]]" in caught.value.hint


# --- waivers ---------------------------------------------------------------------------------


def test_waivers_with_all_that_can_be_said(tmp_path: Path) -> None:
    said = read(
        tmp_path,
        PROJECT
        + WAIVER
        + """
[[waivers]]   # another
rule = "claim-core"
focus = "claim:a"
path = "rdfs:label"
value = "tea"
file = "data/*.ttl"
reason = '''because
[[waivers]]
'''
until = 2031-12-31
[[ waivers ]]
rule = "iri-form"
reason = "x"
until = "2031-12-31"
""",
    )
    day = datetime.date(2031, 12, 31)
    reason = "because\n[[waivers]]\n"
    assert said.waivers == (
        Waiver("iri-form", "theirs", line=5),
        Waiver("claim-core", reason, "claim:a", "rdfs:label", "tea", "data/*.ttl", day, 9),
        Waiver("iri-form", "x", until=day, line=19),
    )


def test_waivers_in_one_line_have_its_line(tmp_path: Path) -> None:
    text = "waivers = [{rule = 'a', reason = 'b'}, {rule = 'c', reason = 'd'}]\n" + PROJECT
    assert [waiver.line for waiver in read(tmp_path, text).waivers] == [1, 1]


def test_pyproject_may_hold_them(tmp_path: Path) -> None:
    text = "\n[tool.mesokg" + PROJECT.replace("[project]", ".project]")
    text += WAIVER.replace("waivers", "tool.mesokg.waivers")
    text += WAIVER.replace("waivers", "tool.mesokg.waivers").replace("reason", "raeson")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text, "pyproject.toml")
    where = str(tmp_path / "pyproject.toml")
    assert caught.value.message == f"{where}:11: tool.mesokg.waivers.raeson is not a known key"
    assert caught.value.hint == "did you mean 'reason'?"
    text = text.replace("raeson", "reason")
    assert [waiver.line for waiver in read(tmp_path, text, "pyproject.toml").waivers] == [6, 9]


def test_a_project_holds_what_its_configuration_says(tmp_path: Path) -> None:
    text = PROJECT + '[severity."data/**"]\niri-form = "info"\n' + WAIVER
    said = read(tmp_path, text)
    project = open_project(tmp_path / "mesokg.toml")
    assert said.waivers
    assert said.severities
    assert (project.waivers, project.severities) == (said.waivers, said.severities)


# --- mistakes --------------------------------------------------------------------------------

MISTAKES: Final = (
    ('[severity."../x"]\na = "info"', "config-value", ":5: severity.../x leaves the project's"),
    ('[severity."a**"]\na = "info"', "config-value", ":5: severity.a** has **"),
    ('[severity.""]\na = "info"', "config-value", ": severity is no glob"),
    ('[severity."x[1]/*"]\n\na = "bad"', "config-value", ":7: severity.x[1]/*.a no severity 'bad'"),
    ('[severity."x"]\na = 1', "config-value", ":6: severity.x.a must be a text"),
    ('[severity."x"]\na = "Warning"', "config-value", ":6: severity.x.a no severity 'Warning'"),
    ('[severity]\ndoes-not-parse = "info"', "config-value", "is always a violation"),
    ('[severity."x"]\nempty-input = "info"', "config-value", "is always a violation"),
    ("[waivers]", "config-value", ":5: waivers must be a list of tables: write [[waivers]]"),
    ("[severity]\n[[waivers]]\n", "config-key", ":6: waivers.rule is missing"),
    ("[[waivers]]\nrule = 'a'", "config-key", ":5: waivers.reason is missing"),
    (WAIVER + WAIVER + "rul = 'a'", "config-key", ":11: waivers.rul is not a known key"),
    (WAIVER + "[[waivers]]\nrule = 'a'\nreason = ' '", "config-value", ":10: waivers.reason must"),
    (WAIVER + "focus = 1", "config-value", ":8: waivers.focus must be a text"),
    (WAIVER + "file = '/etc/*'", "config-value", ":8: waivers.file '/etc/*' leaves"),
    (WAIVER + "file = '.'", "config-value", ":8: waivers.file '.' is no glob"),
    (WAIVER + "until = 2031-12-31T00:00:00", "config-value", ":8: waivers.until must be a day"),
    (WAIVER + "until = '2031-02-30'", "config-value", ":8: waivers.until must be a day"),
    (WAIVER + "until = '20311231'", "config-value", ":8: waivers.until must be a day"),
    (WAIVER + "until = 10:00:00", "config-value", ":8: waivers.until must be a day"),
    (WAIVER + "[waivers.more]", "config-key", ":8: waivers.more is not a known key"),
)


@pytest.mark.parametrize(("text", "code", "said"), MISTAKES)
def test_mistake_has_file_line_and_key(tmp_path: Path, text: str, code: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, PROJECT + text)
    assert caught.value.code == code
    assert caught.value.message.startswith(str(tmp_path / "mesokg.toml"))
    assert said in caught.value.message


def test_what_nobody_may_silence() -> None:
    assert ALWAYS_REPORTED < NEVER_WAIVED


# --- the schema for editors ------------------------------------------------------------------

SCHEMA: Final[dict[str, Any]] = json.loads(resource("config.schema.json").read_text("utf-8"))
VALIDATOR: Final = Draft202012Validator(SCHEMA, format_checker=FormatChecker(["date"]))


def as_json(value: object) -> object:
    """A TOML value as editors hand it to a schema: days and times are texts."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value


def fits(text: str) -> bool:
    return VALIDATOR.is_valid(as_json(tomllib.loads(text)))


def is_read(folder: Path, text: str) -> bool:
    try:
        read(folder, text)
    except ConfigError as error:
        assert error.code in {"config-key", "config-value"}  # noqa: PT017  # any other is a bug
        return False
    return True


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("text", [text for text, _, _ in MISTAKES])
def test_schema_refuses_what_is_refused(text: str) -> None:
    assert fits(PROJECT)
    assert not fits(PROJECT + text)


def test_schema_accepts_the_projects_there_are(root: Path) -> None:
    configs = [shipped(name).config for name in shipped_names()]
    for config in (*configs, root / "examples" / "second-project" / "mesokg.toml"):
        VALIDATOR.validate(as_json(tomllib.loads(config.read_text("utf-8"))))


def test_schema_knows_every_key_and_no_other(tmp_path: Path) -> None:
    """A key that is new in one place must come to the other."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "zzz = 1\n" + PROJECT)
    assert caught.value.hint == f"known: {', '.join(SCHEMA['properties'])}"
    for name in ("project", "files"):
        text = PROJECT if name == "files" else ""
        with pytest.raises(ConfigError) as caught:
            read(tmp_path, f"{name} = {{zzz = 1}}\n{text}")
        assert set(caught.value.hint.removeprefix("known: ").split(", ")) == set(
            SCHEMA["properties"][name]["properties"]
        )
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, PROJECT + WAIVER + "zzz = 1")
    names = set(SCHEMA["$defs"]["waiver"]["properties"])
    assert set(caught.value.hint.removeprefix("known: ").split(", ")) == names


_TEXTS = st.sampled_from(
    ("", " ", "a", "iri-form", "ex:Shape", "off", "info", "warning", "does-not-parse", "\u00a0")
)
_GLOBS = st.sampled_from(
    (
        "",
        ".",
        "./",
        "data/**",
        "**",
        "a/**/b.ttl",
        "**x",
        "x/**y/z",
        "..",
        "a/../b",
        "..a",
        "/a",
        "/",
    )
) | st.text("ab*./[", max_size=6)
_BASES = st.just("https://example.org/kg/") | st.sampled_from(
    (
        *("https://example.org/kg/", "http://e/", "https://e", "ftp://e/", "https://e/#", "e/"),
        *("https://e/a b/", "https://e/%zz/", "https://e/%41/", "https://e/x", "https://e/?x/"),
        *("https://\u00e9.example/\u00e9/", "https://e:80/", "https:///", "https://e//"),
    )
)
_WORDS = st.sampled_from(("violation", "warning", "info", "off", "INFO", ""))
_DAYS = st.sampled_from(
    ("2031-12-31", "2031-02-30", "0000-01-01", "31-12-31", "2031-12-31 ", "2031-12-31\n")
)
_RULES = st.dictionaries(_TEXTS, _WORDS, max_size=2)


_CONFIGS = st.fixed_dictionaries(
    {
        "project": st.fixed_dictionaries(
            {"name": st.just("tea"), "title": st.just("Tea"), "base": _BASES},
            optional={"version": _TEXTS, "licence": _TEXTS},
        )
    },
    optional={
        "texts": _TEXTS,
        "files": st.fixed_dictionaries(
            {}, optional={"data": st.lists(_GLOBS, max_size=2), "shapes": _GLOBS | st.just([1])}
        ),
        "severity": _RULES | st.dictionaries(_GLOBS, _RULES, max_size=2),
        "waivers": st.lists(
            st.fixed_dictionaries(
                {"rule": _TEXTS},
                optional={"reason": _TEXTS, "file": _GLOBS, "until": _DAYS, "focus": _TEXTS},
            ),
            max_size=2,
        ),
        "odd": st.just("a"),
    },
)


def as_toml(value: object) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {as_toml(inner)}" for key, inner in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    return json.dumps(value)


@example({"project": {"name": "tea", "title": "Tea", "base": "https://e/"}, "severity": {".": {}}})
@given(_CONFIGS)
def test_schema_and_reader_agree(
    tmp_path_factory: pytest.TempPathFactory, config: dict[str, object]
) -> None:
    text = "".join(f"{key} = {as_toml(value)}\n" for key, value in config.items())
    assert fits(text) == is_read(tmp_path_factory.mktemp("any"), text)
