"""What is done to the loaded track, worked out on a thread and shown in a panel.

Conventions: each call opens a new round, and the result of an earlier one is dropped. What fails
becomes one sentence in the panel.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from auralis_lab.player.background import Background
from auralis_lab.player.details import SETTLE_S
from auralis_lab.player.insight import DashboardTrack, Insight, insight_content, measured_content
from auralis_lab.precedence import give_way

if TYPE_CHECKING:
    from auralis_lab.plan.model import Plan

__all__ = ["Explaining"]


class Explaining:
    """Measures a track, plans for it, and shows both.

    Parameters
    ----------
    insight : Insight
        Where they are shown.
    work : Background
        Where it is done; closed by whoever made it.
    decide : callable
        The plan of a track, or ``None`` to show what was measured alone. Called on a thread.
    explained : callable, optional
        Told the track and its plan once they are shown; called on a thread.
    """

    def __init__(
        self,
        insight: Insight,
        work: Background,
        decide: Callable[[DashboardTrack], Plan | None],
        *,
        explained: Callable[[DashboardTrack, Plan], None] = lambda _track, _plan: None,
    ) -> None:
        self._insight = insight
        self._work = work
        self._decide = decide
        self._explained = explained
        self._round = object()

    def soon(self, track: DashboardTrack) -> None:
        """Measure, plan and show; a newer call makes the result of this one void."""
        self._round = this_round = object()

        def explain() -> None:
            time.sleep(SETTLE_S)
            give_way()
            if this_round is not self._round:
                return
            profile = track.profile
            give_way()
            plan = self._decide(track)
            give_way()
            if plan is None:
                content = measured_content(profile)
            else:
                content = insight_content(profile, plan, *track.spectra(plan))
            if this_round is self._round:
                self._insight.show(content)
                if plan is not None:
                    self._explained(track, plan)

        def failed(sentence: str) -> None:
            if this_round is self._round:
                self._insight.fail(sentence)

        self._work.start(explain, doing="measuring the track", failed=failed)

    def forget(self) -> None:
        """Show nothing of what is still under way."""
        self._round = object()
