"""Plans of one track heard against each other, all of them equally loud.

Conventions: loudness is LUFS, gains are decibels and never above 0: the quietest side stays as it
is, and the others come down to it. To the page a plan is a preset, under a key of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import traitlets

from auralis_lab.errors import ParameterError, StreamError, check_choice
from auralis_lab.player.comparedplans import (
    Side,
    keys_of,
    matched,
    named_plans,
    sides_of,
)
from auralis_lab.player.insight import DashboardTrack
from auralis_lab.player.widget import Player
from auralis_lab.stream.enhanced import EnhancedStream
from auralis_lab.stream.lanes import LanedStream, SharedPass
from auralis_lab.stream.programme import ReadableStream, Sound
from auralis_lab.stream.protocol import Lane, LaneName, Levelling

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile
    from auralis_lab.plan.model import Plan
    from auralis_lab.player.comparedplans import Plans

__all__ = ["Comparison", "compare"]


class KeyedStream(ReadableStream, Protocol):
    """A file opened for reading that knows which audio it holds."""

    @property
    def key(self) -> str:
        """Identity of its samples."""


class ComparedTrack(DashboardTrack, Protocol):
    """A track whose file can be opened; :class:`auralis_lab.track.Track` is one."""

    def source(self) -> KeyedStream:
        """Open the file."""


def compare(track: ComparedTrack, plans: Plans, *, against: str | None = None) -> Comparison:
    """Hear plans of a track against the original or against one another, equally loud.

    Shows a player with a radio button for each plan in place of presets. *Compare* plays two sides
    at once and switches on the same sample; its blind test counts how often they could be told
    apart. The track is measured if it was not before, which takes a while.

    Parameters
    ----------
    track : Track
        What to play.
    plans : mapping of str to Plan or str, or sequence of Plan or str
        Plans, or presets to plan by, under names of your choice; in a sequence each one has the
        name of its preset.
    against : str, optional
        Name of the plan that takes the place of the original.

    Returns
    -------
    comparison : Comparison
        To be shown as the last line of a cell.

    Raises
    ------
    ParameterError
        If there are no plans, a name is empty or there twice, a preset is unknown, `against` is not
        a name of `plans` or the only one, or a plan was made for another track.
    DecodeError
        If the track has to be measured and its file is gone or cannot be decoded.

    Examples
    --------
    ::

        loud = track.plan("punchy", target_lufs=-9)
        compare(track, {"loud": loud, "as it should be": "adaptive"})
        compare(track, ["warm", "bright"], against="warm")
    """
    named = named_plans(plans)
    if against is not None:
        check_choice("against", against, named)
        if len(named) == 1:
            raise ParameterError(
                f"against={against!r} leaves no other plan to compare: give two plans or more"
            )
    decided = {
        name: track.plan(plan) if isinstance(plan, str) else plan for name, plan in named.items()
    }
    profile = track.profile
    for plan in decided.values():
        plan.check_fits(profile.rate_hz, profile.channels, profile.frames)
    return Comparison(track, profile, decided, against=against)


class Comparison(Player):
    """A player of one track, by plans that are given; :func:`compare` makes it.

    Parameters
    ----------
    track : Track
        What to play.
    profile : Profile
        What was measured of it.
    plans : mapping of str to Plan
        The plans under their names.
    against : str, optional
        Name of the one that takes the place of the original.

    Attributes
    ----------
    preset : str
        Key of the plan that is chosen. Setting it takes a name as well.
    matched_db : dict of str to float
        What each side is turned down by to be as loud as the quietest, 0 or less; 0 for all of
        them where the loudness of one is not known.
    enhanced, volume, playing, position_s, status, message
        As of :class:`~auralis_lab.player.widget.Player`.
    """

    _sides = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        track: ComparedTrack,
        profile: Profile,
        plans: Mapping[str, Plan],
        *,
        against: str | None = None,
    ) -> None:
        sides = matched(sides_of(profile, plans, against))
        self._first, self._others = sides[0], dict(zip(keys_of(sides[1:]), sides[1:], strict=True))
        super().__init__(
            track,
            programme=_Sides(track, profile.frames, self._first, self._others),
            presets=list(self._others),
            preset=next(iter(self._others)),
            _sides={
                "first": self._first.shown(),
                "plans": {key: side.shown() for key, side in self._others.items()},
            },
        )

    @property
    def matched_db(self) -> dict[str, float]:
        """Gain of each side, by name."""
        return {side.name: side.gain_db for side in (self._first, *self._others.values())}

    def load(self, track: Any, **how: Any) -> None:
        """Load the track again, or nothing.

        Raises
        ------
        ParameterError
            If it is another one: its plans would not fit.
        """
        if track is not None and self.track is not None and track.id != self.track.id:
            raise ParameterError(
                f"track={track.title!r} is not the one that is compared: call compare() with it"
            )
        super().load(track, **how)

    def planned(self, track: DashboardTrack) -> Plan:
        """Return the plan that is chosen."""
        plan = self._others[self.preset].plan
        assert plan is not None
        return plan

    @traitlets.validate("preset")  # type: ignore[untyped-decorator]
    def _check_preset(self, proposal: dict[str, Any]) -> str:
        asked = proposal["value"]
        if asked in self._others:
            return str(asked)
        keys = {side.name: key for key, side in self._others.items()}
        check_choice("preset", asked, keys)
        return keys[asked]

    @traitlets.validate("levelling")  # type: ignore[untyped-decorator]
    def _check_levelling(self, proposal: dict[str, Any]) -> str:
        check_choice("levelling", proposal["value"], ["off"])  # all sides have one level already
        return "off"


class _Sides:
    """What there is to play: the sides of one track."""

    def __init__(
        self, track: ComparedTrack, frames: int, first: Side, others: Mapping[str, Side]
    ) -> None:
        self._track = track
        self._frames = frames
        self._first = first
        self._others = others

    def open(
        self, entry: str, track_id: int, sound: Sound, *, compare: bool, levelling: Levelling
    ) -> LanedStream:
        """Open one side, or two of them over one pass of the file."""
        if track_id != self._track.id:
            raise StreamError("this track is no longer loaded")
        wanted: dict[LaneName, Side] = {}
        if compare or not sound.enhanced:
            wanted["original"] = self._first
        if compare or sound.enhanced:
            if sound.preset not in self._others:
                raise StreamError("there is no such plan")
            wanted["enhanced"] = self._others[sound.preset]
        source = self._track.source()
        try:
            shared: ReadableStream = SharedPass(source) if len(wanted) > 1 else source
            streams = [
                shared
                if side.plan is None
                else EnhancedStream(shared, side.plan, self._frames, audio_key=source.key)
                for side in wanted.values()
            ]
            lanes = [
                Lane(name=name, gain_db=side.gain_db, loudness_lufs=side.loudness_lufs)
                for name, side in wanted.items()
            ]
            return LanedStream(streams, lanes)
        except BaseException:
            source.close()
            raise

    def following(self, entry: str) -> tuple[str, int] | None:
        """Nothing."""
        return None

    def broke_off(self, track_id: int, at_s: float) -> None:
        """Nothing: it is told when nothing follows."""
