"""Labels that mean healthy, so that a low score is the finding."""

_HEALTHY = frozenset(("n", "normal", "healthy", "no dr"))


def means_healthy(label: str) -> bool:
    """Returns whether a label says that nothing was found, such as ODIR's `N`."""
    return label.lower() in _HEALTHY
