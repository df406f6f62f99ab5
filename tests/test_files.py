"""Writing whole or not at all, whatever the disk says."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesokg.errors import InputError, MesokgError
from mesokg.files import File, read_bytes, write_file, write_tree

INDEX = File("index.json", b"{}")


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


needs_permissions = pytest.mark.skipif(
    os.name != "posix", reason="permissions of this kind exist on POSIX systems only"
)


# --- reading ---------------------------------------------------------------------------------


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name, why in {
        "nothing.ttl": "there is no such file",
        ".": "is a folder",
        "loop": "cannot be read",
        "a\0b": "cannot be read",
        "x" * 300: "cannot be read",
    }.items():
        with pytest.raises(InputError, match=why) as caught:
            read_bytes(tmp_path / name)
        assert caught.value.code == "cannot-read"
    (tmp_path / "file").write_bytes(b"\xff\x00")
    assert read_bytes(tmp_path / "file") == b"\xff\x00"
    with pytest.raises(InputError, match="cannot be read"):
        read_bytes(tmp_path / "file" / "below")


# --- one file --------------------------------------------------------------------------------


def test_file_is_replaced_and_folders_are_made(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "report.json"
    write_file(target, b"one")
    write_file(target, b"two")
    assert tree(tmp_path) == {"a/b/report.json": b"two"}


@needs_permissions
def test_whoever_reads_meanwhile_sees_the_old_file_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    write_file(target, b"one")
    with target.open("rb") as reader:
        write_file(target, b"two")
        assert reader.read() == b"one"


def test_new_file_has_the_mode_that_any_file_would_have(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_file(tmp_path / "new", b"")
        write_tree(tmp_path / "folder", [INDEX])
    finally:
        os.umask(mask)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o750


def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real" / "file")
    write_file(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "file").read_bytes() == b"x"


@needs_permissions
def test_pipe_is_written_into_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_file(pipe, b"through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_longest_name_there_is(tmp_path: Path) -> None:
    name = "n" * 255
    write_file(tmp_path / name, b"x")
    assert tree(tmp_path) == {name: b"x"}


def failures(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_bytes(b"old")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    yield tmp_path / "folder", "folder"
    yield tmp_path / "file" / "below", "file"
    yield tmp_path / "loop", "loop"
    yield tmp_path / ("x" * 300), "too long"


def test_file_that_cannot_be_written_leaves_everything_as_it_was(tmp_path: Path) -> None:
    for target, _ in failures(tmp_path):
        before = tree(tmp_path)
        with pytest.raises(MesokgError, match="cannot be written") as caught:
            write_file(target, b"new")
        assert caught.value.code == "write-failed"
        assert caught.value.exit_code == 3
        assert str(target) in caught.value.message
        assert "\n" not in caught.value.message
        assert tree(tmp_path) == before


# --- a folder --------------------------------------------------------------------------------


def test_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "build"
    assert write_tree(folder, [INDEX, File("data/a.ttl", b"1"), File("b", b"")]) == 3
    assert tree(folder) == {"index.json": b"{}", "data/a.ttl": b"1", "b": b""}
    assert write_tree(folder, [INDEX, File("c", b"2")]) == 2
    assert tree(tmp_path) == {"deep/build/index.json": b"{}", "deep/build/c": b"2"}
    assert sorted(path.name for path in folder.parent.iterdir()) == ["build"]


def test_empty_folder_may_be_filled_and_a_foreign_one_may_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_tree(tmp_path / "empty", [INDEX])
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.doc").write_bytes(b"years of work")
    with pytest.raises(MesokgError) as caught:
        write_tree(tmp_path / "foreign", [INDEX])
    assert caught.value.code == "folder-not-ours"
    assert tree(tmp_path / "foreign") == {"thesis.doc": b"years of work"}


def test_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_tree(tmp_path / "link", [INDEX])
    assert (tmp_path / "link").is_symlink()
    assert tree(tmp_path / "real") == {"index.json": b"{}"}


def test_exchange_that_fails_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path / "build", [INDEX, File("a", b"old")])
    before = tree(tmp_path)
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "build" and self.name != "build":
            raise OSError(5, "Input/output error")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    monkeypatch.setattr("mesokg.files._swapped", lambda *_: False)  # as on a disk that cannot
    with pytest.raises(MesokgError, match="Input/output error"):
        write_tree(tmp_path / "build", [INDEX])
    assert tree(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


def test_failure_half_way_leaves_the_old_folder(tmp_path: Path) -> None:
    write_tree(tmp_path / "build", [INDEX, File("a", b"old")])
    before = tree(tmp_path)

    def broken(error: BaseException) -> Iterator[File]:
        yield File("a", b"new")
        raise error

    for error in (RuntimeError("bug"), InputError("bad", code="x"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            write_tree(tmp_path / "build", broken(error))
        assert tree(tmp_path) == before
        with pytest.raises(type(error)):
            write_tree(tmp_path / "new", broken(error))
        assert tree(tmp_path) == before
    with pytest.raises(MesokgError, match="cannot be written"):
        write_tree(tmp_path / "build", [File("a", b"file"), File("a/b", b"and folder")])
    assert tree(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build"]


@pytest.mark.parametrize(
    "path",
    ["", ".", "/etc/passwd", "../out", "a/../../out", "a/..", "a\\..\\b", "a\0b", "\ud800", "//x"],
)
def test_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(MesokgError) as caught:
        write_tree(tmp_path / "build", [INDEX, File(path, b"")])
    assert caught.value.code == "unsafe-path"
    assert tree(tmp_path) == {}


@given(st.lists(st.text(max_size=5), max_size=3).map("/".join))
def test_any_path_is_inside_or_refused(tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    code = ""
    try:
        write_tree(folder / "build", [File(path, b"x")])
    except MesokgError as error:
        code = error.code
    assert code in {"", "unsafe-path"}
    assert [p.name for p in folder.iterdir()] == ([] if code else ["build"])


def test_folder_where_a_file_is_or_cannot_be(tmp_path: Path) -> None:
    for target, _ in failures(tmp_path):
        if target.name == "folder":
            continue
        before = tree(tmp_path)
        with pytest.raises(MesokgError, match="cannot be written") as caught:
            write_tree(target, [INDEX])
        assert caught.value.code == "write-failed"
        assert tree(tmp_path) == before
    with pytest.raises(MesokgError, match="it is a file, a folder is wanted"):
        write_tree(tmp_path / "file", [INDEX])


# --- a disk that is full or closed -------------------------------------------------------------


def run_limited(code: str, folder: Path) -> str:
    """What a program says that may write no more than 10,000 bytes into a file."""
    resource = pytest.importorskip("resource")
    limits = (10_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(folder)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits),
        capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_permissions
def test_full_disk(tmp_path: Path) -> None:
    write_tree(tmp_path / "build", [INDEX, File("a", b"old")])
    write_file(tmp_path / "file", b"old")
    before = tree(tmp_path)
    said = run_limited(
        """
        import sys
        from pathlib import Path
        from mesokg.errors import MesokgError
        from mesokg.files import File, write_file, write_tree
        folder = Path(sys.argv[1])
        for write in (
            lambda: write_tree(folder / "build", [File("a", b"x"), File("b", b"x" * 20_000)]),
            lambda: write_tree(folder / "new", [File("b", b"x" * 20_000)]),
            lambda: write_file(folder / "file", b"x" * 20_000),
            lambda: write_file(folder / "new", b"x" * 20_000),
        ):
            try:
                write()
            except MesokgError as error:
                print(error.code, error.message)
        """,
        tmp_path,
    ).splitlines()
    assert len(said) == 4
    assert all(line.startswith("write-failed") and "File too large" in line for line in said)
    assert tree(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["build", "file"]


@needs_permissions
def test_read_only_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    write_tree(closed / "build", [INDEX])
    closed.chmod(0o500)
    try:
        if os.access(closed, os.W_OK):  # whoever is root may write anyway
            # A folder of the kernel's own refuses even root.
            closed = Path("/proc")
        for write in (
            lambda: write_file(closed / "file", b"x"),
            lambda: write_tree(closed / "build", [INDEX]),
        ):
            with pytest.raises(MesokgError, match="cannot be written") as caught:
                write()
            assert caught.value.code == "write-failed"
            assert "nothing was changed" in caught.value.hint
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert tree(tmp_path) == {"closed/build/index.json": b"{}"}


def test_same_file_twice_is_one_file_with_two_names(tmp_path: Path) -> None:
    files = [File("a.nq", b"all"), File("site/a.nq", b"all", "a.nq"), File("index.json", b"{}")]
    assert write_tree(tmp_path / "out", files) == 3
    assert (tmp_path / "out" / "site" / "a.nq").samefile(tmp_path / "out" / "a.nq")


def test_same_file_twice_is_written_twice_where_links_are_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no hard links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    write_tree(tmp_path / "out", [File("a.nq", b"all"), File("b.nq", b"all", "a.nq")])
    assert (tmp_path / "out" / "b.nq").read_bytes() == b"all"
