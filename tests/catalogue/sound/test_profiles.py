from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pytest

from auralis_lab.analysis.definitions import MEASURES
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.sound.profiles import Measurement
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import ParameterError

MakeFacts: TypeAlias = Callable[..., FileFacts]
Fill: TypeAlias = Callable[[Sequence[FileFacts]], None]


def _numbers(offset: float = 0.0) -> dict[str, float | None]:
    return {name: place / 4 + offset for place, name in enumerate(MEASURES)}


def _rows(catalogue: Catalogue, columns: str, order: str = "id") -> list[tuple[Any, ...]]:
    with catalogue.session() as s:
        return s.rows(f"SELECT {columns} FROM tracks ORDER BY {order}")


def _revision(catalogue: Catalogue) -> int:
    with catalogue.session() as s:
        return int(s.rows("SELECT number FROM revisions WHERE name = 'features'")[0][0])


@pytest.fixture
def songs(catalogue: Catalogue, facts: MakeFacts, fill: Fill) -> Catalogue:
    """Five tracks; 2 and 4 hold the same audio."""
    keys = ["a", "b", "c", "b", "d"]
    fill([facts(f"/music/{n}.flac", content_key=key) for n, key in enumerate(keys, 1)])
    return catalogue


def test_what_was_put_comes_back_by_its_key(songs: Catalogue) -> None:
    songs.profiles.put("a", '{"x": 1}', version=1)
    songs.profiles.put("b", "é♪", version=2)
    assert songs.profiles.get("a") == '{"x": 1}'
    assert songs.profiles.get_many(["b", "zz", "a", "b"]) == {"a": '{"x": 1}', "b": "é♪"}
    assert songs.profiles.get("zz") is None
    assert songs.profiles.get_many([]) == {}
    assert songs.profiles.has(["a", "b", "zz"]) == {"a", "b"}
    assert songs.profiles.has(["a", "b", "zz"], version=2) == {"b"}
    assert songs.profiles.has([]) == set()


def test_numbers_are_copied_into_every_track_with_that_audio(songs: Catalogue) -> None:
    songs.profiles.put("b", "{}", version=3, measures=_numbers())
    copied = _rows(songs, f"id, measured_version, {', '.join(MEASURES)}")
    for id_, version, *values in copied:
        known = id_ in (2, 4)
        assert version == (3 if known else None)
        assert values == (list(_numbers().values()) if known else [None] * len(MEASURES))


def test_measures_that_are_not_named_are_null(songs: Catalogue) -> None:
    songs.profiles.put("a", "{}", version=1, measures=_numbers())
    songs.profiles.put("a", "{}", version=1, measures={"lra_lu": 4.5, "bass": None})
    assert _rows(songs, "lra_lu, bass, mid")[0] == (4.5, None, None)
    with songs.session() as s:
        assert s.rows("SELECT lra_lu, bass, mid FROM profiles") == [(4.5, None, None)]


def test_no_other_column_and_no_other_track_is_touched(songs: Catalogue) -> None:
    changed = f"measured_version, {', '.join(MEASURES)}"
    before = _rows(songs, f"* EXCLUDE ({changed})")
    assert len(before[0]) > 40
    songs.profiles.put_many(
        [Measurement(key, "{}", 1, _numbers()) for key in ("b", "d", "no such content")]
    )
    assert _rows(songs, f"* EXCLUDE ({changed})") == before
    assert [row[0] for row in _rows(songs, "measured_version")] == [None, 1, None, 1, 1]


def test_a_column_that_is_added_later_survives_as_well(songs: Catalogue) -> None:
    with songs.write() as s:
        s.run("ALTER TABLE tracks ADD COLUMN mood VARCHAR")
        s.run("UPDATE tracks SET mood = 'calm ' || id")
    songs.profiles.put("b", "{}", version=1, measures=_numbers())
    assert [row[0] for row in _rows(songs, "mood")] == [f"calm {n}" for n in range(1, 6)]


def test_missing_tracks_get_their_numbers_too(songs: Catalogue) -> None:
    with songs.write() as s:
        s.run("UPDATE tracks SET missing_since = now()::TIMESTAMP WHERE id = 4")
    songs.profiles.put("b", "{}", version=1, measures=_numbers())
    assert [row[0] for row in _rows(songs, "measured_version")] == [None, 1, None, 1, None]


def test_many_are_put_at_once_and_the_last_of_one_content_counts(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill
) -> None:
    fill([facts(f"/music/{n}.flac", content_key=f"key {n % 700}") for n in range(1000)])
    before = _revision(catalogue)
    measurements = [
        Measurement(f"key {n % 700}", f'{{"n": {n}}}', 1, {"mid": n}, duration_s=n / 10)
        for n in range(1000)
    ]
    catalogue.profiles.put_many(measurements)
    assert _revision(catalogue) == before + 1
    latest = {n % 700: n for n in range(1000)}
    assert dict(_rows(catalogue, "path, mid::INTEGER")) == {
        f"/music/{n}.flac": latest[n % 700] for n in range(1000)
    }
    with catalogue.session() as s:
        stored = s.rows("SELECT content_key, profile_json, duration_s FROM profiles")
    assert sorted(stored) == sorted(
        (f"key {k}", f'{{"n": {n}}}', n / 10) for k, n in latest.items()
    )


def test_putting_nothing_changes_nothing(songs: Catalogue) -> None:
    before = _revision(songs)
    songs.profiles.put_many([])
    assert _revision(songs) == before


def test_a_track_that_is_scanned_after_its_audio_was_measured_gets_the_numbers(
    songs: Catalogue, facts: MakeFacts, fill: Fill
) -> None:
    songs.profiles.put("new", "{}", version=4, measures={"mid": 0.5})
    fill([facts("/music/6.flac", content_key="new")])
    assert _rows(songs, "id, measured_version, mid")[-1] == (6, 4, 0.5)


