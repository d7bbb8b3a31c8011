"""Pictures of every kind are made small, and hostile ones do no harm."""

from __future__ import annotations

import struct
import time
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from auralis_lab.io import artworkimage
from auralis_lab.io.artworkimage import MAX_PICTURE_BYTES, MAX_PIXELS, shrunk
from tests.thorough import tries

Corners = list[tuple[int, int, int]]
RED, GREEN, BLUE, GREY = (200, 30, 30), (30, 160, 40), (40, 50, 200), (120, 120, 120)
FOUR: Corners = [RED, GREEN, BLUE, GREY]


def quarters(width: int = 400, height: int = 300) -> Image.Image:
    """Return a picture of red, green, blue and grey, from top left to bottom right."""
    image = Image.new("RGB", (width, height))
    for n, colour in enumerate(FOUR):
        place = (n % 2 * width // 2, n // 2 * height // 2)
        image.paste(colour, (*place, place[0] + width // 2, place[1] + height // 2))
    return image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(jpeg: bytes | None) -> npt.NDArray[np.int16]:
    assert jpeg is not None
    with Image.open(BytesIO(jpeg)) as image:
        assert (image.format, image.mode) == ("JPEG", "RGB")
        assert not image.info.get("icc_profile")
        assert not image.getexif()
        return np.asarray(image).astype(np.int16)


def corners(jpeg: bytes | None) -> npt.NDArray[np.int16]:
    pixels = opened(jpeg)
    at_y, at_x = pixels.shape[0] // 4, pixels.shape[1] // 4
    return np.stack([pixels[y, x] for y in (at_y, -at_y) for x in (at_x, -at_x)])


KINDS: dict[str, bytes] = {
    "baseline": saved(quarters(), "JPEG", quality=95),
    "progressive": saved(quarters(), "JPEG", quality=95, progressive=True),
    "subsampled": saved(quarters(), "JPEG", quality=95, subsampling="4:2:0"),
    "png": saved(quarters(), "PNG"),
    "interlaced": saved(quarters(), "PNG", interlace=1),
    "palette": saved(quarters().quantize(16), "PNG"),
    "webp": saved(quarters(), "WEBP", quality=95),
    "lossless webp": saved(quarters(), "WEBP", lossless=True),
    "gif": saved(quarters(), "GIF"),
    "bmp": saved(quarters(), "BMP"),
    "opaque": saved(quarters().convert("RGBA"), "PNG"),
    "two pictures": saved(quarters(), "MPO", save_all=True, append_images=[quarters().rotate(180)]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size_px", [64, 256])
def test_a_picture_of_any_kind_keeps_its_proportions_and_colours(kind: str, size_px: int) -> None:
    jpeg = shrunk(KINDS[kind], size_px)
    assert opened(jpeg).shape == (size_px * 3 // 4, size_px, 3)
    assert np.abs(corners(jpeg) - FOUR).max() <= 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_stays_as_sharp_as_the_slow_way_makes_it(kind: str) -> None:
    noise = np.random.default_rng(440).integers(0, 255, (250, 250, 3), np.uint8)
    large = Image.fromarray(noise).resize((1000, 1000), Image.Resampling.BICUBIC)
    data = saved(large, kind, quality=95)
    with Image.open(BytesIO(data)) as image:
        whole = image.convert("RGB")
    for size_px in (64, 128, 256):
        slow = np.asarray(whole.resize((size_px, size_px), Image.Resampling.LANCZOS), float)
        assert 0.98 <= opened(shrunk(data, size_px)).std() / slow.std() <= 1.15


def test_a_small_picture_is_not_enlarged() -> None:
    assert opened(shrunk(saved(quarters(40, 20), "PNG"), 256)).shape == (20, 40, 3)
    assert opened(shrunk(saved(quarters(2, 2), "PNG"), 256)).shape == (2, 2, 3)


def test_a_strip_keeps_at_least_one_pixel() -> None:
    assert opened(shrunk(saved(Image.new("RGB", (30_000, 2)), "PNG"), 64)).shape == (1, 64, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_the_way_its_exif_says(orientation: int, kind: str) -> None:
    # EXIF 2.32, 4.6.4: which side of the scene the first row and the first column are.
    first_row, first_column = {
        1: ("top", "left"), 2: ("top", "right"), 3: ("bottom", "right"), 4: ("bottom", "left"),
        5: ("left", "top"), 6: ("right", "top"), 7: ("right", "bottom"), 8: ("left", "bottom"),
    }[orientation]  # fmt: skip
    scene = np.asarray(quarters())
    rows = scene if first_row in ("top", "bottom") else scene.transpose(1, 0, 2)
    if first_row in ("bottom", "right"):
        rows = rows[::-1]
    if first_column in ("bottom", "right"):
        rows = rows[:, ::-1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(np.ascontiguousarray(rows)), kind, exif=exif, quality=95)
    jpeg = shrunk(data, 128)
    assert opened(jpeg).shape == (96, 128, 3)
    assert np.abs(corners(jpeg) - FOUR).max() <= 6


@pytest.mark.parametrize("kind", ["JPEG", "GIF"])
def test_comments_are_left_behind(kind: str) -> None:
    for comment in (b"secret place", b"x" * 60_000, b"x" * 65_000):
        data = saved(quarters(), kind, comment=comment)
        if kind == "GIF":
            start = 13 + 3 * (2 << (data[10] & 7)) * (data[10] >> 7)
            data = data[:start] + (b"\x21\xfe\x0csecret place\x00" * 9_000) + data[start:]
        jpeg = shrunk(data, 64)
        assert opened(jpeg).shape == (48, 64, 3)
        assert b"secret" not in (jpeg or b"")


def test_exif_that_makes_no_sense_does_not_cost_the_picture() -> None:
    for exif in (b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0" + bytes(50), b"Exif\0\0II*\0"):
        data = saved(quarters(), "JPEG", exif=exif, quality=95)
        assert np.abs(corners(shrunk(data, 64)) - FOUR).max() <= 6
    exif_9 = Image.Exif()
    exif_9[0x0112] = 9
    assert shrunk(saved(quarters(), "JPEG", exif=exif_9), 64)


def test_print_colours_become_screen_colours() -> None:
    data = saved(quarters().convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data[:200]  # inks are stored inverted, as by Photoshop
    assert np.abs(corners(shrunk(data, 64)) - FOUR).max() <= 12


def test_colours_of_a_profile_become_those_of_the_screen() -> None:
    # A profile whose red and green are swapped: what it calls red, a screen calls green.
    r, g, b = quarters().split()
    plain = Image.merge("RGB", (g, r, b))
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {name: profile.index(name, 128) + 4 for name in (b"rXYZ", b"gXYZ")}
    red, green = (bytes(profile[at[n] : at[n] + 4]) for n in (b"rXYZ", b"gXYZ"))
    profile[at[b"rXYZ"] : at[b"rXYZ"] + 4], profile[at[b"gXYZ"] : at[b"gXYZ"] + 4] = green, red
    for kind in ("JPEG", "PNG", "WEBP"):
        data = saved(plain, kind, icc_profile=bytes(profile), quality=98)
        assert np.abs(corners(shrunk(data, 128)) - FOUR).max() <= 8


def test_a_profile_that_is_broken_or_for_other_colours_is_not_followed() -> None:
    rgb_profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for image, profile in (
        (quarters(), b"no profile"),
        (quarters(), rgb_profile[:200]),
        (quarters().convert("L"), rgb_profile),
        (quarters().convert("CMYK"), rgb_profile),
    ):
        jpeg = shrunk(saved(image, "JPEG", icc_profile=profile, quality=95), 64)
        expected = np.asarray(image.convert("RGB").resize((2, 2), 0), int).reshape(4, 3)
        assert np.abs(corners(jpeg) - expected).max() <= 12


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "L"])
def test_what_is_transparent_is_white(mode: str) -> None:
    grey = Image.new("L", (100, 100), 90)
    if mode in ("RGBA", "LA"):
        image = Image.merge("LA", (grey, Image.new("L", grey.size, 255)))
        image.paste((0, 0), (0, 0, 50, 100))
        data = saved(image.convert(mode), "PNG")
    else:
        grey.paste(7, (0, 0, 50, 100))
        image = grey.convert(mode)
        index = image.getpixel((0, 0)) if mode != "RGB" else (7, 7, 7)
        data = saved(image, "PNG", transparency=index)
    pixels = opened(shrunk(data, 64))
    assert pixels[:, :24].min() >= 250
    assert np.abs(pixels[:, 40:] - 90).max() <= 5


def test_half_transparent_colours_do_not_bleed() -> None:
    image = Image.new("RGBA", (100, 100), (255, 0, 0, 128))
    assert np.abs(opened(shrunk(saved(image, "PNG"), 64)) - (255, 127, 127)).max() <= 4


@pytest.mark.parametrize("level", [0, 100, 255])
def test_sixteen_bits_are_scaled_not_cut(level: int) -> None:
    image = Image.fromarray(np.full((80, 80), level * 257, np.uint16))
    assert np.abs(opened(shrunk(saved(image, "PNG"), 64)) - level).max() <= 2


def test_the_first_frame_of_an_animation_is_shown() -> None:
    frames = [quarters(), Image.new("RGB", (400, 300), "black")]
    for kind in ("GIF", "WEBP", "PNG"):
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert np.abs(corners(shrunk(data, 64)) - FOUR).max() <= 25


def test_black_and_white_stays_so() -> None:
    bits = Image.new("1", (80, 80))
    bits.paste(1, (0, 0, 40, 80))
    pixels = opened(shrunk(saved(bits, "PNG"), 64))
    assert (pixels[:, :28].min(), pixels[:, 36:].max()) >= (250, 0)
    assert pixels[:, 36:].max() <= 5


@pytest.mark.parametrize("kind", ["baseline", "progressive", "png", "webp", "gif"])
def test_a_picture_cut_short_counts_as_none(kind: str) -> None:
    data = KINDS[kind]
    for length in (0, 1, 10, len(data) // 3, len(data) * 9 // 10):
        assert shrunk(data[:length], 64) is None


@pytest.mark.parametrize("kind", ["TIFF", "PPM", "ICO", "TGA", "PCX"])
def test_other_kinds_of_pictures_count_as_none(kind: str) -> None:
    assert shrunk(saved(quarters(64, 64), kind), 64) is None


def png(width: int, height: int, *chunks: tuple[bytes, bytes], rows: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


def in_time(data: bytes) -> bytes | None:
    began_s = time.monotonic()
    jpeg = shrunk(data, 64)
    assert time.monotonic() - began_s < 10
    return jpeg


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_of_too_many_pixels_is_never_decoded() -> None:
    bomb = png(8_000, MAX_PIXELS // 8_000 + 1, rows=bytes(1000))
    huge = png(2**31 - 1, 2**31 - 1)
    for data in (bomb, huge, png(100_000, 100_000)):
        assert in_time(data) is None


def test_a_picture_of_too_many_bytes_is_never_opened() -> None:
    assert shrunk(saved(quarters(), "PNG") + bytes(MAX_PICTURE_BYTES), 64) is None


def test_the_largest_picture_allowed_is_shown() -> None:
    side = 8_000
    data = png(side, side, rows=(b"\0" + b"\x80" * side) * side)
    assert opened(in_time(data)).shape == (64, 64, 3)


def test_a_text_chunk_that_unpacks_to_gigabytes_does_not() -> None:
    text = b"Comment\0\0" + zlib.compress(bytes(100 << 20), 9)
    assert in_time(png(4, 4, *[(b"zTXt", text)] * 5, rows=bytes(20))) is None


def test_millions_of_empty_parts_end_soon() -> None:
    jpeg = KINDS["baseline"]
    comment = b"\xff\xe1\x00\x0aExif\0\0MM"
    many = jpeg[:2] + comment * ((16 << 20) // len(comment)) + jpeg[2:]
    assert in_time(many) is None
    assert in_time(png(4, 4, *[(b"prVt", b"")] * 1_000_000, rows=bytes(20))) is None
    gif = KINDS["gif"]
    start = 13 + 3 * (2 << (gif[10] & 7)) * (gif[10] >> 7)
    assert in_time(gif[:start] + b"\x21\xfe\x01x\x00" * 1_000_000 + gif[start:]) is None


def test_scans_without_end_are_refused() -> None:
    data = KINDS["progressive"]
    last = data.rindex(b"\xff\xda")
    assert in_time(data[:-2] + data[last:-2] * 200 + data[-2:]) is None


@settings(max_examples=tries(300), suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(sorted(KINDS)),
    damage=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=12),
    cut=st.integers(0, 1 << 20) | st.none(),
)
def test_damaged_pictures_are_shown_or_count_as_none(
    kind: str, damage: list[tuple[int, int]], cut: int | None
) -> None:
    data = bytearray(KINDS[kind])
    for at, value in damage:
        data[at % len(data)] = value
    jpeg = shrunk(bytes(data if cut is None else data[: cut % len(data)]), 64)
    if jpeg is not None:
        assert max(opened(jpeg).shape[:2]) <= 64


def test_the_kinds_that_are_tested_are_the_kinds_that_are_taken() -> None:
    taken = {Image.open(BytesIO(data)).format for data in KINDS.values()}
    assert taken == {*artworkimage.KINDS, "MPO"}  # a JPEG that holds further pictures
