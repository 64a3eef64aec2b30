"""Pages and frames of an image file: which of them are photographs.

TIFF, MPO, GIF, WebP, PNG, AVIF and HEIF files may hold several pictures. Each is a photograph of its own, except for
previews, which are told by their size: their area is less than half that of the largest picture in the file.
"""

from collections.abc import Iterator

from PIL import Image

from fundusfm.data.decode.damage import PILLOW_DAMAGE

MOST_PAGES = 1000
"""A file that claims more is damaged or hostile, as each page becomes a row."""

MOST_FILM_FRAMES = 100
"""A frame of an animation is decoded from the first one on, so the cost grows with the square of their number."""

_PREVIEW = 0.5
_FILMS = ("GIF", "WEBP", "PNG", "AVIF")


def photograph_pages(image: Image.Image) -> list[int]:
    """Returns the pages of a file that are photographs, counted from 0; at least one.

    Nothing is decoded. A page whose header is damaged counts as a photograph: decoding it says what is wrong. The
    second picture of an MPO is left out where the file ends before it, since many programs take it away and leave
    its entry in the header. An animation of more than 100 frames counts as its first frame, and so does a file of more
    than 1,000 pages, which decoding refuses.

    Args:
        image: Opened by Pillow, at any page.
    """
    count = page_count(image)
    if count == 1 or count > (MOST_FILM_FRAMES if image.format in _FILMS else MOST_PAGES):
        return [0]
    if image.format in _FILMS:
        return list(range(count))
    areas = list(_areas(image, count))
    largest = max((area for area in areas if area is not None), default=0)
    kept = [page for page, area in enumerate(areas) if area is None or area >= _PREVIEW * largest]
    return kept or [0]


def page_count(image: Image.Image) -> int:
    """Returns how many pages or frames a file claims, at least 1."""
    try:
        return int(getattr(image, "n_frames", 1))
    except PILLOW_DAMAGE:
        return 1


def _areas(image: Image.Image, count: int) -> Iterator[int | None]:
    """Yields the area of every page, 0 for one that is not there, None for one whose header is damaged."""
    for page in range(count):
        try:
            image.seek(page)
            yield image.size[0] * image.size[1]
        except EOFError:
            yield 0
        except PILLOW_DAMAGE:
            yield 0 if image.format == "MPO" else None
