"""timm, imported without torch's compiler: write `from fundusfm.models.timm_import import timm`.

timm imports torchvision, whose `roi_align` takes one function from `torch._dynamo.utils` that it may call much later,
and a few of timm's and torchvision's functions are marked `torch.compiler.disable`. Either loads the whole compiler
(with inductor, triton and sympy), about a third of the time to a first prediction, which compiles nothing.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

# Torch's own decorator that loads the compiler when a marked function is first called instead of when it is marked.
from torch._compile import _disable_dynamo

__all__ = ["timm"]

_COMPILER, _UTILS = "torch._dynamo", "torch._dynamo.utils"


class _Deferred(ModuleType):
    """Stands for a module of the compiler; whatever it does not know itself loads the real one."""

    def __getattr__(self, name: str) -> Any:
        # The import system and `inspect` look around in all modules; only a path means that a submodule is wanted.
        if name.startswith("__") and (name, self.__name__) != ("__path__", _COMPILER):
            raise AttributeError(name)
        _step_aside()
        return getattr(importlib.import_module(self.__name__), name)


def _is_compile_supported(device_type: Any) -> Any:
    return importlib.import_module(_UTILS).is_compile_supported(device_type)


def _disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    return _disable_dynamo(fn, recursive)


def _step_aside() -> None:
    for name in (_COMPILER, _UTILS):
        if isinstance(sys.modules.get(name), _Deferred):
            del sys.modules[name]


@contextmanager
def _compiler_deferred() -> Iterator[None]:
    """Keeps imports in the block from loading the compiler, unless they need more of it than marks."""
    if _COMPILER in sys.modules:
        yield
        return
    compiler, utils = _Deferred(_COMPILER), _Deferred(_UTILS)
    vars(compiler).update(disable=_disable, utils=utils)
    vars(utils).update(is_compile_supported=_is_compile_supported)
    sys.modules |= {_COMPILER: compiler, _UTILS: utils}
    try:
        yield
    finally:
        _step_aside()


with _compiler_deferred():
    import timm
