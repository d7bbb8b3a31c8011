"""Stored measurements, one per content.

A profile belongs to the audio, not to a track: copies share it, and a file that is moved or tagged
anew keeps it. Its numbers are copied into the tracks' rows: filters and orders need no join.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auralis_lab.analysis.definitions import MEASURES
from auralis_lab.catalogue.listening.listening import check_limit
from auralis_lab.errors import ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Measurement", "Profiles", "UnmeasuredContent", "UnmeasuredFile"]

_LACKING = """
    missing_since IS NULL AND content_key NOT IN (
        SELECT content_key FROM profiles WHERE version = $version)"""
_SQL = {
    # In two steps, for else the texts of all profiles are read and not only those asked for.
    "places": "SELECT rowid FROM profiles WHERE content_key IN (SELECT key FROM asked_keys)",
    "get_many": """
        SELECT content_key, profile_json FROM profiles
        WHERE rowid IN (SELECT place FROM asked_places)""",
    "has": """
        SELECT content_key FROM profiles
        WHERE content_key IN (SELECT key FROM asked_keys)
            AND version = coalesce($version, version)""",
    "unmeasured_count": f"SELECT count(DISTINCT content_key) FROM tracks WHERE {_LACKING}",
    "unmeasured": f"""
        SELECT first_id, content_key, path, file_bytes, mtime_ns, frames / rate_hz
        FROM tracks JOIN (
            SELECT content_key, min(id) AS first_id FROM tracks WHERE {_LACKING}
            GROUP BY content_key HAVING min(id) > $after ORDER BY first_id LIMIT $limit
        ) USING (content_key)
        WHERE missing_since IS NULL ORDER BY first_id, id""",
    "drop": "DELETE FROM profiles WHERE content_key IN (SELECT content_key FROM measured)",
    "insert": "INSERT INTO profiles BY NAME SELECT * FROM measured",
    "affected": """
        SELECT id FROM tracks WHERE content_key IN (SELECT content_key FROM measured)""",
    "lift": """
        CREATE OR REPLACE TEMP TABLE lifted AS
        SELECT * FROM tracks WHERE id IN (SELECT id FROM affected)""",
    "drop_lifted": "DELETE FROM tracks WHERE id IN (SELECT id FROM affected)",
    "put_back": f"""
        INSERT INTO tracks BY NAME
        SELECT lifted.* REPLACE (version AS measured_version,
            {", ".join(f"measured.{name} AS {name}" for name in MEASURES)})
        FROM lifted JOIN measured USING (content_key)""",
    "drop_temp": "DROP TABLE lifted",
    "revise": "UPDATE revisions SET number = number + 1 WHERE name = 'features'",
}

MAX_PROFILES = 1_000
MAX_KEYS = 100_000
MAX_PAGE = 1_000
MAX_VERSION = (1 << 31) - 1
MAX_ID = (1 << 63) - 1
LARGEST = 3.0e38
"""Numbers are stored in single precision."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured of one content.

    Attributes
    ----------
    content_key : str
        Key of the audio it was measured from.
    profile_json : str
        The profile, opaque to the catalogue.
    version : int
        Of the profile's format.
    measures : mapping of str to float or None
        Its numbers by their names in `MEASURES`; one that is absent could not be measured.
    duration_s : float or None
        Length as counted.
    """

    content_key: str
    profile_json: str
    version: int
    measures: Mapping[str, float | None] = field(default_factory=dict)
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class UnmeasuredFile:
    """A file that holds the content, as the last scan found it; `path` is stored text."""

    path: str
    file_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class UnmeasuredContent:
    """A content that has no profile of the wanted version.

    Attributes
    ----------
    track_id : int
        The lowest id of the tracks that are there and hold it.
    content_key : str
    files : tuple of UnmeasuredFile
        Of all these tracks, that of `track_id` first.
    duration_s : float or None
        As announced.
    """

    track_id: int
    content_key: str
    files: tuple[UnmeasuredFile, ...]
    duration_s: float | None


class Profiles:
    """The measurements of a catalogue, one per content."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def get(self, content_key: str) -> str | None:
        """Return the stored profile as it was put, or None."""
        return self.get_many([content_key]).get(content_key)

    def get_many(self, content_keys: Collection[str]) -> dict[str, str]:
        """Return stored profiles by content key; those that are not there are absent.

        Raises
        ------
        ParameterError
            If there are more than 1,000 keys or one is no key.
        """
        keys = _checked_keys(content_keys, MAX_PROFILES)
        if not keys:
            return {}
        with self._catalogue.session() as s:
            s.stage("asked_keys", {"key": keys})
            places = [place for (place,) in s.rows(_SQL["places"])]
            s.stage("asked_places", {"place": places})
            return {key: str(text) for key, text in s.rows(_SQL["get_many"])} if places else {}

    def has(self, content_keys: Collection[str], *, version: int | None = None) -> set[str]:
        """Return those of at most 100,000 keys that have a profile, of one version or of any."""
        keys = _checked_keys(content_keys, MAX_KEYS)
        if version is not None:
            _check_count("version", version)
        if not keys:
            return set()
        with self._catalogue.session() as s:
            s.stage("asked_keys", {"key": keys})
            return {key for (key,) in s.rows(_SQL["has"], {"version": version})}

    def unmeasured(
        self, limit: int = 200, *, version: int, after: int = 0
    ) -> tuple[UnmeasuredContent, ...]:
        """Return contents without a profile of a version, each once, by their lowest track id.

        Parameters
        ----------
        limit : int
            1 to 1,000 contents.
        version : int
            The version that is wanted; profiles of others do not count.
        after : int
            The `track_id` after which to begin.
        """
        check_limit(limit, MAX_PAGE)
        _check_count("version", version)
        _check_count("after", after, MAX_ID)
        asked = {"limit": limit, "version": version, "after": after}
        found: dict[int, UnmeasuredContent] = {}
        with self._catalogue.session() as s:
            rows = s.rows(_SQL["unmeasured"], asked)
        for track_id, key, path, file_bytes, mtime_ns, duration_s in rows:
            before = found[track_id].files if track_id in found else ()
            files = (*before, UnmeasuredFile(path, file_bytes, mtime_ns))
            found[track_id] = UnmeasuredContent(track_id, key, files, duration_s)
        return tuple(found.values())

    def count_unmeasured(self, *, version: int) -> int:
        """Return of how many contents :meth:`unmeasured` tells in all."""
        _check_count("version", version)
        with self._catalogue.session() as s:
            (count,) = s.rows(_SQL["unmeasured_count"], {"version": version})[0]
        return int(count)

    def put(
        self,
        content_key: str,
        profile_json: str,
        *,
        version: int,
        measures: Mapping[str, float | None] | None = None,
        duration_s: float | None = None,
    ) -> None:
        """Store a profile in place of an earlier one of the same content; see `Measurement`."""
        self.put_many([Measurement(content_key, profile_json, version, measures or {}, duration_s)])

    def put_many(self, measurements: Sequence[Measurement]) -> None:
        """Store profiles in place of earlier ones of the same contents, all of them or none.

        The tracks that hold the contents get the numbers; their other columns stay as they are.

        Parameters
        ----------
        measurements : sequence of Measurement
            At most 1,000. Of several with one content the last counts.

        Raises
        ------
        ParameterError
            If there are too many, a name is no measure, or a number is not finite.
        """
        if len(measurements) > MAX_PROFILES:
            raise ParameterError(f"{len(measurements)} measurements must be {MAX_PROFILES} at most")
        for measurement in measurements:
            _check(measurement)
        latest = {measurement.content_key: measurement for measurement in measurements}
        if not latest:
            return
        columns = _columns(list(latest.values()))
        with self._catalogue.write() as s:
            s.stage("measured", columns)
            s.run(_SQL["drop"])
            s.run(_SQL["insert"])
            _fill_tracks(s)
            s.run(_SQL["revise"])


