"""How a command line behaves: what stands before a command, and how each run ends.

Commands live in families, one module each, which are loaded when one of their
commands is asked for: a version costs one module, a help text of a command two.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

import click

from mesokg.errors import ConfigError, InputError, MesokgError

if TYPE_CHECKING:
    from pathlib import Path

    from mesokg.dataset import Dataset
    from mesokg.project import Project

__all__ = ["PATH", "Settings", "Shell"]

# Each family of commands is a module of this package, and each command a function in it.
_FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "asking": ("describe", "query", "stats"),
    "building": ("build",),
    "checking": ("explain", "validate"),
    "checking_sites": ("check-site",),
    "examining": ("doctor",),
    "exchanging": ("convert", "export"),
    "publishing": ("site",),
    "releasing": ("release", "verify"),
    "serving": ("serve",),
    "storing": ("pull", "push"),
}
_FAMILY: Final = {name: family for family, names in _FAMILIES.items() for name in names}


class _PathType(click.ParamType[Any]):
    """A path; pathlib is loaded only when there is one to convert."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The value as a `pathlib.Path`."""
        from pathlib import Path

        return Path(value)


PATH: Final = _PathType()


class Settings(NamedTuple):
    """What stands before the command."""

    folder: Path
    project_name: str | None
    config: Path | None
    verbose: bool
    quiet: bool
    color: str

    def project(self) -> Project:
        """The project that these settings name, or that the folder lies in."""
        from mesokg.project import find, open_project, shipped

        if self.project_name:
            return shipped(self.project_name)
        if self.config:
            return open_project(self.config)
        return find(self.folder)

    def project_if_any(self) -> Project | None:
        """The project, or None outside one; a broken configuration is still an error."""
        try:
            return self.project()
        except ConfigError as error:
            if error.code == "no-project":
                return None
            raise

    def dataset(self) -> Dataset:
        """The project's dataset, complete: a file that does not parse is an error here."""
        from mesokg.dataset import load
        from mesokg.report import Severity

        dataset = load(self.project())
        for finding in dataset.problems:
            if finding.severity is Severity.VIOLATION:
                raise InputError(
                    f"{finding.location}: {finding.message}",
                    code="does-not-parse",
                    hint=finding.fix or "`mesokg validate` shows everything that is wrong",
                )
        return dataset

    def colors(self, stream: Any) -> bool:
        """Whether to write colours to a stream (https://no-color.org)."""
        if self.color != "auto":
            return self.color == "always"
        return bool(stream.isatty()) and not os.environ.get("NO_COLOR")

    def note(self, text: str) -> None:
        """Say something on stderr, unless told to be quiet."""
        if not self.quiet:
            click.echo(text, err=True)


class Shell(click.Group):
    """Loads a command when it is asked for.

    Turns what goes wrong into one readable message and the promised exit code.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in order of the alphabet."""
        return sorted(_FAMILY)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None for another word, which click compares with all names."""
        for name in (cmd_name,) if cmd_name in _FAMILY else _FAMILY:
            if name not in self.commands:
                module = import_module(f"mesokg.cli.{_FAMILY[name]}")
                self.add_command(getattr(module, name.replace("-", "_")))
        return self.commands.get(cmd_name)

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run the command line and leave the process with its exit code."""
        arguments: Sequence[str] = kwargs.pop("args", None) or (args[0] if args else sys.argv[1:])
        kwargs.pop("standalone_mode", None)
        try:
            _open_streams()
            code = super().main(list(arguments), standalone_mode=False, **kwargs)
            sys.stdout.flush()
        except click.exceptions.Abort:
            code = 130
        except click.ClickException as error:
            error.show()
            code = 2
        except MesokgError as error:
            code = _fail(error, arguments)
        except KeyboardInterrupt:
            code = 130
        except BrokenPipeError:
            _close_stdout()
            code = 0
        except OSError as error:
            full = error.errno in {errno.EFBIG, errno.EIO, errno.ENOSPC}  # `files` catches its own
            code = _fail(_stdout_failed(error) if full else _internal(error), arguments)
        except Exception as error:  # the last net: no traceback without -v
            code = _fail(_internal(error), arguments)
        sys.exit(code if isinstance(code, int) else 0)


def _fail(error: MesokgError, arguments: Sequence[str]) -> int:
    from mesokg.rendering import visible

    with contextlib.suppress(OSError):  # stderr may be full or gone; the exit code still tells
        click.echo(f"mesokg: {visible(error.message)} [{error.code}]", err=True)
        if error.hint:
            click.echo(f"  hint: {visible(error.hint)}", err=True)
    if any(word in {"-v", "--verbose"} for word in arguments):
        import traceback

        traceback.print_exc()
    return error.exit_code


def _internal(error: Exception) -> MesokgError:
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return MesokgError(
        f"internal error: {what}", code="internal", hint="please report it with the output of -v"
    )


def _open_streams() -> None:
    """Give a process that was started with closed streams (``<&-``, ``>&-``) empty ones."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def _stdout_failed(error: OSError) -> MesokgError:
    """What to say when the disk behind stdout is full; nothing more is written to it."""
    _close_stdout()
    return MesokgError(
        f"stdout: cannot be written ({error.strerror or error})",
        code="write-failed",
        hint="free some room, or write elsewhere with -o",
    )


def _close_stdout() -> None:
    """Whoever read our output has gone: make sure that nothing more is written to it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
