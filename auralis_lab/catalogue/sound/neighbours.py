"""Exact nearest neighbours among the fingerprints of a library.

Conventions: a difference in a dimension is counted in standard deviations of the library, over all
tracks that are there and have a value. The distance of two tracks is the root mean square of their
differences, weighted, over the dimensions in which both have a value. They are only compared if
these weigh at least half of all that anybody has, to one part in 100,000. A dimension in which all
are alike counts as no difference.

The search runs in single precision and then once more in double precision over all that could be
among the nearest, so that it finds what a search in double precision finds; equal distances are
ordered by id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from threading import Thread

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.definitions import DIMENSIONS
from auralis_lab.catalogue.sound.features import Features
from auralis_lab.settings import settings

__all__ = ["Found", "Query", "comparable", "nearest", "weight_vector"]

Doubles = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Singles = npt.NDArray[np.float32]

LEAST_SHARE = 0.5 * (1 - 1e-5)
"""Of the weight, that must lie on what both tracks have; a little less than half for rounding."""

BLOCKS_WORTH_A_THREAD = 256
"""From so many blocks of tracks on the search takes milliseconds and is shared among threads."""


@dataclass(frozen=True, eq=False)
class Query:
    """What neighbours are sought of.

    Attributes
    ----------
    values : ndarray of float64, shape (25,)
        NaN where there is none.
    weights : ndarray of float64, shape (25,)
        Of sum 1, see `weight_vector`.
    """

    values: Doubles
    weights: Doubles


@dataclass(frozen=True, eq=False)
class Found:
    """The nearest tracks, nearest first.

    Attributes
    ----------
    places : ndarray of int64, shape (found,)
        Columns of the features.
    distances : ndarray of float64, shape (found,)
    """

    places: Ids
    distances: Doubles


def weight_vector(weights: Mapping[str, float]) -> Doubles:
    """Weights of all dimensions in order, of sum 1; those without a name weigh nothing."""
    vector = np.array([float(weights.get(name, 0.0)) for name in DIMENSIONS])
    vector /= vector.max()  # first, lest the sum overflow
    return np.asarray(vector / vector.sum())


def comparable(features: Features, query: Query) -> bool:
    """Tell whether enough is known of a query to compare it with anybody."""
    used = query.weights[~np.isnan(query.values) & (features.counts > 0)].sum()
    return bool(used > 0 and used >= _least_weight(features, query.weights))


def nearest(features: Features, query: Query, *, wanted: Flags, k: int) -> Found:
    """Return the tracks with the smallest distance to a query, ties by id.

    Parameters
    ----------
    features : Features
    query : Query
    wanted : ndarray of bool, shape (tracks,)
        The tracks to choose from.
    k : int
        1 or more. Fewer are found where fewer can be compared.
    """
    if not len(features.rows.ids) or not comparable(features, query):
        return Found(np.empty(0, np.int64), np.empty(0))
    used = np.flatnonzero((query.weights > 0) & ~np.isnan(query.values) & (features.counts > 0))
    scales = query.weights / np.where(features.deviations > 0, features.deviations, np.inf) ** 2
    places = _candidates(features, query, scales, used, wanted, k)
    values = features.rows.values[:, places][used].astype(np.float64)
    known = ~np.isnan(values)
    differences = np.where(known, values - query.values[used, None], 0.0)
    shared = (known * query.weights[used, None]).sum(axis=0)
    squares = (differences**2 * scales[used, None]).sum(axis=0) / shared
    order = np.lexsort((features.rows.ids[places], squares))[:k]
    return Found(places[order], np.sqrt(squares[order]))


def _candidates(
    features: Features, query: Query, scales: Doubles, used: Ids, wanted: Flags, k: int
) -> Ids:
    """Columns among which the k nearest must be, whatever single precision has rounded."""
    squares, lowest = _squares(features, query, scales, used, wanted)
    # k blocks each hold a track as near as the k-th lowest of all blocks' lowest.
    bound = np.finfo(np.float32).max
    if k <= len(lowest):
        bound = min(bound, np.partition(lowest, k - 1)[k - 1])
    places = np.flatnonzero(squares <= bound)
    if len(places) <= k:
        return places
    kth = float(np.sqrt(np.partition(squares[places], k - 1)[k - 1]))
    reach = np.sqrt(scales[used]) * np.abs(query.values[used])
    slack = float(reach.sum()) * 2.0**-22
    furthest = ((kth * 1.0001 + slack) * 1.0001) ** 2 + 1e-30
    return np.flatnonzero(squares <= np.float32(furthest))


def _squares(
    features: Features, query: Query, scales: Doubles, used: Ids, wanted: Flags
) -> tuple[Singles, Singles]:
    """Squared distances in single precision, and the lowest of each block of tracks."""
    from auralis_lab.catalogue.sound.kernels import BLOCK, GROUP, squared_distances

    rows = np.concatenate([used, np.repeat(used[:1], -len(used) % GROUP)])
    counted = np.arange(len(rows)) < len(used)
    known = query.values[rows].astype(np.float32)
    scale = np.where(counted, scales[rows], 0.0).astype(np.float32)
    weight = np.where(counted, query.weights[rows], 0.0).astype(np.float32)
    least = np.float32(_least_weight(features, query.weights))
    values = features.rows.values
    squares = np.empty(values.shape[1], np.float32)
    lowest = np.empty(-(-len(squares) // BLOCK), np.float32)

    def work(blocks: tuple[int, int]) -> None:
        squared_distances(
            values, wanted, rows, known, scale, weight, least, squares, lowest, blocks
        )

    threads = settings().catalogue_threads if len(lowest) >= BLOCKS_WORTH_A_THREAD else 1
    edges = [len(lowest) * n // threads for n in range(threads + 1)]
    helpers = [Thread(target=work, args=(part,)) for part in pairwise(edges[1:])]
    for helper in helpers:
        helper.start()
    work((edges[0], edges[1]))
    for helper in helpers:
        helper.join()
    return squares, lowest


def _least_weight(features: Features, weights: Doubles) -> float:
    """What two tracks must have in common."""
    return float(LEAST_SHARE * weights[features.counts > 0].sum())
