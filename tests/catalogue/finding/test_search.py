"""Searches and filters against a slow model of what they mean, on a library of awkward rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auralis_lab.catalogue.finding.filters import Condition, Query, Word, parse
from auralis_lab.catalogue.finding.filtersql import where
from auralis_lab.catalogue.finding.orders import SORTS
from auralis_lab.catalogue.scanning.intake import BATCH_ROWS, Placement, ScanRun
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.catalogue.text import fold
from auralis_lab.errors import NotFoundError, ParameterError
from tests.catalogue.conftest import _facts
from tests.thorough import tries

NOW = datetime(2026, 3, 15, 12, 0)
ROWS = 240
TITLES = (None, "Air", "Été", "été d'amour", "Love Me Do", "Love Me Tender", "The Love", "夢の中",
          "Glovebox", "!!!", "AC/DC", "none")  # fmt: skip
ARTISTS = ((), ("Bach",), ("Miles Davis",), ("Miles Davis", "Bill Evans"), ("Björk",), ("夢の",),
           ("Sinéad O'Connor",), ("Bachman",))  # fmt: skip
ALBUMS = (None, "Kind of Blue", "Blue", "Greatest Hits", "夢")
GENRES = ((), ("Jazz",), ("jazz", "Hard Bop"), ("Pop",), ("None",))


@dataclass(frozen=True)
class Track:
    """One made-up track and all that is known of it."""

    id: int
    facts: FileFacts
    marks: dict[str, Any]
    features: dict[str, float | None]
    added_at: datetime
    missing: bool

    def number(self, name: str) -> float | None:
        facts = self.facts
        if name == "duration":
            return None if facts.frames is None else facts.frames / facts.rate_hz
        if name == "decade":
            return None if facts.year is None else facts.year // 10 * 10
        if name == "bpm":
            return facts.bpm if facts.bpm is not None else self.features["tempo_bpm"]
        values: dict[str, Any] = {
            "id": self.id,
            "year": facts.year,
            "track": facts.track_number,
            "rate": facts.rate_hz,
            "channels": facts.channels,
            "size": facts.file_bytes,
            "rating": self.marks["rating"] and self.marks["rating"] / 2,
            "plays": self.marks["plays"],
            "loudness": self.features["loudness_lufs"],
            "tempo": self.features["tempo_bpm"],
        }
        value: float | None = values[name]
        return value

    def moment(self, name: str) -> datetime | None:
        found: datetime | None = {
            "added": self.added_at,
            "played": self.marks["last_played_at"],
        }[name]
        return found

    def texts(self, name: str) -> list[str]:
        """Every text of a field, as it is compared."""
        facts = self.facts
        raw: dict[str, list[str | None]] = {
            "title": [facts.title or Path(facts.path).stem],
            "artist": [*facts.artists, facts.artist],
            "album": [facts.album],
            "album_artist": [facts.album_artist],
            "genre": list(facts.genres),
            "composer": [facts.composer],
            "path": [facts.path],
            "format": [facts.format],
            "comment": [facts.comment],
        }
        literal = name in ("path", "format", "comment")
        return [text.lower() if literal else fold(text) for text in raw[name] if text]

    def is_known(self, name: str) -> bool:
        if name == "title":
            return self.facts.title is not None
        if name in TEXTS:
            return bool(self.texts(name))
        if name in DATES:
            return self.moment(name) is not None
        return bool(self.number(name)) if name == "plays" else self.number(name) is not None

    @property
    def words(self) -> list[str]:
        facts = self.facts
        texts = [facts.title, facts.artist, *facts.artists, facts.album, facts.album_artist]
        texts += [*facts.genres, facts.composer, str(facts.year or ""), Path(facts.path).stem]
        return [word for text in texts if text for word in fold(text).split()]

    def has_phrase(self, phrase: str) -> bool:
        names = ("title", "artist", "album", "album_artist", "genre", "composer")
        if " " not in phrase:
            return any(phrase in word for word in self.words)
        return any(phrase in text for name in names for text in self.texts(name))


TEXTS = ("title", "artist", "album", "album_artist", "genre", "composer", "path", "format",
         "comment")  # fmt: skip
NUMBERS = ("year", "decade", "track", "rate", "channels", "size", "rating", "plays", "loudness",
           "tempo", "bpm", "duration", "id")  # fmt: skip
ROUNDED = ("size", "loudness", "tempo", "bpm", "duration")
DATES = ("added", "played")
FLAGS: dict[str, Callable[[Track], bool]] = {
    "favourite": lambda t: t.marks["favourite_since"] is not None,
    "played": lambda t: t.marks["plays"] > 0,
    "lossless": lambda t: not t.facts.lossy,
    "compilation": lambda t: t.facts.compilation,
    "mono": lambda t: t.facts.channels == 1,
}


def model(query: Query, track: Track) -> bool:
    """What a filter means, told slowly."""
    plain = fold(" ".join(w.text for w in query.words if not w.quoted and not w.negated))
    found = all(any(word in other for other in track.words) for word in plain.split())
    for word in query.words:
        folded = fold(word.text)
        if word.quoted and not word.negated:
            found &= track.has_phrase(folded)
        elif word.quoted:
            found &= not track.has_phrase(folded)
        elif word.negated and folded:
            found &= not all(any(w in o for o in track.words) for w in folded.split())
    for condition in query.conditions:
        fits = any(_fits(condition, value, track) for value in condition.values)
        found &= fits != condition.negated
    return found and not track.missing


def _fits(condition: Condition, value: str | None, track: Track) -> bool:
    name, comparison = condition.name, condition.comparison
    if name == "is":
        return FLAGS[str(value)](track)
    if name == "has":
        return track.is_known(str(value))
    if value is None:
        return not track.is_known(name)
    if name in TEXTS:
        if name == "title" and not track.is_known("title"):
            return False
        asked = value.lower() if name in ("path", "format", "comment") else fold(value)
        texts = track.texts(name)
        return any(asked == t if comparison == "=" else asked in t for t in texts)
    if name in DATES:
        return _date_fits(comparison, value, track.moment(name))
    number = track.number(name)
    if number is None:
        return False
    low, dots, high = value.partition("..")
    if dots:
        return (not low or number >= float(low)) and (not high or number <= float(high))
    asked_number = float(value)
    if comparison in (":", "="):
        if name not in ROUNDED:
            return number == asked_number
        step = 10.0 ** -len(value.partition(".")[2])
        return asked_number - step / 2 <= number < asked_number + step / 2
    return _compare(comparison, number, asked_number)


def _date_fits(comparison: str, value: str, moment: datetime | None) -> bool:
    if moment is None:
        return False
    if value.endswith("d"):
        return _compare(comparison, NOW - moment, timedelta(days=int(value[:-1])))
    day = datetime.fromisoformat(value)
    start_of_day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return _compare("==" if comparison in (":", "=") else comparison, start_of_day, day)


def _compare(comparison: str, a: Any, b: Any) -> bool:
    result: bool = {
        "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b,
    }[comparison]  # fmt: skip
    return result


@pytest.fixture(scope="module")
def tracks() -> list[Track]:
    rng = np.random.default_rng(440)

    def some(values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    def now_and_then(value: Any) -> Any:
        return value if rng.random() < 0.7 else None

    made = []
    for n in range(1, ROWS + 1):
        artists = list(some(ARTISTS))
        facts = _facts(
            f"/music/{some(('Live', 'jazz'))}/{n:03} {some(('Air', 'x'))}.{some(('flac', 'mp3'))}",
            title=some(TITLES),
            artists=artists,
            artist=" feat. ".join(artists) or None,
            album=some(ALBUMS),
            album_artist=some((None, "Various", "Miles Davis")),
            genres=list(some(GENRES)),
            composer=some((None, "J. S. Bach")),
            comment=some((None, "Live at Leeds, née")),
            date=some((None, "1959", "1970-01-01", "1979", "2001")),
            track_number=some((None, 1, 2, 3)),
            frames=some((None, 44_100, 60 * 44_100, 200 * 44_100)),
            rate_hz=some((44_100, 96_000)),
            channels=some((1, 2)),
            lossy=some((False, True)),
            compilation=some((False, True)),
            bpm=some((None, 120.0)),
            file_bytes=some((1000, 2000)),
        )
        days = int(rng.integers(0, 800))
        marks = {
            "plays": int(some((0, 0, 1, 5))),
            "heard_s": 1.0,
            "last_played_at": now_and_then(NOW - timedelta(days=days, hours=1)),
            "favourite_since": now_and_then(NOW),
            "rating": now_and_then(int(rng.integers(1, 11))),
        }
        if rng.random() < 0.4:
            marks = dict.fromkeys(marks) | {"plays": 0}
        features = {
            "loudness_lufs": now_and_then(-20 + 0.25 * int(rng.integers(48))),
            "tempo_bpm": now_and_then(float(rng.integers(110, 126))),
        }
        added = NOW - timedelta(days=int(rng.integers(0, 90)), minutes=n)
        made.append(Track(n, facts, marks, features, added, bool(rng.random() < 0.05)))
    return made


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, tracks: list[Track]) -> Iterator[Catalogue]:
    with Catalogue(tmp_path_factory.mktemp("search") / "library.duckdb") as catalogue:
        run = ScanRun(catalogue, "/music")
        for start in range(0, ROWS, BATCH_ROWS):
            run.store([Placement(track.facts) for track in tracks[start : start + BATCH_ROWS]])
        marked = [track for track in tracks if track.marks["heard_s"]]
        with catalogue.write() as s:
            columns: dict[str, list[Any]] = {"track_id": [t.id for t in marked]}
            columns |= {name: [t.marks[name] for t in marked] for name in marked[0].marks}
            s.stage("made", columns)
            s.run("INSERT INTO marks BY NAME SELECT * FROM made")
            columns = {name: [t.features[name] for t in tracks] for name in tracks[0].features}
            columns["made_id"] = [t.id for t in tracks]
            columns["added"] = [t.added_at for t in tracks]
            columns["gone"] = [NOW if t.missing else None for t in tracks]
            s.stage("made", columns)
            s.run(
                """
                UPDATE tracks SET loudness_lufs = made.loudness_lufs, tempo_bpm = made.tempo_bpm,
                    added_at = added, missing_since = gone
                FROM made WHERE id = made_id"""
            )
        yield catalogue


_words = st.sampled_from(
    ("love", "LOVE", "lov", "me", "été", "ete", "bach", "miles", "blue", "jazz", "1959", "air",
     "夢", "の中", "!!!", "ac/dc", "a", "x", "none", "zzz", "o'connor")
)  # fmt: skip
_phrases = st.sampled_from(("love me", "Kind of Blue", "miles davis", "of blue", "ac/dc", "hard b"))
_texts = st.sampled_from(
    ("bach", "Bach", "miles davis", "BILL", "blue", "kind of blue", "jazz", "hard bop", "pop",
     "none", "夢", "live", "flac", "air", "été", "Miles Davis feat. Bill Evans", "leeds, née", "!")
)  # fmt: skip
_pools = {
    "year": ("1959", "1970", "1960..1979", "1971..", "..1960"),
    "decade": ("1950", "1970"),
    "track": ("1", "2", "2..3"),
    "rate": ("44100", "96000"),
    "channels": ("1", "2"),
    "size": ("1000", "2000"),
    "rating": ("0.5", "4", "5", "2..4", "2.5.."),
    "plays": ("0", "1", "5", "0..1", "1.."),
    "loudness": ("-14", "-14.25", "-16..-12", "-10", "-8.50"),
    "tempo": ("118", "118..122", "120.00"),
    "bpm": ("118", "118..122", "120"),
    "duration": ("1", "60", "200", "1..60", "61.."),
    "id": ("1", "7", "100..140"),
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    negated = draw(st.booleans())
    kind = draw(st.sampled_from(("text", "number", "date", "is", "has")))
    if kind == "is":
        return Condition("is", ":", (draw(st.sampled_from(sorted(FLAGS))),), negated)
    if kind == "has":
        name = draw(st.sampled_from((*TEXTS, *NUMBERS, *DATES)))
        return Condition("has", ":", (name,), negated)
    if kind == "text":
        values = tuple(draw(st.lists(st.none() | _texts, min_size=1, max_size=2)))
        return Condition(draw(st.sampled_from(TEXTS)), draw(st.sampled_from(":=")), values, negated)
    if kind == "date":
        name = draw(st.sampled_from(DATES))
        if draw(st.booleans()):
            comparison = draw(st.sampled_from(("<", "<=", ">", ">=")))
            return Condition(name, comparison, (f"{draw(st.integers(0, 800))}d",), negated)
        day = NOW - timedelta(days=draw(st.integers(0, 90)))
        comparison = draw(st.sampled_from((":", "<", "<=", ">", ">=")))
        return Condition(name, comparison, (f"{day:%Y-%m-%d}",), negated)
    name = draw(st.sampled_from(NUMBERS))
    value = draw(st.sampled_from(_pools[name]))
    if ".." in value or draw(st.booleans()):
        return Condition(name, ":", (value, *draw(st.sampled_from(((), (None,))))), negated)
    return Condition(name, draw(st.sampled_from(("<", "<=", ">", ">="))), (value,), negated)


undated = conditions().filter(lambda condition: condition.name not in DATES)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    plain = st.builds(Word, _words, negated=st.booleans())
    quoted = st.builds(Word, _phrases | _words, st.just(True), st.booleans())
    words = draw(st.lists(plain | quoted, max_size=3))
    return Query(tuple(words), tuple(draw(st.lists(conditions(), max_size=3))))


def _ids(library: Catalogue, query: Query) -> list[int]:
    fits = where(query, now=NOW)
    with library.session() as s:
        rows = s.rows(f"SELECT id FROM tracks WHERE {fits.sql}", fits.parameters)
    return [id_ for (id_,) in rows]


@settings(max_examples=tries(150))
@given(query=queries())
@example(query=Query((Word("love"), Word("zzz", negated=True))))
@example(query=Query(conditions=(Condition("plays", "<", ("1",), True),)))
@example(query=Query(conditions=(Condition("played", ":", (None,)),)))
def test_a_filter_finds_what_the_model_finds(
    library: Catalogue, tracks: list[Track], query: Query
) -> None:
    assert sorted(_ids(library, query)) == [t.id for t in tracks if model(query, t)]


@settings(max_examples=tries(30))
@given(
    words=st.lists(_words, min_size=1, max_size=2),
    condition=st.none() | undated,
    limit=st.sampled_from((1, 7, 200)),
    candidates=st.sampled_from((3, 20, 2000)),
)
def test_ranked_pages_hold_every_hit_once_and_the_best_first(
    library: Catalogue,
    tracks: list[Track],
    words: list[str],
    condition: Condition | None,
    limit: int,
    candidates: int,
) -> None:
    """However many candidates are looked into before all tracks are."""
    query = Query(tuple(map(Word, words)), (condition,) if condition else ())
    phrase = fold(query.text)
    hits = {track.id: track for track in tracks if model(query, track)}

    def rank(track: Track) -> tuple[Any, ...]:
        title = track.facts.title_sort
        if title.startswith(phrase):
            return (0, title, track.facts.artist_prefix, track.id)
        starts = all(any(w.startswith(p) for w in track.words) for p in phrase.split())
        return (1 if starts else 2, title, track.facts.artist_prefix, track.id)

    expected = sorted(hits, key=lambda id_: rank(hits[id_]))
    found: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auralis_lab.catalogue.finding.ranks.MOST_CANDIDATES", candidates)
        while page := library.tracks.search(str(query), limit, after=found[-1] if found else None):
            found += [row.id for row in page]
            if len(page) < limit or len(found) >= 12 * limit:
                break
        assert library.tracks.ids(str(query)) == expected
    assert found == expected[: len(found)]
    assert len(found) == len(expected) or len(found) == 12 * limit
    assert library.tracks.count(str(query)) == len(expected)


@settings(max_examples=tries(40))
@given(
    condition=st.none() | undated,
    sort=st.sampled_from(sorted(set(SORTS.values()))),
    descending=st.booleans(),
    limit=st.sampled_from((13, 200)),
)
def test_pages_in_an_order_hold_every_hit_once(
    library: Catalogue,
    tracks: list[Track],
    condition: Condition | None,
    sort: str,
    descending: bool,
    limit: int,
) -> None:
    query = Query((), (condition,) if condition else (), sort, descending)
    found: list[int] = []
    while page := library.tracks.search(str(query), limit, after=found[-1] if found else None):
        found += [row.id for row in page]
        if len(page) < limit:
            break
    assert sorted(found) == [track.id for track in tracks if model(query, track)]
    assert library.tracks.ids(str(query)) == found


def test_a_title_that_begins_with_the_words_must_hold_the_phrase_too(library: Catalogue) -> None:
    assert library.tracks.search("love")
    assert library.tracks.search('love "!!!"') == ()
    assert all("tender" in row.title.lower() for row in library.tracks.search('love "me tender"'))


def test_an_order_that_is_named_goes_before_the_one_in_the_text(library: Catalogue) -> None:
    search = library.tracks.search
    by_year = search("love", sort="year", limit=200)
    assert search("love sort:-title", sort="year", limit=200) == by_year
    assert search("love sort:year", limit=200) == by_year
    assert search("love sort:-year", descending=False, limit=200) == by_year
    assert search("love sort:year", descending=True) == search("love", sort="year", descending=True)
    assert by_year != search("love", limit=200)
    assert search("") == search("sort:artist") == library.tracks.list()


def test_a_page_may_begin_after_a_track_that_no_longer_fits(
    library: Catalogue, tracks: list[Track]
) -> None:
    everything = library.tracks.ids("sort:title")
    jazz = library.tracks.ids("genre:jazz sort:title")
    place = next(n for n, id_ in enumerate(everything[50:], 50) if id_ not in jazz)
    after = everything[place]
    rest = [id_ for id_ in everything[place:] if id_ in jazz]
    page = library.tracks.search("genre:jazz sort:title", 200, after=after)
    assert [row.id for row in page] == rest[:200]
    with pytest.raises(NotFoundError, match="no track 999"):
        library.tracks.search("genre:jazz", after=999)
    with pytest.raises(NotFoundError, match="no track 999"):
        library.tracks.search("love", after=999)


NASTY = ("'; DROP TABLE tracks; --", '"', "%", "_", "\\", "$limit", "$f0", "a\0b", "\udcff", "{0}",
         "a" * 10_000, "😀", "שלום", "\u202eabc", "\ufeff", "\u0301", "0x" + "f" * 99)  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_whatever_is_typed_is_refused_by_name_or_is_only_text(
    library: Catalogue, text: str
) -> None:
    quoted = Query((Word(text, quoted=True),))
    asked = [text, str(quoted), f"-{quoted}", f"sort:{text}", f"{text}:1", f"is:{text}"]
    for name in (*TEXTS, *NUMBERS, *DATES, "has"):
        asked += [str(Condition(name, sign, (text,))) for sign in (":", "=", "<")]
    count = library.tracks.count()
    for one in asked:
        for call in (library.tracks.search, library.tracks.count, library.tracks.suggest):
            with suppress(ParameterError):
                call(one)
    assert library.tracks.count() == count


def test_ids_and_many_tracks_are_given_in_order(library: Catalogue) -> None:
    tracks = library.tracks
    ids = tracks.ids("sort:-duration")
    assert len(ids) == tracks.count()
    assert tracks.ids("sort:-duration", 7) == ids[:7]
    for some in (ids, ids[::-1], [ids[3], ids[1], ids[3]], []):
        assert [row.id for row in tracks.get_many(some)] == some
    assert [row.id for row in tracks.get_many([5, 10**9, 3])] == [5, 3]
    assert tracks.get_many(iter([3])) == (tracks.get(3),)


@pytest.mark.parametrize("limit", [0, -1, 1_000_001, True, 2.0, None])
def test_ids_are_asked_for_in_whole_numbers(library: Catalogue, limit: Any) -> None:
    with pytest.raises(ParameterError, match="limit="):
        library.tracks.ids("", limit)


@pytest.mark.parametrize(
    "ids", [[-1], [True], ["1"], [2**63], [1.0], [None], None, 7, range(10_001)]
)
def test_many_tracks_are_asked_for_by_ids(library: Catalogue, ids: Any) -> None:
    with pytest.raises(ParameterError, match="track_ids"):
        library.tracks.get_many(ids)


@pytest.mark.parametrize("after", [-1, True, "1", 2**63, 1.0])
def test_a_page_begins_after_an_id(library: Catalogue, after: Any) -> None:
    for call in (library.tracks.list, lambda after: library.tracks.search("love", after=after)):
        with pytest.raises(ParameterError, match="after="):
            call(after=after)


@pytest.mark.parametrize("descending", [1, "yes", 0])
def test_a_direction_is_true_or_false(library: Catalogue, descending: Any) -> None:
    with pytest.raises(ParameterError, match="descending="):
        library.tracks.list(descending=descending)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bjrok", "bjork"),
        ("mlies", "miles"),
        ("miles dvais", "miles davis"),
        ("jaz miels", "jaz miles"),
        ("artist:bahc", "artist:bach"),
        ("-live mlies", "miles -live"),
        ('"kind of bleu"', '"kind of blue"'),
        ("tendre", "tender"),
        ("bachmn", "bachman"),
        ("greatset hist", "greatest hits"),
        ("tendr year:1900..2020", "tender year:1900..2020"),
    ],
)
def test_a_misspelt_word_is_understood(library: Catalogue, typed: str, meant: str) -> None:
    assert library.tracks.count(typed) == 0
    assert library.tracks.suggest(typed) == meant
    assert library.tracks.search(meant)


@pytest.mark.parametrize(
    "text", ["", "love", "qqqqqq", "xq", "zzz", "mlies year:3000", "bach love q8w"]
)
def test_nothing_is_suggested_for_what_is_there_or_like_nothing(
    library: Catalogue, text: str
) -> None:
    assert library.tracks.suggest(text) is None


def test_a_thousand_letters_are_like_nothing(library: Catalogue) -> None:
    assert library.tracks.suggest("bach" * 2_500) is None
    assert library.tracks.suggest(" ".join(f"bahc{n}" for n in range(32))) is None
    assert parse("bach") == parse(str(parse(" bach ")))
