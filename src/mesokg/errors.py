"""What can go wrong, and how the caller should react.

Bad *data* is never an exception: it is a `mesokg.report.Finding`. An exception
says "could not do what you asked"::

    MesokgError          could not do it                        exit 3
    ├── UsageError       the request itself is wrong             exit 2
    │   ├── InputError   a file or folder cannot be read         exit 2
    │   ├── ConfigError  mesokg.toml is missing or wrong         exit 2
    │   └── QueryError   a query, parameter or term is wrong     exit 2
    └── EndpointError    a SPARQL endpoint does not do its part  exit 3

Each error carries a `code`, which is its heading in ``docs/errors.md``, and a
`hint` that names a way out.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "ConfigError",
    "EndpointError",
    "InputError",
    "MesokgError",
    "QueryError",
    "UsageError",
]


class MesokgError(Exception):
    """Could not do what was asked; nothing was half-done.

    >>> str(MesokgError("the disk is full", code="write-failed", hint="free some room"))
    'the disk is full'
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint


class UsageError(MesokgError):
    """The request is wrong: other words, another file or another format would work."""

    exit_code: ClassVar[int] = 2


class InputError(UsageError):
    """A file or folder is missing, cannot be read, or does not parse where it must."""


class ConfigError(UsageError):
    """The project's configuration is missing or wrong; the message names file, line and key."""


class QueryError(UsageError):
    """A query, its name, one of its parameters, or a term to look up is wrong."""


class EndpointError(MesokgError):
    """A SPARQL endpoint cannot be reached, refuses, is too slow, or answers nonsense.

    `status` is the HTTP status of a refusal, 0 where there was none.
    """

    def __init__(self, message: str, *, code: str, hint: str = "", status: int = 0) -> None:
        super().__init__(message, code=code, hint=hint)
        self.status = status
