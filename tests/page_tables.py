"""Tables in the documentation that tests make: they cannot drift from what is true."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def hold_table(page: Path, name: str, rows: Iterable[str]) -> None:
    """Holds a table of a page to be this one; MESOKG_UPDATE_DOCS=1 writes it.

    It stands between two comments, the first of which names it.
    """
    text = page.read_text("utf-8")
    begin, end = f"<!-- {name}: made by a test -->\n", "<!-- end -->"
    before, mark, rest = text.partition(begin)
    assert mark, f"{page.name} has no place for the table {name}"
    _, _, after = rest.partition(end)
    table = "".join(f"{row}\n" for row in rows)
    made = f"{before}{begin}{table}{end}{after}"
    if os.environ.get("MESOKG_UPDATE_DOCS"):
        page.write_text(made, "utf-8")
        return
    assert made == text
