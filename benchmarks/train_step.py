"""Row `train step, CPU`: one step of a MobileNet and of a ResNet-18 at 224 px."""

from collections.abc import Callable
from pathlib import Path
from statistics import median

import timm
import torch
from torch import nn

from benchmarks.interleave import Timing, interleave, seconds
from benchmarks.table import Row, timed_row
from fundusfm.training.fitting.depthwise import fast_depthwise
from fundusfm.training.fitting.trainer import resolve_precision

_BATCH, _SIZE = 32, 224


def step_of(network: nn.Module, *, low_precision: bool, channels_last: bool) -> Callable[[], None]:
    """Returns one training step of timm's kind on a constant batch: forward, loss, backward, AdamW."""
    layout = torch.channels_last if channels_last else torch.contiguous_format
    network = network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    images = torch.randn(_BATCH, 3, _SIZE, _SIZE).to(memory_format=layout)
    targets = torch.zeros(_BATCH, 1)

    def step() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=low_precision):
            loss = nn.functional.binary_cross_entropy_with_logits(network(images).float(), targets)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return step


def _network(architecture: str, *, channels_last: bool) -> nn.Module:
    network = timm.create_model(architecture, num_classes=1)
    return network.to(memory_format=torch.channels_last if channels_last else torch.contiguous_format)


def candidates(architecture: str) -> dict[str, Callable[[], None]]:
    """Returns what torch offers without this package: eager and compiled, both layouts, both precisions."""
    steps = {}
    for name, low_precision, channels_last in (
        ("eager", False, False),
        ("eager, channels_last", False, True),
        ("eager, channels_last, bf16", True, True),
    ):
        network = _network(architecture, channels_last=channels_last)
        steps[name] = step_of(network, low_precision=low_precision, channels_last=channels_last)
    for name, low_precision in (("compiled, channels_last", False), ("compiled, channels_last, bf16", True)):
        compiled: nn.Module = torch.compile(_network(architecture, channels_last=True))  # type: ignore[assignment]
        steps[name] = step_of(compiled, low_precision=low_precision, channels_last=True)
    return steps


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures our step beside the best of torch's own."""
    found = []
    for architecture in ("mobilenetv2_100", "resnet18"):
        steps = candidates(architecture)
        taken = {}
        for name, step in steps.items():
            step()  # compiles
            taken[name] = median(seconds(step) for _ in range(3))
        best = min(taken, key=lambda name: taken[name])
        ours = step_of(
            fast_depthwise(_network(architecture, channels_last=True)),
            low_precision=resolve_precision("auto") == "bf16-mixed",
            channels_last=True,
        )
        timing: Timing = interleave(ours, steps[best], repeats=repeats * 2)
        all_rates = ", ".join(f"{name} {_BATCH / value:.1f}" for name, value in taken.items())
        found.append(
            timed_row("train step, CPU", f"{architecture}, {_SIZE} px, batch {_BATCH}; usual: {best}", timing,
                      items=_BATCH, unit="images/s", target="1.0", beside=all_rates)
        )  # fmt: skip
    return found
