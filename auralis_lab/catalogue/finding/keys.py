"""Numbers that stand for texts, so that questions to many rows read few of their texts.

Conventions: texts are folded, as ``text.fold`` makes them. A number never says no where the text
would say yes; whoever uses one looks at the texts of the rows that are left.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

__all__ = ["CREDIT", "SEPARATOR", "bigrams", "first_bytes", "folded_names"]

SEPARATOR = "\x01"
"""Comes before every character of a folded word, so joined texts compare part by part."""
CREDIT = "\x02"
"""Encloses the artists as credited, where that is none of their names."""
PARTS = 4


def first_bytes(text: str) -> int:
    """Return the first 8 bytes of a text as a signed number, in the order of the texts.

    Examples
    --------
    >>> first_bytes("bach") < first_bytes("bach cello suites") == first_bytes("bach cel")
    True
    """
    return int.from_bytes(text.encode("utf-8")[:8].ljust(8, b"\0"), "big") - (1 << 63)


@lru_cache(maxsize=4096)
def bigrams(text: str) -> tuple[int, ...]:
    """Return which pairs of letters stand side by side in the words of a text.

    Every pair has one of 256 bits, in four signed numbers of 64. The bits of a part of a word are
    among those of the word, so a row that lacks one of them does not hold that part.

    Examples
    --------
    >>> word, text = bigrams("thov"), bigrams("ludwig van beethoven")
    >>> all(part & whole == part for part, whole in zip(word, text))
    True
    """
    bits = 0
    for word in text.split():
        bits |= _word_bits(word)
    packed = bits.to_bytes(8 * PARTS, "little")
    return struct.unpack(f"<{PARTS}q", packed)


def folded_names(names: Iterable[str], credit: str = "") -> str:
    r"""Write several folded names so that each can be found whole; empty without any.

    Parameters
    ----------
    names : iterable of str
    credit : str
        How they are credited together, if that is another text than each of the names.

    Examples
    --------
    >>> folded_names(["bach", "gould"], "bach gould")
    '\x01bach\x01gould\x01\x02bach gould\x02'
    """
    kept = [name for name in dict.fromkeys(names) if name]
    text = SEPARATOR + SEPARATOR.join(kept) + SEPARATOR if kept else ""
    return text if not credit or credit in kept else f"{text}{CREDIT}{credit}{CREDIT}"


@lru_cache(maxsize=65_536)
def _word_bits(word: str) -> int:
    bits = 0
    for first, second in pairwise(word):
        mixed = (ord(first) * 0x9E3779B1 ^ ord(second) * 0x85EBCA6B) & 0xFFFFFFFF
        bits |= 1 << (mixed >> 24)
    return bits
