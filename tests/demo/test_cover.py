import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from auralis_lab.demo.cover import COVERS, SIZE, draw_cover
from auralis_lab.errors import ParameterError


def _pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.float32)


@pytest.mark.parametrize("name", COVERS)
def test_a_cover_is_a_small_square_picture_with_contrast(name: str) -> None:
    data = draw_cover(name)
    picture = _pixels(data)
    assert picture.shape == (SIZE, SIZE, 3)
    assert picture.std() > 20
    assert len(data) < 150_000


def test_a_cover_is_the_same_every_time() -> None:
    first = draw_cover("lamp")
    draw_cover.cache_clear()
    assert draw_cover("lamp") == first


def test_no_two_covers_look_alike() -> None:
    pictures = [_pixels(draw_cover(name)) for name in COVERS]
    assert all(np.abs(a - b).mean() > 20 for a, b in combinations(pictures, 2))


def test_a_png_is_the_same_picture() -> None:
    data = draw_cover("petals", encoding="PNG")
    assert Image.open(io.BytesIO(data)).format == "PNG"
    assert np.abs(_pixels(data) - _pixels(draw_cover("petals"))).mean() < 3


def test_an_unknown_cover_is_refused() -> None:
    with pytest.raises(ParameterError, match="must be 'night'"):
        draw_cover("none")
