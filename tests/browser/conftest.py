"""The flagship's site, built once, on a disk and behind a plain server; one browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from browser import Browser, serve, start
from mesokg.assets import built
from mesokg.dataset import load
from mesokg.project import open_project
from mesokg.report import Report
from mesokg.site import Page, Site, build_site, pages


@pytest.fixture(scope="session")
def site(root: Path) -> Site:
    """The read view of the flagship, with the scripts; skipped where they are not built."""
    assets = built()
    if assets is None:
        pytest.skip("the scripts of the site are not built: python hatch_build.py")
    project = open_project(root / "mesokg.toml")
    return Site.of(load(project), project, Report(()), assets=assets)


@pytest.fixture(scope="session")
def folder(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site as files."""
    place = tmp_path_factory.mktemp("site")
    assert site.assets
    for file in build_site(site.written, site.project, Report(()), assets=site.assets):
        path = place / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    return place


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    with serve(folder) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with start() as one:
        yield one


@pytest.fixture(scope="session")
def longest(site: Site, folder: Path) -> Mapping[str, str]:
    """The path of the longest page of each template."""
    sizes: dict[str, tuple[int, str]] = {}
    for page in pages(site):
        if not isinstance(page, Page):
            continue
        size = (folder / page.path).stat().st_size
        sizes[page.template] = max(sizes.get(page.template, (0, "")), (size, page.path))
    return {template: path for template, (_, path) in sizes.items()}
