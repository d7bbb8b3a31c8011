"""What ID3v2 frames hold: texts in their encodings, labels, pictures."""

from __future__ import annotations

from collections.abc import Sequence

from auralis_lab.io.tagdata import Picture

__all__ = ["described_body", "picture_body", "split_label", "text_body"]

LATIN_1, UTF_16, UTF_8 = 0, 1, 3
CODECS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
SHORT_FORMATS = {"image/jpeg": b"JPG", "image/png": b"PNG", "image/gif": b"GIF"}


def text_body(version: int, texts: Sequence[str]) -> bytes:
    """Encode texts one after the other: UTF-8 from version 2.4 on, else Latin-1 or UTF-16."""
    encoding = _encoding(version, texts)
    parts = [text.encode(CODECS[encoding], "replace") for text in texts]
    return bytes([encoding]) + _zero(encoding).join(parts)


def described_body(version: int, label: tuple[bytes, str], texts: Sequence[str]) -> bytes:
    """Encode a comment or lyrics with its language and description."""
    language, description = label
    body = text_body(version, [description, *texts[:1]])
    return body[:1] + language + body[1:]


def picture_body(version: int, picture: Picture, description: str) -> bytes:
    """Encode a picture."""
    text = text_body(version, [description])
    mime = picture.mime.encode("latin-1", "replace") + b"\0"
    if version == 2:
        mime = SHORT_FORMATS.get(picture.mime, picture.mime[-3:].upper().encode("ascii", "replace"))
    kind = bytes([picture.kind])
    return text[:1] + mime + kind + text[1:] + _zero(text[0]) + picture.data


def split_label(body: bytes, language_bytes: int) -> tuple[bytes, str]:
    """Language and description that a frame's body begins with."""
    encoding = body[0] if body else LATIN_1
    language = body[1 : 1 + language_bytes].ljust(language_bytes, b"X")
    rest = body[1 + language_bytes :]
    stop = rest.find(b"\0")
    if encoding in (1, 2):
        stop = next((n for n in range(0, len(rest) - 1, 2) if rest[n : n + 2] == b"\0\0"), -1)
    text = rest[:stop] if stop >= 0 else rest
    return language, text.decode(CODECS.get(encoding, "latin-1"), "replace")


def _encoding(version: int, texts: Sequence[str]) -> int:
    if version == 4:
        return UTF_8
    return LATIN_1 if all(ord(sign) < 256 for text in texts for sign in text) else UTF_16


def _zero(encoding: int) -> bytes:
    return b"\0\0" if encoding in (1, 2) else b"\0"
