"""Tags are changed and nothing else is; a change can be undone; a refused one changes nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.errors import EncodeError, ParameterError
from auralis_lab.io.payload import audio_key
from auralis_lab.io.source import AudioSource
from auralis_lab.io.tagedit import EDITABLE, FieldValue, TagChange, prepare
from auralis_lab.io.tags import Picture, Tags, read_pictures, read_tags
from tests.thorough import tries

from .containers import CONTAINERS, DECODABLE, make
from .rawtags import add_rare_tags, dump
from .test_tagreading import tag_as_others_do

Noise = Callable[..., Audio]
TAGGED = [kind for kind in CONTAINERS if kind != "aac"]
JPEG = Picture(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 300, "image/jpeg")
PNG = Picture(b"\x89PNG\r\n\x1a\n" + bytes(500), "image/png", 4, "hinten")
EVERYTHING: dict[str, FieldValue] = {
    "title": "Neu 🎺 חדש",
    "artist": "X feat. Y & Z",
    "artists": ("X", "Y", "Z"),
    "album": "Al" * 5_000,
    "album_artist": "Verschiedene",
    "date": "1999-06-12",
    "genres": ("Jazz", "Eigenes"),
    "track_number": 3,
    "track_total": 12,
    "disc_number": 1,
    "disc_total": 2,
    "composer": "C; D",
    "comment": "a\nb",
    "bpm": 96.5,
    "compilation": True,
    "lyrics": "[00:01.00]x\n[00:02.00]y",
    "mb_recording_id": "r",
    "mb_track_id": "t",
    "mb_album_id": "a",
    "mb_release_group_id": "g",
    "mb_artist_ids": ("1", "2"),
    "mb_album_artist_ids": ("3",),
}
RAW_NAMES = {
    "title": ("TIT2", "title", "\xa9nam", "Title"),
    "album": ("TALB", "album", "\xa9alb", "WM/AlbumTitle", "Album"),
    "mb_artist_ids": (
        "TXXX:MusicBrainz Artist Id",
        "musicbrainz_artistid",
        "----:com.apple.iTunes:MusicBrainz Artist Id",
        "musicbrainz/artist id",
        "MUSICBRAINZ_ARTISTID",
    ),
}


def edit(path: Path, change: TagChange) -> TagChange:
    """Change a file, see that nothing is left beside it, and return what undoes it."""
    with prepare(path, change) as prepared:
        prepared.commit()
    assert not [p for p in path.parent.iterdir() if p.name.startswith(".")]
    return prepared.before


@pytest.fixture
def tagged(noise: Noise, tmp_path: Path) -> Callable[[str], Path]:
    def make_tagged(kind: str) -> Path:
        path = make(tmp_path, kind, noise(20_000))
        tag_as_others_do(path)
        add_rare_tags(path)
        return path

    return make_tagged


def test_every_editable_field_is_tried_here() -> None:
    assert set(EVERYTHING) == set(EDITABLE)
    derived = {"featured", "lyrics_synced", "problem"}
    gains = {f.name for f in dataclasses.fields(Tags) if f.name.startswith("rg_")}
    assert {f.name for f in dataclasses.fields(Tags)} - derived - gains == set(EDITABLE)


@pytest.mark.parametrize("kind", TAGGED)
def test_everything_is_changed_in_a_file_without_tags_and_undone(
    kind: str, noise: Noise, tmp_path: Path
) -> None:
    path = make(tmp_path, kind, noise(20_000))
    key, raw = audio_key(path), dump(path)
    before = edit(path, TagChange(EVERYTHING, (JPEG, PNG)))
    tags = read_tags(path)
    for field, value in EVERYTHING.items():
        assert getattr(tags, field) == value, field
    assert (tags.featured, tags.lyrics_synced) == (("Y", "Z"), True)
    assert read_pictures(path) == (JPEG, PNG)
    assert audio_key(path) == key
    edit(path, before)
    assert read_tags(path) == Tags()
    assert read_pictures(path) == ()
    assert audio_key(path) == key
    assert {name: v for name, v in dump(path).items() if v} == {n: v for n, v in raw.items() if v}


@pytest.mark.parametrize("kind", TAGGED)
def test_what_is_not_named_stays_as_it_is(kind: str, tagged: Callable[[str], Path]) -> None:
    path = tagged(kind)
    tags, pictures, key, raw = read_tags(path), read_pictures(path), audio_key(path), dump(path)
    assert raw
    fields: dict[str, FieldValue] = {"title": "Neu", "mb_artist_ids": ("x",)}
    before = edit(path, TagChange(fields))
    assert read_tags(path) == dataclasses.replace(tags, title="Neu", mb_artist_ids=("x",))
    assert read_pictures(path) == pictures
    assert [p.kind for p in read_pictures(path)] == [p.kind for p in pictures]
    meant = {name.lower() for field in fields for name in RAW_NAMES[field]}
    after = dump(path)
    assert {n: v for n, v in raw.items() if n.lower() not in meant} == {
        n: v for n, v in after.items() if n.lower() not in meant
    }
    edit(path, before)
    assert read_tags(path) == tags
    assert dump(path) == raw
    assert audio_key(path) == key


@pytest.mark.parametrize("kind", TAGGED)
def test_removing_and_undoing_leads_back(kind: str, tagged: Callable[[str], Path]) -> None:
    path = tagged(kind)
    tags, pictures, key = read_tags(path), read_pictures(path), audio_key(path)
    gains = [f.name for f in dataclasses.fields(Tags) if f.name.startswith("rg_")]
    before = edit(path, TagChange(dict.fromkeys(EDITABLE), ()))
    assert read_tags(path) == Tags(**{name: getattr(tags, name) for name in gains})
    assert read_pictures(path) == ()
    again = edit(path, before)
    assert read_tags(path) == tags
    assert read_pictures(path) == pictures
    if "m4a" not in kind and kind != "wma":
        assert [p.kind for p in read_pictures(path)] == [p.kind for p in pictures]
    edit(path, again)
    assert read_tags(path) == Tags(**{name: getattr(tags, name) for name in gains})
    assert audio_key(path) == key


@pytest.mark.parametrize("kind", DECODABLE)
def test_the_samples_stay_the_same(kind: str, tagged: Callable[[str], Path]) -> None:
    path = tagged(kind)
    if kind == "tta":
        edit(path, TagChange(dict.fromkeys(EDITABLE)))
        return  # with ID3 before it no decoder here knows it
    with AudioSource(path) as source:
        samples = np.concatenate(list(source.blocks(4_096)), axis=1)
    edit(path, TagChange({"album": "x" * 60_000}, (JPEG, JPEG, PNG)))
    with AudioSource(path) as source:
        assert np.array_equal(np.concatenate(list(source.blocks(4_096)), axis=1), samples)


@pytest.mark.parametrize("kind", ["mp3", "flac", "ogg", "m4a", "wv", "wma", "wav"])
def test_one_half_of_a_pair_leaves_the_other(kind: str, tagged: Callable[[str], Path]) -> None:
    path = tagged(kind)
    edit(path, TagChange({"track_number": 3, "track_total": 12, "disc_total": 2}))
    assert read_tags(path).disc_number is None
    edit(path, TagChange({"track_number": 4}))
    edit(path, TagChange({"disc_number": 1}))
    tags = read_tags(path)
    places = (tags.track_number, tags.track_total, tags.disc_number, tags.disc_total)
    assert places == (4, 12, 1, 2)
    edit(path, TagChange({"track_total": None, "disc_number": None}))
    tags = read_tags(path)
    places = (tags.track_number, tags.track_total, tags.disc_number, tags.disc_total)
    assert places == (4, None, None, 2)


@pytest.mark.parametrize("kind", ["mp3", "flac", "m4a", "wv", "wma"])
@pytest.mark.parametrize(
    ("fields", "artist", "artists", "featured"),
    [
        ({"artist": "C ft. D"}, "C ft. D", ("C", "D"), ("D",)),
        ({"artists": ["C", "D"]}, "C, D", ("C", "D"), ()),
        ({"artist": "C & D", "artists": ["C", "D"]}, "C & D", ("C", "D"), ()),
        ({"artist": "C & D", "artists": []}, "C & D", ("C & D",), ()),
        ({"artist": None}, None, (), ()),
        ({"artists": ()}, None, (), ()),
        ({"artists": ["A", "AC/DC"]}, "A, AC/DC", ("A", "AC/DC"), ()),
        ({"artist": "C", "title": "T (feat. D)"}, "C", ("C", "D"), ("D",)),
    ],
)
def test_credit_and_names_belong_together(
    kind: str,
    fields: dict[str, Any],
    artist: str | None,
    artists: tuple[str, ...],
    featured: tuple[str, ...],
    tagged: Callable[[str], Path],
) -> None:
    path = tagged(kind)
    tags = read_tags(path)
    before = edit(path, TagChange(fields))
    found = read_tags(path)
    assert (found.artist, found.artists, found.featured) == (artist, artists, featured)
    edit(path, before)
    assert read_tags(path) == tags


def test_a_guest_in_a_new_title_is_an_artist(tagged: Callable[[str], Path]) -> None:
    path = tagged("flac")
    before = edit(path, TagChange({"title": "Tune (feat. C)"}))
    assert read_tags(path).artist == "A feat. B"
    assert "C" in read_tags(path).title  # type: ignore[operator]
    edit(path, before)
    assert read_tags(path).artists == ("A", "B")


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
NAMES = st.lists(st.sampled_from(["A", "B", "C", "AC/DC", "E, W & F"]), max_size=3, unique=True)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.none() | TEXTS,
    "artist": st.none() | st.sampled_from(["A", "A feat. B", "A, B", "E, W & F ft. C", "B; C"]),
    "artists": NAMES,
    "album": st.none() | TEXTS,
    "date": st.none() | st.sampled_from(["1999", "1999-06", "1999-06-12", "Sommer"]),
    "genres": st.lists(st.sampled_from(["Jazz", "17", "Own", "(8)"]), max_size=3, unique=True),
    "track_number": st.none() | st.integers(1, 999_999),
    "track_total": st.none() | st.integers(1, 65_535),
    "composer": st.none() | TEXTS,
    "comment": st.none() | TEXTS,
    "bpm": st.none() | st.sampled_from([1, 96, 96.5, 96.123456, 1000.0]),
    "compilation": st.none() | st.booleans(),
    "lyrics": st.none() | st.sampled_from(["La\nla", "[00:01.00]La", " "]),
    "mb_artist_ids": NAMES,
}
CHANGES = st.dictionaries(st.sampled_from(sorted(FIELDS)), st.none(), max_size=5).flatmap(
    lambda names: st.fixed_dictionaries({name: FIELDS[name] for name in names})
)


@pytest.mark.parametrize("kind", ["mp3", "flac", "ogg", "m4a", "wv", "wma", "wav"])
@settings(
    max_examples=tries(8),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=st.lists(CHANGES, min_size=1, max_size=4))
def test_any_changes_undone_in_turn_lead_back(
    kind: str, changes: list[dict[str, Any]], noise: Noise, tmp_path: Path
) -> None:
    path = tmp_path / f"made.{kind}"
    if not path.exists():
        path = make(tmp_path, kind, noise(3_000))
        tag_as_others_do(path)
    states, steps = [read_tags(path)], []
    for fields in changes:
        with prepare(path, TagChange(fields)) as prepared:
            prepared.commit()
        steps.append(prepared.before)
        tags = read_tags(path)
        for name, value in TagChange(fields).fields.items():
            if name not in prepared.untouched and not name.startswith("artist"):
                assert getattr(tags, name) == (value if value is not None else Tags.__dict__[name])
        states.append(tags)
    for before, tags in zip(reversed(steps), reversed(states[:-1]), strict=True):
        edit(path, before)
        assert read_tags(path) == tags


@pytest.mark.parametrize(
    ("kind", "fields", "left"),
    [
        ("mp3", {"date": "Summer of 1999", "title": "x"}, ("date",)),
        ("mp3", {"genres": ("17",)}, ("genres",)),
        ("m4a", {"track_number": 70_000, "album": "x"}, ("track_number",)),
        ("m4a", {"disc_total": 70_000}, ("disc_total",)),
        ("flac", {"date": "Summer of 1999", "genres": ("17",)}, ()),
    ],
)
def test_what_a_container_cannot_hold_is_named_and_left(
    kind: str, fields: dict[str, FieldValue], left: tuple[str, ...], tagged: Callable[[str], Path]
) -> None:
    path = tagged(kind)
    tags = read_tags(path)
    with prepare(path, TagChange(fields)) as prepared:
        assert prepared.untouched == left
        prepared.commit()
    for name, value in fields.items():
        expected = getattr(tags, name) if name in left else value
        assert getattr(read_tags(path), name) == expected
    assert not set(prepared.before.fields) & set(left)


def test_pictures_that_mp4_cannot_hold_are_left(tagged: Callable[[str], Path]) -> None:
    path = tagged("m4a")
    pictures = read_pictures(path)
    webp = Picture(b"RIFF\0\0\0\0WEBPVP8 ", "image/webp")
    with prepare(path, TagChange({"title": "x"}, (JPEG, webp))) as prepared:
        assert prepared.untouched == ("pictures",)
        prepared.commit()
    assert read_pictures(path) == pictures
    assert read_tags(path).title == "x"
    file: Any = mutagen.File(path)
    file["covr"] = [webp.data]
    file.save()
    with prepare(path, TagChange({}, (JPEG,))) as prepared:
        assert prepared.untouched == ("pictures",)  # else they could not come back


@pytest.mark.parametrize("kind", ["mp3", "flac", "ogg", "m4a", "wv", "wma", "wav", "aiff", "dsf"])
def test_wild_text_is_cleaned_and_written(kind: str, tagged: Callable[[str], Path]) -> None:
    path = tagged(kind)
    for text in ("x" * 10_000, "a\0b", "🎺" * 500, "\u202eשלום\u200f עולם", "\ud800x", "e\u0301"):
        wanted = TagChange(
            {"title": text, "comment": text, "lyrics": text, "artists": (text, text)}
        )
        edit(path, wanted)
        tags = read_tags(path)
        assert (tags.title, tags.comment) == (wanted.fields["title"], wanted.fields["comment"])
        assert tags.artists == wanted.fields["artists"]
    edit(path, TagChange({"title": "\0 \n"}))
    assert read_tags(path).title is None
    many = [f"G{n}" for n in range(256)]
    edit(path, TagChange({"genres": tuple(many)}))
    assert read_tags(path).genres == tuple(many)


@pytest.mark.parametrize(
    "fields",
    [
        {"rating": 5},
        {"": "x"},
        {"featured": ("x",)},
        {"title": 5},
        {"title": ("x",)},
        {"title": "x" * 70_000},
        {"genres": "Jazz"},
        {"genres": [1]},
        {"genres": ["x"] * 300},
        {"track_number": 0},
        {"track_number": -1},
        {"track_number": True},
        {"track_number": 1.5},
        {"track_number": 1_000_000},
        {"track_number": "3"},
        {"bpm": 0},
        {"bpm": float("nan")},
        {"bpm": True},
        {"bpm": "fast"},
        {"compilation": 1},
        {"lyrics": 1},
    ],
)
def test_values_of_the_wrong_kind_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        TagChange(fields)


@pytest.mark.parametrize(
    "pictures",
    [
        "x",
        (b"x",),
        (Picture(b"", "image/png"),),
        (Picture(b"x", "image/png", 21),),
        (JPEG,) * 300,
    ],
)
def test_pictures_of_the_wrong_kind_are_refused(pictures: Any) -> None:
    with pytest.raises(ParameterError):
        TagChange({}, pictures)


def test_real_recordings_are_edited_and_restored(shared_audio: Path, tmp_path: Path) -> None:
    files = [p for f in ("music", "formats") for p in sorted((shared_audio / f).iterdir())]
    for source in files:
        path = tmp_path / source.name
        path.write_bytes(source.read_bytes())
        tags, pictures, key, raw = read_tags(path), read_pictures(path), audio_key(path), dump(path)
        before = edit(path, TagChange(EVERYTHING, (JPEG, PNG)))
        assert read_tags(path).title == EVERYTHING["title"]
        edit(path, before)
        assert read_tags(path) == tags, path
        assert read_pictures(path) == pictures
        assert audio_key(path) == key
        restored = dump(path)
        lost = [n for n, v in raw.items() if n not in restored and v not in ([], ["''"])]
        assert all(name.startswith(("COMM", "TDAT")) for name in lost), lost
        path.unlink()


def test_broken_files_are_edited_soundly_or_left_alone(
    shared_audio: Path, malformed: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    files = [*(shared_audio / "robustness").glob("*/*"), *malformed[0].iterdir()]
    edited = 0
    for source in files:
        if not source.is_file() or source.stat().st_size > 300_000:
            continue
        path = tmp_path / source.name
        path.write_bytes(source.read_bytes())
        key, tags = audio_key(path), read_tags(path)
        try:
            edit(path, TagChange({"title": "Neu", "genres": ("Own",)}))
        except EncodeError:
            assert path.read_bytes() == source.read_bytes()
            assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
        else:
            edited += 1
            assert audio_key(path) == key
            expected = dataclasses.replace(tags, title="Neu", genres=("Own",))
            assert read_tags(path) == expected
        path.unlink()
    assert edited > 40


def test_several_values_of_many_pages_keep_an_ogg_whole(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "ogg", noise(20_000))
    key = audio_key(path)
    big = Picture(b"\xff\xd8\xff" + bytes(300_000), "image/jpeg")
    before = edit(path, TagChange({}, (big,)))
    for expected in ((big,), ()):
        assert read_pictures(path) == expected
        with path.open("rb") as file:
            numbers = []
            while True:
                try:
                    numbers.append(mutagen.ogg.OggPage(file).sequence)
                except EOFError:
                    break
        assert numbers == list(range(len(numbers)))
        edit(path, before)
    assert audio_key(path) == key
