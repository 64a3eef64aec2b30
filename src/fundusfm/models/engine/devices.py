"""What computes: the processor through ONNX Runtime, a graphics card through PyTorch, or what is asked for by name."""

import os
import shutil
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fundusfm.errors import ConfigError
from fundusfm.platforms import cores

AUTO, CPU = "auto", "cpu"

_TORCH = ("cuda", "mps")
_SUFFIX = "ExecutionProvider"
_ALIASES = {"directml": "dml"}

_limit: int | None = None


@cache
def torch_device(device: str) -> str | None:
    """Returns the device on which PyTorch computes; None where ONNX Runtime does.

    PyTorch, which takes seconds to import, is only imported where there may be a graphics card.

    Args:
        device: `auto`, or a name.
    """
    wanted = [name for name in _TORCH if device in (AUTO, name)]
    if not wanted or not _may_have_graphics() or find_spec("torch") is None:
        return None
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return next((name for name in wanted if there[name]), None)


def providers(device: str) -> list[str]:
    """Returns the execution providers of ONNX Runtime for a device, the best one first.

    Args:
        device: `auto` (CUDA where ONNX Runtime has it, else the processor), `cpu`, or the name of a provider in small
            letters, such as `cuda`, `openvino` or `directml`.

    Raises:
        ConfigError: The installed ONNX Runtime has no such provider; the sentence lists those it has.
    """
    import onnxruntime

    known = {name.removesuffix(_SUFFIX).lower(): name for name in onnxruntime.get_available_providers()}
    known.pop("azure", None)  # sends images to a service
    if device == AUTO:
        device = "cuda" if "cuda" in known else CPU
    name = known.get(_ALIASES.get(device, device))
    if name is None:
        raise ConfigError(
            f"--device {device} is not there: this installation computes on auto, {', '.join(sorted(known))}. Graphics "
            "cards need pip install 'fundusfm[train]', or onnxruntime-gpu in the place of onnxruntime."
        )
    return [name] if name == known[CPU] else [name, known[CPU]]


def limit_threads(count: int) -> None:
    """Lets every graph that this process opens from now on compute with so many threads."""
    global _limit
    _limit = count


def threads() -> int:
    """Returns how many threads compute: the limit, `$OMP_NUM_THREADS` where it is set, else one per core at hand."""
    if _limit is not None:
        return _limit
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    return cores()


def _may_have_graphics() -> bool:
    if sys.platform == "darwin":
        return True
    return any(map(Path.exists, (Path("/dev/nvidiactl"), Path("/dev/dxg")))) or shutil.which("nvidia-smi") is not None
