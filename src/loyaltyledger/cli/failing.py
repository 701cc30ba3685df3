"""What becomes of an error: a message on standard error, and an exit code.

0 all is well. 1 refused, or found unsound. 2 wrong usage, or input that cannot be used.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from ..archive import LogFileError
from ..connect import ConfigurationError, ImportFileError
from ..kernel.errors import InvalidInputError, LedgerError, UnknownError
from ..store import NotMigratedError, StoreUrlError
from .output import OutputError, printable, writing

REFUSED = 1
UNUSABLE = 2

_UNUSABLE = (
    ConfigurationError,
    ImportFileError,
    InvalidInputError,
    LogFileError,
    NotMigratedError,
    StoreUrlError,
    UnknownError,
)


class App(click.Group):
    """A group of commands of which no error leaves a traceback."""

    def main(  # type: ignore[override]  # as click's, without the ways out
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,  # noqa: ANN401  # as click's
    ) -> NoReturn:
        """Run a command and end the process with its exit code."""
        given = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        if sys.stdout is None:
            problem = "standard output is closed; send it to /dev/null to see nothing"
            sys.exit(_say(problem, UNUSABLE))
        try:
            code = super().main(given, prog_name or "loyaltyledger", **extra)
            with writing():
                sys.stdout.flush()
        except BrokenPipeError:
            _close_quietly()
            code = REFUSED
        except OutputError as error:
            _close_quietly()
            code = _say(str(error), REFUSED)
        except Exception as error:  # noqa: BLE001  # nothing is hidden: it is told
            code = _told(error, debug="--debug" in given)
        except KeyboardInterrupt:
            code = _say("interrupted; what was committed stays", REFUSED)
        sys.exit(code or 0)


def _told(error: Exception, *, debug: bool) -> int:
    if isinstance(error, click.Abort):
        return _say("interrupted; what was committed stays", REFUSED)
    if isinstance(error, click.ClickException):
        error.show(sys.stderr)
        return UNUSABLE
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, LedgerError):
        code = UNUSABLE if isinstance(error, _UNUSABLE) else REFUSED
        return _say(str(error), code)
    if isinstance(error, OSError):
        return _say(f"the system does not let this go on: {error}", REFUSED)
    what = f"{type(error).__name__}: {error}"
    hint = "" if debug else "; `loyaltyledger --debug …` shows where"
    return _say(
        f"this is a bug in loyaltyledger, please report it: {what}{hint}", REFUSED
    )


def _say(message: str, code: int) -> int:
    click.echo(f"Error: {printable(message)}", err=True)
    return code


def _close_quietly() -> None:
    """Leave nothing to be flushed into where nothing more can be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
