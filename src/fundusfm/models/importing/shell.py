"""What the classes that a pickle names become: shells that keep what they are given and do nothing.

No module is imported and no code of the file's choosing is called, so a pickled model is read as data. Only names that
trained models are known to hold become shells; a file that names anything else is refused, since it was made for
something else than to be weights.
"""

import re
from typing import Any

_MODEL_PARTS = ("torch.nn.", "torchvision.models.", "torchvision.ops.", "timm.", "__main__.")
"""Modules of networks; `__main__` is where a class of the training script itself is said to live."""

_SETTINGS = {
    "argparse.Namespace",
    "functools.partial",
    "numpy.dtype",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
}
"""What training scripts save beside the weights: options, and the best score so far."""

_VALUES = re.compile(
    r"pathlib\.(_local\.)?(Pure)?(Posix|Windows)Path|torch\.(device|Size|(b?float|u?int|bool|complex)\w*)"
)


class Shell:
    """Stands for an object of any class.

    Attributes:
        state: What the object's attributes would have been, or None.
    """

    state: Any = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Takes what the class would have been made with, and drops it."""

    def __setstate__(self, state: Any) -> None:
        self.state = state


def becomes_shell(name: str) -> bool:
    """Whether a pickle may name this, `module.attribute`, and gets a shell for it."""
    return name.startswith(_MODEL_PARTS) or name in _SETTINGS or _VALUES.fullmatch(name) is not None
