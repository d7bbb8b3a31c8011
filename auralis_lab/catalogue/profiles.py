"""Stored measurements, one per content.

A profile belongs to the audio, not to a track: copies share it, and a file that is moved or tagged
anew keeps it. Its numbers are copied into the tracks' rows, so that filters and orders need no join.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from auralis_lab.analysis.fingerprint import MEASURES
from auralis_lab.errors import ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Profiles"]

_SQL = {
    "get": "SELECT profile_json FROM profiles WHERE content_key = $key",
    "drop": "DELETE FROM profiles WHERE content_key = $key",
    "put": f"""
        INSERT INTO profiles
            (content_key, version, profile_json, measured_at, {", ".join(MEASURES)})
        VALUES ($key, $version, $profile_json, $measured_at,
            {", ".join(f"${name}" for name in MEASURES)})""",
    "fill_tracks": f"""
        UPDATE tracks SET measured_version = $version,
            {", ".join(f"{name} = ${name}" for name in MEASURES)}
        WHERE content_key = $key""",
    "revise": "UPDATE revisions SET number = number + 1 WHERE name = 'features'",
}


class Profiles:
    """The measurements of a catalogue, one per content."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def get(self, content_key: str) -> str | None:
        """Return the stored profile as it was put, or None."""
        with self._catalogue.session() as s:
            row = s.row(_SQL["get"], {"key": content_key})
        return None if row is None else str(row[0])

    def put(
        self,
        content_key: str,
        profile_json: str,
        *,
        version: int,
        measures: Mapping[str, float | None] | None = None,
    ) -> None:
        """Store a profile in place of an earlier one of the same content.

        Parameters
        ----------
        content_key : str
            Key of the audio it was measured from.
        profile_json : str
            The profile, opaque to the catalogue.
        version : int
            Of the profile's format.
        measures : mapping of str to float or None, optional
            Its numbers by their names in `MEASURES`; one that is absent could not be measured.

        Raises
        ------
        ParameterError
            If a name is none of them.
        """
        measures = measures or {}
        if unknown := set(measures) - set(MEASURES):
            raise ParameterError(f"measures has unknown names: {', '.join(sorted(unknown))}")
        numbers: dict[str, object] = {name: measures.get(name) for name in MEASURES}
        numbers |= {"key": content_key, "version": version}
        with self._catalogue.write() as s:
            s.run(_SQL["drop"], {"key": content_key})
            now = datetime.now(UTC).replace(tzinfo=None)
            s.run(_SQL["put"], numbers | {"profile_json": profile_json, "measured_at": now})
            s.run(_SQL["fill_tracks"], numbers)
            s.run(_SQL["revise"])