def _fill_tracks(s: Session) -> None:
    """Replace the tracks' rows, which takes a tenth of the time of an update."""
    ids = [id_ for (id_,) in s.rows(_SQL["affected"])]
    if not ids:
        return
    s.stage("affected", {"id": ids})
    s.run(_SQL["lift"])
    s.run(_SQL["drop_lifted"])
    s.run(_SQL["put_back"])
    s.run(_SQL["drop_temp"])


def _columns(measurements: Sequence[Measurement]) -> dict[str, list[Any]]:
    now = datetime.now(UTC).replace(tzinfo=None)
    columns: dict[str, list[Any]] = {
        "content_key": [m.content_key for m in measurements],
        "version": [m.version for m in measurements],
        "profile_json": [m.profile_json for m in measurements],
        "measured_at": [now] * len(measurements),
        "duration_s": [m.duration_s for m in measurements],
    }
    return columns | {name: [m.measures.get(name) for m in measurements] for name in MEASURES}


def _check(measurement: Measurement) -> None:
    _check_text("content_key", measurement.content_key)
    _check_text("profile_json", measurement.profile_json)
    _check_count("version", measurement.version)
    if unknown := set(measurement.measures) - set(MEASURES):
        raise ParameterError(f"measures has unknown names: {', '.join(sorted(unknown))}")
    for name, value in {**measurement.measures, "duration_s": measurement.duration_s}.items():
        number = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        if not number or (value is not None and not abs(value) <= LARGEST):
            raise ParameterError(f"{name}={value!r} must be a finite number or None")


def _check_count(name: str, value: int, most: int = MAX_VERSION) -> None:
    if type(value) is not int or not 0 <= value <= most:
        raise ParameterError(f"{name}={value!r} must be a whole number from 0 to {most:,}")


def _checked_keys(keys: Collection[str], most: int) -> list[str]:
    if isinstance(keys, str) or len(keys) > most:
        raise ParameterError(f"content_keys of {len(keys)} must be {most:,} keys at most")
    for key in keys:
        _check_text("content_key", key)
    return list(keys)


def _check_text(name: str, text: str) -> None:
    """Refuse what cannot be stored as text."""
    try:
        if isinstance(text, str) and text.encode("utf-8"):
            return
    except UnicodeEncodeError:
        pass
    raise ParameterError(f"{name}={text!r:.80} must be text in Unicode, and not empty")
