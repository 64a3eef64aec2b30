"""Test-time augmentation: which mirror images of a photograph a network sees, for classifiers and segmenters alike."""

_MIRRORS = ((1,), (0,), (0, 1))
"""Axes of an image (height, width, channels) along which it is mirrored: left-right, up-down, both."""


def mirror_axes(tta: bool) -> tuple[tuple[int, ...], ...]:
    """Returns the axes to flip for each view of a photograph.

    Args:
        tta: Whether the three mirror images are seen too.

    Returns:
        The empty tuple for the photograph itself, first, then the axes of each mirror image.
    """
    return ((), *_MIRRORS) if tta else ((),)
