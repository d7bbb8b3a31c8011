"""Lyrics with times: LRC text, and what ID3 holds in its place.

LRC stands for lines that begin with ``[minutes:seconds]``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["is_lrc", "lrc_text"]

STAMP = re.compile(r"\[\d{1,3}:\d{2}(?:[.:]\d{1,3})?\]")
HEADER = re.compile(r"\[[A-Za-z#]{1,10}:[^\]]*\]$")


def is_lrc(text: str) -> bool:
    r"""Whether at least half of the lines of a text carry a time.

    Examples
    --------
    >>> is_lrc("[ti:Song]\n[00:12.50]Hello"), is_lrc("Hello\n[01:00] solo\nGoodbye")
    (True, False)
    """
    lines = [line for line in text.split("\n") if line and not HEADER.match(line)]
    return bool(lines) and 2 * sum(STAMP.match(line) is not None for line in lines) >= len(lines)


def lrc_text(parts: Sequence[tuple[str, int]], *, stamped: bool = True) -> str:
    r"""Make LRC text from words or lines with times in milliseconds.

    A part that begins with a line break begins a line; without any, every part is a line. Times
    that are no milliseconds are left out with `stamped` false.

    Examples
    --------
    >>> lrc_text([("\nHel", 500), ("lo", 900), ("\nWorld", 61_234)])
    '[00:00.50]Hello\n[01:01.234]World'
    """
    broken = any(text.startswith(("\n", "\r")) for text, _ in parts)
    lines: list[str] = []
    for text, time_ms in parts:
        words = " ".join(text.strip("\r\n\0").splitlines())
        if lines and broken and not text.startswith(("\n", "\r")):
            lines[-1] += words
        else:
            lines.append(_stamp(time_ms) + words if stamped else words)
    return "\n".join(lines)


def _stamp(time_ms: int) -> str:
    minutes, rest_ms = divmod(max(time_ms, 0), 60_000)
    seconds, thousandths = divmod(rest_ms, 1_000)
    if thousandths % 10:
        return f"[{minutes:02}:{seconds:02}.{thousandths:03}]"
    return f"[{minutes:02}:{seconds:02}.{thousandths // 10:02}]"
