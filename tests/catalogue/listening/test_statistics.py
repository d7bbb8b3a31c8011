"""Statistics of listening, against sums over plain lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from auralis_lab.catalogue.listening.plays import NewPlay, Play
from auralis_lab.catalogue.listening.statistics import Share, TimeShare, Totals
from auralis_lab.catalogue.scanning.intake import ScanRun
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import NotFoundError, ParameterError

START = datetime(2022, 11, 3, 17, 40, tzinfo=UTC)
SPAN_S = 3 * 365 * 86_400
TRACKS = 40
PRESETS = (None, "warm", "bright")

TAGS: list[dict[str, Any]] = [
    {
        "artists": [[], ["Bach"], ["Bach", "Gould"], ["Ärzte"]][n % 4],
        "genres": [["Rock"], [], ["Rock", "Jazz"]][n % 3],
        "album": [None, "One", "Two"][n % 3],
        "album_artist": "Various Artists" if n % 3 == 2 else "Bach",
        "date": [None, "1979", "1980-02-03", "2001"][n % 4],
        "frames": 44_100 * 100,
        "title": f"Song {n}",
    }
    for n in range(TRACKS)
]
LOUDNESS = [None, -7.9, -8.0, -9.99, -10.0, -23.5]


@pytest.fixture
def library(
    catalogue: Catalogue, facts: Callable[..., Any], fill: Callable[..., None]
) -> Catalogue:
    """Tracks 1 to 40, of which the last four are never played."""
    fill([facts(f"/music/{n + 1}.flac", **tags) for n, tags in enumerate(TAGS)])
    with catalogue.write() as s:
        loudness = [LOUDNESS[n % len(LOUDNESS)] for n in range(TRACKS)]
        s.stage("loud", {"id": list(range(1, TRACKS + 1)), "lufs": loudness})
        s.run("UPDATE tracks SET loudness_lufs = lufs FROM loud WHERE loud.id = tracks.id")
    return catalogue


@pytest.fixture
def heard(library: Catalogue, rng: np.random.Generator) -> list[Play]:
    """3,000 plays over three years, a sixth of which do not count."""
    news = [
        NewPlay(
            track_id=int((TRACKS - 4) * rng.random() ** 2) + 1,
            started_at=START + timedelta(seconds=float(SPAN_S * rng.random())),
            heard_s=float(180 * rng.random()),
            finished=False,
            preset=PRESETS[int(rng.integers(3))],
        )
        for _ in range(3_000)
    ]
    return list(library.plays.record_many(news))


def sums(
    plays: Iterable[Play], keys: Callable[[Play], Iterable[Any]]
) -> dict[Any, tuple[int, float, int]]:
    """Plays that counted, seconds and tracks by key, added up one by one."""
    own: dict[Any, list[Play]] = defaultdict(list)
    for play in plays:
        for key in keys(play):
            own[key].append(play)
    return {
        key: (
            sum(play.counted for play in some),
            sum(play.heard_s for play in some),
            len({play.track_id for play in some if play.counted}),
        )
        for key, some in own.items()
    }


def of(shares: Iterable[Share[Any]]) -> dict[Any, tuple[int, Any, int]]:
    return {
        share.key: (share.plays, pytest.approx(share.heard_s), share.tracks) for share in shares
    }


def tag(name: str) -> Callable[[Play], Iterable[Any]]:
    return lambda play: TAGS[play.track_id - 1][name] or [None]


def year(play: Play) -> int | None:
    text = TAGS[play.track_id - 1]["date"]
    return int(text[:4]) if text else None


def decade(play: Play) -> int | None:
    of_year = year(play)
    return None if of_year is None else of_year - of_year % 10


def band(play: Play) -> int | None:
    lufs = LOUDNESS[(play.track_id - 1) % len(LOUDNESS)]
    return None if lufs is None else int(np.floor(lufs / 2)) * 2


def test_without_plays_there_is_nothing(library: Catalogue) -> None:
    statistics = library.statistics
    assert statistics.totals() == statistics.totals(since=START) == Totals(0, 0.0, 0)
    nothing: list[tuple[Any, ...]] = [
        statistics.by_artist(),
        statistics.by_album(),
        statistics.by_decade(),
        statistics.by_preset(),
        statistics.most_played(),
        statistics.not_heard(),
    ]
    assert nothing == [()] * len(nothing)
    calendar = statistics.calendar("Asia/Tokyo")
    assert [share.plays for share in calendar.hours] == [0] * 24
    assert [share.plays for share in calendar.weekdays] == [0] * 7
    assert calendar.months == ()


@pytest.mark.usefixtures("heard")
def test_totals_and_shares_add_up(library: Catalogue, heard: list[Play]) -> None:
    statistics = library.statistics
    since, until = START + timedelta(days=100), START + timedelta(days=500)
    periods: list[tuple[dict[str, Any], list[Play]]] = [
        ({}, heard),
        ({"since": since}, [play for play in heard if play.started_at >= since]),
        ({"until": until}, [play for play in heard if play.started_at < until]),
        (
            {"since": since, "until": until},
            [play for play in heard if since <= play.started_at < until],
        ),
    ]
    for period, plays in periods:
        total = statistics.totals(**period)
        ((count, seconds, tracks),) = sums(plays, lambda _: [0]).values()
        assert (total.plays, total.tracks) == (count, tracks)
        assert total.heard_s == pytest.approx(seconds)
        assert of(statistics.by_artist(**period)) == sums(plays, tag("artists"))
        assert of(statistics.by_genre(**period)) == sums(plays, tag("genres"))
        assert of(statistics.by_year(**period)) == sums(plays, lambda play: [year(play)])
        assert of(statistics.by_decade(**period)) == sums(plays, lambda play: [decade(play)])
        assert of(statistics.by_loudness(**period)) == sums(plays, lambda play: [band(play)])


def test_albums_add_up_and_are_told_with_their_artist(
    library: Catalogue, heard: list[Play]
) -> None:
    expected = sums(heard, lambda play: [TAGS[play.track_id - 1]["album"]])
    found = library.statistics.by_album()
    assert {(share.title, share.artist) for share in found} == {("One", "Bach"), ("Two", None)}
    for share in found:
        count, seconds, tracks = expected[share.title]
        assert (share.plays, share.tracks) == (count, tracks)
        assert share.heard_s == pytest.approx(seconds)


def test_presets_add_up(library: Catalogue, heard: list[Play]) -> None:
    expected = sums(heard, lambda play: [play.preset])
    found = library.statistics.by_preset()
    assert {share.key: share.plays for share in found} == {k: v[0] for k, v in expected.items()}
    assert sum(share.heard_s for share in found) == pytest.approx(
        sum(play.heard_s for play in heard)
    )


def test_kinds_come_with_the_most_played_first_and_scales_in_order(
    library: Catalogue, heard: list[Play]
) -> None:
    statistics = library.statistics
    artists = statistics.by_artist()
    assert artists == tuple(sorted(artists, key=lambda share: -share.plays))
    assert statistics.by_artist(limit=2) == artists[:2]
    for shares in (statistics.by_year(), statistics.by_decade(), statistics.by_loudness()):
        keys = [share.key for share in shares]
        assert keys[-1] is None
        assert keys[:-1] == sorted(key for key in keys if key is not None)


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"]
)
def test_hours_weekdays_and_months_are_those_of_the_time_zone(
    library: Catalogue, heard: list[Play], zone: str
) -> None:
    def by_clock(key: Callable[[datetime], Any]) -> dict[Any, tuple[int, float, int]]:
        return sums(heard, lambda play: [key(play.started_at.astimezone(ZoneInfo(zone)))])

    calendar = library.statistics.calendar(zone)
    parts: list[tuple[tuple[TimeShare[Any], ...], Callable[[datetime], Any]]] = [
        (calendar.hours, lambda time: time.hour),
        (calendar.weekdays, lambda time: time.isoweekday()),
        (calendar.months, lambda time: time.date().replace(day=1)),
    ]
    for shares, key in parts:
        expected = by_clock(key)
        for share in shares:
            count, seconds, _ = expected.pop(share.key, (0, 0.0, 0))
            assert share.plays == count
            assert share.heard_s == pytest.approx(seconds)
        assert expected == {}
    assert [share.key for share in calendar.hours] == list(range(24))
    assert [share.key for share in calendar.weekdays] == list(range(1, 8))


def test_plays_at_a_time_that_nobody_knows_have_no_hour(library: Catalogue) -> None:
    library.plays.record(1, datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC), 60, True)
    calendar = library.statistics.calendar()
    assert sum(share.plays for share in calendar.hours) == 0
    assert calendar.months == ()
    assert library.statistics.totals().plays == 1


def test_months_without_plays_are_told_as_well(library: Catalogue) -> None:
    for month in (datetime(2023, 11, 5, tzinfo=UTC), datetime(2024, 2, 5, tzinfo=UTC)):
        library.plays.record(1, month, 60, False)
    months = library.statistics.calendar().months
    days = [date(2023, 11, 1), date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1)]
    assert [(share.key, share.plays) for share in months] == list(
        zip(days, (1, 0, 0, 1), strict=True)
    )
    since = datetime(2024, 1, 1, tzinfo=UTC)
    assert library.statistics.calendar(since=since).months == (
        TimeShare(date(2024, 2, 1), 1, 60.0),
    )


def test_lists_are_those_of_the_plays(library: Catalogue, heard: list[Play]) -> None:
    statistics = library.statistics
    counts = {id_: v[0] for id_, v in sums(heard, lambda play: [play.track_id]).items()}
    last = {
        id_: max(play.started_at for play in heard if play.counted and play.track_id == id_)
        for id_ in counts
    }
    most = sorted(counts, key=lambda id_: (-counts[id_], id_))
    recent = sorted(last, key=lambda id_: (last[id_], -id_), reverse=True)
    days = (datetime.now(UTC) - sorted(last.values())[10]).total_seconds() / 86_400
    assert [row.track.id for row in statistics.most_played()] == most
    assert [row.plays for row in statistics.most_played()] == [counts[id_] for id_ in most]
    assert [row.track.id for row in statistics.recently_played()] == recent
    assert [row.last_played_at for row in statistics.recently_played()] == [
        last[id_] for id_ in recent
    ]
    assert [row.track.id for row in statistics.not_heard(days=days - 1e-6)] == recent[::-1][:11]
    assert {row.track.id for row in statistics.never_played()} == {37, 38, 39, 40}


def test_most_played_of_a_period_counts_that_period_alone(
    library: Catalogue, heard: list[Play]
) -> None:
    since, until = START + timedelta(days=300), START + timedelta(days=330)
    own = [play for play in heard if since <= play.started_at < until]
    counts = {id_: v[0] for id_, v in sums(own, lambda play: [play.track_id]).items() if v[0]}
    found = library.statistics.most_played(since=since, until=until)
    assert [row.track.id for row in found] == sorted(counts, key=lambda id_: (-counts[id_], id_))
    assert all(since <= row.last_played_at < until for row in found if row.last_played_at)


def test_pages_tile_every_list(library: Catalogue, heard: list[Play]) -> None:
    statistics = library.statistics
    since = START + timedelta(days=300)
    for call in (
        statistics.most_played,
        lambda **page: statistics.most_played(since=since, **page),
        statistics.recently_played,
        lambda **page: statistics.not_heard(days=1, **page),
        statistics.never_played,
    ):
        whole = [row.track.id for row in call(limit=200)]
        seen: list[int] = []
        page = call(limit=3)
        while page:
            seen += [row.track.id for row in page]
            page = call(limit=3, after=seen[-1])
        assert seen == whole
        assert len(set(seen)) == len(seen) > 3


def test_missing_tracks_are_left_out_of_lists_and_not_of_sums(
    library: Catalogue, heard: list[Play]
) -> None:
    before = library.statistics.totals()
    ScanRun(library, "/music").mark_missing([1, 40])
    assert library.statistics.totals() == before
    for rows in (library.statistics.most_played(), library.statistics.never_played()):
        assert not {1, 40} & {row.track.id for row in rows}


def test_a_row_that_left_its_list_is_told(library: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="track 3 is not in this list"):
        library.statistics.most_played(after=3)
    assert library.statistics.never_played(after=1, limit=1)
    library.plays.record(1, START, 60, False)
    with pytest.raises(NotFoundError, match="track 1"):
        library.statistics.never_played(after=1)


def test_bad_arguments_are_refused(library: Catalogue) -> None:
    statistics = library.statistics
    bad_limits: list[Any] = [0, -1, 201, True, "1", None, 2.0]
    for limit in bad_limits:
        calls: list[Callable[..., Any]] = [
            statistics.by_artist,
            statistics.by_album,
            statistics.by_genre,
            statistics.by_preset,
            statistics.most_played,
            statistics.recently_played,
            statistics.never_played,
            statistics.not_heard,
        ]
        for call in calls:
            with pytest.raises(ParameterError, match="limit="):
                call(limit=limit)
    bad_times: list[Any] = [START.replace(tzinfo=None), "2024", 0, date(2024, 1, 1), True]
    for time in bad_times:
        with pytest.raises(ParameterError, match="since="):
            statistics.totals(since=time)
        with pytest.raises(ParameterError, match="until="):
            statistics.calendar(until=time)
    with pytest.raises(ParameterError, match="must be after"):
        statistics.by_year(since=START, until=START)
    bad_zones: list[Any] = ["", "europe/berlin", "Mars/Base", "UTC'; DROP TABLE plays; --", None, 1]
    for zone in [*bad_zones, "\udcff", "x" * 10_000]:
        with pytest.raises(ParameterError, match="time_zone="):
            statistics.calendar(zone)
    bad_days: list[Any] = [-1, float("nan"), True, "365", None, 10**6]
    for days in bad_days:
        with pytest.raises(ParameterError, match="days="):
            statistics.not_heard(days=days)
    bad_ids: list[Any] = [-1, True, "1", 1.0]
    for after in bad_ids:
        with pytest.raises(ParameterError, match="after="):
            statistics.recently_played(after=after)


def test_any_end_of_time_is_a_period(library: Catalogue, heard: list[Play]) -> None:
    ends = {
        "since": datetime(1, 1, 1, tzinfo=UTC),
        "until": datetime(9999, 12, 31, tzinfo=UTC),
    }
    assert library.statistics.totals(**ends).plays == library.statistics.totals().plays
    far = datetime.max.replace(tzinfo=ZoneInfo("America/New_York"))
    with pytest.raises(ParameterError, match="usual year"):
        library.statistics.totals(until=far)
