"""What has changed since a revision, and the files as they were, from real repositories."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesokg import revisions
from mesokg.errors import MesokgError, UsageError
from mesokg.report import Finding, Location, Report, Severity
from mesokg.revisions import WHOLE, changed_lines, commit_of, merge_base, since, tree_at

_SETTINGS: Final = (
    *("-c", "user.name=Tester", "-c", "user.email=tester@example.org"),
    *("-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main", "-c", "core.autocrlf=false"),
    *("-c", "protocol.file.allow=always", "-c", "core.fsync=none"),
)


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(folder: Path, *arguments: str, data: bytes | None = None) -> str:
    done = subprocess.run(
        ["git", *_SETTINGS, "-C", str(folder), *arguments],
        input=data, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())


def commit(root: Path, files: Mapping[str, str | bytes] | None = None) -> str:
    write(root, files or {})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "x")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "the repository"
    root.mkdir()
    git(root, "init", "--quiet")
    return root


# --- revisions -------------------------------------------------------------------------------


def test_what_a_revision_may_be(repository: Path) -> None:
    first = commit(repository, {"a.ttl": "1\n"})
    second = commit(repository, {"a.ttl": "2\n"})
    git(repository, "tag", "--annotate", "--message", "x", "v1")
    for revision in ("HEAD", "main", "v1", second, second[:8]):
        assert commit_of(repository, revision) == second
    assert commit_of(repository, "HEAD~1") == first
    (repository / "deeper").mkdir()
    assert commit_of(repository / "deeper", "HEAD") == second


@pytest.mark.parametrize(
    "revision",
    [
        "",
        "nonsense",
        "--output=x",
        "-h",
        "HEAD..HEAD",
        "HEAD:a.ttl",
        "^HEAD",
        "a\nb",
        "a\0b",
        "0" * 40,
    ],
)
def test_what_is_no_revision(repository: Path, revision: str) -> None:
    commit(repository, {"a.ttl": "1\n"})
    before = sorted(repository.rglob("*"))
    for ask in (commit_of, merge_base, changed_lines):
        with pytest.raises(UsageError) as caught:
            ask(repository, revision)
        assert caught.value.code == "unknown-revision"
        assert "fetch-depth: 0" in caught.value.hint
    with pytest.raises(UsageError), tree_at(repository, revision):
        pass
    assert sorted(repository.rglob("*")) == before


def test_a_repository_without_a_commit(repository: Path) -> None:
    with pytest.raises(UsageError) as caught:
        merge_base(repository, "HEAD")
    assert caught.value.code == "unknown-revision"


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError) as caught:
        commit_of(tmp_path, "HEAD")
    assert caught.value.code == "no-repository"
    assert "not a git repository" in caught.value.message
    git(tmp_path, "init", "--quiet", "--bare", "bare")
    with pytest.raises(UsageError) as caught:
        commit_of(tmp_path / "bare", "HEAD")
    assert caught.value.code == "no-repository"


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(MesokgError) as caught:
        changed_lines(repository, "HEAD")
    assert (caught.value.code, caught.value.exit_code) == ("git-missing", 3)


def test_what_others_did_meanwhile_is_no_change(repository: Path) -> None:
    base = commit(repository, {"a.ttl": "1\n2\n", "b.ttl": "1\n"})
    git(repository, "branch", "ours")
    commit(repository, {"b.ttl": "theirs\n"})
    git(repository, "checkout", "--quiet", "ours")
    commit(repository, {"a.ttl": "1\n2\n3\n"})
    assert merge_base(repository, "main") == base
    assert changed_lines(repository, merge_base(repository, "main")) == {"a.ttl": ((3, 3),)}
    assert set(changed_lines(repository, "main")) == {"a.ttl", "b.ttl"}


def test_a_clone_without_history_names_the_way_out(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"a.ttl": "1\n"})
    git(repository, "checkout", "--quiet", "-b", "ours")
    commit(repository, {"a.ttl": "2\n"})
    git(repository, "checkout", "--quiet", "main")
    commit(repository, {"b.ttl": "2\n"})
    url = repository.as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=ours", url, "c")
    with pytest.raises(UsageError) as caught:
        merge_base(tmp_path / "c", "origin/main")
    assert caught.value.message == "'origin/main' and HEAD have no commit in common"
    assert "fetch-depth: 0" in caught.value.hint


# --- what has changed ------------------------------------------------------------------------


def test_lines_files_and_what_git_does_not_know(repository: Path) -> None:
    commit(
        repository,
        {
            "same.ttl": "1\n",
            "edit.ttl": "1\n2\n3\n4\n5\n6\n",
            "less.ttl": "1\n2\n",
            "gone.ttl": "1\n",
            "old.ttl": "1\n2\n3\n",
            "end.ttl": "1\n2",
            "bytes.ttl": b"\0\1",
            "empty.ttl": "",
            ".gitignore": "*.log\n",
        },
    )
    write(
        repository,
        {
            "edit.ttl": "0\n1\n2\n3\nfour\nfive\n6\n",
            "less.ttl": "1\n",
            "end.ttl": "1\n2\n",
            "bytes.ttl": b"\0\2",
            "empty.ttl": "1\n",
            "new/untracked.ttl": "1\n",
            "noise.log": "1\n",
        },
    )
    (repository / "gone.ttl").unlink()
    (repository / "old.ttl").rename(repository / "renamed.ttl")
    (repository / "same.ttl").chmod(0o755)
    write(repository, {"staged.ttl": "1\n2\n"})
    git(repository, "add", "staged.ttl")
    assert changed_lines(repository, "HEAD") == {
        "bytes.ttl": WHOLE,
        "edit.ttl": ((1, 1), (5, 6)),
        "empty.ttl": ((1, 1),),
        "end.ttl": ((2, 2),),
        "gone.ttl": (),
        "less.ttl": (),
        "new/untracked.ttl": WHOLE,
        "old.ttl": (),
        "renamed.ttl": WHOLE,
        "same.ttl": (),
        "staged.ttl": ((1, 2),),
    }


def test_nothing_has_changed(repository: Path) -> None:
    commit(repository, {"a.ttl": "1\n"})
    assert changed_lines(repository, "HEAD") == {}


ODD: Final = (
    "two words.ttl", "tab\there.ttl", 'qu"ote.ttl', "back\\slash.ttl", "gr\u00fcn.ttl",
    "line\nbreak.ttl", "+++ b/x.ttl", "-dash.ttl", "\u2028.ttl", "b/b/b.ttl", "x ",
)  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="other disks cannot hold such names")
def test_odd_names(repository: Path) -> None:
    commit(repository, dict.fromkeys(ODD, "1\n2\n"))
    raw = os.fsencode(repository) + b"/\xff.ttl"
    with open(raw, "wb") as stream:  # noqa: PTH123  # a name that is no text
        stream.write(b"1\n")
    write(repository, dict.fromkeys(ODD, "1\ntwo\n"))
    changed = changed_lines(repository, "HEAD")
    assert changed == {**dict.fromkeys(ODD, ((2, 2),)), os.fsdecode(b"\xff.ttl"): WHOLE}
    with tree_at(repository, "HEAD") as folder:
        names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert names == set(ODD)


def test_only_what_lies_in_the_folder(repository: Path) -> None:
    commit(repository, {"kg/data/a.ttl": "1\n", "kg/b.ttl": "1\n", "other/a.ttl": "1\n"})
    write(repository, {"kg/data/a.ttl": "2\n", "other/a.ttl": "2\n", "new.ttl": "1\n"})
    write(repository, {"kg/new.ttl": "1\n"})
    assert changed_lines(repository / "kg", "HEAD") == {"data/a.ttl": ((1, 1),), "new.ttl": WHOLE}
    with tree_at(repository / "kg", "HEAD") as folder:
        names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    assert names == ["b.ttl", "data/a.ttl"]


def test_a_folder_that_was_not_there(repository: Path) -> None:
    commit(repository, {"a.ttl": "1\n"})
    write(repository, {"kg/b.ttl": "1\n"})
    assert changed_lines(repository / "kg", "HEAD") == {"b.ttl": WHOLE}
    with tree_at(repository / "kg", "HEAD") as folder:
        assert list(folder.iterdir()) == []


def test_submodules_and_repositories_inside_are_not_ours(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    commit(other, {"a.ttl": "1\n"})
    git(repository, "submodule", "--quiet", "add", other.as_uri(), "sub")
    commit(repository, {"b.ttl": "1\n"})
    write(repository, {"sub/a.ttl": "2\n", "sub/b.ttl": "2\n"})
    git(repository, "init", "--quiet", "nested")
    commit(repository / "nested", {"a.ttl": "1\n"})
    assert changed_lines(repository, "HEAD") == {}
    with tree_at(repository, "HEAD") as folder:
        assert sorted(p.name for p in folder.iterdir()) == [".gitmodules", "b.ttl"]


def test_a_conflict_is_a_change(repository: Path) -> None:
    commit(repository, {"a.ttl": "1\n"})
    git(repository, "checkout", "--quiet", "-b", "ours")
    commit(repository, {"a.ttl": "2\n"})
    git(repository, "checkout", "--quiet", "main")
    commit(repository, {"a.ttl": "3\n"})
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "--quiet", "ours")
    assert changed_lines(repository, "HEAD") == {"a.ttl": ((1, 1), (3, 5))}


def test_settings_change_nothing(repository: Path, tmp_path: Path) -> None:
    commit(repository, {"a.ttl": "1\n2\n3\n4\n5\n", "b.ttl": "1\n2\n3\n"})
    write(repository, {"a.ttl": "one\n2\nthree\n4\n5\n", "c.ttl": "1\n2\n3\n"})
    (repository / "b.ttl").unlink()
    git(repository, "add", "c.ttl")
    expected = changed_lines(repository, "HEAD")
    assert expected == {"a.ttl": ((1, 1), (3, 3)), "b.ttl": (), "c.ttl": ((1, 3),)}
    for key, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.external": str(tmp_path / "no-such-program"),
        "diff.interHunkContext": "9",
        "diff.context": "9",
        "diff.renames": "copies",
        "diff.algorithm": "patience",
        "diff.relative": "false",
        "color.ui": "always",
        "core.quotePath": "false",
        "core.pager": "no-such-program",
        "core.fsmonitor": str(tmp_path / "no-such-program"),
    }.items():
        git(repository, "config", key, value)
    write(repository, {".git/info/attributes": "*.ttl diff=odd\n"})
    git(repository, "config", "diff.odd.command", "no-such-program")
    git(repository, "config", "diff.odd.textconv", "no-such-program")
    assert changed_lines(repository, "HEAD") == expected


def test_a_hook_of_another_repository_changes_nothing(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = commit(repository, {"kg/a.ttl": "1\n"})
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    assert commit_of(repository / "kg", "HEAD") == first


_LINES = st.lists(
    st.sampled_from(("a", "b", "", "--- a/x", "+++ b/x", "@@ -1 +1 @@", "\\ No", "-", "+", "\r")),
    max_size=8,
)


@settings(max_examples=25)
@given(_LINES, _LINES, st.booleans())
def test_without_the_changed_lines_it_is_a_part_of_the_old_file(
    tmp_path_factory: pytest.TempPathFactory, old: list[str], new: list[str], end: bool
) -> None:
    root = tmp_path_factory.mktemp("any")
    git(root, "init", "--quiet")
    first, second = "\n".join(old) + "\n" * end, "\n".join(new)
    commit(root, {"a.ttl": first, "b.ttl": "1\n"})
    write(root, {"a.ttl": second, "b.ttl": "2\n"})
    changed = changed_lines(root, "HEAD")
    assert changed.pop("b.ttl") == ((1, 1),)
    assert changed.keys() <= {"a.ttl"}
    inside = {n for a, b in changed.get("a.ttl", ()) for n in range(a, b + 1)}
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (first, second))
    rest: Iterator[str] = iter(before)
    kept = [line for n, line in enumerate(after, 1) if n not in inside]
    assert all(line in rest for line in kept), "in the same order"


# --- the files of a revision -----------------------------------------------------------------


def test_files_as_they_were(repository: Path) -> None:
    big = os.urandom(3 << 20)
    old = {"mesokg.toml": b"x", "data/a.ttl": b"1\r\n", "data/b.ttl": b"", "big.bin": big}
    commit(repository, old)
    commit(repository, {"data/a.ttl": "2\n", "data/c.ttl": "1\n"})
    write(repository, {"data/a.ttl": "3\n"})
    with tree_at(repository, "HEAD~1") as folder:
        found = {
            p.relative_to(folder).as_posix(): p.read_bytes()
            for p in folder.rglob("*")
            if p.is_file()
        }
    assert found == old
    assert not folder.exists()
    with tree_at(repository, "HEAD~1", lambda name: name.startswith("data/")) as folder:
        assert [p.name for p in sorted(folder.rglob("*.ttl"))] == ["a.ttl", "b.ttl"]
        assert not (folder / "big.bin").exists()


def test_links_are_left_out(repository: Path, tmp_path: Path) -> None:
    write(tmp_path, {"secret": "1"})
    (repository / "link.ttl").symlink_to(tmp_path / "secret")
    (repository / "folder").symlink_to(tmp_path)
    commit(repository, {"a.ttl": "1\n"})
    with tree_at(repository, "HEAD") as folder:
        assert [p.name for p in folder.iterdir()] == ["a.ttl"]


def test_the_folder_goes_away_after_an_error_too(repository: Path) -> None:
    commit(repository, {"a.ttl": "1\n"})
    with pytest.raises(KeyError), tree_at(repository, "HEAD") as folder:
        raise KeyError
    assert not folder.exists()


def hostile(root: Path, *names: bytes) -> str:
    """A commit whose tree holds names that git itself would never add."""
    blob = bytes.fromhex(git(root, "hash-object", "-w", "--stdin", data=b"x"))
    inside = b"".join(b"100644 " + name + b"\0" + blob for name in names)
    tree = git(root, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=inside)
    return git(root, "commit-tree", "-m", "x", tree)


@pytest.mark.parametrize("name", [b"..", b".", b"../x", b"a/../../x", b"/x", b".git", b".GIT"])
def test_names_that_leave_the_folder(repository: Path, name: bytes) -> None:
    commit(repository)
    revision = hostile(repository, name)
    with pytest.raises(MesokgError) as caught, tree_at(repository, revision):
        pass
    assert caught.value.code == "unsafe-path"


def test_names_that_are_there_twice(repository: Path) -> None:
    commit(repository)
    for names in ((b"a", b"a"), (b"a", b"a/b")):
        with pytest.raises(MesokgError) as caught, tree_at(repository, hostile(repository, *names)):
            pass
        assert caught.value.code == "write-failed"


@pytest.mark.parametrize(
    "name", ["aux.ttl", "a:b.ttl", "NUL", "com1.x.ttl", "a./b", "a ", "a\\b", "x/con/y", 'q"', "a?"]
)
def test_names_that_windows_cannot_hold(name: str, tmp_path: Path) -> None:
    assert revisions._target(tmp_path, name, windows=True) is None
    assert revisions._target(tmp_path, name, windows=False) == tmp_path.joinpath(*name.split("/"))
    assert revisions._target(tmp_path, "auxiliary/com10.ttl", windows=True) is not None


def test_a_broken_repository(repository: Path) -> None:
    commit(repository, {"a.ttl": "1\n"})
    blob = git(repository, "rev-parse", "HEAD:a.ttl")
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(MesokgError) as caught, tree_at(repository, "HEAD"):
        pass
    assert (caught.value.code, caught.value.exit_code) == ("git-failed", 3)
    write(repository, {"a.ttl": "2\n"})
    with pytest.raises(MesokgError) as caught:
        changed_lines(repository, "HEAD")
    assert caught.value.code == "git-failed"


# --- what is new -----------------------------------------------------------------------------


def finding(focus: str, line: int = 1, file: str = "a.ttl", end: int = 0) -> Finding:
    place = Location(file, line, 1, end, 2) if file else None
    return Finding("r", Severity.WARNING, "m", focus, location=place)


def left(
    now: list[Finding], then: list[Finding], changed: Mapping[str, revisions.Ranges]
) -> list[Finding]:
    return list(since(Report.of(now), Report.of(then), changed).findings)


def test_on_changed_lines_or_new() -> None:
    old = [finding("a", n) for n in (1, 5, 9)]
    assert left(old, old, {}) == []
    assert left(old, old, {"a.ttl": ((5, 6),)}) == [old[1]]
    assert left(old, old, {"a.ttl": ()}) == []
    assert left(old, old, {"b.ttl": WHOLE}) == []
    assert left(old, old, {"a.ttl": WHOLE}) == old
    assert left(old, [], {}) == old
    elsewhere = finding("b", 3, "b.ttl")
    assert left([*old, elsewhere], old, {"a.ttl": ()}) == [elsewhere]
    nowhere = finding("c", file="")
    assert left([*old, nowhere], old, {}) == [nowhere]
    assert left([*old, nowhere], [*old, nowhere], {"a.ttl": ()}) == []


def test_a_finding_of_several_lines_or_of_none() -> None:
    long, somewhere = finding("a", 3, end=7), finding("b", 0)

    def changed(line: int) -> Mapping[str, revisions.Ranges]:
        return {"a.ttl": ((line, line),)}

    assert left([long], [long], changed(2)) == []
    assert left([long], [long], changed(5)) == [long]
    assert left([long], [long], changed(7)) == [long]
    assert left([long], [long], changed(8)) == []
    assert left([somewhere], [somewhere], {"a.ttl": ()}) == [somewhere]


def test_as_many_as_there_are_more() -> None:
    then = [finding("a", 1)]
    now = [finding("a", n) for n in (1, 2, 3)]
    assert left(now, then, {}) == now[1:]
    assert left(now, then, {"a.ttl": ((1, 1),)}) == [now[0], now[2]]
    assert left(now, then, {"a.ttl": ((1, 2),)}) == now[:2]


def test_lines_that_moved_are_not_new() -> None:
    assert left([finding("a", 8)], [finding("a", 1)], {"a.ttl": ((1, 7),)}) == []


def test_the_rest_of_the_report_stays() -> None:
    report = Report.of([finding("a")], rules=3, files=2, triples=1, engine="e", held_back=4)
    assert since(report, report, {}) == Report((), (), 3, 2, 1, "e", (), 4)


_FINDINGS = st.lists(
    st.builds(finding, st.sampled_from("ab"), st.integers(1, 4), st.sampled_from(("a.ttl", "b"))),
    max_size=6,
)


@given(_FINDINGS, _FINDINGS, st.dictionaries(st.sampled_from(("a.ttl", "b")), st.just(((2, 3),))))
def test_nothing_new_is_missed_and_nothing_is_made_up(
    now: list[Finding], then: list[Finding], changed: dict[str, revisions.Ranges]
) -> None:
    found = left(now, then, changed)
    assert found == [f for f in Report.of(now).findings if f in found]
    whole = Report.of(now).findings
    for mark in {f.fingerprint for f in whole}:
        more = sum(f.fingerprint == mark for f in whole) - sum(
            f.fingerprint == mark for f in Report.of(then).findings
        )
        assert sum(f.fingerprint == mark for f in found) >= more
    assert left(now, [], {}) == list(whole)
    assert left(now, now, {}) == []
