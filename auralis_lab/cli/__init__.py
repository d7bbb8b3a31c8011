"""The `auralis` command.

An error that the package raises on purpose is one line on standard error and exit code 1; wrong
usage is exit code 2; Ctrl-C is 130. Results go to standard output, progress to standard error.
"""

from __future__ import annotations

import os
import sys

from auralis_lab.errors import AuralisLabError

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit."""
    from auralis_lab.cli.commands import app
    from auralis_lab.cli.output import say_error

    try:
        app(standalone_mode=True)
    except AuralisLabError as error:
        say_error(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        say_error("stopped")
        sys.exit(130)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
