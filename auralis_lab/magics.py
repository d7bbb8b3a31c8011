"""Notebook commands: ``%load_ext auralis_lab``, then ``%%catalog`` and ``%play``.

Both work on the library opened last in the notebook, or else on the one scanned last.
"""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

from auralis_lab.errors import AuralisLabError
from auralis_lab.lab import Lab, open_lab
from auralis_lab.view.displays import register_displays
from auralis_lab.view.rich_html import Table

if TYPE_CHECKING:
    from auralis_lab.track import Track

__all__ = ["CatalogueMagics", "register_magics"]

MOST_SHOWN = 200


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are those of a notebook command."""

    def error(self, message: str) -> Any:
        raise UsageError(message)

    def exit(self, status: int = 0, message: str | None = None) -> Any:
        raise UsageError(message or self.format_usage())


@magics_class
class CatalogueMagics(Magics):
    """SQL cells on the catalogue, and a player by a few words."""

    _opened: Lab | None = None

    @cell_magic
    def catalog(self, line: str, cell: str) -> object | None:
        """Ask the catalogue in SQL: ``%%catalog [NAME] [--limit N]``.

        The statement reads a copy of the catalogue as it is now and can change nothing. With a
        NAME the relation is put into that variable instead of being shown.
        """
        parser = _Parser(prog="%%catalog", add_help=False)
        parser.add_argument("name", nargs="?")
        parser.add_argument("--limit", type=int, default=20)
        asked = parser.parse_args(shlex.split(line))
        if asked.name is not None and not asked.name.isidentifier():
            raise UsageError(f"{asked.name!r} cannot be the name of a variable")
        if not 1 <= asked.limit <= MOST_SHOWN:
            raise UsageError(f"--limit {asked.limit} must be 1 to {MOST_SHOWN}")
        relation = self._asked(lambda lab: lab.sql(cell))
        if asked.name is not None:
            self._names[asked.name] = relation
            return None
        rows = relation.limit(asked.limit + 1).fetchall()
        more = f"the first {asked.limit} rows" if len(rows) > asked.limit else ""
        return Table(relation.columns, rows[: asked.limit], more)

    @line_magic
    def play(self, line: str) -> object:
        """Show a player: ``%play WORDS``, ``%play 12`` or ``%play VARIABLE``; the first match."""
        from auralis_lab.player.widget import Player

        return Player(self._asked(lambda lab: self._track(lab, line.strip())))

    def _track(self, lab: Lab, words: str) -> Track:
        named: Any = self._names.get(words)
        if hasattr(named, "open_stream"):
            track: Track = named
            return track
        if words.isdecimal() and len(words) < 18:
            return lab.tracks.get(int(words))
        found = lab.tracks.search(words, 1)
        if not found:
            better = lab.tracks.suggest(words)
            hint = f"; there is {better!r}" if better else ""
            raise UsageError(f"nothing found for {words!r}{hint}")
        return found[0]

    def _asked(self, ask: Any) -> Any:
        """Ask a lab; what the package refuses becomes one line instead of a traceback."""
        try:
            return ask(self._lab())
        except AuralisLabError as error:
            raise UsageError(str(error)) from None

    @property
    def _names(self) -> dict[str, Any]:
        assert self.shell is not None
        names: dict[str, Any] = self.shell.user_ns
        return names

    def _lab(self) -> Lab:
        labs = [value for value in self._names.values() if isinstance(value, Lab)]
        if labs:
            return labs[-1]
        if self._opened is None:
            self._opened = open_lab()
        return self._opened


def register_magics(shell: Any) -> None:
    """Add the commands to a running IPython, and the tables in place of reprs."""
    shell.register_magics(CatalogueMagics)
    register_displays()
