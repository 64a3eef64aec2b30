"""Old option names; they work for one release, with a warning."""

from collections.abc import Mapping
from typing import Any

RENAMED = {
    "accumulate": "accumulate_grad_batches",
    "balance": "pos_weight",
    "flips": "tta",
    "images": "paths",
    "keep": "checkpoint",
}
"""Names that changed in every command that has them."""


def current_names(options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns options under the names that they have now."""
    return {RENAMED.get(name, name): value for name, value in options.items()}
