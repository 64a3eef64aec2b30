"""Reads pickled weights without running anything: state dicts, checkpoints and whole pickled models.

torch's archives go through torch's own restricted unpickler (`weights_only=True`), to which every class of a network is
declared as a shell (`fundusfm.models.importing.shell`). Files that `pickle.dump` wrote go through an unpickler of
Python's whose `find_class` finds the same shells and what rebuilds tensors, and nothing else.
"""

import io
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from fundusfm.errors import WeightsError
from fundusfm.models.importing.memory import reading_bound
from fundusfm.models.importing.shell import Shell, becomes_shell

_ZIP = b"PK\x03\x04"
_BEFORE_1_6 = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""How files begin that torch.save wrote before version 1.6."""

_TIMES = 4
"""How much larger the parts of an archive may be than the file: torch.save compresses nothing."""

_FAULTS = (
    UnpicklingError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What unpickling a damaged or hostile file can end in."""


def read_pickled(path: Path) -> Any:
    """Reads a file that `torch.save` or `pickle.dump` wrote.

    Args:
        path: The file.

    Returns:
        What was saved: mappings, lists and tensors on the CPU; every other object is a `Shell`.

    Raises:
        WeightsError: The file is damaged, of a kind that is not read, asks for far more memory than it is large, or
            names something that no network consists of.
    """
    start = b""
    try:
        with path.open("rb") as file:
            start = file.read(len(_BEFORE_1_6))
        with reading_bound(path):
            if start.startswith(_ZIP):
                return _archive(path)
            if start == _BEFORE_1_6:
                return torch.load(path, map_location="cpu", weights_only=True)
            if not tarfile.is_tarfile(path):
                with path.open("rb") as file:
                    return _Unpickler(file).load()
    except _Refused as error:
        raise WeightsError(
            f"{path} names {error.name}, which is no part of a network, and code in a file is never run. Nothing of it "
            "was executed. If you trust its makers, ask them for the state dict as safetensors."
        ) from error
    except _FAULTS as error:
        if start == _BEFORE_1_6 and isinstance(error, UnpicklingError):  # torch's text advises to drop the protection
            raise WeightsError(
                f"{path} was saved by PyTorch before 1.6 and holds more than tensors; of such files only state dicts "
                "are read. Save it again as torch.save(model.state_dict(), FILE) with a later version."
            ) from error
        if isinstance(error, MemoryError) or "allocate memory" in str(error):
            raise WeightsError(
                f"{path} asks for far more memory than its {path.stat().st_size:,} bytes hold: it is damaged, or made "
                "to harm. Nothing of it was kept.",
                code="MEMORY",
            ) from None
        raise WeightsError(
            f"{path} cannot be read as weights ({type(error).__name__}): it is damaged, or no file of torch.save or "
            "pickle.dump. Compare its checksum with the source's."
        ) from error
    raise WeightsError(
        f"{path} is a tar archive, which PyTorch wrote before 0.1.10 and which is not read: save the model's state "
        "dict again with a later version."
    )


class _Refused(UnpicklingError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _archive(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        declared = sum(member.file_size for member in archive.infolist())
        if declared > _TIMES * path.stat().st_size:
            raise MemoryError
        if (damaged := archive.testzip()) is not None:  # torch itself looks at no checksum
            raise WeightsError(
                f"{path} is damaged: the checksum of its part {damaged} does not match. Copy the file again.",
                code="CHECKSUM",
            )
    names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    for name in sorted(names):
        if not becomes_shell(name):
            raise _Refused(name)
    with torch.serialization.safe_globals([(Shell, name) for name in names]):
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        full = f"{module.replace('__builtin__', 'builtins')}.{name}"
        if full in _MAKERS:
            # Not the function itself: a pickle may set attributes of what it is given.
            return lambda *arguments: _MAKERS[full](*arguments)
        if full == "collections.OrderedDict":
            return OrderedDict
        if full == "builtins.set":
            return set
        if not becomes_shell(full):
            raise _Refused(full)
        return type("Shell", (Shell,), {})  # one of its own, for the same reason


def _storage(content: bytes) -> Any:
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


def _parameter(tensor: torch.Tensor, *_: Any) -> torch.Tensor:
    return tensor


_MAKERS: dict[str, Callable[..., Any]] = {
    "torch.storage._load_from_bytes": _storage,
    "torch._utils._rebuild_tensor_v2": torch._utils._rebuild_tensor_v2,
    "torch._utils._rebuild_parameter": _parameter,
}
