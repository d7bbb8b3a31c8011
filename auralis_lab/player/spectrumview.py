"""The spectrum of what sounds and of what is loaded, to be looked at in a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from auralis_lab.errors import ParameterError, check_choice
from auralis_lab.player.background import Background
from auralis_lab.player.closing import close_whole
from auralis_lab.player.explaining import Explaining
from auralis_lab.player.insight import DashboardTrack, Insight
from auralis_lab.player.sights import LiveSpectrum
from auralis_lab.player.widget import Player
from auralis_lab.stream.protocol import PRESET_NAMES

if TYPE_CHECKING:
    from auralis_lab.plan.model import Plan

__all__ = ["SpectrumView", "spectrum_view"]

_INVITATION = "Load a track into the player to see its spectrum."
_FOREIGN = "Only what sounds can be shown: this track cannot be measured here."


def spectrum_view(of: Player | DashboardTrack, plan: Plan | str | None = None) -> SpectrumView:
    """Show the spectrum of a player or of a track.

    Parameters
    ----------
    of : Player or Track
        A player: the spectrum and the spectrogram of what sounds, and below them the long-term
        spectrum of the loaded track in third octaves, in dB, before and after, with the target and
        the EQ in dB over Hz. It follows what the player loads, and its preset and intensity. A
        track: its long-term spectrum alone.
    plan : Plan or str, optional
        For a track, what is done to it, or the preset to plan by; without it the track is shown as
        it is.

    Returns
    -------
    view : SpectrumView
        To be shown as the last line of a cell. A track that was not measured before is measured
        behind it.

    Raises
    ------
    ParameterError
        If `of` is neither, a plan comes with a player, or `plan` is neither a plan nor a preset.

    Examples
    --------
    >>> player = Player()
    >>> view = spectrum_view(player)
    >>> view.close()
    >>> player.close()
    """
    _check(of, plan)
    return SpectrumView(of, plan)


class SpectrumView(ipywidgets.VBox):  # type: ignore[misc]
    """Spectra in a cell; :func:`spectrum_view` makes it and explains its parameters.

    Attributes
    ----------
    live : LiveSpectrum or None
        What sounds; ``None`` for a track.
    insight : Insight
        The long-term spectrum.
    """

    def __init__(self, of: Player | DashboardTrack, plan: Plan | str | None = None) -> None:
        player = of if isinstance(of, Player) else None
        self._player = player
        self._links: list[Any] = []
        self._work = Background("spectrum", gives_way=True)
        self.insight = Insight(_INVITATION, only_spectrum=True)
        self.live = None if player is None else LiveSpectrum(player)
        super().__init__([self.insight] if self.live is None else [self.live, self.insight])
        if player is None:
            fixed = plan
            self._explaining = Explaining(
                self.insight,
                self._work,
                lambda track: track.plan(fixed) if isinstance(fixed, str) else fixed,
            )
            self._show(of)
            return
        self._explaining = Explaining(self.insight, self._work, player.planned)
        player.observe(self._loaded, "_track")
        player.observe(self._changed, ["preset", "intensity"])
        self._links.append(traitlets.dlink((player, "enhanced"), (self.insight, "enhanced")))
        self._show(player.track)

    def close(self) -> None:
        """Follow no more, and leave the page."""
        self._explaining.forget()
        self._work.close()
        if self._player is not None:
            for link in self._links:
                link.unlink()
            self._links.clear()
            self._player.unobserve(self._loaded, "_track")
            self._player.unobserve(self._changed, ["preset", "intensity"])
            self._player = None
        for child in self.children:
            close_whole(child)
        super().close()
        self.layout.close()

    def _loaded(self, _: object) -> None:
        if self._player is not None:
            self._show(self._player.track)

    def _changed(self, _: object) -> None:
        track: Any = None if self._player is None else self._player.track
        if _is_measurable(track):
            self._explaining.soon(track)

    def _show(self, track: Any) -> None:
        self._explaining.forget()
        if track is None:
            self.insight.clear()
        elif _is_measurable(track):
            self.insight.measuring()
            self._explaining.soon(track)
        else:
            self.insight.fail(_FOREIGN)


def _is_measurable(track: object) -> bool:
    return hasattr(track, "spectra") and hasattr(track, "plan")


def _check(of: object, plan: Plan | str | None) -> None:
    if isinstance(of, Player):
        if plan is not None:
            raise ParameterError("plan must be left out for a player: its own choice is shown")
    elif not _is_measurable(of):
        raise ParameterError(f"of={of!r} must be a player or a track of a library")
    elif isinstance(plan, str):
        check_choice("plan", plan, PRESET_NAMES)
    elif plan is not None and not hasattr(plan, "predicted"):
        raise ParameterError(f"plan={plan!r} must be a plan or the name of a preset")
