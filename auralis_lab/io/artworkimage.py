"""Pictures made small enough to show.

Pictures are foreign data. JPEG, PNG, WebP, GIF and BMP up to 32 MiB and 64 million pixels are
decoded, each by its own rules: the first frame of an animation, turned the way its EXIF says,
colours by its ICC profile, transparency on white. A picture that is cut short, larger, of another
kind or made to keep a decoder busy counts as none.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from auralis_lab.errors import ParameterError

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

__all__ = ["MAX_PICTURE_BYTES", "check_size", "shrunk"]

MIN_PX, MAX_PX = 16, 1024
MAX_PICTURE_BYTES = 32 << 20
MAX_PIXELS = 64_000_000
MAX_READS = 50_000
"""A decoder that asks for more pieces of one picture is being kept busy."""
MAX_JPEG_SCANS = 100
QUALITY = 90
KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
EXIF_ORIENTATION = 0x0112


def check_size(size_px: int) -> None:
    """Refuse a size that is no whole number from 16 to 1024.

    Raises
    ------
    ParameterError
    """
    if type(size_px) is not int or not MIN_PX <= size_px <= MAX_PX:
        raise ParameterError(f"size_px={size_px!r} must be {MIN_PX} to {MAX_PX}")


def shrunk(data: bytes, size_px: int) -> bytes | None:
    """Make a picture small enough to show.

    Parameters
    ----------
    data : bytes
        The picture as it lies in a file.
    size_px : int
        Longest side of the result. A smaller picture is not enlarged.

    Returns
    -------
    jpeg : bytes or None
        In sRGB and without metadata. ``None`` if the picture cannot be shown.
    """
    from PIL import Image

    if not 0 < len(data) <= MAX_PICTURE_BYTES or _has_endless_scans(data):
        return None
    try:
        with Image.open(_Guarded(data), formats=KINDS) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            upright = _shown(image, size_px)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning):
        return None
    upright.info.clear()  # or a comment would be carried over
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=QUALITY, subsampling="4:4:4")
    return out.getvalue()


class _Guarded(io.BytesIO):
    """Bytes that can be read in a bounded number of pieces.

    A picture of millions of empty parts takes a decoder hours although it is small.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._reads_left = MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads_left -= 1
        if self._reads_left < 0:
            raise OSError("too many parts")
        return super().read(size)


def _has_endless_scans(data: bytes) -> bool:
    """Whether a JPEG goes over its pixels so often that decoding it would take minutes."""
    return data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MAX_JPEG_SCANS


def _shown(image: PilImage, size_px: int) -> PilImage:
    """Decode an open image, small, upright and in sRGB on white."""
    from PIL import Image

    box = (size_px, size_px)
    orientation = _orientation(image)
    profile = image.info.get("icc_profile")
    if image.format in ("JPEG", "MPO"):
        image.draft(None, (2 * size_px, 2 * size_px))
    flat = _with_plain_samples(image)
    flat.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    alpha = flat.getchannel("A") if flat.mode == "RGBA" else None
    colours = _to_srgb(flat.convert("RGB") if alpha else flat, profile)
    if alpha:
        white = Image.new("RGB", colours.size, "white")
        white.paste(colours, mask=alpha)
        colours = white
    return colours.transpose(Image.Transpose(orientation)) if orientation is not None else colours


def _with_plain_samples(image: PilImage) -> PilImage:
    """Bring to 8 bits per sample: L, RGB, RGBA or CMYK."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "I":
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("LA", "PA", "La", "RGBa", "RGBA") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _to_srgb(image: PilImage, profile: bytes | None) -> PilImage:
    """Convert by the picture's own profile, if it has one that works."""
    from PIL import ImageCms

    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # colours without a profile are close enough
        else:
            if converted is not None:
                return converted
    return image.convert("RGB")


def _orientation(image: PilImage) -> int | None:
    """What turns the picture upright, as a number of Pillow's; None if it is."""
    from PIL import Image

    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    try:
        return turns.get(image.getexif().get(EXIF_ORIENTATION, 1))
    except Exception:  # Pillow raises whatever malformed EXIF leads it to; the picture is fine
        return None
