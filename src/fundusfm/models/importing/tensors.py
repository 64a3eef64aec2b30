"""Finds the network's weights in what a file holds."""

from collections.abc import Mapping
from typing import Any

import torch

from fundusfm.models.importing.shell import Shell

_WRAPPERS = (
    "state_dict_ema",
    "model_ema",
    "state_dict",
    "model_state_dict",
    "model",
    "teacher",
    "student",
    "network",
    "net",
    "backbone",
    "encoder",
    "module",
)
"""Under which names checkpoints keep weights; averaged ones first, and a teacher before its student."""


def find_tensors(content: Any) -> dict[str, torch.Tensor]:
    """Returns the state dict in the content of a file, or in the checkpoint or whole model that it holds.

    Args:
        content: What `read_pickled` returned.

    Returns:
        Tensors by name, as `state_dict()` would name them; empty where there are none.
    """
    if isinstance(content, Shell):
        return _of_module(content.state, "")
    if not isinstance(content, Mapping):
        return {}
    for name in _WRAPPERS:
        if isinstance(content.get(name), Mapping | Shell) and (found := find_tensors(content[name])):
            return found
    return {name: value.detach() for name, value in content.items() if isinstance(name, str) and _is_plain(value)}


def _of_module(state: Any, prefix: str) -> dict[str, torch.Tensor]:
    """Collects what `torch.nn.Module.state_dict` would, from the attributes of a pickled module."""
    if not isinstance(state, Mapping):
        return {}
    found: dict[str, torch.Tensor] = {}
    left_out = state.get("_non_persistent_buffers_set") or ()
    for kind in ("_parameters", "_buffers"):
        tensors = state.get(kind)
        for name, value in tensors.items() if isinstance(tensors, Mapping) else ():
            if _is_plain(value) and not (kind == "_buffers" and name in left_out):
                found[f"{prefix}{name}"] = value.detach()
    modules = state.get("_modules")
    for name, module in modules.items() if isinstance(modules, Mapping) else ():
        if isinstance(module, Shell):
            found |= _of_module(module.state, f"{prefix}{name}.")
    return found


def _is_plain(value: Any) -> bool:
    """Whether it is a tensor with numbers in it, not a sparse, quantised or empty-shelled one."""
    return (
        isinstance(value, torch.Tensor) and value.layout is torch.strided and not (value.is_quantized or value.is_meta)
    )
