"""Reports which weights of a file were loaded and which were not."""

from dataclasses import asdict, dataclass
from typing import Any

import torch

_SHOWN = 4
_COUNTER = "num_batches_tracked"
"""Counts training steps, and no prediction depends on it."""


@dataclass(frozen=True)
class LoadReport:
    """Names of tensors, by whether and how they were loaded.

    Attributes:
        loaded: In the network with the file's values.
        missing: In the network but not in the file; they keep the values of a new network.
        unexpected: In the file, but no part of the backbone, such as heads and decoders.
        mismatched: In both, with different shapes: the file's, the network's.
        tensors: Share of the network's tensors that were loaded, 0..1.
        parameters: The same, of its numbers.
    """

    loaded: list[str]
    missing: list[str]
    unexpected: list[str]
    mismatched: dict[str, tuple[list[int], list[int]]]
    tensors: float
    parameters: float

    @property
    def share(self) -> float:
        """The smaller of both shares: a few missing norms spoil a network as surely as one missing matrix."""
        return min(self.tensors, self.parameters)

    def plain(self) -> dict[str, Any]:
        """Returns it as JSON holds it."""
        return asdict(self)

    def text(self) -> str:
        """Returns it for people, with the first names of each kind."""
        shapes = [f"{name} {theirs} for {ours}" for name, (theirs, ours) in self.mismatched.items()]
        rows = (
            ("loaded", [f"{self.tensors:.1%} of the backbone's tensors, {self.parameters:.1%} of its parameters"]),
            ("missing", self.missing),
            ("unexpected", self.unexpected),
            ("shape mismatch", shapes),
        )
        counts = (len(self.loaded), len(self.missing), len(self.unexpected), len(self.mismatched))
        return "\n".join(
            f"{title:<16}{count:>5}  {', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}".rstrip()
            for (title, names), count in zip(rows, counts, strict=True)
        )


def compare(
    file: dict[str, torch.Tensor], network: dict[str, torch.Tensor], *, others: list[str], prefix: str = ""
) -> LoadReport:
    """Returns what loading would do.

    Args:
        file: The backbone's tensors, by the network's names where they have a place in it.
        network: The network's state dict.
        others: The file's remaining names.
        prefix: What stood before the backbone's names in the file.
    """
    wanted = {name: value for name, value in network.items() if not name.endswith(_COUNTER)}
    mismatched = {
        name: (list(file[name].shape), list(value.shape))
        for name, value in wanted.items()
        if name in file and file[name].shape != value.shape
    }
    loaded = [name for name in wanted if name in file and name not in mismatched]
    extra = [f"{prefix}{name}" for name in file if name not in network and not name.endswith(_COUNTER)]
    return LoadReport(
        loaded=loaded,
        missing=[name for name in wanted if name not in file],
        unexpected=sorted([*extra, *(name for name in others if not name.endswith(_COUNTER))]),
        mismatched=mismatched,
        tensors=len(loaded) / len(wanted),
        parameters=sum(wanted[name].numel() for name in loaded) / sum(value.numel() for value in wanted.values()),
    )
