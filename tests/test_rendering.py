from __future__ import annotations

import json

import pytest
from hypothesis import given

from mesokg.rendering import show, visible
from mesokg.terms import Prefixes, project_prefixes
from strategies import HOSTILE, literals, texts

PREFIXES = project_prefixes("https://example.org/kg/")


@pytest.mark.parametrize("text", HOSTILE)
def test_show_writes_out_what_cannot_be_seen(text: str) -> None:
    shown = show(json.dumps(text, ensure_ascii=False), PREFIXES)
    assert "\x1b" not in shown
    assert len(shown) < 400


def test_show_shortens() -> None:
    assert show(f'"{"x" * 100}"@en', PREFIXES) == '"' + "x" * 58 + '…"@en'
    assert show("^<https://w3id.org/mesokg/ns#evidence>", PREFIXES) == "^meso:evidence"
    xsd = "http://www.w3.org/2001/XMLSchema#"
    assert show(f'"-7"^^<{xsd}integer>', PREFIXES) == "-7"
    assert show(f'"07"^^<{xsd}integer>', PREFIXES) == '"07"^^xsd:integer'
    assert show(f'"62.8"^^<{xsd}decimal>', PREFIXES) == "62.8"
    assert show("<https://elsewhere.org/x>", Prefixes()) == "<https://elsewhere.org/x>"


@given(texts, literals)
def test_nothing_shown_can_steer_a_terminal(text: str, literal: object) -> None:
    for shown in (visible(text), show(text, PREFIXES), show(str(literal), PREFIXES)):
        assert not set(shown) & {*map(chr, range(32)), "\x7f", "\x9b", "\u202e", "\u2066", "\u2028"}


def test_what_is_visible_stays_as_it_is() -> None:
    text = "Größe 日本 🍵 – “quoted”"
    assert visible(text) == text
    assert visible("a\tb\nc\x1b[31m\ud800") == "a\\tb\\nc\\u001B[31m\\uD800"
