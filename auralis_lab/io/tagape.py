"""APEv2 tags item by item, so that an item which is not meant stays as it is."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagnames import NAMES, names_of
from auralis_lab.io.tagpictures import ape_names

__all__ = ["Item", "changed", "parsed", "rendered"]

ENDING = struct.Struct("<8sIIII8s")
MAGIC, VERSION = b"APETAGEX", 2_000
HAS_HEADER, IS_HEADER = 1 << 31, 1 << 29
BINARY = 2
MAX_ITEMS = 100_000


@dataclass(frozen=True)
class Item:
    """One item as it lies in the tag."""

    key: bytes
    flags: int
    value: bytes

    @property
    def name(self) -> str:
        """Key, folded for comparison."""
        return self.key.decode("latin-1").casefold()


def parsed(data: bytes) -> tuple[Item, ...]:
    """Take a tag apart that ends with its footer.

    Raises
    ------
    ValueError
        If it is malformed.
    """
    magic, _, size, count, flags, _ = ENDING.unpack(data[-ENDING.size :])
    start = len(data) - size
    if magic != MAGIC or flags & IS_HEADER or start < 0 or count > MAX_ITEMS:
        raise ValueError("its APE tag is malformed")
    at, items = start, []
    for _ in range(count):
        key_stop = data.find(b"\0", at + 8)
        length, item_flags = struct.unpack_from("<II", data.ljust(at + 8, b"\0"), at)
        stop = key_stop + 1 + length
        if key_stop < 0 or stop > len(data) - ENDING.size:
            raise ValueError("its APE tag is malformed")
        items.append(Item(data[at + 8 : key_stop], item_flags, data[key_stop + 1 : stop]))
        at = stop
    return tuple(items)


def rendered(items: Sequence[Item]) -> bytes:
    """Put a tag together; nothing at all without items."""
    if not items:
        return b""
    body = b"".join(
        struct.pack("<II", len(item.value), item.flags) + item.key + b"\0" + item.value
        for item in items
    )
    size = len(body) + ENDING.size
    head = ENDING.pack(MAGIC, VERSION, size, len(items), HAS_HEADER | IS_HEADER, bytes(8))
    return head + body + ENDING.pack(MAGIC, VERSION, size, len(items), HAS_HEADER, bytes(8))


def changed(
    items: Sequence[Item],
    values: Mapping[str, Sequence[str]],
    pictures: Sequence[Picture] | None,
    *,
    only_present: bool = False,
) -> tuple[Item, ...]:
    """Return the items with these fields and pictures in the place of their own.

    With `only_present` a field that the tag does not have is not added.
    """
    result = list(items)
    for field, texts in values.items():
        if field in NAMES["APE"]:
            result = _with_field(result, field, "\0".join(texts).encode("utf-8"), only_present)
    if pictures is not None:
        result = [item for item in result if not item.name.startswith("cover art")]
        if not only_present:
            for name, picture in zip(ape_names(pictures), pictures, strict=True):
                value = picture.description.encode("utf-8") + b"\0" + picture.data
                result.append(Item(name.encode("ascii"), BINARY, value))
    return tuple(result)


def _with_field(items: list[Item], field: str, value: bytes, only_present: bool) -> list[Item]:
    names = names_of("APE", field)
    if not any(item.name in names for item in items):
        if only_present or not value:
            return items
        return [*items, Item(NAMES["APE"][field][0].encode("ascii"), 0, value)]
    if not value:
        return [item for item in items if item.name not in names]
    result, seen = [], set[str]()
    for item in items:
        if item.name not in names:
            result.append(item)
        elif item.name not in seen:
            seen.add(item.name)
            result.append(Item(item.key, 0, value))
    return result
