"""The demo library as files: rendered, encoded, tagged, each written whole or not at all.

A manifest in the folder remembers what is complete, so that a second call is quick and one that was
interrupted is continued.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from auralis_lab.audio import Audio
from auralis_lab.demo.cover import draw_cover
from auralis_lab.demo.programme import DATE, PIECES, Piece
from auralis_lab.errors import DecodeError, EncodeError

__all__ = ["MANIFEST", "render_piece", "write_demo_library"]

VERSION = 1
MANIFEST = ".auralis-demo.json"
LOCK = ".auralis-demo.lock"
LICENCE = "Public domain (CC0 1.0): synthesised by auralis_lab; use it for anything."
QUALITY = 0.8
STALE_PART_S = 3600.0


@dataclass(frozen=True)
class Written:
    """What the manifest knows of a complete file."""

    bytes: int
    frames: int


def write_demo_library(
    folder: str | os.PathLike[str],
    *,
    on_progress: Callable[[float], None] | None = None,
    overwrite: bool = False,
) -> tuple[Path, ...]:
    """Make the demo library, or what is missing of it.

    Parameters
    ----------
    folder : path-like
        Where it goes, as ``Artist/Album/NN Title.suffix``; made when absent. Files that are not
        part of the library are left alone.
    on_progress : callable, optional
        Called with the share that is done, 0..1, before the first and after every piece.
    overwrite : bool
        Make every file anew. Otherwise a complete file of this version is kept, also when its
        tags were edited.

    Returns
    -------
    paths : tuple of Path
        The eight audio files in the order of the programme.

    Raises
    ------
    EncodeError
        If the folder cannot be written to or the disk is full; complete files stay, and the next
        call goes on from there.
    """
    root = Path(folder)
    done = _read_manifest(root)
    report = on_progress or (lambda share: None)
    paths = []
    report(0.0)
    for number, piece in enumerate(PIECES, start=1):
        path = root / piece.path
        if overwrite or not _is_there(path, done.get(piece.path)):
            with _alone(root):
                done |= _read_manifest(root)
                entry = done.get(piece.path)
                if overwrite or entry is None or not _is_complete(path, _size(path), entry):
                    done[piece.path] = _write_piece(piece, path)
                else:  # its tags were edited, or another run has written it meanwhile
                    done[piece.path] = Written(_size(path), entry.frames)
                _write_manifest(root, done)
        paths.append(path)
        report(number / len(PIECES))
    return tuple(paths)


def render_piece(piece: Piece) -> Audio:
    """Play one piece of the programme; the same samples on every call.

    Returns
    -------
    audio : ndarray, shape (piece.channels, frames)
    """
    player = import_module(f"auralis_lab.demo.pieces.{piece.module}")
    audio: Audio = player.render(piece.rate_hz)
    return audio


def _write_piece(piece: Piece, path: Path) -> Written:
    from auralis_lab.io.sink import AudioSink, Encoding, encoding_for
    from auralis_lab.io.tags import Picture, Tags

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EncodeError(path, error.strerror or str(error)) from error
    _remove_stale_parts(path)
    audio = render_piece(piece)
    picture = draw_cover(piece.cover, encoding=piece.cover_encoding)
    tags = Tags(
        title=piece.title,
        artists=(piece.artist,),
        album=piece.album,
        album_artist=piece.album_artist,
        date=DATE,
        genres=(piece.genre,),
        track_number=piece.track_number,
        track_total=piece.track_total,
        comment=LICENCE,
        bpm=piece.bpm,
        compilation=piece.compilation,
    )
    encoding: Encoding = encoding_for(path, source_bits=piece.bits, quality=QUALITY)
    with AudioSink(
        path,
        rate_hz=piece.rate_hz,
        channels=piece.channels,
        encoding=encoding,
        overwrite=True,
        tags=tags,
        pictures=(Picture(picture, f"image/{piece.cover_encoding.lower()}"),),
    ) as sink:
        sink.write(audio)
    if piece.folder_picture:
        _write_whole(path.with_name("folder.jpg"), draw_cover(piece.cover))
    return Written(_size(path), audio.shape[1])


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Let one run write at a time, so that none makes what another is making."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise EncodeError(root, error.strerror or str(error)) from error
    try:
        with contextlib.suppress(OSError):  # where there are no locks, it is made twice at worst
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_there(path: Path, entry: Written | None) -> bool:
    """Whether a file is as it was written, by its size."""
    return entry is not None and _size(path) == entry.bytes


def _size(path: Path) -> int:
    """Bytes of a file, -1 when there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _is_complete(path: Path, size: int, entry: Written) -> bool:
    """Whether a file is as it was written, or holds all its frames still (its tags were edited)."""
    if size in (-1, entry.bytes):
        return size != -1
    from auralis_lab.io.forward import ForwardSource

    try:
        with ForwardSource(path) as source:
            frames = 0
            while (got := source.read(frames, 1 << 16).shape[1]) > 0:
                frames += got
        return frames == entry.frames
    except DecodeError:
        return False


def _read_manifest(root: Path) -> dict[str, Written]:
    """Complete files of this version; empty when the manifest is missing or broken."""
    try:
        manifest = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
        if manifest["version"] != VERSION:
            return {}
        return {name: Written(**entry) for name, entry in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write_manifest(root: Path, done: dict[str, Written]) -> None:
    manifest = {"version": VERSION, "files": {name: asdict(entry) for name, entry in done.items()}}
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    _write_whole(root / MANIFEST, text.encode("utf-8"))


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise EncodeError(path, error.strerror or str(error)) from error


def _remove_stale_parts(path: Path) -> None:
    """Clear away what a run that was killed left of this file, unless another run may write it."""
    for part in path.parent.iterdir():
        name = part.name
        if name.startswith(f".{path.name}.") and name.endswith(".part"):
            try:
                if time.time() - part.stat().st_mtime > STALE_PART_S:
                    part.unlink()
            except OSError:  # another run was quicker
                continue