def test_unmeasured_contents_are_told_once_with_all_their_files(songs: Catalogue) -> None:
    found = songs.profiles.unmeasured(version=1)
    assert [(c.track_id, c.content_key) for c in found] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
        (5, "d"),
    ]
    assert [f.path for f in found[1].files] == ["/music/2.flac", "/music/4.flac"]
    assert (found[0].files[0].file_bytes, found[0].files[0].mtime_ns) == (1000, 1)
    assert found[0].duration_s == pytest.approx(10.0)
    assert songs.profiles.count_unmeasured(version=1) == 4


def test_only_profiles_of_the_wanted_version_count_as_measured(songs: Catalogue) -> None:
    songs.profiles.put("a", "{}", version=1)
    songs.profiles.put("b", "{}", version=2)
    assert [c.content_key for c in songs.profiles.unmeasured(version=2)] == ["a", "c", "d"]
    assert songs.profiles.count_unmeasured(version=2) == 3


def test_files_that_are_gone_are_not_told(songs: Catalogue) -> None:
    with songs.write() as s:
        s.run("UPDATE tracks SET missing_since = now()::TIMESTAMP WHERE id IN (2, 3)")
    found = songs.profiles.unmeasured(version=1)
    assert [(c.track_id, c.content_key, len(c.files)) for c in found] == [
        (1, "a", 1),
        (4, "b", 1),
        (5, "d", 1),
    ]
    assert songs.profiles.count_unmeasured(version=1) == 3


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
def test_pages_of_unmeasured_contents_tile_them(songs: Catalogue, limit: int) -> None:
    seen: list[str] = []
    after = 0
    while page := songs.profiles.unmeasured(limit, version=1, after=after):
        assert len(page) <= limit
        seen += [content.content_key for content in page]
        after = page[-1].track_id
    assert seen == ["a", "b", "c", "d"]


@pytest.mark.parametrize("limit", [0, -1, 1001, 2.0, "10", None, True])
def test_a_page_of_unmeasured_contents_has_1_to_1000(songs: Catalogue, limit: Any) -> None:
    with pytest.raises(ParameterError, match="limit="):
        songs.profiles.unmeasured(limit, version=1)


@pytest.mark.parametrize("bad", [-1, 1.0, "1", None, True, 1 << 70])
def test_versions_and_places_are_whole_numbers(songs: Catalogue, bad: Any) -> None:
    with pytest.raises(ParameterError, match="after="):
        songs.profiles.unmeasured(version=1, after=bad)
    with pytest.raises(ParameterError, match="version="):
        songs.profiles.unmeasured(version=bad)
    with pytest.raises(ParameterError, match="version="):
        songs.profiles.put("a", "{}", version=bad)
    if bad is not None:
        with pytest.raises(ParameterError, match="version="):
            songs.profiles.has(["a"], version=bad)


@pytest.mark.parametrize(
    "measures",
    [
        {"loudness": 1.0},
        {"mid; DROP TABLE tracks": 1.0},
        {"mid": math.nan},
        {"mid": math.inf},
        {"mid": -math.inf},
        {"mid": 1e39},
        {"mid": "1"},
        {"mid": True},
    ],
)
def test_a_refused_measurement_changes_nothing(songs: Catalogue, measures: dict[str, Any]) -> None:
    before = _revision(songs)
    good = Measurement("a", "{}", 1, _numbers())
    with pytest.raises(ParameterError):
        songs.profiles.put_many([good, Measurement("b", "{}", 1, measures)])
    with pytest.raises(ParameterError):
        songs.profiles.put("b", "{}", version=1, measures=measures)
    assert songs.profiles.has(["a", "b"]) == set()
    assert _revision(songs) == before


@pytest.mark.parametrize("key", ["", None, 7, "lone \udcff"])
def test_keys_and_profiles_are_text(songs: Catalogue, key: Any) -> None:
    for ask in (
        lambda: songs.profiles.get(key),
        lambda: songs.profiles.get_many(["a", key]),
        lambda: songs.profiles.has([key]),
        lambda: songs.profiles.put(key, "{}", version=1),
        lambda: songs.profiles.put("a", key, version=1),
    ):
        with pytest.raises(ParameterError):
            ask()
    with pytest.raises(ParameterError):
        songs.profiles.get_many("abc")
    with pytest.raises(ParameterError):
        songs.profiles.get_many([str(n) for n in range(1001)])
    with pytest.raises(ParameterError):
        songs.profiles.put_many([Measurement("a", "{}", 1)] * 1001)


@pytest.mark.parametrize("key", ["' OR 1=1 --", "$key", "𝄞 שלום", "a\0b", "x" * 10_000])
def test_any_text_is_a_key_and_nothing_but_a_key(songs: Catalogue, key: str) -> None:
    songs.profiles.put(key, "{}", version=1)
    assert songs.profiles.get(key) == "{}"
    assert songs.profiles.has(["a", key]) == {key}


@pytest.mark.slow
def test_a_batch_is_stored_in_a_large_library_in_no_time(
    catalogue: Catalogue,
) -> None:
    import time

    from tests.benchmarks.library import Library, fill_catalogue

    fill_catalogue(catalogue, Library(200_000))
    keys = [f"f-{n:040x}" for n in range(1, 200_001, 1000)]
    began = time.perf_counter()
    catalogue.profiles.put_many([Measurement(key, "{}", 2, _numbers()) for key in keys])
    assert time.perf_counter() - began < 5
    assert len(_rows(catalogue, "id")) == 200_000
    with catalogue.session() as s:
        assert s.rows("SELECT count(*) FROM tracks WHERE measured_version = 2") == [(200,)]
