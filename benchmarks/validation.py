"""What validating the flagship costs, beside the pyshacl command on the same graph and shapes.

Whole processes in turns, smallest time of each, nothing cached. Exits with 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from startup import ROOT, Program, measure, table


def programs(folder: Path) -> list[Program]:
    """Mesokg on the project; pyshacl on what `mesokg export` makes of it, as N-Triples."""
    mesokg, pyshacl = (str(Path(sys.executable).with_name(name)) for name in ("mesokg", "pyshacl"))
    data, shapes = folder / "data.nt", folder / "shapes.ttl"
    subprocess.run([mesokg, "export", "-o", str(data)], cwd=ROOT, check=True)
    parts = [path.read_text("utf-8") for path in sorted((ROOT / "ontology/shapes").glob("*.ttl"))]
    shapes.write_text("\n".join(parts), "utf-8")
    theirs = [pyshacl, "-f", "turtle", "-s", str(shapes), str(data)]
    quiet = ["bash", "-c", '"$@" > /dev/null || true', "-", *theirs]
    return [
        Program("pyshacl", quiet),
        Program("mesokg validate", [mesokg, "validate"], "pyshacl", 0.3),
        Program(
            "mesokg validate, pySHACL inside",
            [mesokg, "validate", "--engine", "pyshacl"],
            "pyshacl",
            1.5,
        ),
    ]


def main() -> int:
    """Measure, print the table, and say by the exit code whether all bars were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each program")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        rows = programs(Path(folder))
        return table(rows, measure(rows, runs), runs)


if __name__ == "__main__":
    sys.exit(main())
