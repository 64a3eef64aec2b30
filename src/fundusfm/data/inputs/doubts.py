"""Which eyes are in doubt, in one sentence."""

from collections.abc import Iterable

_SHOWN = 5


def doubts_text(doubts: Iterable[tuple[str, str]]) -> str:
    """Returns which photographs' eyes are in doubt, and why; empty where none is.

    Args:
        doubts: Name of each photograph and what contradicts what, such as `Source.name` and `Source.doubt`; those
            without a contradiction are passed over.
    """
    found = [f"{name} ({doubt})" for name, doubt in doubts if doubt]
    if not found:
        return ""
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    photographs = "1 photograph" if len(found) == 1 else f"{len(found)} photographs"
    return f"the eye of {photographs} is in doubt: {'; '.join(found[:_SHOWN])}{more}"
