"""What is in the demo library: every piece with its place, its tags, its format.

The masterings differ on purpose, so that every preset of the enhancement finds something to do;
`Piece.mastering` says how. Titles, artists and albums are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

__all__ = ["PIECES", "Piece"]

DATE = "2026"


@dataclass(frozen=True)
class Piece:
    """One piece of the library.

    Parameters
    ----------
    module : str
        Module of :mod:`auralis_lab.demo.pieces` that plays it.
    path : str
        Place in the library: ``Artist/Album/NN Title.suffix``.
    title, artist, album, album_artist, genre : str
    track_number, track_total : int
    rate_hz, channels : int
    bits : int or None
        Bits per sample; None for lossy formats.
    bpm : int or None
        Tempo in beats a minute, where there is a steady one.
    cover : str
        Name of the picture.
    cover_encoding : {'JPEG', 'PNG'}
    folder_picture : bool
        Whether the picture also stands beside the file as ``folder.jpg``.
    mastering : str
        How it sounds, in a few words.
    """

    module: str
    path: str
    title: str
    artist: str
    album: str
    album_artist: str
    genre: str
    cover: str
    mastering: str
    rate_hz: int = 44_100
    channels: int = 2
    bits: int | None = None
    bpm: int | None = None
    track_number: int = 1
    track_total: int = 1
    compilation: bool = False
    cover_encoding: str = "JPEG"
    folder_picture: bool = False

    @property
    def file_name(self) -> str:
        """Last part of `path`."""
        return PurePosixPath(self.path).name


PIECES = (
    Piece(
        module="nocturne",
        path="Sólrún Ævarsdóttir/Næturljóð/01 Ljós í glugga.flac",
        title="Ljós í glugga",
        artist="Sólrún Ævarsdóttir",
        album="Næturljóð",
        album_artist="Sólrún Ævarsdóttir",
        genre="Classical",
        cover="night",
        mastering="very wide dynamics, quiet on the whole",
        bits=24,
        track_total=2,
    ),
    Piece(
        module="chorale",
        path="Sólrún Ævarsdóttir/Næturljóð/02 Sálmur úr djúpinu.wav",
        title="Sálmur úr djúpinu",
        artist="Sólrún Ævarsdóttir",
        album="Næturljóð",
        album_artist="Sólrún Ævarsdóttir",
        genre="Classical",
        cover="night",
        mastering="slow swells, soft treble",
        bits=24,
        track_number=2,
        track_total=2,
    ),
    Piece(
        module="house",
        path="Various Artists/Bench Sessions, Vol. 1/01 Copper Floor.mp3",
        title="Copper Floor",
        artist="Nora Vexley",
        album="Bench Sessions, Vol. 1",
        album_artist="Various Artists",
        genre="House",
        cover="tiles",
        mastering="loud, against a brick wall",
        bpm=124,
        track_total=3,
        compilation=True,
    ),
    Piece(
        module="breakbeat",
        path="Various Artists/Bench Sessions, Vol. 1/02 Under the Stairs.flac",
        title="Under the Stairs",
        artist="Kestrel Nine",
        album="Bench Sessions, Vol. 1",
        album_artist="Various Artists",
        genre="Drum & Bass",
        cover="tiles",
        mastering="an unmastered mix, quiet, with all its transients",
        bits=16,
        bpm=172,
        track_number=2,
        track_total=3,
        compilation=True,
    ),
    Piece(
        module="chiptune",
        path="Various Artists/Bench Sessions, Vol. 1/03 Saturday Sprites.ogg",
        title="Saturday Sprites",
        artist="Pixel Harbour",
        album="Bench Sessions, Vol. 1",
        album_artist="Various Artists",
        genre="Chiptune",
        cover="tiles",
        mastering="bright and harsh, loud",
        bpm=140,
        track_number=3,
        track_total=3,
        compilation=True,
    ),
    Piece(
        module="waltz",
        path="Fenwick & Dell/Kitchen Waltzes/04 The Kettle and the Crow.ogg",
        title="The Kettle and the Crow",
        artist="Fenwick & Dell",
        album="Kitchen Waltzes",
        album_artist="Fenwick & Dell",
        genre="Folk",
        cover="petals",
        cover_encoding="PNG",
        mastering="mono and thin, as from one old microphone",
        channels=1,
        bpm=152,
        track_number=4,
        track_total=11,
    ),
    Piece(
        module="jazz",
        path="Trio Halvard/Low Light/07 Lamp Left Burning.flac",
        title="Lamp Left Burning",
        artist="Trio Halvard",
        album="Low Light",
        album_artist="Trio Halvard",
        genre="Jazz",
        cover="lamp",
        folder_picture=True,
        mastering="dark and boomy",
        rate_hz=48_000,
        bits=16,
        bpm=132,
        track_number=7,
        track_total=8,
    ),
    Piece(
        module="drone",
        path="硝子灯台/水の庭/01 霧の朝.flac",
        title="霧の朝",
        artist="硝子灯台",
        album="水の庭",
        album_artist="硝子灯台",
        genre="Ambient",
        cover="water",
        mastering="as wide as two channels allow, high sample rate",
        rate_hz=96_000,
        bits=24,
    ),
)
