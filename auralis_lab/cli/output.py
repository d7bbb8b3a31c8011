"""How the command line speaks: tables, progress, one-line errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

__all__ = ["clock", "db", "out", "plain", "progress", "say_error", "saying_what_is_kept"]

WIDTH_IN_A_FILE = 160
_unknown_width = not sys.stdout.isatty() and "COLUMNS" not in os.environ
out = Console(highlight=False, soft_wrap=True, width=WIDTH_IN_A_FILE if _unknown_width else None)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say_error(message: str) -> None:
    """Say on standard error what went wrong: one line, and maybe what it points at below."""
    first, *rest = message.splitlines() or [""]
    err.print(Text.assemble(("error: ", "bold red"), plain(first)))
    for line in rest:
        err.print(Text(f"  {plain(line)}"))


def plain(text: str) -> str:
    """Text that any terminal takes: no control characters, no bytes that are not text."""
    safe = text.encode("utf-8", "backslashreplace").decode()
    encoding = sys.stdout.encoding or "utf-8"
    safe = safe.encode(encoding, "backslashreplace").decode(encoding)
    return "".join(ch if ch.isprintable() else " " for ch in safe)


def db(value: float | None, unit: str) -> str:
    """Level with one decimal and its unit; a dash where there is none.

    Examples
    --------
    >>> db(-14.04, "LUFS"), db(-0.04, "dB"), db(None, "LUFS")
    ('-14.0 LUFS', '0.0 dB', '- LUFS')
    """
    return f"{'-' if value is None else format(round(value, 1) + 0.0, '.1f')} {unit}"


def clock(seconds: float | None) -> str:
    """Time as minutes and seconds, with hours when there are some.

    Examples
    --------
    >>> clock(61.4), clock(3600), clock(None)
    ('1:01', '1:00:00', '-')
    """
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def saying_what_is_kept(done: str) -> Iterator[None]:
    """Say after Ctrl-C that what was read, or otherwise `done`, was not in vain."""
    try:
        yield
    except KeyboardInterrupt:
        out.print(f"what was {done} so far is kept, and the same command goes on from there")
        raise


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, float], None]]:
    """A bar on standard error while something runs; silent where nobody watches.

    Yields
    ------
    tell : callable
        ``tell(what, share)`` moves the bar.
    """
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as bar:
        task = bar.add_task(plain(title), total=1.0)

        def tell(what: str, share: float) -> None:
            bar.update(task, description=plain(what), completed=share)

        yield tell
