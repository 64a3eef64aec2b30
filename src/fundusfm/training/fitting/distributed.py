"""What the processes of one fit tell each other within a step; with one process there is nothing to tell."""

from collections.abc import Sequence

import torch
from torch import distributed


def gather_rows(own: torch.Tensor, sizes: Sequence[int]) -> torch.Tensor:
    """Returns the rows of all processes, in the order of their ranks.

    Only a process's own rows carry a gradient. So a loss of the gathered rows has the same value in every process, and
    the gradients of all processes add up to that of the loss.

    Args:
        own: The rows of this process.
        sizes: Number of rows of every process.
    """
    if len(sizes) == 1:
        return own
    padded = own.new_zeros((max(sizes), *own.shape[1:]))
    padded[: len(own)] = own.detach()
    parts = [torch.empty_like(padded) for _ in sizes]
    distributed.all_gather(parts, padded)
    parts = [part[:size] for part, size in zip(parts, sizes, strict=True)]
    parts[distributed.get_rank()] = own
    return torch.cat(parts)


def from_first(value: torch.Tensor) -> torch.Tensor:
    """Returns the first process's value, of the same shape in all."""
    value = value.clone()
    distributed.broadcast(value, src=0)
    return value
