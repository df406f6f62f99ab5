"""Documentation cannot drift: every command in it runs, and shows what it says it shows.

A fenced block marked ``console`` holds commands (``$ …``) and what a terminal of 88 columns
shows after each of them; one marked ``pycon`` is a doctest. ``MESOKG_UPDATE_DOCS=1`` writes the
real output into the console blocks, to be read before it is committed.
"""

from __future__ import annotations

import doctest
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYCON = re.compile(r"^```pycon\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COLUMNS = 88
UPDATE = bool(os.environ.get("MESOKG_UPDATE_DOCS"))


def on_terminal(command: str, folder: Path) -> str:
    """What a terminal shows after a command, colours off."""
    leader, follower = pty.openpty()
    ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
        "NO_COLOR": "1",
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with subprocess.Popen(
        ["bash", "-c", command], cwd=folder, env=environment, stdin=follower, stdout=follower,
        stderr=follower, start_new_session=True,
    ):  # fmt: skip
        os.close(follower)
        shown = b""
        while True:
            ready, _, _ = select.select([leader], [], [], 120)
            assert ready, f"{command}: nothing for 120 seconds"
            try:
                chunk = os.read(leader, 65536)
            except OSError:  # Linux' way to say that the other side is closed
                break
            if not chunk:
                break
            shown += chunk
    os.close(leader)
    return shown.decode().replace("\r\n", "\n")


def replay(block: str, folder: Path) -> str:
    """The block with the output that its commands really have."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    shown = [f"$ {command}\n{on_terminal(command, folder)}" for command in commands]
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in shown)


def blocks() -> list[tuple[Path, int, str]]:
    return [
        (page, place, match[1])
        for page in PAGES
        for place, match in enumerate(CONSOLE.finditer(page.read_text("utf-8")), 1)
    ]


@pytest.mark.parametrize(
    ("page", "place", "block"),
    [pytest.param(*entry, id=f"{entry[0].name}-{entry[1]}") for entry in blocks()],
)
def test_commands_show_what_the_page_says(
    page: Path, place: int, block: str, tmp_path: Path
) -> None:
    """Every `$` line runs at the project's root; writing goes to a copy-free scratch home."""
    assert block.startswith("$ "), f"{page.name}: a console block begins with a command"
    real = replay(block, ROOT)
    if UPDATE and real != block:
        text = page.read_text("utf-8")
        page.write_text(text.replace(f"```console\n{block}```", f"```console\n{real}```"), "utf-8")
        return
    assert real == block


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_in_the_page_is_true(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    examples = "\n".join(match[1] for match in PYCON.finditer(page.read_text("utf-8")))
    test = doctest.DocTestParser().get_doctest(examples, {}, page.name, str(page), 0)
    outcome = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test)
    assert not outcome.failed


def test_the_readme_shows_real_commands() -> None:
    names = [page.name for page, _, _ in blocks()]
    assert names.count("README.md") >= 6
