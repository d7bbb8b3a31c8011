"""A process that measures one file at a time: ``python -m auralis_lab.jobs.measuring``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from auralis_lab.catalogue.scanning.workers import Worker, serve, tried
from auralis_lab.catalogue.sound.profiles import Measurement, UnmeasuredFile
from auralis_lab.catalogue.text import path_from_text
from auralis_lab.errors import DecodeError

__all__ = ["Measurer", "Request", "measure_file", "try_measure_file"]

NICENESS = 10
"""Whoever listens meanwhile comes first."""

PATIENCE_S = 120.0
LONGEST_S = 7_200.0
LEAST_BYTES_PER_S = 4_000


@dataclass(frozen=True, slots=True)
class Request:
    """A file to be measured.

    Attributes
    ----------
    content_key : str
        Of the audio it is to hold.
    file : UnmeasuredFile
    duration_s : float or None
        As announced.
    """

    content_key: str
    file: UnmeasuredFile
    duration_s: float | None


class Measurer(Worker[Request, Measurement]):
    """One process that measures files."""

    module = __name__

    def patience_s(self, requests: Sequence[Request]) -> float:
        """Return how long to wait: somewhat more than it takes to listen, within reason."""
        lengths_s = (r.duration_s or r.file.file_bytes / LEAST_BYTES_PER_S for r in requests)
        return PATIENCE_S + sum(min(length_s, LONGEST_S) for length_s in lengths_s)


def try_measure_file(request: Request) -> Measurement | str:
    """Measure a file, or say in one line why that cannot be done."""
    return tried(measure_file, request)


def measure_file(request: Request) -> Measurement:
    """Measure a file that still holds the audio it held when it was scanned.

    Its band envelopes go into the store of envelopes, under the content key.

    Raises
    ------
    DecodeError
        If it is gone, holds other audio or none, was cut short, cannot be decoded, or changes
        meanwhile.
    """
    from auralis_lab.analysis.envelopestore import EnvelopeStore
    from auralis_lab.analysis.fingerprint import measures
    from auralis_lab.analysis.profile import measure
    from auralis_lab.io.payload import audio_key
    from auralis_lab.io.source import AudioSource

    path = path_from_text(request.file.path)
    before = _state(path)
    if (
        before != (request.file.file_bytes, request.file.mtime_ns)
        and audio_key(path) != request.content_key
    ):
        raise DecodeError(path, "holds other audio than when it was scanned")
    with AudioSource(path) as source:
        profile = measure(source)
        source.require_whole()
    if profile.frames == 0:
        raise DecodeError(path, "holds no audio")
    if _state(path) != before:
        raise DecodeError(path, "changed while it was measured")
    if profile.envelopes is not None:
        EnvelopeStore().put(request.content_key, profile.envelopes)
    return Measurement(
        request.content_key,
        profile.to_json(),
        profile.version,
        measures(profile),
        profile.duration_s,
    )


def _state(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        raise DecodeError(path, (getattr(error, "strerror", None) or str(error)).lower()) from error
    return status.st_size, status.st_mtime_ns


if __name__ == "__main__":
    os.nice(NICENESS)
    serve(try_measure_file)
