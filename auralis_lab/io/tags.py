"""Tags and pictures of audio files, the same for every container.

ID3 (MP3, WAV, AIFF, DSF, DSDIFF, TTA), Vorbis comments (FLAC, Ogg Vorbis, Opus, FLAC, Speex), MP4
boxes, APEv2, ASF, ID3v1 and RIFF INFO are read; where a file holds several, the later ones fill
what the first does not say. New files are written in the containers that can be exported to; the
tags of files that exist are changed by :mod:`auralis_lab.io.tagedit`. Text is cleaned: no NUL or
control characters, white space folded, at most 65,536 characters. ReplayGain is read but left
behind when tags are written: a new file has a loudness of its own.
"""

from __future__ import annotations

import os

from auralis_lab.errors import EncodeError
from auralis_lab.io.tagdata import Picture, Tags
from auralis_lab.io.tagreading import load
from auralis_lab.io.tagwriting import save

__all__ = ["Picture", "Tags", "read_pictures", "read_tags", "write_tags"]


def read_tags(path: str | os.PathLike[str]) -> Tags:
    """Read the tags of a file.

    Parameters
    ----------
    path : path-like
        An audio file; what it is, is told from its content.

    Returns
    -------
    tags : Tags
        Fields that are absent or mean nothing are None or empty. Tags that cannot be read never
        raise: `Tags.problem` says what is wrong, and the rest is kept.
    """
    return load(path)[0]


def read_pictures(path: str | os.PathLike[str]) -> tuple[Picture, ...]:
    """Read the embedded pictures of a file, front covers first; none if they cannot be read."""
    return load(path, with_pictures=True)[1]


def write_tags(
    path: str | os.PathLike[str], tags: Tags, pictures: tuple[Picture, ...] = ()
) -> None:
    """Replace the tags and pictures of a file.

    Meant for a file that has just been written and has no name yet: the change is made in place.
    A WAV file of more than 4 GiB (RF64) has no place for tags and is left as it is.

    Raises
    ------
    EncodeError
        If the container holds no tags known here, or they cannot be written.
    """
    try:
        save(path, tags, pictures)
    except EncodeError:
        raise
    except Exception as error:  # mutagen raises whatever a malformed file leads it to
        reason = str(error).strip().rstrip(".") or type(error).__name__
        raise EncodeError(path, f"its tags cannot be written ({reason})") from error
