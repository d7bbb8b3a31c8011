"""Tables and counts in plain text."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["counted", "size_text", "text_table"]

GAP = "  "


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table whose columns are as wide as their widest cell.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    rows : sequence of sequences of str
        As many cells each as `head` has names.

    Examples
    --------
    >>> text_table(("what", "amount"), [("gain", "+2.0 dB")])
    ['what  amount', '----  -------', 'gain  +2.0 dB']
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return [
        GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def counted(count: int, what: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "track"), counted(1200, "track")
    ('1 track', '1,200 tracks')
    """
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def size_text(count_bytes: int) -> str:
    """A size on a disk.

    Examples
    --------
    >>> size_text(12_960_000), size_text(1_234_567_890_123)
    ('13.0 MB', '1,234.6 GB')
    """
    if count_bytes >= 1e9:
        return f"{count_bytes / 1e9:,.1f} GB"
    return f"{count_bytes / 1e6:,.1f} MB"
