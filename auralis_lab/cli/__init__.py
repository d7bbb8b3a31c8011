"""The `auralis` command.

An error that the package raises on purpose is one line on standard error and exit code 1; wrong
usage is exit code 2; a file that was written but whose true peak is over the ceiling is 3; Ctrl-C
is 130. Results go to standard output, progress to standard error.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

__all__ = ["main", "run"]

INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str
        What follows the program's name.

    Returns
    -------
    code : int
        Exit code.
    """
    try:
        return _run(arguments)
    except KeyboardInterrupt:  # even before anything was loaded that could say it better
        print("error: stopped", file=sys.stderr)
        return INTERRUPTED


def _run(arguments: Sequence[str]) -> int:
    from typer import Abort, TyperException

    from auralis_lab.cli.commands import app
    from auralis_lab.cli.output import say_error
    from auralis_lab.errors import AuralisLabError

    try:
        code = int(app(list(arguments), prog_name="auralis", standalone_mode=False) or 0)
        if code == INTERRUPTED:  # how Typer hands on Ctrl-C
            say_error("stopped")
        return code
    except AuralisLabError as error:
        say_error(str(error))
        return 1
    except TyperException as error:
        if message := error.format_message():  # without, the help has been shown
            say_error(f"{message} See auralis --help.")
        return error.exit_code
    except Abort:
        say_error("stopped")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        say_error("a disk is full: nothing that was written before is lost")
        return 1
