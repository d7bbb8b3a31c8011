from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from auralis_lab.analysis.definitions import DIMENSIONS
from auralis_lab.analysis.profile import PROFILE_VERSION
from auralis_lab.catalogue.scanning.intake import BATCH_ROWS, Placement, ScanRun
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.sound import features, neighbours
from auralis_lab.catalogue.sound.features import Features, Rows
from auralis_lab.catalogue.sound.kernels import moments
from auralis_lab.catalogue.sound.neighbours import Query, nearest, weight_vector
from auralis_lab.catalogue.sound.profiles import Measurement
from auralis_lab.catalogue.sound.similarity import Similarity
from auralis_lab.catalogue.sound.similarityreasons import Part, reason_of
from auralis_lab.catalogue.sound.similarityweights import BUILT_IN
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import NotFoundError, ParameterError
from tests.thorough import tries

MakeFacts: TypeAlias = Callable[..., FileFacts]
Table: TypeAlias = npt.NDArray[np.float64]

SPREAD = 10.0 ** np.linspace(-2, 4, len(DIMENSIONS))
"""Scales as different as shares of 1 and thousands of Hz."""


def _random(rng: np.random.Generator, tracks: int, gaps: float = 0.1) -> Table:
    """Values of tracks, shape (25, tracks), as single precision holds them."""
    values = rng.standard_normal((len(DIMENSIONS), tracks)) * SPREAD[:, None] + 3 * SPREAD[:, None]
    values[rng.random(values.shape) < gaps] = np.nan
    return values.astype(np.float32).astype(np.float64)


def _by_hand(
    values: Table, query: Table, weights: Mapping[str, float], ids: Sequence[int]
) -> list[tuple[float, int]]:
    """All distances as the definition says, in double precision, one track after another."""
    means, deviations = [], []
    for row in values:
        known = [x for x in row.tolist() if not math.isnan(x)]
        mean = math.fsum(known) / len(known) if known else 0.0
        means.append(mean)
        square = math.fsum((x - mean) ** 2 for x in known)
        deviations.append(math.sqrt(square / len(known)) if known else 0.0)
    whole = sum(
        weights.get(name, 0.0)
        for name, row in zip(DIMENSIONS, values, strict=True)
        if not np.isnan(row).all()
    )
    found = []
    for id_, column in zip(ids, values.T, strict=True):
        total = shared = 0.0
        for place, name in enumerate(DIMENSIONS):
            weight = weights.get(name, 0.0)
            difference = column[place] - query[place]
            if weight == 0 or math.isnan(difference):
                continue
            shared += weight
            if deviations[place] > 0:
                total += weight * (difference / deviations[place]) ** 2
        if shared >= whole / 2 * (1 - 1e-5) and shared > 0:  # half, but for rounding
            found.append((math.sqrt(total / shared), id_))
    return sorted(found)


def _features(values: Table, ids: Sequence[int] | None = None) -> Features:
    count = values.shape[1]
    own = np.arange(1, count + 1) if ids is None else np.asarray(ids)
    none = np.full(count, -1)
    single = np.ascontiguousarray(values, np.float32)
    return Features(Rows(own, none, none, own, single), *moments(single))


@pytest.fixture
def put(catalogue: Catalogue, facts: MakeFacts) -> Callable[..., Similarity]:
    """Store tracks with these values (ids from 1), and whatever else their files say."""

    def store(values: Table, **columns: Sequence[Any]) -> Similarity:
        count = values.shape[1]
        rows = [
            facts(
                f"/music/{n}.flac",
                content_key=f"key {n}",
                **{name: column[n] for name, column in columns.items()},
            )
            for n in range(count)
        ]
        run = ScanRun(catalogue, "/music")
        for start in range(0, count, BATCH_ROWS):
            run.store([Placement(row) for row in rows[start : start + BATCH_ROWS]])
        measured = [
            Measurement(
                f"key {n}",
                "{}",
                PROFILE_VERSION,
                {
                    name: None if math.isnan(x) else x
                    for name, x in zip(DIMENSIONS, values[:, n].tolist(), strict=True)
                },
            )
            for n in range(count)
        ]
        for start in range(0, count, 1000):
            catalogue.profiles.put_many(measured[start : start + 1000])
        return catalogue.similarity

    return store


