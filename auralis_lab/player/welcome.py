"""The page around a library: its heading, and what stands there when there is no music yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Generic, TypeVar

import ipywidgets

from auralis_lab.errors import NotFoundError
from auralis_lab.player.assets import style_text
from auralis_lab.player.background import fault
from auralis_lab.player.dashboardshape import DashboardLab

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
    try:
        lab = opener()
        if lab.tracks.count():
            return Opened(lab, "")
    except NotFoundError:
        return Opened(None, "The music folder is not there, or none was ever chosen.")
    except Exception as error:  # the page has to say something in any case
        return Opened(None, fault(error, doing="opening the library"))
    return Opened(None, "The library is open and holds no tracks yet.")


def welcome(problem: str) -> ipywidgets.Widget:
    """Say what is missing and which commands bring music in."""
    box = ipywidgets.Box(
        [
            ipywidgets.HTML(
                f"<style>{style_text('theme.css', 'dashboard.css')}</style>"
                f'<div class="auralis au-welcome">{_MARK}<h1>No music to play yet</h1>'
                f"<p>{escape(problem)}</p>"
                "<p>Let the catalogue read a folder of music, then reload this page:</p>"
                "<pre>auralis scan ~/Music</pre>"
                "<p>Nothing in that folder is changed. To try it with music made here, run</p>"
                "<pre>auralis demo</pre></div>"
            )
        ]
    )
    box.add_class("auralis-dashboard")
    return box


def heading(lab: DashboardLab) -> str:
    """Name, number of tracks and folder of a library, as HTML."""
    count = lab.tracks.count()
    tracks = "1 track" if count == 1 else f"{count:,} tracks"
    return (
        f'<header class="auralis au-head">{_MARK}<h1>Auralis Lab</h1>'
        f'<span class="au-head-note">{tracks} in {escape(lab.folder.name)}</span></header>'
    )
