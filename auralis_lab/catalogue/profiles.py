"""Stored measurements, one per content."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Profiles"]

_SQL = {
    "get": "SELECT profile_json FROM profiles WHERE content_key = $key",
    "drop": "DELETE FROM profiles WHERE content_key = $key",
    "put": """
        INSERT INTO profiles VALUES ($key, $version, $profile_json, $measured_at,
            $integrated_lufs, $true_peak_dbtp, $lra_lu)""",
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
        integrated_lufs: float | None = None,
        true_peak_dbtp: float | None = None,
        lra_lu: float | None = None,
    ) -> None:
        """Store a profile in place of an earlier one of the same content.

        Parameters
        ----------
        content_key : str
            Key of the source it was measured from.
        profile_json : str
            The profile, opaque to the catalogue.
        version : int
            Of the profile's format.
        integrated_lufs, true_peak_dbtp, lra_lu : float, optional
            The profile's scalars, for queries; None where they could not be measured.
        """
        parameters: dict[str, object] = {
            "key": content_key,
            "version": version,
            "profile_json": profile_json,
            "measured_at": datetime.now(UTC).replace(tzinfo=None),
            "integrated_lufs": integrated_lufs,
            "true_peak_dbtp": true_peak_dbtp,
            "lra_lu": lra_lu,
        }
        with self._catalogue.write() as s:
            s.run(_SQL["drop"], {"key": content_key})
            s.run(_SQL["put"], parameters)
