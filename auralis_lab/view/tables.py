"""Tables of a library: what a notebook shows for a lab, a track, a page of tracks, chunks, joins.

Conventions: the values are described by what is asked of them, so that nothing here depends on the
catalogue. No path is shown but the file's own name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from auralis_lab.plan.model import signed
from auralis_lab.plan.table import size_text
from auralis_lab.view.rich_html import Table, facts_html, table_html, with_minus
from auralis_lab.view.style import quantity

if TYPE_CHECKING:
    from auralis_lab.render.grid import ChunkGrid
    from auralis_lab.render.joins import JoinRecord
    from auralis_lab.render.seams import SeamReport

__all__ = [
    "chunk_grid_html",
    "lab_html",
    "neighbours_html",
    "page_html",
    "seam_report_html",
    "seam_table",
    "track_html",
]

MOST_ROWS = 50
_TRACK = "auralis_lab.track.Track"
_NEIGHBOUR = "auralis_lab.catalogue.sound.similarity.Neighbour"


def lab_html(lab: Any) -> str:
    """Make a table of what a library holds.

    Parameters
    ----------
    lab : Lab
    """
    held = lab.contents()
    formats = ", ".join(f"{count} {name}" for name, count in held.formats)
    missing = [("missing", f"{held.missing:,}")] if held.missing else []
    return facts_html(
        [
            ("tracks", f"{held.tracks:,}"),
            ("albums", f"{held.albums:,}"),
            ("artists", f"{held.artists:,}"),
            ("length", _clock(held.duration_s)),
            ("size", size_text(held.file_bytes)),
            ("formats", formats or None),
            ("measured", f"{held.measured:,} of {held.tracks:,}"),
            *missing,
        ],
        caption=lab.folder.name,
    )


def track_html(track: Any) -> str:
    """Make a table of what is known of a track without opening its file.

    Parameters
    ----------
    track : Track
    """
    row = track.row
    channels = {1: "mono", 2: "stereo"}.get(track.channels, f"{track.channels} channels")
    bits = f", {track.bits_per_sample} bits" if track.bits_per_sample else ""
    return facts_html(
        [
            ("number", track.id),
            ("artist", track.artist or None),
            ("album", track.album),
            ("year", row.year),
            ("genre", ", ".join(row.genres) or None),
            ("length", _clock(track.duration_s)),
            ("format", f"{track.format}, {track.rate_hz / 1000:g} kHz, {channels}{bits}"),
            ("file", track.path.name.encode(errors="replace").decode()),
        ],
        caption=track.title,
    )


def page_html(tracks: Any) -> str | None:
    """Make a table of tracks or of neighbours; None if it is of anything else.

    Parameters
    ----------
    tracks : tuple
        Such as ``lab.tracks.search("…")`` or ``track.similar()`` gives; the first 50 are shown.
    """
    kind = type(tracks[0]) if tracks else tuple
    named = f"{kind.__module__}.{kind.__qualname__}"
    if named not in (_TRACK, _NEIGHBOUR) or any(type(each) is not kind for each in tracks):
        return None
    if named == _NEIGHBOUR:
        return neighbours_html(tracks)
    rows = [
        (each.id, each.title, each.artist or None, each.album, each.row.year,
         _clock(each.duration_s), each.format)
        for each in tracks[:MOST_ROWS]
    ]  # fmt: skip
    head = ["number", "title", "artist", "album", "year", "length", "format"]
    return table_html(head, rows, caption=_cut(tracks))


def neighbours_html(neighbours: Sequence[Any]) -> str:
    """Make a table of tracks that sound alike, nearest first, with the reasons.

    Parameters
    ----------
    neighbours : sequence of Neighbour
        As from ``track.similar()``; the first 50 are shown.
    """
    rows = [
        (each.track.title, each.track.artist or None, f"{each.distance:.2f}", each.reason)
        for each in neighbours[:MOST_ROWS]
    ]
    return table_html(["title", "artist", "distance", "why"], rows, caption=_cut(neighbours))


def chunk_grid_html(grid: ChunkGrid) -> str:
    """Make a table of where the first chunks of a grid lie, in frames."""
    rows = [
        (
            chunk.index,
            f"{chunk.read.start:,}",
            f"{chunk.read.frames:,}",
            f"{chunk.emit.frames:,}",
            None if chunk.fade is None else f"{chunk.fade.frames:,}",
        )
        for chunk in grid.chunks[:MOST_ROWS]
    ]
    caption = f"{len(grid):,} chunks over {grid.total_frames:,} frames"
    head = ["chunk", "first frame", "reads", "stands for", "overlap with the next"]
    return table_html(head, rows, caption=caption)


def seam_report_html(report: SeamReport) -> str:
    """Make a table of every join and its verdict, the worst first."""
    return seam_table(report)._repr_html_()


def seam_table(report: SeamReport, rate_hz: int | None = None) -> Table:
    """Make a table of every join: its verdict, how it was made, what was measured, the worst first.

    Parameters
    ----------
    report : SeamReport
        The 50 worst joins are shown.
    rate_hz : int, optional
        Sample rate; with it, the time of each join stands beside its frame.

    Returns
    -------
    table : Table
    """
    if not report.joins:
        return Table(["joins"], [["none"]], report.name)
    is_known = any(join.join is not None for join in report.joins)
    rows = [
        (
            *([] if rate_hz is None else [f"{join.frame / rate_hz:.2f} s"]),
            f"{join.frame:,}",
            join.verdict,
            f"{join.rank:.3f}",
            *(_made(join.join) if is_known else ()),
            *(quantity(join.values[name], unit) for name, unit in _SHOWN.items()),
            with_minus("; ".join(join.reasons)) or None,
        )
        for join in sorted(report.joins, key=lambda join: -join.rank)[:MOST_ROWS]
    ]
    head = [
        *([] if rate_hz is None else ["time"]),
        *("frame", "verdict", "rank"),
        *(_MADE if is_known else ()),
        *(name.rpartition("_")[0].replace("_", " ") for name in _SHOWN),
        "why",
    ]
    return Table(head, rows, f"{report.head}; rank: {_RANK}")


def _made(join: JoinRecord | None) -> tuple[str | None, ...]:
    """How a join was made: the cells of `_MADE`."""
    if join is None:
        return (None,) * len(_MADE)
    outgoing, incoming = join.weights
    return (
        join.law.replace("_", " "),
        None if join.correlation is None else with_minus(f"{join.correlation:.3f}"),
        None if join.law == "cut" else f"{outgoing:.3f}, {incoming:.3f}",
        None if join.level_db is None else with_minus(signed(join.level_db, "dB")),
    )


_RANK = "share of places without a join that are no worse in the measure where it stands out most"
_MADE = ("law", "correlation", "weights", "level")
_SHOWN = {
    "sample_step_db": "dB",
    "slope_step_db": "dB",
    "high_band_burst_db": "dB",
    "loudness_step_lu": "LU",
}


def _cut(rows: Sequence[object]) -> str:
    return f"the first {MOST_ROWS} of {len(rows):,}" if len(rows) > MOST_ROWS else ""


def _clock(seconds: float | None) -> str | None:
    """A length as players tell it: begun seconds do not count."""
    if seconds is None:
        return None
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
