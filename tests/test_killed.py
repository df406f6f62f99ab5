"""Builds that are killed: the output is the old one or the new one, byte for byte, at any time."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from mesokg.files import File, write_tree

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL, no exchange of names")

TIMES = 50


def state(folder: Path) -> str:
    """Equal for folders with the same files, byte for byte."""
    parts = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, data = path.relative_to(folder).as_posix().encode(), path.read_bytes()
        parts.update(b"%d %s %d %s" % (len(name), name, len(data), data))
    return parts.hexdigest()


def command(project: Path, kind: str, out: Path) -> Sequence[str]:
    return [sys.executable, "-m", "mesokg", "-q", "-C", str(project), kind, "-o", str(out)]


def run(arguments: Sequence[str]) -> float:
    """How long a command took; it must succeed."""
    began = time.monotonic()
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def run_and_kill(arguments: Sequence[str], after: float) -> bool:
    """Starts a command and kills it and its children; whether it was still at work."""
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["site", "build"])
def test_build_killed_at_any_moment_leaves_the_old_or_the_new(
    tmp_path: Path, root: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    moments = random.Random(f"killed {kind}")
    projects = []
    for word in ("first", "second"):
        project = tmp_path / word
        shutil.copytree(root / "examples" / "second-project", project)
        settings = project / "mesokg.toml"
        text = settings.read_text("utf-8")
        settings.write_text(re.sub('(?m)^title = "', f'title = "{word}: ', text, count=1), "utf-8")
        projects.append(project)
    whole, took = [], 0.0
    for project in projects:
        took = run(command(project, kind, tmp_path / "sample" / "out"))
        whole.append(state(tmp_path / "sample" / "out"))
    assert whole[0] != whole[1]

    out = tmp_path / "place" / "out"
    shutil.copytree(tmp_path / "sample" / "out", out)
    killed = 0
    for turn in range(TIMES // 2):
        # The later moments, in which files are written, are tried more often than those before.
        after = took * moments.uniform(0.2, 1.2) ** 0.5
        killed += run_and_kill(command(projects[turn % 2], kind, out), after)
        assert state(out) in whole, f"turn {turn}, after {after:.3f} s"
    assert killed >= TIMES // 10

    run(command(projects[0], kind, out))
    assert state(out) == whole[0]
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_there_is_no_moment_without_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_tree(folder, [File("index.json", b"0")])
    missing: list[OSError] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            try:
                os.stat(folder / "index.json")  # noqa: PTH116
            except OSError as error:
                missing.append(error)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for number in range(300):
            write_tree(folder, [File("index.json", str(number).encode())])
    finally:
        over.set()
        watcher.join()
    assert not missing


def test_what_the_dead_left_goes_and_what_the_living_hold_stays(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    code = """if True:
        import sys, time
        from pathlib import Path
        from mesokg.files import File, write_tree

        def files():
            yield File("a", b"a")
            print("begun", flush=True)
            time.sleep(600)

        write_tree(Path(sys.argv[1]), files())
    """
    started = []
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE
        )
        assert process.stdout
        process.stdout.readline()
        started.append(process)
    dead, living = started
    (tmp_path / ".out.settings").mkdir()  # somebody else's
    before = {path.name for path in tmp_path.iterdir()}
    assert len(before) == 3
    dead.kill()
    dead.wait()
    write_tree(folder, [File("index.json", b"{}")])
    after = {path.name for path in tmp_path.iterdir()}
    living.kill()
    living.wait()
    assert len(after) == 3
    assert {"out", ".out.settings"} < after
    write_tree(folder, [File("index.json", b"{}")])
    assert {path.name for path in tmp_path.iterdir()} == {"out", ".out.settings"}
    for process in started:
        assert process.stdout
        process.stdout.close()
