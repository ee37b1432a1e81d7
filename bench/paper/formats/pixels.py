"""Images by Pillow: read as arrays of one size, and written as JPEG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

LEAST = 0.5
"""An image must have this share of the pixels of the size that it is brought to, in each axis."""
QUALITY = 95


def centre(file: Path, side: int, around: float) -> NDArray[np.uint8]:
    """Return the middle of an image, a square of `side` pixels, shape (3, side, side).

    Parameters
    ----------
    file : path
        Of the image.
    side : int
        Pixels. A square image of this size is taken as it is.
    around : float
        The shorter side of another image is brought to `around` * `side` pixels before.

    Raises
    ------
    ValueError
        Where the file is no image, or is too small.
    """
    image = _opened(file, side, side)
    if image.size != (side, side):
        factor = around * side / min(image.size)
        wide, high = (max(side, round(factor * axis)) for axis in image.size)
        left, top = (wide - side) // 2, (high - side) // 2
        image = image.resize((wide, high)).crop((left, top, left + side, top + side))
    return _planes(image)


def resized(file: Path, height: int, width: int) -> NDArray[np.uint8]:
    """Return a whole image in another size, shape (3, height, width).

    Raises
    ------
    ValueError
        Where the file is no image, or is too small.
    """
    image = _opened(file, height, width)
    return _planes(image if image.size == (width, height) else image.resize((width, height)))


def whole(file: Path) -> NDArray[np.uint8]:
    """Return an image as it is, shape (height, width, 3).

    Raises
    ------
    ValueError
        Where the file is no image.
    """
    return np.asarray(_opened(file, 1, 1), dtype=np.uint8)


def _opened(file: Path, height: int, width: int) -> Image.Image:
    try:
        with Image.open(file) as opened:
            image = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ValueError(f"{file} must be a whole image, got: {error}") from error
    if image.height < LEAST * height or image.width < LEAST * width:
        raise ValueError(
            f"{file} must have at least {LEAST * height:.0f} x {LEAST * width:.0f} pixels "
            f"(height x width), got {image.height} x {image.width}"
        )
    return image


def _planes(image: Image.Image) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.asarray(image, dtype=np.uint8).transpose(2, 0, 1))


def write_jpeg(file: Path, image: NDArray[np.uint8]) -> None:
    """Write an image of shape (height, width, 3) as JPEG."""
    Image.fromarray(image).save(file, format="JPEG", quality=QUALITY)
