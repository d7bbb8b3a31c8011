"""A library on a plane: tracks that sound alike lie near one another.

The plane is that of the two directions in which the standardised measures vary most (principal
components). Values that are not known count as the library's mean. A direction points to where its
strongest dimension grows, so that the same library always gives the same map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.definitions import DIMENSIONS

if TYPE_CHECKING:
    from auralis_lab.catalogue.sound.features import Features

__all__ = ["LibraryMap", "library_map"]

Doubles = npt.NDArray[np.float64]

STRIPE = 1 << 16


@dataclass(frozen=True, eq=False)
class LibraryMap:
    """Where each track lies.

    Attributes
    ----------
    track_ids : ndarray of int64, shape (tracks,)
        In ascending order.
    x, y : ndarray of float64, shape (tracks,)
        The origin is the library's mean; a unit is a standard deviation of one measure.
    explained : (float, float)
        Share of the measures' variance that lies along x and along y; 0 where all are alike.
    directions : dict of str to (float, float)
        How much a deviation in each dimension moves a track along x and y.
    """

    track_ids: npt.NDArray[np.int64]
    x: Doubles
    y: Doubles
    explained: tuple[float, float]
    directions: dict[str, tuple[float, float]]


def library_map(
    features: Features, weights: Doubles, allowed: Sequence[int] | None = None
) -> LibraryMap:
    """Lay out tracks by the two principal components of a library.

    Parameters
    ----------
    features : Features
    weights : ndarray of float64, shape (25,)
        How much each dimension counts; those that weigh nothing are left out.
    allowed : sequence of int, optional
        Ids of the tracks to lay out; all if None.
    """
    order = np.argsort(features.rows.ids)
    counts = np.sqrt(weights / weights.max()) if weights.max() > 0 else weights
    axes, explained = _axes(features, counts, order)
    ids = features.rows.ids[order]
    if allowed is not None:
        shown = np.isin(ids, np.asarray(allowed, np.int64))
        order, ids = order[shown], ids[shown]
    stripes = (order[i : i + STRIPE] for i in range(0, len(order), STRIPE))
    laid = [axes.T @ _imputed(features, counts, stripe) for stripe in stripes]
    x, y = np.concatenate([np.empty((2, 0)), *laid], axis=1)
    directions = {
        name: (float(count * axis[0]), float(count * axis[1]))
        for name, count, axis in zip(DIMENSIONS, counts, axes, strict=True)
        if count > 0
    }
    return LibraryMap(ids, x, y, explained, directions)


def _axes(
    features: Features, counts: Doubles, order: npt.NDArray[np.int64]
) -> tuple[Doubles, tuple[float, float]]:
    """The two directions of most variance, shape (25, 2), and their shares of it."""
    covariance = np.zeros((len(DIMENSIONS), len(DIMENSIONS)))
    for start in range(0, len(order), STRIPE):
        stripe = _imputed(features, counts, order[start : start + STRIPE])
        covariance += stripe @ stripe.T
    vectors, sizes, _ = np.linalg.svd(covariance)
    axes = vectors[:, :2]
    strongest = axes[np.argmax(np.abs(axes), axis=0), (0, 1)]
    axes = axes * np.where(strongest < 0, -1.0, 1.0)
    whole = float(sizes.sum())
    if whole <= 0:
        return axes, (0.0, 0.0)
    return axes, (float(sizes[0]) / whole, float(sizes[1]) / whole)


def _imputed(features: Features, counts: Doubles, places: npt.NDArray[np.int64]) -> Doubles:
    """Weighted deviations of some tracks from the mean, 0 where nothing is known."""
    deviations = features.standardised(features.rows.values[:, places].astype(np.float64))
    return np.nan_to_num(deviations) * counts[:, None]
