"""Row `gpu`: one training step of ResNet-50 on a GPU beside timm's own, memory of both, and a step at 1024 px.

    python -m benchmarks gpu loader predict

measures all that needs a GPU; without one this row says so and stays empty. timm's step is the one of its `train.py` at
its best settings: bf16 autocast, channels_last, compiled, its fused AdamW, on images that are on the device already.
"""

from collections.abc import Callable
from pathlib import Path

import timm
import torch
from timm.optim import create_optimizer_v2
from torch import nn

from benchmarks.interleave import interleave, seconds
from benchmarks.table import Row, timed_row
from fundusfm.models.network import build_network, to_input
from fundusfm.models.start import IMAGENET_MEAN, IMAGENET_STD
from fundusfm.training.fitting.depthwise import fast_depthwise

_NAME, _ARCHITECTURE = "train step, GPU", "resnet50"
_STEPS, _BATCH, _SIZE = 20, 64, 512
_LARGE_BATCH, _LARGE_SIZE = 64, 1024
_MODES = ("default", "max-autotune-no-cudagraphs")


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures steps per second and memory at 512 px, and whether 1024 px fits."""
    if not torch.cuda.is_available():
        return [Row(_NAME, f"{_ARCHITECTURE}, {_SIZE} px, bf16", "not measured: no GPU here", target="1.15")]
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    usual = {mode: _repeated(timm_step(_BATCH, _SIZE, mode)) for mode in _MODES}
    for steps in usual.values():
        steps()  # compiles
    best = min(usual, key=lambda mode: seconds(usual[mode]))
    ours, compiled = (_repeated(our_step(_BATCH, _SIZE, compiled=value)) for value in (False, True))
    timing = interleave(ours, usual[best], repeats=repeats)
    compiled()
    rate = _STEPS * _BATCH / seconds(compiled)
    memory = (f"memory {_peak(lambda: our_step(_BATCH, _SIZE)()) / 1e9:.1f} GB, "
              f"timm {_peak(lambda: timm_step(_BATCH, _SIZE, best)()) / 1e9:.1f} GB")  # fmt: skip
    return [
        timed_row(_NAME, f"{_ARCHITECTURE}, {_SIZE} px, batch {_BATCH}; usual: timm, compiled ({best})", timing,
                  items=_STEPS * _BATCH, unit="images/s", target="1.15",
                  beside=f"{memory}; ours, were it compiled: {rate:.0f} images/s"),
        _large(),
    ]  # fmt: skip


def our_step(batch: int, size: int, *, compiled: bool = False) -> Callable[[], None]:
    """Returns the step that `pretrain` and `finetune` take, which compile nothing: 8-bit images, normalised there."""
    network = fast_depthwise(build_network(_ARCHITECTURE, outputs=1, size=size)).cuda()
    network = network.to(memory_format=torch.channels_last).train()
    images = torch.randint(0, 256, (batch, 3, size, size), dtype=torch.uint8, device="cuda")
    images = images.contiguous(memory_format=torch.channels_last)
    mean, std = list(IMAGENET_MEAN), list(IMAGENET_STD)
    return _step(network, torch.compile(network) if compiled else network, lambda: to_input(images, mean, std))


def timm_step(batch: int, size: int, mode: str) -> Callable[[], None]:
    """Returns timm's own step."""
    network = timm.create_model(_ARCHITECTURE, num_classes=1).cuda().to(memory_format=torch.channels_last).train()
    images = torch.randn(batch, 3, size, size, device="cuda").contiguous(memory_format=torch.channels_last)
    return _step(network, torch.compile(network, mode=mode), lambda: images)


def _step(
    network: nn.Module, forward: Callable[..., torch.Tensor], inputs: Callable[[], torch.Tensor]
) -> Callable[[], None]:
    optimizer = create_optimizer_v2(network, opt="adamw", lr=1e-4, weight_decay=0.05, fused=True)
    targets = torch.zeros(max(_BATCH, _LARGE_BATCH), 1, device="cuda")

    def step() -> None:
        with torch.autocast("cuda", dtype=torch.bfloat16):
            logits = forward(inputs())
            loss = nn.functional.binary_cross_entropy_with_logits(logits.float(), targets[: len(logits)])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return step


def _repeated(step: Callable[[], None]) -> Callable[[], None]:
    def steps() -> None:
        for _ in range(_STEPS):
            step()
        torch.cuda.synchronize()

    return steps


def _peak(work: Callable[[], None]) -> float:
    """Bytes of GPU memory that a step takes at its peak, its weights included."""
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    work()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before


def _large() -> Row:
    work = f"{_ARCHITECTURE}, {_LARGE_SIZE} px, batch {_LARGE_BATCH}: memory of a step"
    try:
        memory = f"{_peak(our_step(_LARGE_BATCH, _LARGE_SIZE)) / 1e9:.1f} GB"
    except torch.cuda.OutOfMemoryError:
        memory = "does not fit"
    return Row(_NAME, work, memory, target="fits")
