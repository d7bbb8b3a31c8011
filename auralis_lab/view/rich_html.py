"""Small tables for notebooks, as HTML.

Conventions: everything that comes from a file or a caller is escaped here, and nowhere else. The
tables take their colours from the page, so that they fit light and dark notebooks alike. The minus
of a number is a minus sign, not a hyphen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from auralis_lab.plan.table import text_table
from auralis_lab.view.style import quantity

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile
    from auralis_lab.plan.model import Plan

__all__ = [
    "Table", "cell_text", "facts_html", "plan_html", "profile_html", "rows_html", "table_html",
    "with_minus",
]  # fmt: skip

MOST_WHOLE = 24  # characters of a cell that stay on one line
_CELL = "padding:4px 14px 4px 0;text-align:left;vertical-align:top;border:0"
_HEAD = f"{_CELL};font-weight:600;opacity:.7"
_TABLE = "border-collapse:collapse;border:0;font-size:13px;line-height:1.45"
_QUANTITY = re.compile(r"-\d[\d,]*(\.\d+)?( (dB|dBFS|dBTP|LU|LUFS|%|Hz|s|ms))?")
_HYPHEN = re.compile(r"(?<![\w-])-(?=\d)")
_RULE = "border-top:1px solid rgba(128,128,128,.28)"


@dataclass(frozen=True, repr=False)
class Table:
    """A table that a notebook shows as one, and everything else as lines of text.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    rows : sequence of sequences
        See :func:`table_html`.
    caption : str
        Written above, if not empty.

    Examples
    --------
    >>> Table(["law", "level"], [["matched", "+0.0 dB"]])
    law      level
    -------  -------
    matched  +0.0 dB
    """

    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""

    def __repr__(self) -> str:
        lines = text_table(self.head, [[cell_text(value) for value in row] for row in self.rows])
        return "\n".join([self.caption, *lines] if self.caption else lines)

    def _repr_html_(self) -> str:
        return table_html(self.head, self.rows, caption=self.caption)


def table_html(head: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "") -> str:
    """Make a table.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    rows : iterable of sequences
        Anything with a ``str``; ``None`` is shown as a dash, a float by six digits at most.
    caption : str
        Written above, if not empty.

    Returns
    -------
    html : str

    Examples
    --------
    >>> "&lt;b&gt;" in table_html(["title"], [["<b>"]])
    True
    """
    columns = "".join(f'<th scope="col" style="{_HEAD}">{escape(name)}</th>' for name in head)
    lines = "".join(
        f'<tr style="background:none;{_RULE}">' + "".join(_cell(value) for value in row) + "</tr>"
        for row in rows
    )
    return (
        f'{_above(caption)}<table style="{_TABLE}">'
        f'<thead><tr style="background:none">{columns}</tr></thead><tbody>{lines}</tbody></table>'
    )


def _cell(value: object) -> str:
    """One cell; what is short is not broken."""
    text = _shown(value)
    style = f"{_CELL};white-space:nowrap" if len(text) <= MOST_WHOLE else _CELL
    return f'<td style="{style}">{escape(text)}</td>'


def facts_html(facts: Iterable[tuple[str, object]], *, caption: str = "") -> str:
    """Make a table of names and values."""
    lines = "".join(
        f'<tr style="background:none"><th scope="row" style="{_HEAD}">{escape(name)}</th>'
        f'<td style="{_CELL};font-variant-numeric:tabular-nums">{escape(_shown(value))}</td>'
        "</tr>"
        for name, value in facts
    )
    return f'{_above(caption)}<table style="{_TABLE}"><tbody>{lines}</tbody></table>'


def rows_html(rows: Any) -> str:
    """Give a table that comes without a style the one of all others, text at the left.

    Parameters
    ----------
    rows : Rows
        As an experiment's ``compare`` and ``extremes`` return; its texts are escaped already.
    """
    html: str = rows._repr_html_()
    html = re.sub(r"(?<=<td>)[^<]+(?=</td>)", lambda cell: _shown(cell[0]), html)
    for tag, look in (("table", _TABLE), ('th scope="col"', _HEAD), ("td", _CELL)):
        html = html.replace(f"<{tag}>", f'<{tag} style="{look}">')
    return html.replace("<tr>", f'<tr style="background:none;{_RULE}">')


def plan_html(plan: Plan) -> str:
    """Every decision of a plan: what was measured, aimed at, done, and what held it."""
    rows = [
        (d.topic, *map(with_minus, (d.measured, d.target, d.amount, d.limit or "–")))
        for d in plan.decisions
    ]
    caption = f"{plan.preset}, intensity {plan.intensity:g}"
    if plan.is_bypass:
        caption += ": leaves the track as it is"
    head = ["decision", "measured", "target", "amount", "held by"]
    return table_html(head, rows, caption=caption)


def profile_html(profile: Profile) -> str:
    """Length, loudness, peaks and tempo of a track."""
    loudness = profile.loudness
    return facts_html(
        [
            ("length", f"{profile.duration_s:.2f} s, {profile.frames:,} frames"),
            ("format", f"{profile.rate_hz / 1000:g} kHz, {_channels(profile.channels)}"),
            ("integrated loudness", _value(loudness.integrated_lufs, "LUFS")),
            ("loudness range", _value(loudness.lra_lu, "LU")),
            ("largest short-term", _value(loudness.max_short_term_lufs, "LUFS")),
            ("true peak", _value(loudness.true_peak_dbtp, "dBTP")),
            ("peak to loudness", _value(loudness.plr_db, "dB")),
            ("tempo", _value(profile.rhythm.tempo_bpm, "bpm")),
        ]
    )


def _above(caption: str) -> str:
    """Not a caption of the table's own: that is as narrow as the table is."""
    return f'<div style="font-weight:600;padding:0 0 4px">{escape(caption)}</div>' * bool(caption)


def _channels(count: int) -> str:
    return {1: "mono", 2: "stereo"}.get(count, f"{count} channels")


def _value(number: float | None, unit: str) -> str | None:
    return None if number is None else quantity(number, unit)


def with_minus(text: str) -> str:
    """Put minus signs before the numbers in a text of this package.

    Examples
    --------
    >>> with_minus("at most -1.0 dB, half-way 2-3")
    'at most −1.0 dB, half-way 2-3'
    """
    return _HYPHEN.sub("−", text)


def _shown(value: object) -> str:
    """Text of a cell; the sign is changed of numbers alone, not within names and titles."""
    text = cell_text(value)
    is_number = isinstance(value, (int, float)) or _QUANTITY.fullmatch(text) is not None
    return with_minus(text) if is_number else "–" if text == "-" else text


def cell_text(value: object) -> str:
    """What stands in a cell: a dash for None, six digits at most of a float.

    Examples
    --------
    >>> cell_text(-17.399999618530273), cell_text(12_345_678.4), cell_text(None)
    ('-17.4', '12345678', '–')
    """
    if isinstance(value, float):  # the digits behind the sixth say how it was computed
        return f"{value + 0.0:.6g}" if abs(value) < 1e6 else f"{value:.0f}"
    return "–" if value is None else str(value)
