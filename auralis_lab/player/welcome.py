"""The page around a library: its heading, and what stands there when there is no music yet."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Generic, TypeVar

import ipywidgets

from auralis_lab.errors import NotFoundError
from auralis_lab.player.assets import style_text
from auralis_lab.player.background import fault
from auralis_lab.player.dashboardshape import DashboardLab
from auralis_lab.settings import settings

__all__ = ["Opened", "heading", "open_library", "welcome"]

_MARK = (
    '<svg class="au-mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" '
    'rx="8" fill="currentColor"/><g stroke="var(--au-surface)" stroke-width="3" '
    'stroke-linecap="round"><path d="M8 14v4M13 10v12M18 7v18M24 12v8"/></g></svg>'
)

_Lab = TypeVar("_Lab", bound=DashboardLab)


@dataclass(frozen=True)
class Opened(Generic[_Lab]):
    """A library, or the reason why there is none to show."""

    lab: _Lab | None
    problem: str
    folder: str = ""
    """Name of the library's folder, where it is known; never its path."""


def open_library(opener: Callable[[], _Lab]) -> Opened[_Lab]:
    """Open a library, or keep the reason why that fails.

    Parameters
    ----------
    opener : callable
        Such as ``auralis_lab.open_lab``.

    Returns
    -------
    opened : Opened
        With a library that holds at least one track, or with a sentence.
    """
    named = settings().library
    folder = "" if named is None else named.name
    try:
        lab = opener()
        if lab.tracks.count():
            return Opened(lab, "")
        folder = lab.folder.name
    except NotFoundError:
        return Opened(None, "The music folder is not there, or none was ever chosen.", folder)
    except Exception as error:  # the page has to say something in any case
        return Opened(None, fault(error, doing="opening the library"), folder)
    return Opened(None, "The library is open and holds no tracks yet.", folder)


def welcome(opened: Opened[Any]) -> ipywidgets.Widget:
    """Say what is missing and which commands bring music in.

    Parameters
    ----------
    opened : Opened
        Without a library, or with an empty one.
    """
    run = _command()
    scan = f"{run} scan {shlex.quote('path/to/' + (opened.folder or 'music'))}"
    player = f"{run} player --library path/to/music"
    if opened.folder:
        steps = (
            f"<p>This page shows the folder <b>{escape(opened.folder)}</b>. Put music into it, "
            "scan it, and reload this page:</p>"
            f"{_typed(scan)}"
            "<p>Or stop the player and start it again with another folder:</p>"
            f"{_typed(player)}"
        )
    else:
        steps = (
            "<p>Let the catalogue read a folder of music, then reload this page:</p>"
            f"{_typed(scan)}"
            "<p>Or stop the player and start it again with that folder:</p>"
            f"{_typed(player)}"
        )
    box = ipywidgets.Box(
        [
            ipywidgets.HTML(
                f"<style>{style_text('theme.css', 'dashboard.css')}</style>"
                f'<div class="auralis au-welcome">{_MARK}<h1>No music to play yet</h1>'
                f"<p>{escape(opened.problem)}</p>{steps}"
                "<p>Nothing in that folder is changed. To try it with music made here, run</p>"
                f"{_typed(f'{run} demo')}</div>"
            )
        ]
    )
    box.add_class("auralis-dashboard")
    box.add_class("au-page")
    return box


def _typed(command: str) -> str:
    return f"<pre>{escape(command)}</pre>"


def _command() -> str:
    """How the program is called: by its path in a checkout, whose folder for it is no command's."""
    checkout = Path(__file__).resolve().parents[2]
    inside = Path(sys.prefix).resolve() == checkout / ".venv"
    return ".venv/bin/auralis" if inside else "auralis"


def heading(lab: DashboardLab) -> str:
    """Name, number of tracks and folder of a library, and how many files it lacks, as HTML."""
    count, failed = lab.tracks.count(), lab.roots.failed()
    tracks = "1 track" if count == 1 else f"{count:,} tracks"
    lacking = ""
    if failed:
        files = "1 file" if failed == 1 else f"{failed:,} files"
        lacking = f" · {files} could not be read; {_command()} roots lists them"
    return (
        f'<header class="auralis au-head">{_MARK}<h1>Auralis Lab</h1>'
        f'<span class="au-head-note">{tracks} in {escape(lab.folder.name)}'
        f"{escape(lacking)}</span></header>"
    )
