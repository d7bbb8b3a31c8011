"""Cover art: one abstract picture per album, painted from distances and gradients.

Conventions: a canvas is ``float32``, shape ``(SIZE, SIZE, 3)``, sRGB values 0..1; coordinates run
from 0 (left, top) to 1 (right, bottom). Nothing is random but what a seeded generator draws, so a
cover is the same on every run.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import check_choice

__all__ = ["COVERS", "SIZE", "draw_cover"]

SIZE = 600

Canvas: TypeAlias = npt.NDArray[np.float32]
Field: TypeAlias = npt.NDArray[np.float32]


@lru_cache(maxsize=8)
def draw_cover(name: str, *, encoding: str = "JPEG") -> bytes:
    """Paint a cover.

    Parameters
    ----------
    name : str
        One of `COVERS`.
    encoding : {'JPEG', 'PNG'}
        Format of the picture.

    Returns
    -------
    data : bytes
        An encoded picture of `SIZE` x `SIZE` pixels.

    Raises
    ------
    ParameterError
        If there is no such cover or encoding.
    """
    from PIL import Image

    check_choice("name", name, COVERS)
    check_choice("encoding", encoding, ("JPEG", "PNG"))
    pixels = np.rint(np.clip(COVERS[name](), 0, 1) * 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, encoding, quality=90, optimize=True)
    return out.getvalue()


def _axes() -> tuple[Field, Field]:
    line = (np.arange(SIZE, dtype=np.float32) + np.float32(0.5)) / SIZE
    return np.tile(line, (SIZE, 1)), np.tile(line[:, np.newaxis], (1, SIZE))


def _colour(code: str) -> npt.NDArray[np.float32]:
    return np.array([int(code[n : n + 2], 16) / 255 for n in (0, 2, 4)], dtype=np.float32)


def _gradient(place: Field, *codes: str) -> Canvas:
    """Colours `codes` spread evenly over `place` in 0..1."""
    stops = np.linspace(0, 1, len(codes))
    colours = np.stack([_colour(code) for code in codes])
    channels = [np.interp(place, stops, colours[:, n]) for n in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def _inside(distance: Field) -> Field:
    """Coverage of the shape whose border has `distance` 0, one pixel soft."""
    return np.asarray(np.clip(0.5 - distance * SIZE, 0, 1))


def _paint(canvas: Canvas, coverage: Field, code: str, opacity: float = 1.0) -> None:
    alpha = (coverage * np.float32(opacity))[..., np.newaxis]
    canvas += alpha * (_colour(code) - canvas)


def _glow(canvas: Canvas, distance: Field, reach: float, code: str, opacity: float) -> None:
    _paint(canvas, np.exp(-np.maximum(distance, 0) / np.float32(reach)), code, opacity)


def _grain(canvas: Canvas, seed: int, amount: float) -> None:
    noise = np.random.default_rng(seed).normal(0, amount, (SIZE, SIZE, 1))
    canvas += noise.astype(np.float32)


def _night() -> Canvas:
    """Aurora and a low moon over two ridges of mountains."""
    x, y = _axes()
    canvas = _gradient(y, "070b1f", "0d1d3f", "1b3b5a", "3f6d78")
    for column, row, size in np.random.default_rng(7).uniform(0, 1, (110, 3)):
        at_x, at_y = int(column * (SIZE - 3)), int(row * 0.6 * SIZE)
        star = np.array([[0, 0.3, 0], [0.3, 1, 0.3], [0, 0.3, 0]], dtype=np.float32)
        _paint(canvas[at_y : at_y + 3, at_x : at_x + 3], star, "e8f1ff", 0.25 + 0.6 * size)
    for n, (code, height) in enumerate((("49e0a4", 0.34), ("2fb9b4", 0.26), ("8a6be0", 0.2))):
        curtain = (
            height + 0.05 * np.sin(2 * np.pi * (1.1 * x + 0.31 * n)) + 0.02 * np.sin(23 * x + n)
        )
        above = curtain - y
        veil = np.where(above > 0, np.exp(-above / 0.16), np.exp(above / 0.012))
        veil *= 0.7 + 0.3 * np.sin(60 * x + 9 * np.sin(5 * x + n))
        _paint(canvas, veil.astype(np.float32), code, 0.5)
    moon = (np.hypot(x - 0.7, y - 0.52) - 0.105).astype(np.float32)
    _glow(canvas, moon, 0.06, "fff3d6", 0.45)
    _paint(canvas, _inside(moon), "fff3d6")
    for base, code, seed in ((0.7, "16263b", 1.0), (0.82, "080f1c", 2.6)):
        ridge = (
            base
            - 0.1 * np.abs(np.sin(3.1 * x * seed + seed))
            - 0.045 * np.abs(np.sin(9 * x + seed))
        )
        _paint(canvas, _inside((ridge - y).astype(np.float32)), code)
    _grain(canvas, 1, 0.008)
    return canvas


def _water() -> Canvas:
    """Rings that meet on still water under a red sun."""
    x, y = _axes()
    canvas = _gradient(y, "f2eee2", "dfe6da", "9fc1b9", "2d6a78", "123a52")
    sun = (np.hypot(x - 0.5, y - 0.3) - 0.13).astype(np.float32)
    _glow(canvas, sun, 0.05, "f0a58a", 0.3)
    _paint(canvas, _inside(sun), "d8432f")
    rings = np.zeros((SIZE, SIZE), dtype=np.float32)
    for cx, cy, reach in ((0.28, 0.72, 0.4), (0.67, 0.64, 0.3), (0.55, 0.9, 0.34)):
        far = np.hypot(x - cx, (y - cy) * 2.6)
        line = np.abs((far * 26) % 1.0 - 0.5) / 26 - 0.0022
        rings = np.maximum(rings, _inside(line.astype(np.float32)) * np.clip(1 - far / reach, 0, 1))
    _paint(canvas, rings * (y > 0.5), "f7f5ec", 0.95)
    for n in range(7):
        cy = 0.52 + 0.013 * n * (1 + 0.25 * n)
        half = 0.12 - 0.012 * n
        stripe = np.maximum(np.abs(x - 0.5) - half, np.abs(y - cy) - 0.0035)
        _paint(canvas, _inside(stripe.astype(np.float32)), "d8432f", 0.75 - 0.09 * n)
    _grain(canvas, 2, 0.01)
    return canvas


def _tiles() -> Canvas:
    """Quarter circles on a grid of tiles, thrown by a seeded die."""
    rng = np.random.default_rng(12)
    canvas = np.tile(_colour("f4ead5"), (SIZE, SIZE, 1))
    inks = ("e4572e", "17bebb", "ffc914", "2e282a", "76b041", "3d5a98")
    cells = 6
    side = SIZE // cells
    x, y = _axes()
    u, v = x[:side, :side] * cells, y[:side, :side] * cells
    everywhere = np.ones((side, side), dtype=np.float32)
    for row in range(cells):
        for column in range(cells):
            tile = canvas[row * side : (row + 1) * side, column * side : (column + 1) * side]
            back, front, dot = rng.choice(len(inks), 3, replace=False)
            far = np.hypot(u - rng.integers(0, 2), v - rng.integers(0, 2)).astype(np.float32)
            if rng.uniform() < 0.72:
                _paint(tile, everywhere, inks[back])
            _paint(tile, _inside((far - 1) / cells), inks[front])
            if rng.uniform() < 0.6:
                _paint(tile, _inside((far - np.float32(0.42)) / cells), inks[dot])
    _grain(canvas, 3, 0.006)
    return canvas


def _petals() -> Canvas:
    """Leaves round a plate, in the colours of an old kitchen."""
    x, y = _axes()
    canvas = np.tile(_colour("f3e3c3"), (SIZE, SIZE, 1))
    disc = (np.hypot(x - 0.5, y - 0.5) - 0.42).astype(np.float32)
    _paint(canvas, _inside(disc), "c8553d")
    _paint(canvas, _inside(disc + 0.02), "f3e3c3")
    _paint(canvas, _inside(disc + 0.03), "2f4b47")
    inks = ("e9a23b", "c8553d", "8fb09a")
    for n in range(12):
        angle = 2 * np.pi * n / 12
        along = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)
        across = -(x - 0.5) * np.sin(angle) + (y - 0.5) * np.cos(angle)
        leaf = np.hypot(along - 0.205, np.abs(across) + 0.125) - 0.19
        _paint(canvas, _inside(leaf.astype(np.float32)), inks[n % 3])
        vein = np.maximum(np.abs(across) - 0.0018, np.abs(along - 0.205) - 0.11)
        _paint(canvas, _inside(vein.astype(np.float32)), "2f4b47")
    for radius, code in ((0.052, "f3e3c3"), (0.034, "e9a23b")):
        _paint(canvas, _inside((np.hypot(x - 0.5, y - 0.5) - radius).astype(np.float32)), code)
    return canvas


def _lamp() -> Canvas:
    """A cone of light in a dark room, and four strings that cross it."""
    x, y = _axes()
    canvas = _gradient(np.hypot(x - 0.5, y - 0.35), "2b1c1a", "1a1216", "0d0a10")
    spread = 0.07 + 0.42 * np.clip(y - 0.22, 0, 1)
    cone = np.clip((spread - np.abs(x - 0.46)) / 0.05, 0, 1) * (y > 0.22)
    _paint(canvas, (cone * np.exp(-(y - 0.22) / 0.5)).astype(np.float32), "f2b25c", 0.75)
    floor = np.hypot((x - 0.46) / 0.36, (y - 0.86) / 0.07) - 1
    _glow(canvas, (floor * 0.3).astype(np.float32), 0.03, "f7c977", 0.55)
    shade = np.maximum(np.abs(y - 0.19) - 0.045, np.abs(x - 0.46) - (0.035 + 0.9 * (y - 0.145)))
    _paint(canvas, _inside(shade.astype(np.float32)), "b8402f")
    wire = np.maximum(np.abs(x - 0.46) - 0.002, y - 0.15)
    _paint(canvas, _inside(wire.astype(np.float32)), "6d5a50")
    for n in range(4):
        swing = 0.004 * np.sin(np.pi * y) * np.sin((9 + 3 * n) * np.pi * y)
        string = np.abs(x - 0.6625 - 0.035 * n - swing) - 0.0014
        _paint(canvas, _inside(string.astype(np.float32)), "f9e6bd", 0.8)
    for cx, cy, size in ((0.2, 0.66, 0.13), (0.33, 0.74, 0.09)):
        cymbal = (np.hypot(x - cx, (y - cy) * 5) - size) / 3
        _paint(canvas, _inside(cymbal.astype(np.float32)), "d98b4a", 0.9)
        stand = np.maximum(np.abs(x - cx) - 0.0016, np.abs(y - (cy + 0.88) / 2) - (0.88 - cy) / 2)
        _paint(canvas, _inside(stand.astype(np.float32)), "d98b4a", 0.6)
    _grain(canvas, 5, 0.012)
    return canvas


COVERS: dict[str, Callable[[], Canvas]] = {
    "night": _night,
    "water": _water,
    "tiles": _tiles,
    "petals": _petals,
    "lamp": _lamp,
}
