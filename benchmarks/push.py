"""What publishing costs, and what a cut costs: a push of many triples, broken off twice, resumed.

To each real store on loopback, through a TCP proxy that counts bytes: the client is killed at a
random moment, then the line is broken at a random byte, then the push is finished; then it is
made once more. Exits with 1 unless the digests are equal, what had arrived was not sent again
and the last push sent no data. A store that is not installed is left out and named.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from cut_line import Line, line_to  # noqa: E402
from mesokg.dataset import read  # noqa: E402
from mesokg.remote import connect  # noqa: E402
from mesokg.stores import pull  # noqa: E402
from mesokg.stores.content import content_of  # noqa: E402
from stores import Store, oxigraph_store, virtuoso_store  # noqa: E402


def lines(triples: int, graphs: int) -> Iterator[str]:
    """N-Quads of some graphs, with texts, numbers and links as claims have them."""
    each = triples // graphs
    for g in range(graphs):
        for n in range(each):
            thing = f"<http://e/claim/{g}-{n // 5}>"
            value = (
                f'"the words of claim {n // 5} in article {g}, as printed"@en',
                f'"{n}"^^<http://www.w3.org/2001/XMLSchema#integer>',
                f"<http://e/treatment/{n % 97}>",
                f"<http://e/outcome/{n % 89}>",
                '"2024-05-06"^^<http://www.w3.org/2001/XMLSchema#date>',
            )[n % 5]
            yield f"{thing} <http://e/p{n % 5}> {value} <http://e/graph/articles/{g}> .\n"


def command(store: Store, port: int, file: Path, chunk: int) -> list[str]:
    """The push, by the port of the proxy."""
    query, update = (
        f"http://127.0.0.1:{port}{urlsplit(u).path}" for u in (store.query, store.update)
    )
    return [
        sys.executable, "-m", "mesokg", "push", "--endpoint", query, "--update", update,
        "--data", str(file), "--chunk", str(chunk), "--timeout", "3600", "-f", "tsv",
    ]  # fmt: skip


def measure(store: Store, line: Line, file: Path, chunk: int, chance: random.Random) -> bool:
    """Push, kill, break, finish, push again; whether all of it went as promised."""
    environment = {**os.environ, "no_proxy": "*", "MESOKG_ENDPOINT_USER": store.user,
                   "MESOKG_ENDPOINT_PASSWORD": store.password}  # fmt: skip
    words, size = command(store, line.port, file, chunk), file.stat().st_size
    sent = []

    def row(what: str, begun: float, code: int | None) -> None:
        sent.append(line.sent)
        print(f"{store.name:9} {what:34} {time.monotonic() - begun:8.1f} s {line.sent:13,} bytes"
              f"  exit {code}", flush=True)  # fmt: skip
        line.mend()

    line.mend()
    begun = time.monotonic()
    victim = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    limit = int(size * chance.uniform(0.1, 0.3))
    while line.sent < limit and victim.poll() is None:
        time.sleep(0.05)
    victim.kill()
    row("client killed", begun, victim.wait())
    line.break_at = int(size * chance.uniform(0.1, 0.3))
    begun = time.monotonic()
    cut = subprocess.run(
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    row("line broken", begun, cut.returncode)
    begun = time.monotonic()
    done = subprocess.run(words, env=environment, stdout=subprocess.DEVNULL)
    row("finished", begun, done.returncode)
    begun = time.monotonic()
    again = subprocess.run(words, env=environment, stdout=subprocess.DEVNULL)
    row("pushed once more", begun, again.returncode)
    ours = read(file.read_bytes(), "nquads")
    wanted = {str(g)[1:-1]: content_of(ours.graph(g)).digest for g in ours.graphs}
    found = {p.graph: p.digest for p in pull(connect(store.query, timeout=3600, largest=2**31))}
    print(f"{store.name:9} digests {'equal' if wanted == found else 'DIFFERENT'}; sent in all "
          f"{sum(sent[:3]) / size:.2f} x the file", flush=True)  # fmt: skip
    codes = (cut.returncode, done.returncode, again.returncode) == (3, 0, 0)
    return codes and wanted == found and sent[3] < 20_000 and sum(sent[:3]) < size * 1.5


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triples", type=int, default=1_000_000)
    parser.add_argument("--graphs", type=int, default=10)
    parser.add_argument("--chunk", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", action="append", choices=["oxigraph", "virtuoso"])
    options = parser.parse_args()
    os.environ["no_proxy"] = "*"
    good = True
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.nq"
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(lines(options.triples, options.graphs))
        print(
            f"{options.triples:,} triples, {options.graphs} graphs, {file.stat().st_size:,} bytes"
        )
        for name in options.store or ["oxigraph", "virtuoso"]:
            place = Path(folder) / name
            place.mkdir()
            with ExitStack() as stack:
                try:
                    store = stack.enter_context(
                        oxigraph_store(place)
                        if name == "oxigraph"
                        else virtuoso_store(place, buffers=100_000)
                    )
                except pytest.skip.Exception as error:
                    print(f"{name}: left out: {error}")
                    continue
                line = stack.enter_context(line_to(urlsplit(store.query).port or 0))
                good &= measure(store, line, file, options.chunk, random.Random(options.seed))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
