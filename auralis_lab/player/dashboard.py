"""The dashboard: choose a track, hear it with and without enhancement, see what is done and why.

Conventions: nothing that takes long happens in a callback. Loading and measuring run in the
background; each change opens a new round, and the result of an earlier round is dropped. What
fails becomes one sentence in the panel.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from typing import Any

import ipywidgets

from auralis_lab.errors import AuralisLabError, ParameterError
from auralis_lab.player.background import Background
from auralis_lab.player.closing import close_whole
from auralis_lab.player.dashboardshape import DashboardLab
from auralis_lab.player.details import SETTLE_S
from auralis_lab.player.explaining import Explaining
from auralis_lab.player.insight import DashboardTrack, Insight, NowPlaying
from auralis_lab.player.library import LibraryView
from auralis_lab.player.playing import Playing
from auralis_lab.player.playlog import PlayLog
from auralis_lab.player.playqueue import PlayQueue
from auralis_lab.player.queueprogramme import QueueProgramme
from auralis_lab.player.queueview import QueueView
from auralis_lab.player.sights import Sights
from auralis_lab.player.tabs import Tabs
from auralis_lab.player.welcome import Opened, heading, open_library, welcome
from auralis_lab.player.widget import Order, Player
from auralis_lab.precedence import give_way
from auralis_lab.view.preload import preload

__all__ = ["Dashboard", "DashboardLab", "Opened", "build", "open_library", "welcome"]

SWITCH_S = 0.0005
"""How long one thread computes while another wants to: what sends sound must not wait long."""

log = logging.getLogger(__name__)

ARTWORK_PX = 320


class Dashboard(ipywidgets.Box):  # type: ignore[misc]
    """Library, player, spectrum and reasons in one; a page of its own, or in a notebook's cell.

    In a cell it is as wide as the cell and no higher than the window. Its keys act while the focus
    is within it, and JupyterLab's own while it is not. Two of one library share the queue that is
    kept, and one player of a page sounds at a time; see
    :class:`~auralis_lab.player.widget.Player` for what happens to the sound while other cells
    compute.

    Parameters
    ----------
    lab : Lab
        The library, with at least one track.
    whole_page : bool
        Whether there is nothing else on the page: then it has the page's height, and its keys act
        wherever the focus is.

    Attributes
    ----------
    library : LibraryView
        The list on the left.
    now : NowPlaying
        What is loaded.
    player : Player
        Plays it.
    insight : Insight
        Spectrum, loudness and reasons.

    Raises
    ------
    ParameterError
        If the library holds no track.

    Examples
    --------
    ::

        lab = auralis_lab.open_lab("~/Music")
        auralis_lab.Dashboard(lab)
    """

    _open = False  # what was refused by its constructor is closed, too

    def __init__(self, lab: DashboardLab, *, whole_page: bool = False) -> None:
        if not lab.tracks.count():
            raise ParameterError(
                f"the library {lab.folder.name!r} holds no tracks yet: put music into its folder"
                " and call lab.scan()"
            )
        self._lab = lab
        self._whole_page = whole_page
        self._track: DashboardTrack | None = None
        self._measuring = Background("measuring", workers=2, gives_way=True)
        self._showing = Background("showing", gives_way=True)
        self.library = LibraryView(lab)
        self.now = NowPlaying()
        self.queue = PlayQueue(lab.queues)
        programme = QueueProgramme(self.queue, lab.tracks.get)
        self.player = Player(programme=programme, queued=True, whole_page=whole_page)
        self.sights = Sights(self.player)
        self.queue_view = QueueView(self.queue, lab.tracks)
        self.insight = Insight()
        self._explaining = Explaining(
            self.insight, self._measuring, self.player.planned, explained=self.sights.explain
        )
        self._head = ipywidgets.HTML(heading(lab))
        stage = ipywidgets.VBox([self.now, self.sights.waveform, self.player])
        self._side = Tabs(
            {
                "Queue": [self.queue_view],
                "Meters": [self.sights.meters, self.sights.live],
                "Why": [self.insight],
                "Health": [self.sights.health],
            },
            label="Beside the player",
        )
        frame = ipywidgets.GridBox([self._head, self.library, stage, self._side])
        super().__init__([frame])
        self.add_class("auralis-dashboard")
        if whole_page:
            self.add_class("au-page")
        frame.add_class("au-frame")
        cells = {
            "head": self._head,
            "library": self.library,
            "stage": stage,
            "side": self._side,
        }
        for name, widget in cells.items():
            widget.add_class(f"au-cell-{name}")
        self.library.on_open(self.choose)
        self.library.on_queue(self.enqueue)
        self.library.on_first_page(self._visited)
        self.player.observe(lambda _: self._plan_again(), ["preset", "intensity"])
        self.player.observe(lambda _: self._show_playing(), "playing")
        ipywidgets.dlink((self.player, "enhanced"), (self.insight, "enhanced"))
        self.player.on_order(self._order)
        self.queue.on_change(lambda _: self._show_order())
        self._show_order()
        self._playing = Playing(
            self.queue,
            self.player,
            programme,
            lab.tracks,
            log=PlayLog(lab.plays, self._recorded),
            loaded=self._show,
            failed=self.insight.fail,
            opened=self.queue_view.mark,
        )
        self._open = True

    def choose(self, track_id: int, play: bool = False) -> None:
        """Load a track, and begin to play it if asked to.

        Parameters
        ----------
        track_id : int
            Number in the catalogue.
        play : bool
            Whether to play it at once.
        """
        current = self.queue.current
        if play and current is not None and current.track_id == track_id:
            self._playing.play()
        elif play:
            self.queue.play_now([track_id])
        elif not self.player.playing:
            self.queue.look_at(track_id)
        elif self._track is not None:
            self.library.selected = self._track.id  # what plays stays what is shown

    def enqueue(self, do: str, track_ids: Sequence[int]) -> None:
        """Play tracks now, or next, or add them at the end of the queue."""
        acts = {"play": self.queue.play_now, "next": self.queue.play_next, "add": self.queue.add}
        try:
            acts[do](track_ids)
        except AuralisLabError as error:
            self.library.tell(str(error))

    def _recorded(self, _: int) -> None:
        self.library.heard += 1

    def close(self) -> None:
        """Stop the sound and what works behind it, and take everything off the page."""
        if self._open:
            self._open = False
            self._explaining.forget()
            self._playing.close()
            self._measuring.close()
            self._showing.close()
            for child in self.children:
                close_whole(child)
        super().close()
        self.layout.close()

    def _visited(self) -> None:
        """A page is there; a kernel that was made ahead of it looks again at what there is."""
        self._head.value = heading(self._lab)
        if self.player.status == "idle":
            self._playing.restore()
        if not self._whole_page:  # build() has seen to it
            self._measuring.start(
                lambda: _prepare(self._lab), doing="preparing", failed=log.warning
            )

    def _show_playing(self) -> None:
        self.queue_view.playing = self.player.playing and self._playing.at_current

    def _order(self, order: Order) -> None:
        """Shuffle, or repeat in another way."""
        if isinstance(order, bool):
            self.queue.shuffle(order)
        else:
            self.queue.repeat(order)

    def _show_order(self) -> None:
        queue = self.queue.value
        if self._open:
            self._show_playing()
        self.player.shuffled, self.player.repeat = queue.shuffled, queue.repeat

    def _show(self, track: DashboardTrack) -> None:
        self._track = track
        self._show_playing()
        self._explaining.forget()
        self.now.show(track)
        self.library.selected = track.id
        self._sights_soon(track)
        self._picture_soon(track)

    def _sights_soon(self, track: DashboardTrack) -> None:
        def show() -> None:
            if track is self._track:
                time.sleep(SETTLE_S)  # a first click may be half of a double one
                give_way()
            if track is self._track:
                self.sights.load(track)
                self.insight.measuring()
                self._explaining.soon(track)

        self._showing.start(show, doing="showing the track", failed=log.warning)

    def _picture_soon(self, track: DashboardTrack) -> None:
        def picture() -> None:
            found = track.artwork(size_px=ARTWORK_PX) or b""
            if track is self._track:
                self.now.artwork = found

        self._measuring.start(picture, doing="reading the cover", failed=lambda _: None)

    def _plan_again(self) -> None:
        if self._track is not None:
            self._explaining.soon(self._track)


def build(opened: Opened[Any]) -> ipywidgets.Widget:
    """Build the page of a library, or one that says what to do when there is none.

    What sound needs is brought in on a thread meanwhile: a kernel that was made before its page is
    opened is ready for the first click. The kernel is the page's own, so its threads may take turns
    more often; in a notebook the kernel is the user's, and is left as it is.
    """
    lab = opened.lab
    if lab is None:
        return welcome(opened)
    sys.setswitchinterval(SWITCH_S)
    ready = Background("preparing")
    ready.start(lambda: _prepare(lab), doing="preparing", failed=lambda _: None)
    return Dashboard(lab, whole_page=True)


def _prepare(lab: DashboardLab) -> None:
    """Bring in what sound needs, and open some track once: the first click finds it done."""
    preload()
    for track_id in lab.tracks.ids(limit=1):
        lab.tracks.get(track_id).open_stream().close()
