"""Checkpoints that survive a kill or a full disk at any moment, on any file system.

Lightning writes a checkpoint into the folder for temporary files and moves it, which is a copy over the only good file
where that folder is on another file system. Here each one is written beside its target, flushed to the disk and
renamed, and the one before it is kept.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from lightning.fabric.plugins.io import TorchCheckpointIO
from safetensors import SafetensorError
from safetensors.torch import load, save

from fundusfm.errors import RunFolderError
from fundusfm.runs import replacing, write_atomic

LAST = "last.ckpt"
PREVIOUS = "previous.ckpt"
STATE_KEY = "fundusfm"
"""Key under which a checkpoint holds what Lightning does not know of."""


class AtomicCheckpoints(TorchCheckpointIO):
    """Lightning's way of writing checkpoints, made safe; reading stays Lightning's own."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None) -> None:
        """Writes a checkpoint and keeps the one before it as `previous.ckpt`.

        Args:
            checkpoint: State of network, optimiser, schedule and callbacks.
            path: The file.
            storage_options: Not used.

        Raises:
            OSError: The disk is full or cannot be written; the earlier checkpoints are untouched then.
        """
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()  # PyTorch hides the cause when it cannot write a file itself
        torch.save(checkpoint, content)
        with replacing(target) as temporary:
            temporary.write_bytes(content.getbuffer())
            if target.exists():
                target.replace(target.with_name(PREVIOUS))


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that a fit can continue from.

    Attributes:
        path: The file.
        epochs: Epochs that were finished when it was written.
    """

    path: Path
    epochs: int


def find_checkpoint(folder: Path, *, log_line: Callable[[str], None]) -> Checkpoint | None:
    """Returns the newest whole checkpoint of a fit; None where there is none, so that the fit begins anew.

    Args:
        folder: The fit's folder.
        log_line: Receives a sentence for each damaged checkpoint.
    """
    damaged = False
    for path in (folder / LAST, folder / PREVIOUS):
        if not path.exists():
            continue
        try:
            found = _read(path)
        except _DAMAGE as error:
            damaged = True
            log_line(f"WARNING: {path} is damaged ({_reason(error)}) and is not used")
            continue
        if damaged:
            log_line(f"continuing from {path} instead, after epoch {found.epochs}")
        return found
    if damaged:
        log_line(f"no checkpoint in {folder} is whole, so this fit begins anew")
    return None


def discard_checkpoints(folder: Path) -> None:
    """Removes the checkpoints of a fit that is finished: the optimiser's state is of no use any more."""
    for name in (LAST, PREVIOUS):
        (folder / name).unlink(missing_ok=True)


def write_weights(path: Path, state: Mapping[str, torch.Tensor]) -> None:
    """Writes tensors as safetensors, atomically."""
    write_atomic(path, save({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}))


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Reads what `write_weights` wrote.

    Raises:
        RunFolderError: The file is missing or damaged.
    """
    try:
        return load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise RunFolderError(
            f"{path} cannot be read ({_reason(error)}): remove {path.parent} and continue with --resume; this fit is "
            "then repeated."
        ) from error


_DAMAGE = (
    OSError,
    EOFError,
    RuntimeError,
    UnpicklingError,
    zipfile.BadZipFile,
    NotImplementedError,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
)
"""What a damaged file raises, wherever the damage is."""


def _read(path: Path) -> Checkpoint:
    with zipfile.ZipFile(path) as archive:
        if broken := archive.testzip():  # PyTorch does not compare the checksums that it writes
            raise zipfile.BadZipFile(f"the checksum of {broken} is wrong")
    state = torch.load(path, weights_only=True, mmap=True, map_location="cpu")[STATE_KEY]
    return Checkpoint(path, len(state["history"]))


def _reason(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0] or type(error).__name__
