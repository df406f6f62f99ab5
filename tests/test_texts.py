from __future__ import annotations

import hashlib
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, strategies

from mesokg.dataset import Dataset, read
from mesokg.errors import InputError
from mesokg.texts import Texts, find_texts

TEXT = "Ginger tea is drunk by many. Maté is not: 5-\u03b1-reductase.\nIt eases knee pain.\n"
TEA = "https://example.org/kg/article/tea"


def article(text: str = TEXT, iri: str = TEA) -> Dataset:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return read(
        f"@prefix meso: <https://w3id.org/mesokg/ns#> . "
        f'<{iri}> a meso:Article ; meso:sha256 "{digest}" ; meso:length {len(text)} .'
    )


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        unicodedata.normalize("NFD", TEXT).encode(),
    ],
    ids=["as it is", "byte order mark", "CRLF", "NFD"],
)
def test_a_text_is_found_by_what_it_says(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "any name").write_bytes(data)
    found = find_texts(article(), tmp_path)
    assert dict(found.by_article) == {TEA: TEXT}
    assert (found.missing, found.near) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        unicodedata.normalize("NFD", TEXT),
        TEXT.replace("\n", "\r\n"),
        "\ufeff" + TEXT,
        TEXT.replace(": ", ":\ufeff "),
        TEXT.replace("\n", "\u2028", 1),
    ],
    ids=["NFD", "CRLF", "byte order mark", "mark inside", "line separator"],
)
def test_a_text_stays_what_was_hashed(text: str, tmp_path: Path) -> None:
    """Offsets count its code points, so nothing about it may be put right."""
    (tmp_path / "tea.txt").write_bytes(text.encode())
    found = find_texts(article(text), tmp_path)
    assert dict(found.by_article) == {TEA: text}
    assert (found.missing, found.near) == ((), ())


def test_what_was_encoded_in_another_form_is_not_made_of_a_normal_file(tmp_path: Path) -> None:
    (tmp_path / "tea.txt").write_bytes(TEXT.encode())
    found = find_texts(article(unicodedata.normalize("NFD", TEXT)), tmp_path)
    assert (dict(found.by_article), found.missing) == ({}, (TEA,))
    assert [near.file for near in found.near] == ["tea.txt"]


@given(strategies.text(strategies.characters(codec="utf-8"), min_size=1))
def test_whatever_a_text_is_it_is_found_as_it_is(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "x").write_bytes(text.encode())
        assert dict(find_texts(article(text), Path(folder)).by_article) == {TEA: text}


def test_one_changed_character_is_another_text(tmp_path: Path) -> None:
    (tmp_path / "tea.txt").write_text(TEXT.replace("knee", "Knee"), "utf-8")
    found = find_texts(article(), tmp_path)
    assert (dict(found.by_article), found.missing) == ({}, (TEA,))
    (near,) = found.near
    assert (near.article, near.file) == (TEA, "tea.txt")
    assert f"{len(TEXT):,} code points" in near.why


def test_a_file_of_another_name_and_length_is_not_near(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader", "utf-8")
    assert find_texts(article(), tmp_path).near == ()


@pytest.mark.parametrize("folder", [None, Path("/no/such/folder")])
def test_no_folder_is_no_text(folder: Path | None) -> None:
    assert find_texts(article(), folder).missing == (TEA,)


def test_an_article_without_hash_has_no_text() -> None:
    data = read(f"<{TEA}> a <https://w3id.org/mesokg/ns#Article> .")
    assert find_texts(data, None).missing == (TEA,)


def test_hidden_and_binary_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".tea.txt").write_text(TEXT, "utf-8")
    (tmp_path / "tea").write_bytes(b"\xff\xfe\x00")
    assert find_texts(article(), tmp_path).missing == (TEA,)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "tea.txt").write_text(TEXT, "utf-8")
    with pytest.raises(InputError) as caught:
        find_texts(article(), tmp_path / "tea.txt")
    assert caught.value.code == "cannot-read"


def test_texts_become_quads_of_their_own_graph() -> None:
    (quad,) = Texts({TEA: TEXT}).quads("https://example.org/kg/")
    assert str(quad.graph_name) == "<https://example.org/kg/graph/text>"
    assert str(quad.predicate) == "<https://w3id.org/mesokg/ns#text>"
    assert getattr(quad.object, "value", "") == TEXT


def test_the_flagship_text_hashes_as_it_is(testdata: Path) -> None:
    files = list((testdata / "article").glob("*.txt"))
    assert files
    for path in files:
        text = path.read_bytes().decode("utf-8")
        found = find_texts(article(text), testdata / "article")
        assert dict(found.by_article) == {TEA: text}
