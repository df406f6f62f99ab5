"""What holds for every test: no network, no silent skips, the same random examples in CI."""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

# A test says itself that it runs on a platform; where the tests run must not change them.
for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
    os.environ.pop(name, None)

# What a run remembers is no business of the person who runs the tests.
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="mesokg-tests-")

hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")


# --- files -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def testdata() -> Path:
    """The folder with source texts and third-party suites, which are never committed.

    Named by MESOKG_TESTDATA (relative to the checkout); a test that needs it is
    skipped without it, and a skip is a failure under --no-skips.
    """
    folder = ROOT / os.environ.get("MESOKG_TESTDATA", "../shared")
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}: set MESOKG_TESTDATA")
    return folder.resolve()


# --- no silent skips -------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips", action="store_true", help="count a skipped test as failed (used in CI)"
    )


class NoSkips:
    """Turns skips into failures: a suite must not pass by running nothing."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.skipped and not hasattr(report, "wasxfail"):
            report.outcome = "failed"
            report.longrepr = f"{report.nodeid} was skipped: {_reason(report.longrepr)}"
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self,
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if report.skipped:
            report.outcome = "failed"
            report.longrepr = f"{report.nodeid} was skipped: {_reason(report.longrepr)}"
        return report


def _reason(longrepr: object) -> str:
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr)


# --- no network ------------------------------------------------------------------------------

_LOCAL_NAMES = frozenset({"", "localhost", "ip6-localhost", socket.gethostname()})


class NoNetwork:
    """Refuses every connection and look-up that leaves this machine, for as long as it is on.

    It guards this process; a program that a test starts must be told itself to stay on loopback.
    """

    def __init__(self) -> None:
        self._undo = pytest.MonkeyPatch()

    def pytest_configure(self) -> None:
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
        sendto, getaddrinfo = socket.socket.sendto, socket.getaddrinfo

        def guarded_connect(self: socket.socket, address: Any, /) -> None:
            _refuse_unless_local(self.family, address)
            return connect(self, address)

        def guarded_connect_ex(self: socket.socket, address: Any, /) -> int:
            _refuse_unless_local(self.family, address)
            return connect_ex(self, address)

        def guarded_sendto(self: socket.socket, data: Any, *rest: Any) -> int:
            _refuse_unless_local(self.family, rest[-1])
            return sendto(self, data, *rest)

        def guarded_getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
            _refuse_unless_local(socket.AF_INET, (host, 0))
            return getaddrinfo(host, *rest, **named)

        self._undo.setattr(socket.socket, "connect", guarded_connect)
        self._undo.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        self._undo.setattr(socket.socket, "sendto", guarded_sendto)
        self._undo.setattr(socket, "getaddrinfo", guarded_getaddrinfo)

    def pytest_unconfigure(self) -> None:
        self._undo.undo()


def _refuse_unless_local(family: int, address: Any) -> None:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = address[0]
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if name in _LOCAL_NAMES:
        return
    try:
        local = ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        local = False
    if not local:
        raise RuntimeError(f"tests stay on this machine, but something asked for {name!r}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(NoNetwork(), "no-network")
    if config.getoption("--no-skips"):
        config.pluginmanager.register(NoSkips(), "no-skips")
