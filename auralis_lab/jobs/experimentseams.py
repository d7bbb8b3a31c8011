"""One number for all joins of a rendering, by which renderings with few and many can be compared.

The worst of many places is bad anywhere in music, so the worst join is held against the worst of as
many ordinary places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from auralis_lab.audio import Readable, seconds_to_frames
from auralis_lab.render.joins import JoinRecord
from auralis_lab.render.seams import (
    FEWEST_REFERENCES,
    KEEP_AWAY_S,
    REFERENCES,
    SIDE_S,
    seam_report,
    seam_statistics,
)

__all__ = ["seam_rank"]


def seam_rank(
    rendered: Readable, joins: Sequence[int | JoinRecord], *, seed: int = 440
) -> float | None:
    """Return how likely as many ordinary places are to be no worse than the joins.

    A place is as bad as the worst of its measures makes it, each ranked among the references of
    :func:`auralis_lab.render.seams.seam_report`. Let ``r`` be the share of other ordinary places
    that are no worse than the worst of ``n`` joins. The worst of ``n`` ordinary places has an ``r``
    of ``n / (n + 1)`` on average; ``r ** n``, the share of draws of ``n`` places of which none is
    worse, has one of 0.5 whatever ``n`` is.

    Parameters
    ----------
    rendered : Readable
    joins : sequence of int or JoinRecord
        As for a seam report.
    seed : int
        For the choice of ordinary places.

    Returns
    -------
    rank : float or None
        0 to 1: about 0.5 if the joins are like any other place, near 1 if one stands out, lower
        if all are less conspicuous than the music. None without joins, or where a track is too
        short to have other places.

    Raises
    ------
    ParameterError
        If a join does not lie inside the track.
    """
    if not joins:
        return None
    places = _ordinary_places(rendered, joins, seed)
    if len(places) < FEWEST_REFERENCES:
        return None
    report = seam_report(rendered, joins, name="", seed=seed)
    ordinary = [_badness(seam_statistics(rendered, place), report.references) for place in places]
    worst = max(_badness(join.values, report.references) for join in report.joins)
    return float(np.mean(np.array(ordinary) <= worst) ** len(joins))


def _badness(values: Mapping[str, float], references: Mapping[str, tuple[float, ...]]) -> float:
    """Highest rank among the references; above 1 by what is in excess of the largest of them."""
    return max(
        float(np.searchsorted(row, values[name], side="right") / len(row))
        + max(0.0, values[name] - row[-1])
        for name, row in references.items()
    )


def _ordinary_places(rendered: Readable, joins: Sequence[int | JoinRecord], seed: int) -> list[int]:
    """Draw places that no join is heard at: if there are any, with none in their loudness."""
    rate_hz, total = rendered.rate_hz, rendered.total_frames
    near = seconds_to_frames(KEEP_AWAY_S, rate_hz)
    if total <= 2 * near:
        return []
    # Others than those of the report, which starts from the seed itself.
    drawn = np.random.default_rng([seed, 1]).integers(near, total - near, 4 * REFERENCES)
    for side in (seconds_to_frames(SIDE_S, rate_hz), near):
        clear = np.ones(drawn.size, np.bool_)
        for join in joins:
            frame, fade = _extent(join)
            stop = frame + (fade if side > near else 0)
            clear &= (drawn < frame - side) | (drawn >= stop + side)
        if np.count_nonzero(clear) >= FEWEST_REFERENCES:
            break
    return [int(place) for place in drawn[clear][:REFERENCES]]


def _extent(join: int | JoinRecord) -> tuple[int, int]:
    """First frame and length of the fade."""
    return (join.frame, join.fade_frames) if isinstance(join, JoinRecord) else (join, 0)
