"""Row `loader`: training fed by a store beside training fed by one constant batch."""

from collections.abc import Iterable
from itertools import cycle, islice, repeat
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.interleave import interleave
from benchmarks.material import store
from benchmarks.table import Row, timed_row
from fundusfm.data.store.loader import Batch, LabelledStores, make_loader
from fundusfm.data.store.reader import open_store
from fundusfm.models.network import build_network, to_input
from fundusfm.training.fitting.depthwise import fast_depthwise
from fundusfm.training.fitting.trainer import resolve_precision

_STEPS, _MEAN, _STD = 12, [0.5] * 3, [0.25] * 3


def rows(folder: Path, repeats: int) -> list[Row]:
    """Measures the default step with the default loader: one process, full augmentation."""
    on_gpu = torch.cuda.is_available()
    architecture, size, batch = ("resnet50", 512, 64) if on_gpu else ("mobilenetv2_100", 224, 32)
    opened = open_store(str(store(folder, count=1000, size=size)))
    data = LabelledStores([opened], np.zeros((len(opened), 1), np.float32))
    loader = make_loader(data, batch_size=batch, seed=0, training=True, workers=8 if on_gpu else 1)
    device = torch.device("cuda" if on_gpu else "cpu")
    network = build_network(architecture, outputs=1, size=size).to(memory_format=torch.channels_last).train().to(device)
    network = fast_depthwise(network)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)
    low_precision = resolve_precision("auto") == "bf16-mixed"

    def step(images: torch.Tensor, targets: torch.Tensor) -> None:
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=low_precision):
            logits = network(to_input(images.to(device), _MEAN, _STD))
            loss = nn.functional.binary_cross_entropy_with_logits(logits.float(), targets.to(device))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if on_gpu:
            torch.cuda.synchronize()

    batches = iter(batch for _ in cycle([0]) for batch in loader)
    constant = next(batches)

    def fed_by(source: Iterable[Batch]) -> None:
        for images, targets, _ in islice(source, _STEPS):
            step(images, targets)

    timing = interleave(lambda: fed_by(batches), lambda: fed_by(repeat(constant)), repeats=repeats)
    return [
        timed_row("loader", f"{architecture}, {size} px, batch {batch}, augmented; usual: one constant batch", timing,
                  items=_STEPS * batch, unit="images/s", target="0.95")
    ]  # fmt: skip