def _ids(found: Sequence[Any]) -> list[int]:
    return [neighbour.track.id for neighbour in found]


@pytest.mark.parametrize("weights", [None, "equal", "timbre", {"tempo_bpm": 2.0, "bass": 0.5}])
def test_neighbours_are_those_that_the_definition_gives(
    put: Callable[..., Similarity], rng: np.random.Generator, weights: Any
) -> None:
    values = _random(rng, 400)
    similarity = put(values)
    mapping = weights if isinstance(weights, dict) else BUILT_IN[weights or "default"]
    for track_id in (1, 77, 400):
        expected = _by_hand(values, values[:, track_id - 1], mapping, range(1, 401))
        expected = [(d, id_) for d, id_ in expected if id_ != track_id][:25]
        try:
            found = similarity.like(track_id, 25, weights=weights)
        except NotFoundError:
            assert np.isnan(values[DIMENSIONS.index("tempo_bpm"), track_id - 1])
            continue
        assert _ids(found) == [id_ for _, id_ in expected]
        assert [n.distance for n in found] == pytest.approx([d for d, _ in expected], rel=1e-9)


@trials(max_examples=tries(60))
@given(
    seed=st.integers(0, 2**32),
    tracks=st.integers(1, 3000),
    k=st.integers(1, 200),
    gaps=st.sampled_from([0.0, 0.02, 0.4, 0.9]),
    copies=st.booleans(),
)
def test_nothing_nearer_is_ever_missed(
    seed: int, tracks: int, k: int, gaps: float, copies: bool
) -> None:
    rng = np.random.default_rng(seed)
    values = _random(rng, tracks, gaps)
    if copies:  # many at exactly the same distance
        values = values[:, rng.integers(0, max(1, tracks // 7), tracks)]
    ids = rng.permutation(np.arange(10, 10 + tracks)).tolist()
    weights = dict(zip(DIMENSIONS, rng.random(25) * (rng.random(25) < 0.6), strict=True))
    weights["air"] = 0.5
    query = values[:, int(rng.integers(tracks))]
    if rng.random() < 0.5:
        query = query + 0.1 * SPREAD * rng.standard_normal(25)
    wanted = rng.random(tracks) < 0.8
    found = nearest(
        _features(values, ids), Query(query, weight_vector(weights)), wanted=wanted, k=k
    )
    allowed = {id_ for id_, flag in zip(ids, wanted.tolist(), strict=True) if flag}
    by_hand = [(d, id_) for d, id_ in _by_hand(values, query, weights, ids) if id_ in allowed]
    distances = [d for d, _ in by_hand][:k]
    assert found.distances.tolist() == pytest.approx(distances, rel=1e-6, abs=1e-9)
    near = {id_: d for d, id_ in by_hand}
    listed = [ids[place] for place in found.places.tolist()]
    assert len(set(listed)) == len(listed)
    assert [near[id_] for id_ in listed] == pytest.approx(distances, rel=1e-6, abs=1e-9)


def test_single_precision_decides_nothing(rng: np.random.Generator) -> None:
    # Distances that differ from the eighth digit on, and far more of them than fit in a block.
    values = np.zeros((25, 50_000))
    values[0] = 1000 + rng.permutation(50_000) * 2.0**-12
    values[1] = rng.standard_normal(50_000)
    values = values.astype(np.float32).astype(np.float64)
    weights = {"sub_bass": 1.0, "bass": 1e-7}
    query = values[:, 17] + np.eye(25)[0] * 1e-6
    found = nearest(
        _features(values),
        Query(query, weight_vector(weights)),
        wanted=np.ones(50_000, bool),
        k=200,
    )
    deviations = values.std(axis=1)
    scaled = (values[:2] - query[:2, None]) / deviations[:2, None]
    exact = np.sqrt((scaled[0] ** 2 + 1e-7 * scaled[1] ** 2) / (1 + 1e-7))
    assert found.places.tolist() == np.argsort(exact, kind="stable")[:200].tolist()


def test_several_threads_find_what_one_finds(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = _features(_random(rng, 20_000))
    query = Query(values.rows.values[:, 3].astype(float), weight_vector(BUILT_IN["equal"]))
    wanted = np.ones(20_000, bool)
    one = nearest(values, query, wanted=wanted, k=50)
    monkeypatch.setattr(neighbours, "BLOCKS_WORTH_A_THREAD", 1)
    two = nearest(values, query, wanted=wanted, k=50)
    assert one.places.tolist() == two.places.tolist()
    assert one.distances.tolist() == two.distances.tolist()


def test_equally_near_tracks_come_by_id(put: Callable[..., Similarity]) -> None:
    values = np.ones((25, 9))
    values[:, 4] = 2
    similarity = put(values)
    found = similarity.like(3, 5)
    assert _ids(found) == [1, 2, 4, 6, 7]
    assert {n.distance for n in found} == {0.0}
    assert {n.reason for n in found} == {"the same in all that is compared"}


def test_several_tracks_are_asked_for_as_their_mean(
    put: Callable[..., Similarity], rng: np.random.Generator
) -> None:
    values = _random(rng, 100, gaps=0.0)
    values[3, 6] = np.nan
    similarity = put(values)
    middle = np.nanmean(values[:, [4, 6, 10]], axis=1)
    expected = _by_hand(values, middle, BUILT_IN["default"], range(1, 101))
    wanted = [id_ for _, id_ in expected if id_ not in (5, 7, 11)][:10]
    assert _ids(similarity.like([5, 7, 11], 10)) == wanted
    assert _ids(similarity.like((n for n in (11, 5, 7, 5)), 10)) == wanted
    assert _ids(similarity.like(similarity.map().track_ids[[4, 6, 10]], 10)) == wanted
    assert similarity.like(similarity.map().track_ids[4]) == similarity.like(5)


def test_neither_the_track_nor_a_copy_nor_what_is_missing_is_found(
    catalogue: Catalogue, facts: MakeFacts, put: Callable[..., Similarity]
) -> None:
    similarity = put(np.tile(np.arange(6.0), (25, 1)))
    ScanRun(catalogue, "/music").store([Placement(facts("/music/c.flac", content_key="key 0"))])
    with catalogue.write() as s:
        s.run("UPDATE tracks SET missing_since = now()::TIMESTAMP WHERE id = 2")
        s.run("UPDATE revisions SET number = number + 1 WHERE name = 'tracks'")
    assert _ids(similarity.like(1)) == [3, 4, 5, 6]
    assert _ids(similarity.like(7)) == [3, 4, 5, 6]
    # A missing file's numbers are still known.
    assert _ids(similarity.like(2)) == [1, 3, 7, 4, 5, 6]


def test_albums_and_artists_can_be_left_out(put: Callable[..., Similarity]) -> None:
    similarity = put(
        np.tile(np.arange(6.0), (25, 1)),
        album=["A", "A", "B", "C", None, None],
        album_artist=["x", "x", "y", "x", None, None],
        artists=[["X"], ["x", "Y"], ["Y"], ["X", "Z"], [], []],
    )
    assert _ids(similarity.like(1)) == [2, 3, 4, 5, 6]
    assert _ids(similarity.like(1, same_album=False)) == [3, 4, 5, 6]
    assert _ids(similarity.like(1, same_artist=False)) == [3, 5, 6]
    assert _ids(similarity.like([2, 3], same_artist=False)) == [5, 6]
    assert _ids(similarity.like(5, same_album=False, same_artist=False)) == [4, 6, 3, 2, 1]


def test_an_album_is_like_tracks_of_other_albums(
    catalogue: Catalogue, put: Callable[..., Similarity]
) -> None:
    similarity = put(
        np.tile(np.arange(7.0), (25, 1)),
        album=["A", "A", "A", "B", None, "C", None],
        album_artist=["x"] * 7,
        artists=[["x"]] * 5 + [["y"], []],
    )
    album_ids = [catalogue.tracks.get(n).album_id for n in (1, 4)]
    assert album_ids[0] is not None
    assert _ids(similarity.album_like(album_ids[0])) == [4, 5, 6, 7]
    assert _ids(similarity.album_like(album_ids[0], 1, same_artist=False)) == [6]
    with pytest.raises(NotFoundError, match="no album 999"):
        similarity.album_like(999)


def test_neighbours_can_be_sought_among_what_a_filter_finds(
    put: Callable[..., Similarity],
) -> None:
    similarity = put(
        np.tile(np.arange(6.0), (25, 1)), title=["a", "b dog", "c", "d dog", "e", "f dog"]
    )
    assert _ids(similarity.like(1, text="dog")) == [2, 4, 6]
    assert _ids(similarity.like(1, text="  ")) == [2, 3, 4, 5, 6]
    assert similarity.like(1, text="cat") == ()
    with pytest.raises(ParameterError):
        similarity.like(1, text=7)  # type: ignore[arg-type]


def test_the_parts_add_up_and_tell_both_values(put: Callable[..., Similarity]) -> None:
    rng = np.random.default_rng(3)
    values = _random(rng, 60, gaps=0.1)
    similarity = put(values)
    for neighbour in similarity.like(8, 30, weights="equal"):
        own = values[:, neighbour.track.id - 1]
        assert len(neighbour.parts) == 25
        for place, part in enumerate(neighbour.parts):
            assert part.dimension == DIMENSIONS[place]
            for value, known in ((part.value, own[place]), (part.reference, values[place, 7])):
                assert (value is None) == math.isnan(known)
                assert value is None or value == known
            assert (part.deviations is None) == (part.value is None or part.reference is None)
        shared = [p.deviations for p in neighbour.parts if p.deviations is not None]
        assert neighbour.shared_dimensions == len(shared)
        mean_square = sum(d**2 for d in shared) / len(shared)
        assert neighbour.distance == pytest.approx(math.sqrt(mean_square), rel=1e-6)
        assert sum(part.contribution for part in neighbour.parts) == pytest.approx(1)
    part = neighbour.parts[DIMENSIONS.index("tempo_bpm")]
    assert (part.label, part.unit) == ("tempo", "BPM")


def test_the_reason_names_what_is_the_same_and_what_differs_most(
    put: Callable[..., Similarity],
) -> None:
    values = np.full((25, 40), np.nan)
    loudness, tempo, bright = (
        DIMENSIONS.index(name) for name in ("loudness_lufs", "tempo_bpm", "centroid_hz")
    )
    values[loudness] = np.linspace(-20, -8, 40)
    values[tempo] = np.linspace(80, 160, 40)
    values[bright] = np.linspace(500, 4000, 40)
    values[:, 1] = values[:, 0]
    values[loudness, 1] += 3
    values[:, 2] = values[:, 0] + 1e-3
    similarity = put(values)
    weights = {"loudness_lufs": 1, "tempo_bpm": 2, "centroid_hz": 3}
    reasons = {n.track.id: n.reason for n in similarity.like(1, 200, weights=weights)}
    assert reasons[3] == "the same in all that is compared"
    assert reasons[2] == "same tempo and brightness; louder by 3.0 LU"
    assert reasons[4] == "a little different in everything"
    last = similarity.like(1, 200, weights=weights)[-1]
    assert last.reason == "brighter by 3500 Hz and faster by 80 BPM"
    assert similarity.like(2, 200, weights=weights)[-1].reason.endswith("faster by 80 BPM")
    assert "darker by 3500 Hz" in similarity.like(40, 200, weights=weights)[-1].reason


@pytest.mark.parametrize(
    ("dimension", "reference", "value", "told"),
    [
        ("loudness_lufs", -14.0, -11.04, "louder by 3.0 LU"),
        ("loudness_lufs", -14.0, -44.0, "quieter by 30 LU"),
        ("tempo_bpm", 120.0, 100.0, "slower by 20 BPM"),
        ("centroid_hz", 900.0, 1000.0, "brighter by 100 Hz"),
        ("air", 0.02, 0.05, "more air by 3 %"),
        ("silence_ratio", 0.3, 0.1, "less silence by 20 %"),
        ("stereo_width", 0.1, 0.42, "wider by 0.32"),
        ("bass_mid_db", 1.0, -1.5, "leaner by 2.5 dB"),
    ],
)
def test_differences_are_told_in_units(
    dimension: str, reference: float, value: float, told: str
) -> None:
    assert reason_of([Part(dimension, reference, value, 3.0, 1.0)]) == told


def test_a_dimension_that_nobody_has_or_in_which_all_are_alike_does_no_harm(
    put: Callable[..., Similarity], rng: np.random.Generator
) -> None:
    values = _random(rng, 50, gaps=0.0)
    values[2], values[20] = np.nan, 0.1
    similarity = put(values)
    expected = _by_hand(values, values[:, 9], BUILT_IN["equal"], range(1, 51))[1:21]
    found = similarity.like(10, weights="equal")
    assert _ids(found) == [id_ for _, id_ in expected]
    assert [n.distance for n in found] == pytest.approx([d for d, _ in expected])


def test_a_track_with_too_little_in_common_is_not_found(put: Callable[..., Similarity]) -> None:
    values = np.tile(np.arange(4.0), (25, 1))
    values[:13, 1] = np.nan  # 12 of 25 are left
    values[:12, 2] = np.nan  # 13 are
    similarity = put(values)
    assert _ids(similarity.like(1, weights="equal")) == [3, 4]
    with pytest.raises(NotFoundError, match="too little is known of track 2"):
        similarity.like(2, weights="equal")


def test_what_is_not_measured_says_so(
    catalogue: Catalogue, facts: MakeFacts, put: Callable[..., Similarity]
) -> None:
    similarity = put(np.tile(np.arange(3.0), (25, 1)), album=["A", "A", "A"])
    others = [facts("/music/x.flac"), facts("/music/y.flac", content_key="old", album="Y")]
    ScanRun(catalogue, "/music").store([Placement(row) for row in others])
    catalogue.profiles.put("old", "{}", version=PROFILE_VERSION + 1, measures={"mid": 1.0})
    for id_ in (4, 5):
        with pytest.raises(NotFoundError, match=f"track {id_} is not measured"):
            similarity.like(id_)
    with pytest.raises(NotFoundError, match="any of these 2 tracks is not measured"):
        similarity.like([4, 5])
    assert _ids(similarity.like([4, 1])) == [2, 3]
    album_id = catalogue.tracks.get(5).album_id
    assert album_id is not None
    with pytest.raises(NotFoundError, match=f"any track of album {album_id} is not measured"):
        similarity.album_like(album_id)
    with pytest.raises(NotFoundError, match="no track 99"):
        similarity.like(99)
    with pytest.raises(NotFoundError, match="no track 99"):
        similarity.like([1, 99])


def test_of_all_null_rows_nothing_can_be_said(put: Callable[..., Similarity]) -> None:
    similarity = put(np.full((25, 3), np.nan))
    with pytest.raises(NotFoundError, match="too little is known of track 1"):
        similarity.like(1)
    assert similarity.map().explained == (0.0, 0.0)


def test_a_single_track_is_like_nothing(put: Callable[..., Similarity]) -> None:
    similarity = put(np.ones((25, 1)))
    assert similarity.like(1) == ()
    laid = similarity.map()
    assert (laid.track_ids.tolist(), laid.x.tolist(), laid.y.tolist()) == ([1], [0.0], [0.0])


def test_an_empty_library_has_no_such_track(catalogue: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="no track 1"):
        catalogue.similarity.like(1)
    assert len(catalogue.similarity.map().track_ids) == 0


@pytest.mark.parametrize("k", [0, -1, 201, 2.0, "5", None, True])
def test_1_to_200_neighbours_can_be_asked_for(catalogue: Catalogue, k: Any) -> None:
    with pytest.raises(ParameterError, match="k="):
        catalogue.similarity.like(1, k)
    with pytest.raises(ParameterError, match="k="):
        catalogue.similarity.album_like(1, k)


@pytest.mark.parametrize("ids", [-1, True, 2**63, "1", 1.0, [], [1, "2"], [None], None, "1 OR 1"])
def test_ids_are_whole_numbers(catalogue: Catalogue, ids: Any) -> None:
    with pytest.raises(ParameterError):
        catalogue.similarity.like(ids)
    with pytest.raises(ParameterError):
        catalogue.similarity.album_like(ids)


@pytest.mark.parametrize(
    "weights",
    [
        {},
        {"mid": 0.0},
        {"mid": -1.0},
        {"mid": math.nan},
        {"mid": math.inf},
        {"mid": "1"},
        {"mid": True},
        {"loudness": 1.0},
        {"mid; DROP TABLE tracks": 1.0},
        {1: 1.0},
        ["mid"],
        7,
        "",
        "  ",
        "x" * 10_000,
    ],
)
def test_malformed_weights_are_refused(put: Callable[..., Similarity], weights: Any) -> None:
    similarity = put(np.tile(np.arange(3.0), (25, 1)))
    with pytest.raises(ParameterError):
        similarity.like(1, weights=weights)
    with pytest.raises(ParameterError):
        similarity.map(weights=weights)
    with pytest.raises(ParameterError):
        similarity.weights.save("mine", weights)
    assert similarity.weights.names() == tuple(BUILT_IN)


@pytest.mark.parametrize("size", [1e-320, 1e-30, 1.0, 1e300])
def test_only_the_proportions_of_weights_matter(
    put: Callable[..., Similarity], rng: np.random.Generator, size: float
) -> None:
    similarity = put(_random(rng, 50, gaps=0.0))
    plain = similarity.like(1, weights={"mid": 2, "bass": 1})
    scaled = similarity.like(1, weights={"mid": 2 * size, "bass": size})
    assert _ids(plain) == _ids(scaled)
    assert [n.distance for n in plain] == pytest.approx([n.distance for n in scaled], rel=1e-3)


def test_weights_are_kept_by_name(put: Callable[..., Similarity], rng: np.random.Generator) -> None:
    similarity = put(_random(rng, 30, gaps=0.0))
    for name in ("Mine", "'; DROP TABLE tracks; --", "東京 🎵"):
        similarity.weights.save(name, {"mid": 2, "air": 0})
        assert similarity.weights.get(name) == {"mid": 2.0, "air": 0.0}
        assert similarity.like(1, weights=name) == similarity.like(1, weights={"mid": 1})
    similarity.weights.save("Mine", {"bass": 1})
    assert similarity.weights.get("Mine") == {"bass": 1.0}
    others = {"'; DROP TABLE tracks; --", "東京 🎵"}
    assert set(similarity.weights.names()) == {*BUILT_IN, "Mine", *others}
    similarity.weights.delete("Mine")
    with pytest.raises(NotFoundError, match="no weights 'Mine'; there are default, timbre"):
        similarity.like(1, weights="Mine")
    with pytest.raises(NotFoundError, match="no weights 'Mine'"):
        similarity.weights.delete("Mine")
    with pytest.raises(ParameterError, match="comes with the package"):
        similarity.weights.save("default", {"mid": 1})
    with pytest.raises(ParameterError, match="comes with the package"):
        similarity.weights.delete("rhythm")
    for bad in ("", " \n", "\0", "x" * 201, None, 3):
        with pytest.raises(ParameterError):
            similarity.weights.save(bad, {"mid": 1})  # type: ignore[arg-type]


def test_weights_that_come_with_the_package_weigh_known_dimensions() -> None:
    assert {"default", "rhythm", "timbre", "dynamics", "stereo", "tonality"} <= set(BUILT_IN)
    for weights in BUILT_IN.values():
        assert set(weights) <= set(DIMENSIONS)
        assert weight_vector(weights).sum() == pytest.approx(1)
    assert set(BUILT_IN["default"]) == set(DIMENSIONS)


def test_new_measurements_count_at_once_and_plays_cost_nothing(
    catalogue: Catalogue, put: Callable[..., Similarity], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    read = features._read_all
    monkeypatch.setattr(features, "_read_all", lambda s: reads.append(1) or read(s))  # type: ignore[func-returns-value]
    similarity = put(np.tile(np.arange(5.0), (25, 1)))
    assert _ids(similarity.like(1, 2)) == [2, 3]
    with catalogue.write() as s:
        s.run("UPDATE revisions SET number = number + 1 WHERE name IN ('marks', 'playlists')")
    assert _ids(catalogue.similarity.like(1, 2)) == [2, 3]
    assert len(reads) == 1
    numbers: dict[str, float | None] = dict.fromkeys(DIMENSIONS, 0.1)
    catalogue.profiles.put("key 4", "{}", version=PROFILE_VERSION, measures=numbers)
    assert _ids(similarity.like(1, 2)) == [5, 2]
    assert len(reads) == 2


def test_a_large_library_is_not_read_anew_at_every_change(
    catalogue: Catalogue, put: Callable[..., Similarity], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "LARGE", 3)
    similarity = put(np.tile(np.arange(5.0), (25, 1)))
    assert _ids(similarity.like(1, 3)) == [2, 3, 4]
    with catalogue.write() as s:
        s.run("UPDATE tracks SET missing_since = now()::TIMESTAMP WHERE id = 2")
        s.run("DELETE FROM tracks WHERE id = 4")
        s.run("UPDATE revisions SET number = number + 1 WHERE name = 'tracks'")
    assert _ids(similarity.like(1, 2)) == [3, 5]  # what is gone is not shown even so
    monkeypatch.setattr(features, "REST_S", 0.0)
    assert _ids(similarity.like(1, 3)) == [3, 5]


def test_the_copy_in_memory_is_given_up_after_a_while(
    catalogue: Catalogue, put: Callable[..., Similarity], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "IDLE_S", 0.05)
    similarity = put(np.tile(np.arange(5.0), (25, 1)))
    first = similarity.like(1, 2)
    copy = features._copies[catalogue]
    timer = copy._timer
    while timer is not None and copy._features is not None:
        timer.join(5)
        timer = copy._timer
    assert copy._features is None
    assert similarity.like(1, 2) == first


def test_many_may_ask_at_the_same_time(
    catalogue: Catalogue, put: Callable[..., Similarity], rng: np.random.Generator
) -> None:
    similarity = put(_random(rng, 300))
    expected = {n: _ids(similarity.like(n, 5)) for n in range(1, 13)}
    features._copies.clear()
    found: dict[int, list[int]] = {}

    def ask(n: int) -> None:
        found[n] = _ids(catalogue.similarity.like(n, 5))

    threads = [threading.Thread(target=ask, args=(n,)) for n in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_what_is_compiled_ahead_is_what_is_used(rng: np.random.Generator) -> None:
    from auralis_lab.catalogue.sound import kernels

    kernels.compile_all()
    query = Query(_random(rng, 1, 0.0)[:, 0], weight_vector(BUILT_IN["default"]))
    nearest(_features(_random(rng, 30)), query, wanted=np.ones(30, bool), k=3)
    assert len(kernels.squared_distances.signatures) == 1
    assert len(kernels.moments.signatures) == 1


def test_a_map_keeps_what_varies_most(rng: np.random.Generator) -> None:
    from auralis_lab.catalogue.sound.maps import library_map

    hidden = rng.standard_normal((2, 3000)) * np.array([[3.0], [2.0]])
    directions = np.linalg.qr(rng.standard_normal((25, 2)))[0]
    values = directions @ hidden + 0.05 * rng.standard_normal((25, 3000))
    known = _features(values, rng.permutation(3000).tolist())
    laid = library_map(known, weight_vector(BUILT_IN["equal"]))
    standardised = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    left, sizes, _ = np.linalg.svd(standardised, full_matrices=False)
    assert laid.explained == pytest.approx((sizes**2 / np.sum(sizes**2))[:2], rel=1e-4)
    order = np.argsort(known.rows.ids)
    for axis, laid_axis in enumerate((laid.x, laid.y)):
        wanted = left[:, axis] @ standardised[:, order]
        sign = np.sign(left[np.argmax(np.abs(left[:, axis])), axis])
        assert laid_axis == pytest.approx(sign * wanted, abs=1e-3)
    assert laid.track_ids.tolist() == list(range(3000))
    assert set(laid.directions) == set(DIMENSIONS)


def test_a_map_is_the_same_every_time_and_for_every_part(
    put: Callable[..., Similarity], rng: np.random.Generator
) -> None:
    values = _random(rng, 80)
    values[4], values[5] = np.nan, 7.0
    similarity = put(values, title=[f"{'dog' if n % 3 else 'cat'} {n}" for n in range(80)])
    first, second = similarity.map(), similarity.map()
    assert (first.x == second.x).all()
    assert (first.y == second.y).all()
    assert np.isfinite(first.x).all()
    assert 0 < first.explained[1] <= first.explained[0] < 1
    for axis in (0, 1):
        assert max((d[axis] for d in first.directions.values()), key=abs) > 0
    part = similarity.map(text="dog")
    assert part.track_ids.tolist() == [n + 1 for n in range(80) if n % 3]
    assert (part.x == first.x[part.track_ids - 1]).all()
    stereo = similarity.map(weights="stereo")
    assert set(stereo.directions) == {"stereo_width", "phase_correlation"}
    assert sum(stereo.explained) == pytest.approx(1)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    from tests.benchmarks.library import Library, fill_catalogue

    path: Path = tmp_path_factory.mktemp("large") / "library.duckdb"
    with Catalogue(path) as catalogue:
        fill_catalogue(catalogue, Library(150_000))
        yield catalogue


@pytest.mark.slow
def test_in_a_large_library_the_nearest_are_found_exactly(large: Catalogue) -> None:
    with large.session() as s:
        table = s.arrow(f"SELECT id, {', '.join(DIMENSIONS)} FROM tracks ORDER BY id")
    ids = table.column("id").to_numpy()
    values = np.stack([table.column(name).to_numpy().astype(float) for name in DIMENSIONS])
    z = (values - np.nanmean(values, axis=1)[:, None]) / np.nanstd(values, axis=1)[:, None]
    weights = weight_vector(BUILT_IN["default"])
    for track_id in (1, 5000, 149_999):
        query = z[:, np.flatnonzero(ids == track_id)[0]]
        squares = weights[:, None] * (z - query[:, None]) ** 2
        shared = (~np.isnan(squares) * weights[:, None]).sum(axis=0)
        squared = np.nansum(squares, axis=0) / shared
        squared[(shared < 0.5) | (ids == track_id)] = np.inf
        nearest_ids = ids[np.lexsort((ids, squared))[:20]].tolist()
        assert _ids(large.similarity.like(track_id, 20)) == nearest_ids
