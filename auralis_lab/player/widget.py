"""The player: a track, a waveform, and a way to listen to it as it is and as it could be.

Positions are seconds in Python, frames in the page. The page owns what sounds: the methods here ask
it to act, and the traits tell what it does. Without a page they ask nobody, and nothing waits.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import ipywidgets
import traitlets

from auralis_lab.audio import seconds_to_frames
from auralis_lab.errors import check_choice
from auralis_lab.player.assets import module_text, style_text
from auralis_lab.player.details import Details, description
from auralis_lab.player.followed import Followed
from auralis_lab.player.playable import Playable
from auralis_lab.player.transport import Transport
from auralis_lab.precedence import urgent
from auralis_lab.stream.programme import OneTrack, Programme
from auralis_lab.stream.protocol import PRESET_NAMES

if TYPE_CHECKING:
    from auralis_lab.plan.model import Plan
    from auralis_lab.player.insight import DashboardTrack

__all__ = ["Order", "Player"]

Order: TypeAlias = bool | Literal["off", "all", "one"]
"""Wants shuffling on or off, or a way to repeat."""

ASKED_S = 0.5
"""So soon the page asks for a track that it was told to play."""
LEVELLINGS = ("off", "track", "album")
REPEATS = ("off", "all", "one")


class Player(Followed):
    """Plays a track in the page, enhanced or not.

    Parameters
    ----------
    track : Playable, optional
        What to load first.
    programme : Programme, optional
        What there is to play; by default only what is loaded.
    **options
        Initial values of `enhanced`, `preset`, `intensity`, `volume`; anything else that a widget
        takes, such as `layout`.

    Attributes
    ----------
    enhanced : bool
        Whether the enhanced track is heard, or the original.
    preset : str
        One of `presets`.
    intensity : float
        0 to 1.
    volume : float
        0 to 1; the gain is its square. It does not reach what is measured.
    levelling : str
        ``'off'``, or ``'track'`` or ``'album'`` to play everything equally loud.
    crossfade_s : float
        How long tracks overlap, 0 to 12; those of one album follow each other without.
    whole_page : bool
        Whether the page is the player's own. Then the browser keeps what is chosen here and chooses
        it again the next time, and its tab has the name of what sounds.
    queued : bool
        Whether there are tracks before and after; then there are buttons for them.
    shuffled : bool
        Whether the queue is in an order drawn by lot, as shown.
    repeat : str
        ``'off'``, ``'all'`` or ``'one'``, as shown.
    playing, position_s, status, message, report
        What the page does; see :class:`~auralis_lab.player.followed.Followed`.

    Notes
    -----
    It plays on while another cell computes in Python. What does not let go of the interpreter, such
    as a regular expression that runs away or a long call into C, stops the kernel from sending:
    what is buffered (``settings().stream_window_s``, 15 s by default) sounds to its end, then the
    player says that the kernel is busy, and it goes on by itself. A player whose last view leaves
    the page, because its cell runs again or is deleted, stops.

    Examples
    --------
    >>> player = Player(volume=0.8)
    >>> player.status
    'idle'
    >>> player.close()
    """

    _esm = module_text(
        "controls.js",
        "cover.js",
        "frames.js",
        "surface.js",
        "waveform.js",
        "seekbar.js",
        "kernel.js",
        "sides.js",
        "status.js",
        "graph.js",
        "relay.js",
        "output.js",
        "ledger.js",
        "listener.js",
        "loop.js",
        "sleep.js",
        "engine.js",
        "engines.js",
        "abx.js",
        "compare.js",
        "keys.js",
        "media.js",
        "options.js",
        "sound.js",
        "plans.js",
        "transport.js",
        "panel.js",
        "remember.js",
        "player.js",
    )
    _css = style_text("theme.css", "player.css")

    enhanced = traitlets.Bool(True).tag(sync=True)
    preset = traitlets.Unicode("adaptive").tag(sync=True)
    presets = traitlets.List(traitlets.Unicode(), list(PRESET_NAMES)).tag(sync=True)
    intensity = traitlets.Float(1.0, min=0.0, max=1.0).tag(sync=True)
    volume = traitlets.Float(1.0, min=0.0, max=1.0).tag(sync=True)

    levelling = traitlets.Enum(LEVELLINGS, "off").tag(sync=True)
    crossfade_s = traitlets.Float(0.0, min=0.0, max=12.0).tag(sync=True)
    whole_page = traitlets.Bool(False).tag(sync=True)
    queued = traitlets.Bool(False).tag(sync=True)
    shuffled = traitlets.Bool(False).tag(sync=True)
    repeat = traitlets.Enum(REPEATS, "off").tag(sync=True)
    engine_name = traitlets.Unicode(read_only=True).tag(sync=True)

    waveform = traitlets.Bytes(b"").tag(sync=True)
    _track = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _grid = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)
    _artwork = traitlets.Bytes(b"").tag(sync=True)
    _worklet = traitlets.Unicode(
        module_text(
            "proof.js",
            "queue.js",
            "splice.js",
            "upcoming.js",
            "reporter.js",
            "playback.js",
            "stretch.js",
            "weighting.js",
            "meter.js",
            "processor.js",
        )
    ).tag(sync=True)
    _transport = traitlets.Instance(Transport).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(
        self,
        track: Playable | None = None,
        *,
        programme: Programme | None = None,
        **options: Any,
    ) -> None:
        transport = Transport(programme or OneTrack(lambda: self._loaded), self._follow)
        self._details = Details(lambda name, value: setattr(self, name, value))
        self._skipped: list[Callable[[str], None]] = []
        self._ordered: list[Callable[[Order], None]] = []
        super().__init__(_transport=transport, **options)
        self.on_msg(self._asked)
        if track is not None:
            self.load(track)

    @property
    def track(self) -> Playable | None:
        """The loaded track."""
        return self._loaded

    def on_skip(self, callback: Callable[[str], None]) -> None:
        """Have `callback` told ``"next"`` or ``"previous"`` when the page asks for that track."""
        self._skipped.append(callback)

    def on_order(self, callback: Callable[[Order], None]) -> None:
        """Have `callback` told when the page asks to shuffle, or for another way to repeat."""
        self._ordered.append(callback)

    def load(
        self,
        track: Playable | None,
        *,
        play: bool = False,
        entry: str | None = None,
        position_s: float = 0.0,
        sounding: bool = False,
    ) -> None:
        """Stop, and take up another track; its waveform follows when it is made.

        Parameters
        ----------
        track : Playable or None
            ``None`` leaves the player empty.
        play : bool
            Play it at once, in the page that shows the player.
        entry : str, optional
            Its place in the queue.
        position_s : float
            Where it is to begin.
        sounding : bool
            Whether the page has gone on to it by itself; then the sound is left alone.
        """
        if play:
            urgent(ASKED_S)
        load = self._details.load(track)
        self._loaded = track
        self.waveform, self._artwork, self._grid = b"", b"", None
        self._track = (
            None
            if track is None
            else description(track, load)
            | {
                "entry": entry,
                "position_frame": seconds_to_frames(position_s, track.rate_hz),
                "play": play,
                "sounding": sounding,
            }
        )
        if not sounding:
            self._show("idle", position_s=position_s)

    def play(self) -> None:
        """Play from the present position, or from the start once the end was reached."""
        urgent(ASKED_S)
        self.send({"command": "play"})

    def pause(self) -> None:
        """Hold at the present position."""
        self.send({"command": "pause"})

    def stop(self) -> None:
        """Fall silent and return to the start."""
        self.send({"command": "stop"})

    def renew(self) -> None:
        """Ask again for what comes, without a break: what follows has changed."""
        self.send({"command": "renew"})

    def seek(self, seconds: float) -> None:
        """Go to a position; beyond the end is the end.

        Raises
        ------
        ParameterError
            If `seconds` is negative or not finite.
        """
        seconds_to_frames(seconds, 1)
        self.send({"command": "seek", "seconds": float(seconds)})

    def planned(self, track: DashboardTrack) -> Plan:
        """Decide what the chosen sound does to a track; may have to measure it first."""
        return track.plan(self.preset, intensity=self.intensity)

    def close(self) -> None:
        """End the stream and remove the player from the page."""
        self._details.close()
        if self._transport is not None:
            self._transport.close()
        super().close()

    @traitlets.default("engine_name")  # type: ignore[untyped-decorator]
    def _name_engine(self) -> str:  # before the page opens the player: it reads it once
        return secrets.token_hex(8)

    @traitlets.validate("preset")  # type: ignore[untyped-decorator]
    def _check_preset(self, proposal: dict[str, Any]) -> str:
        check_choice("preset", proposal["value"], self.presets)
        return str(proposal["value"])

    def _asked(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        word, on, mode = (content.get(key) for key in ("command", "on", "mode"))
        if word in ("next", "previous"):
            for skip in self._skipped:
                skip(word)
        elif word == "shuffle" and isinstance(on, bool):
            for order in self._ordered:
                order(on)
        elif word == "repeat" and mode in REPEATS:
            for order in self._ordered:
                order(mode)
