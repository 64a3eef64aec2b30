"""Which mirror images of a photograph a network sees, for classifiers and segmenters alike."""

VIEWS = (1, 2, 4)
"""How many views there can be."""

MOST_VIEWS = VIEWS[-1]

_AXES: tuple[tuple[int, ...], ...] = ((), (1,), (0,), (0, 1))
"""Of an image (height, width, channels): none, then left-right, up-down, both."""


def mirror_axes(views: int) -> tuple[tuple[int, ...], ...]:
    """Returns the axes to flip for each view of a photograph, of an image (height, width, channels).

    Args:
        views: 1 is the photograph itself; with 2 the network also sees it mirrored, with 4 also upside down.

    Returns:
        The empty tuple for the photograph itself, first, then the axes of each mirror image.
    """
    return _AXES[:views]
