"""What was measured of a track: read from the catalogue, else measured, once, and stored."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import ParameterError

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile
    from auralis_lab.io.source import AudioSource

__all__ = ["Measured", "read_profile"]


class Measured:
    """The profile of one track, remembered once it is known.

    Parameters
    ----------
    catalogue : Catalogue
        Where profiles are kept.
    content_key : str
        Of the track's audio.
    path : Path
        Its file.
    open_source : callable
        Opens the file to be measured.

    Attributes
    ----------
    known : Profile or None
        What is known without looking.

    Notes
    -----
    All tracks of one content share a lock, so that no two threads of a process measure it at once.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        content_key: str,
        path: Path,
        open_source: Callable[[], AudioSource],
    ) -> None:
        self._catalogue = catalogue
        self._content_key = content_key
        self._path = path
        self._open_source = open_source
        self.known: Profile | None = None
        self._lock = _lock_of(content_key)

    @property
    def at_hand(self) -> Profile | None:
        """The profile as far as it is known already; with band envelopes if they are kept."""
        known = self.known
        if known is None or known.envelopes is None:
            known = self.known = self._stored() or known
        return known

    def profile(self) -> Profile:
        """Return the profile, with the band envelopes if they are still kept."""
        known = self.known
        if known is None:
            with self._lock:
                known = self.known = self.known or self._stored() or self._measure(None)
        return known

    def over_time(self, on_progress: Callable[[float], None] | None = None) -> Profile:
        """Return the profile with its band envelopes, measured again where they are missing.

        Parameters
        ----------
        on_progress : callable, optional
            See :func:`auralis_lab.analysis.profile.measure`.
        """
        with self._lock:
            known = self.at_hand
            if known is None or known.envelopes is None:
                known = self.known = self._measure(on_progress)
            return known

    def _stored(self) -> Profile | None:
        from auralis_lab.analysis.envelopestore import EnvelopeStore

        text = self._catalogue.profiles.get(self._content_key)
        profile = None if text is None else read_profile(text)
        if profile is None:
            return None
        return replace(profile, envelopes=EnvelopeStore().get(self._content_key))

    def _measure(self, on_progress: Callable[[float], None] | None) -> Profile:
        from auralis_lab.analysis.envelopestore import EnvelopeStore
        from auralis_lab.analysis.fingerprint import measures
        from auralis_lab.analysis.profile import measure
        from auralis_lab.io.payload import audio_key

        key = audio_key(self._path)
        with self._open_source() as source:
            profile = measure(source, on_progress=on_progress)
        self._catalogue.profiles.put(
            key,
            profile.to_json(),
            version=profile.version,
            measures=measures(profile),
            duration_s=profile.duration_s,
        )
        if profile.envelopes is not None:
            EnvelopeStore().put(key, profile.envelopes)
        return profile


def read_profile(text: str) -> Profile | None:
    """Read a stored profile; ``None`` if it is of another version and must be measured again."""
    from auralis_lab.analysis.profile import Profile

    try:
        return Profile.from_json(text)
    except ParameterError:
        return None


def _lock_of(content_key: str) -> threading.Lock:
    with _locks_lock:
        lock = _locks.get(content_key)
        if lock is None:
            lock = _locks[content_key] = threading.Lock()
        return lock


_locks: weakref.WeakValueDictionary[str, threading.Lock] = weakref.WeakValueDictionary()
_locks_lock = threading.Lock()
