"""LaTeX of tables: what stands in the data is printed, and never a command."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mesokg.report import Report
from mesokg.site import compare
from mesokg.site.latex import latex_table, latex_text
from small_sites import small_site

#: All that the escaper may put out with a meaning: names, formulas of one sign, one character.
ALLOWED = re.compile(r"\\text[a-z]+\{\}|\\ensuremath\{(?:\\[a-z]+|-)\}|\\[#$%&_{}]|\{[\[\]\-,]\}")
HARD = st.text(alphabet=st.sampled_from("a Z\\{}[]\"'`$%&#_^~<>|-,\n\x00\u202eé茶≥▲μ?!"))


@given(HARD)
def test_nothing_but_names_has_a_meaning(text: str) -> None:
    rest = ALLOWED.sub("", latex_text(text))
    assert not re.search(r"[\\{}$%&#_^~<>|\"'`\[\]]", rest)
    assert "--" not in rest
    assert "\n" not in rest


@given(st.lists(HARD, min_size=3, max_size=3))
def test_a_table_keeps_its_shape(words: list[str]) -> None:
    made = latex_table(words[0], words[1], ["", *words], [[[w], [w, w], words, [w]] for w in words])
    rows = [line for line in made.splitlines() if line.endswith(r" \\")]
    for row in rows:
        assert len(re.findall(r"(?<!\\)&", row)) == 3
    assert len(rows) == 4
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", made):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0


def test_comparison_can_be_had_for_a_paper(tmp_path: Path) -> None:
    data = (
        ":treatment\\/tea a meso:Treatment ; <http://www.w3.org/2004/02/skos/core#prefLabel> "
        '"Tea & 5 % ale"@en . :claim\\/a a meso:Claim ; rdfs:label "It \\\\input{x} helps."@en ; '
        "meso:subject :treatment\\/tea ."
    )
    site = small_site(tmp_path, data, report=Report())
    found = {file.path: file.data.decode() for file in compare.files(site)}
    made = found["compare.tex"]
    assert r"Tea \& 5 \% ale" in made
    assert r"\input" not in made
    assert made.count(r"\toprule") == made.count(r"\bottomrule") == 1
    assert "compare.csv" in found


def test_nothing_compared_has_no_table(tmp_path: Path) -> None:
    found = [file.path for file in compare.files(small_site(tmp_path, report=Report()))]
    assert found == ["compare.csv"]
